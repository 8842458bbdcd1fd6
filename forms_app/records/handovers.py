"""Handovers in a student's record: who offered the student to whom, what they added, and what became of it. One table, `handovers`.

A row is never removed, and what was said in it is not changed once it is answered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tinydb import TinyDB

from forms_app.handovers import ACCEPTED, LAPSED, SENT_BACK, TAKEN_BACK
from forms_app.records.actor import Actor
from forms_app.store import Store, new_id
from forms_app.students import Assignment, Handover, Student, with_case_manager

TABLE = "handovers"


class AnsweredMeanwhile(Exception):
    """Somebody offered, answered or took back this handover in the meantime; nothing was changed."""


def read(db: TinyDB) -> tuple[Handover, ...]:
    """Every handover, oldest first."""
    return tuple(from_row(row) for row in db.table(TABLE).all())


def waiting_rows(db: TinyDB) -> list[dict[str, Any]]:
    """What a list needs: the handovers that nobody has answered, and the last where it was sent back, without what was told."""
    rows = db.table(TABLE).all()
    return [{**row, "told": {}} for row in rows if not row["answer"] or (row is rows[-1] and row["answer"] == SENT_BACK)]


def offer(store: Store, student: Student, receiver: str, told: Mapping[str, str], today: dt.date, actor: Actor) -> str:
    """Offer the student; returns the id. The same twice (a double click) is one. Raises AnsweredMeanwhile when another one waits."""
    giver, school = student.case_manager_on(today), student.school

    def write(db: TinyDB) -> str:
        if _current(db, today) != giver:
            raise AnsweredMeanwhile
        for row in db.table(TABLE).all():
            if not row["answer"] and row["giver"] == giver and row["school"] == school:
                if row["receiver"] == receiver and row["by"] == actor.id:
                    return str(row["id"])
                raise AnsweredMeanwhile
        made = Handover(new_id()[:12].replace("-", "x"), giver, receiver, school, actor.id, actor.at, told)
        db.table(TABLE).insert(as_row(made))
        return made.id

    return str(store.change("student", student.id, write, actor.entry("offer a handover")))


def tell(store: Store, student_id: str, handover: str, told: Mapping[str, str], actor: Actor) -> None:
    """Change what the receiver is told, while it waits. Raises AnsweredMeanwhile."""
    store.change("student", student_id, lambda db: _update(db, handover, {"told": dict(told)}), actor.entry("tell more for a handover"))


def accept(store: Store, student_id: str, handover: Handover, today: dt.date, actor: Actor) -> None:
    """The receiver becomes case manager today, in the same write in which the giver stops being it. Raises AnsweredMeanwhile."""

    def write(db: TinyDB) -> None:
        if _current(db, today) != handover.giver:
            raise AnsweredMeanwhile
        _update(db, handover.id, _answered(ACCEPTED, actor))
        name_case_manager(db, handover.receiver, today, actor)

    store.change("student", student_id, write, actor.entry("accept a handover"))


def send_back(store: Store, student_id: str, handover: Handover, reason: str, actor: Actor) -> None:
    """The receiver does not take over, and says why. Raises AnsweredMeanwhile."""
    row = _answered(SENT_BACK, actor, reason)
    store.change("student", student_id, lambda db: _update(db, handover.id, row), actor.entry("send a handover back"))


def take_back(store: Store, student_id: str, handover: str, actor: Actor) -> None:
    """Who offers changes their mind. Raises AnsweredMeanwhile."""
    row = _answered(TAKEN_BACK, actor)
    store.change("student", student_id, lambda db: _update(db, handover, row), actor.entry("take a handover back"))


def name_case_manager(db: TinyDB, person: str, today: dt.date, actor: Actor) -> None:
    """From today `person` (or nobody) is case manager, and whoever it was until now was it until yesterday. What still waits lapses."""
    table = db.table("case managers")
    rows = table.all()
    before = tuple(_assignment(row) for row in rows)
    after = with_case_manager(before, person, today)
    for row, was, now in zip(rows, before, after, strict=False):
        if was != now:
            table.update({"until": now.until.isoformat() if now.until else ""}, doc_ids=[row.doc_id])
    for new in after[len(before) :]:
        table.insert({"person": new.person, "since": new.since.isoformat(), "until": "", "by": actor.id, "at": actor.at.isoformat()})
    lapse(db, actor)


def lapse(db: TinyDB, actor: Actor) -> None:
    """What waits can no longer be accepted: the case manager was named otherwise, or the record closed."""
    table = db.table(TABLE)
    waiting = [row.doc_id for row in table.all() if not row["answer"]]
    if waiting:
        table.update(_answered(LAPSED, actor), doc_ids=waiting)


def _current(db: TinyDB, today: dt.date) -> str:
    return next((a.person for a in map(_assignment, reversed(db.table("case managers").all())) if a.holds_on(today)), "")


def _assignment(row: Mapping[str, Any]) -> Assignment:
    return Assignment(row["person"], dt.date.fromisoformat(row["since"]), dt.date.fromisoformat(row["until"]) if row["until"] else None)


def _update(db: TinyDB, handover: str, fields: Mapping[str, Any]) -> None:
    table = db.table(TABLE)
    numbers = [row.doc_id for row in table.all() if row["id"] == handover and not row["answer"]]
    if not numbers:
        raise AnsweredMeanwhile
    table.update(dict(fields), doc_ids=numbers)


def _answered(answer: str, actor: Actor, reason: str = "") -> dict[str, str]:
    return {"answer": answer, "reason": reason, "answered by": actor.id, "answered": actor.at.isoformat()}


def from_row(row: Mapping[str, Any]) -> Handover:
    return Handover(
        id=row["id"], giver=row["giver"], receiver=row["receiver"], school=row["school"], by=row["by"], at=dt.datetime.fromisoformat(row["at"]),
        told=row["told"], answer=row["answer"], reason=row["reason"], answered_by=row["answered by"],
        answered=dt.datetime.fromisoformat(row["answered"]) if row["answered"] else None,
    )  # fmt: skip


def as_row(one: Handover) -> dict[str, Any]:
    return {
        "id": one.id, "giver": one.giver, "receiver": one.receiver, "school": one.school, "by": one.by, "at": one.at.isoformat(), "told": dict(one.told),
        "answer": one.answer, "reason": one.reason, "answered by": one.answered_by, "answered": one.answered.isoformat() if one.answered else "",
    }  # fmt: skip
