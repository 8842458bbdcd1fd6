"""Marking items: one click, with facts, waiting, not needed, back to do, undo; and two people at once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from forms_app.checklists import Status
from forms_app.consents import Purpose
from forms_app.desk import Desk
from tests.district import STUDENTS, District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
HTMX = {"HX_Request": "true"}
LATER = dt.datetime(2026, 11, 25, 2, 30, tzinfo=dt.UTC)  # 19:30 on 24 November in British Columbia


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


@pytest.fixture
def marks(district: District) -> Callable[[str], list[object]]:
    """Every mark on an item of the manager's student, oldest first."""
    return lambda item: district.marks(district.students["own"], item)


def tick(browser: Visitor, path: str, key: str, based_on: str = "", **headers: str) -> Page:
    return browser.post(f"{path}/marks", {"tick": f"{key}|{based_on}"}, **headers)


def fill(browser: Visitor, path: str, key: str, headers: dict[str, str] | None = None, **fields: str) -> Page:
    """Open the item's form and send it with these fields changed."""
    address = f"{path}/items/{key}"
    return browser.post(address, {**browser.get(address).form(address), **fields}, **(headers or {}))


def row(browser: Visitor, path: str, key: str) -> str:
    return browser.get(path).part(key).text


# One click


def test_one_click_marks_an_item_done_today_and_says_who_and_when(manager: Visitor, path: str, marks: Callable) -> None:
    answer = tick(manager, path, "iep.develop")
    assert answer.status == 303
    assert answer.location.endswith("#iep.develop"), "back at the row"
    [mark] = marks("iep.develop")
    assert (mark.status, mark.on) == (Status.DONE, dt.date(2026, 11, 24))
    said = row(manager, path, "iep.develop")
    assert "Done, 24 November 2026" in said
    assert "Mirabeth Quoxley" in said


def test_one_click_on_a_paper_says_where_it_is_filed_and_never_a_bare_completed(manager: Visitor, path: str, marks: Callable) -> None:
    tick(manager, path, "records.program-information")
    assert marks("records.program-information")[-1].facts == {"filed in": "g4-file"}
    said = row(manager, path, "records.program-information")
    assert "Filed in" in said
    assert "24 November 2026" in said
    assert "ompleted" not in said


def test_one_click_on_an_item_that_a_person_must_say_more_about_opens_its_form(manager: Visitor, path: str, marks: Callable) -> None:
    answer = tick(manager, path, "iep.plan-with-parents")
    assert answer.status == 303
    assert answer.location.partition("#")[0].endswith("/items/iep.plan-with-parents")
    assert not marks("iep.plan-with-parents")


def test_each_mark_keeps_who_when_the_wording_and_the_edition(manager: Visitor, path: str, marks: Callable, district: District) -> None:
    tick(manager, path, "iep.develop")
    [mark] = marks("iep.develop")
    assert mark.by == district.people["manager"].id
    assert mark.at == district.clock()
    assert mark.wording == district.book.items["iep.develop"].title
    assert mark.edition == district.book.edition
    assert mark.id


def test_a_tick_changes_the_progress_in_words(manager: Visitor, path: str) -> None:
    before = manager.get(path).part("progress").text
    number = int(before.split()[0])
    tick(manager, path, "iep.develop")
    assert manager.get(path).part("progress").text == f"{number - 1} to do, 1 done"


def test_a_double_click_is_one_mark(manager: Visitor, path: str, marks: Callable) -> None:
    assert [tick(manager, path, "iep.develop").status for _ in range(3)] == [303, 303, 303]
    assert len(marks("iep.develop")) == 1


def test_two_clicks_at_the_very_same_moment_are_one_mark(visitor: Visitors, path: str, marks: Callable) -> None:
    browsers = [visitor("manager") for _ in range(4)]
    for browser in browsers:
        browser.get(path)
    together(lambda browser: tick(browser, path, "iep.develop"), browsers)
    assert len(marks("iep.develop")) == 1


