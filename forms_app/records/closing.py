"""Closing the record of a student who has left, reopening it, and what a closed record says about how long it is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tinydb import TinyDB

from forms_app.records import handovers
from forms_app.records.actor import Actor
from forms_app.retention import DISPOSING, OPEN, Retention, Standing, check_can_close, check_can_dispose, check_can_reopen
from forms_app.store import Store

TABLE = "closings"
# Rows whose day or moment tells that the record was used in a decision: everything but the profile itself.
_DECISIONS = ("marks ", "events ", "due dates ", "case managers", "corrections", "correction answers", "handovers", TABLE)


def close(store: Store, student_id: str, state: str, on: dt.date, reason: str, actor: Actor, today: dt.date) -> None:
    """The student has left: the record closes, and its case manager's part ends that day. Raises CannotClose."""

    store.change("student", student_id, lambda db: close_in(db, state, on, reason, actor, today), actor.entry("close a record", state))


def close_in(db: TinyDB, state: str, on: dt.date, reason: str, actor: Actor, today: dt.date) -> None:
    """Close within a write that does more. Raises CannotClose."""
    check_can_close(db.table("profile").all()[0]["state"], on, today)
    _note(db, state, on, reason, actor)
    managers = db.table("case managers")
    current = [row.doc_id for row in managers.all() if not row["until"]]
    if current:
        managers.update({"until": on.isoformat()}, doc_ids=current)
    handovers.lapse(db, actor)


def reopen(store: Store, student_id: str, reason: str, actor: Actor, today: dt.date) -> None:
    """The student is back, or the record was closed in error. A case manager must be named anew. Raises CannotClose."""

    store.change("student", student_id, lambda db: reopen_in(db, reason, actor, today), actor.entry("reopen a record"))


def reopen_in(db: TinyDB, reason: str, actor: Actor, today: dt.date) -> None:
    """Reopen within a write that does more. Raises CannotClose."""
    check_can_reopen(db.table("profile").all()[0]["state"])
    _note(db, OPEN, today, reason, actor)


def prepare_disposal(store: Store, student_id: str, retention: Retention, actor: Actor, today: dt.date) -> None:
    """The last check, on the newest version of the record; after it the record cannot be reopened. Raises MustBeKept."""

    def write(db: TinyDB) -> None:
        check_can_dispose(retention, standing(db), today)
        db.table("profile").update({"state": DISPOSING})

    store.change("student", student_id, write, actor.entry("prepare a disposal"))


def _note(db: TinyDB, state: str, on: dt.date, reason: str, actor: Actor) -> None:
    db.table(TABLE).insert({"state": state, "on": on.isoformat(), "reason": reason, "by": actor.id, "at": actor.at.isoformat()})
    db.table("profile").update({"state": state})


def standing(db: TinyDB) -> Standing:
    """The state of a record, when the student left, and the last day on which anything was decided, recorded or answered about them."""
    state = db.table("profile").all()[0]["state"]
    closings = db.table(TABLE).all()
    left = dt.date.fromisoformat(closings[-1]["on"]) if closings and state != OPEN else None
    days = [_latest(row) for name in db.tables() if name.startswith(_DECISIONS) for row in db.table(name).all()]
    return Standing(state, left, max(days, default=dt.date.min))


def away(db: TinyDB) -> tuple[tuple[dt.date, dt.date], ...]:
    """The times between leaving and coming back, as far as the record knows them: the day of leaving, and the day of the return."""
    found: list[tuple[dt.date, dt.date]] = []
    left: dt.date | None = None
    for row in db.table(TABLE).all():
        day = dt.date.fromisoformat(row["on"])
        if row["state"] != OPEN:
            left = day
        elif left is not None:
            found.append((left, day))
            left = None
    return tuple(found)


def _latest(row: Any) -> dt.date:
    """The later of the day that a row is true of and the day it was written on (in UTC, so never a day too early)."""
    days = [row.get("on", ""), row.get("at", "")[:10], row.get("withdrawn at", "")[:10], row.get("until", "")]
    return max(dt.date.fromisoformat(day) for day in days if day)


def as_summary(db: TinyDB) -> dict[str, str]:
    """What a list of closed records needs; empty for an open one, so that a tick reads no other year's table."""
    if db.table("profile").all()[0]["state"] == OPEN:
        return {}
    found = standing(db)
    return {"left": found.left.isoformat() if found.left else "", "used": found.used.isoformat()}


def from_summary(summary: dict[str, Any]) -> Standing:
    """The standing as a list knows it."""
    kept = summary.get("closed") or {}
    left = dt.date.fromisoformat(kept["left"]) if kept.get("left") else None
    return Standing(summary["profile"]["state"], left, dt.date.fromisoformat(kept["used"]) if kept.get("used") else dt.date.min)
