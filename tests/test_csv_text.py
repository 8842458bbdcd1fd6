"""CSV that no spreadsheet runs: a formula in a name stays a name."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.csv_text import FORMULA, INVISIBLE, as_csv, formula_safe

DANGEROUS = [
    "=cmd|'/c calc'!A1", "=1+1", "+1", "-1", "-2+3+cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", "=HYPERLINK(\"https://evil.example\",\"x\")", "\t=1+1", "\r=1+1", "\n=1+1",
    "  =1+1", "\u00a0=1+1", "\u200b=1+1", "\ufeff=1+1", "\u202e=1+1", "\"=1+1", "'=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", "|calc", "%0A=1", "\0=1+1", "\t", "=", "+", "-", "@",
]  # fmt: skip
HARMLESS = [
    "Zephyrine",
    "O'Neil",
    "Anne-Marie",
    "d'Arcy",
    "",
    "7",
    "hən̓q̓əmin̓əm̓",
    "SENĆOŦEN",
    "李",
    "a=b",
    "user@example",
    "x|y",
    "99 %",
    "( =1 )",
    "👩‍👩‍👧",
]


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert formula_safe(text).startswith("'")
    ((_,), (cell,)) = read(as_csv(["heading"], [[text]]))
    assert cell.startswith("'")


@pytest.mark.parametrize("text", HARMLESS)
def test_a_name_stays_as_it_is(text: str) -> None:
    assert formula_safe(text) == text
    assert read(as_csv(["heading"], [[text]]))[1] == [text]


@given(st.text())
def test_no_text_begins_a_cell_as_a_formula_and_nothing_but_nul_is_lost(text: str) -> None:
    safe = formula_safe(text)
    assert "\0" not in safe
    assert not safe.lstrip(INVISIBLE.replace("'", "")).startswith(FORMULA)
    assert safe in (text.replace("\0", ""), "'" + text.replace("\0", ""))


def test_headings_are_made_safe_too() -> None:
    assert read(as_csv(["=1+1", "Name"], []))[0] == ["'=1+1", "Name"]


def test_quotes_commas_and_line_breaks_stay_in_their_cell_and_the_file_opens_as_utf8() -> None:
    data = as_csv(["a", "b"], [['say "no", twice', "two\nlines"], [3, "ə"]])
    assert data.startswith(b"\xef\xbb\xbf")
    assert read(data)[1:] == [['say "no", twice', "two\nlines"], ["3", "ə"]]
    assert data.count(b'"3"') == 1, "every cell is quoted"


def test_half_a_character_does_not_stop_the_file() -> None:
    assert as_csv(["a"], [["\ud800"]])
