"""The privacy notice is the district's: every word of purpose, authority and contact comes from its file (PRV-03, PRV-26)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from forms_app.app import create_app
from forms_app.handbook import HandbookError
from forms_app.notice import read_notice
from forms_app.settings import ROOT, Settings
from forms_app.store import Store, new_key
from tests.district import District, FakeClock
from tests.everything import set_retention
from tests.visitor import Visitor

FILLED = """
organization: Invented School District
purpose: So that probes are not forgotten.
authority: Section 26(c) of the probe act.
contact: The Probe Office
contact_address: office@probe.example
requests: Ask at the probe desk.
training: Everybody was trained on probes.
policies: ["Probe policy | https://probe.example/policy", "Probe procedure 5"]
"""


@pytest.fixture
def filled(app: Flask, tmp_path: Path) -> Iterator[Path]:
    set_retention(app, tmp_path, "9")
    (tmp_path / "data/notice.yml").write_text(FILLED, encoding="utf-8")
    return tmp_path


def test_everything_that_the_district_wrote_stands_in_the_notice(filled: Path, stranger: Visitor) -> None:
    page = stranger.get("/privacy")
    for words in (
        "Invented School District", "So that probes are not forgotten.", "Section 26(c) of the probe act.", "The Probe Office", "Ask at the probe desk.",
        "Everybody was trained on probes.", "Probe policy", "Probe procedure 5", "For 9 years after the student has left",
    ):  # fmt: skip
        assert words in page.text
    assert "mailto:office@probe.example" in page.links
    assert "https://probe.example/policy" in page.links
    assert "To be filled in" not in page.text


def test_what_the_district_has_not_written_is_shown_as_a_gap_and_nothing_is_made_up(stranger: Visitor, app: Flask) -> None:
    notice = read_notice(ROOT)
    assert (notice.organization, notice.contact, notice.contact_address, notice.training, notice.policies) == ("", "", "", "", ())
    text = stranger.get("/privacy").text
    assert text.count("To be filled in by the district") == 4
    assert "sd42" not in text.casefold()


def test_it_says_that_there_are_no_private_notes_and_no_uploads_and_why(stranger: Visitor, app: Flask) -> None:
    text = stranger.get("/privacy").part("not-kept").text + stranger.get("/privacy").text
    for words in (
        "No uploads. The program notes that a paper exists",
        "No private notes. What others can read is part of the student's record by law",
        "No contents of reports.",
    ):
        assert words in text


PLACES = (
    "/students/new",
    "{path}/edit",
    "{path}/events/new",
    "{path}/events/{event}/withdraw",
    "{path}/items/iep.share-final",
    "{path}/corrections/new?about=detail:grade",
)


@pytest.mark.parametrize("place", PLACES)
def test_where_a_case_manager_is_asked_the_notice_is_one_click_away(place: str, manager: Visitor, district: District) -> None:
    student = district.students["own"]
    page = manager.get(place.format(path=f"/students/{student}", event=district.event(student, "referral")))
    assert page.status == 200
    assert "/privacy" in [link.attributes["href"] for form in page.root.all("form") for link in form.all("a")]


@pytest.mark.parametrize(("username", "place"), [("principal", "close"), ("principal", "corrections/{correction}")])
def test_where_a_principal_is_asked_too(username: str, place: str, visitor: Callable[[str], Visitor], district: District) -> None:
    student = district.students["own"]
    page = visitor(username).get(f"/students/{student}/{place.format(correction=district.correction(student))}")
    assert "/privacy" in [link.attributes["href"] for form in page.root.all("form") for link in form.all("a")]


def test_an_administrator_who_adds_a_person_finds_it_too(visitor: Callable[[str], Visitor], district: District) -> None:
    page = visitor("admin").get("/people")
    assert "/privacy" in [link.attributes["href"] for form in page.root.all("form") for link in form.all("a")]


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("purpose: So that probes are not forgotten.", "purpose: ''", "needed: a text for “purpose”"),
        ("contact_address: office@probe.example", "contact_address: javascript:alert(1)", "allowed: an e-mail address"),
        ("contact_address: office@probe.example", "contact_address: http://probe.example", "allowed: an e-mail address"),
        ("https://probe.example/policy", "javascript:alert(1)", "allowed: a title, or a title, |"),
        ("contact: The", "officer: The", "the field “officer”"),
        ("policies: [", "policies: x # [", "allowed: a list"),
    ],
)
def test_a_mistake_in_the_notice_stops_the_start_with_its_place(
    was: str, becomes: str, sentence: str, filled: Path, store: Store, app: Flask
) -> None:
    assert was in FILLED
    (filled / "data/notice.yml").write_text(FILLED.replace(was, becomes), encoding="utf-8")
    with pytest.raises(HandbookError) as error:
        create_app(replace(Settings(), root=filled), store, new_key(), FakeClock(), app.extensions["desk"].book)
    assert sentence in str(error.value)
    assert "data/notice.yml, line" in str(error.value)
