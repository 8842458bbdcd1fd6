"""The whole record of one student: every row of every table of every year, on paper and as data, for those who may and logged (PRV-14, PRV-17)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from forms_app.corrections import Sort
from forms_app.data_dictionary import Field, flat, read_dictionary
from forms_app.records.actor import Actor
from forms_app.records.whole import whole_record
from forms_app.settings import ROOT
from tests.district import District
from tests.everything import everything_kept, write_everything
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]
DICTIONARY = read_dictionary(ROOT)
# What a record must say so that it can be read at all; every other field takes any text.
FIXED: dict[tuple[str, str], Any] = {
    ("marks", "days"): ["held on 2026-10-02", "people 2026-10-05"],
    ("consents", "purpose"): "release",
    ("own items", "decided by"): "team",
    ("exam decisions", "decision"): "yes",
    ("profile", "routes"): ["coded"], ("profile", "iep"): "yes", ("profile", "assistant"): "no", ("profile", "agency"): "unknown", ("profile", "leaving"): "no",
    ("profile", "state"): "open", ("profile", "grade"): "12", ("marks", "status"): "waiting", ("marks", "undoes"): "", ("corrections", "sort"): "request",
    ("correction answers", "outcome"): "annotated", ("closings", "state"): "left", ("marks", "occurrence"): "", ("proposals", "years"): 7,
}  # fmt: skip
YEARS = (2019, 2025, 2026)


class Canaries:
    """Plants a value of its own in every field, and knows how the page must show it."""

    def __init__(self, district: District) -> None:
        self.district, self.count = district, 0
        self.planted: list[tuple[str, str, Any]] = []  # field, how it must read, as stored

    def row(self, kind: str, stored: str) -> dict[str, Any]:
        table = DICTIONARY.table(kind, stored)
        assert table is not None
        row: dict[str, Any] = {}
        for field in table.fields.values():
            value, words = self.value(stored, field)
            self.planted.append((f"{stored}: {field.name}", words, value))
            outer, _, inner = field.name.partition(".")
            if inner:
                row.setdefault(outer, {})[inner] = value
            else:
                row[outer] = value
        return row

    def value(self, stored: str, field: Field) -> tuple[Any, str]:
        self.count += 1
        fixed = FIXED.get((stored.split(" 2")[0].removesuffix(" once"), field.name))
        if fixed is not None:
            return fixed, ", ".join(fixed) if isinstance(fixed, list) else str(fixed)
        day = dt.date(2019, 7, 1) + dt.timedelta(days=self.count)
        if field.shows == "day":
            return day.isoformat(), f"{day.day} {day:%B %Y}"
        if field.shows == "moment":
            return f"{day}T20:{self.count % 60:02d}:00+00:00", f"{day.day} {day:%B %Y}, 1"
        if field.shows == "person":
            name = f"Canary Person{self.count}"
            return self.district.add_person(f"canary{self.count}", name, set(), "").id, name
        if field.shows == "school":
            school = next(iter(self.district.schools.values()))
            return school.id, school.name
        if field.shows == "year":
            return int(stored.split()[-1]) if stored[-1].isdigit() else 2021, "/"
        if field.shows == "target":
            return "detail:category", "Ministry category"
        if field.shows == "part":
            return "covering", "covers for the case manager"
        if field.shows == "field":
            return "pupil_number", "Pupil number"
        if field.name == "agencies":
            return [f"canary{self.count}a", f"canary{self.count}b"], f"canary{self.count}a, canary{self.count}b"
        return f"canary-{self.count}-value", f"canary-{self.count}-value"


@pytest.fixture
def canaries(district: District) -> tuple[str, Canaries]:
    """A student in whose record every field of the dictionary holds something, in three school years."""
    made = Canaries(district)

    def fill(db: Any) -> None:
        for name in DICTIONARY.records["student"]:
            for stored in [name.replace("YEAR", str(year)) for year in YEARS] if name.endswith("YEAR") else [name]:
                db.table(stored).insert(made.row("student", stored))
        managers = db.table("case managers")
        managers.insert(
            {"person": district.people["manager"].id, "since": "2026-09-01", "until": "", "by": "cli", "at": "2026-09-01T20:00:00+00:00"}
        )
        db.table("a table of tomorrow").insert({"a field of tomorrow": "canary-of-tomorrow"})

    student = district.store.create("student", fill, Actor("cli", district.clock()).entry("canary action", "canary field")).id
    district.store.create(
        "disposal",
        lambda db: [db.table(name).insert(made.row("disposal", name)) for name in ("proposals", "reviews")],
        Actor("cli", district.clock()).entry("canary disposal"),
        id=student,
    )
    for kind in ("student", "disposal"):
        district.store.note(kind, student, Actor("cli", district.clock()).entry(f"canary look at {kind}"))
    return student, made


def texts(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)
    else:
        yield str(data)


def test_every_field_of_every_table_and_year_stands_on_the_page(canaries: tuple[str, Canaries], visitor: Visitors) -> None:
    student, planted = canaries
    page = visitor("principal").get(f"/students/{student}/record")
    assert page.status == 200
    missing = [field for field, words, _ in planted.planted if words and words not in page.text]
    assert missing == []
    assert len(planted.planted) > 100
    for words in (
        "canary-of-tomorrow",
        "a field of tomorrow",
        "canary action",
        "canary field",
        "canary disposal",
        "canary look at student",
        "canary look at disposal",
    ):
        assert words in page.text


def test_every_field_of_every_table_and_year_stands_in_the_data(canaries: tuple[str, Canaries], visitor: Visitors) -> None:
    student, planted = canaries
    answer = visitor("principal").get(f"/students/{student}/record.json")
    assert answer.status == 200
    data = json.loads(answer.html)
    said = set(texts(data))
    missing = [field for field, _, value in planted.planted if not ({str(value)} if not isinstance(value, list) else set(value)) <= said]
    assert missing == []
    for words in ("canary-of-tomorrow", "canary action", "canary field", "canary disposal", "canary look at student"):
        assert words in said
    assert {f"Canary Person{number}" for number in range(planted.count + 1) if f"Canary Person{number}" in said}, (
        "people are named, not only numbered"
    )


def test_the_data_is_exactly_what_the_store_holds(app: Flask, visitor: Visitors, district: District, tmp_path: Path) -> None:
    student = write_everything(app, visitor, district, tmp_path)
    data = json.loads(visitor("sss").get(f"/students/{student}/record.json").html)
    for kind in ("student", "disposal"):
        document = district.store.get(kind, student)
        assert document is not None
        assert data["records"][kind] == {name: [dict(row) for row in document.db.table(name).all()] for name in document.db.tables()}
    assert len(data["audit"]) == len(district.store.history("student", student)) + len(district.store.history("disposal", student))


def test_what_was_written_through_the_forms_stands_on_the_page(app: Flask, visitor: Visitors, district: District, tmp_path: Path) -> None:
    student = write_everything(app, visitor, district, tmp_path)
    text = visitor("sss").get(f"/students/{student}/record").text
    for words in (
        "Aurelio", "Quistgaard", "Aurelio Legal Quistgaard", "000000018", "9900001", "Invented Agency, Another Agency", "Mirabeth Quoxley", "Cornelis Vranzel",
        "entered twice", "an answer", "agreed with the team", "moved away after all", "came back", "a complaint is open", "The school's list says otherwise.",
        "This is wrong, 0.", "This is wrong, 2.",
    ):  # fmt: skip
        assert words in text, words
    assert "Detail Grade Said before SU" in text


def test_no_row_about_the_student_is_anywhere_else(app: Flask, visitor: Visitors, district: District, tmp_path: Path) -> None:
    """No record of another kind holds the student's name, number or id, so nothing about them is left out."""
    student = write_everything(app, visitor, district, tmp_path)
    from forms_app.records import KINDS

    everything = list(everything_kept(district.store, KINDS))
    agendas = [row for kind, table, row in everything if (kind, table) == ("meeting", "agenda") and row["student"] == student]
    shown = whole_record(district.store, student).tables["meeting"]["agenda"]
    assert [{name: row[name] for name in agendas[0]} for row in shown] == agendas, (
        "the agendas that name the student are part of the record"
    )
    others = [(kind, table, row) for kind, table, row in everything if kind not in ("student", "disposal") and row not in agendas]
    assert len(others) > 20
    for kind, table, row in others:
        for _, value in flat(row):
            assert not any(word in str(value) for word in (student, "Quistgaard", "Aurelio", "000000018")), (kind, table)


