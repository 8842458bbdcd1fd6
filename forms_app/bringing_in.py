"""The command `import`: bring in a roster from the command line, or say what that would do."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from forms_app import importing, roster, upkeep
from forms_app.importing import LEAVE_OUT, Plan, Wishes
from forms_app.plain_text import folded
from forms_app.records import imports, schools, utc_now
from forms_app.records.actor import Actor
from forms_app.roster import FIELDS, CannotRead, Found, Sheet
from forms_app.roster.columns import missing
from forms_app.roster.sheet import MOST_BYTES
from forms_app.school_year import day_in
from forms_app.settings import Settings
from forms_app.store import Store
from forms_app.students import Route

WITHOUT = {"leave-out": LEAVE_OUT, "hours": Route.HOURS.value, "concern": Route.CONCERN.value}


class CannotImport(Exception):
    """Why nothing was done, in a sentence."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="CSV, Excel (.xlsx), OneRoster 1.1 zip, or the Ministry's 1701 file")
    parser.add_argument("--dry-run", action="store_true", help="only say what it would do")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--column", action="append", default=[], metavar="HEADING=FIELD", help=f"what a column is: {', '.join(FIELDS)}, or nothing"
    )
    parser.add_argument("--school", default="", help="name or Ministry code of the school, for a file that does not say it")
    parser.add_argument(
        "--add-schools", action="store_true", help="add the schools that are not known here; a store without any school takes all"
    )
    parser.add_argument(
        "--without-category",
        choices=list(WITHOUT),
        default="leave-out",
        help="why students without a category have a case manager (default: leave them out)",
    )
    parser.add_argument(
        "--leave-out-errors", action="store_true", help="write the rest although rows are in error or have to be decided on"
    )
    parser.add_argument("--data", help="folder of the store (default: data/)")


