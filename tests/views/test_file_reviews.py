"""A file review from the first press to the finished page: filled from the record, written, looked at, finished, annotated."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forms_app.checklists import Status
from forms_app.consents import Purpose
from forms_app.file_reviews import Review
from forms_app.records import file_reviews
from forms_app.students import Part
from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


@pytest.fixture
def meeting(district: District) -> str:
    """A team meeting of the manager's own student next week; returns the id of the event."""
    return district.event(district.students["own"], "sbt-meeting", district.today.replace(day=30), "regular")


def begin(browser: Visitor, path: str, meeting: str, **changes: object) -> Page:
    form = browser.get(f"{path}/file-reviews?for={meeting}").form(f"{path}/file-reviews")
    return browser.post(f"{path}/file-reviews", {**form, **changes})


def write(browser: Visitor, review: str, **changes: object) -> Page:
    page = browser.get(f"{review}/edit")
    return browser.post(f"{review}/edit", {**page.form(f"{review}/edit"), "then": "look", **changes})


def finish(browser: Visitor, review: str) -> Page:
    return browser.post(f"{review}/finish", browser.get(review).form(f"{review}/finish"))


@pytest.fixture
def review(manager: Visitor, path: str, meeting: str) -> str:
    """The address of a draft."""
    return begin(manager, path, meeting).location.removesuffix("/edit")


def kept(district: District) -> Review:
    document = district.store.get("student", district.students["own"])
    assert document
    [found] = file_reviews.read(document.db)
    return found


def test_from_the_item_to_a_finished_review_that_ticks_it(manager: Visitor, district: District, path: str, meeting: str) -> None:
    key = f"file-review.sbt-meeting@{meeting}"
    page = manager.get(path)
    assert f"{path}/file-reviews?for={meeting}" in [link.attributes["href"] for link in page.part(key).all("a")]
    begun = begin(manager, path, meeting)
    assert begun.status == 303
    review = begun.location.removesuffix("/edit")
    looked = write(manager, review, **{"text-alerts": "A plan is on file.\nSee the G4 file."})
    assert looked.location == review
    page = manager.get(review)
    assert "this item is marked as done today: Build a file review for the SBT meeting" in page.text
    assert "See the G4 file." in page.text
    assert finish(manager, review).location == review
    [mark] = district.marks(district.students["own"], "file-review.sbt-meeting")
    assert (mark.status, mark.on, mark.by, mark.occurrence) == (Status.DONE, district.today, district.people["manager"].id, meeting)
    page = manager.get(review)
    assert (
        "Finished by Mirabeth Quoxley on 24 November 2026, 1:00 pm. Marked as done: Build a file review for the SBT meeting." in page.text
    )
    assert "Printed by Mirabeth Quoxley on 24 November 2026" in page.text
    assert "Done" in manager.get(path).part(key).text


def test_a_finished_review_stays_as_it_was_whatever_is_recorded_later(manager: Visitor, district: District, review: str, path: str) -> None:
    district.mark(district.students["own"], "iep.document", facts={"filed in": "iep-system"})
    finish(manager, review)
    before = manager.get(review).part("main").text
    assert "Coordinate the documentation of the IEP: filed in your school's IEP folder or system" in before
    manager.post(f"{path}/undo", {"undo": f"iep.document|{district.marks(district.students['own'], 'iep.document')[-1].id}"})
    manager.post(f"{path}/edit", {**manager.get(f"{path}/edit").form(), "family": "Renamed"})
    assert manager.get(review).part("main").text == before
    late = manager.post(f"{review}/edit", {"occasions": ["x"], "text-alerts": "late"})
    assert late.status == 409
    assert "This review is finished, so it cannot be changed." in late.text
    assert kept(district).written("alerts") == ""
    assert manager.get(f"{review}/edit").location == review


