"""Dates and reminders in a browser: without JavaScript and by keyboard, on a phone's width, and no page on the way has a fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import ME, Opener
from tests.machine import REQUIRE_ALL

if not REQUIRE_ALL:
    pytest.importorskip("playwright", reason="Playwright is not installed")
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
from playwright.sync_api import Page, expect

from tests.browser.test_looks import checked
from tests.browser.test_main_job import tab_to

ROUND = "assessment.evaluate"
OFFICE = "ash.spruce"


def focus_is_on(page: Page, words: str) -> bool:
    return words in str(page.evaluate("document.activeElement.textContent")).replace("\n", " ")


def test_the_next_date_is_set_by_keyboard_and_without_javascript(open_page: Opener, new_student: Callable[..., str]) -> None:
    student = new_student()
    page = open_page(ME, javascript=False)
    page.goto(f"/students/{student}/items/{ROUND}")
    tab_to(page, lambda: focus_is_on(page, "Set the next date"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The next time")
    tab_to(page, lambda: page.evaluate("document.activeElement.name") == "date")
    page.locator("[name=date]").fill("2026-12-15")
    tab_to(page, lambda: focus_is_on(page, "Set the next date"))
    page.keyboard.press("Enter")
    expect(page.locator(f'[id="{ROUND}"]')).to_contain_text("15 Dec")


def test_the_page_of_a_due_date_has_no_fault_and_none_with_errors(open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("status of 422")
    student = new_student()
    for width in (1280, 320):
        page = open_page(ME, width=width)
        page.goto(f"/students/{student}/items/iep.develop/due")
        assert checked(page) == {}, width
        page.get_by_role("button", name="Set this date").click()
        assert page.title().startswith("Error:")
        assert checked(page) == {}, width


def test_a_date_that_is_asked_about_has_no_fault_and_the_error_leads_to_the_box(open_page: Opener) -> None:
    open_page.expect("status of 422")
    page = open_page(OFFICE, width=320)
    page.goto("/dates")
    page.get_by_label("Time of the year").select_option("designation-february")
    page.get_by_label("Date", exact=True).fill("2027-04-01")
    page.get_by_role("button", name="Announce").click()
    assert page.title().startswith("Error:")
    assert checked(page) == {}
    page.locator(".govuk-error-summary a").click()
    assert page.evaluate("document.activeElement.name") == "confirm"


def test_a_calendar_is_pasted_and_looked_at_without_javascript(open_page: Opener) -> None:
    open_page.expect("status of 422")
    page = open_page(OFFICE, javascript=False)
    page.goto("/dates/calendar/import")
    page.get_by_label("Lines").fill("2027-04-21, 2027-04-23, Invented break\n31 2 2027, Wrong")
    page.get_by_role("button", name="Show what will be entered").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Line 2: There is no 31 February 2027")
    page.get_by_label("Lines").fill("2027-04-21, 2027-04-23, Invented break")
    page.get_by_role("button", name="Show what will be entered").click()
    page.get_by_role("button", name="Enter this line").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("School calendar")
    expect(page.locator("table")).to_contain_text("21 April 2027 to 23 April 2027")


@pytest.mark.parametrize("text", ["2027-05-03, Invented day", "31 2 2027, Wrong"])
def test_what_an_import_shows_has_no_fault(text: str, open_page: Opener) -> None:
    open_page.expect("status of 422")
    for width in (1280, 320):
        page = open_page(OFFICE, width=width)
        page.goto("/dates/calendar/import")
        page.get_by_label("Lines").fill(text)
        page.get_by_role("button", name="Show what will be entered").click()
        assert checked(page) == {}, width


def test_a_calendar_address_is_shown_once_without_a_fault(open_page: Opener) -> None:
    page = open_page(ME, width=320)
    page.goto("/reminders")
    page.get_by_role("button", name="address").last.click()
    expect(page.locator(".one-time-link")).to_contain_text("/calendar/")
    assert checked(page) == {}
    page.goto("/reminders")
    expect(page.locator(".one-time-link")).to_have_count(0)
