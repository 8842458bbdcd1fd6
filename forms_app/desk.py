"""What a request works with: the store, the handbook, the clock, and the people and dates that pages name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from forms_app import finding
from forms_app.checklists import Checklist, checklist
from forms_app.deadlines import Announcements
from forms_app.file_reviews import Material, Review
from forms_app.handbook import Handbook
from forms_app.permissions import (
    Action,
    Person,
    Relation,
    Role,
    Tie,
    allowed_by,
    answers_for,
    can_be_case_manager_at,
    can_oversee,
    ties,
)
from forms_app.records import accounts, closing, district, schools
from forms_app.records import file_reviews as review_records
from forms_app.records import students as student_records
from forms_app.records.students import StudentRecord
from forms_app.records.whole import WholeRecord, whole_record
from forms_app.retention import CLOSED, DISPOSING, Standing
from forms_app.school_year import SchoolYear, day_in, school_year_of
from forms_app.settings import Settings
from forms_app.shared import Shared, shared
from forms_app.store import NoSuchRecord, Store, Summary
from forms_app.students import Emergency, Student

Clock = Callable[[], dt.datetime]
RENDERED_KEPT = 200  # about 80 KB each
DERIVED_KEPT = 5000  # checklists; a district has about 2,500 students


@dataclass(frozen=True)
class Helped:
    """A student in whose case somebody takes part without being case manager, and by which ties."""

    checklist: Checklist
    ties: tuple[Tie, ...]


@dataclass(frozen=True)
class Lists:
    """The students whom one person may list, each in one place: `overseen` is None for who oversees nobody."""

    own: list[Checklist]
    helped: list[Helped]
    shared: list[Shared]
    overseen: list[Checklist] | None


@dataclass
class Desk:
    """One for each app. `clock` returns an aware moment; tests set it."""

    store: Store
    book: Handbook
    settings: Settings
    clock: Clock
    _derived: dict[tuple[object, ...], Checklist] = field(default_factory=dict)
    _read: dict[tuple[str, int], Student] = field(default_factory=dict)
    _rendered: dict[tuple[object, ...], str] = field(default_factory=dict)
    _index: tuple[Handbook, finding.Index] | None = None

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
        return [person for person in self.colleagues() if can_be_case_manager_at(person, school)]

    def colleagues(self) -> list[Person]:
        """Everybody who can sign in, by name."""
        people = [account.person for account in accounts.everyone(self.store) if not account.disabled]
        return sorted(people, key=lambda person: person.name.casefold())

    def record(self, student_id: str, year: SchoolYear) -> StudentRecord | None:
        document = self.store.get("student", student_id)
        return student_records.read(document, year) if document else None

    def lists(self, person: Person) -> Lists:
        """Every student whom `person` may list, by the closest tie. Who may see a line is decided before anything of it is worked out."""
        own, helped, restricted, overseen = list[Summary](), list[tuple[Summary, tuple[Tie, ...]]](), list[Summary](), list[Summary]()
        for summary, _, found, how in self._listed(person):
            if how == "helped":
                helped.append((summary, found))
            else:
                {"own": own, "overseen": overseen, "shared": restricted}[how].append(summary)
        names = {other.id: other.name for other in self.people().values()} if restricted else {}
        return Lists(
            own=self._derive(own),
            helped=[
                Helped(checklist, found)
                for (_, found), checklist in zip(helped, self._derive(summary for summary, _ in helped), strict=True)
            ],
            shared=[self._shared(checklist, names) for checklist in self._derive(restricted)],
            overseen=self._derive(overseen) if can_oversee(person) else None,
        )

    def _listed(self, person: Person) -> Iterable[tuple[Summary, Student, tuple[Tie, ...], str]]:
        """Whom `person` may list, and as what: `own`, `overseen`, `helped`, or only what is `shared`."""
        day = self.today()
        for summary in self._summaries(person):
            student = self._student(summary)
            found = ties(person, student, day)
            granted = frozenset().union(*(allowed_by(tie, student) for tie in found))
            relations = {tie.relation for tie in found}
            if Action.VIEW in granted and Relation.OWN in relations:
                yield summary, student, found, "own"
            elif Action.VIEW in granted and relations & {Relation.SCHOOL, Relation.DISTRICT}:
                yield summary, student, found, "overseen"
            elif Action.VIEW in granted:
                yield summary, student, found, "helped"
            elif Action.VIEW_SHARED in granted:
                yield summary, student, found, "shared"

    def find_students(self, person: Person, query: str) -> list[tuple[Student, bool]]:
        """Those whom `person` may list and the query means; the second says whether they see only what is shared. No checklist is worked out.

        Numbers and the legal name are looked at only for one's own students and those whom one oversees; nobody else sees them.
        """
        listed: dict[str, tuple[Student, bool]] = {}
        for _, student, _, how in self._listed(person):
            seen = student if how in ("own", "overseen") else replace(student, pen="", pupil_number="", legal_name="")
            listed[student.id] = (seen, how == "shared")
        return [listed[student.id] for student in finding.find_students((student for student, _ in listed.values()), query)]

    def index(self) -> finding.Index:
        """What can be found of the handbook; made once for each reading of it."""
        if not self._index or self._index[0] is not self.book:
            self._index = (self.book, finding.index_of(self.book))
        return self._index[1]

    def caseload(self, person: Person) -> list[Checklist]:
        """The checklists of the students whose case manager `person` is today."""
        return self.lists(person).own

    def overseen(self, person: Person) -> list[Checklist] | None:
        """The checklists of the students whom a principal or the district office oversees; None for anybody else."""
        return self.lists(person).overseen

    def emergencies(self, person: Person) -> list[tuple[Student, Emergency]]:
        """Every look in an emergency at a student whom `person` oversees, newest first."""
        students = [self._student(summary) for summary in self._answered_for(person) if summary.summary.get("emergencies")]
        return sorted(((student, one) for student in students for one in student.emergencies), key=lambda pair: pair[1].at, reverse=True)

    def find_in_emergency(self, text: str) -> list[Student]:
        """The open students with exactly this PEN, pupil number or usual name, in the whole district."""
        wanted = " ".join(text.split()).casefold()
        students = [self._student(summary) for summary in self.store.list("student", state="open")]
        digits = wanted.replace(" ", "").replace("-", "")
        return [one for one in students if wanted and (digits == one.pen or wanted in (one.pupil_number.casefold(), one.name.casefold()))]

    def whole(self, record: StudentRecord) -> WholeRecord:
        """Everything that is kept about a student whom the person has been seen to be allowed to see."""
        return whole_record(self.store, record.student.id)

    def file_reviews(self, record: StudentRecord) -> tuple[Review, ...]:
        """The student's file reviews, the newest first."""
        document = self.store.get("student", record.student.id)
        return review_records.read(document.db) if document else ()

    def material(self, record: StudentRecord) -> Material:
        """Everything of the record from which a file review is filled. What another part of the app adds to a section goes into `more`."""
        document = self.store.get("student", record.student.id)
        if document is None:
            raise NoSuchRecord("student", record.student.id)
        occurrences, marks = review_records.history(document.db)
        school = self.schools().get(record.student.school)
        return Material(
            student=record.student,
            school=school.name if school else "",
            names={person.id: person.name for person in self.people().values()},
            occurrences=occurrences,
            marks=marks,
            checklist=self.checklist(record, self.year()),
            book=self.book,
        )

    def standing(self, record: StudentRecord) -> Standing:
        """What decides how long this record is kept."""
        document = self.store.get("student", record.student.id)
        if document is None:
            raise NoSuchRecord("student", record.student.id)
        return closing.standing(document.db)

    def closed(self, person: Person) -> list[tuple[Student, Standing]]:
        """The students whose records are closed and whom `person` answers for, by name."""
        summaries = [summary for state in (*CLOSED, DISPOSING) for summary in self._answered_for(person, state)]
        found = [(self._student(summary), closing.from_summary(summary.summary)) for summary in summaries]
        return sorted(found, key=lambda pair: pair[0].sort_name)

    def students(self, person: Person) -> dict[str, Student]:
        """Every student, open or closed, whom `person` answers for, by id."""
        return {summary.id: self._student(summary) for summary in self._answered_for(person)}

    def forget(self) -> None:
        """Let go of everything that was derived or rendered, as when a record was disposed of."""
        self._derived.clear()
        self._read.clear()
        self._rendered.clear()
        finding.name_words.cache_clear()

    def _answered_for(self, person: Person, state: str | None = None) -> list[Summary]:
        schools = answers_for(person)
        if schools is None:
            return self.store.list("student", state=state)
        return [summary for school in sorted(schools) for summary in self.store.list("student", school=school, state=state)]

    def _summaries(self, person: Person) -> Iterable[Summary]:
        """The summaries among which those that `person` may see are: of their schools, or of the district."""
        if person.roles & {Role.SSS, Role.PSYCHOLOGIST}:
            return self.store.list("student", state="open")
        return [summary for school in sorted(person.schools) for summary in self.store.list("student", school=school, state="open")]

    def _student(self, summary: Summary) -> Student:
        """The student of a summary, read once for each version; what anybody may do with them is worked out each time."""
        key = (summary.id, summary.version)
        if key not in self._read:
            if len(self._read) > DERIVED_KEPT:
                self._read.clear()
            self._read[key] = student_records.student_from_summary(summary.id, summary.summary)
        return self._read[key]

    def _derive(self, summaries: Iterable[Summary]) -> list[Checklist]:
        """From summaries only. Each checklist is derived once and kept until its record, the dates, the handbook or the day change."""
        year, day = self.year(), self.today()
        version, announcements = district.announcements(self.store)
        found = []
        for summary in summaries:
            key = (summary.id, summary.version, version, day, self.book.edition)
            if key not in self._derived:
                if len(self._derived) > DERIVED_KEPT:
                    self._derived.clear()
                record = student_records.from_summary(summary.id, summary.version, summary.summary, year)
                self._derived[key] = checklist(self.book, record.student, year, day, record.occurrences, record.marks, announcements)
            found.append(self._derived[key])
        return found

    def shared(self, record: StudentRecord) -> Shared:
        """What education assistants see of a student."""
        return self._shared(self.checklist(record, self.year()), {person.id: person.name for person in self.people().values()})

    def _shared(self, checklist: Checklist, names: dict[str, str]) -> Shared:
        school = self.schools().get(checklist.student.school)
        manager = names.get(checklist.student.case_manager_on(self.today()), "nobody yet")
        return shared(checklist, self.book, school.name if school else "not recorded", manager)

    def checklist(self, record: StudentRecord, year: SchoolYear) -> Checklist:
        """Derive a checklist."""
        return checklist(self.book, record.student, year, self.today(), record.occurrences, record.marks, self.announcements())
