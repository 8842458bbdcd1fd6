"""Passkeys with Chromium's virtual authenticator, an authenticator app, and the pages of signing in as a browser shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest

from forms_app.handbook import Handbook
from forms_app.permissions import Role
from forms_app.records import factors, policy
from forms_app.records.actor import Actor
from tests.browser.signing_in_pages import Live, check_page, serving, sign_in
from tests.district import FakeClock

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def live(book: Handbook, clock: FakeClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("signing-in"), book, clock) as running:
        yield running


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A browser of its own; what its console complains about fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type == "error" and "status of" not in message.text else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


def device(page: Any, verified: bool = True) -> tuple[Any, str]:
    """A device that holds passkeys and answers by itself."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    return talk, talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def add_passkey(page: Any, live: Live, name: str = "school laptop") -> None:
    page.goto(live.address + "/account/passkeys/new")
    page.fill("#name", name)
    page.click("text=Add the passkey")
    page.wait_for_url(live.address + "/account")


def sign_out(page: Any) -> None:
    page.click("text=Sign out >> nth=0")
    page.wait_for_url("**/sign-in")


def test_a_passkey_is_added_and_signs_in_by_itself(page: Any, live: Live) -> None:
    device(page)
    sign_in(page, live, "robin.alder")
    add_passkey(page, live)
    assert "Passkey “school laptop”" in page.inner_text("main")
    sign_out(page)
    page.click("text=Sign in with a passkey")
    page.wait_for_url(live.address + "/")
    assert "Robin Alder" in page.inner_text("header")
    page.goto(live.address + "/account")
    assert "with passkey" in page.inner_text("main")
    assert "last used" in page.inner_text("main")
    [kept] = live.account("robin.alder").factors.passkeys
    assert kept.uses > 1
    page.click("text=Remove")
    page.wait_for_load_state()
    assert not live.account("robin.alder").factors.passkeys


def test_after_the_password_a_passkey_is_the_second_step_and_the_wanted_page_opens(page: Any, live: Live) -> None:
    device(page)
    sign_in(page, live, "sam.larch")
    add_passkey(page, live)
    sign_out(page)
    sign_in(page, live, "sam.larch", "/sign-in?next=/dates")
    page.wait_for_url("**/sign-in/second-step")
    page.click("text=Use a passkey")
    page.wait_for_url(live.address + "/dates")


def test_a_passkey_of_somebody_else_is_no_second_step(page: Any, live: Live) -> None:
    device(page)
    sign_in(page, live, "noor.willow")
    add_passkey(page, live)
    sign_out(page)
    actor = Actor(live.account("pat.hemlock").person.id, dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC))
    factors.begin_app(live.store, actor.id, actor)
    secret = live.account("pat.hemlock").factors.setting_up
    assert factors.confirm_app(live.store, actor.id, pyotp.TOTP(secret).at(int(actor.at.timestamp())), actor)
    sign_in(page, live, "pat.hemlock")
    page.wait_for_url("**/sign-in/second-step")
    # The page offers no passkey, since there is none; a script of the guesser's asks all the same, with the other person's.
    answer = page.evaluate("""async () => {
      const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
      const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
      const headers = {"Content-Type": "application/json", "X-CSRFToken": document.querySelector("[name=csrf_token]").value};
      const options = await (await fetch("/sign-in/passkey/options", {method: "POST", headers, body: "{}"})).json();
      const used = await navigator.credentials.get({publicKey: {...options, challenge: bytes(options.challenge), allowCredentials: []}});
      const response = {clientDataJSON: text(used.response.clientDataJSON), authenticatorData: text(used.response.authenticatorData), signature: text(used.response.signature), userHandle: text(used.response.userHandle)};
      const credential = {id: used.id, rawId: text(used.rawId), type: used.type, response};
      const first = await fetch("/sign-in/passkey", {method: "POST", headers, body: JSON.stringify({credential})});
      return [first.status, await first.json()];
    }""")
    assert answer[0] == 422
    page.goto(live.address + "/")
    assert "/sign-in" in page.url


def test_an_answer_of_a_passkey_works_once(page: Any, live: Live) -> None:
    device(page)
    sign_in(page, live, "ash.spruce")
    add_passkey(page, live)
    sign_out(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data) if request.url.endswith("/sign-in/passkey") else None)
    page.click("text=Sign in with a passkey")
    page.wait_for_url(live.address + "/")
    sign_out(page)
    again = page.evaluate("""async (body) => {
      const headers = {"Content-Type": "application/json", "X-CSRFToken": document.querySelector("[name=csrf_token]").value};
      await fetch("/sign-in/passkey/options", {method: "POST", headers, body: "{}"});
      const answer = await fetch("/sign-in/passkey", {method: "POST", headers, body});
      return [answer.status, (await answer.json()).problem];
    }""", sent[0])  # fmt: skip
    assert again[0] == 422
    assert "does not fit" in again[1]


def test_a_device_that_does_not_check_who_holds_it_is_not_enough(page: Any, live: Live) -> None:
    talk, one = device(page)
    sign_in(page, live, "kim.birch")
    add_passkey(page, live)
    sign_out(page)
    talk.send("WebAuthn.setUserVerified", {"authenticatorId": one, "isUserVerified": False})
    page.click("text=Sign in with a passkey")
    page.wait_for_selector(".passkey-problem:not(:empty)", timeout=90_000)
    assert "/sign-in" in page.url
    assert "cancelled" in page.inner_text(".passkey-problem")


