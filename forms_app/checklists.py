"""One student's items for one school year: what applies and why, what is done, what is next.

Everything here is derived from the student, the handbook, the events and the marks. Marks are appended and never changed; the status of an
item is what its last mark says. A rule that refuses comes as a pair: `check_…` raises with the sentence that the person reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import ClassVar

from . import consents as papers
from .consents import Consent, Override, Purpose
from .deadlines import Announcements, DueDate, OwnDate, due_date, last_own_dates, short_day, with_own_date
from .handbook import Handbook, Item, Strength
from .handbook.items import Opens
from .handbook.registers import Registers
from .handbook.words import day_words, record_words
from .own_items import OwnItem
from .plain_text import clean
from .school_calendar import WEEKDAYS, SchoolCalendar
from .school_year import SchoolYear, school_year_of
from .students import ACCOUNT_GONE, Applicability, Delegation, Student, applicability

LONGEST_FACT = 200  # characters: a place, a person, a reason; longer texts are where private facts leak
EARLIEST = dt.date(1990, 1, 1)


class Status(Enum):
    """What the last mark on an item says."""

    TO_DO = "to do"
    WAITING = "waiting"
    DONE = "done"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Occurrence:
    """One event of one student. `detail` tells it from others of its kind and never says what a report contains."""

    id: str
    event: str
    on: dt.date
    detail: str
    by: str
    at: dt.datetime
    withdrawn: str = ""  # the reason, where it was recorded in error

    @property
    def year(self) -> SchoolYear:
        return school_year_of(self.on)


@dataclass(frozen=True)
class Mark:
    """What somebody recorded on an item, with the item's wording as they saw it. `undoes` names the mark that this one takes back."""

    id: str
    item: str
    occurrence: str
    year: SchoolYear
    status: Status
    on: dt.date | None
    facts: Mapping[str, str]
    by: str
    at: dt.datetime
    wording: str
    edition: str
    undoes: str = ""
    days: Mapping[str, dt.date] = field(default_factory=dict)  # of each fact, where they are not all of one day

    @property
    def key(self) -> str:
        return f"{self.item}@{self.occurrence}" if self.occurrence else self.item


@dataclass(frozen=True)
class Carried:
    """An item of an earlier year that was not finished and is carried over. `occurrence` is the event that opened it then, where one did."""

    item: str
    origin: SchoolYear
    occurrence: Occurrence | None = None

    PREFIX: ClassVar[str] = "from"  # an item of a school year is told from this year's own by where it comes from

    @property
    def opened_by(self) -> Occurrence:
        """The event; for an item of a school year one that stands for that year."""
        last = self.origin.last_day
        return self.occurrence or Occurrence(
            f"{self.PREFIX}{self.origin.start}", "", last, "", "", dt.datetime(last.year, last.month, last.day, tzinfo=dt.UTC)
        )


