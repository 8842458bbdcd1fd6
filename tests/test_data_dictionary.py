"""Every field that is kept is explained, and every field that is explained is kept (PRV-01)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask

from forms_app import cli, demo
from forms_app.data_dictionary import FILE, PAGE, as_page, flat, read_dictionary
from forms_app.handbook import Handbook, HandbookError
from forms_app.records import KINDS, open_the_store
from forms_app.settings import ROOT
from forms_app.store import AuditRecord, Store, new_key
from tests.district import NOON, TODAY, District
from tests.everything import everything_kept, write_everything
from tests.visitor import Visitor

DICTIONARY = read_dictionary(ROOT)


def kept(store: Store) -> set[tuple[str, str, str]]:
    """Every (kind, table, field) in a store, with tables as the dictionary calls them."""
    return {
        (kind, re.sub(r" \d{4}$", " YEAR", table), field) for kind, table, row in everything_kept(store, KINDS) for field, _ in flat(row)
    }


@pytest.fixture
def written(app: Flask, visitor: Callable[[str], Visitor], district: District, tmp_path: Path) -> set[tuple[str, str, str]]:
    write_everything(app, visitor, district, tmp_path)
    found = kept(district.store)
    found |= {("audit", "log", field.name) for field in fields(AuditRecord)}
    return found


def in_demo(book: Handbook) -> set[tuple[str, str, str]]:
    with open_the_store("memory://", new_key(), lambda: NOON) as store:
        demo.fill(store, book, ROOT, "kelp-lantern-meadow", NOON, TODAY)
        return kept(store)


def test_no_form_writes_a_field_that_the_dictionary_does_not_explain(written: set[tuple[str, str, str]]) -> None:
    assert len(written) > 100
    assert written - DICTIONARY.all_fields() == set()


def test_the_demonstration_keeps_no_field_that_the_dictionary_does_not_explain(book: Handbook) -> None:
    found = in_demo(book)
    assert len(found) > 50
    assert found - DICTIONARY.all_fields() == set()


def test_the_dictionary_explains_no_field_that_nothing_writes(written: set[tuple[str, str, str]], book: Handbook) -> None:
    assert DICTIONARY.all_fields() - written - in_demo(book) == set()


def test_what_lists_keep_of_a_record_are_fields_of_the_record(written: set[tuple[str, str, str]], district: District) -> None:
    """A summary is a copy; it must not be the one place in which something is kept."""
    explained = (
        {field.partition(".")[0] for _, _, field in DICTIONARY.all_fields()}
        | {
            "profile",
            "case managers",
            "events",
            "handovers",
            "school years",
            "carried",
            "marks",
            "due dates",
            "closed",
            "involvements",
            "emergencies",
            "last",
            "proposal",
            "review",
            "year",
            "own items",
            "consents",
            "consent withdrawals",
            "consent overrides",
            "delegations",
        }
        | {"new", "changed", "holds"}
    )  # counts of an import
    for kind in KINDS:
        for summary in district.store.list(kind.name):
            assert set(summary.summary) <= explained, kind.name
            for value in summary.summary.values():
                for row in value if isinstance(value, list) else [value]:
                    if isinstance(row, dict):
                        assert set(row) <= explained, (kind.name, row)


def test_every_kind_of_record_is_explained_and_the_audit_log() -> None:
    assert set(DICTIONARY.records) == {kind.name for kind in KINDS} | {"audit"}


def test_every_clause_that_gives_authority_is_a_clause_of_the_source(book: Handbook) -> None:
    named = [field.authority for tables in DICTIONARY.records.values() for table in tables.values() for field in table.fields.values()]
    clauses = {clause for text in named for clause in re.findall(r"[A-Z]-[A-Z]+-\d+", text)}
    assert len(clauses) > 10
    assert clauses <= set(book.registers.clauses)


def test_every_field_of_a_student_has_an_authority_or_purpose_of_its_own() -> None:
    for table in DICTIONARY.records["student"].values():
        for field in table.fields.values():
            assert len(field.purpose) >= 4, field
            assert re.search(r"[A-Z]-[A-Z]+-\d|FIPPA", field.authority), field


def test_the_page_is_what_the_dictionary_says() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == as_page(DICTIONARY), "Run: python3 manage.py dictionary"


def test_the_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["dictionary", "--print"]) == 0
    assert capsys.readouterr().out == as_page(DICTIONARY)


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("label: Given name\n", "name: Given name\n", "the field “name”"),
        ("purpose: The name the student uses; tells one student from another", "purpose: ''", "needed: a text for “purpose”"),
        ("shows: school", "shows: building", "“building”; allowed: "),
        ("seen_by: overseers", "seen_by: whoever", "“whoever”; allowed: administrators, everybody"),
        ("retention: stub", "retention: forever", "“forever”; allowed: account, attempts"),
    ],
)
def test_a_mistake_in_the_dictionary_is_told_with_its_file_and_line(was: str, becomes: str, sentence: str, tmp_path: Path) -> None:
    text = (ROOT / FILE).read_text(encoding="utf-8")
    assert was in text
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(HandbookError) as error:
        read_dictionary(tmp_path)
    assert sentence in str(error.value)
    assert re.search(r"data/dictionary\.yml, line \d+", str(error.value))


def test_a_missing_dictionary_is_told(tmp_path: Path) -> None:
    with pytest.raises(HandbookError, match=r"data/dictionary\.yml: found no such file"):
        read_dictionary(tmp_path)


def test_a_table_of_a_year_is_called_by_its_school_year() -> None:
    table = DICTIONARY.table("student", "marks 2026")
    assert table is not None
    assert table.title_of("marks 2026") == "What was done 2026/27"
    assert DICTIONARY.table("student", "no such table") is None
    assert DICTIONARY.order("student", ["unknown", "marks 2026", "profile"]) == ["profile", "marks 2026", "unknown"]


def test_a_record_from_before_this_program_kept_closings_is_read(district: District) -> None:
    assert district.today == dt.date(2026, 11, 24)
    assert district.record(district.students["own"]).corrections == ()
