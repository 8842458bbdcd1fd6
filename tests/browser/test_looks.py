"""Every page for everybody: no fault that axe can find, no sideways scrolling on a phone, little to load, and a paper that says all."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forms_app.settings import Settings
from tests.browser.conftest import ME, Opener
from tests.conftest import Live
from tests.machine import REQUIRE_ALL, missing

if not REQUIRE_ALL:
    pytest.importorskip("playwright", reason="Playwright is not installed")
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (1280, 320)
PRINT = "print_page.html"  # every page on one; what is wrong in it is wrong in the page itself


FAULTS = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}).then(found =>
    found.violations.flatMap(one => one.nodes.map(node => one.id + ': ' + node.html.slice(0, 160))))"""


def faults(page: Page) -> list[str]:
    """What axe finds. The debugging channel runs it, so no policy of the page has to be loosened."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    return list(page.evaluate(FAULTS, TAGS))


def too_wide(page: Page) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"scrolls sideways: {width}"] if width > page.viewport_size["width"] else []  # type: ignore[index]


def checked(page: Page) -> dict[str, list[str]]:
    """Faults of the page as it is now, at each width."""
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found[str(width)] = faults(page) + too_wide(page)
    return {width: list_ for width, list_ in found.items() if list_}


def send(page: Page, path: str, **fields: str) -> None:
    """Send a form that no page offers."""
    with page.expect_navigation():
        page.evaluate(
            "([path, fields]) => { const f = document.createElement('form'); f.method = 'post'; f.action = path;"
            " for (const [k, v] of Object.entries(fields)) { const i = document.createElement('input'); i.type = 'hidden'; i.name = k; i.value = v; f.append(i); }"
            " document.body.append(f); f.submit(); }",
            [path, {"csrf_token": page.locator("input[name=csrf_token]").first.input_value(), **fields}],
        )


# The checks themselves


def test_a_fault_that_is_put_there_on_purpose_is_found(page: Page) -> None:
    page.goto("/privacy")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/mark.svg\"><input>')")
    assert {fault.partition(":")[0] for fault in faults(page)} >= {"image-alt", "label"}
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<pre>' + 'x'.repeat(2000) + '</pre>')")
    assert too_wide(page)


def test_a_request_to_another_host_and_a_script_in_the_page_are_noticed_and_refused(page: Page, open_page: Opener) -> None:
    page.goto("/privacy")
    page.evaluate("fetch('https://elsewhere.invalid/').catch(() => null)")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.__evil = 1'}))")
    page.wait_for_timeout(200)
    noticed = " ".join(open_page.watch.left())
    assert "elsewhere.invalid" in noticed
    assert "Content Security Policy" in noticed
    assert page.evaluate("window.__evil") is None
    open_page.expect(".")


# The app


@pytest.mark.parametrize("path", ["/sign-in", "/privacy", "/welcome/none", "/no-such-page"])
def test_pages_before_signing_in_have_no_fault(path: str, page: Page, open_page: Opener) -> None:
    open_page.expect("status of 404")
    page.goto(path)
    assert checked(page) == {}


def test_a_refused_sign_in_has_no_fault(page: Page, open_page: Opener) -> None:
    open_page.expect("status of 422")
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    assert page.title().startswith("Error:")
    assert checked(page) == {}


@pytest.mark.parametrize(("username", "path"), [
    (ME, "/"), (ME, "/students/new"), (ME, "/dates"), (ME, "/handovers"), (ME, "/handovers/new"), (ME, "/handovers/cover"), ("noor.willow", "/handovers"), ("pat.hemlock", "/years"), ("ash.spruce", "/years"), ("ash.spruce", "/edition"), (ME, "/items/iep.develop"), (ME, "/items/records.file-report"), ("pat.hemlock", "/"), ("pat.hemlock", "/students/new"), ("ash.spruce", "/"),
    ("ash.spruce", "/dates"), ("ash.spruce", "/dates/calendar"), ("ash.spruce", "/dates/calendar/import?suggest=2026"), (ME, "/dates/calendar"), (ME, "/reminders"), ("lee.maple", "/"), ("admin", "/"), ("admin", "/people"),
])  # fmt: skip
def test_pages_of_every_role_have_no_fault(username: str, path: str, open_page: Opener) -> None:
    page = open_page(username)
    page.goto(path)
    assert checked(page) == {}


def test_the_checklist_has_no_fault_folded_or_with_every_row_opened(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME)
    page.goto(f"/students/{new_student()}")
    assert checked(page) == {}, "folded"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.wait_for_load_state("networkidle")
    assert checked(page) == {}, "opened"


def test_a_checklist_half_done_one_of_last_year_and_one_that_may_only_be_read_have_no_fault(open_page: Opener, old_student: str) -> None:
    found = {}
    for username, path in (
        (ME, f"/students/{old_student}"),
        (ME, f"/students/{old_student}/2025"),
        ("pat.hemlock", f"/students/{old_student}"),
        (ME, f"/students/{old_student}/years"),
    ):
        page = open_page(username)
        page.goto(path)
        found[f"{username} {path}"] = checked(page)
    assert {name: fault for name, fault in found.items() if fault} == {}


@pytest.mark.parametrize("item", ["iep.develop", "iep.plan-with-parents", "records.file-iep"])
def test_the_form_of_an_item_has_no_fault_and_none_with_errors(item: str, open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("status of 422")
    page = open_page(ME)
    page.goto(f"/students/{new_student()}/items/{item}")
    assert checked(page) == {}
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("On which day?").first.fill("2030-01-01")
    page.get_by_role("button", name=re.compile("^Record it")).click()
    page.get_by_text("There is a problem").wait_for()
    assert page.title().startswith("Error:")
    assert checked(page) == {}


def test_the_form_for_a_decision_has_no_fault(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME)
    page.goto(f"/students/{new_student()}/items/exams.consider")
    assert checked(page) == {}


@pytest.mark.parametrize(
    ("username", "path"), [(ME, "/students/new"), (ME, "edit"), (ME, "events/new"), ("ash.spruce", "/dates"), ("admin", "/people")]
)
def test_forms_and_their_errors_have_no_fault(username: str, path: str, open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("status of 422")
    page = open_page(username)
    page.goto(path if path.startswith("/") else f"/students/{new_student()}/{path}")
    if path == "edit":
        page.get_by_label("Given name").fill("")
        page.get_by_label("Family name").fill("")
        page.get_by_label("Personal Education Number").fill("1")
    page.locator("main form button[type=submit]").first.click()
    assert page.title().startswith("Error:")
    assert checked(page) == {}


def test_recording_and_withdrawing_an_event_have_no_fault(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME)
    student = new_student()
    page.goto(f"/students/{student}/events/new?event=referral")
    assert checked(page) == {}
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("main form [name=detail]").fill("speech and language")
    page.locator("main form button[type=submit]").first.click()
    page.locator("#events").get_by_role("link", name=re.compile("Recorded in error")).first.click()
    assert checked(page) == {}


def test_pages_that_refuse_have_no_fault(open_page: Opener, new_student: Callable[..., str]) -> None:
    open_page.expect("status of (400|401|403|404|405|409|413)")
    student = new_student()
    found = {}
    page = open_page("pat.hemlock")
    page.goto("/")
    send(page, f"/students/{student}/marks", tick="iep.develop|")
    assert "Only the case manager, who covers for them and the school-based team can mark items" in page.inner_text("main")
    found["403"] = checked(page)
    page = open_page(ME)
    page.goto("/")
    send(
        page, f"/students/{student}/items/iep.plan-with-parents", csrf_token="old", people="English teacher", on="2026-11-20", status="done"
    )
    assert "send this again" in page.inner_text("main")
    found["400"] = checked(page)
    page.goto("/")
    send(page, f"/students/{student}/edit", given="x" * 300_000)
    found["413"] = checked(page)
    page.goto("/")
    send(page, f"/students/{student}/items/iep.develop", status="done", on="2026-11-20")
    page.goto("/")
    send(page, f"/students/{student}/items/iep.develop", status="not needed", reason="agreed", on="2026-11-20")
    assert "Somebody was faster" in page.inner_text("main")
    found["409"] = checked(page)
    page.goto("/")
    page.context.clear_cookies()
    send(page, f"/students/{student}/items/iep.plan-with-parents", people="English teacher", on="2026-11-20", status="done")
    assert "You were signed out" in page.inner_text("main")
    found["401"] = checked(page)
    assert {name: fault for name, fault in found.items() if fault} == {}


# The handbook


def handbook_pages(built: Settings) -> list[str]:
    handbook = built.site / "handbook"
    return [path.relative_to(handbook).as_posix() for path in sorted(handbook.rglob("*.html"))]


def test_no_page_of_the_handbook_has_a_fault_or_scrolls_sideways_on_a_phone(built: Settings, page: Page) -> None:
    found = {}
    names = handbook_pages(built)
    assert len(names) > 60
    for name in names:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"/handbook/{name}")
        found[name] = [*(faults(page) if name != PRINT else []), *too_wide(page)]
        page.set_viewport_size({"width": 320, "height": 640})
        found[name] += too_wide(page)
    assert {name: fault for name, fault in found.items() if fault} == {}


SAMPLE = (
    "index.html",
    "responsibilities/iep.html",
    "procedures/share-an-iep.html",
    "meeting/card-iep.html",
    "reference/guidance.html",
    "reference/year-at-a-glance.html",
    "404.html",
)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_phone_in_light_and_in_the_dark_the_handbook_has_no_fault(dark: bool, open_page: Opener) -> None:
    page = open_page(width=320, height=640, dark=dark)
    found = {}
    for name in SAMPLE:
        page.goto(f"/handbook/{name}")
        found[name] = faults(page) + too_wide(page)
    assert {name: fault for name, fault in found.items() if fault} == {}


def test_at_twice_the_size_the_checklist_still_fits(open_page: Opener, new_student: Callable[..., str]) -> None:
    page = open_page(ME, width=640)
    page.goto(f"/students/{new_student()}")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert too_wide(page) == []


def test_forty_students_fit_two_screens_and_what_is_open_for_one_fits_one(
    open_page: Opener, new_student: Callable[..., str], live: Live
) -> None:
    sam = next(person for person in live.desk.people().values() if person.username == "sam.larch")
    while len(live.desk.store.list("student", owner=sam.id)) < 40:
        new_student(of="sam.larch")
    page = open_page("sam.larch", height=800)
    page.goto("/")
    rows = page.locator("main tbody tr")
    assert rows.count() >= 40
    assert rows.last.evaluate("row => row.getBoundingClientRect().bottom + scrollY") <= 2 * 800
    page = open_page(ME, height=800)
    page.goto(f"/students/{new_student()}")
    assert page.get_by_text("Everything else, by responsibility").evaluate("one => one.getBoundingClientRect().top") <= 800


# Searching


QUESTIONS = {
    "share iep": "share-an-iep", "prepare sbt": "prepare-for-an-sbt-meeting", "new report": "handle-a-new-confidential-report", "take over": "take-over-a-student",
    "exam supports": "consider-exam-supports", "write minutes": "write-sbt-minutes", "year end": "organize-the-year-end-review", "agency consent": "obtain-consent-for-an-outside-agency",
}  # fmt: skip


@pytest.mark.parametrize("where", ["from the server", "from a folder"])
def test_two_words_find_a_procedure(where: str, built: Settings, page: Page) -> None:
    page.goto("/handbook/index.html" if where == "from the server" else (built.site / "handbook/index.html").as_uri())
    box, links = page.locator(".md-search__input"), page.locator(".md-search-result__link")
    for words, procedure in QUESTIONS.items():
        box.click()
        box.fill("")
        page.keyboard.type(words, delay=20)  # the theme searches as people type
        links.and_(page.locator(f'[href*="procedures/{procedure}.html"]')).first.wait_for(state="attached")
        first = links.evaluate_all("all => all.slice(0, 5).map(one => one.href)")
        assert [link for link in first if f"procedures/{procedure}.html" in link], (words, first)
    links.first.click()
    page.wait_for_url("**/procedures/**")
    assert page.locator("h1").count() == 1


def test_from_a_folder_links_lead_from_page_to_page(built: Settings, page: Page) -> None:
    page.goto((built.site / "handbook/index.html").as_uri())
    page.locator('a[href*="responsibilities/"]').first.click()
    assert page.url.startswith("file:")
    assert page.locator("h1").count() == 1


def test_without_javascript_the_handbook_reads_as_well(open_page: Opener) -> None:
    page = open_page(javascript=False)
    page.goto("/handbook/responsibilities/iep.html#iep.monitor")
    assert page.locator('[id="iep.monitor"]').first.is_visible()
    assert "Monitor progress" in page.inner_text("main")


# Loading and printing


def weight(page: Page, path: str) -> tuple[int, list[tuple[int, str]]]:
    """The bytes that a first visit of an address takes from the network, compressed as they come."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    names: dict[str, str] = {}
    taken: list[tuple[int, str]] = []
    session.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    session.on("Network.loadingFinished", lambda event: taken.append((int(event["encodedDataLength"]), names.get(event["requestId"], "?"))))
    page.goto(path, wait_until="networkidle")
    return sum(size for size, _ in taken), sorted(taken, reverse=True)


