"""What a new edition does to open checklists: which items changed, how, and for how many students."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from forms_app.checklists import Checklist, Mark, Status, checklist
from forms_app.editions import EXAMPLES, Effect, changes, effects
from forms_app.handbook import Handbook
from forms_app.handbook.items import parse_due, parse_strength
from forms_app.school_year import SchoolYear
from forms_app.students import Answer, Student
from tests.factories import TODAY, a_student

YEAR = SchoolYear(2026)
AT = dt.datetime(2026, 11, 2, 18, tzinfo=dt.UTC)
ITEM = "iep.monitor"


def with_item(book: Handbook, id: str = ITEM, **changed: Any) -> Handbook:
    return replace(book, items={**book.items, id: replace(book.items[id], **changed)})


def a_mark(status: Status = Status.DONE) -> Mark:
    return Mark("m", ITEM, "", YEAR, status, TODAY, {}, "robin", AT, "Old words", "e")


def derive(book: Handbook, student: Student, *marks: Mark) -> Checklist:
    return checklist(book, student, YEAR, TODAY, [], marks, {})


def effect(old: Handbook, new: Handbook, *cases: tuple[Student, tuple[Mark, ...]]) -> Effect:
    pairs = [(derive(old, student, *marks), derive(new, student, *marks)) for student, marks in cases]
    [found] = effects(changes(old, new), pairs)
    return found


def test_the_same_handbook_changes_nothing(book: Handbook) -> None:
    assert changes(book, book) == ()


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"title": "Other words"}, "reworded"),
        ({"title": "Other words", "meaning": "2027-02"}, "reworded, and the meaning moved"),
        ({"meaning": "2027-02"}, "the meaning moved"),
        ({"retired": "2026-10"}, "retired"),
        ({"due": parse_due("on the event date")}, "due at another time"),
        ({"strength": parse_strength("may")}, "asks more or less strongly"),
        ({"help_html": "<p>Otherwise</p>"}, "other help"),
    ],
)
def test_each_kind_of_change_is_named(changed: dict[str, Any], kind: str, book: Handbook) -> None:
    [found] = changes(book, with_item(book, **changed))
    assert (found.item.id, found.kinds) == (ITEM, (kind,))


def test_a_new_item_is_new_and_one_that_is_retired_from_the_start_is_nothing(book: Handbook) -> None:
    old = replace(book, items={id: item for id, item in book.items.items() if id != ITEM})
    assert [change.kinds for change in changes(old, book)] == [("new",)]
    assert changes(old, with_item(book, retired="2026-10")) == ()


def test_a_new_item_appears_on_the_checklists_to_which_it_applies(book: Handbook) -> None:
    old = replace(book, items={id: item for id, item in book.items.items() if id != ITEM})
    found = effect(old, book, (a_student(), ()), (a_student(id="s2", iep=Answer.NO, routes=frozenset()), ()))
    assert found.appears in (1, 2)
    assert "appears for" in found.words


def test_a_retired_item_goes_from_those_who_had_not_marked_it_and_stays_for_the_others(book: Handbook) -> None:
    found = effect(book, with_item(book, retired="2026-10"), (a_student(), ()), (a_student(id="s2"), (a_mark(),)))
    assert (found.goes, found.examples) == (1, (a_student().id,))
    assert found.words == "is no longer asked of 1 student, who had not marked it"
    kept = derive(with_item(book, retired="2026-10"), a_student(), a_mark())
    assert kept.by_key[ITEM].status is Status.DONE, "a tick is never dropped"


def test_only_a_meaning_that_moved_asks_for_a_look_and_only_where_something_was_recorded(book: Handbook) -> None:
    cases = ((a_student(), ()), (a_student(id="s2"), (a_mark(),)))
    reworded = effect(book, with_item(book, title="Other words"), *cases)
    assert (reworded.look, reworded.words) == (0, "changes no open checklist")
    moved = effect(book, with_item(book, title="Other words", meaning="2027-02"), *cases)
    assert (moved.look, moved.examples) == (1, ("s2",))


def test_examples_are_few(book: Handbook) -> None:
    cases = [(a_student(id=f"s{n}"), (a_mark(),)) for n in range(10)]
    found = effect(book, with_item(book, meaning="2027-02"), *cases)
    assert (found.look, len(found.examples)) == (10, EXAMPLES)


def test_a_mark_from_before_the_meaning_moved_asks_for_a_look_and_a_later_one_does_not(book: Handbook) -> None:
    moved = replace(book, moved={ITEM: AT + dt.timedelta(days=1)})
    assert derive(moved, a_student(), a_mark()).by_key[ITEM].look_again
    assert not derive(moved, a_student(), replace(a_mark(), at=AT + dt.timedelta(days=2))).by_key[ITEM].look_again
    assert not derive(moved, a_student(), a_mark(Status.TO_DO)).by_key[ITEM].look_again
    assert not derive(book, a_student(), a_mark()).by_key[ITEM].look_again