def together(act: Callable[[Visitor], object], browsers: list[Visitor]) -> None:
    threads = [threading.Thread(target=act, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_going_back_and_sending_the_form_again_is_one_mark(manager: Visitor, path: str, marks: Callable) -> None:
    address = f"{path}/items/iep.plan-with-parents"
    form = {**manager.get(address).form(address), "people": "English teacher"}
    assert [manager.post(address, form).status for _ in range(2)] == [303, 303]
    assert len(marks("iep.plan-with-parents")) == 1


# With facts


def test_an_item_is_marked_with_the_people_and_the_real_date(manager: Visitor, path: str, marks: Callable) -> None:
    assert fill(manager, path, "iep.plan-with-parents", people="English, Art and PE teachers", on="2026-10-09").status == 303
    [mark] = marks("iep.plan-with-parents")
    assert (mark.on, mark.facts) == (dt.date(2026, 10, 9), {"people": "English, Art and PE teachers"})
    assert mark.at.date() == dt.date(2026, 11, 24), "a late entry says when it was entered, too"
    said = row(manager, path, "iep.plan-with-parents")
    assert "English, Art and PE teachers" in said
    assert "9 October 2026" in said


def test_a_shared_plan_says_with_whom_it_was_shared(manager: Visitor, path: str, marks: Callable) -> None:
    refused = fill(manager, path, "iep.share-final", shared_with=" ")
    assert refused.status == 422
    assert "Say with whom it was shared" in refused.text
    assert not marks("iep.share-final")
    assert fill(manager, path, "iep.share-final", shared_with="English and Science teachers").status == 303
    assert "Shared with English and Science teachers, 24 November 2026" in row(manager, path, "iep.share-final")


def test_what_follows_from_an_event_cannot_have_been_done_before_it(manager: Visitor, path: str, district: District) -> None:
    key = f"records.file-report@{district.event(district.students['own'], 'confidential-report', dt.date(2026, 11, 20))}"
    answer = fill(manager, path, key, on="2026-11-19")
    assert answer.status == 422
    assert "20 November 2026" in answer.text
    assert fill(manager, path, key, on="2026-11-20").status == 303


def test_an_item_of_this_school_year_was_not_done_years_ago(manager: Visitor, path: str, marks: Callable) -> None:
    answer = fill(manager, path, "iep.develop", on="2024-10-09")
    assert answer.status == 422
    assert "Check the year" in answer.text
    assert not marks("iep.develop")


@pytest.mark.parametrize("typed", ["2026-10-09", "9 10 2026", "9/10/2026", "9 October 2026", "9 Oct. 2026"])
def test_a_date_may_be_typed_in_several_ways(typed: str, manager: Visitor, path: str, marks: Callable) -> None:
    assert fill(manager, path, "iep.monitor", on=typed).status == 303
    assert marks("iep.monitor")[-1].on == dt.date(2026, 10, 9)


def test_a_paper_may_be_filed_in_a_place_of_its_own(manager: Visitor, path: str, marks: Callable) -> None:
    assert fill(manager, path, "records.program-information", filed_in="elsewhere", filed_elsewhere="binder in room 112").status == 303
    assert marks("records.program-information")[-1].facts == {"filed in": "binder in room 112"}
    assert "Filed in binder in room 112" in row(manager, path, "records.program-information")
    page = manager.get(f"{path}/items/records.program-information")
    assert page.kept("filed_elsewhere") == "binder in room 112", "the form opens with what was recorded"


def test_elsewhere_without_saying_where_is_refused(manager: Visitor, path: str, marks: Callable) -> None:
    answer = fill(manager, path, "records.program-information", filed_in="elsewhere", filed_elsewhere="  ")
    assert answer.status == 422
    assert "Say where it is filed." in answer.text
    assert not marks("records.program-information")


def test_a_decision_is_recorded_either_way(manager: Visitor, path: str, marks: Callable) -> None:
    assert fill(manager, path, "exams.consider", decision="not pursued").status == 303
    assert marks("exams.consider")[-1].facts == {"decision": "not pursued"}
    assert "Decided: not pursued, 24 November 2026" in row(manager, path, "exams.consider")


def test_a_decision_that_the_item_does_not_offer_is_refused(manager: Visitor, path: str, marks: Callable) -> None:
    for decision in ("", "refer", "<script>"):
        assert fill(manager, path, "exams.consider", decision=decision).status == 422
    assert not marks("exams.consider")


def test_a_consent_says_who_signed_and_when(manager: Visitor, path: str, district: District) -> None:
    occurrence = district.event(district.students["own"], "outside-agency", detail="MCFD")
    key = f"liaise.consent@{occurrence}"
    district.consent(district.students["own"], Purpose.RELEASE, "MCFD", signed_on=dt.date(2026, 11, 23))
    assert fill(manager, path, key, status="done", signed_by="mother", on="2026-11-23").status == 303
    said = row(manager, path, key)
    assert "Signed by mother" in said
    assert "23 November 2026" in said
    assert "MCFD" in said, "the row says which event it belongs to"


def test_a_copy_that_was_sent_says_to_whom(manager: Visitor, path: str, district: District) -> None:
    key = f"records.forward-report@{district.event(district.students['own'], 'confidential-report', detail='hospital report')}"
    tick(manager, path, key)
    assert "Sent to Student Support Services" in row(manager, path, key)


@pytest.mark.parametrize(("item", "field", "sentence"), [
    ("iep.plan-with-parents", "people", "Say who was involved"),
    ("exams.consider", "decision", "Choose what was decided."),
])  # fmt: skip
def test_what_an_item_asks_for_must_be_said(item: str, field: str, sentence: str, manager: Visitor, path: str, marks: Callable) -> None:
    answer = fill(manager, path, item, **{field: " "})
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert any(f"{item}-{field}" in link for link in answer.links), "the summary leads to the field"
    assert not marks(item)


# Waiting, not needed, to do


def test_waiting_says_for_what_and_since_when(manager: Visitor, path: str, marks: Callable) -> None:
    assert fill(manager, path, "iep.develop", status="waiting", waiting_for="the psychologist's report").status == 303
    assert marks("iep.develop")[-1].status is Status.WAITING
    assert "Waiting for the psychologist's report, since 24 November 2026" in row(manager, path, "iep.develop")


def test_waiting_for_nothing_is_refused(manager: Visitor, path: str, marks: Callable) -> None:
    answer = fill(manager, path, "iep.develop", status="waiting", waiting_for="")
    assert answer.status == 422
    assert "Say what or whom it is waiting for." in answer.text
    assert not marks("iep.develop")


def test_not_needed_requires_a_reason_which_stays_in_view(manager: Visitor, path: str, marks: Callable) -> None:
    answer = fill(manager, path, "iep.develop", status="not needed", reason="")
    assert answer.status == 422
    assert "Say why it is not needed." in answer.text
    assert not marks("iep.develop")
    assert fill(manager, path, "iep.develop", status="not needed", reason="plan carried over, agreed by the team").status == 303
    assert "Not needed: plan carried over, agreed by the team" in row(manager, path, "iep.develop")


def test_an_item_goes_back_to_do_and_its_history_stays(manager: Visitor, path: str, marks: Callable) -> None:
    tick(manager, path, "iep.develop")
    assert fill(manager, path, "iep.develop", status="to do", on="").status == 303
    assert [mark.status for mark in marks("iep.develop")] == [Status.DONE, Status.TO_DO]
    said = row(manager, path, "iep.develop")
    assert said.startswith("To do")
    assert "Done, 24 November 2026" in said


def test_a_changed_mark_keeps_the_earlier_one(manager: Visitor, path: str, marks: Callable) -> None:
    fill(manager, path, "iep.plan-with-parents", people="English teacher")
    fill(manager, path, "iep.plan-with-parents", people="English and Art teachers")
    assert [mark.facts["people"] for mark in marks("iep.plan-with-parents")] == ["English teacher", "English and Art teachers"]
    said = row(manager, path, "iep.plan-with-parents")
    assert said.index("Done, with English and Art teachers") < said.index("Done, with English teacher"), "newest first"


@pytest.mark.parametrize("status", ["", "Done", "completed", "3"])
def test_a_status_that_there_is_not_is_refused(status: str, manager: Visitor, path: str, marks: Callable) -> None:
    answer = fill(manager, path, "iep.develop", status=status)
    assert answer.status == 422
    assert "Choose what is true now." in answer.text
    assert not marks("iep.develop")


# Undo


def test_undo_takes_the_last_mark_back_and_both_stay_on_the_record(manager: Visitor, path: str, marks: Callable) -> None:
    tick(manager, path, "iep.develop")
    [mark] = marks("iep.develop")
    answer = manager.post(f"{path}/undo", {"undo": f"iep.develop|{mark.id}"})
    assert answer.status == 303
    assert answer.location.endswith("#iep.develop")
    assert [(one.status, one.undoes) for one in marks("iep.develop")] == [(Status.DONE, ""), (Status.TO_DO, mark.id)]
    assert row(manager, path, "iep.develop").startswith("To do")


def test_undo_is_offered_on_the_very_next_page_without_a_script(manager: Visitor, path: str, marks: Callable) -> None:
    page = manager.get(tick(manager, path, "iep.develop").location)
    offered = [one.attributes["value"] for one in page.part("undo").all("button")]
    assert offered == [f"iep.develop|{marks('iep.develop')[-1].id}"]
    assert manager.post(f"{path}/undo", {"undo": offered[0]}).status == 303
    assert row(manager, path, "iep.develop").startswith("To do")


def test_undoing_a_change_brings_back_what_was_recorded_before_it(manager: Visitor, path: str, marks: Callable) -> None:
    fill(manager, path, "iep.plan-with-parents", people="English teacher", on="2026-10-01")
    fill(manager, path, "iep.plan-with-parents", people="Art teacher", on="2026-10-02")
    manager.post(f"{path}/undo", {"undo": f"iep.plan-with-parents|{marks('iep.plan-with-parents')[-1].id}"})
    last = marks("iep.plan-with-parents")[-1]
    assert (last.status, last.on, last.facts) == (Status.DONE, dt.date(2026, 10, 1), {"people": "English teacher"})
    assert len(marks("iep.plan-with-parents")) == 3


def test_undo_twice_is_one_undo(manager: Visitor, path: str, marks: Callable) -> None:
    tick(manager, path, "iep.develop")
    undo = {"undo": f"iep.develop|{marks('iep.develop')[-1].id}"}
    assert [manager.post(f"{path}/undo", undo).status for _ in range(2)] == [303, 303]
    assert len(marks("iep.develop")) == 2


def test_undo_of_a_mark_that_is_not_the_last_any_more_is_refused_and_shows_what_is(
    manager: Visitor, path: str, marks: Callable, district: District
) -> None:
    tick(manager, path, "iep.develop")
    first = marks("iep.develop")[-1].id
    district.mark(district.students["own"], "iep.develop", Status.NOT_NEEDED, {"reason": "decided otherwise"}, by="colleague")
    answer = manager.post(f"{path}/undo", {"undo": f"iep.develop|{first}"})
    assert answer.status == 409
    assert "decided otherwise" in answer.text
    assert len(marks("iep.develop")) == 2


@pytest.mark.parametrize("value", ["", "|", "iep.develop", "iep.develop|", "iep.develop|x", "x|y", "iep.develop|" + "x" * 5000])
def test_undo_of_nothing_leads_nowhere(value: str, manager: Visitor, path: str, marks: Callable) -> None:
    assert manager.post(f"{path}/undo", {"undo": value}).status in (404, 409)
    assert not marks("iep.develop")


# Two people


def test_the_second_of_two_people_on_one_item_is_shown_the_firsts_mark_and_nothing_is_overwritten(
    manager: Visitor, path: str, marks: Callable, district: District
) -> None:
    address = f"{path}/items/iep.plan-with-parents"
    form = manager.get(address).form(address)
    district.mark(district.students["own"], "iep.plan-with-parents", facts={"people": "Music teacher"}, by="colleague")
    answer = manager.post(address, {**form, "people": "Art teacher"})
    assert answer.status == 409
    assert "Cornelis Vranzel" in answer.text
    assert "Done, with Music teacher" in answer.text
    assert answer.kept("people") == "Art teacher", "what the second typed is not lost"
    assert [mark.facts["people"] for mark in marks("iep.plan-with-parents")] == ["Music teacher"]
    again = manager.post(address, {**answer.form(address), "people": "Art teacher"})
    assert again.status == 303, "now that they have seen it they may record theirs after it"
    assert [mark.facts["people"] for mark in marks("iep.plan-with-parents")] == ["Music teacher", "Art teacher"]


def test_a_click_on_an_item_that_somebody_just_marked_otherwise_is_shown_theirs(
    manager: Visitor, path: str, marks: Callable, district: District
) -> None:
    district.mark(district.students["own"], "iep.develop", Status.NOT_NEEDED, {"reason": "no plan this year"}, by="colleague")
    for headers in ({}, HTMX):
        answer = tick(manager, path, "iep.develop", **headers)
        assert answer.status == 409
        assert "Cornelis Vranzel" in answer.text
        assert "no plan this year" in answer.text
    assert len(marks("iep.develop")) == 1


def test_two_people_at_the_same_moment_on_one_item_leave_one_mark_and_one_warning(visitor: Visitors, path: str, marks: Callable) -> None:
    browsers, statuses = [visitor("manager") for _ in range(4)], []
    forms = []
    address = f"{path}/items/iep.plan-with-parents"
    for number, browser in enumerate(browsers):
        forms.append((browser, {**browser.get(address).form(address), "people": f"teacher {number}"}))
    threads = [
        threading.Thread(target=lambda browser=browser, form=form: statuses.append(browser.post(address, form).status))
        for browser, form in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(statuses) == [303, 409, 409, 409]
    assert len(marks("iep.plan-with-parents")) == 1


def test_two_people_on_different_items_both_succeed(manager: Visitor, path: str, marks: Callable, district: District) -> None:
    manager.get(path)
    district.mark(district.students["own"], "iep.monitor", by="colleague")
    assert tick(manager, path, "iep.develop").status == 303
    assert marks("iep.monitor")
    assert marks("iep.develop")


def test_many_items_marked_at_the_same_moment_are_all_kept(visitor: Visitors, path: str, marks: Callable) -> None:
    items = [
        "iep.develop",
        "iep.monitor",
        "iep.implement",
        "iep.evaluate-supports",
        "iep.fine-tune",
        "liaise.school-staff",
        "liaise.district-staff",
        "liaise.advocate",
    ]
    pairs = [(visitor("manager"), item) for item in items]
    for browser, _ in pairs:
        browser.get(path)
    threads = [threading.Thread(target=tick, args=(browser, path, item)) for browser, item in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [item for item in items if len(marks(item)) != 1] == []


# With htmx


def test_with_htmx_a_tick_answers_with_the_row_and_the_progress_and_an_undo(manager: Visitor, path: str, marks: Callable) -> None:
    answer = tick(manager, path, "iep.develop", **HTMX)
    assert answer.status == 200
    assert not answer.root.all("html")
    assert "Done, 24 November 2026" in answer.part("iep.develop").text
    assert "1 done" in answer.part("progress").text
    assert answer.part("undo").all("button")[0].attributes["value"] == f"iep.develop|{marks('iep.develop')[-1].id}"


def test_with_htmx_undo_answers_with_the_row_as_it_was(manager: Visitor, path: str, marks: Callable) -> None:
    tick(manager, path, "iep.develop")
    answer = manager.post(f"{path}/undo", {"undo": f"iep.develop|{marks('iep.develop')[-1].id}"}, **HTMX)
    assert answer.status == 200
    assert answer.part("iep.develop").text.startswith("To do")
    assert not answer.part("undo").all("button")


def test_with_htmx_the_form_comes_in_its_row_and_says_what_is_wrong_there(manager: Visitor, path: str) -> None:
    opened = manager.get(f"{path}/items/iep.plan-with-parents", **HTMX)
    assert opened.part("iep.plan-with-parents").all("form")
    assert not opened.root.all("html")
    refused = fill(manager, path, "iep.plan-with-parents", headers=HTMX, people="")
    assert refused.status == 422
    assert "Say who was involved" in refused.part("iep.plan-with-parents").text


# What must come first


def test_a_referral_cannot_be_submitted_before_the_parent_consented(manager: Visitor, path: str, district: District) -> None:
    occurrence = district.event(district.students["own"], "referral", detail="Hearing")
    submit = f"referral.submit@{occurrence}"
    for item in ("referral.prepare-form", "referral.prepare-documents"):
        district.mark(district.students["own"], item, occurrence=occurrence)
    for answer in (tick(manager, path, submit), tick(manager, path, submit, **HTMX), fill(manager, path, submit, status="done")):
        assert answer.status == 422
        assert "First mark “Obtain informed written parental consent” as done." in answer.text
    assert not district.marks(district.students["own"], "referral.submit")
    assert fill(manager, path, submit, status="waiting", waiting_for="the consent form").status == 303, "waiting is not doing"
    district.mark(district.students["own"], "referral.consent", occurrence=occurrence, facts={"signed by": "parent"})
    assert fill(manager, path, submit, status="done").status == 422, "marked as signed, and no consent is on record"
    district.consent(district.students["own"], agency="Hearing")
    assert fill(manager, path, submit, status="done").status == 303


def test_the_consent_of_another_referral_does_not_count(manager: Visitor, path: str, district: District) -> None:
    first, second = (district.event(district.students["own"], "referral", detail=detail) for detail in ("Hearing", "Vision"))
    for item in ("referral.prepare-form", "referral.prepare-documents"):
        for event in (first, second):
            district.mark(district.students["own"], item, occurrence=event)
    district.consent(district.students["own"], agency="Hearing")
    assert tick(manager, path, f"referral.submit@{second}").status == 422
    assert tick(manager, path, f"referral.submit@{first}").status == 303


def test_what_is_done_at_a_meeting_is_not_done_before_it_and_late_entry_has_the_true_date(
    manager: Visitor, path: str, district: District
) -> None:
    event = district.event(district.students["own"], "sbt-meeting", dt.date(2026, 11, 17), "regular")
    early = fill(manager, path, f"sbt.present@{event}", on="2026-11-16")
    assert early.status == 422
    assert "This is done at the meeting, which is recorded for 17 November 2026." in early.text
    assert fill(manager, path, f"sbt.gather@{event}", on="2026-11-10").status == 303, "what prepares it comes before"
    assert fill(manager, path, f"sbt.present@{event}", on="2026-11-17").status == 303


# What cannot be recorded


@pytest.mark.parametrize(("typed", "sentence"), [
    ("31 2 2026", "There is no 31 February 2026"),
    ("2026-02-31", "There is no 31 February 2026"),
    ("29 2 2026", "There is no 29 February 2026"),
    ("2026-11-25", "still to come"),
    ("1 1 2101", "still to come"),
    ("", "Enter the day"),
    ("soon", "is not a date"),
    ("13 13 2026", "is not a date"),
    ("0 0 0", "is not a date"),
    ("2026-11-24T10:00", "is not a date"),
    ("1 1 1066", "too long ago"),
    ("٢٤ ١١ ٢٠٢٦", ""),  # digits of another script are either read or refused
    ("9" * 5000, "is not a date"),
    ("\x00", "is not a date"),
])  # fmt: skip
def test_a_day_that_cannot_be_is_refused_in_words_and_stays_in_the_field(
    typed: str, sentence: str, manager: Visitor, path: str, marks: Callable
) -> None:
    answer = fill(manager, path, "iep.develop", on=typed)
    if not sentence and answer.status == 303:
        return
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert not marks("iep.develop")
    if typed.isprintable() and len(typed) < 100:
        assert answer.kept("on") == typed


def test_today_is_the_districts_day_and_not_the_servers(manager: Visitor, path: str, marks: Callable, district: District) -> None:
    district.clock.now = LATER
    manager.sign_in("manager")
    assert fill(manager, path, "iep.develop", on="2026-11-25").status == 422, "it is still the 24th in British Columbia"
    tick(manager, path, "iep.develop")
    assert marks("iep.develop")[-1].on == dt.date(2026, 11, 24)


def test_when_a_mark_was_made_is_told_in_the_districts_own_time(manager: Visitor, path: str, district: District) -> None:
    district.clock.now = LATER
    manager.sign_in("manager")
    tick(manager, path, "iep.develop")
    page = manager.get(path)
    assert "24 November 2026" in page.part("iep.develop").text
    assert "25 November 2026" not in page.text


@pytest.mark.parametrize("field", ["people", "waiting_for", "reason"])
@pytest.mark.parametrize(("typed", "sentence"), [
    ("x" * 201, "At most 200"),
    ("x" * 100_000, "100,000 characters long"),
    ("a\x07b", "hidden character (U+0007)"),
    ("a\x00b", "hidden character (U+0000)"),
    ("a\u202eb", "hidden character (U+202E)"),
    ("a\u0085b", "a line break"),
    ("a\u2028b", "a line break"),
    ("two\nlines", "a line break"),
])  # fmt: skip
def test_a_text_that_cannot_be_kept_is_refused_and_says_why(
    field: str, typed: str, sentence: str, manager: Visitor, path: str, marks: Callable
) -> None:
    status = {"people": "done", "waiting_for": "waiting", "reason": "not needed"}[field]
    answer = fill(manager, path, "iep.plan-with-parents", status=status, **{field: typed})
    assert answer.status == 422
    assert sentence in answer.text
    assert not marks("iep.plan-with-parents")


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{7*7}}",
        "${7*7}",
        "' OR 1=1 --",
        "SENĆOŦEN teacher ʔ x̱ ʷ",
        "👩🏽‍🏫 and 🏳️‍🌈",
        "=cmd|'/c calc'!A1",
    ],
)
def test_whatever_people_write_is_kept_as_text(typed: str, manager: Visitor, path: str, marks: Callable) -> None:
    assert fill(manager, path, "iep.plan-with-parents", people=typed).status == 303
    assert marks("iep.plan-with-parents")[-1].facts["people"] == typed
    page = manager.get(path)
    assert typed in page.part("iep.plan-with-parents").text
    assert not [one for one in page.root.all() if any(name.startswith("on") for name in one.attributes)]
    assert not [one for one in page.root.all("script") if "src" not in one.attributes]
    assert manager.get(f"{path}/items/iep.plan-with-parents").kept("people") == typed


@pytest.mark.parametrize(
    "key",
    [
        "",
        "iep",
        "iep.unknown",
        "referral.submit",
        "referral.submit@nope",
        "designation.keep-current-h",
        "iep.develop@x",
        "../edit",
        "x" * 3000,
        "\x00",
    ],
)
def test_an_item_that_is_not_on_this_checklist_cannot_be_marked(key: str, manager: Visitor, path: str, district: District) -> None:
    assert tick(manager, path, key).status == 404
    assert not district.record(district.students["own"]).marks


def test_an_occurrence_of_another_student_is_not_on_this_checklist(visitor: Visitors, path: str, district: District) -> None:
    theirs = district.event(district.students["colleague's"], "referral", by="colleague")
    assert tick(visitor("manager"), path, f"referral.consent@{theirs}").status == 404


def test_who_may_only_read_is_offered_nothing_to_press_and_told_why(visitor: Visitors, path: str, district: District) -> None:
    for username in ("principal", "sss"):
        page = visitor(username).get(path)
        assert not [
            form
            for form in page.root.all("form")
            if "/marks" in form.attributes.get("action", "") or "/undo" in form.attributes.get("action", "")
        ]
        assert "The case manager marks it." in page.text
        item = visitor(username).get(f"{path}/items/iep.develop")
        assert item.status == 200
        assert not [form for form in item.root.all("form") if "/items/" in form.attributes.get("action", "")]


def test_after_one_person_marks_every_other_reader_sees_it_at_once(visitor: Visitors, path: str) -> None:
    reader, writer = visitor("principal"), visitor("manager")
    number = int(reader.get(path).part("progress").text.split()[0])
    assert row(reader, path, "iep.develop").startswith("To do")
    assert f"{number} to do" in reader.get("/").text
    tick(writer, path, "iep.develop")
    assert "Done, 24 November 2026" in row(reader, path, "iep.develop")
    assert f"{number - 1} to do" in reader.get("/").text


# What the handbook changes later


def test_a_mark_keeps_the_wording_that_its_author_saw(app: Flask, manager: Visitor, path: str, marks: Callable, district: District) -> None:
    seen = district.book.items["iep.develop"].title
    tick(manager, path, "iep.develop")
    desk: Desk = app.extensions["desk"]
    items = {**district.book.items, "iep.develop": replace(district.book.items["iep.develop"], title="Draw up the plan together")}
    desk.book = replace(district.book, items=items)
    said = row(manager, path, "iep.develop")
    assert "Draw up the plan together" in said
    assert seen in said, "the earlier wording stays beside it"
    assert marks("iep.develop")[-1].wording == seen


def test_a_mark_stays_in_view_when_the_item_no_longer_applies(manager: Visitor, path: str, district: District) -> None:
    tick(manager, path, "iep.develop")
    form = manager.get(f"{path}/edit").form()
    assert manager.post(f"{path}/edit", {**form, "iep": "no"}).status == 303
    said = row(manager, path, "iep.develop")
    assert "Done, 24 November 2026" in said
    assert "no longer applies" in said


def test_nothing_but_the_marked_item_changed(manager: Visitor, path: str, district: District) -> None:
    others = [district.students[key] for key in STUDENTS if key != "own"]
    before = [district.record(one) for one in others]
    tick(manager, path, "iep.develop")
    assert [district.record(one) for one in others] == before
    assert [mark.item for mark in district.record(district.students["own"]).marks] == ["iep.develop"]
