"""Single sign-on with a real provider, once as a browser does it and once step by step."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from forms_app.handbook import Handbook
from forms_app.oidc import Directory
from forms_app.records import accounts, identities, utc_now
from forms_app.records.actor import Actor
from forms_app.settings import SingleSignOn
from tests import real_directory
from tests.browser.signing_in_pages import Live, check_page, free_port, serving

GROUPS = '[[group]]\nvalue = "cedar-managers"\nroles = ["case manager"]\nschool = "04299001"\n\n[[group]]\nvalue = "harbour-managers"\nroles = ["case manager"]\nschool = "04299002"\n'


@dataclass
class Both:
    live: Live
    sso: SingleSignOn

    def list_as(self, username: str, directory: str) -> None:
        """Write into the administrator's list how the directory names somebody."""
        person = self.live.account(username).person
        accounts.edit(self.live.store, person.id, person.name, directory, Actor("test", utc_now()))


@contextmanager
def both(folder: Path, book: Handbook) -> Iterator[Both]:
    real_directory.installed()  # skips before anything is open that would have to be closed
    listener, other = free_port(), free_port()
    port = other.getsockname()[1]
    other.close()
    address = f"http://localhost:{listener.getsockname()[1]}"
    roles = folder / "roles.toml"
    roles.write_text(GROUPS, encoding="utf-8")
    with real_directory.running(address, port) as sso:
        sso = SingleSignOn(sso.issuer, sso.client_id, sso.client_secret, roles=roles)
        with serving(folder, book, utc_now, listener, sso=sso) as live:
            yield Both(live, sso)


@pytest.fixture(scope="module")
def running(book: Handbook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with both(tmp_path_factory.mktemp("single-sign-on"), book) as found:
        yield found


class Person:
    """Somebody with a browser without JavaScript, at both addresses."""

    def __init__(self, running: Both) -> None:
        self.address = running.live.address
        self.http = requests.Session()

    def begin(self, path: str = "/sign-in/directory") -> requests.Response:
        """Follow the app's way to the directory, up to its sign-in page."""
        return self.http.get(self.address + path, timeout=20)

    def sign_in(self, name: str, path: str = "/sign-in/directory") -> requests.Response:
        """Sign in at the directory as `name`, agree, and come back; the last answer is the app's."""
        page = self.begin(path)
        for _ in range(4):
            action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
            if page.url.startswith(self.address) or not action:
                return page
            prompt = re.search(r'name="prompt" value="([^"]+)"', page.text)
            page = self.http.post(
                html.unescape(action[1]), data={"prompt": prompt[1] if prompt else "login", "login": name, "password": "any"}, timeout=20
            )
        return page


@pytest.fixture
def person(running: Both) -> Person:
    return Person(running)


def test_who_is_on_the_list_signs_in_through_the_real_provider(running: Both, person: Person) -> None:
    running.list_as("robin.alder", "robin@district.example")
    page = person.sign_in("robin")
    assert (page.status_code, page.url) == (200, person.address + "/")
    assert "Robin Alder" in page.text
    assert running.live.account("robin.alder").identities == ((running.sso.issuer, "robin"),)
    assert "with district account" in person.http.get(person.address + "/account", timeout=20).text


def test_the_second_time_nobody_types_anything(running: Both, person: Person) -> None:
    running.list_as("sam.larch", "sam@district.example")
    person.sign_in("sam")
    for cookie in [one for one in person.http.cookies if one.name == "session"]:
        person.http.cookies.clear(cookie.domain, cookie.path, cookie.name)  # signed out here, and not at the directory
    assert "Sign in" in person.http.get(person.address + "/", timeout=20).text
    page = person.begin("/sign-in/directory?next=/dates")
    assert page.url == person.address + "/dates"


@pytest.mark.parametrize(
    ("name", "said"),
    [("nobody", "in no group"), ("unverified-robin", "does not say that your e-mail address is yours")],
)
def test_whom_the_list_and_the_groups_do_not_name_is_refused_in_words(name: str, said: str, running: Both, person: Person) -> None:
    page = person.sign_in(name)
    assert page.status_code == 403
    assert "You are not on the list" in page.text
    assert said in page.text


def test_a_group_of_the_real_provider_gives_an_account(running: Both, person: Person) -> None:
    page = person.sign_in("grouped-fen")
    assert page.status_code == 200
    assert "Invented grouped-fen" in page.text
    made = identities.find(running.live.store, running.sso.issuer, "grouped-fen")
    assert made
    assert [role.value for role in made.person.roles] == ["case manager"]


def test_two_groups_of_the_real_provider_give_a_role_at_each_of_two_schools(running: Both, person: Person) -> None:
    assert person.sign_in("twice-fen").status_code == 200
    made = identities.find(running.live.store, running.sso.issuer, "twice-fen")
    assert made
    assert len(made.person.schools) == 2


def test_who_cancels_at_the_real_provider_is_told_so(running: Both, person: Person) -> None:
    page = person.begin()
    cancel = re.search(r'href="([^"]+/abort)"', page.text)
    assert cancel
    back = person.http.get(html.unescape(cancel[1]), timeout=20)
    assert back.status_code == 403
    assert "did not let you in" in back.text


def test_a_code_cannot_be_used_twice_or_in_another_browser(running: Both, person: Person) -> None:
    running.list_as("noor.willow", "noor@district.example")
    page = person.sign_in("noor")
    answer = next(one.url for one in page.history if "/sign-in/directory/back?" in one.url)
    for browser in (person.http, requests.Session()):
        assert browser.get(answer, timeout=20).status_code == 400


def test_a_wrong_secret_of_the_app_lets_nobody_in_and_says_so(running: Both, person: Person) -> None:
    real = running.live.app.extensions["directory"]
    running.live.app.extensions["directory"] = Directory(SingleSignOn(running.sso.issuer, running.sso.client_id, "wrong"))
    try:
        page = person.sign_in("robin")
        assert page.status_code == 502
        assert "cannot be trusted" in page.text
    finally:
        running.live.app.extensions["directory"] = real


def test_an_act_that_cannot_be_taken_back_sends_to_the_provider_and_comes_back_fresh(running: Both, person: Person) -> None:
    running.list_as("pat.hemlock", "pat@district.example")
    person.sign_in("pat")
    page = person.sign_in("pat", "/sign-in/directory?again=1&next=/account/app")
    assert page.status_code == 200
    assert page.url == person.address + "/account/app"
    assert "confirm" in [entry.action for entry in running.live.store.history(who=running.live.account("pat.hemlock").person.id)]


@pytest.mark.browser
def test_a_real_browser_goes_to_the_real_provider_and_back(running: Both, browser: Any) -> None:
    running.list_as("ash.spruce", "ash@district.example")
    page = browser.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type == "error"
            and message.location.get("url", "").startswith(running.live.address)
            and "status of" not in message.text
            else None
        ),
    )
    page.goto(running.live.address + "/sign-in")
    check_page(page)
    page.click("text=Sign in with your district account")
    page.fill("input[name=login]", "ash")
    page.fill("input[name=password]", "any")
    page.click("button[type=submit]")
    page.wait_for_load_state()
    if not page.url.startswith(running.live.address):
        page.click("button[type=submit]")
    page.wait_for_url(running.live.address + "/")
    assert "Ash Spruce" in page.inner_text("header")
    page.goto(running.live.address + "/sign-in/directory/back?code=x&state=forged")
    assert "did not begin here" in page.title()
    check_page(page)
    assert not complaints
    page.context.close()