def test_withdrawn_events_and_undone_marks_are_in_it(manager: Visitor, district: District) -> None:
    student = district.students["own"]
    path = f"/students/{student}"
    event = district.event(student, "referral", detail="Hearing")
    manager.post(f"{path}/events/{event}/withdraw", {"reason": "another student was meant"})
    mark = district.mark(student, "iep.monitor")
    manager.post(f"{path}/undo", {"undo": f"iep.monitor|{mark}"})
    text = manager.get(f"{path}/record").text
    assert "another student was meant" in text
    assert text.count(district.book.items["iep.monitor"].title) >= 2
    assert "Takes back" in text


def test_it_says_who_made_it_and_when_on_the_page_and_in_the_data(visitor: Visitors, district: District) -> None:
    path = f"/students/{district.students['own']}/record"
    browser = visitor("principal")
    assert browser.get(path).text.count("Made by Perrault Zindel on 24 November 2026, 13:00") == 2, (
        "at the top, and at the end of the print"
    )
    made = json.loads(browser.get(f"{path}.json").html)["made"]
    assert made["by"] == "Perrault Zindel"
    assert made["at"] == "24 November 2026, 13:00"


def test_the_download_is_a_file_whose_name_names_nobody(visitor: Visitors, district: District) -> None:
    answer = visitor("principal").get(f"/students/{district.students['own']}/record.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="student-record-2026-11-24.json"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("username", "page", "data"),
    [
        ("manager", 200, 403),
        ("principal", 200, 200),
        ("sss", 200, 200),
        ("colleague", 404, 404),
        ("assistant", 404, 404),
        ("admin", 404, 404),
        ("principal-elsewhere", 404, 404),
    ],
)
def test_who_may_read_it_and_who_may_take_it_out(username: str, page: int, data: int, visitor: Visitors, district: District) -> None:
    browser, path = visitor(username), f"/students/{district.students['own']}/record"
    assert (browser.get(path).status, browser.get(f"{path}.json").status) == (page, data)


