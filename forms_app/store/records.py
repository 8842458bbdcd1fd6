"""The nouns that callers hand to the store and get back. Nothing here touches a disk."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tinydb import TinyDB


@dataclass(frozen=True)
class Columns:
    """The few plain columns that lists filter by: opaque ids and states, never names."""

    school: str = ""
    owner: str = ""
    state: str = ""


Summarize = Callable[[TinyDB], tuple[Columns, dict[str, Any]]]
Check = Callable[[TinyDB], str | None]


def _no_fault(db: TinyDB) -> str | None:
    return None


@dataclass(frozen=True)
class Kind:
    """A kind of record: how a list shows it, which schema it has, and what makes a document of it valid.

    `check` returns what is wrong with a document, or None; only verify() calls it.
    `upgrades[n]` turns a document of schema n into one of schema n + 1. A changed `summarize` is a new schema, too:
    an upgrade that does nothing makes every summary anew.
    """

    name: str
    summarize: Summarize
    schema: int = 1
    check: Check = _no_fault
    upgrades: dict[int, Callable[[TinyDB], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """What the audit log is told: who did which action. Ids and fields' names; never names of people, never values."""

    action: str
    who: str
    session: str = ""
    fields: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Summary:
    id: str
    version: int
    columns: Columns
    summary: dict[str, Any]


@dataclass(frozen=True)
class AuditRecord:
    """One line of the audit log. `effect` is what the store did: create, change, delete or note."""

    seq: int
    at: datetime
    action: str
    who: str
    kind: str
    id: str
    version: int
    effect: str
    session: str = ""
    fields: tuple[str, ...] = ()
    reason: str = ""
