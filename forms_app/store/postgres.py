"""Rows in PostgreSQL, for a district on more than one machine, with the server's own replication and failover.

A connection may be lost at any moment. What was not committed is tried again; whether a commit landed that nobody
confirmed is looked up in the audit log, so that no mark is written twice and none is called lost that is there.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import psycopg
from psycopg import Connection, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from forms_app.store.addresses import without_password
from forms_app.store.engine import AuditRow, Batch, Conflict, Head, Row, Sign, SummaryRow, Write
from forms_app.store.errors import BadAddress, NewerStore, StoreUnavailable
from forms_app.store.records import Columns

Link = Connection[TupleRow]
Found = TypeVar("Found")

LAYOUT = 1
CONNECTIONS = 16
PATIENCE_SECONDS = 20.0  # how long a request waits for a server that restarts or fails over
RECONNECT_SECONDS = 2.0  # then the pool begins anew: its own pauses grow, and would miss the server's return
PAUSE_SECONDS = 0.1
ADVISORY_LOCK = 0x434D4862

DEFAULTS: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "case-manager-handbook",
    "target_session_attrs": "read-write",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}

TABLES = """
CREATE SCHEMA IF NOT EXISTS handbook_store;
SET LOCAL search_path = handbook_store;
CREATE TABLE record (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
    school TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
    summary BYTEA NOT NULL, contents BYTEA NOT NULL,
    UNIQUE (kind, id)
) WITH (fillfactor = 80);
CREATE INDEX record_by_school ON record (kind, school, state);
CREATE INDEX record_by_owner ON record (kind, owner, state);
CREATE INDEX record_by_state ON record (kind, state);
CREATE TABLE part (
    record BIGINT NOT NULL REFERENCES record ON DELETE CASCADE, place INTEGER NOT NULL, sealed BYTEA NOT NULL,
    PRIMARY KEY (record, place)
);
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY, at TEXT NOT NULL, action TEXT NOT NULL, who TEXT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL, effect TEXT NOT NULL,
    session TEXT NOT NULL, fields TEXT NOT NULL, reason BYTEA NOT NULL, mac BYTEA NOT NULL
);
CREATE INDEX audit_by_record ON audit (kind, id, seq);
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), sealed BYTEA NOT NULL) WITH (fillfactor = 10);
CREATE TABLE setting (name TEXT PRIMARY KEY, value BYTEA NOT NULL);
CREATE TABLE layout (version INTEGER NOT NULL);
ALTER TABLE record ALTER summary SET STORAGE EXTERNAL, ALTER contents SET STORAGE EXTERNAL;
ALTER TABLE part ALTER sealed SET STORAGE EXTERNAL;
INSERT INTO head VALUES (1, '');
"""
SELECT_ROWS = (
    "SELECT kind, id, version, school, owner, state, summary, contents, place, sealed FROM record LEFT JOIN part ON record = number"
)
AUDIT_COLUMNS = "seq, at, action, who, kind, id, version, effect, session, fields, reason, mac"
INSERT_ENTRY = f"INSERT INTO audit ({AUDIT_COLUMNS}) VALUES ({', '.join(['%s'] * 12)})"
REPLACE_ENTRY = f"{INSERT_ENTRY} ON CONFLICT (seq) DO UPDATE SET reason = EXCLUDED.reason"
INSERT_RECORD = (
    "INSERT INTO record (version, school, owner, state, summary, contents, kind, id)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING number"
)
UPDATE_RECORD = "UPDATE record SET version = %s, school = %s, owner = %s, state = %s, summary = %s, contents = %s WHERE number = %s"
PUT_PART = "INSERT INTO part VALUES (%s, %s, %s) ON CONFLICT (record, place) DO UPDATE SET sealed = EXCLUDED.sealed"


class PostgresEngine:
    def __init__(self, address: str, *, create: bool = True) -> None:
        self._name = without_password(address)
        self._conninfo = _conninfo(address)
        self._prepare(create=create)
        self._pool: ConnectionPool[Link] = ConnectionPool(
            self._conninfo,
            min_size=1,
            max_size=CONNECTIONS,
            configure=_configure,
            timeout=RECONNECT_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            open=True,
        )

    def _prepare(self, *, create: bool) -> None:
        try:
            with psycopg.connect(self._conninfo) as link:
                _check_durable(link, self._name)
                link.execute("SELECT pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
                if not _value(link, "SELECT to_regclass('handbook_store.layout')"):
                    if not create:
                        raise BadAddress(f"There is no store in {self._name}.")
                    link.execute(TABLES)
                    link.execute("INSERT INTO layout VALUES (%s)", (LAYOUT,))
                layout = _value(link, "SELECT version FROM handbook_store.layout")
                if layout > LAYOUT:
                    raise NewerStore(f"The store in {self._name} was written by a newer program (layout {layout}).")
        except psycopg.Error as error:
            raise BadAddress(f"The database {self._name} cannot be used: {_reason(error)}.") from None

    def turn(self) -> AbstractContextManager[object]:
        return nullcontext()  # a change is mostly waiting for the server

    def read(self, kind: str, id: str) -> Row | None:
        lines = self._ask(lambda link: link.execute(f"{SELECT_ROWS} WHERE kind = %s AND id = %s", (kind, id)).fetchall())
        return _row(lines) if lines else None

    def summaries(self, kind: str, school: str | None, owner: str | None, state: str | None) -> list[SummaryRow]:
        where, values = _filter({"kind = %s": kind, "school = %s": school, "owner = %s": owner, "state = %s": state})
        query = f"SELECT id, version, school, owner, state, summary FROM record WHERE {where} ORDER BY id"
        lines = self._ask(lambda link: link.execute(query, values).fetchall())
        return [SummaryRow(line[0], line[1], Columns(*line[2:5]), line[5]) for line in lines]

    def write(self, write: Write, sign: Sign) -> None:
        self._transact(lambda link: _apply(link, write, sign))

    def put(self, batch: Batch) -> None:
        self._transact(lambda link: _put_batch(link, batch))

    def entries(self, kind: str | None, id: str | None, who: str | None, before: int | None, limit: int | None) -> list[AuditRow]:
        where, values = _filter({"kind = %s": kind, "id = %s": id, "who = %s": who, "seq < %s": before})
        query = f"SELECT {AUDIT_COLUMNS} FROM audit WHERE {where} ORDER BY seq DESC LIMIT %s"
        return [AuditRow(*line) for line in self._ask(lambda link: link.execute(query, (*values, limit)).fetchall())]

    def scan(self, *, check: bool = False) -> Iterator[Row | AuditRow | Head]:
        """On a connection of its own, from one snapshot; the server checks its own pages as it reads them."""
        with self._translated(), psycopg.connect(self._conninfo) as link:
            link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            link.execute("SET search_path = handbook_store")
            with link.cursor("rows") as rows:
                rows.itersize = 200
                rows.execute(f"{SELECT_ROWS} ORDER BY kind, id, place")
                for _, lines in groupby(rows, key=itemgetter(0, 1)):
                    yield _row(list(lines))
            with link.cursor("entries") as entries:
                entries.itersize = 2000
                entries.execute(f"SELECT {AUDIT_COLUMNS} FROM audit ORDER BY seq")
                yield from (AuditRow(*line) for line in entries)
            yield _head(link)

    def get_setting(self, name: str) -> bytes | None:
        lines = self._ask(lambda link: link.execute("SELECT value FROM setting WHERE name = %s", (name,)).fetchall())
        return lines[0][0] if lines else None

    def swap_setting(self, name: str, old: bytes | None, new: bytes) -> bool:
        def swap(link: Link) -> int:
            if old is None:
                return link.execute("INSERT INTO setting VALUES (%s, %s) ON CONFLICT DO NOTHING", (name, new)).rowcount
            query = "UPDATE setting SET value = %s WHERE name = %s AND value = %s"
            return link.execute(query, (new, name, old)).rowcount

        with self._translated(), self._link() as link:
            return swap(link) == 1

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def _link(self) -> Iterator[Link]:
        """A connection of the pool; one to a server that was demoted since is left for good."""
        with self._pool.connection() as link:
            try:
                yield link
            except errors.ReadOnlySqlTransaction:
                link.close()
                raise

    def _ask(self, question: Callable[[Link], Found]) -> Found:
        """A question may be asked again: it changes nothing."""
        for _ in self._patiently():
            with self._translated(), self._link() as link:
                return question(link)
        raise StoreUnavailable(f"The database {self._name} does not answer.")

    def _transact(self, work: Callable[[Link], AuditRow | None]) -> None:
        for _ in self._patiently():
            entry = None
            committing = False
            with self._translated(), self._link() as link:
                entry = work(link)
                committing = True
                link.commit()
                return
            if committing and entry and self._landed(entry):
                return
        raise StoreUnavailable(f"The database {self._name} does not answer. Nothing was saved.")

    def _landed(self, entry: AuditRow) -> bool:
        """Whether an unconfirmed commit is there. The head's lock makes us wait for one that is still under way."""

        def look(link: Link) -> bool:
            link.execute("SELECT 1 FROM head FOR UPDATE")
            return bool(link.execute("SELECT 1 FROM audit WHERE seq = %s AND mac = %s", (entry.seq, entry.mac)).fetchone())

        try:
            return self._ask(look)
        except StoreUnavailable:
            raise StoreUnavailable(
                f"The database {self._name} does not answer; whether the last change was saved shows when it is back."
            ) from None

    def _patiently(self) -> Iterator[None]:
        """One attempt, and more of them while a lost connection is worth waiting for."""
        until = time.monotonic() + PATIENCE_SECONDS
        yield
        while time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
            yield

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """A lost connection ends the block quietly, so that the caller tries again; all else is told."""
        try:
            yield
        except errors.DiskFull as error:
            raise StoreUnavailable("The disk of the database is full. Nothing was saved.", full=True) from error
        except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected) as error:
            raise StoreUnavailable("The database is busy. Nothing was saved; try again.") from error
        except PoolClosed as error:
            raise StoreUnavailable("The store is closed.") from error
        except (psycopg.OperationalError, psycopg.InterfaceError, errors.ReadOnlySqlTransaction, PoolTimeout):
            return
        except psycopg.Error as error:
            raise StoreUnavailable(f"The database {self._name} cannot be used: {_reason(error)}.") from None