def test_both_are_noted_before_they_are_given_and_the_note_is_in_them(visitor: Visitors, district: District) -> None:
    student, browser = district.students["own"], visitor("principal")
    page = browser.get(f"/students/{student}/record")
    assert "view the whole record of a student" in page.text
    data = json.loads(browser.get(f"/students/{student}/record.json").html)
    assert [entry["action"] for entry in data["audit"][:2]] == [
        "export the whole record of a student",
        "view the whole record of a student",
    ]


def test_corrections_stand_beside_what_they_are_about(visitor: Visitors, district: District) -> None:
    student = district.students["own"]
    mark, event = district.mark(student, "iep.monitor"), district.event(student, "referral")
    for about, says in (("detail:category", "it is G"), (f"mark:{mark}", "never happened"), (f"event:{event}", "was a week later")):
        district.correction(student, about, says, sort=Sort.REQUEST)
    root = visitor("principal").get(f"/students/{student}/record").root
    rows = {
        says: [row for row in root.all("li") if says in row.text and row.all("dl", class_="record-row")]
        for says in ("it is G", "never happened", "was a week later")
    }
    assert "Given name" in rows["it is G"][0].text
    assert district.book.items["iep.monitor"].title in rows["never happened"][0].text
    assert "Referral to Student Support Services" in rows["was a week later"][0].text


def test_a_link_beside_each_detail_event_and_mark_leads_to_a_correction(manager: Visitor, district: District) -> None:
    student = district.students["own"]
    mark, event = district.mark(student, "iep.monitor"), district.event(student, "referral")
    links = manager.get(f"/students/{student}/record").links
    for about in ("detail:grade", f"mark:{mark}", f"event:{event}"):
        link = f"/students/{student}/corrections/new?about={about}"
        assert link in links
        assert manager.get(link).status == 200
