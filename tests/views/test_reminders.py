"""Reminders are off until somebody turns them on, and a calendar feed tells numbers and days to whoever has its address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.permissions import Role
from forms_app.records import reminders
from forms_app.students import Part
from tests.district import STUDENTS, District
from tests.test_icalendar import events
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


def make_feed(browser: Visitor) -> str:
    page = browser.post("/reminders/feed")
    assert page.status == 200
    [address] = [one.text for one in page.root.all("strong", class_="one-time-link")]
    return address.removeprefix("http://localhost")


def choose(browser: Visitor, on: str = "yes", email: str = "somebody@example.ca") -> Page:
    return browser.post("/reminders", {"on": on, "email": email})


def test_both_are_off_until_somebody_turns_them_on(manager: Visitor, district: District) -> None:
    page = manager.get("/reminders")
    assert (page.kept("on"), page.kept("email")) == ("no", "")
    assert "Make a calendar address" in page.text
    assert not reminders.get(district.store, district.people["manager"].id).on


def test_the_weekly_e_mail_is_turned_on_and_off_and_the_address_goes_with_it(manager: Visitor, district: District) -> None:
    assert choose(manager).status == 303
    assert (manager.get("/reminders").kept("on"), manager.get("/reminders").kept("email")) == ("yes", "somebody@example.ca")
    assert choose(manager, "no").status == 303
    assert reminders.get(district.store, district.people["manager"].id).email == ""


@pytest.mark.parametrize(
    "email",
    ["", "somebody", "a@b", "a b@example.ca", "a@example.ca\nBcc: b@example.ca", "a@example.ca,b@example.ca", "a..b@example.ca", "<a@example.ca>", "x" * 260 + "@example.ca"],
)  # fmt: skip
def test_what_is_no_single_address_is_refused(email: str, manager: Visitor, district: District) -> None:
    answer = choose(manager, email=email)
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert not reminders.get(district.store, district.people["manager"].id).on


def test_the_page_says_what_the_e_mail_would_say(manager: Visitor, district: District) -> None:
    district.event(district.students["own"], "sbt-meeting", dt.date(2026, 11, 19))
    text = manager.get("/reminders").text
    assert "overdue" in text
    assert not [name for _, name, _, _ in STUDENTS.values() if name in text]


# The calendar feed


def test_a_feed_says_how_many_items_are_due_on_which_day_and_for_nobody_by_name(
    manager: Visitor, stranger: Visitor, district: District
) -> None:
    district.event(district.students["own"], "sbt-meeting", dt.date(2026, 12, 3))
    answer = stranger.get(make_feed(manager))
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    found = events(answer.body)
    assert found
    assert {event["DTSTART"] for event in found} == {"20261203"}
    assert found[0]["SUMMARY"].endswith("due")
    assert found[0]["SUMMARY"].split()[0].isdigit()
    assert not [name for name in district.names() if name in answer.html]
    assert "/students/" not in answer.html


def test_a_feed_holds_what_its_owner_has_to_do_and_nothing_else(visitor: Visitors, stranger: Visitor, district: District) -> None:
    district.event(district.students["elsewhere"], "sbt-meeting", dt.date(2026, 12, 3), by="elsewhere")
    assert events(stranger.get(make_feed(visitor("manager"))).body) == []
    assert len(events(stranger.get(make_feed(visitor("elsewhere"))).body)) == 1


def test_who_covers_is_reminded_and_who_only_reads_is_not(visitor: Visitors, stranger: Visitor, district: District) -> None:
    student_id = district.students["own"]
    district.event(student_id, "sbt-meeting", dt.date(2026, 12, 3))
    district.involve(student_id, Part.TEAM, "counsellor", Role.COUNSELLOR)
    assert events(stranger.get(make_feed(visitor("counsellor"))).body) == []
    district.involve(student_id, Part.COVERING, "colleague", until=dt.date(2026, 12, 4))
    assert len(events(stranger.get(make_feed(visitor("colleague"))).body)) == 1
    assert events(stranger.get(make_feed(visitor("principal"))).body) == []


def test_events_keep_their_names_from_one_day_to_the_next(manager: Visitor, stranger: Visitor, district: District) -> None:
    district.event(district.students["own"], "sbt-meeting", dt.date(2026, 12, 3))
    address = make_feed(manager)
    before = [event["UID"] for event in events(stranger.get(address).body)]
    district.clock.move(days=1)
    assert [event["UID"] for event in events(stranger.get(address).body)] == before


def test_a_wrong_an_ended_and_a_replaced_address_are_no_such_page(manager: Visitor, stranger: Visitor) -> None:
    first = make_feed(manager)
    second = make_feed(manager)
    assert first != second
    assert (stranger.get(first).status, stranger.get(second).status) == (404, 200)
    assert manager.post("/reminders/feed/end").status == 303
    ended, wrong = stranger.get(second), stranger.get("/calendar/" + "A" * 32 + ".ics")
    assert ended.status == wrong.status == 404
    assert ended.html == wrong.html
    assert stranger.get("/calendar/%00%ff.ics").status == 404


def test_the_secret_is_kept_nowhere(manager: Visitor, district: District) -> None:
    token = make_feed(manager).rpartition("/")[2].removesuffix(".ics")
    assert len(token) == 32
    [summary] = district.store.list("feed")
    document = district.store.get("feed", summary.id)
    assert document
    assert token not in repr(document.db.table("feed").all()) + repr(summary) + repr(district.store.history("feed"))
    assert token not in manager.get("/reminders").html, "it is shown once"


def test_a_feed_of_somebody_whose_account_is_closed_ends(manager: Visitor, stranger: Visitor, district: District) -> None:
    address = make_feed(manager)
    district.store.change(
        "account", district.people["manager"].id, lambda db: db.table("account").update({"disabled": True}), district.actor().entry("x")
    )
    assert stranger.get(address).status == 404


def test_one_person_cannot_end_the_feed_of_another(visitor: Visitors, stranger: Visitor) -> None:
    address = make_feed(visitor("manager"))
    visitor("colleague").post("/reminders/feed/end")
    assert stranger.get(address).status == 200
