"""`import`: says what a roster would do, does it once, and says in a sentence why it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forms_app import cli
from forms_app.records import open_the_store, schools, students, utc_now
from forms_app.records.actor import Actor
from forms_app.settings import Settings
from forms_app.store import load_keys
from forms_app.students import Student
from tests import rosters
from tests.rosters import CODE

HEAD = ["Pupil number", "Last name", "First name", "Grade", "School", "Category"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FORMS_APP_DATA", str(tmp_path / "data"))
    for name in ("STORE", "ZONE", "HTTPS", "KEY"):
        monkeypatch.delenv(f"FORMS_APP_{name}", raising=False)
    return Settings(data=tmp_path / "data")


@pytest.fixture
def bring(settings: Settings, tmp_path: Path) -> Any:
    """`bring(data, "--json")` runs the command on a file with these bytes and returns its exit code."""

    def run(data: bytes, *options: str) -> int:
        file = tmp_path / "..roster=1.csv"
        file.write_bytes(data)
        return cli.main(["import", str(file), *options])

    return run


def kept(settings: Settings) -> tuple[list[Student], list[str]]:
    with open_the_store(settings.store_address, load_keys(settings.key_file), anchor=settings.anchor) as store:
        found = [students.student_from_summary(one.id, one.summary) for one in store.list("student")]
        return sorted(found, key=lambda one: one.sort_name), [f"{one.code} {one.name}" for one in schools.everyone(store)]


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_a_dry_run_says_everything_and_writes_nothing(bring: Any, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(rosters.my_ed_quick_report(), "--dry-run", "--json") == 0
    answer = said(capsys)
    assert {name: answer[name] for name in ("new", "changed", "unchanged", "gone", "errors", "written", "rows")} == {
        "new": 3, "changed": 0, "unchanged": 0, "gone": 0, "errors": [], "written": None, "rows": 5,
    }  # fmt: skip
    assert "Gender" in answer["columns_not_read"]
    assert kept(settings) == ([], [])


def test_a_new_store_takes_the_schools_of_the_file_and_the_second_time_nothing_is_written(
    bring: Any, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(rosters.my_ed_quick_report(), "--json") == 0
    assert said(capsys)["written"] == {"new": 3}
    found, places = kept(settings)
    assert [one.name for one in found] == ["Sable Abernook", "Tarn Brindlemoor", "Ulric Corvane"]
    assert places == [f"{CODE} Cedarprobe Secondary"]
    assert bring(rosters.my_ed_quick_report()) == 0
    assert "There was nothing to write." in capsys.readouterr().out
    assert kept(settings) == (found, places)


def test_a_school_that_is_not_known_is_asked_about_before_it_is_added(
    bring: Any, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bring(rosters.my_ed_quick_report()) == 0
    other = rosters.table([HEAD, ["1", "Oster", "Ann", "10", rosters.OTHER_CODE, "G"]])
    assert bring(other) == 1
    assert f"School “{rosters.OTHER_CODE}” is not known here (1 rows)" in capsys.readouterr().out
    assert len(kept(settings)[1]) == 1
    assert bring(other, "--add-schools") == 0
    assert kept(settings)[1] == [f"{rosters.OTHER_CODE} {rosters.OTHER_CODE}", f"{CODE} Cedarprobe Secondary"]


def test_rows_in_error_stop_everything_until_they_are_mended_or_left_out(
    bring: Any, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    data = rosters.table([HEAD, ["1", "Oster", "Ann", "10", CODE, "J"], ["2", "Vester", "Bo", "10", CODE, "G"]])
    assert bring(data) == 1
    out = capsys.readouterr().out
    assert "Row 2, Category: found J; allowed: J is a code that the Ministry has ended" in out
    assert "Nothing was written." in out
    assert kept(settings) == ([], [])
    assert bring(data, "--leave-out-errors") == 1
    assert "Written: 1 new, 0 changed." in capsys.readouterr().out
    assert [one.name for one in kept(settings)[0]] == ["Bo Vester"]


def test_columns_can_be_said_and_are_remembered(bring: Any, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    columns = [
        f"--column={heading}={name}"
        for heading, name in zip(
            ("Numéro", "Nom", "Prénom", "Niveau", "École", "Catégorie"), rosters.SEMICOLON_COLUMNS.values(), strict=True
        )
    ]
    assert bring(rosters.semicolons()) == 2
    assert "It cannot be told which column holds the name" in capsys.readouterr().err
    assert bring(rosters.semicolons(), "--column", "Nombre=grade") == 2
    assert bring(rosters.semicolons(), *columns, "--column=Remarque=nothing") == 0
    assert bring(rosters.semicolons(), "--json") == 0
    capsys.readouterr()
    assert [one.family for one in kept(settings)[0]] == ["D’Aubrac", "Lévesque-Gagné"]


def test_a_file_without_schools_needs_one(bring: Any, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    data = rosters.table([["Pupil number", "Name", "Grade"], ["1", "Oster, Ann", "10"]])
    assert bring(data, "--without-category", "concern") == 1
    assert "allowed: a school; or choose one for the whole file" in capsys.readouterr().out
    with open_the_store(settings.store_address, load_keys(settings.key_file), anchor=settings.anchor) as store:
        schools.create(store, "Cedarprobe Secondary", CODE, Actor("test", utc_now()))
    assert bring(data, "--school", "Nowhere") == 2
    assert "There is no school with the name or code “Nowhere”" in capsys.readouterr().err
    assert bring(data, "--school", CODE, "--without-category", "concern") == 0
    assert [one.name for one in kept(settings)[0]] == ["Ann Oster"]
    assert bring(data, "--school", "Newplace", "--add-schools", "--dry-run") == 0
    assert len(kept(settings)[1]) == 1


def test_a_question_is_left_for_the_browser(bring: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring(rosters.table([HEAD, ["1", "Oster", "Ann", "10", CODE, "G"]])) == 0
    capsys.readouterr()
    assert bring(rosters.table([HEAD, ["1", "Vester", "Bo", "10", CODE, "G"]]), "--json") == 1
    answer = said(capsys)
    assert [one["row"] for one in answer["questions"]] == [2]
    assert "Ann" not in json.dumps(answer)


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    bring: Any, settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert bring(b"%PDF") == 2
    assert "This is a PDF" in capsys.readouterr().err
    assert bring(b" " * (17 * 1024 * 1024)) == 2
    assert "larger than 16 MB" in capsys.readouterr().err
    assert cli.main(["import", str(tmp_path / "nothing")]) == 2
    assert "cannot be read" in capsys.readouterr().err
