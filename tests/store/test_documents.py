"""A row behaves as TinyDB does elsewhere, and takes over only what was touched."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from forms_app.store import Entry, Kind, Store, StoreUnavailable, open_store
from forms_app.store.documents import RowStorage, open_row
from forms_app.store.memory import MemoryEngine
from tests.store.conftest import KEY, KINDS, mark, profile, summarize

VALUES = st.one_of(st.integers(0, 3), st.booleans(), st.sampled_from(["", "a", "ʔ"]), st.none())
FIELDS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)
IDS = st.integers(1, 6)
TABLE = st.sampled_from(["marks 2025", "marks 2026"])
STEPS = st.one_of(
    st.tuples(st.just("insert"), TABLE, FIELDS),
    st.tuples(st.just("insert_multiple"), TABLE, st.lists(FIELDS, max_size=3)),
    st.tuples(st.just("update one"), TABLE, IDS, FIELDS),
    st.tuples(st.just("update some"), TABLE, VALUES, FIELDS),
    st.tuples(st.just("remove one"), TABLE, IDS),
    st.tuples(st.just("remove some"), TABLE, VALUES),
    st.tuples(st.just("truncate"), TABLE),
    st.tuples(st.just("drop table"), TABLE),
    st.tuples(st.just("drop tables")),
)


def step(db: TinyDB, what: str, *rest: Any) -> Any:
    table = db.table(rest[0] if rest else "")
    match what, rest[1:]:
        case "insert", (fields,):
            return table.insert(fields)
        case "insert_multiple", (many,):
            return table.insert_multiple(many)
        case "update one", (id, fields):
            return table.update(fields, doc_ids=[id])
        case "update some", (value, fields):
            return table.update(fields, where("a") == value)
        case "remove one", (id,):
            return table.remove(doc_ids=[id])
        case "remove some", (value,):
            return table.remove(where("a") == value)
        case "truncate", ():
            return table.truncate()
        case "drop table", ():
            return db.drop_table(rest[0])
        case "drop tables", ():
            return db.drop_tables()


def contents(db: TinyDB) -> dict[str, Any]:
    tables = {name: {row.doc_id: dict(row) for row in db.table(name)} for name in sorted(db.tables())}
    return {name: rows for name, rows in tables.items() if rows}


@settings(max_examples=50)
@given(st.lists(st.lists(STEPS, max_size=4), max_size=8))
def test_any_sequence_of_changes_leaves_what_tinydb_would_leave(changes: list[list[tuple[Any, ...]]]) -> None:
    memory = MemoryStorage()  # type: ignore[no-untyped-call]
    with open_store("memory://", key=KEY, kinds=KINDS) as store:
        id = store.create("student", lambda db: None, Entry("add", "u1")).id
        for steps in changes:
            plain = TinyDB(storage=lambda: memory)  # opened anew for each change, as a row is
            results = [step(plain, *one) for one in steps]
            assert store.change("student", id, _doing(steps), Entry("e", "u")) == results
            found = store.get("student", id)
            assert found
            assert json.dumps(contents(found.db)) == json.dumps(contents(plain))
        assert store.verify().ok


def test_true_and_one_are_different_values() -> None:
    with open_store("memory://", key=KEY, kinds=KINDS) as store:
        id = store.create("student", profile(x=1), Entry("a", "u")).id  # type: ignore[arg-type]
        store.change("student", id, lambda db: db.table("profile").update({"x": True}), Entry("a", "u"))
        found = store.get("student", id)
        assert found
        assert found.db.table("profile").all()[0]["x"] is True


def test_a_refused_write_leaves_the_read_document_as_it_was() -> None:
    db = open_row(RowStorage(["t"], lambda _: {"1": {"x": 1}}, read_only=True))
    for attempt in range(2):
        try:
            db.table("t").update({"x": 2})
        except Exception:
            assert db.table("t").all() == [{"x": 1}], attempt


def test_an_update_that_tinydb_refuses_leaves_the_table_as_it_was() -> None:
    def twice(db: TinyDB) -> None:
        table = db.table("profile")
        with pytest.raises(ValueError, match="already exists"):
            table.insert_multiple([Document({"x": "new"}, doc_id=7), Document({"x": "again"}, doc_id=1)])
        with pytest.raises(ZeroDivisionError):
            table.update(lambda row: row.update(x=1 / 0))
        db.table("marks").insert({"item": "a"})

    with open_store("memory://", key=KEY, kinds=KINDS) as store:
        id = store.create("student", profile(x="old"), Entry("a", "u")).id
        store.change("student", id, twice, Entry("a", "u"))
        found = store.get("student", id)
        assert found
        assert [(row.doc_id, dict(row)) for row in found.db.table("profile")] == [(1, {"x": "old"})]


def test_a_tick_writes_no_part_and_many_ticks_write_the_part_once() -> None:
    engine = MemoryEngine()
    store = _store_on(engine)
    id = store.create("student", _years, Entry("a", "u")).id
    before = engine.read("student", id)
    assert before
    assert len(before.parts) == 7
    store.change("student", id, lambda db: db.table("marks 2026").insert({"item": "x" * 60}), Entry("a", "u"))
    after = engine.read("student", id)
    assert after
    assert after.parts == before.parts
    for number in range(30):
        store.change("student", id, _item(f"{number}" * 60), Entry("a", "u"))
    later = engine.read("student", id)
    assert later
    assert sum(later.parts.get(part) == sealed for part, sealed in before.parts.items()) == 6
    assert len(later.contents) < 4000
    assert store.verify().ok


def test_a_document_that_was_read_stays_as_it_was_through_the_next_change(kept_url: str) -> None:
    with open_store(kept_url, key=KEY, kinds=KINDS) as store:
        id = store.create("student", _years, Entry("a", "u")).id
        for marks in range(40, 45):
            found = store.get("student", id)
            assert found
            # More text than is kept among the recent changes: the table moves to another part.
            store.change("student", id, _item("x" * 3000), Entry("a", "u"))
            assert len(found.db.table("marks 2026").all()) == marks
        assert store.verify().ok


def test_a_document_read_long_ago_says_that_it_must_be_loaded_again(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        id = store.create("student", _years, Entry("a", "u")).id
        old = store.get("student", id)
        assert old
        for _ in range(3):
            store.change("student", id, _item("x" * 3000), Entry("a", "u"))
        with pytest.raises(StoreUnavailable, match="Load it again"):
            old.db.table("marks 2026").all()


def test_only_the_tables_that_are_asked_for_are_opened() -> None:
    asked = []

    def load(name: str) -> dict[str, Any]:
        asked.append(name)
        return {}

    db = open_row(RowStorage([f"marks {year}" for year in range(2020, 2027)], load))
    db.table("marks 2026").insert({"item": "a"})
    assert len(db.tables()) == 7
    assert asked == ["marks 2026"]


def _doing(steps: list[tuple[Any, ...]]) -> Callable[[TinyDB], list[Any]]:
    return lambda db: [step(db, *one) for one in steps]


def _item(text: str) -> Callable[[TinyDB], Any]:
    return lambda db: db.table("marks 2026").insert({"item": text})


def _years(db: TinyDB) -> None:
    for year in range(2020, 2027):
        db.table(f"marks {year}").insert_multiple([{"item": f"item {number} {'x' * 40}"} for number in range(40)])


def _store_on(engine: MemoryEngine) -> Store:
    from forms_app.store.audit import AuditLog, load_mac_keys
    from forms_app.store.sealing import Sealer
    from forms_app.store.store import utc_now

    sealer = Sealer([KEY])
    kinds = [Kind("student", summarize=summarize)]
    return Store(engine, sealer, AuditLog(sealer, lambda: load_mac_keys(engine, sealer)), kinds, utc_now)


def test_a_small_document_is_one_row_without_parts() -> None:
    engine = MemoryEngine()
    store = _store_on(engine)
    id = store.create("student", profile(name="A"), Entry("a", "u")).id
    store.change("student", id, mark("a"), Entry("a", "u"))
    row = engine.read("student", id)
    assert row
    assert not row.parts
