"""The edition of the handbook that checklists follow: its items as the office applied them, in one record of the district.

Tables: `applied` (each edition, by whom and when), `items` (those of the last) and `former items` (those of each before, for the years that
followed them). An item is kept in the very words of the handbook's own
options, and read back by the handbook's own reader; its page and its place there are those of the handbook as it is now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from tinydb import TinyDB

from forms_app.handbook import Handbook, Item, conditions, items
from forms_app.records.actor import Actor
from forms_app.store import AlreadyThere, Columns, Kind, Store

ID = "applied"
APPLIED, ITEMS, FORMER = "applied", "items", "former items"


def version(store: Store) -> int:
    """The version of the record; 0 while no edition was ever applied. Cheap: asked before every page."""
    return next((summary.version for summary in store.list("edition")), 0)


def begin(store: Store, book: Handbook, actor: Actor) -> None:
    """A store that knows no edition takes the handbook as it is."""
    if not version(store):
        with suppress(AlreadyThere):  # another process was faster
            store.create("edition", lambda db: _write(db, book, actor), actor.entry("apply an edition"), id=ID)


def apply(store: Store, book: Handbook, actor: Actor) -> None:
    """From now on checklists follow this edition. The same twice is one."""
    if not version(store):
        begin(store, book, actor)
        return
    store.change("edition", ID, lambda db: _write(db, book, actor), actor.entry("apply an edition"))


def _write(db: TinyDB, book: Handbook, actor: Actor) -> None:
    history = db.table(APPLIED).all()
    if history and history[-1]["edition"] == book.edition:
        return
    before = {row["id"]: row for row in db.table(ITEMS).all()}
    rows = [_row(item, before.get(item.id), actor.at) for item in book.items.values()]
    if history:
        words = json.dumps([dict(row) for row in db.table(ITEMS).all()], ensure_ascii=False)
        db.table(FORMER).insert({"edition": history[-1]["edition"], "items": words})
    db.table(ITEMS).truncate()
    db.table(ITEMS).insert_multiple(rows)
    db.table(APPLIED).insert({"edition": book.edition, "by": actor.id, "at": actor.at.isoformat()})


def _row(item: Item, before: Mapping[str, Any] | None, at: dt.datetime) -> dict[str, Any]:
    moved = before["meaning moved"] if before else ""
    if before and item.meaning and item.meaning != before["meaning"]:
        moved = at.isoformat()
    return {
        "id": item.id, "title": item.title, "strength": item.strength.value, "opens": str(item.opens), "source": list(item.source),
        "applies": str(item.applies) if item.applies.any_of else "", "due": str(item.due) if item.due else "",
        "records": [str(record) for record in item.records], "guidance": list(item.guidance), "needs": list(item.needs), "retired": item.retired,
        "consent": item.consent, "obtains": item.obtains, "meaning": item.meaning, "built with": item.built_with, "meaning moved": moved, "page": item.page, "help": item.help_html,
    }  # fmt: skip


def item_of(row: Mapping[str, Any]) -> Item:
    """The item as it was applied. Raises ValueError where the handbook's grammar no longer knows a word of it."""
    return Item(
        id=row["id"], title=row["title"], strength=items.parse_strength(row["strength"]), opens=items.parse_opens(row["opens"]),
        source=tuple(row["source"]), page=row["page"], line=0, applies=conditions.parse(row["applies"]) if row["applies"] else conditions.EVERYONE,
        due=items.parse_due(row["due"]) if row["due"] else None, records=tuple(items.parse_record(text) for text in row["records"]),
        guidance=tuple(row["guidance"]), needs=tuple(row["needs"]), retired=row["retired"], consent=row["consent"], obtains=row["obtains"], meaning=row["meaning"], built_with=row["built with"], help_html=row["help"],
    )  # fmt: skip


def applied(store: Store, newest: Handbook) -> Handbook:
    """The handbook with the items of the applied edition; `newest` gives pages and registers, and the items themselves where they are the same."""
    document = store.get("edition", ID)
    if document is None:
        return newest
    rows = document.db.table(ITEMS).all()
    moved = {row["id"]: dt.datetime.fromisoformat(row["meaning moved"]) for row in rows if row["meaning moved"]}
    edition = document.db.table(APPLIED).all()[-1]["edition"]
    if edition == newest.edition:
        return replace(newest, moved=moved)
    return _with_items(newest, rows, moved, edition)


def former(store: Store, newest: Handbook, edition: str) -> Handbook | None:
    """The handbook with the items of an edition that was applied before; None where they were not kept."""
    document = store.get("edition", ID)
    rows = document.db.table(FORMER).all() if document else []
    found = next((row for row in reversed(rows) if row["edition"] == edition), None)
    return _with_items(newest, json.loads(found["items"]), {}, edition) if found else None


def _with_items(newest: Handbook, rows: Iterable[Mapping[str, Any]], moved: Mapping[str, dt.datetime], edition: str) -> Handbook:
    kept = {item.id: item for row in rows if (item := _as_it_was(row, newest))}
    book = replace(newest, items=kept, moved=moved)
    vars(book)["edition"] = edition  # not worked out anew: pages may have moved
    return book


def _as_it_was(row: Mapping[str, Any], newest: Handbook) -> Item | None:
    """The applied item on its present page; the present item where its old words name what the registers no longer hold."""
    now = newest.items.get(row["id"])
    if now is None:
        return None
    try:
        was = replace(item_of(row), page=now.page, line=now.line)
    except ValueError:
        return now
    registers = newest.registers
    known = (
        (not was.opens.event or was.opens.event in registers.events)
        and (was.due is None or set(was.due.windows) <= set(registers.windows))
        and set(was.guidance) <= set(registers.guidance)
    )
    return was if known else now


def history(store: Store) -> list[tuple[str, str, dt.datetime]]:
    """Every edition that was applied, newest first: its name, by whom and when."""
    document = store.get("edition", ID)
    rows = document.db.table(APPLIED).all() if document else []
    return [(row["edition"], row["by"], dt.datetime.fromisoformat(row["at"])) for row in reversed(rows)]


KIND = Kind("edition", lambda db: (Columns(), {}))
