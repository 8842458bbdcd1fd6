"""Who may do what with which student: role and relation, decided here and nowhere else. What is not granted is refused.

Relations are worked out at each request from the record itself, never remembered. Later editions add relations (team, covering, former)
and grants; the shape stays: one table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from .students import Student


class Role(Enum):
    """What somebody is at their school, or for the district."""

    CASE_MANAGER = "case manager"
    SBT_MEMBER = "SBT member"
    COUNSELLOR = "counsellor"
    PRINCIPAL = "principal"
    ASSISTANT = "education assistant"
    OFFICE = "office staff"
    SSS = "Student Support Services"
    PSYCHOLOGIST = "school psychologist"
    ADMINISTRATOR = "system administrator"

    @property
    def district_wide(self) -> bool:
        """Roles that belong to the district and to no one school."""
        return self in (Role.SSS, Role.PSYCHOLOGIST, Role.ADMINISTRATOR)


class Relation(Enum):
    """How a person stands to a student."""

    OWN = "own"  # is the case manager today
    SCHOOL = "school"  # works at the student's school
    DISTRICT = "district"  # works for the district


class Action(Enum):
    """What may be done with a student's record."""

    VIEW = "view"
    MARK = "mark"
    RECORD_EVENT = "record an event"
    EDIT = "edit"
    READ_WHOLE = "read the whole record"
    EXPORT = "export the whole record"
    CORRECT = "attach a request for correction or an annotation"
    ANSWER = "answer a request for correction"
    CLOSE = "close or reopen the record"
    DISPOSE = "dispose of the record"


@dataclass(frozen=True)
class Person:
    """Somebody with an account. `school` is an id, empty for the district."""

    id: str
    name: str
    roles: frozenset[Role]
    school: str = ""
    username: str = ""


# What a case manager does with a student's record, and what those who answer for the records of a school or the district do (School Act s.9, FIPPA).
CASE_MANAGING = frozenset({Action.VIEW, Action.MARK, Action.RECORD_EVENT, Action.EDIT, Action.READ_WHOLE, Action.CORRECT})
ANSWERING = frozenset({Action.VIEW, Action.READ_WHOLE, Action.EXPORT, Action.CORRECT, Action.ANSWER, Action.CLOSE, Action.DISPOSE})

GRANTS: Mapping[tuple[Role, Relation], frozenset[Action]] = {
    (Role.CASE_MANAGER, Relation.OWN): CASE_MANAGING,
    (Role.COUNSELLOR, Relation.OWN): CASE_MANAGING,  # counsellors are often case managers
    (Role.PRINCIPAL, Relation.SCHOOL): ANSWERING | {Action.EDIT},
    (Role.SSS, Relation.DISTRICT): ANSWERING,
}

# The record of a student who has left is for those who answer for it, and for nobody else.
GRANTS_WHEN_CLOSED: Mapping[tuple[Role, Relation], frozenset[Action]] = {
    (Role.PRINCIPAL, Relation.SCHOOL): ANSWERING,
    (Role.SSS, Relation.DISTRICT): ANSWERING,
}

# Which roles may be named as a student's case manager: the source names support teachers and counsellors (R-APP-07).
CAN_BE_CASE_MANAGER = frozenset({Role.CASE_MANAGER, Role.COUNSELLOR})


class NotAllowed(Exception):
    """Somebody who may see the student may not do this; the message says why, in words for them."""


def relations(person: Person, student: Student, today: dt.date) -> frozenset[Relation]:
    """How `person` stands to `student` on this day; empty when they have nothing to do with each other."""
    found = set()
    if student.case_manager_on(today) == person.id:
        found.add(Relation.OWN)
    if person.school and person.school == student.school:
        found.add(Relation.SCHOOL)
    if any(role.district_wide for role in person.roles):
        found.add(Relation.DISTRICT)
    return frozenset(found)


def actions(person: Person, student: Student, today: dt.date) -> frozenset[Action]:
    """Everything that `person` may do with `student` today."""
    standing = relations(person, student, today)
    table = GRANTS if student.state == "open" else GRANTS_WHEN_CLOSED
    granted = (table.get((role, relation), frozenset()) for role in person.roles for relation in standing)
    return frozenset().union(*granted)


def can(person: Person, action: Action, student: Student, today: dt.date) -> bool:
    return action in actions(person, student, today)


def check_can(person: Person, action: Action, student: Student, today: dt.date) -> None:
    """Raises NotAllowed with the reason. Ask `can(…, Action.VIEW, …)` first: who may not see a student must not learn that there is one."""
    if not can(person, action, student, today):
        raise NotAllowed(REFUSALS[action] if student.state == "open" else CLOSED_REFUSAL)


REFUSALS: Mapping[Action, str] = {
    Action.VIEW: "You have no part in this student's case.",
    Action.MARK: "Only the student's case manager can mark items. You can read the checklist.",
    Action.RECORD_EVENT: "Only the student's case manager can record events. You can read the checklist.",
    Action.EDIT: "Only the student's case manager or the principal can change these details.",
    Action.READ_WHOLE: "Only the principal, Student Support Services and the student's case manager can read the whole record.",
    Action.EXPORT: "Only the principal or Student Support Services can download the whole record. You can read and print it.",
    Action.CORRECT: "Only the student's case manager, the principal or Student Support Services can attach a statement.",
    Action.ANSWER: "Only the principal or Student Support Services can answer a request for correction.",
    Action.CLOSE: "Only the principal or Student Support Services can close or reopen a record.",
    Action.DISPOSE: "Only the principal and Student Support Services can dispose of a record.",
}
CLOSED_REFUSAL = "This record is closed, so nothing can be added to it. The principal or Student Support Services can reopen it."


def can_add_student(person: Person) -> bool:
    """Case managers add their own students; a principal adds a student and names the case manager."""
    return bool(person.school) and bool(person.roles & {Role.CASE_MANAGER, Role.COUNSELLOR, Role.PRINCIPAL})


def can_manage_people(person: Person) -> bool:
    """Accounts and schools are kept by the system administrator, who sees no student."""
    return Role.ADMINISTRATOR in person.roles


def can_announce(person: Person) -> bool:
    """Student Support Services announces the year's dates (R-SPL-07)."""
    return Role.SSS in person.roles


def can_oversee(person: Person) -> bool:
    """Principals and Student Support Services answer for closed records, and find out who was affected by a breach."""
    return overseen_school(person) is not None


def overseen_school(person: Person) -> str | None:
    """Whose students beyond their own a person lists: a school's id, an empty text for the whole district, None for nobody's."""
    if Role.SSS in person.roles:
        return ""
    return person.school if Role.PRINCIPAL in person.roles and person.school else None