def run(options: argparse.Namespace, settings: Settings, store: Store) -> int:
    """0 where all is done, 1 where something has to be mended or decided first. Raises CannotImport and CannotRead."""
    actor, today = Actor("cli", utc_now()), day_in(settings.zone, utc_now())
    started = time.monotonic()
    sheet = roster.read(_bytes(options.file))
    mapping = _mapping(sheet, options.column, store)
    found = roster.find_rows(sheet, mapping, lambda done: upkeep.say("rows read", done))
    wishes = _wishes(options, store, sheet, found)
    made = importing.plan(found, imports.here(store, today, settings.zone), wishes, mapping.values())
    read_in = time.monotonic() - started
    open_ends = len(made.problems) + len(made.questions) + len(made.unknown_schools)
    stops = bool(open_ends) and not options.leave_out_errors
    written = {}
    if not options.dry_run and not stops:
        if any(id.startswith(NEW) for id in (wishes.school, *wishes.schools.values())):
            wishes = _with_schools(wishes, store, found, actor)
            made = importing.plan(found, imports.here(store, today, settings.zone), wishes, mapping.values())
        import_id = imports.begin(store, sheet, mapping, found, wishes, actor)
        agreed = imports.digest(made)
        while not imports.write(store, import_id, agreed, replace(actor, at=utc_now()), today, settings.zone, 60, _progress):
            pass
        one = imports.find(store, import_id)
        written = dict(one.written) if one else {}
    facts = _facts(options, sheet, mapping, made, written, read_in)
    if options.json:
        print(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        _say(options, sheet, facts, made, written)
    return 1 if open_ends else 0


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CannotRead(f"{path.name} is larger than {MOST_BYTES // 1024 // 1024} MB. Export only the columns that are needed.")
        return path.read_bytes()
    except OSError as error:
        raise CannotImport(f"{path} cannot be read: {error.strerror}.") from error


def _mapping(sheet: Sheet, said: list[str], store: Store) -> dict[int, str]:
    """Which column is what: what was said, else what was remembered of such a file, else what can be guessed. Raises CannotImport."""
    if sheet.fields:
        return dict(enumerate(sheet.fields))
    mapping = roster.guess(sheet.headings, sheet.lines, imports.remembered_layout(store, sheet))
    for words in said:
        heading, _, name = words.rpartition("=")
        place = next((at for at, one in enumerate(sheet.headings) if one.casefold() == heading.strip().casefold()), None)
        if place is None or (name not in FIELDS and name not in ("", "nothing")):
            raise CannotImport(
                f"“{words}” is not understood. Headings: {', '.join(filter(None, sheet.headings))}. Fields: {', '.join(FIELDS)}, nothing."
            )
        mapping = {at: one for at, one in mapping.items() if at != place and one != name}
        if name in FIELDS:
            mapping[place] = name
    if lacking := missing(mapping):
        raise CannotImport(
            f"It cannot be told {'; '.join(lacking)}. Say it with --column HEADING=FIELD. Headings: {', '.join(filter(None, sheet.headings))}."
        )
    return mapping


NEW = "new:"


def _wishes(options: argparse.Namespace, store: Store, sheet: Sheet, found: Found) -> Wishes:
    """What the options say. Schools that are to be added have ids that begin with NEW. Raises CannotImport."""
    known, places = imports.remembered_schools(store), imports.places(store)
    adds = options.add_schools or not places
    school = next((one.id for one in places if options.school and options.school in (one.name, one.code)), "")
    if options.school and not school and not adds:
        raise CannotImport(f"There is no school with the name or code “{options.school}”. Add --add-schools, or check it.")
    wishes = Wishes(
        school=school or (NEW + options.school if options.school else ""),
        without_category=WITHOUT[options.without_category],
        schools=known,
        clipped=sheet.kind.endswith("1701 file"),
    )
    if adds:
        unknown = importing.plan(found, importing.Here((), places, (), {}), wishes).unknown_schools
        wishes = replace(wishes, schools={**known, **{folded(written): NEW + written for written in unknown}})
    return wishes


def _with_schools(wishes: Wishes, store: Store, found: Found, actor: Actor) -> Wishes:
    """Add the schools that are to be added."""
    names = {row.school: row.school_name for row in found.rows if row.school_name}

    def made(id: str) -> str:
        if not id.startswith(NEW):
            return id
        written = id.removeprefix(NEW)
        code = written if written.isascii() and written.isdigit() and len(written) == 8 else ""
        return schools.create(store, names.get(written) or written, code, actor).id

    return replace(wishes, school=made(wishes.school), schools={written: made(id) for written, id in wishes.schools.items()})


def _progress(done: int, whole: int) -> None:
    upkeep.say(f"students written of {whole:,}", done)


def _facts(
    options: argparse.Namespace, sheet: Sheet, mapping: dict[int, str], made: Plan, written: dict[str, int], seconds: float
) -> dict[str, Any]:
    """What the file is and what became of it, for machines."""
    return {
        "file": sheet.kind,
        "told": list(sheet.told),
        "columns": {sheet.headings[place]: name for place, name in sorted(mapping.items())},
        "columns_not_read": [one for place, one in enumerate(sheet.headings) if one and place not in mapping],
        "rows": len(sheet.lines),
        "new": len(made.new),
        "changed": len(made.changed),
        "unchanged": made.unchanged,
        "gone": len(made.gone),
        "errors": [{"row": one.row, "column": one.column, "found": one.found, "allowed": one.allowed} for one in made.problems],
        "questions": [{"row": one.row, "asked": "may be a student who is kept here: decide it in the browser"} for one in made.questions],
        "unknown_schools": {written: count for written, (_, count) in made.unknown_schools.items()},
        "left_out": dict(made.left_out),
        "written": None if options.dry_run or (not written and made.steps) else written,
        "seconds": round(seconds, 2),
    }


def _say(options: argparse.Namespace, sheet: Sheet, facts: dict[str, Any], made: Plan, written: dict[str, int]) -> None:
    """The same for people."""
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"{sheet.kind}, {len(sheet.lines):,} rows. {' '.join(sheet.told)}".strip())
    print("Columns: " + "; ".join(f"{heading or '(no heading)'} is {FIELDS[name]}" for heading, name in facts["columns"].items()))
    if facts["columns_not_read"]:
        print(f"Not read: {', '.join(facts['columns_not_read'])}")
    for words, count in (
        ("new", facts["new"]),
        ("changed", facts["changed"]),
        ("unchanged", made.unchanged),
        ("not in the file any more (nothing is done to them)", facts["gone"]),
    ):
        print(f"{count:8,}  {words}")
    for reason, count in made.left_out.items():
        print(f"{count:8,}  left out, {reason}")
    for one in made.problems[:50]:
        print(f"Row {one.row}, {one.column}: found {one.found}; allowed: {one.allowed}.")
    if len(made.problems) > 50:
        print(f"… and {len(made.problems) - 50} more (--json names all).")
    for question in made.questions:
        print(
            f"Row {question.row} may be a student who is kept here under another name or number. Bring the file in in the browser to decide it."
        )
    for code, (_, count) in made.unknown_schools.items():
        print(f"School “{code}” is not known here ({count:,} rows). Add it with --add-schools, or name its code in the browser.")
    if options.dry_run:
        print("Nothing was written (--dry-run).")
    elif facts["written"] is None:
        print("Nothing was written. Mend the file, or add --leave-out-errors to write the rest.")
    else:
        print(
            f"Written: {written.get('new', 0):,} new, {written.get('changed', 0):,} changed." if written else "There was nothing to write."
        )
