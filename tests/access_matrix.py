"""Reads `access_matrix.csv`, which people wrote by hand from `security.md` and the brief: for each role and standing, what each thing answers.

`yes` it is done or shown · `no` 403, the student is visible and this is not allowed · `hidden` 404, as for a wrong id · `shared` sent on to the
page that assistants see. Nothing in here asks the program what it thinks.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from forms_app.permissions import Action, Person, Role
from forms_app.students import Assignment, Delegation, Emergency, Handover, Involvement, Part, Student
from tests.district import NOON, TODAY, student

PATH = Path(__file__).with_suffix(".csv")
COLUMNS = {
    "item": Action.VIEW, "shared": Action.VIEW_SHARED, "mark": Action.MARK, "event": Action.RECORD_EVENT, "edit": Action.EDIT,
    "appoint": Action.NAME_CASE_MANAGER, "team": Action.NAME_TEAM, "people": Action.SEE_ACCESS, "audit": Action.SEE_AUDIT,
    "whole": Action.READ_WHOLE, "export": Action.EXPORT, "correct": Action.CORRECT, "answer": Action.ANSWER, "close": Action.CLOSE, "dispose": Action.DISPOSE,
    "give": Action.HAND_OVER, "packet": Action.SEE_PACKET, "take": Action.TAKE_OVER,
    "consent": Action.RECORD_CONSENT, "override": Action.OVERRIDE_CONSENT, "add item": Action.ADD_ITEM, "delegated": Action.DO_DELEGATED, "meet": Action.MEET,
}  # fmt: skip
STANDINGS = (
    "own", "team", "covering", "covering ended", "SBT now", "SBT ended", "same school", "delegated", "other school", "former", "receiving", "closed", "emergency", "emergency ended",
)  # fmt: skip

YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)
BEGUN = dt.date(2025, 9, 2)


def rows() -> dict[tuple[Role, str], dict[str, str]]:
    """What is expected, by role and standing."""
    with PATH.open(encoding="utf-8", newline="") as file:
        return {(Role(row.pop("role")), row.pop("standing")): row for row in csv.DictReader(file)}


def student_in(standing: str, person: Person, role: Role, here: str, elsewhere: str) -> Student:
    """A student to whom `person` stands so. The person works `here`, at a school, or for the district."""

    def part(kind: Part, until: dt.date, who: str = "") -> tuple[Involvement, ...]:
        return (Involvement("", kind, who, here, BEGUN, until, role.value if kind is Part.TEAM else "", "because", "test"),)

    at_elsewhere = standing in ("other school", "emergency", "emergency ended")
    assignments = {
        "own": (Assignment(person.id, BEGUN),),
        "closed": (Assignment(person.id, BEGUN),),
        "former": (Assignment(person.id, BEGUN, YESTERDAY),),
        "receiving": (Assignment("giver", BEGUN),),
    }
    involvements = {
        "team": part(Part.TEAM, TOMORROW, person.id),
        "covering": part(Part.COVERING, TODAY, person.id),
        "covering ended": part(Part.COVERING, YESTERDAY, person.id),
        "SBT now": part(Part.SBT, TODAY),
        "SBT ended": part(Part.SBT, YESTERDAY),
        "closed": part(Part.TEAM, TOMORROW, person.id),
    }
    given = (
        (Delegation("delegation01", "iep.develop", person.id, here, "what is needed", TODAY, "test"),) if standing == "delegated" else ()
    )
    opened = {"emergency": dt.timedelta(minutes=59), "emergency ended": dt.timedelta(minutes=60)}
    return student(
        given="Standing", family=standing.replace(" ", ""), school=elsewhere if at_elsewhere else here, state="closed" if standing == "closed" else "open",
        assignments=assignments.get(standing, ()), involvements=involvements.get(standing, ()), delegations=given,
        handovers=(Handover("h", "giver", person.id, here, "giver", NOON, {}),) if standing == "receiving" else (),
        emergencies=(Emergency(person.id, NOON - opened[standing], "because"),) if standing in opened else (),
    )  # fmt: skip
