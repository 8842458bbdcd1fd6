"""Guessing does not work, and nobody is locked out by somebody else's guesses."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
from flask import Flask

from forms_app.demo import QUICK
from forms_app.records import attempts, hashes, open_the_store
from forms_app.records.actor import Actor
from forms_app.records.attempts import CODE, PASSWORD, Guard, SlowDown
from forms_app.store import Store, new_key
from tests.district import NOON, District, FakeClock
from tests.signing_in import GOOD, account, code, give_app, to_second_step
from tests.visitor import Page, Visitor, sign_in

Visitors = Callable[[str], Visitor]
ACTOR = Actor("nobody", NOON)


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's hash is light here, so that many guesses take little time."""
    monkeypatch.setattr("forms_app.proving.NOBODY", QUICK.hash("nobody has this password"))


def from_address(browser: Visitor, address: str) -> Visitor:
    browser.client.environ_base["REMOTE_ADDR"] = address
    return browser


def guess(browser: Visitor, username: str, times: int, clock: FakeClock | None = None) -> Page:
    for number in range(times):
        answer = sign_in(browser, username, f"wrong guess number {number}")
        if clock:
            clock.move(seconds=40)
    return answer


# Through the pages


def test_after_some_wrong_guesses_each_costs_twice_as_long_a_wait(stranger: Visitor, district: District, clock: FakeClock) -> None:
    assert guess(stranger, "manager", 5).status == 422
    waits = []
    for _ in range(4):
        answer = sign_in(stranger, "manager", "wrong again")
        assert answer.status == 429
        waits.append(int(answer.headers["Retry-After"]))
        assert f"Wait {waits[-1]} second" in answer.text
        clock.move(seconds=waits[-1])
        assert sign_in(stranger, "manager", "wrong again").status == 422
    assert waits == [2, 4, 8, 16]


def test_ten_wrong_guesses_in_five_minutes_are_all_there_are(stranger: Visitor, district: District, clock: FakeClock) -> None:
    allowed, began = 0, clock()
    while (clock() - began).total_seconds() < 300:
        answer = sign_in(stranger, "manager", "wrong")
        allowed += answer.status == 422
        clock.move(seconds=int(answer.headers.get("Retry-After", "0")))
    assert 5 < allowed <= 10


def test_the_right_password_does_not_help_who_guessed_too_fast_and_does_after_the_wait(
    stranger: Visitor, district: District, clock: FakeClock
) -> None:
    guess(stranger, "manager", 6)
    answer = sign_in(stranger, "manager")
    assert answer.status == 429
    clock.move(seconds=int(answer.headers["Retry-After"]))
    assert sign_in(stranger, "manager").status == 303


def test_nothing_is_hashed_for_who_must_wait(stranger: Visitor, district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    guess(stranger, "manager", 5)
    hashed: list[str] = []
    monkeypatch.setattr("forms_app.views.sign_in.check_password", lambda one, typed: bool(hashed.append(one)))
    for username in ("manager", "MANAGER", " manager "):
        assert sign_in(stranger, username, "wrong").status == 429
    assert not hashed


def test_an_unknown_user_is_slowed_down_just_like_a_known_one(app: Flask, district: District, clock: FakeClock) -> None:
    answers = {}
    for username, address in (("manager", "10.0.0.1"), ("nobody-here", "10.0.0.2")):
        browser = from_address(Visitor(app), address)
        answers[username] = [
            (answer.status, answer.headers.get("Retry-After")) for answer in [sign_in(browser, username, "wrong") for _ in range(8)]
        ]
    assert answers["manager"] == answers["nobody-here"]


def test_a_guesser_elsewhere_does_not_lock_anybody_out(app: Flask, district: District, clock: FakeClock) -> None:
    for number in range(1, 7):
        guess(from_address(Visitor(app), f"203.0.113.{number}"), "manager", 8)
    victim = from_address(Visitor(app), "198.51.100.7")
    assert sign_in(victim, "manager").status == 303


def test_a_browser_that_was_signed_in_before_gets_in_whatever_others_at_the_same_address_do(
    app: Flask, visitor: Visitors, district: District
) -> None:
    teachers = visitor("manager")
    teachers.sign_out()
    pupils = Visitor(app)
    for number in range(50):
        guess(pupils, f"somebody{number}", 1)
    guess(pupils, "manager", 6)
    assert sign_in(pupils, "colleague").status == 429, "the school's address has guessed too often"
    assert sign_in(teachers, "manager").status == 303


def test_the_known_browser_of_one_person_has_no_more_tries_at_another(visitor: Visitors, district: District) -> None:
    browser = visitor("colleague")
    browser.sign_out()
    guess(browser, "manager", 6)
    assert sign_in(browser, "manager").status == 429
    assert sign_in(browser, "colleague").status == 303


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "WyJhIixbXV0.AAAA", "é", "a" * 3000])
def test_a_made_up_cookie_makes_no_browser_known(value: str, app: Flask, district: District) -> None:
    browser = Visitor(app)
    browser.client.set_cookie("browser", value)
    guess(browser, "manager", 6)
    browser.client.set_cookie("browser", value + "1")
    assert sign_in(browser, "manager").status == 429


