"""Roles at several schools: given and taken away by the administrator, and counting only where they are held."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forms_app.permissions import Post, Role
from forms_app.records import accounts
from tests.district import CEDAR, HARBOUR, District
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def admin(visitor: Visitors) -> Visitor:
    return visitor("admin")


def held(district: District, username: str) -> frozenset[Post]:
    account = accounts.find(district.store, username)
    assert account
    return account.person.posts


def give(browser: Visitor, district: District, username: str, role: str, school: str = "") -> object:
    return browser.post(
        f"/people/{district.people[username].id}/posts",
        {"role": role, "school": district.schools[school].id if school in district.schools else school},
    )


def test_a_second_role_at_a_second_school_is_given_and_taken_away(admin: Visitor, visitor: Visitors, district: District) -> None:
    path = f"/people/{district.people['principal'].id}"
    assert path in admin.get("/people").links
    assert give(admin, district, "principal", "case manager", HARBOUR).status == 303
    cedar, harbour = district.schools[CEDAR].id, district.schools[HARBOUR].id
    assert held(district, "principal") == {Post(Role.PRINCIPAL, cedar), Post(Role.CASE_MANAGER, harbour)}
    assert "principal, Cedarprobe Secondary; case manager, Harbourprobe Secondary" in admin.get("/people").text
    assert f"{path}/posts" in admin.get(path).links
    page = admin.get(f"{path}/posts")
    assert "case manager, Harbourprobe Secondary" in page.text
    assert admin.post(f"{path}/posts/end", {"post": f"principal|{cedar}"}).status == 303
    assert held(district, "principal") == {Post(Role.CASE_MANAGER, harbour)}
    assert "Zephyrine" not in visitor("principal").get("/").text


def test_a_principal_of_one_school_who_is_case_manager_at_another_sees_only_their_own_student_there(
    admin: Visitor, visitor: Visitors, district: District
) -> None:
    give(admin, district, "principal", "case manager", HARBOUR)
    mine = district.add_student(district.record(district.students["elsewhere"]).student, [("principal", district.today, None)], HARBOUR)
    browser = visitor("principal")
    assert browser.get(f"/students/{district.students['elsewhere']}").status == 404
    assert browser.get(f"/students/{mine}").status == 200
    assert browser.get("/").text.count("Ploverin") == 1
    page = browser.get(f"/students/{mine}/edit")
    assert page.status == 200
    assert not page.root.all(id="case_manager"), "they appoint nobody there"
    assert browser.get(f"/students/{district.students['own']}/edit").root.all(id="case_manager"), "and do at their own school"
    assert browser.post(f"/students/{mine}/marks", {"tick": "iep.develop|"}).status == 303
    assert browser.post(f"/students/{district.students['own']}/marks", {"tick": "iep.develop|"}).status == 403


def test_who_is_principal_here_and_case_manager_there_adds_students_as_each(admin: Visitor, visitor: Visitors, district: District) -> None:
    give(admin, district, "principal", "case manager", HARBOUR)
    browser, me = visitor("principal"), district.people["principal"].id
    cedar, harbour = district.schools[CEDAR].id, district.schools[HARBOUR].id
    form = {**browser.get("/students/new").form(), "given": "Fresh", "grade": "10", "routes": "concern"}
    for school, manager, status in (
        (harbour, me, 303), (harbour, "", 422), (harbour, district.people["manager"].id, 422),
        (cedar, district.people["manager"].id, 303), (cedar, "", 303), (cedar, me, 422),
    ):  # fmt: skip
        answer = browser.post("/students/new", {**form, "school": school, "case_manager": manager})
        assert answer.status == status, (school, manager, answer.text)
        if status == 422:
            assert "At this school you are no principal" in answer.text or "cannot be a case manager at this school" in answer.text


def test_a_case_manager_cannot_name_anybody_else_by_a_made_up_form(manager: Visitor, district: District) -> None:
    form = {
        **manager.get("/students/new").form(),
        "given": "Fresh",
        "grade": "10",
        "routes": "concern",
        "case_manager": district.people["colleague"].id,
    }
    assert manager.post("/students/new", form).status == 422
    path = f"/students/{district.students['own']}"
    manager.post(f"{path}/edit", {**manager.get(f"{path}/edit").form(), "case_manager": district.people["colleague"].id})
    assert district.record(district.students["own"]).student.case_manager_on(district.today) == district.people["manager"].id


@pytest.mark.parametrize(("username", "role", "school", "sentence"), [
    ("manager", "case manager", CEDAR, "has this role already"),
    ("manager", "case manager", "", "Choose the school."),
    ("manager", "system administrator", "", "this role stands alone"),
    ("manager", "king", CEDAR, "Choose one of the answers shown."),
    ("manager", "counsellor", "nowhere", "Choose one of the answers shown."),
    ("admin", "principal", CEDAR, "You cannot change your own roles."),
])  # fmt: skip
def test_a_role_that_cannot_be_given_is_refused_in_words(
    username: str, role: str, school: str, sentence: str, admin: Visitor, district: District
) -> None:
    before = held(district, username)
    answer = give(admin, district, username, role, school)
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert held(district, username) == before


def test_a_role_of_the_district_has_no_school_whatever_is_chosen(admin: Visitor, district: District) -> None:
    assert give(admin, district, "counsellor", "school psychologist", CEDAR).status == 303
    assert Post(Role.PSYCHOLOGIST, "") in held(district, "counsellor")


@pytest.mark.parametrize("what", ["", "principal", "principal|", "king|x", "case manager|nowhere"])
def test_a_role_that_is_not_held_cannot_be_taken_away(what: str, admin: Visitor, district: District) -> None:
    before = held(district, "manager")
    assert admin.post(f"/people/{district.people['manager'].id}/posts/end", {"post": what}).status == 422
    assert held(district, "manager") == before


def test_an_administrator_keeps_their_own_role_and_is_told_so(admin: Visitor, district: District) -> None:
    path = f"/people/{district.people['admin'].id}"
    assert admin.post(f"{path}/posts/end", {"post": "system administrator|"}).status == 422
    page = admin.get(f"{path}/posts")
    assert "You cannot change your own roles." in page.text
    assert not [form for form in page.root.all("form") if "/posts" in form.attributes["action"]]


def test_somebody_without_an_account_has_no_page(admin: Visitor) -> None:
    for answer in (admin.get("/people/nobody/posts"), admin.post("/people/nobody/posts"), admin.post("/people/nobody/posts/end")):
        assert answer.status == 404


def test_each_change_of_roles_is_in_the_audit_log(admin: Visitor, district: District) -> None:
    give(admin, district, "manager", "counsellor", CEDAR)
    person = district.people["manager"].id
    admin.post(f"/people/{person}/posts/end", {"post": f"counsellor|{district.schools[CEDAR].id}"})
    entries = district.store.history("account", person)[:2]
    assert [(entry.action, entry.fields, entry.who) for entry in entries] == [
        ("take a role away", ("counsellor",), district.people["admin"].id), ("give a role", ("counsellor",), district.people["admin"].id),
    ]  # fmt: skip


def test_a_person_without_any_role_signs_in_and_sees_no_student(admin: Visitor, visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    [post] = held(district, "manager")
    admin.post(f"/people/{district.people['manager'].id}/posts/end", {"post": f"{post.role.value}|{post.school}"})
    assert "Without a role they can sign in, and see no student." in admin.get(f"/people/{district.people['manager'].id}/posts").text
    assert "none" in admin.get("/people").text
    page = browser.get("/")
    assert page.status == 200
    assert "Zephyrine" not in page.text
    assert browser.get(f"/students/{district.students['own']}").status == 404
