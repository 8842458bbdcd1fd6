"""Between a document and its row: which part holds which table, and the place each seal is bound to."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, cast

from tinydb import TinyDB

from forms_app.store.documents import Changes, Entries, RowStorage, dump, parse
from forms_app.store.engine import Row, SummaryRow
from forms_app.store.errors import DamagedStore, NewerStore
from forms_app.store.records import Columns, Kind, Summary
from forms_app.store.sealing import Sealer

FOLD_BYTES = 2000  # beyond this, recent changes move from the contents into the parts
SMALL_BYTES = 600  # of small tables, all together, that never do


class Contents(NamedTuple):
    """The sealed heart of a row: for each table the number of its part and the version that wrote it, and the recent
    changes that no part holds yet. A mark adds itself there and leaves the parts alone.

    A part is never written over: a new one takes another number, and the old one stays for one more round as `stale`,
    for whoever reads the document at that moment.

    `plain` is its text: one line for the tables, then one line for each recent change.
    """

    schema: int
    tables: Mapping[str, tuple[int, int]]
    stale: Sequence[int]
    recent: Sequence[Mapping[str, Entries]]
    plain: bytes

    @classmethod
    def make(cls, schema: int, tables: Mapping[str, tuple[int, int]], stale: Sequence[int] = ()) -> "Contents":
        return cls(schema, tables, stale, (), dump({"schema": schema, "tables": tables, "stale": stale}))

    @classmethod
    def parse(cls, plain: bytes) -> "Contents":
        first, *recent = parse(b"[" + plain.replace(b"\n", b",") + b"]")  # JSON has no line ends within its texts
        return cls(first["schema"], first["tables"], first["stale"], recent, plain)

    def names(self) -> list[str]:
        return list(dict.fromkeys([*self.tables, *(name for change in self.recent for name in change)]))

    def with_change(self, change: bytes, parsed: Mapping[str, Entries]) -> "Contents":
        return Contents(self.schema, self.tables, self.stale, (*self.recent, parsed), b"%b\n%b" % (self.plain, change))

    def numbers(self) -> set[int]:
        """The parts that belong to the row."""
        return {*self.stale, *(number for number, _ in self.tables.values())}


EMPTY = Contents.make(0, {})


class Packed(NamedTuple):
    """What a change writes: the row with the parts that changed, and the numbers of those to drop. Beside it what the
    change did, as it will be read: the entries, and the tables that were replaced altogether or are gone."""

    row: Row
    dropped: list[int]
    contents: Contents
    changed: Mapping[str, Entries]
    replaced: frozenset[str]


class Packer:
    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def contents(self, row: Row) -> Contents:
        return Contents.parse(self._sealer.unseal(row.contents, row.kind, row.id, row.version, "contents"))

    def table(self, row: Row, contents: Contents, name: str) -> Entries:
        entries: Entries = parse(self.part(row, contents, name)) if name in contents.tables else {}
        for change in contents.recent:
            for id, entry in change.get(name, {}).items():
                if entry is None:
                    entries.pop(id, None)
                else:
                    entries[id] = entry
        return entries

    def part(self, row: Row, contents: Contents, name: str) -> bytes:
        number, version = contents.tables[name]
        try:
            sealed = row.parts[number]
        except KeyError:
            raise DamagedStore(f"The table {name!r} of {row.kind} {row.id} is missing.") from None
        return self._sealer.unseal(sealed, row.kind, row.id, version, "table", name)

    def pack(self, kind: Kind, id: str, version: int, db: TinyDB, old: Contents) -> Packed | None:
        """None when nothing changed."""
        storage = cast(RowStorage, db.storage)
        changes = storage.changes()
        if old.schema == kind.schema and not changes:
            return None
        change = dump(changes.entries)
        changed: Mapping[str, Entries] = parse(change)
        contents, parts = _next_contents(kind.schema, version, old, changes, change, changed, storage)
        columns, summary = kind.summarize(db)
        seal = self._sealer.seal
        row = Row(
            kind=kind.name,
            id=id,
            version=version,
            columns=columns,
            summary=seal(dump(summary), *_summary_place(kind.name, id, version, columns)),
            contents=seal(contents.plain, kind.name, id, version, "contents"),
            parts={contents.tables[name][0]: seal(plain, kind.name, id, version, "table", name) for name, plain in parts.items()},
        )
        dropped = [] if contents.tables is old.tables else sorted(old.numbers() - contents.numbers())
        return Packed(row, dropped, contents, changed, changes.whole | changes.gone)

    def summary(self, kind: str, row: Row | SummaryRow) -> Summary:
        place = _summary_place(kind, row.id, row.version, row.columns)
        return Summary(row.id, row.version, row.columns, parse(self._sealer.unseal(row.summary, *place)))

    def reseal(self, row: Row) -> Row:
        """The same row under the current key."""
        return self.moved(row, row.id, row.columns)

    def moved(self, row: Row, id: str, columns: Columns) -> Row:
        """The same document as the row of another id."""
        contents = self.contents(row)
        unseal, seal = self._sealer.unseal, self._sealer.seal
        summary = unseal(row.summary, *_summary_place(row.kind, row.id, row.version, row.columns))
        return Row(
            kind=row.kind,
            id=id,
            version=row.version,
            columns=columns,
            summary=seal(summary, *_summary_place(row.kind, id, row.version, columns)),
            contents=seal(contents.plain, row.kind, id, row.version, "contents"),
            parts={
                number: seal(self.part(row, contents, name), row.kind, id, version, "table", name)
                for name, (number, version) in contents.tables.items()
            },
        )


def _next_contents(
    schema: int, version: int, old: Contents, changes: Changes, change: bytes, changed: Mapping[str, Entries], storage: RowStorage
) -> tuple[Contents, dict[str, bytes]]:
    """The new contents, and the tables that are written as parts: none, as long as the recent changes are few."""
    if not (changes.whole or changes.gone) and (schema == old.schema or old is EMPTY):
        grown = (old if schema == old.schema else Contents.make(schema, {})).with_change(change, changed)
        if len(grown.plain) <= FOLD_BYTES:
            return grown, {}
    return _fold(schema, version, old, changes, storage)


def _fold(schema: int, version: int, old: Contents, changes: Changes, storage: RowStorage) -> tuple[Contents, dict[str, bytes]]:
    """The recent changes move into the parts of their tables, but for small tables."""
    touched = {name for change in (*old.recent, changes.entries) for name in change} | changes.whole
    written = {name: dump(storage.tables[name]) for name in sorted(touched) if name in storage.tables}
    small = _small(written)
    tables = {name: place for name, place in old.tables.items() if name in storage.tables and name not in written}
    kept = {number for number, _ in tables.values()}
    stale = sorted(number for number, _ in old.tables.values() if number not in kept)
    free = (number for number in count(1) if number not in old.numbers())
    tables |= {name: (next(free), version) for name in written if name not in small}
    contents = Contents.make(schema, tables, stale)
    if small:
        whole = dump({name: storage.tables[name] for name in small})
        contents = contents.with_change(whole, parse(whole))
    return contents, {name: plain for name, plain in written.items() if name not in small}


def _small(written: Mapping[str, bytes]) -> set[str]:
    """Tables that stay among the recent changes, and so are there without a part of their own to read."""
    found, room = set(), SMALL_BYTES
    for name, plain in written.items():
        if len(plain) <= room:
            found.add(name)
            room -= len(plain)
    return found


def check_schema(kind: Kind, contents: Contents) -> None:
    if contents.schema > kind.schema:
        raise NewerStore(f"This {kind.name} was written by a newer program (schema {contents.schema}; this one knows {kind.schema}).")


def _summary_place(kind: str, id: str, version: int, columns: Columns) -> tuple[Any, ...]:
    """The plain columns are part of it: a list notices when one was altered."""
    return (kind, id, version, "summary", columns.school, columns.owner, columns.state)
