"""From cells to students: every catalogue case of a roster's cells, with the row, the column, what was found and what is allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.roster import Found, Row, find_rows, guess, is_personal, read, signature
from forms_app.roster.columns import missing
from forms_app.roster.rows import ELSEWHERE, ONE_CELL, comparable
from forms_app.students import CATEGORIES, GRADES
from tests import rosters
from tests.district import pen


def found_in(data: bytes, mapping: dict[int, str] | None = None) -> Found:
    sheet = read(data)
    return find_rows(sheet, mapping or (dict(enumerate(sheet.fields)) if sheet.fields else guess(sheet.headings, sheet.lines)))


HEAD = ["Pupil number", "PEN", "Last name", "First name", "Grade", "School", "Category"]
GOOD = {"pupil_number": "100", "pen": pen(1), "family": "Muster", "given": "Sage", "grade": "10", "school": rosters.CODE, "category": "G"}
COLUMN = dict(zip(GOOD, HEAD, strict=True))


def row_of(**cells: str) -> Found:
    """A file with one good row, and these cells instead."""
    return found_in(rosters.table([HEAD, list({**GOOD, **cells}.values())]))


def one(**cells: str) -> Row:
    found = row_of(**cells)
    assert found.problems == []
    return found.rows[0]


# The eight files


def test_a_quick_report_of_my_ed_is_understood_without_a_word_and_keeps_nothing_personal() -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        found = found_in(rosters.my_ed_quick_report(mark))
        assert [(row.number, row.given, row.family, row.grade, row.category, row.school) for row in found.rows] == [
            (2, "Sable", "Abernook", "10", "G", rosters.CODE),
            (3, "Tarn", "Brindlemoor", "08", "D", rosters.CODE),
            (4, "Ulric", "Corvane", "SU", "H", rosters.CODE),
            (5, "Vesper", "Dunmarrow", "12", "", rosters.CODE),
        ]
        assert (found.rows[0].legal_name, found.rows[0].case_manager, found.rows[0].school_name) == (
            "Sabrina Abernook",
            "Quoxley, Mirabeth",
            "Cedarprobe Secondary",
        )
        assert found.left_out == {ELSEWHERE: 1}
        assert not any(word in repr(found) for word in ("X-GENDER", "2010-01-02", "ANCESTRY", "LANGUAGE", "BAND", "V0V0V0"))


def test_semicolons_with_french_headings_are_understood_once_they_are_mapped() -> None:
    sheet = read(rosters.semicolons())
    assert missing(guess(sheet.headings, sheet.lines))
    found = find_rows(sheet, rosters.SEMICOLON_COLUMNS)
    assert [(row.family, row.given, row.grade, row.category) for row in found.rows] == [
        ("Lévesque-Gagné", "Zoé", "09", "Q"),
        ("D’Aubrac", "François", "11", "R"),
    ]


def test_utf_16_with_one_column_for_the_whole_name() -> None:
    row = found_in(rosters.utf_16()).rows[0]
    assert (row.family, row.given, row.pen) == ("Tŝilhqox", "Nuŝay", pen(300))


def test_mononyms_and_every_orthography_are_kept_exactly() -> None:
    assert [(row.family, row.given) for row in found_in(rosters.names()).rows] == list(rosters.NAMES)


def test_one_roster() -> None:
    assert [(row.name, row.grade, row.school_name, row.legal_name) for row in found_in(rosters.one_roster()).rows] == [
        ("Ione Faldritch", "10", "Cedarprobe Secondary", "Ione Faldritch"),
        ("Jorun Galloway", "10", "Harbourprobe Secondary", "Jorun Galloway"),
    ]


def test_the_ministry_file_takes_the_usual_name_and_falls_back_on_the_legal_one() -> None:
    found = found_in(rosters.ministry_file())
    assert [(row.name, row.legal_name, sorted(row.from_legal), row.category) for row in found.rows] == [
        ("KAI LAMBERHURST", "KATHERINE LAMBERHURST", [], "H"),
        ("LOUIS MERRIDEW", "LOUIS MERRIDEW", ["family", "given"], "P"),
        ("NORRIDGEWICK", "NORRIDGEWICK", ["family"], "D"),
    ]
    assert found.left_out == {ELSEWHERE: 1}
    assert found.elsewhere[0].pen == pen(504)


def test_excel_puts_back_the_zeros_of_a_pen_and_passes_over_a_total() -> None:
    found = found_in(rosters.excel_with_titles())
    assert [(row.pen, row.pupil_number, row.pupil_was_number, row.grade, row.category, row.school) for row in found.rows] == [
        (pen(601), "950001", True, "08", "E", "4299001"),
        (pen(602), "950002", True, "12", "B", "4299002"),
    ]
    assert found.rows[0].notes == ("leading zeros of the PEN were put back",)
    assert found.left_out == {ONE_CELL: 1}


# Cells


@pytest.mark.parametrize(
    ("field", "cell", "becomes"),
    [
        ("grade", "8", "08"), ("grade", "8.0", "08"), ("grade", "Gr. 9", "09"), ("grade", "grade 12", "12"), ("grade", "11th grade", "11"),
        ("grade", "su", "SU"), ("grade", "Ungraded", "SU"), ("category", "g", "G"), ("category", "D - Physical", "D"), ("category", "H: Intensive", "H"),
        ("category", "K (Mild)", "K"), ("category", "none", ""), ("category", "N/A", ""), ("pen", "000-000 018", pen(1)), ("pen", "'000000018", pen(1)),
        ("pen", '="000000018"', pen(1)), ("pupil_number", '="00123"', "00123"), ("pupil_number", "00123", "00123"), ("pupil_number", "123", "123"),
        ("given", "  Sage \u00a0 Ann ", "Sage Ann"), ("given", "Sage\u200b", "Sage"), ("given", "Zoe\u0301", "Zo\u00e9"), ("given", "👩‍👩‍👧", "👩‍👩‍👧"), ("family", "{{7*7}}", "{{7*7}}"),
    ],
)  # fmt: skip
def test_what_people_and_programs_write_is_understood(field: str, cell: str, becomes: str) -> None:
    assert getattr(one(**{field: cell}), field) == becomes


@pytest.mark.parametrize(
    ("field", "cell", "shown", "allowed"),
    [
        ("pen", "123456789", "123456789", "last digit fits"),
        ("pen", "0000000181", "0000000181", "nine digits; this has 10"),
        ("pen", "12345", "12345", "nine digits; this has 5"),
        ("pen", "00000001²", "00000001²", "nine digits"),
        ("pen", "1.23E+08", "1.23E+08", "Excel has shortened the number"),
        ("pen", "abc", "abc", "nine digits"),
        ("pupil_number", "12²", "12²", "12 digits and letters"),
        ("pupil_number", "=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1", "12 digits and letters"),
        ("pupil_number", "1234567890123", "1234567890123", "12 digits and letters"),
        ("grade", "13", "13", "08, 09, 10, 11, 12 or SU"),
        ("grade", "", "nothing", "08, 09, 10, 11, 12 or SU"),
        ("grade", "2026-10-08", "2026-10-08", "08, 09, 10, 11, 12 or SU"),
        ("category", "J", "J", "J is a code that the Ministry has ended"),
        ("category", "m", "m", "M is a code that the Ministry has ended"),
        ("category", "N: Old", "N: Old", "N is a code that the Ministry has ended"),
        ("category", "X", "X", "one of A, B, C"),
        ("category", "1.18", "1.18", "one of A, B, C"),
        ("given", "Sa\u202ege", "Sa[U+202E]ge", "U+202E"),
        ("given", "x" * 101, f"{'x' * 40}… (101 characters)", "at most 100 characters"),
        ("family", "é" * 10_000, "é" * 40, "At most 100"),
    ],
)
def test_what_is_wrong_names_row_column_what_was_found_and_what_is_allowed(field: str, cell: str, shown: str, allowed: str) -> None:
    found = row_of(**{field: cell})
    assert found.rows == []
    assert [(one.row, one.column, one.found) for one in found.problems] == [(2, COLUMN[field], shown)]
    assert allowed in found.problems[0].allowed
    assert found.failed[0][0] == 2


def test_all_that_is_wrong_in_a_row_is_said_at_once() -> None:
    found = row_of(pen="1", grade="99", category="J", given="", family="")
    assert [one.column for one in found.problems] == ["Grade", "PEN", "Last name", "Category"]
    assert len(found.failed) == 1


@pytest.mark.parametrize("grade", ["07", "KF", "k", "GA", "HS", "EU", "3"])
def test_students_of_other_grades_are_left_out_and_counted_also_with_something_wrong(grade: str) -> None:
    found = row_of(grade=grade, category="J")
    assert (found.rows, found.problems, found.left_out) == ([], [], {ELSEWHERE: 1})


def test_letters_that_look_alike_are_told() -> None:
    assert "look alike" in one(given="S\u0430ge").notes[0]  # a Cyrillic а


# The same student twice


def test_a_row_that_repeats_another_exactly_counts_once_and_one_that_differs_is_for_people() -> None:
    base = list(GOOD.values())
    same = found_in(rosters.table([HEAD, base, base]))
    assert (len(same.rows), same.left_out) == (1, {"that repeat another row exactly": 1})
    spelled = found_in(
        rosters.table([HEAD, base, [*base[:2], "Mustér", *base[3:]], ["200", pen(2), "Other", "One", "10", rosters.CODE, "G"]])
    )
    assert [row.number for row in spelled.rows] == [4]
    assert [(one.row, one.column, one.allowed) for one in spelled.problems] == [
        (2, "PEN", "each student once; row 3 has the same with other details"),
        (3, "PEN", "each student once; row 2 has the same with other details"),
    ]
    two_schools = found_in(rosters.table([HEAD, base, [*base[:5], rosters.OTHER_CODE, "G"]]))
    assert "row 3 has the same in another school" in two_schools.problems[0].allowed


def test_names_without_any_number_may_stand_only_once_in_a_school() -> None:
    plain = ["", "", "Muster", "Sage", "10", rosters.CODE, "G"]
    found = found_in(rosters.table([HEAD, plain, [*plain[:4], "11", *plain[5:]]]))
    assert found.rows == []
    assert found.problems[0].found == "Sage Muster"


# Headings


def test_headings_are_told_from_what_stands_in_the_columns_where_they_say_nothing() -> None:
    rows = [[pen(number), f"Name {number}", ("08", "10", "12")[number % 3], ("G", "H", "Q")[number % 3]] for number in range(1, 10)]
    sheet = read(rosters.table([["Nummer", "Last name", "Stufe", "Art"], *rows]))
    assert guess(sheet.headings, sheet.lines) == {0: "pen", 1: "family", 2: "grade", 3: "category"}


def test_what_was_remembered_goes_before_any_guess() -> None:
    sheet = read(rosters.semicolons())
    remembered = {
        "numéro": "pupil_number",
        "nom": "family",
        "prénom": "given",
        "niveau": "grade",
        "école": "school",
        "catégorie": "category",
    }
    assert guess(sheet.headings, sheet.lines, remembered) == rosters.SEMICOLON_COLUMNS


def test_a_school_name_alone_is_the_school_and_a_whole_name_beside_its_parts_is_left() -> None:
    assert guess(["School name", "Grade"], []) == {0: "school", 1: "grade"}
    assert guess(["Name", "Last name", "First name"], []) == {1: "family", 2: "given"}


@pytest.mark.parametrize(
    "heading",
    [
        "Gender",
        "Birth date",
        "DOB",
        "Aboriginal ancestry",
        "Band of residence",
        "Home language",
        "Funding code",
        "Postal code",
        "Parent e-mail",
        "Health notes",
    ],
)
def test_columns_that_must_not_be_kept_are_known_by_their_headings(heading: str) -> None:
    assert is_personal(heading)


def test_a_layout_is_the_same_in_any_order_of_its_columns() -> None:
    assert signature(["A b", "C", ""]) == signature(["c", "A  B"]) != signature(["c", "a"])


# Anything


@given(st.fixed_dictionaries({name: st.text(max_size=20) for name in GOOD}))
def test_a_row_is_taken_left_out_or_in_error_and_what_is_taken_is_right(cells: dict[str, str]) -> None:
    from forms_app.roster import Line, Sheet

    sheet = Sheet("CSV", tuple(HEAD), [Line(2, tuple(cells.values()))])
    found = find_rows(sheet, dict(enumerate(GOOD)))
    assert len(found.rows) + sum(found.left_out.values()) + len(found.failed) == 1
    for row in found.rows:
        assert row.grade in GRADES
        assert row.category in ("", *CATEGORIES)
        assert row.name


def test_two_spellings_of_a_name_are_alike() -> None:
    assert comparable("José O’Neil") == comparable("oneil, JOSE")
    assert comparable("SENĆOŦEN") != comparable("SENCOT")
