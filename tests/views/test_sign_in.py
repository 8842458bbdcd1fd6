"""Signing in, staying signed in, signing out, and one-time links."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from itsdangerous import base64_decode

from forms_app.demo import QUICK
from forms_app.permissions import Role
from forms_app.records import accounts, links, sessions
from forms_app.records.actor import Actor
from forms_app.store import Store
from tests.district import PASSWORD, District, FakeClock
from tests.visitor import Page, Visitor, sign_in, without_token

Visitors = Callable[[str], Visitor]


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """New passwords are hashed lightly here, but for the tests about hashing itself; checking follows whatever a hash says."""
    monkeypatch.setattr("forms_app.views.welcome.HASHER", QUICK)


GOOD = "quartz otter saddle"


def secret_of(browser: Visitor) -> str:
    with browser.client.session_transaction() as session:
        return str(session["session"])


# Signing in


def test_who_signs_in_sees_their_students(stranger: Visitor, district: District) -> None:
    answer = sign_in(stranger, "manager")
    assert (answer.status, answer.location) == (303, "/")
    page = stranger.get("/")
    assert "Mirabeth Quoxley" in page.text
    assert "Quillon Zephyrine" in page.text


@pytest.mark.parametrize("username", ["manager", " MANAGER ", "Manager", "ｍanager"])
def test_a_user_name_is_the_same_in_capitals_and_with_a_space_around_it(username: str, stranger: Visitor, district: District) -> None:
    assert sign_in(stranger, username).status == 303


WRONG = [
    ("manager", "wrong"), ("nobody", PASSWORD), ("manager", PASSWORD.upper()), ("manager", PASSWORD + " "), ("manager\x00", PASSWORD), ("' OR 1=1 --", "x"),
    ("*", "*"), ("manager", "x" * 1001), ("x" * 201, PASSWORD), ("manager", "\x00"),
]  # fmt: skip


@pytest.mark.parametrize(("username", "password"), WRONG)
def test_an_unknown_user_and_a_wrong_password_are_answered_alike(
    username: str, password: str, stranger: Visitor, district: District
) -> None:
    answer = sign_in(stranger, username, password)
    wrong = sign_in(stranger, "manager", "wrong")
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert "The user name or the password is not right." in answer.text
    if len(username) <= 200 and len(password) <= 1000:
        assert _without_what_was_typed(answer) == _without_what_was_typed(wrong)
    assert stranger.get("/").status == 303


@pytest.mark.parametrize(("username", "password"), [("manager", ""), ("", ""), ("", PASSWORD)])
def test_an_empty_field_is_asked_for(username: str, password: str, stranger: Visitor, district: District) -> None:
    answer = sign_in(stranger, username, password)
    assert answer.status == 422
    assert "Enter your user name and your password." in answer.text


def _without_what_was_typed(page: Page) -> str:
    return re.sub(r'(name="username"[^>]*?) value="[^"]*"', r"\1", without_token(page))


def test_an_unknown_user_takes_as_long_as_a_wrong_password(stranger: Visitor, district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account of the test is hashed lightly, so what is compared is whether a hash is checked at all, and which."""
    checked = []
    monkeypatch.setattr("forms_app.views.sign_in.check_password", lambda hashed, password: bool(checked.append(hashed)))
    for username in ("manager", "nobody"):
        sign_in(stranger, username, "wrong")
    assert len(checked) == 2
    assert all(hashed.startswith("$argon2id$") for hashed in checked)
    assert "m=65536" in checked[1], "nobody's costs as much as a real one"


def test_an_account_without_a_password_yet_cannot_be_signed_in_to(stranger: Visitor, district: District) -> None:
    accounts.create(
        district.store, "fresh", "Fresh Testwood", frozenset({Role.PRINCIPAL}), district.people["principal"].school, "", district.actor()
    )
    for password in ("", PASSWORD, "nobody has this password"):
        assert sign_in(stranger, "fresh", password).status == 422


def test_a_disabled_account_is_out_at_once(visitor: Visitors, stranger: Visitor, district: District) -> None:
    browser = visitor("manager")
    district.store.change(
        "account",
        district.people["manager"].id,
        lambda db: db.table("account").update({"disabled": True}),
        district.actor().entry("disable"),
    )
    assert browser.get("/").status == 303
    assert sign_in(stranger, "manager").status == 422


def test_a_wrong_password_is_not_given_back(stranger: Visitor, district: District) -> None:
    answer = sign_in(stranger, "manager", "hunter2hunter2")
    assert "hunter2" not in answer.html
    assert answer.kept("username") == "manager"


