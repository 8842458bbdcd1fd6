"""Engines by themselves: batches, settings, and what they say when the disk or the server behind them fails."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import psycopg_pool
import pytest

from forms_app.store import Columns, DamagedStore, NewerStore, Store, StoreUnavailable, open_store
from forms_app.store import sqlite as sqlite_engine
from forms_app.store.engine import AuditRow, Batch, Engine, Head, Row
from forms_app.store.memory import MemoryEngine
from forms_app.store.opening import open_engine
from forms_app.store.sqlite import SqliteEngine
from tests.store.conftest import KEY, KINDS, entry, mark, marks, profile
from tests.store.postgres_server import Server


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    with closing(open_engine(url)) as engine:
        yield engine


def a_row(id: str, version: int = 1, **parts: bytes) -> Row:
    numbered = {int(name[1:]): sealed for name, sealed in parts.items()}
    return Row("student", id, version, Columns("s1", "o1", "open"), b"summary", b"contents", numbered)


def an_entry(seq: int, reason: bytes = b"") -> AuditRow:
    return AuditRow(seq, "2026-11-24T12:00:00.000+00:00", "mark", "u1", "student", "a", 1, "change", "", "item", reason, b"mac")


def held(engine: Engine, id: str) -> Row | None:
    row = engine.read("student", id)
    return row and row._replace(parts=dict(row.parts))


def test_a_batch_is_taken_over_as_it_is(engine: Engine) -> None:
    rows, entries = [a_row("a", p1=b"one"), a_row("b")], [an_entry(1), an_entry(2)]
    engine.put(Batch(rows, entries, head=b"sealed head"))
    assert list(engine.scan(check=True)) == [*rows, *entries, Head(2, b"mac", b"sealed head")]
    assert [row.id for row in engine.summaries("student", "s1", "o1", "open")] == ["a", "b"]
    assert engine.summaries("student", "s2", None, None) == []


def test_a_batch_replaces_the_same_version_and_leaves_another(engine: Engine) -> None:
    engine.put(Batch([a_row("a", 2, p1=b"one", p2=b"two")], [an_entry(1, b"old seal")]))
    engine.put(Batch([a_row("a", 2, p3=b"three")], [an_entry(1, b"new seal")]))
    assert held(engine, "a") == a_row("a", 2, p3=b"three")
    assert engine.entries(None, None, None, None, None) == [an_entry(1, b"new seal")]
    engine.put(Batch([a_row("a", 1, p4=b"four")]))
    assert held(engine, "a") == a_row("a", 2, p3=b"three")


def test_a_batch_takes_records_away_also_such_as_are_not_there(engine: Engine) -> None:
    engine.put(Batch([a_row("a", p1=b"one"), a_row("b")]))
    engine.put(Batch(gone=[("student", "a"), ("student", "never there")]))
    assert held(engine, "a") is None
    assert held(engine, "b") == a_row("b")


def test_a_setting_takes_a_new_value_only_where_the_old_one_is(engine: Engine) -> None:
    assert engine.get_setting("x") is None
    assert not engine.swap_setting("x", b"other", b"one")
    assert engine.swap_setting("x", None, b"one")
    assert not engine.swap_setting("x", None, b"two")
    assert not engine.swap_setting("x", b"other", b"two")
    assert engine.swap_setting("x", b"one", b"two")
    assert engine.get_setting("x") == b"two"


def test_parts_are_a_mapping_of_what_is_there(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path / "store")) as engine:
        engine.put(Batch([a_row("a", p1=b"one", p3=b"three")]))
        row = engine.read("student", "a")
        assert row
        assert len(row.parts) == 2
        assert list(row.parts) == [1, 3]
        assert row.parts.get(2) is None


def test_a_second_turn_of_the_same_thread_is_the_same_turn(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path / "store")) as engine:
        with engine.turn(), engine.turn():
            engine.put(Batch([a_row("a")]))
        others: list[Row | None] = []
        thread = threading.Thread(target=lambda: others.append(held(engine, "a")))
        thread.start()
        thread.join()
        assert others == [a_row("a")]


def test_the_connections_of_threads_that_ended_are_closed(tmp_path: Path) -> None:
    with closing(SqliteEngine(tmp_path / "store")) as engine:
        for _ in range(5):
            thread = threading.Thread(target=engine.read, args=("student", "a"))
            thread.start()
            thread.join()
        assert len(engine._connections) <= 3


def test_a_child_process_uses_connections_of_its_own(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        id = store.create("student", profile(), entry()).id
        child = os.fork()
        if not child:
            try:
                store.change("student", id, mark("child"), entry())
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        store.change("student", id, mark("parent"), entry())
        assert marks(store, id) == ["child", "parent"]


def test_the_log_begins_anew_while_the_store_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_engine, "CHECKPOINT_SECONDS", 0.01)
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        id = store.create("student", profile(), entry()).id
        until = time.monotonic() + 1
        while time.monotonic() < until:
            store.change("student", id, mark("x"), entry())
        assert (tmp_path / "store" / "store.sqlite3-wal").stat().st_size < 4_000_000
        assert store.verify().ok


class Failing:
    """A connection on which one kind of statement fails."""

    def __init__(self, sql: sqlite3.Connection, statement: str, error: Exception) -> None:
        self._sql, self._statement, self._error = sql, statement, error

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith(self._statement):
            raise self._error
        return self._sql.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sql, name)


def sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorname = name
    return error


USUAL = "INSERT INTO usual"  # what a mark is written with


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Callable[[str, Exception], Store]]:
    """`failing("COMMIT", error)` is a store whose commits fail."""
    stores = []

    def make(statement: str, error: Exception) -> Store:
        store = open_store(tmp_path / "store", key=KEY, kinds=KINDS)
        store.create("student", profile(name="A"), entry(), id="a")
        engine = store._engine
        assert isinstance(engine, SqliteEngine)
        whole = engine._sql
        engine._sql = lambda: Failing(whole(), statement, error)  # type: ignore[method-assign,assignment,return-value]
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SQLITE_FULL", "disk is full"),
        ("SQLITE_BUSY_SNAPSHOT", "busy"),
        ("SQLITE_LOCKED", "busy"),
        ("SQLITE_READONLY", "cannot be written"),
        ("SQLITE_CANTOPEN", "cannot be written"),
        ("SQLITE_IOERR_WRITE", "reported an error"),
        ("SQLITE_IOERR_FSYNC", "takes no more changes"),
        ("SQLITE_NOMEM", "as SQLite says it"),
    ],
)
def test_an_error_of_the_disk_is_a_sentence_and_nothing_is_saved(failing: Callable[[str, Exception], Store], name: str, words: str) -> None:
    store = failing(USUAL, sqlite_error(name))
    with pytest.raises(StoreUnavailable, match=words) as caught:
        store.change("student", "a", mark("x"), entry())
    assert caught.value.full == (name == "SQLITE_FULL")
    assert marks(store, "a") == []
    assert len(store.history()) == 1


@pytest.mark.parametrize(("name", "words"), [("SQLITE_FULL", "disk is full"), ("SQLITE_IOERR_FSYNC", "takes no more changes")])
def test_so_it_is_for_what_takes_more_than_one_statement(failing: Callable[[str, Exception], Store], name: str, words: str) -> None:
    store = failing("COMMIT", sqlite_error(name))
    with pytest.raises(StoreUnavailable, match=words):
        store.create("student", profile(name="B"), entry(), id="b")
    assert store.get("student", "b") is None
    assert len(store.history()) == 1


@pytest.mark.parametrize("name", ["SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE", "SQLITE_CANTOPEN"])
def test_a_disk_without_room_for_the_files_beside_the_store_is_said_to_be_full(
    failing: Callable[[str, Exception], Store], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = failing(USUAL, sqlite_error(name))
    room = SimpleNamespace(f_bavail=1, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda _: room)
    with pytest.raises(StoreUnavailable, match="disk is full") as caught:
        store.change("student", "a", mark("x"), entry())
    assert caught.value.full


def test_after_a_failed_sync_nothing_more_is_written(failing: Callable[[str, Exception], Store]) -> None:
    store = failing(USUAL, sqlite_error("SQLITE_IOERR_FSYNC"))
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="takes no more changes until it is restarted"):
            store.change("student", "a", mark("x"), entry())


def test_damage_that_sqlite_finds_is_named(failing: Callable[[str, Exception], Store]) -> None:
    store = failing("SELECT", sqlite_error("SQLITE_CORRUPT_INDEX"))
    with pytest.raises(DamagedStore, match="restore the last backup"):
        store.get("student", "a")


def test_damage_in_a_name_is_damage(failing: Callable[[str, Exception], Store]) -> None:
    store = failing("SELECT", UnicodeDecodeError("utf-8", b"\xff", 0, 1, "as Python says it"))
    with pytest.raises(DamagedStore, match="is damaged"):
        store.get("student", "a")


def test_memory_keeps_nothing_and_closes_quietly() -> None:
    engine = MemoryEngine()
    engine.close()
    assert list(engine.scan()) == [Head(0, b"", b"")]


@pytest.fixture
def served(postgres_url: str) -> Iterator[Store]:
    with open_store(postgres_url, key=KEY, kinds=KINDS) as store:
        store.create("student", profile(name="A"), entry(), id="a")
        yield store


def test_a_layout_of_a_newer_program_is_refused_on_postgresql_too(postgres: Server, served: Store, postgres_url: str) -> None:
    postgres.sql("UPDATE handbook_store.layout SET version = 99")
    with pytest.raises(NewerStore, match="layout 99"):
        open_store(postgres_url, key=KEY, kinds=KINDS)


def test_a_commit_whose_confirmation_was_lost_is_looked_up(served: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it landed and once it did not: the mark is there once either way."""
    whole = psycopg.Connection.commit
    for item, landed in [("landed", True), ("did not", False)]:
        left = [1]

        def commit(link: Any, landed: bool = landed, left: list[int] = left) -> None:
            if not left:
                return whole(link)
            left.clear()
            if landed:
                whole(link)
            raise psycopg.OperationalError("the connection was lost")

        monkeypatch.setattr(psycopg.Connection, "commit", commit)
        served.change("student", "a", mark(item), entry())
    assert marks(served, "a") == ["landed", "did not"]
    assert served.verify().ok


