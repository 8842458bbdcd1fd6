"""A backup comes back as it was, into an empty place only; anything else is refused before a byte is written."""

import threading
from pathlib import Path

import pytest

from forms_app.store import (
    DamagedStore,
    Entry,
    Manifest,
    Store,
    StoreError,
    StoreUnavailable,
    WrongKey,
    new_key,
    open_store,
    restore,
    run_drill,
)
from forms_app.store.backup import Backup, _ChunkWriter
from forms_app.store.sealing import Sealer
from tests.store.conftest import KEY, KINDS, entry, mark, marks, profile
from tests.store.faults.harness import trials
from tests.store.faults.told import tell


def filled(url: str | Path) -> Store:
    store = open_store(url, key=KEY, kinds=KINDS)
    for number in range(5):
        id = store.create("student", profile(name=f"Unusualname{number}"), entry("add"), id=f"s{number}").id
        store.change("student", id, mark("y" * 3000), entry())
    store.note("student", "s1", Entry("view", "u1", reason="a typed reason"))
    return store


def everything(store: Store) -> list[object]:
    return [store.list("student"), [marks(store, f"s{number}") for number in range(5)], store.history()]


def test_a_backup_comes_back_on_each_engine(kept_url: str, tmp_path: Path) -> None:
    with filled(tmp_path / "first") as store:
        manifest = store.backup(tmp_path / "b")
        before = everything(store)
    assert manifest.records == {"student": 5}
    assert manifest.entries == manifest.last_entry == 11
    report = restore(tmp_path / "b", kept_url, key=KEY, kinds=KINDS)
    assert report.ok
    assert report.records == {"student": 5}
    assert report.entries == 11
    with open_store(kept_url, key=KEY, kinds=KINDS) as store:
        lists, texts, history = everything(store)
        assert [lists, texts, history[1:]] == before  # type: ignore[index]
        assert store.history(limit=1)[0].action == "restore"


def test_a_backup_can_be_taken_from_each_engine(url: str, tmp_path: Path) -> None:
    with filled(url) as store:
        store.backup(tmp_path / "b")
    assert restore(tmp_path / "b", tmp_path / "new", key=KEY, kinds=KINDS).ok


def test_a_backup_shows_no_name_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    with filled(tmp_path / "store") as store:
        store.backup(tmp_path / "b")
    content = (tmp_path / "b").read_bytes()
    assert b"Unusualname" not in content
    assert b"student" not in content
    assert b"typed" not in content
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600


def test_a_backup_taken_while_the_store_serves_is_one_moment_of_it(tmp_path: Path) -> None:
    stop = threading.Event()
    with filled(tmp_path / "store") as store:

        def serve() -> None:
            number = 0
            while not stop.is_set():
                store.change("student", f"s{number % 5}", mark(str(number)), entry())
                number += 1

        server = threading.Thread(target=serve)
        server.start()
        for number in range(5):
            store.backup(tmp_path / f"b{number}")
        stop.set()
        server.join()
    for number in range(5):
        assert restore(tmp_path / f"b{number}", tmp_path / f"r{number}", key=KEY, kinds=KINDS).ok


def test_a_backup_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with filled(tmp_path / "store") as store, pytest.raises(StoreError, match="already"):
        store.backup(tmp_path / "b")
    assert (tmp_path / "b").read_text() == "mine"


def test_a_backup_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with filled(tmp_path / "store") as store, pytest.raises(StoreUnavailable, match="cannot be written"):
        store.backup(tmp_path / "missing" / "b")
    assert not (tmp_path / "missing").exists()


def test_a_restore_over_data_is_refused(kept_url: str, tmp_path: Path) -> None:
    with filled(tmp_path / "first") as store:
        store.backup(tmp_path / "b")
    with filled(kept_url) as store:
        before = everything(store)
    with pytest.raises(StoreError, match="holds a store already"):
        restore(tmp_path / "b", kept_url, key=KEY, kinds=KINDS)
    with open_store(kept_url, key=KEY, kinds=KINDS) as store:
        assert everything(store) == before


