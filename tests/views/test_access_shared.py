"""Fields that somebody may not see never leave the server: a word that stands nowhere else in each of them, and everybody reads everything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from forms_app.checklists import Status
from forms_app.permissions import Role
from forms_app.records import students
from forms_app.shared import Shared, SharedItem
from forms_app.students import Answer, Emergency, Part, Route
from tests.district import CEDAR, District, student
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]
# What an assistant must not learn, each with a word that stands nowhere else.
CANARIES = {
    "legal name": "Canarylegal",
    "PEN": "000000018",
    "pupil number": "99canary",
    "category": "Intensive Behaviour Interventions",
    "agency": "Canaryagency",
    "detail of an event": "Canarydetail",
    "withdrawn": "Canarywithdrawn",
    "who received the plan": "Canaryreceiver",
    "why it is not needed": "Canaryreason",
    "what it waits for": "Canarywaiting",
    "why somebody covers": "Canarycover",
    "why an emergency": "Canaryemergency",
    "who covers": "Cornelis",
    "another item": "Coordinate the development of the IEP",
    "the Red File": "Red File (inside",
}


@pytest.fixture
def full(district: District) -> str:
    """A student with a canary in each field, and everybody named to them who can be."""
    made = student(
        given="Quillon", family="Canaryknown", legal_name="Canarylegal", pen="000000018", pupil_number="99canary", category="H", routes=frozenset({Route.CODED}),
        agency=Answer.YES, agencies=("Canaryagency",),
    )  # fmt: skip
    one = district.add_student(made, [("manager", district.year.first_day, None)], CEDAR)
    district.event(one, "confidential-report", detail="Canarydetail report")
    gone = district.event(one, "referral", detail="Canarydetail referral")
    students.withdraw_event(district.store, one, gone, "Canarywithdrawn", district.year, district.actor("manager"))
    changed = district.event(one, "staff-assigned", detail="Canarydetail staff")
    district.mark(one, "iep.share-assistants", Status.DONE, {"people": "Canaryreceiver"})
    district.mark(one, "iep.share-final", Status.NOT_NEEDED, {"reason": "Canaryreason"})
    district.mark(one, "assistants.plan-duties", Status.WAITING, {"waiting for": "Canarywaiting"})
    district.mark(one, "assistants.replan-duties", Status.NOT_NEEDED, {"reason": "Canaryreason"}, occurrence=changed)
    district.mark(one, "iep.develop")
    district.involve(one, Part.TEAM, "assistant", Role.ASSISTANT)
    district.involve(one, Part.COVERING, "colleague", reason="Canarycover", until=district.today)
    students.open_in_emergency(
        district.store, one, Emergency(district.people["principal-elsewhere"].id, district.clock(), "Canaryemergency"), district.actor()
    )
    return one


def everything(browser: Visitor, student_id: str) -> dict[str, str]:
    """What the server sends to this person: every page that links lead to, every page of the student, and what forms answer."""
    base = f"/students/{student_id}"
    todo = [
        "/",
        "/items/iep.develop",
        "/items/iep.share-final",
        "/items/assistants.plan-duties",
        "/dates",
        "/privacy",
        "/students/new",
        "/people",
        "/emergency",
        "/emergency/report",
    ]
    todo += [
        base,
        f"{base}/2025",
        f"{base}/2026",
        f"{base}/shared",
        f"{base}/people",
        f"{base}/audit",
        f"{base}/edit",
        f"{base}/events/new",
        f"{base}/items/iep.develop",
        f"{base}/items/iep.share-final",
    ]
    sent: dict[str, str] = {}
    while todo:
        path = todo.pop()
        page = browser.get(path)
        sent[path] = page.html + repr(sorted(page.headers.items()))
        if student_id in path:
            sent[f"{path} to htmx"] = browser.get(path, HX_Request="true").html
        links = [link.partition("#")[0] for link in page.links if link.startswith("/") and not link.startswith("/handbook")]
        todo += [link for link in dict.fromkeys(links) if link not in sent and link not in todo]
    for path, fields in (
        (f"{base}/marks", {"tick": "iep.share-assistants|"}),
        (f"{base}/edit", {}),
        (f"{base}/events/new", {}),
        (f"{base}/items/iep.share-final", {}),
        (f"{base}/people", {"part": "team"}),
    ):
        sent[f"POST {path}"] = browser.post(path, fields).html
    return sent


def test_an_assistant_sees_the_shared_plan_and_their_duties_and_no_other_field(visitor: Visitors, full: str) -> None:
    browser = visitor("assistant")
    sent = everything(browser, full)
    assert len(sent) > 25
    found = {(what, path) for what, canary in CANARIES.items() for path, text in sent.items() if canary.casefold() in text.casefold()}
    # An item's own title stands on the page about that item, for everybody, and says nothing about a student.
    assert {pair for pair in found if pair[1].partition(" to htmx")[0] != "/items/iep.develop"} == set()
    page = browser.get(f"/students/{full}/shared")
    assert "Quillon Canaryknown" in page.text
    for words in (
        "Share the final IEP with the SEAs and the CCW: Done, 24 November 2026",
        "Plan the duties",
        ": Waiting, 24 November 2026",
        "Case manager Mirabeth Quoxley",
    ):
        assert words in page.text
    assert f"/students/{full}/shared" in browser.get("/").links
    assert browser.get(f"/students/{full}").location == f"/students/{full}/shared"


def test_the_canaries_are_where_they_should_be(visitor: Visitors, full: str) -> None:
    """Guards the test above: somebody who may see each field does find its canary."""
    seen = " ".join([*everything(visitor("manager"), full).values(), *everything(visitor("principal"), full).values()])
    assert [what for what, canary in CANARIES.items() if canary.casefold() not in seen.casefold()] == []


@pytest.mark.parametrize("username", ["member", "office", "psychologist", "admin", "counsellor", "elsewhere"])
def test_who_has_no_part_in_the_case_is_sent_nothing_of_it(username: str, visitor: Visitors, full: str) -> None:
    sent = everything(visitor(username), full)
    hidden = {**CANARIES, "the name": "Canaryknown", "the id": full}
    for what in ("another item", "who covers", "the Red File"):  # stand on pages that are no student's
        hidden.pop(what)
    found = {
        (what, path)
        for what, canary in hidden.items()
        for path, text in sent.items()
        if canary.casefold() in text.casefold() and what != "the id"
    }
    # The category's name is a choice on the forms of whoever adds or changes students of their own.
    assert {pair for pair in found if not (pair[0] == "category" and full not in pair[1] and pair[1].startswith("/students/"))} == set()


def test_who_covers_and_the_team_that_discusses_see_no_number_and_no_legal_name(visitor: Visitors, full: str, district: District) -> None:
    district.involve(full, Part.SBT, until=district.today)
    district.involve(full, Part.TEAM, "counsellor", Role.COUNSELLOR)
    for username in ("colleague", "member", "counsellor"):
        sent = everything(visitor(username), full)
        assert "Canarydetail" in sent[f"/students/{full}"]
        for what in ("legal name", "PEN", "pupil number"):
            assert not [path for path, text in sent.items() if CANARIES[what] in text], (username, what)


def test_the_projection_has_only_the_fields_that_are_allowed() -> None:
    assert [field.name for field in dataclasses.fields(Shared)] == [
        "id",
        "name",
        "grade",
        "school",
        "case_manager",
        "year",
        "plan",
        "duties",
    ]
    assert [field.name for field in dataclasses.fields(SharedItem)] == ["title", "status", "page_url"]


def test_a_student_without_a_plan_and_without_an_assistant_has_an_empty_page(visitor: Visitors, district: District) -> None:
    plain = student(iep=Answer.NO, assistant=Answer.NO, grade="SU", routes=frozenset({Route.CONCERN}), category="")
    one = district.add_student(plain, [("manager", district.year.first_day, None)])
    district.involve(one, Part.TEAM, "assistant", Role.ASSISTANT)
    text = visitor("assistant").get(f"/students/{one}/shared").text
    assert "Nothing about an IEP is shared" in text
    assert "No duties are planned" in text
    assert "Grade ungraded" in text


def test_the_case_manager_can_look_at_what_assistants_see(manager: Visitor, full: str) -> None:
    page = manager.get(f"/students/{full}/shared")
    assert "This is what an education assistant on the team sees, and nothing more." in page.text
    assert not [what for what, canary in CANARIES.items() if canary.casefold() in page.html.casefold()]


def test_each_look_of_an_assistant_is_noted(visitor: Visitors, full: str, district: District) -> None:
    visitor("assistant").get(f"/students/{full}/shared")
    entry = district.store.history("student", full)[0]
    assert (entry.action, entry.who, entry.fields) == ("view what is shared of a student", district.people["assistant"].id, ("team",))
