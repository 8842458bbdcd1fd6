"""The district's calendar: which days are school days, and arithmetic with them.

Mondays to Fridays from September to June are school days unless an entry says otherwise; days of July and August are none unless an entry says
that school is in session. A district that has entered nothing therefore counts Mondays to Fridays.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from .handbook.words import day_words
from .school_year import SchoolYear, school_year_of

DAY = dt.timedelta(days=1)
SUMMER = (7, 8)
LONGEST = 120  # days of one entry; a longer one is a slip of the pen


class Kind(Enum):
    """What a day without school is; `IN_SESSION` is the opposite, for days of July and August."""

    HOLIDAY = "holiday"
    PROFESSIONAL_DAY = "professional day"
    CLOSURE = "closure"
    BREAK = "break"
    IN_SESSION = "in session"


@dataclass(frozen=True)
class CalendarEntry:
    """One line of the calendar, first and last day included. `id` is empty until it is kept; `by` and `at` say who entered it."""

    first: dt.date
    last: dt.date
    kind: Kind
    name: str
    id: str = field(default="", compare=False)
    by: str = field(default="", compare=False)
    at: dt.datetime | None = field(default=None, compare=False)

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    @property
    def days_words(self) -> str:
        """`30 September 2026`, or `21 December 2026 to 1 January 2027`."""
        return day_words(self.first) if self.first == self.last else f"{day_words(self.first)} to {day_words(self.last)}"


class NoSchoolDays(ValueError):
    """Counting found a school year without a single school day; the message says which."""


class CalendarRefused(ValueError):
    """A calendar that cannot be kept; the message says why."""


@dataclass(frozen=True)
class SchoolCalendar:
    """The entries, in the order of their days. Two calendars with the same entries are equal."""

    entries: tuple[CalendarEntry, ...] = ()
    _years: dict[int, list[dt.date]] = field(default_factory=dict, compare=False, repr=False)

    def entries_on(self, day: dt.date) -> tuple[CalendarEntry, ...]:
        return tuple(entry for entry in self.entries if day in entry)

    def is_school_day(self, day: dt.date) -> bool:
        """A weekend never is one. What is closed stays closed, also where another entry says that school is in session."""
        if day.weekday() > 4:
            return False
        kinds = {entry.kind for entry in self.entries_on(day)}
        if kinds - {Kind.IN_SESSION}:
            return False
        return day.month not in SUMMER or Kind.IN_SESSION in kinds

    def school_days(self, year: SchoolYear) -> Sequence[dt.date]:
        """Every school day of a school year, worked out once."""
        if year.start not in self._years:
            length = (year.last_day - year.first_day).days + 1
            days = (year.first_day + n * DAY for n in range(length))
            touching = SchoolCalendar(tuple(e for e in self.entries if e.first <= year.last_day and e.last >= year.first_day))
            self._years[year.start] = [day for day in days if touching.is_school_day(day)]
        return self._years[year.start]

    def add_school_days(self, day: dt.date, number: int) -> dt.date:
        """The school day that is the `number`-th after `day`; with 0 the day itself. Raises NoSchoolDays rather than search for ever."""
        year = school_year_of(day)
        while number > 0:
            days = self.check_year(year)
            after = bisect_right(days, day)
            if after + number <= len(days):
                return days[after + number - 1]
            number -= len(days) - after
            day, year = year.last_day, year.next
        return day

    def school_days_between(self, day: dt.date, until: dt.date) -> int:
        """How many school days there are after `day`, `until` included; none where `until` is not later."""
        if until <= day:
            return 0
        years = range(school_year_of(day).start, school_year_of(until).start + 1)
        return sum(bisect_right(days, until) - bisect_right(days, day) for start in years for days in [self.school_days(SchoolYear(start))])

    def check_year(self, year: SchoolYear) -> Sequence[dt.date]:
        """The school days of a year that must have some. Raises NoSchoolDays."""
        if not 1 <= year.start < dt.MAXYEAR - 1:
            raise NoSchoolDays("This counts beyond the days that a calendar has. Check the day.")
        days = self.school_days(year)
        if not days:
            raise NoSchoolDays(f"The district's calendar has no school day in {year}. Student Support Services can mend it under Dates.")
        return days

    def with_entries(self, new: Iterable[CalendarEntry]) -> SchoolCalendar:
        """This calendar and `new`; what is there already is not entered twice."""
        return calendar_of([*self.entries, *new])

    def without(self, id: str) -> SchoolCalendar:
        return SchoolCalendar(tuple(entry for entry in self.entries if entry.id != id))

    def of_year(self, year: SchoolYear) -> tuple[CalendarEntry, ...]:
        """The entries that touch a school year."""
        return tuple(entry for entry in self.entries if entry.first <= year.last_day and entry.last >= year.first_day)


WEEKDAYS = SchoolCalendar()  # where nobody has entered anything


def calendar_of(entries: Iterable[CalendarEntry]) -> SchoolCalendar:
    """The calendar of these entries in the order of their days, each once."""
    return SchoolCalendar(tuple(sorted(dict.fromkeys(entries), key=lambda entry: (entry.first, entry.last, entry.kind.value, entry.name))))


def check_entry(entry: CalendarEntry, today: dt.date) -> None:
    """Raises CalendarRefused with a sentence about an entry that is a slip: it ends before it begins, is very long, or far away."""
    if entry.last < entry.first:
        raise CalendarRefused(f"The last day, {day_words(entry.last)}, is before the first, {day_words(entry.first)}.")
    year = school_year_of(today)
    earliest, latest = year.previous.first_day, SchoolYear(year.start + 4).last_day
    for day in (entry.first, entry.last):
        if not earliest <= day <= latest:
            raise CalendarRefused(
                f"Check the year of {day_words(day)}. The calendar takes days from {day_words(earliest)} to {day_words(latest)}."
            )
    length = (entry.last - entry.first).days + 1
    if length > LONGEST:
        raise CalendarRefused(f"These are {length} days. One entry can have at most {LONGEST}; check the two days.")
    if entry.kind is Kind.IN_SESSION and not any((entry.first + n * DAY).month in SUMMER for n in range(length)):
        raise CalendarRefused(
            "“In session” is for days of July and August. From September to June, Mondays to Fridays are school days anyway."
        )


def check_can_keep(calendar: SchoolCalendar) -> None:
    """Raises CalendarRefused where a school year that the entries touch would have no school day left."""
    starts = {start for e in calendar.entries for start in range(school_year_of(e.first).start, school_year_of(e.last).start + 1)}
    for year in map(SchoolYear, sorted(starts)):
        if not calendar.school_days(year):
            raise CalendarRefused(f"With these entries {year} would have no school day at all. Check their first and last days.")