def test_the_browser_cookie_names_nobody_and_is_no_session(visitor: Visitors, app: Flask, district: District) -> None:
    cookie = visitor("manager").client.get_cookie("browser")
    assert cookie
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert not [word for word in ("manager", district.people["manager"].id, *district.names()) if word in cookie.value]
    thief = Visitor(app)
    thief.client.set_cookie("browser", cookie.value)
    assert thief.get("/").status == 303


def test_one_address_with_many_user_names_is_stopped_at_forty(app: Flask, district: District) -> None:
    browser = from_address(Visitor(app), "203.0.113.9")
    answers = [sign_in(browser, f"user{number}", "Password1234!").status for number in range(45)]
    assert answers[:40] == [422] * 40
    assert answers[40:] == [429] * 5


def test_a_subscriber_with_many_ipv6_addresses_is_one_address(app: Flask, district: District) -> None:
    for number in range(6):
        sign_in(from_address(Visitor(app), f"2001:db8:1:2::{number + 1:x}"), "manager", "wrong")
    assert sign_in(from_address(Visitor(app), "2001:db8:1:2:ffff::1"), "manager").status == 429
    assert sign_in(from_address(Visitor(app), "2001:db8:1:3::1"), "manager").status == 303


def test_a_right_password_wipes_the_slate(stranger: Visitor, district: District) -> None:
    guess(stranger, "manager", 4)
    assert sign_in(stranger, "manager").status == 303
    stranger.sign_out()
    assert guess(stranger, "manager", 5).status == 422


def test_wrong_guesses_are_in_the_audit_log_with_whom_they_were_about(stranger: Visitor, district: District) -> None:
    guess(stranger, "manager", 3)
    guess(stranger, "no-such-person", 2)
    refused = [entry for entry in district.store.history() if entry.action == "refuse a password"]
    assert [entry.who for entry in refused] == ["nobody"] * 2 + [district.people["manager"].id] * 3
    assert "no-such-person" not in repr(district.store.history())
    assert "127.0.0.1" not in repr(district.store.history())


def test_codes_are_counted_too_and_more_strictly(stranger: Visitor, district: District, clock: FakeClock) -> None:
    secret = give_app(district, "manager")
    to_second_step(stranger, "manager")
    answers = []
    for number in range(8):
        answers.append(stranger.post("/sign-in/second-step", {"one_time_code": f"{number:06d}"}).status)
        clock.move(seconds=20)
    assert answers.count(422) == 5
    assert stranger.post("/sign-in/second-step", {"one_time_code": code(district, secret)}).status == 429
    clock.move(minutes=5)
    assert stranger.post("/sign-in/second-step", {"one_time_code": code(district, secret)}).status == 303


def test_the_password_asked_for_again_is_counted_like_any_other(visitor: Visitors, district: District, clock: FakeClock) -> None:
    browser = visitor("admin")
    clock.move(minutes=6)
    answers = [browser.post("/account/confirm", {"confirm_password": f"wrong {number}"}) for number in range(7)]
    assert "not right" in answers[0].text
    assert "wrong too often" in answers[-1].text


def test_when_the_machine_checks_too_many_at_once_the_next_is_told_to_wait(
    stranger: Visitor, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashes, "PATIENCE", 0.01)
    held = [hashes._AT_ONCE.acquire(timeout=1) for _ in range(4)]
    try:
        answer = sign_in(stranger, "manager")
        assert answer.status == 503
        assert "Too many people" in answer.text
    finally:
        for _ in held:
            hashes._AT_ONCE.release()


# The counting itself


@pytest.fixture
def guard(store: Store) -> Guard:
    return Guard(store, b"secret")


