"""What this process knows of the records that it changed last, so that the next tick on one reads nothing again.

The statement that writes checks that the version is still the known one. Nothing in here is ever altered: whoever asks
gets a copy of whatever could be.
"""

import marshal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from forms_app.store.documents import Entries
from forms_app.store.packing import Contents, Packed

MOST_ENTRIES = 15_000  # of all records together, some 15 MB; the ones that were not changed for longest go

Load = Callable[[str], Entries]


class Table(NamedTuple):
    """A table's entries. Flat ones may be shared, for TinyDB hands out a copy of each; `packed` ones hold lists or
    dictionaries, and are made anew for each who asks."""

    flat: Entries
    packed: bytes
    size: int

    @classmethod
    def of(cls, entries: Entries, *, flat: bool) -> "Table":
        return cls(entries, b"", len(entries)) if flat else cls({}, marshal.dumps(entries), len(entries))

    def entries(self) -> Entries:
        found: Entries = marshal.loads(self.packed) if self.packed else dict(self.flat)  # noqa: S302 (our own bytes, never stored)
        return found

    def after(self, changed: Entries) -> "Table":
        entries = self.entries()
        entries.update(changed)
        for id, entry in changed.items():
            if entry is None:
                del entries[id]
        return Table.of(entries, flat=not self.packed and is_flat(changed))


def is_flat(entries: Entries) -> bool:
    return all(HOLDERS.isdisjoint(map(type, entry.values())) for entry in entries.values() if entry)


HOLDERS = {dict, list}


@dataclass(frozen=True)
class State:
    """A record in one version, with those of its tables that were asked for."""

    kind: str
    id: str
    version: int
    contents: Contents
    read: Load
    tables: dict[str, Table] = field(default_factory=dict)
    remembered: bool = False

    def load(self, name: str) -> Entries:
        known = self.tables.get(name)
        if known is None:
            entries = self.read(name)
            known = self.tables[name] = Table.of(entries, flat=is_flat(entries))
        return known.entries()

    def after(self, packed: Packed, read: Load) -> "State":
        """The state that a change leaves behind."""
        changed: Mapping[str, Entries] = packed.changed
        kept = {name: table for name, table in self.tables.items() if name not in packed.replaced}
        tables = {name: table.after(changed[name]) if name in changed else table for name, table in kept.items()}
        return State(self.kind, self.id, packed.row.version, packed.contents, read, tables, remembered=True)

    def size(self) -> int:
        return sum(table.size for table in self.tables.values())


class Recent:
    """The states that the last changes left behind."""

    def __init__(self, most_entries: int = MOST_ENTRIES) -> None:
        self._most = most_entries
        self._states: dict[tuple[str, str], tuple[State, int]] = {}
        self._entries = 0
        self._lock = threading.Lock()

    def get(self, kind: str, id: str) -> State | None:
        found = self._states.get((kind, id))
        return found[0] if found else None

    def keep(self, state: State) -> None:
        """Unless a newer one was kept meanwhile."""
        with self._lock:
            before = self.get(state.kind, state.id)
            if before and before.version > state.version:
                return
            self._drop(state.kind, state.id)
            size = state.size() + 1
            self._states[state.kind, state.id] = state, size
            self._entries += size
            while self._entries > self._most:
                self._drop(*next(iter(self._states)))

    def forget(self, kind: str, id: str) -> None:
        with self._lock:
            self._drop(kind, id)

    def _drop(self, kind: str, id: str) -> None:
        _, size = self._states.pop((kind, id), (None, 0))
        self._entries -= size
