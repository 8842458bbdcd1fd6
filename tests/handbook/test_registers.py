"""What the district owns in `data/` is read with the same care as the pages."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from forms_app.handbook import HandbookError, Strength
from forms_app.handbook.registers import read_registers
from tests.factories import HANDBOOK, change, some_registers, write_handbook

CLAUSES, GUIDANCE, EVENTS, WINDOWS, PLACES = (f"data/{name}.yml" for name in ("clauses", "guidance", "events", "deadlines", "places"))
LIST = "allowed: a list, such as [R-REC-04, R-REC-05]"
KEY = "allowed: lower case letters, digits and hyphens"


def test_registers_are_read_as_they_are_written(tmp_path: Path) -> None:
    found = read_registers(write_handbook(tmp_path))
    assert found.clauses["R-ONE"].strength is Strength.MUST
    assert found.clauses["H-1"].strength is None
    assert (found.guidance["manual"].checked, found.guidance["manual"].url) == (dt.date(2026, 11, 23), "https://example.org/manual")
    assert found.events == some_registers().events
    assert (found.windows["autumn"].opens, found.windows["autumn"].closes, found.windows["autumn"].source) == ((9, 1), (10, 31), ())
    assert found.places == some_registers().places
    assert (found.recipients["office"].short, found.recipients["office"].about) == ("the Office", "")


# Each: the file, a passage of it written wrongly, and every sentence that this gives.
WRONG = {
    "a field that is missing": (CLAUSES, "  gist: A heading.\n", "", "line 11, H-1.gist: found nothing; needed: a text for “gist”"),
    "a field that is empty": (EVENTS, "ask: Kind of report", "ask:", "line 3, report.ask: found nothing; needed: a text for “ask”"),
    "a field of spaces": (EVENTS, "ask: Kind of report", "ask: '  '", "line 3, report.ask: found nothing; needed: a text for “ask”"),
    "a list for a text": (EVENTS, "ask: Kind of report", "ask: [a]", "line 3, report.ask: found “['a']”; allowed: a text"),
    "an unknown field": (EVENTS, "ask: Kind of report", "ask: a\n  asks: b", "line 4, report.asks: found the field “asks”; allowed: ask, help, source, title"),
    "a field twice": (EVENTS, "ask: Kind of report", "ask: a\n  ask: b", "line 4, ask: found “ask” a second time; allowed: each name once"),
    "an unknown strength": (
        CLAUSES, "strength: must", "strength: shall", "line 4, R-ONE.strength: found “shall”; allowed: consider, expected, may, must, none, responsible"
    ),
    "an unknown status": (GUIDANCE, "status: superseded", "status: old", "line 6, manual.status: found “old”; allowed: not found, superseded, verified"),
    "an unknown confidence": (GUIDANCE, "confidence: S", "confidence: high", "line 8, manual.confidence: found “high”; allowed: G, I, P, S, X"),
    "a day that is none": (GUIDANCE, "2026-11-23", "2026-11-31", "line 7, manual.checked: found “2026-11-31”; allowed: a date such as 2026-11-23"),
    "an address that is no link": (
        GUIDANCE, "https://example.org/manual", "javascript:alert(1)",
        "line 10, manual.url: found “javascript:alert(1)”; allowed: an address that begins with https:// or http://",
    ),
    "an address with a space": (
        GUIDANCE, "https://example.org/manual", "https://example.org/a b",
        "line 10, manual.url: found “https://example.org/a b”; allowed: an address that begins with https:// or http://",
    ),
    "an unknown basis": (WINDOWS, "basis: practice", "basis: law", "line 5, autumn.basis: found “law”; allowed: ministry, practice, source"),
    "a month that is none": (WINDOWS, '"10-31"', '"13-31"', "line 8, autumn.closes: found “13-31”; allowed: a month and a day such as 09-15"),
    "a day of the month that is none": (WINDOWS, '"10-31"', '"11-31"', "line 8, autumn.closes: found “11-31”; allowed: a month and a day such as 09-15"),
    "a date with its year": (WINDOWS, '"10-31"', '"2026-10-31"', "line 8, autumn.closes: found “2026-10-31”; allowed: a month and a day such as 09-15"),
    "a window that closes before it opens": (
        WINDOWS, '"10-31"', '"08-31"', "line 8, autumn.closes: found a day before “opens”; allowed: a later day of the school year, which begins in July"
    ),
    "an unknown clause of a document": (GUIDANCE, "[R-ONE]", "[R-NINE]", "line 9, manual.clauses: found the clause “R-NINE”; allowed: an id of data/clauses.yml"),
    "an unknown clause of an event": (EVENTS, "[R-TWO]", "[R-NINE]", "line 5, report.source: found the clause “R-NINE”; allowed: an id of data/clauses.yml"),
    "an unknown clause of a window": (WINDOWS, "[R-ONE]", "[R-NINE]", "line 14, september.source: found the clause “R-NINE”; allowed: an id of data/clauses.yml"),
    "an unknown clause of a place": (PLACES, "[R-ONE]", "[R-NINE]", "line 6, file.source: found the clause “R-NINE”; allowed: an id of data/clauses.yml"),
    "clauses that are no list": (EVENTS, "[R-TWO]", "R-TWO", f"line 5, report.source: found “R-TWO”; {LIST}"),
    "clauses in a list of lists": (EVENTS, "[R-TWO]", "[[R-TWO]]", f"line 5, report.source: found “[['R-TWO']]”; {LIST}"),
    "a key in capitals": (EVENTS, "\nmeeting:", "\nMeeting:", f"line 6, Meeting: found the key “Meeting”; {KEY}"),
    "a key with a space": (PLACES, "  file:", "  the file:", f"line 2, the file: found the key “the file”; {KEY}"),
    "an id twice": (
        CLAUSES, "  gist: A heading.\n", "  gist: A heading.\n- {id: H-1, section: a, kind: b, strength: none, gist: c}\n",
        "line 16, id: found “H-1” a second time; needed: an id of its own",
    ),
    "an entry without an id": (CLAUSES, "- id: H-1\n  section", "- section", "line 11, id: found an entry without an id; needed: an id of its own"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_mistake_is_said_with_its_place(tmp_path: Path, what: str) -> None:
    file, old, new, rest = WRONG[what]
    assert mistakes(write_handbook(tmp_path, change(file, old, new))) == [f"{file}, {rest}"]


def test_a_leap_day_is_a_day(tmp_path: Path) -> None:
    registers = read_registers(write_handbook(tmp_path, change(WINDOWS, '"10-31"', '"02-29"')))
    assert registers.windows["autumn"].closes == (2, 29)


@pytest.mark.parametrize(("opens", "closes"), [("04-01", "06-30"), ("12-01", "01-31"), ("07-01", "07-01")])
def test_a_window_may_lie_anywhere_in_a_school_year(tmp_path: Path, opens: str, closes: str) -> None:
    windows = HANDBOOK[WINDOWS].replace('"09-01"', f'"{opens}"').replace('"10-31"', f'"{closes}"').replace('"09-15"', f'"{closes}"')
    assert read_registers(write_handbook(tmp_path, {WINDOWS: windows})).windows["autumn"].opens == (int(opens[:2]), int(opens[3:]))


def test_a_window_does_not_reach_into_the_next_school_year(tmp_path: Path) -> None:
    windows = HANDBOOK[WINDOWS].replace('"09-01"', '"06-15"').replace('"10-31"', '"07-15"').replace('"09-15"', '"06-30"')
    sentence = "line 8, autumn.closes: found a day before “opens”; allowed: a later day of the school year, which begins in July"
    assert mistakes(write_handbook(tmp_path, {WINDOWS: windows})) == [f"{WINDOWS}, {sentence}"]


@pytest.mark.parametrize("file", [EVENTS, GUIDANCE, CLAUSES])
def test_words_alone_are_no_register(tmp_path: Path, file: str) -> None:
    assert f"{file}, line 1: found “only words”; allowed: a mapping or a list" in mistakes(write_handbook(tmp_path, {file: "only words\n"}))


def test_an_entry_of_words_alone_is_no_entry(tmp_path: Path) -> None:
    said = mistakes(write_handbook(tmp_path, {EVENTS: "report: it came\n", CLAUSES: HANDBOOK[CLAUSES] + "- a word\n"}))
    assert "data/events.yml, line 1, report: found “it came”; allowed: a mapping of fields" in said
    assert "data/clauses.yml, id: found an entry without an id; needed: an id of its own" in said


@pytest.mark.parametrize(("file", "section"), [(WINDOWS, "windows"), (PLACES, "places"), (PLACES, "recipients")])
def test_a_section_that_is_missing_is_named(tmp_path: Path, file: str, section: str) -> None:
    text = HANDBOOK[file].replace(f"{section}:", "others:")
    assert f"{file}, line 1, {section}: found nothing; needed: a section “{section}:”" in mistakes(write_handbook(tmp_path, {file: text}))


def test_a_section_that_is_no_mapping_is_named(tmp_path: Path) -> None:
    assert "data/places.yml, line 1, places: found nothing; needed: a section “places:”" in mistakes(
        write_handbook(tmp_path, {PLACES: "[a, b]\n"})
    )


def test_without_clauses_nothing_is_called_an_unknown_clause(tmp_path: Path) -> None:
    assert mistakes(write_handbook(tmp_path, {CLAUSES: None})) == [
        f"{CLAUSES}: found no such file; put it back from the repository; the handbook cannot be read without it"
    ]


def test_an_empty_file_is_not_a_register_without_entries(tmp_path: Path) -> None:
    assert mistakes(write_handbook(tmp_path, {EVENTS: "# nothing\n"})) == [f"{EVENTS}: found nothing; needed: at least one entry"]


def mistakes(root: Path) -> list[str]:
    with pytest.raises(HandbookError) as refused:
        read_registers(root)
    return [str(problem) for problem in refused.value.problems]
