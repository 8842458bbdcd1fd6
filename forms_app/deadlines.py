"""When an item is due, and in what words.

A window of the year has no date until it is announced; until then its bounds only put lists in order and nothing is overdue. A time that
is the handbook's own suggestion is never overdue either: it is said to have passed. Lateness is counted in school days, so nothing becomes
overdue over a weekend or a break. A date that somebody set for one student takes the place of the rule's, which stays in view.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .handbook import Due
from .handbook.registers import Window
from .handbook.words import day_words
from .school_calendar import WEEKDAYS, NoSchoolDays, SchoolCalendar
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
    by: str = ""  # the account that entered it
    id: str = ""  # of the announcement as it is kept; empty until it is


Announcements = Mapping[tuple[str, SchoolYear], Announcement]
MARGIN = dt.timedelta(days=7)  # "mid-September" is not a day; the bounds of a window are provisional


def outside_window(window: Window, year: SchoolYear, date: dt.date) -> bool:
    """Whether a date is more than a week before or after the time that the handbook names. It can be right, and is asked about."""
    return not year.day(*window.opens) - MARGIN <= date <= year.day(*window.closes) + MARGIN


@dataclass(frozen=True)
class OwnDate:
    """A due date that somebody set for one student's item, or (`date` is None) took back. Appended, never changed; the last one counts.

    For an item that comes round as the IEP says it is the next time; for any other it takes the place of the date that the rule gives.
    """

    id: str
    item: str
    occurrence: str
    date: dt.date | None
    reason: str
    by: str
    at: dt.datetime

    @property
    def key(self) -> str:
        return f"{self.item}@{self.occurrence}" if self.occurrence else self.item


def last_own_dates(dates: Iterable[OwnDate]) -> dict[str, OwnDate]:
    """The last word on each item, by its key."""
    return {one.key: one for one in dates}


@dataclass(frozen=True)
class DueDate:
    """`date` is the day, where one is known; `order` sorts it among the others; only a `firm` one can be overdue.

    `announced` says that the office named the date; `own` is the date that somebody set for this student, and `was` what held before.
    """

    order: dt.date
    words: str
    short: str
    date: dt.date | None = None
    firm: bool = False
    suggested: bool = False
    announced: bool = False
    own: OwnDate | None = None
    was: str = ""
    timeless: bool = False
    calendar: SchoolCalendar = field(default=WEEKDAYS, compare=False, repr=False)

    def overdue_on(self, today: dt.date) -> bool:
        """From the first school day after the date on."""
        return self.firm and self.date is not None and self.late_by(today) > 0

    def late_by(self, today: dt.date) -> int:
        """How many school days have begun since the date."""
        return self.calendar.school_days_between(self.date, today) if self.date else 0

    def passed_on(self, today: dt.date) -> bool:
        """A suggested or provisional time that is over: said, but not called overdue."""
        return not self.firm and self.order < today

    def soon_on(self, today: dt.date) -> bool:
        """Within two weeks. What has no time of its own is never soon: the end of the year is only where it is sorted."""
        return not self.timeless and self.order <= today + SOON

    def short_on(self, today: dt.date) -> str:
        """For a list: `5 school days overdue`, `15 Sep 2026`, `mid-September`; a suggestion says that it is one."""
        if self.overdue_on(today):
            return late_words(self.late_by(today))
        return f"{self.short}, passed" if self.suggested and self.order < today else self.short


def late_words(school_days: int) -> str:
    """`1 school day overdue`, `12 school days overdue`."""
    return f"{school_days} school day{'s' if school_days != 1 else ''} overdue"


def short_day(day: dt.date, year: SchoolYear | None = None) -> str:
    """`15 Sep 2026`; within `year`, which the reader knows, `15 Sep`."""
    return f"{day.day} {day:%b}" if year and day in year else f"{day.day} {day:%b %Y}"


def add_time(day: dt.date, number: int, unit: str, calendar: SchoolCalendar = WEEKDAYS) -> dt.date:
    """`unit` is days, weeks, or school days of the district's calendar. Raises NoSchoolDays."""
    if unit == "weeks":
        return day + dt.timedelta(weeks=number)
    if unit == "days":
        return day + dt.timedelta(days=number)
    return calendar.add_school_days(day, number)


