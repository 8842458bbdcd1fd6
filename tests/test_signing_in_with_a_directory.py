"""Single sign-on against a directory that a test can make lie; `tests/browser/test_single_sign_on.py` uses a real one."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from forms_app.oidc import Directory, read_groups
from forms_app.permissions import Post, Role
from forms_app.records import accounts, identities
from forms_app.settings import BadSetting, SingleSignOn, from_environment
from tests.district import CEDAR, HARBOUR, District
from tests.fake_directory import CLIENT, SECRET, FakeDirectory, running
from tests.signing_in import account, give_app
from tests.visitor import Page, Visitor

BACK = "/sign-in/directory/back"


@pytest.fixture(scope="module")
def _running() -> Iterator[FakeDirectory]:
    with running() as directory:
        yield directory


@pytest.fixture
def directory(_running: FakeDirectory, app: Flask, district: District) -> Iterator[FakeDirectory]:
    """The app uses the directory, in which the manager is known by a verified address; both clocks show the machine's time."""
    fresh = FakeDirectory()
    fresh.issuer = _running.issuer
    vars(_running).update(vars(fresh))
    district.clock.now = dt.datetime.now(dt.UTC)
    _running.now = time.time
    _running.claims = {"email": "manager@district.example", "email_verified": True, "name": "Mirabeth Quoxley"}
    manager = account(district, "manager").person
    accounts.edit(district.store, manager.id, manager.name, "Manager@District.Example", district.actor())
    use(app, district, SingleSignOn(_running.issuer, CLIENT, SECRET))
    yield _running
    use(app, district, None)


def use(app: Flask, district: District, sso: SingleSignOn | None) -> None:
    desk = app.extensions["desk"]
    desk.settings = replace(desk.settings, sso=sso)
    app.extensions["directory"] = Directory(sso) if sso else None


def arrive(browser: Visitor, directory: FakeDirectory, start: str = "/sign-in/directory") -> Page:
    """Go to the directory, sign in there, and come back."""
    away = browser.get(start)
    assert away.status == 303, away.text
    browser.token = ""
    return browser.get(directory.let_in(away.location))


# Getting in


def test_who_is_on_the_list_signs_in_with_the_district_account(stranger: Visitor, directory: FakeDirectory) -> None:
    assert "Sign in with your district account" in stranger.get("/sign-in").text
    answer = arrive(stranger, directory)
    assert (answer.status, answer.location) == (303, "/")
    assert "Mirabeth Quoxley" in stranger.get("/").text


def test_the_page_that_was_wanted_comes_after_the_directory(stranger: Visitor, directory: FakeDirectory) -> None:
    assert arrive(stranger, directory, "/sign-in/directory?next=/dates").location == "/dates"
    stranger.sign_out()
    assert arrive(stranger, directory, "/sign-in/directory?next=//evil.example").location == "/"


def test_after_the_first_time_the_subject_counts_and_no_longer_the_address(stranger: Visitor, app: Flask, directory: FakeDirectory) -> None:
    arrive(stranger, directory)
    directory.claims = {"email": "married@district.example", "email_verified": True}
    again = Visitor(app)
    assert arrive(again, directory).status == 303
    assert "Mirabeth Quoxley" in again.get("/").text
    directory.claims = {"sub": "s-2", "email": "manager@district.example", "email_verified": True}
    thief = Visitor(app)
    page = arrive(thief, directory)
    assert page.status == 403, "an address that was given to somebody else opens nothing"
    assert "another person of the district's directory" in page.text
    assert thief.get("/").status == 303


def test_the_administrator_can_let_an_account_be_found_anew(
    stranger: Visitor, app: Flask, visitor: Callable[[str], Visitor], directory: FakeDirectory, district: District
) -> None:
    arrive(stranger, directory)
    assert visitor("admin").post(f"/people/{district.people['manager'].id}/forget").status == 303
    directory.claims = {"sub": "s-2", "email": "manager@district.example", "email_verified": True}
    assert arrive(Visitor(app), directory).status == 303
    assert account(district, "manager").identities == ((directory.issuer, "s-2"),)


def test_the_directory_asks_for_its_own_second_step_so_ours_is_not_asked_for(
    stranger: Visitor, directory: FakeDirectory, district: District
) -> None:
    give_app(district, "manager")
    assert arrive(stranger, directory).location == "/"
    assert stranger.get("/").status == 200


# Not getting in


