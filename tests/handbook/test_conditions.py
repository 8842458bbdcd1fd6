"""Conditions are names joined by `and`, which binds tighter, and `or`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.handbook.conditions import NAMES, Condition, parse
from forms_app.handbook.words import PHRASES, applies_words

CONDITIONS = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(
    lambda groups: Condition(tuple(groups))
)


@pytest.mark.parametrize(
    ("text", "any_of"),
    [
        ("has an IEP", (("has an IEP",),)),
        ("coded on 1701 and category D or more than 25 hours", (("coded on 1701", "category D"), ("more than 25 hours",))),
        ("category D or H", (("category D or H",),)),
        ("category D or category H", (("category D",), ("category H",))),
        ("category D or has an IEP", (("category D",), ("has an IEP",))),
        ("category D or H or category other than D or H and grade 8", (("category D or H",), ("category other than D or H", "grade 8"))),
        ("  grade 8  or\n grade 10 to 12 ", (("grade 8",), ("grade 10 to 12",))),
    ],
)
def test_and_binds_tighter_than_or(text: str, any_of: tuple[tuple[str, ...], ...]) -> None:
    assert parse(text).any_of == any_of


@given(CONDITIONS)
def test_a_condition_reads_as_it_was_written(condition: Condition) -> None:
    assert parse(str(condition)) == condition


@given(CONDITIONS)
def test_its_names_are_told_once_each(condition: Condition) -> None:
    assert sorted(set(condition.names)) == sorted(condition.names)
    assert set(condition.names) == {name for names in condition.any_of for name in names}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", ""),
        ("grade 9", "grade 9"),
        ("has an iep", "has an iep"),
        ("has an IEP and", "and"),
        ("and has an IEP", "and has an IEP"),
        ("has an IEP or or grade 8", "or grade 8"),
        ("has an IEPor grade 8", "or grade 8"),
        ("has an IEP, grade 8", ", grade 8"),
        ("(has an IEP)", "(has an IEP)"),
        ("not has an IEP", "not has an IEP"),
        ("category D or Hat", "at"),
    ],
)
def test_what_is_no_condition_is_named(text: str, wrong: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole message is compared
        parse(text)
    assert str(refused.value) == wrong


def test_no_condition_is_everybody() -> None:
    assert str(Condition()) == "every student with a case manager"
    assert applies_words(Condition()) == "Every student with a case manager"


def test_a_condition_is_said_in_a_sentence() -> None:
    said = applies_words(parse("coded on 1701 and category D or H or has an IEP"))
    assert said == "A student who is coded and on the 1701 list and is in category D or H, or who has an IEP"


@given(CONDITIONS)
def test_every_name_has_its_phrase(condition: Condition) -> None:
    said = applies_words(condition)
    assert all(PHRASES[name] in said for name in condition.names)