EVIL = [
    "//evil.example", "https://evil.example", "https:evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "javascript:alert(1)", "/ /evil.example", "evil.example",
    "/\tevil", "///evil.example", "/sign-in\r\nX-Bad: yes", "http:///evil.example", "/@evil.example/..//evil.example\x00", "data:text/html,x",
]  # fmt: skip


@pytest.mark.parametrize("target", EVIL)
def test_signing_in_never_leads_to_another_host(target: str, stranger: Visitor, district: District) -> None:
    shown = (
        stranger.get("/sign-in")
        if "\x00" in target or "\r" in target
        else Page(stranger.client.get("/sign-in", query_string={"next": target}))
    )
    assert "evil" not in shown.kept("next")
    answer = sign_in(stranger, "manager", next=target)
    assert answer.status == 303
    parts = urlsplit(answer.location)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))
    assert "X-Bad" not in answer.headers


@pytest.mark.parametrize("target", ["/dates", "/items/iep.develop", "/students/new"])
def test_signing_in_leads_to_the_page_that_was_wanted(target: str, stranger: Visitor, district: District) -> None:
    assert stranger.get(target).location.startswith("/sign-in?next=")
    assert sign_in(stranger, "manager", next=target).location == target


def test_a_wrong_password_does_not_forget_where_one_wanted_to_go(stranger: Visitor, district: District) -> None:
    assert sign_in(stranger, "manager", "wrong", next="/dates").kept("next") == "/dates"


def test_who_is_signed_in_is_led_past_the_sign_in_page(manager: Visitor) -> None:
    assert manager.get("/sign-in").location == "/"


def test_a_session_from_before_signing_in_is_not_taken_over(stranger: Visitor, visitor: Visitors, district: District) -> None:
    stranger.get("/sign-in")
    with stranger.client.session_transaction() as session:
        session["session"] = "planted"
    sign_in(stranger, "manager")
    assert secret_of(stranger) != "planted"
    first = secret_of(stranger)
    sign_in(stranger, "manager")
    assert secret_of(stranger) != first or stranger.get("/").status == 200


# Staying, and leaving


def test_signing_out_ends_the_session_and_the_old_cookie_is_dead(visitor: Visitors, app: Flask) -> None:
    browser = visitor("manager")
    cookie = browser.client.get_cookie("session")
    assert cookie
    assert browser.sign_out().location == "/sign-in"
    assert browser.get("/").status == 303
    thief = Visitor(app)
    thief.client.set_cookie("session", cookie.value)
    assert thief.get("/").status == 303


def test_signing_out_here_leaves_the_other_device_signed_in(visitor: Visitors) -> None:
    laptop, phone = visitor("manager"), visitor("manager")
    laptop.sign_out()
    assert phone.get("/").status == 200


def test_signing_out_takes_a_token_and_a_form(visitor: Visitors) -> None:
    browser = visitor("manager")
    assert browser.get("/sign-out").status == 405
    assert browser.post("/sign-out", {"csrf_token": ""}).status == 400
    assert browser.get("/").status == 200


@pytest.mark.parametrize(("minutes", "status"), [(25, 200), (29, 200), (31, 303), (60, 303)])
def test_half_an_hour_without_a_press_ends_the_session(minutes: int, status: int, visitor: Visitors, clock: FakeClock) -> None:
    browser = visitor("manager")
    clock.move(minutes=minutes)
    assert browser.get("/").status == status


def test_who_keeps_working_stays_signed_in_but_not_beyond_ten_hours(visitor: Visitors, clock: FakeClock) -> None:
    browser = visitor("manager")
    for _ in range(23):
        clock.move(minutes=26)
        assert browser.get("/").status == 200
    clock.move(minutes=3)  # 10 hours and a minute since signing in
    assert browser.get("/").status == 303


def test_a_session_that_ended_stays_ended_when_the_clock_goes_back(visitor: Visitors, clock: FakeClock) -> None:
    browser = visitor("manager")
    clock.move(minutes=31)
    assert browser.get("/").status == 303
    clock.move(minutes=-31)
    assert browser.get("/").status == 303


def test_the_secret_of_a_session_is_not_in_the_store(visitor: Visitors, store: Store) -> None:
    secret = secret_of(visitor("manager"))
    assert len(secret) >= 43, "256 bits"
    [kept] = store.list("session")
    document = store.get("session", kept.id)
    assert document
    everything = repr((kept, document.db.table("session").all(), store.history()))
    assert secret not in everything
    assert sessions.resume(store, kept.id, dt.datetime(2026, 11, 24, 20, 1, tzinfo=dt.UTC)) is None, (
        "what the store holds is no secret to sign in with"
    )


