"""What every engine must do, word for word the same."""

import threading
from pathlib import Path

import pytest
from tinydb import TinyDB

from forms_app.store import Columns, Entry, NoSuchRecord, ReadOnlyDocument, StaleWrite, Store, StoreError, open_store
from tests.store.conftest import KEY, KINDS, entry, mark, marks, profile


def test_a_record_comes_back_as_it_was_made(store: Store) -> None:
    made = store.create("student", profile(name="Ḵwa'antl", school="s1"), entry("add"))
    found = store.get("student", made.id)
    assert found
    assert found.version == made.version == 1
    assert found.db.table("profile").all() == [{"name": "Ḵwa'antl", "school": "s1"}]


def test_ids_are_opaque_and_can_be_chosen(store: Store) -> None:
    ids = {store.create("student", profile(), entry()).id for _ in range(40)}
    assert len(ids) == 40
    assert not any(id.startswith("-") or len(id) != 22 for id in ids)
    assert store.create("session", profile(), entry(), id="chosen").id == "chosen"
    with pytest.raises(StoreError, match="already"):
        store.create("session", profile(), entry(), id="chosen")
    with pytest.raises(StoreError, match="cannot be the id"):
        store.create("session", profile(), entry(), id="-x")


def test_a_missing_record_is_none_to_read_and_an_error_to_change(store: Store) -> None:
    assert store.get("student", "nobody") is None
    with pytest.raises(NoSuchRecord):
        store.change("student", "nobody", mark("a"), entry())
    with pytest.raises(NoSuchRecord):
        store.delete("student", "nobody", entry())


def test_an_unknown_kind_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="kind"):
        store.get("pupil", "x")


def test_a_change_raises_the_version_and_returns_what_it_made(store: Store) -> None:
    id = store.create("student", profile(), entry()).id
    assert store.change("student", id, mark("a"), entry()) == 1
    found = store.get("student", id)
    assert found
    assert found.version == 2
    assert marks(store, id) == ["a"]


def test_a_change_that_refuses_writes_nothing(store: Store) -> None:
    id = store.create("student", profile(), entry()).id

    def refuse(db: TinyDB) -> None:
        db.table("marks").insert({"item": "a"})
        raise ValueError("not yours")

    with pytest.raises(ValueError, match="not yours"):
        store.change("student", id, refuse, entry())
    assert marks(store, id) == []
    assert len(store.history()) == 1


def test_a_change_that_changes_nothing_writes_nothing(store: Store) -> None:
    id = store.create("student", profile(name="A"), entry()).id
    assert store.change("student", id, lambda db: db.table("profile").update({"name": "A"}), entry()) == [1]
    found = store.get("student", id)
    assert found
    assert found.version == 1
    assert len(store.history()) == 1


def test_a_document_that_was_read_cannot_be_written(store: Store) -> None:
    made = store.create("student", profile(), entry())
    found = store.get("student", made.id)
    assert found
    for document in (made, found):
        with pytest.raises(ReadOnlyDocument):
            document.db.table("marks").insert({"item": "a"})
    assert marks(store, made.id) == []


def test_a_document_holds_json_and_nothing_else(store: Store) -> None:
    id = store.create("student", profile(), entry()).id
    for bad in ({"x": object()}, {"x": float("nan")}, {"x": "\ud800"}):
        with pytest.raises(StoreError, match="cannot be kept"):
            store.change("student", id, lambda db, bad=bad: db.table("t").insert(bad), entry())  # type: ignore[misc]


def test_lists_filter_by_columns_and_show_summaries(store: Store) -> None:
    for name, school, owner in [("A", "s1", "u1"), ("B", "s1", "u2"), ("C", "s2", "u1")]:
        store.create("student", profile(name=name, school=school, owner=owner, state="open"), entry())
    store.create("session", profile(school="s1"), entry())

    def names(**filters: str) -> list[str]:
        return sorted(row.summary["name"] for row in store.list("student", **filters))

    assert names() == ["A", "B", "C"]
    assert names(school="s1") == ["A", "B"]
    assert names(owner="u1") == ["A", "C"]
    assert names(school="s1", owner="u1", state="open") == ["A"]
    assert names(state="closed") == []


def test_a_list_follows_every_change(store: Store) -> None:
    id = store.create("student", profile(name="A", school="s1"), entry()).id
    store.change("student", id, mark("a"), entry())
    store.change("student", id, lambda db: db.table("profile").update({"school": "s2"}), entry())
    (row,) = store.list("student")
    assert (row.version, row.columns, row.summary) == (3, Columns(school="s2"), {"name": "A", "marks": 1})


