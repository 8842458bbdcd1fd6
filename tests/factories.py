"""Invented students, items, marks and handbooks. Each has good defaults, so that a test names only what matters to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forms_app.checklists import Mark, Occurrence, Status
from forms_app.handbook import Handbook, Item, Strength
from forms_app.handbook.conditions import Condition, parse
from forms_app.handbook.items import parse_due, parse_opens, parse_record
from forms_app.handbook.pages import Page
from forms_app.handbook.registers import Clause, Event, Guidance, Place, Registers, Window
from forms_app.permissions import Person, Role
from forms_app.school_year import SchoolYear, school_year_of
from forms_app.students import Answer, Assignment, Route, Student

TODAY = dt.date(2026, 11, 24)
YEAR = SchoolYear(2026)
MOMENT = dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC)


def a_student(**facts: Any) -> Student:
    """A student in grade 10, coded in category G, with an IEP; every question about them is answered."""
    known: dict[str, Any] = {
        "id": "s1",
        "given": "Sage",
        "family": "Muster",
        "school": "cedar",
        "grade": "10",
        "routes": frozenset({Route.CODED}),
        "category": "G",
        "iep": Answer.YES,
        "assistant": Answer.NO,
        "agency": Answer.NO,
        "leaving": Answer.NO,
        "assignments": (Assignment("robin", dt.date(2026, 9, 1)),),
    }
    return Student(**{**known, **facts})


def a_person(*roles: Role, id: str = "robin", school: str = "cedar") -> Person:
    return Person(id, id.capitalize(), frozenset(roles or {Role.CASE_MANAGER}), school, f"{id}.alder")


def an_item(
    id: str = "plan.share", *, opens: str = "school year", applies: str = "", due: str = "", records: str = "", **facts: Any
) -> Item:
    """An expected item that opens every school year; options are written as in a page."""
    known: dict[str, Any] = {
        "title": f"Do {id}",
        "strength": Strength.EXPECTED,
        "source": ("R-TWO",),
        "page": "duties.md",
        "line": 1,
        "opens": parse_opens(opens),
        "applies": parse(applies) if applies else Condition(),
        "due": parse_due(due) if due else None,
        "records": tuple(parse_record(part) for part in records.split(", ")) if records else (),
    }
    return Item(id=id, **{**known, **facts})


def an_occurrence(id: str = "o1", event: str = "report", on: dt.date = dt.date(2026, 10, 5), **facts: Any) -> Occurrence:
    return Occurrence(**{"id": id, "event": event, "on": on, "detail": "hospital", "by": "robin", "at": MOMENT, **facts})


def a_mark(item: str = "plan.share", status: Status = Status.DONE, on: dt.date | None = dt.date(2026, 10, 2), **facts: Any) -> Mark:
    known: dict[str, Any] = {
        "id": "m1",
        "occurrence": "",
        "year": school_year_of(on) if on else YEAR,
        "facts": {},
        "by": "robin",
        "at": MOMENT,
        "wording": f"Do {item}",
        "edition": "an-edition",
    }
    return Mark(item=item, status=status, on=on, **{**known, **facts})


def some_registers(**changed: Any) -> Registers:
    """Three clauses, a document, two events, three windows, a place and a recipient: the same as `write_handbook` writes."""
    known: dict[str, Any] = {
        "clauses": {
            "R-ONE": Clause("R-ONE", "Plans", "obligation", Strength.MUST, "There must be a plan."),
            "R-TWO": Clause("R-TWO", "Plans", "expectation", Strength.EXPECTED, "The plan is expected to be shared."),
            "H-1": Clause("H-1", "Plans", "heading", None, "A heading."),
        },
        "guidance": {
            "manual": Guidance(
                "manual", "The Manual", "the manual", "An office", "Renamed.", "superseded", dt.date(2026, 11, 23), "S", ("R-ONE",)
            )
        },
        "events": {
            "report": Event("report", "A report arrived", "Kind of report", "Each time.", ("R-TWO",)),
            "meeting": Event("meeting", "A meeting", "Which meeting", "Each time.", ()),
        },
        "windows": {
            "autumn": a_window("autumn", "end of October", (9, 1), (10, 31), basis="practice"),
            "september": a_window("september", "mid-September", (9, 1), (9, 15)),
            "february": a_window("february", "mid-February", (1, 15), (2, 15)),
        },
        "places": {"file": Place("file", "The File (in the office)", "the File", "Where paper is kept.")},
        "recipients": {"office": Place("office", "The Office", "the Office", "Who receives it.")},
    }
    return Registers(**{**known, **changed})


def a_window(key: str, about: str, opens: tuple[int, int], closes: tuple[int, int], basis: str = "source") -> Window:
    return Window(key, key.capitalize(), about, basis, opens, closes, "the Office", ("R-ONE",) if basis == "source" else ())


def a_page(path: str = "duties.md", **facts: Any) -> Page:
    known: dict[str, Any] = {
        "title": "Duties",
        "description": "What there is to do.",
        "owner": "Handbook editors",
        "reviewed": dt.date(2026, 11, 24),
        "next_review": dt.date(2027, 9, 30),
        "body": "",
        "first_line": 8,
        "blocks": (),
        "marks": (),
    }
    return Page(path=path, **{**known, **facts})


def a_book(*items: Item, registers: Registers | None = None) -> Handbook:
    """A handbook of these items, in this order, on one page."""
    placed = {item.id: item for item in items}
    return Handbook({"duties.md": a_page()}, placed, registers or some_registers(), {}, (), ("duties.md",))


FRONT_MATTER = """\
---
title: {title}
description: What there is to do.
owner: Handbook editors
reviewed: 2026-11-24
next_review: 2027-09-30
---

