"""Duties that have an order, as steps: what is ready, what is missing, who holds it; and decisions on exam supports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forms_app import flows
from forms_app.consents import Purpose
from forms_app.handbook import Handbook
from tests.district import District
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def steps(browser: Visitor, path: str, title: str) -> list[str]:
    """What the steps under one heading say."""
    page = browser.get(f"{path}/steps")
    assert page.status == 200
    section = next(one for one in page.root.all("section") if one.all("h2") and one.all("h2")[0].text.startswith(title))
    return [one.text for one in section.all("li")]


def test_every_step_is_an_item_of_the_handbook(book: Handbook) -> None:
    for group in (flows.REFERRAL, flows.DESIGNATION, flows.REPORT, flows.AGENCY, flows.EXAMS, flows.CURRENCY):
        assert not set(group) - set(book.items)


def test_a_referral_says_what_is_ready_what_is_missing_and_who_holds_it(manager: Visitor, path: str, district: District) -> None:
    student = district.students["own"]
    event = district.event(student, "referral", detail="Hearing")
    _, form, _, consent, submit, answer = steps(manager, path, "Referral to Student Support Services: Hearing")
    assert form.startswith("Ready Prepare the referral form")
    assert "Held by Mirabeth Quoxley, case manager" in form
    assert "Held by the parent, who signs" in consent
    assert submit.startswith("Not ready Submit the referral to SSS")
    first = "“Prepare the referral form”, “Prepare the required documentation” and “Obtain informed written parental consent”"
    assert f"first {first}. Held by Mirabeth Quoxley, case manager" in submit
    sent = {"status": "done", "on": "2026-11-24", "sent_to": "sss"}
    refused = manager.post(f"{path}/items/referral.submit@{event}", sent)
    assert refused.status == 422
    assert f"First mark {first} as done. This cannot be recorded before them." in refused.text
    for item in ("referral.prepare-form", "referral.prepare-documents"):
        district.mark(student, item, occurrence=event)
    assert "the referral has not gone out" in answer
    district.mark(student, "referral.consent", occurrence=event, facts={"signed by": "parent"})
    said = steps(manager, path, "Referral")
    assert "Marked as signed, but no current consent is on record" in said[3]
    assert "no current consent is on record" in said[4]
    assert f"{path}/consents?item=referral.submit@{event}" in manager.get(f"{path}/steps").links
    district.consent(student, agency="Counselling")
    assert "no current consent is on record" in steps(manager, path, "Referral")[4], "it names another service"
    district.consent(student, agency="hearing")
    assert steps(manager, path, "Referral")[4].startswith("Ready Submit")
    district.mark(student, "referral.submit", occurrence=event, facts={"sent to": "sss"})
    assert steps(manager, path, "Referral")[5].startswith(
        "Waiting Student Support Services answers Sent on 24 November 2026. No answer is recorded yet. Held by Student Support Services"
    )
    link = f"{path}/own/new?follows={event}"
    assert link in manager.get(f"{path}/steps").links
    fields = manager.get(link).form()
    assert fields["title"] == "Note the answer to the referral"
    manager.post(f"{path}/own/new", {**fields, "decided_by": "case manager", "due": "2026-12-15"})
    last = steps(manager, path, "Referral")[5]
    assert "Student Support Services answers: Note the answer to the referral" in last
    assert "Held by Student Support Services; Mirabeth Quoxley, case manager follows it up" in last


def test_a_designation_is_discussed_first_and_the_documents_cannot_be_sent_before(manager: Visitor, path: str, district: District) -> None:
    event = district.event(district.students["own"], "designation-request", detail="first request")
    discuss, send = steps(manager, path, "Request for a Ministry designation")
    assert discuss.startswith("Ready")
    assert "Due: about mid-February. SSS has announced no date yet. Held by" in send
    assert "first “Discuss the request with the school psychologist”" in send
    sent = {"status": "done", "on": "2026-11-24", "sent_to": "sss"}
    assert manager.post(f"{path}/items/designation.send-documents@{event}", sent).status == 422
    district.mark(district.students["own"], "designation.discuss", occurrence=event, facts={"people": "the psychologist"})
    assert manager.post(f"{path}/items/designation.send-documents@{event}", sent).status == 303
    assert all(step.startswith("Done") for step in steps(manager, path, "Request for a Ministry designation"))


def test_a_new_report_is_two_duties_and_a_category_has_its_currency(manager: Visitor, path: str, district: District) -> None:
    student = district.students["own"]
    event = district.event(student, "confidential-report", detail="hospital report")
    assert len(steps(manager, path, "A new confidential report arrived: hospital report")) == 2
    district.mark(student, "records.file-report", occurrence=event, facts={"filed in": "red-file"})
    filed, forwarded = steps(manager, path, "A new confidential report arrived")
    assert filed.startswith("Done")
    assert forwarded.startswith("Ready Forward a copy")
    assert "Keep the documents for category D current" in " ".join(steps(manager, path, "Documents behind category D"))


def test_an_agency_has_its_consent_and_its_exchange(manager: Visitor, path: str, district: District) -> None:
    district.event(district.students["own"], "outside-agency", detail="Invented Agency")
    assert "no current consent" in steps(manager, path, "Information to be exchanged")[1]
    district.consent(district.students["own"], Purpose.RELEASE, "Invented Agency")
    assert steps(manager, path, "Information to be exchanged")[1].startswith("Ready")


DECIDED: dict[str, Any] = {
    "session": "January 2027", "decision": "yes", "on": "2026-11-20", "supports": "extra time", "team_on": "", "psychologist": "no", "written": "no",
    "special_format": "not asked",
}  # fmt: skip


def test_a_decision_on_exam_supports_says_what_is_still_open(manager: Visitor, path: str, district: District) -> None:
    assert "Nothing is recorded yet" in steps(manager, path, "Exam supports")[-1]
    assert manager.post(f"{path}/exam-supports", DECIDED).status == 303
    assert "The decision for January 2027 is recorded. 4 points are still open." in manager.get(f"{path}/steps").text
    said = steps(manager, path, "Exam supports")[-1]
    for words in (
        "Decision for January 2027", "Supports are used: extra time (20 November 2026)", "the school-based team has not recommended it yet",
        "the psychologist has not been consulted yet", "no IEP and no Student Learning Plan says so yet", "the special format has not been asked for yet",
    ):  # fmt: skip
        assert words in said
    better = {
        **DECIDED,
        "session": "january  2027",
        "team_on": "2026-11-19",
        "psychologist": "yes",
        "written": "iep",
        "special_format": "asked",
    }
    manager.post(f"{path}/exam-supports", better)
    assert steps(manager, path, "Exam supports")[-1].startswith("Done Decision for january 2027")
    assert len(district.record(district.students["own"]).exam_decisions) == 2, "the earlier one stays"
    assert "Earlier decisions on exam supports" in manager.get(f"{path}/steps").text


@pytest.mark.parametrize(("wrong", "words"), [
    ({"session": ""}, "Say which session"), ({"supports": ""}, "Say which supports"), ({"on": "2026-11-25"}, "still to come"), ({"team_on": "2026-11-25"}, "still to come"),
    ({"decision": "maybe"}, "Choose one of the answers shown"), ({"psychologist": ""}, "Choose one"), ({"on": ""}, "Enter the day"), ({"supports": "x" * 201}, "201 characters"),
])  # fmt: skip
def test_a_decision_that_says_too_little_is_refused_and_kept_in_the_form(
    manager: Visitor, path: str, wrong: dict[str, str], words: str
) -> None:
    page = manager.post(f"{path}/exam-supports", {**DECIDED, **wrong})
    assert page.status == 422
    assert words in page.text
    assert page.kept("special_format") == "not asked"


def test_a_step_says_by_name_which_colleague_has_it_and_the_date_that_was_announced(
    manager: Visitor, visitor: Visitors, path: str, district: District
) -> None:
    event = district.event(district.students["own"], "designation-request", detail="first request")
    district.delegate(district.students["own"], f"designation.discuss@{event}", "office")
    visitor("sss").post("/dates", {"window": "designation-february", "date": "2027-02-12", "note": ""})
    discuss, send = steps(manager, path, "Request for a Ministry designation")
    assert discuss.startswith("Waiting Discuss the request")
    assert "Held by Okpara Dwinnel, to whom it was given" in discuss
    assert "Held by Okpara Dwinnel, to whom it was given" in send, "who has what must come first"
    assert "Due: 12 February 2027, announced by" in send


def test_who_may_only_read_sees_the_steps_and_a_student_with_nothing_under_way_has_none(
    visitor: Visitors, path: str, district: District
) -> None:
    page = visitor("principal").get(f"{path}/steps")
    assert page.status == 200
    assert "Record a decision" not in page.text
    from forms_app.students import Route
    from tests.district import student

    plain = student(grade="08", category="", routes=frozenset({Route.CONCERN}))
    one = district.add_student(plain, [("manager", district.year.first_day, None)])
    assert "Nothing with an order is under way" in visitor("manager").get(f"/students/{one}/steps").text
