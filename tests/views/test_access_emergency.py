"""A record in an emergency: a principal, a reason, one hour, shown loudly, audited and reported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.district import CEDAR, STUDENTS, District, pen, student
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
REASON = "Fire alarm, who is told?"
HARBOUR_PEN = pen(list(STUDENTS).index("elsewhere") + 1)


@pytest.fixture
def principal(visitor: Visitors) -> Visitor:
    return visitor("principal")


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['elsewhere']}"


def open_record(browser: Visitor, who: str = HARBOUR_PEN, reason: str = REASON) -> Page:
    return browser.post("/emergency", {"who": who, "reason": reason})


@pytest.mark.parametrize(
    "who", [HARBOUR_PEN, f"{HARBOUR_PEN[:3]} {HARBOUR_PEN[3:6]} {HARBOUR_PEN[6:]}", "Thaddeus Ploverin", " thaddeus  ploverin "]
)
def test_a_principal_opens_a_record_of_another_school_for_sixty_minutes(
    who: str, principal: Visitor, path: str, district: District
) -> None:
    assert principal.get(path).status == 404
    assert open_record(principal, who).location == path
    page = principal.get(path)
    assert page.status == 200
    assert "Thaddeus Ploverin" in page.text
    assert "you opened the record in an emergency, until 24 November 2026, 2:00 pm" in page.text
    for minutes in (29, 29, 1, 1):
        assert principal.get(path).status == 200
        district.clock.move(minutes=minutes)
    assert principal.get(path).status == 404


def test_it_is_shown_loudly_on_every_page_of_the_student_and_on_no_other(principal: Visitor, path: str, district: District) -> None:
    open_record(principal)
    district.mark(district.students["elsewhere"], "iep.monitor", year=district.year.previous)
    for page in ("", "/2025", "/items/iep.develop", "/shared"):
        text = principal.get(path + page).text
        assert "Opened in an emergency, until 2:00 pm" in text, page
        assert REASON in text
    for other in ("/", f"/students/{district.students['own']}", "/emergency/report"):
        assert "Opened in an emergency, until" not in principal.get(other).text


def test_it_lets_nobody_change_anything_or_read_who_else_has_access(principal: Visitor, path: str) -> None:
    open_record(principal)
    for page in ("/edit", "/people", "/audit", "/events/new"):
        assert principal.get(path + page).status == 403, page
    assert principal.post(f"{path}/marks", {"tick": "iep.develop|"}).status == 403
    assert "Mark done" not in principal.get(path).text
    assert "Ploverin" not in principal.get("/").text, "no list shows the student"


def test_it_is_reported_to_the_principal_of_the_students_school_and_to_the_district_only(
    principal: Visitor, visitor: Visitors, path: str, district: District
) -> None:
    open_record(principal)
    for username in ("principal-elsewhere", "sss"):
        page = visitor(username).get("/emergency/report")
        [row] = [row.text for row in page.root.all("tr") if "Ploverin" in row.text]
        assert "Perrault Zindel 24 November 2026, 1:00 pm, open until 24 November 2026, 2:00 pm " + REASON in row
        assert "/emergency/report" in visitor(username).get("/").links
    assert "Ploverin" not in principal.get("/emergency/report").text
    for username in ("manager", "elsewhere", "office", "admin", "assistant", "psychologist", "member", "counsellor"):
        assert visitor(username).get("/emergency/report").status == 404
    district.clock.move(minutes=60)
    text = visitor("sss").get("/emergency/report").text
    assert "Perrault Zindel" in text
    assert "open until" not in text


def test_the_case_manager_reads_that_it_happened(principal: Visitor, visitor: Visitors, path: str, district: District) -> None:
    open_record(principal)
    principal.get(path)
    manager = visitor("elsewhere")
    page = manager.get(f"{path}/people")
    assert "Perrault Zindel Opened in an emergency" in page.text or "Perrault Zindel Opened the record in an emergency" in page.text
    log = manager.get(f"{path}/audit").text
    assert f"Perrault Zindel Opened the record in an emergency {REASON}" in log
    assert "Perrault Zindel Opened the checklist in an emergency" in log
    district.clock.move(minutes=61)
    assert "Perrault Zindel, in an emergency: 24 November 2026, 1:00 pm, for 60 minutes" in visitor("elsewhere").get(f"{path}/people").text


def test_it_is_in_the_audit_log_before_anything_is_shown_and_without_a_name(principal: Visitor, path: str, district: District) -> None:
    open_record(principal)
    entry = district.store.history("student", district.students["elsewhere"])[0]
    assert (entry.action, entry.who, entry.reason) == ("open a record in an emergency", district.people["principal"].id, REASON)
    assert not [name for name in district.names() if name in repr(entry)]


@pytest.mark.parametrize(("who", "reason", "field", "sentence"), [
    ("", REASON, "who", "Enter a pupil number, a PEN, or the exact name."),
    (HARBOUR_PEN, "", "reason", "Say why."),
    (HARBOUR_PEN, "  ", "reason", "Say why."),
    (HARBOUR_PEN, "x" * 201, "reason", "At most 200"),
    ("Ploverin", REASON, "who", "No single student was found."),
    ("Thaddeus", REASON, "who", "No single student was found."),
    ("000000000", REASON, "who", "No single student was found."),
    ("%", REASON, "who", "No single student was found."),
    ("\u200b", REASON, "who", "Enter a pupil number"),
])  # fmt: skip
def test_without_a_reason_or_an_exact_hit_nothing_opens(
    who: str, reason: str, field: str, sentence: str, principal: Visitor, path: str, district: District
) -> None:
    page = open_record(principal, who, reason)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert sentence in page.part(f"{field}-error").text
    assert principal.get(path).status == 404
    assert district.record(district.students["elsewhere"]).student.emergencies == ()


def test_two_students_of_one_name_are_told_apart_by_their_numbers(principal: Visitor, district: District) -> None:
    twin = district.add_student(student(given="Thaddeus", family="Ploverin", pen=pen(77), pupil_number="990077"), [], CEDAR)
    assert "No single student was found." in open_record(principal, "Thaddeus Ploverin").text
    assert open_record(principal, "990077").location == f"/students/{twin}"


def test_an_attempt_that_finds_nobody_is_noted_with_its_reason(principal: Visitor, district: District) -> None:
    open_record(principal, "Nobody Atall", "Just trying")
    entry = district.store.history("emergency", "attempts")[0]
    assert (entry.action, entry.reason) == ("look for a student in an emergency", "Just trying")
    assert "Atall" not in repr(entry)


def test_for_a_student_whom_one_sees_anyway_no_emergency_is_made(principal: Visitor, district: District) -> None:
    assert open_record(principal, "Quillon Zephyrine").location == f"/students/{district.students['own']}"
    assert district.record(district.students["own"]).student.emergencies == ()


def test_nobody_but_a_principal_can_open_a_record_so(visitor: Visitors, path: str, district: District) -> None:
    for username in set(district.people) - {"principal", "principal-elsewhere"}:
        browser = visitor(username)
        assert browser.get("/emergency").status == 404
        assert open_record(browser).status == 404
    assert district.record(district.students["elsewhere"]).student.emergencies == ()


def test_a_closed_record_is_not_found_in_an_emergency(principal: Visitor, district: District) -> None:
    district.add_student(student(given="Gonely", family="Closedfield", state="closed"), [])
    assert "No single student was found." in open_record(principal, "Gonely Closedfield").text


@pytest.mark.parametrize("reason", ["x", "", "         ", "emergency"])
def test_a_reason_that_tells_nobody_anything_is_asked_for_again(reason: str, principal: Visitor, path: str) -> None:
    answer = open_record(principal, reason=reason)
    assert answer.status == 422
    assert "Say why" in answer.text
    assert principal.get(path).status == 404


def test_another_reason_while_it_is_open_is_kept_as_well_and_the_same_one_twice_is_one(
    principal: Visitor, visitor: Visitors, district: District
) -> None:
    for reason in (REASON, REASON, "The parents have called a second time"):
        open_record(principal, reason=reason)
    told = [one.reason for one in district.record(district.students["elsewhere"]).student.emergencies]
    assert told == [REASON, "The parents have called a second time"]
    assert "called a second time" in visitor("sss").get("/emergency/report").text


def test_a_look_that_found_nobody_is_in_the_report_of_those_who_answer_for_the_looker(principal: Visitor, visitor: Visitors) -> None:
    assert open_record(principal, "Nobody Atall").status == 422
    for username in ("sss", "principal"):
        text = visitor(username).get("/emergency/report").text
        assert f"Perrault Zindel, 24 November 2026, 1:00 pm: {REASON}" in text
        assert "Atall" not in text, "a name that was typed is kept nowhere"
    assert "Perrault Zindel" not in visitor("principal-elsewhere").get("/emergency/report").text


def test_a_new_emergency_stands_on_the_first_page_of_who_answers_for_the_student_for_a_week(
    principal: Visitor, visitor: Visitors, district: District
) -> None:
    open_record(principal)
    for username in ("sss", "principal-elsewhere"):
        assert "A record was opened in an emergency in the last seven days." in visitor(username).get("/").text
    assert "opened in an emergency in the last" not in visitor("elsewhere").get("/").text
    district.clock.move(days=8)
    assert "opened in an emergency in the last" not in visitor("sss").get("/").text
