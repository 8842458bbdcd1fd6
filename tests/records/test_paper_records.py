"""Consents, own items and delegations in the store: rows are added, and a record of the older schema opens and stands in lists."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from forms_app.consents import Consent, Purpose
from forms_app.records import KINDS, consents, own_items, students
from forms_app.records.actor import Actor
from forms_app.store import Columns, Store, new_key, open_store
from tests.district import NOON, TODAY, District
from tests.factories import YEAR, a_student


def old_summary(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    """The summary of schema 1: nothing of consents, own items and delegations."""
    columns, summary = students._summarize(db)
    gone = ("consents", "consent withdrawals", "consent overrides", "own items", "delegations")
    return columns, {name: value for name, value in summary.items() if name not in gone}


def test_a_record_of_the_first_schema_opens_and_its_list_learns_what_is_new(tmp_path: Path) -> None:
    key, url = new_key(), f"sqlite:///{tmp_path / 'store.db'}"
    actor = Actor("test", NOON)
    old = [dataclasses.replace(kind, summarize=old_summary, schema=1, upgrades={}) if kind.name == "student" else kind for kind in KINDS]
    with open_store(url, key=key, kinds=old) as store:
        student_id = students.create_with_history(store, a_student(id=""), (), (), frozenset(), actor)
        consents.add(store, student_id, Consent("", Purpose.REFERRAL, "", "parent", TODAY, "g4-file", TODAY, "test", NOON), actor)
        assert "consents" not in store.list("student")[0].summary
        plain = store.get("student", student_id)
        assert plain
        before = students.from_summary(student_id, 1, store.list("student")[0].summary, YEAR)
        assert (before.consents, before.own_items, before.student.delegations) == ((), (), ())
    with open_store(url, key=key, kinds=KINDS) as store:
        assert store.verify().ok
        [summary] = store.list("student")
        record = students.from_summary(summary.id, summary.version, summary.summary, YEAR)
        assert [one.purpose for one in record.consents] == [Purpose.REFERRAL]


def test_an_item_of_an_owner_who_was_only_named_is_given_to_them_and_what_is_done_is_not(district: District, store: Store) -> None:
    student_id, office = district.students["own"], district.people["office"].id
    keys = [district.own_item(student_id, title, owner="office") for title in ("To do", "Done")]
    district.own_item(student_id, "Of the case manager")

    def as_it_was(db: TinyDB) -> None:
        db.table("delegations").truncate()
        db.table("marks once").insert({"item": keys[1], "status": "done"})
        own_items.give_to_owners(db)
        own_items.give_to_owners(db)  # a stopped upgrade goes on
        [row] = db.table("delegations").all()
        assert (row["key"], row["person"], row["since"], row["ended"]) == (keys[0], office, TODAY.isoformat(), "")
        db.table("marks once").truncate()

    store.change("student", student_id, as_it_was, district.actor().entry("upgrade"))
    assert [one.key for one in district.record(student_id).student.delegations] == [keys[0]]


def test_a_mark_without_days_reads_as_one_of_one_day(district: District) -> None:
    student_id = district.students["own"]
    district.mark(student_id, "iep.monitor")
    [row] = [dict(row) for row in district.store.get("student", student_id).db.table("marks 2026").all()]  # type: ignore[union-attr]
    assert "days" not in row
    assert district.marks(student_id, "iep.monitor")[0].days == {}


def test_a_withdrawal_is_a_row_of_its_own_and_a_second_one_is_refused(district: District) -> None:
    student_id = district.students["own"]
    one = district.consent(student_id)
    consents.withdraw(district.store, student_id, one, TODAY, "the parent wrote", district.actor("manager"))
    consents.withdraw(district.store, student_id, one, TODAY, "the parent wrote", district.actor("manager"))
    with pytest.raises(consents.WithdrawnAlready):
        consents.withdraw(district.store, student_id, one, TODAY, "otherwise", district.actor("colleague"))
    with pytest.raises(KeyError):
        consents.withdraw(district.store, student_id, "nothing", TODAY, "x", district.actor("manager"))
    document = district.store.get("student", student_id)
    assert document
    assert len(document.db.table("consents").all()) == len(document.db.table("consent withdrawals").all()) == 1
    assert "withdrawn" not in document.db.table("consents").all()[0]


def test_lists_and_the_record_itself_say_the_same(district: District, store: Store) -> None:
    student_id = district.students["own"]
    one = district.consent(student_id, Purpose.RELEASE, "Invented Agency", until=TODAY + dt.timedelta(days=5))
    consents.withdraw(store, student_id, one, TODAY, "the parent wrote", district.actor("manager"))
    key = district.own_item(student_id)
    district.delegate(student_id, key, "office")
    consents.allow_without(store, student_id, "liaise.exchange@x", YEAR.start, "a reason", "an order", district.actor("principal"))
    [summary] = [one for one in store.list("student") if one.id == student_id]
    listed = students.from_summary(student_id, summary.version, summary.summary, YEAR)
    whole = district.record(student_id)
    assert (listed.consents, listed.overrides, listed.own_items) == (whole.consents, whole.overrides, whole.own_items)
    assert listed.student.delegations == whole.student.delegations


def test_a_consent_to_a_referral_is_named_after_the_one_with_whose_signature_it_was_recorded(district: District, store: Store) -> None:
    student_id = district.students["own"]
    first, second = (district.event(student_id, "referral", detail=detail) for detail in ("Hearing", "Vision"))
    district.mark(student_id, "referral.consent", occurrence=first, facts={"signed by": "parent"})
    district.consent(student_id)
    district.clock.move(days=1)
    district.consent(student_id)
    store.change("student", student_id, consents.name_services, district.actor().entry("upgrade"))
    assert [one.agency for one in district.record(student_id).consents] == ["Hearing", ""], "the later one is nobody's, and the page asks"
    assert second not in {mark.occurrence for mark in district.marks(student_id, "referral.consent")}