def test_the_cookie_says_nothing_about_anybody(visitor: Visitors, district: District) -> None:
    cookie = visitor("manager").client.get_cookie("session")
    assert cookie
    body = cookie.value.partition(".")[0] if not cookie.value.startswith(".") else cookie.value.split(".")[1]
    assert not [name for name in [*district.names(), "manager", district.people["manager"].id] if name.encode() in base64_decode(body)]


def test_every_sign_in_and_sign_out_is_in_the_audit_log(visitor: Visitors, district: District) -> None:
    visitor("manager").sign_out()
    mine = [entry.action for entry in district.store.history(who=district.people["manager"].id)]
    assert mine[:2] == ["sign out", "sign in"]


# One-time links


def first_link(store: Store, clock: FakeClock) -> str:
    return "/welcome/" + links.create(store, links.FIRST_ADMINISTRATOR, "", Actor("serve", clock()))


def reset_link(district: District, username: str) -> str:
    return "/welcome/" + links.create(district.store, links.SET_PASSWORD, district.people[username].id, district.actor())


def test_the_first_administrator_makes_their_account_with_the_link_and_is_signed_in(
    stranger: Visitor, store: Store, clock: FakeClock
) -> None:
    link = first_link(store, clock)
    assert "Make the first account" in stranger.get(link).text
    answer = stranger.post(link, {"name": "Otto Erstwhile", "username": "otto", "password": GOOD})
    assert (answer.status, answer.location) == (303, "/")
    assert "You keep accounts and schools" in stranger.get("/").text
    [account] = accounts.everyone(store)
    assert account.person.roles == {Role.ADMINISTRATOR}


def test_a_link_works_once(stranger: Visitor, app: Flask, store: Store, clock: FakeClock) -> None:
    link = first_link(store, clock)
    form = {"name": "Otto Erstwhile", "username": "otto", "password": GOOD}
    assert stranger.post(link, form).status == 303
    for browser in (stranger, Visitor(app)):
        page = browser.get(link)
        assert page.status == 404
        assert "This link has ended" in page.text
        assert browser.post(link, {**form, "username": "second"}).status == 404
    assert len(accounts.everyone(store)) == 1


@pytest.mark.parametrize(("hours", "status"), [(71, 200), (73, 404)])
def test_a_link_ends_after_three_days(hours: int, status: int, stranger: Visitor, store: Store, clock: FakeClock) -> None:
    link = first_link(store, clock)
    clock.move(hours=hours)
    assert stranger.get(link).status == status


def test_a_link_that_is_opened_by_a_program_that_looks_at_links_still_works(stranger: Visitor, store: Store, clock: FakeClock) -> None:
    link = first_link(store, clock)
    for _ in range(3):
        assert stranger.get(link).status == 200
    assert stranger.client.head(link).status_code == 200


def test_only_the_first_administrator_is_made_this_way(stranger: Visitor, store: Store, clock: FakeClock) -> None:
    link = first_link(store, clock)
    accounts.create(store, "jo", "Jo Earlier", frozenset({Role.ADMINISTRATOR}), "", "", Actor("cli", clock()))
    assert stranger.get(link).status == 404, "somebody made an administrator meanwhile, so there is no first one to make any more"
    stranger.post(link, {"name": "Otto Erstwhile", "username": "otto", "password": GOOD})
    assert [account.person.username for account in accounts.everyone(store)] == ["jo"]


def test_a_new_link_ends_the_earlier_one(stranger: Visitor, store: Store, clock: FakeClock) -> None:
    earlier, later = first_link(store, clock), first_link(store, clock)
    assert (stranger.get(earlier).status, stranger.get(later).status) == (404, 200)


@pytest.mark.parametrize("token", ["x", "..", "%00", "x" * 5000, "a%2fb", "' OR 1=1"])
def test_a_made_up_link_has_ended(token: str, stranger: Visitor, district: District) -> None:
    assert stranger.get(f"/welcome/{token}").status == 404
    assert stranger.post(f"/welcome/{token}", {"password": GOOD}).status == 404


WEAK = [
    ("", "at least 12 characters"), ("elevenchars", "Yours has 11"), ("x" * 201, "at most 200"), ("aaaaaaaaaaaaaaaa", "easy to guess"), ("password1234", "easy to guess"),
    ("Welcome12345", "easy to guess"), ("123456123456", "easy to guess"), ("passwordpassword", "easy to guess"), ("QwertyQwerty12", "easy to guess"), ("abababababab", "easy to guess"),
]  # fmt: skip


