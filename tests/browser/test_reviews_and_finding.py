"""Finding, lists by item and file reviews in a browser: by keyboard, without JavaScript, on a phone, and on one sheet of paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import ME, Opener
from tests.conftest import Live
from tests.machine import REQUIRE_ALL

if not REQUIRE_ALL:
    pytest.importorskip("playwright", reason="Playwright is not installed")
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
from playwright.sync_api import Page, expect

from forms_app.records import students
from forms_app.records.actor import Actor
from forms_app.school_year import school_year_of
from tests.browser.test_looks import checked
from tests.browser.test_main_job import tab_to
from tests.district import TODAY

NewStudent = Callable[..., str]


@pytest.fixture
def meeting(live: Live) -> Callable[[str], str]:
    """Records a team meeting of a student next week."""

    def record(student: str) -> str:
        day, actor = TODAY.replace(day=30), Actor("test", live.desk.now())
        return students.record_event(live.desk.store, student, "sbt-meeting", day, "regular", school_year_of(day), actor)

    return record


def focus_is_in(page: Page, selector: str) -> Callable[[], bool]:
    return lambda: bool(page.evaluate("selector => document.activeElement.matches(selector)", selector))


def test_a_student_is_found_by_keyboard_from_any_page(open_page: Opener, new_student: NewStudent) -> None:
    new_student()
    page = open_page(ME)
    page.goto("/dates")
    tab_to(page, focus_is_in(page, "#app-find"), most=5)
    page.keyboard.type("testa fix")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Find", exact=True)).to_be_visible()
    assert page.url.endswith("/find"), "what was typed is not in the address"
    assert "Testa" not in page.title()
    tab_to(page, lambda: page.evaluate("document.activeElement.textContent") == "Testa Fixture", most=30)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Testa Fixture")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_several_students_are_marked_and_taken_back_with_one_press(javascript: bool, open_page: Opener, new_student: NewStudent) -> None:
    mine = [new_student() for _ in range(2)]
    page = open_page(ME, javascript=javascript)
    page.goto("/by-item")
    row = page.get_by_role("row", name=re.compile("^Coordinate how the IEP is put into practice"))
    row.get_by_role("link", name=re.compile("to do")).click()
    for student in mine:
        page.locator(f'input[name=chosen][value^="{student}"]').check()
    page.get_by_role("button", name="Mark for the chosen students").click()
    expect(page.locator("#batch")).to_contain_text("Marked for 2 students: Testa Fixture, Testa Fixture.")
    page.get_by_role("button", name="Undo all").click()
    expect(page.locator("#batch")).to_contain_text("Taken back for 2 students")
    assert page.locator(f'input[name=chosen][value^="{mine[0]}"]').count() == 1


def test_choose_all_chooses_all_and_then_none(open_page: Opener, new_student: NewStudent) -> None:
    new_student()
    page = open_page(ME)
    page.goto("/items/iep.implement?status=open")
    boxes = page.locator("input[name=chosen]")
    page.get_by_role("button", name="Choose all").click()
    assert boxes.count() == page.locator("input[name=chosen]:checked").count() > 0
    page.get_by_role("button", name="Choose none").click()
    assert page.locator("input[name=chosen]:checked").count() == 0


def test_a_list_is_saved_and_opened_again(open_page: Opener) -> None:
    page = open_page("sam.larch", javascript=False)
    page.goto("/items/iep.share-final?status=open")
    page.get_by_label("Save this list as").fill("Not shared")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Not shared").click()
    assert page.get_by_label("Show").input_value() == "open"


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_review_is_built_from_the_item_in_five_presses(
    javascript: bool, open_page: Opener, new_student: NewStudent, meeting: Callable[[str], str]
) -> None:
    student = new_student()
    key = f"file-review.sbt-meeting@{meeting(student)}"
    page = open_page(ME, javascript=javascript)
    page.goto(f"/students/{student}")
    row = page.locator(f'[id="{key}"]')
    row.locator("summary").click()
    row.get_by_role("link", name="Build it here").click()
    page.get_by_role("button", name="Begin the review").click()
    page.get_by_label(re.compile("Add: Medical")).fill("A plan is on file.")
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.locator("main")).to_contain_text("this item is marked as done today: Build a file review for the SBT meeting")
    page.get_by_role("button", name="Finish the review").click()
    expect(page.locator("main")).to_contain_text("Finished by Robin Alder on 24 November 2026")
    page.goto(f"/students/{student}")
    expect(page.locator(f'[id="{key}"]')).to_contain_text("Done, 24 November 2026")


def test_a_review_is_written_by_keyboard_alone(open_page: Opener, new_student: NewStudent, meeting: Callable[[str], str]) -> None:
    student = new_student()
    page = open_page(ME)
    page.goto(f"/students/{student}/file-reviews?for={meeting(student)}")

    def press(name: str) -> None:
        tab_to(page, lambda: page.evaluate("document.activeElement.textContent.trim()") == name, most=120)
        with page.expect_navigation():
            page.keyboard.press("Enter")

    press("Begin the review")
    tab_to(page, focus_is_in(page, "#text-questions"), most=60)
    page.keyboard.type("Who speaks to the family?")
    press("Save and look at it")
    expect(page.locator("main")).to_contain_text("Who speaks to the family?")
    press("Finish the review")
    expect(page.locator("main")).to_contain_text("Finished by Robin Alder")


def draft_of_the_demonstration(page: Page, live: Live) -> str:
    """The address of the review that the demonstration has begun."""
    me = next(person for person in live.desk.people().values() if person.username == ME)
    for summary in live.desk.store.list("student", owner=me.id):
        document = live.desk.store.get("student", summary.id)
        assert document
        rows = document.db.table("file reviews").all()
        if any(row["section"] == "schools" for row in document.db.table("file review texts").all()):
            return f"/students/{summary.id}/file-reviews/{rows[0]['review']}"
    raise AssertionError("the demonstration has no file review")


def test_a_review_of_more_than_a_year_is_one_sheet_that_says_who_printed_it(open_page: Opener, live: Live, tmp_path: Path) -> None:
    page = open_page(ME)
    page.goto(draft_of_the_demonstration(page, live))
    for paper in ("A4", "Letter"):
        data = page.pdf(path=str(tmp_path / f"{paper}.pdf"), format=paper, print_background=False)
        assert len(re.findall(rb"/Type\s*/Page[^s]", data)) == 1, paper
    page.emulate_media(media="print")
    text = page.inner_text("main")
    assert "Draft, not finished." in text
    assert "Printed by Robin Alder on 24 November 2026" in text
    assert "Finish the review" not in text


def test_every_page_of_these_has_no_fault_on_a_screen_and_on_a_phone(open_page: Opener, live: Live) -> None:
    page = open_page(ME)
    review = draft_of_the_demonstration(page, live)
    found = {}
    for path in ("/find", "/by-item", "/items/iep.implement?status=open", review.rpartition("/")[0], review, f"{review}/edit"):
        page.goto(path)
        found[path] = checked(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.locator("#app-find").fill("share")
    page.get_by_role("search", name="Everywhere").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Handbook")).to_be_visible()
    found["results"] = checked(page)
    assert {name: fault for name, fault in found.items() if fault} == {}


def test_what_is_refused_has_no_fault_either(open_page: Opener, live: Live) -> None:
    open_page.expect("status of 422")
    page = open_page(ME)
    found = {}
    page.goto("/find")
    page.locator("#find").fill("a")
    page.get_by_role("search", name="On this page").get_by_role("button").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert page.title().startswith("Error:")
    found["too short"] = checked(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/items/iep.implement?status=open")
    page.get_by_role("button", name="Mark for the chosen students").click()
    found["nobody chosen"] = checked(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{draft_of_the_demonstration(page, live)}/edit")
    page.get_by_label(re.compile("Add: Medical")).fill("x" * 2001)
    page.get_by_role("button", name="Save and look at it").click()
    assert page.title().startswith("Error:")
    found["too long"] = checked(page)
    assert {name: fault for name, fault in found.items() if fault} == {}