@pytest.mark.parametrize("claims", [
    {"email": "stranger@elsewhere.example", "email_verified": True}, {"email": "manager@district.example", "email_verified": False}, {"email": "manager@district.example"},
    {"email": "manager@district.example", "email_verified": "no"}, {"email": ["manager@district.example"], "email_verified": True}, {"email": "", "email_verified": True}, {},
    {"preferred_username": "manager"}, {"email": "x" * 300, "email_verified": True},
])  # fmt: skip
def test_who_is_not_on_the_list_is_told_whom_to_ask(claims: dict[str, object], stranger: Visitor, directory: FakeDirectory) -> None:
    directory.claims = claims
    page = arrive(stranger, directory)
    assert page.status == 403
    assert "You are not on the list" in page.title
    assert "administrator" in page.text
    assert stranger.get("/").status == 303


def test_two_accounts_with_one_address_let_nobody_in(stranger: Visitor, directory: FakeDirectory, district: District) -> None:
    other = account(district, "colleague").person
    accounts.edit(district.store, other.id, other.name, "manager@district.example", district.actor())
    assert arrive(stranger, directory).status == 403


def test_a_closed_account_stays_closed(stranger: Visitor, app: Flask, directory: FakeDirectory, district: District) -> None:
    arrive(stranger, directory)
    accounts.set_disabled(district.store, district.people["manager"].id, True, district.actor())
    assert stranger.get("/").status == 303
    page = arrive(Visitor(app), directory)
    assert page.status == 403
    assert "closed" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?code=x",
        "?code=the-code&state=",
        "?code=the-code&state=forged",
        "?state=%00",
        "?error=access_denied&state=x",
        "?code=" + "x" * 3000,
    ],
)
def test_an_answer_to_no_question_is_refused_in_words(query: str, stranger: Visitor, directory: FakeDirectory) -> None:
    for begun in (False, True):
        if begun:
            stranger.get("/sign-in/directory")
        page = stranger.get(BACK + query)
        assert page.status == 400
        assert "did not begin here" in page.title


def test_the_answer_of_one_browser_is_worth_nothing_in_another(stranger: Visitor, app: Flask, directory: FakeDirectory) -> None:
    victim = Visitor(app)
    link = directory.let_in(stranger.get("/sign-in/directory").location)
    victim.get("/sign-in/directory")
    assert victim.get(link).status == 400, "nobody is signed in to an attacker's account"
    assert victim.get("/").status == 303


def test_an_answer_works_once_and_not_after_ten_minutes(stranger: Visitor, directory: FakeDirectory, district: District) -> None:
    link = directory.let_in(stranger.get("/sign-in/directory").location)
    assert stranger.get(link).status == 303
    assert stranger.get(link).status == 400
    stranger.sign_out()
    late = directory.let_in(stranger.get("/sign-in/directory").location)
    district.clock.move(minutes=11)
    assert stranger.get(late).status == 400


def test_who_cancels_at_the_directory_reads_so(stranger: Visitor, directory: FakeDirectory) -> None:
    state = parse_qs(urlsplit(stranger.get("/sign-in/directory").location).query)["state"][0]
    page = stranger.get(f"{BACK}?error=access_denied&error_description=<script>&state={state}")
    assert page.status == 403
    assert "did not let you in" in page.title
    assert "<script>" not in page.text


def test_an_answer_that_says_it_is_from_another_directory_is_refused(stranger: Visitor, directory: FakeDirectory) -> None:
    link = directory.let_in(stranger.get("/sign-in/directory").location)
    assert stranger.get(f"{link}&iss=https://evil.example").status == 400