def test_nothing_is_finished_that_was_not_looked_at(manager: Visitor, district: District, review: str) -> None:
    form = manager.get(review).form(f"{review}/finish")
    district.mark(district.students["own"], "iep.document", facts={"filed in": "iep-system"}, by="colleague")
    answer = manager.post(f"{review}/finish", form)
    assert answer.status == 409
    assert "Something changed since you looked" in answer.text
    assert "Coordinate the documentation of the IEP" in answer.text
    assert kept(district).final is None
    assert manager.post(f"{review}/finish", answer.form(f"{review}/finish")).status == 303
    assert manager.post(f"{review}/finish", answer.form(f"{review}/finish")).status == 303, "a second press changes nothing"
    assert len(district.marks(district.students["own"], "file-review.sbt-meeting")) == 1


def test_an_item_that_is_done_already_is_not_marked_again(manager: Visitor, district: District, review: str, meeting: str) -> None:
    district.mark(district.students["own"], "file-review.sbt-meeting", occurrence=meeting)
    assert "Finishing it marks no item" in manager.get(review).text
    finish(manager, review)
    assert len(district.marks(district.students["own"], "file-review.sbt-meeting")) == 1


def test_one_review_serves_two_meetings_and_marks_both(manager: Visitor, district: District, path: str, meeting: str) -> None:
    other = district.event(district.students["own"], "icm-meeting")
    review = begin(manager, path, meeting, occasions=[meeting, other]).location.removesuffix("/edit")
    assert "these items are marked as done today" in manager.get(review).text
    finish(manager, review)
    for item in ("file-review.sbt-meeting", "file-review.icm-meeting"):
        assert [mark.status for mark in district.marks(district.students["own"], item)] == [Status.DONE]


def test_a_meeting_that_was_withdrawn_meanwhile_is_not_ticked(
    manager: Visitor, district: District, review: str, path: str, meeting: str
) -> None:
    manager.post(f"{path}/events/{meeting}/withdraw", {"reason": "entered twice"})
    assert "Finishing it marks no item" in manager.get(review).text
    finish(manager, review)
    assert district.marks(district.students["own"], "file-review.sbt-meeting") == []


def test_without_a_meeting_the_page_says_to_record_one_and_offers_the_six(manager: Visitor, path: str) -> None:
    page = manager.get(f"{path}/file-reviews")
    assert "First say what it is for." in page.text
    offered = [link.rpartition("=")[2] for link in page.links if "/events/new?event=" in link]
    assert len(offered) == 6


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"occasions": []}, "Choose the meeting or the referral"),
        ({"occasions": ["elsewhere"]}, "that are shown"),
        ({"since": "2026-11-30", "until": "2026-11-01"}, "must not be after"),
        ({"until": "2027-01-01"}, "today or earlier"),
        ({"since": "someday"}, "is not a date"),
        ({"sections": []}, "at least one section"),
    ],
)
def test_what_cannot_be_planned_is_refused_beside_its_field(
    changes: dict[str, object], sentence: str, manager: Visitor, path: str, meeting: str
) -> None:
    page = begin(manager, path, meeting, **changes)
    assert page.status == 422
    assert sentence in page.text
    assert page.title.startswith("Error:")
    if "since" in changes:
        assert page.kept("since") == changes["since"]


def test_a_text_that_is_too_long_is_refused_and_nothing_typed_is_lost(manager: Visitor, district: District, review: str) -> None:
    page = write(manager, review, **{"text-iep": "x" * 2001, "text-alerts": "kept in the form"})
    assert page.status == 422
    assert "This is 2,001 characters long. At most 2,000 can be kept." in page.text
    assert page.kept("text-iep") == "x" * 2001
    assert page.kept("text-alerts") == "kept in the form"
    assert kept(district).texts == {}


def test_somebody_who_wrote_meanwhile_is_not_overwritten_and_both_texts_are_shown(
    manager: Visitor, visitor: Visitors, district: District, review: str
) -> None:
    district.involve(district.students["own"], Part.COVERING, "colleague", until=district.today)
    mine = manager.get(f"{review}/edit").form(f"{review}/edit")
    write(visitor("colleague"), review, **{"text-iep": "theirs", "text-alerts": "also theirs"})
    page = manager.post(f"{review}/edit", {**mine, "text-iep": "mine"})
    assert page.status == 409
    assert "Cornelis Vranzel has just written" in page.text
    assert "theirs" in page.text
    assert page.kept("text-iep") == "mine"
    assert kept(district).written("iep") == "theirs"
    again = manager.post(f"{review}/edit", {**page.form(f"{review}/edit"), "text-alerts": "also theirs", "then": "stay"})
    assert again.status in (303, 409)


