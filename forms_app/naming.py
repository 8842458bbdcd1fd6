"""Naming somebody to a student: who can be named as what, from when to when, and why.

A rule that refuses comes as a pair: `check_naming` raises with the sentence for each field, `can_be_named` answers yes or no.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from .handbook.words import day_words
from .permissions import CAN_BE_ON_TEAM, CAN_COVER, Person, Role
from .plain_text import clean
from .students import Involvement, Part, Student

LONGEST_REASON = 200  # characters
LONGEST = dt.timedelta(days=366)


@dataclass(frozen=True)
class Naming:
    """What somebody wants: `person` in the role `role` (for the team), or nobody in particular for the school-based team."""

    part: Part
    person: Person | None = None
    role: Role | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    reason: str = ""


class NamingRefused(ValueError):
    """A naming that cannot be. `errors` gives the sentence for each field: who, since, until, reason."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def roles_for(person: Person, part: Part, student: Student) -> tuple[Role, ...]:
    """The roles in which `person` could be named, at the student's school or for the district."""
    wanted = CAN_BE_ON_TEAM if part is Part.TEAM else CAN_COVER
    return tuple(sorted(person.roles_at(student.school) & wanted, key=lambda role: role.value))


def can_be_named(person: Person, part: Part, student: Student, by: Person, today: dt.date) -> bool:
    """Whether `by` could name `person` at all; the days and the reason are another question."""
    return not _wrong_person(Naming(part, person, next(iter(roles_for(person, part, student)), None)), student, by, today)


def check_naming(naming: Naming, student: Student, by: Person, today: dt.date) -> Involvement:
    """What will be kept, with its texts cleaned and without an id. Raises NamingRefused with a sentence for each field."""
    errors: dict[str, str] = {}
    wrong = "" if naming.part is Part.SBT else _wrong_person(naming, student, by, today)
    if wrong:
        errors["who"] = wrong
    errors |= _wrong_days(naming, student, today)
    reason = ""
    try:
        reason = clean(naming.reason, LONGEST_REASON)
    except ValueError as error:
        errors["reason"] = str(error)
    if not reason and "reason" not in errors and naming.part is not Part.TEAM:
        errors["reason"] = "Say why, in a few words. Others who work with the student will read it."
    if errors:
        raise NamingRefused(errors)
    assert naming.since  # noqa: S101 (checked above)  # nosec B101
    return Involvement(
        id="",
        part=naming.part,
        person=naming.person.id if naming.person and naming.part is not Part.SBT else "",
        school=student.school,
        since=naming.since,
        until=naming.until,
        role=naming.role.value if naming.role and naming.part is Part.TEAM else "",
        reason=reason,
        by=by.id,
    )


def _wrong_person(naming: Naming, student: Student, by: Person, today: dt.date) -> str:
    """Why this person cannot be named so, or an empty text."""
    person, covering = naming.person, naming.part is Part.COVERING
    if person is None:
        return "Choose who covers." if covering else "Choose who joins the team."
    if person.id == by.id:
        return "You cannot name yourself. Somebody else who may name the team has to do it."
    if person.id == student.case_manager_on(today):
        return f"{person.name} is the case manager and has access already."
    roles = roles_for(person, naming.part, student)
    if not roles:
        allowed = "can stand in for a case manager" if covering else "works on a student's team"
        return f"{person.name} has no role at this student's school that {allowed}. A system administrator gives roles."
    if not covering and naming.role not in roles:
        return f"{person.name} does not have this role at this student's school."
    for one in student.involvements:
        if (
            one.part is naming.part
            and one.person == person.id
            and not one.over_on(today)
            and (covering or one.role == (naming.role and naming.role.value))
        ):
            return f"{person.name} is named already. End that first to change it."
    return ""


def _wrong_days(naming: Naming, student: Student, today: dt.date) -> dict[str, str]:
    """The sentences for the first and the last day."""
    errors: dict[str, str] = {}
    since, until = naming.since, naming.until
    if since is None:
        errors["since"] = "Enter the first day."
    elif since < today:
        errors["since"] = f"{day_words(since)} is in the past. Nobody can be given access for a time that is over; enter today or later."
    if until is None:
        if naming.part is not Part.TEAM:
            errors["until"] = "Enter the last day, so that the access ends by itself."
    elif until < today:
        errors["until"] = f"{day_words(until)} is in the past. Enter the last day on which the access is needed."
    elif since and until < since:
        errors["until"] = f"The last day is before the first, {day_words(since)}."
    elif since and until - since > LONGEST:
        errors["until"] = "That is longer than a year. Enter an earlier day; it can be given again."
    if naming.part is Part.SBT and any(
        one.part is Part.SBT and not one.over_on(today) and one.school == student.school for one in student.involvements
    ):
        errors.setdefault("until", "The school-based team has this student already. End that first to change it.")
    return errors
