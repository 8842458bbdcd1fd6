"""The whole record of one student, for an access request: a page that prints, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response

from forms_app.corrections import Correction, Target, by_target
from forms_app.data_dictionary import Dictionary, Table, flat, read_dictionary
from forms_app.permissions import Action, can
from forms_app.records.whole import WholeRecord, as_data
from forms_app.views import current
from forms_app.views.wording import Wording

bp = Blueprint("whole_record", __name__)


@dataclass(frozen=True)
class Line:
    """One field of one row. `about` names it for a correction, where it can have one of its own."""

    label: str
    value: str
    about: str = ""
    statements: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Row:
    """One row of a table; `about` as above, for the row."""

    lines: tuple[Line, ...]
    about: str = ""
    statements: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Section:
    """One table."""

    id: str
    title: str
    rows: tuple[Row, ...]


@bp.get("/students/<student_id>/record")
def show(student_id: str) -> str:
    """Everything that is kept about the student, of every year, and who looked and wrote."""
    desk, student, person = current.desk(), current.record().student, current.person()
    whole = desk.whole(current.record())
    wording = Wording.of(desk, whole.own_tables)
    return render_template(
        "whole_record/show.html",
        student=student,
        sections=list(_sections(whole, wording)),
        audit=[(wording.moment(entry.at), wording.person(entry.who), entry) for entry in whole.audit],
        made=_made(),
        can_export=can(person, Action.EXPORT, student, desk.today()),
        can_correct=can(person, Action.CORRECT, student, desk.today()),
        can_answer=can(person, Action.ANSWER, student, desk.today()),
    )


@bp.get("/students/<student_id>/record.json")
def download(student_id: str) -> Response:
    """The same as data, stamped, under a file name that names nobody."""
    desk = current.desk()
    people = {person.id: person.name for person in desk.people().values()}
    schools = {school.id: school.name for school in desk.schools().values()}
    data = as_data(desk.whole(current.record()), _made(), people, schools)
    response = make_response(json.dumps(data, ensure_ascii=False, indent=1))
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="student-record-{desk.today().isoformat()}.json"'
    return response


def _made() -> dict[str, str]:
    """Who made it, and when: the stamp on every copy."""
    desk = current.desk()
    wording = Wording.of(desk, {})
    return {
        "by": current.person().name,
        "at": wording.moment(desk.now()),
        "note": "Confidential. A copy of everything that the checklist keeps about one student.",
    }


def _sections(whole: WholeRecord, wording: Wording) -> Iterator[Section]:
    dictionary = read_dictionary(current.desk().settings.root)
    statements = by_target(current.record().corrections)
    for kind, tables in whole.tables.items():
        for name in dictionary.order(kind, tables):
            table = dictionary.table(kind, name)
            rows = tuple(_row(dictionary, table, name, row, wording, statements) for row in tables[name])
            yield Section(f"{kind}-{name.replace(' ', '-')}", table.title_of(name) if table else name, rows)


def _row(
    dictionary: Dictionary,
    table: Table | None,
    name: str,
    row: Mapping[str, Any],
    wording: Wording,
    statements: Mapping[Target, tuple[Correction, ...]],
) -> Row:
    lines = []
    for field, value in sorted(flat(row), key=lambda pair: pair[0] == "id"):  # its number comes last
        known = table.fields.get(field) if table else None
        words = wording.value(known.shows if known else "", value, dictionary)
        detail = Target("detail", field) if name == "profile" else None
        if words or detail:
            lines.append(
                Line(
                    known.label if known else field,
                    words or "not recorded",
                    str(detail or ""),
                    statements.get(detail, ()) if detail else (),
                )
            )
    kind = "review" if name == "file review finals" else name.split()[0].removesuffix("s")
    about = Target(kind, str(row.get("id", ""))) if name.startswith(("marks ", "events ")) or kind == "review" else None
    return Row(tuple(lines), str(about or ""), statements.get(about, ()) if about else ())
