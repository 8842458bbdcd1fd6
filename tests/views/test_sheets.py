"""One student before the team, with forms and buttons only: write, decide, undo, guests, the room, minutes and corrections."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from forms_app.checklists import Status
from forms_app.records import students
from forms_app.students import Part
from tests.district import CEDAR, District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def path(visitor: Visitors, district: District) -> str:
    """The screen of the manager's student at a meeting that has begun."""
    return begun(visitor("principal"), district.students["own"])


def begun(browser: Visitor, *student_ids: str, start: bool = True) -> str:
    """The screen of the first of these students at a meeting about them."""
    meeting = browser.post("/meetings/new", {**browser.get("/meetings/new").form(), "day": "2026-11-24"}).location
    browser.post(meeting, {"do": "add", "students": list(student_ids)})
    if start:
        browser.post(meeting, {"do": "start"})
    return f"/students/{student_ids[0]}{meeting}"


def meeting_of(path: str) -> str:
    return "/meetings/" + path.rpartition("/")[2]


def press(browser: Visitor, path: str, do: str, **typed: Any) -> Page:
    """Press a button on the screen with everything else as it stands there."""
    return browser.post(path, {**browser.get(path).form(path), **typed, "do": do})


def draft(browser: Visitor, path: str, text: str, section: str = "facts", **more: str) -> dict[str, Any]:
    answer = browser.post(f"{path}/draft", {"section": section, "text": text, **more})
    found: dict[str, Any] = {"status": answer.status, **json.loads(answer.html)}
    return found


def written(district: District, student: str, table: str = "team texts") -> list[dict[str, Any]]:
    document = district.store.get("student", student)
    assert document
    return [dict(row) for row in document.db.table(table).all()]


def decisions(district: District, student: str) -> list[dict[str, Any]]:
    return written(district, student, "team decisions")


# What the screen shows


def test_the_screen_shows_what_the_team_needs(path: str, visitor: Visitors, district: District) -> None:
    own = district.students["own"]
    district.consent(own)
    district.own_item(own, "Call about the morning bus", due=district.today - dt.timedelta(days=3), decided_on=dt.date(2026, 11, 1))
    page = visitor("member").get(path)
    assert "1 of 1 Quillon Zephyrine grade 11" in page.text
    assert "Why on the agenda Added by hand" in page.text
    assert "Case manager Mirabeth Quoxley" in page.text
    assert "Call about the morning bus" in page.text
    assert "Consents 1 Referral to Student Support Services Current, without an end" in page.text
    assert "Gather information" not in page.text, "what the meeting itself asks of the case manager says nothing of the student"
    assert page.title == "Number 1 of 1 – Case manager checklist"


def test_before_the_meeting_a_student_is_prepared_and_nothing_is_decided(visitor: Visitors, district: District) -> None:
    path = begun(visitor("principal"), district.students["own"], start=False)
    manager = visitor("manager")
    assert "The team decides when the meeting has begun" in manager.get(path).text
    press(manager, path, "save", facts="Absent on four days.", purposes=["program"])
    assert "Prepared" in visitor("principal").get(meeting_of(path)).text
    for do in ("decide", "finish"):
        answer = manager.post(path, {"do": do, "kind": "none", "saying": "x"})
        assert answer.status == 422
        assert "The meeting has not begun" in answer.text
    assert not decisions(district, district.students["own"])


def test_next_and_previous_keep_what_was_typed_and_go_on(visitor: Visitors, district: District) -> None:
    principal, ids = visitor("principal"), [district.students[key] for key in ("own", "colleague's", "counsellor's")]
    path = begun(principal, *ids)
    meeting = meeting_of(path)
    answer = press(principal, path, "next", facts="Typed and not saved.")
    assert answer.location == f"/students/{ids[1]}{meeting}"
    assert "Typed and not saved." in principal.get(path).html
    assert press(principal, answer.location, "previous").location == path
    assert press(principal, path, "previous").location == meeting
    last = f"/students/{ids[2]}{meeting}"
    assert press(principal, last, "next").location == meeting


def test_the_walk_passes_over_whom_the_reader_does_not_see(visitor: Visitors, district: District) -> None:
    ids = [district.students[key] for key in ("own", "colleague's", "counsellor's")]
    meeting = f"/meetings/{district.meeting(district.schools[CEDAR].id, *ids)}"
    district.involve(ids[2], Part.TEAM, "manager")
    path = f"/students/{ids[0]}{meeting}"
    assert press(visitor("manager"), path, "next").location == meeting, "the others are not theirs"


