"""A file review: what is recorded about a student and what somebody writes besides, by sections, for a meeting or a referral.

It is a draft until it is finished. A finished one is kept as it was read, never changes, and ticks the items that ask for it. Which items those are the
handbook says (`built_with: file review`); which sections there are, the district's file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .checklists import Checklist, Mark, Occurrence, Status, status_words
from .configuration import read_file
from .deadlines import short_day
from .handbook import Handbook, HandbookError, Item, Problem
from .handbook.items import KEY
from .handbook.plain_yaml import Lines
from .handbook.problems import one_of
from .handbook.registers import Entry
from .handbook.words import day_words
from .plain_text import clean
from .school_year import SchoolYear
from .students import ACCOUNT_GONE, Answer, Student

FILE = "data/file-review.yml"
WITH = "file review"  # what an item says that is ticked by finishing one
LONGEST = 2000  # characters in one section
HEAD = "head"


@dataclass(frozen=True)
class Section:
    """One section of the template. `shows`, `events` and `items` say what is filled in from the record."""

    key: str
    title: str
    ask: str
    shows: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    def takes(self, item_id: str) -> bool:
        return item_id in self.items or item_id.partition(".")[0] in self.items


Template = Mapping[str, Section]


@dataclass(frozen=True)
class Plan:
    """For which occurrences the review is, which days it covers, and which sections it has."""

    occasions: tuple[str, ...]
    since: dt.date
    until: dt.date
    sections: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """What somebody wrote in one section; a later one replaces it and the earlier stays."""

    id: str
    text: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class Part:
    """One section as people read it: the facts from the record, then what was written."""

    key: str
    title: str
    facts: tuple[str, ...]
    text: str = ""

    @property
    def empty(self) -> bool:
        return not (self.facts or self.text)


@dataclass(frozen=True)
class Final:
    """That a review was finished, by whom and when, and every part as it was then."""

    by: str
    at: dt.datetime
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Review:
    """One review. `texts` holds the last version of each section."""

    id: str
    plan: Plan
    by: str
    at: dt.datetime
    texts: Mapping[str, Text] = field(default_factory=dict)
    final: Final | None = None

    def written(self, section: str) -> str:
        return self.texts[section].text if section in self.texts else ""

    @property
    def state(self) -> str:
        return "finished" if self.final else "draft"


def read_template(root: Path) -> Template:
    """The sections of this district. Raises HandbookError. Kept until the file changes."""
    stat = (root / FILE).stat() if (root / FILE).exists() else None
    return _read(root, (stat.st_mtime_ns, stat.st_size) if stat else None)


@lru_cache(maxsize=4)
def _read(root: Path, _fingerprint: object) -> Template:
    return read_file(root, FILE, _template)


def _template(entry: Entry) -> Template:
    return {key: _section(entry, key, value) for key, value in entry.fields.items()}


def _section(parent: Entry, key: str, value: object) -> Section:
    entry = Entry(parent.file, key, value, value.line if isinstance(value, Lines) else parent.fields.line_of.get(key, 1), parent.problems)
    if not KEY.fullmatch(key) or key == HEAD:
        entry.refuse("", f"the key “{key}”", "allowed: lower-case words joined by hyphens")
    entry.only("title", "ask", "shows", "events", "items")
    shows = entry.texts("shows")
    for one in shows:
        if one not in SHOWS:
            entry.refuse("shows", f"“{one}”", one_of(SHOWS))
    return Section(key, entry.text("title"), entry.text("ask"), shows, entry.texts("events"), entry.texts("items"))


def check_template(template: Template, book: Handbook) -> None:
    """Raises HandbookError where a section names an event or an item that there is not."""
    groups = {item.group for item in book.items.values()}
    problems = [
        Problem(FILE, 0, f"{section.key}.{name}", f"“{one}”", f"allowed: {words}")
        for section in template.values()
        for name, all_, known, words in (
            ("events", section.events, set(book.registers.events), "keys of data/events.yml"),
            ("items", section.items, {*book.items, *groups}, "ids of items, or what stands before the dot in them"),
        )
        for one in all_
        if one not in known
    ]
    if problems:
        raise HandbookError(problems)


def occasions(book: Handbook) -> tuple[str, ...]:
    """The events for which a file review is built: those that open an item which says so."""
    return tuple(dict.fromkeys(item.opens.event for item in book.current_items if item.built_with == WITH and item.opens.event))


def items_for(book: Handbook, occurrences: Iterable[Occurrence]) -> list[tuple[Item, Occurrence]]:
    """The items that are done when a review for these occurrences is finished."""
    found = [item for item in book.current_items if item.built_with == WITH]
    return [(item, one) for one in occurrences for item in found if item.opens.event == one.event and not one.withdrawn]


# Filling the sections from the record


@dataclass(frozen=True)
class Material:
    """Everything recorded from which a review is filled. `names` of people by id; `more` holds lines that other parts of the app add to a section."""

    student: Student
    school: str
    names: Mapping[str, str]
    occurrences: Sequence[Occurrence]  # of every year
    marks: Sequence[Mark]  # of every year, oldest first for each item
    checklist: Checklist
    book: Handbook
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def parts_of(plan: Plan, texts: Mapping[str, Text], template: Template, material: Material) -> tuple[Part, ...]:
    """The review as it would be printed now: the head, then the chosen sections in the template's order."""
    chosen = [section for section in template.values() if section.key in plan.sections]
    return (
        Part(HEAD, material.student.name, tuple(_head(plan, material))),
        *(
            Part(
                section.key, section.title, tuple(_facts(section, plan, material)), texts[section.key].text if section.key in texts else ""
            )
            for section in chosen
        ),
    )


