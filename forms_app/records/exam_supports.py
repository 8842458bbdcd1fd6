"""Decisions on exam supports in a student's record: a table to which rows are added, and whose rows never change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tinydb import TinyDB

from forms_app.exam_supports import ExamDecision
from forms_app.records.actor import Actor
from forms_app.store import Store, new_id

TABLE = "exam decisions"


def read(db: TinyDB) -> tuple[ExamDecision, ...]:
    return tuple(_decision(row) for row in db.table(TABLE).all())


def add(store: Store, student_id: str, new: ExamDecision, actor: Actor) -> str:
    """Record a decision; returns its id. The same as the last one (a double click) is kept once."""

    def write(db: TinyDB) -> str:
        last = read(db)[-1:]
        if last and replace(last[0], id="", at=new.at) == replace(new, id="", by=actor.id):
            return last[0].id
        made = new_id()[:12].replace("-", "x")
        db.table(TABLE).insert(_row(replace(new, id=made, by=actor.id, at=actor.at)))
        return made

    return str(store.change("student", student_id, write, actor.entry("decide exam supports")))


def _row(one: ExamDecision) -> dict[str, Any]:
    return {
        "id": one.id, "session": one.session, "decision": one.decision, "on": one.on.isoformat(), "supports": one.supports,
        "team on": one.team_on.isoformat() if one.team_on else "", "psychologist": one.psychologist, "written": one.written,
        "special format": one.special_format, "by": one.by, "at": one.at.isoformat(),
    }  # fmt: skip


def _decision(row: Mapping[str, Any]) -> ExamDecision:
    return ExamDecision(
        row["id"], row["session"], row["decision"], dt.date.fromisoformat(row["on"]), row["supports"],
        dt.date.fromisoformat(row["team on"]) if row["team on"] else None, row["psychologist"], row["written"], row["special format"],
        row["by"], dt.datetime.fromisoformat(row["at"]),
    )  # fmt: skip