@dataclass(frozen=True)
class Entry:
    """An item as it stands for this student (and, for an item that an event opens, this occurrence)."""

    item: Item
    why: str
    due: DueDate
    occurrence: Occurrence | None = None
    marks: tuple[Mark, ...] = ()
    held: Delegation | None = None  # the colleague to whom it was given, for everybody but that colleague
    follows: Occurrence | None = None  # the event that an item of one's own follows
    carried: SchoolYear | None = None  # the year from which it was carried over
    moved: dt.datetime | None = None  # since when the item means something else

    @property
    def key(self) -> str:
        return f"{self.item.id}@{self.occurrence.id}" if self.occurrence else self.item.id

    @property
    def mark(self) -> Mark | None:
        return self.marks[-1] if self.marks else None

    @property
    def said(self) -> Status:
        """What the last mark says."""
        return self.mark.status if self.mark and not self.again else Status.TO_DO

    @property
    def status(self) -> Status:
        """What the last mark says; an item that a colleague was given waits for that colleague."""
        return Status.WAITING if self.held and self.said is Status.TO_DO else self.said

    @property
    def again(self) -> bool:
        """Whether an item that comes round as the IEP says was done, and somebody has set its next date since."""
        own, due = self.due.own, self.item.due
        if not (own and self.mark and due and due.kind == "cadence"):
            return False
        return self.mark.status is Status.DONE and own.at > self.mark.at

    @property
    def lacks_next(self) -> bool:
        """Whether an item that comes round as the IEP says was done, and nobody has set its next date yet."""
        return comes_round(self.item) and self.said is Status.DONE

    @property
    def partly(self) -> bool:
        """Whether some of what a done mark must state is on record, and some is still open."""
        return self.mark is not None and self.said is Status.TO_DO and bool(self.mark.days)

    @property
    def open(self) -> bool:
        return self.status in (Status.TO_DO, Status.WAITING)

    @property
    def reworded(self) -> bool:
        """Whether the item has been reworded since it was marked."""
        return self.mark is not None and self.mark.wording != self.item.title and self.said is not Status.TO_DO

    @property
    def look_again(self) -> bool:
        """Whether what was recorded rests on a meaning that has moved since."""
        return self.mark is not None and self.said is not Status.TO_DO and self.moved is not None and self.mark.at < self.moved

    def urgency(self, today: dt.date) -> str:
        """`overdue`, `soon`, `passed` or `later`. What may be done, and what waits for somebody else, never shouts."""
        if self.item.optional or self.status is not Status.TO_DO:
            return "later"
        if self.due.overdue_on(today):
            return "overdue"
        if self.due.passed_on(today):
            return "passed"
        return "soon" if self.due.soon_on(today) else "later"


@dataclass(frozen=True)
class Unopened:
    """An item that does not apply, or of which nobody knows whether it does, and why."""

    item: Item
    applicability: Applicability


@dataclass(frozen=True)
class Checklist:
    """`entries` in the handbook's order; `unknown` waits for an answer about the student; `not_applying` says why not."""

    student: Student
    year: SchoolYear
    today: dt.date
    entries: tuple[Entry, ...]
    unknown: tuple[Unopened, ...] = ()
    not_applying: tuple[Unopened, ...] = ()
    occurrences: tuple[Occurrence, ...] = field(default=())
    consents: tuple[Consent, ...] = ()
    overrides: tuple[Override, ...] = ()

    @cached_property
    def by_key(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.entries}

    @cached_property
    def open_entries(self) -> tuple[Entry, ...]:
        """What is to do or waiting, the most urgent first; what only may be done is left out."""
        rank = {"overdue": 0, "soon": 1, "passed": 2, "later": 3}
        waiting = [entry for entry in self.entries if entry.open and not entry.item.optional]
        return tuple(
            sorted(waiting, key=lambda e: (e.status is Status.WAITING, rank[e.urgency(self.today)], e.due.order, -e.item.strength.rank))
        )

    def urgent(self, urgency: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.open_entries if entry.urgency(self.today) == urgency and entry.status is Status.TO_DO)

    @property
    def next(self) -> Entry | None:
        return self.open_entries[0] if self.open_entries else None

    @property
    def progress(self) -> str:
        """`3 to do, 1 waiting, 12 done`."""
        return progress_words(self.entries)

    @property
    def still_open(self) -> str:
        """`3 to do, 1 waiting, 2 to look at again`, for a list of students."""
        again = [f"{len(self.to_look_at)} to look at again"] if self.to_look_at else []
        return ", ".join([progress_words(entry for entry in self.entries if entry.open), *again])

    @cached_property
    def to_look_at(self) -> tuple[Entry, ...]:
        """What was recorded before the handbook's meaning moved, in the year that runs."""
        return tuple(entry for entry in self.entries if entry.look_again) if self.today in self.year else ()


def progress_words(entries: Iterable[Entry]) -> str:
    """Count entries in words. What only may be done is no duty, and is named only where there is nothing else."""
    entries = list(entries)
    counts = [
        (sum(1 for e in entries if e.status is Status.TO_DO and not e.item.optional), "to do"),
        (sum(1 for e in entries if e.status is Status.WAITING), "waiting"),
        (sum(1 for e in entries if e.status is Status.DONE), "done"),
        (sum(1 for e in entries if e.status is Status.NOT_NEEDED), "not needed"),
    ]
    optional = sum(1 for e in entries if e.open and e.item.optional)
    return ", ".join(f"{count} {words}" for count, words in counts if count) or (f"{optional} you may do" if optional else "nothing to do")


