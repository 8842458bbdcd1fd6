"""How long a record is kept: the rules, the file in which a district sets them, closing, and disposal by two people (PRV-19 to PRV-22)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from forms_app.handbook import HandbookError
from forms_app.records import closing, disposals
from forms_app.retention import (
    CannotClose,
    CannotReview,
    MustBeKept,
    Retention,
    Standing,
    can_close,
    can_dispose,
    can_reopen,
    can_review,
    check_can_close,
    check_can_dispose,
    check_can_reopen,
    check_can_review,
    read_retention,
    review_on,
    years_later,
)
from forms_app.settings import ROOT
from forms_app.store import NoSuchRecord, Store
from tests.district import District
from tests.everything import set_retention
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
LEFT = dt.date(2024, 6, 28)
SEVEN = Retention(7)


def standing(state: str = "left", left: dt.date | None = LEFT, used: dt.date = LEFT) -> Standing:
    return Standing(state, left, used)


# The rules


def test_while_nothing_is_set_nothing_is_disposed_of() -> None:
    assert read_retention(ROOT).years_after_leaving is None, "a period is the district's to set, so none may stand in the repository"
    assert review_on(Retention(), standing()) is None
    with pytest.raises(MustBeKept, match="The district has not set how long records are kept"):
        check_can_dispose(Retention(), standing(), dt.date(2100, 1, 1))


def test_an_open_record_is_never_disposed_of() -> None:
    with pytest.raises(MustBeKept, match="This record is open"):
        check_can_dispose(SEVEN, standing("open", None), dt.date(2100, 1, 1))


def test_it_is_kept_until_the_day_that_the_district_set() -> None:
    assert review_on(SEVEN, standing()) == dt.date(2031, 6, 28)
    assert not can_dispose(SEVEN, standing(), dt.date(2031, 6, 27))
    assert can_dispose(SEVEN, standing(), dt.date(2031, 6, 28))
    with pytest.raises(MustBeKept, match=r"left on 28 June 2024. The district keeps the record until 28 June 2031"):
        check_can_dispose(SEVEN, standing(), dt.date(2026, 1, 1))


def test_it_is_kept_for_a_year_after_the_last_decision_whatever_the_district_set() -> None:
    used = standing(used=dt.date(2031, 3, 1))
    assert review_on(SEVEN, used) == dt.date(2032, 3, 1)
    with pytest.raises(
        MustBeKept, match=r"last used in a decision on 1 March 2031. It must be kept until 1 March 2032 \(FIPPA section 31\)"
    ):
        check_can_dispose(SEVEN, used, dt.date(2032, 2, 29))
    assert can_dispose(SEVEN, used, dt.date(2032, 3, 1))
    assert not can_dispose(Retention(1, 0), standing(used=dt.date(2031, 3, 1)), dt.date(2031, 12, 1)), (
        "not even a rule of none can lower the law's year"
    )


days = st.dates(dt.date(2000, 1, 1), dt.date(2080, 12, 31))


@given(days, days, days, st.integers(1, 60), st.integers(1, 5))
def test_nothing_goes_before_both_periods_are_over(left: dt.date, used: dt.date, today: dt.date, years: int, after: int) -> None:
    kept = Standing("graduated", left, used)
    may = can_dispose(Retention(years, after), kept, today)
    assert may == (today >= years_later(left, years) and today >= years_later(used, after))
    first = review_on(Retention(years, after), kept)
    assert first is not None
    assert may == (today >= first)


def test_a_disposal_takes_two_people() -> None:
    assert can_review("one", "another")
    with pytest.raises(CannotReview, match="You proposed this disposal"):
        check_can_review("one", "one")
    assert not can_review("", "one")


def test_closing_and_reopening_fit_the_state() -> None:
    today = dt.date(2026, 11, 24)
    check_can_close("open", today, today)
    assert can_close("open")
    assert not can_close("left")
    assert can_reopen("left")
    with pytest.raises(CannotClose, match="closed already"):
        check_can_close("left", today, today)
    with pytest.raises(CannotClose, match="25 November 2026 is still to come"):
        check_can_close("open", dt.date(2026, 11, 25), today)
    with pytest.raises(CannotClose, match="is open"):
        check_can_reopen("open")
    with pytest.raises(CannotClose, match="being disposed of"):
        check_can_reopen("disposing")


# The file


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("years_after_leaving: 0\n", "years_after_leaving: found “0”; allowed: a whole number of years from 1 to 100, or: not set"),
        ("years_after_leaving: seven\n", "“seven”"),
        ("years_after_leaving: ²\n", "“²”"),
        ("years_after_leaving: 7\nyears_after_decision: 0\n", "allowed: a whole number of years from 1 to 100; the law asks for one"),
        ("years_after_leaving: 7\nyears_after_decision: not set\n", "“not set”"),
        ("keep_for: 7\n", "the field “keep_for”"),
        ("- 7\n", "allowed: a mapping of fields"),
        ("years_after_leaving: *x\n", "an alias"),
    ],
)
def test_a_period_that_cannot_be_is_refused_with_its_place(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/retention.yml").write_text(text, encoding="utf-8")
    with pytest.raises(HandbookError) as error:
        read_retention(tmp_path)
    assert sentence in str(error.value)
    assert "data/retention.yml" in str(error.value)


def test_a_period_that_is_set_is_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/retention.yml").write_text("years_after_leaving: 7\nyears_after_decision: 2\nauthority: Policy 1\n", encoding="utf-8")
    assert read_retention(tmp_path) == Retention(7, 2, "Policy 1")


# Closing


@pytest.fixture
def student(district: District) -> str:
    return district.students["own"]


def close(browser: Visitor, student: str, state: str = "transferred", **changes: str) -> Page:
    return browser.post(
        f"/students/{student}/close", {"state": state, "on": "2026-11-20", "reason": "moved to another district", **changes}
    )


def test_closing_ends_the_case_managers_access_and_leaves_the_record_to_those_who_answer_for_it(
    visitor: Visitors, district: District, student: str
) -> None:
    district.mark(student, "iep.monitor")
    manager, principal, sss = visitor("manager"), visitor("principal"), visitor("sss")
    assert manager.get(f"/students/{student}").status == 200
    assert close(principal, student).location == "/closed"
    for path in ("", "/record", "/edit", "/corrections/new", "/items/iep.develop", "/events/new", "/2025"):
        assert manager.get(f"/students/{student}{path}").status == 404, path
    assert "Zephyrine" not in manager.get("/").text
    assert "Zephyrine" not in principal.get("/").text, "the first screen is for students who are here"
    for browser in (principal, sss):
        page = browser.get("/closed")
        assert "Quillon Zephyrine" in page.text
        assert "Transferred to a school outside the district" in page.text
        shown = browser.get(f"/students/{student}")
        assert "This record is closed" in shown.text
        assert browser.get(f"/students/{student}/record").status == 200
    for username in ("colleague", "counsellor", "assistant", "admin", "principal-elsewhere", "psychologist"):
        assert visitor(username).get(f"/students/{student}").status == 404, username
    assert "Zephyrine" not in visitor("principal-elsewhere").get("/closed").text


def test_nothing_can_be_added_to_a_closed_record(visitor: Visitors, district: District, student: str) -> None:
    principal = visitor("principal")
    close(principal, student)
    for path, data in (
        (f"/students/{student}/marks", {"tick": "iep.develop|"}),
        (f"/students/{student}/events/new", {}),
        (f"/students/{student}/edit", {"grade": "12"}),
    ):
        answer = principal.post(path, data)
        assert answer.status == 403
        assert "This record is closed, so nothing can be added to it" in answer.text


def test_closing_keeps_the_date_the_reason_and_who_and_ends_the_assignment(visitor: Visitors, district: District, student: str) -> None:
    close(visitor("principal"), student, "graduated")
    document = district.store.get("student", student)
    assert document is not None
    (row,) = document.db.table("closings").all()
    assert (row["state"], row["on"], row["reason"], row["by"]) == (
        "graduated",
        "2026-11-20",
        "moved to another district",
        district.people["principal"].id,
    )
    record = district.record(student).student
    assert record.state == "graduated"
    assert record.case_manager_on(dt.date(2026, 11, 20)) == district.people["manager"].id
    assert record.case_manager_on(dt.date(2026, 11, 21)) == ""
    assert district.store.history("student", student)[0].action == "close a record"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": "2026-11-25"}, "25 November 2026 is still to come"),
        ({"on": ""}, "Enter the day"),
        ({"reason": ""}, "Say in a few words why"),
        ({"state": "expelled"}, "Choose one of the answers shown"),
        ({"state": "disposing"}, "Choose one of the answers shown"),
    ],
)
def test_a_closing_that_says_too_little_is_refused(
    changes: dict[str, str], sentence: str, visitor: Visitors, district: District, student: str
) -> None:
    answer = close(visitor("principal"), student, **changes)
    assert answer.status == 422
    assert sentence in answer.text
    assert district.record(student).student.state == "open"


def test_two_who_close_at_once_close_once(visitor: Visitors, district: District, student: str) -> None:
    close(visitor("principal"), student)
    answer = close(visitor("sss"), student, "left")
    assert answer.status == 409
    assert district.record(student).student.state == "transferred"


def test_a_reopened_record_is_the_principals_until_a_case_manager_is_named(visitor: Visitors, district: District, student: str) -> None:
    principal, manager = visitor("principal"), visitor("manager")
    close(principal, student)
    assert principal.post(f"/students/{student}/reopen", {"reason": ""}).status == 422
    assert principal.post(f"/students/{student}/reopen", {"reason": "came back"}).status == 303
    assert district.record(student).student.state == "open"
    assert manager.get(f"/students/{student}").status == 404
    principal.post(
        f"/students/{student}/edit", {**principal.get(f"/students/{student}/edit").form(), "case_manager": district.people["manager"].id}
    )
    assert manager.get(f"/students/{student}").status == 200
    assert principal.post(f"/students/{student}/reopen", {"reason": "again"}).status == 409


def test_the_page_says_that_a_file_that_leaves_the_district_may_need_consent(visitor: Visitors, student: str) -> None:
    assert (
        "ask your privacy office whether the parents must consent in writing" in visitor("principal").get(f"/students/{student}/close").text
    )


# Disposal


@pytest.fixture
def due(app: Flask, visitor: Visitors, district: District, student: str, tmp_path: Path) -> str:
    """A record that was closed more than a year ago and that the district keeps for one year."""
    district.mark(student, "iep.monitor")
    close(visitor("principal"), student)
    set_retention(app, tmp_path)
    district.clock.move(days=400)
    return student


REVIEW = {"outcome": "disposed", "reason": "no request, no complaint", "unused": "y"}


def test_a_record_goes_when_two_people_agree_and_a_stub_without_names_stays(due: str, visitor: Visitors, district: District) -> None:
    principal, sss = visitor("principal"), visitor("sss")
    assert "Propose it" in principal.get("/closed").text
    assert principal.post(f"/students/{due}/disposal", {}).status == 303
    own = principal.post(f"/students/{due}/disposal/review", REVIEW)
    assert own.status == 409
    assert "A second person must review it" in own.text
    assert district.store.get("student", due) is not None
    assert "Review it" in sss.get("/closed").text
    assert sss.post(f"/students/{due}/disposal/review", REVIEW).location == "/closed"
    assert district.store.get("student", due) is None
    assert sss.get(f"/students/{due}").status == 404
    found = disposals.find(district.store, due)
    assert found is not None
    assert (found.outcome, found.proposed_by, found.reviewed_by) == ("disposed", district.people["principal"].id, district.people["sss"].id)
    page = sss.get("/closed")
    assert "no request, no complaint" in page.text
    kept = [repr(district.store.history()), repr(found), page.text, repr(everything_left(district.store))]
    assert not [word for word in ("Quillon", "Zephyrine", "000000018") if any(word in text for text in kept)]
    actions = [entry.action for entry in district.store.history("student", due)]
    assert actions[0] == "dispose of a record"
    assert "mark an item" in actions, "the log of what was done with the record stays"


def everything_left(store: Store) -> list[object]:
    return [
        (kind, summary)
        for kind in ("student", "disposal", "session", "account", "district", "school")
        for summary in store.list(kind)
        if "Zephyrine" in repr(summary) or kind == "disposal"
    ]


def test_a_second_person_can_keep_it_and_it_can_be_proposed_again(due: str, visitor: Visitors, district: District) -> None:
    principal, sss = visitor("principal"), visitor("sss")
    principal.post(f"/students/{due}/disposal", {})
    assert sss.post(f"/students/{due}/disposal/review", {"outcome": "kept", "reason": "a complaint is open"}).status == 303
    assert district.store.get("student", due) is not None
    assert sss.post(f"/students/{due}/disposal/review", REVIEW).status == 409, "nothing is proposed any more"
    principal.post(f"/students/{due}/disposal", {})
    assert sss.post(f"/students/{due}/disposal/review", REVIEW).status == 303
    assert district.store.get("student", due) is None


def test_the_second_person_says_what_they_checked(due: str, visitor: Visitors, district: District) -> None:
    visitor("principal").post(f"/students/{due}/disposal", {})
    sss = visitor("sss")
    for changes, sentence in (
        ({"unused": ""}, "in no decision within the last year"),
        ({"reason": ""}, "Say what you checked"),
        ({"outcome": ""}, "Choose one of the answers shown"),
    ):
        answer = sss.post(f"/students/{due}/disposal/review", {**REVIEW, **changes})
        assert answer.status == 422
        assert sentence in answer.text
    assert district.store.get("student", due) is not None


def test_nothing_goes_inside_a_year_of_the_last_decision(
    app: Flask, visitor: Visitors, district: District, student: str, tmp_path: Path
) -> None:
    """Left long ago; but something was recorded on it yesterday."""
    close(visitor("principal"), student, on="2020-06-30")
    set_retention(app, tmp_path)
    principal, sss = visitor("principal"), visitor("sss")
    answer = principal.post(f"/students/{student}/disposal", {})
    assert answer.status == 409
    assert "It must be kept until 24 November 2027" in answer.text
    district.clock.move(days=366)
    principal, sss = visitor("principal"), visitor("sss")
    assert principal.post(f"/students/{student}/disposal", {}).status == 303
    district.correction(student, by="principal")  # a request arrives between the proposal and the review
    answer = sss.post(f"/students/{student}/disposal/review", REVIEW)
    assert answer.status == 409
    assert "FIPPA section 31" in answer.text
    assert district.store.get("student", student) is not None
    assert district.record(student).student.state == "transferred"


def test_an_open_record_and_a_district_without_a_period_refuse(visitor: Visitors, district: District, student: str) -> None:
    principal = visitor("principal")
    assert "This record is open" in principal.post(f"/students/{student}/disposal", {}).text
    close(principal, student)
    district.clock.move(days=4000)
    principal = visitor("principal")
    assert "The district has not set how long records are kept" in principal.post(f"/students/{student}/disposal", {}).text
    assert "To be filled in by the district" in principal.get("/closed").text


def test_when_the_power_goes_after_the_record_went_reviewing_again_ends_it(due: str, visitor: Visitors, district: District) -> None:
    visitor("principal").post(f"/students/{due}/disposal", {})
    closing.prepare_disposal(district.store, due, Retention(1), district.actor("sss"), district.today)
    assert district.record(due).student.state == "disposing"
    principal = visitor("principal")
    assert "Is being disposed of" in principal.get("/closed").text
    assert principal.post(f"/students/{due}/reopen", {"reason": "no"}).status == 409
    district.store.delete("student", due, district.actor("sss").entry("dispose of a record"))
    assert "the program stopped before the review was noted" in principal.get("/closed").text
    disposals.dispose(district.store, due, Retention(1), "checked", district.actor("sss"), district.today)
    found = disposals.find(district.store, due)
    assert found is not None
    assert found.outcome == "disposed"


def test_a_review_of_nothing_is_refused(district: District, student: str) -> None:
    with pytest.raises(CannotReview, match="Nobody has proposed"):
        disposals.keep(district.store, student, "why", district.actor("sss"))
    with pytest.raises(CannotReview, match="Nobody has proposed"):
        disposals.dispose(district.store, student, Retention(1), "why", district.actor("sss"), district.today)


def test_nothing_in_memory_shows_a_record_that_is_gone(due: str, app: Flask, visitor: Visitors, district: District) -> None:
    visitor("principal").post(f"/students/{due}/disposal", {})
    visitor("sss").post(f"/students/{due}/disposal/review", REVIEW)
    desk = app.extensions["desk"]
    assert "Zephyrine" not in repr(desk._derived) + repr(desk._rendered)
    with pytest.raises(NoSuchRecord):
        district.store.change("student", due, lambda db: None, district.actor().entry("x"))


@pytest.mark.parametrize("username", ["manager", "colleague", "assistant", "office", "psychologist", "admin"])
def test_nobody_else_closes_or_disposes(username: str, visitor: Visitors, district: District, student: str) -> None:
    browser = visitor(username)
    status = 403 if username == "manager" else 404
    assert close(browser, student).status == status
    assert browser.post(f"/students/{student}/disposal", {}).status == status
    assert browser.get("/closed").status == 404
    assert district.record(student).student.state == "open"
