"""The whole record of one student, for an access request: every row of every table of every year, and everybody who looked or wrote.

It reads what is there and not what it knows, so that no table can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms_app.records import meetings
from forms_app.store import AuditRecord, Store

ABOUT_A_STUDENT = ("student", "disposal")  # kinds whose records have the student's id


@dataclass(frozen=True)
class WholeRecord:
    """`tables` by kind of record and name; `audit` newest first."""

    student: str
    tables: Mapping[str, Mapping[str, tuple[Mapping[str, Any], ...]]]
    audit: tuple[AuditRecord, ...]

    @property
    def own_tables(self) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
        """The tables of the student's own record."""
        return self.tables.get("student", {})

    def ids(self) -> set[str]:
        """Every text in the record, among them the ids of people and schools."""
        found = {entry.who for entry in self.audit}
        for tables in self.tables.values():
            for rows in tables.values():
                found.update(value for row in rows for value in row.values() if isinstance(value, str))
        return found


def whole_record(store: Store, student_id: str) -> WholeRecord:
    """Read everything that the store holds about a student."""
    tables: dict[str, dict[str, tuple[Mapping[str, Any], ...]]] = {}
    audit: list[AuditRecord] = []
    for kind in ABOUT_A_STUDENT:
        document = store.get(kind, student_id)
        if document is not None:
            tables[kind] = {name: tuple(dict(row) for row in document.db.table(name).all()) for name in sorted(document.db.tables())}
        audit += store.history(kind, student_id)
    agendas = tuple(meetings.about(store, student_id))
    if agendas:
        tables["meeting"] = {"agenda": agendas}
    return WholeRecord(student_id, tables, tuple(sorted(audit, key=lambda entry: entry.seq, reverse=True)))


def as_data(record: WholeRecord, made: Mapping[str, str], people: Mapping[str, str], schools: Mapping[str, str]) -> dict[str, Any]:
    """The record as plain data; `people` and `schools` give the names of the ids that occur in it."""
    used = record.ids()
    return {
        "made": dict(made),
        "student": record.student,
        "records": {kind: {name: [dict(row) for row in rows] for name, rows in tables.items()} for kind, tables in record.tables.items()},
        "audit": [
            {
                "seq": entry.seq, "at": entry.at.isoformat(), "who": entry.who, "session": entry.session, "action": entry.action, "effect": entry.effect,
                "record": entry.kind, "version": entry.version, "fields": list(entry.fields), "reason": entry.reason,
            }
            for entry in record.audit
        ],
        "people": {id: name for id, name in people.items() if id in used},
        "schools": {id: name for id, name in schools.items() if id in used},
    }  # fmt: skip
