"""Whether an item applies to a student is answered from what is recorded, and asked where nothing is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_app.handbook.conditions import NAMES, Condition, parse
from forms_app.students import ANSWERS, CATEGORIES, GRADES, Answer, Assignment, Route, Student, applicability, pen_is_valid
from tests.factories import a_student

ANSWER = st.sampled_from(Answer)
STUDENTS = st.builds(
    a_student,
    grade=st.sampled_from(GRADES),
    counts_as=st.sampled_from(["", *GRADES[:-1]]),
    routes=st.frozensets(st.sampled_from(Route), min_size=1),
    category=st.sampled_from(["", *CATEGORIES]),
    iep=ANSWER,
    assistant=ANSWER,
    agency=ANSWER,
    leaving=ANSWER,
)
CONDITIONS = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(
    lambda groups: Condition(tuple(groups))
)


def kleene(condition: Condition, student: Student) -> bool | None:
    """`and` and `or` with an unknown, by the book: the least and the greatest of no < unknown < yes."""
    order = {False: 0, None: 1, True: 2}
    values = [min((ANSWERS[name](student)[0] for name in names), key=order.__getitem__) for names in condition.any_of]
    return max(values, key=order.__getitem__)


def completed(student: Student) -> Iterable[Student]:
    """The student with every question answered, in every way."""
    open_answers = [name for name in ("iep", "assistant", "agency", "leaving") if getattr(student, name) is Answer.UNKNOWN]
    grades = GRADES[:-1] if student.grade == "SU" and not student.counts_as else (student.counts_as,)
    for grade, *answers in product(grades, *([Answer.YES, Answer.NO] for _ in open_answers)):
        yield replace(student, counts_as=grade, **dict(zip(open_answers, answers, strict=True)))


@given(CONDITIONS, STUDENTS)
def test_and_and_or_with_an_unknown_are_kleenes(condition: Condition, student: Student) -> None:
    assert applicability(condition, student).holds is kleene(condition, student)


@given(CONDITIONS, STUDENTS)
@settings(max_examples=60)
def test_what_is_decided_stays_so_however_the_open_questions_are_answered(condition: Condition, student: Student) -> None:
    decided = applicability(condition, student).holds
    for answered in completed(student):
        holds = applicability(condition, answered).holds
        assert holds is not None
        assert decided in (None, holds)


@given(CONDITIONS, STUDENTS)
def test_it_asks_exactly_while_nobody_can_tell(condition: Condition, student: Student) -> None:
    found = applicability(condition, student)
    assert bool(found.ask) == (found.holds is None)
    assert all(ANSWERS[name](student)[0] is None and name in condition.names for name in found.ask)


@given(CONDITIONS, STUDENTS)
def test_it_always_says_why(condition: Condition, student: Student) -> None:
    assert applicability(condition, student).why


def test_a_reason_is_said_once() -> None:
    assert applicability(parse("grade 8 or grade 10 to 12"), a_student(grade="09")).why == "is in grade 9"
    assert (
        applicability(parse("grade 8 or grade 10 to 12"), a_student(grade="SU")).why
        == "the student is ungraded (SU), and it is not recorded which grade counts"
    )
    assert applicability(parse("category D or H and category D"), a_student(category="D")).why == "is in category D"


@given(STUDENTS)
def test_a_category_is_d_or_h_or_another_or_none(student: Student) -> None:
    answers = [ANSWERS[name](student)[0] for name in ("category D or H", "category other than D or H")]
    assert answers.count(True) == bool(student.category)
    assert ANSWERS["category D or H"](student)[0] == (ANSWERS["category D"](student)[0] or ANSWERS["category H"](student)[0])


@given(STUDENTS)
def test_a_student_leaves_or_continues_and_never_both(student: Student) -> None:
    leaving, continuing = (ANSWERS[name](student)[0] for name in ("leaving grade 12", "continuing next year"))
    assert (leaving is None) == (continuing is None)
    assert leaving is None or leaving != continuing


def test_everybody_has_what_has_no_condition() -> None:
    assert applicability(Condition(), a_student()).holds is True
    assert applicability(Condition(), a_student()).why == "has a case manager"


@pytest.mark.parametrize(
    ("condition", "facts", "holds", "why"),
    [
        ("has an IEP", {"iep": Answer.YES}, True, "has an IEP"),
        ("has an IEP", {"iep": Answer.NO}, False, "has no IEP"),
        ("has an IEP", {"iep": Answer.UNKNOWN}, None, "it is not recorded whether the student has an IEP"),
        ("coded on 1701 and category D or H", {"category": "H"}, True, "is coded and on the 1701 list and is in category H"),
        ("category D", {"category": "", "routes": frozenset({Route.HOURS})}, False, "has no Ministry category"),
        ("category D or category H", {"category": "G"}, False, "is in category G"),
        ("grade 8", {"grade": "08"}, True, "is in grade 8"),
        ("grade 10 to 12", {"grade": "09"}, False, "is in grade 9"),
        ("grade 10 to 12", {"grade": "SU"}, None, "the student is ungraded (SU), and it is not recorded which grade counts"),
        ("grade 10 to 12", {"grade": "SU", "counts_as": "11"}, True, "is ungraded and counts as grade 11"),
        ("grade 8", {"grade": "SU", "counts_as": "11"}, False, "is ungraded and counts as grade 11"),
        ("grade 8", {"grade": "11", "counts_as": "08"}, False, "is in grade 11"),  # an old answer, from when the student was ungraded
        ("leaving grade 12", {"grade": "12", "leaving": Answer.YES}, True, "is leaving after grade 12"),
        (
            "leaving grade 12",
            {"grade": "12", "leaving": Answer.UNKNOWN},
            None,
            "it is not recorded whether the student leaves after this year",
        ),
        ("leaving grade 12", {"grade": "11", "leaving": Answer.UNKNOWN}, False, "is in grade 11"),
        ("leaving grade 12", {"grade": "12", "counts_as": "10", "leaving": Answer.YES}, True, "is leaving after grade 12"),
        ("leaving grade 12", {"grade": "SU", "counts_as": "10", "leaving": Answer.YES}, False, "is ungraded and counts as grade 10"),
        ("continuing next year", {"grade": "08"}, True, "is in grade 8"),
        ("more than 25 hours", {"routes": frozenset({Route.CONCERN})}, False, "does not have more than 25 hours of additional support"),
        ("has an IEP and grade 8", {"iep": Answer.UNKNOWN}, False, "is in grade 10"),
        (
            "has an IEP or SEA or CCW assigned",
            {"iep": Answer.NO, "assistant": Answer.UNKNOWN},
            None,
            "it is not recorded whether an SEA or CCW is assigned",
        ),
        ("outside agency involved or grade 8", {"agency": Answer.NO}, False, "has no outside agency involved and is in grade 10"),
    ],
)
def test_it_says_why_for_this_student(condition: str, facts: dict[str, object], holds: bool | None, why: str) -> None:
    found = applicability(parse(condition), a_student(**facts))
    assert (found.holds, found.why) == (holds, why)


def test_every_route_and_category_has_its_words() -> None:
    assert [route.label.split()[0] for route in Route] == ["Coded,", "More", "Of"]
    assert not {"J", "M", "N"} & set(CATEGORIES)


# --- names, case managers, numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "family", "name", "sort_name"),
    [("Sage", "Muster", "Sage Muster", ("muster", "sage")), ("小雨", "", "小雨", ("小雨", "小雨")), ("", "ẞen", "ẞen", ("ssen", ""))],
)
def test_one_name_is_enough(given: str, family: str, name: str, sort_name: tuple[str, str]) -> None:
    student = a_student(given=given, family=family)
    assert (student.name, student.sort_name) == (name, sort_name)


def test_a_case_manager_is_one_from_the_first_day_to_the_last() -> None:
    student = a_student(
        assignments=(Assignment("robin", dt.date(2025, 9, 2), dt.date(2026, 10, 31)), Assignment("sam", dt.date(2026, 11, 1)))
    )
    assert [student.case_manager_on(dt.date(2026, *day)) for day in ((10, 31), (11, 1), (12, 24))] == ["robin", "sam", "sam"]
    assert student.case_manager_on(dt.date(2025, 9, 1)) == ""


def test_on_the_day_of_a_handover_the_newer_counts() -> None:
    day = dt.date(2026, 10, 31)
    assert a_student(assignments=(Assignment("robin", dt.date(2025, 9, 2), day), Assignment("sam", day))).case_manager_on(day) == "sam"


DIGITS = st.text("0123456789", min_size=8, max_size=8)


def luhn(digits: str) -> int:
    """The sum that must end in 0, from the right: every second digit doubled, and its own digits added."""
    return sum(int(digit) if place % 2 == 0 else sum(map(int, str(2 * int(digit)))) for place, digit in enumerate(reversed(digits)))


@given(DIGITS)
def test_exactly_one_last_digit_makes_a_pen(body: str) -> None:
    valid = [f"{body}{digit}" for digit in range(10) if pen_is_valid(f"{body}{digit}")]
    assert len(valid) == 1
    assert luhn(valid[0]) % 10 == 0


@given(DIGITS, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, place: int, off: int) -> None:
    pen = next(f"{body}{digit}" for digit in range(10) if pen_is_valid(f"{body}{digit}"))
    wrong = pen[:place] + str((int(pen[place]) + off) % 10) + pen[place + 1 :]
    assert not pen_is_valid(wrong)


@pytest.mark.parametrize("text", ["", "00000001", "0000000018", "00000001x", "٠٠٠٠٠٠٠١٨", "0000 0018", "²00000018"])
def test_a_pen_is_nine_plain_digits(text: str) -> None:
    assert not pen_is_valid(text)


def test_an_invented_pen_is_valid() -> None:
    assert pen_is_valid("000000018")
