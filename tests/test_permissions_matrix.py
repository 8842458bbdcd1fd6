"""The table of grants against the table that people wrote by hand, and proof that each cell of it is held in place by a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from forms_app import permissions
from forms_app.permissions import GRANTS, Action, Person, Relation, Role, actions
from tests.access_matrix import COLUMNS, STANDINGS, rows, student_in
from tests.district import NOON, TODAY

ROWS = rows()


def expected(row: Mapping[str, str]) -> frozenset[Action]:
    return frozenset(action for column, action in COLUMNS.items() if row[column] == "yes")


def granted(role: Role, standing: str) -> frozenset[Action]:
    person = Person("p", "Person", {role}, "here")
    return actions(person, student_in(standing, person, role, "here", "elsewhere"), TODAY, NOON)


def test_the_table_has_a_row_for_every_role_in_every_standing() -> None:
    assert set(ROWS) == {(role, standing) for role in Role for standing in STANDINGS}
    assert set(COLUMNS.values()) == set(Action)


def test_the_table_says_hidden_for_all_or_for_nothing_in_a_row() -> None:
    for key, row in ROWS.items():
        if key[1] == "receiving":
            continue  # who is to take over sees the handover and nothing else
        # Who was given one item sees that and nothing else.
        seen = {value == "hidden" for column, value in row.items() if (key[1], column) != ("delegated", "delegated")}
        assert len(seen) == 1, key


@pytest.mark.parametrize(("role", "standing"), ROWS, ids=lambda value: getattr(value, "value", value))
def test_each_role_in_each_standing_may_do_what_the_table_says_and_nothing_else(role: Role, standing: str) -> None:
    assert granted(role, standing) == expected(ROWS[role, standing])


def cells() -> Iterator[tuple[Role, Relation, Action]]:
    """Every cell that can ever count: district roles never work at a school, and only a principal opens a record in an emergency."""
    for role in Role:
        for relation in Relation:
            impossible = (
                (relation is Relation.SCHOOL and role.district_wide)
                or (relation is Relation.DISTRICT and not role.district_wide)
                or (relation is Relation.DISCUSSING and role is not Role.SBT_MEMBER)
                or (relation is Relation.RECEIVING and role not in permissions.CAN_BE_CASE_MANAGER)
                or (relation is Relation.DELEGATED and role.district_wide)
                or (relation is Relation.EMERGENCY and role is not Role.PRINCIPAL)
            )
            if not impossible:
                yield from ((role, relation, action) for action in Action)


def test_turning_any_single_cell_round_breaks_a_row(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    survived, tried, redundant = [], 0, 0
    for role, relation, action in cells():
        changed = GRANTS.get((role, relation), frozenset()) ^ {action}
        # What somebody may do by working at the school or for the district as well makes no difference by another relation.
        if (
            relation not in (Relation.SCHOOL, Relation.DISTRICT)
            and any(action in GRANTS.get((role, always), ()) for always in (Relation.SCHOOL, Relation.DISTRICT))
            and relation is not Relation.EMERGENCY
        ):
            redundant += 1
            continue
        monkeypatch.setattr(permissions, "GRANTS", {**GRANTS, (role, relation): changed})
        tried += 1
        if all(granted(role, standing) == expected(ROWS[role, standing]) for standing in STANDINGS):
            survived.append((role.value, relation.value, action.value))
    assert survived == []
    assert tried > 250
    with capsys.disabled():
        print(
            f"\n{len(ROWS)} rows; {tried} cells of the grants turned round one at a time, each noticed; {redundant} that another grant covers"
        )
