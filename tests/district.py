"""The invented district of the app's tests: two schools, somebody in every role, and students who stand in every relation to them.

Nobody here is real. Names are unlike any other word of the app, so that a test can tell whether one of them leaked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from argon2 import PasswordHasher

from forms_app.checklists import Intent, Status
from forms_app.consents import Consent, Purpose
from forms_app.corrections import Sort, parse_target
from forms_app.file_reviews import Plan
from forms_app.handbook import Handbook
from forms_app.meetings import Meeting, Place, can_come
from forms_app.own_items import OwnItem
from forms_app.permissions import Person, Role
from forms_app.records import accounts, consents, corrections, file_reviews, meetings, own_dates, own_items, schools, students
from forms_app.records.actor import Actor
from forms_app.records.schools import School
from forms_app.school_year import SchoolYear, day_in, school_year_of
from forms_app.store import Store
from forms_app.students import Answer, Assignment, Delegation, Involvement, Part, Route, Student

NOON = dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC)  # 13:00 in British Columbia
TODAY = dt.date(2026, 11, 24)
PASSWORD = "kelp-lantern-meadow"
# Hashed once and lightly: a test that signs in must not cost 64 MiB and 160 ms.
_HASH = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)

CEDAR, HARBOUR = "Cedarprobe Secondary", "Harbourprobe Secondary"
PEOPLE = {
    "manager": ("Mirabeth Quoxley", {Role.CASE_MANAGER}, CEDAR),
    "colleague": ("Cornelis Vranzel", {Role.CASE_MANAGER}, CEDAR),
    "counsellor": ("Odaline Yarbex", {Role.COUNSELLOR}, CEDAR),
    "member": ("Tamsin Ubrecht", {Role.SBT_MEMBER}, CEDAR),
    "principal": ("Perrault Zindel", {Role.PRINCIPAL}, CEDAR),
    "assistant": ("Lowri Knoxham", {Role.ASSISTANT}, CEDAR),
    "office": ("Okpara Dwinnel", {Role.OFFICE}, CEDAR),
    "elsewhere": ("Elsbeth Jarvok", {Role.CASE_MANAGER}, HARBOUR),
    "principal-elsewhere": ("Prosper Hollix", {Role.PRINCIPAL}, HARBOUR),
    "sss": ("Sunniva Strobex", {Role.SSS}, ""),
    "psychologist": ("Psalter Gweniff", {Role.PSYCHOLOGIST}, ""),
    "admin": ("Admeta Fjordby", {Role.ADMINISTRATOR}, ""),
}
# Whose case manager each student has today, and where the student goes to school.
STUDENTS = {
    "own": ("Quillon", "Zephyrine", "manager", CEDAR),
    "colleague's": ("Brannoc", "Wexcombe", "colleague", CEDAR),
    "counsellor's": ("Ysolde", "Farrowick", "counsellor", CEDAR),
    "former": ("Ottoline", "Crumhorn", "colleague", CEDAR),  # until yesterday the manager's
    "nobody's": ("Jocasta", "Nettlebed", "", CEDAR),
    "elsewhere": ("Thaddeus", "Ploverin", "elsewhere", HARBOUR),
}


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: dt.datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


def pen(number: int) -> str:
    """A PEN with a right check digit that cannot be anybody's: it starts with five zeros."""
    body = f"00000{number:03d}"
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(body)]
    return f"{body}{-sum(value - 9 if value > 9 else value for value in doubled) % 10}"


def student(**changes: Any) -> Student:
    """A student in grade 11, coded in category D, with an IEP and an SEA."""
    plain = Student(
        id="", given="Quillon", family="Zephyrine", school="", grade="11", routes=frozenset({Route.CODED}), category="D",
        iep=Answer.YES, assistant=Answer.YES, agency=Answer.NO, leaving=Answer.NO,
    )  # fmt: skip
    return replace(plain, **changes)


