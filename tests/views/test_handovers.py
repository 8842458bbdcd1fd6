"""Handing over, end to end: until the colleague takes over they see the handover and not the record; then access moves at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.checklists import Status
from forms_app.permissions import Role
from forms_app.records import students
from tests.district import HARBOUR, District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def student(district: District) -> str:
    return district.students["own"]


@pytest.fixture
def path(student: str) -> str:
    return f"/students/{student}"


def offer(browser: Visitor, path: str, district: District, to: str = "colleague", **told: str) -> Page:
    return browser.post(f"{path}/handover", {"who": district.people[to].id if to else "", **told})


def waiting(district: District, student: str) -> dict[str, str]:
    found = district.record(student).student.handover_on(district.today)
    assert found
    return {"handover": found.id}


def test_from_the_offer_to_the_next_case_manager(visitor: Visitors, district: District, student: str, path: str) -> None:
    manager, colleague = visitor("manager"), visitor("colleague")
    assert f"{path}/handover" in manager.get(path).links
    page = manager.get(f"{path}/handover")
    assert "Nothing is overdue." in page.text
    assert offer(manager, path, district, first="the meeting on Thursday").location == f"{path}/handover"
    page = colleague.get("/")
    assert "Mirabeth Quoxley asks you to take over" in page.part("handovers").text
    page = colleague.get(f"{path}/handover")
    assert "the meeting on Thursday" in page.text
    assert "Quillon Zephyrine" in page.text
    assert colleague.get(path).status == 404, "who is asked does not see the record yet"
    assert manager.get(path).status == 200, "who asks is still the case manager"
    answer = colleague.post(f"{path}/handover/accept", waiting(district, student))
    assert (answer.status, answer.location) == (303, path)
    assert colleague.get(path).status == 200
    assert manager.get(path).status == 404, "access moves at once"
    assert manager.get(f"{path}/handover").status == 404
    assert "Zephyrine" not in manager.get("/").text
    record = district.record(student).student
    assert [(a.person, a.since, a.until) for a in record.assignments] == [
        (district.people["manager"].id, dt.date(2025, 9, 2), district.today - dt.timedelta(days=1)),
        (district.people["colleague"].id, district.today, None),
    ]
    said = colleague.get(f"{path}/people").text
    assert (
        "Handover from Mirabeth Quoxley to Cornelis Vranzel: offered 24 November 2026, 1:00 pm; taken over 24 November 2026, 1:00 pm"
        in said
    )


def test_who_is_asked_gets_no_such_page_for_anything_else_of_the_record(visitor: Visitors, district: District, path: str) -> None:
    offer(visitor("manager"), path, district)
    colleague = visitor("colleague")
    for place in ("", "/record", "/edit", "/people", "/audit", "/items/iep.develop", "/events/new", "/shared", "/2026"):
        assert colleague.get(path + place).status == 404, place


def test_the_handover_shows_no_number_category_or_legal_name(visitor: Visitors, district: District, path: str, student: str) -> None:
    record = district.record(student).student
    offer(visitor("manager"), path, district)
    html = visitor("colleague").get(f"{path}/handover").html
    assert record.pen not in html
    assert "Physical Disability" not in html


def test_sent_back_with_a_reason_nothing_changes_and_the_giver_reads_why(
    visitor: Visitors, district: District, student: str, path: str
) -> None:
    manager, colleague = visitor("manager"), visitor("colleague")
    offer(manager, path, district)
    number = waiting(district, student)
    refused = colleague.post(f"{path}/handover/send-back", {**number, "reason": " "})
    assert refused.status == 422
    assert "Say why you send it back." in refused.text
    assert colleague.post(f"{path}/handover/send-back", {**number, "reason": "too many already"}).status == 303
    assert "sent the last handover back: too many already" in manager.get(f"{path}/handover").text
    assert colleague.get(f"{path}/handover").status == 404
    assert district.record(student).student.case_manager_on(district.today) == district.people["manager"].id


def test_taken_back_in_the_meantime_it_cannot_be_accepted_any_more(visitor: Visitors, district: District, student: str, path: str) -> None:
    manager, colleague = visitor("manager"), visitor("colleague")
    offer(manager, path, district)
    number = waiting(district, student)
    manager.post(f"{path}/handover/take-back", number)
    assert colleague.post(f"{path}/handover/accept", number).status == 404
    offer(manager, path, district)
    late = colleague.post(f"{path}/handover/accept", number)
    assert late.status == 409
    assert "has been answered or taken back in the meantime" in late.text
    assert manager.post(f"{path}/handover/take-back", number).status == 409
    assert district.record(student).student.case_manager_on(district.today) == district.people["manager"].id


def test_two_clicks_are_one_offer_and_a_second_colleague_is_refused(manager: Visitor, district: District, student: str, path: str) -> None:
    offer(manager, path, district)
    again = offer(manager, path, district, "counsellor")
    assert again.status == 409
    assert "This student is being handed over already." in again.text
    assert len(district.record(student).student.handovers) == 1


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("", "Choose who takes over."),
        ("manager", "You are the case manager yourself."),
        ("assistant", "has no role at this student's school that can be case manager"),
        ("elsewhere", "has no role at this student's school that can be case manager"),
    ],
)
def test_an_offer_to_nobody_oneself_or_the_wrong_person_says_why_and_keeps_what_was_typed(
    to: str, sentence: str, manager: Visitor, district: District, path: str
) -> None:
    page = offer(manager, path, district, to, promised="an answer by Friday")
    assert page.status == 422
    assert sentence in page.text
    assert page.kept("promised") == "an answer by Friday"


def test_what_is_told_can_be_changed_until_it_is_answered(manager: Visitor, visitor: Visitors, district: District, path: str) -> None:
    offer(manager, path, district, first="the meeting")
    manager.post(f"{path}/handover/tell", {"first": "the other meeting", "speak_with": "the counsellor"})
    text = visitor("colleague").get(f"{path}/handover").text
    assert "the other meeting" in text
    assert "the counsellor" in text
    too_long = manager.post(f"{path}/handover/tell", {"first": "x" * 201})
    assert too_long.status == 422
    assert "At most 200" in too_long.text


def test_when_the_principal_names_somebody_else_the_offer_lapses(visitor: Visitors, district: District, student: str, path: str) -> None:
    offer(visitor("manager"), path, district)
    number = waiting(district, student)
    for person in ("counsellor", "manager"):
        students.assign(district.store, student, district.people[person].id, district.today, district.actor("principal"))
    assert visitor("colleague").post(f"{path}/handover/accept", number).status == 404, "it does not come back to life"
    assert [one.answer for one in district.record(student).student.handovers] == ["lapsed"]


def test_the_principal_starts_it_for_somebody_who_has_left(visitor: Visitors, district: District, student: str, path: str) -> None:
    principal = visitor("principal")
    offer(principal, path, district)
    assert "Mirabeth Quoxley has asked Cornelis Vranzel to take over" in principal.get("/").part("handovers").text
    visitor("colleague").post(f"{path}/handover/accept", waiting(district, student))
    said = principal.get(f"{path}/people").text
    assert "by Perrault Zindel; taken over" in said


def test_who_only_reads_or_works_elsewhere_hands_nothing_over(visitor: Visitors, district: District, path: str) -> None:
    assert offer(visitor("sss"), path, district).status == 403
    assert offer(visitor("elsewhere"), path, district).status == 404
    assert offer(visitor("colleague"), path, district).status == 404


def test_what_is_open_stands_as_a_warning_before_it_is_given_away(manager: Visitor, district: District, student: str, path: str) -> None:
    district.mark(student, "iep.monitor", Status.WAITING, {"waiting for": "the parents"})
    page = manager.get(f"{path}/handover")
    assert "Before you hand over: 1 item is waiting for somebody." in page.part("warning").text


def test_a_handover_that_was_given_to_somebody_who_lost_the_role_can_only_lapse(visitor: Visitors, district: District, path: str) -> None:
    offer(visitor("manager"), path, district)
    from forms_app.permissions import Post
    from forms_app.records import accounts

    school = district.record(path.rpartition("/")[2]).student.school
    accounts.end_post(district.store, district.people["colleague"].id, Post(Role.CASE_MANAGER, school), district.actor("admin"))
    assert visitor("colleague").get(f"{path}/handover").status == 404


# A whole caseload


@pytest.fixture
def more(district: District, student: str) -> list[str]:
    """Three more of the manager's students."""
    from tests.district import student as made

    begun = dt.date(2026, 9, 8)
    return [student, *(district.add_student(made(given=f"Cohort{n}", family="Xylander"), [("manager", begun, None)]) for n in range(3))]


