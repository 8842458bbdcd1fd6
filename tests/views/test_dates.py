"""This year's dates: everybody reads them, Student Support Services announces them, and items date themselves."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest

from forms_app.deadlines import Announcement
from forms_app.records import district as records
from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def sss(visitor: Visitors) -> Visitor:
    return visitor("sss")


def announce(browser: Visitor, window: str = "designation-february", date: str = "2027-02-12", note: str = "") -> Page:
    """Send the form once; what it asks is not answered."""
    return browser.post("/dates", {"window": window, "date": date, "note": note})


def confirm(browser: Visitor, asked: Page) -> Page:
    """Tick the box of a form that asked, and send it again."""
    form = asked.form()
    return browser.post("/dates", {**form, "confirm": "yes"})


def announcements(district: District) -> list[str]:
    document = district.store.get("district", "district")
    return [row["date"] for row in document.db.table("announcements").all()] if document else []


def test_until_a_date_is_announced_nobody_names_one(manager: Visitor, district: District) -> None:
    text = manager.get("/dates").text
    for window in district.book.registers.windows.values():
        assert window.title in text
    assert "not announced yet" in text
    assert "2027" not in text.replace("2026/27", "")


def test_an_announced_date_is_shown_to_everybody_with_its_note(sss: Visitor, visitor: Visitors) -> None:
    assert announce(sss, note="To the SSS office by noon").status == 303
    for username in ("manager", "principal", "assistant", "sss"):
        text = visitor(username).get("/dates").text
        assert "12 February 2027" in text
        assert "To the SSS office by noon" in text
        assert "24 November 2026" in text, "and when it was announced"


def test_every_item_that_hangs_on_the_window_dates_itself(sss: Visitor, manager: Visitor, district: District) -> None:
    path = f"/students/{district.students['own']}"
    assert "end of October" in manager.get(path).part("iep.develop").text
    confirm(sss, announce(sss, "iep-autumn", "2026-11-27"))
    assert "27 November 2026, announced by SSS on 24 November 2026" in manager.get(path).part("iep.develop").text
    confirm(sss, announce(sss, "iep-autumn", "2026-11-20"))
    row = manager.get(path).part("iep.develop").text
    assert "20 November 2026" in row
    assert "27 November 2026" not in row


def test_a_new_announcement_replaces_the_earlier_one_which_stays_on_the_record(sss: Visitor, district: District) -> None:
    announce(sss)
    asked = announce(sss, date="2027-02-19")
    assert asked.status == 422
    assert "Sunniva Strobex announced 12 February 2027 on 24 November 2026. Your date would take its place." in asked.text
    assert announcements(district) == ["2027-02-12"]
    assert confirm(sss, asked).status == 303
    text = sss.get("/dates").text
    assert "Sunniva Strobex" in text
    assert "19 February 2027" in text
    assert "12 February 2027" not in text
    document = district.store.get("district", "district")
    assert document
    assert [row["date"] for row in document.db.table("announcements").all()] == ["2027-02-12", "2027-02-19"]


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"date": ""}, "Enter the date."),
    ({"date": "31 2 2027"}, "There is no 31 February 2027"),
    ({"date": "2027-07-01"}, "1 July 2027 is not in the school year 2026/27"),
    ({"date": "2026-06-30"}, "30 June 2026 is not in the school year 2026/27"),
    ({"date": "soon"}, "is not a date"),
    ({"window": "never"}, "Choose one of the answers shown."),
    ({"window": ""}, "Choose one of the answers shown."),
    ({"note": "x" * 201}, "At most 200"),
    ({"note": "a\x07"}, "hidden character"),
])  # fmt: skip
def test_a_date_that_cannot_be_announced_is_refused_in_words(
    changes: dict[str, str], sentence: str, sss: Visitor, district: District
) -> None:
    answer = announce(sss, **changes)
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert district.store.get("district", "district") is None


def test_a_date_outside_its_window_is_asked_about_once_and_can_be_announced_all_the_same(sss: Visitor, district: District) -> None:
    answer = announce(sss, "designation-february", "2026-09-15", "as agreed")
    assert answer.status == 422
    assert "15 September 2026 is far from the usual time, mid-February." in answer.text
    assert (answer.kept("window"), answer.kept("date"), answer.kept("note")) == ("designation-february", "2026-09-15", "as agreed")
    assert district.store.get("district", "district") is None
    assert confirm(sss, answer).status == 303
    assert announcements(district) == ["2026-09-15"]


def test_a_date_within_a_week_of_its_window_is_not_asked_about(sss: Visitor) -> None:
    assert announce(sss, "designation-september", "2026-09-18").status == 303


def test_of_two_offices_at_once_the_second_sees_the_first_date_and_decides(visitor: Visitors, district: District) -> None:
    first, second = visitor("sss"), visitor("sss")
    first.get("/dates"), second.get("/dates")
    assert announce(first, date="2027-02-12").status == 303
    asked = announce(second, date="2027-02-19")
    assert asked.status == 422
    assert "announced 12 February 2027" in asked.text
    assert announce(first, date="2027-02-12").status == 303, "the same date again is no question"
    confirm(first, announce(first, date="2027-02-16"))
    later = confirm(second, asked)
    assert later.status == 422, "what was confirmed was another date"
    assert "announced 16 February 2027" in later.text
    assert confirm(second, later).status == 303
    assert announcements(district) == ["2027-02-12", "2027-02-16", "2027-02-19"]


def test_a_date_that_comes_between_the_look_and_the_write_is_not_overwritten(sss: Visitor, district: District) -> None:
    year = district.year
    theirs = Announcement("designation-february", year, dt.date(2027, 2, 10), district.today)
    records.announce(district.store, theirs, district.actor("sss"), based_on="")
    mine = Announcement("designation-february", year, dt.date(2027, 2, 12), district.today)
    with pytest.raises(records.AnnouncedMeanwhile) as meanwhile:
        records.announce(district.store, mine, district.actor("sss"), based_on="")
    assert meanwhile.value.announcement.date == dt.date(2027, 2, 10)


def test_nobody_else_announces(visitor: Visitors, district: District) -> None:
    for username in set(district.people) - {"sss"}:
        browser = visitor(username)
        assert announce(browser).status == 404
        assert not [
            form for form in browser.get("/dates").root.all("form") if form.attributes.get("action", "") not in ("/sign-out", "/find")
        ]
    assert district.store.get("district", "district") is None


def test_in_the_next_school_year_nothing_is_announced_yet(sss: Visitor, district: District) -> None:
    announce(sss)
    district.clock.now = dt.datetime(2027, 9, 1, 18, tzinfo=dt.UTC)
    text = sss.sign_in("sss").get("/dates").text
    assert "2027/28" in text
    assert "12 February 2027" not in text


def test_the_same_date_announced_at_the_same_moment_is_one(visitor: Visitors, district: District) -> None:
    browsers = [visitor("sss") for _ in range(3)]
    for browser in browsers:
        browser.get("/dates")
    threads = [threading.Thread(target=announce, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert "12 February 2027" in browsers[0].get("/dates").text
    assert announcements(district) == ["2027-02-12"]


def test_two_dates_announced_at_the_same_moment_leave_one_and_a_question(visitor: Visitors, district: District) -> None:
    browsers = [(visitor("sss"), date) for date in ("2027-02-11", "2027-02-12", "2027-02-16")]
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda one=browser, day=date: answers.append(announce(one, date=day).status)) for browser, date in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(answers)[0] == 303
    assert set(sorted(answers)[1:]) <= {409, 422}
    assert len(announcements(district)) == 1


def test_until_it_is_announced_a_window_is_sorted_by_its_time_and_never_overdue(manager: Visitor, district: District) -> None:
    district.clock.now = dt.datetime(2027, 6, 30, 20, tzinfo=dt.UTC)
    page = manager.sign_in("manager").get(f"/students/{district.students['own']}")
    assert "not announced yet" in manager.get("/dates").text
    assert "overdue" not in page.part("iep.develop").text
