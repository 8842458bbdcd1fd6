"""Naming somebody to a student: what is refused, and in which words."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from forms_app.naming import Naming, NamingRefused, can_be_named, check_naming, roles_for
from forms_app.permissions import Person, Role
from forms_app.students import Assignment, Involvement, Part
from tests.district import NOON, TODAY, student

DAY = dt.timedelta(days=1)
ME = Person("me", "Me Manager", {Role.CASE_MANAGER}, "A")
NEXT_DOOR = Person("next", "Next Door", {Role.CASE_MANAGER, Role.SBT_MEMBER}, "A")
COUNSELLOR = Person("c", "Coun Sellor", {Role.COUNSELLOR}, "A")
ASSISTANT = Person("ea", "Assi Stant", {Role.ASSISTANT}, "A")
FAR = Person("far", "Far Away", {Role.CASE_MANAGER, Role.COUNSELLOR}, "B")
OFFICE = Person("o", "Off Ice", {Role.OFFICE, Role.PRINCIPAL}, "A")
PSYCHOLOGIST = Person("ps", "Psy Chologist", {Role.PSYCHOLOGIST})
STUDENT = student(school="A", assignments=(Assignment("me", TODAY - DAY),))

TEAM = Naming(Part.TEAM, COUNSELLOR, Role.COUNSELLOR, TODAY)
COVER = Naming(Part.COVERING, NEXT_DOOR, None, TODAY, TODAY + DAY, "at a course")
DISCUSS = Naming(Part.SBT, None, None, TODAY, TODAY + DAY, "planning")


def errors(naming: Naming, **more: Involvement) -> dict[str, str]:
    with pytest.raises(NamingRefused) as refused:
        check_naming(naming, replace(STUDENT, involvements=tuple(more.values())), ME, TODAY)
    assert str(refused.value)
    return refused.value.errors


@pytest.mark.parametrize(("naming", "kept"), [
    (TEAM, Involvement("", Part.TEAM, "c", "A", TODAY, None, "counsellor", "", "me")),
    (replace(TEAM, person=PSYCHOLOGIST, role=Role.PSYCHOLOGIST, until=TODAY, reason=" a  test "), Involvement("", Part.TEAM, "ps", "A", TODAY, TODAY, "school psychologist", "a test", "me")),
    (replace(TEAM, person=ASSISTANT, role=Role.ASSISTANT), Involvement("", Part.TEAM, "ea", "A", TODAY, None, "education assistant", "", "me")),
    (COVER, Involvement("", Part.COVERING, "next", "A", TODAY, TODAY + DAY, "", "at a course", "me")),
    (replace(COVER, since=TODAY + DAY), Involvement("", Part.COVERING, "next", "A", TODAY + DAY, TODAY + DAY, "", "at a course", "me")),
    (DISCUSS, Involvement("", Part.SBT, "", "A", TODAY, TODAY + DAY, "", "planning", "me")),
])  # fmt: skip
def test_what_makes_sense_is_kept_with_the_school_and_who_named(naming: Naming, kept: Involvement) -> None:
    assert check_naming(naming, STUDENT, ME, TODAY) == kept


@pytest.mark.parametrize(("naming", "field", "sentence"), [
    (replace(TEAM, person=None), "who", "Choose who joins the team."),
    (replace(COVER, person=None), "who", "Choose who covers."),
    (replace(COVER, person=ME), "who", "You cannot name yourself."),
    (replace(TEAM, person=ME, role=Role.CASE_MANAGER), "who", "You cannot name yourself."),
    (replace(COVER, person=FAR), "who", "Far Away has no role at this student's school that can stand in"),
    (replace(TEAM, person=FAR), "who", "Far Away has no role at this student's school that works on a student's team"),
    (replace(TEAM, person=OFFICE, role=Role.OFFICE), "who", "Off Ice has no role"),
    (replace(COVER, person=ASSISTANT), "who", "Assi Stant has no role"),
    (replace(TEAM, role=Role.PSYCHOLOGIST), "who", "does not have this role"),
    (replace(TEAM, role=None), "who", "does not have this role"),
    (replace(TEAM, since=None), "since", "Enter the first day."),
    (replace(TEAM, since=TODAY - DAY), "since", "23 November 2026 is in the past."),
    (replace(COVER, until=None), "until", "Enter the last day"),
    (replace(DISCUSS, until=None), "until", "Enter the last day"),
    (replace(COVER, until=TODAY - DAY), "until", "23 November 2026 is in the past."),
    (replace(COVER, since=TODAY + 2 * DAY), "until", "The last day is before the first, 26 November 2026."),
    (replace(DISCUSS, until=TODAY + 367 * DAY), "until", "longer than a year"),
    (replace(COVER, reason=" "), "reason", "Say why"),
    (replace(DISCUSS, reason=""), "reason", "Say why"),
    (replace(TEAM, reason="x" * 201), "reason", "At most 200"),
    (replace(TEAM, reason="a\x07"), "reason", "hidden character"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_sentence_beside_its_field(naming: Naming, field: str, sentence: str) -> None:
    found = errors(naming)
    assert set(found) == {field}
    assert sentence in found[field]


def test_every_fault_is_told_at_once() -> None:
    assert set(errors(Naming(Part.COVERING))) == {"who", "since", "until", "reason"}


def test_the_case_manager_is_named_neither_to_the_team_nor_to_cover() -> None:
    principal = Person("p", "P", {Role.PRINCIPAL}, "A")
    for naming in (replace(COVER, person=ME), replace(TEAM, person=ME, role=Role.CASE_MANAGER)):
        with pytest.raises(NamingRefused, match="is the case manager and has access already"):
            check_naming(naming, STUDENT, principal, TODAY)


def test_nobody_is_named_twice_at_a_time_and_the_team_not_either() -> None:
    kept = Involvement("1", Part.TEAM, "c", "A", TODAY, None, "counsellor")
    assert "named already" in errors(TEAM, one=kept)["who"]
    covering = Involvement("2", Part.COVERING, "next", "A", TODAY + DAY, TODAY + 2 * DAY)
    assert "named already" in errors(COVER, one=covering)["who"]
    assert "has this student already" in errors(DISCUSS, one=Involvement("3", Part.SBT, "", "A", TODAY, TODAY))["until"]
    over = replace(STUDENT, involvements=(replace(kept, until=TODAY - DAY), replace(covering, ended=NOON)))
    assert check_naming(TEAM, over, ME, TODAY)
    assert check_naming(COVER, over, ME, TODAY)


def test_who_can_be_named_at_all_is_a_question_of_role_and_school() -> None:
    for person, team, cover in (
        (COUNSELLOR, True, True),
        (ASSISTANT, True, False),
        (FAR, False, False),
        (OFFICE, False, False),
        (PSYCHOLOGIST, True, False),
        (ME, False, False),
    ):
        assert can_be_named(person, Part.TEAM, STUDENT, ME, TODAY) is team
        assert can_be_named(person, Part.COVERING, STUDENT, ME, TODAY) is cover
    assert roles_for(NEXT_DOOR, Part.TEAM, STUDENT) == (Role.SBT_MEMBER, Role.CASE_MANAGER)
