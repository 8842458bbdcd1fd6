"""What is remembered of the last changes is never shown when it is old, and nobody can alter it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB, where

from forms_app.store import NoSuchRecord, StaleWrite, Store, open_store
from forms_app.store.packing import EMPTY
from forms_app.store.recent import Recent, State, Table, is_flat
from tests.store.conftest import KEY, KINDS, entry, mark, marks, profile


class Refused(Exception):
    pass


@pytest.fixture
def two(kept_url: str) -> Iterator[tuple[Store, Store]]:
    """Two servers on one store."""
    with open_store(kept_url, key=KEY, kinds=KINDS) as one, open_store(kept_url, key=KEY, kinds=KINDS) as two:
        yield one, two


def student(store: Store) -> str:
    id = store.create("student", profile(name="A"), entry()).id
    store.change("student", id, mark("first"), entry())
    return id


def items(db: TinyDB) -> list[str]:
    return [row["item"] for row in db.table("marks").all()]


def refuse_if_alone(db: TinyDB) -> None:
    if items(db) == ["first"]:
        raise Refused
    db.table("marks").insert({"item": "third"})


def test_a_change_is_applied_to_what_another_server_wrote(two: tuple[Store, Store]) -> None:
    one, other = two
    id = student(one)
    other.change("student", id, mark("second"), entry())
    seen = one.change("student", id, lambda db: (items(db), mark("third")(db))[0], entry())
    assert seen == ["first", "second"]
    assert marks(one, id) == marks(other, id) == ["first", "second", "third"]


def test_a_change_is_not_refused_for_what_is_no_longer_so(two: tuple[Store, Store]) -> None:
    one, other = two
    id = student(one)
    other.change("student", id, mark("second"), entry())
    one.change("student", id, refuse_if_alone, entry())
    assert marks(one, id) == ["first", "second", "third"]


def test_a_change_is_refused_for_what_is_so(two: tuple[Store, Store]) -> None:
    one, _ = two
    id = student(one)
    with pytest.raises(Refused):
        one.change("student", id, refuse_if_alone, entry())
    assert marks(one, id) == ["first"]


def test_a_change_that_changes_nothing_is_told_what_is_there_now(two: tuple[Store, Store]) -> None:
    one, other = two
    id = student(one)
    assert one.change("student", id, items, entry()) == ["first"]
    other.change("student", id, mark("second"), entry())
    assert one.change("student", id, items, entry()) == ["first", "second"]


def test_a_record_that_another_server_deleted_is_gone(two: tuple[Store, Store]) -> None:
    one, other = two
    for change in (mark("second"), items, refuse_if_alone):
        id = student(one)
        other.delete("student", id, entry())
        with pytest.raises(NoSuchRecord):
            one.change("student", id, change, entry())


def test_a_record_that_was_deleted_and_made_anew_is_the_new_one(two: tuple[Store, Store]) -> None:
    one, other = two
    id = student(one)
    other.delete("student", id, entry())
    other.create("student", profile(name="B"), entry(), id=id)
    one.change("student", id, mark("second"), entry())
    assert marks(one, id) == ["second"]


def test_a_table_that_the_last_change_did_not_read_is_read_when_it_is_asked_for(store: Store) -> None:
    id = store.create("student", lambda db: db.table("notes").insert({"text": "x" * 700}), entry()).id
    for number in range(12):
        store.change("student", id, mark(f"{number} {'x' * 300}"), entry())
    texts = store.change("student", id, lambda db: [row["text"] for row in db.table("notes")], entry())
    assert texts == ["x" * 700]


def test_a_table_that_another_server_rewrote_in_between_is_read_with_the_rest(two: tuple[Store, Store]) -> None:
    one, other = two
    id = one.create("student", lambda db: db.table("notes").insert({"text": "old"}), entry()).id
    one.change("student", id, mark("first"), entry())
    other.change("student", id, lambda db: db.table("notes").update({"text": "new"}), entry())
    other.change("student", id, mark("second"), entry())

    def both(db: TinyDB) -> tuple[Any, ...]:
        return [row["text"] for row in db.table("notes")], items(db)

    assert one.change("student", id, both, entry()) == (["new"], ["first", "second"])


def test_nothing_that_a_caller_holds_can_alter_what_is_remembered(store: Store) -> None:
    given = {"item": "a", "facts": {"days": [1]}}
    id = store.create("student", profile(), entry()).id
    store.change("student", id, lambda db: db.table("marks").insert(given), entry())
    given["facts"]["days"].append(2)  # type: ignore[index]
    taken = store.change("student", id, lambda db: (mark("b")(db), db.table("marks").all())[1], entry())
    taken[0]["facts"]["days"].append(3)
    seen = store.change("student", id, lambda db: (mark("c")(db), db.table("marks").all())[1], entry())
    assert seen[0]["facts"] == {"days": [1]}
    assert store.verify().ok


def test_a_change_that_fails_leaves_what_is_remembered_as_it_was(store: Store) -> None:
    id = student(store)

    def half(db: TinyDB) -> None:
        db.table("marks").update({"item": "changed"}, where("item") == "first")
        db.table("profile").truncate()
        raise Refused

    with pytest.raises(Refused):
        store.change("student", id, half, entry())
    store.change("student", id, mark("second"), entry())
    assert marks(store, id) == ["first", "second"]
    assert store.list("student")[0].summary == {"name": "A", "marks": 2}


def test_entries_set_and_removed_are_remembered_as_they_will_be_read(store: Store) -> None:
    id = student(store)
    store.change("student", id, lambda db: db.table("marks").insert({"item": ("a", 1)}), entry())
    store.change("student", id, lambda db: db.table("marks").remove(where("item") == "first"), entry())
    store.change("student", id, lambda db: db.drop_table("profile"), entry())
    store.change("student", id, lambda db: db.table("profile").insert({"name": "B"}), entry())
    seen = store.change("student", id, lambda db: [db.table(name).all() for name in ("marks", "profile")], entry())
    assert seen == [[{"item": ["a", 1]}], [{"name": "B"}]]
    found = store.get("student", id)
    assert found
    assert [found.db.table(name).all() for name in ("marks", "profile")] == seen


def test_a_record_that_others_always_change_first_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.store.store.ATTEMPTS", 3)
    id = student(store)

    def overtaken(db: TinyDB) -> None:
        store.change("student", id, mark("other"), entry())
        mark("mine")(db)

    with pytest.raises(StaleWrite, match="Nothing of yours was saved"):
        store.change("student", id, overtaken, entry())
    assert marks(store, id) == ["first", *["other"] * 3]


def state(id: str, version: int, entries: int) -> State:
    table = Table.of({str(number): {"x": 1} for number in range(entries)}, flat=True)
    return State("student", id, version, EMPTY, lambda name: {}, {"marks": table})


def test_only_so_much_is_remembered_and_the_oldest_goes_first() -> None:
    recent = Recent(most_entries=25)
    for id in ("a", "b", "c"):
        recent.keep(state(id, 1, 10))
    assert [recent.get("student", id) is not None for id in ("a", "b", "c")] == [False, True, True]
    recent.keep(state("b", 2, 10))
    recent.keep(state("d", 1, 10))
    assert [recent.get("student", id) is not None for id in ("b", "c", "d")] == [True, False, True]
    recent.forget("student", "b")
    recent.forget("student", "never there")
    assert recent.get("student", "b") is None


def test_an_older_version_never_takes_the_place_of_a_newer_one() -> None:
    recent = Recent()
    recent.keep(state("a", 2, 1))
    recent.keep(state("a", 1, 1))
    kept = recent.get("student", "a")
    assert kept
    assert kept.version == 2


def test_entries_with_lists_or_dictionaries_are_told_from_flat_ones() -> None:
    assert is_flat({"1": {"a": 1, "b": "x", "c": None}, "2": {}})
    assert not is_flat({"1": {"a": 1}, "2": {"a": []}})
    assert not is_flat({"1": {"a": {}}})
    assert Table.of({"1": {"a": []}}, flat=False).entries() == {"1": {"a": []}}


def test_another_server_finds_the_store_whole(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        id = student(store)
        for number in range(60):
            store.change("student", id, mark(f"{number} {'x' * 100}"), entry())
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        assert len(marks(store, id)) == 61
        assert store.verify().ok