# Two people at once


def test_every_keystroke_is_kept_as_a_draft_and_found_again_by_a_second_laptop(path: str, visitor: Visitors, district: District) -> None:
    member = visitor("member")
    first = draft(member, path, "Abs", pen="onepage", number="1")
    second = draft(member, path, "Absent on four days.", pen="onepage", number="2", based_on=first["based_on"])
    assert second["status"] == 200
    assert second["others"] == []
    assert "Absent on four days." in visitor("member").get(path).html
    assert [row["text"] for row in written(district, district.students["own"])] == ["Absent on four days."]


def test_two_who_write_at_once_keep_both_texts_until_a_person_puts_them_together(path: str, visitor: Visitors, district: District) -> None:
    member, principal = visitor("member"), visitor("principal")
    hers, his = member.get(path).form(path), principal.get(path).form(path)
    member.post(path, {**hers, "facts": "Absent on four days.", "do": "save"})
    assert principal.post(path, {**his, "facts": "Reads with support.", "do": "save"}).status == 303
    page = principal.get(path)
    assert "Tamsin Ubrecht wrote at the same time: Absent on four days." in page.text
    assert "Reads with support." in page.part("facts").text
    assert "Perrault Zindel wrote at the same time: Reads with support." in member.get(path).text
    refused = press(principal, path, "finish", purposes=["program"])
    assert "Facts: two texts stand side by side, by Tamsin Ubrecht and Perrault Zindel. Put them together first." in refused.text
    press(principal, path, "together:facts", facts="Absent on four days. Reads with support.")
    page = member.get(path)
    assert "at the same time" not in page.text
    assert page.part("facts").text == "Absent on four days. Reads with support."


def test_a_draft_tells_what_somebody_else_wrote_meanwhile(path: str, visitor: Visitors, district: District) -> None:
    draft(visitor("member"), path, "hers", pen="a", number="1")
    answer = draft(visitor("principal"), path, "his", pen="b", number="1")
    assert [(one["who"], one["text"]) for one in answer["others"]] == [("Tamsin Ubrecht", "hers")]


def test_who_changed_nothing_in_a_box_does_not_write_in_it_although_somebody_else_has(
    path: str, visitor: Visitors, district: District
) -> None:
    member, principal = visitor("member"), visitor("principal")
    press(member, path, "save", facts="first")
    stale = principal.get(path).form(path)
    press(member, path, "save", facts="first and more")
    principal.post(path, {**stale, "tried": "A quiet room.", "do": "save"})
    page = member.get(path)
    assert page.part("facts").text == "first and more"
    assert page.part("tried").text == "A quiet room."
    assert "at the same time" not in page.text


def test_a_text_of_a_hundred_thousand_characters_is_refused_and_stays_in_the_box(path: str, visitor: Visitors, district: District) -> None:
    long = "x" * 100_000
    answer = press(visitor("member"), path, "save", facts=long, tried="kept elsewhere")
    assert answer.status == 422
    assert "Facts: This is 100,000 characters long. At most 4,000 can be kept." in answer.text
    assert long in answer.html
    assert "kept elsewhere" in answer.html
    told = draft(visitor("member"), path, long)
    assert (told["status"], told["error"]) == (422, "Facts: This is 100,000 characters long. At most 4,000 can be kept.")
    assert not written(district, district.students["own"])


def test_a_section_that_there_is_not_is_no_such_page(path: str, visitor: Visitors) -> None:
    assert visitor("member").post(f"{path}/draft", {"section": "ghost", "text": "x"}).status == 404


def test_a_member_who_loses_access_in_the_middle_writes_nothing_more(path: str, visitor: Visitors, district: District) -> None:
    member, own = visitor("member"), district.students["own"]
    form = member.get(path).form(path)
    [one] = district.record(own).student.involvements
    students.end_involvement(district.store, own, one, district.actor("principal"))
    assert member.post(path, {**form, "facts": "too late", "do": "save"}).status == 404
    assert member.post(f"{path}/draft", {"section": "facts", "text": "too late"}).status == 404
    assert not written(district, own)


# Decisions become something real


def test_something_to_do_becomes_an_item_with_its_owner_and_its_day(path: str, visitor: Visitors, district: District) -> None:
    own = district.students["own"]
    answer = press(visitor("member"), path, "decide", kind="item", saying="Ask for two samples", due="2026-12-01")
    assert answer.location.endswith("#decided")
    [item] = district.record(own).own_items
    assert (item.title, item.due, item.decided_by, item.owner) == ("Ask for two samples", dt.date(2026, 12, 1), "team", "")
    assert "Ask for two samples" in visitor("manager").get(f"/students/{own}").text
    assert "Ask for two samples Mirabeth Quoxley, by 1 Dec 2026" in visitor("member").get(path).text