LIES = {
    "another issuer": lambda claims: claims.update(iss="https://evil.example"),
    "for another app": lambda claims: claims.update(aud="another"),
    "for several": lambda claims: claims.update(aud=["another", CLIENT], azp="another"),
    "another nonce": lambda claims: claims.update(nonce="x" * 30),
    "no nonce": lambda claims: claims.update(nonce=None),
    "no subject": lambda claims: claims.update(sub=None),
    "an empty subject": lambda claims: claims.update(sub=""),
    "a long subject": lambda claims: claims.update(sub="x" * 300),
    "no end": lambda claims: claims.update(exp=None),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_meant_for_this_sign_in_is_not_believed(lie: str, stranger: Visitor, directory: FakeDirectory) -> None:
    directory.change = LIES[lie]
    page = arrive(stranger, directory)
    assert page.status == 502
    assert "cannot be trusted" in page.title
    assert stranger.get("/").status == 303


@pytest.mark.parametrize("signed", ["by nobody", "with the secret", "by somebody else", "with its own key"])
def test_what_the_directory_has_not_signed_is_not_believed(signed: str, stranger: Visitor, directory: FakeDirectory) -> None:
    directory.signed = signed
    page = arrive(stranger, directory)
    assert page.status == 502
    assert "cannot be trusted" in page.title


@pytest.mark.parametrize(("seconds", "status"), [(60, 303), (-60, 303), (900, 502), (-900, 502)])
def test_clocks_may_differ_by_two_minutes_and_no_more(seconds: int, status: int, stranger: Visitor, directory: FakeDirectory) -> None:
    directory.now = lambda: time.time() + seconds
    page = arrive(stranger, directory)
    assert page.status == status
    if status == 502:
        assert "clocks do not agree" in page.title
        assert "check the time" in page.text


@pytest.mark.parametrize("broken", ["openid-configuration", "issuer"])
def test_a_directory_that_does_not_answer_is_said_before_anybody_is_sent_there(
    broken: str, stranger: Visitor, directory: FakeDirectory
) -> None:
    directory.broken = broken
    page = stranger.get("/sign-in/directory")
    assert page.status == 502
    assert "does not answer" in page.title
    assert "/sign-in" in page.links
    directory.broken = ""
    assert arrive(stranger, directory).status == 303, "it is asked again the next time"


@pytest.mark.parametrize("broken", ["/token", "/jwks", "no id token"])
def test_a_directory_that_breaks_half_way_lets_nobody_in(broken: str, stranger: Visitor, directory: FakeDirectory) -> None:
    directory.broken = broken
    page = arrive(stranger, directory)
    assert page.status == 502
    assert stranger.get("/").status == 303


def test_a_directory_that_is_not_there_at_all(stranger: Visitor, app: Flask, district: District, directory: FakeDirectory) -> None:
    use(app, district, SingleSignOn("http://127.0.0.1:9", CLIENT, SECRET))
    assert stranger.get("/sign-in/directory").status == 502


def test_without_a_directory_there_is_no_such_page(stranger: Visitor, district: District) -> None:
    for path in ("/sign-in/directory", BACK):
        assert stranger.get(path).status == 404
    assert "district account" not in stranger.get("/sign-in").text


def test_nothing_of_it_is_in_the_log_or_the_audit_log_by_name(
    stranger: Visitor, directory: FakeDirectory, district: District, caplog: pytest.LogCaptureFixture
) -> None:
    arrive(stranger, directory)
    directory.broken = "/token"
    stranger.sign_out()
    arrive(stranger, directory)
    for text in (caplog.text, repr(district.store.history())):
        assert not [word for word in ("Mirabeth", "manager@district", "the-code", SECRET, "s-1") if word in text]
    assert {"bind a district sign-in", "sign in"} <= {entry.action for entry in district.store.history()}


# Proving again


def test_what_cannot_be_taken_back_asks_the_directory_again(stranger: Visitor, directory: FakeDirectory, district: District) -> None:
    arrive(stranger, directory)
    district.clock.move(minutes=6)
    page = stranger.get("/account/app")
    assert page.status == 403
    link = next(link for link in page.links if link.startswith("/sign-in/directory"))
    directory.now = lambda: district.clock().timestamp()
    directory.claims = {**directory.claims, "auth_time": int(district.clock().timestamp())}
    away = stranger.get(link)
    asked = parse_qs(urlsplit(away.location).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])


def test_the_directory_must_have_asked_just_now_and_the_same_person(
    stranger: Visitor, directory: FakeDirectory, district: District
) -> None:
    arrive(stranger, directory)
    for claims, status in (
        ({"auth_time": int(time.time()) - 3600}, 403),
        ({}, 403),
        ({"sub": "s-9", "auth_time": int(time.time())}, 400),
        ({"auth_time": int(time.time())}, 303),
    ):
        directory.claims = {"email": "manager@district.example", "email_verified": True, **claims}
        answer = stranger.get(directory.let_in(stranger.get("/sign-in/directory?again=1&next=/account/app").location))
        assert answer.status == status, claims
    assert answer.location == "/account/app"


def test_a_sign_in_that_the_directory_remembers_from_this_morning_is_not_fresh(stranger: Visitor, directory: FakeDirectory) -> None:
    directory.claims = {**directory.claims, "auth_time": int(time.time()) - 3600}
    arrive(stranger, directory)
    assert stranger.get("/").status == 200
    assert stranger.get("/account/app").status == 403


# Roles by groups


GROUPS = """
claim = "groups"
[[group]]
value = "cedar-managers"
roles = ["case manager"]
school = "04299001"
[[group]]
value = "cedar-office"
roles = ["office staff"]
school = "Cedarprobe Secondary"
[[group]]
value = "harbour-managers"
roles = ["case manager"]
school = "04299002"
[[group]]
value = "sss"
roles = ["Student Support Services"]
"""


@pytest.fixture
def grouped(directory: FakeDirectory, app: Flask, district: District, tmp_path: Path) -> FakeDirectory:
    path = tmp_path / "roles.toml"
    path.write_text(GROUPS, encoding="utf-8")
    use(app, district, SingleSignOn(directory.issuer, CLIENT, SECRET, roles=path))
    return directory


