"""Addresses and places that are no store: each is refused with a sentence that names it, and nothing is touched."""

import os
import sqlite3
import time
from pathlib import Path

import pytest

from forms_app.store import BadAddress, NewerStore, StoreError, StoreUnavailable, new_key, open_store, places, without_password
from forms_app.store.opening import open_engine
from tests.store.conftest import KEY, KINDS, entry, mark, marks, profile
from tests.store.postgres_server import Server, free_port


def refused(address: str | Path, words: str, *, create: bool = True) -> str:
    with pytest.raises(StoreError, match=words) as caught:
        open_store(address, key=KEY, kinds=KINDS, create=create)
    return str(caught.value)


def test_a_directory_that_is_no_store_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "holds").mkdir()
    (tmp_path / "holds" / "thesis.odt").write_text("x")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "odd").mkdir()
    os.mkfifo(tmp_path / "odd" / "store.sqlite3")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    for name, words in [
        ("file", "not a directory"),
        ("file/below", "file/below"),
        ("holds", "thesis.odt"),
        ("link", "symbolic link"),
        ("odd", "not a regular file"),
        ("open", "written by others"),
        ("Dropbox/store", "synchronized"),
        ("OneDrive - District 42/store", "synchronized"),
    ]:
        assert str(tmp_path) in refused(tmp_path / name, words)
    refused(tmp_path / "none", "There is no store", create=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "holds", "link", "odd", "open", "real"]
    assert [path.name for path in (tmp_path / "holds").iterdir()] == ["thesis.odt"]


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    for name, content in [("text", b"hello, world" * 100), ("zeros", bytes(8192))]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "store.sqlite3").write_bytes(content)
        refused(tmp_path / name, "damaged or not a store")
        assert (tmp_path / name / "store.sqlite3").read_bytes() == content
    (tmp_path / "other").mkdir()
    with sqlite3.connect(tmp_path / "other" / "store.sqlite3") as link:
        link.execute("CREATE TABLE bookmarks (url)")
    link.close()
    before = (tmp_path / "other" / "store.sqlite3").read_bytes()
    refused(tmp_path / "other", "another program")
    assert (tmp_path / "other" / "store.sqlite3").read_bytes() == before


def test_a_store_of_a_newer_layout_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path / "store", key=KEY, kinds=KINDS).close()
    with sqlite3.connect(tmp_path / "store" / "store.sqlite3") as link:
        link.execute("PRAGMA user_version = 99")
    link.close()
    with pytest.raises(NewerStore, match="layout 99"):
        open_store(tmp_path / "store", key=KEY, kinds=KINDS)


def test_a_second_name_of_the_file_is_refused(tmp_path: Path) -> None:
    open_store(tmp_path / "store", key=KEY, kinds=KINDS).close()
    os.link(tmp_path / "store" / "store.sqlite3", tmp_path / "copy")
    refused(tmp_path / "store", "second name")


def test_another_users_store_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(tmp_path / "store", key=KEY, kinds=KINDS).close()
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    refused(tmp_path / "store", "belongs to another user")


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert places.file_system(tmp_path) not in ("", "nfs")
    monkeypatch.setattr(places, "file_system", lambda path: "nfs4")
    refused(tmp_path / "new" / "store", r"network file system \(nfs4\)")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "address",
    ["mysql://root:secret@h/db", "sqlite://", "sqlite:///", "sqlite://relative", "memory://x", "://", "", "  ",
     "host=h password=secret", "http://u:secret@h", "postgresql://u:secret@h:port/db", "a\0b"],
)  # fmt: skip
def test_an_address_that_names_no_store_is_refused_without_its_password(address: str) -> None:
    assert "secret" not in refused(address, ".")


def test_a_second_server_on_the_same_store_works(tmp_path: Path) -> None:
    with (
        open_store(tmp_path / "store", key=KEY, kinds=KINDS) as one,
        open_store(tmp_path / "store", key=KEY, kinds=KINDS) as two,
    ):
        id = one.create("student", profile(), entry()).id
        for number in range(10):
            (one, two)[number % 2].change("student", id, mark(str(number)), entry())
        assert marks(one, id) == marks(two, id) == [str(number) for number in range(10)]


