"""What somebody chose about reminders: a weekly e-mail (in their account's record), and a calendar feed (a record of its own, found by a secret)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, NoSuchRecord, Store

TABLE = "reminders"


@dataclass(frozen=True)
class Reminders:
    """`week` is the last week in which an e-mail was sent. Nobody is written to who has not asked for it."""

    on: bool = False
    email: str = ""
    week: str = ""


def get(store: Store, account_id: str) -> Reminders:
    document = store.get("account", account_id)
    return _reminders(document.db) if document else Reminders()


def choose(store: Store, account_id: str, on: bool, email: str, actor: Actor) -> None:
    """Turn the weekly e-mail on or off; without it the address is not kept."""

    def write(db: TinyDB) -> None:
        kept = _reminders(db)
        _write(db, Reminders(on, email if on else "", kept.week))

    store.change("account", account_id, write, actor.entry("turn the weekly e-mail on" if on else "turn the weekly e-mail off"))


def claim_week(store: Store, account_id: str, week: str, actor: Actor) -> bool:
    """Note that this week's e-mail goes out now. False where it has gone already, or where somebody else is sending it at this moment."""

    def write(db: TinyDB) -> bool:
        kept = _reminders(db)
        if not kept.on or kept.week == week:
            return False
        _write(db, Reminders(kept.on, kept.email, week))
        return True

    return bool(store.change("account", account_id, write, actor.entry("send the weekly e-mail")))


def release_week(store: Store, account_id: str, week: str, before: str, actor: Actor) -> None:
    """The e-mail could not be sent after all: the next run tries again."""

    def write(db: TinyDB) -> None:
        kept = _reminders(db)
        if kept.week == week:
            _write(db, Reminders(kept.on, kept.email, before))

    store.change("account", account_id, write, actor.entry("could not send the weekly e-mail"))


def _reminders(db: TinyDB) -> Reminders:
    rows = db.table(TABLE).all()
    return Reminders(rows[0]["on"], rows[0]["email"], rows[0]["week"]) if rows else Reminders()


def _write(db: TinyDB, new: Reminders) -> None:
    row = {"on": new.on, "email": new.email, "week": new.week}
    table = db.table(TABLE)
    if table.all():
        table.update(row)
    else:
        table.insert(row)


# --- calendar feeds -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Feed:
    """`id` stands in for the secret, which is kept nowhere."""

    id: str
    account: str
    made: dt.datetime


def _hash(token: str) -> str:
    return hashlib.sha256(b"calendar feed " + token.encode("utf-8", "replace")).hexdigest()


def _id(token: str) -> str:
    return "f" + _hash(token)[:32]


def make_feed(store: Store, account_id: str, actor: Actor) -> str:
    """Make a feed and return its secret. The earlier one of the same person stops working."""
    end_feed(store, account_id, actor)
    token = secrets.token_urlsafe(24)
    row = {"hash": _hash(token), "account": account_id, "at": actor.at.isoformat()}
    store.create("feed", lambda db: db.table("feed").insert(row), actor.entry("make a calendar feed"), id=_id(token))
    return token


def end_feed(store: Store, account_id: str, actor: Actor) -> None:
    """From now on the address leads nowhere."""
    for summary in store.list("feed", owner=account_id):
        try:
            store.delete("feed", summary.id, actor.entry("end a calendar feed"))
        except NoSuchRecord:
            continue  # ended twice at once


def feed_of(store: Store, account_id: str) -> Feed | None:
    """The feed that somebody has."""
    return next((_feed(summary.id, summary.summary) for summary in store.list("feed", owner=account_id)), None)


def find_feed(store: Store, token: str) -> Feed | None:
    """The feed of this secret. Only hashes are looked up and compared, so how long it takes tells nothing about a secret."""
    document = store.get("feed", _id(token))
    row = document.db.table("feed").all()[0] if document else {"hash": "", "account": "", "at": ""}
    return _feed(_id(token), row) if hmac.compare_digest(row["hash"], _hash(token)) else None


def _feed(feed_id: str, row: Any) -> Feed:
    return Feed(feed_id, row["account"], dt.datetime.fromisoformat(row["at"]))


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    row = db.table("feed").all()[0]
    return Columns(owner=row["account"]), {"account": row["account"], "at": row["at"]}


KIND = Kind("feed", _summarize)
