"""The box that finds: only whom one may list, nothing in an address or a log, and the same without JavaScript."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

import pytest

from forms_app.permissions import Role
from forms_app.records import closing, saved_lists
from forms_app.students import Part
from tests.district import PEOPLE, STUDENTS, District, pen, student
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]
SEES = {  # by user name, the keys of the students whom they may list
    "manager": {"own"},
    "colleague": {"colleague's", "former"},
    "counsellor": {"counsellor's"},
    "principal": {"own", "colleague's", "counsellor's", "former", "nobody's"},
    "sss": set(STUDENTS),
    "elsewhere": {"elsewhere"},
    "principal-elsewhere": {"elsewhere"},
}


@pytest.mark.parametrize("username", PEOPLE)
def test_everybody_finds_exactly_the_students_whom_they_may_list(username: str, visitor: Visitors, district: District) -> None:
    browser = visitor(username)
    for number, (key, (given, family, _, _)) in enumerate(STUDENTS.items(), 1):
        for query in (family, f"{given[:3]} {family[:4]}", pen(number)):
            page = browser.post("/find", {"q": query})
            assert page.status == 200
            link = f"/students/{district.students[key]}"
            assert (link in page.links) == (key in SEES.get(username, set())), (query, key)


def test_an_assistant_finds_the_student_whom_they_assist_and_is_led_to_what_is_shared(visitor: Visitors, district: District) -> None:
    district.involve(district.students["own"], Part.TEAM, "assistant", Role.ASSISTANT)
    page = visitor("assistant").post("/find", {"q": "zephyrine"})
    assert f"/students/{district.students['own']}/shared" in page.links
    assert f"/students/{district.students['own']}" not in page.links


def test_numbers_and_the_legal_name_find_nobody_for_those_who_do_not_see_them(visitor: Visitors, district: District) -> None:
    student_id = district.add_student(
        student(given="Coverly", pen=pen(42), pupil_number="9911", legal_name="Legalia Coverly"), [("manager", dt.date(2026, 9, 1), None)]
    )
    district.involve(student_id, Part.COVERING, "colleague", until=district.today)
    district.involve(student_id, Part.TEAM, "assistant", Role.ASSISTANT)
    for username in ("colleague", "assistant"):
        browser = visitor(username)
        assert "Coverly" in browser.post("/find", {"q": "coverly"}).text
        assert "Legalia" not in browser.post("/find", {"q": "coverly"}).text
        for query in (pen(42), "9911", "legalia"):
            assert "Nothing was found" in browser.post("/find", {"q": query}).text, (username, query)
    for username in ("manager", "principal", "sss"):
        assert "(Legalia Coverly)" in visitor(username).post("/find", {"q": "9911"}).text


def test_a_closed_record_is_not_found(visitor: Visitors, district: District) -> None:
    closing.close(district.store, district.students["own"], "left", district.today, "moved", district.actor("principal"), district.today)
    assert "Zephyrine" not in visitor("principal").post("/find", {"q": "zephyrine"}).text


def test_items_and_pages_are_found_with_the_students(manager: Visitor) -> None:
    page = manager.post("/find", {"q": "share iep"})
    assert "/items/iep.share-final" in page.links
    assert "/handbook/procedures/share-an-iep.html" in page.links
    assert "Students" not in [heading.text for heading in page.root.all("h2")]


def test_a_system_administrator_finds_items_and_pages_and_no_student(visitor: Visitors) -> None:
    page = visitor("admin").post("/find", {"q": "quillon"})
    assert "Nothing was found" in page.text


@pytest.mark.parametrize("query", ["", "a", "x" * 101, "ab\x07c", "<script>alert(1)</script>"])
def test_what_cannot_be_looked_for_is_refused_and_stays_in_the_box(query: str, manager: Visitor) -> None:
    page = manager.post("/find", {"q": query})
    assert page.status in (200, 422)
    assert "<script>alert" not in page.html
    if page.status == 422:
        assert page.title.startswith("Error:")


def test_what_is_typed_stands_in_no_address_title_log_or_header(
    manager: Visitor, district: District, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = manager.post("/find", {"q": "Zephyrine"})
    assert "Zephyrine" in page.text
    assert "Zephyrine" not in page.title
    assert "Zephyrine" not in str(page.headers)
    assert "zephyrine" not in caplog.text.casefold()
    assert "zephyrine" not in repr(district.store.history()).casefold()
    [box] = [form for form in page.root.all("form") if form.attributes.get("class") == "app-find"]
    assert (box.attributes["method"], box.attributes["action"]) == ("post", "/find")


def test_looking_in_an_address_finds_nothing(manager: Visitor) -> None:
    page = manager.get("/find?q=Zephyrine")
    assert "Zephyrine" not in page.html


def test_without_the_token_of_the_form_nothing_is_looked_for(manager: Visitor) -> None:
    assert manager.post("/find", {"q": "Zephyrine", "csrf_token": "wrong"}).status == 400


def test_more_than_twenty_are_counted_and_not_listed(manager: Visitor, district: District) -> None:
    for number in range(25):
        district.add_student(student(given=f"Manifold{number:02d}", pen=""), [("manager", dt.date(2026, 9, 1), None)])
    page = manager.post("/find", {"q": "manifold"})
    assert len([link for link in page.links if link.startswith("/students/") and link != "/students/new"]) == 20
    assert "5 more. Type more of the name." in page.text


# Saved lists


def test_a_list_is_saved_under_a_name_opened_from_two_pages_and_removed(manager: Visitor) -> None:
    form = manager.get("/items/iep.share-final?status=open").form("/saved-lists")
    saved = manager.post("/saved-lists", {**form, "name": "IEPs to share"})
    assert (saved.status, saved.location) == (303, "/by-item#saved")
    for path in ("/by-item", "/find"):
        page = manager.get(path)
        assert "IEPs to share" in page.text
        assert "/items/iep.share-final?status=open&whose=mine" in page.links
    [action] = [form.attributes["action"] for form in page.root.all("form") if form.attributes.get("action", "").endswith("/remove")]
    manager.post(action)
    assert "IEPs to share" not in manager.get("/find").text


@pytest.mark.parametrize(("name", "sentence"), [("", "Give the list a name"), ("x" * 61, "At most 60"), ("IEPS to share", "already")])
def test_a_name_that_cannot_be_is_refused_and_stays_in_the_form(name: str, sentence: str, manager: Visitor) -> None:
    manager.post("/saved-lists", {"item": "iep.develop", "name": "IEPs to share", "status": "", "whose": "mine"})
    page = manager.post("/saved-lists", {"item": "iep.share-final", "name": name, "status": "open", "whose": "mine"})
    assert page.status == 422
    assert sentence in page.text
    assert page.kept("name") == name


def test_a_list_of_an_item_that_there_is_not_is_no_list(manager: Visitor) -> None:
    assert manager.post("/saved-lists", {"item": "ghost.item", "name": "Ghost"}).status == 404


def test_nobody_sees_or_removes_somebody_elses_list(manager: Visitor, visitor: Visitors, district: District) -> None:
    manager.post("/saved-lists", {"item": "iep.develop", "name": "Only mine", "status": "", "whose": "mine"})
    [mine] = saved_lists.of(district.store, district.people["manager"].id)
    colleague = visitor("colleague")
    assert "Only mine" not in colleague.get("/by-item").text
    colleague.post(f"/saved-lists/{mine.id}/remove")
    assert saved_lists.of(district.store, district.people["manager"].id) == (mine,)
