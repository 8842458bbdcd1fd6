"""What a roster would do to the students that are kept: new, changed, unchanged, gone, asked about, left as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.importing import (
    ANOTHER,
    LEAVE_OUT,
    NO_REASON,
    OTHER_SCHOOLS,
    SAME,
    UNWANTED_SCHOOLS,
    Here,
    Place,
    Plan,
    Wishes,
    as_student,
    field_words,
    plan,
)
from forms_app.permissions import Person, Role
from forms_app.plain_text import folded
from forms_app.roster import Found, Row
from forms_app.students import Route, Student
from tests.district import pen
from tests.factories import a_student

CEDAR, HARBOUR = Place("cedar", "Cedarprobe Secondary", "04299001"), Place("harbour", "Harbourprobe Secondary", "04299002")
MANAGER = Person("m", "Mirabeth Quoxley", {Role.CASE_MANAGER}, "cedar", "manager")
SAGE = a_student(pen=pen(1), pupil_number="00100")


def row(**cells: Any) -> Row:
    known: dict[str, Any] = {
        "number": 2,
        "given": "Sage",
        "family": "Muster",
        "pen": pen(1),
        "pupil_number": "00100",
        "grade": "10",
        "school": "04299001",
        "category": "G",
    }
    return Row(**{**known, **cells})


def planned(
    *rows: Row,
    students: tuple[Student, ...] = (SAGE,),
    columns: tuple[str, ...] = ("category",),
    elsewhere: tuple[Row, ...] = (),
    **more: Any,
) -> Plan:
    here = Here(
        students,
        (CEDAR, HARBOUR),
        more.pop("people", (MANAGER,)),
        more.pop("managers", {}),
        more.pop("confirmed", frozenset(one.id for one in students)),
    )
    return plan(Found(list(rows), elsewhere=list(elsewhere)), here, Wishes(**more), columns)


def changes(made: Plan) -> dict[str, tuple[object, object]]:
    assert len(made.changed) == 1, made
    return dict(made.changed[0].changes)


# Unchanged, changed, new


def test_the_same_again_is_unchanged() -> None:
    made = planned(row())
    assert (made.unchanged, made.steps, made.gone, made.questions, made.looks) == (1, [], [], [], [])


def test_changes_are_told_field_by_field() -> None:
    made = planned(row(given="Sagebrush", grade="11", category="D", school="Harbourprobe  SECONDARY", pupil_number="00101"))
    assert changes(made) == {
        "given": ("Sage", "Sagebrush"), "grade": ("10", "11"), "category": ("G", "D"), "school": ("cedar", "harbour"), "pupil_number": ("00100", "00101"),
    }  # fmt: skip


def test_an_empty_cell_empties_nothing_and_a_missing_category_is_pointed_at() -> None:
    made = planned(row(pen="", category="", family="Muster"))
    assert (made.unchanged, made.steps) == (1, [])
    assert made.looks == [(2, "Sage Muster", "The file has no category, and category G is kept here. It was left as it is.")]
    assert planned(row(category=""), columns=()).looks == []


def test_a_legal_name_never_replaces_the_name_that_a_student_uses() -> None:
    """The export has only legal names, or leaves the usual one empty."""
    made = planned(row(given="Sabrina", legal_name="Sabrina Muster", from_legal=frozenset({"given"})))
    assert changes(made) == {"legal_name": ("", "Sabrina Muster")}
    known = replace(SAGE, legal_name="Sabrina Muster")
    assert planned(row(given="Sabrina", legal_name="Sabrina Muster", from_legal=frozenset({"given"})), students=(known,)).unchanged == 1
    assert planned(row(legal_name="Sage Muster")).unchanged == 1


def test_the_ministry_files_cut_names_change_nothing() -> None:
    long = replace(SAGE, family="Featherstonehaugh-Cholmondeley")
    clipped = row(family="Featherstonehaugh-Cholmon", legal_name="Sage Featherstonehaugh-Cholmon")
    assert planned(clipped, students=(long,), clipped=True).unchanged == 0
    assert set(changes(planned(clipped, students=(long,), clipped=True))) == {"legal_name"}
    assert "family" in changes(planned(clipped, students=(long,)))


def test_zeros_that_excel_took_from_a_pupil_number_change_nothing_and_as_text_it_is_another_number() -> None:
    assert planned(row(pupil_number="100", pupil_was_number=True)).unchanged == 1
    assert changes(planned(row(pupil_number="100"))) == {"pupil_number": ("00100", "100")}
    assert planned(row(pen="", pupil_number="100", pupil_was_number=True)).unchanged == 1


def test_a_category_makes_a_student_coded_and_a_grade_ends_what_an_ungraded_one_counts_as() -> None:
    concern = replace(SAGE, routes=frozenset({Route.CONCERN}), category="", grade="SU", counts_as="10")
    assert changes(planned(row(), students=(concern,))) == {
        "category": ("", "G"), "routes": (["concern"], ["coded", "concern"]), "grade": ("SU", "10"), "counts_as": ("10", ""),
    }  # fmt: skip


def test_a_grade_that_nobody_has_confirmed_this_year_is_confirmed_by_the_file_so_that_opening_the_year_does_not_move_it() -> None:
    assert changes(planned(row(), confirmed=frozenset())) == {"grade": ("10", "10")}


def test_a_new_student_is_added_with_a_reason_and_nobody_without_one() -> None:
    made = planned(row(pen=pen(2), pupil_number="200", given="Tarn", legal_name="Tarn Muster"))
    assert as_student(made.new[0]) == Student(
        id="",
        given="Tarn",
        family="Muster",
        school="cedar",
        grade="10",
        routes=frozenset({Route.CODED}),
        category="G",
        pen=pen(2),
        pupil_number="200",
    )
    plain = row(pen=pen(2), pupil_number="200", given="Tarn", category="")
    assert planned(plain).left_out == {NO_REASON: 1}
    assert as_student(planned(plain, without_category=Route.CONCERN.value).new[0]).routes == {Route.CONCERN}


# Recognized, asked about, refused


def test_a_known_number_under_another_name_is_asked_about_and_overwrites_nothing() -> None:
    other = row(given="Quite", family="Other")
    made = planned(other)
    assert (made.steps, made.gone) == ([], [])
    assert [(one.row, one.student, one.may_be_another) for one in made.questions] == [(2, "s1", False)]
    assert set(changes(planned(other, answers={2: SAME}))) == {"given", "family"}
    assert planned(other, answers={2: ANOTHER}).questions, "two students with one number cannot be"


def test_a_pupil_number_with_another_pen_is_asked_about() -> None:
    assert "another PEN" in planned(row(pen=pen(9))).questions[0].asked


def test_numbers_of_two_students_are_in_error() -> None:
    other = a_student(id="s2", given="Other", pupil_number="7")
    made = planned(row(pupil_number="7"), students=(SAGE, other))
    assert made.problems[0].found == "numbers of 2 different students here"
    assert (made.steps, made.gone) == ([], [])


def test_the_same_name_without_a_number_in_common_is_asked_about_unless_both_have_another() -> None:
    bare = replace(SAGE, pen="", pupil_number="")
    asked = row(given="Sagé", pupil_number="")
    made = planned(asked, students=(bare,))
    assert made.questions[0].may_be_another
    assert changes(planned(asked, students=(bare,), answers={2: SAME})) == {"given": ("Sage", "Sagé"), "pen": ("", pen(1))}
    assert len(planned(asked, students=(bare,), answers={2: ANOTHER}).new) == 1
    assert len(planned(row(pen=pen(7), pupil_number="7")).new) == 1, "two PENs are two students"


def test_a_row_without_numbers_is_recognized_by_the_exact_name_in_the_same_school() -> None:
    assert planned(row(pen="", pupil_number="")).unchanged == 1
    assert "has neither PEN nor pupil number" in planned(row(pen="", pupil_number="", given="Tarn")).new[0].notes[0]
    twins = (replace(SAGE, pen="", pupil_number=""), a_student(id="s2"))
    assert planned(row(pen="", pupil_number=""), students=twins).questions


def test_a_closed_record_is_not_opened_by_a_file() -> None:
    made = planned(row(), students=(replace(SAGE, state="left"),))
    assert (made.steps, made.unchanged) == ([], 0)
    assert "is closed" in made.looks[0][2]


def test_nearly_the_same_name_twice_among_the_new_is_pointed_at() -> None:
    made = planned(row(pen=pen(2), pupil_number="2", given="José"), row(number=3, pen=pen(3), pupil_number="3", given="Jose"))
    assert made.new[1].notes == ("row 2 has nearly the same name in the same grade: check that they are two students",)


# Schools


@pytest.mark.parametrize("written", ["04299001", "4299001", "99001", "Cedarprobe Secondary", "CEDARPROBE  secondary"])
def test_a_school_is_known_by_code_and_by_name(written: str) -> None:
    assert planned(row(school=written)).unchanged == 1


def test_a_school_that_is_not_known_is_asked_about_once_with_its_rows() -> None:
    rows = [row(number=number, school="04299009", school_name="New Place", pen=pen(number), pupil_number=str(number)) for number in (2, 3)]
    made = planned(*rows)
    assert (made.unknown_schools, made.steps, made.gone) == ({"04299009": ("New Place", 2)}, [], [])
    assert len(planned(*rows, schools={folded("04299009"): "harbour"}).new) == 2
    assert planned(*rows, schools={"04299009": LEAVE_OUT}).left_out == {UNWANTED_SCHOOLS: 2}


def test_a_school_code_that_changed_is_known_by_the_name_beside_it() -> None:
    assert planned(row(school="04288888", school_name="Cedarprobe Secondary")).unchanged == 1


def test_a_file_without_schools_needs_one() -> None:
    assert planned(row(school="")).problems[0].allowed == "a school; or choose one for the whole file"
    assert planned(row(school=""), school="cedar").unchanged == 1
    assert planned(row(school=""), scope=frozenset({"cedar"})).unchanged == 1


def test_a_principal_brings_in_their_own_school_and_learns_only_that_a_number_is_kept_elsewhere() -> None:
    principal = {"scope": frozenset({"harbour"})}
    assert planned(row(), **principal).left_out == {OTHER_SCHOOLS: 1}
    moved = planned(row(school="04299002", grade="12"), **principal)
    assert (moved.steps, moved.questions) == ([], [])
    assert "kept at another school" in moved.looks[0][2]
    assert planned(row(school="04299002", pen="", pupil_number=""), **principal).questions == [], (
        "a name alone tells nothing of another school"
    )


# Gone


def test_who_is_not_in_the_file_is_named_only_for_the_schools_that_the_file_speaks_of_and_nothing_is_done_to_them() -> None:
    missing = a_student(id="s2", pen=pen(5), given="Missing")
    far = a_student(id="s3", pen=pen(6), given="Far", school="harbour")
    left = a_student(id="s4", pen=pen(7), given="Left", state="left")
    made = planned(row(), students=(SAGE, missing, far, left))
    assert (made.gone, made.steps) == (["s2"], [])
    assert planned(row(), students=(SAGE, missing), elsewhere=(row(pen=pen(5), grade="07"),)).gone == [], (
        "they are in the file, in another grade"
    )


# Case managers


@pytest.mark.parametrize("written", ["manager", "Mirabeth Quoxley", "Quoxley, Mirabeth"])
def test_a_case_manager_is_named_where_there_is_none(written: str) -> None:
    made = planned(row(case_manager=written))
    assert made.changed[0].manager == "m"
    assert planned(row(case_manager=written), managers={"s1": "m"}).unchanged == 1
    assert planned(row(case_manager=written), names_managers=False).looks[0][2] == "The principal names the case manager."


def test_a_case_manager_is_never_replaced_and_a_name_that_is_not_known_is_told() -> None:
    assert "hand the student over instead" in planned(row(case_manager="manager"), managers={"s1": "other"}).looks[0][2]
    assert "no case manager or counsellor" in planned(row(case_manager="Nobody")).looks[0][2]
    assert "no case manager or counsellor" in planned(row(case_manager="manager", school="04299002")).changed[0].notes[0]


def test_who_changes_schools_keeps_a_case_manager_on_the_record_and_that_is_told() -> None:
    assert "stays recorded until another is named" in planned(row(school="04299002"), managers={"s1": "m"}).changed[0].notes[0]


# Twice


@given(st.lists(st.builds(row, number=st.integers(2, 99), given=st.sampled_from(["Sage", "Sagé", "Tarn", "Ola"]), pen=st.sampled_from(["", pen(1), pen(2)]),
                          pupil_number=st.sampled_from(["", "00100", "7"]), grade=st.sampled_from(["08", "10", "SU"]), category=st.sampled_from(["", "D", "G"]),
                          school=st.sampled_from(["04299001", "04299002", "x"])), max_size=1))  # fmt: skip
def test_the_same_file_again_does_nothing(rows: list[Row]) -> None:
    first = planned(*rows, without_category=Route.CONCERN.value)
    after = {SAGE.id: SAGE}
    for step in first.steps:
        if step.is_new:
            after["new"] = replace(as_student(step), id="new")
        else:
            values = {name: now for name, (_, now) in step.changes.items()}
            if "routes" in values:
                values["routes"] = frozenset(map(Route, values["routes"]))  # type: ignore[call-overload]
            after[step.student] = replace(after[step.student], **values)
    again = planned(*rows, students=tuple(after.values()), without_category=Route.CONCERN.value)
    assert again.steps == []
    assert again.unchanged == len(first.steps) + first.unchanged


def test_values_are_shown_in_words() -> None:
    assert field_words("school", "cedar", {"cedar": "Cedarprobe"}) == "Cedarprobe"
    assert field_words("school", "gone", {}) == "another school"
    assert field_words("routes", ["coded"], {}) == "Coded, on the 1701 list"
    assert field_words("grade", "08", {}) == "8"
    assert field_words("pen", "", {}) == "nothing"
