"""The lists that a person has saved, in their own account's record. They name an item and a filter, and no student."""

from __future__ import annotations

from tinydb import TinyDB

from forms_app.finding import SavedList, check_can_save
from forms_app.records.actor import Actor
from forms_app.store import Store, new_id

TABLE = "saved lists"


def of(store: Store, account_id: str) -> tuple[SavedList, ...]:
    """By name."""
    document = store.get("account", account_id)
    return read(document.db) if document else ()


def read(db: TinyDB) -> tuple[SavedList, ...]:
    found = [SavedList(row["id"], row["name"], row["item"], row["status"], row["whose"]) for row in db.table(TABLE).all()]
    return tuple(sorted(found, key=lambda one: one.name.casefold()))


def save(store: Store, account_id: str, name: str, item: str, status: str, whose: str, actor: Actor) -> str:
    """Keep a list; returns its id. The same list twice (a double click) is one. Raises ListRefused."""

    def write(db: TinyDB) -> str:
        saved = read(db)
        same = next((one for one in saved if one.says == (name, item, status, whose)), None)
        if same:
            return same.id
        made = new_id()[:12].replace("-", "x")
        row = {"id": made, "name": check_can_save(name, saved), "item": item, "status": status, "whose": whose}
        db.table(TABLE).insert(row)
        return made

    return str(store.change("account", account_id, write, actor.entry("save a list", item)))


def remove(store: Store, account_id: str, list_id: str, actor: Actor) -> None:
    """Forget a list; a second click changes nothing."""

    def write(db: TinyDB) -> None:
        numbers = [row.doc_id for row in db.table(TABLE).all() if row["id"] == list_id]
        if numbers:
            db.table(TABLE).remove(doc_ids=numbers)

    store.change("account", account_id, write, actor.entry("remove a list"))
