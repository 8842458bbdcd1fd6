"""Requests for correction and annotations (FIPPA s.29): beside the original, answered once, and the original as it was (PRV-16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.corrections import CannotAnswer, Correction, Outcome, Sort, Target, can_answer, check_can_answer, parse_target
from forms_app.records import corrections
from forms_app.records.corrections import NothingThere
from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
SAID = {"sort": "request", "asked_by": "a parent", "says": "The grade is 10, not 11.", "on": "2026-11-23"}


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def attach(browser: Visitor, path: str, **changes: str) -> Page:
    return browser.post(f"{path}/corrections/new", {"about": "detail:grade", **SAID, **changes})


def test_a_request_is_attached_and_the_detail_stays_as_it_was(manager: Visitor, district: District, path: str) -> None:
    before = district.record(district.students["own"]).student
    answer = attach(manager, path)
    assert answer.status == 303
    record = district.record(district.students["own"])
    assert record.student == before
    (kept,) = record.corrections
    assert (kept.sort, kept.about, kept.asked_by, kept.says, kept.on) == (
        Sort.REQUEST,
        Target("detail", "grade"),
        "a parent",
        SAID["says"],
        dt.date(2026, 11, 23),
    )
    assert answer.location == f"{path}/record#statement-{kept.id}"
    for page in (path, f"{path}/edit", f"{path}/record"):
        text = manager.get(page).text
        assert "Correction asked for by a parent: The grade is 10, not 11. (not answered yet)" in text, page


def test_a_mark_and_an_event_show_theirs_beside_them_on_the_checklist(manager: Visitor, district: District, path: str) -> None:
    student = district.students["own"]
    mark, event = district.mark(student, "iep.monitor"), district.event(student, "referral")
    before = district.record(student)
    attach(manager, path, about=f"mark:{mark}", says="It was not monitored.")
    attach(manager, path, about=f"event:{event}", sort="annotation", says="The family did not know of it.")
    page = manager.get(path)
    assert "It was not monitored." in page.part("iep.monitor").text
    assert "Annotation, a parent: The family did not know of it." in page.part(f"event-{event}").text
    after = district.record(student)
    assert (after.marks, after.occurrences) == (before.marks, before.occurrences)


def test_the_same_request_sent_twice_is_kept_once(manager: Visitor, district: District, path: str) -> None:
    attach(manager, path)
    attach(manager, path)
    assert len(district.record(district.students["own"]).corrections) == 1


@pytest.mark.parametrize("outcome", ["corrected", "annotated"])
def test_a_request_is_answered_once_and_both_stay(outcome: str, manager: Visitor, visitor: Visitors, district: District, path: str) -> None:
    attach(manager, path)
    (request,) = district.record(district.students["own"]).corrections
    principal, place = visitor("principal"), f"{path}/corrections/{request.id}"
    assert "The grade is 10, not 11." in principal.get(place).text
    assert principal.post(place, {"outcome": outcome, "reason": "The list says 11."}).status == 303
    (answered,) = district.record(district.students["own"]).corrections
    assert answered.answer is not None
    assert (answered.answer.outcome, answered.answer.reason, answered.answer.by) == (
        Outcome(outcome),
        "The list says 11.",
        district.people["principal"].id,
    )
    again = principal.post(place, {"outcome": "corrected", "reason": "changed my mind"})
    assert again.status == 409
    assert "This request has been answered" in again.text
    assert district.record(district.students["own"]).corrections == (answered,)
    text = principal.get(f"{path}/record").text
    assert answered.answer.outcome.label in text
    assert "Reason: The list says 11." in text


def test_what_a_corrected_detail_said_before_stays_on_the_record(manager: Visitor, district: District, path: str) -> None:
    manager.post(f"{path}/edit", {**manager.get(f"{path}/edit").form(), "grade": "10", "given": "Quill"})
    document = district.store.get("student", district.students["own"])
    assert document is not None
    rows = {row["field"]: (row["was"], row["by"]) for row in document.db.table("earlier details").all()}
    assert rows == {"grade": ("11", district.people["manager"].id), "given": ("Quillon", district.people["manager"].id)}
    assert "Said before Quillon" in manager.get(f"{path}/record").text


def test_the_case_manager_attaches_and_does_not_answer(manager: Visitor, district: District, path: str) -> None:
    request = district.correction(district.students["own"])
    answer = manager.post(f"{path}/corrections/{request}", {"outcome": "annotated", "reason": "no"})
    assert answer.status == 403
    assert "Only the principal or Student Support Services can answer" in answer.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"asked_by": ""}, "Say who says so"),
        ({"says": " "}, "Write what they say is wrong"),
        ({"says": "x" * 1001}, "At most 1,000 can be kept"),
        ({"on": ""}, "Enter the day"),
        ({"on": "2026-11-25"}, "The day must be today or earlier"),
        ({"sort": "order"}, "Choose one of the answers shown"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    changes: dict[str, str], sentence: str, manager: Visitor, district: District, path: str
) -> None:
    answer = attach(manager, path, **changes)
    assert answer.status == 422
    assert sentence in answer.text
    if "says" not in changes:
        assert answer.kept("says") == SAID["says"]
    assert district.record(district.students["own"]).corrections == ()


@pytest.mark.parametrize(
    "about", ["", "grade", "detail:", "detail:shoe-size", "mark:nothing", "event:nothing", "table:profile", "detail:state\x00"]
)
def test_a_statement_about_nothing_is_refused_with_a_choice(about: str, manager: Visitor, district: District, path: str) -> None:
    answer = attach(manager, path, about=about)
    assert answer.status == 422
    assert "Which part of the record is it about?" in answer.text or "Correct or annotate" in answer.text
    assert district.record(district.students["own"]).corrections == ()
    links = manager.get(f"{path}/corrections/new").links
    assert f"{path}/corrections/new?about=detail:grade" in links


def test_a_mark_of_another_student_is_nothing_here(manager: Visitor, district: District, path: str) -> None:
    other = district.mark(district.students["colleague's"], "iep.monitor", by="colleague")
    assert attach(manager, path, about=f"mark:{other}").status == 422


def test_a_wrong_id_is_no_such_page(visitor: Visitors, path: str) -> None:
    assert visitor("principal").get(f"{path}/corrections/none").status == 404


def test_an_annotation_asks_for_no_answer(visitor: Visitors, district: District, path: str) -> None:
    note = district.correction(district.students["own"], sort=Sort.ANNOTATION)
    page = visitor("principal").get(f"{path}/corrections/{note}")
    assert "asks for nothing" in page.text
    assert not page.root.all("button", class_="govuk-button")


def test_the_log_tells_that_and_not_what(manager: Visitor, visitor: Visitors, district: District, path: str) -> None:
    attach(manager, path)
    request = district.record(district.students["own"]).corrections[0].id
    visitor("principal").post(f"{path}/corrections/{request}", {"outcome": "annotated", "reason": "The list says 11."})
    written = [entry for entry in district.store.history("student", district.students["own"]) if entry.effect == "change"]
    assert [(entry.action, entry.fields) for entry in written] == [
        ("answer a correction", ("annotated",)),
        ("attach a correction", ("detail", "request")),
    ]


def test_markup_in_a_statement_stays_text(manager: Visitor, path: str) -> None:
    attach(manager, path, says="<script>alert(1)</script> {{ 7*7 }}")
    page = manager.get(f"{path}/record")
    assert "<script>alert" not in page.html
    assert "{{ 7*7 }}" in page.text


# The rules


def a_correction(sort: Sort = Sort.REQUEST) -> Correction:
    return Correction(
        "c", sort, Target("detail", "grade"), "a parent", "wrong", dt.date(2026, 11, 1), "p", dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    )


def test_only_a_waiting_request_can_be_answered() -> None:
    assert can_answer(a_correction())
    check_can_answer(a_correction())
    assert not can_answer(a_correction(Sort.ANNOTATION))
    with pytest.raises(CannotAnswer, match="asks for nothing"):
        check_can_answer(a_correction(Sort.ANNOTATION))


@pytest.mark.parametrize("text", ["", "grade", ":grade", "table:x", "mark:"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        parse_target(text)


def test_an_answer_to_nothing_is_refused(district: District) -> None:
    with pytest.raises(NothingThere):
        corrections.answer(district.store, district.students["own"], "none", Outcome.CORRECTED, "why", district.actor("principal"))
