"""Documents of an older schema are upgraded once, after a backup; a newer store is refused."""

from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from forms_app.store import Columns, Kind, NewerStore, StoreError, open_store, restore
from tests.store.conftest import KEY, entry, profile


def summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    return Columns(), dict(db.table("profile").all()[0])


def rename(db: TinyDB) -> None:
    for row in db.table("profile"):
        db.table("profile").update({"usual_name": row["name"]}, doc_ids=[row.doc_id])


def stamp(db: TinyDB) -> None:
    db.table("profile").update({"stamped": "yes"})


FIRST = [Kind("student", summarize=summarize)]
THIRD = [Kind("student", summarize=summarize, schema=3, upgrades={1: rename, 2: stamp})]


@pytest.fixture
def old(kept_url: str) -> str:
    with open_store(kept_url, key=KEY, kinds=FIRST) as store:
        for number in range(6):
            store.create("student", profile(name=f"N{number}"), entry(), id=f"s{number}")
    return kept_url


def names(url: str) -> list[Any]:
    with open_store(url, key=KEY, kinds=THIRD) as store:
        assert store.verify().ok
        return [(row.summary["usual_name"], row.summary["stamped"]) for row in store.list("student")]


def test_every_document_is_upgraded_and_the_backup_has_them_as_they_were(old: str, tmp_path: Path) -> None:
    with open_store(old, key=KEY, kinds=THIRD, upgrade_backup=tmp_path / "before") as store:
        assert [row.action for row in store.history(limit=6)] == ["upgrade"] * 6
    assert names(old) == [(f"N{number}", "yes") for number in range(6)]
    restore(tmp_path / "before", tmp_path / "restored", key=KEY, kinds=FIRST)
    with open_store(tmp_path / "restored", key=KEY, kinds=FIRST) as store:
        assert store.list("student")[0].summary == {"name": "N0"}


def test_sqlite_keeps_the_backup_in_its_directory(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=FIRST) as store:
        store.create("student", profile(name="A"), entry())
    with open_store(tmp_path / "store", key=KEY, kinds=THIRD):
        pass
    assert (tmp_path / "store" / "before-student-3.backup").exists()


@pytest.mark.parametrize("after", range(1, 6))
def test_a_stopped_upgrade_goes_on(old: str, tmp_path: Path, after: int) -> None:
    def stop(what: str, done: int) -> None:
        if "upgraded" in what and done == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_store(old, key=KEY, kinds=THIRD, upgrade_backup=tmp_path / "before", progress=stop)
    with open_store(old, key=KEY, kinds=THIRD, upgrade_backup=tmp_path / "before") as store:
        assert len(store.history()) == 12
    assert names(old) == [(f"N{number}", "yes") for number in range(6)]


def test_an_older_program_refuses_a_newer_store_and_changes_nothing(old: str, tmp_path: Path) -> None:
    with open_store(old, key=KEY, kinds=THIRD, upgrade_backup=tmp_path / "before") as store:
        before = store.history()
    with pytest.raises(NewerStore, match="schema 3, this program knows 1"):
        open_store(old, key=KEY, kinds=FIRST)
    with open_store(old, key=KEY, kinds=THIRD) as store:
        assert store.history() == before


def test_an_upgrade_that_nobody_wrote_is_refused_before_anything_is_done(old: str, tmp_path: Path) -> None:
    gap = [Kind("student", summarize=summarize, schema=3, upgrades={1: rename})]
    with pytest.raises(StoreError, match="no upgrade of student records from schema 2"):
        open_store(old, key=KEY, kinds=gap, upgrade_backup=tmp_path / "before")
    assert not (tmp_path / "before").exists()


def test_an_upgrade_that_fails_leaves_the_record_as_it_was(old: str, tmp_path: Path) -> None:
    def fail(db: TinyDB) -> None:
        stamp(db)
        raise ValueError("cannot")

    broken = [Kind("student", summarize=summarize, schema=2, upgrades={1: fail})]
    with pytest.raises(ValueError, match="cannot"):
        open_store(old, key=KEY, kinds=broken, upgrade_backup=tmp_path / "before")
    with open_store(old, key=KEY, kinds=FIRST) as store:
        assert store.list("student")[0].summary == {"name": "N0"}
        assert len(store.history()) == 6


def test_a_database_that_needs_an_upgrade_needs_a_place_for_the_backup_before_it(postgres_url: str) -> None:
    with open_store(postgres_url, key=KEY, kinds=FIRST) as store:
        store.create("student", profile(name="A"), entry(), id="a")
    with pytest.raises(StoreError, match="name a file for the backup"):
        open_store(postgres_url, key=KEY, kinds=THIRD)
    with open_store(postgres_url, key=KEY, kinds=FIRST) as store:
        assert len(store.history()) == 1


def test_a_document_that_was_upgraded_meanwhile_is_refused_by_the_older_program(tmp_path: Path) -> None:
    """Its program was open before the newer one came."""
    with open_store(tmp_path / "store", key=KEY, kinds=FIRST) as older:
        older.create("student", profile(name="A"), entry(), id="a")
        open_store(tmp_path / "store", key=KEY, kinds=THIRD).close()
        with pytest.raises(NewerStore, match="schema 3; this one knows 1"):
            older.get("student", "a")
        with pytest.raises(NewerStore, match="schema 3; this one knows 1"):
            older.change("student", "a", stamp, entry())


def test_verify_finds_a_document_that_no_upgrade_reached_and_a_kind_that_nobody_knows(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=FIRST) as store:
        store.create("student", profile(name="A"), entry(), id="a")
        store._kinds = {"student": THIRD[0]}
        assert "has schema 1; 3 is expected" in str(store.verify())
        store._kinds = {}
        assert "of a kind that this program does not know" in str(store.verify())