def checklist(
    book: Handbook,
    student: Student,
    year: SchoolYear,
    today: dt.date,
    occurrences: Sequence[Occurrence],
    marks: Sequence[Mark],
    announcements: Announcements,
    calendar: SchoolCalendar = WEEKDAYS,
    own_dates: Sequence[OwnDate] = (),
    *,
    consents: Sequence[Consent] = (),
    overrides: Sequence[Override] = (),
    own_items: Sequence[OwnItem] = (),
    carried: Sequence[Carried] = (),
) -> Checklist:
    """Derive the checklist of `year`. `marks` are all of the student's, oldest first; other years' matter for what is done only once.

    `own_dates` are those that people set for this student's items in that year, oldest first.
    """
    happened = tuple(sorted((o for o in occurrences if o.year == year and not o.withdrawn), key=lambda o: (o.on, o.at)))
    build = _Builder(book, student, year, happened, marks, announcements, calendar, own_dates)
    entries = [*build.entries(), *build.own(own_items), *build.renewals(consents, today), *build.carried(carried)]
    held = _held(student, year, today)
    entries = [replace(entry, held=held[entry.key]) if entry.key in held else entry for entry in entries]
    return Checklist(
        student, year, today, tuple(entries), tuple(build.unknown), tuple(build.not_applying), happened, tuple(consents), tuple(overrides)
    )


def _held(student: Student, year: SchoolYear, today: dt.date) -> dict[str, Delegation]:
    """The items that a colleague has now. Who has become case manager since does their own items, as anybody."""
    manager = student.case_manager_on(today)
    return {
        one.key: one
        for one in student.delegations
        if today in year and one.holds_on(today) and one.school == student.school and one.person != manager
    }