def due_date(
    due: Due | None, *, year: SchoolYear, event_on: dt.date | None, finished_on: Mapping[str, dt.date], titles: Mapping[str, str],
    windows: Mapping[str, Window], announcements: Announcements, calendar: SchoolCalendar = WEEKDAYS, own: OwnDate | None = None,
) -> DueDate:  # fmt: skip
    """Work out when an item is due.

    `event_on` is the day of the event that opened it; `finished_on` tells for each item (by id) when it was done; `titles` their titles;
    `own` is the last word of somebody on this student's date.
    """
    found = _by_rule(due, year, event_on, finished_on, titles, windows, announcements, calendar)
    return with_own_date(found, own, due, year, calendar)


def with_own_date(found: DueDate, own: OwnDate | None, due: Due | None, year: SchoolYear, calendar: SchoolCalendar) -> DueDate:
    """What was found, or the date that somebody set for this student in its place. Either counts lateness by the district's calendar."""
    if own is None or own.date is None:
        return replace(found, calendar=calendar)
    return _own(own, own.date, due, found, year, calendar)


def _own(own: OwnDate, day: dt.date, due: Due | None, found: DueDate, year: SchoolYear, calendar: SchoolCalendar) -> DueDate:
    """The date that somebody set. What the rule says stays in the words."""
    was = "" if due and due.kind == "cadence" else found.words
    made = DueDate(day, "", short_day(day, year), day, firm=True, announced=found.announced, own=own, was=was, calendar=calendar)
    return replace(made, words=own_words(made))


def own_words(due: DueDate, name: str = "") -> str:
    """Why this date: `30 September 2026. Before it was moved by … because …: 15 September 2026, announced by SSS …`."""
    if due.own is None or due.date is None:
        return due.words
    by, because = f" by {name}" if name else "", f" because: {due.own.reason}" if due.own.reason else ""
    if not due.was:
        return f"{day_words(due.date)}, the next time as the IEP says, set{by}{because}"
    return f"{day_words(due.date)}, moved{by}{because}. Before: {due.was[0].lower() if due.was[0].isalpha() else due.was[0]}{due.was[1:]}"


def _by_rule(
    due: Due | None, year: SchoolYear, event_on: dt.date | None, finished_on: Mapping[str, dt.date], titles: Mapping[str, str],
    windows: Mapping[str, Window], announcements: Announcements, calendar: SchoolCalendar,
) -> DueDate:  # fmt: skip
    no_time = DueDate(year.last_day, "The source gives no time", "no set time", timeless=True)
    if due is None:
        return no_time
    if due.kind == "cadence":
        return DueDate(year.last_day, "As often as the IEP says", "as the IEP says", timeless=True)
    if due.kind == "window":
        return _window(due, year, event_on, windows, announcements)
    start = event_on if due.kind == "event" or not due.after else finished_on.get(due.after)
    span = f"{due.number} {due.unit.removesuffix('s') if due.number == 1 else due.unit}"
    if start is None:
        suggested = "Suggested: " if due.suggested else ""
        return DueDate(
            year.last_day,
            f"{suggested}{span} after “{titles.get(due.after, due.after)}” is done",
            f"{span} after an earlier step",
            suggested=due.suggested,
        )
    try:
        day = start if due.kind == "event" else add_time(start, due.number, due.unit, calendar)
    except NoSchoolDays as missing:
        return DueDate(year.last_day, f"{span} after {day_words(start)}. {missing}", f"{span} after {short_day(start, year)}")
    return _dated(day, due.suggested, year)


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
        words = f"{words} ({announced.note})" if announced.note else words
        return DueDate(day, words, short_day(day, year), day, firm=True, announced=True)
    later = f" of {school_year_of(day)}" if school_year_of(day) != year else ""
    suggested = due.suggested or window.basis == "practice"
    words = f"{'Suggested' if suggested else 'About'}: {window.about}{later}. {window.announced_by} has announced no date yet"
    return DueDate(day, words, f"{'suggested ' if suggested else ''}{window.about.split(',')[0]}{later}", suggested=suggested)
