"""What a request works with: the store, the handbook, the clock, and the people and dates that pages name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from forms_app.checklists import Checklist, checklist
from forms_app.deadlines import Announcements
from forms_app.handbook import Handbook
from forms_app.permissions import CAN_BE_CASE_MANAGER, Person, overseen_school
from forms_app.records import accounts, closing, district, schools
from forms_app.records import students as student_records
from forms_app.records.students import StudentRecord
from forms_app.records.whole import WholeRecord, whole_record
from forms_app.retention import CLOSED, DISPOSING, Standing
from forms_app.school_year import SchoolYear, day_in, school_year_of
from forms_app.settings import Settings
from forms_app.store import NoSuchRecord, Store, Summary
from forms_app.students import Student

Clock = Callable[[], dt.datetime]
RENDERED_KEPT = 200  # about 80 KB each
DERIVED_KEPT = 5000  # checklists; a district has about 2,500 students


@dataclass
class Desk:
    """One for each app. `clock` returns an aware moment; tests set it."""

    store: Store
    book: Handbook
    settings: Settings
    clock: Clock
    _derived: dict[tuple[object, ...], Checklist] = field(default_factory=dict)
    _rendered: dict[tuple[object, ...], str] = field(default_factory=dict)

    def now(self) -> dt.datetime:
        return self.clock()

    def today(self) -> dt.date:
        return self.day_of(self.now())

    def day_of(self, moment: dt.datetime) -> dt.date:
        """The day in the district's time."""
        return day_in(self.settings.zone, moment)

    def year(self) -> SchoolYear:
        return school_year_of(self.today())

    def announcements(self) -> Announcements:
        return district.announcements(self.store)[1]

    def dates_version(self) -> int:
        """Grows whenever a date is announced."""
        return district.announcements(self.store)[0]

    def kept(self, key: tuple[object, ...], render: Callable[[], str]) -> str:
        """What `render` gives, kept under `key`; the key must name everything that it depends on."""
        if key not in self._rendered:
            if len(self._rendered) >= RENDERED_KEPT:
                self._rendered.clear()
            self._rendered[key] = render()
        return self._rendered[key]

    def people(self) -> dict[str, Person]:
        return {account.person.id: account.person for account in accounts.everyone(self.store)}

    def schools(self) -> dict[str, schools.School]:
        return {school.id: school for school in schools.everyone(self.store)}

    def possible_case_managers(self, school: str) -> list[Person]:
        """Who can be named as case manager at a school, by name."""
        people = [account.person for account in accounts.everyone(self.store) if not account.disabled]
        found = [person for person in people if person.school == school and person.roles & CAN_BE_CASE_MANAGER]
        return sorted(found, key=lambda person: person.name.casefold())

    def record(self, student_id: str, year: SchoolYear) -> StudentRecord | None:
        document = self.store.get("student", student_id)
        return student_records.read(document, year) if document else None

    def caseload(self, person: Person) -> list[Checklist]:
        """The checklists of the students whose case manager is `person` today."""
        return [checklist for checklist in self._listed(owner=person.id) if checklist.student.case_manager_on(self.today()) == person.id]

    def overseen(self, person: Person) -> list[Checklist] | None:
        """The checklists of the students whom a principal or the district office oversees; None for anybody else."""
        school = overseen_school(person)
        if school is None:
            return None
        return self._listed(school=school) if school else self._listed()

    def whole(self, record: StudentRecord) -> WholeRecord:
        """Everything that is kept about a student whom the person has been seen to be allowed to see."""
        return whole_record(self.store, record.student.id)

    def standing(self, record: StudentRecord) -> Standing:
        """What decides how long this record is kept."""
        document = self.store.get("student", record.student.id)
        if document is None:
            raise NoSuchRecord("student", record.student.id)
        return closing.standing(document.db)

    def closed(self, person: Person) -> list[tuple[Student, Standing]]:
        """The students whose records are closed and whom `person` answers for, by name."""
        school = overseen_school(person)
        if school is None:
            return []
        summaries = [summary for state in (*CLOSED, DISPOSING) for summary in self.store.list("student", school=school or None, state=state)]
        found = [(self._student(summary), closing.from_summary(summary.summary)) for summary in summaries]
        return sorted(found, key=lambda pair: pair[0].sort_name)

    def students(self, person: Person) -> dict[str, Student]:
        """Every student, open or closed, whom `person` answers for, by id."""
        school = overseen_school(person)
        summaries = self.store.list("student", school=school or None) if school is not None else []
        return {summary.id: self._student(summary) for summary in summaries}

    def _student(self, summary: Summary) -> Student:
        return student_records.from_summary(summary.id, summary.version, summary.summary, self.year()).student

    def forget(self) -> None:
        """Let go of everything that was derived or rendered, as when a record was disposed of."""
        self._derived.clear()
        self._rendered.clear()

    def _listed(self, *, owner: str | None = None, school: str | None = None) -> list[Checklist]:
        """From summaries only. Each checklist is derived once and kept until its record, the dates, the handbook or the day change."""
        year, day = self.year(), self.today()
        version, announcements = district.announcements(self.store)
        found = []
        for summary in self.store.list("student", owner=owner, school=school, state="open"):
            key = (summary.id, summary.version, version, day, self.book.edition)
            if key not in self._derived:
                if len(self._derived) > DERIVED_KEPT:
                    self._derived.clear()
                record = student_records.from_summary(summary.id, summary.version, summary.summary, year)
                self._derived[key] = checklist(self.book, record.student, year, day, record.occurrences, record.marks, announcements)
            found.append(self._derived[key])
        return found

    def checklist(self, record: StudentRecord, year: SchoolYear) -> Checklist:
        """Derive a checklist."""
        return checklist(self.book, record.student, year, self.today(), record.occurrences, record.marks, self.announcements())