@dataclass
class District:
    """What a test finds in the store; `people` by user name, `schools` by name, `students` and their `events` (ids) by how
    the student stands to `manager`."""

    store: Store
    book: Handbook
    clock: FakeClock
    schools: dict[str, School] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    students: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)  # ids of involvements that are over
    corrections: dict[str, str] = field(default_factory=dict)
    consents: dict[str, str] = field(default_factory=dict)
    delegations: dict[str, str] = field(default_factory=dict)
    needing: dict[str, str] = field(default_factory=dict)  # keys of items that need a consent
    reviews: dict[str, str] = field(default_factory=dict)  # ids of drafts
    meetings: dict[str, str] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        return day_in("America/Vancouver", self.clock())

    @property
    def year(self) -> SchoolYear:
        return school_year_of(self.today)

    def actor(self, username: str = "") -> Actor:
        return Actor(self.people[username].id if username else "test", self.clock())

    def names(self) -> list[str]:
        """Every name and number in the store that must not leak."""
        found = [part for name, _, _ in PEOPLE.values() for part in name.split()]
        for given, family, _, _ in STUDENTS.values():
            found += [given, family]
        return [*found, *(pen(number) for number in range(1, len(STUDENTS) + 1))]

    def add_person(self, username: str, name: str, roles: set[Role], school: str) -> Person:
        school_id = self.schools[school].id if school else ""
        self.people[username] = accounts.create(self.store, username, name, frozenset(roles), school_id, _HASH, self.actor())
        return self.people[username]

    def add_student(self, made: Student, managers: list[tuple[str, dt.date, dt.date | None]], school: str = CEDAR) -> str:
        """`managers` are (user name, since, until)."""
        assignments = tuple(Assignment(self.people[name].id, since, until) for name, since, until in managers)
        made = replace(made, school=self.schools[school].id, assignments=assignments)
        return students.create_with_history(self.store, made, (), (), frozenset(), self.actor())

    def event(self, student_id: str, event: str, on: dt.date | None = None, detail: str = "", by: str = "manager") -> str:
        on = on or self.today
        return students.record_event(self.store, student_id, event, on, detail, school_year_of(on), self.actor(by))

    def mark(
        self,
        student_id: str,
        item: str,
        status: Status = Status.DONE,
        facts: dict[str, str] | None = None,
        by: str = "manager",
        **more: Any,
    ) -> str:
        """Mark an item as the records do; returns the id of the mark."""
        occurrence, year = more.get("occurrence", ""), more.get("year", self.year)
        intent = Intent(status, more.get("on", self.today), facts or {})
        last = [mark for mark in self.record(student_id, year).marks if (mark.item, mark.occurrence) == (item, occurrence)]
        based_on = last[-1].id if last else ""
        return students.add_mark(
            self.store, student_id, self.book.items[item], occurrence, year, intent, based_on, self.book.edition, self.actor(by)
        ).id

    def record(self, student_id: str, year: SchoolYear | None = None) -> students.StudentRecord:
        document = self.store.get("student", student_id)
        assert document
        return students.read(document, year or self.year)

    def involve(self, student_id: str, part: Part, username: str = "", role: Role | None = None, **more: Any) -> str:
        """Write an involvement as the records do, whether or not a rule would allow it; returns its id."""
        made = Involvement(
            id="", part=part, person=self.people[username].id if username else "", school=self.record(student_id).student.school,
            since=more.get("since", self.today), until=more.get("until"), role=role.value if role else "", reason=more.get("reason", ""), by=self.people["manager"].id,
        )  # fmt: skip
        return students.involve(self.store, student_id, made, self.actor("manager"))

    def correction(
        self, student_id: str, about: str = "detail:grade", says: str = "It should say 10", by: str = "manager", sort: Sort = Sort.REQUEST
    ) -> str:
        """Attach a statement as the records do; returns its id."""
        return corrections.attach(self.store, student_id, sort, parse_target(about), "a parent", says, self.today, self.actor(by))

    def consent(self, student_id: str, purpose: Purpose = Purpose.REFERRAL, agency: str = "", **more: Any) -> str:
        """Record a consent as the records do, whether or not a rule would allow it; returns its id."""
        made = Consent(
            "", purpose, agency, more.get("signed_by", "parent"), more.get("signed_on", self.today), more.get("place", "g4-file"), more.get("until"), "", self.clock(),
        )  # fmt: skip
        return consents.add(self.store, student_id, made, self.actor(more.get("by", "manager")))

    def own_item(self, student_id: str, title: str = "Call about the morning bus", due: dt.date | None = None, **more: Any) -> str:
        """Add an item as the records do; returns its key."""
        made = OwnItem("", title, "team", more.get("decided_on", self.today), due, "", "", self.clock(), more.get("occurrence", ""))
        return "own." + own_items.add(self.store, student_id, made, self.actor(more.get("by", "manager")))

    def delegate(self, student_id: str, key: str, username: str, needs: str = "Room 12, at noon") -> str:
        """Give an item to a colleague as the records do; returns the delegation's id."""
        student = self.record(student_id).student
        made = Delegation("", key, self.people[username].id, student.school, needs, self.today, self.people["manager"].id)
        return own_items.delegate(self.store, student_id, made, self.actor("manager"))

    def within(self, key: str) -> dict[str, str]:
        """What stands in the addresses of this student's pages besides the student."""
        return {"occurrence_id": self.events[key], "involvement_id": self.parts[key], "correction_id": self.corrections[key],
                "consent_id": self.consents[key], "delegation_id": self.delegations[key], "key": self.needing[key], "review_id": self.reviews[key], "meeting_id": self.meetings[key]}  # fmt: skip

    def review(self, student_id: str, occasion: str, sections: tuple[str, ...] = ("iep", "questions"), by: str = "manager") -> str:
        """Begin a file review as the records do; returns its id."""
        plan = Plan((occasion,), self.year.first_day, self.today, sections)
        return file_reviews.begin(self.store, student_id, plan, self.actor(by))

    def make_busy(self) -> None:
        """Give every student what every page can show: an event, marks of this year and last, a part that is over, a request for correction, a draft of a file review."""
        for key, student_id in self.students.items():
            self.events[key] = self.event(student_id, "sbt-meeting")
            yesterday = self.today - dt.timedelta(days=1)
            self.parts[key] = self.involve(student_id, Part.SBT, since=yesterday, until=yesterday)
            self.mark(student_id, "iep.monitor")
            self.mark(student_id, "iep.monitor", year=self.year.previous)
            self.corrections[key] = self.correction(student_id)
            own_dates.set_date(self.store, student_id, "iep.develop", "", self.year, self.today, "agreed", "", self.actor("manager"))
            self.consents[key] = self.consent(student_id)
            self.delegations[key] = self.delegate(student_id, "iep.develop", "office" if key != "elsewhere" else "principal-elsewhere")
            own_items.take_back(self.store, student_id, self.delegations[key], self.actor("manager"))
            self.needing[key] = f"liaise.exchange@{self.event(student_id, 'outside-agency', detail='Invented Agency')}"
            self.reviews[key] = self.review(student_id, self.events[key])
            self.meetings[key] = self.meeting(self.record(student_id).student.school, student_id)

    def meeting(
        self, school: str, *student_ids: str, day: dt.date | None = None, by: str = "principal", running: bool = True, **more: Any
    ) -> str:
        """Plan a meeting of a school's team as the records do, with these students on its agenda but not before the team; returns its id."""
        team = tuple(one.id for one in self.people.values() if can_come(one, school))
        made = meetings.plan(self.store, Meeting("", 0, school, day or self.today, team, **more), self.actor(by))
        for student_id in student_ids:
            meetings.put_on(self.store, made, Place(student_id, (("asked", "by the case manager"),)), self.actor(by))
        if running:
            meetings.start(self.store, made, self.actor(by))
        return made

    def marks(self, student_id: str, item: str) -> list[Any]:
        """Every mark on an item of this year, oldest first."""
        return [mark for mark in self.record(student_id).marks if mark.item == item]


def make(store: Store, book: Handbook, clock: FakeClock) -> District:
    """Write the district into an empty store, through the records."""
    made = District(store, book, clock)
    for number, name in enumerate((CEDAR, HARBOUR), 1):
        made.schools[name] = schools.create(store, name, f"0429900{number}", made.actor())
    for username, (name, roles, school) in PEOPLE.items():
        made.add_person(username, name, roles, school)
    begun, yesterday = dt.date(2025, 9, 2), TODAY - dt.timedelta(days=1)
    for number, (key, (given, family, manager, school)) in enumerate(STUDENTS.items(), 1):
        managers: list[tuple[str, dt.date, dt.date | None]] = [(manager, begun, None)] if manager else []
        if key == "former":
            managers = [("manager", begun, yesterday), (manager, TODAY, None)]
        made.students[key] = made.add_student(student(given=given, family=family, pen=pen(number)), managers, school)
    return made
