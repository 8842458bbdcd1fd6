"""The district's calendar: what a school day is, and that counting them is right and always ends."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.school_calendar import (
    WEEKDAYS,
    CalendarEntry,
    CalendarRefused,
    Kind,
    NoSchoolDays,
    SchoolCalendar,
    calendar_of,
    check_can_keep,
    check_entry,
)
from forms_app.school_year import SchoolYear, day_in, school_year_of

TODAY = dt.date(2026, 11, 24)
YEAR = SchoolYear(2026)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2032, 12, 31))
ONE = dt.timedelta(days=1)


def entry(first: dt.date, days: int = 1, kind: Kind = Kind.HOLIDAY, name: str = "A day", **more: str) -> CalendarEntry:
    return CalendarEntry(first, first + (days - 1) * ONE, kind, name, **more)


ENTRIES = st.builds(entry, DAYS, st.integers(1, 40), st.sampled_from(Kind), st.sampled_from(["A", "B"]))
CALENDARS = st.lists(ENTRIES, max_size=12).map(calendar_of)


def closed(year: SchoolYear) -> SchoolCalendar:
    return calendar_of([CalendarEntry(year.first_day, year.last_day, Kind.CLOSURE, "Closed")])


# --- what a school day is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "is_one"),
    [
        (dt.date(2026, 9, 4), True),  # a Friday
        (dt.date(2026, 9, 5), False),
        (dt.date(2026, 9, 6), False),
        (dt.date(2027, 6, 30), True),
        (dt.date(2027, 7, 1), False),
        (dt.date(2026, 8, 31), False),
    ],
)
def test_where_nothing_is_entered_mondays_to_fridays_count_and_summer_does_not(day: dt.date, is_one: bool) -> None:
    assert WEEKDAYS.is_school_day(day) is is_one


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.IN_SESSION])
def test_no_kind_of_day_off_is_a_school_day(kind: Kind) -> None:
    day = dt.date(2026, 10, 23)
    assert WEEKDAYS.is_school_day(day)
    assert not calendar_of([entry(day, kind=kind)]).is_school_day(day)


def test_summer_days_are_school_days_only_where_the_district_says_so() -> None:
    calendar = calendar_of([entry(dt.date(2026, 8, 28), 4, Kind.IN_SESSION)])  # Friday to Monday
    assert [calendar.is_school_day(dt.date(2026, 8, day)) for day in (27, 28, 29, 30, 31)] == [False, True, False, False, True]


def test_what_is_closed_stays_closed_also_in_session() -> None:
    day = dt.date(2026, 8, 31)
    assert not calendar_of([entry(day, kind=Kind.IN_SESSION), entry(day, kind=Kind.CLOSURE, name="Smoke")]).is_school_day(day)


def test_the_same_entry_twice_is_one_and_entries_stand_in_the_order_of_their_days() -> None:
    late, early = entry(dt.date(2026, 12, 21), 12, Kind.BREAK), entry(dt.date(2026, 10, 12), id="x")
    calendar = calendar_of([late, early, entry(dt.date(2026, 10, 12))])
    assert calendar.entries == (early, late)
    assert calendar.with_entries([late]) == calendar
    assert calendar.without("x").entries == (late,)


def test_a_year_shows_the_entries_that_touch_it() -> None:
    over = entry(dt.date(2026, 6, 29), 4, Kind.CLOSURE)
    calendar = calendar_of([over])
    assert calendar.of_year(YEAR) == calendar.of_year(YEAR.previous) == (over,)
    assert calendar.of_year(YEAR.next) == ()


# --- counting -------------------------------------------------------------------------------------------------------


@given(CALENDARS, DAYS, st.integers(1, 250))
def test_the_nth_school_day_after_a_day_is_the_nth_that_one_counts(calendar: SchoolCalendar, day: dt.date, number: int) -> None:
    end = calendar.add_school_days(day, number)
    counted = [day + n * ONE for n in range(1, (end - day).days + 1) if calendar.is_school_day(day + n * ONE)]
    assert len(counted) == number
    assert counted[-1] == end


@given(CALENDARS, DAYS, st.integers(0, 200))
def test_counting_back_gives_what_was_added(calendar: SchoolCalendar, day: dt.date, number: int) -> None:
    assert calendar.school_days_between(day, calendar.add_school_days(day, number)) == number


@given(CALENDARS, DAYS, st.integers(0, 400), st.integers(0, 400))
def test_school_days_between_add_up(calendar: SchoolCalendar, day: dt.date, first: int, second: int) -> None:
    middle, end = day + first * ONE, day + (first + second) * ONE
    assert calendar.school_days_between(day, end) == calendar.school_days_between(day, middle) + calendar.school_days_between(middle, end)
    assert calendar.school_days_between(end, day) == 0


@given(CALENDARS, DAYS, ENTRIES, st.integers(0, 100))
def test_another_day_off_never_brings_a_date_forward(calendar: SchoolCalendar, day: dt.date, more: CalendarEntry, number: int) -> None:
    if more.kind is not Kind.IN_SESSION:
        assert calendar.with_entries([more]).add_school_days(day, number) >= calendar.add_school_days(day, number)


def test_the_leap_day_and_the_turn_of_the_year_are_counted_like_other_days() -> None:
    assert WEEKDAYS.add_school_days(dt.date(2028, 2, 28), 1) == dt.date(2028, 2, 29)
    assert WEEKDAYS.add_school_days(dt.date(2028, 2, 28), 2) == dt.date(2028, 3, 1)
    assert WEEKDAYS.add_school_days(dt.date(2027, 6, 29), 1) == dt.date(2027, 6, 30)
    assert WEEKDAYS.add_school_days(dt.date(2027, 6, 30), 1) == dt.date(2027, 9, 1), "after June comes September"
    assert school_year_of(WEEKDAYS.add_school_days(dt.date(2027, 6, 30), 1)) == YEAR.next


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-10-31T06:59:59", dt.date(2026, 10, 30)),  # before 1 November 2026: UTC-7 in daylight time
        ("2026-11-24T06:59:59", dt.date(2026, 11, 23)),  # after it: UTC-7 stays, where old zone files say UTC-8
        ("2026-11-24T07:00:00", dt.date(2026, 11, 24)),
        ("2027-01-15T07:30:00", dt.date(2027, 1, 15)),
        ("2027-07-01T06:59:59", dt.date(2027, 6, 30)),
        ("2027-07-01T07:00:00", dt.date(2027, 7, 1)),
    ],
)
def test_lateness_changes_at_midnight_of_british_columbia_which_stopped_changing_its_clocks(moment: str, day: dt.date) -> None:
    found = day_in("America/Vancouver", dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC))
    assert found == day
    assert WEEKDAYS.school_days_between(day - ONE, found) == int(WEEKDAYS.is_school_day(day))


def test_a_year_without_school_days_ends_in_a_sentence_and_not_in_a_search_without_end() -> None:
    with pytest.raises(NoSchoolDays, match=r"no school day in 2026/27"):
        closed(YEAR).add_school_days(dt.date(2026, 9, 1), 1)
    with pytest.raises(NoSchoolDays, match=r"2026/27"):
        closed(YEAR).add_school_days(dt.date(2026, 6, 29), 5)
    assert closed(YEAR).school_days_between(dt.date(2026, 7, 1), dt.date(2027, 6, 30)) == 0
    with pytest.raises(NoSchoolDays, match="beyond"):
        WEEKDAYS.add_school_days(dt.date(9998, 6, 1), 999)


# --- what can be kept -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "kind", "sentence"),
    [
        (dt.date(2026, 12, 21), dt.date(2026, 12, 20), Kind.BREAK, "is before the first"),
        (dt.date(2026, 9, 1), dt.date(2027, 3, 1), Kind.BREAK, "These are 182 days"),
        (dt.date(2016, 10, 12), dt.date(2016, 10, 12), Kind.HOLIDAY, "Check the year of 12 October 2016"),
        (dt.date(2062, 10, 12), dt.date(2062, 10, 12), Kind.HOLIDAY, "Check the year of 12 October 2062"),
        (dt.date(2026, 10, 12), dt.date(2026, 10, 12), Kind.IN_SESSION, "for days of July and August"),
    ],
)
def test_a_slip_is_refused_in_words(first: dt.date, last: dt.date, kind: Kind, sentence: str) -> None:
    with pytest.raises(CalendarRefused, match=sentence):
        check_entry(CalendarEntry(first, last, kind, "A day"), TODAY)


def test_a_calendar_that_leaves_a_year_without_school_is_refused() -> None:
    with pytest.raises(CalendarRefused, match=r"2026/27 would have no school day"):
        check_can_keep(closed(YEAR))
    check_can_keep(calendar_of([entry(dt.date(2026, 12, 21), 12, Kind.BREAK)]))
    check_entry(entry(dt.date(2026, 12, 21), 12, Kind.BREAK), TODAY)
