"""File reviews as they are kept: versions are added, two writers do not overwrite each other, and finishing is one write that happens once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forms_app.checklists import Intent, Status
from forms_app.file_reviews import Part, Plan, ReviewIsFinished
from forms_app.handbook import Handbook
from forms_app.records import file_reviews, open_the_store, students
from forms_app.records.actor import Actor
from forms_app.records.file_reviews import NoSuchReview, WrittenMeanwhile
from forms_app.school_year import SchoolYear
from forms_app.store import Store, new_key
from tests.district import NOON, TODAY, FakeClock, student

ACTOR, OTHER = Actor("somebody", NOON, "session"), Actor("other", NOON + dt.timedelta(minutes=1), "session")
YEAR = SchoolYear(2026)
PLAN = Plan(("meet",), dt.date(2026, 7, 1), TODAY, ("iep", "alerts"))
PARTS = (Part("head", "Quillon Zephyrine", ("Grade: 11",)), Part("alerts", "Alerts", (), "A plan is on file."))


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    address = "memory://" if request.param == "memory" else f"{tmp_path}/store"
    with open_the_store(address, new_key(), FakeClock()) as store:
        yield store


@pytest.fixture
def one(store: Store) -> str:
    return students.create(store, students.profile_of(student()), "manager", TODAY, ACTOR)


def reviews(store: Store, one: str) -> tuple[file_reviews.Review, ...]:
    document = store.get("student", one)
    assert document
    return file_reviews.read(document.db)


def rows(store: Store, one: str, table: str) -> list[dict[str, object]]:
    document = store.get("student", one)
    assert document
    return [dict(row) for row in document.db.table(table).all()]


def test_a_review_is_begun_once_however_often_its_form_is_sent(store: Store, one: str) -> None:
    first = file_reviews.begin(store, one, PLAN, ACTOR, token="a" * 12)
    assert file_reviews.begin(store, one, PLAN, ACTOR, token="a" * 12) == first == "a" * 12
    second = file_reviews.begin(store, one, PLAN, OTHER, token="no token")
    assert {review.id for review in reviews(store, one)} == {first, second}
    assert [review.by for review in reviews(store, one)] == ["other", "somebody"], "the newest first"


def test_each_save_adds_what_changed_and_keeps_what_was(store: Store, one: str) -> None:
    review = file_reviews.begin(store, one, PLAN, ACTOR)
    file_reviews.save(store, one, review, PLAN, {"iep": "first", "alerts": ""}, {}, ACTOR)
    [seen] = reviews(store, one)
    narrower = replace(PLAN, sections=("iep",))
    file_reviews.save(store, one, review, narrower, {"iep": "second", "alerts": ""}, {"iep": seen.texts["iep"].id}, ACTOR)
    [now] = reviews(store, one)
    assert (now.written("iep"), now.written("alerts"), now.plan) == ("second", "", narrower)
    assert [row["text"] for row in rows(store, one, "file review texts")] == ["first", "second"]
    assert len(rows(store, one, "file reviews")) == 2


def test_a_save_that_changes_nothing_writes_nothing(store: Store, one: str) -> None:
    review = file_reviews.begin(store, one, PLAN, ACTOR)
    before = store.history("student", one)
    file_reviews.save(store, one, review, PLAN, {"iep": "", "alerts": ""}, {}, ACTOR)
    assert store.history("student", one) == before


def test_two_writers_in_two_sections_both_stay_and_in_the_same_section_neither_is_overwritten(store: Store, one: str) -> None:
    review = file_reviews.begin(store, one, PLAN, ACTOR)
    file_reviews.save(store, one, review, PLAN, {"iep": "mine", "alerts": ""}, {}, ACTOR)
    file_reviews.save(store, one, review, PLAN, {"alerts": "theirs"}, {}, OTHER)
    with pytest.raises(WrittenMeanwhile) as faster:
        file_reviews.save(store, one, review, PLAN, {"iep": "also mine", "alerts": "late"}, {}, OTHER)
    assert {key: text.text for key, text in faster.value.texts.items()} == {"iep": "mine", "alerts": "theirs"}
    [now] = reviews(store, one)
    assert (now.written("iep"), now.written("alerts")) == ("mine", "theirs")


def test_finishing_keeps_every_part_and_ticks_the_item_in_one_write(store: Store, one: str, book: Handbook) -> None:
    item = book.items["file-review.sbt-meeting"]
    file_reviews.begin(store, one, PLAN, ACTOR)
    [draft] = reviews(store, one)
    before = len(store.history("student", one))
    assert file_reviews.finish(store, one, draft, PARTS, [(item, "meet")], TODAY, YEAR, book.edition, OTHER) == [item.id]
    [done] = reviews(store, one)
    assert done.final
    assert (done.final.by, done.final.parts) == ("other", PARTS)
    document = store.get("student", one)
    assert document
    [mark] = students.read(document, YEAR).marks
    assert (mark.item, mark.occurrence, mark.status, mark.on, mark.by, mark.wording) == (
        item.id, "meet", Status.DONE, TODAY, "other", "Build a file review for the SBT meeting",
    )  # fmt: skip
    [entry] = store.history("student", one)[: len(store.history("student", one)) - before]
    assert (entry.action, entry.fields) == ("finish a file review", (item.id, "done"))


def test_finishing_twice_is_once_and_a_mark_that_says_done_already_is_left(store: Store, one: str, book: Handbook) -> None:
    item = book.items["file-review.sbt-meeting"]
    students.add_mark(store, one, item, "meet", YEAR, Intent(Status.DONE, dt.date(2026, 11, 20)), "", book.edition, ACTOR)
    file_reviews.begin(store, one, PLAN, ACTOR)
    [draft] = reviews(store, one)
    for _ in range(2):
        assert file_reviews.finish(store, one, draft, PARTS, [(item, "meet")], TODAY, YEAR, book.edition, ACTOR) == []
    assert len(rows(store, one, "file review finals")) == 1
    assert len(rows(store, one, "file review parts")) == len(PARTS)
    assert len(rows(store, one, "marks 2026")) == 1


def test_what_was_written_since_somebody_looked_stops_the_finishing(store: Store, one: str, book: Handbook) -> None:
    review = file_reviews.begin(store, one, PLAN, ACTOR)
    [draft] = reviews(store, one)
    file_reviews.save(store, one, review, PLAN, {"iep": "new"}, {}, OTHER)
    with pytest.raises(WrittenMeanwhile):
        file_reviews.finish(store, one, draft, PARTS, [], TODAY, YEAR, book.edition, ACTOR)
    [still] = reviews(store, one)
    assert still.final is None
    assert rows(store, one, "file review parts") == []


def test_a_finished_review_and_one_that_is_not_there_cannot_be_written(store: Store, one: str, book: Handbook) -> None:
    review = file_reviews.begin(store, one, PLAN, ACTOR)
    [draft] = reviews(store, one)
    file_reviews.finish(store, one, draft, PARTS, [], TODAY, YEAR, book.edition, ACTOR)
    with pytest.raises(ReviewIsFinished):
        file_reviews.save(store, one, review, PLAN, {"iep": "late"}, {}, ACTOR)
    with pytest.raises(NoSuchReview):
        file_reviews.save(store, one, "none", PLAN, {}, {}, ACTOR)


def test_the_history_has_every_year_and_what_is_done_once(store: Store, one: str, book: Handbook) -> None:
    develop, once = book.items["iep.develop"], book.items["designation.initial-documents"]
    for year in (YEAR.previous, YEAR):
        students.record_event(store, one, "referral", year.day(10, 1), "Hearing", year, ACTOR)
        students.add_mark(store, one, develop, "", year, Intent(Status.DONE, year.day(10, 2)), "", book.edition, ACTOR)
    students.add_mark(store, one, once, "", YEAR, Intent(Status.DONE, TODAY, {"filed in": "red-file"}), "", book.edition, ACTOR)
    document = store.get("student", one)
    assert document
    occurrences, marks = file_reviews.history(document.db)
    assert [occurrence.year for occurrence in occurrences] == [YEAR.previous, YEAR]
    assert sorted(mark.item for mark in marks) == ["designation.initial-documents", "iep.develop", "iep.develop"]
