"""Who may do what with which student is one table of role and relation; what is not granted is refused."""

from __future__ import annotations

import datetime as dt
from itertools import combinations, product

import pytest

from forms_app.permissions import (
    CAN_BE_CASE_MANAGER,
    GRANTS,
    REFUSALS,
    Action,
    NotAllowed,
    Person,
    Relation,
    Role,
    actions,
    all_ties,
    can,
    can_add_student,
    can_announce,
    can_manage_people,
    check_can,
    overseen_schools,
    oversees_district,
)  # fmt: skip
from forms_app.students import Assignment, Delegation, Handover, Student
from tests.factories import TODAY, a_person, a_student

STUDENT = a_student()  # robin's, at cedar
ANSWERS = {
    Action.VIEW, Action.VIEW_SHARED, Action.SEE_ACCESS, Action.SEE_AUDIT, Action.READ_WHOLE, Action.EXPORT, Action.CORRECT, Action.ANSWER, Action.CLOSE,
    Action.DISPOSE, Action.OVERRIDE_CONSENT,
}  # fmt: skip
GIVES = {Action.HAND_OVER, Action.SEE_PACKET}
OVERSEES = {Role.PRINCIPAL: ANSWERS | GIVES | {Action.EDIT, Action.NAME_CASE_MANAGER, Action.NAME_TEAM, Action.MEET}, Role.SSS: ANSWERS}
NOT_THE_CASE_MANAGERS = {Action.NAME_CASE_MANAGER, Action.EXPORT, Action.ANSWER, Action.CLOSE, Action.DISPOSE, Action.OVERRIDE_CONSENT}
RECEIVES = frozenset({Action.SEE_PACKET, Action.TAKE_OVER})  # who has been asked to take over, and nobody else


def relations(person: Person, student: Student, today: dt.date) -> set[Relation]:
    return {tie.relation for tie in all_ties(person, student, today)}


def test_the_case_manager_may_do_everything_but_name_their_successor_and_answer_for_the_record() -> None:
    everything = frozenset(Action) - NOT_THE_CASE_MANAGERS - {Action.TAKE_OVER, Action.DO_DELEGATED}
    assert actions(a_person(Role.CASE_MANAGER), STUDENT, TODAY) == everything
    assert actions(a_person(Role.COUNSELLOR), STUDENT, TODAY) == everything


def test_a_principal_may_see_and_edit_the_students_of_their_school_and_name_people() -> None:
    assert actions(a_person(Role.PRINCIPAL, id="pat"), STUDENT, TODAY) == OVERSEES[Role.PRINCIPAL]
    assert not actions(a_person(Role.PRINCIPAL, id="pat", school="harbour"), STUDENT, TODAY)


def test_the_district_office_may_see_and_see_who_looked() -> None:
    assert actions(a_person(Role.SSS, id="ash", school=""), STUDENT, TODAY) == OVERSEES[Role.SSS]


@pytest.mark.parametrize(
    "roles", [pair for size in (1, 2, 3) for pair in combinations(Role, size)], ids=lambda roles: "+".join(role.name for role in roles)
)
def test_roles_together_give_what_each_gives_and_no_more(roles: tuple[Role, ...]) -> None:
    for who, school in product(("robin", "pat"), ("cedar", "harbour", "")):
        together = actions(a_person(*roles, id=who, school=school), STUDENT, TODAY)
        assert together == frozenset().union(*(actions(a_person(role, id=who, school=school), STUDENT, TODAY) for role in roles))


@pytest.mark.parametrize("role", Role)
def test_a_colleague_who_is_neither_principal_nor_the_office_may_do_nothing(role: Role) -> None:
    assert actions(a_person(role, id="somebody"), STUDENT, TODAY) == OVERSEES.get(role, set())


def offered(**changes: str) -> Student:
    """Robin's student, whom robin has asked sky to take over."""
    named = {"giver": "robin", "receiver": "sky", "school": "cedar", "answer": "", **changes}
    at = dt.datetime(2026, 11, 23, 20, tzinfo=dt.UTC)
    return a_student(handovers=(Handover("h", named["giver"], named["receiver"], named["school"], "robin", at, {}, named["answer"]),))


@pytest.mark.parametrize("role", Role)
def test_who_is_asked_to_take_over_sees_the_handover_and_nothing_else(role: Role) -> None:
    allowed = RECEIVES if role in CAN_BE_CASE_MANAGER else OVERSEES.get(role, set())
    assert actions(a_person(role, id="sky"), offered(), TODAY) == allowed
    assert not actions(a_person(Role.CASE_MANAGER, id="sky", school="harbour"), offered(), TODAY)
    assert not actions(a_person(Role.CASE_MANAGER, id="other"), offered(), TODAY)


