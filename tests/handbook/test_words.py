"""An item's facts in words, the same in the handbook's pages and in the app."""

from __future__ import annotations

import datetime as dt

import pytest

from forms_app.handbook.items import parse_due, parse_opens, parse_record
from forms_app.handbook.words import day_words, done_words, due_words, opens_words, record_words
from tests.factories import an_item, some_registers

REGISTERS = some_registers()


def test_a_day_is_said_without_a_leading_zero() -> None:
    assert [day_words(dt.date(2026, 10, 3)), day_words(dt.date(2028, 2, 29))] == ["3 October 2026", "29 February 2028"]


@pytest.mark.parametrize(
    ("opens", "said"),
    [("school year", "Afresh every school year"), ("once", "Once for each student"), ("event: report", "Each time: A report arrived")],
)
def test_when_an_item_opens_is_said(opens: str, said: str) -> None:
    assert opens_words(parse_opens(opens), REGISTERS) == said


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ("", "The source gives no time"),
        ("september", "Mid-September"),
        ("september or february", "Mid-September, or mid-February"),
        ("september or september", "Mid-September"),
        ("on the event date", "By the day itself"),
        ("as the IEP says", "As often as the IEP says"),
        ("1 week after the event", "1 week after it happens"),
        ("5 school days after plan.write", "5 school days after “Write the plan”"),
        ("suggested 1 day after plan.lost", "Suggested: 1 day after “plan.lost” (our advice; the source gives no time)"),
        ("suggested autumn", "Suggested: end of October (our advice; the source gives no time)"),
    ],
)
def test_when_an_item_is_due_is_said_before_any_date_is_known(due: str, said: str) -> None:
    assert due_words(parse_due(due) if due else None, REGISTERS, {"plan.write": "Write the plan"}) == said


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("filed in file", "filed in: The File (in the office)"),
        ("sent to office", "sent to: The Office"),
        ("signed by parent", "signed by: parent"),
        ("held on", "the date"),
        ("people", "the people involved"),
        ("decision a | b | c", "decided: a, b or c"),
    ],
)
def test_what_a_mark_must_state_is_said(record: str, said: str) -> None:
    assert record_words(parse_record(record), REGISTERS) == said


def test_what_done_means_is_one_line() -> None:
    assert done_words(an_item(), REGISTERS) == "who and when"
    assert done_words(an_item(records="held on, sent to office"), REGISTERS) == "who and when; the date; sent to: The Office"