def _apply(link: Link, write: Write, sign: Sign) -> AuditRow:
    """Two round trips: what must be known under the head's lock, then everything that is written."""
    with link.pipeline():
        link.execute("SELECT 1 FROM head FOR UPDATE")
        head = link.execute(HEAD)
        found = link.execute("SELECT number, version FROM record WHERE kind = %s AND id = %s", (write.kind, write.id))
        number, current = found.fetchone() or (0, 0)
        if write.expected not in (None, current):
            raise Conflict(current)
        seq, mac, sealed = head.fetchone() or (0, b"", b"")
        entry, sealed_head = sign(Head(seq, mac, sealed), current)
        link.execute(INSERT_ENTRY, entry)
        link.execute("UPDATE head SET sealed = %s", (sealed_head,))
        if write.row:
            _put(link, number, write.row, write.dropped)
        elif write.effect == "delete":
            link.execute("DELETE FROM record WHERE number = %s", (number,))
    return entry


HEAD = "SELECT coalesce(max(seq), 0), coalesce((SELECT mac FROM audit ORDER BY seq DESC LIMIT 1), ''), (SELECT sealed FROM head) FROM audit"


def _head(link: Link) -> Head:
    return Head(*(link.execute(HEAD).fetchone() or (0, b"", b"")))


