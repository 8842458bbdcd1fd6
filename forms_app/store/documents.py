"""A record is a small TinyDB database. Its storage, TinyDB's own extension point, is one row.

TinyDB writes a whole database at once. RowTable notes which entries of a table an update touched, so that the row
can take over those and leave the rest alone.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from forms_app.store.errors import ReadOnlyDocument, StoreError

Entries = dict[str, Any]
Load = Callable[[str], Entries]
Updater = Callable[[dict[int, Mapping[str, Any]]], None]

_decode = json.JSONDecoder().raw_decode
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def dump(value: Any) -> bytes:
    try:
        return _encode(value).encode()
    except (TypeError, ValueError) as error:
        raise StoreError(f"A document holds something that cannot be kept: {error}.") from error


def parse(plain: bytes) -> Any:
    return _decode(plain.decode())[0]


@dataclass(frozen=True)
class Changes:
    """What a change did: entries set (or removed: None) in a table, tables written anew, tables that are gone."""

    entries: Mapping[str, Entries]
    whole: frozenset[str]
    gone: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.entries or self.whole or self.gone)


class Tables(dict[str, Entries]):
    """What TinyDB reads and writes whole; each table of it is loaded when it is first asked for."""

    def __init__(self, names: Iterable[str], load: Load) -> None:
        super().__init__({name: {} for name in names})
        self._load = load
        self._unread = set(self)
        self.before: dict[str, dict[str, bytes | None]] = {}
        self.whole: set[str] = set()

    def __getitem__(self, name: str) -> Entries:
        if name in self._unread:
            super().__setitem__(name, self._load(name))
            self._unread.discard(name)
        return super().__getitem__(name)

    def entries(self, name: str) -> Entries:
        """A table's entries; a new dictionary where there is no such table."""
        return self[name] if name in self.keys() else {}

    def __setitem__(self, name: str, entries: Entries) -> None:
        if name not in self.before:
            self.whole.add(name)
        self._unread.discard(name)
        super().__setitem__(name, entries)

    def __delitem__(self, name: str) -> None:
        self.before.pop(name, None)
        self.whole.add(name)  # should it come back, nothing of the old one is in it
        self._unread.discard(name)
        super().__delitem__(name)

    def touch(self, name: str, before: Mapping[str, bytes | None]) -> None:
        """Entries of a table, and what they were just before an update: the first of several counts."""
        if name in self.whole:
            return
        known = self.before.setdefault(name, {})
        for id, entry in before.items():
            known.setdefault(id, entry)

    def changes(self, names: Iterable[str]) -> Changes:
        changed = {name: self._changed(name, before) for name, before in self.before.items() if name not in self.whole}
        return Changes(
            entries={name: entries for name, entries in changed.items() if entries},
            whole=frozenset(self.whole & self.keys()),
            gone=frozenset(set(names) - self.keys()),
        )

    def _changed(self, name: str, before: Mapping[str, bytes | None]) -> Entries:
        now = self[name]
        return {id: now.get(id) for id, was in before.items() if _differs(was, now.get(id))}


def _differs(was: bytes | None, now: Any) -> bool:
    return (was is None) != (now is None) or (was is not None and was != dump(now))


class RowStorage(Storage):
    def __init__(self, names: Iterable[str], load: Load, *, read_only: bool = False) -> None:
        self._names = tuple(names)
        self._load = load
        self._read_only = read_only
        self.tables = Tables(self._names, load)

    def read(self) -> dict[str, Entries]:
        return self.tables

    def write(self, data: dict[str, Entries]) -> None:
        if self._read_only:
            self.tables = Tables(self._names, self._load)  # forget what TinyDB has changed in memory
            raise ReadOnlyDocument
        if data is self.tables:
            return
        for name in list(self.tables):  # TinyDB hands over another dictionary when it drops all tables
            del self.tables[name]
        for name, entries in data.items():
            self.tables[name] = entries

    def changes(self) -> Changes:
        return self.tables.changes(self._names)


class RowDocument(TinyDocument):
    """TinyDB's own, made as fast as a dictionary is: a mark makes some fifty of them."""

    __slots__ = ("doc_id",)  # kept beside the dictionary, not in another one
    __init__ = dict.__init__


class RowTable(Table):
    def all(self) -> list[TinyDocument]:
        found: list[TinyDocument] = []
        for id, entry in self._read_table().items():
            document = RowDocument(entry)
            document.doc_id = int(id)
            found.append(document)
        return found

    def _get_next_id(self) -> int:
        """As TinyDB's own, in one pass."""
        known: int | None = self._next_id
        found = known or max(map(int, self._read_table()), default=0) + 1
        vars(self)["_next_id"] = found + 1
        return found

    def _update_table(self, updater: Updater) -> None:
        """As TinyDB's own, without copying the whole table for each update."""
        storage = cast(RowStorage, self._storage)
        entries = storage.tables.entries(self.name)
        watch = _Watch(entries)
        try:
            updater(cast(dict[int, Mapping[str, Any]], watch))
        except BaseException:
            watch.undo()
            raise
        storage.tables.touch(self.name, watch.before)
        if self.name not in storage.tables:
            storage.tables[self.name] = entries
        storage.write(storage.tables)
        self.clear_cache()


class RowDB(TinyDB):
    table_class = RowTable


class _Watch:
    """A table's entries under an updater, by number; keeps what each one that it reaches for was before.

    It offers what TinyDB's updaters use and nothing else, so that another TinyDB fails loudly.
    """

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self.before: dict[str, bytes | None] = {}

    def _touch(self, id: int) -> str:
        key = str(id)
        if key not in self.before:
            self.before[key] = dump(self._entries[key]) if key in self._entries else None
        return key

    def __contains__(self, id: int) -> bool:
        return str(id) in self._entries

    def __getitem__(self, id: int) -> Any:
        """A copy in its place: whoever else has the entry keeps it as it was."""
        key = self._touch(id)
        entry = self._entries[key] = dict(self._entries[key])
        return entry

    def __setitem__(self, id: int, entry: Any) -> None:
        self._entries[self._touch(id)] = entry

    def __delitem__(self, id: int) -> None:
        del self._entries[self._touch(id)]

    def keys(self) -> list[int]:
        return list(map(int, self._entries))

    def pop(self, id: int) -> Any:
        return self._entries.pop(self._touch(id))

    def clear(self) -> None:
        for id in self.keys():
            del self[id]

    def undo(self) -> None:
        for key, was in self.before.items():
            if was is None:
                self._entries.pop(key, None)
            else:
                self._entries[key] = parse(was)


@dataclass(frozen=True)
class Document:
    """A record as read: its TinyDB refuses to be written."""

    kind: str
    id: str
    version: int
    db: TinyDB


def open_row(storage: RowStorage) -> TinyDB:
    return RowDB(storage=lambda: storage)