class _Builder:
    """Works one checklist out; holds what all of its entries share."""

    def __init__(
        self,
        book: Handbook,
        student: Student,
        year: SchoolYear,
        happened: Sequence[Occurrence],
        marks: Sequence[Mark],
        announcements: Announcements,
        calendar: SchoolCalendar,
        own_dates: Sequence[OwnDate],
    ) -> None:
        self.book, self.student, self.year, self.happened, self.announcements = book, student, year, happened, announcements
        self.calendar, self.own_dates = calendar, last_own_dates(own_dates)
        self.titles = {item.id: item.title for item in book.items.values()}
        self.marks: dict[str, list[Mark]] = {}
        self.once: dict[str, list[Mark]] = {}
        for mark in marks:
            self.once.setdefault(mark.key, []).append(mark)
            if mark.year == year:
                self.marks.setdefault(mark.key, []).append(mark)
        self.unknown: list[Unopened] = []
        self.not_applying: list[Unopened] = []

    def entries(self) -> Iterable[Entry]:
        for item in self.book.items_in_order:
            found = applicability(item.applies, self.student)
            keys = self._keys(item)
            marked = [(key, occurrence) for key, occurrence in keys if self._marks_of(item, key)]
            if found.holds and not self._retired(item):
                yield from (self._entry(item, key, occurrence, found.why) for key, occurrence in keys)
                continue
            # What somebody recorded stays in view, also where the item no longer applies or is retired.
            ended = {
                True: "had this item before the handbook retired it",
                False: f"{found.why}, so this no longer applies; what was recorded stays",
                None: f"may no longer need this: {found.why}",
            }[found.holds]
            yield from (self._entry(item, key, occurrence, ended) for key, occurrence in marked)
            if not marked and not self._retired(item) and (keys or item.opens.kind == "event"):
                (self.unknown if found.holds is None else self.not_applying).append(Unopened(item, found))

    def carried(self, carried: Sequence[Carried]) -> Iterable[Entry]:
        """What an earlier year left unfinished: due when it was due then, and marked in this year."""
        for one in carried:
            item = self.book.items.get(one.item)
            if item is None:
                continue
            opened_by = one.opened_by
            due = due_date(
                item.due, year=one.origin, event_on=one.occurrence.on if one.occurrence else None, finished_on=self._finished(one.occurrence), titles=self.titles,
                windows=self.book.registers.windows, announcements=self.announcements, calendar=self.calendar, own=self.own_dates.get(f"{item.id}@{opened_by.id}"),
            )  # fmt: skip
            if due.date:  # a day without its year would be read as this year's
                due = replace(due, short=f"{'suggested ' if due.suggested else ''}{short_day(due.date)}")
            marks = tuple(self.marks.get(f"{item.id}@{opened_by.id}", ()))
            yield Entry(item, f"was not finished in {one.origin}", due, opened_by, marks, carried=one.origin)

    def own(self, own_items: Sequence[OwnItem]) -> Iterable[Entry]:
        """What was added to this student: from the year in which it was decided to the one in which it is done."""
        for one in own_items:
            marks = tuple(self.once.get(one.key, ()))
            closed = marks and marks[-1].status in (Status.DONE, Status.NOT_NEEDED)
            if one.decided_on > self.year.last_day or (closed and marks[-1].year < self.year):
                continue
            occurrence = next((o for o in self.happened if o.id == one.occurrence), None)
            yield Entry(one.item, one.why, self._moved(one.item, one.due_date(self.year)), None, marks, follows=occurrence)

    def renewals(self, consents: Sequence[Consent], today: dt.date) -> Iterable[Entry]:
        """Consents that expire soon, or have expired this year. The day is ours: nothing says that a consent must be renewed."""
        if today not in self.year:
            return
        for one in papers.to_renew(consents, today, self.year.first_day):
            item = renewal(one)
            day = one.until or today
            words = f"{day_words(day)}, when the consent expires. Whether it is still needed is yours to say"
            due = DueDate(day, words, f"expires {short_day(day, self.year)}", day, suggested=True)
            yield Entry(
                item,
                f"has a consent that {'expires' if day >= today else 'expired'} on {day_words(day)}",
                self._moved(item, due),
                None,
                tuple(self.once.get(item.id, ())),
            )

    def _moved(self, item: Item, due: DueDate) -> DueDate:
        """When an item that no page of the handbook declares is due: as somebody set it for this student, or as it was."""
        return with_own_date(due, self.own_dates.get(item.id), item.due, self.year, self.calendar)

    def _retired(self, item: Item) -> bool:
        if not item.retired:
            return False
        year, month = item.retired.split("-")
        return dt.date(int(year), int(month), 1) <= self.year.last_day

    def _keys(self, item: Item) -> list[tuple[str, Occurrence | None]]:
        if item.opens.kind != "event":
            return [(item.id, None)]
        return [(f"{item.id}@{o.id}", o) for o in self.happened if o.event == item.opens.event]

    def _marks_of(self, item: Item, key: str) -> list[Mark]:
        return (self.once if item.opens.kind == "once" else self.marks).get(key, [])

    def _entry(self, item: Item, key: str, occurrence: Occurrence | None, why: str) -> Entry:
        due = due_date(
            item.due, year=self.year, event_on=occurrence.on if occurrence else None, finished_on=self._finished(occurrence), titles=self.titles,
            windows=self.book.registers.windows, announcements=self.announcements, calendar=self.calendar, own=self.own_dates.get(key),
        )  # fmt: skip
        return Entry(item, why, due, occurrence, tuple(self._marks_of(item, key)), moved=self.book.moved.get(item.id))

    def _finished(self, occurrence: Occurrence | None) -> dict[str, dt.date]:
        """When each item was done, this year or once for the student; of an event's item, that of the same occurrence counts."""
        return {last.item: last.on for last in self._done if last.on and last.occurrence in ("", occurrence.id if occurrence else "")}

    @cached_property
    def _done(self) -> list[Mark]:
        """The last mark on each item, where it says done."""
        marked = [
            self._marks_of(self.book.items[marks[0].item], key) for key, marks in self.once.items() if marks[0].item in self.book.items
        ]
        return [marks[-1] for marks in marked if marks and marks[-1].status is Status.DONE]


RENEW = "renew."  # begins the key of an item that asks for a new consent
_PAGES = {
    Purpose.RELEASE: "responsibilities/liaise-and-advocate.md",
    Purpose.REFERRAL: "responsibilities/referrals.md",
    Purpose.SPED: "responsibilities/records.md",
}


