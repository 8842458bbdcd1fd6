"""A meeting of the school-based team in a real Chromium: fifteen students by keyboard alone, with a browser that is killed in the middle."""

from __future__ import annotations

import os
import re
import signal
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import FLAGS, Opener, fill_sign_in
from tests.conftest import Live
from tests.machine import CHROMIUM, REQUIRE_ALL

if not REQUIRE_ALL:
    pytest.importorskip("playwright", reason="Playwright is not installed")
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
from playwright.sync_api import Browser, Page, expect

from forms_app.file_reviews import Plan, read_template
from forms_app.meetings import Meeting
from forms_app.permissions import Role
from forms_app.records import accounts, file_reviews, meetings, schools, sheets, students
from forms_app.records.actor import Actor
from forms_app.settings import ROOT
from forms_app.students import Assignment, Involvement, Part
from tests.browser.test_looks import checked, paper
from tests.browser.test_main_job import tab_to
from tests.district import _HASH, TODAY, student

MANY = 15


class Team:
    """A school of its own in the demonstration, with a principal, a member of the team and a case manager, so that no other test meets its students."""

    def __init__(self, live: Live, name: str) -> None:
        self.live, self.store, self.actor = live, live.desk.store, Actor("test", live.desk.now())
        self.school = schools.create(self.store, f"{name} Secondary", "", self.actor)
        self.names = {role: f"{name.casefold()}.{role.name.casefold()}" for role in (Role.PRINCIPAL, Role.SBT_MEMBER, Role.CASE_MANAGER)}
        self.people = {
            role: accounts.create(self.store, username, f"{name} {role.value}", frozenset({role}), self.school.id, _HASH, self.actor)
            for role, username in self.names.items()
        }

    def student(self, number: int, asked: bool = False) -> str:
        made = student(
            given=f"Given{number}", family=f"Family{number:02d}", school=self.school.id, grade="10",
            assignments=(Assignment(self.people[Role.CASE_MANAGER].id, TODAY.replace(month=9, day=2)),),
            involvements=(Involvement("", Part.SBT, "", self.school.id, TODAY, TODAY.replace(day=30), reason="the English teacher asks"),) if asked else (),
        )  # fmt: skip
        return students.create_with_history(self.store, made, (), (), frozenset(), self.actor)

    def meeting(self, student_ids: list[str], started: bool = True) -> str:
        ids = tuple(person.id for role, person in self.people.items() if role is not Role.CASE_MANAGER)
        plan = Meeting("", 0, self.school.id, TODAY, ids, ids[0], ids[1])
        made = meetings.plan(self.store, plan, self.actor)
        for student_id in student_ids:
            meetings.put_on(self.store, made, sheets.bring(self.store, student_id, plan, TODAY, self.actor), self.actor)
        if started:
            meetings.start(self.store, made, self.actor)
        return made

    def sheet(self, student_id: str, meeting: str) -> Any:
        return self.live.desk.sheet(student_id, meeting)


@contextmanager
def killable(browser: Browser, live: Live, username: str) -> Iterator[tuple[Page, int]]:
    """A browser of its own in which `username` is signed in, and the number of its process."""
    own = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)
    session = own.new_browser_cdp_session()
    [number] = [one["id"] for one in session.send("SystemInfo.getProcessInfo")["processInfo"] if one["type"] == "browser"]
    page = own.new_context(base_url=live.address, locale="en-CA", viewport={"width": 1280, "height": 800}).new_page()
    fill_sign_in(page, username)
    yield page, number
    own.close()


def focused(page: Page, what: str) -> Callable[[], bool]:
    return lambda: bool(page.evaluate("what => document.activeElement.matches(what)", what))


def said(page: Page, words: str) -> Callable[[], bool]:
    return lambda: words in page.evaluate("document.activeElement.textContent")


