"""A key that is missing, badly kept or not this store's is refused by name; a store can be given a new one."""

import os
from pathlib import Path

import pytest

from forms_app.store import Entry, WrongKey, load_key, load_keys, new_key, open_store, rotate_key
from forms_app.store.engine import Row
from forms_app.store.keys import add_key, retire_old_key
from forms_app.store.opening import open_engine
from forms_app.store.sealing import Sealer
from tests.store.conftest import KEY, KINDS, entry, mark, marks, profile


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORMS_APP_KEY", raising=False)


def test_the_key_file_is_made_on_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    key = load_key(tmp_path / "keys" / "key")
    assert len(key) == 32
    assert load_key(tmp_path / "keys" / "key") == key
    assert (tmp_path / "keys" / "key").stat().st_mode & 0o777 == 0o600


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMS_APP_KEY", KEY.hex())
    assert load_key(tmp_path / "key") == KEY
    assert not (tmp_path / "key").exists()
    monkeypatch.setenv("FORMS_APP_KEY", "abc")
    with pytest.raises(WrongKey, match="FORMS_APP_KEY holds no key"):
        load_key(tmp_path / "key")


def test_a_key_file_that_is_not_fit_is_refused(tmp_path: Path) -> None:
    good = tmp_path / "good"
    load_key(good)
    readable, link, short, directory, pipe = (tmp_path / name for name in ("readable", "link", "short", "dir", "pipe"))
    readable.write_text(KEY.hex())
    readable.chmod(0o644)
    link.symlink_to(good)
    short.write_text(KEY.hex()[:-2])
    short.chmod(0o600)
    directory.mkdir()
    os.mkfifo(pipe, 0o600)
    for path, words in [
        (readable, "can be read by others"),
        (link, "cannot be read"),
        (short, "holds no key"),
        (directory, "not a regular file"),
        (pipe, "not a regular file"),
        (tmp_path / "none", "No such file"),
    ]:
        with pytest.raises(WrongKey, match=words):
            load_key(path, create=False)
    with pytest.raises(WrongKey, match="There is no key"):
        load_key(None)


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 33])
def test_a_key_of_the_wrong_length_is_refused(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(WrongKey, match="32 bytes"):
        open_store(tmp_path / "store", key=key, kinds=KINDS)
    assert not (tmp_path / "store").exists()


def test_a_store_on_disk_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(WrongKey, match="needs a key"):
        open_store(tmp_path / "store", kinds=KINDS)


def fill(url: str, key_file: Path) -> None:
    with open_store(url, key=load_key(key_file), kinds=KINDS) as store:
        for number in range(5):
            id = store.create("student", profile(name="A"), entry(), id=f"s{number}").id
            store.change("student", id, mark("x" * 3000), Entry("mark", "u1", reason="why"))


def test_a_new_key_seals_everything_anew(kept_url: str, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    fill(kept_url, key_file)
    old = load_key(key_file)
    retired = rotate_key(kept_url, key_file, kinds=KINDS)
    new = load_key(key_file)
    assert new != old
    assert retired
    assert load_keys(retired) == (old,)
    with pytest.raises(WrongKey):
        open_store(kept_url, key=old, kinds=KINDS)
    with open_store(kept_url, key=new, kinds=KINDS) as store:
        assert store.verify().ok
        assert marks(store, "s1") == ["x" * 3000]
        assert [row.action for row in store.history(limit=1)] == ["rotate key"]
        assert store.history("student", "s1")[0].reason == "why"
        assert store.change("student", "s1", mark("new"), entry()) == 2
        assert store.verify().ok
    sealer = Sealer([new])
    engine = open_engine(kept_url)
    for row in engine.scan():
        if isinstance(row, Row):
            assert all(map(sealer.sealed_now, (row.summary, row.contents, *row.parts.values())))
    engine.close()


@pytest.mark.parametrize("after", [0, 3])
def test_a_stopped_rotation_serves_and_goes_on(kept_url: str, tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.store.rotation.BATCH", 1)
    key_file = tmp_path / "key"
    fill(kept_url, key_file)

    def stop(what: str, done: int) -> None:
        if done > after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_key(kept_url, key_file, kinds=KINDS, progress=stop)
    keys = load_keys(key_file)
    assert len(keys) == 2
    with open_store(kept_url, key=keys, kinds=KINDS) as store:
        store.change("student", "s4", mark("meanwhile"), entry())
        assert store.verify().ok
    rotate_key(kept_url, key_file, kinds=KINDS)
    with open_store(kept_url, key=load_key(key_file), kinds=KINDS) as store:
        assert store.verify().ok
        assert marks(store, "s4")[-1] == "meanwhile"


def test_a_document_that_is_being_read_survives_a_rotation(kept_url: str, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    fill(kept_url, key_file)
    keys = add_key(key_file)
    with open_store(kept_url, key=keys, kinds=KINDS) as store:
        found = store.get("student", "s1")
        assert found
        rotate_key(kept_url, key_file, kinds=KINDS)
        assert found.db.table("marks").all() == [{"item": "x" * 3000}]


def test_a_server_with_the_old_key_can_write_no_more(kept_url: str, tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    fill(kept_url, key_file)
    with open_store(kept_url, key=load_key(key_file), kinds=KINDS) as old:
        rotate_key(kept_url, key_file, kinds=KINDS)
        with pytest.raises(WrongKey, match=r"rotated|sealed with"):
            old.note("student", "s1", entry())
        with pytest.raises(WrongKey):
            old.change("student", "s1", mark("late"), entry())
    with open_store(kept_url, key=load_key(key_file), kinds=KINDS) as store:
        assert store.verify().ok


def test_without_its_key_a_store_shows_no_name(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=new_key(), kinds=KINDS) as store:
        id = store.create("student", profile(name="Unusualname"), entry()).id
        store.change("student", id, mark("Secretnote"), Entry("mark", "u1", reason="Typedreason"))
        files = [path.read_bytes() for path in (tmp_path / "store").iterdir()]
    files += [path.read_bytes() for path in (tmp_path / "store").iterdir()]
    for word in ("Unusualname", "Secretnote", "Typedreason"):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert not any(word.encode(encoding) in content for content in files)


def test_a_key_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WrongKey, match="cannot be made"):
        load_key(tmp_path / "file" / "below" / "key")


def test_two_processes_that_start_at_once_use_the_same_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = load_key(tmp_path / "key")
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert load_key(tmp_path / "key") == key


def test_another_users_key_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_key(tmp_path / "key")
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    with pytest.raises(WrongKey, match="belongs to another user"):
        load_key(tmp_path / "key")


def test_a_key_that_was_never_changed_leaves_none_to_retire(tmp_path: Path) -> None:
    load_key(tmp_path / "key")
    assert retire_old_key(tmp_path / "key") is None
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_sealer_without_a_key_is_refused() -> None:
    with pytest.raises(WrongKey, match="none was given"):
        Sealer([])


def test_a_key_from_the_environment_is_rotated_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(str(tmp_path / "store"), tmp_path / "key")
    monkeypatch.setenv("FORMS_APP_KEY", load_key(tmp_path / "key").hex())
    with pytest.raises(WrongKey, match="The key comes from FORMS_APP_KEY"):
        rotate_key(tmp_path / "store", tmp_path / "key", kinds=KINDS)
    assert len(load_keys(tmp_path / "key")) == 1


def test_the_new_and_the_old_key_in_the_environment_rotate_and_no_file_is_touched(
    kept_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(kept_url, tmp_path / "key")
    old, new = load_key(tmp_path / "key"), new_key()
    (tmp_path / "key").unlink()
    for wrong in (old.hex(), f"{old.hex()} {old.hex()}"):
        monkeypatch.setenv("FORMS_APP_KEY", wrong)
        with pytest.raises(WrongKey, match="the new key and the old one"):
            rotate_key(kept_url, tmp_path / "key", kinds=KINDS)
    monkeypatch.setenv("FORMS_APP_KEY", f"{new.hex()} {old.hex()}")
    for _ in range(2):  # the second time as after a stop
        assert rotate_key(kept_url, tmp_path / "key", kinds=KINDS) is None
    assert not list(tmp_path.glob("key*"))
    with open_store(kept_url, key=new, kinds=KINDS) as store:
        assert store.verify().ok
    with pytest.raises(WrongKey):
        open_store(kept_url, key=old, kinds=KINDS)


def test_the_anchor_follows_into_the_new_key(kept_url: str, tmp_path: Path) -> None:
    fill(kept_url, tmp_path / "key")
    with open_store(kept_url, key=load_key(tmp_path / "key"), kinds=KINDS, anchor=tmp_path / "anchor", anchor_anew=True):
        pass
    rotate_key(kept_url, tmp_path / "key", kinds=KINDS, anchor=tmp_path / "anchor")
    with open_store(kept_url, key=load_key(tmp_path / "key"), kinds=KINDS, anchor=tmp_path / "anchor") as store:
        assert store.verify().faults == []


def test_a_store_in_memory_makes_a_key_of_its_own() -> None:
    with open_store("memory://", kinds=KINDS) as store:
        id = store.create("student", profile(), entry()).id
        store.change("student", id, mark("a"), entry())
        assert marks(store, id) == ["a"]
