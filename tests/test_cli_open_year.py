"""`open-year`: says what it would do, does it once, and does nothing a second time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from forms_app import cli
from forms_app.records import open_the_store, schools, students
from forms_app.records.actor import Actor
from forms_app.school_year import day_in, school_year_of
from forms_app.settings import Settings
from forms_app.store import load_keys
from tests.district import student

NOW = dt.datetime.now(dt.UTC)
YEAR = school_year_of(day_in(Settings().zone, NOW))
LONG_AGO = dt.datetime(YEAR.start - 1, 10, 1, 18, tzinfo=dt.UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A store with two students whose grade was entered last year."""
    monkeypatch.setenv("FORMS_APP_DATA", str(tmp_path / "data"))
    for name in ("STORE", "ZONE", "HTTPS", "KEY"):
        monkeypatch.delenv(f"FORMS_APP_{name}", raising=False)
    settings = Settings(data=tmp_path / "data")
    settings.data.mkdir()
    actor = Actor("test", LONG_AGO)
    with open_the_store(settings.store_address, load_keys(settings.key_file), anchor=settings.anchor) as store:
        school = schools.create(store, "Cedarprobe Secondary", "04299001", actor)
        for name in ("One", "Two"):
            made = replace(student(given=name, family="Xylander", grade="08"), school=school.id)
            students.create_with_history(store, made, (), (), frozenset(), actor)
    return settings


def grades(settings: Settings) -> list[str]:
    with open_the_store(settings.store_address, load_keys(settings.key_file), anchor=settings.anchor) as store:
        return [one.summary["profile"]["grade"] for one in store.list("student")]


def test_it_says_what_it_would_do_and_does_it_once(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["open-year", str(YEAR.start)]) == 0
    said = capsys.readouterr().out
    assert "2  grade 8 becomes 9" in said
    assert "Nothing was written." in said
    assert grades(settings) == ["08", "08"]
    assert cli.main(["open-year", str(YEAR.start), "--yes", "--school", "04299001"]) == 0
    assert f"{YEAR} is open for 2 more students." in capsys.readouterr().out
    assert cli.main(["open-year", str(YEAR.start), "--yes"]) == 0
    assert f"There was nothing to do: {YEAR} was open already." in capsys.readouterr().out
    assert grades(settings) == ["09", "09"]
    assert cli.main(["open-year", str(YEAR.start), "--take-back", "--yes"]) == 0
    assert "Taken back for 2; it stays for 0." in capsys.readouterr().out
    assert grades(settings) == ["08", "08"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([str(YEAR.start - 1)], "is over"),
        ([str(YEAR.start + 1)], "begins on"),
        ([str(YEAR.start + 2)], "would skip"),
        (["27"], "27 is no school year."),
        ([str(YEAR.start), "--school", "Nowhere"], "There is no school"),
    ],
)
def test_what_cannot_be_opened_is_refused_in_a_sentence(
    words: list[str], sentence: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["open-year", *words, "--yes"]) == 2
    assert sentence in capsys.readouterr().err
    assert grades(settings) == ["08", "08"]