@pytest.mark.parametrize(("password", "sentence"), WEAK)
def test_a_password_that_is_too_short_or_too_easy_is_refused_and_the_link_still_works(
    password: str, sentence: str, stranger: Visitor, store: Store, clock: FakeClock
) -> None:
    link = first_link(store, clock)
    answer = stranger.post(link, {"name": "Otto Erstwhile", "username": "otto", "password": password})
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert answer.kept("name") == "Otto Erstwhile"
    assert not accounts.everyone(store)
    assert stranger.post(link, {"name": "Otto Erstwhile", "username": "otto", "password": GOOD}).status == 303


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Ünïcödé-Pässwörd",
        "🌲🌊🦦🐻🦅🐋 forest",
        " space at both ends ",
        "e\u0301te\u0301 a\u0300 la mer",
        "x1" * 4 + "yzabcd",
        "q" * 100 + "wertz",
    ],
)
def test_a_password_of_any_letters_works_exactly_as_it_was_chosen(
    password: str, stranger: Visitor, app: Flask, store: Store, clock: FakeClock
) -> None:
    link = first_link(store, clock)
    assert stranger.post(link, {"name": "Otto Erstwhile", "username": "otto", "password": password}).status == 303
    assert sign_in(Visitor(app), "otto", password).status == 303
    assert sign_in(Visitor(app), "otto", password.strip() + "x").status == 422


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("name", "", "Enter your name"), ("name", "x" * 101, "At most 100"), ("name", "a\x00", "hidden character"), ("username", "", "Choose a user name"), ("username", "a\u202eb", "hidden character"),
])  # fmt: skip
def test_the_first_account_has_a_name_and_a_user_name(
    field: str, value: str, sentence: str, stranger: Visitor, store: Store, clock: FakeClock
) -> None:
    answer = stranger.post(first_link(store, clock), {"name": "Otto", "username": "otto", "password": GOOD, field: value})
    assert answer.status == 422
    assert sentence in answer.text


def test_a_password_is_kept_only_as_an_argon2id_hash(stranger: Visitor, store: Store, clock: FakeClock) -> None:
    stranger.post(first_link(store, clock), {"name": "Otto", "username": "otto", "password": GOOD})
    account = accounts.find(store, "otto")
    assert account
    assert account.password_hash.startswith("$argon2id$")
    assert GOOD not in repr([store.history(), store.list("account"), account])
    assert "argon2" not in repr(store.list("account")), "lists of people carry no hash"


def test_setting_a_new_password_ends_every_session_and_the_old_password(
    visitor: Visitors, stranger: Visitor, app: Flask, district: District
) -> None:
    laptop, phone = visitor("manager"), visitor("manager")
    link = reset_link(district, "manager")
    assert "Mirabeth Quoxley" in stranger.get(link).text
    assert stranger.post(link, {"password": GOOD}).status == 303
    assert [browser.get("/").status for browser in (laptop, phone, stranger)] == [303, 303, 200]
    assert sign_in(Visitor(app), "manager", PASSWORD).status == 422
    assert sign_in(Visitor(app), "manager", GOOD).status == 303


def test_a_link_for_one_person_says_nothing_of_another_and_changes_only_theirs(stranger: Visitor, app: Flask, district: District) -> None:
    link = reset_link(district, "manager")
    assert stranger.post(link, {"password": GOOD, "username": "admin", "account": district.people["admin"].id, "name": "x"}).status == 303
    assert sign_in(Visitor(app), "admin").status == 303
    assert district.store.list("account")
    account = accounts.get(district.store, district.people["manager"].id)
    assert account
    assert account.person.name == "Mirabeth Quoxley"


def test_the_token_of_a_link_is_not_in_the_store(store: Store, clock: FakeClock) -> None:
    token = first_link(store, clock).rpartition("/")[2]
    assert token not in repr([(one, store.get("link", one.id)) for one in store.list("link")])
    assert token not in repr(store.history())
    assert len(token) >= 32


def test_checking_a_password_takes_long_enough_to_make_guessing_slow() -> None:
    from forms_app.views.sign_in import HASHER

    began = time.perf_counter()
    HASHER.hash(GOOD)
    assert time.perf_counter() - began > 0.02
    assert HASHER.memory_cost >= 19 * 1024


def test_of_two_tabs_that_are_opened_at_once_after_signing_in_each_can_send_its_form(
    app: Flask, visitor: Visitors, district: District
) -> None:
    """Both ask with the cookie as it was given at sign-in, before the answer to the other came."""
    signed_in = visitor("manager").client.get_cookie("session")
    assert signed_in
    tabs = [Visitor(app), Visitor(app)]
    for tab in tabs:
        tab.client.set_cookie("session", signed_in.value)
        tab.get("/")
    tabs[0].client.set_cookie("session", tabs[1].client.get_cookie("session").value)  # type: ignore[union-attr]
    path = f"/students/{district.students['own']}"
    assert [
        tab.post(f"{path}/marks", {"tick": f"{item}|"}).status for tab, item in zip(tabs, ("iep.develop", "iep.monitor"), strict=True)
    ] == [303, 303]
