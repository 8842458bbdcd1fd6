"""Handing a student over, by keyboard and in at most five presses for both people together."""

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
from tests.browser.test_main_job import focused_text, tab_to

COLLEAGUE = "noor.willow"
PRESSES = 5


@pytest.mark.parametrize("javascript", [True, False])
def test_a_student_is_handed_over_by_keyboard_in_five_presses(javascript: bool, open_page: Opener, new_student: Callable[..., str]) -> None:
    student, presses = new_student(), 0
    mine, theirs = open_page(ME, javascript=javascript), open_page(COLLEAGUE, javascript=javascript)

    def press(page: Page, words: str) -> None:
        nonlocal presses
        tab_to(page, lambda: focused_text(page) == words)
        page.keyboard.press("Enter")
        presses += 1

    mine.goto(f"/students/{student}")
    press(mine, "Hand over")
    mine.wait_for_url("**/handover")
    tab_to(mine, lambda: mine.evaluate("document.activeElement.name") == "who")
    mine.keyboard.type("Noor")
    presses += 1
    press(mine, "Ask to take over")
    expect(mine.get_by_text("not answered yet")).to_be_visible()
    theirs.goto("/")
    tab_to(theirs, lambda: str(theirs.evaluate("document.activeElement.getAttribute('href')")) == f"/students/{student}/handover")
    theirs.keyboard.press("Enter")
    presses += 1
    theirs.wait_for_url("**/handover")
    press(theirs, "Take over")
    theirs.wait_for_url(f"**/students/{student}")
    assert presses <= PRESSES
    mine.goto("/")
    assert mine.locator(f'a[href*="{student}"]').count() == 0, "access moved at once"


def test_the_packet_and_its_form_have_no_fault_and_print_on_one_page(
    open_page: Opener, old_student: str, new_student: Callable[..., str]
) -> None:
    open_page.expect("status of 422")
    page = open_page(ME)
    for student in (old_student, new_student()):
        page.goto(f"/students/{student}/handover")
        assert checked(page) == {}
    page.get_by_role("button", name="Ask to take over").click()
    page.get_by_text("There is a problem").wait_for()
    assert checked(page) == {}
    asked = open_page(COLLEAGUE)
    asked.goto("/")
    asked.locator("#handovers a").first.click()
    assert checked(asked) == {}
    asked.emulate_media(media="print")
    assert asked.pdf(format="Letter").count(b"/Type /Page\n") <= 1
