"""When an item is due, and in what words.

A window of the year has no date until it is announced; until then its bounds only put lists in order and nothing is overdue. A time that
is the handbook's own suggestion is never overdue either: it is said to have passed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from .handbook import Due
from .handbook.registers import Window
from .handbook.words import day_words
from .school_year import SchoolYear, school_year_of

SOON = dt.timedelta(days=14)


@dataclass(frozen=True)
class Announcement:
    """The date that the office announced for one window in one school year."""

    window: str
    year: SchoolYear
    date: dt.date
    announced: dt.date
    note: str = ""


Announcements = Mapping[tuple[str, SchoolYear], Announcement]


@dataclass(frozen=True)
class DueDate:
    """`date` is the day, where one is known; `order` sorts it among the others; only a `firm` one can be overdue."""

    order: dt.date
    words: str
    short: str
    date: dt.date | None = None
    firm: bool = False
    suggested: bool = False

    def overdue_on(self, today: dt.date) -> bool:
        return self.firm and self.date is not None and self.date < today

    def passed_on(self, today: dt.date) -> bool:
        """A suggested or provisional time that is over: said, but not called overdue."""
        return not self.firm and self.order < today

    def soon_on(self, today: dt.date) -> bool:
        """Within two weeks."""
        return self.order <= today + SOON

    def short_on(self, today: dt.date) -> str:
        """For a list: `5 days overdue`, `15 Sep 2026`, `mid-September`; a suggestion says that it is one."""
        if self.date and self.overdue_on(today):
            return late_words(self.date, today)
        return f"{self.short}, passed" if self.suggested and self.order < today else self.short


def late_words(day: dt.date, today: dt.date) -> str:
    """How long ago `day` was, in days, and from two weeks on in weeks."""
    days = (today - day).days
    number, unit = (days, "day") if days < 14 else (days // 7, "week")
    return f"{number} {unit}{'s' if number > 1 else ''} overdue"


def short_day(day: dt.date, year: SchoolYear | None = None) -> str:
    """`15 Sep 2026`; within `year`, which the reader knows, `15 Sep`."""
    return f"{day.day} {day:%b}" if year and day in year else f"{day.day} {day:%b %Y}"


def add_time(day: dt.date, number: int, unit: str) -> dt.date:
    """`unit` is days, weeks, or school days (Monday to Friday; the district's own calendar comes with a later edition)."""
    if unit == "weeks":
        return day + dt.timedelta(weeks=number)
    if unit == "days":
        return day + dt.timedelta(days=number)
    while number > 0:
        day += dt.timedelta(days=1)
        number -= day.weekday() < 5
    return day


def due_date(
    due: Due | None, *, year: SchoolYear, event_on: dt.date | None, finished_on: Mapping[str, dt.date], titles: Mapping[str, str],
    windows: Mapping[str, Window], announcements: Announcements,
) -> DueDate:  # fmt: skip
    """Work out when an item is due.

    `event_on` is the day of the event that opened it; `finished_on` tells for each item (by id) when it was done; `titles` their titles.
    """
    no_time = DueDate(year.last_day, "The source gives no time", "no set time")
    if due is None:
        return no_time
    if due.kind == "cadence":
        return DueDate(year.last_day, "As often as the IEP says", "as the IEP says")
    if due.kind == "window":
        return _window(due, year, event_on, windows, announcements)
    start = event_on if due.kind == "event" or not due.after else finished_on.get(due.after)
    if start is None:
        span = f"{due.number} {due.unit.removesuffix('s') if due.number == 1 else due.unit}"
        suggested = "Suggested: " if due.suggested else ""
        return DueDate(
            year.last_day,
            f"{suggested}{span} after “{titles.get(due.after, due.after)}” is done",
            f"{span} after an earlier step",
            suggested=due.suggested,
        )
    return _dated(start if due.kind == "event" else add_time(start, due.number, due.unit), due.suggested, year)


def _dated(day: dt.date, suggested: bool, year: SchoolYear) -> DueDate:
    if suggested:
        return DueDate(
            day,
            f"{day_words(day)}, which is a suggestion: the source gives no time",
            f"suggested {short_day(day, year)}",
            day,
            suggested=True,
        )
    return DueDate(day, day_words(day), short_day(day, year), day, firm=True)


def _window(due: Due, year: SchoolYear, event_on: dt.date | None, windows: Mapping[str, Window], announcements: Announcements) -> DueDate:
    """Of several windows, the first that is not over when the event happens; after the year's last, the first of the next year."""
    candidates = [
        (announced.date if announced else when.day(*windows[key].closes), key, announced)
        for when in (year, year.next)
        for key in due.windows
        for announced in [announcements.get((key, when))]
    ]
    candidates.sort(key=lambda candidate: candidate[0])
    start = event_on or year.first_day
    day, key, announced = next((c for c in candidates if c[0] >= start), candidates[-1])
    window = windows[key]
    if announced:
        words = f"{day_words(day)}, announced by {window.announced_by} on {day_words(announced.announced)}"
        return DueDate(day, f"{words} ({announced.note})" if announced.note else words, short_day(day, year), day, firm=True)
    later = f" of {school_year_of(day)}" if school_year_of(day) != year else ""
    suggested = due.suggested or window.basis == "practice"
    words = f"{'Suggested' if suggested else 'About'}: {window.about}{later}. {window.announced_by} has announced no date yet"
    return DueDate(day, words, f"{'suggested ' if suggested else ''}{window.about.split(',')[0]}{later}", suggested=suggested)
