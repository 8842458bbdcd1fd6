"""Verifying a store: every seal, every document against its kind, every column against its document, the whole log.

It reads one moment of the store, while it serves, and reports; it repairs nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from forms_app.store.anchor import ANCHOR, Anchor
from forms_app.store.audit import AuditLog
from forms_app.store.documents import RowStorage, dump, open_row, parse
from forms_app.store.engine import AuditRow, Engine, Head, Row
from forms_app.store.errors import StoreError
from forms_app.store.packing import Packer, check_schema
from forms_app.store.records import Kind

MOST_FAULTS = 100

Progress = Callable[[str, int], None]


def no_progress(what: str, done: int) -> None:
    pass


@dataclass(frozen=True)
class Fault:
    """Where the store is not what was written, and what is wrong there."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Report:
    records: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "records": dict(self.records),
            "entries": self.entries,
            "faults": [asdict(fault) for fault in self.faults],
        }

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(self.records.items())) or "no records"
        if self.ok:
            return f"The store is whole: {counted}; {self.entries} audit entries."
        if self.faults[0].where == ANCHOR:  # it is looked at last: nothing else was found
            return f"{self.faults[0].what} Otherwise the store is whole: {counted}; {self.entries} audit entries."
        return f"The store is damaged. First: {str(self.faults[0]).rstrip('.')}. ({len(self.faults)} found; {counted}.)"


class Verifier:
    def __init__(self, engine: Engine, packer: Packer, audit: AuditLog, kinds: Mapping[str, Kind], anchor: Anchor | None) -> None:
        self._engine = engine
        self._packer = packer
        self._audit = audit
        self._kinds = kinds
        self._anchor = anchor
        self._report = Report()
        self._versions: dict[tuple[str, str], int] = {}
        self._logged: dict[tuple[str, str], int] = {}
        self._previous = Head(0, b"", b"")

    def run(self, progress: Progress = no_progress) -> Report:
        for done, item in enumerate(self._items()):
            match item:
                case Row():
                    self._row(item)
                case AuditRow():
                    self._entry(item)
                case Head():
                    self._head(item)
            if done % 500 == 0:
                progress("verified", done)
        self._compare_with_log()
        if self._anchor and (fault := self._anchor.fault()):
            self._found(*fault)
        return self._report

    def _items(self) -> Iterator[Row | AuditRow | Head]:
        """Everything, if the engine's own check lets us; what it finds is the first fault."""
        try:
            yield from self._engine.scan(check=True)
        except StoreError as error:
            self._found("engine", str(error))

    def _found(self, where: str, what: str) -> None:
        if len(self._report.faults) < MOST_FAULTS:
            self._report.faults.append(Fault(where, what))

    def _row(self, row: Row) -> None:
        self._versions[row.kind, row.id] = row.version
        self._report.records[row.kind] += 1
        try:
            fault = self._row_fault(row)
        except Exception as error:
            fault = str(error) or type(error).__name__
        if fault:
            self._found(f"{row.kind} {row.id}", fault)

    def _row_fault(self, row: Row) -> str | None:
        kind = self._kinds.get(row.kind)
        if kind is None:
            return "is of a kind that this program does not know"
        contents = self._packer.contents(row)
        check_schema(kind, contents)
        if contents.schema < kind.schema:
            return f"has schema {contents.schema}; {kind.schema} is expected"
        storage = RowStorage(contents.names(), lambda name: self._packer.table(row, contents, name), read_only=True)
        for name in contents.names():
            storage.tables[name]
        if extra := row.parts.keys() - contents.numbers():
            return f"has parts that no table accounts for: {sorted(extra)}"
        columns, summary = kind.summarize(open_row(storage))
        if columns != row.columns:
            return "has columns that do not fit its document"
        if self._packer.summary(row.kind, row).summary != parse(dump(summary)):
            return "has a summary that does not fit its document"
        return kind.check(open_row(storage))

    def _entry(self, entry: AuditRow) -> None:
        self._report.entries += 1
        if fault := self._audit.fault(entry, self._previous):
            self._found(f"audit entry {entry.seq}", fault)
        self._previous = Head(entry.seq, entry.mac, b"")
        if entry.effect == "delete":
            self._logged.pop((entry.kind, entry.id), None)
        elif entry.effect != "note":
            self._logged[entry.kind, entry.id] = entry.version

    def _head(self, head: Head) -> None:
        last = self._previous  # as it was read, entry by entry
        if fault := self._audit.head_fault(Head(last.seq, last.mac, head.sealed)):
            self._found("audit log", fault)

    def _compare_with_log(self) -> None:
        for (kind, id), version in self._versions.items():
            logged = self._logged.get((kind, id))
            if logged is None:
                self._found(f"{kind} {id}", "is in the store, but not in the audit log")
            elif logged != version:
                self._found(f"{kind} {id}", f"has version {version}; the audit log says {logged}")
        for kind, id in self._logged.keys() - self._versions.keys():
            self._found(f"{kind} {id}", "is in the audit log, but missing from the store")
