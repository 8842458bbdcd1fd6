"""An import is a record: what a file was understood as, what its owner decided, and how far it was written. The file itself is never kept.

What an import would do is worked out anew each time from the rows and the students as they are, so an interrupted one goes on where it stopped,
and the same file twice does nothing. Kind `import`: tables `import` (one row), `rows` and `failed` (until it is over), `written`. Kind `roster`,
one record: `layouts` (which heading is what), `schools` (what a school is called in files), `turn` (who is writing).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tinydb import TinyDB

from forms_app.importing import Here, Place, Plan, Step, Wishes, as_student, plan
from forms_app.records import accounts, handovers, openings, schools
from forms_app.records import students as student_records
from forms_app.records.actor import Actor
from forms_app.roster import Found, Problem, Row, Sheet, signature
from forms_app.roster.columns import normalized
from forms_app.school_year import day_in, school_year_of
from forms_app.store import Columns, Document, Kind, Store, Summary, new_id
from forms_app.students import Student

DRAFT, WRITING, DONE, DROPPED = "draft", "writing", "done", "dropped"
KEPT_FOR = dt.timedelta(days=3)  # the rows of an import that nobody finishes, and the failed ones of one that is over
TURN_LASTS = dt.timedelta(minutes=2)  # then whoever had it is taken to have been interrupted
ROSTER = "roster"
_BATCH = 1000  # rows in one entry


@dataclass(frozen=True)
class Import:
    """One import as it is kept. `written` and `passed_over` count students; `agreed` names what its owner saw and agreed to."""

    id: str
    version: int
    by: str
    at: dt.datetime
    state: str
    kind: str
    told: tuple[str, ...]
    not_read: int  # columns
    columns: tuple[str, ...]
    wishes: Wishes
    found: Found
    layout: Mapping[str, str] = field(default_factory=dict)
    signature: str = ""
    agreed: str = ""
    written: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return self.state in (DONE, DROPPED)


class TurnTaken(Exception):
    """Another import is being written at this moment; nothing was done."""

    def __init__(self) -> None:
        super().__init__(
            "Another roster is being written at this moment. Wait until it is done, then look again: what is left to do may have changed."
        )


class PlanChanged(Exception):
    """What the import would do is not what its owner saw any more; nothing was done."""


# Reading


def read(document: Document) -> Import:
    row = document.db.table("import").all()[0]
    parts = {name: _unpacked(document.db, name) for name in ("rows", "failed")}
    problems = [Problem(*one) for one in json.loads(row["problems"])]
    rows = [_row(one) for one in parts["rows"]]
    found = Found(
        [one for one, elsewhere in rows if not elsewhere],
        problems,
        [(int(one["row"]), one["cells"]) for one in parts["failed"]],
        Counter(json.loads(row["left out"])),
        [one for one, elsewhere in rows if elsewhere],
    )
    wishes = Wishes(
        scope=None if row["scope"] == "district" else frozenset(filter(None, row["scope"].split())),
        school=row["school"],
        without_category=row["without category"],
        schools=json.loads(row["schools"]),
        answers={int(number): answer for number, answer in json.loads(row["answers"]).items()},
        names_managers=row["names managers"],
        clipped=row["clipped"],
    )
    return Import(
        id=document.id, version=document.version, by=row["by"], at=dt.datetime.fromisoformat(row["at"]), state=row["state"], kind=row["kind"],
        told=tuple(row["told"]), not_read=row["not read"], columns=tuple(row["columns"]), wishes=wishes, found=found,
        layout=json.loads(row["layout"]), signature=row["signature"], agreed=row["agreed"],
        written=dict(Counter(what for one in document.db.table("written").all() for what in json.loads(one["what"]))),
    )  # fmt: skip


def find(store: Store, import_id: str) -> Import | None:
    document = store.get("import", import_id)
    return read(document) if document else None


@dataclass(frozen=True)
class Line:
    """An import in a list."""

    id: str
    by: str
    at: dt.datetime
    state: str
    kind: str
    students: int
    new: int
    changed: int
    holds: bool  # failed rows


def of(store: Store, person: str) -> list[Line]:
    """What somebody has brought in, newest first."""
    lines = [_line(summary) for summary in store.list("import", owner=person)]
    return sorted(lines, key=lambda one: one.at, reverse=True)


def _line(summary: Summary) -> Line:
    return Line(
        **{**summary.summary, "id": summary.id, "at": dt.datetime.fromisoformat(summary.summary["at"]), "state": summary.columns.state}
    )


def here(store: Store, today: dt.date, zone: str) -> Here:
    """What is kept now, of every student of the district."""
    year = school_year_of(today)
    found: list[Student] = []
    managers: dict[str, str] = {}
    confirmed: set[str] = set()
    for summary in store.list("student"):
        student = student_records.student_from_summary(summary.id, summary.summary)
        found.append(student)
        managers[student.id] = student.case_manager_on(today)
        ledger = openings.from_rows(summary.summary.get("school years", ()))
        if ledger.of(year) or (ledger.entered and school_year_of(day_in(zone, ledger.entered)) >= year):
            confirmed.add(student.id)
    people = [account.person for account in accounts.everyone(store) if not account.disabled]
    return Here(found, places(store), people, managers, frozenset(confirmed))


def places(store: Store) -> list[Place]:
    return [Place(one.id, one.name, one.code) for one in schools.everyone(store)]


def plan_of(store: Store, one: Import, today: dt.date, zone: str) -> Plan:
    """What is left to do of an import."""
    return plan(one.found, here(store, today, zone), one.wishes, one.columns)


def digest(made: Plan) -> str:
    """Names what a plan would do, so that what is written is what was seen."""
    return hashlib.sha256("\n".join(sorted(map(_named, made.steps))).encode()).hexdigest()[:32]


def _named(step: Step) -> str:
    return json.dumps(
        [step.row, step.student, sorted((name, now) for name, (_, now) in step.changes.items()), step.manager], ensure_ascii=False
    )


# What is remembered of files


def remembered_layout(store: Store, sheet: Sheet) -> dict[str, str] | None:
    """Which heading is what, where a file with these headings was brought in before."""
    wanted = signature(sheet.headings)
    for row in _roster_rows(store, "layouts"):
        if row["signature"] == wanted:
            return dict(json.loads(row["headings"]))
    return None


def remembered_schools(store: Store) -> dict[str, str]:
    """What schools are called in files, `folded`, and which they are."""
    return {row["written"]: row["school"] for row in _roster_rows(store, "schools")}


def _roster_rows(store: Store, table: str) -> list[Any]:
    document = store.get(ROSTER, ROSTER)
    return list(document.db.table(table).all()) if document else []


def _remember(store: Store, one: Import, actor: Actor) -> None:
    known = {place.id for place in places(store)}

    def write(db: TinyDB) -> None:
        layouts, names = db.table("layouts"), db.table("schools")
        if one.signature:
            layouts.remove(doc_ids=[row.doc_id for row in layouts.all() if row["signature"] == one.signature])
            layouts.insert(
                {
                    "signature": one.signature,
                    "headings": json.dumps(one.layout, ensure_ascii=False),
                    "by": actor.id,
                    "at": actor.at.isoformat(),
                }
            )
        there = {row["written"]: row["school"] for row in names.all()}
        for written, school in one.wishes.schools.items():
            if school in known and there.get(written) != school:
                names.remove(doc_ids=[row.doc_id for row in names.all() if row["written"] == written])
                names.insert({"written": written, "school": school, "by": actor.id, "at": actor.at.isoformat()})

    store.change_or_create(ROSTER, ROSTER, write, actor.entry("remember a roster's layout"))


# Writing


def begin(store: Store, sheet: Sheet, mapping: Mapping[int, str], found: Found, wishes: Wishes, actor: Actor) -> str:
    """Keep what was understood, as a draft that has written nothing yet; returns its id."""
    layout = {normalized(sheet.headings[place]): name for place, name in mapping.items() if not sheet.fields}
    row = {
        "by": actor.id, "at": actor.at.isoformat(), "state": DRAFT, "kind": sheet.kind, "told": list(sheet.told),
        "not read": max(0, len(sheet.headings) - len(mapping)) if not sheet.fields else 0, "columns": sorted(set(mapping.values())),
        "signature": signature(sheet.headings) if layout else "", "layout": json.dumps(layout, ensure_ascii=False), "agreed": "",
        "problems": json.dumps([list(asdict(one).values()) for one in found.problems], ensure_ascii=False), "left out": json.dumps(found.left_out),
        **_wishes_row(wishes), "clipped": wishes.clipped, "names managers": wishes.names_managers,
        "scope": "district" if wishes.scope is None else " ".join(sorted(wishes.scope)), "students": len(found.rows), "over": "",
    }  # fmt: skip

    def fill(db: TinyDB) -> None:
        db.table("import").insert(row)
        _pack(db, "rows", [*(_kept(one, False) for one in found.rows), *(_kept(one, True) for one in found.elsewhere)])
        _pack(db, "failed", [{"row": number, "cells": cells} for number, cells in found.failed])

    return store.create("import", fill, actor.entry("read a roster")).id


def decide(store: Store, import_id: str, wishes: Wishes, actor: Actor) -> None:
    """Keep what the owner answered to the questions of an import."""
    store.change("import", import_id, lambda db: _set(db, **_wishes_row(wishes)), actor.entry("answer a roster's questions"))


def drop(store: Store, import_id: str, actor: Actor) -> None:
    """Do nothing more of an import. What was written stays."""

    def write(db: TinyDB) -> None:
        if db.table("import").all()[0]["state"] in (DRAFT, WRITING):
            _end(db, DROPPED, actor.at)
            _forget(db)

    store.change("import", import_id, write, actor.entry("drop a roster"))


def tidy(store: Store, actor: Actor) -> None:
    """Let go of the rows of every import that nobody has touched for three days."""
    for summary in store.list("import"):
        if actor.at - dt.datetime.fromisoformat(summary.summary["at"]) < KEPT_FOR:
            continue
        if summary.columns.state in (DRAFT, WRITING):
            drop(store, summary.id, actor)
        elif summary.summary["holds"]:
            store.change("import", summary.id, _forget, actor.entry("forget a roster's failed rows"))


def write(
    store: Store, import_id: str, agreed: str, actor: Actor, today: dt.date, zone: str, seconds: float = 5,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> bool:  # fmt: skip
    """Write for about so many seconds what its owner agreed to; True when nothing is left. Call it again to go on.

    Raises TurnTaken while another import is being written, and PlanChanged where the first call finds another plan than the one agreed to.
    """
    with_turn = _take_turn(store, import_id, actor)
    try:
        one = find(store, import_id)
        if one is None or one.is_over:
            return True
        made = plan_of(store, one, today, zone)
        if one.state == DRAFT:
            if digest(made) != agreed:
                raise PlanChanged
            _remember(store, one, actor)
            store.change(
                "import",
                import_id,
                lambda db: _set(db, state=WRITING, agreed=json.dumps(sorted(map(_key, made.steps)))),
                actor.entry("begin to write a roster"),
            )
            steps = made.steps
        else:
            allowed, done = set(json.loads(one.agreed)), _written_rows(store, import_id)
            steps = [step for step in made.steps if _key(step) in allowed and step.row not in done]
        finished = _write_some(store, import_id, steps, actor, today, seconds, progress)
        if finished:
            store.change("import", import_id, lambda db: _finish(db, actor.at), actor.entry("finish a roster"))
        return finished
    finally:
        _end_turn(store, with_turn, actor)


def _key(step: Step) -> str:
    return f"{step.row} {hashlib.sha256(_named(step).encode()).hexdigest()[:12]}"


def _write_some(
    store: Store, import_id: str, steps: Sequence[Step], actor: Actor, today: dt.date, seconds: float, progress: Callable[[int, int], None]
) -> bool:
    until = time.monotonic() + seconds
    done: list[tuple[int, str]] = []
    count = 0
    try:
        for count, step in enumerate(steps, 1):
            done.append((step.row, _do(store, step, actor, today)))
            if len(done) >= 200:
                _note(store, import_id, done, actor)
                done = []
                progress(count, len(steps))
                if time.monotonic() > until and count < len(steps):
                    return False
    finally:
        if done:
            _note(store, import_id, done, actor)
    progress(count, len(steps))
    return True


def _do(store: Store, step: Step, actor: Actor, today: dt.date) -> str:
    """One student: added, changed, or passed over because somebody else was faster."""
    if step.is_new:
        student_records.create(store, student_records.profile_of(as_student(step)), step.manager, today, actor)
        return "new"

    def write(db: TinyDB) -> None:
        profile = db.table("profile").all()[0]
        if profile["state"] != "open" or any(profile[name] not in (was, now) for name, (was, now) in step.changes.items()):
            raise _ChangedMeanwhile
        student_records.put_details(db, {name: now for name, (_, now) in step.changes.items()}, actor)
        if "grade" in step.changes:
            openings.note_entered(db, actor)
        if step.manager and not any(row["until"] == "" for row in db.table("case managers").all()):
            handovers.name_case_manager(db, step.manager, today, actor)

    named = (*sorted(step.changes), *(["case_manager"] if step.manager else []))
    try:
        store.change("student", step.student, write, actor.entry("bring in details from a roster", *named))
    except _ChangedMeanwhile:
        return "passed over"
    return "changed"


class _ChangedMeanwhile(Exception):
    """Somebody changed the same details since the plan was seen."""


def _written_rows(store: Store, import_id: str) -> set[int]:
    document = store.get("import", import_id)
    return {number for row in (document.db.table("written").all() if document else ()) for number in json.loads(row["rows"])}


def _note(store: Store, import_id: str, done: Sequence[tuple[int, str]], actor: Actor) -> None:
    row = {"rows": json.dumps([number for number, _ in done]), "what": json.dumps([what for _, what in done]), "at": actor.at.isoformat()}
    store.change("import", import_id, lambda db: db.table("written").insert(row), actor.entry("write a roster"))


def _take_turn(store: Store, import_id: str, actor: Actor) -> str:
    mine = new_id()[:12]

    def write(db: TinyDB) -> None:
        table = db.table("turn")
        for row in table.all():
            if abs(actor.at - dt.datetime.fromisoformat(row["at"])) < TURN_LASTS:
                raise TurnTaken
        table.truncate()
        table.insert({"turn": mine, "import": import_id, "at": actor.at.isoformat()})

    store.change_or_create(ROSTER, ROSTER, write, actor.entry("begin a turn of a roster"))
    return mine


def _end_turn(store: Store, mine: str, actor: Actor) -> None:
    def write(db: TinyDB) -> None:
        table = db.table("turn")
        table.remove(doc_ids=[row.doc_id for row in table.all() if row["turn"] == mine])

    store.change(ROSTER, ROSTER, write, actor.entry("end a turn of a roster"))


# How it is kept


def _wishes_row(wishes: Wishes) -> dict[str, Any]:
    return {
        "school": wishes.school, "without category": wishes.without_category, "schools": json.dumps(dict(wishes.schools), ensure_ascii=False),
        "answers": json.dumps({str(number): answer for number, answer in wishes.answers.items()}),
    }  # fmt: skip


def _set(db: TinyDB, **values: Any) -> None:
    db.table("import").update(values)


def _finish(db: TinyDB, at: dt.datetime) -> None:
    _end(db, DONE, at)
    if "rows" in db.tables():
        db.drop_table("rows")


def _end(db: TinyDB, state: str, at: dt.datetime) -> None:
    _set(db, state=state, over=at.isoformat(), answers="{}", agreed="")


def _forget(db: TinyDB) -> None:
    for name in ("rows", "failed"):
        if name in db.tables():
            db.drop_table(name)
    _set(db, problems="[]")


def _pack(db: TinyDB, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    batches = [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]
    db.table(table).insert_multiple([{"rows": json.dumps(batch, ensure_ascii=False)} for batch in batches])


def _unpacked(db: TinyDB, table: str) -> Iterator[Any]:
    return (one for batch in db.table(table).all() for one in json.loads(batch["rows"]))


_NAMES = tuple(name for name in Row.__slots__ if name not in ("notes", "from_legal"))


def _kept(row: Row, elsewhere: bool) -> dict[str, Any]:
    """Of a row in a grade that is not ours only the numbers, by which a student who is kept is recognized."""
    if elsewhere:
        return {"number": row.number, "pen": row.pen, "pupil_number": row.pupil_number, "elsewhere": True}
    kept = {name: value for name in _NAMES if (value := getattr(row, name))}
    return {
        **kept,
        **({"notes": list(row.notes)} if row.notes else {}),
        **({"from_legal": sorted(row.from_legal)} if row.from_legal else {}),
    }


def _row(kept: Mapping[str, Any]) -> tuple[Row, bool]:
    values = {"given": "", "family": "", **kept}
    elsewhere = bool(values.pop("elsewhere", False))
    return Row(**{**values, "notes": tuple(values.get("notes", ())), "from_legal": frozenset(values.get("from_legal", ()))}), elsewhere


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    row = db.table("import").all()[0]
    counts = Counter(what for one in db.table("written").all() for what in json.loads(one["what"]))
    return Columns(owner=row["by"], state=row["state"]), {
        "by": row["by"], "at": row["at"], "kind": row["kind"], "students": row["students"], "new": counts["new"], "changed": counts["changed"],
        "holds": bool(db.table("failed").all()),
    }  # fmt: skip


KIND = Kind("import", _summarize)
ROSTER_KIND = Kind(ROSTER, lambda db: (Columns(), {}))
