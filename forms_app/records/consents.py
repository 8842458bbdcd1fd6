"""Consents, their withdrawals, and overrides in a student's record: three tables to which rows are added, and whose rows never change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tinydb import TinyDB

from forms_app.consents import Consent, Override, Purpose, Withdrawal
from forms_app.records.actor import Actor
from forms_app.store import Store, new_id

SIGNATURE = "referral.consent"  # the item that was marked with such a consent until schema 4
TABLE, WITHDRAWALS, OVERRIDES = "consents", "consent withdrawals", "consent overrides"


class WithdrawnAlready(Exception):
    """Somebody recorded the withdrawal since this person opened the page."""


def read(db: TinyDB) -> tuple[Consent, ...]:
    """Every consent, in the order in which they were recorded, each with its withdrawal."""
    return from_rows(db.table(TABLE).all(), db.table(WITHDRAWALS).all())


def from_rows(rows: Any, withdrawals: Any) -> tuple[Consent, ...]:
    ended = {row["consent"]: _withdrawal(row) for row in withdrawals}
    return tuple(_consent(row, ended.get(row["id"])) for row in rows)


def read_overrides(db: TinyDB) -> tuple[Override, ...]:
    return tuple(override(row) for row in db.table(OVERRIDES).all())


def add(store: Store, student_id: str, new: Consent, actor: Actor) -> str:
    """Record a consent; returns its id. The same twice (a double click) is kept once."""
    made = new_id()[:12].replace("-", "x")

    def write(db: TinyDB) -> str:
        for one in read(db):
            if replace(one, id="", at=new.at) == replace(new, id="", by=actor.id):
                return one.id
        db.table(TABLE).insert(row_of(replace(new, id=made, by=actor.id, at=actor.at)))
        return made

    return str(store.change("student", student_id, write, actor.entry("record a consent", new.purpose.value)))


def name_services(db: TinyDB) -> None:
    """An upgrade: a consent to a referral that names no service counts for the referral with whose signature it was recorded, and for no other."""
    events = {row["id"]: row["detail"] for name in db.tables() if name.startswith("events ") for row in db.table(name).all()}
    signatures = [row for name in db.tables() if name.startswith("marks ") for row in db.table(name).all() if row["item"] == SIGNATURE]
    table = db.table(TABLE)
    for row in table.all():
        if row["purpose"] != Purpose.REFERRAL.value or row["agency"]:
            continue
        with_it = [one for one in signatures if (one["on"], one["by"]) == (row["signed on"], row["by"]) and _together(one["at"], row["at"])]
        if with_it and events.get(with_it[0]["occurrence"]):
            table.update({"agency": events[with_it[0]["occurrence"]]}, doc_ids=[row.doc_id])


def _together(one: str, other: str) -> bool:
    return abs(dt.datetime.fromisoformat(one) - dt.datetime.fromisoformat(other)) < dt.timedelta(minutes=1)


def withdraw(store: Store, student_id: str, consent: str, on: dt.date, reason: str, actor: Actor) -> None:
    """Record that a consent was taken back. Raises WithdrawnAlready, KeyError."""

    def write(db: TinyDB) -> None:
        found = next((one for one in read(db) if one.id == consent), None)
        if found is None:
            raise KeyError(consent)
        if found.withdrawn:
            if (found.withdrawn.on, found.withdrawn.reason, found.withdrawn.by) == (on, reason, actor.id):
                return
            raise WithdrawnAlready
        row = {"consent": consent, "on": on.isoformat(), "reason": reason, "by": actor.id, "at": actor.at.isoformat()}
        db.table(WITHDRAWALS).insert(row)

    store.change("student", student_id, write, actor.entry("withdraw a consent"))


def allow_without(store: Store, student_id: str, key: str, year: int, reason: str, authority: str, actor: Actor) -> None:
    """Let one item be done without a consent. The reason goes onto the record and, sealed, into the audit log."""

    def write(db: TinyDB) -> None:
        table = db.table(OVERRIDES)
        said = {"key": key, "year": year, "reason": reason, "authority": authority, "by": actor.id}
        if not any(all(row[name] == value for name, value in said.items()) for row in table.all()):
            table.insert({"id": new_id()[:12], **said, "at": actor.at.isoformat()})

    entry = replace(actor.entry("allow without a consent", key.partition("@")[0]), reason=f"{reason} ({authority})"[:200])
    store.change("student", student_id, write, entry)


def row_of(one: Consent) -> dict[str, Any]:
    return {
        "id": one.id, "purpose": one.purpose.value, "agency": one.agency, "signed by": one.signed_by, "signed on": one.signed_on.isoformat(), "place": one.place,
        "valid until": one.until.isoformat() if one.until else "", "by": one.by, "at": one.at.isoformat(),
    }  # fmt: skip


def _consent(row: Mapping[str, Any], withdrawn: Withdrawal | None) -> Consent:
    return Consent(
        row["id"], Purpose(row["purpose"]), row["agency"], row["signed by"], dt.date.fromisoformat(row["signed on"]), row["place"],
        dt.date.fromisoformat(row["valid until"]) if row["valid until"] else None, row["by"], dt.datetime.fromisoformat(row["at"]), withdrawn,
    )  # fmt: skip


def _withdrawal(row: Mapping[str, Any]) -> Withdrawal:
    return Withdrawal(dt.date.fromisoformat(row["on"]), row["reason"], row["by"], dt.datetime.fromisoformat(row["at"]))


def override(row: Mapping[str, Any]) -> Override:
    return Override(row["id"], row["key"], row["year"], row["reason"], row["authority"], row["by"], dt.datetime.fromisoformat(row["at"]))
