"""The school year: 1 July to 30 June, as the Ministry counts it. Time zone: Pacific, from the `tzdata` wheel.

Source: the Ministry's Student Data Collection. British Columbia stopped changing its clocks on 1 November 2026, and the
zone files of many machines do not know it; `forms_app` therefore reads zones from the wheel that it ships with.
"""

from __future__ import annotations

import calendar
import datetime as dt
import zoneinfo
from dataclasses import dataclass

# The machine's own zone files are ignored on purpose: Debian 12's still put Vancouver at UTC-8 in winter.
zoneinfo.reset_tzpath(to=())


@dataclass(frozen=True, order=True)
class SchoolYear:
    """`SchoolYear(2026)` is 2026/27."""

    start: int

    def __str__(self) -> str:
        return f"{self.start}/{(self.start + 1) % 100:02d}"

    def __contains__(self, day: dt.date) -> bool:
        return self.first_day <= day <= self.last_day

    @property
    def first_day(self) -> dt.date:
        return dt.date(self.start, 7, 1)

    @property
    def last_day(self) -> dt.date:
        return dt.date(self.start + 1, 6, 30)

    @property
    def previous(self) -> SchoolYear:
        return SchoolYear(self.start - 1)

    @property
    def next(self) -> SchoolYear:
        return SchoolYear(self.start + 1)

    def day(self, month: int, day: int) -> dt.date:
        """The day in this school year; 29 February is the 28th in a year that has none."""
        year = self.start if month >= 7 else self.start + 1
        if (month, day) == (2, 29) and not calendar.isleap(year):
            day = 28
        return dt.date(year, month, day)


def school_year_of(day: dt.date) -> SchoolYear:
    return SchoolYear(day.year if day.month >= 7 else day.year - 1)


def day_in(zone: str, moment: dt.datetime) -> dt.date:
    """The date that people in `zone` read on the calendar at `moment` (an aware datetime)."""
    if moment.tzinfo is None:  # it would be taken for the machine's own time
        raise ValueError("A moment without a time zone has no date.")
    return moment.astimezone(zoneinfo.ZoneInfo(zone)).date()