def renewal(one: Consent) -> Item:
    """The item that asks for a new consent before this one ends."""
    return Item(
        id=RENEW + one.id, title=f"Renew the consent: {one.agency or one.title}", strength=Strength.EXPECTED, opens=Opens("once"), source=(), page=_PAGES[one.purpose], line=0,
        obtains=one.purpose.value, help_html="<p>Ask for a new signed form, or mark this as not needed. Without a current consent nothing goes out.</p>",
    )  # fmt: skip


def agency_of(entry: Entry) -> str:
    """Which agency or service an item is about: what its event names."""
    return entry.occurrence.detail if entry.occurrence else ""


def consent_missing(entry: Entry, current: Checklist, day: dt.date | None = None) -> str:
    """Why this cannot be marked done without a consent, in a sentence; empty where one is current, or somebody who may has allowed it without."""
    if not entry.item.consent or any((one.key, one.year) == (entry.key, current.year.start) for one in current.overrides):
        return ""
    return papers.missing_words(current.consents, Purpose(entry.item.consent), agency_of(entry), day or current.today)


SIGN_FIRST = "Record the consent: who signed, on which day, and where the form is. That marks this item as well."


def signature_missing(entry: Entry, current: Checklist, day: dt.date | None = None) -> str:
    """Why a signature cannot be marked by itself, in a sentence; empty where the consent that it gives is on record, or the item is no signature."""
    item, on = entry.item, day or current.today
    if not item.obtains or (
        papers.current(current.consents, Purpose(item.obtains), agency_of(entry), on) and not item.id.startswith(RENEW)
    ):
        return ""
    return SIGN_FIRST