def test_the_page_says_that_it_is_part_of_the_record(manager: Visitor, review: str) -> None:
    text = manager.get(f"{review}/edit").text
    assert "What you write is part of the student's record, which the student and the parents may read." in text
    assert "not opinion or hearsay" in text


def test_what_is_written_is_shown_as_text_and_never_as_code(manager: Visitor, review: str) -> None:
    write(manager, review, **{"text-iep": "<script>alert(1)</script> & so on"})
    page = manager.get(review)
    assert "<script>alert(1)</script> & so on" in page.text
    assert "<script>alert" not in page.html


def test_a_finished_review_is_corrected_by_a_statement_beside_it(manager: Visitor, review: str, path: str) -> None:
    about = f"review:{review.rpartition('/')[2]}"
    said = {"about": about, "sort": "annotation", "asked_by": "a parent", "says": "The school was another.", "on": "2026-11-24"}
    assert manager.post(f"{path}/corrections/new", said).status == 422, "a draft is simply changed"
    finish(manager, review)
    assert f"{path}/corrections/new?about={about}" in manager.get(review).links
    assert "File review, finished 24 November 2026" in manager.get(f"{path}/corrections/new?about={about}").text
    assert manager.post(f"{path}/corrections/new", said).status == 303
    assert "Annotation, a parent: The school was another." in manager.get(review).text
    assert "The school was another." in manager.get(f"{path}/record").text


def test_the_whole_record_shows_plans_texts_and_the_finished_parts(manager: Visitor, review: str, path: str) -> None:
    write(manager, review, **{"text-iep": "first words"})
    write(manager, review, **{"text-iep": "second words"})
    finish(manager, review)
    text = manager.get(f"{path}/record").text
    assert "first words" in text
    assert text.count("second words") == 2, "as written, and in the finished part"


def test_who_may_only_read_reads_and_is_offered_nothing_to_press(visitor: Visitors, manager: Visitor, review: str, path: str) -> None:
    principal = visitor("principal")
    page = principal.get(review)
    assert page.status == 200
    assert "Finish the review" not in page.text
    assert principal.get(f"{review}/edit").status == 403
    assert principal.post(f"{review}/finish").status == 403
    listed = principal.get(f"{path}/file-reviews")
    assert review in listed.links
    assert "Begin the review" not in listed.text
    assert visitor("elsewhere").get(review).status == 404


def test_a_review_of_another_student_is_no_such_page(manager: Visitor, visitor: Visitors, district: District, review: str) -> None:
    student_id = district.students["colleague's"]
    other = f"/students/{student_id}/file-reviews/{review.rpartition('/')[2]}"
    assert visitor("colleague").get(other).status == 404


def test_every_look_and_every_write_is_in_the_log_without_a_word_of_the_text(
    manager: Visitor, district: District, review: str, path: str
) -> None:
    write(manager, review, **{"text-iep": "Canarywords"})
    finish(manager, review)
    manager.get(review)
    text = manager.get(f"{path}/audit").text
    for act in (
        "Began a file review",
        "Wrote in a file review: section iep",
        "Finished a file review: “Build a file review for the SBT meeting”, done",
        "Read a file review",
    ):
        assert act in text, act
    assert "Canarywords" not in text


def test_the_consents_that_hold_today_fill_in_by_themselves(manager: Visitor, district: District, review: str) -> None:
    student = district.students["own"]
    district.consent(student, Purpose.RELEASE, "Invented Family Society")
    assert "Invented Family Society" in manager.get(f"{review}/edit").text


def test_an_item_that_a_colleague_was_given_comes_back_when_the_review_ticks_it(
    manager: Visitor, district: District, review: str, meeting: str
) -> None:
    student = district.students["own"]
    district.delegate(student, f"file-review.sbt-meeting@{meeting}", "office")
    write(manager, review)
    finish(manager, review)
    [given] = district.record(student).student.delegations
    assert given.ended == district.clock()
