"""British Columbia's statutory holidays of a school year, worked out. They are a suggestion to confirm: a district decides its own calendar.

The eleven days are those that the province's Employment Standards Act names, as far as we know; Easter Monday and Boxing Day are none. Schools close on
more days than these.
"""

from __future__ import annotations

import datetime as dt

from .school_year import SchoolYear

Holiday = tuple[dt.date, str]


def statutory_holidays(year: SchoolYear) -> list[Holiday]:
    """The eleven holidays from 1 July to 30 June, in order. A holiday on a weekend is not moved: who moves it is for the district to say."""
    autumn, spring = year.start, year.start + 1
    return sorted(
        [
            (dt.date(autumn, 7, 1), "Canada Day"),
            (_nth(autumn, 8, 0, 1), "British Columbia Day"),
            (_nth(autumn, 9, 0, 1), "Labour Day"),
            (dt.date(autumn, 9, 30), "National Day for Truth and Reconciliation"),
            (_nth(autumn, 10, 0, 2), "Thanksgiving Day"),
            (dt.date(autumn, 11, 11), "Remembrance Day"),
            (dt.date(autumn, 12, 25), "Christmas Day"),
            (dt.date(spring, 1, 1), "New Year's Day"),
            (_nth(spring, 2, 0, 3), "Family Day"),
            (easter(spring) - dt.timedelta(days=2), "Good Friday"),
            (_monday_before(dt.date(spring, 5, 25)), "Victoria Day"),
        ]
    )


def _nth(year: int, month: int, weekday: int, number: int) -> dt.date:
    """The `number`-th Monday (0) to Sunday (6) of a month."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _monday_before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=(day.weekday() - 1) % 7 + 1)


def easter(year: int) -> dt.date:
    """Easter Sunday in the Gregorian calendar (the anonymous algorithm, as Meeus prints it)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    x = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * x) // 451
    month, day = divmod(h + x - 7 * m + 114, 31)
    return dt.date(year, month, day + 1)