# {title}
"""

DUTIES = (
    FRONT_MATTER.format(title="Duties")
    + """
There must be a plan {R-ONE}.

/// item | Write the plan
    id: plan.write
    strength: must
    applies: has an IEP
    opens: school year
    due: suggested autumn
    records: filed in file
    source: R-ONE
    guidance: manual

Done when it is written. See [the start](index.md).
///

/// item | Share the plan
    id: plan.share
    strength: expected
    opens: school year
    due: 2 weeks after plan.write
    records: people, sent to office
    source: R-TWO
    needs: plan.write

Done when the others have it.
///

/// item | Consider the report
    id: report.consider
    strength: consider
    opens: event: report
    due: on the event date
    records: decision pursue | do not pursue
    source: R-TWO

Done when it is decided.
///
"""
)

HANDBOOK = {
    "mkdocs.yml": """\
site_name: A tiny handbook
strict: true
use_directory_urls: false
theme: {name: mkdocs}
plugins: []
exclude_docs: |
  /includes/
markdown_extensions:
  - admonition
  - attr_list
  - def_list
  - tables
  - pymdownx.details
  - pymdownx.superfences
  - forms_app.handbook.extension:
      root: !relative $config_dir
      app_url: !ENV [HANDBOOK_APP_URL, ""]
validation:
  nav: {omitted_files: warn, not_found: warn, absolute_links: warn}
  links: {not_found: warn, anchors: warn, absolute_links: relative_to_docs, unrecognized_links: warn}
nav:
  - Start: index.md
  - Duties: duties.md
  - Reference:
      - reference/source.md
      - reference/guidance.md
""",
    "docs/index.md": FRONT_MATTER.format(title="Start") + "\nRead [the duties](duties.md#plan.write).\n",
    "docs/duties.md": DUTIES,
    "docs/reference/source.md": FRONT_MATTER.format(title="Source") + "\nA heading {H-1}.\n\n/// listing | clauses\n///\n",
    "docs/reference/guidance.md": FRONT_MATTER.format(title="Guidance") + "\n/// listing | guidance\n///\n",
    "docs/includes/abbreviations.md": "*[IEP]: Individual Education Plan\n",
    "data/item-ids.txt": "# Every id.\nplan.write\nplan.share\nreport.consider\n",
    "data/clauses.yml": """\
- id: R-ONE
  section: Plans
  kind: obligation
  strength: must
  gist: There must be a plan.
- id: R-TWO
  section: Plans
  kind: expectation
  strength: expected
  gist: The plan is expected to be shared.
- id: H-1
  section: Plans
  kind: heading
  strength: none
  gist: A heading.
""",
    "data/guidance.yml": """\
manual:
  as_cited: the manual
  title: The Manual
  issuer: An office
  became: Renamed.
  status: superseded
  checked: 2026-11-23
  confidence: S
  clauses: [R-ONE]
  url: https://example.org/manual
""",
    "data/events.yml": """\
report:
  title: A report arrived
  ask: Kind of report
  help: Each time.
  source: [R-TWO]
meeting:
  title: A meeting
  ask: Which meeting
  help: Each time.
  source: []
""",
    "data/deadlines.yml": """\
windows:
  autumn:
    title: Autumn
    about: end of October
    basis: practice
    source: []
    opens: "09-01"
    closes: "10-31"
    announced_by: the Office
  september:
    title: September
    about: mid-September
    basis: source
    source: [R-ONE]
    opens: "09-01"
    closes: "09-15"
    announced_by: the Office
""",
    "data/places.yml": """\
places:
  file:
    title: The File (in the office)
    short: the File
    about: Where paper is kept.
    source: [R-ONE]
recipients:
  office:
    title: The Office
    short: the Office
""",
}


def write_handbook(root: Path, files: Mapping[str, str | bytes | None] | None = None) -> Path:
    """A tiny handbook without mistakes below `root`. `files` puts others in their places, or takes them away (None)."""
    for name, content in {**HANDBOOK, **(files or {})}.items():
        path = root / name
        if content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def change(name: str, old: str, new: str) -> dict[str, str]:
    """One file of the tiny handbook with one passage written differently, for `write_handbook`."""
    assert HANDBOOK[name].count(old) == 1, f"{old!r} stands {HANDBOOK[name].count(old)} times in {name}"
    return {name: HANDBOOK[name].replace(old, new)}
