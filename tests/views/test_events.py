"""Events of a student: each opens its own items, and one that was recorded in error leaves with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.records import closing, students
from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def record(browser: Visitor, path: str, event: str, on: str = "2026-11-23", detail: str = "", token: str = "") -> Page:
    return browser.post(f"{path}/events/new", {"event": event, "on": on, "detail": detail, "token": token})


def keys(browser: Visitor, path: str, item: str) -> list[str]:
    """The rows of an item, one for each occurrence."""
    return [one.attributes["id"] for one in browser.get(path).root.all("li") if one.attributes.get("id", "").startswith(f"{item}@")]


def test_an_event_opens_its_items_and_is_listed_with_who_recorded_it(manager: Visitor, path: str) -> None:
    assert not keys(manager, path, "records.file-report")
    assert record(manager, path, "confidential-report", detail="hospital report").status == 303
    assert len(keys(manager, path, "records.file-report")) == len(keys(manager, path, "records.forward-report")) == 1
    said = manager.get(path).part("events").text
    assert "hospital report" in said
    assert "23 November 2026" in said
    assert "Mirabeth Quoxley" in said


def test_the_form_says_what_each_event_opens_for_this_student(manager: Visitor, path: str) -> None:
    text = manager.get(f"{path}/events/new").text
    assert "File the new report in the Red File" in text
    assert "Forward a copy of the report to SSS" in text


def test_two_reports_open_two_pairs_of_items_that_are_marked_apart(manager: Visitor, path: str, district: District) -> None:
    record(manager, path, "confidential-report", detail="hospital report")
    record(manager, path, "confidential-report", on="2026-11-20", detail="physician's letter")
    filed, sent = keys(manager, path, "records.file-report"), keys(manager, path, "records.forward-report")
    assert len(filed) == len(sent) == 2
    assert {key.partition("@")[2] for key in filed} == {key.partition("@")[2] for key in sent}
    manager.post(f"{path}/marks", {"tick": f"{filed[0]}|"})
    page = manager.get(path)
    assert "Filed in" in page.part(filed[0]).text.split("Done means")[0]
    assert page.part(filed[1]).text.startswith("To do")
    assert {"hospital report", "physician's letter"} <= {
        detail for key in filed for detail in ("hospital report", "physician's letter") if detail in page.part(key).text
    }


def test_a_double_click_is_one_event(manager: Visitor, path: str, district: District) -> None:
    for _ in range(3):
        assert record(manager, path, "confidential-report", detail="hospital report", token="abcDEF_12345").status == 303
    assert len(district.record(district.students["own"]).occurrences) == 1
    assert len(keys(manager, path, "records.file-report")) == 1


def test_a_form_that_was_changed_after_going_back_is_another_event(manager: Visitor, path: str, district: District) -> None:
    form = manager.get(f"{path}/events/new").form()
    for detail in ("hospital report", "physician's letter"):
        sent = {**form, "event": "confidential-report", "on": "2026-11-23", "detail": detail}
        assert manager.post(f"{path}/events/new", sent).status == 303
    assert sorted(one.detail for one in district.record(district.students["own"]).occurrences) == ["hospital report", "physician's letter"]


@pytest.mark.parametrize("token", ["", "<script>", "../../x", "x" * 5000, "a@b|c", "\x00" * 12, "ʔ" * 12, "-" * 12])
def test_a_made_up_token_of_the_form_is_no_id_of_anything(token: str, manager: Visitor, path: str, district: District) -> None:
    assert record(manager, path, "confidential-report", token=token).status == 303
    [event] = district.record(district.students["own"]).occurrences
    assert event.id != token
    assert event.id.isascii()
    assert manager.get(path).has(f"event-{event.id}")


def test_a_report_cannot_have_arrived_tomorrow_but_a_meeting_may_be_planned(manager: Visitor, path: str, district: District) -> None:
    answer = record(manager, path, "confidential-report", on="2026-11-25", detail="hospital report")
    assert answer.status == 422
    assert "25 November 2026 is still to come" in answer.text
    assert not district.record(district.students["own"]).occurrences
    assert record(manager, path, "sbt-meeting", on="2026-11-25").status == 303


def test_two_reports_of_one_kind_on_one_day_are_two_events(manager: Visitor, path: str) -> None:
    for _ in range(2):
        record(manager, path, "confidential-report", detail="hospital report")
    assert len(keys(manager, path, "records.file-report")) == 2


def test_a_meeting_to_come_is_recorded_with_its_date_and_its_items_are_due_then(manager: Visitor, path: str) -> None:
    assert record(manager, path, "sbt-meeting", on="2026-12-03", detail="regular").status == 303
    [key] = keys(manager, path, "sbt.gather")
    assert "3 December 2026" in manager.get(path).part(key).text


def test_items_of_a_meeting_that_is_over_are_overdue(manager: Visitor, path: str) -> None:
    record(manager, path, "sbt-meeting", on="2026-11-19")
    [key] = keys(manager, path, "sbt.gather")
    assert "3 school days overdue" in manager.get(path).part(key).text
    assert "Overdue" in manager.get("/").text


@pytest.mark.parametrize(("on", "sentence"), [
    ("2026-06-30", "30 June 2026 is outside it"),
    ("2027-07-01", "1 July 2027 is outside it"),
    ("2025-11-23", "outside it"),
    ("31 2 2027", "There is no 31 February 2027"),
    ("", "Enter the day"),
    ("1 1 9999", "outside it"),
    ("1 1 1900", "too long ago"),
])  # fmt: skip
def test_an_event_on_a_day_outside_the_school_year_or_on_none_is_refused(
    on: str, sentence: str, manager: Visitor, path: str, district: District
) -> None:
    answer = record(manager, path, "sbt-meeting", on=on, detail="hospital report")
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert sentence in answer.text
    assert answer.kept("detail") == "hospital report"
    assert not district.record(district.students["own"]).occurrences


@pytest.mark.parametrize("on", ["2026-07-01", "2027-06-30", "29 2 2027"])
def test_the_first_and_the_last_day_of_the_school_year_belong_to_it(on: str, manager: Visitor, path: str) -> None:
    assert record(manager, path, "sbt-meeting", on=on).status == (422 if on.startswith("29") else 303)


def test_a_report_that_has_not_arrived_yet_cannot_be_recorded(manager: Visitor, path: str) -> None:
    answer = record(manager, path, "confidential-report", on="2026-11-25")
    assert answer.status == 422
    assert "25 November 2026 is still to come" in answer.text


@pytest.mark.parametrize("event", ["", "party", "<script>", "confidential-report2"])
def test_an_event_that_the_handbook_does_not_know_is_refused(event: str, manager: Visitor, path: str, district: District) -> None:
    answer = record(manager, path, event)
    assert answer.status == 422
    assert "Choose what happened." in answer.text
    assert not district.record(district.students["own"]).occurrences


def test_a_detail_is_short_and_plain(manager: Visitor, path: str, district: District) -> None:
    for detail, sentence in (("x" * 101, "At most 100"), ("a\x07", "hidden character"), ("x" * 100_000, "At most 100")):
        answer = record(manager, path, "referral", detail=detail)
        assert answer.status == 422
        assert sentence in answer.text
    assert record(manager, path, "referral", detail="<b>Hearing</b>").status == 303
    assert "<b>Hearing</b>" in manager.get(path).part("events").text


def test_an_event_recorded_in_error_leaves_the_checklist_and_stays_on_the_record_with_the_reason(
    manager: Visitor, path: str, district: District
) -> None:
    record(manager, path, "confidential-report", detail="hospital report")
    [event] = district.record(district.students["own"]).occurrences
    asked = manager.get(f"{path}/events/{event.id}/withdraw")
    assert "They stay on the record" in asked.text
    assert manager.post(f"{path}/events/{event.id}/withdraw", {"reason": "it was another student's report"}).status == 303
    assert not keys(manager, path, "records.file-report")
    [kept] = district.record(district.students["own"]).occurrences
    assert kept.withdrawn == "it was another student's report"
    document = district.store.get("student", district.students["own"])
    assert document
    [row] = document.db.table("events 2026").all()
    assert row["withdrawn by"] == district.people["manager"].id
    assert dt.datetime.fromisoformat(row["withdrawn at"]) == district.clock()


def test_an_event_is_not_withdrawn_without_a_reason(manager: Visitor, path: str, district: District) -> None:
    event = district.event(district.students["own"], "confidential-report")
    answer = manager.post(f"{path}/events/{event}/withdraw", {"reason": "  "})
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert not district.record(district.students["own"]).occurrences[0].withdrawn


def test_whoever_withdraws_an_event_is_told_which_marks_go_out_of_view(manager: Visitor, path: str, district: District) -> None:
    event = district.event(district.students["own"], "confidential-report")
    manager.post(f"{path}/marks", {"tick": f"records.file-report@{event}|"})
    assert "File the new report in the Red File" in manager.get(f"{path}/events/{event}/withdraw").text
    manager.post(f"{path}/events/{event}/withdraw", {"reason": "recorded twice"})
    assert district.marks(district.students["own"], "records.file-report"), "the mark itself is never deleted"


def test_a_withdrawn_event_can_be_recorded_again(manager: Visitor, path: str, district: District) -> None:
    record(manager, path, "confidential-report", detail="hospital report")
    [event] = district.record(district.students["own"]).occurrences
    manager.post(f"{path}/events/{event.id}/withdraw", {"reason": "by mistake"})
    record(manager, path, "confidential-report", detail="hospital report")
    assert len(keys(manager, path, "records.file-report")) == 1


def test_withdrawing_twice_is_one_withdrawal(manager: Visitor, path: str, district: District) -> None:
    event = district.event(district.students["own"], "confidential-report")
    assert manager.post(f"{path}/events/{event}/withdraw", {"reason": "by mistake"}).status == 303
    assert manager.post(f"{path}/events/{event}/withdraw", {"reason": "again"}).status in (303, 404)
    assert district.record(district.students["own"]).occurrences[0].withdrawn == "by mistake"


@pytest.mark.parametrize("occurrence", ["nope", "%00", "x" * 500])
def test_an_event_that_there_is_not_cannot_be_withdrawn(occurrence: str, manager: Visitor, path: str) -> None:
    assert manager.get(f"{path}/events/{occurrence}/withdraw").status == 404
    assert manager.post(f"{path}/events/{occurrence}/withdraw", {"reason": "x"}).status == 404


def test_an_event_of_another_student_cannot_be_withdrawn_here(manager: Visitor, path: str, district: District) -> None:
    theirs = district.event(district.students["colleague's"], "referral", by="colleague")
    assert manager.post(f"{path}/events/{theirs}/withdraw", {"reason": "x"}).status == 404
    assert not district.record(district.students["colleague's"]).occurrences[0].withdrawn


def test_two_people_who_record_two_events_at_once_lose_neither(visitor: Visitors, path: str, district: District) -> None:
    browser = visitor("manager")
    browser.get(f"{path}/events/new")
    district.event(district.students["own"], "referral", detail="Hearing", by="colleague")
    assert record(browser, path, "referral", detail="Vision").status == 303
    assert len(district.record(district.students["own"]).occurrences) == 2


# Before the student came, and after they left


def test_an_event_before_anything_is_on_record_is_asked_about_once(manager: Visitor, district: District) -> None:
    form = {**manager.get("/students/new").form(), "given": "Newcombe", "family": "Arrivall", "grade": "10", "routes": "concern"}
    path = manager.post("/students/new", form).location
    answer = record(manager, path, "sbt-meeting", on="2026-11-20", detail="regular")
    assert answer.status == 422
    assert "20 November 2026 is before the first day on record of this student, 24 November 2026." in answer.text
    assert (answer.kept("on"), answer.kept("detail")) == ("2026-11-20", "regular"), "nothing typed is lost"
    assert not keys(manager, path, "sbt.gather")
    again = manager.post(f"{path}/events/new", {**answer.form(), "event": "sbt-meeting", "confirm": "yes"})
    assert again.status == 303
    assert keys(manager, path, "sbt.gather")
    assert record(manager, path, "referral", on="2026-11-20", detail="Hearing").status == 303, "that day is on record now"
    assert record(manager, path, "referral", on="2026-11-19", detail="Hearing").status == 422, "an earlier one is not"


def test_nothing_happened_while_the_student_had_left(manager: Visitor, path: str, district: District) -> None:
    student_id = district.students["own"]
    closing.close(district.store, student_id, "left", dt.date(2026, 11, 10), "moved", district.actor("principal"), district.today)
    closing.reopen(district.store, student_id, "came back", district.actor("principal"), district.today)
    students.assign(district.store, student_id, district.people["manager"].id, district.today, district.actor("principal"))
    answer = manager.post(f"{path}/events/new", {"event": "referral", "on": "2026-11-16", "detail": "Hearing", "confirm": "yes"})
    assert answer.status == 422
    assert "The student had left on 10 November 2026 and came back on 24 November 2026. Check the day." in answer.text
    assert record(manager, path, "referral", on="2026-11-10", detail="Hearing").status == 303
    assert record(manager, path, "referral", on="2026-11-24", detail="Hearing").status == 303


def test_what_needs_a_consent_for_one_agency_or_one_service_names_it(manager: Visitor, path: str) -> None:
    for event, words in (("referral", "Name the service."), ("outside-agency", "Name the agency.")):
        answer = record(manager, path, event)
        assert answer.status == 422
        assert words in answer.text
    assert record(manager, path, "sbt-meeting").status == 303