def fingerprint(parts: Iterable[Part]) -> str:
    """Changes when anything that is printed does."""
    return hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()[:16]


def _head(plan: Plan, material: Material) -> Iterable[str]:
    student, events = material.student, material.book.registers.events
    grade = "Ungraded (SU)" if student.grade == "SU" else student.grade.lstrip("0")
    manager = material.names.get(student.case_manager_on(material.checklist.today), "none")
    yield f"Grade: {grade}"
    yield f"School: {material.school or 'not recorded'}"
    yield f"Case manager: {manager}"
    meant = [one for one in material.occurrences if one.id in plan.occasions]
    for one in sorted(meant, key=lambda one: one.on):
        title = events[one.event].title if one.event in events else one.event
        yield f"For: {title}, {short_day(one.on)}" + (f" ({one.detail})" if one.detail else "")
    yield f"Covers: {short_day(plan.since)} to {short_day(plan.until)}"


def _facts(section: Section, plan: Plan, material: Material) -> Iterable[str]:
    for name in section.shows:
        yield from SHOWS[name](plan, material)
    dated = [*_events(section, plan, material), *_marks(section, plan, material)]
    yield from (f"{short_day(day)}: {words}" for day, words in sorted(dated, key=lambda pair: pair[0]))
    yield from material.more.get(section.key, ())


def _events(section: Section, plan: Plan, material: Material) -> Iterable[tuple[dt.date, str]]:
    titles = material.book.registers.events
    for one in material.occurrences:
        if one.event in section.events and not one.withdrawn and plan.since <= one.on <= plan.until:
            title = titles[one.event].title if one.event in titles else one.event
            yield one.on, f"{title}, {one.detail}" if one.detail else title


def _marks(section: Section, plan: Plan, material: Material) -> Iterable[tuple[dt.date, str]]:
    """What the last mark on an item says, of each year, where it says done on a day that the review covers."""
    withdrawn = {one.id for one in material.occurrences if one.withdrawn}
    last: dict[tuple[str, SchoolYear], Mark] = {(mark.key, mark.year): mark for mark in material.marks}
    for mark in last.values():
        if not section.takes(mark.item) or mark.status is not Status.DONE or mark.on is None or mark.occurrence in withdrawn:
            continue
        if plan.since <= mark.on <= plan.until:
            said = status_words(mark, material.book.registers).removesuffix(f", {day_words(mark.on)}")
            yield mark.on, mark.wording if said == "Done" else f"{mark.wording}: {said[0].lower()}{said[1:]}"


def _school(plan: Plan, material: Material) -> Iterable[str]:
    yield f"Now at {material.school or 'a school that is not recorded'}"


def _designation(plan: Plan, material: Material) -> Iterable[str]:
    student = material.student
    yield f"Category {student.category}" if student.category else "No Ministry category"
    yield from (route.label for route in sorted(student.routes, key=lambda route: route.value))


