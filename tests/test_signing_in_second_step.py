"""The second step: codes from an app, recovery codes, whom an administrator requires one of, and one-time links beside them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from forms_app.demo import QUICK
from forms_app.permissions import Role
from forms_app.records import accounts, factors, policy
from forms_app.records.actor import Actor
from tests.district import PASSWORD, District, FakeClock
from tests.signing_in import GOOD, account, code, give_app, give_codes, link_in, to_second_step
from tests.visitor import Page, Visitor, sign_in

Visitors = Callable[[str], Visitor]


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.views.welcome.HASHER", QUICK)


def enter(browser: Visitor, typed: str) -> Page:
    answer = browser.post("/sign-in/second-step", {"one_time_code": typed})
    if answer.status == 303:
        browser.token = ""  # of the session before
    return answer


# Codes from an app


def test_after_the_password_the_code_is_asked_for_and_only_then_anybody_is_in(stranger: Visitor, district: District) -> None:
    secret = give_app(district, "manager")
    page = to_second_step(stranger, "manager")
    assert "Six digits from your authenticator app" in page.text
    assert stranger.get("/").status == 303, "the password alone opens nothing"
    assert enter(stranger, code(district, secret)).location == "/"
    assert stranger.get("/").status == 200


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 422), (0, 303), (1, 303), (2, 422)])
def test_a_code_counts_half_a_minute_early_or_late(steps: int, status: int, stranger: Visitor, district: District) -> None:
    secret = give_app(district, "manager")  # with the code of the step before, which is therefore used up
    to_second_step(stranger, "manager")
    assert enter(stranger, code(district, secret, steps)).status == status


def test_the_code_of_the_step_before_counts_when_it_was_not_used(stranger: Visitor, district: District, clock: FakeClock) -> None:
    secret = give_app(district, "manager")
    clock.move(seconds=30)
    to_second_step(stranger, "manager")
    assert enter(stranger, code(district, secret, -1)).status == 303


def test_a_code_works_once(stranger: Visitor, app: Flask, district: District) -> None:
    secret = give_app(district, "manager")
    for browser, status in ((stranger, 303), (Visitor(app), 422)):
        to_second_step(browser, "manager")
        assert enter(browser, code(district, secret)).status == status


def test_an_earlier_code_is_dead_once_a_later_one_was_used(stranger: Visitor, app: Flask, district: District, clock: FakeClock) -> None:
    secret = give_app(district, "manager")
    clock.move(minutes=1)
    to_second_step(stranger, "manager")
    assert enter(stranger, code(district, secret, 1)).status == 303
    other = Visitor(app)
    to_second_step(other, "manager")
    assert enter(other, code(district, secret)).status == 422


@pytest.mark.parametrize(
    "typed", ["", " ", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "²²²²²²", "000000", "-00001", "1e5", "x" * 101, "\x00", "' OR 1"]
)
def test_what_is_no_code_is_refused_in_words(typed: str, stranger: Visitor, district: District) -> None:
    give_app(district, "manager")
    to_second_step(stranger, "manager")
    page = enter(stranger, typed)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert stranger.get("/").status == 303


def test_a_code_may_be_typed_with_a_space_in_it(stranger: Visitor, district: District) -> None:
    secret = give_app(district, "manager")
    to_second_step(stranger, "manager")
    digits = code(district, secret)
    assert enter(stranger, f" {digits[:3]} {digits[3:]} ").status == 303


def test_the_second_step_waits_ten_minutes_and_belongs_to_the_browser_with_the_password(
    stranger: Visitor, app: Flask, district: District, clock: FakeClock
) -> None:
    secret = give_app(district, "manager")
    assert Visitor(app).get("/sign-in/second-step").location == "/sign-in"
    to_second_step(stranger, "manager")
    clock.move(minutes=11)
    assert enter(stranger, code(district, secret)).location == "/sign-in"
    assert stranger.get("/").location.startswith("/sign-in")


def test_the_cookie_of_the_second_step_cannot_be_used_again(stranger: Visitor, app: Flask, district: District, clock: FakeClock) -> None:
    secret = give_app(district, "manager")
    to_second_step(stranger, "manager")
    cookie = stranger.client.get_cookie("session")
    assert cookie
    enter(stranger, code(district, secret))
    thief = Visitor(app)
    thief.client.set_cookie("session", cookie.value)
    assert thief.get("/sign-in/second-step").location == "/sign-in"


def test_the_page_that_was_wanted_comes_after_the_second_step(stranger: Visitor, district: District) -> None:
    secret = give_app(district, "manager")
    sign_in(stranger, "manager", next="/dates")
    stranger.token = ""
    stranger.get("/sign-in/second-step")
    assert enter(stranger, code(district, secret)).location == "/dates"


def test_a_closed_account_gets_no_further_with_a_code(stranger: Visitor, district: District) -> None:
    secret = give_app(district, "manager")
    to_second_step(stranger, "manager")
    accounts.set_disabled(district.store, district.people["manager"].id, True, district.actor())
    assert enter(stranger, code(district, secret)).location == "/sign-in"


def test_a_secret_without_its_first_code_is_not_in_use(stranger: Visitor, district: District, clock: FakeClock) -> None:
    actor = district.actor("manager")
    factors.begin_app(district.store, actor.id, actor)
    assert sign_in(stranger, "manager").location == "/"
    secret = account(district, "manager").factors.setting_up
    clock.move(minutes=16)
    assert not factors.confirm_app(district.store, actor.id, code(district, secret), Actor(actor.id, clock()))


# Recovery codes


def test_each_recovery_code_lets_in_once_however_it_is_typed(stranger: Visitor, app: Flask, district: District) -> None:
    give_app(district, "manager")
    codes = give_codes(district, "manager")
    assert len(codes) == len(set(codes)) == 10
    for typed, status in ((codes[0].upper().replace("-", " "), 303), (codes[0], 422), (codes[9], 303)):
        browser = Visitor(app)
        to_second_step(browser, "manager")
        assert enter(browser, typed).status == status
    assert account(district, "manager").factors.recovery_codes == 8


def test_new_recovery_codes_end_the_old_ones_and_none_is_in_the_store(stranger: Visitor, district: District) -> None:
    give_app(district, "manager")
    old, new = give_codes(district, "manager"), give_codes(district, "manager")
    to_second_step(stranger, "manager")
    assert enter(stranger, old[0]).status == 422
    assert enter(stranger, new[0]).status == 303
    document = district.store.get("account", district.people["manager"].id)
    assert document
    assert not [
        one
        for one in [*old, *new]
        if one in repr([document.db.table("recovery codes").all(), district.store.history(), district.store.list("account")])
    ]


def test_a_recovery_code_of_somebody_else_is_worth_nothing(stranger: Visitor, district: District) -> None:
    give_app(district, "manager")
    give_app(district, "colleague")
    theirs = give_codes(district, "colleague")
    to_second_step(stranger, "manager")
    assert enter(stranger, theirs[0]).status == 422


def test_lists_of_people_carry_no_secret_of_a_factor(district: District) -> None:
    secret = give_app(district, "manager")
    assert secret not in repr([accounts.everyone(district.store), district.store.list("account"), district.store.history()])


# Whom an administrator requires one of


@pytest.fixture
def required(district: District) -> District:
    policy.require_second_factor(district.store, frozenset({Role.CASE_MANAGER}), district.actor())
    return district


def test_whose_role_needs_a_second_step_can_open_nothing_before_they_have_one(
    visitor: Visitors, required: District, clock: FakeClock
) -> None:
    browser = visitor("manager")
    for path in ("/", "/dates", f"/students/{required.students['own']}", "/items/iep.develop"):
        assert browser.get(path).location == "/account", path
    assert "Set up a second step first" in browser.get("/account").text
    page = browser.post(f"/students/{required.students['own']}/marks", {"tick": "iep.develop|"})
    assert page.status == 403
    assert "second step" in page.text
    assert not required.marks(required.students["own"], "iep.develop")
    assert browser.get("/privacy").status == 200
    browser.post("/account/app/begin")
    secret = account(required, "manager").factors.setting_up
    assert "recovery codes" in browser.post("/account/app", {"one_time_code": code(required, secret)}).text
    assert browser.get("/").status == 200


def test_htmx_is_led_to_the_account_page_as_a_whole(visitor: Visitors, required: District) -> None:
    answer = visitor("manager").get(f"/students/{required.students['own']}/items/iep.develop", HX_Request="true")
    assert (answer.status, answer.headers["HX-Redirect"]) == (204, "/account")


def test_the_rule_holds_from_the_next_page_on_also_for_who_is_signed_in_already(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    assert browser.get("/").status == 200
    policy.require_second_factor(district.store, frozenset({Role.CASE_MANAGER}), district.actor())
    assert browser.get("/").location == "/account"
    policy.require_second_factor(district.store, frozenset(), district.actor())
    assert browser.get("/").status == 200


def test_other_roles_sign_in_as_ever(visitor: Visitors, required: District) -> None:
    for username in ("principal", "sss", "admin", "counsellor"):
        assert visitor(username).get("/").status == 200


def test_the_last_factor_of_a_role_that_needs_one_stays(stranger: Visitor, required: District) -> None:
    secret = give_app(required, "manager")
    to_second_step(stranger, "manager")
    enter(stranger, code(required, secret))
    answer = stranger.post("/account/app/remove")
    assert answer.status == 409
    assert "Add a passkey first" in answer.text
    assert account(required, "manager").factors.app_since


def test_the_administrator_says_which_roles_and_it_is_in_the_audit_log(visitor: Visitors, district: District) -> None:
    admin = visitor("admin")
    assert admin.post("/people/second-factor", {"required": ["principal", "case manager"]}).status == 303
    assert policy.roles_with_second_factor(district.store) == {Role.PRINCIPAL, Role.CASE_MANAGER}
    checked = [one.attributes["value"] for one in admin.get("/people").root.all("input", name="required") if "checked" in one.attributes]
    assert set(checked) == {"principal", "case manager"}
    entry = district.store.history("policy")[0]
    assert (entry.who, entry.fields) == (district.people["admin"].id, ("case manager", "principal"))
    assert admin.post("/people/second-factor", {"required": "king"}).status == 422
    assert admin.post("/people/second-factor").status == 303
    assert not policy.roles_with_second_factor(district.store)
    assert visitor("principal").post("/people/second-factor", {"required": []}).status == 404


# One-time links beside a second step


@pytest.mark.parametrize(("choice", "location"), [("keep", "/sign-in/second-step"), ("clear", "/")])
def test_a_one_time_link_keeps_or_clears_the_second_step_as_the_administrator_said(
    choice: str, location: str, visitor: Visitors, stranger: Visitor, app: Flask, district: District
) -> None:
    secret = give_app(district, "manager")
    link = link_in(visitor("admin").post(f"/people/{district.people['manager'].id}/link", {"factors": choice}))
    answer = stranger.post(link, {"password": GOOD})
    assert answer.location == location, "a stolen link alone does not pass the second step"
    assert account(district, "manager").factors.any == (choice == "keep")
    if choice == "keep":
        assert stranger.get("/").status == 303
        stranger.token = ""
        stranger.get("/sign-in/second-step")
        assert enter(stranger, code(district, secret)).status == 303


def test_a_link_ends_every_session_as_soon_as_it_is_made(visitor: Visitors, district: District) -> None:
    laptop, phone = visitor("manager"), visitor("manager")
    visitor("admin").post(f"/people/{district.people['manager'].id}/link")
    assert [browser.get("/").status for browser in (laptop, phone)] == [303, 303]


def test_plain_accounts_sign_in_with_user_name_and_password_only(stranger: Visitor, district: District) -> None:
    assert sign_in(stranger, "manager", PASSWORD).location == "/"
