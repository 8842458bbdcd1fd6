"""Sessions at their edges: how long they last, whose they are, what ends them, and what asks for a proof again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from forms_app.access import ROUTES
from forms_app.app import create_app
from forms_app.handbook import Handbook
from forms_app.permissions import Post
from forms_app.records import accounts, sessions
from forms_app.records.sessions import Limits
from forms_app.settings import BadSetting, Settings, from_environment
from forms_app.store import Store, new_key
from tests import district as districts
from tests.district import PASSWORD, District, FakeClock
from tests.signing_in import account
from tests.visitor import Visitor, sign_in

Visitors = Callable[[str], Visitor]


# How long


@pytest.mark.parametrize(("username", "seconds", "status"), [
    ("manager", 30 * 60, 200), ("manager", 30 * 60 + 1, 303), ("admin", 15 * 60, 200), ("admin", 15 * 60 + 1, 303), ("admin", 30 * 60, 303),
])  # fmt: skip
def test_a_session_ends_to_the_second_half_an_hour_unused_and_an_administrators_in_a_quarter(
    username: str, seconds: int, status: int, visitor: Visitors, clock: FakeClock
) -> None:
    browser = visitor(username)
    clock.move(seconds=seconds)
    assert browser.get("/dates").status == status


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (1, 303)])
def test_a_session_ends_to_the_second_ten_hours_after_it_began(seconds: int, status: int, visitor: Visitors, clock: FakeClock) -> None:
    browser = visitor("manager")
    for _ in range(24):
        clock.move(minutes=25)
        last = browser.get("/dates").status if _ < 23 else 0
        assert last in (0, 200)
    clock.move(seconds=seconds)
    assert browser.get("/dates").status == status


def test_the_page_says_how_long_an_unused_session_lasts_so_that_it_can_warn(visitor: Visitors) -> None:
    for username, minutes in (("manager", "30"), ("admin", "15")):
        page = visitor(username).get("/account")
        assert page.root.all("body")[0].attributes["data-idle"] == minutes
        assert page.has("staying")


def test_staying_signed_in_counts_as_use(visitor: Visitors, clock: FakeClock) -> None:
    browser = visitor("manager")
    for _ in range(3):
        clock.move(minutes=28)
        assert browser.get("/account/stay").status == 204
    assert browser.get("/dates").status == 200


def test_both_times_are_settings() -> None:
    assert (from_environment({}).idle, from_environment({}).longest) == (dt.timedelta(minutes=30), dt.timedelta(hours=10))
    settings = from_environment({"FORMS_APP_IDLE_MINUTES": "10", "FORMS_APP_SESSION_HOURS": "4"})
    assert (settings.idle, settings.longest, settings.administrators_idle) == (
        dt.timedelta(minutes=10),
        dt.timedelta(hours=4),
        dt.timedelta(minutes=10),
    )
    for name, value in (
        ("IDLE_MINUTES", "4"),
        ("IDLE_MINUTES", "1e3"),
        ("IDLE_MINUTES", "-5"),
        ("SESSION_HOURS", "25"),
        ("SESSION_HOURS", "²"),
        ("SESSION_HOURS", "9" * 500),
    ):
        with pytest.raises(BadSetting, match="whole number"):
            from_environment({f"FORMS_APP_{name}": value})


def test_the_records_hold_the_limits_that_they_are_given(store: Store, clock: FakeClock) -> None:
    secret = sessions.start(store, "somebody", clock())
    short = Limits(dt.timedelta(minutes=5), dt.timedelta(hours=1))
    assert sessions.resume(store, secret, clock() + dt.timedelta(minutes=5), short)
    assert sessions.resume(store, secret, clock() + dt.timedelta(minutes=20), short) is None


# Whose, and what ends them


def test_signing_in_again_in_the_same_browser_ends_the_session_before(visitor: Visitors, app: Flask, district: District) -> None:
    browser = visitor("manager")
    old = browser.client.get_cookie("session")
    assert old
    assert sign_in(browser, "colleague").status == 303 or browser.get("/sign-in").location == "/"
    browser.token = ""
    browser.get("/account")
    browser.post("/sign-in", {"username": "colleague", "password": PASSWORD})
    thief = Visitor(app)
    thief.client.set_cookie("session", old.value)
    assert thief.get("/").status == 303
    assert len(district.store.list("session")) == 1


def test_a_planted_cookie_is_not_taken_over(app: Flask, visitor: Visitors, district: District) -> None:
    """Whoever can set a cookie in a victim's browser gains nothing: signing in makes another session, and the planted one stays its owner's."""
    attacker = visitor("colleague")
    planted = attacker.client.get_cookie("session")
    assert planted
    victim = Visitor(app)
    victim.client.set_cookie("session", planted.value)
    victim.get("/account")
    victim.post("/sign-in", {"username": "manager", "password": PASSWORD})
    now = victim.client.get_cookie("session")
    assert now
    assert now.value != planted.value
    assert "Cornelis Vranzel" not in victim.get("/").text
    assert attacker.get("/").status == 303, "the planted session ended when its browser signed in as somebody else"


def test_everybody_sees_where_they_are_signed_in_and_ends_one_or_all_others(visitor: Visitors, app: Flask, district: District) -> None:
    here = visitor("manager")
    phone, laptop, other = Visitor(app), visitor("manager"), visitor("colleague")
    phone.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1"
    )
    phone.sign_in("manager")
    page = here.get("/account")
    assert "Safari on an iPhone" in page.text
    ends = [
        form.attributes["action"]
        for form in page.root.all("form")
        if "/account/sessions/" in form.attributes["action"] and form.attributes["action"] != "/account/sessions/end"
    ]
    assert len(ends) == 2
    row = next(one for one in page.root.all("li") if "iPhone" in one.text)
    assert here.post(row.all("form")[0].attributes["action"]).status == 303
    assert [browser.get("/").status for browser in (here, phone, laptop, other)] == [200, 303, 200, 200]
    assert here.post("/account/sessions/end").status == 303
    assert [browser.get("/").status for browser in (here, laptop, other)] == [200, 303, 200]
    assert "signed in nowhere else" in here.get("/account").text


def test_nobody_ends_a_session_of_somebody_else(visitor: Visitors, district: District) -> None:
    mine, theirs = visitor("manager"), visitor("colleague")
    [session] = sessions.of(district.store, district.people["colleague"].id)
    for key in (session.id[:16], session.id, "x", "%00"):
        assert mine.post(f"/account/sessions/{key}/end").status in (404, 405)
    assert theirs.get("/").status == 200


def test_disabling_an_account_ends_its_sessions_at_once_and_enabling_brings_none_back(
    visitor: Visitors, stranger: Visitor, district: District
) -> None:
    browser, admin = visitor("manager"), visitor("admin")
    assert admin.post(f"/people/{district.people['manager'].id}/disable").status == 303
    assert not sessions.of(district.store, district.people["manager"].id)
    assert browser.get("/").status == 303
    assert sign_in(stranger, "manager").status == 422
    assert admin.post(f"/people/{district.people['manager'].id}/enable").status == 303
    assert browser.get("/").status == 303
    assert sign_in(stranger, "manager").status == 303


def test_of_a_thousand_replays_after_signing_out_none_works(visitor: Visitors, app: Flask) -> None:
    browser = visitor("manager")
    cookie = browser.client.get_cookie("session")
    assert cookie
    browser.sign_out()
    thief = Visitor(app)
    worked = 0
    for _ in range(1000):
        thief.client.set_cookie("session", cookie.value)
        worked += thief.client.get("/account/stay").status_code == 204
    assert worked == 0


def test_a_lost_role_is_lost_with_the_next_page(visitor: Visitors, district: District) -> None:
    browser = visitor("sss")
    assert browser.get("/dates").text.count("Announce") > 0
    person = account(district, "sss").person
    accounts.follow_directory(district.store, person.id, frozenset({Post(districts.Role.PSYCHOLOGIST)}), district.actor())
    assert browser.post("/dates").status == 404


# Behind TLS


@pytest.fixture
def behind_tls(store: Store, clock: FakeClock, book: Handbook, tmp_path: Path) -> Flask:
    app = create_app(
        Settings(data=tmp_path, https=True, url="https://checklist.example.ca", hosts=("checklist.example.ca",)),
        store,
        new_key(),
        clock,
        book,
    )
    districts.make(store, book, clock)
    return app


def test_behind_tls_every_cookie_is_bound_to_this_host_and_to_tls(behind_tls: Flask) -> None:
    client = behind_tls.test_client()
    base = "https://checklist.example.ca"
    page = client.get("/sign-in", base_url=base)
    token = page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/sign-in", base_url=base, data={"username": "manager", "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 303
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-session", "__Host-browser"}
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert not [part for part in parts if part.startswith("Domain")]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


# Asked again


def test_what_cannot_be_taken_back_is_marked_in_the_table() -> None:
    fresh = {endpoint for (endpoint, _), rule in ROUTES.items() if rule.fresh}
    assert fresh == {
        "people.add", "people.save", "people.disable", "people.enable", "people.forget_directory", "people.new_link", "people.require",
        "account.app", "account.begin_app", "account.confirm_app", "account.remove_app", "account.new_recovery_codes",
        "passkeys.new", "passkeys.add_options", "passkeys.add", "passkeys.remove",
        "posts.add", "posts.end", "whole_record.download", "breach.download", "disposals.propose", "disposals.review",
    }  # fmt: skip


def test_five_minutes_after_signing_in_a_dangerous_act_asks_who_it_is_and_not_before(visitor: Visitors, clock: FakeClock) -> None:
    admin = visitor("admin")
    clock.move(minutes=5)
    assert admin.post("/people").status == 422
    clock.move(seconds=1)
    assert admin.post("/people").status == 403


def form(district: District) -> dict[str, str]:
    return {"name": "Fen Newcomer", "username": "fen", "roles": "case manager", "school": district.schools[districts.CEDAR].id}


def test_with_the_password_the_very_form_goes_on_and_nothing_typed_is_lost(visitor: Visitors, clock: FakeClock, district: District) -> None:
    admin = visitor("admin")
    clock.move(minutes=6)
    asked = admin.post("/people", form(district))
    assert asked.status == 403
    assert "Nothing was changed yet" in asked.text
    assert accounts.find(district.store, "fen") is None
    wrong = admin.post("/people", {**asked.form("/people"), "confirm_password": "wrong"})
    assert wrong.status == 403
    assert wrong.title.startswith("Error:")
    assert "not right" in wrong.text
    assert accounts.find(district.store, "fen") is None
    done = admin.post("/people", {**wrong.form("/people"), "confirm_password": PASSWORD})
    assert done.status == 200
    assert accounts.find(district.store, "fen")
    assert admin.post("/people", {**form(district), "username": "fen2"}).status == 200, "fresh for five minutes more"


def test_a_page_that_asks_first_opens_after_the_password(visitor: Visitors, clock: FakeClock) -> None:
    browser = visitor("manager")
    clock.move(minutes=6)
    asked = browser.get("/account/app")
    assert asked.status == 403
    assert asked.kept("next") == "/account/app"
    assert browser.post("/account/confirm", {"confirm_password": "wrong", "next": "/account/app"}).status == 422
    done = browser.post("/account/confirm", {"confirm_password": PASSWORD, "next": "/account/app"})
    assert done.location == "/account/app"
    assert browser.get("/account/app").status == 200


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y", "/%0d%0a"]
)
def test_proving_it_again_never_leads_to_another_host(target: str, visitor: Visitors) -> None:
    browser = visitor("manager")
    assert browser.post("/account/confirm", {"confirm_password": PASSWORD, "next": target}).location == "/account"


@pytest.mark.parametrize("pair", [pair for pair, rule in ROUTES.items() if rule.fresh], ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_no_dangerous_route_can_be_used_without_the_proof(
    pair: tuple[str, str], app: Flask, visitor: Visitors, clock: FakeClock, district: District
) -> None:
    endpoint, method = pair
    rule = next(one for one in app.url_map.iter_rules() if one.endpoint == endpoint and method in (one.methods or ()))
    path = (
        rule.rule.replace("<account_id>", district.people["manager"].id)
        .replace("<key>", "x")
        .replace("<student_id>", district.students["own"])
    )
    browser = visitor("principal" if endpoint.startswith(("whole_record", "breach", "disposals")) else "admin")
    clock.move(minutes=6)
    before = [entry for entry in district.store.history(limit=3) if entry.action != "stay signed in"]
    answer = browser.get(path) if method == "GET" else browser.post(path, {"confirm_password": "wrong"})
    assert answer.status == 403
    assert "Is it you?" in answer.title
    after = [
        entry
        for entry in district.store.history(limit=20)
        if entry.action not in ("stay signed in", "refuse a password", "count a refused sign-in")
    ]
    assert after[0] == before[0]


def test_an_old_proof_does_not_help_a_session_that_began_elsewhere(visitor: Visitors, clock: FakeClock) -> None:
    first = visitor("admin")
    clock.move(minutes=6)
    second = visitor("admin")
    assert (first.post("/people").status, second.post("/people").status) == (403, 422)


def test_no_page_gives_back_a_password_that_was_typed_to_confirm(visitor: Visitors, clock: FakeClock) -> None:
    browser = visitor("admin")
    clock.move(minutes=6)
    for path in ("/people", "/account/confirm"):
        assert "my secret passphrase" not in browser.post(path, {"confirm_password": "my secret passphrase"}).html