def test_an_item_for_a_colleague_who_does_not_see_the_student_is_given_to_them_alone(
    path: str, visitor: Visitors, district: District
) -> None:
    own, office = district.students["own"], visitor("office")
    press(visitor("member"), path, "decide", kind="item", saying="Copy the report card", owner=district.people["office"].id)
    [given] = district.record(own).student.delegations
    page = office.get(f"/delegated/{own}/{given.id}")
    assert "Copy the report card" in page.text
    assert "Zephyrine" not in page.text
    assert office.get(f"/students/{own}").status == 404
    press(visitor("member"), path, "decide", kind="item", saying="Mine", owner=district.people["principal"].id)
    assert len(district.record(own).student.delegations) == 1, "the principal sees the student anyway"


def test_a_member_who_sees_the_student_only_through_the_team_is_given_the_item_so_that_it_outlasts_the_talk(
    path: str, visitor: Visitors, district: District
) -> None:
    own = district.students["own"]
    press(visitor("member"), path, "decide", kind="item", saying="Bring the timetable", owner=district.people["member"].id)
    district.clock.move(days=30)
    member = visitor("member")
    assert member.get(f"/students/{own}").status == 404
    [given] = district.record(own).student.delegations
    assert "Bring the timetable" in member.get(f"/delegated/{own}/{given.id}").text


def test_a_referral_is_opened_with_its_steps(path: str, visitor: Visitors, district: District) -> None:
    own = district.students["own"]
    press(visitor("member"), path, "decide", kind="referral", saying="School Psychology")
    assert [(one.event, one.detail) for one in district.record(own).occurrences][-1] == ("referral", "School Psychology")
    assert "Referral to Student Support Services: School Psychology" in visitor("manager").get(f"/students/{own}/steps").text


def test_the_team_appoints_a_case_manager_and_takes_it_back(path: str, visitor: Visitors, district: District) -> None:
    own, member = district.students["own"], visitor("member")
    press(member, path, "decide", kind="manager", owner=district.people["counsellor"].id)
    assert district.record(own).student.case_manager_on(district.today) == district.people["counsellor"].id
    assert visitor("manager").get(f"/students/{own}").status == 404, "who was case manager until now is it no more"
    press(member, path, f"undo:{decisions(district, own)[0]['id']}")
    assert district.record(own).student.case_manager_on(district.today) == district.people["manager"].id
    refused = press(member, path, "decide", kind="manager", owner=district.people["office"].id)
    assert "Choose who becomes case manager" in refused.text


def test_a_case_manager_cannot_appoint_another_as_the_team_can(path: str, visitor: Visitors, district: District) -> None:
    answer = press(visitor("manager"), path, "decide", kind="manager", owner=district.people["colleague"].id)
    assert answer.status == 422
    assert "name the case manager" in answer.text
    assert district.record(district.students["own"]).student.case_manager_on(district.today) == district.people["manager"].id


def test_a_consent_that_is_needed_opens_what_obtains_it(path: str, visitor: Visitors, district: District) -> None:
    own, member = district.students["own"], visitor("member")
    press(member, path, "decide", kind="consent", saying="Mental Health Services")
    assert [(one.event, one.detail) for one in district.record(own).occurrences][-1] == ("outside-agency", "Mental Health Services")
    assert "Consent needed: release of information to Mental Health Services" in member.get(path).text
    press(member, path, "decide", kind="consent", saying="SPED")
    assert [one.title for one in district.record(own).own_items] == ["Obtain the signed SPED Permission Form"]


def test_no_action_says_why(path: str, visitor: Visitors, district: District) -> None:
    member = visitor("member")
    assert "Say why nothing is to be done" in press(member, path, "decide", kind="none").text
    press(member, path, "decide", kind="none", saying="the plan works")
    assert "No action, because the plan works" in member.get(path).text


def test_pressing_twice_decides_once(path: str, visitor: Visitors, district: District) -> None:
    member = visitor("member")
    form = {**member.get(path).form(path), "kind": "item", "saying": "Ask", "do": "decide"}
    assert [member.post(path, form).status for _ in range(2)] == [303, 303]
    assert len(district.record(district.students["own"]).own_items) == 1


