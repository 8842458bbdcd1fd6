"""Due dates that somebody set: appended, one after the other, and in the summary without who and why. Records of before are brought up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinydb import TinyDB

from forms_app.deadlines import last_own_dates
from forms_app.records import KINDS, open_the_store, own_dates, students
from forms_app.records.actor import Actor
from forms_app.records.own_dates import DatedMeanwhile
from forms_app.school_year import SchoolYear
from forms_app.store import Columns, Kind, Store, new_key, open_store
from tests.factories import a_student

YEAR = SchoolYear(2026)
ACTOR = Actor("robin", dt.datetime(2026, 11, 24, 20, tzinfo=dt.UTC))
DAY = dt.date(2026, 12, 1)


def add(store: Store) -> str:
    return students.create(store, students.profile_of(a_student()), "robin", dt.date(2026, 9, 1), ACTOR)


def in_list(store: Store, year: SchoolYear = YEAR) -> students.StudentRecord:
    [summary] = store.list("student")
    return students.from_summary(summary.id, summary.version, summary.summary, year)


def test_a_list_knows_the_last_date_and_neither_its_reason_nor_its_author(store: Store) -> None:
    student = add(store)
    first = own_dates.set_date(store, student, "plan.share", "", YEAR, DAY, "the parents are away", "", ACTOR)
    own_dates.set_date(store, student, "plan.share", "", YEAR, dt.date(2026, 12, 8), "again", first.id, ACTOR)
    [found] = in_list(store).own_dates
    assert (found.date, found.reason, found.by) == (dt.date(2026, 12, 8), "", "")
    assert "away" not in repr(store.list("student"))
    assert in_list(store, YEAR.next).own_dates == (), "another year's checklist has dates of its own"


def test_a_date_that_was_taken_back_is_no_date_for_a_list(store: Store) -> None:
    student = add(store)
    first = own_dates.set_date(store, student, "plan.share", "", YEAR, DAY, "agreed", "", ACTOR)
    own_dates.set_date(store, student, "plan.share", "", YEAR, None, "", first.id, ACTOR)
    assert in_list(store).own_dates == ()


def test_dates_of_two_occurrences_stand_apart(store: Store) -> None:
    student = add(store)
    for occurrence in ("o1", "o2"):
        own_dates.set_date(store, student, "records.file", occurrence, YEAR, DAY, occurrence, "", ACTOR)
    document = store.get("student", student)
    assert document
    assert set(last_own_dates(own_dates.read(document.db, YEAR))) == {"records.file@o1", "records.file@o2"}


def test_what_was_seen_must_be_the_last_word(store: Store) -> None:
    student = add(store)
    first = own_dates.set_date(store, student, "plan.share", "", YEAR, DAY, "agreed", "", ACTOR)
    assert own_dates.set_date(store, student, "plan.share", "", YEAR, DAY, "agreed", "", ACTOR) == first, "a double click"
    with pytest.raises(DatedMeanwhile) as meanwhile:
        own_dates.set_date(store, student, "plan.share", "", YEAR, DAY, "otherwise", "", ACTOR)
    assert meanwhile.value.date == first


@given(st.lists(st.one_of(st.none(), st.dates(dt.date(2026, 7, 1), dt.date(2027, 6, 30))), min_size=1, max_size=8))
def test_whatever_is_set_and_taken_back_the_last_counts_and_nothing_is_lost(dates: list[dt.date | None]) -> None:
    with open_the_store("memory://", new_key()) as store:
        student, last = add(store), ""
        for number, date in enumerate(dates):
            last = own_dates.set_date(store, student, "plan.share", "", YEAR, date, f"reason {number}", last, ACTOR).id
        document = store.get("student", student)
        assert document
        kept = own_dates.read(document.db, YEAR)
        assert [one.date for one in kept] == dates
        assert [one.date for one in in_list(store).own_dates] == [date for date in dates[-1:] if date]


def old_summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    columns, summary = students.KIND.summarize(db)
    summary.pop("due dates")
    return columns, summary


def test_a_store_of_the_schema_before_is_brought_up_when_it_opens(tmp_path: Path) -> None:
    key = new_key()
    others = [kind for kind in KINDS if kind.name != "student"]
    with open_store(str(tmp_path / "store"), key=key, kinds=[Kind("student", old_summarize), *others]) as store:
        student = add(store)
        assert "due dates" not in store.list("student")[0].summary
    with open_the_store(str(tmp_path / "store"), key) as store:
        assert store.list("student")[0].summary["due dates"] == []
        own_dates.set_date(store, student, "plan.share", "", YEAR, DAY, "agreed", "", ACTOR)
        assert in_list(store).own_dates[0].date == DAY
        assert store.verify().ok
