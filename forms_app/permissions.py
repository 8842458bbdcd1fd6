"""Who may do what with which student: role and relation, decided here and nowhere else. What is not granted is refused.

A role counts only at the school of its post. Relations are worked out at each request from the record itself, never remembered. Every reason
why somebody may do something is a `Tie`; the page that explains access shows the same ties that the decision was made from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from .students import Part, Student


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
    TEAM = "team"  # is named to the student
    COVERING = "covering"  # stands in for the case manager, from and to
    DISCUSSING = "discussing"  # sits on the school-based team that discusses the student
    SCHOOL = "school"  # works at the student's school
    DISTRICT = "district"  # works for the district
    DELEGATED = "delegated"  # was given one item to do, and sees nothing else
    EMERGENCY = "emergency"  # gave a reason for an hour's look
    RECEIVING = "receiving"  # has been offered the student, and has not answered yet


class Action(Enum):
    """What may be done with a student's record."""

    VIEW = "view"
    VIEW_SHARED = "view what is shared"
    MARK = "mark"
    RECORD_EVENT = "record an event"
    RECORD_CONSENT = "record a consent"
    OVERRIDE_CONSENT = "allow something without a consent"
    ADD_ITEM = "add an item"
    DO_DELEGATED = "do a delegated item"
    EDIT = "edit"
    NAME_CASE_MANAGER = "name the case manager"
    NAME_TEAM = "name the team"
    SEE_ACCESS = "see who has access"
    SEE_AUDIT = "see who looked"
    READ_WHOLE = "read the whole record"
    EXPORT = "export the whole record"
    CORRECT = "attach a request for correction or an annotation"
    ANSWER = "answer a request for correction"
    CLOSE = "close or reopen the record"
    DISPOSE = "dispose of the record"
    HAND_OVER = "hand the student over"
    SEE_PACKET = "see the handover"
    TAKE_OVER = "answer a handover"


@dataclass(frozen=True)
class Post:
    """One role at one school. `school` is an id, empty for the roles of the district."""

    role: Role
    school: str = ""


def post(role: Role, school: str) -> Post:
    """The post of `role` at `school`; what belongs to the district has no school."""
    return Post(role, "" if role.district_wide else school)


@dataclass(frozen=True, init=False)
class Person:
    """Somebody with an account, and their posts. `Person(id, name, roles, school)` makes one post for each role at that school."""

    id: str
    name: str
    posts: frozenset[Post]
    username: str = ""

    def __init__(
        self, id: str, name: str, roles: Iterable[Role] = (), school: str = "", username: str = "", posts: Iterable[Post] = ()
    ) -> None:
        held = frozenset([*(post(role, school) for role in roles), *posts])
        for field, value in (("id", id), ("name", name), ("posts", held), ("username", username)):
            object.__setattr__(self, field, value)

    @property
    def roles(self) -> frozenset[Role]:
        """Every role that they hold anywhere. What a role allows at one school is `roles_at`."""
        return frozenset(post.role for post in self.posts)

    @property
    def schools(self) -> frozenset[str]:
        """The ids of the schools at which they hold a post."""
        return frozenset(post.school for post in self.posts if post.school)

    @property
    def school(self) -> str:
        """The school of somebody who works at one; the first of several, and empty for the district."""
        return min(self.schools, default="")

    def roles_at(self, school: str) -> frozenset[Role]:
        """The roles that count for the students of one school: those held there, and those of the district."""
        return frozenset(post.role for post in self.posts if post.role.district_wide or (school and post.school == school))

    def schools_as(self, *roles: Role) -> frozenset[str]:
        """The schools at which they hold one of these roles."""
        return frozenset(post.school for post in self.posts if post.school and post.role in roles)


@dataclass(frozen=True)
class Tie:
    """One reason why a person has to do with a student: in which role, by which relation, from and to, and why."""

    role: Role
    relation: Relation
    since: dt.date | None = None
    until: dt.date | dt.datetime | None = None
    reason: str = ""
    by: str = ""


_LOOK = frozenset({Action.VIEW, Action.VIEW_SHARED})
_WORKS = _LOOK | {Action.SEE_ACCESS}

