"""A student's record: what is written is what is read, years stand apart, and lists derive the same from summaries as pages from documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from forms_app.checklists import Intent, Mark, Occurrence, Status, checklist
from forms_app.handbook import Handbook
from forms_app.opening import Ledger
from forms_app.records import KINDS, open_the_store, students
from forms_app.records.actor import Actor
from forms_app.records.students import EditedMeanwhile, MarkedMeanwhile
from forms_app.school_year import SchoolYear
from forms_app.store import Columns, Kind, NoSuchRecord, Store, new_key, open_store
from forms_app.students import Answer, Assignment, Route
from tests.district import NOON, TODAY, FakeClock, student

ACTOR = Actor("somebody", NOON, "session")
YEAR = SchoolYear(2026)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    address = "memory://" if request.param == "memory" else f"{tmp_path}/store"
    with open_the_store(address, new_key(), FakeClock()) as store:
        yield store


def read(store: Store, student_id: str, year: SchoolYear = YEAR) -> students.StudentRecord:
    document = store.get("student", student_id)
    assert document
    return students.read(document, year)


def create(store: Store) -> str:
    return students.create(store, students.profile_of(student()), "manager", TODAY, ACTOR)


FULL = student(
    given="ʔəyəm", family="", legal_name="Elder", pen="000000018", pupil_number="99001", school="cedar", grade="SU", routes=frozenset(Route), category="H", iep=Answer.UNKNOWN,
    assistant=Answer.YES, agency=Answer.YES, agencies=("MCFD", "RCMP"), leaving=Answer.NO,
    assignments=(Assignment("first", dt.date(2025, 9, 2), dt.date(2026, 1, 30)), Assignment("second", dt.date(2026, 1, 31))),
)  # fmt: skip


def test_every_detail_is_read_as_it_was_written(store: Store) -> None:
    written = students.create_with_history(store, FULL, (), (), frozenset(), ACTOR)
    assert read(store, written).student == replace(FULL, id=written)


def test_events_and_marks_of_each_school_year_stand_apart_and_once_is_for_ever(store: Store, book: Handbook) -> None:
    one = create(store)
    develop, once = book.items["iep.develop"], book.items["designation.initial-documents"]
    for year in (YEAR.previous, YEAR):
        students.record_event(store, one, "referral", year.day(10, 1), "Hearing", year, ACTOR)
        students.add_mark(store, one, develop, "", year, Intent(Status.DONE, year.day(10, 2)), "", book.edition, ACTOR)
    students.add_mark(store, one, once, "", YEAR.previous, Intent(Status.DONE, TODAY), "", book.edition, ACTOR)
    this, last = read(store, one), read(store, one, YEAR.previous)
    assert [(mark.item, mark.year) for mark in this.marks] == [(once.id, YEAR.previous), (develop.id, YEAR)]
    assert [mark.year for mark in last.marks] == [YEAR.previous, YEAR.previous]
    assert [occurrence.year for occurrence in this.occurrences] == [YEAR]
    assert read(store, one, YEAR.next).occurrences == ()


def test_a_mark_is_read_as_it_was_made(store: Store, book: Handbook) -> None:
    one = create(store)
    made = students.add_mark(
        store, one, book.items["iep.plan-with-parents"], "", YEAR, Intent(Status.DONE, TODAY, {"people": "Zoë"}), "", "edition", ACTOR
    )
    assert read(store, one).marks == (made,)
    assert (made.by, made.at, made.edition) == ("somebody", NOON, "edition")


def test_a_mark_based_on_an_earlier_one_is_refused_with_the_newer_mark(store: Store, book: Handbook) -> None:
    one, item = create(store), book.items["iep.develop"]
    first = students.add_mark(store, one, item, "", YEAR, Intent(Status.DONE, TODAY), "", "", ACTOR)
    with pytest.raises(MarkedMeanwhile) as refused:
        students.add_mark(store, one, item, "", YEAR, Intent(Status.NOT_NEEDED, TODAY, {"reason": "x"}), "", "", replace(ACTOR, id="other"))
    assert refused.value.mark == first
    with pytest.raises(MarkedMeanwhile):
        students.add_mark(store, one, item, "", YEAR, Intent(Status.DONE, TODAY, {"x": "y"}), "made up", "", ACTOR)
    assert len(read(store, one).marks) == 1


def test_the_same_done_by_another_person_is_no_double_click(store: Store, book: Handbook) -> None:
    one, item = create(store), book.items["iep.develop"]
    students.add_mark(store, one, item, "", YEAR, Intent(Status.DONE, TODAY), "", "", ACTOR)
    with pytest.raises(MarkedMeanwhile):
        students.add_mark(store, one, item, "", YEAR, Intent(Status.DONE, TODAY), "", "", replace(ACTOR, id="other"))


def test_undo_of_what_was_never_marked_is_refused(store: Store, book: Handbook) -> None:
    with pytest.raises(KeyError):
        students.undo_mark(store, create(store), book.items["iep.develop"], "", YEAR, "x", ACTOR)


def test_a_double_click_writes_nothing_the_second_time(store: Store, book: Handbook) -> None:
    one, item = create(store), book.items["iep.develop"]
    for _ in range(2):
        students.add_mark(store, one, item, "", YEAR, Intent(Status.DONE, TODAY), "", "", ACTOR)
        students.record_event(store, one, "referral", TODAY, "Hearing", YEAR, ACTOR, token="abcDEF_12345")
    assert [entry.action for entry in store.history("student", one)] == ["record an event", "mark an item", "add a student"]


def test_nothing_can_be_written_to_a_student_who_does_not_exist(store: Store, book: Handbook) -> None:
    with pytest.raises(NoSuchRecord):
        students.add_mark(store, "nobody", book.items["iep.develop"], "", YEAR, Intent(Status.DONE, TODAY), "", "", ACTOR)
    with pytest.raises(NoSuchRecord):
        students.record_event(store, "nobody", "referral", TODAY, "", YEAR, ACTOR)


def test_an_edit_touches_only_what_was_changed_from_what_was_seen(store: Store) -> None:
    one = create(store)
    seen = students.profile_of(read(store, one).student)
    students.edit(store, one, {**seen, "grade": "12"}, seen, ACTOR)
    students.edit(store, one, {**seen, "given": "Quill"}, seen, ACTOR)
    with pytest.raises(EditedMeanwhile) as refused:
        students.edit(store, one, {**seen, "grade": "10", "pen": "000000026"}, seen, ACTOR)
    assert refused.value.fields == {"grade": "12"}
    now = read(store, one).student
    assert (now.given, now.grade, now.pen) == ("Quill", "12", "")


def test_a_list_derives_from_summaries_what_a_page_derives_from_documents(store: Store, book: Handbook) -> None:
    """The caseload never opens a document; it must not say anything else for it."""
    one = create(store)
    happened = students.record_event(store, one, "confidential-report", TODAY, "hospital report", YEAR, ACTOR)
    gone = students.record_event(store, one, "referral", TODAY, "Hearing", YEAR, ACTOR)
    students.withdraw_event(store, one, gone, "by mistake", YEAR, ACTOR)
    students.add_mark(store, one, book.items["iep.develop"], "", YEAR.previous, Intent(Status.DONE, TODAY), "", "", ACTOR)
    students.add_mark(
        store,
        one,
        book.items["designation.initial-documents"],
        "",
        YEAR.previous,
        Intent(Status.DONE, TODAY, {"filed in": "red-file"}),
        "",
        "",
        ACTOR,
    )
    students.add_mark(
        store, one, book.items["records.file-report"], happened, YEAR, Intent(Status.DONE, TODAY, {"filed in": "red-file"}), "", "", ACTOR
    )
    first = students.add_mark(
        store, one, book.items["iep.document"], "", YEAR, Intent(Status.DONE, TODAY, {"filed in": "iep-system"}), "", "", ACTOR
    )
    students.undo_mark(store, one, book.items["iep.document"], "", YEAR, first.id, ACTOR)
    [summary] = store.list("student")
    for year in (YEAR, YEAR.next):
        listed, opened = students.from_summary(one, summary.version, summary.summary, year), read(store, one, year)
        assert listed.student == opened.student
        lists = [checklist(book, record.student, year, TODAY, record.occurrences, record.marks, {}) for record in (listed, opened)]
        assert [[(entry.key, entry.status, entry.due) for entry in one.entries] for one in lists[:1]] == [
            [(entry.key, entry.status, entry.due) for entry in one.entries] for one in lists[1:]
        ]
        assert lists[0].progress == lists[1].progress
        assert (lists[0].next and lists[0].next.key) == (lists[1].next and lists[1].next.key)


def test_the_columns_that_lists_filter_by_hold_ids_and_states_and_no_name(store: Store) -> None:
    students.create_with_history(store, FULL, (), (), frozenset(), ACTOR)
    [summary] = store.list("student")
    assert (summary.columns.school, summary.columns.owner, summary.columns.state) == ("cedar", "second", "open")


def test_a_student_with_a_history_of_years_is_written_at_once(store: Store) -> None:
    happened = [Occurrence(f"e{year}", "referral", dt.date(year, 10, 1), "Hearing", "somebody", NOON) for year in (2024, 2025, 2026)]
    marked = [
        Mark(f"m{year}", "iep.develop", "", SchoolYear(year), Status.DONE, dt.date(year, 10, 2), {}, "somebody", NOON, "wording", "edition")
        for year in (2024, 2025, 2026)
    ]
    one = students.create_with_history(store, student(), happened, marked, frozenset(), ACTOR)
    assert [read(store, one, SchoolYear(year)).marks[0].id for year in (2024, 2025, 2026)] == ["m2024", "m2025", "m2026"]
    assert read(store, one).version == 1
    assert [entry.action for entry in store.history("student", one)] == ["add a student with history"]


def test_a_record_from_before_handovers_and_opened_years_opens_and_lists_the_same(tmp_path: Path) -> None:
    def as_it_was(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
        columns, summary = students.KIND.summarize(db)
        return columns, {name: value for name, value in summary.items() if name not in ("handovers", "school years", "carried")}

    key, old = new_key(), [Kind("student", as_it_was, schema=1), *(kind for kind in KINDS if kind.name != "student")]
    with open_store(f"{tmp_path}/store", key=key, kinds=old, clock=FakeClock()) as store:
        student_id = create(store)
        store.change("student", student_id, lambda db: db.drop_table("school years"), ACTOR.entry("made old"))
    with open_the_store(f"{tmp_path}/store", key, FakeClock()) as store:
        [summary] = store.list("student")
        record = read(store, student_id)
        listed = students.from_summary(student_id, summary.version, summary.summary, YEAR)
        assert (record.ledger, record.carried, record.student.handovers) == (Ledger(), (), ())
        assert (listed.ledger, listed.carried, listed.student) == (record.ledger, record.carried, record.student)
        assert store.verify().ok
