"""Rows in SQLite: write-ahead log, every commit synced to the disk, several processes at once.

Checkpoints (moving pages from the log into the file) run in a thread of their own, so that no request pays for them.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

from forms_app.store.engine import AuditRow, Batch, Conflict, Head, Row, Sign, SummaryRow, Write
from forms_app.store.errors import BadAddress, DamagedStore, NewerStore, StoreError, StoreUnavailable
from forms_app.store.files import sync_directory
from forms_app.store.places import check_place
from forms_app.store.records import Columns

Result = TypeVar("Result")

FILE_NAME = "store.sqlite3"
APPLICATION_ID = 0x434D4862  # "CMHb": tells our file from any other SQLite file
LAYOUT = 2
BUSY_SECONDS = 10.0
READ_PAGES, WRITE_PAGES = 500, 4000  # that a connection remembers: 2 MB and 16 MB
CHECKPOINT_SECONDS = 0.5
# After a failed sync nothing more is written: what the disk then holds is unknown, and trying again does not tell.
SYNC_FAILED = ("SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC")
# How SQLite puts it when there is no room for the files that it keeps beside ours.
PERHAPS_FULL = ("SQLITE_IOERR_SHMOPEN", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_WRITE", "SQLITE_CANTOPEN")
ROOM = 64 * 1024  # bytes; less is no room for those files

TABLES = """
CREATE TABLE record (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    school TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
    summary BLOB NOT NULL, contents BLOB NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX record_by_school ON record (kind, school, state);
CREATE INDEX record_by_owner ON record (kind, owner, state);
CREATE INDEX record_by_state ON record (kind, state);
CREATE TABLE part (place INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, at TEXT NOT NULL, action TEXT NOT NULL, who TEXT NOT NULL,
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, effect TEXT NOT NULL,
    session TEXT NOT NULL, fields TEXT NOT NULL, reason BLOB NOT NULL, mac BLOB NOT NULL
);
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), sealed BLOB NOT NULL);
CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL);
INSERT INTO head VALUES (1, x'')"""
# Which entries are about a record. An index of SQLite's own would be a page more in each transaction; this one is
# brought up to date apart, in large steps, and what it does not know yet is looked for at the log's end.
TRAIL = """
CREATE TABLE trail (kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (kind, id, seq)) WITHOUT ROWID;
CREATE TABLE trailed (one INTEGER PRIMARY KEY CHECK (one = 1), upto INTEGER NOT NULL);
INSERT INTO trailed VALUES (1, 0)"""
TRAIL_STEP = 2000  # entries in one transaction, some 5 ms
EXTEND_TRAIL = "INSERT OR IGNORE INTO trail SELECT kind, id, seq FROM audit WHERE seq > ? AND seq <= ?"
ADD_TO_TRAIL = "INSERT OR IGNORE INTO trail SELECT ?, ?, ? WHERE ? <= (SELECT upto FROM trailed)"
ABOUT_RECORD = (
    "seq IN (SELECT seq FROM trail WHERE kind = :kind AND id = :id UNION ALL"
    " SELECT seq FROM audit WHERE seq > (SELECT upto FROM trailed) AND kind = :kind AND id = :id)"
)
COUNT_TRAIL = (
    "SELECT (SELECT count(*) FROM trail), count(*), count(trail.seq) FROM audit"
    " LEFT JOIN trail ON trail.kind = audit.kind AND trail.id = audit.id AND trail.seq = audit.seq"
    " WHERE audit.seq <= (SELECT upto FROM trailed)"
)
PARTS = 1 << 16  # a record's parts lie side by side: its number times this, plus the part's own number
SELECT_ROWS = (
    "SELECT kind, id, version, school, owner, state, summary, contents, place, sealed FROM record"
    f" LEFT JOIN part ON place BETWEEN number * {PARTS} AND number * {PARTS} + {PARTS - 1}"
)
SELECT_RECORD = "SELECT number, version, school, owner, state, summary, contents FROM record WHERE kind = ? AND id = ?"
SELECT_PARTS = "SELECT place, sealed FROM part WHERE place BETWEEN ? AND ?"
INSERT_RECORD = "INSERT INTO record (version, school, owner, state, summary, contents, kind, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
UPDATE_RECORD = "UPDATE record SET version = ?, summary = ?, contents = ? WHERE number = ?"
UPDATE_EXPECTED = (
    "UPDATE record SET version = ?, summary = ?, contents = ?"
    " WHERE kind = ? AND id = ? AND version = ? AND school = ? AND owner = ? AND state = ?"
)
SELECT_PLACE = "SELECT number, version, school, owner, state FROM record WHERE kind = ? AND id = ?"
AUDIT_COLUMNS = "seq, at, action, who, kind, id, version, effect, session, fields, reason, mac"
SELECT_HEAD = "SELECT seq, mac, (SELECT sealed FROM head) FROM audit"
EMPTY_HEAD = "SELECT 0, x'', sealed FROM head"
INSERT_ENTRY = f"INSERT INTO audit VALUES ({', '.join('?' * 12)})"
# The usual change, a transaction in one statement: the record and the log's head are as they were known, and nothing of
# the row changes but version, summary and contents. It is done whole, or fails and does nothing.
USUAL = """
CREATE TEMP VIEW usual AS SELECT 0 AS expected, '' AS school, '' AS owner, '' AS state, '' AS summary, '' AS contents,
    '' AS before, '' AS after, audit.* FROM audit
