"""How fast the store is, and whether it stays so as it grows: ratios to the disk's own speed, in one run.

An invented district: each student has a profile and, for each year kept, marks on 75 items; the current year is half
marked. A mark looks for earlier marks on its item, appends one, and is summed up for the lists.
"""

import json
import os
import shutil
import sqlite3
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from forms_app.store.addresses import without_password
from forms_app.store.audit import AuditLog, load_mac_keys
from forms_app.store.documents import Entries, RowStorage, dump, open_row
from forms_app.store.engine import MAC_KEYS, AuditRow, Batch, Engine, Head, Row
from forms_app.store.errors import StoreError
from forms_app.store.keys import new_key
from forms_app.store.opening import open_engine, open_store
from forms_app.store.packing import EMPTY, Packer
from forms_app.store.records import Columns, Entry, Kind
from forms_app.store.sealing import Sealer
from forms_app.store.store import Store, utc_now
from forms_app.store.verify import Progress, no_progress

SIZES = ((100, 1), (100, 7), (2_000, 1), (2_000, 7), (20_000, 1), (20_000, 7))
ITEMS = 75
CASELOAD, SCHOOL, DISTRICT = 25, 150, 2_000
ENTRIES_PER_YEAR = 5
YEAR = 2026
BATCH = 200
MARKED = 100  # students whom the measured marks are on
UNMARKED = 20_011  # of so many, the next one is hardly ever one that was marked before
PAGES = 4  # that a mark changes: in the record, the audit log, its index, and the log's head
APPEND = b"x" * 256
PROFILE = {"name": "Sample Student", "grade": 9}


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ratio` is to `against`; `bar` is what it must not pass, 0 where there is none."""

    engine: str
    size: str
    what: str
    microseconds: float
    against: str = ""
    ratio: float = 0.0
    bar: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.bar or self.ratio <= self.bar

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def table(figures: list[Figure]) -> str:
    lines = [f"{'engine':9} {'students':>9} {'what':38} {'µs':>10} {'ratio':>7} {'bar':>6}      against"]
    for figure in figures:
        ratio = f"{figure.ratio:.2f}" if figure.against else ""
        bar = f"{figure.bar:.2f}" if figure.bar else ""
        verdict = "" if not figure.bar else "ok" if figure.ok else "OVER"
        lines.append(
            f"{figure.engine:9} {figure.size:>9} {figure.what:38} {figure.microseconds:10.1f} {ratio:>7} {bar:>6} {verdict:4} {figure.against}"
        )
    return "\n".join(lines)


def summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    (profile,) = db.table("profile").all()
    marks = db.table(f"marks {YEAR}")
    columns = Columns(school=profile["school"], owner=profile["owner"], state=profile["state"])
    return columns, {"name": profile["name"], "grade": profile["grade"], "done": len(marks), "open": ITEMS - len(marks)}


KINDS = [Kind("student", summarize=summarize)]


def a_mark(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:012}",
        "item": f"group-{number % 11}.item-{number}",
        "status": "done",
        "who": "kQ3vXw2LrT9bYc5NfHs8Zg",
        "at": "2026-10-02T17:05:00+00:00",
        "wording": "Share the final document with everyone involved",
        "edition": "3f9c2a71d0",
        "place": "red-file",
    }


def fill(db: TinyDB, years: int) -> None:
    db.table("profile").insert({**PROFILE, "school": "", "owner": "", "state": ""})
    for year in range(YEAR - years + 1, YEAR + 1):
        items = ITEMS if year < YEAR else ITEMS // 2
        db.table(f"marks {year}").insert_multiple([a_mark(number) for number in range(items)])


def run(
    place: str | Path, *, sizes: tuple[tuple[int, int], ...] = SIZES, marks: int = 1_000, progress: Progress = no_progress
) -> list[Figure]:
    """All figures for one engine: `place` is an empty directory, or the address of an empty database."""
    figures: list[Figure] = []
    key = new_key()
    for students, years in sizes:
        address = place if "://" in str(place) else Path(place) / f"{students}x{years}"
        populate(open_engine(str(address)), key, students, years, progress)
        progress(f"measured {students}x{years}", 0)
        figures += Measurement(address, key, students, years, marks).figures()
    return figures + flatness(figures)


def check_empty(address: str) -> None:
    """Invented students must never be put beside real ones."""
    with closing(open_engine(address)) as engine:
        if engine.get_setting(MAC_KEYS) or engine.entries(None, None, None, None, 1):
            raise StoreError(f"{without_password(address)} holds a store already; nothing was measured. Name an empty database.")


def populate(engine: Engine, key: bytes, students: int, years: int, progress: Progress = no_progress) -> None:
    """Students as they would be after so many years, each sealed for itself, with a signed log."""
    sealer = Sealer([key])
    packer, audit = Packer(sealer), AuditLog(sealer, lambda: load_mac_keys(engine, sealer))
    storage = RowStorage((), _nothing)
    db = open_row(storage)
    fill(db, years)
    packed = packer.pack(KINDS[0], "model", 1, db, EMPTY)
    assert packed
    model = packed.row
    head = Head(0, b"", b"")
    rows: list[Row] = []
    entries: list[AuditRow] = []
    for number in range(students):
        row = _student(sealer, packer, model, number)
        rows.append(row)
        for version in [1, *[0] * (ENTRIES_PER_YEAR * years - 1)]:
            record = ("student", row.id, version or 1)
            entry = audit.sign(head, Entry("fill", "bench"), at=utc_now(), record=record, effect="create" if version else "note")
            head = Head(entry.seq, entry.mac, audit.seal_head(entry))
            entries.append(entry)
        if len(rows) == BATCH or number == students - 1:
            engine.put(Batch(rows, entries, head=head.sealed))
            rows, entries = [], []
            progress(f"filled {students}x{years}", number + 1)
    engine.close()


def _student(sealer: Sealer, packer: Packer, model: Row, number: int) -> Row:
    """The model's marks with a profile of its own."""
    places = {"school": f"s{number // SCHOOL}", "owner": f"o{number // CASELOAD}", "state": f"d{number // DISTRICT}"}
    row = packer.moved(model, f"student-{number}", Columns(**places))
    profile = {"profile": {"1": {**PROFILE, **places}}}
    contents = packer.contents(row).with_change(dump(profile), profile)
    return row._replace(contents=sealer.seal(contents.plain, "student", row.id, row.version, "contents"))


def _nothing(name: str) -> Entries:
    raise KeyError(name)


class Measurement:
    def __init__(self, address: str | Path, key: bytes, students: int, years: int, marks: int) -> None:
        self._address = address
        self._key = key
        self._students = students
        self._years = years
        self._marks = marks
        self._engine = str(address).partition("://")[0] if "://" in str(address) else "sqlite"
        self._raw = RawFile(Path(address) if "://" not in str(address) else Path("."))
        self._count = 0

    def _figure(self, what: str, seconds: float, against: str = "", unit: float = 0.0, bar: float = 0.0) -> Figure:
        size = f"{self._students}x{self._years}"
        bar = bar if self._engine == "sqlite" else 0.0
        return Figure(self._engine, size, what, seconds * 1e6, against, seconds / unit if unit else 0.0, bar)

    def figures(self) -> list[Figure]:
        opened = _best(self._open, 3)
        with open_store(self._address, key=self._key, kinds=KINDS) as store:
            found = [self._figure("open the store", opened, "100 ms", 0.1, 1.0)]
            found += self._load_figures(store)
            found += self._list_figures(store)
            found += self._mark_figures(store)
            found += self._crowd_figures(store)
        self._raw.close()
        return found

    def _open(self) -> None:
        open_store(self._address, key=self._key, kinds=KINDS).close()

    def _mark(self, store: Store, among: int = MARKED) -> None:
        """One mark, appended; on one of so many students, who lie all over the store, that each has its share."""
        self._count += 1
        number = self._count
        id = f"student-{number % among * 7919 % self._students}"
        item = f"group.item-{number % ITEMS}"

        def change(db: TinyDB) -> None:
            marks = db.table(f"marks {YEAR}")
            earlier = [row for row in marks.all() if row["item"] == item]
            marks.insert({**a_mark(number), "item": item, "undoes": earlier[-1]["id"] if earlier else ""})

        store.change("student", id, change, Entry("mark", "u1", "session", (item,)))

    def _mark_figures(self, store: Store) -> list[Figure]:
        for _ in range(self._marks // 2):
            self._mark(store)  # the write-ahead log is written over from here on, as in a server that has run a while
        bare = BareCommit(self._address) if self._engine == "sqlite" else None
        raw: list[float] = []
        commits: list[float] = []
        marks: list[float] = []
        for _ in range(max(self._marks // 20, 1)):
            raw += [_timed(self._raw.append) for _ in range(20)]
            commits += [_timed(bare.commit) for _ in range(20) if bare]
            marks += [_timed(lambda: self._mark(store)) for _ in range(20)]
        unit, median = statistics.median(raw), statistics.median(marks)
        slowest = statistics.quantiles(marks, n=100)[-1]
        found = [
            self._figure("raw append of 256 bytes + fdatasync", unit),
            self._figure("durable mark with audit entry", median, "raw append", unit, 2.2),
            self._figure("p99 of a mark", slowest, "median mark", median, 10.0),
        ]
        if bare:
            bare.close()
            found.insert(1, self._figure("bare SQLite commit of as many pages", statistics.median(commits), "raw append", unit))
        if self._students > MARKED:
            first = statistics.median(_timed(lambda: self._mark(store, UNMARKED)) for _ in range(100))
            found.append(self._figure("the first mark on a student", first, "raw append", unit))
        return found

    def _load_figures(self, store: Store) -> list[Figure]:
        shown = ("profile", f"marks {YEAR}")

        def load(number: int) -> None:
            found = store.get("student", f"student-{number * 104_729 % self._students}")
            assert found
            for name in shown:
                found.db.table(name).all()

        engine, packer = open_engine(str(self._address)), Packer(Sealer([self._key]))
        found = engine.read("student", "student-0")
        assert found
        row = found._replace(parts=dict(found.parts))
        engine.close()
        contents = packer.contents(row)

        def parse(number: int) -> None:
            packer.contents(row)
            json.loads(packer.part(row, contents, shown[-1]))

        size = len(row.summary) + len(row.contents) + sum(map(len, row.parts.values()))
        floor, loaded = _interleaved(parse, load, cpu=True)
        read = statistics.median(_timed(lambda: self._raw.read(size)) for _ in range(100))
        return [
            self._figure(f"raw read of {size // 1024} KiB", read),
            self._figure("load a student: over decrypt + parse, CPU", loaded - floor, "60 µs", 60e-6, 1.0),
            self._figure("load a student, this year shown", loaded, "raw read", read),
        ]

    def _list_figures(self, store: Store) -> list[Figure]:
        asked: list[tuple[str, dict[str, str], int]] = [("caseload", {"owner": "o1"}, CASELOAD)]
        if self._students >= DISTRICT:
            asked += [("school", {"school": "s1"}, SCHOOL), ("district", {"state": "d0"}, DISTRICT)]
        found = []
        for name, filters, rows in asked:
            assert len(store.list("student", **filters)) == rows
            seconds = _median(lambda filters=filters: store.list("student", **filters), 15)  # type: ignore[misc]
            found.append(self._figure(f"list: {name} of {rows}", seconds, "row shown", rows * 1e-6))
        return found

    def _crowd_figures(self, store: Store) -> list[Figure]:
        """As many marks by one and by eight, in turns: a disk that is slow for a while is slow for both."""
        each = max(self._marks // 80, 1)

        def work(marks: int) -> None:
            for _ in range(marks):
                self._mark(store)

        def crowd() -> None:
            threads = [threading.Thread(target=work, args=(each,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        alone, together = [], []
        for _ in range(10):
            alone.append(_timed(lambda: work(8 * each)))
            together.append(_timed(crowd))
        unit = statistics.median(alone) / (8 * each)
        return [self._figure("a mark, 8 writers at once", statistics.median(together) / (8 * each), "1 writer", unit, 1 / 0.9)]


def flatness(figures: list[Figure]) -> list[Figure]:
    """The same act at the largest size, over the smallest; a list's rows at the largest, over the smallest that has it."""
    found = []
    for what, bar in (("durable mark with audit entry", 1.3), *((what, 1.2) for what in _lists(figures))):
        same = [figure for figure in figures if figure.what == what]
        if len(same) > 1:
            first, last = same[0], same[-1]
            ratio = last.microseconds / first.microseconds
            bar_here = bar if last.engine == "sqlite" else 0.0
            found.append(Figure(last.engine, last.size, f"{what}, grown", last.microseconds, f"{first.size}", ratio, bar_here))
    return found


def _lists(figures: list[Figure]) -> list[str]:
    return list(dict.fromkeys(figure.what for figure in figures if figure.what.startswith("list: ")))


class BareCommit:
    """What SQLite alone takes for as many pages as a mark touches: one table each, in a file of its own."""

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory) / ".bare"
        self._directory.mkdir()
        self._sql = sqlite3.connect(self._directory / "bare.sqlite3", isolation_level=None)
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = FULL")
        self._sql.execute("PRAGMA wal_autocheckpoint = 0")
        for number in range(PAGES):
            self._sql.execute(f"CREATE TABLE t{number} (one INTEGER PRIMARY KEY, body BLOB)")
            self._sql.execute(f"INSERT INTO t{number} VALUES (1, ?)", (APPEND,))
        for _ in range(500):
            self.commit()
        self._sql.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def commit(self) -> None:
        self._sql.execute("BEGIN IMMEDIATE")
        for number in range(PAGES):
            self._sql.execute(f"UPDATE t{number} SET body = ?", (os.urandom(256),))
        self._sql.execute("COMMIT")

    def close(self) -> None:
        self._sql.close()
        shutil.rmtree(self._directory)


class RawFile:
    """The disk's own speed: an append and a sync, and a read."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / ".raw"
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(self._file, bytes(4 << 20))

    def append(self) -> None:
        os.write(self._file, APPEND)
        os.fdatasync(self._file)

    def read(self, size: int) -> None:
        file = os.open(self._path, os.O_RDONLY)
        os.pread(file, size, 4096)
        os.close(file)

    def close(self) -> None:
        os.close(self._file)
        self._path.unlink()


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _median(act: Callable[[], object], times: int) -> float:
    return statistics.median(_timed(act) for _ in range(times))


def _best(act: Callable[[], object], times: int) -> float:
    return min(_timed(act) for _ in range(times))


def _interleaved(first: Callable[[int], None], second: Callable[[int], None], *, cpu: bool) -> tuple[float, float]:
    """The medians of two acts, taken in turns so that both see the same machine."""
    clock = time.thread_time if cpu else time.perf_counter
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(200):
        for act, kept in zip((first, second), times, strict=True):
            start = clock()
            act(number)
            kept.append(clock() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def stream(figures: list[Figure]) -> Iterator[str]:
    """One JSON object a line, for machines."""
    return (json.dumps(figure.as_json(), ensure_ascii=False) for figure in figures)
