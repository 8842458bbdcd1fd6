"""The first screen, and one item over all students: what must I do next?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.checklists import Status
from tests.district import STUDENTS, District, student
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]


def test_the_first_screen_groups_my_students_by_what_is_next(manager: Visitor, district: District) -> None:
    since = dt.date(2026, 9, 1)
    late = district.add_student(student(given="Lateron", pen=""), [("manager", since, None)])
    calm = district.add_student(student(given="Calmina", pen="", routes=frozenset()), [("manager", since, None)])
    district.event(late, "sbt-meeting", dt.date(2026, 11, 19))
    for item in district.book.current_items:
        if item.opens.kind != "event" and not item.optional:
            district.mark(calm, item.id, Status.NOT_NEEDED, {"reason": "for this test"})
    text = manager.get("/").text
    assert (
        text.index("Overdue")
        < text.index("Lateron")
        < text.index("Usual time has passed")
        < text.index("Quillon")
        < text.index("Not due yet")
        < text.index("Calmina")
    )
    assert "3 school days overdue" in text


def test_each_student_is_listed_with_what_is_next_when_and_progress_in_words(manager: Visitor, district: District) -> None:
    page = manager.get("/")
    [row] = [one for one in page.root.all("tr") if "Zephyrine" in one.text]
    assert "to do" in row.text
    links = [link.attributes["href"] for link in row.all("a")]
    assert f"/students/{district.students['own']}" in links
    key = next(link.partition("#")[2] for link in links if "#" in link)
    assert manager.get(f"/students/{district.students['own']}").has(key), "the link leads to the very row"


def test_a_principal_reads_which_students_have_no_case_manager(visitor: Visitors, district: District) -> None:
    page = visitor("principal").get("/")
    [row] = [one for one in page.root.all("tr") if "Nettlebed" in one.text]
    assert "none" in row.text.casefold() or "no case manager" in row.text.casefold() or "nobody" in row.text.casefold()
    [row] = [one for one in page.root.all("tr") if "Zephyrine" in one.text]
    assert "Mirabeth Quoxley" in row.text


def test_the_district_office_reads_the_whole_district(visitor: Visitors, district: District) -> None:
    text = visitor("sss").get("/").text
    assert all(family in text for _, family, _, _ in STUDENTS.values())


@pytest.mark.parametrize("username", ["member", "assistant", "office", "psychologist"])
def test_who_can_have_no_student_is_told_so_and_shown_the_handbook(username: str, visitor: Visitors, district: District) -> None:
    page = visitor(username).get("/")
    assert "You see no students here." in page.text
    assert "/handbook/" in page.links
    assert not any(family in page.text for _, family, _, _ in STUDENTS.values())


def test_the_administrator_is_led_to_people_and_schools(visitor: Visitors) -> None:
    assert "/people" in visitor("admin").get("/").links


def test_a_list_of_students_leaves_no_mark_on_their_records(manager: Visitor, district: District) -> None:
    before = {key: len(district.store.history("student", one)) for key, one in district.students.items()}
    manager.get("/")
    assert {key: len(district.store.history("student", one)) for key, one in district.students.items()} == before


def test_one_item_is_shown_for_each_of_my_students(manager: Visitor, district: District) -> None:
    manager.post(f"/students/{district.students['own']}/marks", {"tick": "iep.develop|"})
    page = manager.get("/items/iep.develop")
    assert "Coordinate the development of the IEP" in page.text
    assert "Done, 24 November 2026" in page.text
    assert f"/students/{district.students['own']}#iep.develop" in page.links
    assert "/handbook/responsibilities/iep.html#iep.develop" in page.links


def test_an_item_that_does_not_apply_says_why_not(manager: Visitor) -> None:
    assert "is in grade 11" in manager.get("/items/liaise.plan-arrival").text


def test_an_item_that_an_event_opens_offers_to_record_the_event(manager: Visitor, district: District) -> None:
    page = manager.get("/items/records.file-report")
    assert f"/students/{district.students['own']}/events/new?event=confidential-report" in page.links
    form = manager.get(f"/students/{district.students['own']}/events/new?event=confidential-report").form()
    assert form["event"] == "confidential-report"


def test_every_item_of_the_handbook_has_its_page(manager: Visitor, district: District) -> None:
    for item in district.book.items.values():
        page = manager.get(f"/items/{item.id}")
        assert page.status == 200
        assert item.title in page.text
        assert not [name for name in district.names() if name in page.title]


@pytest.mark.parametrize("item", ["nope", "iep", "iep.develop.x", "IEP.DEVELOP", "%00", "x" * 3000])
def test_an_item_that_there_is_not_is_no_page(item: str, manager: Visitor) -> None:
    assert manager.get(f"/items/{item}").status == 404


def test_the_privacy_notice_says_what_is_kept_why_and_who_sees_it(stranger: Visitor) -> None:
    page = stranger.get("/privacy")
    assert page.status == 200
    for words in ("What is kept", "Who sees it", "FIPPA"):
        assert words in page.text
