"""The school calendar: everybody reads it, Student Support Services keeps it, and nothing is written that was not shown first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.records import district as records
from forms_app.school_calendar import CalendarEntry, CalendarRefused, Kind
from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
PATH, IMPORT = "/dates/calendar", "/dates/calendar/import"


@pytest.fixture
def sss(visitor: Visitors) -> Visitor:
    return visitor("sss")


def enter(browser: Visitor, first: str = "2026-12-21", last: str = "2027-01-01", name: str = "Winter break", kind: str = "break") -> Page:
    form = browser.get(PATH).form(PATH)
    return browser.post(PATH, {**form, "first": first, "last": last, "name": name, "kind": kind})


def entries(district: District) -> list[str]:
    return [f"{one.name} {one.days_words}" for one in records.read(district.store).calendar.entries]


def school_days(browser: Visitor) -> int:
    """How many the page counts in this school year."""
    return int(browser.get(PATH).root.all("span", class_="count")[0].text.split()[0])


def take_out(browser: Visitor, number: int = 0) -> Page:
    button = browser.get(PATH).root.all("button", name="remove")[number]
    return browser.post(f"{PATH}/remove", {"remove": button.attributes["value"]})


def test_where_nothing_is_entered_the_page_says_what_counts(manager: Visitor) -> None:
    assert "every Monday to Friday from September to June counts as a school day" in manager.get("/dates").text
    page = manager.get(PATH)
    assert "Nothing is entered yet" in page.text
    assert "Student Support Services keeps this calendar" in page.text


def test_what_sss_enters_everybody_reads(sss: Visitor, visitor: Visitors) -> None:
    before = school_days(sss)
    assert enter(sss).status == 303
    for username in ("manager", "assistant", "principal"):
        text = visitor(username).get(PATH).text
        assert "Winter break" in text
        assert "21 December 2026 to 1 January 2027" in text
        assert "Sunniva Strobex" in text
    assert "1 holiday or other entry is entered for 2026/27" in visitor("manager").get("/dates").text
    assert before - school_days(sss) == 10


def test_a_day_off_makes_what_is_overdue_less_late(sss: Visitor, manager: Visitor, district: District) -> None:
    district.event(district.students["own"], "sbt-meeting", dt.date(2026, 11, 19))
    assert "3 school days overdue" in manager.get("/").text
    enter(sss, "2026-11-20", "2026-11-23", "Invented closure", "closure")
    assert "1 school day overdue" in manager.get("/").text
    enter(sss, "2026-11-24", "", "Another", "closure")
    assert "overdue" not in manager.get("/").text, "no school day has passed since"
    take_out(sss, 1)
    assert "1 school day overdue" in manager.get("/").text


def test_an_entry_is_taken_out_and_stays_on_the_record(sss: Visitor, district: District) -> None:
    enter(sss)
    assert take_out(sss).status == 303
    assert entries(district) == []
    document = district.store.get("district", "district")
    assert document
    [row] = document.db.table("calendar").all()
    assert (row["name"], bool(row["removed"]), row["removed by"]) == ("Winter break", True, district.people["sss"].id)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first": ""}, "Enter the first day."),
        ({"first": "31 2 2027"}, "There is no 31 February 2027"),
        ({"last": "2026-12-20"}, "The last day, 20 December 2026, is before the first"),
        ({"last": "2027-06-20"}, "These are 182 days"),
        ({"first": "2206-12-21", "last": ""}, "Check the year of 21 December 2206"),
        ({"name": ""}, "Enter a name"),
        ({"name": "x" * 101}, "At most 100"),
        ({"kind": "feast"}, "Choose one of the answers shown."),
        ({"kind": "in session"}, "for days of July and August"),
    ],
)
def test_a_slip_is_refused_in_words_and_nothing_typed_is_lost(
    changes: dict[str, str], sentence: str, sss: Visitor, district: District
) -> None:
    answer = enter(sss, **changes)
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert answer.kept("first") == changes.get("first", "2026-12-21")
    assert entries(district) == []


def test_the_same_entry_twice_is_one(sss: Visitor, district: District) -> None:
    form = {**sss.get(PATH).form(PATH), "first": "2026-11-11", "last": "", "name": "Remembrance Day", "kind": "holiday"}
    assert [sss.post(PATH, form).status for _ in range(2)] == [303, 303], "a double click"
    assert entries(district) == ["Remembrance Day 11 November 2026"]


def test_two_offices_at_once_do_not_overwrite_each_other(visitor: Visitors, district: District) -> None:
    first, second = visitor("sss"), visitor("sss")
    seen = second.get(PATH).form(PATH)
    enter(first)
    answer = second.post(PATH, {**seen, "first": "2026-12-18", "last": "", "name": "Early closing", "kind": "closure"})
    assert answer.status == 409
    assert "Somebody else changed the calendar since you opened this page." in answer.text
    assert "Winter break" in answer.text, "what there is now"
    assert answer.kept("name") == "Early closing"
    assert len(entries(district)) == 1
    assert second.post(PATH, answer.form(PATH)).status == 303, "and the second decides"
    assert len(entries(district)) == 2


def test_an_entry_that_somebody_changed_meanwhile_is_not_taken_out_unseen(visitor: Visitors, district: District) -> None:
    first, second = visitor("sss"), visitor("sss")
    enter(first)
    old = second.get(PATH).root.all("button", name="remove")[0].attributes["value"]
    enter(first, "2026-10-12", "", "Thanksgiving Day", "holiday")
    assert second.post(f"{PATH}/remove", {"remove": old}).status == 409
    assert len(entries(district)) == 2
    assert second.post(f"{PATH}/remove", {"remove": "nothing|x"}).status == 303, "what is gone is gone"


def test_a_year_cannot_be_left_without_a_school_day(sss: Visitor, district: District) -> None:
    for first, last in (("2026-09-01", "2026-12-15"), ("2026-12-16", "2027-03-31")):
        assert enter(sss, first, last, "Closed", "closure").status == 303
    answer = enter(sss, "2027-04-01", "2027-06-30", "Closed", "closure")
    assert answer.status == 422
    assert "With these entries 2026/27 would have no school day at all." in answer.text
    with pytest.raises(CalendarRefused):
        last = CalendarEntry(dt.date(2027, 4, 1), dt.date(2027, 6, 30), Kind.CLOSURE, "Closed")
        records.add_to_calendar(district.store, [last], records.read(district.store).calendar_version, district.actor("sss"))


# Pasting a calendar

PASTED = "2026-12-21, 2027-01-01, Winter break\n11 November 2026, Remembrance Day\n2026-10-23, Pro-D day"


def paste(browser: Visitor, text: str, **more: str) -> Page:
    return browser.post(IMPORT, {"text": text, "based_on": browser.get(IMPORT).kept("based_on"), **more})


def test_a_pasted_calendar_is_shown_before_it_is_written(sss: Visitor, district: District) -> None:
    page = paste(sss, PASTED)
    assert page.status == 200
    assert "Winter break" in page.text
    assert "Professional day" in page.text
    assert "will be entered" in page.text
    assert entries(district) == [], "nothing is written yet"
    taken = sss.post(IMPORT, {**page.form(IMPORT), "take": "yes"})
    assert taken.status == 303
    assert entries(district) == [
        "Pro-D day 23 October 2026",
        "Remembrance Day 11 November 2026",
        "Winter break 21 December 2026 to 1 January 2027",
    ]


def test_one_wrong_line_stops_everything_and_is_named(sss: Visitor, district: District) -> None:
    page = paste(sss, PASTED + "\n31 2 2027, Family Day", take="yes")
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "Line 4: There is no 31 February 2027" in page.text
    assert PASTED.splitlines()[0] in page.kept("text"), "nothing pasted is lost"
    assert entries(district) == []


def test_an_import_over_a_calendar_that_changed_meanwhile_is_shown_again(visitor: Visitors, district: District) -> None:
    first, second = visitor("sss"), visitor("sss")
    page = paste(second, PASTED)
    enter(first, "2027-02-15", "", "Family Day", "holiday")
    answer = second.post(IMPORT, {**page.form(IMPORT), "take": "yes"})
    assert answer.status == 409
    assert "Somebody else changed the calendar" in answer.text
    assert len(entries(district)) == 1
    assert second.post(IMPORT, {**answer.form(IMPORT), "take": "yes"}).status == 303
    assert len(entries(district)) == 4


def test_the_provinces_holidays_are_offered_and_not_assumed(sss: Visitor, district: District) -> None:
    page = sss.get(f"{IMPORT}?suggest=2026")
    assert "They are a suggestion" in page.text
    assert "2027-02-15, Family Day" in page.kept("text")
    assert "Canada Day" not in page.kept("text"), "there is no school in July anyway"
    assert entries(district) == []
    shown = paste(sss, page.kept("text"))
    assert sss.post(IMPORT, {**shown.form(IMPORT), "take": "yes"}).status == 303
    assert len(entries(district)) == 9
    assert sss.get(f"{IMPORT}?suggest=1666").kept("text") == ""


def test_what_is_pasted_can_never_become_markup(sss: Visitor) -> None:
    page = paste(sss, "2026-12-21, <script>alert(1)</script>")
    assert "<script>alert" not in page.html
    sss.post(IMPORT, {**page.form(IMPORT), "take": "yes"})
    assert "<script>alert" not in sss.get(PATH).html


def test_nobody_else_can_change_it(visitor: Visitors, district: District) -> None:
    enter(visitor("sss"))
    for username in set(district.people) - {"sss"}:
        browser = visitor(username)
        assert not browser.get(PATH).root.all("form", action=PATH), username
        for path, form in ((PATH, {"first": "2026-12-21"}), (f"{PATH}/remove", {"remove": "x|y"}), (IMPORT, {"text": PASTED})):
            assert browser.post(path, form).status == 404, (username, path)
        assert browser.get(IMPORT).status == 404
    assert len(entries(district)) == 1


def test_each_change_leaves_an_audit_entry(sss: Visitor, district: District) -> None:
    enter(sss)
    take_out(sss)
    entries = [(entry.action, entry.who) for entry in district.store.history("district")]
    who = district.people["sss"].id
    assert entries == [("take from the calendar", who), ("add to the calendar", who)]