def newcomer(*groups: str, **more: object) -> dict[str, object]:
    return {"sub": "s-new", "email": "new@district.example", "email_verified": True, "name": "Fen Newcomer", "groups": list(groups), **more}


def test_a_group_gives_an_account_with_its_roles_and_school(stranger: Visitor, grouped: FakeDirectory, district: District) -> None:
    grouped.claims = newcomer("cedar-managers", "cedar-office", "something else")
    assert arrive(stranger, grouped).status == 303
    made = identities.find(district.store, grouped.issuer, "s-new")
    assert made
    assert made.by_groups
    assert made.person.roles == {Role.CASE_MANAGER, Role.OFFICE}
    assert made.person.school == district.schools[CEDAR].id
    assert made.person.name == "Fen Newcomer"


def test_roles_follow_the_groups_at_each_sign_in_and_without_one_the_person_is_out(
    stranger: Visitor, app: Flask, grouped: FakeDirectory, district: District
) -> None:
    grouped.claims = newcomer("cedar-managers")
    arrive(stranger, grouped)
    grouped.claims = newcomer("sss")
    assert arrive(Visitor(app), grouped).status == 303
    made = identities.find(district.store, grouped.issuer, "s-new")
    assert made
    assert (made.person.roles, made.person.school) == ({Role.SSS}, "")
    grouped.claims = newcomer()
    page = arrive(Visitor(app), grouped)
    assert page.status == 403
    assert "in no group" in page.text
    assert stranger.get("/").status == 303, "and is signed out everywhere"


@pytest.mark.parametrize("groups", [[], ["something else"], "cedar-managers x", None, [1], {"a": 1}])
def test_groups_that_give_nothing_let_nobody_in(groups: object, stranger: Visitor, grouped: FakeDirectory) -> None:
    grouped.claims = newcomer(groups=groups)
    assert arrive(stranger, grouped).status == 403


def test_groups_of_two_schools_give_a_role_at_each(stranger: Visitor, grouped: FakeDirectory, district: District) -> None:
    grouped.claims = newcomer("cedar-managers", "harbour-managers")
    assert arrive(stranger, grouped).status == 303
    made = identities.find(district.store, grouped.issuer, "s-new")
    assert made
    assert made.person.posts == {Post(Role.CASE_MANAGER, district.schools[school].id) for school in (CEDAR, HARBOUR)}


def test_who_is_on_the_list_keeps_the_roles_of_the_list(stranger: Visitor, grouped: FakeDirectory, district: District) -> None:
    grouped.claims = {**grouped.claims, "groups": ["sss"]}
    arrive(stranger, grouped)
    assert account(district, "manager").person.roles == {Role.CASE_MANAGER}


@pytest.mark.parametrize(("text", "said"), [
    ("", "maps no group"), ("[[group]]", "value"), ('[[group]]\nvalue = "a"\nroles = ["king"]', "king"), ('[[group]]\nvalue = "a"\nroles = ["system administrator"]', "one by one"),
    ('[[group]]\nvalue = "a"\nroles = ["case manager"]', "school"), ('[[group]]\nvalue = "a"\nroles = []', "at least one role"), ("= =", "is not TOML"), ('group = "a"', "maps no group"),
])  # fmt: skip
def test_a_file_of_groups_that_makes_no_sense_is_refused_at_the_start(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "roles.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=said):
        read_groups(path)


def test_a_file_of_groups_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        read_groups(tmp_path / "nothing.toml")


# Settings


SETTINGS = {
    "FORMS_APP_OIDC_ISSUER": "https://login.example/tenant/v2.0",
    "FORMS_APP_OIDC_CLIENT_ID": "a",
    "FORMS_APP_OIDC_CLIENT_SECRET": "b",
}


def test_single_sign_on_is_off_until_all_three_are_set() -> None:
    assert from_environment({}).sso is None
    assert from_environment(SETTINGS).sso == SingleSignOn("https://login.example/tenant/v2.0", "a", "b")
    for name in SETTINGS:
        with pytest.raises(BadSetting, match="all three"):
            from_environment({**SETTINGS, name: ""})


@pytest.mark.parametrize(("changes", "said"), [
    ({"FORMS_APP_OIDC_ISSUER": "http://login.example"}, "https://"), ({"FORMS_APP_OIDC_ISSUER": "login.example"}, "https://"),
    ({"FORMS_APP_OIDC_ISSUER": "https://login.microsoftonline.com/common/v2.0"}, "your own directory"),
    ({"FORMS_APP_OIDC_ISSUER": "https://login.microsoftonline.com/organizations/v2.0"}, "your own directory"), ({"FORMS_APP_OIDC_NAME_CLAIM": "sub"}, "Allowed"),
])  # fmt: skip
def test_a_directory_that_anybody_can_be_in_or_read_along_with_is_refused(changes: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        from_environment({**SETTINGS, **changes})