"""
DO_USUAL = """
CREATE TEMP TRIGGER do_usual INSTEAD OF INSERT ON usual BEGIN
    UPDATE record SET version = new.version, summary = new.summary, contents = new.contents
        WHERE kind = new.kind AND id = new.id AND version = new.expected
        AND school = new.school AND owner = new.owner AND state = new.state;
    SELECT RAISE(ABORT, 'moved') WHERE changes() = 0;
    UPDATE head SET sealed = new.after WHERE sealed = new.before;
    SELECT RAISE(ABORT, 'moved') WHERE changes() = 0;
    INSERT INTO audit VALUES (new.seq, new.at, new.action, new.who, new.kind, new.id, new.version, new.effect,
        new.session, new.fields, new.reason, new.mac);
END
"""
INSERT_USUAL = f"INSERT INTO usual VALUES ({', '.join('?' * 20)})"


class _Connection:
    """A connection of one thread; or the one that writes, which has the most pages at hand."""

    def __init__(self, path: Path, *, writes: bool = False) -> None:
        self.process = os.getpid()
        self.sql = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self.sql.execute("PRAGMA synchronous = FULL")
        self.sql.execute("PRAGMA fullfsync = ON")  # on a Mac a plain sync stops at the disk's own memory
        self.sql.execute("PRAGMA wal_autocheckpoint = 0")
        self.sql.execute("PRAGMA foreign_keys = OFF")
        self.sql.execute("PRAGMA trusted_schema = OFF")
        self.sql.execute("PRAGMA cell_size_check = ON")
        self.sql.execute(f"PRAGMA cache_size = {WRITE_PAGES if writes else READ_PAGES}")
        if writes:
            self.sql.execute(USUAL)
            self.sql.execute(DO_USUAL)


class _Parts(Mapping[int, bytes]):
    """A row's parts, each read when it is asked for: a page needs this year's of seven."""

    def __init__(self, read: Callable[[int, int], list[tuple[int, bytes]]], first: int) -> None:
        self._read = read
        self._first = first

    def __getitem__(self, number: int) -> bytes:
        found = self._read(self._first + number, self._first + number)
        if not found:
            raise KeyError(number)
        return found[0][1]

    def __iter__(self) -> Iterator[int]:
        return (place - self._first for place, _ in self._read(self._first, self._first + PARTS - 1))

    def __len__(self) -> int:
        return len(list(iter(self)))


class _Turn:
    """One thread's after the other; a thread that has it may take it again. Waiting here is fair; SQLite's own lock is
    for other processes."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._thread = 0
        self._depth = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._thread = threading.get_ident()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._thread = 0
        self._lock.release()

    def is_mine(self) -> bool:
        return self._thread == threading.get_ident()


class _Errors:
    """SQLite's errors, as sentences. (A class: the writing of a mark passes here five times.)"""

    def __init__(self, path: Path, translate: Callable[[sqlite3.Error], StoreError]) -> None:
        self._path = path
        self._translate = translate

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise self._translate(error) from error
        if isinstance(error, UnicodeDecodeError):  # SQLite's own words, with a damaged name in them
            raise DamagedStore(f"{self._path} is damaged. Run verify; restore the last backup.") from error