class MarkRefused(ValueError):
    """A mark that cannot be recorded. `errors` gives the sentence for each field of the form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True)
class Intent:
    """What somebody wants to record: a status, the day it is true of, and the facts by name (`filed in`, `reason` …)."""

    status: Status
    on: dt.date | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    partly: bool = False  # only some of what a done mark must state
    days: Mapping[str, dt.date] = field(default_factory=dict)  # worked out when the intent is checked


def in_parts(item: Item) -> bool:
    """Whether a done mark states several facts, which can be true on different days."""
    return len(item.records) > 1


def needed_facts(item: Item, status: Status) -> tuple[str, ...]:
    """The names of the facts that a mark of this status must state, besides who and when."""
    if status is Status.DONE:
        return tuple(record.kind for record in item.records if record.kind != "held on")
    return {Status.WAITING: ("waiting for",), Status.NOT_NEEDED: ("reason",)}.get(status, ())


def default_facts(item: Item) -> dict[str, str] | None:
    """The facts of a done mark where the item itself names them all, so that one click is enough; None where a person must say."""
    if any(record.kind in ("people", "shared with", "decision") for record in item.records):
        return None
    return {record.kind: record.value for record in item.records if record.kind != "held on"}


class MarksOneByOne(ValueError):
    """An item that cannot be marked for several students at once; the message says why."""


def check_can_mark_many(item: Item) -> dict[str, str]:
    """The facts of a done mark that fits several students at once: the item names them all. Raises MarksOneByOne."""
    facts = default_facts(item)
    if item.obtains:
        raise MarksOneByOne("A signature is recorded with its consent, which says where the form is. It is marked one by one.")
    if facts is None:
        raise MarksOneByOne(
            "This item asks something about each student, such as who took part or what was decided. It is marked one by one."
        )
    if item.retired:
        raise MarksOneByOne("This item is retired. Nothing new is marked on it.")
    return facts


def can_mark_many(item: Item) -> bool:
    try:
        check_can_mark_many(item)
    except MarksOneByOne:
        return False
    return True


MISSING = {
    "filed in": "Say where it is filed.",
    "sent to": "Say to whom it was sent.",
    "signed by": "Say who signed.",
    "people": "Say who was involved, by role or name.",
    "shared with": "Say with whom it was shared, by role or name.",
    "decision": "Choose what was decided.",
    "waiting for": "Say what or whom it is waiting for.",
    "reason": "Say why it is not needed. The reason stays on the record.",
}


def missing_before(entry: Entry, current: Checklist) -> tuple[Entry, ...]:
    """The entries that must be done before this one can be: those that the item `needs`, of the same occurrence.

    A signature is not waited for where its consent is on record, or where somebody who may has allowed it without one.
    """
    settled = entry.item.consent if entry.item.consent and not consent_missing(entry, current) else None
    occurrence = entry.occurrence.id if entry.occurrence else ""
    return tuple(
        other
        for other in current.entries
        if other.item.id in entry.item.needs
        and other.said is not Status.DONE
        and other.item.obtains != settled
        and (other.occurrence.id if other.occurrence else "") in ("", occurrence)
    )


def first_words(before: Sequence[Entry]) -> str:
    """What must come first, by its titles: `“Prepare the form” and “Prepare the documents”`."""
    titles = [f"“{one.item.title}”" for one in before]
    return " and ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles)


def check_intent(entry: Entry, intent: Intent, current: Checklist) -> Intent:
    """Return the intent with its texts cleaned. Raises MarkRefused with a sentence per field."""
    item, today = entry.item, current.today
    errors: dict[str, str] = {}
    before = missing_before(entry, current) if intent.status is Status.DONE else ()
    lacking = (
        consent_missing(entry, current, intent.on) or signature_missing(entry, current, intent.on) if intent.status is Status.DONE else ""
    )
    if before:
        errors["status"] = (
            f"First mark {first_words(before)} as done. This cannot be recorded before {'it' if len(before) == 1 else 'them'}."
        )
    elif lacking:
        errors["status"] = lacking
    if intent.partly:
        return _check_part(entry, intent, current)
    facts: dict[str, str] = {}
    for name in needed_facts(item, intent.status):
        try:
            facts[name] = clean(intent.facts.get(name, ""), LONGEST_FACT)
        except ValueError as error:
            errors[name] = str(error)
            continue
        if not facts[name]:
            errors[name] = MISSING[name]
    choices = next((record.choices for record in item.records if record.kind == "decision"), ())
    if facts.get("decision") and facts["decision"] not in choices:
        errors["decision"] = f"Choose one of: {', '.join(choices)}."
    on = intent.on if intent.status is not Status.TO_DO else None
    if intent.status is not Status.TO_DO:
        errors |= _check_day(on, today) or _check_against(on, entry, current.year)
    if errors:
        raise MarkRefused(errors)
    return _with_days(entry, Intent(intent.status, on, facts))


def _check_part(entry: Entry, intent: Intent, current: Checklist) -> Intent:
    """Some of the facts, with the day of what is new; the status stays to do. Raises MarkRefused."""
    errors: dict[str, str] = {}
    facts: dict[str, str] = {}
    needed = needed_facts(entry.item, Status.DONE)
    for name in needed:
        try:
            text = clean(intent.facts.get(name, ""), LONGEST_FACT)
        except ValueError as error:
            errors[name] = str(error)
            continue
        if text:
            facts[name] = text
    given = len(facts) + any(record.kind == "held on" for record in entry.item.records)
    if not in_parts(entry.item):
        errors["status"] = "This item has one fact only. Choose Done, Waiting, Not needed or To do."
    elif not errors and not given:
        errors["status"] = "Enter what is done of it. Leave empty what is still open."
    elif not errors and len(facts) == len(needed):
        errors["status"] = "Everything that this asks for is here. Choose Done, or empty what is still open."
    choices = next((record.choices for record in entry.item.records if record.kind == "decision"), ())
    if facts.get("decision") and facts["decision"] not in choices:
        errors["decision"] = f"Choose one of: {', '.join(choices)}."
    # What goes out needs its consent also where it is one fact of several.
    if "status" not in errors and {"sent to", "shared with"} & set(facts) and (lacking := consent_missing(entry, current, intent.on)):
        errors["status"] = lacking
    errors |= _check_day(intent.on, current.today) or _check_against(intent.on, entry, current.year)
    if errors:
        raise MarkRefused(errors)
    return _with_days(entry, Intent(Status.TO_DO, intent.on, facts, True))


def _with_days(entry: Entry, intent: Intent) -> Intent:
    """Give each fact its day: what stood there before keeps its own, what is new has the day of this mark."""
    earlier = entry.mark
    if not in_parts(entry.item) or intent.on is None:
        return intent
    if intent.status is Status.WAITING:  # what is there already stays there
        kept = dict(earlier.days) if earlier and entry.open else {}
        said = {name: earlier.facts[name] for name in kept if name in earlier.facts} if earlier else {}
        return Intent(intent.status, intent.on, {**said, **intent.facts}, days=kept)
    if intent.status is Status.NOT_NEEDED:
        return intent
    days = {}
    for record in entry.item.records:
        name = record.kind
        if name != "held on" and name not in intent.facts:
            continue
        same = earlier is not None and name in earlier.days and (name == "held on" or earlier.facts.get(name) == intent.facts[name])
        days[name] = earlier.days[name] if earlier and same else intent.on
    if not intent.partly and all(day == intent.on for day in days.values()):
        days = {}
    return Intent(intent.status, intent.on, intent.facts, intent.partly, days)


def _check_day(on: dt.date | None, today: dt.date) -> dict[str, str]:
    if on is None:
        return {"on": "Enter the day, for example 27 3 2026."}
    if on > today:
        return {"on": f"The day must be today or earlier. {day_words(on)} is still to come."}
    if on < EARLIEST:
        return {"on": f"Check the year: {day_words(on)} is too long ago."}
    return {}


def _check_against(on: dt.date | None, entry: Entry, year: SchoolYear) -> dict[str, str]:
    """A yearly item is done in its year or, at the earliest, in the one before; what follows an event cannot come before it."""
    if on is None:
        return {}
    happened, due = entry.occurrence, entry.item.due
    at_it = (
        due is not None and due.kind == "event" and not entry.item.built_with and any(one.kind == "held on" for one in entry.item.records)
    )
    if happened and at_it and on < happened.on:
        return {
            "on": f"This is done at the meeting, which is recorded for {day_words(happened.on)}. Before that day it cannot be marked as done."
        }
    if happened and entry.item.due and entry.item.due.kind == "after" and not entry.item.due.after and on < happened.on:
        return {"on": f"This follows from what happened on {day_words(happened.on)}, so it cannot be earlier. Check the day."}
    if entry.item.opens.kind == "school year" and on < year.previous.first_day:
        return {"on": f"Check the year: {day_words(on)} is before the last school year, and this item opens every year."}
    return {}


class DateRefused(ValueError):
    """A due date that cannot be set. `errors` gives the sentence for each field of the form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def comes_round(item: Item) -> bool:
    """Whether the item comes round as the IEP says: its date is set anew each time, and needs no reason."""
    return item.due is not None and item.due.kind == "cadence"


