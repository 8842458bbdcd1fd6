"""A day is read as people type it, and a day that does not exist is said to be none."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.days import parse_day
from forms_app.handbook.words import day_words

MARCH = dt.date(2026, 3, 27)


@given(st.dates())
def test_every_day_reads_as_it_is_written(day: dt.date) -> None:
    year = f"{day.year:04d}"
    for text in (
        day.isoformat(),
        f"{day.day} {day.month} {year}",
        f"{day.day:02d}/{day.month:02d}/{year}",
        f"{day.day} {day:%B} {year}",
        f"{day.day}-{day:%b}-{year}",
    ):
        assert parse_day(text) == day


@given(st.dates(dt.date(1000, 1, 1)))
def test_what_the_app_says_can_be_typed(day: dt.date) -> None:
    assert parse_day(day_words(day)) == day


@pytest.mark.parametrize(
    "text",
    [
        "2026-3-27",
        " 27 March 2026 ",
        "27 march 2026",
        "27 MAR 2026",
        "27 Mar. 2026",
        "27 March, 2026",
        "27.3.2026",
        "27. 3. 2026",
        "27/3/2026",
        "27  3  2026",
        "27-mar-2026",
    ],
)
def test_ordinary_ways_to_write_a_day_are_read(text: str) -> None:
    assert parse_day(text) == MARCH


def test_sept_is_september() -> None:
    assert parse_day("4 Sept 2026") == dt.date(2026, 9, 4)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_no_day(text: str) -> None:
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("31 February 2026", "There is no 31 February 2026. Check the day."),
        ("29 2 2026", "There is no 29 February 2026. Check the day."),
        ("2026-04-31", "There is no 31 April 2026. Check the day."),
        ("0 March 2026", "There is no 0 March 2026. Check the day."),
        ("32 January 2026", "There is no 32 January 2026. Check the day."),
        ("32 12 2026", "There is no 32 December 2026. Check the day."),
        ("31 2 0001", "There is no 31 February 1. Check the day."),
        ("x" * 60, f"“{'x' * 40}” is not a date. Write it like 27 March 2026 or 2026-03-27."),
        (f"27{' ' * 60}Nonsense 2026", f"“27{' ' * 38}” has no month that we know. Write it like 27 March 2026."),
        ("3/27/2026", "“3/27/2026” is not a date. Check the month and the year."),
        ("27 3 0000", "“27 3 0000” is not a date. Check the month and the year."),
        ("2026-13-01", "“2026-13-01” is not a date. Check the month and the year."),
        ("27 Nonsense 2026", "“27 Nonsense 2026” has no month that we know. Write it like 27 March 2026."),
        ("27 M 2026", "“27 M 2026” is not a date. Write it like 27 March 2026 or 2026-03-27."),
        ("27 March 26", "“27 March 26” is not a date. Write it like 27 March 2026 or 2026-03-27."),
        ("tomorrow", "“tomorrow” is not a date. Write it like 27 March 2026 or 2026-03-27."),
        ("27 March 2026 at 3", "“27 March 2026 at 3” is not a date. Write it like 27 March 2026 or 2026-03-27."),
        ("<script>", "“<script>” is not a date. Write it like 27 March 2026 or 2026-03-27."),
    ],
)
def test_what_is_no_day_is_said_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse_day(text)
    assert str(refused.value) == said


@given(st.text(max_size=80) | st.from_regex(r"\d{1,3}[ ./-]{1,50}\w{1,10}[ ./-]{1,3}\d{3,5}", fullmatch=True))
def test_whatever_is_typed_is_a_day_or_a_short_sentence(text: str) -> None:
    try:
        parse_day(text)
    except ValueError as error:
        assert str(error).endswith(".")
        assert len(str(error)) < 140


def test_the_leap_day_is_a_day() -> None:
    assert parse_day("29 February 2028") == dt.date(2028, 2, 29)