def test_what_was_being_decided_when_the_lid_closed_is_still_in_the_box_of_whoever_typed_it(
    path: str, visitor: Visitors, district: District
) -> None:
    draft(visitor("member"), path, "Ask the English tea", section="saying")
    draft(visitor("principal"), path, "Something else", section="saying")
    assert 'value="Ask the English tea"' in visitor("member").get(path).html
    press(visitor("member"), path, "decide", kind="item", saying="Ask the English teacher")
    assert 'id="saying" name="saying" value=""' in visitor("member").get(path).html
    assert 'value="Something else"' in visitor("principal").get(path).html, "each has their own"


@pytest.mark.parametrize("kind", ["item", "referral", "consent", "none"])
def test_undo_takes_back_the_decision_and_what_it_became(kind: str, path: str, visitor: Visitors, district: District) -> None:
    own, member = district.students["own"], visitor("member")
    press(member, path, "decide", kind=kind, saying="Mental Health Services")
    [one] = decisions(district, own)
    press(member, path, f"undo:{one['id']}")
    assert press(member, path, f"undo:{one['id']}").status == 303, "twice is once"
    assert "Decided nothing yet" in member.get(path).text
    record = district.record(own)
    if kind == "item":
        last = [mark for mark in record.marks if mark.item == one["ref"]][-1]
        assert (last.status, last.facts) == (Status.NOT_NEEDED, {"reason": "Taken back by the school-based team"})
    elif kind != "none":
        assert record.occurrences[-1].withdrawn == "Taken back by the school-based team"
    assert decisions(district, own)[0]["undone by"] == district.people["member"].id, "it stays on the record"


def test_a_decision_that_says_too_little_keeps_what_was_typed(path: str, visitor: Visitors, district: District) -> None:
    answer = press(visitor("member"), path, "decide", kind="item", saying="Ask", due="2026-11-01", discussed="Mornings.")
    assert answer.status == 422
    assert "1 November 2026 is in the past" in answer.text
    assert 'value="Ask"' in answer.html
    assert "Mornings." in answer.html
    assert "is not a date" in press(visitor("member"), path, "decide", kind="item", saying="Ask", due="soon").text
    assert "from the people shown" in press(visitor("member"), path, "decide", kind="item", saying="Ask", owner="ghost").text


# Guests and the room


def test_a_guest_with_an_account_sees_the_student_on_that_day_and_not_the_next(path: str, visitor: Visitors, district: District) -> None:
    own = district.students["own"]
    assert visitor("psychologist").get(path).status == 404
    press(visitor("member"), path, "guest", guest="", sort="district", person=district.people["psychologist"].id)
    page = visitor("psychologist").get(path)
    assert page.status == 200
    assert visitor("psychologist").post(path, {"do": "save"}).status == 403, "they read"
    assert "Psalter Gweniff district staff" in visitor("member").get(path).text
    district.clock.move(days=1)
    assert visitor("psychologist").get(f"/students/{own}").status == 404


def test_a_guest_who_does_not_come_sees_nothing_from_then_on(path: str, visitor: Visitors, district: District) -> None:
    member = visitor("member")
    for _ in range(2):
        press(member, path, "guest", guest="", sort="district", person=district.people["psychologist"].id)
    [guest] = written(district, district.students["own"], "team guests")
    press(member, path, f"unguest:{guest['id']}")
    press(member, path, f"unguest:{guest['id']}")
    assert visitor("psychologist").get(path).status == 404
    assert "nobody" in member.get(path).part("guests").text


def test_a_guest_without_a_name_is_asked_for(path: str, visitor: Visitors, district: District) -> None:
    answer = press(visitor("member"), path, "guest", guest="", sort="family")
    assert answer.status == 422
    assert "Say who joins" in answer.text


def test_the_room_sees_initials_and_nothing_that_it_need_not_see(path: str, visitor: Visitors, district: District) -> None:
    district.consent(district.students["own"], agency="Invented Agency")
    page = visitor("member").get(f"{path}?room=1")
    assert "Q. Z." in page.text
    assert not [word for word in ("Zephyrine", "Quillon", "Category D", "Consents", "Added by hand") if word in page.text]
    assert not re.search(r'href="/students/[^"]*(#|/file-reviews)', page.part("sheet").text)


