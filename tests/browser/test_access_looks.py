"""The pages about access, in a browser: no fault that axe can find, nothing that scrolls sideways, and everything done without JavaScript."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import ME, Opener
from tests.browser.test_looks import checked
from tests.conftest import Live


def listed(live: Live, username: str) -> str:
    """A student in whose case this person takes part, or whom they assist."""
    person = next(one for one in live.desk.people().values() if one.username == username)
    lists = live.desk.lists(person)
    return lists.shared[0].id if lists.shared else lists.helped[0].checklist.student.id


@pytest.mark.parametrize("page", ["people", "audit", "shared"])
def test_the_pages_about_access_to_a_student_have_no_fault(page: str, open_page: Opener, new_student: Callable[..., str]) -> None:
    opened = open_page(ME)
    opened.goto(f"/students/{new_student()}/{page}")
    assert checked(opened) == {}


@pytest.mark.parametrize(
    ("username", "path"),
    [
        ("lee.maple", "/"),
        ("noor.willow", "/"),
        ("pat.hemlock", "/emergency"),
        ("pat.hemlock", "/emergency/report"),
        ("ash.spruce", "/emergency/report"),
    ],
)
def test_pages_of_those_who_take_part_or_oversee_have_no_fault(username: str, path: str, open_page: Opener) -> None:
    page = open_page(username)
    page.goto(path)
    assert checked(page) == {}


def test_what_an_assistant_sees_has_no_fault(open_page: Opener, live: Live) -> None:
    page = open_page("lee.maple")
    page.goto(f"/students/{listed(live, 'lee.maple')}")
    assert page.url.endswith("/shared")
    assert checked(page) == {}


def test_the_roles_of_a_person_have_no_fault(open_page: Opener, live: Live) -> None:
    page = open_page("admin")
    for username in ("lee.maple", "admin"):
        person = next(one for one in live.desk.people().values() if one.username == username)
        page.goto(f"/people/{person.id}")
        assert checked(page) == {}, username


def test_what_cannot_be_named_is_told_without_a_fault(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME)
    open_page.expect("status of 422")
    page.goto(f"/students/{new_student()}/people")
    page.get_by_role("button", name="Let them cover").click()
    assert page.title().startswith("Error:")
    assert checked(page) == {}


def test_naming_who_covers_and_ending_it_works_without_javascript(open_page: Opener, new_student: Callable[..., str], live: Live) -> None:
    page = open_page(ME, javascript=False)
    page.goto(f"/students/{new_student()}/people")
    page.locator("#covering-who").select_option(label="Noor Willow")
    page.locator("#covering-until").fill((live.desk.today() + dt.timedelta(days=7)).isoformat())
    page.locator("#covering-reason").fill("at a course")
    page.get_by_role("button", name="Let them cover").click()
    covering = page.get_by_role("row", name="Covers for the case manager")
    assert covering.count() == 1
    page.get_by_role("button", name=re.compile("End now.*Noor Willow covers")).click()
    assert covering.count() == 0


def test_a_record_opened_in_an_emergency_says_so_loudly_and_without_a_fault(open_page: Opener, live: Live) -> None:
    page = open_page("pat.hemlock")
    cedar = next(one for one in live.desk.people().values() if one.username == "pat.hemlock").school
    other = next(summary for summary in live.desk.store.list("student", state="open") if summary.columns.school != cedar)
    page.goto("/emergency")
    page.locator("#who").fill(other.summary["profile"]["pen"])
    page.locator("#reason").fill("Fire alarm")
    page.get_by_role("button", name="Open for 60 minutes").click()
    assert page.url.endswith(f"/students/{other.id}")
    assert page.get_by_role("heading", name="Opened in an emergency").is_visible()
    assert checked(page) == {}
