"""The data dictionary: every field that is kept, with its purpose, who sees it and how long it stays (PRV-01). One source: `data/dictionary.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .configuration import read_file
from .handbook.plain_yaml import Lines
from .handbook.problems import one_of
from .handbook.registers import Entry

FILE = "data/dictionary.yml"
PAGE = "docs/about/data-dictionary.md"
SHOWS = ("", "day", "moment", "person", "school", "item", "event", "event kind", "place", "year", "field", "target", "part")
YEAR = " YEAR"  # ends the name of a table that there is once for each school year


@dataclass(frozen=True)
class Field:
    """`name` as it is stored; a field inside a mapping is called `facts.reason`."""

    name: str
    label: str
    purpose: str
    shows: str
    authority: str


@dataclass(frozen=True)
class Table:
    """`seen_by` and `retention` are keys of the dictionary's own lists."""

    kind: str
    name: str
    title: str
    authority: str
    seen_by: str
    retention: str
    fields: Mapping[str, Field]

    def title_of(self, stored: str) -> str:
        """The title of one stored table: of which year it is, where there is one for each."""
        year = stored.rpartition(" ")[2]
        return f"{self.title} {year}/{int(year) % 100 + 1:02d}" if self.name.endswith(YEAR) and year.isdigit() else self.title


@dataclass(frozen=True)
class Dictionary:
    """`records` by kind and table; `titles` of the kinds."""

    readers: Mapping[str, str]
    retention: Mapping[str, str]
    titles: Mapping[str, str]
    records: Mapping[str, Mapping[str, Table]]

    def table(self, kind: str, stored: str) -> Table | None:
        """The entry for a table as it is stored (`marks 2026`)."""
        tables = self.records.get(kind, {})
        return tables.get(stored) or tables.get(re.sub(r" \d{4}$", YEAR, stored))

    def order(self, kind: str, stored: Iterable[str]) -> list[str]:
        """Stored tables in the order of the dictionary; what it does not know comes last."""
        place = {name: number for number, name in enumerate(self.records.get(kind, {}))}
        return sorted(
            stored, key=lambda name: (place.get(known.name, len(place)) if (known := self.table(kind, name)) else len(place), name)
        )

    def all_fields(self) -> set[tuple[str, str, str]]:
        """Every (kind, table, field)."""
        return {(table.kind, table.name, name) for tables in self.records.values() for table in tables.values() for name in table.fields}


def flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields of a stored row as the dictionary names them.

    >>> list(flat({"by": "a", "facts": {"reason": "b"}}))
    [('by', 'a'), ('facts.reason', 'b')]
    """
    for name, value in row.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", deeper) for inner, deeper in flat(value))
        else:
            yield name, value


def read_dictionary(root: Path) -> Dictionary:
    """Raises HandbookError with every mistake. Kept until the file changes."""
    stat = (root / FILE).stat() if (root / FILE).exists() else None
    return _read(root, (stat.st_mtime_ns, stat.st_size) if stat else None)


@lru_cache(maxsize=4)
def _read(root: Path, _fingerprint: object) -> Dictionary:
    return read_file(root, FILE, _dictionary)


def _dictionary(entry: Entry) -> Dictionary:
    entry.only("readers", "retention", "records")
    readers, retention, records = (dict(_mapping(entry, name)) for name in ("readers", "retention", "records"))
    tables: dict[str, dict[str, Table]] = {}
    titles: dict[str, str] = {}
    for kind, value in records.items():
        record = _inner(entry, kind, value)
        record.only("title", "tables")
        titles[kind] = record.text("title")
        tables[kind] = {name: _table(record, kind, name, table, readers, retention) for name, table in _mapping(record, "tables").items()}
    return Dictionary(readers, retention, titles, tables)


def _table(record: Entry, kind: str, name: str, value: Any, readers: Mapping[str, str], retention: Mapping[str, str]) -> Table:
    entry = _inner(record, name, value)
    entry.only("title", "authority", "seen_by", "retention", "fields")
    authority = entry.text("authority")
    return Table(
        kind=kind,
        name=name,
        title=entry.text("title"),
        authority=authority,
        seen_by=_word(entry, "seen_by", readers),
        retention=_word(entry, "retention", retention),
        fields={field: _field(entry, field, fields, authority) for field, fields in _mapping(entry, "fields").items()},
    )


def _field(table: Entry, name: str, value: Any, authority: str) -> Field:
    entry = _inner(table, name, value)
    entry.only("label", "purpose", "shows", "authority")
    return Field(name, entry.text("label"), entry.text("purpose"), _word(entry, "shows", SHOWS), entry.text("authority", authority))


def _inner(entry: Entry, key: str, value: Any) -> Entry:
    return Entry(entry.file, f"{entry.key}.{key}" if entry.key else key, value, getattr(value, "line", entry.line), entry.problems)


def _mapping(entry: Entry, field: str) -> Mapping[str, Any]:
    value = entry.fields.get(field)
    if isinstance(value, Lines):
        return value
    entry.refuse(field, "no mapping", f"needed: a mapping “{field}:”")
    return {}


def _word(entry: Entry, field: str, known: Iterable[str]) -> str:
    known = list(known)
    text = entry.text(field, "" if "" in known else None)
    if text not in known:
        entry.refuse(field, f"“{text}”", one_of(known))
    return text


HEAD = """---
title: Data dictionary
description: Every field that the app keeps, why, on what authority, who sees it, and how long it stays.
owner: Handbook editors
reviewed: 2026-11-24
next_review: 2027-09-30
---

# Data dictionary

Every field that the app keeps, and why. A public body may collect only what relates directly to a program and is necessary for it (FIPPA section 26(c)). So no field is
kept without a purpose; a test of the program fails on a field that is missing here, and on one that is here and never kept.

This page is made from `data/dictionary.yml`. Change that file, not this page.

- **No private notes.** Whatever is written is part of the student's record, and the student and the parents may see it.
- **No files.** The app notes that a paper exists, its date and its place. It never holds the paper.
- **Authority.** A number such as R-IEP-03 is a clause of [the source](../reference/source.md). The reading of the law is ours and is not legal advice; the district's privacy
  office has to confirm it.

See also [Privacy impact](privacy-impact.md).
"""


def as_page(dictionary: Dictionary) -> str:
    """The page of the handbook, as it stands in `PAGE`."""
    lines = [HEAD]
    for kind, tables in dictionary.records.items():
        lines.append(f"## {dictionary.titles[kind]}\n")
        for table in tables.values():
            each = ", for each school year" if table.name.endswith(YEAR) else ""
            lines += [
                f"### {table.title}{each} {{: #{kind}-{_slug(table.name)} }}\n",
                f"Authority: {table.authority}. Kept as table `{table.name}` of `{kind}`.\n",
            ]
            lines += [
                f"- **Who sees it:** {dictionary.readers[table.seen_by]}.",
                f"- **How long:** {dictionary.retention[table.retention]}.\n",
            ]
            lines += ["| field | kept as | why |", "|---|---|---|"]
            for field in table.fields.values():
                other = f" ({field.authority})" if field.authority != table.authority else ""
                lines.append(f"| {field.label} | `{field.name}` | {field.purpose}{other} |")
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", name.lower())
