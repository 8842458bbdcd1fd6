"""Sessions of signed-in people, kept here and not in the cookie, so that signing out ends them everywhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, NoSuchRecord, Store

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=10)
SEEN_EVERY = dt.timedelta(minutes=2)  # how exactly “idle” is known; each note costs a durable write
FRESH = dt.timedelta(minutes=5)  # how long a proof counts for acts that ask for one


@dataclass(frozen=True)
class Limits:
    """How long a session lasts unused, and at most."""

    idle: dt.timedelta = IDLE
    longest: dt.timedelta = LONGEST


USUAL = Limits()


@dataclass(frozen=True)
class Session:
    """`id` is a hash of the secret in the cookie: who reads the store cannot take over a session.

    `how` says what its owner proved themselves with, `device` which program on which machine, in words; `confirmed` is the last proof.
    """

    id: str
    account: str
    created: dt.datetime
    seen: dt.datetime
    confirmed: dt.datetime
    how: str = "password"
    device: str = ""

    def ended_at(self, now: dt.datetime, limits: Limits = USUAL) -> bool:
        return now - self.seen > limits.idle or now - self.created > limits.longest

    def fresh_at(self, now: dt.datetime) -> bool:
        """Whether its owner has proved who they are just now."""
        return now - self.confirmed <= FRESH


def _id(secret: str) -> str:
    return "s" + hashlib.sha256(secret.encode()).hexdigest()[:40]


def start(
    store: Store,
    account: str,
    now: dt.datetime,
    how: str = "password",
    device: str = "",
    limits: Limits = USUAL,
    confirmed: dt.datetime | None = None,
) -> str:
    """Begin a session; returns the secret for the cookie. Sessions of this account that have ended are cleared away.

    `confirmed` says when its owner proved who they are, if that was before now.
    """
    for session in of(store, account):
        if session.ended_at(now, limits):
            _delete(store, session.id, Actor(account, now))
    secret = secrets.token_urlsafe(32)
    moment = now.isoformat()
    proved = min(confirmed, now).isoformat() if confirmed else moment
    row = {"account": account, "created": moment, "seen": moment, "confirmed": proved, "how": how, "device": device}
    store.create(
        "session", lambda db: db.table("session").insert(row), Actor(account, now, _id(secret)[:12]).entry("sign in", how), id=_id(secret)
    )
    return secret


def of(store: Store, account: str) -> Sequence[Session]:
    """Every session of an account that nobody has ended, the newest first."""
    found = [_session(summary.id, summary.summary) for summary in store.list("session", owner=account)]
    return sorted(found, key=lambda session: session.created, reverse=True)


def find(store: Store, secret: str) -> Session | None:
    """The session of this secret, whether or not it still lasts."""
    document = store.get("session", _id(secret))
    return _session(document.id, document.db.table("session").all()[0]) if document else None


def resume(store: Store, secret: str, now: dt.datetime, limits: Limits = USUAL) -> Session | None:
    """The session of this secret, if it still lasts."""
    session = find(store, secret)
    return session if session and still_lasts(store, session, now, limits) else None


def still_lasts(store: Store, session: Session, now: dt.datetime, limits: Limits) -> bool:
    """Ends a session that has lasted too long, and notes that the others were seen."""
    if session.ended_at(now, limits):
        _delete(store, session.id, Actor(session.account, now))
        return False
    if now - session.seen > SEEN_EVERY:
        _update(store, session, {"seen": now.isoformat()}, Actor(session.account, now, session.id[:12]), "stay signed in")
    return True


def confirm(store: Store, session: Session, how: str, now: dt.datetime) -> None:
    """Its owner has just proved again who they are."""
    _update(store, session, {"confirmed": now.isoformat()}, Actor(session.account, now, session.id[:12]), "confirm", how)


def end(store: Store, session: Session, now: dt.datetime) -> None:
    _delete(store, session.id, Actor(session.account, now, session.id[:12]))


def end_all(store: Store, account: str, now: dt.datetime, *, but: str = "", by: Actor | None = None) -> None:
    """End every session of an account, as after a change of password, except the one with the id `but`."""
    for summary in store.list("session", owner=account):
        if summary.id != but:
            _delete(store, summary.id, by or Actor(account, now))


def _update(store: Store, session: Session, values: dict[str, str], actor: Actor, action: str, *fields: str) -> None:
    try:
        store.change("session", session.id, lambda db: db.table("session").update(values), actor.entry(action, *fields))
    except NoSuchRecord:  # ended at the same moment, elsewhere
        return


def _delete(store: Store, session_id: str, actor: Actor) -> None:
    try:
        store.delete("session", session_id, actor.entry("sign out"))
    except NoSuchRecord:  # signed out twice at once
        return


def _session(session_id: str, row: Any) -> Session:
    created = dt.datetime.fromisoformat(row["created"])
    confirmed = dt.datetime.fromisoformat(row["confirmed"]) if "confirmed" in row else created
    return Session(
        session_id,
        row["account"],
        created,
        dt.datetime.fromisoformat(row["seen"]),
        confirmed,
        row.get("how", "password"),
        row.get("device", ""),
    )


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    row = dict(db.table("session").all()[0])
    return Columns(owner=row["account"]), row


KIND = Kind("session", _summarize)
