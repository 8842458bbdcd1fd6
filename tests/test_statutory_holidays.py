"""British Columbia's statutory holidays, against days that can be looked up in any calendar."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.school_year import SchoolYear
from forms_app.statutory_holidays import easter, statutory_holidays


def test_the_eleven_of_2026_27() -> None:
    assert [(day.isoformat(), name) for day, name in statutory_holidays(SchoolYear(2026))] == [
        ("2026-07-01", "Canada Day"),
        ("2026-08-03", "British Columbia Day"),
        ("2026-09-07", "Labour Day"),
        ("2026-09-30", "National Day for Truth and Reconciliation"),
        ("2026-10-12", "Thanksgiving Day"),
        ("2026-11-11", "Remembrance Day"),
        ("2026-12-25", "Christmas Day"),
        ("2027-01-01", "New Year's Day"),
        ("2027-02-15", "Family Day"),
        ("2027-03-26", "Good Friday"),
        ("2027-05-24", "Victoria Day"),
    ]


@pytest.mark.parametrize(
    ("year", "day"), [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05"), (2027, "2027-03-28"), (2038, "2038-04-25")]
)
def test_easter_is_where_calendars_put_it(year: int, day: str) -> None:
    assert easter(year).isoformat() == day


@given(st.integers(1990, 2100))
def test_in_every_year_they_are_eleven_within_it_and_in_order(start: int) -> None:
    year = SchoolYear(start)
    days = [day for day, _ in statutory_holidays(year)]
    assert len(set(days)) == 11
    assert days == sorted(days)
    assert all(day in year for day in days)
    victoria = days[-1]
    assert victoria.weekday() == 0
    assert dt.date(start + 1, 5, 18) <= victoria <= dt.date(start + 1, 5, 24)