@pytest.mark.parametrize(("sort", "facts"), [("family", True), ("outside", False)])
def test_family_or_people_from_outside_narrow_what_the_room_sees(
    sort: str, facts: bool, path: str, visitor: Visitors, district: District
) -> None:
    member = visitor("member")
    press(member, path, "save", facts="Absent on four days.")
    late = dt.date(2026, 11, 2)
    district.own_item(district.students["own"], "Call about the morning bus", due=late, decided_on=late)
    assert "Call about the morning bus" in member.get(f"{path}?room=1").text
    press(member, path, "guest", guest="somebody", sort=sort)
    page = member.get(f"{path}?room=1")
    assert not [
        word
        for word in ("Call about the morning bus", "Decided before", "Mirabeth", "grade 11")
        if word in page.part("sheet").text.partition("Decision")[0]
    ]
    assert ("Absent on four days." in page.html) is facts
    assert "Absent on four days." in member.get(path).html, "the secretary's own screen stays"
    member.post(path, {**page.form(path), "discussed": "Mornings.", "do": "save"})
    assert "Absent on four days." in member.get(path).html, "what the room does not show is not emptied by saving"


def test_the_room_stays_the_room_on_the_way_on(visitor: Visitors, district: District) -> None:
    principal, ids = visitor("principal"), [district.students[key] for key in ("own", "colleague's")]
    path = begun(principal, *ids)
    answer = principal.post(path, {"do": "next", "room": "1"})
    assert answer.location == f"/students/{ids[1]}{meeting_of(path)}?room=1"


# The handbook beside the case


def test_the_panel_finds_a_page_and_shows_it_beside_the_case_and_keeps_what_was_typed(
    path: str, visitor: Visitors, district: District
) -> None:
    member = visitor("member")
    answer = press(member, path, "find", q="exam supports", facts="half a sen")
    assert answer.status == 200
    assert "Consider exam supports" in answer.text
    assert "half a sen" in answer.html
    page = press(member, path, "page:procedures/run-an-sbt-meeting.html")
    assert "Say the purpose" in page.text
    assert 'href="/handbook/responsibilities/school-based-team.html"' in page.html
    part = member.post(path, {"do": "page:procedures/run-an-sbt-meeting.html"}, HX_Request="true")
    assert "Say the purpose" in part.text
    assert "<html" not in part.html
    assert "Say the purpose" in member.get(f"{path}?page=procedures/run-an-sbt-meeting.html").text


@pytest.mark.parametrize(
    ("q", "says"), [("x", "at least two letters"), ("qqqqq", "Nothing in the handbook"), ("y" * 200, "200 characters")]
)
def test_a_search_without_a_result_says_so(q: str, says: str, path: str, visitor: Visitors) -> None:
    assert says in press(visitor("member"), path, "find", q=q).text


def test_a_page_that_there_is_not_is_said_to_be_none(path: str, visitor: Visitors) -> None:
    assert "There is no such page in the handbook" in press(visitor("member"), path, "page:../secrets").text


# Minutes


def finish(browser: Visitor, path: str) -> Page:
    press(browser, path, "decide", kind="item", saying="Ask for two samples", due="2026-12-01")
    return press(browser, path, "finish", purposes=["program", "district"], facts="Absent on four days.", review="2027-01-20")


def test_the_sheet_says_everything_that_the_minutes_need_and_where_it_is_filed(path: str, visitor: Visitors, district: District) -> None:
    member = visitor("member")
    press(member, path, "guest", guest="a parent", sort="family")
    assert finish(member, path).location == f"{path}/sheet"
    text = member.get(f"{path}/sheet").text
    for said in (
        "Minutes of the school-based team: Quillon Zephyrine", "Cedarprobe Secondary", "24 November 2026", "Perrault Zindel (principal); Tamsin Ubrecht (SBT member); a parent",
        "Program, courses and/or supports required; Accessing district support staff", "Facts Absent on four days.", "Ask for two samples Mirabeth Quoxley 1 Dec 2026",
        "Next review 20 January 2027", "Print this sheet and file it: G4 file", "File the SBT minutes that pertain to the student", "Printed by Tamsin Ubrecht on 24 November 2026",
    ):  # fmt: skip
        assert said in text, said


def test_the_item_that_files_the_minutes_is_the_case_managers_and_the_sheet_says_when_it_is_done(
    path: str, visitor: Visitors, district: District
) -> None:
    own = district.students["own"]
    finish(visitor("member"), path)
    occurrence = district.record(own).occurrences[0].id
    answer = visitor("manager").post(
        f"/students/{own}/items/records.sbt-minutes@{occurrence}",
        {"status": "done", "on": "2026-11-24", "filed_in": "g4-file", "based_on": ""},
    )
    assert answer.status == 303, answer.text
    assert "Filed in G4 file, 24 November 2026." in visitor("manager").get(f"{path}/sheet").text