class SqliteEngine:
    def __init__(self, directory: Path, *, create: bool = True) -> None:
        self.directory = directory
        self._path = directory / FILE_NAME
        self._mine = threading.local()
        self._connections: dict[threading.Thread, _Connection] = {}
        self._turn = _Turn()
        self._writer: _Connection | None = None
        self._broken = ""
        self._head: Head | None = None  # of the log, as this process left it; a statement that relies on it checks it
        self._errors = _Errors(self._path, self._translate)
        self._written = False
        self._closing = threading.Event()
        _prepare(directory, self._path, create=create)
        try:
            with self._errors:
                self._open()
        except BaseException:
            self._close_connections()
            raise
        self._checkpointer = threading.Thread(target=self._checkpoint_now_and_then, name="checkpoint", daemon=True)
        self._checkpointer.start()

    def _open(self) -> None:
        sql = self._sql()
        ours = sql.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        if not ours and sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise BadAddress(f"{self._path} is a SQLite file of another program.")
        layout = sql.execute("PRAGMA user_version").fetchone()[0]
        if layout > LAYOUT:
            raise NewerStore(f"The store in {self.directory} was written by a newer program (layout {layout}).")
        if sql.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise BadAddress(f"{self.directory} is on a file system that SQLite's write-ahead log cannot use.")
        if not ours or layout < LAYOUT:
            self._make_tables(sql)

    def _make_tables(self, sql: sqlite3.Connection) -> None:
        """All of them, or what an older layout lacks: from 1 to 2 the index of the log becomes a trail."""
        sql.execute("BEGIN IMMEDIATE")
        try:
            layout = sql.execute("PRAGMA user_version").fetchone()[0]
            if layout == LAYOUT:
                return  # another process was first
            for statement in (f"DROP INDEX audit_by_record;{TRAIL}" if layout else f"{TABLES};{TRAIL}").split(";"):
                sql.execute(statement)
            while _extend_trail(sql):
                pass
            sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            sql.execute(f"PRAGMA user_version = {LAYOUT}")
            sql.execute("COMMIT")
        finally:
            _roll_back(sql)

    def turn(self) -> AbstractContextManager[None]:
        return self._turn

    def _sql(self) -> sqlite3.Connection:
        """This thread's connection; the one that writes, if it is this thread's turn. After a fork the child opens its
        own: SQLite's locks do not survive one."""
        writing = self._turn.is_mine()
        connection: _Connection | None = self._writer if writing else getattr(self._mine, "connection", None)
        if connection is None or connection.process != os.getpid():
            if self._closing.is_set():
                raise StoreUnavailable("The store is closed.")
            self._close_of_dead_threads()
            if writing:
                connection = self._writer = _Connection(self._path, writes=True)
            else:
                connection = self._mine.connection = _Connection(self._path)
                self._connections[threading.current_thread()] = connection
        return connection.sql

    def read(self, kind: str, id: str) -> Row | None:
        with self._errors:
            found = self._sql().execute(SELECT_RECORD, (kind, id)).fetchone()
        if found is None:
            return None
        number, version, school, owner, state, summary, contents = found
        return Row(kind, id, version, Columns(school, owner, state), summary, contents, _Parts(self.part, number * PARTS))

    def part(self, first: int, last: int) -> list[tuple[int, bytes]]:
        with self._errors:
            found: list[tuple[int, bytes]] = self._sql().execute(SELECT_PARTS, (first, last)).fetchall()
            return found

    def summaries(self, kind: str, school: str | None, owner: str | None, state: str | None) -> list[SummaryRow]:
        wanted = {"school": school, "owner": owner, "state": state}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = "".join(f" AND {name} = ?" for name in given)
        # "+id": sorted after the rows are found by the columns' own index, not by walking through all of the kind.
        query = f"SELECT id, version, school, owner, state, summary FROM record WHERE kind = ?{where} ORDER BY +id"
        with self._errors:
            found = self._sql().execute(query, (kind, *given.values())).fetchall()
        return [SummaryRow(row[0], row[1], Columns(*row[2:5]), row[5]) for row in found]

    def write(self, write: Write, sign: Sign) -> None:
        with self._turn:
            if not self._write_usual(write, sign):
                self._head = None  # until it is known that the next one is in the store
                self._head = self._transact(lambda sql: _write(sql, write, sign))

    def _write_usual(self, write: Write, sign: Sign) -> bool:
        """Whether the change was a usual one, and is done."""
        row, head = write.row, self._head
        if head is None or row is None or not write.expected or row.parts or write.dropped:
            return False
        entry, sealed = sign(head, write.expected)
        columns = row.columns
        facts = (write.expected, columns.school, columns.owner, columns.state, row.summary, row.contents, head.sealed, sealed)
        with self._errors:
            try:
                self._to_write().execute(INSERT_USUAL, facts + entry)
            except sqlite3.IntegrityError:
                return False
        self._head = Head(entry.seq, entry.mac, sealed)
        self._written = True
        return True

    def put(self, batch: Batch) -> None:
        with self._turn:
            self._head = None
            self._transact(lambda sql: _put(sql, batch))

    def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._turn, self._errors:
            sql = self._to_write()
            sql.execute("BEGIN IMMEDIATE")
            try:
                result = work(sql)
                sql.execute("COMMIT")
            finally:
                _roll_back(sql)
            self._written = True
            return result

    def _to_write(self) -> sqlite3.Connection:
        """The connection that writes, in this thread's turn. Raises StoreUnavailable after a failed sync."""
        if self._broken:
            raise StoreUnavailable(self._broken)
        return self._sql()

    def _translate(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorname", "")
        if code in SYNC_FAILED:
            self._broken = "The disk failed while saving. The store takes no more changes until it is restarted."
        if code != "SQLITE_FULL" and not code.startswith("SQLITE_BUSY"):
            self._forget_connection()
        return _sentence(code, error, self._path)

    def _forget_connection(self) -> None:
        """After an error that says nothing good about it; the next act opens another."""
        if self._turn.is_mine():
            connection, self._writer = self._writer, None
        else:
            connection, self._mine.connection = getattr(self._mine, "connection", None), None
        if connection:
            with suppress(sqlite3.Error):
                connection.sql.close()

    def entries(self, kind: str | None, id: str | None, who: str | None, before: int | None, limit: int | None) -> list[AuditRow]:
        wanted = {"kind": kind, "id": id, "who": who, "seq": before}
        given = {name: value for name, value in wanted.items() if value is not None}
        tests = [f"{name} {'<' if name == 'seq' else '='} :{name}" for name in given]
        if kind is not None and id is not None:
            tests.append(ABOUT_RECORD)
        query = f"SELECT {AUDIT_COLUMNS} FROM audit WHERE {' AND '.join(tests) or '1'} ORDER BY seq DESC LIMIT :limit"
        with self._errors:
            found = self._sql().execute(query, {**given, "limit": -1 if limit is None else limit}).fetchall()
        return [AuditRow(*row) for row in found]

    def get_setting(self, name: str) -> bytes | None:
        with self._errors:
            found = self._sql().execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def swap_setting(self, name: str, old: bytes | None, new: bytes) -> bool:
        if old is None:
            query, values = "INSERT OR IGNORE INTO setting VALUES (?, ?)", [name, new]
        else:
            query, values = "UPDATE setting SET value = ? WHERE name = ? AND value = ?", [new, name, old]
        return self._transact(lambda sql: sql.execute(query, values).rowcount) == 1

    def scan(self, *, check: bool = False) -> Iterator[Row | AuditRow | Head]:
        """On a connection of its own: a long read must not hold back what this thread writes meanwhile."""
        with self._errors:
            connection = _Connection(self._path)
            try:
                sql = connection.sql
                if check:
                    _check(sql)
                sql.execute("BEGIN")
                for _, lines in groupby(sql.execute(f"{SELECT_ROWS} ORDER BY kind, id, place"), key=itemgetter(0, 1)):
                    yield _row(list(lines))
                for line in sql.execute(f"SELECT {AUDIT_COLUMNS} FROM audit ORDER BY seq"):
                    yield AuditRow(*line)
                yield _head(sql)
            finally:
                connection.sql.close()

    def close(self) -> None:
        if self._closing.is_set():
            return
        self._closing.set()
        self._checkpointer.join()
        with self._turn:
            self._close_connections()

    def _close_connections(self) -> None:
        """The last one to close moves what is left in the log into the file."""
        for connection in [*self._connections.values(), self._writer]:
            if connection and connection.process == os.getpid():
                connection.sql.close()
        self._mine, self._writer = threading.local(), None

    def _close_of_dead_threads(self) -> None:
        """By hand: a connection that Python collects leaves its statements open, and with them the log."""
        for thread in list(self._connections):
            if thread.is_alive():
                continue
            connection = self._connections.pop(thread, None)
            if connection is not None and connection.process == os.getpid():
                connection.sql.close()

    def _checkpoint_now_and_then(self) -> None:
        while not self._closing.wait(CHECKPOINT_SECONDS):
            if not self._written:
                continue
            self._written = False
            with suppress(StoreError), self._errors:  # the next write meets the same trouble and reports it
                self._checkpoint(self._sql())
        self._forget_connection()

    def _checkpoint(self, sql: sqlite3.Connection) -> None:
        """Move the log's pages into the file. Writers go on meanwhile; the little that they add then is moved while
        they wait, so that the log begins anew: it stays small, and writing over it is faster than letting it grow."""
        sql.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        with self._turn:
            self._written = self._transact(_extend_trail)
            sql.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def _roll_back(sql: sqlite3.Connection) -> None:
    if sql.in_transaction:
        with suppress(sqlite3.Error):  # what went wrong before is what counts
            sql.execute("ROLLBACK")


def _write(sql: sqlite3.Connection, write: Write, sign: Sign) -> Head:
    """The log's head after it."""
    entry, sealed_head = sign(_head(sql), _apply(sql, write))
    sql.execute(INSERT_ENTRY, entry)
    sql.execute("UPDATE head SET sealed = ?", (sealed_head,))
    return Head(entry.seq, entry.mac, sealed_head)


def _extend_trail(sql: sqlite3.Connection) -> bool:
    """One step towards the end of the log; whether there is more to do."""
    (upto,) = sql.execute("SELECT upto FROM trailed").fetchone()
    (end,) = sql.execute("SELECT max(seq) FROM audit").fetchone()
    to = min(upto + TRAIL_STEP, end or 0)
    sql.execute(EXTEND_TRAIL, (upto, to))
    sql.execute("UPDATE trailed SET upto = ?", (to,))
    return bool(end) and to < end


def _apply(sql: sqlite3.Connection, write: Write) -> int:
    """Check the version that is there, put or drop the row, and tell that version."""
    if write.row and write.expected and _update_expected(sql, write.row, write.expected, write.dropped):
        return write.expected
    number, current, columns = _place(sql, write.kind, write.id)
    if write.expected not in (None, current):
        raise Conflict(current)
    if write.row and number:
        _change(sql, number, columns, write.row, write.dropped)
    elif write.row:
        _add(sql, write.row)
    elif write.effect == "delete":
        _drop(sql, number)
    return current


def _update_expected(sql: sqlite3.Connection, row: Row, expected: int, dropped: Sequence[int]) -> bool:
    """The usual case in one statement: the expected version is there, and the columns stay."""
    columns = row.columns
    place = (row.kind, row.id, expected, columns.school, columns.owner, columns.state)
    if not sql.execute(UPDATE_EXPECTED, (row.version, row.summary, row.contents, *place)).rowcount:
        return False
    if row.parts or dropped:
        _put_parts(sql, _place(sql, row.kind, row.id)[0], row, dropped)
    return True


def _put(sql: sqlite3.Connection, batch: Batch) -> None:
    for row in batch.rows:
        number, current, columns = _place(sql, row.kind, row.id)
        if not number:
            _add(sql, row)
        elif current == row.version:
            _drop_parts(sql, number)
            _change(sql, number, columns, row, ())
    for kind, id in batch.gone:
        _drop(sql, _place(sql, kind, id)[0])
    sql.executemany(INSERT_ENTRY.replace("INSERT", "INSERT OR REPLACE"), batch.entries)
    sql.executemany(ADD_TO_TRAIL, [(entry.kind, entry.id, entry.seq, entry.seq) for entry in batch.entries])
    if batch.head is not None:
        sql.execute("UPDATE head SET sealed = ?", (batch.head,))


def _head(sql: sqlite3.Connection) -> Head:
    return Head(*(sql.execute(f"{SELECT_HEAD} ORDER BY seq DESC LIMIT 1").fetchone() or sql.execute(EMPTY_HEAD).fetchone()))


def _place(sql: sqlite3.Connection, kind: str, id: str) -> tuple[int, int, tuple[str, str, str]]:
    """A record's number, version and columns; 0 and 0 when there is none."""
    found = sql.execute(SELECT_PLACE, (kind, id)).fetchone()
    return (found[0], found[1], found[2:]) if found else (0, 0, ("", "", ""))


def _add(sql: sqlite3.Connection, row: Row) -> None:
    columns = (row.columns.school, row.columns.owner, row.columns.state)
    facts = (row.version, *columns, row.summary, row.contents, row.kind, row.id)
    number = sql.execute(INSERT_RECORD, facts).lastrowid or 0
    _put_parts(sql, number, row, ())


def _change(sql: sqlite3.Connection, number: int, before: tuple[str, str, str], row: Row, dropped: Sequence[int]) -> None:
    columns = (row.columns.school, row.columns.owner, row.columns.state)
    if columns != before:  # SQLite writes every index of a column that is named, changed or not
        sql.execute("UPDATE record SET school = ?, owner = ?, state = ? WHERE number = ?", (*columns, number))
    sql.execute(UPDATE_RECORD, (row.version, row.summary, row.contents, number))
    _put_parts(sql, number, row, dropped)


def _put_parts(sql: sqlite3.Connection, number: int, row: Row, dropped: Sequence[int]) -> None:
    for part, sealed in row.parts.items():
        sql.execute("INSERT OR REPLACE INTO part VALUES (?, ?)", (number * PARTS + part, sealed))
    for part in dropped:
        sql.execute("DELETE FROM part WHERE place = ?", (number * PARTS + part,))


def _drop(sql: sqlite3.Connection, number: int) -> None:
    if number:
        sql.execute("DELETE FROM record WHERE number = ?", (number,))
        _drop_parts(sql, number)


def _drop_parts(sql: sqlite3.Connection, number: int) -> None:
    sql.execute("DELETE FROM part WHERE place BETWEEN ? AND ?", (number * PARTS, number * PARTS + PARTS - 1))


def _row(lines: Sequence[tuple[Any, ...]]) -> Row:
    """One row from the lines of SELECT_ROWS, one for each part."""
    kind, id, version, school, owner, state, summary, contents = lines[0][:8]
    parts = {place % PARTS: sealed for *_, place, sealed in lines if place is not None}
    return Row(kind, id, version, Columns(school, owner, state), summary, contents, parts)


def _check(sql: sqlite3.Connection) -> None:
    (first, *_), *_ = sql.execute("PRAGMA integrity_check(1)")
    if first != "ok":
        raise DamagedStore(f"SQLite finds its file damaged: {first}.")
    if len(set(sql.execute(COUNT_TRAIL).fetchone())) > 1:
        raise DamagedStore("The list of the log's entries by record is not as the log is.")


def _prepare(directory: Path, path: Path, *, create: bool) -> None:
    check_place(directory, FILE_NAME, create=create)
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
            sync_directory(directory)
            sync_directory(directory.parent)
    except OSError as error:
        raise BadAddress(f"No store can be made in {directory}: {error.strerror}.") from error


def _no_room(directory: Path) -> bool:
    try:
        disk = os.statvfs(directory)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < ROOM


def _sentence(code: str, error: sqlite3.Error, path: Path) -> StoreError:
    if code == "SQLITE_FULL" or (code in PERHAPS_FULL and _no_room(path.parent)):
        return StoreUnavailable("The disk is full. Nothing was saved; nothing was lost.", full=True)
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")):
        return StoreUnavailable("The store is busy. Nothing was saved; try again.")
    if code.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_CANTOPEN")):
        return StoreUnavailable(f"The store in {path.parent} cannot be written. Nothing was saved.")
    if code in SYNC_FAILED:
        return StoreUnavailable("The disk failed while saving. The store takes no more changes until it is restarted.")
    if code.startswith("SQLITE_IOERR"):
        return StoreUnavailable("The disk reported an error. Nothing was saved; nothing was lost.")
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DamagedStore(f"{path} is damaged or not a store. Run verify; restore the last backup.")
    return StoreUnavailable(f"The store in {path.parent} cannot be used: {error}. Nothing was saved.")
