"""How many presses each main job takes, counted in the browser: a listener counts what a person presses, chooses or sends with the keyboard.

Typing is not counted, and neither is signing in. The limits are those of the project's promise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.browser.conftest import ME, Opener
from tests.machine import REQUIRE_ALL

if not REQUIRE_ALL:
    pytest.importorskip("playwright", reason="Playwright is not installed")
from playwright.sync_api import Locator, Page, expect

COLLEAGUE = "noor.willow"
# It stays in the tab over page loads. Only what a person does is trusted; one press is one pointer that goes down.
LISTENER = """(() => {
  const count = (event) => {
    if (!event.isTrusted) return;
    const typing = event.target.matches("input[type=text], input[type=password], textarea") && event.key === " ";
    if (event.type === "keydown" && (typing || !["Enter", " "].includes(event.key))) return;
    const seen = JSON.parse(sessionStorage.getItem("presses") || "[]");
    const where = event.target.closest("a, button, summary, label, input, select") || event.target;
    seen.push(`${event.type}: ${(where.innerText || where.name || where.tagName).trim().split("\\n")[0].slice(0, 50)}`);
    sessionStorage.setItem("presses", JSON.stringify(seen));
  };
  document.addEventListener("pointerdown", count, true);
  document.addEventListener("keydown", count, true);
})()"""


@pytest.fixture(scope="module")
def counted() -> Iterator[dict[str, list[str]]]:
    """What each job took; told when all are done."""
    found: dict[str, list[str]] = {}
    yield found
    for job, presses in found.items():
        print(f"\n{job}: {len(presses)}" + (f" ({'; '.join(presses)})" if presses else ""), end="")


def watched(page: Page) -> Page:
    page.context.add_init_script(LISTENER)
    return page


def presses(*pages: Page) -> list[str]:
    return [one for page in pages for one in page.evaluate("JSON.parse(sessionStorage.getItem('presses') || '[]')")]


def choose(field: Locator, label: str) -> None:
    """As a person does: one press opens the list, typing finds the line, and leaving the field takes it."""
    field.click()
    field.page.keyboard.press("Escape")  # a headless browser draws no list
    field.select_option(label=label)


def test_a_listener_counts_every_press_once_and_no_typing(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = watched(open_page(ME))
    page.goto(f"/students/{new_student()}/events/new")
    assert presses(page) == []
    page.get_by_label("A new confidential report arrived").check()
    page.get_by_text("Referral to Student Support Services", exact=True).click()  # its label, which presses the button behind it
    page.get_by_label(re.compile("Which one")).first.press_sequentially("two words")
    assert len(presses(page)) == 2
    page.get_by_label(re.compile("Which one")).first.press("Enter")
    page.wait_for_url("**#event-*")
    assert len(presses(page)) == 3, "they are counted over page loads"


def test_what_is_next_takes_none(open_page: Opener, counted: dict[str, list[str]]) -> None:
    page = watched(open_page(ME))
    page.goto("/")
    first = page.locator(".caseload tbody tr").nth(1)
    for part in ("th", ".caseload__next", ".caseload__when"):
        expect(first.locator(part)).to_be_in_viewport()
        expect(first.locator(part)).not_to_be_empty()
    counted["What is next"] = presses(page)
    assert counted["What is next"] == []


def test_what_for_this_student_why_and_is_it_done_takes_one(open_page: Opener, counted: dict[str, list[str]]) -> None:
    page = watched(open_page(ME))
    page.goto("/")
    link = page.locator(".caseload__next a").first
    title, key = link.inner_text(), str(link.get_attribute("href")).partition("#")[2]
    link.click()
    row = page.locator(f'[id="{key}"]')
    for said in (
        row.locator("summary", has_text=title),
        row.get_by_text("Why here"),
        row.get_by_text("The student has").first,
        row.locator(".govuk-tag"),
    ):
        expect(said).to_be_in_viewport()
    expect(page.locator("#progress")).to_contain_text("done")
    counted["What for this student, why, is it done"] = presses(page)
    assert len(counted["What for this student, why, is it done"]) <= 1


def test_a_tick_takes_one(open_page: Opener, new_student: Callable[..., str], counted: dict[str, list[str]]) -> None:
    page = watched(open_page(ME))
    page.goto(f"/students/{new_student()}#designation.keep-current-d")
    row = page.locator('[id="designation.keep-current-d"]')
    row.get_by_role("button", name=re.compile("^Mark filed")).click()
    expect(row).to_contain_text("Filed in Red File")
    counted["Tick"] = presses(page)
    assert len(counted["Tick"]) <= 1


def test_recording_a_report_and_filing_it_takes_four(
    open_page: Opener, new_student: Callable[..., str], counted: dict[str, list[str]]
) -> None:
    page = watched(open_page(ME))
    page.goto(f"/students/{new_student()}")
    page.get_by_role("link", name="a new report").click()
    expect(page.get_by_label("A new confidential report arrived")).to_be_checked()
    page.get_by_label(re.compile("Which one")).first.click()
    page.keyboard.type("hospital report")
    page.get_by_role("button", name="Record the event").click()
    row = page.locator("li.item", has_text="File the new report in the Red File")
    row.get_by_role("button", name=re.compile("^Mark filed")).click()
    expect(row).to_contain_text("Filed in Red File")
    counted["Record a report and file it"] = presses(page)
    assert len(counted["Record a report and file it"]) <= 4


def test_handing_over_takes_five_for_both_together(
    open_page: Opener, new_student: Callable[..., str], counted: dict[str, list[str]]
) -> None:
    student = new_student()
    mine, theirs = watched(open_page(ME)), watched(open_page(COLLEAGUE))
    mine.goto(f"/students/{student}")
    mine.get_by_role("link", name="Hand over").click()
    choose(mine.get_by_label("Who takes over"), "Noor Willow")
    mine.get_by_role("button", name="Ask to take over").click()
    expect(mine.get_by_text("not answered yet")).to_be_visible()
    theirs.goto("/")
    theirs.locator(f'a[href="/students/{student}/handover"]').click()
    theirs.get_by_role("button", name="Take over").click()
    theirs.wait_for_url(f"**/students/{student}")
    counted["Hand over"] = presses(mine, theirs)
    assert len(counted["Hand over"]) <= 5