# What a case manager does with a student's record, and what those who answer for the records of a school or the district do (School Act s.9, FIPPA).
# The principal appoints case managers (Q-APP-03).
_GIVES = frozenset({Action.HAND_OVER, Action.SEE_PACKET})
_MANAGES = (
    _WORKS
    | _GIVES
    | {Action.RECORD_CONSENT, Action.ADD_ITEM}
    | {Action.MARK, Action.RECORD_EVENT, Action.EDIT, Action.NAME_TEAM, Action.SEE_AUDIT, Action.READ_WHOLE, Action.CORRECT}
)
_ANSWERS = (
    _WORKS
    | {Action.OVERRIDE_CONSENT}
    | {Action.SEE_AUDIT, Action.READ_WHOLE, Action.EXPORT, Action.CORRECT, Action.ANSWER, Action.CLOSE, Action.DISPOSE}
)

# Anybody who works at the student's school can be given one item.
CAN_BE_DELEGATED_TO = frozenset(role for role in Role if not role.district_wide)

GRANTS: Mapping[tuple[Role, Relation], frozenset[Action]] = {
    (Role.CASE_MANAGER, Relation.OWN): _MANAGES,
    (Role.COUNSELLOR, Relation.OWN): _MANAGES,  # counsellors are often case managers
    (Role.CASE_MANAGER, Relation.COVERING): _WORKS | {Action.MARK, Action.RECORD_CONSENT},
    (Role.COUNSELLOR, Relation.COVERING): _WORKS | {Action.MARK, Action.RECORD_CONSENT},
    (Role.CASE_MANAGER, Relation.TEAM): _WORKS,
    (Role.SBT_MEMBER, Relation.TEAM): _WORKS,
    (Role.COUNSELLOR, Relation.TEAM): _WORKS,
    (Role.PSYCHOLOGIST, Relation.TEAM): _WORKS,
    (Role.ASSISTANT, Relation.TEAM): frozenset({Action.VIEW_SHARED}),  # the plan and their own duties (PRV-06)
    (Role.SBT_MEMBER, Relation.DISCUSSING): _LOOK | {Action.MARK, Action.ADD_ITEM},  # R-OTH-01
    # Who is offered a student sees what they need to answer, and no record (need to know).
    (Role.CASE_MANAGER, Relation.RECEIVING): frozenset({Action.SEE_PACKET, Action.TAKE_OVER}),
    (Role.COUNSELLOR, Relation.RECEIVING): frozenset({Action.SEE_PACKET, Action.TAKE_OVER}),
    (Role.PRINCIPAL, Relation.SCHOOL): _ANSWERS | _GIVES | {Action.EDIT, Action.NAME_CASE_MANAGER, Action.NAME_TEAM},
    (Role.PRINCIPAL, Relation.EMERGENCY): _LOOK,
    (Role.SSS, Relation.DISTRICT): _ANSWERS,
    **{(role, Relation.DELEGATED): frozenset({Action.DO_DELEGATED}) for role in CAN_BE_DELEGATED_TO},
}

# The record of a student who has left is for those who answer for it, and for nobody else.
GRANTS_WHEN_CLOSED: Mapping[tuple[Role, Relation], frozenset[Action]] = {
    (Role.PRINCIPAL, Relation.SCHOOL): _ANSWERS - {Action.OVERRIDE_CONSENT},
    (Role.SSS, Relation.DISTRICT): _ANSWERS - {Action.OVERRIDE_CONSENT},
}

# Which roles may be named as a student's case manager: the source names support teachers and counsellors (R-APP-07).
CAN_BE_CASE_MANAGER = frozenset({Role.CASE_MANAGER, Role.COUNSELLOR})
CAN_COVER = CAN_BE_CASE_MANAGER
CAN_BE_ON_TEAM = frozenset(role for role, relation in GRANTS if relation is Relation.TEAM)


class NotAllowed(Exception):
    """Somebody who may see the student may not do this; the message says why, in words for them."""


