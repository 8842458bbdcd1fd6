"""Opening a school year: which year, what it does to whom, who is to be looked at, and what can be carried over."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.checklists import Carried, Mark, Occurrence, Status, checklist
from forms_app.handbook import Handbook
from forms_app.opening import (
    CannotOpen,
    Ledger,
    Opened,
    Plan,
    Preview,
    can_carry,
    can_open,
    can_take_back,
    check_can_carry,
    check_can_open,
    check_can_take_back,
    plan,
    unfinished,
)
from forms_app.school_year import SchoolYear
from forms_app.students import GRADES, Answer
from tests.factories import a_student

LAST, YEAR = SchoolYear(2026), SchoolYear(2027)
AT = dt.datetime(2027, 8, 30, 18, tzinfo=dt.UTC)
BEGUN = dt.date(2027, 9, 3)


def opened(year: SchoolYear, **was: str) -> Opened:
    kept = {"grade": "10", "leaving": "no", "state": "open"}
    return Opened(year, AT, "robin", {**kept, **was}, kept)


def planned(ledger: Ledger | None = None, entered: SchoolYear | None = LAST, **changes: Any) -> Plan:
    return plan(a_student(**changes), ledger or Ledger(), YEAR, entered)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (2026, "2026/27 is over, and its checklists are closed."),
        (2020, "2020/21 is over"),
        (2028, "2028/29 begins on 1 July 2028. It can be opened from that day on."),
        (2029, "2029/30 would skip 2028/29."),
    ],
)
def test_only_the_year_that_has_begun_can_be_opened(start: int, sentence: str) -> None:
    assert can_open(YEAR, YEAR)
    assert not can_open(SchoolYear(start), YEAR)
    with pytest.raises(CannotOpen) as refused:
        check_can_open(SchoolYear(start), YEAR)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("grade", "becomes"), [("08", "09"), ("09", "10"), ("10", "11"), ("11", "12"), ("12", "12"), ("SU", "SU")])
def test_grades_move_up_and_stay_where_there_is_no_next(grade: str, becomes: str) -> None:
    assert planned(grade=grade, leaving=Answer.NO).grade == becomes


def test_who_leaves_after_grade_12_is_closed_and_nobody_else() -> None:
    assert planned(grade="12", leaving=Answer.YES).closes
    assert planned(grade="SU", counts_as="12", leaving=Answer.YES).closes
    assert planned(grade="SU", leaving=Answer.YES).closes
    for grade in ("08", "11"):
        assert not planned(grade=grade, leaving=Answer.YES).closes, "the question is about grade 12"
    assert not planned(grade="12", leaving=Answer.NO).closes
    assert "nobody has recorded whether the student left" in planned(grade="12", leaving=Answer.UNKNOWN).look


def test_whether_a_student_leaves_is_asked_of_each_year_anew() -> None:
    assert planned(grade="11", leaving=Answer.NO).leaving is Answer.UNKNOWN
    assert planned(grade="12", leaving=Answer.NO).leaving is Answer.UNKNOWN
    assert planned(grade="09", leaving=Answer.NO).leaving is Answer.NO


def test_a_grade_that_was_entered_this_year_does_not_move() -> None:
    made = planned(grade="09", entered=YEAR)
    assert (made.grade, made.done, made.look) == ("09", False, "")
    assert not planned(grade="12", leaving=Answer.YES, entered=YEAR).closes, "that was said of this year"


def test_after_a_year_that_nobody_opened_the_grade_stays_and_somebody_looks() -> None:
    made = planned(grade="09", entered=SchoolYear(2025))
    assert made.grade == "09"
    assert "2026/27 was never opened" in made.look
    assert planned(Ledger((opened(LAST),)), SchoolYear(2025), grade="09").grade == "10"


def test_a_record_of_which_nobody_knows_when_the_grade_was_entered_moves_once() -> None:
    assert planned(entered=None, grade="09").grade == "10"


@given(st.sampled_from(GRADES), st.sampled_from(Answer), st.sampled_from(["", "10", "12"]), st.sampled_from([None, 2024, 2025, 2026, 2027]))
def test_opening_twice_does_what_opening_once_does(grade: str, leaving: Answer, counts_as: str, entered: int | None) -> None:
    student = a_student(grade=grade, leaving=leaving, counts_as=counts_as if grade == "SU" else "")
    entered_in = SchoolYear(entered) if entered else None
    first = plan(student, Ledger(), YEAR, entered_in)
    after = replace(student, grade=first.grade, leaving=first.leaving)
    ledger = Ledger((Opened(YEAR, AT, "robin", {"grade": grade, "leaving": leaving.value, "state": "open"}, {}),))
    second = plan(after, ledger, YEAR, entered_in)
    assert second.done
    assert (second.grade, second.leaving, second.closes) == (first.grade, first.leaving, False)
    assert GRADES.index(first.grade) - GRADES.index(grade) in (0, 1)
    assert ledger.student_in(after, LAST) == student, "last year's checklist sees the student of last year"
    assert ledger.student_in(after, YEAR) == after


def test_a_preview_counts_in_words_and_names_those_to_look_at() -> None:
    plans = [planned(grade="08"), planned(grade="08"), planned(grade="12", leaving=Answer.YES), planned(grade="12", leaving=Answer.UNKNOWN)]
    preview = Preview(YEAR, (*plans, replace(planned(), done=True)))
    assert preview.counts == (("grade 8 becomes 9", 2), ("grade 12 stays", 1), ("has left, so the record closes", 1))
    assert (preview.done, len(preview.to_do), len(preview.look_at)) == (1, 4, 1)


def test_an_opening_is_taken_back_only_while_nobody_used_the_year() -> None:
    assert can_take_back(opened(YEAR), YEAR, used=False)
    for one, used, sentence in ((None, False, "was not opened"), (opened(YEAR), True, "Something was recorded in 2027/28")):
        with pytest.raises(CannotOpen, match=sentence):
            check_can_take_back(one, YEAR, used)


# Carrying over


def mark(item: str, occurrence: str, year: SchoolYear, status: Status) -> Mark:
    return Mark(f"{item}{year}", item, occurrence, year, status, year.day(5, 4), {"waiting for": "an answer"}, "robin", AT, "", "e")


EVENT = Occurrence("ev", "confidential-report", dt.date(2027, 5, 4), "hospital report", "robin", AT)


def test_what_is_open_is_offered_and_what_is_done_once_goes_on_by_itself(book: Handbook) -> None:
    last = checklist(book, a_student(), LAST, BEGUN, [EVENT], [mark("records.file-report", "ev", LAST, Status.DONE)], {})
    offered = {entry.key for entry in unfinished(last)}
    assert "iep.monitor" in offered
    assert "records.file-report@ev" not in offered
    assert any(key.endswith("@ev") for key in offered)
    assert not [entry for entry in unfinished(last) if entry.item.opens.kind == "once" or entry.item.optional]


def test_a_carried_item_stands_on_the_new_checklist_with_its_own_time_and_its_own_marks(book: Handbook) -> None:
    report = next(entry.item.id for entry in unfinished(checklist(book, a_student(), LAST, BEGUN, [EVENT], [], {})) if entry.occurrence)
    carried = [Carried(report, LAST, EVENT), Carried("iep.monitor", LAST)]
    old = mark("iep.monitor", "", LAST, Status.WAITING)
    made = checklist(book, a_student(), YEAR, BEGUN, [], [old], {}, carried=carried)
    assert made.by_key[f"{report}@ev"].why == "was not finished in 2026/27"
    assert made.by_key[f"{report}@ev"].due.order < dt.date(2027, 7, 1), "due when it was due then"
    assert made.by_key["iep.monitor@from2026"].carried == LAST
    assert made.by_key["iep.monitor"].carried is None, "this year's own is there as well"
    done = replace(old, occurrence="from2026", year=YEAR, status=Status.DONE)
    made = checklist(book, a_student(), YEAR, BEGUN, [], [old, done], {}, carried=carried)
    assert made.by_key["iep.monitor@from2026"].status is Status.DONE
    assert made.by_key["iep.monitor"].status is Status.TO_DO


def test_a_retired_item_is_not_carried_and_says_so(book: Handbook) -> None:
    [entry] = [e for e in unfinished(checklist(book, a_student(), LAST, BEGUN, [], [], {})) if e.key == "iep.monitor"]
    assert can_carry(entry, YEAR)
    gone = replace(entry, item=replace(entry.item, retired="2027-09"))
    with pytest.raises(CannotOpen, match=r"The handbook retired “.+” in 2027-09, so it is not carried over\."):
        check_can_carry(gone, YEAR, ())
    assert not can_carry(entry, YEAR, ["iep.monitor"])
    with pytest.raises(CannotOpen, match="nothing to carry over"):
        check_can_carry(None, YEAR, ())