def test_a_first_visit_of_a_students_checklist_takes_less_than_a_hundred_kilobytes(
    open_page: Opener, new_student: Callable[..., str]
) -> None:
    page = open_page(ME)
    total, taken = weight(page, f"/students/{new_student()}")
    assert len(taken) >= 4
    assert total < 100_000, json.dumps(taken, indent=1)


def test_the_list_of_students_takes_less_than_a_hundred_kilobytes(open_page: Opener) -> None:
    total, taken = weight(open_page(ME), "/")
    assert total < 100_000, json.dumps(taken, indent=1)


def paper(page: Page, path: str, folder: Path) -> tuple[int, str]:
    """How many sheets a page takes, and what is on them."""
    if not shutil.which("pdftotext"):
        missing("pdftotext is not installed (poppler-utils), so nobody can read what was printed")
    page.goto(path)
    file = folder / "paper.pdf"
    page.pdf(path=str(file), format="Letter", print_background=False)
    text = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout
    return text.count("\f"), text


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_the_printed_checklist_shows_what_the_screen_folds_away(
    javascript: bool, open_page: Opener, new_student: Callable[..., str], tmp_path: Path, live: Live
) -> None:
    student = new_student()
    desk = live.desk
    sheets, text = paper(open_page(ME, javascript=javascript), f"/students/{student}", tmp_path)
    flat = " ".join(text.split())
    checklist = desk.checklist(desk.record(student, desk.year()), desk.year())
    hidden = [entry.item.title for entry in checklist.entries if " ".join(entry.item.title.split()[:4]) not in flat]
    assert hidden == []
    assert checklist.student.name in flat
    assert "Confidential" in flat
    assert 1 <= sheets <= 5
    for button in ("Mark done:", "Sign out", "Record an event"):
        assert button not in flat, "paper has nothing to press"


def test_a_list_of_students_prints_on_few_sheets(open_page: Opener, tmp_path: Path) -> None:
    sheets, text = paper(open_page(ME), "/", tmp_path)
    assert sheets <= 3
    assert "Overdue" in text or "Due soon" in text


@pytest.mark.parametrize("card", ["card-iep", "card-the-meeting-itself", "card-records"])
def test_a_quick_card_prints_on_one_sheet(card: str, open_page: Opener, tmp_path: Path) -> None:
    sheets, text = paper(open_page(), f"/handbook/meeting/{card}.html", tmp_path)
    assert sheets == 1, text
