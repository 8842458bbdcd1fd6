"""Roles count at the school of their post, and relations hold from one day to another."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from forms_app.permissions import (
    Action,
    NotAllowed,
    Person,
    Post,
    PostRefused,
    Relation,
    Role,
    actions,
    can,
    can_add_student,
    can_be_case_manager_at,
    check_can,
    check_can_hold,
    check_can_lose,
    overseen_schools,
    oversees_district,
    post,
    schools_to_add_at,
    ties,
)
from forms_app.students import Assignment, Emergency, Involvement, Part, Student
from tests.district import NOON, TODAY, student

DAY = dt.timedelta(days=1)
BOTH = Person("both", "Both", posts=[Post(Role.PRINCIPAL, "A"), Post(Role.CASE_MANAGER, "B")])


def at(school: str, **more: object) -> Student:
    return student(school=school, assignments=(), **more)


def test_a_person_made_from_roles_and_a_school_has_one_post_for_each_role_there() -> None:
    person = Person("p", "P", {Role.PRINCIPAL, Role.SSS}, "A", "p.p")
    assert person.posts == {Post(Role.PRINCIPAL, "A"), Post(Role.SSS, "")}
    assert (person.roles, person.school, person.schools, person.username) == ({Role.PRINCIPAL, Role.SSS}, "A", {"A"}, "p.p")
    assert replace(person, name="Q") == Person("p", "Q", {Role.PRINCIPAL, Role.SSS}, "A", "p.p")
    assert post(Role.PSYCHOLOGIST, "A") == Post(Role.PSYCHOLOGIST)


def test_a_principal_of_one_school_who_is_case_manager_at_another_is_no_principal_there() -> None:
    assert actions(BOTH, at("A"), TODAY) >= {Action.VIEW, Action.EDIT, Action.NAME_CASE_MANAGER}
    assert actions(BOTH, at("B"), TODAY) == frozenset()
    assert overseen_schools(BOTH) == {"A"}


def test_a_case_manager_of_one_school_who_is_principal_at_another_manages_no_student_there() -> None:
    mine = replace(at("B"), assignments=(Assignment("both", TODAY),))
    assert can(BOTH, Action.MARK, mine, TODAY)
    assert not can(BOTH, Action.NAME_CASE_MANAGER, mine, TODAY)
    assert not can(BOTH, Action.MARK, replace(mine, school="A"), TODAY), (
        "as case manager of record, without that role at the student's school"
    )
    assert not can_be_case_manager_at(BOTH, "A")
    assert can_be_case_manager_at(BOTH, "B")


def test_no_role_counts_for_a_student_of_no_school() -> None:
    everybody = Person("p", "P", frozenset(Role) - {Role.SSS}, "")
    assert actions(everybody, at(""), TODAY) == frozenset()
    assert not can_add_student(everybody)


def test_somebody_without_a_post_may_nothing() -> None:
    nobody = Person("n", "N")
    assert actions(nobody, replace(at("A"), assignments=(Assignment("n", TODAY),)), TODAY) == frozenset()
    assert (nobody.school, nobody.roles, schools_to_add_at(nobody), oversees_district(nobody)) == ("", frozenset(), frozenset(), False)


def test_somebody_named_in_one_role_gets_what_that_role_gets_and_no_more() -> None:
    both = Person("p", "P", {Role.ASSISTANT, Role.SBT_MEMBER}, "A")
    named = at("A", involvements=(Involvement("1", Part.TEAM, "p", "A", TODAY, None, Role.ASSISTANT.value),))
    assert actions(both, named, TODAY) == {Action.VIEW_SHARED}
    assert actions(Person("p", "P", {Role.SBT_MEMBER}, "A"), named, TODAY) == frozenset(), "the role in which they were named is gone"


@pytest.mark.parametrize(("part", "role"), [(Part.TEAM, Role.COUNSELLOR), (Part.COVERING, Role.COUNSELLOR), (Part.SBT, Role.SBT_MEMBER)])
def test_a_part_holds_from_its_first_day_to_its_last_and_ends_by_itself(part: Part, role: Role) -> None:
    person = Person("p", "P", {role}, "A")
    one = Involvement("1", part, "" if part is Part.SBT else "p", "A", TODAY, TODAY + DAY, role.value)
    for day, holds in ((TODAY - DAY, False), (TODAY, True), (TODAY + DAY, True), (TODAY + 2 * DAY, False)):
        assert can(person, Action.VIEW, at("A", involvements=(one,)), day) is holds
        assert one.over_on(day) is (day > TODAY + DAY)
    ended = replace(one, ended=NOON)
    assert not can(person, Action.VIEW, at("A", involvements=(ended,)), TODAY), "ended early, it holds no more from that moment on"
    assert ended.over_on(TODAY)


def test_an_emergency_lasts_sixty_minutes_and_needs_to_be_asked_for_at_a_moment() -> None:
    principal = Person("p", "P", {Role.PRINCIPAL}, "A")
    opened = at("B", emergencies=(Emergency("p", NOON, "fire"),))
    last = NOON + dt.timedelta(minutes=60) - dt.timedelta(microseconds=1)
    assert actions(principal, opened, TODAY, NOON) == actions(principal, opened, TODAY, last) == {Action.VIEW, Action.VIEW_SHARED}
    for now in (None, NOON - dt.timedelta(seconds=1), NOON + dt.timedelta(minutes=60)):
        assert actions(principal, opened, TODAY, now) == frozenset()
    [tie] = ties(principal, opened, TODAY, NOON)
    assert (tie.relation, tie.reason, tie.until) == (Relation.EMERGENCY, "fire", NOON + dt.timedelta(minutes=60))
    assert actions(Person("q", "Q", {Role.PRINCIPAL}, "A"), opened, TODAY, NOON) == frozenset(), "another principal's emergency is not mine"


def test_every_reason_is_told_with_the_closest_first() -> None:
    person = Person("p", "P", {Role.PRINCIPAL, Role.CASE_MANAGER}, "A")
    found = ties(person, at("A", involvements=(Involvement("1", Part.COVERING, "p", "A", TODAY, TODAY, "", "away", "m"),)), TODAY)
    assert [(tie.role, tie.relation, tie.reason, tie.by) for tie in found] == [
        (Role.CASE_MANAGER, Relation.COVERING, "away", "m"), (Role.PRINCIPAL, Relation.SCHOOL, "", ""),
    ]  # fmt: skip


def test_a_refusal_says_why_in_words() -> None:
    counsellor = Person("p", "P", {Role.COUNSELLOR}, "A")
    named = at("A", involvements=(Involvement("1", Part.TEAM, "p", "A", TODAY, None, Role.COUNSELLOR.value),))
    check_can(counsellor, Action.VIEW, named, TODAY)
    with pytest.raises(NotAllowed, match="can mark items"):
        check_can(counsellor, Action.MARK, named, TODAY)
    with pytest.raises(NotAllowed, match="is closed"):
        check_can(Person("q", "Q", {Role.PRINCIPAL}, "A"), Action.EDIT, replace(named, state="closed"), TODAY)


ADMIN = Person("a", "Admin", {Role.ADMINISTRATOR})
TEACHER = Person("t", "Teacher", {Role.CASE_MANAGER}, "A")


@pytest.mark.parametrize(("person", "new", "sentence"), [
    (ADMIN, Post(Role.PRINCIPAL, "A"), "cannot change your own roles"),
    (TEACHER, Post(Role.CASE_MANAGER, "A"), "has this role already"),
    (TEACHER, Post(Role.CASE_MANAGER, ""), "Choose the school"),
    (TEACHER, Post(Role.ADMINISTRATOR), "stands alone"),
    (Person("b", "B", {Role.ADMINISTRATOR}), Post(Role.PRINCIPAL, "A"), "stands alone"),
])  # fmt: skip
def test_a_post_that_nobody_can_hold_so_is_refused(person: Person, new: Post, sentence: str) -> None:
    with pytest.raises(PostRefused, match=sentence):
        check_can_hold(person, new, ADMIN)


def test_a_post_at_a_second_school_is_fine_and_taken_away_again_but_never_ones_own() -> None:
    check_can_hold(TEACHER, Post(Role.CASE_MANAGER, "B"), ADMIN)
    check_can_hold(Person("n", "N"), Post(Role.ADMINISTRATOR), ADMIN)
    check_can_lose(TEACHER, Post(Role.CASE_MANAGER, "A"), ADMIN)
    with pytest.raises(PostRefused, match="any more"):
        check_can_lose(TEACHER, Post(Role.CASE_MANAGER, "B"), ADMIN)
    with pytest.raises(PostRefused, match="your own"):
        check_can_lose(ADMIN, Post(Role.ADMINISTRATOR), ADMIN)