def test_counts_survive_a_restart_and_are_shared_by_workers(tmp_path: object) -> None:
    key = new_key()
    with open_the_store(str(tmp_path), key) as one, open_the_store(str(tmp_path), key) as other:
        here, there = Guard(one, b"secret"), Guard(other, b"secret")
        for number in range(5):
            (here, there)[number % 2].failed(here.by_address("10.0.0.1"), PASSWORD, "manager", ACTOR)
        for guard in (here, there):
            with pytest.raises(SlowDown):
                guard.check(guard.by_address("10.0.0.1"), PASSWORD, "manager", NOON)
    with open_the_store(str(tmp_path), key) as again, pytest.raises(SlowDown):
        Guard(again, b"secret").check(Guard(again, b"secret").by_address("10.0.0.1"), PASSWORD, "manager", NOON)


def test_a_thousand_failures_from_everywhere_hold_up_whom_nobody_knows_and_let_known_browsers_in(guard: Guard) -> None:
    for _ in range(1000):
        guard._count_for_everybody(ACTOR)
    with pytest.raises(SlowDown):
        guard.check(guard.by_address("198.51.100.1"), PASSWORD, "manager", NOON)
    guard.check(guard.by_browser("a device"), PASSWORD, "manager", NOON)


def test_codes_of_one_account_end_at_fifty_a_day_from_everywhere(guard: Guard) -> None:
    for number in range(50):
        guard.failed(guard.by_address(f"10.0.{number}.1"), CODE, "manager", ACTOR)
    with pytest.raises(SlowDown) as told:
        guard.check(guard.by_address("192.0.2.1"), CODE, "manager", NOON)
    assert told.value.seconds > 80_000
    guard.check(guard.by_address("192.0.2.1"), CODE, "colleague", NOON)
    guard.check(guard.by_browser("a device"), CODE, "manager", NOON)


@pytest.mark.parametrize("address", [None, "", "garbage", "1.2.3.4.5", "::ffff:10.0.0.1", "fe80::1%eth0", "10.0.0.1", "x" * 5000])
def test_any_address_can_be_counted(address: str | None, guard: Guard) -> None:
    assert guard.by_address(address).key.startswith("a")
    assert guard.by_address("::ffff:10.0.0.1") == guard.by_address("10.0.0.1")


def test_neither_addresses_nor_names_are_in_the_rows(guard: Guard, store: Store) -> None:
    guard.failed(guard.by_address("203.0.113.5"), PASSWORD, "manager", ACTOR)
    everything = repr([store.list("attempts"), store.history(), guard.by_address("203.0.113.5")])
    assert "203.0.113" not in everything
    assert "manager" not in everything


def test_quiet_sources_are_forgotten_after_a_day(guard: Guard, store: Store, clock: FakeClock) -> None:
    guard.failed(guard.by_address("203.0.113.5"), PASSWORD, "manager", ACTOR)
    clock.move(days=2)
    guard._tidy(Actor("nobody", clock()))
    assert [one.id for one in store.list("attempts") if one.id != "everybody"] == []


def test_the_figures_are_those_that_were_promised() -> None:
    assert (PASSWORD.limits[0].most, PASSWORD.limits[0].within.total_seconds()) == (10, 300)
    assert [(limit.most, limit.within.total_seconds()) for limit in CODE.limits] == [(5, 300), (20, 3600), (50, 86400)]
    assert (attempts.EVERYBODY[0].most, attempts.EVERYBODY[0].within.total_seconds()) == (1000, 300)


# Time tells nothing


def test_an_unknown_user_and_a_wrong_password_take_the_same_time(
    app: Flask, district: District, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Medians of interleaved tries may differ by a fifth: far less than a hash that is left out would show."""
    real = hashes.HASHER.hash(GOOD)
    monkeypatch.setattr("forms_app.proving.NOBODY", hashes.NOBODY)
    actor = district.actor()
    district.store.change(
        "account",
        account(district, "manager").person.id,
        lambda db: db.table("account").update({"password": real}),
        actor.entry("set a password"),
    )
    spent: dict[str, list[float]] = {"manager": [], "nobody-here": []}
    for number in range(9):
        for username, times in spent.items():
            browser = from_address(Visitor(app), f"10.1.{number}.{len(username)}")
            browser.get("/sign-in")
            began = time.perf_counter()
            assert browser.post("/sign-in", {"username": username, "password": "wrong"}).status == 422
            times.append(time.perf_counter() - began)
    known, unknown = (statistics.median(times) for times in spent.values())
    assert abs(known - unknown) < 0.2 * max(known, unknown)
    assert min(known, unknown) > 0.02