def _put(link: Link, number: int, row: Row, dropped: Sequence[int]) -> None:
    columns = row.columns
    facts = (row.version, columns.school, columns.owner, columns.state, row.summary, row.contents)
    if number:
        link.execute(UPDATE_RECORD, (*facts, number))
    else:
        number = (link.execute(INSERT_RECORD, (*facts, row.kind, row.id)).fetchone() or (0,))[0]
    for place, sealed in row.parts.items():
        link.execute(PUT_PART, (number, place, sealed))
    for place in dropped:
        link.execute("DELETE FROM part WHERE record = %s AND place = %s", (number, place))


def _put_batch(link: Link, batch: Batch) -> None:
    link.execute("SELECT 1 FROM head FOR UPDATE")
    for row in batch.rows:
        query = "DELETE FROM record WHERE kind = %s AND id = %s AND version = %s"
        link.execute(query, (row.kind, row.id, row.version))
        if not link.execute("SELECT 1 FROM record WHERE kind = %s AND id = %s", (row.kind, row.id)).fetchone():
            _put(link, 0, row, ())
    for kind, id in batch.gone:
        link.execute("DELETE FROM record WHERE kind = %s AND id = %s", (kind, id))
    with link.cursor() as cursor:
        cursor.executemany(REPLACE_ENTRY, batch.entries)
    if batch.head is not None:
        link.execute("UPDATE head SET sealed = %s", (batch.head,))


def _row(lines: Sequence[TupleRow]) -> Row:
    """One row from the lines of SELECT_ROWS, one for each part."""
    kind, id, version, school, owner, state, summary, contents = lines[0][:8]
    parts = {place: sealed for *_, place, sealed in lines if place is not None}
    return Row(kind, id, version, Columns(school, owner, state), summary, contents, parts)


def _filter(wanted: dict[str, str | int | None]) -> tuple[str, tuple[str | int, ...]]:
    given = {test: value for test, value in wanted.items() if value is not None}
    return " AND ".join(given) or "true", tuple(given.values())


def _value(link: Link, query: str) -> Any:
    return (link.execute(query).fetchone() or (None,))[0]


def _configure(link: Link) -> None:
    """Each connection, whatever the server's own settings are."""
    link.execute(
        "SET search_path = handbook_store; SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s';"
        "SET default_transaction_isolation = 'read committed'; SET standard_conforming_strings = on"
    )
    if _value(link, "SHOW synchronous_commit") in ("off", "local"):
        link.execute("SET synchronous_commit = on")
    link.commit()


def _check_durable(link: Link, name: str) -> None:
    for setting in ("fsync", "full_page_writes"):
        if _value(link, f"SHOW {setting}") != "on":
            raise BadAddress(f"The database {name} runs with {setting} = off: a power cut would lose marks.")


def _conninfo(address: str) -> str:
    try:
        given = conninfo_to_dict(address)
        return make_conninfo(address, **{name: value for name, value in DEFAULTS.items() if name not in given})
    except psycopg.Error:
        raise BadAddress(f"{without_password(address)} is not an address of a database.") from None


def _reason(error: psycopg.Error) -> str:
    """The server's first line; libpq puts no password into it."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
