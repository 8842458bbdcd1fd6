"""What a system administrator does to accounts: edit, close and open, links, and the district's directory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from forms_app.permissions import Post, Role
from forms_app.records import accounts, identities, sessions
from tests.district import CEDAR, District
from tests.signing_in import account, give_app, link_in
from tests.visitor import Page, Visitor, sign_in

Visitors = Callable[[str], Visitor]


@pytest.fixture
def admin(visitor: Visitors) -> Visitor:
    return visitor("admin")


def path(district: District, username: str, rest: str = "") -> str:
    return f"/people/{district.people[username].id}{rest}"


def edit(admin: Visitor, district: District, username: str, /, **changes: object) -> Page:
    form = admin.get(path(district, username)).form(path(district, username))
    return admin.post(path(district, username), {**form, **changes})


def test_a_person_is_shown_with_how_they_sign_in_and_nothing_secret(admin: Visitor, district: District) -> None:
    secret = give_app(district, "manager")
    page = admin.get(path(district, "manager"))
    assert "Mirabeth Quoxley" in page.text
    assert "Mirabeth" not in page.title
    assert "authenticator app" in page.text
    assert secret not in page.html
    assert "argon2" not in page.html


def test_every_person_in_the_list_leads_to_their_page(admin: Visitor, district: District) -> None:
    links = admin.get("/people").links
    assert all(path(district, username) in links for username in district.people)


def test_the_name_is_changed_and_shown_with_the_next_page(admin: Visitor, visitor: Visitors, district: District) -> None:
    browser = visitor("colleague")
    assert edit(admin, district, "colleague", name="Cornelis Vranzel-Oud").status == 303
    assert account(district, "colleague").person.name == "Cornelis Vranzel-Oud"
    assert "Cornelis Vranzel-Oud" in browser.get("/").text


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"name": ""}, "Enter the person's name."), ({"directory": "x" * 201}, "At most 200"), ({"name": "a\x00"}, "hidden character"),
])  # fmt: skip
def test_a_change_that_makes_no_sense_is_refused_and_keeps_what_was_typed(
    changes: dict[str, object], sentence: str, admin: Visitor, district: District
) -> None:
    before = account(district, "manager")
    page = edit(admin, district, "manager", **changes)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert sentence in page.text
    assert account(district, "manager") == before


def test_the_user_name_and_the_password_cannot_be_changed_here(admin: Visitor, district: District) -> None:
    before = account(district, "manager")
    assert edit(admin, district, "manager", username="root", password="x", disabled="1", by_groups="1", id="y").status == 303
    assert account(district, "manager") == before


def test_nobody_closes_their_own_account(admin: Visitor, district: District) -> None:
    answer = admin.post(path(district, "admin", "/disable"))
    assert answer.status == 403
    assert "another system administrator" in answer.text
    assert not account(district, "admin").disabled
    assert edit(admin, district, "admin", name="Admeta Fjordby-Lind").status == 303


def test_roles_that_come_from_the_directory_are_not_changed_here(admin: Visitor, district: District) -> None:
    posts = frozenset({Post(Role.COUNSELLOR, district.schools[CEDAR].id)})
    made = identities.account_for_groups(district.store, "fen", "Fen Newcomer", posts, district.actor())
    assert "They come from the groups of the district's directory." in admin.get(f"/people/{made.id}").text
    for answer in (
        admin.post(f"/people/{made.id}/posts", {"role": "Student Support Services", "school": ""}),
        admin.post(f"/people/{made.id}/posts/end", {"post": f"counsellor|{district.schools[CEDAR].id}"}),
    ):
        assert answer.status == 403
        assert "Change them there." in answer.text
    found = accounts.get(district.store, made.id)
    assert found
    assert found.person.posts == posts


def test_one_open_administrator_is_always_left(admin: Visitor, app: Flask, district: District) -> None:
    second = district.add_person("admin2", "Ottokar Fjordlund", {Role.ADMINISTRATOR}, "")
    other = Visitor(app).sign_in("admin2")
    assert other.post(path(district, "admin", "/disable")).status == 303
    accounts.set_disabled(district.store, second.id, True, district.actor())
    assert admin.get("/people").status == 303


def test_a_closed_account_is_told_apart_and_gets_no_link(admin: Visitor, stranger: Visitor, district: District) -> None:
    link = link_in(admin.post(path(district, "manager", "/link")))
    admin.post(path(district, "manager", "/disable"))
    assert stranger.get(link).status == 404, "links end with the account"
    assert "(closed)" in admin.get("/people").text
    assert "This account is closed" in admin.get(path(district, "manager")).text
    answer = admin.post(path(district, "manager", "/link"))
    assert answer.status == 403
    assert "Open it first" in answer.text


def test_closing_an_account_closes_a_link_that_is_open_in_a_browser(admin: Visitor, stranger: Visitor, district: District) -> None:
    link = link_in(admin.post(path(district, "manager", "/link")))
    stranger.get(link)
    admin.post(path(district, "manager", "/disable"))
    assert stranger.post(link, {"password": "quartz otter saddle"}).status == 404
    assert stranger.get("/").status == 303


def test_somebody_is_signed_out_everywhere(admin: Visitor, visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    assert "Signed in in 1 place" in admin.get(path(district, "manager")).text
    assert admin.post(path(district, "manager", "/sessions/end")).status == 303
    assert browser.get("/").status == 303
    assert not sessions.of(district.store, district.people["manager"].id)
    assert sign_in(browser, "manager").status == 303


def test_everything_that_was_done_to_an_account_is_in_the_audit_log_without_a_name(
    admin: Visitor, visitor: Visitors, district: District
) -> None:
    visitor("manager")
    edit(admin, district, "manager", name="Mirabeth Newname")
    for act in ("/sessions/end", "/link", "/forget", "/disable", "/enable"):
        admin.post(path(district, "manager", act))
    mine = [entry for entry in district.store.history(who=district.people["admin"].id) if entry.kind in ("account", "session", "link")]
    said = {entry.action: entry.fields for entry in mine}
    assert {"edit an account", "disable an account", "enable an account", "make a one-time link", "sign out"} <= set(said)
    assert set(said["edit an account"]) == {"name"}
    assert "Newname" not in repr(mine)


def test_nobody_but_an_administrator_reaches_any_of_it(visitor: Visitors, district: District) -> None:
    for username in set(district.people) - {"admin"}:
        browser = visitor(username)
        assert browser.get(path(district, "manager")).status == 404
        for act in ("", "/disable", "/enable", "/sessions/end", "/forget", "/link"):
            assert browser.post(path(district, "manager", act)).status == 404
    assert not account(district, "manager").disabled


def test_an_account_that_does_not_exist_is_no_page(admin: Visitor) -> None:
    for act in ("", "/disable", "/enable", "/sessions/end", "/forget", "/link"):
        assert admin.post(f"/people/nobody{act}").status == 404
    assert admin.get("/people/nobody").status == 404


def test_the_name_in_the_directory_is_kept_in_one_form(admin: Visitor, district: District) -> None:
    assert edit(admin, district, "manager", directory=" Mirabeth.Q@District.Example ").status == 303
    assert account(district, "manager").directory == "mirabeth.q@district.example"
    found = identities.listed(district.store, "MIRABETH.Q@district.example", "https://directory.example")
    assert found.person.id == district.people["manager"].id


def test_an_identity_belongs_to_one_account_until_it_is_forgotten(district: District) -> None:
    actor, issuer = district.actor(), "https://directory.example"
    for username in ("manager", "colleague"):
        identities.bind(district.store, district.people[username].id, issuer, "s-1", actor)
    found = identities.find(district.store, issuer, "s-1")
    assert found
    assert found.person.id == district.people["colleague"].id
    identities.forget(district.store, found.person.id, actor)
    assert identities.find(district.store, issuer, "s-1") is None
