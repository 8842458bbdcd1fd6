"""What a request works with: the store, the handbook, the clock, and the people and dates that pages name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from forms_app import finding
from forms_app.checklists import Checklist, Entry, checklist
from forms_app.consents import Override
from forms_app.deadlines import Announcements
from forms_app.editions import Effect, changes, effects
from forms_app.file_reviews import Material, Review
from forms_app.handbook import Handbook
from forms_app.handovers import Line, Packet, packet
from forms_app.opening import CannotOpen, Ledger, Plan, Preview, plan
from forms_app.permissions import (
    Action,
    Person,
    Relation,
    Role,
    Tie,
    actions,
    allowed_by,
    answers_for,
    can,
    can_be_case_manager_at,
    can_be_given_an_item_at,
    can_oversee,
    ties,
)
from forms_app.plain_text import folded
from forms_app.records import accounts, closing, district, editions, openings, schools
from forms_app.records import file_reviews as review_records
from forms_app.records import students as student_records
from forms_app.records.actor import Actor
from forms_app.records.district import DistrictRecord
from forms_app.records.students import StudentRecord
from forms_app.records.whole import WholeRecord, whole_record
from forms_app.retention import CLOSED, DISPOSING, OPEN, CannotClose, Standing
from forms_app.school_year import SchoolYear, day_in, school_year_of
from forms_app.settings import Settings
from forms_app.shared import Shared, shared
from forms_app.store import Document, NoSuchRecord, Store, Summary
from forms_app.students import Delegation, Emergency, Handover, Student

Clock = Callable[[], dt.datetime]
RENDERED_KEPT = 200  # about 80 KB each
DERIVED_KEPT = 5000  # checklists; a district has about 2,500 students


@dataclass(frozen=True)
class Helped:
    """A student in whose case somebody takes part without being case manager, and by which ties."""

    checklist: Checklist
    ties: tuple[Tie, ...]


@dataclass(frozen=True)
class Delegated:
    """One item that was given to somebody, with what they need to do it; of the student only the initials."""

    delegation: Delegation
    initials: str
    entry: Entry
    checklist: Checklist
    version: int


@dataclass(frozen=True)
class Lists:
    """The students whom one person may list, each in one place: `overseen` is None for who oversees nobody."""

    own: list[Checklist]
    helped: list[Helped]
    shared: list[Shared]
    overseen: list[Checklist] | None
    offered: list[tuple[Student, Handover]] = field(default_factory=list)  # handovers that wait, given, received or overseen by this person
    delegated: list[Delegated] = field(default_factory=list)


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
    newest: Handbook = field(init=False)  # as its pages are now; `book` is the edition that checklists follow
    _former: dict[str, Handbook | None] = field(default_factory=dict)  # by edition
    _index: tuple[Handbook, finding.Index] | None = None
    _decoy: str = "nobody"
    _known: DistrictRecord | None = None
    _applied: int = 0  # the version of the applied edition that `book` is

    def __post_init__(self) -> None:
        self.newest = self.book

    def refresh(self) -> None:
        """Follow the edition that the office has applied, perhaps in another process."""
        version = editions.version(self.store)
        if version != self._applied:
            self.book, self._applied = editions.applied(self.store, self.newest), version
            self.forget()

    @property
    def edition_waits(self) -> bool:
        """Whether the handbook's pages say what no checklist follows yet."""
        return self._applied > 0 and self.newest.edition != self.book.edition

    def effects_of_edition(self) -> tuple[Effect, ...]:
        """What applying the newest edition does to the open checklists of the district; empty where none waits."""
        if not self.edition_waits:
            return ()
        found = changes(self.book, self.newest)
        year, known = self.year(), self.district()
        return effects(
            found, ((self._checklist(one, year, known), self._checklist(one, year, known, self.newest)) for one in self._open_records())
        )

    def _open_records(self) -> Iterable[StudentRecord]:
        year = self.year()
        for summary in self.store.list("student", state=OPEN):
            yield student_records.from_summary(summary.id, summary.version, summary.summary, year)

    def names_of(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of students, for somebody who oversees the district."""
        wanted = set(ids)
        return {summary.id: self._student(summary).name for summary in self.store.list("student", state=OPEN) if summary.id in wanted}

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
        return self.district().announcements

    def dates_version(self) -> int:
        """Grows whenever a date is announced or the calendar changes."""
        return self.district().version

    def district(self) -> DistrictRecord:
        """The announced dates and the calendar of the schools."""
        self._known = district.read(self.store, self._known)
        return self._known

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

    def seeing(self, student: Student) -> list[Person]:
        """The colleagues who see this student's checklist today because they have a part in the case, by name; no emergencies."""
        day = self.today()
        return [one for one in self.colleagues() if Action.VIEW in actions(one, student, day)]

    def could_be_given(self, school: str) -> list[Person]:
        """The colleagues to whom one item of a student of this school can be given, by name."""
        return [one for one in self.colleagues() if can_be_given_an_item_at(one, school)]

    def document(self, student_id: str) -> Document | None:
        """A student's record, still unread. Who asks decides before anything of it is shown."""
        return self.store.get("student", student_id)

    def student(self, document: Document | None) -> Student | None:
        """As much of a record as decides who may see it; no event and no mark is read."""
        return student_records.student(document) if document else None

    def decoy(self) -> Document | None:
        """A record that nobody asked for, so that a wrong id takes as long as one that is not to be seen."""
        found = self.store.get("student", self._decoy)
        if found is None and (summaries := self.store.list("student")):
            self._decoy = summaries[0].id
            found = self.store.get("student", self._decoy)
        return found

    def record(self, student_id: str, year: SchoolYear) -> StudentRecord | None:
        """The newest version of a record that the person has been seen to be allowed to see."""
        document = self.document(student_id)
        return student_records.read(document, year) if document else None

    def lists(self, person: Person) -> Lists:
        """Every student whom `person` may list, by the closest tie. Who may see a line is decided before anything of it is worked out."""
        day = self.today()
        offered: list[tuple[Student, Handover]] = []
        given = list[Summary]()
        own, helped, restricted, overseen = list[Summary](), list[tuple[Summary, tuple[Tie, ...]]](), list[Summary](), list[Summary]()
        for summary, student, found, granted, how in self._listed(person):
            handover = student.handover_on(day) or student.sent_back_on(day)
            if handover and Action.SEE_PACKET in granted:
                offered.append((student, handover))
            if Action.DO_DELEGATED in granted:
                given.append(summary)
            if how == "helped":
                helped.append((summary, found))
            elif how:
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
            offered=offered,
            delegated=[
                one
                for checklist, summary in zip(self._derive(given), given, strict=True)
                for one in self._delegated(checklist, person, summary.version)
            ],
        )

    def _delegated(self, checklist: Checklist, person: Person, version: int) -> Iterable[Delegated]:
        """The open items of this student that were given to `person`."""
        student = checklist.student
        for one in student.delegations:
            entry = checklist.by_key.get(one.key)
            if one.holds_on(self.today()) and one.person == person.id and one.school == student.school and entry is not None:
                yield Delegated(one, student.initials, replace(entry, held=None), checklist, version)

    def delegated(self, record: StudentRecord, person: Person, delegation: str) -> Delegated | None:
        """One item that was given to `person`, by the delegation's id."""
        found = self._delegated(self.checklist(record, self.year()), person, record.version)
        return next((one for one in found if one.delegation.id == delegation), None)

    def can_add_to(self, person: Person) -> list[Student]:
        """The students to whom `person` may add an item, by name."""
        day, now = self.today(), self.now()
        students = [self._student(summary) for summary in self._summaries(person)]
        return sorted((one for one in students if Action.ADD_ITEM in actions(person, one, day, now)), key=lambda one: one.sort_name)

    def _listed(self, person: Person) -> Iterable[tuple[Summary, Student, tuple[Tie, ...], frozenset[Action], str]]:
        """Everybody whom `person` has to do with, and as what they may list them: `own`, `overseen`, `helped`, only what is `shared`, or not at all."""
        day = self.today()
        for summary in self._summaries(person):
            student = self._student(summary)
            found = ties(person, student, day)
            granted = frozenset().union(*(allowed_by(tie, student) for tie in found))
            relations = {tie.relation for tie in found}
            how = ""
            if Action.VIEW in granted and Relation.OWN in relations:
                how = "own"
            elif Action.VIEW in granted and relations & {Relation.SCHOOL, Relation.DISTRICT}:
                how = "overseen"
            elif Action.VIEW in granted:
                how = "helped"
            elif Action.VIEW_SHARED in granted:
                how = "shared"
            yield summary, student, found, granted, how

    def find_students(self, person: Person, query: str) -> list[tuple[Student, bool]]:
        """Those whom `person` may list and the query means; the second says whether they see only what is shared. No checklist is worked out.

        Numbers and the legal name are looked at only for one's own students and those whom one oversees; nobody else sees them.
        """
        listed: dict[str, tuple[Student, bool]] = {}
        for _, student, _, _, how in self._listed(person):
            if not how:
                continue
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

    def givable(self, person: Person) -> list[Checklist]:
        """The students whom `person` can hand over, or have covered: their own, and those of their school, if nobody has been asked yet."""
        lists, day = self.lists(person), self.today()
        return [
            one
            for one in [*lists.own, *(lists.overseen or ())]
            if one.student.case_manager_on(day) and can(person, Action.HAND_OVER, one.student, day)
        ]

    def packet(self, record: StudentRecord) -> Packet:
        """What the next case manager of this student is told."""
        today = self.today()
        agreed = [Line(one.title, one.words(today)) for one in record.consents if one.holds_on(today)]
        return packet(self.checklist(record, self.year()), self.book, agreed)

    def emergencies(self, person: Person) -> list[tuple[Student, Emergency]]:
        """Every look in an emergency at a student whom `person` oversees, newest first."""
        students = [self._student(summary) for summary in self._answered_for(person) if summary.summary.get("emergencies")]
        return sorted(((student, one) for student in students for one in student.emergencies), key=lambda pair: pair[1].at, reverse=True)

    def overrides(self, person: Person) -> list[tuple[Student, Override]]:
        """Everything that may go out without a consent, of the students whom `person` oversees, newest first."""
        found = []
        for summary in self._answered_for(person):
            if summary.summary.get("consent overrides"):
                record = student_records.from_summary(summary.id, summary.version, summary.summary, self.year())
                found += [(record.student, one) for one in record.overrides]
        return sorted(found, key=lambda pair: pair[1].at, reverse=True)

    def find_in_emergency(self, text: str) -> list[Student]:
        """The open students with exactly this PEN, pupil number or usual name, in the whole district."""
        wanted = folded(text)
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
            more={"agencies": tuple(f"{one.title}: {one.words(self.today())}" for one in record.consents if one.holds_on(self.today()))},
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
        self._former.clear()
        self._read.clear()
        self._rendered.clear()
        finding.name_words.cache_clear()

    def _answered_for(self, person: Person, state: str | None = None) -> list[Summary]:
        return self._of_schools(answers_for(person), state)

    def worklist(self, person: Person) -> list[Entry]:
        """What `person` has to do: as case manager, covering for one, and what colleagues gave them."""
        found = self.lists(person)
        covering = [one.checklist for one in found.helped if any(tie.relation is Relation.COVERING for tie in one.ties)]
        given = [one.entry for one in found.delegated if one.entry.open and not one.entry.item.optional]
        return [*(entry for one in (*found.own, *covering) for entry in one.open_entries), *given]

    def _summaries(self, person: Person) -> Iterable[Summary]:
        """The summaries among which those that `person` may see are: of their schools, or of the district."""
        whole_district = person.roles & {Role.SSS, Role.PSYCHOLOGIST}
        return self._of_schools(None if whole_district else person.schools, OPEN)

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
        known = self.district()
        found = []
        for summary in summaries:
            key = (summary.id, summary.version, known.version, day, self.book.edition)
            if key not in self._derived:
                if len(self._derived) > DERIVED_KEPT:
                    self._derived.clear()
                record = student_records.from_summary(summary.id, summary.version, summary.summary, year)
                self._derived[key] = self._checklist(record, year, known)
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
        return self._checklist(record, year, self.district())

    def _checklist(self, record: StudentRecord, year: SchoolYear, known: DistrictRecord, book: Handbook | None = None) -> Checklist:
        """A closed year is worked out from the details and the edition of then."""
        return checklist(
            book or self._book_of(record.ledger.edition_in(year)),
            record.ledger.student_in(record.student, year),
            year,
            self.today(),
            record.occurrences,
            record.marks,
            known.announcements,
            known.calendar,
            record.own_dates,
            consents=record.consents,
            overrides=record.overrides,
            own_items=record.own_items,
            carried=record.carried,
        )

    def _book_of(self, edition: str) -> Handbook:
        """The handbook of a closed year; today's where that year's was not kept."""
        if not edition or edition == self.book.edition:
            return self.book
        if edition not in self._former:
            self._former[edition] = editions.former(self.store, self.newest, edition)
        return self._former[edition] or self.book

    def plan(self, record: StudentRecord, year: SchoolYear) -> Plan:
        """What opening `year` does to this student."""
        return self._plan(record.student, record.ledger, year)

    def _plan(self, student: Student, ledger: Ledger, year: SchoolYear) -> Plan:
        entered = school_year_of(self.day_of(ledger.entered)) if ledger.entered else None
        return plan(student, ledger, year, entered)

    def year_is_used(self, record: StudentRecord, year: SchoolYear) -> bool:
        """Whether anything was recorded since `year` was opened, so that its opening stays."""
        document = self.store.get("student", record.student.id)
        return document is not None and openings.used(document.db, year)

    def preview(self, schools: Iterable[str] | None, year: SchoolYear) -> Preview:
        """What opening `year` does to the open students of these schools, or of the district; those closed by it count as done."""
        found = []
        for summary in self._of_schools(schools):
            ledger = openings.from_rows(summary.summary.get("school years", ()))
            opened = ledger.of(year)
            if summary.columns.state == OPEN or (opened and opened.becomes["state"] == summary.columns.state != opened.was["state"]):
                found.append(self._plan(self._student(summary), ledger, year))
        return Preview(year, tuple(sorted(found, key=lambda one: one.student.sort_name)))

    def open_year(self, preview: Preview, actor: Actor, progress: Callable[[int], None] = lambda done: None) -> int:
        """Open the year for everybody who is left in `preview`, one write for each; returns for how many. Interrupted, the same goes on."""
        opened = 0
        for number, one in enumerate(preview.to_do, 1):
            try:
                openings.open_year(self.store, one, actor, self.today(), self.book.edition)
                opened += 1
            except openings.OpenedMeanwhile:
                pass  # somebody was faster, or changed the details; the next preview shows it
            progress(number)
        self.forget()
        return opened

    def take_year_back(self, preview: Preview, actor: Actor) -> tuple[int, int]:
        """Take the opening back where nobody has used the year yet; returns for how many, and for how many it stays."""
        back = stays = 0
        for one in preview.plans:
            if one.done:
                try:
                    openings.take_back(self.store, one.student.id, preview.year, actor, self.today())
                    back += 1
                except (CannotOpen, CannotClose):
                    stays += 1
        self.forget()
        return back, stays

    def _of_schools(self, schools: Iterable[str] | None, state: str | None = None) -> list[Summary]:
        """The students of these schools, or of the whole district."""
        if schools is None:
            return self.store.list("student", state=state)
        return [summary for school in sorted(schools) for summary in self.store.list("student", school=school, state=state)]