def check_own_date(entry: Entry, date: dt.date | None, reason: str, current: Checklist) -> str:
    """Return the reason, cleaned, where this date can be set (None: taken back). Raises DateRefused with a sentence per field.

    A date that the office announced can be moved as well: the office itself grants time for one student, and a date that nobody can meet would
    teach people to look away from red. What was announced stays in view beside the reason.
    """
    errors: dict[str, str] = {}
    try:
        reason = clean(reason, LONGEST_FACT)
    except ValueError as error:
        errors["reason"] = str(error)
    own = entry.due.own
    if not entry.open and not comes_round(entry.item):
        errors["date"] = "This item is not open any more, so there is no date to move."
    elif date is None and own is None:
        errors["date"] = "Enter the day, for example 27 3 2027."
    elif date is not None and date < current.today:
        errors["date"] = f"The day must be today or later. {day_words(date)} is over."
    elif date is not None and date > current.year.last_day:
        last = day_words(current.year.last_day)
        errors["date"] = f"This school year ends on {last}. What is due later belongs on the next year's checklist."
    elif date is not None and date == entry.due.date:
        errors["date"] = f"It is due on {day_words(date)} already."
    if date is not None and not comes_round(entry.item) and not reason and "reason" not in errors:
        errors["reason"] = "Say why, so that others understand the date. The reason stays on the record."
    if errors:
        raise DateRefused(errors)
    return reason


