"""One-time links: the first administrator's, and those by which somebody sets their password. Each works once and ends by itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, NoSuchRecord, Store

LASTS = dt.timedelta(days=3)
FIRST_ADMINISTRATOR = "first administrator"
SET_PASSWORD = "set a password"  # noqa: S105 - the purpose of a link, not a password  # nosec B105


@dataclass(frozen=True)
class Link:
    """`account` is empty for the first administrator, who has none yet. `clears_factors` says that using it removes every second factor."""

    id: str
    purpose: str
    account: str
    expires: dt.datetime
    clears_factors: bool = False


def _id(token: str) -> str:
    return "l" + hashlib.sha256(token.encode()).hexdigest()[:40]


def create(store: Store, purpose: str, account: str, actor: Actor, *, clears_factors: bool = False) -> str:
    """Make a link and return its token, which is kept nowhere. Earlier links for the same purpose and account stop working."""
    end_all(store, account, actor, purpose)
    token = secrets.token_urlsafe(24)
    row = {"purpose": purpose, "account": account, "expires": (actor.at + LASTS).isoformat(), "clears_factors": clears_factors}
    words = [purpose, *(["second factors"] if clears_factors else [])]
    store.create("link", lambda db: db.table("link").insert(row), actor.entry("make a one-time link", *words), id=_id(token))
    return token


def end_all(store: Store, account: str, actor: Actor, purpose: str = SET_PASSWORD) -> None:
    """End every link of an account, as when it is closed."""
    for summary in store.list("link", owner=account, state=purpose):
        use(store, _link(summary.id, summary.summary), actor)


def find(store: Store, token: str, now: dt.datetime) -> Link | None:
    """The link of this token, unless it was used, replaced or has ended."""
    document = store.get("link", _id(token))
    link = _link(document.id, document.db.table("link").all()[0]) if document else None
    return link if link and link.expires > now else None


def use(store: Store, link: Link, actor: Actor) -> bool:
    """Use the link up. False when somebody else has just done so."""
    try:
        store.delete("link", link.id, actor.entry("use a one-time link", link.purpose))
    except NoSuchRecord:
        return False
    return True


def _link(link_id: str, row: Any) -> Link:
    return Link(link_id, row["purpose"], row["account"], dt.datetime.fromisoformat(row["expires"]), row.get("clears_factors", False))


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    row = dict(db.table("link").all()[0])
    return Columns(owner=row["account"], state=row["purpose"]), row


KIND = Kind("link", _summarize)