def test_a_server_that_does_not_come_back_is_said_to_be_away(served: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.store.postgres.PATIENCE_SECONDS", 0.2)

    def away(pool: Any) -> None:
        raise psycopg_pool.PoolTimeout

    monkeypatch.setattr(psycopg_pool.ConnectionPool, "connection", away)
    with pytest.raises(StoreUnavailable, match=r"does not answer\.$"):
        served.get("student", "a")
    with pytest.raises(StoreUnavailable, match="Nothing was saved"):
        served.note("student", "a", entry())


def test_it_is_said_when_nobody_knows_whether_a_commit_landed(served: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.store.postgres.PATIENCE_SECONDS", 0.2)

    def lost(link: Any) -> None:
        raise psycopg.OperationalError("the connection was lost")

    def away(pool: Any) -> None:
        raise psycopg_pool.PoolTimeout

    def commit(link: Any) -> None:
        monkeypatch.setattr(psycopg_pool.ConnectionPool, "connection", away)
        lost(link)

    monkeypatch.setattr(psycopg.Connection, "commit", commit)
    with pytest.raises(StoreUnavailable, match="whether the last change was saved shows when it is back"):
        served.note("student", "a", entry())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (psycopg.errors.DiskFull, "disk of the database is full"),
        (psycopg.errors.LockNotAvailable, "busy"),
        (psycopg.errors.UndefinedTable, "cannot be used: as the server says it"),
    ],
)
def test_an_error_of_the_database_is_a_sentence(
    served: Store, monkeypatch: pytest.MonkeyPatch, error: type[psycopg.Error], words: str
) -> None:
    whole = psycopg.Connection.commit

    def fail(link: Any) -> None:
        raise error("as the server says it.\nAnd more of it.")

    monkeypatch.setattr(psycopg.Connection, "commit", fail)
    with pytest.raises(StoreUnavailable, match=words) as caught:
        served.note("student", "a", entry())
    assert caught.value.full == (error is psycopg.errors.DiskFull)
    monkeypatch.setattr(psycopg.Connection, "commit", whole)
    assert len(served.history()) == 1


