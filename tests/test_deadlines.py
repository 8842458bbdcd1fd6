"""When an item is due: only an announced date or one that the source gives can be overdue, and no date is ever invented."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.deadlines import Announcement, Announcements, DueDate, add_time, due_date, late_words, short_day
from forms_app.handbook.items import parse_due
from forms_app.school_year import SchoolYear, school_year_of
from tests.factories import TODAY, YEAR, a_window, some_registers

WINDOWS = some_registers().windows
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
BOTH = "september or february"
LEAP_DAY = dt.date(2028, 2, 29)


def due(
    text: str, *, year: SchoolYear = YEAR, event_on: dt.date | None = None, finished_on: dict[str, dt.date] | None = None, announcements: Announcements | None = None,
) -> DueDate:  # fmt: skip
    """When an item is due whose page says `text`."""
    titles = {"plan.write": "Write the plan"}
    return due_date(
        parse_due(text) if text else None,
        year=year,
        event_on=event_on,
        finished_on=finished_on or {},
        titles=titles,
        windows=WINDOWS,
        announcements=announcements or {},
    )


def announced(window: str, date: dt.date, note: str = "") -> Announcements:
    year = school_year_of(date)
    return {(window, year): Announcement(window, year, date, date - dt.timedelta(days=20), note)}


# --- without a date -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "short"),
    [
        ("", "The source gives no time", "no set time"),
        ("as the IEP says", "As often as the IEP says", "as the IEP says"),
        ("2 weeks after plan.write", "2 weeks after “Write the plan” is done", "2 weeks after an earlier step"),
        ("suggested 1 day after plan.write", "Suggested: 1 day after “Write the plan” is done", "1 day after an earlier step"),
        ("5 school days after plan.lost", "5 school days after “plan.lost” is done", "5 school days after an earlier step"),
        ("september", "About: mid-September. the Office has announced no date yet", "mid-September"),
        ("autumn", "Suggested: end of October. the Office has announced no date yet", "suggested end of October"),
    ],
)
def test_what_has_no_date_says_so_and_is_never_overdue(text: str, words: str, short: str) -> None:
    found = due(text)
    assert (found.words, found.short, found.date, found.firm) == (words, short, None, False)
    assert not found.overdue_on(dt.date.max)


@pytest.mark.parametrize("text", ["", "as the IEP says", "2 weeks after plan.write"])
def test_what_has_no_time_stands_at_the_end_of_the_year(text: str) -> None:
    assert due(text).order == YEAR.last_day


# --- after an event or another item ---------------------------------------------------------------------------------


@given(DAYS)
def test_on_the_event_date_is_that_day(day: dt.date) -> None:
    found = due("on the event date", event_on=day, year=school_year_of(day))
    assert (found.date, found.order, found.firm) == (day, day, True)


@given(DAYS, st.integers(0, 200), st.sampled_from(["days", "school days", "weeks"]))
def test_after_the_event_counts_from_its_day(day: dt.date, number: int, unit: str) -> None:
    assert due(f"{number} {unit} after the event", event_on=day, year=school_year_of(day)).date == add_time(day, number, unit)


def test_after_an_item_counts_from_the_day_it_was_done() -> None:
    found = due("2 weeks after plan.write", finished_on={"plan.write": dt.date(2026, 10, 2)})
    assert (found.date, found.words, found.short) == (dt.date(2026, 10, 16), "16 October 2026", "16 Oct")
    assert found.overdue_on(dt.date(2026, 10, 17))
    assert not found.overdue_on(dt.date(2026, 10, 16))


def test_a_suggested_day_passes_and_is_never_overdue() -> None:
    found = due("suggested 2 weeks after plan.write", finished_on={"plan.write": dt.date(2026, 10, 2)})
    assert found.words == "16 October 2026, which is a suggestion: the source gives no time"
    assert not found.overdue_on(dt.date(2030, 1, 1))
    assert [found.short_on(dt.date(2026, 10, day)) for day in (16, 17)] == ["suggested 16 Oct", "suggested 16 Oct, passed"]


@given(DAYS, st.integers(0, 400))
def test_days_and_weeks_are_those_of_the_calendar(day: dt.date, number: int) -> None:
    assert (add_time(day, number, "days") - day).days == number
    assert add_time(day, number, "weeks") == add_time(day, 7 * number, "days")


@given(DAYS, st.integers(1, 120))
def test_school_days_are_the_mondays_to_fridays_that_follow(day: dt.date, number: int) -> None:
    end = add_time(day, number, "school days")
    between = [day + dt.timedelta(days=step) for step in range(1, (end - day).days + 1)]
    assert end.weekday() < 5
    assert sum(1 for one in between if one.weekday() < 5) == number


@given(DAYS)
def test_no_school_days_later_is_the_day_itself(day: dt.date) -> None:
    assert add_time(day, 0, "school days") == day


def test_the_leap_day_is_a_day_like_any_other() -> None:
    assert add_time(LEAP_DAY, 1, "days") == dt.date(2028, 3, 1)
    assert add_time(dt.date(2028, 2, 28), 1, "school days") == LEAP_DAY
    assert due("1 week after the event", event_on=dt.date(2028, 2, 22), year=SchoolYear(2027)).words == "29 February 2028"


# --- windows --------------------------------------------------------------------------------------------------------


def test_an_announced_date_counts_and_says_who_announced_it() -> None:
    found = due("september", announcements=announced("september", dt.date(2026, 9, 18), "Bring both copies"))
    assert (found.date, found.firm, found.short) == (dt.date(2026, 9, 18), True, "18 Sep")
    assert found.words == "18 September 2026, announced by the Office on 29 August 2026 (Bring both copies)"
    assert found.overdue_on(dt.date(2026, 9, 19))
    assert found.short_on(dt.date(2026, 9, 21)) == "3 days overdue"


def test_an_announced_date_counts_also_where_the_time_was_ours() -> None:
    assert due("suggested autumn", announcements=announced("autumn", dt.date(2026, 10, 30))).firm


def test_an_announcement_of_another_year_does_not_count() -> None:
    assert due("september", announcements=announced("september", dt.date(2025, 9, 18))).date is None


@given(DAYS, st.sampled_from(["september", "february", "autumn", BOTH]))
def test_without_an_announcement_a_window_only_sorts(event: dt.date, text: str) -> None:
    found = due(text, year=school_year_of(event), event_on=event)
    assert found.date is None
    assert found.order >= event
    assert not found.overdue_on(dt.date.max)


@given(DAYS)
def test_of_two_windows_the_next_one_counts(event: dt.date) -> None:
    year = school_year_of(event)
    ends = [when.day(*day) for when in (year, year.next) for day in ((9, 15), (2, 15))]
    assert due(BOTH, year=year, event_on=event).order == min(end for end in ends if end >= event)


@pytest.mark.parametrize(
    ("event", "short"),
    [
        (dt.date(2026, 7, 1), "mid-September"),
        (dt.date(2026, 9, 15), "mid-September"),
        (dt.date(2026, 9, 16), "mid-February"),
        (dt.date(2027, 2, 15), "mid-February"),
        (dt.date(2027, 2, 16), "mid-September of 2027/28"),
        (dt.date(2027, 6, 30), "mid-September of 2027/28"),
    ],
)
def test_after_the_years_last_window_comes_the_first_of_the_next_year(event: dt.date, short: str) -> None:
    assert due(BOTH, event_on=event).short == short


def test_an_item_of_the_year_takes_the_first_window_of_the_year() -> None:
    assert due(BOTH).short == "mid-September"


def test_an_announced_date_moves_the_window_in_which_an_event_falls() -> None:
    late = announced("september", dt.date(2026, 9, 25))
    early = announced("september", dt.date(2026, 9, 10))
    assert due(BOTH, event_on=dt.date(2026, 9, 20), announcements=late).date == dt.date(2026, 9, 25)
    assert due(BOTH, event_on=dt.date(2026, 9, 12), announcements=early).short == "mid-February"


def test_an_announcement_for_next_year_is_shown_with_its_year() -> None:
    found = due(BOTH, event_on=dt.date(2027, 3, 1), announcements=announced("september", dt.date(2027, 9, 17)))
    assert (found.date, found.short) == (dt.date(2027, 9, 17), "17 Sep 2027")


def test_where_every_window_is_over_the_last_is_said() -> None:
    """Only dates announced far from their windows lead here."""
    early = {
        **announced("september", dt.date(2026, 7, 2)),
        ("september", YEAR.next): Announcement("september", YEAR.next, dt.date(2026, 7, 3), dt.date(2026, 6, 1)),
    }
    assert due("september", event_on=dt.date(2026, 9, 1), announcements=early).date == dt.date(2026, 7, 3)


@given(st.integers(2000, 2098))
def test_a_window_that_ends_on_the_leap_day_ends_in_every_year(start: int) -> None:
    windows = {"leap": a_window("leap", "end of February", (2, 1), (2, 29))}
    found = due_date(parse_due("leap"), year=SchoolYear(start), event_on=None, finished_on={}, titles={}, windows=windows, announcements={})
    assert found.order + dt.timedelta(days=1) == dt.date(start + 1, 3, 1)


# --- in words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "1 day overdue"),
        (2, "2 days overdue"),
        (13, "13 days overdue"),
        (14, "2 weeks overdue"),
        (20, "2 weeks overdue"),
        (21, "3 weeks overdue"),
    ],
)
def test_lateness_is_said_in_days_and_then_in_weeks(days: int, words: str) -> None:
    assert late_words(TODAY - dt.timedelta(days=days), TODAY) == words


def test_soon_is_within_two_weeks() -> None:
    found = due("on the event date", event_on=dt.date(2026, 12, 8))
    assert [found.soon_on(dt.date(2026, 11, day)) for day in (23, 24)] == [False, True]
    assert found.soon_on(dt.date(2026, 12, 9))


def test_a_day_is_shortened_by_the_year_that_the_reader_knows() -> None:
    assert [short_day(dt.date(2026, 9, 5)), short_day(dt.date(2026, 9, 5), YEAR), short_day(dt.date(2027, 9, 5), YEAR)] == [
        "5 Sep 2026",
        "5 Sep",
        "5 Sep 2027",
    ]


@given(DAYS)
def test_lateness_never_goes_down(today: dt.date) -> None:
    found = due("on the event date", event_on=TODAY)
    states = [found.overdue_on(today + dt.timedelta(days=step)) for step in range(3)]
    assert all(after or not before for before, after in pairwise(states))