@pytest.mark.parametrize("changes", [{"answer": "sent back"}, {"answer": "lapsed"}, {"giver": "former"}, {"school": "harbour"}])
def test_a_handover_that_is_over_opens_nothing(changes: dict[str, str]) -> None:
    assert not actions(a_person(Role.CASE_MANAGER, id="sky"), offered(**changes), TODAY)


def test_who_is_no_case_manager_may_not_act_as_one_because_their_name_stands_there() -> None:
    for role in set(Role) - CAN_BE_CASE_MANAGER - {Role.PRINCIPAL, Role.SSS}:
        assert not actions(a_person(role), STUDENT, TODAY)


def test_only_those_who_can_be_case_managers_are_granted_their_own() -> None:
    assert {role for role, relation in GRANTS if relation is Relation.OWN} == CAN_BE_CASE_MANAGER


def test_the_system_administrator_sees_no_student() -> None:
    assert not [grant for (role, _), grant in GRANTS.items() if role is Role.ADMINISTRATOR]


def test_a_relation_is_of_today() -> None:
    student = a_student(assignments=(Assignment("robin", dt.date(2026, 9, 1), dt.date(2026, 11, 23)),))
    assert relations(a_person(), student, dt.date(2026, 11, 23)) == {Relation.OWN, Relation.SCHOOL}
    assert relations(a_person(), student, TODAY) == {Relation.SCHOOL}
    assert not relations(a_person(school="harbour"), student, dt.date(2026, 11, 23)), "their role does not count at this school"


def test_two_people_without_a_school_are_not_at_the_same_one() -> None:
    assert Relation.SCHOOL not in relations(a_person(Role.PRINCIPAL, id="pat", school=""), a_student(school=""), TODAY)


def test_a_student_without_case_manager_is_nobodys_own() -> None:
    student = a_student(assignments=())
    assert Relation.OWN not in relations(a_person(), student, TODAY)
    assert Relation.OWN not in relations(a_person(id="robin"), student, TODAY)
    assert Relation.OWN not in relations(Person("", "Nobody", frozenset({Role.CASE_MANAGER})), student, TODAY)


@pytest.mark.parametrize("action", Action)
def test_a_refusal_says_why_and_agrees_with_the_question(action: Action) -> None:
    stranger, own = a_person(id="stranger", school="harbour"), a_person()
    assert not can(stranger, action, STUDENT, TODAY)
    with pytest.raises(NotAllowed) as refused:
        check_can(stranger, action, STUDENT, TODAY)
    assert str(refused.value) == REFUSALS[action]
    own = a_person(Role.PRINCIPAL, id="pat") if action in NOT_THE_CASE_MANAGERS else own
    student = STUDENT
    if action is Action.TAKE_OVER:
        own, student = a_person(id="sky"), offered()
    if action is Action.DO_DELEGATED:
        since = dt.date(2026, 11, 23)
        own, student = (
            a_person(id="sky"),
            a_student(delegations=(Delegation("d", "iep.monitor", "sky", "cedar", "to ask", since, "robin"),)),
        )
    assert can(own, action, student, TODAY)
    check_can(own, action, student, TODAY)


def test_students_are_added_by_those_who_have_a_school_and_a_part() -> None:
    adding = {role for role in Role if can_add_student(a_person(role))}
    assert adding == {Role.CASE_MANAGER, Role.COUNSELLOR, Role.PRINCIPAL}
    assert not any(can_add_student(a_person(role, school="")) for role in Role)


def test_accounts_are_the_administrators_and_dates_the_offices() -> None:
    assert {role for role in Role if can_manage_people(a_person(role))} == {Role.ADMINISTRATOR}
    assert {role for role in Role if can_announce(a_person(role))} == {Role.SSS}


def test_what_one_oversees_is_what_one_may_see() -> None:
    assert overseen_schools(a_person(Role.PRINCIPAL)) == {"cedar"}
    assert not overseen_schools(a_person(Role.PRINCIPAL, school=""))
    assert [role for role in Role if overseen_schools(a_person(role))] == [Role.PRINCIPAL]
    assert [role for role in Role if oversees_district(a_person(role))] == [Role.SSS]
    for role in Role:
        person = a_person(role, id="somebody")
        assert (oversees_district(person) or bool(overseen_schools(person))) == can(person, Action.VIEW, STUDENT, TODAY)


def test_the_districts_own_roles_belong_to_no_school() -> None:
    assert [role for role in Role if role.district_wide] == [Role.SSS, Role.PSYCHOLOGIST, Role.ADMINISTRATOR]
