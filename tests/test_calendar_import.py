"""A pasted calendar: every line is understood or said to be wrong, and nothing is guessed in silence."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.calendar_import import MOST_LINES, guess_kind, preview
from forms_app.school_calendar import WEEKDAYS, CalendarEntry, Kind, calendar_of

TODAY = dt.date(2026, 11, 24)
PASTED = """Date,Last date,Name
2026-12-21, 2027-01-01, Winter break
11 November 2026, Remembrance Day

23/10/2026,,Pro-D day
2027-02-16,"Snow, and ice",closure
"""


def test_a_pasted_calendar_is_read_line_by_line() -> None:
    found = preview(PASTED, WEEKDAYS, TODAY)
    assert found.can_be_taken
    assert [line.number for line in found.lines] == [2, 3, 5, 6]
    assert found.new == (
        CalendarEntry(dt.date(2026, 12, 21), dt.date(2027, 1, 1), Kind.BREAK, "Winter break"),
        CalendarEntry(dt.date(2026, 11, 11), dt.date(2026, 11, 11), Kind.HOLIDAY, "Remembrance Day"),
        CalendarEntry(dt.date(2026, 10, 23), dt.date(2026, 10, 23), Kind.PROFESSIONAL_DAY, "Pro-D day"),
        CalendarEntry(dt.date(2027, 2, 16), dt.date(2027, 2, 16), Kind.CLOSURE, "Snow, and ice"),
    )


@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_spreadsheets_separate_as_they_like(separator: str) -> None:
    found = preview(separator.join(["2026-12-21", "2027-01-01", "Winter break"]), WEEKDAYS, TODAY)
    assert [entry.last for entry in found.new] == [dt.date(2027, 1, 1)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("2026-10-23", "needs a day, a comma and a name"),
        ("Winter break", "needs a day, a comma and a name"),
        ("soon, Winter break", "is not a date"),
        ("31 2 2027, Family Day", "There is no 31 February 2027"),
        (", Family Day", "no day in front"),
        ("2026-12-21, 2027-01-01", "no name"),
        ("2026-12-21, 2026-12-01, Winter break", "is before the first"),
        ("2026-12-21, 2027-12-01, Winter break", "can have at most 120"),
        ("2206-12-21, Winter break", "Check the year"),
        ("2026-12-21, Winter break, holidays", "is no kind of day"),
        ("2026-12-21, 2026-12-22, a, break, more", "has 5 parts"),
        ("2026-12-21, " + "x" * 101, "At most 100"),
        ("2026-12-21, a\x07b", "hidden character"),
        ('2026-12-21, "Winter', "comma"),
    ],
)
def test_a_line_that_is_wrong_is_shown_with_what_is_wrong(line: str, sentence: str) -> None:
    found = preview(f"2026-11-11, Remembrance Day\n{line}", WEEKDAYS, TODAY)
    assert not found.can_be_taken
    assert [error.number for error in found.errors] == [2]
    assert sentence in found.errors[0].error


def test_what_is_there_already_is_not_added_twice() -> None:
    here = calendar_of(preview("2026-11-11, Remembrance Day", WEEKDAYS, TODAY).new)
    found = preview("2026-11-11, Remembrance Day\n2026-12-25, Christmas Day\n2026-12-25, Christmas Day", here, TODAY)
    assert [line.known for line in found.lines] == [True, False, True]
    assert len(found.new) == 1
    assert preview("2026-11-11, Remembrance Day", here, TODAY).error == "Everything here is in the calendar already."


def test_a_calendar_that_leaves_no_school_day_is_refused_as_a_whole() -> None:
    months = ["2026-09-01, 2026-12-15", "2026-12-16, 2027-03-15", "2027-03-16, 2027-06-30"]
    found = preview("\n".join(f"{days}, Break" for days in months), WEEKDAYS, TODAY)
    assert "2026/27 would have no school day" in found.error
    assert not found.can_be_taken


def test_a_weekend_is_noted_and_nothing_and_too_much_are_refused() -> None:
    assert "Saturday" in preview("2026-12-26, Boxing Day", WEEKDAYS, TODAY).lines[0].note
    assert "nothing to import" in preview(" \n , \n", WEEKDAYS, TODAY).error
    assert "At most" in preview("2026-12-25, x\n" * (MOST_LINES + 1), WEEKDAYS, TODAY).error


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Spring Break", Kind.BREAK),
        ("Non-instructional day", Kind.PROFESSIONAL_DAY),
        ("Schools not in session", Kind.CLOSURE),
        ("Summer school", Kind.IN_SESSION),
        ("Good Friday", Kind.HOLIDAY),
    ],
)
def test_the_kind_is_guessed_from_the_name(name: str, kind: Kind) -> None:
    assert guess_kind(name) is kind


@given(st.text(max_size=300))
def test_whatever_is_pasted_is_answered_in_words(text: str) -> None:
    found = preview(text, WEEKDAYS, TODAY)
    assert found.error or found.errors or found.new