def test_a_whole_caseload_at_once_is_offered_and_taken_over(visitor: Visitors, district: District, more: list[str]) -> None:
    manager, colleague = visitor("manager"), visitor("colleague")
    form = manager.get("/handovers/new").form("/handovers/new")
    assert sorted(form["students"]) == sorted(more), "all are ticked"
    assert manager.post("/handovers/new", {**form, "who": district.people["colleague"].id}).location == "/handovers"
    assert all(f"/students/{one}/handover" in colleague.get("/").links for one in more)
    form = colleague.get("/handovers").form("/handovers/accept")
    assert sorted(form["students"]) == sorted(more)
    assert colleague.post("/handovers/accept", form).status == 303
    assert "You are now the case manager of 4 more students. Access has moved to you." in colleague.get("/").text
    assert "You are now" not in colleague.get("/").text, "it is said once"
    for one in more:
        assert district.record(one).student.case_manager_on(district.today) == district.people["colleague"].id
    assert "You are nobody's case manager here yet." in manager.get("/").text


def test_what_is_open_and_what_to_know_go_with_a_whole_caseload(visitor: Visitors, district: District, more: list[str]) -> None:
    manager, colleague = visitor("manager"), visitor("colleague")
    district.mark(more[0], "iep.monitor", Status.WAITING, {"waiting for": "the parents"})
    district.event(more[1], "sbt-meeting", dt.date(2026, 11, 19))
    page = manager.get("/handovers/new")
    assert "3 items are overdue, 1 item is waiting for somebody, for 4 students together." in page.part("warning").text
    form = {**page.form("/handovers/new"), "who": district.people["colleague"].id, "promised": "a call before the break"}
    long = manager.post("/handovers/new", {**form, "first": "x" * 201})
    assert long.status == 422
    assert long.kept("promised") == "a call before the break"
    manager.post("/handovers/new", form)
    assert "Cornelis Vranzel has been asked to take over 4 students." in manager.get("/").text
    for one in more:
        assert "a call before the break" in colleague.get(f"/students/{one}/handover").text


