"""Sessions of signed-in people, kept here and not in the cookie, so that signing out ends them everywhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, NoSuchRecord, Store

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=10)
SEEN_EVERY = dt.timedelta(minutes=2)  # how exactly “idle” is known; each note costs a durable write


@dataclass(frozen=True)
class Session:
    """`id` is a hash of the secret in the cookie: who reads the store cannot take over a session."""

    id: str
    account: str
    created: dt.datetime
    seen: dt.datetime

    def ended_at(self, now: dt.datetime) -> bool:
        return now - self.seen > IDLE or now - self.created > LONGEST


def _id(secret: str) -> str:
    return "s" + hashlib.sha256(secret.encode()).hexdigest()[:40]


def start(store: Store, account: str, now: dt.datetime) -> str:
    """Begin a session; returns the secret for the cookie. Sessions of this account that have ended are cleared away."""
    for summary in store.list("session", owner=account):
        if _session(summary.id, summary.summary).ended_at(now):
            _delete(store, summary.id, Actor(account, now))
    secret = secrets.token_urlsafe(32)
    row = {"account": account, "created": now.isoformat(), "seen": now.isoformat()}
    store.create(
        "session", lambda db: db.table("session").insert(row), Actor(account, now, _id(secret)[:12]).entry("sign in"), id=_id(secret)
    )
    return secret


def resume(store: Store, secret: str, now: dt.datetime) -> Session | None:
    """The session of this secret, if it still lasts; notes that it was seen."""
    document = store.get("session", _id(secret))
    if document is None:
        return None
    session = _session(document.id, document.db.table("session").all()[0])
    if session.ended_at(now):
        _delete(store, session.id, Actor(session.account, now))
        return None
    if now - session.seen > SEEN_EVERY:
        store.change(
            "session",
            session.id,
            lambda db: db.table("session").update({"seen": now.isoformat()}),
            Actor(session.account, now, session.id[:12]).entry("stay signed in"),
        )
    return session


def end(store: Store, session: Session, now: dt.datetime) -> None:
    _delete(store, session.id, Actor(session.account, now, session.id[:12]))


def end_all(store: Store, account: str, now: dt.datetime) -> None:
    """End every session of an account, as after a change of password."""
    for summary in store.list("session", owner=account):
        _delete(store, summary.id, Actor(account, now))


def _delete(store: Store, session_id: str, actor: Actor) -> None:
    try:
        store.delete("session", session_id, actor.entry("sign out"))
    except NoSuchRecord:  # signed out twice at once
        return


def _session(session_id: str, row: Any) -> Session:
    return Session(session_id, row["account"], dt.datetime.fromisoformat(row["created"]), dt.datetime.fromisoformat(row["seen"]))


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    row = dict(db.table("session").all()[0])
    return Columns(owner=row["account"]), row


KIND = Kind("session", _summarize)
