"""This year's dates: everybody reads them, Student Support Services announces them, and items date themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def sss(visitor: Visitors) -> Visitor:
    return visitor("sss")


def announce(browser: Visitor, window: str = "designation-february", date: str = "2027-02-12", note: str = "") -> Page:
    return browser.post("/dates", {"window": window, "date": date, "note": note})


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
    announce(sss, "iep-autumn", "2026-11-27")
    assert "27 November 2026" in manager.get(path).part("iep.develop").text
    announce(sss, "iep-autumn", "2026-11-20")
    row = manager.get(path).part("iep.develop").text
    assert "20 November 2026" in row
    assert "27 November 2026" not in row


def test_a_new_announcement_replaces_the_earlier_one_which_stays_on_the_record(sss: Visitor, district: District) -> None:
    announce(sss)
    announce(sss, date="2027-02-19")
    text = sss.get("/dates").text
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


def test_a_date_far_from_the_usual_time_is_questioned(sss: Visitor, district: District) -> None:
    answer = announce(sss, "designation-february", "2026-09-15")
    assert answer.status == 422
    assert "far from the usual time" in answer.text
    assert district.store.get("district", "district") is None


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


def test_two_announcements_at_the_same_moment_are_both_kept(visitor: Visitors, district: District) -> None:
    import threading

    browsers = [(visitor("sss"), window) for window in ("designation-february",) * 3]
    for browser, _ in browsers:
        browser.get("/dates")
    threads = [threading.Thread(target=announce, args=(browser, window)) for browser, window in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    text = browsers[0][0].get("/dates").text
    assert "12 February 2027" in text
    announced = [entry for entry in district.store.history("district") if entry.action == "announce a date"]
    assert len(announced) == 3
