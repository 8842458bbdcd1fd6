"""The main job, end to end: read a page, follow an item into the app, tick it, see who and when, undo. With JavaScript, without, and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import ME, Opener, fill_sign_in
from tests.conftest import Live
from tests.machine import REQUIRE_ALL

if not REQUIRE_ALL:
    pytest.importorskip("playwright", reason="Playwright is not installed")
from playwright.sync_api import Locator, Page, expect

ITEM = "iep.monitor"
TITLE = "Monitor progress"
MARK_DONE = re.compile(rf"^Mark done\s*: {TITLE}$")
WHO, WHEN = "Robin Alder", "24 November 2026"


def row(page: Page, key: str = ITEM) -> Locator:
    return page.locator(f'[id="{key}"]')


def unfold(page: Page, key: str = ITEM) -> Locator:
    """The row, brought into view the way a reader does: by opening what it is folded into."""
    found = row(page, key)
    if not found.is_visible():
        page.locator("details", has=found).first.locator("summary").first.click()
    expect(found).to_be_visible()
    return found


def focused_text(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))


def tab_to(page: Page, wanted: Callable[[], bool], key: str = "Tab", most: int = 400) -> None:
    for _ in range(most):
        page.keyboard.press(key)
        if wanted():
            return
    raise AssertionError(f"{most} times {key} did not get there; the focus is on “{focused_text(page)[:80]}”")


def is_done(page: Page) -> None:
    expect(row(page)).to_contain_text(f"Done, {WHEN}")
    expect(row(page)).to_contain_text(WHO)


def from_the_handbook_to_the_student(page: Page, student: str) -> None:
    page.goto("/handbook/responsibilities/iep.html")
    page.locator(f'a[href*="/items/{ITEM}"]').first.click()
    fill_sign_in(page, ME)
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    page.locator(f'a[href*="{student}"]').first.click()
    page.wait_for_url(f"**/students/{student}**")


def test_from_a_page_into_the_checklist_one_press_ticks_and_one_undoes(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page()
    from_the_handbook_to_the_student(page, new_student())
    page.evaluate("window.__same = true")
    expect(row(page).get_by_text("Why here")).to_be_visible()  # a link to an item opens it
    unfold(page).get_by_role("button", name=MARK_DONE).click()
    is_done(page)
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(row(page)).to_contain_text("To do")
    expect(row(page)).not_to_contain_text(f"Done, {WHEN} ({WHO})")
    assert page.evaluate("window.__same"), "ticking never leaves the page"
    page.reload()
    expect(row(page)).to_contain_text("Undone")


def test_the_same_without_javascript(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(javascript=False)
    from_the_handbook_to_the_student(page, new_student())
    unfold(page).get_by_role("button", name=TITLE).click()
    assert page.url.endswith(f"#{ITEM}")
    is_done(page)
    expect(unfold(page)).to_be_visible()
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    expect(row(page)).to_contain_text("Undone")
    expect(unfold(page).get_by_role("button", name=MARK_DONE)).to_be_visible()


def test_the_same_by_keyboard_alone(open_page: Opener, new_student: Callable[..., str]) -> None:
    student = new_student()
    page = open_page()
    page.goto("/handbook/responsibilities/iep.html")
    tab_to(page, lambda: bool(page.evaluate(f"document.activeElement.matches('a[href*=\"/items/{ITEM}\"]')")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in**")
    tab_to(page, lambda: page.evaluate("document.activeElement.name") == "username")
    page.keyboard.type(ME)
    page.keyboard.press("Tab")
    page.keyboard.type("kelp-lantern-meadow")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"^[^?]*/items/{re.escape(ITEM)}$"))
    tab_to(page, lambda: bool(page.evaluate(f"document.activeElement.matches('a[href*=\"{student}\"]')")))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/students/{student}**")
    page.evaluate("window.__same = true")
    if not row(page).is_visible():
        folded = page.locator("details", has=row(page)).first.locator("summary").first
        tab_to(page, lambda: folded.evaluate("one => one === document.activeElement"))
        page.keyboard.press("Enter")
    tab_to(page, lambda: bool(MARK_DONE.match(focused_text(page))))
    page.keyboard.press("Space")
    is_done(page)
    assert row(page).evaluate("one => one.contains(document.activeElement)"), "the focus stays on the row"
    if not focused_text(page).startswith("Undo"):
        tab_to(page, lambda: focused_text(page).startswith("Undo"), most=5)
    page.keyboard.press("Enter")
    expect(row(page).get_by_role("button", name=MARK_DONE)).to_be_visible()
    assert row(page).evaluate("one => one.contains(document.activeElement)"), "and stays there"
    assert page.evaluate("window.__same")


def test_the_focus_is_always_to_be_seen(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME)
    page.goto(f"/students/{new_student()}")
    for _ in range(12):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); const b = document.activeElement.getBoundingClientRect();"
            " return [document.activeElement.tagName, s.outlineStyle !== 'none' || s.boxShadow !== 'none' || s.backgroundColor !== 'rgba(0, 0, 0, 0)', b.width > 0 && b.bottom > 0] })()"
        )
        assert shown[1:] == [True, True], shown


def test_an_item_that_asks_more_is_recorded_in_its_row(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME)
    page.goto(f"/students/{new_student()}")
    page.evaluate("window.__same = true")
    share = unfold(page, "iep.plan-with-parents")
    share.get_by_role("button", name=re.compile(r"^Record\s*: Plan")).click()
    share.get_by_label("Who was involved").fill("English and Art teachers")
    share.get_by_role("button", name=re.compile("^Record it")).click()
    expect(share).to_contain_text(f"Done, with English and Art teachers, {WHEN}")
    assert page.evaluate("window.__same")


def test_on_an_items_own_page_what_is_missing_is_said_and_what_is_right_leads_back(
    open_page: Opener, new_student: Callable[..., str]
) -> None:
    open_page.expect("status of 422")
    for javascript in (True, False):
        page, student = open_page(ME, javascript=javascript), new_student()
        page.goto(f"/students/{student}/items/iep.plan-with-parents")
        page.get_by_role("button", name=re.compile("^Record it")).click()
        expect(page.get_by_role("link", name=re.compile("Say who was involved"))).to_be_visible()
        assert page.title().startswith("Error:")
        assert page.locator('[id="iep.plan-with-parents"]').count() == 1
        page.get_by_label("Who was involved").fill("English teacher")
        page.get_by_role("button", name=re.compile("^Record it")).click()
        page.wait_for_url(re.compile(rf"/students/{student}(\?[^/]*)?#iep\.plan-with-parents$"))
        expect(row(page, "iep.plan-with-parents")).to_contain_text("Done, with English teacher")


def test_what_is_missing_is_said_in_the_row_and_the_focus_goes_there(open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("status of 422")
    page = open_page(ME)
    page.goto(f"/students/{new_student()}")
    share = unfold(page, "iep.plan-with-parents")
    share.get_by_role("button", name=re.compile(r"^Record\s*: Plan")).click()
    share.get_by_role("button", name=re.compile("^Record it")).click()
    expect(share).to_contain_text("There is a problem")
    page.wait_for_function("document.activeElement.textContent.includes('There is a problem')")
    share.get_by_role("link", name=re.compile("Say who was involved")).click()
    assert page.evaluate("document.activeElement.name") == "people"


def test_the_second_of_two_people_sees_the_firsts_mark(open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("status of 409")
    student = new_student()
    laptop, phone = open_page(ME), open_page(ME, width=360)
    for page in (laptop, phone):
        page.goto(f"/students/{student}")
    waits = unfold(laptop)
    waits.locator("summary").first.click()
    waits.get_by_text("Waiting", exact=True).last.click()
    waits.get_by_label("waiting: for what or whom").or_(waits.get_by_label("For what or whom")).first.fill("the counsellor")
    waits.get_by_role("button", name=re.compile("^Record it")).click()
    expect(waits).to_contain_text("Waiting for the counsellor")
    unfold(phone).get_by_role("button", name=MARK_DONE).click()
    expect(row(phone)).to_contain_text("Somebody was faster")
    expect(row(phone)).to_contain_text("Waiting for the counsellor")
    expect(row(phone)).to_contain_text(WHO)


def test_an_event_opens_its_items_and_the_page_leads_to_them(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME)
    page.goto(f"/students/{new_student()}")
    page.get_by_role("link", name="Record an event").first.click()
    page.get_by_label("A new confidential report arrived").check()
    page.get_by_label(re.compile("Which one|Kind of report")).first.fill("hospital report")
    page.get_by_role("button", name="Record the event").click()
    expect(page.locator("#events")).to_contain_text("hospital report")
    for item in ("File the new report in the Red File", "Forward a copy of the report to SSS"):
        assert page.locator("li", has_text=item).filter(has_text="hospital report").count()


def test_a_press_that_cannot_reach_the_server_says_that_nothing_was_saved(open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("ERR_INTERNET_DISCONNECTED|htmx")
    page = open_page(ME)
    page.goto(f"/students/{new_student()}")
    one = unfold(page)
    page.context.set_offline(True)
    one.get_by_role("button", name=TITLE).click()
    expect(page.get_by_role("alert").first).to_contain_text("This was not saved")
    expect(one).to_contain_text("To do")
    page.context.set_offline(False)
    one.get_by_role("button", name=TITLE).click()
    is_done(page)
    expect(page.get_by_role("alert").first).to_have_text("")


def test_a_press_after_the_session_ended_says_so_and_keeps_what_was_typed(open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("40[01]")
    page = open_page(ME)
    page.goto(f"/students/{new_student()}")
    share = unfold(page, "iep.plan-with-parents")
    share.get_by_role("button", name=re.compile(r"^Record\s*: Plan")).click()
    share.get_by_label("Who was involved").fill("English and Art teachers")
    page.context.clear_cookies()
    share.get_by_role("button", name=re.compile("^Record it")).click()
    expect(page.get_by_role("alert").first).to_contain_text("signed out")
    expect(share.get_by_label("Who was involved")).to_have_value("English and Art teachers")


def test_two_quick_presses_are_one_mark(open_page: Opener, new_student: Callable[..., str], live: Live) -> None:
    open_page.expect("status of 409")
    student = new_student()
    page = open_page(ME)
    page.goto(f"/students/{student}")
    unfold(page).get_by_role("button", name=TITLE).dblclick()
    is_done(page)
    desk = live.desk
    record = desk.record(student, desk.year())
    assert [mark.item for mark in record.marks].count(ITEM) == 1


def test_signing_out_leaves_nothing_to_go_back_to(open_page: Opener) -> None:
    page = open_page()
    fill_sign_in(page, ME)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
    page.go_back()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