def test_a_connection_to_a_server_that_was_demoted_is_left(postgres: Server, served: Store) -> None:
    pids = "SELECT pid FROM pg_stat_activity WHERE application_name = 'case-manager-handbook' ORDER BY pid"
    before = postgres.sql(pids)
    engine: Any = served._engine
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), engine._link() as link:
        link.execute("SET TRANSACTION READ ONLY")
        link.execute("DELETE FROM record")
    served.note("student", "a", entry())
    assert postgres.sql(pids) != before


def test_a_database_whose_commits_do_not_wait_is_told_to(postgres: Server, postgres_url: str) -> None:
    postgres.sql("ALTER ROLE postgres SET synchronous_commit = off")
    try:
        with open_store(postgres_url, key=KEY, kinds=KINDS) as store:
            engine: Any = store._engine
            assert engine._ask(lambda link: link.execute("SHOW synchronous_commit").fetchone()) == ("on",)
    finally:
        postgres.sql("ALTER ROLE postgres RESET synchronous_commit")


def as_layout_1(place: Path) -> None:
    """The file as an older program left it: the log with an index instead of a trail."""
    with closing(sqlite3.connect(place / "store.sqlite3", isolation_level=None)) as link:
        for statement in ("DROP TABLE trail", "DROP TABLE trailed", "CREATE INDEX audit_by_record ON audit (kind, id, seq)"):
            link.execute(statement)
        link.execute("PRAGMA user_version = 1")


