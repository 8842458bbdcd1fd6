"""The team's meeting from the plan to the recap, with forms and buttons only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest

from forms_app.records import closing, students
from forms_app.students import Part
from tests.district import CEDAR, District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
LATER = "2026-12-02"


def plan(browser: Visitor, day: str = "2026-11-24", **more: object) -> Page:
    return browser.post("/meetings/new", {**browser.get("/meetings/new").form(), "day": day, **more})


def meeting_of(browser: Visitor, *student_ids: str, day: str = "2026-11-24", start: bool = True) -> str:
    """The address of a meeting with these students on its agenda, begun."""
    path = plan(browser, day).location
    if student_ids:
        assert browser.post(path, {"do": "add", "students": list(student_ids)}).status == 303
    if start:
        assert browser.post(path, {"do": "start"}).status == 303
    return path


def sheet_of(path: str, student_id: str) -> str:
    return f"/students/{student_id}{path}"


def decide(browser: Visitor, path: str, kind: str = "none", saying: str = "it works", **more: str) -> Page:
    return browser.post(
        path, {**browser.get(path).form(path), "purposes": ["program"], "kind": kind, "saying": saying, "do": "decide", **more}
    )


# Before


def test_a_member_plans_a_meeting_and_a_double_click_plans_one(visitor: Visitors, district: District) -> None:
    member = visitor("member")
    form = {**member.get("/meetings/new").form(), "day": LATER}
    first, second = member.post("/meetings/new", form), member.post("/meetings/new", form)
    assert first.location == second.location
    page = member.get("/meetings")
    assert page.text.count("2 December 2026") == 2, "once to read, once for the screen reader"
    assert "Perrault Zindel, Tamsin Ubrecht" in member.get(first.location).text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"day": ""}, "Enter the day of the meeting"),
        ({"day": "soon"}, "is not a date"),
        ({"day": "2026-11-23"}, "in the past"),
        ({"members": []}, "Choose who is asked to come"),
        ({"minutes": "ten"}, "whole number of minutes"),
        ({"minutes": "999"}, "from 1 to 120"),
        ({"others": "x" * 300}, "300 characters"),
    ],
)
def test_a_plan_that_cannot_be_says_why_and_keeps_what_was_typed(
    typed: dict[str, object], says: str, visitor: Visitors, district: District
) -> None:
    answer = plan(visitor("member"), **{"others": "the classroom teacher", "day": LATER, **typed})  # type: ignore[arg-type]
    assert answer.status == 422
    assert says in answer.text
    assert "the classroom teacher" in answer.html or typed.get("others")


def test_a_meeting_on_a_holiday_is_asked_about_and_then_kept(visitor: Visitors, district: District) -> None:
    member = visitor("member")
    answer = plan(member, "2026-11-28")
    assert answer.status == 422
    assert "28 November 2026 is a weekend: there is no school. Choose another day, or confirm this one." in answer.text
    assert plan(member, "2026-11-28", confirm="yes").status == 303


def test_the_agenda_builds_itself_from_what_needs_the_team_with_the_reasons(visitor: Visitors, district: District) -> None:
    district.involve(district.students["own"], Part.SBT, until=district.today + dt.timedelta(days=9), reason="the English teacher asks")
    district.event(district.students["colleague's"], "referral", district.today - dt.timedelta(days=2), "School Psychology")
    page = visitor("principal").get(plan(visitor("principal"), LATER).location)
    proposed = page.part("proposed").text
    assert proposed.index("Quillon Zephyrine") < proposed.index("Jocasta Nettlebed") < proposed.index("Brannoc Wexcombe")
    assert "The team was asked: the English teacher asks" in proposed
    assert "No case manager" in proposed
    assert "New referral: School Psychology, 22 Nov 2026" in proposed
    assert "Thaddeus" not in page.html, "of another school"


def test_a_member_reads_no_name_that_is_not_before_the_team_and_hears_how_many_there_are(visitor: Visitors, district: District) -> None:
    member = visitor("member")
    page = member.get(plan(member, LATER).location)
    assert "There is 1 more whose names you do not see" in page.text
    assert "no case manager, 1" in page.text
    assert not [name for name in ("Nettlebed", "Zephyrine", "Wexcombe") if name in page.html]


def test_a_case_manager_puts_their_student_on_the_agenda_and_the_team_then_sees_them(visitor: Visitors, district: District) -> None:
    member, manager, own = visitor("member"), visitor("manager"), district.students["own"]
    path = plan(member, LATER).location
    assert member.get(f"/students/{own}").status == 404
    answer = manager.post(f"/students/{own}/meetings", {"meeting": path.rpartition("/")[2], "purposes": ["program"]})
    assert answer.location == sheet_of(path, own)
    assert member.get(f"/students/{own}").status == 200
    assert "The team was asked: by Mirabeth Quoxley" in member.get(path).text
    keys = [mark.event for mark in district.record(own).occurrences]
    assert keys == ["sbt-meeting"], "it opens the items of a meeting, once"
    assert manager.post(f"/students/{own}/meetings", {"meeting": path.rpartition("/")[2]}).status == 303
    assert len(district.record(own).occurrences) == 1
    assert manager.post(f"/students/{own}/meetings", {"meeting": "ghost"}).status == 422


def test_a_students_event_that_is_recorded_already_is_not_recorded_again_and_stays_when_they_leave_the_agenda(
    visitor: Visitors, district: District
) -> None:
    own, principal = district.students["own"], visitor("principal")
    event = district.event(own, "sbt-meeting")
    path = meeting_of(principal, own, start=False)
    principal.post(path, {"do": f"off:{own}"})
    [one] = district.record(own).occurrences
    assert (one.id, one.withdrawn) == (event, "")


def test_whoever_is_taken_off_the_agenda_is_no_longer_before_the_team(visitor: Visitors, district: District) -> None:
    own, principal, member = district.students["own"], visitor("principal"), visitor("member")
    path = meeting_of(principal, own, start=False)
    assert member.get(f"/students/{own}").status == 200
    principal.post(path, {"do": f"off:{own}"})
    assert member.get(f"/students/{own}").status == 404
    assert [one.withdrawn for one in district.record(own).occurrences] == ["Taken off the agenda"]


def test_the_tie_ends_two_weeks_after_the_meeting(visitor: Visitors, district: District) -> None:
    own = district.students["own"]
    path = meeting_of(visitor("principal"), own)
    district.clock.move(days=14)
    assert visitor("member").get(sheet_of(path, own)).status == 200
    district.clock.move(days=1)
    assert visitor("member").get(sheet_of(path, own)).status == 404
    page = visitor("member").get(path)
    assert "A student whom you do not see" in page.text
    assert "Zephyrine" not in page.html


@pytest.mark.parametrize("who", ["elsewhere", "nobody's", "ghost"])
def test_a_student_of_another_school_a_closed_record_and_a_wrong_id_are_refused_in_the_same_words(
    who: str, visitor: Visitors, district: District
) -> None:
    principal = visitor("principal")
    closing.close(
        district.store, district.students["nobody's"], "left", district.today, "moved", district.actor("principal"), district.today
    )
    path = meeting_of(principal, start=False)
    answer = principal.post(
        path, {"do": "add", "students": [district.students.get(who, "AAAAAAAAAAAAAAAAAAAAAA"), district.students["own"]]}
    )
    assert answer.status == 422
    assert "1 of the students cannot come before this team: of another school, or the record is closed" in answer.text
    assert "Nobody is on the agenda yet" in answer.text, "and nobody else of this form came on either"


def test_a_student_twice_is_once_and_nobody_is_told_to_choose(visitor: Visitors, district: District) -> None:
    principal, own = visitor("principal"), district.students["own"]
    path = meeting_of(principal, own, start=False)
    assert principal.post(path, {"do": "add", "students": [own, own]}).status == 303
    assert len(principal.get(path).part("agenda").all("tr")) == 2
    assert "Choose at least one student" in principal.post(path, {"do": "add"}).text


def test_the_order_changes_with_buttons(visitor: Visitors, district: District) -> None:
    principal, ids = visitor("principal"), [district.students[key] for key in ("own", "colleague's", "counsellor's")]
    path = meeting_of(principal, *ids, start=False)

    def order() -> list[str]:
        return [row.attributes["id"].removeprefix("on-") for row in principal.get(path).part("agenda").all("tr") if "id" in row.attributes]

    assert order() == ids
    answer = principal.post(path, {"do": f"up:{ids[2]}"})
    assert answer.location.endswith(f"#on-{ids[2]}"), "the reader stays with the student"
    assert order() == [ids[0], ids[2], ids[1]]
    principal.post(path, {"do": f"down:{ids[0]}"})
    assert order() == [ids[2], ids[0], ids[1]]


def test_times_are_a_suggestion_and_what_is_no_number_is_said(visitor: Visitors, district: District) -> None:
    principal, own = visitor("principal"), district.students["own"]
    path = meeting_of(principal, own, start=False)
    principal.post(path, {"do": "times", f"minutes-{own}": "12"})
    page = principal.get(path)
    assert "Suggested time 12 minutes" in page.text
    assert "They are a suggestion" in page.text
    answer = principal.post(path, {"do": "times", f"minutes-{own}": "a while"})
    assert answer.status == 422
    assert "Number 1: “a while” is not a number of minutes" in answer.text
    assert "a while" in answer.html, "what was typed is still there"


def test_a_moved_meeting_takes_its_events_and_its_ties_along(visitor: Visitors, district: District) -> None:
    principal, own = visitor("principal"), district.students["own"]
    path = meeting_of(principal, own, start=False)
    form = principal.get(f"{path}/edit").form()
    assert principal.post(f"{path}/edit", {**form, "day": LATER}).location == path
    assert [(one.on.isoformat(), one.withdrawn) for one in district.record(own).occurrences] == [
        ("2026-11-24", "The meeting was moved"),
        (LATER, ""),
    ]
    holding = [one.until for one in district.record(own).student.involvements if one.ended is None]
    assert holding == [dt.date(2026, 12, 16)]
    assert "1 December" not in principal.get(path).text


def test_a_meeting_cannot_begin_before_its_day(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    path = meeting_of(principal, district.students["own"], day=LATER, start=False)
    answer = principal.post(path, {"do": "start"})
    assert answer.status == 422
    assert "This meeting is on 2 December 2026" in answer.text


def test_a_cancelled_meeting_keeps_its_students_for_the_next_agenda_and_says_why(visitor: Visitors, district: District) -> None:
    principal, own = visitor("principal"), district.students["own"]
    path = meeting_of(principal, own, start=False)
    assert "Say why" in principal.post(path, {"do": "cancel", "reason": ""}).text
    principal.post(path, {"do": "cancel", "reason": "snow"})
    assert "This meeting was cancelled: snow" in principal.get(path).text
    assert [one.withdrawn for one in district.record(own).occurrences] == ["The meeting was cancelled"]
    proposed = principal.get(plan(principal, LATER).location).part("proposed").text
    assert "Quillon Zephyrine 11 Carried over from last time" in proposed
    for again in ({"do": "add", "students": [own]}, {"do": f"off:{own}"}, {"do": "start"}, {"do": "cancel", "reason": "again"}):
        assert principal.post(path, again).status == 409
    assert principal.post(f"{path}/edit", principal.get(f"{path}/edit").form()).status == 409


# Afterwards


def held(browser: Visitor, district: District) -> tuple[str, str, str]:
    """A meeting about two students, ended: something was decided about the first, and the second was not reached."""
    first, second = district.students["own"], district.students["colleague's"]
    path = meeting_of(browser, first, second)
    decide(browser, sheet_of(path, first), "item", "Ask for a sample of writing", due="2026-12-01")
    browser.post(path, {"do": "end"})
    return path, first, second


def test_who_was_not_reached_when_the_meeting_ends_stands_on_the_next_agenda(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    path, _, second = held(principal, district)
    assert "Not reached: comes onto the next agenda" in principal.get(f"{path}/minutes").text
    assert [one.withdrawn for one in district.record(second).occurrences] == ["Not reached at the meeting; carried over"]
    assert visitor("member").get(f"/students/{second}").status == 200, "still before the team"
    assert "Brannoc Wexcombe 11 Carried over from last time" in principal.get(plan(principal, LATER).location).part("proposed").text
    assert "Not reached, on the next agenda: Brannoc Wexcombe" in principal.get(f"{path}/recap").text
    assert principal.post(path, {"do": "end"}).status == 303, "twice is once"
    assert decide(principal, sheet_of(path, second)).status in (303, 422)


def test_the_recap_says_who_was_discussed_what_was_decided_who_does_it_by_when_and_follows_it(
    visitor: Visitors, district: District
) -> None:
    principal, manager = visitor("principal"), visitor("manager")
    path, first, _ = held(principal, district)
    row = "Quillon Zephyrine Ask for a sample of writing Mirabeth Quoxley 1 Dec 2026 To do"
    assert row in principal.get(f"{path}/recap").text
    assert row in principal.get("/meetings/follow-up").text
    key = next(one.key for one in district.record(first).own_items)
    manager.post(f"/students/{first}/items/{key}", {"status": "done", "on": "2026-11-24", "based_on": ""})
    assert "Mirabeth Quoxley 1 Dec 2026 Done 24 Nov 2026" in principal.get(f"{path}/recap").text
    assert "Nothing is open" in principal.get("/meetings/follow-up").text


def test_what_is_late_comes_back_onto_the_next_agenda_by_itself(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    held(principal, district)
    district.clock.move(days=9)
    principal = visitor("principal")
    text = principal.get(plan(principal, "2026-12-09").location).part("proposed").text
    assert "Decided by the team, not done in time: Ask for a sample of writing: To do; was due 1 Dec 2026" in text
    assert "To do; was due 1 Dec 2026" in principal.get("/meetings/follow-up").text


def test_a_member_who_missed_the_meeting_sees_what_concerns_them(visitor: Visitors, district: District) -> None:
    principal, member = visitor("principal"), district.people["member"].id
    first = district.students["own"]
    path = meeting_of(principal, first)
    decide(principal, sheet_of(path, first), "item", "Bring the timetable", owner=member)
    principal.post(path, {"do": "end"})
    principal.post(path, {"do": "attend", "present": [district.people["principal"].id], "others": ""})
    page = visitor("member").get("/meetings")
    assert "you were not there" in page.text
    assert "1 decision open that concerns you" in page.text
    recap = visitor("member").get(f"{path}/recap").text
    assert "You were not there. What concerns you is marked." in recap
    assert "Bring the timetable (concerns you) Tamsin Ubrecht" in recap
    assert "Bring the timetable" in visitor("member").get("/meetings/follow-up?whose=mine").text


def test_a_case_manager_reads_of_a_recap_only_their_own_students(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    path, _, second = held(principal, district)
    page = visitor("colleague").get(f"{path}/recap")
    assert "Zephyrine" not in page.html
    assert "1 student of this meeting is not shown to you" in page.text
    assert "Wexcombe" in page.text
    assert second in page.html or "Not reached" in page.text


def test_finishing_every_sheet_at_once_leaves_those_that_are_not_ready_with_the_reason(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    first, second = district.students["own"], district.students["colleague's"]
    path = meeting_of(principal, first, second)
    decide(principal, sheet_of(path, first))
    answer = principal.post(f"{path}/minutes", {"students": [first, second]})
    assert answer.status == 422
    assert "Quillon Zephyrine Finished" in answer.text
    assert "Brannoc Wexcombe Choose why the student came before the team." in answer.text
    again = principal.post(f"{path}/minutes", {"students": [first]})
    assert again.status == 303, "a sheet that is finished twice is finished once"
    assert "Choose at least one sheet" in principal.post(f"{path}/minutes", {}).text
    document = district.store.get("student", first)
    assert document
    assert len(document.db.table("team minutes").all()) == 1


def test_who_was_there_is_noted_and_stands_in_the_minutes(visitor: Visitors, district: District) -> None:
    principal, first = visitor("principal"), district.students["own"]
    path = meeting_of(principal, first)
    team = [district.people[name].id for name in ("member", "principal")]
    principal.post(path, {"do": "attend", "present": team[:1], "chair": team[1], "recorder": team[0], "others": "the classroom teacher"})
    decide(principal, sheet_of(path, first))
    principal.post(f"{path}/minutes", {"students": [first]})
    text = principal.get(f"{sheet_of(path, first)}/sheet").text
    assert "Led by Perrault Zindel Written by Tamsin Ubrecht" in text
    assert "Present Tamsin Ubrecht (SBT member); the classroom teacher" in text
    answer = principal.post(path, {"do": "attend", "others": "x" * 300})
    assert answer.status == 422
    assert "300 characters" in answer.text


def test_two_hundred_students_fit_on_an_agenda(visitor: Visitors, district: District) -> None:
    principal, school = visitor("principal"), district.schools[CEDAR].id
    from tests.district import student

    ids = [
        district.add_student(student(given=f"Given{number}", family=f"Family{number:03d}"), [("manager", dt.date(2025, 9, 2), None)])
        for number in range(200)
    ]
    path = f"/meetings/{district.meeting(school, *ids, running=False)}"
    principal.post(f"{path}/edit", {**principal.get(f"{path}/edit").form(), "minutes": "5"})
    page = principal.get(path)
    assert page.status == 200
    assert "Suggested time 16 hours 40 minutes" in page.text
    assert len([row for row in page.part("agenda").all("tr") if "id" in row.attributes]) == 200
    principal.post(path, {"do": f"up:{ids[199]}"})
    assert re.search("199 Given199 Family199", principal.get(path).text)


def test_a_meeting_that_nobody_ends_says_so(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    path = meeting_of(principal, district.students["own"])
    district.clock.move(days=1)
    assert "Nobody has ended this meeting" in visitor("principal").get(path).text
    assert "not ended yet" in visitor("principal").get("/meetings").text


def test_every_look_at_a_meeting_and_at_a_student_in_a_recap_is_noted(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    path, first, _ = held(principal, district)
    visitor("member").get(path)
    visitor("member").get(f"{path}/recap")
    visitor("member").get(sheet_of(path, first))
    member = district.people["member"].id
    looked = [(one.action, one.kind) for one in district.store.history(who=member) if one.kind in ("meeting", "student")]
    assert looked == [
        ("view the team's sheet of a student", "student"), ("view a recap with a student", "student"), ("view a recap", "meeting"), ("view an agenda", "meeting"),
    ]  # fmt: skip


def test_a_school_sees_its_own_meetings_only(visitor: Visitors, district: District) -> None:
    path = meeting_of(visitor("principal"), district.students["own"])
    for username in ("elsewhere", "principal-elsewhere"):
        assert visitor(username).get(path).status == 404
        assert path not in visitor(username).get("/meetings").html
    assert visitor("principal-elsewhere").post(path, {"do": "end"}).status == 404


def test_a_student_who_moves_to_another_school_leaves_the_agenda_of_the_old_one(visitor: Visitors, district: District) -> None:
    own = district.students["own"]
    path = meeting_of(visitor("principal"), own)
    profile = students.profile_of(district.record(own).student)
    other = next(one.id for name, one in district.schools.items() if name != CEDAR)
    students.edit(district.store, own, {**profile, "school": other}, profile, district.actor())
    assert "Zephyrine" not in visitor("principal").get(path).html
    assert visitor("member").get(sheet_of(path, own)).status == 404
