"""What the store asks of a row engine. An engine moves opaque bytes durably; it knows no document, key or person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from forms_app.store.records import Columns

# The settings that a store has; each is sealed.
MAC_KEYS = "audit keys"
SCHEMAS = "schemas"
SETTINGS = (MAC_KEYS, SCHEMAS)


class Row(NamedTuple):
    """One record at rest: plain ids and columns, the rest sealed.

    A document is kept in parts, one for each of its tables, under a number; `contents` lists them. A change then
    writes only the parts it touched, and a tick costs the same however many years are kept.
    """

    kind: str
    id: str
    version: int
    columns: Columns
    summary: bytes
    contents: bytes
    parts: Mapping[int, bytes]


class SummaryRow(NamedTuple):
    id: str
    version: int
    columns: Columns
    summary: bytes


class AuditRow(NamedTuple):
    """One audit entry at rest. `reason` is sealed; `mac` closes over the entry and the mac before it."""

    seq: int
    at: str
    action: str
    who: str
    kind: str
    id: str
    version: int
    effect: str
    session: str
    fields: str
    reason: bytes
    mac: bytes


class Head(NamedTuple):
    """Where the audit chain ends: the last entry, and the same two facts as they were sealed apart from it."""

    seq: int
    mac: bytes
    sealed: bytes


class Write(NamedTuple):
    """One transaction. `expected` is the version that must still be there (0: no such record yet; None: whatever is).

    `row` is put in place with those of its parts that changed, `dropped` ones go; without a row the record goes
    (effect "delete") or stays as it is (effect "note").
    """

    kind: str
    id: str
    effect: str
    expected: int | None = None
    row: Row | None = None
    dropped: Sequence[int] = ()


@dataclass(frozen=True)
class Batch:
    """Rows and entries to take over as they are, without an entry of their own: for copies and new seals.

    A row replaces one of the same version or takes an empty place; a newer version in its place stays.
    """

    rows: Sequence[Row] = ()
    entries: Sequence[AuditRow] = ()
    gone: Sequence[tuple[str, str]] = field(default=())
    head: bytes | None = None


Sign = Callable[[Head, int], tuple[AuditRow, bytes]]
"""Given the chain's head and the record's version, the entry to append and the new head, sealed."""


class Conflict(Exception):
    """The version in the store is not the expected one."""

    def __init__(self, current: int) -> None:
        super().__init__(current)
        self.current = current


class Engine(Protocol):
    def turn(self) -> AbstractContextManager[object]:
        """A change is made within it. Where it is computing and hardly any waiting, one waits here for the other: threads
        that compute at once only hold each other up."""

    def read(self, kind: str, id: str) -> Row | None:
        """The record. Its parts may be read when they are asked for: until the change after next they stay as they are."""

    def summaries(self, kind: str, school: str | None, owner: str | None, state: str | None) -> list[SummaryRow]: ...

    def write(self, write: Write, sign: Sign) -> None:
        """Check the version, append the signed entry, put or drop the row: all or nothing, durable on return."""

    def put(self, batch: Batch) -> None:
        """Take over a batch: all or nothing, durable on return."""

    def entries(self, kind: str | None, id: str | None, who: str | None, before: int | None, limit: int | None) -> list[AuditRow]:
        """Audit entries, newest first."""

    def scan(self, *, check: bool = False) -> Iterator[Row | AuditRow | Head]:
        """Everything, from one moment: rows by kind and id, entries by seq, the head. `check`: the engine's own first."""

    def get_setting(self, name: str) -> bytes | None: ...

    def swap_setting(self, name: str, old: bytes | None, new: bytes) -> bool:
        """Put `new` where `old` is (None: where nothing is yet); False when something else is there."""

    def close(self) -> None: ...