def test_finished_minutes_do_not_change_whatever_is_pressed(path: str, visitor: Visitors, district: District) -> None:
    own, member = district.students["own"], visitor("member")
    stale = {**member.get(path).form(path), "purposes": ["program"]}
    finish(member, path)
    before = written(district, own, "team minutes")
    decided = decisions(district, own)[0]["id"]
    for more in (
        {"do": "save", "facts": "otherwise"},
        {"do": "decide", "kind": "none", "saying": "x", "token": "abcdefabcdef"},
        {"do": f"undo:{decided}"},
        {"do": "guest", "guest": "x", "sort": "staff"},
    ):
        assert member.post(path, {**stale, **more}).status == 409
    assert "so they cannot be changed" in member.post(path, {**stale, "do": "save", "facts": "otherwise"}).text
    assert "otherwise" in member.post(path, {**stale, "do": "save", "facts": "otherwise"}).html, "what was typed is not lost"
    assert member.post(path, {"do": "finish"}).status == 303, "finished twice is finished once"
    assert draft(member, path, "otherwise")["status"] == 409
    assert written(district, own, "team minutes") == before
    assert not written(district, own)


def test_a_correction_stands_below_with_who_and_when_and_the_minutes_stay(path: str, visitor: Visitors, district: District) -> None:
    member, own = visitor("member"), district.students["own"]
    assert "not finished yet" in member.post(f"{path}/sheet", {"addition": "too early"}).text
    finish(member, path)
    before = written(district, own, "team minutes")
    for _ in range(2):
        assert member.post(f"{path}/sheet", {"addition": "It was three days."}).status == 303
    text = member.get(f"{path}/sheet").text
    assert text.count("It was three days.") == 1
    assert "It was three days. Tamsin Ubrecht, 24 November 2026" in text
    assert "Absent on four days." in text
    assert written(district, own, "team minutes") == before
    refused = member.post(f"{path}/sheet", {"addition": "x" * 100_000})
    assert (refused.status, "x" * 100_000 in refused.html) == (422, True)


def test_a_sheet_without_purpose_or_decision_is_not_finished_and_says_what_is_missing(
    path: str, visitor: Visitors, district: District
) -> None:
    answer = press(visitor("member"), path, "finish", facts="x")
    assert answer.status == 422
    assert "Choose why the student came before the team." in answer.text
    assert "Where nothing is to be done, choose" in answer.text


def test_only_what_pertains_to_the_student_stands_on_the_sheet(visitor: Visitors, district: District) -> None:
    principal, ids = visitor("principal"), [district.students[key] for key in ("own", "colleague's")]
    path = begun(principal, *ids)
    finish(principal, path)
    assert not [name for name in ("Wexcombe", "Brannoc") if name in principal.get(f"{path}/sheet").html]


def test_what_somebody_asked_the_team_is_answered_with_the_minutes(visitor: Visitors, district: District) -> None:
    own, principal = district.students["own"], visitor("principal")
    district.involve(own, Part.SBT, until=district.today + dt.timedelta(days=30), reason="the English teacher asks")
    path = begun(principal, own)
    finish(principal, path)
    assert [one.reason for one in district.record(own).student.involvements if one.ended] == ["the English teacher asks"]


def test_the_students_page_lists_the_meetings_and_the_sheets(path: str, visitor: Visitors, district: District) -> None:
    manager, own = visitor("manager"), district.students["own"]
    assert "To come, not prepared yet" in manager.get(f"/students/{own}/meetings").text
    finish(visitor("member"), path)
    assert "Minutes finished: Ask for two samples" in manager.get(f"/students/{own}/meetings").text
    profile = students.profile_of(district.record(own).student)
    other = next(one.id for name, one in district.schools.items() if name != CEDAR)
    students.edit(district.store, own, {**profile, "school": other}, profile, district.actor())
    assert "At an earlier school" in visitor("principal-elsewhere").get(f"/students/{own}/meetings").text


def test_a_student_is_on_the_screen_only_of_meetings_that_they_are_on(path: str, visitor: Visitors, district: District) -> None:
    other = district.students["colleague's"]
    assert visitor("principal").get(f"/students/{other}{meeting_of(path)}").status == 404
    assert visitor("principal").get(f"/students/{district.students['own']}/meetings/ghost").status == 404