def all_ties(person: Person, student: Student, today: dt.date, now: dt.datetime | None = None) -> Iterator[Tie]:
    """Every way in which `person` stands to `student`, whether it allows anything or not. `now` is needed only for emergencies."""
    if not person.id:
        return  # nobody is nobody's case manager
    roles = person.roles_at(student.school)
    for role in roles:
        yield Tie(role, Relation.DISTRICT if role.district_wide else Relation.SCHOOL)
        if student.case_manager_on(today) == person.id:
            since = next(a.since for a in reversed(student.assignments) if a.holds_on(today))
            yield Tie(role, Relation.OWN, since)
    for one in student.involvements:
        if not one.holds_on(today) or one.school != student.school:
            continue  # a team or a cover at one school ends when the student moves to another
        if one.part is Part.SBT:
            held, relation = roles & {Role.SBT_MEMBER}, Relation.DISCUSSING
        elif one.part is Part.TEAM:
            held, relation = frozenset(role for role in roles if role.value == one.role), Relation.TEAM
        else:
            held, relation = roles, Relation.COVERING
        if one.part is Part.SBT or one.person == person.id:
            for role in held:
                yield Tie(role, relation, one.since, one.until, one.reason, one.by)
    offered = student.handover_on(today)
    if offered and offered.receiver == person.id:
        for role in roles & CAN_BE_CASE_MANAGER:
            yield Tie(role, Relation.RECEIVING, by=offered.by)
    for one_item in student.delegations:
        held = roles & CAN_BE_DELEGATED_TO  # which of them does not matter
        if held and one_item.holds_on(today) and one_item.person == person.id and one_item.school == student.school:
            yield Tie(min(held, key=lambda role: role.value), Relation.DELEGATED, one_item.since, None, "", one_item.by)
    for emergency in student.emergencies:
        if now is not None and emergency.person == person.id and emergency.holds_at(now) and Role.PRINCIPAL in person.roles:
            yield Tie(Role.PRINCIPAL, Relation.EMERGENCY, today, emergency.ends, emergency.reason, person.id)


def allowed_by(tie: Tie, student: Student) -> frozenset[Action]:
    """What one tie allows."""
    return (GRANTS if student.state == "open" else GRANTS_WHEN_CLOSED).get((tie.role, tie.relation), frozenset())


def ties(person: Person, student: Student, today: dt.date, now: dt.datetime | None = None) -> tuple[Tie, ...]:
    """Why `person` may do anything with `student`: the ties that allow something, the closest first. Empty for everybody else."""
    order = list(Relation)
    found = {tie for tie in all_ties(person, student, today, now) if allowed_by(tie, student)}
    return tuple(sorted(found, key=lambda tie: (order.index(tie.relation), tie.role.value, tie.since or today)))


def actions(person: Person, student: Student, today: dt.date, now: dt.datetime | None = None) -> frozenset[Action]:
    """Everything that `person` may do with `student` at this time."""
    return frozenset().union(*(allowed_by(tie, student) for tie in ties(person, student, today, now)))


def can(person: Person, action: Action, student: Student, today: dt.date, now: dt.datetime | None = None) -> bool:
    return action in actions(person, student, today, now)


def check_can(person: Person, action: Action, student: Student, today: dt.date, now: dt.datetime | None = None) -> None:
    """Raises NotAllowed with the reason. Ask `actions` first: who has no part in a student's case must not learn that there is one."""
    if not can(person, action, student, today, now):
        raise NotAllowed(REFUSALS[action] if student.state == "open" else CLOSED_REFUSAL)


REFUSALS: Mapping[Action, str] = {
    Action.VIEW: "You see only what is shared with education assistants: the shared plan and your own duties.",
    Action.VIEW_SHARED: "You have no part in this student's case.",
    Action.MARK: "Only the case manager, who covers for them and the school-based team can mark items. You can read the checklist.",
    Action.RECORD_EVENT: "Only the student's case manager can record events. You can read the checklist.",
    Action.RECORD_CONSENT: "Only the student's case manager, and who covers for them, can record a consent or its withdrawal.",
    Action.OVERRIDE_CONSENT: "Only the principal or Student Support Services can allow something without a consent.",
    Action.ADD_ITEM: "Only the student's case manager and the school-based team that discusses the student can add an item.",
    Action.DO_DELEGATED: "This item was not given to you. Who gives an item away takes it back on the student's page.",
    Action.EDIT: "Only the student's case manager or the principal can change these details.",
    Action.NAME_CASE_MANAGER: "Only the principal of the student's school names the case manager.",
    Action.NAME_TEAM: "Only the student's case manager or the principal names who else works with the student.",
    Action.SEE_ACCESS: "Only the people who work with this student can see who else has access.",
    Action.SEE_AUDIT: "Only the case manager, the principal and Student Support Services can see who looked.",
    Action.READ_WHOLE: "Only the principal, Student Support Services and the student's case manager can read the whole record.",
    Action.EXPORT: "Only the principal or Student Support Services can download the whole record. You can read and print it.",
    Action.CORRECT: "Only the student's case manager, the principal or Student Support Services can attach a statement.",
    Action.ANSWER: "Only the principal or Student Support Services can answer a request for correction.",
    Action.CLOSE: "Only the principal or Student Support Services can close or reopen a record.",
    Action.DISPOSE: "Only the principal and Student Support Services can dispose of a record.",
    Action.HAND_OVER: "Only the student's case manager or the principal can hand the student over.",
    Action.SEE_PACKET: "Only the case manager, the principal and whoever is to take over can see a handover.",
    Action.TAKE_OVER: "Nobody has asked you to take over this student, or it has been answered.",
}
CLOSED_REFUSAL = "This record is closed, so nothing can be added to it. The principal or Student Support Services can reopen it."


