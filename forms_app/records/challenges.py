"""What the app waits for while somebody signs in, kept here and not in the browser: the step after the password, a passkey's answer, the
directory's answer. Each belongs to the browser that holds its secret, lasts some minutes, and is used once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, NoSuchRecord, Store

LASTS = dt.timedelta(minutes=10)
MOST = 2000  # waiting at once; strangers can make them
SECOND_STEP, PASSKEY, DIRECTORY = "second step", "passkey", "directory"


class TooMany(Exception):
    """Too many people are signing in at this moment."""


@dataclass(frozen=True)
class Challenge:
    id: str
    purpose: str
    account: str
    facts: Mapping[str, str]
    expires: dt.datetime


def _id(secret: str) -> str:
    return "c" + hashlib.sha256(secret.encode()).hexdigest()[:40]


def begin(store: Store, purpose: str, account: str, facts: Mapping[str, str], actor: Actor) -> str:
    """Remember `facts`; returns the secret for the cookie. Raises TooMany."""
    waiting = store.list("challenge")
    for summary in waiting:
        if dt.datetime.fromisoformat(summary.summary["expires"]) <= actor.at:
            _delete(store, summary.id, actor)
    if not account and len(waiting) >= MOST:
        raise TooMany  # who has proved something already is not held up by those who have not
    secret = secrets.token_urlsafe(32)
    row = {"purpose": purpose, "account": account, "facts": dict(facts), "expires": (actor.at + LASTS).isoformat()}
    store.create("challenge", lambda db: db.table("challenge").insert(row), actor.entry("begin to sign in", purpose), id=_id(secret))
    return secret


def find(store: Store, secret: object, purpose: str, now: dt.datetime) -> Challenge | None:
    document = store.get("challenge", _id(secret)) if isinstance(secret, str) else None
    if document is None:
        return None
    row = document.db.table("challenge").all()[0]
    found = Challenge(document.id, row["purpose"], row["account"], row["facts"], dt.datetime.fromisoformat(row["expires"]))
    return found if found.purpose == purpose and found.expires > now else None


def take(store: Store, secret: object, purpose: str, actor: Actor) -> Challenge | None:
    """The challenge of this secret, used up. None when there is none, or when somebody else has just used it."""
    found = find(store, secret, purpose, actor.at)
    return found if found and _delete(store, found.id, actor) else None


def _delete(store: Store, challenge_id: str, actor: Actor) -> bool:
    try:
        store.delete("challenge", challenge_id, actor.entry("end a sign-in's step"))
    except NoSuchRecord:
        return False
    return True


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    row = db.table("challenge").all()[0]
    return Columns(owner=row["account"], state=row["purpose"]), {"expires": row["expires"]}


KIND = Kind("challenge", _summarize)
