"""What stands after `strength:`, `opens:`, `due:` and `records:` is read into values that say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_app.handbook.items import (
    ITEM_ID,
    Due,
    Opens,
    Record,
    Strength,
    parse_due,
    parse_opens,
    parse_record,
    parse_strength,
    split_records,
)
from tests.factories import an_item

WORD = st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
ID = st.builds("{}.{}".format, WORD, WORD)
DUES = st.one_of(
    st.builds(Due, st.just("window"), windows=st.lists(WORD, min_size=1, max_size=3).map(tuple), suggested=st.booleans()),
    st.builds(Due, st.sampled_from(["event", "cadence"]), suggested=st.booleans()),
    st.builds(
        Due,
        st.just("after"),
        number=st.integers(0, 999),
        unit=st.sampled_from(["days", "school days", "weeks"]),
        after=ID | st.just(""),
        suggested=st.booleans(),
    ),
)
CHOICE = st.from_regex(r"[a-z]{1,6}(, [a-z]{1,6})?( [a-z]{1,6})?", fullmatch=True)
RECORDS = st.one_of(
    st.builds(Record, st.sampled_from(["filed in", "sent to", "signed by"]), WORD),
    st.sampled_from([Record("held on"), Record("people")]),
    st.builds(Record, st.just("decision"), choices=st.lists(CHOICE, min_size=2, max_size=3).map(tuple)),
)


def test_strengths_stand_from_weakest_to_strongest() -> None:
    assert sorted(Strength, key=lambda strength: strength.rank) == [
        Strength.MAY,
        Strength.CONSIDER,
        Strength.EXPECTED,
        Strength.RESPONSIBLE,
        Strength.MUST,
    ]
    assert [strength.label for strength in Strength] == ["May", "Should consider", "Expected", "Responsible", "Must"]


@pytest.mark.parametrize("word", ["should", "Must", "none", ""])
def test_another_word_is_no_strength(word: str) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        parse_strength(word)


def test_only_what_may_be_done_is_optional() -> None:
    assert [strength for strength in Strength if an_item(strength=strength).optional] == [Strength.MAY]
    assert parse_strength("consider") is Strength.CONSIDER


@pytest.mark.parametrize("opens", [Opens("school year"), Opens("once"), Opens("event", "sbt-meeting")])
def test_an_opening_reads_as_it_was_written(opens: Opens) -> None:
    assert parse_opens(str(opens)) == opens


@pytest.mark.parametrize("text", ["", "event", "event:", "school year: 2026", "once: more", "never", "Event: x"])
def test_what_is_no_opening_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="school year"):
        parse_opens(text)


@given(DUES)
@settings(max_examples=50)
def test_a_due_time_reads_as_it_was_written(due: Due) -> None:
    assert parse_due(str(due)) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("1 week after the event", Due("after", number=1, unit="weeks")),
        ("1 school day after iep.document", Due("after", number=1, unit="school days", after="iep.document")),
        ("suggested  year-end", Due("window", windows=("year-end",), suggested=True)),
        ("a or b", Due("window", windows=("a", "b"))),
    ],
)
def test_a_due_time_may_be_said_in_ordinary_words(text: str, due: Due) -> None:
    assert parse_due(text) == due


@pytest.mark.parametrize(
    "text",
    [
        "",
        "suggested",
        "15 October",
        "2026-10-15",
        "soon, please",
        "1000 days after the event",
        "two weeks after the event",
        "a or",
        "or b",
        "A",
    ],
)
def test_what_is_no_due_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a window"):
        parse_due(text)


@given(st.lists(RECORDS, min_size=1, max_size=4))
@settings(max_examples=50)
def test_records_read_as_they_were_written(records: list[Record]) -> None:
    assert [parse_record(part) for part in split_records(", ".join(map(str, records)))] == records


def test_a_comma_inside_a_choice_stays_inside() -> None:
    text = "held on, decision problem-solving | program, courses or supports | district staff, people"
    assert split_records(text) == ["held on", "decision problem-solving | program, courses or supports | district staff", "people"]


@pytest.mark.parametrize(
    "text", ["", "filed", "filed in", "sent to ", "kept in file", "decision", "decision yes", "decision yes |", "people too"]
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="filed in PLACE"):
        parse_record(text)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("iep.share-final", True),
        ("a.b", True),
        ("a1.2", True),
        ("1.50", False),
        ("iep", False),
        ("iep.", False),
        ("iep.Share", False),
        ("a.b.c", False),
        ("iep.-x", False),
        ("a-.b", False),
    ],
)
def test_an_id_is_a_group_and_a_name(text: str, good: bool) -> None:
    assert bool(ITEM_ID.fullmatch(text)) == good
