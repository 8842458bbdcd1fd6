"""My account: the password, the second step, passkeys' side of the talk, and recovery codes."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from forms_app.demo import QUICK
from forms_app.records import accounts, challenges, factors
from forms_app.records.actor import Actor
from forms_app.store import Store
from tests.district import NOON, PASSWORD, District, FakeClock
from tests.signing_in import GOOD, account, code, give_app, give_codes
from tests.visitor import Visitor, sign_in

Visitors = Callable[[str], Visitor]


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.views.account.HASHER", QUICK)


# The page


def test_everybody_has_an_account_page_and_a_link_to_it(visitor: Visitors, district: District) -> None:
    for username, person in district.people.items():
        browser = visitor(username)
        assert "/account" in browser.get("/").links
        page = browser.get("/account")
        assert page.status == 200
        assert person.name in page.text
        assert person.name not in page.title
        assert f"User name {username}" in page.text


def test_a_stranger_has_none(stranger: Visitor) -> None:
    assert stranger.get("/account").location == "/sign-in?next=/account"


# The password


def change(browser: Visitor, **fields: str) -> Any:
    return browser.post("/account/password", {"current_password": PASSWORD, "password": GOOD, **fields})


def test_a_new_password_ends_the_old_one_and_every_other_session(visitor: Visitors, app: Flask) -> None:
    here, phone = visitor("manager"), visitor("manager")
    old = here.client.get_cookie("session")
    assert old
    assert "signed out everywhere else" in here.get("/account/password").text
    assert change(here).location == "/account"
    assert [browser.get("/").status for browser in (here, phone)] == [200, 303]
    thief = Visitor(app)
    thief.client.set_cookie("session", old.value)
    assert thief.get("/").status == 303, "also the session that changed it is a new one"
    assert sign_in(Visitor(app), "manager", PASSWORD).status == 422
    assert sign_in(Visitor(app), "manager", GOOD).status == 303


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"current_password": "wrong"}, "not your password now"), ({"current_password": ""}, "not your password now"), ({"password": "short"}, "at least 12"),
    ({"password": "Password1234!"}, "easy to guess"), ({"password": "mirabeth lantern sky"}, "which others know of you"), ({"password": "the manager's lantern"}, "which others know of you"),
    ({"password": ""}, "at least 12"), ({"password": "x" * 201}, "at most 200"), ({"current_password": "x" * 1001}, "not your password now"),
])  # fmt: skip
def test_a_new_password_takes_the_old_one_and_is_a_good_one(fields: dict[str, str], sentence: str, visitor: Visitors, app: Flask) -> None:
    browser = visitor("manager")
    page = change(browser, **fields)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert sentence in page.text
    assert GOOD not in page.html
    assert sign_in(Visitor(app), "manager", PASSWORD).status == 303


def test_changing_the_password_is_in_the_audit_log(visitor: Visitors, district: District) -> None:
    change(visitor("manager"))
    assert "set a password" in [entry.action for entry in district.store.history(who=district.people["manager"].id)]


def test_without_a_password_the_page_says_whom_to_ask(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    accounts.set_password(district.store, district.people["manager"].id, "", district.actor())
    assert "You have no password here" in browser.get("/account/password").text
    assert change(browser).status == 404


# An authenticator app


def set_up(browser: Visitor, district: District, username: str = "manager") -> str:
    assert browser.post("/account/app/begin").location == "/account/app"
    return account(district, username).factors.setting_up


def test_the_app_is_set_up_with_a_picture_a_key_and_a_first_code(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    assert "Show the key" in browser.get("/account/app").text
    secret = set_up(browser, district)
    page = browser.get("/account/app")
    picture = page.root.all("img", class_="qr")[0].attributes
    assert picture["src"].startswith("data:image/svg+xml")
    assert picture["alt"]
    assert secret in "".join(page.text.split())
    done = browser.post("/account/app", {"one_time_code": code(district, secret)})
    assert done.status == 200
    shown = [item.text for item in done.root.all("ol", class_="recovery-codes")[0].all("li")]
    assert len(shown) == 10
    assert account(district, "manager").factors.any
    assert "on since 24 November 2026" in browser.get("/account").text
    assert "10 left" in browser.get("/account").text
    assert not [one for one in shown if one in browser.get("/account").html]


def test_a_reload_shows_the_same_key_and_another_can_be_made(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    secret = set_up(browser, district)
    for _ in range(2):
        browser.get("/account/app")
    assert account(district, "manager").factors.setting_up == secret
    assert set_up(browser, district) != secret


def test_a_wrong_first_code_takes_nothing_into_use(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    set_up(browser, district)
    for typed in ("000000", "", "abc"):
        page = browser.post("/account/app", {"one_time_code": typed})
        assert page.status == 422
        assert page.title.startswith("Error:")
    assert not account(district, "manager").factors.any


def test_a_first_code_without_a_key_is_refused(visitor: Visitors) -> None:
    assert visitor("manager").post("/account/app", {"one_time_code": "123456"}).status == 422


def test_a_second_phone_replaces_the_first_only_with_its_code(visitor: Visitors, district: District, clock: FakeClock) -> None:
    browser = visitor("manager")
    first = give_app(district, "manager")
    give_codes(district, "manager")
    second = set_up(browser, district)
    assert factors.use_app(district.store, district.people["manager"].id, code(district, first), Actor("x", clock()))
    page = browser.post("/account/app", {"one_time_code": code(district, second)})
    assert "The app is set up" in page.title
    clock.move(minutes=1)
    assert not factors.use_app(district.store, district.people["manager"].id, code(district, first), Actor("x", clock()))
    assert factors.use_app(district.store, district.people["manager"].id, code(district, second), Actor("x", clock()))


def test_turning_the_app_off_takes_the_recovery_codes_with_it(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    give_app(district, "manager")
    give_codes(district, "manager")
    assert browser.post("/account/app/remove").status == 303
    assert account(district, "manager").factors == factors.Factors()


def test_recovery_codes_need_something_to_stand_in_for(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    assert browser.post("/account/recovery-codes").status == 409
    give_app(district, "manager")
    page = browser.post("/account/recovery-codes")
    assert page.status == 200
    assert len(page.root.all("ol", class_="recovery-codes")[0].all("li")) == 10


def test_every_act_on_ones_own_account_is_in_the_audit_log_without_secrets(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    secret = set_up(browser, district)
    browser.post("/account/app", {"one_time_code": code(district, secret)})
    browser.post("/account/recovery-codes")
    browser.post("/account/app/remove")
    mine = district.store.history(who=district.people["manager"].id)
    assert {
        "begin to set up an authenticator app",
        "set up an authenticator app",
        "make recovery codes",
        "remove an authenticator app",
    } <= {entry.action for entry in mine}
    assert secret not in repr(mine)


def test_a_code_at_the_same_moment_from_two_places_works_in_one(store: Store, district: District) -> None:
    secret, person = give_app(district, "manager"), district.people["manager"].id
    found: list[bool] = []
    threads = [
        threading.Thread(target=lambda: found.append(factors.use_app(store, person, code(district, secret), Actor("x", NOON))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == [False] * 7 + [True]


# Passkeys: the app's side of the talk. What a real device says is in tests/browser.


def say(browser: Visitor, path: str, body: Any) -> tuple[int, Any]:
    if not browser.token:
        browser.get("/account" if browser.signed_in else "/sign-in")
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    answer = browser.client.post(path, data=data, content_type="application/json", headers={"X-CSRFToken": browser.token})
    return answer.status_code, answer.get_json(silent=True)


def test_what_a_device_is_asked_names_this_site_and_demands_a_finger_or_a_pin(visitor: Visitors, district: District) -> None:
    status, options = say(visitor("manager"), "/account/passkeys/options", {})
    assert status == 200
    assert options["rp"]["id"] == "localhost"
    assert base64.urlsafe_b64decode(options["user"]["id"] + "==").decode() == district.people["manager"].id
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert len(options["challenge"]) >= 43


def test_a_stranger_is_asked_without_being_told_who_has_passkeys(stranger: Visitor, district: District) -> None:
    factors.add_passkey(district.store, district.people["manager"].id, "laptop", b"credential", b"key", 0, district.actor("manager"))
    status, options = say(stranger, "/sign-in/passkey/options", {"username": "manager"})
    assert status == 200
    assert not options["allowCredentials"]
    assert options["userVerification"] == "required"


NONSENSE = [
    "", "{}", "[]", "null", "1", '"x"', "{" * 5000, "[" * 100_000, '{"credential": null}', '{"credential": {}}', '{"credential": {"response": []}}', '{"credential": {"response": {"userHandle": 5}}}',
    '{"credential": {"response": {"userHandle": "é"}}}', '{"credential": {"id": "x", "rawId": "x", "type": "public-key", "response": {"userHandle": "eA"}}}', '{"name": {}, "credential": "x"}', b"\xff\xfe",
]  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE)
@pytest.mark.parametrize("path", ["/sign-in/passkey", "/account/passkeys", "/account/confirm/passkey"])
def test_an_answer_that_makes_no_sense_is_refused_in_words_and_breaks_nothing(
    path: str, body: str | bytes, visitor: Visitors, stranger: Visitor, district: District
) -> None:
    browser = stranger if path.startswith("/sign-in") else visitor("manager")
    assert say(browser, path.replace("/passkeys", "/passkeys") + ("/options" if not path.endswith("confirm") else ""), {})[0] in (200, 404)
    status, answer = say(browser, path, body)
    assert status == 422
    assert answer["problem"].endswith(".")
    assert not account(district, "manager").factors.passkeys


def test_an_answer_with_a_real_handle_and_a_made_up_signature_is_refused_and_counted(stranger: Visitor, district: District) -> None:
    factors.add_passkey(district.store, district.people["manager"].id, "laptop", b"credential", b"key", 0, district.actor("manager"))

    def text(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    answers = []
    for _ in range(7):
        _, options = say(stranger, "/sign-in/passkey/options", {})
        client = json.dumps({"type": "webauthn.get", "challenge": options["challenge"], "origin": "http://localhost"}).encode()
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(b"\x00" * 37),
            "signature": text(b"x" * 70),
            "userHandle": text(district.people["manager"].id.encode()),
        }
        answers.append(
            say(
                stranger,
                "/sign-in/passkey",
                {"credential": {"id": text(b"credential"), "rawId": text(b"credential"), "type": "public-key", "response": response}},
            )
        )
    assert {status for status, _ in answers} == {422}
    assert "wrong too often" in answers[-1][1]["problem"]
    assert stranger.get("/").status == 303
    assert sign_in(stranger, "manager").location == "/sign-in/second-step", "the password still gets its owner to the second step"


def test_an_answer_without_a_question_came_too_late(visitor: Visitors, district: District) -> None:
    status, answer = say(visitor("manager"), "/account/passkeys", {"name": "laptop", "credential": {}})
    assert (status, "too long" in answer["problem"]) == (422, True)


def test_a_form_of_another_site_cannot_add_a_passkey(visitor: Visitors) -> None:
    browser = visitor("manager")
    answer = browser.client.post("/account/passkeys", data="{}", content_type="application/json")
    assert answer.status_code == 400


def test_ten_passkeys_are_enough(visitor: Visitors, district: District) -> None:
    browser = visitor("manager")
    for number in range(10):
        factors.add_passkey(
            district.store, district.people["manager"].id, f"key {number}", b"%d" % number, b"key", 0, district.actor("manager")
        )
    assert say(browser, "/account/passkeys/options", {})[0] == 422
    assert "as many passkeys" in browser.get("/account/passkeys/new").text


def test_a_passkey_is_removed_by_its_owner_only(visitor: Visitors, district: District) -> None:
    factors.add_passkey(district.store, district.people["manager"].id, "laptop", b"c", b"k", 0, district.actor("manager"))
    [passkey] = account(district, "manager").factors.passkeys
    assert visitor("colleague").post(f"/account/passkeys/{passkey.id}/remove").status == 303
    assert account(district, "manager").factors.passkeys
    assert visitor("colleague").get("/account").text.count("laptop") == 0
    browser = Visitor(visitor("admin").client.application)
    secret = give_app(district, "manager")
    sign_in(browser, "manager")
    browser.token = ""
    browser.get("/sign-in/second-step")
    browser.post("/sign-in/second-step", {"one_time_code": code(district, secret)})
    browser.token = ""
    assert browser.post(f"/account/passkeys/{passkey.id}/remove").status == 303
    assert not account(district, "manager").factors.passkeys


def test_a_counter_that_does_not_grow_is_a_copy_and_refused(store: Store, district: District) -> None:
    person = district.people["manager"].id
    factors.add_passkey(store, person, "key", b"c", b"k", 5, district.actor("manager"))
    [passkey] = account(district, "manager").factors.passkeys
    assert [factors.use_passkey(store, person, passkey, uses, district.actor("manager")) for uses in (6, 6, 5, 0, 7)] == [
        True,
        False,
        False,
        False,
        True,
    ]


# What waits while somebody signs in


def test_a_challenge_is_used_once_and_forgotten_when_it_is_over(store: Store, clock: FakeClock) -> None:
    actor = Actor("nobody", clock())
    secret = challenges.begin(store, challenges.PASSKEY, "", {"challenge": "x"}, actor)
    assert challenges.find(store, secret, challenges.DIRECTORY, clock()) is None, "it serves one purpose only"
    assert challenges.take(store, secret, challenges.PASSKEY, actor)
    assert challenges.take(store, secret, challenges.PASSKEY, actor) is None
    challenges.begin(store, challenges.PASSKEY, "", {}, actor)
    clock.move(minutes=11)
    challenges.begin(store, challenges.PASSKEY, "", {}, Actor("nobody", clock()))
    assert len(store.list("challenge")) == 1
    assert challenges.find(store, None, challenges.PASSKEY, clock()) is None


def test_strangers_cannot_fill_the_store_with_questions_nor_hold_up_who_gave_a_password(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenges, "MOST", 5)
    actor = Actor("nobody", clock())
    for _ in range(5):
        challenges.begin(store, challenges.PASSKEY, "", {}, actor)
    with pytest.raises(challenges.TooMany):
        challenges.begin(store, challenges.PASSKEY, "", {}, actor)
    challenges.begin(store, challenges.SECOND_STEP, "somebody", {"next": ""}, actor)


def test_when_too_many_are_signing_in_the_page_says_so(stranger: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(challenges, "MOST", 0)
    status, answer = say(stranger, "/sign-in/passkey/options", {})
    assert (status, "Too many people" in answer["problem"]) == (503, True)
