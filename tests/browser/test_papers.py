"""From a consent to a referral that is sent, by keyboard alone and without JavaScript; and the new pages without a fault."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from forms_app.checklists import Intent, Status
from forms_app.consents import Consent, Purpose
from forms_app.own_items import OwnItem
from forms_app.records import consents, own_items, students
from forms_app.records.actor import Actor
from forms_app.school_year import school_year_of
from forms_app.students import Delegation
from tests.browser.conftest import ME, Opener
from tests.browser.test_looks import checked
from tests.browser.test_main_job import tab_to
from tests.conftest import Live
from tests.district import TODAY
from tests.machine import REQUIRE_ALL

if not REQUIRE_ALL:
    pytest.importorskip("playwright", reason="Playwright is not installed")
from playwright.sync_api import Page, expect


@pytest.fixture
def busy(live: Live, new_student: Callable[..., str]) -> tuple[str, str, str]:
    """A student with a referral, a consent that ends soon, an item of their own that a colleague has: ids of student, event and delegation."""
    one, actor, now = new_student(), Actor("test", live.desk.now()), live.desk.now()
    store = live.desk.store
    event = students.record_event(store, one, "referral", TODAY, "Hearing", school_year_of(TODAY), actor)
    for item in ("referral.prepare-form", "referral.prepare-documents"):
        done = Intent(Status.DONE, TODAY, {})
        students.add_mark(store, one, live.desk.book.items[item], event, school_year_of(TODAY), done, "", live.desk.book.edition, actor)
    ending = Consent("", Purpose.RELEASE, "Invented Agency", "parent", TODAY, "g4-file", TODAY + dt.timedelta(days=9), "", now)
    consents.add(store, one, ending, actor)
    key = "own." + own_items.add(store, one, OwnItem("", "Agree on a quiet place", "team", TODAY, None, "", "", now), TODAY, actor)
    colleague = next(person for person in live.desk.people().values() if person.username == "pat.hemlock")
    given = own_items.delegate(store, one, Delegation("", key, colleague.id, colleague.school, "Ask for a room", TODAY, ""), actor)
    return one, event, given


def record_the_consent(page: Page, student: str, event: str) -> None:
    """Fill in the form that the item leads to. It is there already; only the place has to be chosen."""
    page.wait_for_url(f"**/students/{student}/consents?item=referral.consent@{event}")
    expect(page.get_by_label("Referral to Student Support Services")).to_be_checked()
    page.get_by_label("Where is the signed form?").select_option("g4-file")


def test_without_javascript_a_consent_is_recorded_and_the_referral_is_sent(open_page: Opener, busy: tuple[str, str, str]) -> None:
    student, event, _ = busy
    open_page.expect("status of 422")
    page = open_page(ME, javascript=False)
    page.goto(f"/students/{student}/items/referral.submit@{event}")
    page.get_by_role("button", name=re.compile("^Record it")).click()
    expect(page.locator("main")).to_contain_text("First mark “Obtain informed written parental consent” as done.")
    page.goto(f"/students/{student}/steps")
    page.get_by_role("link", name="Obtain informed written parental consent").click()
    page.goto(f"/students/{student}/items/referral.consent@{event}")
    page.goto(f"/students/{student}/consents?item=referral.consent@{event}")
    record_the_consent(page, student, event)
    page.get_by_role("button", name="Record the consent").click()
    page.wait_for_url(f"**#referral.consent@{event}")
    page.goto(f"/students/{student}/items/referral.submit@{event}")
    page.get_by_role("button", name=re.compile("^Record it")).click()
    expect(page.locator(f'[id="referral.submit@{event}"]')).to_contain_text("Sent to Student Support Services (SSS), 24 November 2026")


def test_by_keyboard_alone_a_consent_is_recorded_and_the_referral_is_sent(open_page: Opener, busy: tuple[str, str, str]) -> None:
    student, event, _ = busy
    page = open_page(ME)
    page.goto(f"/students/{student}#referral.consent@{event}")
    page.evaluate(f"document.getElementById('referral.consent@{event}').closest('details').open = true")

    def on(id: str) -> Callable[[], bool]:
        return lambda: bool(page.evaluate("id => document.activeElement.id === id", id))

    tab_to(page, on(f"act-referral.consent@{event}"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/students/{student}/consents?item=referral.consent@{event}")
    tab_to(page, on("place"))
    page.keyboard.press("G")
    expect(page.locator("#place")).to_have_value("g4-file")
    tab_to(page, lambda: "Record the consent" in str(page.evaluate("document.activeElement.textContent")))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**#referral.consent@{event}")
    page.evaluate(f"document.getElementById('referral.submit@{event}').closest('details').open = true")
    tab_to(page, on(f"act-referral.submit@{event}"))
    page.keyboard.press("Enter")
    expect(page.locator(f'[id="referral.submit@{event}"]')).to_contain_text("Sent to Student Support Services (SSS), 24 November 2026")


def test_the_new_pages_and_their_errors_have_no_fault(open_page: Opener, busy: tuple[str, str, str]) -> None:
    open_page.expect("status of 422")
    student, event, given = busy
    found = {}
    for username, path in (
        (ME, f"/students/{student}"), (ME, f"/students/{student}/consents"), (ME, f"/students/{student}/steps"), (ME, f"/students/{student}/own/new"),
        (ME, "/own-items/new"), (ME, f"/students/{student}/exam-supports"), (ME, f"/students/{student}/people"), (ME, f"/students/{student}/items/iep.develop/delegate"),
        ("pat.hemlock", f"/students/{student}/items/referral.submit@{event}/allow"), ("pat.hemlock", "/consents/allowed"), ("pat.hemlock", f"/delegated/{student}/{given}"),
        ("pat.hemlock", "/"),
    ):  # fmt: skip
        page = open_page(username)
        page.goto(path)
        found[path] = checked(page)
        if path.endswith(("/consents", "/new", "/exam-supports", "/delegate", "/allow")):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.locator("main form button[type=submit]").last.click()
            assert page.title().startswith("Error:"), path
            found[f"{path} refused"] = checked(page)
    assert {path: fault for path, fault in found.items() if fault} == {}