def about(page: Page, number: int) -> None:
    """Everything that the team does about one student, by keyboard."""
    page.keyboard.press("2")
    page.keyboard.press("f")
    page.keyboard.type(f"Fact {number}.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.type(f"Ask for sample {number}")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".decided__list")).to_contain_text(f"Ask for sample {number}")


def following(page: Page, number: int) -> None:
    page.keyboard.press("n")
    expect(page.locator(".walk__number")).to_have_text(f"{number} of {MANY}")


def plan_by_keyboard(page: Page) -> None:
    """From the list of meetings to an agenda of everybody whom the team was asked about, with the meeting begun."""
    page.goto("/meetings")
    tab_to(page, said(page, "Plan a meeting"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/meetings/new")
    tab_to(page, focused(page, "#day"))
    page.keyboard.type(f"{TODAY:%Y}")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(f"{TODAY:%m%d}")
    tab_to(page, said(page, "Plan it and go on to the agenda"))
    page.keyboard.press("Enter")
    expect(page.locator("#proposed")).to_contain_text("The team was asked: the English teacher asks")
    tab_to(page, said(page, "Put the chosen on the agenda"))
    page.keyboard.press("Enter")
    expect(page.locator("#agenda tbody tr")).to_have_count(MANY)
    tab_to(page, said(page, "Begin the meeting"))
    page.keyboard.press("Enter")
    expect(page.locator(".walk__number")).to_have_text(f"1 of {MANY}")


def test_fifteen_students_by_keyboard_alone_with_a_killed_browser_in_the_middle(
    browser: Browser, live: Live, open_page: Opener, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = Team(live, "Fifteen")
    for number in range(1, MANY + 1):
        team.student(number, asked=True)
    middle = 8
    with killable(browser, live, team.names[Role.PRINCIPAL]) as (page, process):
        plan_by_keyboard(page)
        meeting = re.search(r"/meetings/([^/?#]+)", page.url)[1]  # type: ignore[index]
        for number in range(1, middle):
            about(page, number)
            following(page, number + 1)
        page.keyboard.press("f")
        page.keyboard.type("Half a sentence that nobody")
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        page.keyboard.type("Half a decision")
        expect(page.locator("#saved")).to_contain_text("Saved")
        expect(page.locator("#saved")).not_to_have_text("Saving")
        page.wait_for_function(
            "() => document.querySelector('[name=\"based-on-saying\"]').value && document.querySelector('[name=\"based-on-facts\"]').value"
        )
        os.kill(process, signal.SIGKILL)

    page = open_page(team.names[Role.PRINCIPAL], height=800)  # a second laptop
    page.goto(f"/meetings/{meeting}")
    tab_to(page, said(page, f"Go on with number {middle}"))
    page.keyboard.press("Enter")
    expect(page.locator("#facts")).to_have_value("Half a sentence that nobody")
    expect(page.locator("#saying")).to_have_value("Half a decision")
    page.keyboard.press("f")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    for number in range(middle, MANY + 1):
        about(page, number)
        if number < MANY:
            following(page, number + 1)
    page.keyboard.press("n")
    page.wait_for_url(f"**/meetings/{meeting}")
    tab_to(page, said(page, "End the meeting"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/minutes")
    tab_to(page, said(page, "Finish the chosen sheets"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recap")
    expect(page.locator(".recap tbody tr")).to_have_count(MANY)

    ids = [place.student for place in live.desk.meeting(meeting).agenda]  # type: ignore[union-attr]
    for number, student_id in enumerate(ids, 1):
        minutes = team.sheet(student_id, meeting).minutes
        assert minutes.texts["facts"] == f"Fact {number}."
        assert minutes.purposes == ("Program, courses and/or supports required",)
        assert [what for what, _, _ in minutes.decisions] == [f"Ask for sample {number}"]
        record = live.desk.record(student_id, live.desk.year())
        assert [one.title for one in record.own_items] == [f"Ask for sample {number}"]  # type: ignore[union-attr]
        expect(page.locator(".recap")).to_contain_text(f"Ask for sample {number}")

    review = begin_a_review(live, ids[0], team.actor)
    found = {}
    for name, path in {
        "agenda": f"/meetings/{meeting}", "sheet": f"/students/{ids[0]}/meetings/{meeting}/sheet", "file review": review, "recap": f"/meetings/{meeting}/recap",
    }.items():  # fmt: skip
        sheets_, text = paper(page, path, tmp_path)
        found[name] = sheets_
        assert re.search(r"Printed by Fifteen principal\s+on 24 November 2026", text), name
        assert (f"Given{MANY}" in text) == (name in ("agenda", "recap")), "only what pertains to the student is on what is filed"
    with capsys.disabled():
        print(f"\nsheets of paper: {found}")
    assert set(found.values()) == {1}


def begin_a_review(live: Live, student_id: str, actor: Actor) -> str:
    """A file review for the meeting, and its address."""
    occasion = live.desk.record(student_id, live.desk.year()).occurrences[0].id  # type: ignore[union-attr]
    plan = Plan((occasion,), live.desk.year().first_day, TODAY, tuple(read_template(ROOT)))
    return f"/students/{student_id}/file-reviews/{file_reviews.begin(live.desk.store, student_id, plan, actor)}"


def test_two_secretaries_type_at_once_and_nothing_is_lost(open_page: Opener, live: Live) -> None:
    team = Team(live, "Twofold")
    one = team.student(1)
    meeting = team.meeting([one])
    path = f"/students/{one}/meetings/{meeting}"
    hers, his = open_page(team.names[Role.SBT_MEMBER]), open_page(team.names[Role.PRINCIPAL])
    for page in (hers, his):
        page.goto(path)
    hers.locator("#discussed").press_sequentially("What she heard.")
    expect(hers.locator("#saved")).to_contain_text("Saved")
    his.locator("#discussed").press_sequentially("What he heard.")
    expect(his.locator("#beside-discussed")).to_contain_text("Twofold SBT member wrote at the same time: What she heard.")
    his.get_by_role("button", name="Put them together").click()
    expect(his.locator("#discussed")).to_have_value("What he heard.")
    his.locator("#discussed").fill("What she heard. What he heard.")
    his.get_by_role("button", name="Keep the box as the one text").click()
    expect(his.locator("#beside-discussed")).to_be_empty()
    hers.reload()
    expect(hers.locator("#discussed")).to_have_value("What she heard. What he heard.")


def test_keys_can_be_turned_off_and_never_act_while_somebody_types(open_page: Opener, live: Live) -> None:
    team = Team(live, "Keyless")
    ids = [team.student(number) for number in (1, 2)]
    meeting = team.meeting(ids)
    page = open_page(team.names[Role.PRINCIPAL])
    page.goto(f"/students/{ids[0]}/meetings/{meeting}")
    page.locator("#facts").press_sequentially("nnn")
    expect(page.locator("#facts")).to_have_value("nnn")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys are on").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page.locator(".walk__number")).to_have_text("1 of 2")
    expect(page.locator(".key").first).to_be_hidden()
    page.reload()
    page.get_by_role("button", name="Keys are off").click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page.locator(".walk__number")).to_have_text("2 of 2")
    page.keyboard.press("h")
    page.keyboard.type("write minutes")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("Write SBT minutes")
    page.keyboard.press("Enter")
    expect(page.locator("#panel article")).to_contain_text("Suggestion: use one sheet per student")
    assert page.url.endswith(meeting), "the case stays where it is"


def test_without_javascript_buttons_do_everything(open_page: Opener, live: Live) -> None:
    team = Team(live, "Plainly")
    one = team.student(1)
    meeting = team.meeting([one])
    page = open_page(team.names[Role.PRINCIPAL], javascript=False)
    page.goto(f"/students/{one}/meetings/{meeting}")
    page.get_by_label("Additional problem-solving").check()
    page.get_by_label("Facts").fill("Absent on four days.")
    page.get_by_label("What, or which service, agency, reason").fill("Ask the teacher")
    page.get_by_role("button", name="Record it").click()
    expect(page.locator(".decided__list")).to_contain_text("Ask the teacher")
    page.get_by_role("button", name="Undo: Ask the teacher").click()
    page.get_by_label("What, or which service, agency, reason").fill("Ask again")
    page.get_by_role("button", name="Record it").click()
    page.get_by_role("button", name="Finish the minutes of this student").click()
    expect(page.locator(".paper")).to_contain_text("Absent on four days.")
    expect(page.locator(".paper")).to_contain_text("Ask again")
    page.get_by_text("Add a correction").click()
    page.get_by_label("What should be read otherwise?").fill("It was three days.")
    page.get_by_role("button", name="Add the correction").click()
    expect(page.locator("#additions")).to_contain_text("It was three days.")


def test_the_screens_of_a_meeting_have_no_fault(open_page: Opener, live: Live) -> None:
    team = Team(live, "Faultless")
    ids = [team.student(number) for number in (1, 2, 3)]
    team.student(4, asked=True)
    meeting = team.meeting(ids, started=False)
    page, found = open_page(team.names[Role.PRINCIPAL]), {}
    open_page.expect("status of 422")
    agenda, sheet = f"/meetings/{meeting}", f"/students/{ids[0]}/meetings/{meeting}"

    def look(path: str, then: Callable[[], object] = lambda: None, name: str = "") -> None:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        then()
        page.wait_for_load_state("networkidle")
        found[name or path.replace(meeting, "M").replace(ids[0], "S")] = checked(page)

    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).first.click()
        page.wait_for_load_state()

    look("/meetings")
    look("/meetings/new", lambda: press("Plan it and go on to the agenda"), "a plan with errors")
    look(f"{agenda}/edit")
    look(agenda)
    look(sheet, name="before the meeting")
    look(agenda, lambda: press("Begin the meeting"), "begun")
    look(sheet, lambda: press("Record it"), "a decision with errors")
    for section in ("facts", "discussed"):
        for number, who in enumerate((Role.PRINCIPAL, Role.SBT_MEMBER)):
            actor = Actor(team.people[who].id, live.desk.now())
            sheets.write(team.store, ids[0], meeting, {section: f"said by {number}"}, sheets.Writing(), actor)
    look(
        f"{sheet}?page=responsibilities/records.html",
        lambda: page.get_by_text("Add a guest").click(),
        "two texts, a page of the handbook and a guest's form",
    )
    look(f"{sheet}?room=1")
    look(f"{agenda}/minutes")
    sheets.write(team.store, ids[1], meeting, {"purposes": "program"}, sheets.Writing(), team.actor)
    page.goto(f"/students/{ids[1]}/meetings/{meeting}")
    page.get_by_label("What, or which service, agency, reason").fill("Ask")
    press("Record it")
    look(f"/students/{ids[1]}/meetings/{meeting}", lambda: press("Finish the minutes of this student"), "finished")
    look(f"/students/{ids[1]}/meetings/{meeting}", name="the screen of finished minutes")
    look(agenda, lambda: press("End the meeting"), "ended")
    look(f"{agenda}/recap")
    look("/meetings/follow-up")
    look(f"/students/{ids[1]}/meetings")
    assert {name: fault for name, fault in found.items() if fault} == {}


MEASURE = """() => { const [one] = performance.getEntriesByType('navigation'); return one.loadEventEnd - one.startTime }"""
STEPS = 30


def test_from_student_to_student_takes_no_longer_than_opening_a_checklist(
    open_page: Opener, live: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 150 students on the agenda. The figure is printed; what is asserted is the ratio within this run."""
    team = Team(live, "Swiftly")
    ids = [team.student(number) for number in range(150)]
    meeting = team.meeting(ids)
    page = open_page(team.names[Role.PRINCIPAL])
    page.goto(f"/students/{ids[0]}/meetings/{meeting}")
    walked = []
    for number in range(2, STEPS + 2):
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("n")
        page.wait_for_function("() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
        walked.append(page.evaluate(MEASURE))
        assert page.locator(".walk__number").text_content() == f"{number} of 150"
    opened = []
    for student_id in ids[:STEPS]:
        page.goto(f"/students/{student_id}")
        page.wait_for_function("() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
        opened.append(page.evaluate(MEASURE))
    walk, plain = statistics.median(walked), statistics.median(opened)
    with capsys.disabled():
        print(f"\nstudent to student at 150: median {walk:.0f} ms (slowest {max(walked):.0f}); a checklist opens in {plain:.0f} ms")
    assert walk < 1.5 * plain