def test_a_deleted_record_is_gone_and_its_history_stays(store: Store) -> None:
    id = store.create("session", profile(), entry("begin"), id="s").id
    store.delete("session", id, entry("end"))
    assert store.get("session", id) is None
    assert store.list("session") == []
    assert [row.action for row in store.history("session", id)] == ["end", "begin"]


def test_a_record_made_anew_counts_on(store: Store) -> None:
    store.create("session", profile(), entry(), id="s")
    store.delete("session", "s", entry())
    assert store.create("session", profile(), entry(), id="s").version == 3


def test_every_write_has_its_audit_entry(store: Store) -> None:
    id = store.create("student", profile(), Entry("add", "u1")).id
    store.change("student", id, mark("a"), Entry("mark", "u2", session="x", fields=("a", "b")))
    store.note("student", id, Entry("view", "u3", reason="covering for a colleague"))
    view, marked, added = store.history()
    assert (view.seq, view.action, view.who, view.version, view.effect) == (3, "view", "u3", 2, "note")
    assert view.reason == "covering for a colleague"
    assert (marked.seq, marked.version, marked.session, marked.fields) == (2, 2, "x", ("a", "b"))
    assert (added.seq, added.kind, added.id, added.version) == (1, "student", id, 1)
    assert added.at.tzinfo is not None


def test_an_entry_can_be_made_from_the_result(store: Store) -> None:
    id = store.create("student", profile(), entry()).id
    store.change("student", id, mark("a"), lambda number: Entry("mark", "u1", fields=(f"mark {number}",)))
    assert store.history(limit=1)[0].fields == ("mark 1",)


def test_history_is_asked_by_record_by_person_and_page_by_page(store: Store) -> None:
    first, second = (store.create("student", profile(), entry()).id for _ in range(2))
    for number in range(4):
        store.note("student", first, entry("view", who=f"u{number}"))
    assert [row.seq for row in store.history("student", second)] == [2]
    assert [row.seq for row in store.history(who="u2")] == [5]
    assert [row.seq for row in store.history(limit=2)] == [6, 5]
    assert [row.seq for row in store.history(limit=2, before=5)] == [4, 3]


def test_a_record_that_moved_on_is_changed_on_its_newer_version(store: Store) -> None:
    id = store.create("student", profile(), entry()).id
    calls = []

    def slow(db: TinyDB) -> None:
        calls.append(len(db.table("marks")))
        if len(calls) == 1:
            store.change("student", id, mark("theirs"), entry(who="u2"))
        db.table("marks").insert({"item": "mine"})

    store.change("student", id, slow, entry())
    assert calls == [0, 1]
    assert marks(store, id) == ["theirs", "mine"]


def test_a_change_that_always_comes_too_late_is_stale_and_tells_both_versions(store: Store) -> None:
    id = store.create("student", profile(), entry()).id

    def too_slow(db: TinyDB) -> None:
        store.change("student", id, mark("theirs"), entry(who="u2"))
        db.table("marks").insert({"item": "mine"})

    with pytest.raises(StaleWrite, match="changed by someone else") as caught:
        store.change("student", id, too_slow, entry())
    assert (caught.value.based_on, caught.value.current) == (1, 41)
    assert set(marks(store, id)) == {"theirs"}


def test_threads_on_one_student_lose_nothing(store: Store) -> None:
    id = store.create("student", profile(), entry()).id

    def work(person: int) -> None:
        for number in range(10):
            store.change("student", id, mark(f"{person}.{number}"), entry(who=f"u{person}"))

    threads = [threading.Thread(target=work, args=(person,)) for person in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(marks(store, id)) == sorted(f"{person}.{number}" for person in range(8) for number in range(10))
    assert len(store.history()) == 81


def test_a_closed_store_is_one_file(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        id = store.create("student", profile(), entry()).id
        thread = threading.Thread(target=lambda: store.change("student", id, mark("a"), entry()))
        thread.start()
        thread.join()
        assert len(list((tmp_path / "store").iterdir())) == 3
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["store.sqlite3"]


def test_what_is_changed_or_made_is_made_once_and_changed_after(store: Store) -> None:
    store.change_or_create("student", "the-one", profile(), entry())
    store.change_or_create("student", "the-one", mark("a"), entry())
    assert marks(store, "the-one") == ["a"]
    assert [one.effect for one in store.history("student", "the-one")] == ["change", "create"]