def test_a_store_that_another_program_holds_is_busy_and_nothing_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.store.sqlite.BUSY_SECONDS", 0.1)
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        id = store.create("student", profile(), entry()).id
        other = sqlite3.connect(tmp_path / "store" / "store.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="busy"):
            store.change("student", id, mark("a"), entry())
        assert marks(store, id) == []
        other.execute("ROLLBACK")
        other.close()
        store.change("student", id, mark("a"), entry())


def test_a_closed_store_says_so(kept_url: str) -> None:
    store = open_store(kept_url, key=KEY, kinds=KINDS)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.get("student", "x")


def test_a_password_is_never_shown() -> None:
    for shown, address in [
        ("postgresql://u@h:1/d", "postgresql://u:se@cret@h:1/d"),
        ("postgresql://u@h/d?password=…", "postgresql://u@h/d?password=secret"),
        ("postgresql://u@h/d?password=…&x=1", "postgresql://u@h/d?password=secret&x=1"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("data/store", "data/store"),
    ]:
        assert without_password(address) == shown


def test_a_database_that_cannot_be_used_is_named(postgres: Server, postgres_url: str) -> None:
    postgres.sql("DROP ROLE IF EXISTS guarded", "CREATE ROLE guarded LOGIN PASSWORD 'right'")
    for address, words in [
        (postgres.url(user="guarded", password="wrong-secret"), "password authentication failed"),
        (postgres.url(database="nowhere"), "does not exist"),
        (f"postgresql://u:secret@127.0.0.1:{free_port()}/d", "refused"),
        ("postgresql://u:secret@host.invalid/d", "host.invalid"),
        (postgres.url(user="guarded", password="right"), "permission denied"),
    ]:
        sentence = refused(address, words)
        assert "secret" not in sentence
        assert "\n" not in sentence
        assert without_password(address) in sentence
    refused(postgres_url, "There is no store", create=False)


def set_and_wait(postgres: Server, value: str) -> None:
    postgres.sql(f"ALTER SYSTEM SET full_page_writes = {value}", "SELECT pg_reload_conf()")
    while postgres.sql("SHOW full_page_writes") != [(value,)]:
        time.sleep(0.02)


def test_a_database_that_does_not_sync_is_refused(postgres: Server, postgres_url: str) -> None:
    set_and_wait(postgres, "off")
    try:
        refused(postgres_url, "full_page_writes = off")
    finally:
        set_and_wait(postgres, "on")


def test_another_key_is_refused_on_each_engine(kept_url: str) -> None:
    open_store(kept_url, key=KEY, kinds=KINDS).close()
    with pytest.raises(StoreError, match="was sealed with key"):
        open_store(kept_url, key=new_key(), kinds=KINDS)


def test_errors_are_of_the_families_that_callers_catch() -> None:
    assert issubclass(BadAddress, StoreError)
    assert issubclass(NewerStore, StoreError)


def test_a_name_that_no_directory_can_have_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / ("x" * 300), "cannot be opened")


def test_a_store_that_must_not_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(tmp_path / "store", key=KEY, kinds=KINDS).close()
    monkeypatch.setattr("os.access", lambda path, how: False)
    refused(tmp_path / "store", "cannot be written")


def test_a_place_where_no_directory_can_be_made_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(path: Path, **_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", no_room)
    refused(tmp_path / "new", "No store can be made in .*No space left")


def test_a_system_that_does_not_tell_its_file_systems_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_here(path: Path, **_: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", not_here)
    assert places.file_system(tmp_path) == ""
    monkeypatch.setattr(Path, "read_text", lambda path, **_: "36 35 98:0 / /elsewhere rw - ext4 /dev/x rw\n")
    assert places.file_system(tmp_path) == ""


def test_a_store_that_was_begun_and_never_used_is_none_yet(tmp_path: Path) -> None:
    open_engine(str(tmp_path / "store")).close()
    refused(tmp_path / "store", "begun and never used", create=False)


def test_an_address_of_a_database_that_libpq_cannot_read_is_refused() -> None:
    assert "secret" not in refused("postgresql://u:secret@h/d?nonsense=1", "is not an address of a database")
