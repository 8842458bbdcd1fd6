"""The school year runs from 1 July to 30 June, and a day is what people in British Columbia read on the calendar."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.school_year import SchoolYear, day_in, school_year_of

PACIFIC = "America/Vancouver"
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))
LEAP_YEARS = (1999, 2003, 2019, 2023, 2027)  # the February of each lies in a leap year


@given(DAYS)
def test_every_day_is_in_its_school_year_and_in_no_other(day: dt.date) -> None:
    year = school_year_of(day)
    assert day in year
    assert day not in year.previous
    assert day not in year.next


@given(DAYS)
def test_school_years_follow_each_other_without_a_gap(day: dt.date) -> None:
    year = school_year_of(day)
    assert year.last_day + dt.timedelta(days=1) == year.next.first_day
    assert year.next.previous == year
    assert year.previous < year < year.next


def test_it_turns_on_the_first_of_july() -> None:
    assert school_year_of(dt.date(2026, 6, 30)) == SchoolYear(2025)
    assert school_year_of(dt.date(2026, 7, 1)) == SchoolYear(2026)


@pytest.mark.parametrize(("start", "name"), [(2026, "2026/27"), (1999, "1999/00"), (2008, "2008/09")])
def test_it_is_called_by_both_its_years(start: int, name: str) -> None:
    assert str(SchoolYear(start)) == name


@given(DAYS)
def test_a_month_and_a_day_are_a_day_of_the_year(day: dt.date) -> None:
    year = school_year_of(day)
    assert year.day(day.month, day.day) == day
    assert year.next.day(day.month, day.day) in year.next


@given(st.integers(1990, 2100))
def test_the_leap_day_is_the_28th_in_a_year_that_has_none(start: int) -> None:
    found = SchoolYear(start).day(2, 29)
    assert found + dt.timedelta(days=1) == dt.date(start + 1, 3, 1)


@pytest.mark.parametrize("start", LEAP_YEARS)
def test_the_leap_day_is_the_29th_in_a_year_that_has_one(start: int) -> None:
    assert SchoolYear(start).day(2, 29) == dt.date(start + 1, 2, 29)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (dt.datetime(2026, 7, 1, 6, 59, tzinfo=dt.UTC), dt.date(2026, 6, 30)),  # summer: seven hours behind
        (dt.datetime(2026, 7, 1, 7, 0, tzinfo=dt.UTC), dt.date(2026, 7, 1)),
        (dt.datetime(2026, 1, 15, 7, 59, tzinfo=dt.UTC), dt.date(2026, 1, 14)),  # the last winter that was eight hours behind
        (dt.datetime(2027, 1, 15, 7, 30, tzinfo=dt.UTC), dt.date(2027, 1, 15)),  # since 1 November 2026 the clocks stay
        (dt.datetime(2027, 1, 15, 6, 59, tzinfo=dt.UTC), dt.date(2027, 1, 14)),
    ],
)
def test_a_moment_is_on_the_day_that_people_there_read(moment: dt.datetime, day: dt.date) -> None:
    assert day_in(PACIFIC, moment) == day


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)))
def test_the_day_is_that_of_greenwich_or_the_one_before(moment: dt.datetime) -> None:
    assert moment.date() - day_in(PACIFIC, moment) in (dt.timedelta(0), dt.timedelta(days=1))


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        day_in(PACIFIC, dt.datetime(2026, 7, 1))


def test_the_machines_own_zone_files_are_not_read() -> None:
    assert zoneinfo.TZPATH == ()
