"""Opening a school year for a student: the grade moves up, who has left is closed, and what was not finished can be carried over.

The checklist of a new year is there on 1 July by itself. Opening is the act that a person does once, in the new year, and that is kept.
A rule that refuses comes as a pair: `check_can_…` raises with the sentence that the person reads, `can_…` answers yes or no.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .checklists import Checklist, Entry
from .handbook.words import day_words
from .school_year import SchoolYear
from .students import Answer, Student

NEXT_GRADE: Mapping[str, str] = {"08": "09", "09": "10", "10": "11", "11": "12"}
LEFT = "left"


@dataclass(frozen=True)
class Opened:
    """That a year was opened, and what grade, leaving and state were before and are since.

    `then` holds what else decided the checklist of the year before, by the names of Student, and `edition` the handbook that it
    followed; both are empty where a record is older than that was kept.
    """

    year: SchoolYear
    at: dt.datetime
    by: str
    was: Mapping[str, str]
    becomes: Mapping[str, str]
    then: Mapping[str, Any] = field(default_factory=dict)
    edition: str = ""


@dataclass(frozen=True)
class Ledger:
    """What opening needs to know of a record: the years that are open (oldest first), and when the grade was last entered by a person."""

    opened: tuple[Opened, ...] = ()
    entered: dt.datetime | None = None

    def of(self, year: SchoolYear) -> Opened | None:
        return next((one for one in self.opened if one.year == year), None)

    def student_in(self, student: Student, year: SchoolYear) -> Student:
        """The student as recorded when `year` was closed by opening the next: what is changed since does not change its checklist."""
        closed = self._closed(year)
        return replace(student, grade=closed.was["grade"], leaving=Answer(closed.was["leaving"]), **closed.then) if closed else student

    def edition_in(self, year: SchoolYear) -> str:
        """The edition of the handbook that the checklist of a closed year followed; empty for an open one, or where it was not kept."""
        closed = self._closed(year)
        return closed.edition if closed else ""

    def _closed(self, year: SchoolYear) -> Opened | None:
        return next((one for one in self.opened if one.year > year), None)


@dataclass(frozen=True)
class Plan:
    """What opening `year` does to one student. `look` says why somebody should look at them; `done` that it was opened already."""

    student: Student
    year: SchoolYear
    grade: str
    leaving: Answer
    closes: bool = False
    look: str = ""
    done: bool = False

    @property
    def moves(self) -> bool:
        return self.grade != self.student.grade

    @property
    def words(self) -> str:
        """`grade 8 becomes 9`, `the record closes`, `grade 12 stays`."""
        if self.closes:
            return "has left, so the record closes"
        was = _grade(self.student.grade)
        return f"{was} becomes {_grade(self.grade).removeprefix('grade ')}" if self.moves else f"{was} stays"


def _grade(grade: str) -> str:
    return "ungraded (SU)" if grade == "SU" else f"grade {grade.lstrip('0')}"


class CannotOpen(ValueError):
    """A year that cannot be opened, or whose opening cannot be taken back; the message says why."""


def check_can_open(year: SchoolYear, current: SchoolYear) -> None:
    """Raises CannotOpen for a year that is over, has not begun, or would skip one."""
    if year < current:
        raise CannotOpen(
            f"{year} is over, and its checklists are closed. What is wrong in them gets a statement beside it. The year to open is {current}."
        )
    if year == current.next:
        raise CannotOpen(f"{year} begins on {day_words(year.first_day)}. It can be opened from that day on.")
    if year > current:
        raise CannotOpen(f"{year} would skip {current.next}. Years are opened one after the other; the year to open now is {current}.")


def can_open(year: SchoolYear, current: SchoolYear) -> bool:
    try:
        check_can_open(year, current)
    except CannotOpen:
        return False
    return True


def plan(student: Student, ledger: Ledger, year: SchoolYear, entered: SchoolYear | None) -> Plan:
    """What opening does to this student. `entered` is the school year in which the grade was last entered, where that is known."""
    stays = Plan(student, year, student.grade, student.leaving)
    if ledger.of(year):
        return replace(stays, done=True)
    known = [one.year for one in ledger.opened if one.year < year] + ([entered] if entered else [])
    base = max(known, default=year.previous)
    if base >= year:
        return stays  # the grade was entered this year already, so it is this year's
    if base < year.previous:
        return replace(stays, look=f"{year.previous} was never opened, so the grade stays as it is: check it")
    counts = student.grade_that_counts
    if student.leaving is Answer.YES and counts in ("", "12"):
        return replace(stays, closes=True)
    grade = NEXT_GRADE.get(student.grade, student.grade)
    moved = replace(student, grade=grade)
    # Whether somebody leaves is asked of each year anew.
    leaving = Answer.UNKNOWN if moved.grade_that_counts in ("", "12") else student.leaving
    look = ""
    if student.grade == "SU" and student.counts_as:
        look = f"counts as grade {student.counts_as.lstrip('0')}: check whether that changes"
    elif student.grade == "12" and student.leaving is Answer.UNKNOWN:
        look = "was in grade 12, and nobody has recorded whether the student left: close the record if so"
    elif not student.assignments:
        look = "has no case manager"
    return replace(stays, grade=grade, leaving=leaving, look=look)


@dataclass(frozen=True)
class Preview:
    """What opening does to many students, counted, with those to look at."""

    year: SchoolYear
    plans: tuple[Plan, ...]

    @property
    def to_do(self) -> tuple[Plan, ...]:
        return tuple(one for one in self.plans if not one.done)

    @property
    def done(self) -> int:
        return sum(1 for one in self.plans if one.done)

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """What happens, in words, with how often, in the order of the grades."""
        found = Counter(one.words for one in sorted(self.to_do, key=lambda one: (one.closes, one.student.grade)))
        return tuple(found.items())

    @property
    def look_at(self) -> tuple[Plan, ...]:
        return tuple(one for one in self.to_do if one.look)


def check_can_take_back(opened: Opened | None, year: SchoolYear, used: bool) -> Opened:
    """The opening that is taken back. Raises CannotOpen."""
    if opened is None:
        raise CannotOpen(f"{year} was not opened for this student, or it has been taken back already.")
    if used:
        raise CannotOpen(f"Something was recorded in {year} since it was opened, so the opening stays. Change the details by hand.")
    return opened


def can_take_back(opened: Opened | None, year: SchoolYear, used: bool) -> bool:
    try:
        check_can_take_back(opened, year, used)
    except CannotOpen:
        return False
    return True


def unfinished(last_year: Checklist) -> tuple[Entry, ...]:
    """What is to do or waiting in a year that is over. What is done once for a student, or was added to them, goes on by itself."""
    return tuple(entry for entry in last_year.open_entries if entry.item.opens.kind != "once")


def check_can_carry(entry: Entry | None, year: SchoolYear, taken: Iterable[str]) -> Entry:
    """The entry that is carried over into `year`. Raises CannotOpen with the reason."""
    if entry is None:
        raise CannotOpen("This item is finished, or it was never on that checklist, so there is nothing to carry over.")
    retired = entry.item.retired
    if retired and dt.date(int(retired[:4]), int(retired[5:]), 1) <= year.last_day:
        raise CannotOpen(
            f"The handbook retired “{entry.item.title}” in {retired}, so it is not carried over. What was recorded stays in {year.previous}."
        )
    if entry.key in set(taken):
        raise CannotOpen(f"“{entry.item.title}” has been carried over already.")
    return entry


def can_carry(entry: Entry, year: SchoolYear, taken: Iterable[str] = ()) -> bool:
    try:
        check_can_carry(entry, year, taken)
    except CannotOpen:
        return False
    return True
