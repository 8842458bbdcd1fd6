"""A process that marks students as fast as it can and says which marks were confirmed. It is made to be killed.

    python -m tests.store.faults.worker ADDRESS KEY NAME THREADS MODE

Modes other than "ours" are broken on purpose: a harness that does not fail them proves nothing.
"""

import json
import os
import random
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from tinydb import TinyDB, where

from forms_app.store import Columns, Entry, Kind, Store, StoreUnavailable, open_store
from forms_app.store import sqlite as sqlite_engine


def summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    return Columns(), {"marks": len(db.table("marks"))}


KINDS = [Kind("student", summarize=summarize)]


def say(*words: object) -> None:
    """One write, so that lines of several threads stay whole and a killed process has said what it said."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def mark(store: Store, id: str, item: str) -> None:
    entry = Entry("mark", "u1", fields=(item,))
    store.change("student", id, lambda db: db.table("marks").insert({"item": item, "text": "x" * 200}), entry)


def weaken(pragma: str) -> None:
    """The store with less of a sync."""
    made = sqlite_engine._Connection.__init__

    def weaker(self: Any, path: Path, **more: Any) -> None:
        made(self, path, **more)
        self.sql.execute(f"PRAGMA synchronous = {pragma}")

    sqlite_engine._Connection.__init__ = weaker  # type: ignore[method-assign]


def work(store: Store, ids: list[str], name: str, number: int, mode: str) -> None:
    chance = random.Random(f"{name} {number}")
    for count in range(1_000_000):
        id, item = chance.choice(ids), f"{name}.{number}.{count}"
        if mode == "early":
            say("marked", id, item)
        try:
            mark(store, id, item)
        except StoreUnavailable as error:
            say("refused", id, item, "full" if error.full else "unavailable")
            continue
        if mode != "early":
            say("marked", id, item)


class Moved(Exception):
    """Somebody else set the item since it was read."""


def compare_and_set(store: Store, ids: list[str], name: str, number: int) -> None:
    """As two people at one item: read it, think, and set it only if it is still what was read."""
    chance = random.Random(f"{name} {number}")
    for count in range(1_000_000):
        id, item, new = chance.choice(ids), f"item-{chance.randrange(10)}", f"{name}.{number}.{count}"
        found = store.get("student", id)
        seen = value_of(found.db, item) if found else ""

        def change(db: TinyDB, item: str = item, seen: str = seen, new: str = new) -> None:
            if value_of(db, item) != seen:
                raise Moved
            db.table("values").upsert({"item": item, "value": new}, where("item") == item)

        try:
            store.change("student", id, change, Entry("set", "u1", fields=(item, seen, new)))
        except Moved:
            say("moved", id, item, new)
        else:
            say("set", id, item, new)


def value_of(db: TinyDB, item: str) -> str:
    found = db.table("values").search(where("item") == item)
    return str(found[0]["value"]) if found else "nothing"


def work_on_tinydb(path: Path, name: str, number: int) -> None:
    """TinyDB's own JSON file, as a control: every process and thread opens it as its documentation says."""
    table = TinyDB(path).table("marks")
    for count in range(1_000_000):
        item = f"{name}.{number}.{count}"
        try:
            table.insert({"id": "tinydb", "item": item, "text": "x" * 200})
        except (json.JSONDecodeError, OSError, KeyError, ValueError):
            say("refused", "tinydb", item, "unavailable")
        else:
            say("marked", "tinydb", item)


def main(address: str, key: str, name: str, threads: str, mode: str) -> None:
    if mode in ("off", "normal"):
        weaken(mode)
    if mode == "tinydb":
        jobs: list[Any] = [(work_on_tinydb, (Path(address) / "tiny.json", name, number)) for number in range(int(threads))]
    else:
        store = open_store(address, key=bytes.fromhex(key), kinds=KINDS)
        ids = [row.id for row in store.list("student")]
        if mode == "cas":
            jobs = [(compare_and_set, (store, ids, name, number)) for number in range(int(threads))]
        else:
            jobs = [(work, (store, ids, name, number, mode)) for number in range(int(threads))]
    say("ready", sqlite3.sqlite_version)
    for target, arguments in jobs:
        threading.Thread(target=target, args=arguments).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
