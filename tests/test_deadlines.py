"""When an item is due: only an announced date or one that the source gives can be overdue, and no date is ever invented."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.deadlines import (
    Announcement,
    Announcements,
    DueDate,
    OwnDate,
    add_time,
    due_date,
    late_words,
    outside_window,
    own_words,
    short_day,
)
from forms_app.handbook.items import parse_due
from forms_app.school_calendar import WEEKDAYS, CalendarEntry, Kind, SchoolCalendar, calendar_of
from forms_app.school_year import SchoolYear, school_year_of
from tests.factories import MOMENT, TODAY, YEAR, a_window, some_registers

WINDOWS = some_registers().windows
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
BOTH = "september or february"
LEAP_DAY = dt.date(2028, 2, 29)
BREAKS = calendar_of(
    [
        CalendarEntry(dt.date(2026, 12, 21), dt.date(2027, 1, 1), Kind.BREAK, "Winter break"),
        CalendarEntry(dt.date(2026, 11, 11), dt.date(2026, 11, 11), Kind.HOLIDAY, "Remembrance Day"),
        CalendarEntry(dt.date(2026, 8, 31), dt.date(2026, 8, 31), Kind.IN_SESSION, "First day"),
    ]
)


def due(
    text: str, *, year: SchoolYear = YEAR, event_on: dt.date | None = None, finished_on: dict[str, dt.date] | None = None, announcements: Announcements | None = None,
    calendar: SchoolCalendar = WEEKDAYS, own: OwnDate | None = None,
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
        calendar=calendar,
        own=own,
    )


def own(date: dt.date | None, reason: str = "", **facts: str) -> OwnDate:
    return OwnDate("d1", "plan.share", "", date, reason, facts.get("by", "robin"), MOMENT)


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
    assert [found.overdue_on(dt.date(2026, 10, day)) for day in (16, 17, 18, 19)] == [False, False, False, True]
    assert found.short_on(dt.date(2026, 10, 18)) == "16 Oct", "over the weekend nothing is called overdue"


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
def test_school_days_are_those_of_the_calendar(day: dt.date, number: int) -> None:
    end = add_time(day, number, "school days", BREAKS)
    between = [day + dt.timedelta(days=step) for step in range(1, (end - day).days + 1)]
    assert BREAKS.is_school_day(end)
    assert sum(1 for one in between if BREAKS.is_school_day(one)) == number


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
    assert not found.overdue_on(dt.date(2026, 9, 20)), "a Sunday"
    assert found.short_on(dt.date(2026, 9, 21)) == "1 school day overdue"
    assert found.announced


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
    ("school_days", "words"), [(1, "1 school day overdue"), (3, "3 school days overdue"), (40, "40 school days overdue")]
)
def test_lateness_is_said_in_school_days(school_days: int, words: str) -> None:
    assert late_words(school_days) == words


def test_a_break_and_a_holiday_make_nothing_later() -> None:
    found = due("on the event date", event_on=dt.date(2026, 12, 18), calendar=BREAKS)
    days = [dt.date(2026, 12, 21), dt.date(2027, 1, 1), dt.date(2027, 1, 4), dt.date(2027, 1, 6)]
    assert [found.short_on(day) for day in days] == ["18 Dec", "18 Dec", "1 school day overdue", "3 school days overdue"]


@given(DAYS, DAYS)
def test_lateness_counts_every_school_day_since_and_no_other_day(day: dt.date, today: dt.date) -> None:
    found = due("on the event date", event_on=day, year=school_year_of(day), calendar=BREAKS)
    span = range(1, min((today - day).days, 500) + 1)
    expected = sum(1 for step in span if BREAKS.is_school_day(day + dt.timedelta(days=step)))
    if (today - day).days <= 500:
        assert found.late_by(today) == expected
        assert found.overdue_on(today) == (expected > 0)


def test_a_calendar_without_school_days_is_said_and_crashes_nothing() -> None:
    closed = calendar_of([CalendarEntry(dt.date(2026, 9, 1), dt.date(2027, 6, 30), Kind.CLOSURE, "Closed")])
    found = due("5 school days after the event", event_on=dt.date(2026, 10, 1), calendar=closed)
    assert (found.date, found.firm) == (None, False)
    assert "no school day in 2026/27" in found.words


# --- dates that somebody set ----------------------------------------------------------------------------------------


def test_a_moved_date_counts_and_the_one_before_stays_in_view() -> None:
    found = due(
        "september", announcements=announced("september", dt.date(2026, 9, 15)), own=own(dt.date(2026, 9, 30), "the parents are away")
    )
    assert (found.date, found.short, found.firm, found.announced) == (dt.date(2026, 9, 30), "30 Sep", True, True)
    assert own_words(found, "Robin Alder") == (
        "30 September 2026, moved by Robin Alder because: the parents are away. Before: 15 September 2026, announced by the Office on 26 August 2026"
    )
    assert not found.overdue_on(dt.date(2026, 9, 30))
    assert found.overdue_on(dt.date(2026, 10, 1))


def test_a_date_that_was_taken_back_leaves_the_rule_as_it_was() -> None:
    assert due("september", own=own(None)) == due("september")


def test_the_next_time_as_the_iep_says_is_a_date_that_can_be_overdue() -> None:
    assert not due("as the IEP says").overdue_on(dt.date.max - dt.timedelta(days=800))
    found = due("as the IEP says", own=own(dt.date(2026, 11, 20)))
    assert own_words(found, "Robin Alder") == "20 November 2026, the next time as the IEP says, set by Robin Alder"
    assert found.short_on(TODAY) == "2 school days overdue"
    assert found.was == ""


@given(DAYS, st.sampled_from(["", "september", "as the IEP says", "2 weeks after plan.write", "5 school days after the event"]), DAYS)
def test_a_date_that_somebody_set_always_counts(event: dt.date, text: str, date: dt.date) -> None:
    found = due(text, year=school_year_of(event), event_on=event, own=own(date, "agreed"))
    assert (found.date, found.order, found.firm) == (date, date, True)
    assert found.words.startswith(f"{date.day} ")


# --- windows and their dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "outside"),
    [
        (dt.date(2026, 8, 24), True),
        (dt.date(2026, 8, 25), False),
        (dt.date(2026, 9, 18), False),
        (dt.date(2026, 9, 22), False),
        (dt.date(2026, 9, 23), True),
        (dt.date(2027, 2, 12), True),
    ],
)
def test_a_date_more_than_a_week_from_its_window_is_asked_about(date: dt.date, outside: bool) -> None:
    assert outside_window(WINDOWS["september"], YEAR, date) is outside


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
