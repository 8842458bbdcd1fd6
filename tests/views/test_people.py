"""Accounts and schools, kept by the system administrator."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from forms_app.permissions import Role
from forms_app.records import accounts, schools
from tests.district import CEDAR, District
from tests.visitor import Page, Visitor, sign_in

Visitors = Callable[[str], Visitor]


@pytest.fixture
def admin(visitor: Visitors) -> Visitor:
    return visitor("admin")


def add(browser: Visitor, district: District, **changes: object) -> Page:
    form = {"name": "Fen Newcomer", "username": "fen", "roles": "case manager", "school": district.schools[CEDAR].id}
    return browser.post("/people", {**form, **changes})


def test_a_new_person_gets_a_one_time_link_chooses_a_password_and_is_in(admin: Visitor, app: Flask, district: District) -> None:
    answer = add(admin, district)
    assert answer.status == 200
    link = re.search(r"/welcome/[A-Za-z0-9_-]+", answer.text)
    assert link
    assert "Fen Newcomer" in answer.text
    assert "shown only now" in answer.text
    assert link[0] not in admin.get("/people").text
    newcomer = Visitor(app)
    assert newcomer.post(link[0], {"password": "quartz otter saddle"}).status == 303
    assert "You are nobody's case manager here yet." in newcomer.get("/").text
    assert sign_in(Visitor(app), "fen", "quartz otter saddle").status == 303


def test_everybody_with_an_account_is_listed_with_roles_and_school(admin: Visitor, district: District) -> None:
    text = admin.get("/people").text
    for person in district.people.values():
        assert person.name in text
        assert person.username in text
    assert "the district" in text
    assert CEDAR in text


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"name": ""}, "Enter the person's name."),
    ({"name": "x" * 101}, "At most 100"),
    ({"name": "a\x07"}, "hidden character"),
    ({"username": ""}, "Enter a user name"),
    ({"username": "x" * 101}, "At most 100"),
    ({"username": "manager"}, "Somebody else has this user name."),
    ({"username": " MANAGER"}, "Somebody else has this user name."),
    ({"username": "ｍanager"}, "Somebody else has this user name."),
    ({"roles": []}, "Choose at least one role."),
    ({"roles": "evil"}, "Choose one of the answers shown."),
    ({"roles": ["case manager", "evil"]}, "Choose one of the answers shown."),
    ({"roles": ["system administrator", "principal"]}, "this role stands alone"),
    ({"school": ""}, "Choose the school."),
    ({"school": "nowhere"}, "Choose one of the answers shown."),
])  # fmt: skip
def test_an_account_that_makes_no_sense_is_refused_and_keeps_what_was_typed(
    changes: dict[str, object], sentence: str, admin: Visitor, district: District
) -> None:
    before = len(accounts.everyone(district.store))
    answer = add(admin, district, **changes)
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert len(accounts.everyone(district.store)) == before
    if "name" not in changes:
        assert answer.kept("name") == "Fen Newcomer"


@pytest.mark.parametrize("role", [role for role in Role if role.district_wide])
def test_people_of_the_district_work_without_a_school(role: Role, admin: Visitor, district: District) -> None:
    assert add(admin, district, roles=role.value, school="").status == 200


@pytest.mark.parametrize("name", ["Sḵwx̱wú7mesh Teacher", "<script>alert(1)</script>", "李", "O'Newcomer"])
def test_names_of_any_script_are_kept_as_text(name: str, admin: Visitor, district: District) -> None:
    assert add(admin, district, name=name).status == 200
    page = admin.get("/people")
    assert name in page.text
    assert not [one for one in page.root.all("script") if "src" not in one.attributes]


def test_who_forgot_their_password_gets_a_new_link(admin: Visitor, app: Flask, district: District) -> None:
    answer = admin.post(f"/people/{district.people['manager'].id}/link")
    link = re.search(r"/welcome/[A-Za-z0-9_-]+", answer.text)
    assert link
    assert Visitor(app).get(link[0]).status == 200
    assert admin.post("/people/nobody/link").status == 404


def test_a_school_is_added_with_or_without_its_code(admin: Visitor, district: District) -> None:
    assert admin.post("/schools", {"school_name": "Fernprobe Secondary", "code": "04299009"}).status in (200, 303)
    assert admin.post("/schools", {"school_name": "Mossprobe Secondary", "code": ""}).status in (200, 303)
    assert {"Fernprobe Secondary", "Mossprobe Secondary"} <= {school.name for school in schools.everyone(district.store)}


@pytest.mark.parametrize(("name", "code", "sentence"), [
    ("", "", "Enter the school's name."), ("x" * 101, "", "At most 100"), ("Fern", "123", "eight digits"), ("Fern", "²²²²²²²²", "eight digits"), ("Fern", "123456789", "At most 8"),
    ("a\x00", "", "hidden character"),
])  # fmt: skip
def test_a_school_that_makes_no_sense_is_refused(name: str, code: str, sentence: str, admin: Visitor, district: District) -> None:
    answer = admin.post("/schools", {"school_name": name, "code": code})
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert len(schools.everyone(district.store)) == 2


def test_nobody_but_the_administrator_makes_accounts(visitor: Visitors, district: District) -> None:
    for username in set(district.people) - {"admin"}:
        assert add(visitor(username), district).status == 404
    assert accounts.find(district.store, "fen") is None


def test_an_administrator_cannot_give_a_role_to_their_own_account_here(admin: Visitor, district: District) -> None:
    add(admin, district, username="admin", roles="principal")
    account = accounts.find(district.store, "admin")
    assert account
    assert account.person.roles == {Role.ADMINISTRATOR}


def test_adding_a_person_is_in_the_audit_log_without_their_name(admin: Visitor, district: District) -> None:
    add(admin, district)
    mine = district.store.history(who=district.people["admin"].id)
    assert "add an account" in [entry.action for entry in mine]
    assert "Newcomer" not in repr(mine)
    assert "fen" not in [field for entry in mine for field in entry.fields]
