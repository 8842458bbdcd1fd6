"""Fields that every form shares: texts made safe to keep, days as people type them, and errors in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectMultipleField

from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.forms.people import PersonForm


class Sample(Form):
    title = text_field("Title", 10, required="Enter a title.")
    notes = text_field("Notes", 20, lines=True)
    on = DayField("On", required="Enter the day.")
    maybe = DayField("Maybe")
    colour = RadioField("Colour", choices=[])
    sizes = SelectMultipleField("Sizes", choices=[])


@pytest.fixture(autouse=True)
def request_of_a_browser(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def sample(**typed: Any) -> Sample:
    pairs = [(name, value) for name, values in typed.items() for value in (values if isinstance(values, list) else [values])]
    form = Sample(formdata=MultiDict(pairs))
    form.colour.choices = form.sizes.choices = choices([("a", "A"), ("b", "B")])
    return form


GOOD = {"title": "A title", "on": "2026-11-24", "colour": "a", "sizes": ["a", "b"]}


def test_a_form_that_is_filled_in_is_valid_and_gives_clean_values() -> None:
    form = sample(**{**GOOD, "title": "  A\u00a0 title ", "notes": "one\r\ntwo"})
    assert form.validate()
    assert (form.title.data, form.notes.data, form.on.data, form.maybe.data) == ("A title", "one\ntwo", dt.date(2026, 11, 24), None)
    assert form.error_list() == []


def test_an_empty_form_says_what_is_missing_and_where() -> None:
    form = sample()
    assert not form.validate()
    said = {error["href"]: error["text"] for error in form.error_list()}
    assert said["#title"] == "Enter a title."
    assert said["#on"] == "Enter the day."
    assert "#notes" not in said
    assert "#maybe" not in said


def test_a_text_over_its_limit_says_how_long_it_is_and_how_long_it_may_be() -> None:
    form = sample(**{**GOOD, "title": "x" * 1234})
    assert not form.validate()
    assert form.title.errors == ["This is 1,234 characters long. At most 10 can be kept."]


def test_spaces_alone_are_no_text() -> None:
    for blank in (" ", "\u00a0", "\u200b", "\t \n", "\u3000"):
        form = sample(**{**GOOD, "title": blank})
        assert not form.validate(), repr(blank)


def test_a_choice_that_was_not_offered_is_refused_in_words_for_people() -> None:
    form = sample(**{**GOOD, "colour": "z", "sizes": ["a", "z"]})
    assert not form.validate()
    assert form.colour.errors == form.sizes.errors == ["Choose one of the answers shown."]


@pytest.mark.parametrize("typed", ["31 2 2026", "x", "2026-13-01", "1/1", "٣", "0000-00-00", "2026-11-24\x00", "-1 1 2026", "99999-1-1"])
def test_a_day_that_cannot_be_is_an_error_and_stays_in_view(typed: str) -> None:
    form = sample(**{**GOOD, "on": typed})
    assert not form.validate()
    assert form.on.errors
    assert form.on._value() == typed


def test_a_day_that_is_known_is_shown_as_the_browser_wants_it() -> None:
    form = Sample(formdata=None, data={"on": dt.date(2026, 11, 4)})
    assert form.on._value() == "2026-11-04"
    assert form.maybe._value() == ""


def test_a_day_from_before_anybodys_school_days_is_asked_again() -> None:
    form = sample(**{**GOOD, "on": "1066-10-14"})
    assert not form.validate()
    assert form.on.errors == ["Check the year: 1066 is too long ago."]


def test_several_values_for_one_field_are_no_reason_to_break() -> None:
    form = sample(**{**GOOD, "title": ["one", "two"], "on": ["2026-11-24", "rubbish"], "colour": ["a", "b"]})
    form.validate()
    assert form.title.data == "one"
    assert form.on.data == dt.date(2026, 11, 24)


@pytest.mark.parametrize("roles", [["evil"], ["principal", "evil"], ["", " "], ["Principal"]])
def test_a_role_that_there_is_not_is_an_error_and_no_accident(roles: list[str]) -> None:
    form = PersonForm(formdata=MultiDict([("name", "X"), ("username", "x"), *(("roles", role) for role in roles)]))
    form.school.choices = []
    assert not form.validate()
    assert form.roles.errors
