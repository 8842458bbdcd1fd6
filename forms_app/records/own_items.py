"""Items that were added to one student, and items that were given to a colleague: tables of the student's record."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tinydb import TinyDB

from forms_app.own_items import OwnItem
from forms_app.records.actor import Actor
from forms_app.store import Store, new_id
from forms_app.students import OWN, Delegation

TABLE, DELEGATIONS = "own items", "delegations"
MARKS = "marks once"  # where what was recorded on such an item stands


def read(db: TinyDB) -> tuple[OwnItem, ...]:
    return from_rows(db.table(TABLE).all())


def from_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[OwnItem, ...]:
    """Without those that were taken back."""
    return tuple(own_item(row) for row in rows if not row.get("withdrawn"))


def read_delegations(db: TinyDB) -> tuple[Delegation, ...]:
    return tuple(delegation(row) for row in db.table(DELEGATIONS).all())


def add(store: Store, student_id: str, new: OwnItem, today: dt.date, actor: Actor, token: str = "") -> str:
    """Add an item, and give it to its owner; returns its id. A form sent twice (a double click) carries the same `token` and is one."""
    made = token if re.fullmatch(r"[a-z0-9]{12}", token) else plain_id()

    def write(db: TinyDB) -> str:
        table = db.table(TABLE)
        if not any(row["id"] == made for row in table.all()):
            one = replace(new, id=made, by=actor.id, at=actor.at)
            table.insert(row_of(one))
            if one.owner:
                _give(db, one, today)
        return made

    return str(store.change("student", student_id, write, actor.entry("add an item", new.decided_by)))


def _give(db: TinyDB, one: OwnItem, since: dt.date) -> None:
    """The owner sees and marks the item, as one that was given to them."""
    school = db.table("profile").all()[0]["school"]
    db.table(DELEGATIONS).insert(delegation_row(Delegation(plain_id(), one.key, one.owner, school, "", since, one.by, at=one.at)))


def give_to_owners(db: TinyDB) -> None:
    """An upgrade: what is open of an owner who was only named is given to them, as it is since."""
    closed = {row["item"]: row["status"] in ("done", "not needed") for row in db.table(MARKS).all()}
    given = {row["key"] for row in db.table(DELEGATIONS).all()}
    for one in read(db):
        if one.owner and one.key not in given and not closed.get(one.key):
            _give(db, one, one.at.date())


class MarkedSince(Exception):
    """Somebody has recorded something on the item, so it stays."""


def withdraw(store: Store, student_id: str, item: str, actor: Actor) -> bool:
    """Take back an item that the same person added, while nobody has marked it; whether there was one. Raises MarkedSince."""

    def write(db: TinyDB) -> bool:
        table = db.table(TABLE)
        found = [row for row in table.all() if row["id"] == item and row["by"] == actor.id and not row.get("withdrawn")]
        if any(row["item"] == OWN + item for row in db.table(MARKS).all()):
            raise MarkedSince
        if found:
            table.update({"withdrawn": actor.at.isoformat()}, doc_ids=[row.doc_id for row in found])
            end_for(db, OWN + item, actor)
        return bool(found)

    return bool(store.change("student", student_id, write, actor.entry("take an added item back")))


def plain_id() -> str:
    """An id that can stand in an item's key: lower-case letters and digits."""
    return re.sub("[^a-z0-9]", "x", new_id().lower())[:12]


def delegate(store: Store, student_id: str, new: Delegation, actor: Actor) -> str:
    """Give one item to a colleague; returns the id. The same twice (a double click) is one."""
    made = plain_id()

    def write(db: TinyDB) -> str:
        table = db.table(DELEGATIONS)
        for row in table.all():
            if (row["key"], row["person"]) == (new.key, new.person) and delegation(row).holds_on(new.since):
                return str(row["id"])
        table.insert(delegation_row(replace(new, id=made, by=actor.id, at=actor.at)))
        return made

    return str(store.change("student", student_id, write, actor.entry("delegate an item", new.key.partition("@")[0])))


def take_back(store: Store, student_id: str, delegation_id: str, actor: Actor) -> None:
    """End a delegation at once; it stays on the record."""

    def write(db: TinyDB) -> None:
        _end(db, actor, lambda row: bool(row["id"] == delegation_id))

    store.change("student", student_id, write, actor.entry("take a delegated item back"))


def end_for(db: TinyDB, key: str, actor: Actor) -> None:
    """End every delegation of an item, within the write that marks it."""
    _end(db, actor, lambda row: bool(row["key"] == key))


def _end(db: TinyDB, actor: Actor, matches: Any) -> None:
    table = db.table(DELEGATIONS)
    numbers = [row.doc_id for row in table.all() if not row["ended"] and matches(row)]
    if numbers:
        table.update({"ended": actor.at.isoformat(), "ended by": actor.id}, doc_ids=numbers)


def row_of(one: OwnItem) -> dict[str, Any]:
    return {
        "id": one.id, "title": one.title, "decided by": one.decided_by, "decided on": one.decided_on.isoformat(),
        "due": one.due.isoformat() if one.due else "", "owner": one.owner, "occurrence": one.occurrence, "by": one.by, "at": one.at.isoformat(),
    }  # fmt: skip


def own_item(row: Mapping[str, Any]) -> OwnItem:
    return OwnItem(
        row["id"], row["title"], row["decided by"], dt.date.fromisoformat(row["decided on"]), dt.date.fromisoformat(row["due"]) if row["due"] else None,
        row["owner"], row["by"], dt.datetime.fromisoformat(row["at"]), row["occurrence"],
    )  # fmt: skip


def delegation_row(one: Delegation) -> dict[str, Any]:
    return {
        "id": one.id, "key": one.key, "person": one.person, "school": one.school, "needs": one.needs, "since": one.since.isoformat(), "by": one.by,
        "at": one.at.isoformat() if one.at else "", "ended": one.ended.isoformat() if one.ended else "", "ended by": one.ended_by,
    }  # fmt: skip


def delegation(row: Mapping[str, Any]) -> Delegation:
    return Delegation(
        row["id"], row["key"], row["person"], row["school"], row["needs"], dt.date.fromisoformat(row["since"]), row["by"],
        dt.datetime.fromisoformat(row["ended"]) if row["ended"] else None, row["ended by"], dt.datetime.fromisoformat(row["at"]) if row["at"] else None,
    )  # fmt: skip
