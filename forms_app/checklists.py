"""One student's items for one school year: what applies and why, what is done, what is next.

Everything here is derived from the student, the handbook, the events and the marks. Marks are appended and never changed; the status of an
item is what its last mark says. A rule that refuses comes as a pair: `check_…` raises with the sentence that the person reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from .deadlines import Announcements, DueDate, due_date
from .handbook import Handbook, Item
from .handbook.registers import Registers
from .handbook.words import day_words
from .plain_text import clean
from .school_year import SchoolYear, school_year_of
from .students import Applicability, Student, applicability

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

    @property
    def key(self) -> str:
        return f"{self.item}@{self.occurrence}" if self.occurrence else self.item


@dataclass(frozen=True)
class Entry:
    """An item as it stands for this student (and, for an item that an event opens, this occurrence)."""

    item: Item
    why: str
    due: DueDate
    occurrence: Occurrence | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.item.id}@{self.occurrence.id}" if self.occurrence else self.item.id

    @property
    def mark(self) -> Mark | None:
        return self.marks[-1] if self.marks else None

    @property
    def status(self) -> Status:
        return self.mark.status if self.mark else Status.TO_DO

    @property
    def open(self) -> bool:
        return self.status in (Status.TO_DO, Status.WAITING)

    @property
    def reworded(self) -> bool:
        """Whether the item has been reworded since it was marked."""
        return self.mark is not None and self.mark.wording != self.item.title and self.status is not Status.TO_DO

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
        """`3 to do, 1 waiting`, for a list of students."""
        return progress_words(entry for entry in self.entries if entry.open)


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
) -> Checklist:
    """Derive the checklist of `year`. `marks` are all of the student's, oldest first; other years' matter for what is done only once."""
    happened = tuple(sorted((o for o in occurrences if o.year == year and not o.withdrawn), key=lambda o: (o.on, o.at)))
    build = _Builder(book, student, year, happened, marks, announcements)
    return Checklist(student, year, today, tuple(build.entries()), tuple(build.unknown), tuple(build.not_applying), happened)


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
    ) -> None:
        self.book, self.student, self.year, self.happened, self.announcements = book, student, year, happened, announcements
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
            windows=self.book.registers.windows, announcements=self.announcements,
        )  # fmt: skip
        return Entry(item, why, due, occurrence, tuple(self._marks_of(item, key)))

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
    """The entries that must be done before this one can be: those that the item `needs`, of the same occurrence."""
    occurrence = entry.occurrence.id if entry.occurrence else ""
    return tuple(
        other
        for other in current.entries
        if other.item.id in entry.item.needs
        and other.status is not Status.DONE
        and (other.occurrence.id if other.occurrence else "") in ("", occurrence)
    )


def check_intent(entry: Entry, intent: Intent, current: Checklist) -> Intent:
    """Return the intent with its texts cleaned. Raises MarkRefused with a sentence per field."""
    item, today = entry.item, current.today
    errors: dict[str, str] = {}
    before = missing_before(entry, current) if intent.status is Status.DONE else ()
    if before:
        errors["status"] = f"First mark “{before[0].item.title}” as done. This cannot be recorded before it."
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
    return Intent(intent.status, on, facts)


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
    happened = entry.occurrence
    if happened and entry.item.due and entry.item.due.kind == "after" and not entry.item.due.after and on < happened.on:
        return {"on": f"This follows from what happened on {day_words(happened.on)}, so it cannot be earlier. Check the day."}
    if entry.item.opens.kind == "school year" and on < year.previous.first_day:
        return {"on": f"Check the year: {day_words(on)} is before the last school year, and this item opens every year."}
    return {}


def status_words(mark: Mark | None, registers: Registers) -> str:
    """The status as it is true: `Filed in the Red File (inside the G4 file), 2 October 2026`, never a bare “Completed”."""
    if mark is None or mark.status is Status.TO_DO:
        return "To do"
    day = f", {day_words(mark.on)}" if mark.on else ""
    if mark.status is Status.WAITING:
        return f"Waiting for {mark.facts.get('waiting for', '')}, since {day_words(mark.on)}" if mark.on else "Waiting"
    if mark.status is Status.NOT_NEEDED:
        return f"Not needed: {mark.facts.get('reason', '')}{day}"
    said = "; ".join(filter(None, (_fact_words(name, value, registers) for name, value in mark.facts.items()))) or "done"
    return said[0].upper() + said[1:] + day


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