def test_a_whole_caseload_is_taken_back_at_once(visitor: Visitors, district: District, more: list[str]) -> None:
    manager, colleague = visitor("manager"), visitor("colleague")
    form = manager.get("/handovers/new").form("/handovers/new")
    manager.post("/handovers/new", {**form, "who": district.people["colleague"].id})
    assert "/handovers/take-back" not in colleague.get("/handovers").html, "who is asked takes nothing back"
    assert colleague.post("/handovers/take-back", {"students": more}).status == 422
    form = manager.get("/handovers").form("/handovers/take-back")
    assert sorted(form["students"]) == sorted(more)
    assert manager.post("/handovers/take-back", form).status == 303
    assert "4 handovers taken back." in manager.get("/handovers").text
    assert all(district.record(one).student.handover_on(district.today) is None for one in more)
    refused = manager.post("/handovers/take-back", form)
    assert refused.status == 422
    assert "Choose at least one handover." in refused.text


def test_a_caseload_to_nobody_or_without_a_student_is_refused(manager: Visitor, district: District, more: list[str]) -> None:
    page = manager.post("/handovers/new", {"who": "", "students": more})
    assert page.status == 422
    assert "Choose who takes over." in page.text
    page = manager.post("/handovers/new", {"who": district.people["colleague"].id})
    assert page.status == 422
    assert "Choose at least one student." in page.text
    page = manager.post("/handovers/new", {"who": district.people["elsewhere"].id, "students": more})
    assert page.status == 422
    assert all(not district.record(one).student.handovers for one in more), "all of them or none"


