"""Requests for correction and annotations in a student's record: two tables to which rows are added, and whose rows never change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tinydb import TinyDB

from forms_app.corrections import Answer, Correction, Outcome, Sort, Target, check_can_answer, parse_target
from forms_app.records.actor import Actor
from forms_app.store import Store, new_id

TABLE, ANSWERS = "corrections", "correction answers"


class NothingThere(KeyError):
    """The student's record has no such detail, event, mark or statement."""


def read(db: TinyDB) -> tuple[Correction, ...]:
    """Every statement, oldest first, with its answer."""
    answers = {row["correction"]: _answer(row) for row in db.table(ANSWERS).all()}
    return tuple(_correction(row, answers.get(row["id"])) for row in db.table(TABLE).all())


def attach(store: Store, student_id: str, sort: Sort, about: Target, asked_by: str, says: str, on: dt.date, actor: Actor) -> str:
    """Attach a statement; returns its id. The same statement twice (a double click) is kept once. Raises NothingThere."""

    def write(db: TinyDB) -> str:
        if not exists(db, about):
            raise NothingThere(str(about))
        said = {"sort": sort.value, "about": str(about), "asked by": asked_by, "says": says, "on": on.isoformat(), "by": actor.id}
        for row in db.table(TABLE).all():
            if all(row[name] == value for name, value in said.items()):
                return str(row["id"])
        made = new_id()[:12].replace("-", "x")
        db.table(TABLE).insert({"id": made, **said, "at": actor.at.isoformat()})
        return made

    return str(store.change("student", student_id, write, actor.entry("attach a correction", about.kind, sort.value)))


def answer(store: Store, student_id: str, correction: str, outcome: Outcome, reason: str, actor: Actor) -> None:
    """Answer a request. Raises CannotAnswer, NothingThere."""

    def write(db: TinyDB) -> None:
        found = next((one for one in read(db) if one.id == correction), None)
        if found is None:
            raise NothingThere(correction)
        check_can_answer(found)
        row = {"correction": correction, "outcome": outcome.value, "reason": reason, "by": actor.id, "at": actor.at.isoformat()}
        db.table(ANSWERS).insert(row)

    store.change("student", student_id, write, actor.entry("answer a correction", outcome.value))


def exists(db: TinyDB, about: Target) -> bool:
    """Whether the record holds what a statement is about."""
    if about.kind == "detail":
        return about.key in db.table("profile").all()[0]
    tables = ["file review finals"] if about.kind == "review" else [name for name in db.tables() if name.startswith(f"{about.kind}s ")]
    return any(row["id"] == about.key for name in tables for row in db.table(name).all())


def _correction(row: Mapping[str, Any], answered: Answer | None) -> Correction:
    return Correction(
        row["id"], Sort(row["sort"]), parse_target(row["about"]), row["asked by"], row["says"],
        dt.date.fromisoformat(row["on"]), row["by"], dt.datetime.fromisoformat(row["at"]), answered,
    )  # fmt: skip


def _answer(row: Mapping[str, Any]) -> Answer:
    return Answer(Outcome(row["outcome"]), row["reason"], row["by"], dt.datetime.fromisoformat(row["at"]))
