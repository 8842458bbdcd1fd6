"""Between a document and its row: which part holds which table, and the place each seal is bound to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms_app.store.documents import Changes, Entries, RowStorage, dump, open_row
from forms_app.store.engine import Row, SummaryRow
from forms_app.store.errors import DamagedStore, NewerStore
from forms_app.store.records import Columns, Kind, Summary
from forms_app.store.sealing import Sealer


FOLD_BYTES = 2000  # beyond this, recent changes move from the contents into the parts


@dataclass(frozen=True)
class Contents:
    """The sealed heart of a row: for each table the number of its part and the version that wrote it, and the recent
    changes that no part holds yet. A tick adds itself there and leaves the parts alone."""

    schema: int
    tables: Mapping[str, tuple[int, int]]
    recent: Mapping[str, Entries]

    def names(self) -> list[str]:
        return [*self.tables, *(name for name in self.recent if name not in self.tables)]

    def dump(self) -> bytes:
        return dump({"schema": self.schema, "tables": self.tables, "recent": self.recent})


EMPTY = Contents(0, {}, {})


class Packer:
    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def contents(self, row: Row) -> Contents:
        plain = json.loads(self._sealer.unseal(row.contents, row.kind, row.id, row.version, "contents"))
        return Contents(plain["schema"], plain["tables"], plain["recent"])

    def storage(self, row: Row, contents: Contents, *, read_only: bool = False) -> RowStorage:
        return RowStorage(contents.names(), lambda name: self._table(row, contents, name), read_only=read_only)

    def _table(self, row: Row, contents: Contents, name: str) -> Entries:
        entries: Entries = json.loads(self._part(row, contents, name)) if name in contents.tables else {}
        for id, entry in contents.recent.get(name, {}).items():
            if entry is None:
                entries.pop(id, None)
            else:
                entries[id] = entry
        return entries

    def _part(self, row: Row, contents: Contents, name: str) -> bytes:
        number, version = contents.tables[name]
        if number not in row.parts:
            raise DamagedStore(f"The table {name!r} of {row.kind} {row.id} is missing.")
        return self._sealer.unseal(row.parts[number], row.kind, row.id, version, "table", name)

    def pack(
        self, kind: Kind, id: str, version: int, storage: RowStorage, old: Contents
    ) -> tuple[Row, list[int]] | None:
        """The row with the parts that changed, and the numbers of those to drop; None when nothing changed."""
        changes = storage.changes()
        if old.schema == kind.schema and not changes:
            return None
        contents, parts = _fold_if_large(_merge(kind.schema, old, changes), changes.whole, version, storage)
        columns, summary = kind.summarize(open_row(storage))
        seal = self._sealer.seal
        row = Row(
            kind=kind.name,
            id=id,
            version=version,
            columns=columns,
            summary=seal(dump(summary), *_summary_place(kind.name, id, version, columns)),
            contents=seal(contents.dump(), kind.name, id, version, "contents"),
            parts={
                contents.tables[name][0]: seal(plain, kind.name, id, version, "table", name)
                for name, plain in parts.items()
            },
        )
        return row, sorted(_numbers(old) - _numbers(contents))  # a new table may have taken a dropped one's number

    def summary(self, kind: str, row: Row | SummaryRow) -> Summary:
        place = _summary_place(kind, row.id, row.version, row.columns)
        return Summary(row.id, row.version, row.columns, json.loads(self._sealer.unseal(row.summary, *place)))

    def reseal(self, row: Row) -> Row:
        """The same row under the current key."""
        contents = self.contents(row)
        places: dict[int, tuple[str | int, ...]] = {
            number: (row.kind, row.id, version, "table", name) for name, (number, version) in contents.tables.items()
        }
        return Row(
            kind=row.kind,
            id=row.id,
            version=row.version,
            columns=row.columns,
            summary=self._sealer.reseal(row.summary, *_summary_place(row.kind, row.id, row.version, row.columns)),
            contents=self._sealer.reseal(row.contents, row.kind, row.id, row.version, "contents"),
            parts={number: self._sealer.reseal(row.parts[number], *place) for number, place in places.items()},
        )


def _numbers(contents: Contents) -> set[int]:
    return {number for number, _ in contents.tables.values()}


def _merge(schema: int, old: Contents, changes: Changes) -> Contents:
    """The old contents with what changed among the recent entries."""
    tables = {name: place for name, place in old.tables.items() if name not in changes.gone}
    recent = {
        name: entries for name, entries in old.recent.items() if name not in changes.gone and name not in changes.whole
    }
    for name, entries in changes.entries.items():
        recent[name] = {**recent.get(name, {}), **entries}
    return Contents(schema, tables, recent)


def _fold_if_large(
    contents: Contents, whole: frozenset[str], version: int, storage: RowStorage
) -> tuple[Contents, dict[str, bytes]]:
    """The contents, and the tables that are to be written as parts."""
    folded = set(whole)
    if len(contents.dump()) > FOLD_BYTES:
        folded.update(contents.recent)
    tables = dict(contents.tables)
    for name in sorted(folded):
        number = tables[name][0] if name in tables else 1 + max((place[0] for place in tables.values()), default=0)
        tables[name] = (number, version)
    recent = {name: entries for name, entries in contents.recent.items() if name not in folded}
    return Contents(contents.schema, tables, recent), {name: dump(storage.tables[name]) for name in folded}


def check_schema(kind: Kind, contents: Contents) -> None:
    if contents.schema > kind.schema:
        raise NewerStore(
            f"This {kind.name} was written by a newer program (schema {contents.schema}; this one knows {kind.schema})."
        )


def _summary_place(kind: str, id: str, version: int, columns: Columns) -> tuple[Any, ...]:
    """The plain columns are part of it: a list notices when one was altered."""
    return (kind, id, version, "summary", columns.school, columns.owner, columns.state)