def _answer(yes: str, no: str, of: Callable[[Student], Answer]) -> Callable[[Plan, Material], Iterable[str]]:
    words = {Answer.YES: yes, Answer.NO: no}
    return lambda plan, material: filter(None, [words.get(of(material.student), "")])


def _agencies(plan: Plan, material: Material) -> Iterable[str]:
    yield from (f"Involved: {agency}" for agency in material.student.agencies)


def _case_managers(plan: Plan, material: Material) -> Iterable[str]:
    for one in material.student.assignments:
        until = f"to {short_day(one.until)}" if one.until else "until now"
        yield f"Case manager: {material.names.get(one.person, ACCOUNT_GONE)}, {short_day(one.since)} {until}"


def _open_items(plan: Plan, material: Material) -> Iterable[str]:
    """What presses or waits; the rest only as a number, so that the page stays one. The item that this very review ticks is left out."""
    checklist = material.checklist
    open_ = [
        entry
        for entry in checklist.open_entries
        if not (entry.item.built_with == WITH and entry.occurrence and entry.occurrence.id in plan.occasions)
    ]
    pressing = [entry for entry in open_ if entry.status is Status.WAITING or entry.urgency(checklist.today) in ("overdue", "soon")]
    for entry in pressing:
        said = status_words(entry.mark, material.book.registers) if entry.status is Status.WAITING else entry.due.short_on(checklist.today)
        yield f"{entry.item.title}: {said}"
    rest = len(open_) - len(pressing)
    if rest:
        yield f"{rest} other item{'s' if rest != 1 else ''} open, not due yet"


SHOWS: Mapping[str, Callable[[Plan, Material], Iterable[str]]] = {
    "school": _school,
    "designation": _designation,
    "iep": _answer("Has an IEP", "Has no IEP", lambda student: student.iep),
    "assistant": _answer("An SEA or CCW is assigned", "No SEA or CCW is assigned", lambda student: student.assistant),
    "agencies": _agencies,
    "case managers": _case_managers,
    "open items": _open_items,
}


# What may be planned, written and finished


class ReviewRefused(ValueError):
    """A review that cannot be begun or written so. `errors` gives the sentence for each field of the form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def check_plan(
    occasions: Sequence[str], since: dt.date | None, until: dt.date | None, sections: Sequence[str], offered: Iterable[str], template: Template, today: dt.date
) -> Plan:  # fmt: skip
    """`offered` are the ids of the occurrences that can be chosen. Raises ReviewRefused."""
    errors: dict[str, str] = {}
    if not occasions:
        errors["occasions"] = "Choose the meeting or the referral that the review is for."
    elif not set(occasions) <= set(offered):
        errors["occasions"] = "Choose from the meetings and referrals that are shown."
    if since is None:
        errors["since"] = "Enter the first day that the review covers."
    if until is None:
        errors["until"] = "Enter the last day that the review covers."
    elif until > today:
        errors["until"] = "The last day must be today or earlier: nothing later is recorded yet."
    elif since is not None and since > until:
        errors["since"] = "The first day must not be after the last day."
    if not [key for key in sections if key in template]:
        errors["sections"] = "Choose at least one section."
    if errors or since is None or until is None:
        raise ReviewRefused(errors)
    return Plan(tuple(dict.fromkeys(occasions)), since, until, tuple(key for key in template if key in sections))


def check_texts(typed: Mapping[str, str]) -> dict[str, str]:
    """The texts by section, made safe. Raises ReviewRefused with the sentence for each section."""
    texts, errors = dict[str, str](), dict[str, str]()
    for section, text in typed.items():
        try:
            texts[section] = clean(text, LONGEST, lines=True)
        except ValueError as error:
            errors[section] = str(error)
    if errors:
        raise ReviewRefused(errors)
    return texts


class ReviewIsFinished(Exception):
    """A finished review does not change; the message says what can be done instead."""


def check_can_write(review: Review) -> None:
    """Raises ReviewIsFinished."""
    if review.final:
        raise ReviewIsFinished(
            "This review is finished, so it cannot be changed. Something wrong in it can be annotated, or build a new one."
        )


def can_write(review: Review) -> bool:
    return review.final is None
