"""Handing over: who can, who cannot and why, what is told, and that no day ever has two case managers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.checklists import Mark, Occurrence, Status, checklist
from forms_app.deadlines import Announcement
from forms_app.exam_supports import ExamDecision
from forms_app.handbook import Handbook
from forms_app.handovers import (
    LONGEST,
    HandoverRefused,
    can_answer,
    can_hand_over,
    check_can_answer,
    check_can_hand_over,
    check_reason,
    check_told,
    packet,
)
from forms_app.permissions import Person, Role
from forms_app.school_year import SchoolYear
from forms_app.students import Assignment, Delegation, Handover, Student, with_case_manager
from tests.factories import TODAY, a_person, a_student

AT = dt.datetime(2026, 11, 23, 20, tzinfo=dt.UTC)
ROBIN, SKY = a_person(), a_person(id="sky")


def offered(**changes: Any) -> Student:
    return a_student(handovers=(replace(Handover("h", "robin", "sky", "cedar", "robin", AT, {}), **changes),))


@pytest.mark.parametrize(
    ("student", "receiver", "by", "sentence"),
    [
        (a_student(), None, ROBIN, "Choose who takes over."),
        (a_student(), ROBIN, ROBIN, "You are the case manager yourself. Choose a colleague."),
        (a_student(), ROBIN, a_person(Role.PRINCIPAL, id="pat"), "is the case manager already. Choose somebody else."),
        (a_student(), a_person(id="far", school="harbour"), ROBIN, "has no role at this student's school that can be case manager."),
        (a_student(), a_person(Role.ASSISTANT, id="lo"), ROBIN, "has no role at this student's school that can be case manager."),
        (a_student(assignments=()), SKY, ROBIN, "This student has no case manager, so nobody can hand over."),
        (a_student(state="left"), SKY, ROBIN, "This record is closed."),
        (offered(), SKY, ROBIN, "This student is being handed over already. Take that back first."),
    ],
)
def test_a_handover_that_cannot_be_says_why(student: Student, receiver: Person | None, by: Person, sentence: str) -> None:
    with pytest.raises(HandoverRefused, match=sentence.replace(".", r"\.").replace("?", r"\?")):
        check_can_hand_over(student, receiver, by, TODAY)
    if receiver:
        assert not can_hand_over(student, receiver, by, TODAY)


@pytest.mark.parametrize("role", [Role.CASE_MANAGER, Role.COUNSELLOR])
def test_a_colleague_who_can_be_case_manager_there_can_be_asked(role: Role) -> None:
    assert can_hand_over(a_student(), a_person(role, id="sky"), ROBIN, TODAY)


@pytest.mark.parametrize("answer", ["sent back", "taken back", "lapsed", "accepted"])
def test_after_an_answer_the_student_can_be_offered_again(answer: str) -> None:
    assert can_hand_over(offered(answer=answer), SKY, ROBIN, TODAY)


def test_only_who_was_asked_answers_and_only_while_it_waits() -> None:
    assert check_can_answer(offered(), "h", SKY, TODAY).receiver == "sky"
    assert not can_answer(offered(), "h", ROBIN, TODAY)
    assert not can_answer(offered(), "another", SKY, TODAY)
    assert not can_answer(offered(answer="taken back"), "h", SKY, TODAY)
    assert not can_answer(a_student(), "h", SKY, TODAY)
    with pytest.raises(HandoverRefused, match="any more"):
        check_can_answer(offered(), "h", a_person(Role.ASSISTANT, id="sky"), TODAY)


def test_what_is_told_is_cleaned_and_what_is_empty_is_left_out() -> None:
    assert check_told({"first": "  the  meeting ", "promised": "", "unknown": "x"}) == {"first": "the meeting"}
    with pytest.raises(HandoverRefused) as refused:
        check_told({"first": "x" * (LONGEST + 1)})
    assert set(refused.value.errors) == {"first"}


def test_sending_back_needs_a_reason() -> None:
    assert check_reason(" too many ") == "too many"
    for text in ("", "   ", "x" * 201):
        with pytest.raises(HandoverRefused):
            check_reason(text)


# The packet


def test_the_packet_tells_what_is_overdue_what_waits_what_comes_and_what_was_decided(book: Handbook) -> None:
    year = SchoolYear(2026)

    def happened(id: str, event: str, on: dt.date, detail: str) -> Occurrence:
        return Occurrence(id, event, on, detail, "robin", AT)

    def marked(id: str, item: str, status: Status, facts: dict[str, str], occurrence: str = "") -> Mark:
        return Mark(id, item, occurrence, year, status, dt.date(2026, 11, 2), facts, "robin", AT, book.items[item].title, "e")

    deciding = next(item for item in book.current_items if any(r.choices for r in item.records) and item.opens.kind == "school year")
    choice = next(r.choices[0] for r in deciding.records if r.choices)
    events = [
        happened("a", "confidential-report", dt.date(2026, 9, 7), "hospital report"),
        happened("b", "sbt-meeting", dt.date(2026, 12, 3), "planning"),
    ]
    marks = [
        marked("m", "iep.monitor", Status.WAITING, {"waiting for": "an answer"}),
        marked("n", deciding.id, Status.DONE, {"decision": choice}),
    ]
    announced = {(window, year): Announcement(window, year, dt.date(2026, 9, 15), dt.date(2026, 9, 1)) for window in book.registers.windows}
    decided = ExamDecision("x", "January 2027", "yes", dt.date(2026, 11, 2), "extra time", None, "yes", "iep", "not needed", "robin", AT)
    given = (Delegation("d", "iep.develop", "sky", "cedar", "", TODAY, "robin"),)
    found = packet(
        checklist(book, a_student(delegations=given), year, TODAY, events, marks, announced), book, (), (decided,), {"sky": "Sky Sorrel"}
    )
    assert found.overdue
    assert any("hospital report" in line.what for line in [*found.overdue, *found.soon])
    assert {line.says for line in found.waiting} == {
        "Waiting for an answer, since 2 November 2026",
        "Waiting for Sky Sorrel, since 24 November 2026",
    }
    assert "Plan the IEP for the next school year" in {line.what for line in found.later} or found.later
    assert found.decided[0].what == "Exam supports, January 2027"
    assert found.decided[0].says == (
        "Supports are used: extra time (2 November 2026). Still open: the school-based team has not recommended it yet"
    )
    assert [(line.what, line.says) for line in found.ahead] == [(f"{book.registers.events['sbt-meeting'].title} (planning)", "3 Dec 2026")]
    assert len(found.happened) == 1
    assert deciding.title in {line.what for line in found.decided}
    assert found.warnings[0].endswith("overdue")
    assert found.warnings[1] == "2 items are waiting for somebody"


# No day has two case managers

days = st.dates(dt.date(2025, 7, 1), dt.date(2027, 7, 1))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Assignment, ...]:
    """One after the other, with gaps or without, the last perhaps without end."""
    cuts = sorted(draw(st.lists(days, max_size=8, unique=True)))
    made = [
        Assignment(draw(st.sampled_from("abc")), start, end - dt.timedelta(days=1))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    if len(cuts) % 2:
        made.append(Assignment(draw(st.sampled_from("abc")), cuts[-1]))
    return tuple(made)


@given(histories(), st.lists(st.tuples(st.sampled_from(["a", "b", "c", ""]), st.integers(0, 40)), max_size=6), days)
def test_however_often_a_student_changes_hands_no_day_has_two_case_managers_and_no_gap_opens(
    history: tuple[Assignment, ...], changes: list[tuple[str, int]], start: dt.date
) -> None:
    today, current = start, history
    for person, later in changes:
        today += dt.timedelta(days=later)
        before = current
        current = with_case_manager(before, person, today)
        for day in (today - dt.timedelta(days=n) for n in range(1, 60)):
            assert [a.person for a in current if a.holds_on(day)] == [a.person for a in before if a.holds_on(day)], "what is over stays"
        for day in (today + dt.timedelta(days=n) for n in range(60)):
            assert [a.person for a in current if a.holds_on(day)] == ([person] if person else [])