def can_add_student(person: Person) -> bool:
    """Case managers add their own students; a principal adds a student and names the case manager."""
    return bool(schools_to_add_at(person))


def schools_to_add_at(person: Person) -> frozenset[str]:
    """The schools at which somebody may add a student."""
    return person.schools_as(Role.CASE_MANAGER, Role.COUNSELLOR, Role.PRINCIPAL)


def can_be_case_manager_at(person: Person, school: str) -> bool:
    return bool(person.roles_at(school) & CAN_BE_CASE_MANAGER)


def can_be_given_an_item_at(person: Person, school: str) -> bool:
    return bool(person.roles_at(school) & CAN_BE_DELEGATED_TO)


def can_manage_people(person: Person) -> bool:
    """Accounts and schools are kept by the system administrator, who sees no student."""
    return Role.ADMINISTRATOR in person.roles


def can_add_items(person: Person) -> bool:
    """Whether somebody can have students to whom they may add an item: case managers, and the school-based team (R-OTH-01)."""
    return bool(person.roles & (CAN_BE_CASE_MANAGER | {Role.SBT_MEMBER}))


def can_announce(person: Person) -> bool:
    """Student Support Services announces the year's dates (R-SPL-07)."""
    return Role.SSS in person.roles


def oversees_district(person: Person) -> bool:
    """Student Support Services lists the students of every school."""
    return Role.SSS in person.roles


def overseen_schools(person: Person) -> frozenset[str]:
    """The schools whose students a principal lists beyond their own."""
    return person.schools_as(Role.PRINCIPAL)


def can_oversee(person: Person) -> bool:
    """Principals and Student Support Services answer for closed records, find out who was affected by a breach, and are told of emergencies."""
    return oversees_district(person) or bool(overseen_schools(person))


def answers_for(person: Person) -> frozenset[str] | None:
    """The schools whose records a person answers for; None for those of the whole district."""
    return None if oversees_district(person) else overseen_schools(person)


def can_use_emergency(person: Person) -> bool:
    """A principal may open any record of the district for an hour, with a reason that others read."""
    return Role.PRINCIPAL in person.roles


class PostRefused(ValueError):
    """A post that nobody can hold so; the message says why."""


def check_can_hold(person: Person, new: Post, by: Person) -> None:
    """Raises PostRefused when `person` cannot have `new`, or when `by` would give it to themselves."""
    if person.id == by.id:
        raise PostRefused("You cannot change your own roles. Ask another administrator.")
    if new in person.posts:
        raise PostRefused(f"{person.name} has this role already.")
    if not new.school and not new.role.district_wide:
        raise PostRefused("Choose the school. Only Student Support Services, psychologists and administrators work without one.")
    if (new.role is Role.ADMINISTRATOR and person.posts) or Role.ADMINISTRATOR in person.roles:
        raise PostRefused("A system administrator sees no students, so this role stands alone. Make a second account for the other roles.")


def check_can_lose(person: Person, old: Post, by: Person) -> None:
    """Raises PostRefused when `by` would take a post from themselves, or one that is not held."""
    if person.id == by.id:
        raise PostRefused("You cannot change your own roles. Ask another administrator.")
    if old not in person.posts:
        raise PostRefused(f"{person.name} does not have this role any more.")