def test_a_stopped_restore_cannot_be_opened_and_goes_on(tmp_path: Path) -> None:
    with filled(tmp_path / "first") as store:
        store.backup(tmp_path / "b")
        before = everything(store)

    def stop(what: str, done: int) -> None:
        if what == "copied":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(tmp_path / "b", tmp_path / "new", key=KEY, kinds=KINDS, progress=stop)
    with pytest.raises(StoreError, match="unfinished restore"):
        open_store(tmp_path / "new", key=KEY, kinds=KINDS)
    restore(tmp_path / "b", tmp_path / "new", key=KEY, kinds=KINDS)
    with open_store(tmp_path / "new", key=KEY, kinds=KINDS) as store:
        assert everything(store)[:2] == before[:2]


def test_another_stores_backup_and_other_files_are_refused(tmp_path: Path) -> None:
    with filled(tmp_path / "first") as store:
        store.backup(tmp_path / "b")
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").touch()
    for name, key, error, words in [
        ("b", new_key(), WrongKey, "was sealed with key"),
        ("text", KEY, StoreError, "is not a backup"),
        ("empty", KEY, StoreError, "is not a backup"),
        ("none", KEY, StoreError, "No such file"),
        (".", KEY, StoreError, "not a regular file"),
    ]:
        with pytest.raises(error, match=words):
            restore(tmp_path / name, tmp_path / "new", key=key, kinds=KINDS)
        assert not (tmp_path / "new").exists()


def test_every_damage_to_a_backup_is_found_before_anything_is_written(tmp_path: Path) -> None:
    with filled(tmp_path / "first") as store:
        store.backup(tmp_path / "b")
    good = (tmp_path / "b").read_bytes()
    bad = tmp_path / "bad"
    damaged = [
        good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :] for at in range(0, len(good), max(1, len(good) // trials(1000, default=80)))
    ]
    cut = [good[:at] for at in range(0, len(good), len(good) // 50)]
    for content in [*damaged, *cut, good + b"x", good + good, good[:-1] + b"\0"]:
        bad.write_bytes(content)
        with pytest.raises(StoreError):
            restore(bad, tmp_path / "new", key=KEY, kinds=KINDS)
    assert not (tmp_path / "new").exists()
    tell("a bit of a backup flipped, its tail cut", len(damaged) + len(cut), also="all found, nothing restored")


def test_a_restore_drill_tells_how_it_went_and_leaves_nothing(tmp_path: Path) -> None:
    with filled(tmp_path / "store"):
        pass
    (tmp_path / "scratch").mkdir()
    drill = run_drill(tmp_path / "store", key=KEY, kinds=KINDS, directory=tmp_path / "scratch")
    assert drill.ok
    assert "The drill succeeded" in str(drill)
    assert list((tmp_path / "scratch").iterdir()) == []


def forged(path: Path, *pieces: list[object]) -> Path:
    """A backup under the right key that says what it likes."""
    with path.open("wb") as out:
        writer = _ChunkWriter(out, Sealer([KEY]))
        for piece in pieces:
            writer.add(piece)
        writer.finish()
    return path


def test_a_backup_that_does_not_hold_what_it_says_is_refused(tmp_path: Path) -> None:
    begin: list[object] = ["begin", 1, "now", {}]
    for name, pieces, words in [
        ("newer", [["begin", 99, "now", {}]], "newer program"),
        ("endless", [begin], "does not hold what its manifest says"),
        ("short", [begin, ["end", "now", {"student": 3}, 0, 0, ""]], "does not hold what its manifest says"),
        ("altered", [begin, ["end", "now", {}, 0, 0, "00"]], "does not match its checksum"),
    ]:
        with pytest.raises(StoreError, match=words):
            restore(forged(tmp_path / name, *pieces), tmp_path / "new", key=KEY, kinds=KINDS)  # type: ignore[arg-type]
        assert not (tmp_path / "new").exists()


def test_a_backup_with_something_unknown_in_it_is_not_restored(tmp_path: Path) -> None:
    with pytest.raises(DamagedStore, match="holds no 'photograph'"):
        list(Backup(forged(tmp_path / "b", ["photograph"]), {}, Manifest("", {}, 0, 0, ""), Sealer([KEY])).items())


def test_a_large_backup_is_written_and_read_in_several_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.store.backup.CHUNK_BYTES", 4000)
    with filled(tmp_path / "store") as store:
        manifest = store.backup(tmp_path / "b")
    assert str(manifest).startswith("5 student; 11 audit entries, the last is 11; made 20")
    assert restore(tmp_path / "b", tmp_path / "new", key=KEY, kinds=KINDS).ok
    whole = (tmp_path / "b").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedStore):
        restore(tmp_path / "cut", tmp_path / "newer", key=KEY, kinds=KINDS)