def test_nobody_hands_over_or_takes_over_the_students_of_others(visitor: Visitors, district: District, more: list[str]) -> None:
    colleague = visitor("colleague")
    theirs = district.students["counsellor's"]
    assert colleague.post("/handovers/new", {"who": district.people["counsellor"].id, "students": [theirs]}).status == 422
    offer(visitor("manager"), f"/students/{more[0]}", district, "counsellor")
    assert colleague.post("/handovers/accept", {"students": [more[0]]}).status == 303
    assert district.record(more[0]).student.case_manager_on(district.today) == district.people["manager"].id


def test_a_colleague_covers_for_a_whole_caseload_and_it_ends_by_itself(visitor: Visitors, district: District, more: list[str]) -> None:
    manager = visitor("manager")
    form = manager.get("/handovers/cover").form("/handovers/cover")
    said = {**form, "who": district.people["colleague"].id, "until": "2026-12-01", "reason": "at a course"}
    refused = manager.post("/handovers/cover", {**said, "until": "2026-11-01"})
    assert refused.status == 422
    assert refused.kept("reason") == "at a course"
    assert manager.post("/handovers/cover", said).status == 303
    told = "Cornelis Vranzel covers for 4 students from 24 November 2026 until 1 December 2026. It ends by itself."
    assert told in manager.get("/").text
    assert all(visitor("colleague").get(f"/students/{one}").status == 200 for one in more)
    district.clock.move(days=8)
    assert all(visitor("colleague").get(f"/students/{one}").status == 404 for one in more)
    assert all(district.record(one).student.case_manager_on(district.today) == district.people["manager"].id for one in more)


def test_a_principal_sees_the_handovers_of_their_school_and_no_others(visitor: Visitors, district: District, path: str) -> None:
    offer(visitor("manager"), path, district)
    assert "Quillon Zephyrine" in visitor("principal").get("/handovers").text
    assert "Quillon Zephyrine" not in visitor("principal-elsewhere").get("/handovers").text


def test_a_student_who_moves_school_is_handed_over_to_nobody(visitor: Visitors, district: District, student: str, path: str) -> None:
    offer(visitor("manager"), path, district)
    profile = students.profile_of(district.record(student).student)
    students.edit(district.store, student, {**profile, "school": district.schools[HARBOUR].id}, profile, district.actor())
    assert visitor("colleague").get(f"{path}/handover").status == 404


def test_what_was_sent_back_stands_on_the_first_page_of_giver_and_principal_for_two_weeks(
    visitor: Visitors, district: District, student: str, path: str
) -> None:
    offer(visitor("manager"), path, district)
    visitor("colleague").post(f"{path}/handover/send-back", {**waiting(district, student), "reason": "Too many at once"})
    for username in ("manager", "principal"):
        assert "Cornelis Vranzel sent it back: Too many at once" in visitor(username).get("/").text
    assert "Too many at once" not in visitor("colleague").get("/").text
    district.clock.move(days=15)
    assert "Too many at once" not in visitor("manager").get("/").text


def test_what_was_sent_back_is_not_taken_over_by_a_late_press(visitor: Visitors, district: District, student: str, path: str) -> None:
    offer(visitor("manager"), path, district)
    colleague = visitor("colleague")
    colleague.post(f"{path}/handover/send-back", {**waiting(district, student), "reason": "Too many at once"})
    colleague.post("/handovers/accept", {"students": student})
    assert district.record(student).student.case_manager_on(district.today) == district.people["manager"].id
