"""The due date of one student's item: the next time as the IEP says, another date with a reason, and a file for one's own calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from tests.district import District
from tests.test_icalendar import events
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
ROUND = "assessment.evaluate"  # comes round as the IEP says
ITEM = "iep.develop"


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def set_date(browser: Visitor, path: str, date: str, reason: str = "", key: str = ITEM, **more: str) -> Page:
    page = f"{path}/items/{key}/due"
    return browser.post(page, {**browser.get(page).form(), "date": date, "reason": reason, **more})


def row(browser: Visitor, path: str, key: str = ITEM) -> str:
    return browser.get(path).part(key).text


def announce(visitor: Visitors, window: str, date: str) -> None:
    assert visitor("sss").post("/dates", {"window": window, "date": date, "confirm": "yes"}).status == 303


# The next time, as the IEP says


def test_until_somebody_sets_it_there_is_no_next_date(manager: Visitor, path: str) -> None:
    said = row(manager, path, ROUND)
    assert "as the IEP says" in said
    assert "Set the next date" in said


def test_the_next_date_is_set_without_a_reason_and_becomes_due_and_overdue(manager: Visitor, path: str, district: District) -> None:
    assert set_date(manager, path, "2026-12-01", key=ROUND).status == 303
    said = row(manager, path, ROUND)
    assert "1 December 2026, the next time as the IEP says, set by Mirabeth Quoxley on 24 November 2026" in said
    district.clock.move(days=10)  # Friday 4 December
    assert "3 school days overdue" in manager.sign_in("manager").get(path).part(ROUND).text
    assert "3 school days overdue" in manager.get("/").text, "lists know it as well"


def test_when_it_is_done_the_next_date_opens_it_again_and_the_last_time_stays_in_view(
    manager: Visitor, path: str, district: District
) -> None:
    set_date(manager, path, "2026-12-01", key=ROUND)
    district.mark(district.students["own"], ROUND, facts={"people": "teacher"}, on=district.today)
    done = manager.get(path).part(ROUND)
    assert done.text.startswith("Done")
    assert "no next date is set" in done.text
    assert "1 December" not in done.text, "what was due is done; nothing is due then"
    assert done.text.count("Set the next date") == 2, "in the row itself, and beside the other facts"
    district.clock.move(minutes=5)
    assert set_date(manager, path, "2026-12-15", key=ROUND).status == 303
    said = row(manager, path, ROUND)
    assert said.startswith("To do")
    assert "Last time:" in said
    assert "15 December 2026" in said
    assert manager.get(f"{path}/items/{ROUND}").kept("on") == "2026-11-24", "the form asks about this time, not the last"
    district.clock.move(minutes=5)
    district.mark(district.students["own"], ROUND, facts={"people": "teacher"}, on=district.today)
    assert row(manager, path, ROUND).startswith("Done")


# Another date for this student


def test_a_moved_date_shows_who_moved_it_why_and_what_it_was(manager: Visitor, visitor: Visitors, path: str) -> None:
    announce(visitor, "iep-autumn", "2026-10-30")
    assert "overdue" in row(manager, path)
    assert set_date(manager, path, "2026-12-04", "SSS agreed to December").status == 303
    said = row(manager, path)
    assert "4 December 2026, moved by Mirabeth Quoxley on 24 November 2026 because: SSS agreed to December." in said
    assert "Before: 30 October 2026, announced by SSS on 24 November 2026" in said
    assert "overdue" not in said
    page = manager.get(f"{path}/items/{ITEM}/due")
    assert "The office announced a date: write in the reason who agreed to another." in page.text
    assert "Mirabeth Quoxley: due on 4 December 2026, because: SSS agreed to December" in page.text


def test_a_date_can_be_taken_back_and_both_stay_on_the_record(manager: Visitor, visitor: Visitors, path: str, district: District) -> None:
    announce(visitor, "iep-autumn", "2026-10-30")
    set_date(manager, path, "2026-12-04", "SSS agreed")
    assert set_date(manager, path, "", take_back="yes").status == 303
    assert "overdue" in row(manager, path)
    assert [one.date for one in district.record(district.students["own"]).own_dates] == [dt.date(2026, 12, 4), None]
    assert "the date that was set was taken back" in manager.get(f"{path}/items/{ITEM}/due").text


@pytest.mark.parametrize(
    ("date", "reason", "sentence"),
    [
        ("", "why", "Enter the day"),
        ("31 2 2027", "why", "There is no 31 February 2027"),
        ("2026-11-23", "why", "The day must be today or later. 23 November 2026 is over."),
        ("2027-07-01", "why", "This school year ends on 30 June 2027."),
        ("2026-12-01", "", "Say why, so that others understand the date."),
        ("2026-12-01", "x" * 201, "At most 200"),
        ("2026-12-01", "a\x07", "hidden character"),
    ],
)
def test_a_date_that_cannot_be_set_is_refused_in_words(
    date: str, reason: str, sentence: str, manager: Visitor, path: str, district: District
) -> None:
    answer = set_date(manager, path, date, reason)
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert answer.kept("date") == date
    assert district.record(district.students["own"]).own_dates == ()


def test_an_item_of_ones_own_is_moved_like_any_other_on_the_page_and_in_lists(manager: Visitor, path: str, district: District) -> None:
    key = district.own_item(district.students["own"], due=dt.date(2026, 11, 23))
    assert "1 school day overdue" in row(manager, path, key)
    assert set_date(manager, path, "2026-12-03", "the bus changed", key).status == 303
    said = row(manager, path, key)
    assert "3 December 2026, moved by Mirabeth Quoxley on 24 November 2026 because: the bus changed. Before: 23 November 2026" in said
    assert "overdue" not in said
    assert "overdue" not in manager.get("/").text, "lists know it as well"


def test_what_is_done_has_no_date_to_move(manager: Visitor, path: str) -> None:
    manager.post(f"{path}/marks", {"tick": f"{ITEM}|"})
    assert "there is no date to move" in manager.get(f"{path}/items/{ITEM}/due").text
    answer = manager.post(f"{path}/items/{ITEM}/due", {"date": "2026-12-01", "reason": "why", "based_on": ""})
    assert answer.status == 422


def test_two_people_at_once_do_not_overwrite_each_other(manager: Visitor, visitor: Visitors, path: str, district: District) -> None:
    own = visitor("manager")
    form = own.get(f"{path}/items/{ITEM}/due").form()
    set_date(manager, path, "2026-12-04", "first")
    answer = own.post(f"{path}/items/{ITEM}/due", {**form, "date": "2026-12-11", "reason": "second"})
    assert answer.status == 409
    assert "Somebody was faster" in answer.text
    assert "due on 4 December 2026, because: first" in answer.text
    assert (answer.kept("date"), answer.kept("reason")) == ("2026-12-11", "second")
    assert own.post(f"{path}/items/{ITEM}/due", answer.form()).status == 303
    assert [one.reason for one in district.record(district.students["own"]).own_dates] == ["first", "second"]


def test_a_double_click_sets_one_date(manager: Visitor, path: str, district: District) -> None:
    form = {**manager.get(f"{path}/items/{ITEM}/due").form(), "date": "2026-12-04", "reason": "once"}
    assert manager.post(f"{path}/items/{ITEM}/due", form).status == 303
    assert manager.post(f"{path}/items/{ITEM}/due", form).status in (303, 422)
    assert len(district.record(district.students["own"]).own_dates) == 1


def test_what_is_only_permitted_or_waits_never_shouts_also_with_a_date(manager: Visitor, path: str, district: District) -> None:
    set_date(manager, path, "2026-12-01", "agreed")
    manager.post(f"{path}/items/{ITEM}", {"status": "waiting", "on": "2026-11-24", "waiting_for": "an answer", "based_on": ""})
    district.clock.move(days=20)
    said = manager.sign_in("manager").get(path).part(ITEM).text
    assert "was due 1 Dec" in said
    assert "overdue" not in said


def test_a_date_is_audited_by_the_item_and_never_by_its_reason(manager: Visitor, path: str, district: District) -> None:
    set_date(manager, path, "2026-12-04", "Quillon is away")
    [entry] = [e for e in district.store.history("student", district.students["own"]) if e.effect == "change" and "due" in e.action]
    assert (entry.action, entry.fields) == ("set a due date", (ITEM,))
    assert "away" not in repr(entry)


def test_an_item_that_is_not_on_the_checklist_has_no_page(manager: Visitor, path: str) -> None:
    assert manager.get(f"{path}/items/no.such/due").status == 404
    assert manager.post(f"{path}/items/no.such/due", {}).status == 404
    assert manager.get(f"{path}/items/no.such/due.ics").status == 404


# Recorded later than it was true


def test_a_late_entry_says_when_it_was_recorded(manager: Visitor, path: str, district: District) -> None:
    district.mark(district.students["own"], ITEM, on=dt.date(2026, 11, 20))
    assert "recorded 24 Nov" in row(manager, path)
    district.mark(district.students["own"], "iep.monitor", on=dt.date(2026, 11, 21))
    assert "recorded 24 Nov" not in row(manager, path, "iep.monitor"), "a weekend between is nothing to mention"


# A file for one's own calendar


def test_one_date_can_be_taken_into_a_calendar_without_a_name(manager: Visitor, path: str, district: District) -> None:
    assert manager.get(f"{path}/items/{ITEM}/due.ics").status == 303, "there is no date yet"
    set_date(manager, path, "2026-12-04", "agreed")
    assert "For my calendar" in row(manager, path)
    answer = manager.get(f"{path}/items/{ITEM}/due.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="due-date.ics"'
    [event] = events(answer.body)
    assert event["DTSTART"] == "20261204"
    assert event["SUMMARY"] == f"Due: {district.book.items[ITEM].title}"
    assert event["URL"].endswith(f"{path}#{ITEM}")
    assert not [name for name in district.names() if name in answer.html]
    set_date(manager, path, "2026-12-11", "later")
    [moved] = events(manager.get(f"{path}/items/{ITEM}/due.ics").body)
    assert moved["UID"] == event["UID"], "a calendar moves it"
