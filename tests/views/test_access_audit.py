"""Who looked? A student's part of the audit log in words, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.records.actor import Actor
from forms_app.students import Part
from forms_app.views.audit import ACTS, PAGE
from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def looks(page: Page) -> list[str]:
    return [row.text for row in page.root.all("tr") if row.all("th", scope="row")]


def test_every_look_and_change_is_told_in_words_newest_first(manager: Visitor, visitor: Visitors, path: str, district: District) -> None:
    visitor("principal").get(path)
    district.clock.move(minutes=1)
    manager.post(f"{path}/marks", {"tick": "iep.develop|"})
    district.clock.move(minutes=1)
    manager.post(f"{path}/events/new", {"event": "referral", "on": "2026-11-24", "detail": "Hearing"})
    manager.post(f"{path}/edit", {**manager.get(f"{path}/edit").form(), "given": "Quillonette"})
    district.involve(district.students["own"], Part.COVERING, "colleague", reason="at a course", until=district.today)
    found = looks(manager.get(f"{path}/audit"))
    assert found[0].startswith("24 November 2026, 1:02 pm Mirabeth Quoxley Opened who looked as case manager")
    assert "Named who covers at a course" in found[1]
    assert "Changed details: given name" in found[2]
    assert "Recorded an event: " in found[4]
    assert "Marked an item: “Coordinate the development of the IEP”, done" in found[5]
    assert "24 November 2026, 1:01 pm" in found[5]
    assert "Perrault Zindel Opened the checklist as principal" in found[6]
    assert found[-1].endswith("the program Added the student with earlier years")


def test_values_that_were_recorded_are_not_in_the_log(manager: Visitor, path: str) -> None:
    manager.post(f"{path}/events/new", {"event": "referral", "on": "2026-11-24", "detail": "Canaryhearing"})
    manager.post(f"{path}/items/iep.share-final", {"status": "done", "on": "2026-11-24", "people": "Canarypeople"})
    assert "Canary" not in manager.get(f"{path}/audit").html


def test_the_log_is_read_a_page_at_a_time_and_no_entry_is_lost_between_pages(manager: Visitor, path: str, district: District) -> None:
    student_id = district.students["own"]
    for number in range(2 * PAGE):
        district.store.note("student", student_id, Actor("test", district.clock()).entry(f"act {number}"))
    page = manager.get(f"{path}/audit")
    seen = looks(page)
    assert len(seen) == PAGE
    while earlier := [link for link in page.links if "before=" in link]:
        page = manager.get(earlier[0])
        seen += looks(page)
    acts = [line for line in seen if " Act " in line]
    assert [int(line.rsplit(" ", 1)[1]) for line in acts] == list(reversed(range(2 * PAGE)))
    assert f"{path}/audit" in page.links


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "9" * 19, "²", "0x1"])
def test_a_page_that_cannot_be_is_not_found(before: str, manager: Visitor, path: str) -> None:
    assert manager.get(f"{path}/audit?before={before}").status == 404


def test_a_page_before_the_first_entry_says_so(manager: Visitor, path: str) -> None:
    assert "Nothing earlier." in manager.get(f"{path}/audit?before=1").text


def test_a_form_that_is_refused_shows_the_student_and_is_noted_as_a_look(manager: Visitor, path: str, district: District) -> None:
    student_id = district.students["own"]
    for address, form in (
        ("/items/iep.share-final", {"status": "done"}),
        ("/edit", {}),
        ("/events/new", {}),
        ("/people", {"part": "team"}),
    ):
        before = len(district.store.history("student", student_id))
        assert manager.post(path + address, form).status == 422
        entries = district.store.history("student", student_id)
        assert len(entries) == before + 1, address
        assert (entries[0].action, entries[0].fields) == ("see a form again", ("own",))
    assert "Saw a form again that was not accepted as case manager" in manager.get(f"{path}/audit").text


def test_the_log_shows_only_this_student(manager: Visitor, visitor: Visitors, path: str, district: District) -> None:
    visitor("colleague").get("/students/" + district.students["colleague's"])
    assert "Cornelis" not in manager.get(f"{path}/audit").text


def test_looking_at_who_looked_is_noted_too(manager: Visitor, path: str, district: District) -> None:
    manager.get(f"{path}/audit")
    assert district.store.history("student", district.students["own"])[0].action == "open who looked"


def test_each_look_says_in_which_relation_somebody_looked(visitor: Visitors, path: str, district: District) -> None:
    district.involve(district.students["own"], Part.SBT, until=district.today)
    district.involve(district.students["own"], Part.COVERING, "colleague", until=district.today)
    for username, words in (("member", "as a member of the school-based team"), ("colleague", "covering"), ("sss", "for the district")):
        visitor(username).get(path)
        assert f"Opened the checklist {words}" in looks(visitor("principal").get(f"{path}/audit"))[1]


def test_every_act_on_a_student_that_the_program_knows_has_words(manager: Visitor, visitor: Visitors, district: District) -> None:
    district.make_busy()
    student_id = district.students["own"]
    path = f"/students/{student_id}"
    for page in ("", "/edit", "/events/new", "/people", "/shared", "/audit", "/items/iep.develop"):
        manager.get(path + page)
    district.clock.now += dt.timedelta(minutes=1)
    manager.post(f"{path}/events/{district.events['own']}/withdraw", {"reason": "by mistake"})
    assert {entry.action for entry in district.store.history("student", student_id)} <= set(ACTS)
