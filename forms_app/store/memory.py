"""A row engine that forgets everything with the process: for unit tests and a quick look."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from forms_app.store.engine import AuditRow, Batch, Conflict, Head, Row, Sign, SummaryRow, Write


class MemoryEngine:
    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._entries: list[AuditRow] = []
        self._settings: dict[str, bytes] = {}
        self._sealed_head = b""
        self._lock = threading.RLock()

    def turn(self) -> AbstractContextManager[object]:
        return self._lock

    def read(self, kind: str, id: str) -> Row | None:
        return self._rows.get((kind, id))

    def summaries(self, kind: str, school: str | None, owner: str | None, state: str | None) -> list[SummaryRow]:
        with self._lock:
            rows = sorted((row for row in self._rows.values() if row.kind == kind), key=lambda row: row.id)
        return [
            SummaryRow(row.id, row.version, row.columns, row.summary)
            for row in rows
            if school in (None, row.columns.school) and owner in (None, row.columns.owner) and state in (None, row.columns.state)
        ]

    def write(self, write: Write, sign: Sign) -> None:
        with self._lock:
            row = self._rows.get((write.kind, write.id))
            current = row.version if row else 0
            if write.expected not in (None, current):
                raise Conflict(current)
            entry, self._sealed_head = sign(self._head(), current)
            self._entries.append(entry)
            if write.row:
                self._put(write.row, write.dropped)
            elif write.effect == "delete":
                self._rows.pop((write.kind, write.id), None)

    def _put(self, row: Row, dropped: Sequence[int]) -> None:
        before = self._rows.get((row.kind, row.id))
        parts = {**(before.parts if before else {}), **row.parts}
        for number in dropped:
            parts.pop(number, None)
        self._rows[row.kind, row.id] = row._replace(parts=parts)

    def put(self, batch: Batch) -> None:
        with self._lock:
            for row in batch.rows:
                before = self._rows.get((row.kind, row.id))
                if before is None or before.version == row.version:
                    self._rows[row.kind, row.id] = row
            for key in batch.gone:
                self._rows.pop(key, None)
            known = {entry.seq: entry for entry in (*self._entries, *batch.entries)}
            self._entries = [known[seq] for seq in sorted(known)]
            if batch.head is not None:
                self._sealed_head = batch.head

    def _head(self) -> Head:
        if not self._entries:
            return Head(0, b"", self._sealed_head)
        return Head(self._entries[-1].seq, self._entries[-1].mac, self._sealed_head)

    def entries(self, kind: str | None, id: str | None, who: str | None, before: int | None, limit: int | None) -> list[AuditRow]:
        with self._lock:
            newest_first = reversed(self._entries)
            found = [
                entry
                for entry in newest_first
                if kind in (None, entry.kind)
                and id in (None, entry.id)
                and who in (None, entry.who)
                and (before is None or entry.seq < before)
            ]
        return found[:limit]

    def scan(self, *, check: bool = False) -> Iterator[Row | AuditRow | Head]:
        with self._lock:
            rows = [row for _, row in sorted(self._rows.items())]
            entries, head = list(self._entries), self._head()
        yield from rows
        yield from entries
        yield head

    def get_setting(self, name: str) -> bytes | None:
        return self._settings.get(name)

    def swap_setting(self, name: str, old: bytes | None, new: bytes) -> bool:
        with self._lock:
            if self._settings.get(name) != old:
                return False
            self._settings[name] = new
            return True

    def close(self) -> None:
        pass