def test_who_is_asked_again_goes_on_with_a_passkey_and_nothing_typed_is_lost(page: Any, live: Live, clock: FakeClock) -> None:
    device(page)
    sign_in(page, live, "admin")
    add_passkey(page, live)
    page.goto(live.address + "/people")
    page.fill("#name", "Fen Newcomer")
    page.fill("#username", "fen")
    page.check("input[name=roles][value='Student Support Services']")
    clock.move(minutes=6)
    page.click("text=Add the person")
    assert "Is it you?" in page.title()
    check_page(page)
    page.click("text=Go on with a passkey")
    page.wait_for_selector(".one-time-link")
    assert "Fen Newcomer" in page.inner_text("main")
    page.goto(live.address + "/account")
    page.click("form[action*='/remove'] button")


def test_an_authenticator_app_is_set_up_from_the_picture_and_asked_for(page: Any, live: Live, clock: FakeClock) -> None:
    sign_in(page, live, "lee.maple")
    page.goto(live.address + "/account/app")
    check_page(page)
    page.click("text=Show the key for the app")
    picture = page.locator("img.qr")
    assert picture.evaluate("(one) => one.complete && one.naturalWidth > 100"), "the policy of the page lets it show"
    check_page(page)
    secret = "".join(page.inner_text(".secret").split())
    page.fill("#one_time_code", pyotp.TOTP(secret).at(int(clock().timestamp())))
    page.click("text=Use this app")
    codes = page.locator(".recovery-codes li").all_inner_texts()
    assert len(codes) == 10
    check_page(page)
    sign_out(page)
    sign_in(page, live, "lee.maple")
    page.wait_for_url("**/sign-in/second-step")
    check_page(page)
    page.fill("#one_time_code", "000000")
    page.click("form[action='/sign-in/second-step'] button")
    assert "not right" in page.inner_text("main")
    assert page.evaluate("document.activeElement.className").startswith("govuk-error-summary")
    check_page(page)
    clock.move(seconds=30)
    page.fill("#one_time_code", pyotp.TOTP(secret).at(int(clock().timestamp())))
    page.click("form[action='/sign-in/second-step'] button")
    page.wait_for_url(live.address + "/")
    sign_out(page)
    sign_in(page, live, "lee.maple")
    page.fill("#one_time_code", codes[3])
    page.click("form[action='/sign-in/second-step'] button")
    page.wait_for_url(live.address + "/")
    page.goto(live.address + "/account")
    assert "9 left" in page.inner_text("main")


def test_the_pages_of_signing_in_read_well_for_everybody(page: Any, live: Live) -> None:
    page.goto(live.address + "/sign-in")
    check_page(page)
    page.click("form[action='/sign-in'] button")
    check_page(page)
    sign_in(page, live, "admin")
    for path in ("/account", "/account/password", "/account/passkeys/new", "/people", f"/people/{live.account('lee.maple').person.id}"):
        page.goto(live.address + path)
        assert page.title()
        check_page(page)


def test_who_must_set_up_a_second_step_reads_so_on_a_page_that_reads_well(page: Any, live: Live, clock: FakeClock) -> None:
    policy.require_second_factor(live.store, frozenset({Role.ADMINISTRATOR}), Actor("test", clock()))
    try:
        sign_in(page, live, "admin")
        assert page.url == live.address + "/account"
        assert "Set up a second step first" in page.inner_text("main")
        check_page(page)
    finally:
        policy.require_second_factor(live.store, frozenset(), Actor("test", clock()))


def test_at_a_number_instead_of_a_name_the_page_says_that_passkeys_cannot_be(page: Any, live: Live) -> None:
    by_number = Live(live.address.replace("localhost", "127.0.0.1"), live.app, live.store)
    sign_in(page, by_number, "robin.alder")
    page.goto(by_number.address + "/account/passkeys/new")
    assert "opened this one by its number" in page.inner_text("main")
    assert not page.locator("form[data-passkey]").count()


def test_without_javascript_the_pages_say_that_passkeys_need_it_and_everything_else_works(browser: Any, live: Live) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live, "robin.alder")
    page.goto(live.address + "/account/passkeys/new")
    assert "Passkeys need JavaScript" in page.inner_text("main")
    assert not page.locator("text=Add the passkey").is_visible()
    page.goto(live.address + "/account/app")
    page.click("text=Show the key for the app")
    assert page.locator("img.qr").is_visible()
    context.close()


def test_two_minutes_before_the_end_a_warning_comes_and_one_press_stays(page: Any, live: Live) -> None:
    page.clock.install()
    sign_in(page, live, "robin.alder")
    page.goto(live.address + "/account")
    page.clock.fast_forward("27:30")
    assert not page.locator("#staying").is_visible()
    page.clock.fast_forward("00:40")
    page.wait_for_selector("#staying:not([hidden])")
    assert "two minutes" in page.inner_text("#staying")
    check_page(page)
    with page.expect_response("**/account/stay"):
        page.click("text=Stay signed in")
    page.wait_for_selector("#staying", state="hidden")