def can_set_date(entry: Entry) -> bool:
    return entry.open or comes_round(entry.item)


class EventRefused(ValueError):
    """An event on a day on which it cannot have happened to this student; the message says why."""


class EventAsked(EventRefused):
    """An event on a day of which the record cannot tell whether the student was here; the message asks."""


def first_known_day(student: Student, occurrences: Iterable[Occurrence], marks: Iterable[Mark]) -> dt.date | None:
    """The earliest day from which anything of the student is on record. The record does not know when a student came to the school."""
    days = [a.since for a in student.assignments] + [o.on for o in occurrences if not o.withdrawn] + [m.on for m in marks if m.on]
    return min(days, default=None)


def check_event_day(on: dt.date, first: dt.date | None, away: Iterable[tuple[dt.date, dt.date]]) -> None:
    """Raises EventRefused for a day on which the student had left, and EventAsked for one before anything is on record."""
    for left, back in away:
        if left < on < back:
            raise EventRefused(f"The student had left on {day_words(left)} and came back on {day_words(back)}. Check the day.")
    if first is not None and on < first:
        raise EventAsked(
            f"{day_words(on)} is before the first day on record of this student, {day_words(first)}. Was the student here then?"
        )


def entry_words(entry: Entry, registers: Registers, names: Mapping[str, str]) -> str:
    """The status in words; of what a colleague was given, for whom it waits. `names` of people by id."""
    words = status_words(entry.mark, registers, entry.item)
    if not entry.held or entry.said is not Status.TO_DO:
        return words
    colleague = names.get(entry.held.person, ACCOUNT_GONE)
    return f"Waiting for {colleague}, since {day_words(entry.held.since)}" + (f". {words}" if entry.partly else "")


def status_words(mark: Mark | None, registers: Registers, item: Item | None = None) -> str:
    """The status as it is true: `Filed in the Red File (inside the G4 file), 2 October 2026`, never a bare “Completed”.

    `item` tells what is still open where only some of the facts are recorded.
    """
    if mark is None or (mark.status is Status.TO_DO and not mark.days):
        return "To do"
    if mark.days:
        return _in_parts_words(mark, registers, item)
    day = f", {day_words(mark.on)}" if mark.on else ""
    if mark.status is Status.WAITING:
        return f"Waiting for {mark.facts.get('waiting for', '')}, since {day_words(mark.on)}" if mark.on else "Waiting"
    if mark.status is Status.NOT_NEEDED:
        return f"Not needed: {mark.facts.get('reason', '')}{day}"
    said = "; ".join(filter(None, (_fact_words(name, value, registers) for name, value in mark.facts.items()))) or "done"
    return said[0].upper() + said[1:] + day


def _in_parts_words(mark: Mark, registers: Registers, item: Item | None) -> str:
    """Each fact with its own day, and what is still open: `Filed in the Red File, 2 October 2026; still open: sent to SSS`."""
    said = []
    for name, day in mark.days.items():
        words = "held" if name == "held on" else _fact_words(name, mark.facts.get(name, ""), registers)
        said.append(f"{words}, {day_words(day)}" if name != "held on" else f"held on {day_words(day)}")
    if mark.status is not Status.DONE and item:
        still = [record_words(record, registers) for record in item.records if record.kind not in mark.days]
        said += [f"still open: {', '.join(still)}"] if still else []
    if mark.status is Status.WAITING:
        since = f", since {day_words(mark.on)}" if mark.on else ""
        said.insert(0, f"waiting for {mark.facts.get('waiting for', '')}{since}")
    words = "; ".join(said)
    return words[0].upper() + words[1:]


def _fact_words(name: str, value: str, registers: Registers) -> str:
    if name == "filed in":
        place = registers.places.get(value)
        return f"filed in {place.title if place else value}"
    if name == "sent to":
        recipient = registers.recipients.get(value)
        return f"sent to {recipient.title if recipient else value}"
    return {
        "signed by": f"signed by {value}",
        "people": f"done, with {value}",
        "shared with": f"shared with {value}",
        "decision": f"decided: {value}",
    }.get(name, "")