def test_a_store_of_the_first_layout_is_brought_to_the_second_and_its_log_is_found_by_record(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        for id in ("a", "b"):
            store.create("student", profile(name=id), entry(), id=id)
            store.change("student", id, mark("x"), entry())
        history = store.history("student", "a")
    as_layout_1(tmp_path / "store")
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        assert store.history("student", "a") == history
        store.change("student", "a", mark("y"), entry())
        assert [found.version for found in store.history("student", "a")] == [3, 2, 1]
        assert store.verify().ok


def test_an_entry_that_is_missing_in_the_trail_is_found_by_verify(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        store.create("student", profile(name="A"), entry(), id="a")
    as_layout_1(tmp_path / "store")  # so that opening it makes the whole trail
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        with closing(sqlite3.connect(tmp_path / "store" / "store.sqlite3", isolation_level=None)) as link:
            link.execute("DELETE FROM trail WHERE id = 'a'")
        report = store.verify()
        assert not report.ok
        assert "list of the log's entries by record" in str(report)


def test_two_servers_in_turn_on_one_store_lose_nothing(tmp_path: Path) -> None:
    """Each finds the log's head moved by the other."""
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as one, open_store(tmp_path / "store", key=KEY, kinds=KINDS) as other:
        one.create("student", profile(name="A"), entry(), id="a")
        one.create("student", profile(name="B"), entry(), id="b")
        for number in range(6):
            (one, other)[number % 2].change("student", "ab"[number % 3 % 2], mark(f"item {number}"), entry())
        assert len(marks(one, "a")) + len(marks(other, "b")) == 6
        assert len(one.history()) == 8
        assert one.verify().ok


def test_the_trail_follows_the_log_while_the_store_is_open(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        store.create("student", profile(name="A"), entry(), id="a")
        engine = store._engine
        assert isinstance(engine, SqliteEngine)
        with closing(sqlite3.connect(tmp_path / "store" / "store.sqlite3")) as link:
            until = time.monotonic() + 20
            while not link.execute("SELECT count(*) FROM trail").fetchone()[0]:
                assert time.monotonic() < until
                time.sleep(0.05)
        assert len(store.history("student", "a")) == 1
