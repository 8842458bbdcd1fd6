"""Adding an item to one student or to several, and giving an item to a colleague who sees nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from forms_app.checklists import Status
from forms_app.permissions import Role
from forms_app.students import Part
from tests.district import STUDENTS, District
from tests.visitor import Visitor, without_token

Visitors = Callable[[str], Visitor]
ADDED: dict[str, Any] = {
    "title": "Call about the morning bus",
    "decided_by": "team",
    "decided_on": "2026-11-20",
    "due": "2026-11-27",
    "owner": "",
}


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def add(browser: Visitor, path: str, **said: Any) -> str:
    """Add an item through its form; returns its key."""
    address = f"{path}/own/new"
    answer = browser.post(address, {**browser.get(address).form(), **ADDED, **said})
    assert answer.status == 303, answer.text
    return answer.location.rpartition("#")[2]


def test_an_own_item_stands_on_the_checklist_is_ticked_undone_and_waits_like_any_other(
    manager: Visitor, path: str, district: District
) -> None:
    key = add(manager, path)
    row = manager.get(path).part(key)
    for words in (
        "To do",
        "Call about the morning bus",
        "27 Nov",
        "Mark done",
        "the school-based team decided it on 20 November 2026",
        "Not from the handbook",
    ):
        assert words in row.text
    assert "Call about the morning bus" in manager.get("/").text, "in the list as well, due soon"
    manager.post(f"{path}/marks", {"tick": f"{key}|"})
    assert "Done, 24 November 2026" in manager.get(path).part(key).text
    [mark] = district.marks(district.students["own"], key)
    manager.post(f"{path}/undo", {"undo": f"{key}|{mark.id}"})
    last = district.marks(district.students["own"], key)[-1]
    answer = manager.post(f"{path}/items/{key}", {"status": "waiting", "on": "2026-11-24", "waiting_for": "the depot", "based_on": last.id})
    assert answer.status == 303
    assert "Waiting for the depot" in manager.get(path).part(key).text


def test_an_own_item_of_yesterday_is_overdue(manager: Visitor, path: str) -> None:
    key = add(manager, path, due="2026-11-23")
    assert "1 school day overdue" in manager.get(path).part(key).text


def test_a_form_sent_twice_adds_one_item_and_what_is_wrong_is_said_beside_it(manager: Visitor, path: str, district: District) -> None:
    form = {**manager.get(f"{path}/own/new").form(), **ADDED}
    for _ in range(2):
        manager.post(f"{path}/own/new", form)
    assert len(district.record(district.students["own"]).own_items) == 1
    page = manager.post(f"{path}/own/new", {**form, "title": "", "due": "2026-11-19"})
    assert page.status == 422
    assert "Say what is to be done" in page.text
    assert "It cannot be due on 19 November 2026, before it was decided" in page.text
    stranger = district.people["elsewhere"].id
    assert manager.post(f"{path}/own/new", {**form, "owner": stranger}).status == 422, "who cannot see the student owns no item"


def test_the_team_that_discusses_the_student_may_add_and_others_may_not(visitor: Visitors, path: str, district: District) -> None:
    assert visitor("member").get(f"{path}/own/new").status == 404
    district.involve(district.students["own"], Part.SBT, until=district.today)
    key = add(visitor("member"), path)
    assert "Tamsin Ubrecht" not in visitor("manager").get(path).title
    assert visitor("manager").get(path).has(key)
    assert visitor("principal").get(f"{path}/own/new").status == 403


def test_one_form_adds_the_same_item_to_several_students(manager: Visitor, visitor: Visitors, district: District) -> None:
    second = district.add_student(district.record(district.students["own"]).student, [("manager", district.year.first_day, None)])
    form = manager.get("/own-items/new").form()
    chosen = [district.students["own"], second]
    assert "Zephyrine" in manager.get("/own-items/new").text
    assert not [family for key, (_, family, _, _) in STUDENTS.items() if key != "own" and family in manager.get("/own-items/new").text]
    for _ in range(2):
        page = manager.post("/own-items/new", {**form, **ADDED, "students": chosen})
        assert "Added for 2 students: Call about the morning bus." in page.part("batch").text
    assert [len(district.record(one).own_items) for one in chosen] == [1, 1], "a double click is one"
    page = manager.post("/own-items/new", {**form, **ADDED, "students": []})
    assert page.status == 422
    assert "Choose at least one student." in page.text
    assert manager.post("/own-items/new", {**form, **ADDED, "students": [district.students["colleague's"]]}).status == 404
    assert visitor("principal").get("/own-items/new").status == 404


def test_an_item_for_several_is_taken_back_at_once_but_not_where_somebody_marked_it(
    manager: Visitor, visitor: Visitors, district: District
) -> None:
    second = district.add_student(district.record(district.students["own"]).student, [("manager", district.year.first_day, None)])
    chosen = [district.students["own"], second]
    office = district.people["office"].id
    page = manager.post("/own-items/new", {**manager.get("/own-items/new").form(), **ADDED, "owner": office, "students": chosen})
    assert "Okpara Dwinnel finds it on their first page." in page.part("batch").text
    undo = {"item": page.form("/own-items/undo")["item"], "students": chosen}
    assert len([one for one in visitor("office").get("/").links if one.startswith("/delegated/")]) == 2
    assert "There is nothing to take back." in visitor("member").post("/own-items/undo", undo).text, "it is not theirs"
    key = f"own.{undo['item']}"
    manager.post(f"/students/{second}/marks", {"tick": f"{key}|"})
    page = manager.post("/own-items/undo", undo)
    assert "Taken back for 1 student: Call about the morning bus." in page.part("batch").text
    assert "so it stays for: Quillon Zephyrine" in page.part("batch").text
    assert [len(district.record(one).own_items) for one in chosen] == [0, 1]
    assert not district.record(chosen[0]).student.delegations[0].holds_on(district.today)
    assert not manager.get(f"/students/{chosen[0]}").has(key)
    assert "Call about the morning bus" not in visitor("office").get("/").text
    assert "There is nothing to take back." in manager.post("/own-items/undo", {"item": "nothing", "students": chosen[0]}).text


def test_a_colleague_who_works_elsewhere_is_given_no_item_of_several(manager: Visitor, district: District) -> None:
    form = manager.get("/own-items/new").form()
    said = {**form, **ADDED, "owner": district.people["elsewhere"].id, "students": [district.students["own"]]}
    page = manager.post("/own-items/new", said)
    assert page.status == 422
    assert "Choose somebody who works at the school of Quillon Zephyrine." in page.text
    assert page.kept("title") == ADDED["title"]


# Whose it is


def test_the_owner_finds_the_item_on_their_first_page_and_marks_it_and_the_case_manager_is_not_shouted_at(
    manager: Visitor, visitor: Visitors, path: str, district: District
) -> None:
    key = add(manager, path, owner=district.people["office"].id, due="2026-11-20")
    assert "Okpara Dwinnel finds it on their first page." in manager.get("/").text, "one sentence says what happened"
    row = manager.get(path).part(key)
    assert row.text.startswith("Waiting")
    assert "Waiting for Okpara Dwinnel, since 24 November 2026" in row.text
    assert "school days overdue" not in row.text
    assert "1 overdue" not in manager.get("/reminders").text
    office = visitor("office")
    start = office.get("/")
    [link] = [one for one in start.links if one.startswith("/delegated/")]
    assert "2 school days overdue" in start.text, "whose it is reads that it is late"
    assert "1 item overdue" in office.get("/reminders").text
    page = office.get(link)
    assert "Call about the morning bus" in page.text
    assert not [word for word in ("Quillon", "Zephyrine", "Grade 11") if word in page.html]
    assert office.post(link, {**page.form(link), "status": "done", "on": "2026-11-24"}).status == 303
    assert "Done, 24 November 2026 (Okpara Dwinnel)" in manager.get(path).part(key).text
    assert office.get(link).status == 404


def test_it_can_be_given_to_no_stranger_and_taken_back_it_is_the_case_managers_again(
    manager: Visitor, visitor: Visitors, path: str, district: District
) -> None:
    assert "Elsbeth" not in manager.get(f"{path}/own/new").text
    key = add(manager, path, owner=district.people["office"].id, due="2026-11-20")
    [one] = district.record(district.students["own"]).student.delegations
    manager.post(f"{path}/delegations/{one.id}/end")
    assert "2 school days overdue" in manager.get(path).part(key).text
    assert not [link for link in visitor("office").get("/").links if link.startswith("/delegated/")]


def test_it_goes_on_into_the_next_year_with_whose_it_is(manager: Visitor, visitor: Visitors, path: str, district: District) -> None:
    add(manager, path, owner=district.people["office"].id)
    district.clock.move(days=365)
    assert "Call about the morning bus" in visitor("office").get("/").text


def test_who_becomes_case_manager_does_what_was_theirs_before_like_any_other(
    manager: Visitor, visitor: Visitors, path: str, district: District
) -> None:
    key = add(manager, path, owner=district.people["colleague"].id, due="2026-11-20")
    from forms_app.records import students

    students.assign(district.store, district.students["own"], district.people["colleague"].id, district.today, district.actor("principal"))
    assert "2 school days overdue" in visitor("colleague").get(path).part(key).text


# Giving one item away


@pytest.fixture
def given(manager: Visitor, path: str, district: District) -> str:
    """The address of an item that somebody in the office was given."""
    key = add(manager, path)
    answer = manager.post(f"{path}/items/{key}/delegate", {"who": district.people["office"].id, "needs": "Ask for room 12"})
    assert answer.status == 303
    [one] = district.record(district.students["own"]).student.delegations
    return f"/delegated/{district.students['own']}/{one.id}"


def test_a_colleague_sees_the_item_its_day_the_initials_and_what_to_know_and_nothing_else(visitor: Visitors, given: str, path: str) -> None:
    office = visitor("office")
    start = office.get("/")
    assert "Call about the morning bus" in start.text
    assert given in start.links
    page = office.get(given)
    for words in ("Call about the morning bus", "Q. Z.", "27 November 2026", "Ask for room 12", "Mirabeth Quoxley"):
        assert words in page.text
    for html in (start.html, page.html):
        assert not [word for word in ("Quillon", "Zephyrine", "Physical Disability", "Grade 11") if word in html]
    wrong = without_token(office.get(path.replace(path[-4:], "AAAA")))
    for rest in ("", "/people", "/consents", "/steps", "/edit", "/items/iep.develop", "/shared", "/audit", "/record"):
        answer = office.get(path + rest)
        assert answer.status == 404, rest
        assert without_token(answer) == wrong, "as for a student who does not exist"


def test_the_colleague_marks_it_and_with_that_it_ends(
    visitor: Visitors, manager: Visitor, given: str, path: str, district: District
) -> None:
    office, student = visitor("office"), district.students["own"]
    form = office.get(given).form(given)
    assert office.post(given, {**form, "status": "not needed", "reason": "x"}).status == 422, "that is the case manager's to say"
    assert office.post(given, {**form, "status": "done", "on": "2026-11-25"}).status == 422
    assert office.post(given, {**form, "status": "waiting", "waiting_for": "the depot"}).status == 303
    last = office.get(given).form(given)
    assert office.post(given, {**last, "status": "done", "on": "2026-11-24"}).status == 303
    [key] = {mark.item for mark in district.record(student).marks}
    assert [mark.status for mark in district.marks(student, key)] == [Status.WAITING, Status.DONE]
    assert "Okpara Dwinnel" in manager.get(path).part(key).text
    assert office.get(given).status == 404, "it is over"
    assert "Call about the morning bus" not in office.get("/").text
    assert "ended 24 November 2026" in manager.get(f"{path}/people").text


def test_an_item_that_was_given_is_listed_among_who_can_see_and_can_be_taken_back(
    visitor: Visitors, manager: Visitor, given: str, path: str, district: District
) -> None:
    page = manager.get(f"{path}/people")
    assert "Okpara Dwinnel" in page.text
    assert "sees and marks that item, and nothing else" in page.text
    assert "Given to Okpara Dwinnel on 24 November 2026" in manager.get(path).text
    delegation = given.rpartition("/")[2]
    for _ in range(2):
        assert manager.post(f"{path}/delegations/{delegation}/end").status == 303
    assert visitor("office").get(given).status == 404
    assert visitor("office").post(given, {"status": "done", "on": "2026-11-24"}).status == 404
    actions = [entry.action for entry in district.store.history("student", district.students["own"])]
    assert "delegate an item" in actions
    assert actions.count("take a delegated item back") == 1


def test_nobody_else_and_no_other_school_gets_anything_from_the_address(
    visitor: Visitors, given: str, path: str, district: District
) -> None:
    for username in ("member", "elsewhere", "psychologist", "admin", "principal-elsewhere"):
        assert visitor(username).get(given).status == 404, username
    assert visitor("manager").get(given).status == 403, "the case manager marks it on the student's page"
    elsewhere = district.people["elsewhere"].id
    assert visitor("manager").post(f"{path}/items/iep.develop/delegate", {"who": elsewhere, "needs": ""}).status == 422
    district.involve(district.students["own"], Part.TEAM, "counsellor", Role.COUNSELLOR)
    assert visitor("counsellor").get(f"{path}/items/iep.develop/delegate").status == 403


def test_each_look_at_a_delegated_item_is_noted(visitor: Visitors, given: str, district: District) -> None:
    visitor("office").get(given)
    entry = district.store.history("student", district.students["own"])[0]
    assert (entry.action, entry.who, entry.fields) == ("view a delegated item", district.people["office"].id, ("delegated",))


def test_it_ends_when_the_case_manager_does_it_and_when_the_student_moves(
    visitor: Visitors, manager: Visitor, path: str, given: str, district: District
) -> None:
    student = district.students["own"]
    second = district.delegate(student, "iep.monitor", "assistant")
    assert visitor("assistant").get(f"/delegated/{student}/{second}").status == 200
    manager.post(f"{path}/marks", {"tick": "iep.monitor|"})
    assert visitor("assistant").get(f"/delegated/{student}/{second}").status == 404
    assert visitor("office").get(given).status == 200
    from forms_app.records import students

    profile = students.profile_of(district.record(student).student)
    other = next(school.id for school in district.schools.values() if school.id != profile["school"])
    students.edit(district.store, student, {**profile, "school": other}, profile, district.actor())
    assert visitor("office").get(given).status == 404


def test_it_ends_with_the_school_year_because_next_years_item_is_another(visitor: Visitors, district: District) -> None:
    student = district.students["own"]
    one = district.delegate(student, "iep.monitor", "assistant")
    assert visitor("assistant").get(f"/delegated/{student}/{one}").status == 200
    district.clock.now = dt.datetime(2027, 7, 2, 20, 0, tzinfo=dt.UTC)
    assert visitor("assistant").get(f"/delegated/{student}/{one}").status == 404
    assert "Monitor progress" not in visitor("assistant").get("/").text
    assert "ended with its school year" in visitor("manager").get(f"/students/{student}/people").text
    assert district.delegate(student, "iep.monitor", "assistant") != one, "it can be given again"


def test_what_must_come_first_is_not_told_to_a_colleague(visitor: Visitors, district: District) -> None:
    student = district.students["own"]
    event = district.event(student, "outside-agency", detail="Invented Agency")
    one = district.delegate(student, f"liaise.exchange@{event}", "office")
    office, address = visitor("office"), f"/delegated/{student}/{one}"
    page = office.post(address, {**office.get(address).form(address), "status": "done", "on": "2026-11-24", "shared_with": "them"})
    assert page.status == 422
    assert "Ask who gave it to you" in page.text
    assert "Invented Agency" not in page.html


def test_somebody_with_two_roles_is_listed_once(visitor: Visitors, manager: Visitor, path: str, district: District) -> None:
    district.add_person("both", "Bothwell Twice", {Role.COUNSELLOR, Role.CASE_MANAGER}, next(iter(district.schools)))
    district.delegate(district.students["own"], "iep.monitor", "both")
    assert manager.get(f"{path}/people").text.count("sees and marks that item") == 1


# Facts with days of their own


def test_a_part_is_recorded_with_its_day_and_the_rest_with_another(manager: Visitor, path: str, district: District) -> None:
    address = f"{path}/items/iep.plan-with-parents"
    page = manager.get(address)
    assert "Partly done" in page.text
    assert "Partly done" not in manager.get(f"{path}/items/iep.monitor").text
    assert manager.post(address, {**page.form(address), "status": "partly", "on": "2026-11-02", "people": ""}).status == 303
    row = manager.get(path).part("iep.plan-with-parents").text
    assert "To do" in row
    assert "Held on 2 November 2026; still open: the people involved" in row
    form = manager.get(address).form(address)
    assert manager.post(address, {**form, "status": "done", "on": "2026-11-20", "people": "the mother"}).status == 303
    assert "Held on 2 November 2026; done, with the mother, 20 November 2026" in manager.get(path).part("iep.plan-with-parents").text
    last = district.marks(district.students["own"], "iep.plan-with-parents")[-1]
    manager.post(f"{path}/undo", {"undo": f"iep.plan-with-parents|{last.id}"})
    assert "still open: the people involved" in manager.get(path).part("iep.plan-with-parents").text
    assert manager.post(address, {**form, "status": "partly", "on": "", "people": ""}).status == 422
    assert dt.date(2026, 11, 2) in last.days.values()
