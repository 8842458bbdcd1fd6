"""A student's record: profile, case managers, and for each school year events and marks.

Tables: `profile` (one row), `earlier details`, `case managers`, `involvements` (team, covering, school-based team), `emergencies`, `events 2026`, `marks 2026`
(2026 is 2026/27) and `marks once` (items done once for the student); corrections, closings, consents, own items, delegations and `due dates 2026` have modules of their own. A tick reads and writes only its
own year's table, so it costs the same however many years are kept. Every field is explained in `data/dictionary.yml`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tinydb import TinyDB

from forms_app.checklists import Carried, Intent, Mark, Occurrence, Status
from forms_app.consents import Consent, Override
from forms_app.corrections import Correction
from forms_app.deadlines import OwnDate
from forms_app.exam_supports import ExamDecision
from forms_app.handbook import Item
from forms_app.opening import Ledger
from forms_app.own_items import OwnItem
from forms_app.records import closing, consents, corrections, exam_supports, handovers, openings, own_dates, own_items
from forms_app.records.actor import Actor
from forms_app.school_year import SchoolYear
from forms_app.store import Columns, Document, Kind, Store, new_id
from forms_app.students import Answer, Assignment, Emergency, Involvement, Part, Student

ONCE = own_items.MARKS


@dataclass(frozen=True)
class StudentRecord:
    """A student with the events and marks of one school year, and the marks on what is done once. `version` grows with each write."""

    student: Student
    version: int
    occurrences: tuple[Occurrence, ...]
    marks: tuple[Mark, ...]
    years: tuple[SchoolYear, ...] = ()  # of which anything is kept, newest first; lists do not know them
    corrections: tuple[Correction, ...] = ()  # lists do not know them
    own_dates: tuple[
        OwnDate, ...
    ] = ()  # due dates that somebody set in this year, oldest first; lists know the last of each item, without its reason
    away: tuple[tuple[dt.date, dt.date], ...] = ()  # from which day to which the student had left; lists do not know it
    consents: tuple[Consent, ...] = ()
    overrides: tuple[Override, ...] = ()
    own_items: tuple[OwnItem, ...] = ()
    exam_decisions: tuple[ExamDecision, ...] = ()  # lists do not know them
    carried: tuple[Carried, ...] = ()  # into the school year that is read
    ledger: Ledger = field(default_factory=Ledger)


class MarkedMeanwhile(Exception):
    """Somebody marked the same item since this person saw it. `mark` is what they recorded; nothing was overwritten."""

    def __init__(self, mark: Mark) -> None:
        super().__init__("Somebody marked this item in the meantime.")
        self.mark = mark


def marks_table(item: Item, year: SchoolYear) -> str:
    return ONCE if item.opens.kind == "once" else f"marks {year.start}"


def read(document: Document, year: SchoolYear) -> StudentRecord:
    """The record as of `year`."""
    db = document.db
    return StudentRecord(
        student=_student(document.id, db),
        version=document.version,
        occurrences=tuple(_occurrence(row) for row in db.table(f"events {year.start}").all()),
        marks=tuple(_mark(row) for table in (ONCE, f"marks {year.start}") for row in db.table(table).all()),
        years=_years(db),
        corrections=corrections.read(db),
        own_dates=own_dates.read(db, year),
        away=closing.away(db),
        consents=consents.read(db),
        overrides=consents.read_overrides(db),
        own_items=own_items.read(db),
        exam_decisions=exam_supports.read(db),
        carried=tuple(_carried(row) for row in openings.carried_rows(db, year)),
        ledger=openings.read(db),
    )


def student(document: Document) -> Student:
    """The student alone: who they are and who has to do with them."""
    return _student(document.id, document.db)


def _years(db: TinyDB) -> tuple[SchoolYear, ...]:
    starts = {int(name.split()[1]) for name in db.tables() if name.startswith(("marks 2", "events 2", "carried 2"))}
    starts |= own_dates.years(db)
    return tuple(sorted((SchoolYear(start) for start in starts), reverse=True))


def create(store: Store, profile: Mapping[str, Any], case_manager: str, today: dt.date, actor: Actor) -> str:
    """Add a student; returns the new id. `profile` as `profile_of` gives it."""

    def fill(db: TinyDB) -> None:
        db.table("profile").insert(dict(profile))
        openings.note_entered(db, actor)
        if case_manager:
            db.table("case managers").insert(_assignment_row(case_manager, today, actor))

    return store.create("student", fill, actor.entry("add a student")).id


def create_with_history(
    store: Store, student: Student, occurrences: Sequence[Occurrence], marks: Sequence[Mark], once: frozenset[str], actor: Actor,
    agreed: Sequence[Consent] = (), added: Sequence[OwnItem] = (), opened: SchoolYear | None = None,
) -> str:  # fmt: skip
    """Add a student with everything that is known of earlier times, in one write; returns the new id.

    Marks are oldest first for each item; `once` holds the ids of items that are done once for a student.
    """

    def fill(db: TinyDB) -> None:
        db.table("profile").insert(profile_of(student))
        openings.note_entered(db, actor)
        if opened:
            openings.note_opened(db, opened, actor)
        assigned = [
            {**_assignment_row(a.person, a.since, actor), "until": a.until.isoformat() if a.until else ""} for a in student.assignments
        ]
        db.table("case managers").insert_multiple(assigned)
        db.table("involvements").insert_multiple([{**_involvement_row(one), "at": actor.at.isoformat()} for one in student.involvements])
        db.table(own_items.DELEGATIONS).insert_multiple([own_items.delegation_row(one) for one in student.delegations])
        db.table(consents.TABLE).insert_multiple([consents.row_of(one) for one in agreed])
        db.table(own_items.TABLE).insert_multiple([own_items.row_of(item) for item in added])
        db.table(handovers.TABLE).insert_multiple([handovers.as_row(one) for one in student.handovers])
        tables: dict[str, list[dict[str, Any]]] = {}
        for one in occurrences:
            tables.setdefault(f"events {one.year.start}", []).append(_event_row(one))
        for mark in marks:
            tables.setdefault(ONCE if mark.item in once else f"marks {mark.year.start}", []).append(_mark_row(mark))
        for name, rows in tables.items():
            db.table(name).insert_multiple(rows)

    return store.create("student", fill, actor.entry("add a student with history")).id


def edit(store: Store, student_id: str, profile: Mapping[str, Any], based_on: Mapping[str, Any], actor: Actor) -> None:
    """Write the fields that this person changed from what they saw. Raises EditedMeanwhile where somebody else changed the same field."""
    changed = {name: value for name, value in profile.items() if based_on.get(name) != value}

    def write(db: TinyDB) -> None:
        current = db.table("profile").all()[0]
        clash = [name for name in changed if current.get(name) != based_on.get(name) and current.get(name) != changed[name]]
        if clash:
            raise EditedMeanwhile({name: current.get(name) for name in clash})
        if {"grade", "leaving"} & put_details(db, changed, actor):
            openings.note_entered(db, actor)

    if changed:
        store.change("student", student_id, write, actor.entry("edit a student", *sorted(changed)))


def put_details(db: TinyDB, values: Mapping[str, Any], actor: Actor) -> set[str]:
    """Put these into the profile; what they replace stays among the earlier details. Returns the names of what was another before."""
    current = db.table("profile").all()[0]
    replaced = {name: value for name, value in values.items() if current.get(name) != value}
    if replaced:
        was = [{"field": name, "was": current.get(name), "by": actor.id, "at": actor.at.isoformat()} for name in replaced]
        db.table("earlier details").insert_multiple(was)
        db.table("profile").update(replaced)
    return set(replaced)


def assign(store: Store, student_id: str, person: str, today: dt.date, actor: Actor) -> None:
    """Make `person` the case manager from today; the one before was it until yesterday, and stays on the record."""

    def write(db: TinyDB) -> None:
        handovers.name_case_manager(db, person, today, actor)

    store.change("student", student_id, write, actor.entry("name a case manager"))


def involve(store: Store, student_id: str, new: Involvement, actor: Actor) -> str:
    """Name a team member, somebody who covers, or the school-based team; returns the id. The same twice (a double click) is one."""

    def write(db: TinyDB) -> str:
        table = db.table("involvements")
        for row in table.all():
            if _same_part(_involvement(row), new):
                return str(row["id"])
        table.insert({**_involvement_row(replace(new, id=made)), "at": actor.at.isoformat()})
        return made

    made = new_id()[:12]
    entry = replace(actor.entry(NAMED[new.part], *([new.role] if new.role else [])), reason=new.reason)
    return str(store.change("student", student_id, write, entry))


NAMED: Mapping[Part, str] = {Part.TEAM: "name a team member", Part.COVERING: "name who covers", Part.SBT: "bring a student to the team"}
ENDED: Mapping[Part, str] = {Part.TEAM: "end a place on the team", Part.COVERING: "end a cover", Part.SBT: "end the team's discussion"}


def _same_part(one: Involvement, other: Involvement) -> bool:
    return one.ended is None and replace(one, id="", by="") == replace(other, id="", by="")


def end_involvement(store: Store, student_id: str, ended: Involvement, actor: Actor) -> None:
    """End it at once; it stays on the record with who ended it and when."""

    def write(db: TinyDB) -> None:
        table = db.table("involvements")
        numbers = [row.doc_id for row in table.all() if row["id"] == ended.id and not row["ended"]]
        if numbers:
            table.update({"ended": actor.at.isoformat(), "ended by": actor.id}, doc_ids=numbers)

    store.change("student", student_id, write, actor.entry(ENDED[ended.part]))


def open_in_emergency(store: Store, student_id: str, emergency: Emergency, actor: Actor) -> None:
    """Let a principal look for an hour. The reason goes onto the record and, sealed, into the audit log."""
    row = {"person": emergency.person, "at": emergency.at.isoformat(), "reason": emergency.reason}
    entry = replace(actor.entry("open a record in an emergency"), reason=emergency.reason)
    store.change("student", student_id, lambda db: db.table("emergencies").insert(row), entry)


class EditedMeanwhile(Exception):
    """Somebody changed the same fields since this person opened the form. `fields` holds what is there now."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__("Somebody changed these details in the meantime.")
        self.fields = dict(fields)


def record_event(  # the token of a form is no secret  # nosec B107
    store: Store, student_id: str, event: str, on: dt.date, detail: str, year: SchoolYear, actor: Actor, token: str = ""
) -> str:
    """Record that something happened; returns the occurrence's id. A form sent twice (a double click) carries the same `token` and is one."""
    own_id = token if re.fullmatch(r"[A-Za-z0-9_]{12}", token) else new_id()[:12].replace("-", "x")

    def write(db: TinyDB) -> str:
        table = db.table(f"events {year.start}")
        sent = next((row for row in table.all() if row["id"] == own_id), None)
        if sent and (sent["event"], sent["on"], sent["detail"]) == (event, on.isoformat(), detail):
            return own_id
        # The same form with other words (somebody went back and changed it) is another event.
        made = Occurrence(new_id()[:12].replace("-", "x") if sent else own_id, event, on, detail, actor.id, actor.at)
        table.insert(_event_row(made))
        return made.id

    return str(store.change("student", student_id, write, actor.entry("record an event", event)))


def withdraw_event(store: Store, student_id: str, occurrence: str, reason: str, year: SchoolYear, actor: Actor) -> None:
    """Say that an event was recorded in error. It stays on the record with the reason; its items close."""

    def write(db: TinyDB) -> None:
        table = db.table(f"events {year.start}")
        numbers = [row.doc_id for row in table.all() if row["id"] == occurrence and not row.get("withdrawn")]
        if numbers:
            table.update({"withdrawn": reason, "withdrawn by": actor.id, "withdrawn at": actor.at.isoformat()}, doc_ids=numbers)

    store.change("student", student_id, write, actor.entry("withdraw an event"))


def add_mark(
    store: Store, student_id: str, item: Item, occurrence: str, year: SchoolYear, intent: Intent, based_on: str, edition: str, actor: Actor
) -> Mark:
    """Append a mark to `item`. `based_on` is the id of the last mark that the person saw on it, empty for none.

    Raises MarkedMeanwhile when somebody else marked the same item since. The same mark twice (a double click) is recorded once.
    """

    def write(db: TinyDB) -> Mark:
        table = db.table(marks_table(item, year))
        last = _last(table.all(), item.id, occurrence)
        mark = Mark(
            id=new_id()[:12], item=item.id, occurrence=occurrence, year=year, status=intent.status, on=intent.on, facts=dict(intent.facts),
            by=actor.id, at=actor.at, wording=item.title, edition=edition, days=dict(intent.days),
        )  # fmt: skip
        if (last.id if last else "") != based_on:
            if last and _same(last, mark):
                return last
            raise MarkedMeanwhile(last or mark)
        table.insert(_mark_row(mark))
        if mark.status in (Status.DONE, Status.NOT_NEEDED):
            own_items.end_for(db, mark.key, actor)
        return mark

    result: Mark = store.change("student", student_id, write, lambda mark: actor.entry("mark an item", item.id, mark.status.value))
    return result


def undo_mark(store: Store, student_id: str, item: Item, occurrence: str, year: SchoolYear, mark_id: str, actor: Actor) -> Mark:
    """Take back the last mark on an item by appending what was true before it. Raises MarkedMeanwhile when it is not the last any more."""

    def write(db: TinyDB) -> Mark:
        table = db.table(marks_table(item, year))
        rows = [_mark(row) for row in table.all() if row["item"] == item.id and row["occurrence"] == occurrence]
        last = rows[-1] if rows else None
        if last is None or last.id != mark_id:
            if last and last.undoes == mark_id:
                return last
            raise MarkedMeanwhile(last) if last else KeyError(mark_id)
        before = rows[-2] if len(rows) > 1 else None
        mark = Mark(
            id=new_id()[:12], item=item.id, occurrence=occurrence, year=year, status=before.status if before else Status.TO_DO,
            on=before.on if before else None, facts=dict(before.facts) if before else {}, by=actor.id, at=actor.at,
            wording=before.wording if before else item.title, edition=last.edition, undoes=last.id,
            days=dict(before.days) if before else {},
        )  # fmt: skip
        table.insert(_mark_row(mark))
        return mark

    result: Mark = store.change("student", student_id, write, actor.entry("undo a mark", item.id))
    return result


def append_done(db: TinyDB, item: Item, occurrence: str, year: SchoolYear, on: dt.date, edition: str, actor: Actor) -> Mark | None:
    """Within a change: mark an item done that asks nothing but the day; None where it is done already."""
    table = db.table(marks_table(item, year))
    last = _last(table.all(), item.id, occurrence)
    if last and last.status is Status.DONE:
        return None
    mark = Mark(
        id=new_id()[:12], item=item.id, occurrence=occurrence, year=year, status=Status.DONE, on=on, facts={},
        by=actor.id, at=actor.at, wording=item.title, edition=edition,
    )  # fmt: skip
    table.insert(_mark_row(mark))
    own_items.end_for(db, mark.key, actor)
    return mark


def of_year(db: TinyDB, year: SchoolYear) -> tuple[tuple[Occurrence, ...], tuple[Mark, ...]]:
    """The events and the marks of one year, without what is done once."""
    return (
        tuple(_occurrence(row) for row in db.table(f"events {year.start}").all()),
        tuple(_mark(row) for row in db.table(f"marks {year.start}").all()),
    )


def done_once(db: TinyDB) -> tuple[Mark, ...]:
    """The marks on what is done once for the student."""
    return tuple(_mark(row) for row in db.table(ONCE).all())


def _same(one: Mark, other: Mark) -> bool:
    return (one.status, one.on, dict(one.facts), dict(one.days), one.by) == (
        other.status,
        other.on,
        dict(other.facts),
        dict(other.days),
        other.by,
    )


def _last(rows: Sequence[Mapping[str, Any]], item: str, occurrence: str) -> Mark | None:
    return next((_mark(row) for row in reversed(rows) if row["item"] == item and row["occurrence"] == occurrence), None)


def profile_of(student: Student) -> dict[str, Any]:
    """The profile as it is kept: plain JSON values."""
    return {
        "given": student.given,
        "family": student.family,
        "legal_name": student.legal_name,
        "pen": student.pen,
        "pupil_number": student.pupil_number,
        "school": student.school,
        "grade": student.grade,
        "counts_as": student.counts_as,
        "category": student.category,
        "routes": sorted(route.value for route in student.routes),
        "iep": student.iep.value,
        "assistant": student.assistant.value,
        "agency": student.agency.value,
        "agencies": list(student.agencies),
        "leaving": student.leaving.value,
        "state": student.state,
    }


def student_of(
    student_id: str,
    profile: Mapping[str, Any],
    assignments: Sequence[Mapping[str, Any]],
    involvements: Sequence[Mapping[str, Any]] = (),
    emergencies: Sequence[Mapping[str, Any]] = (),
    delegations: Sequence[Mapping[str, Any]] = (),
    offered: Sequence[Mapping[str, Any]] = (),
) -> Student:
    return Student(
        id=student_id,
        given=profile["given"],
        family=profile["family"],
        legal_name=profile["legal_name"],
        pen=profile["pen"],
        pupil_number=profile["pupil_number"],
        grade=profile["grade"],
        leaving=Answer(profile["leaving"]),
        **openings.details(profile),
        state=profile["state"],
        assignments=tuple(_assignment(row) for row in assignments),
        involvements=tuple(_involvement(row) for row in involvements),
        emergencies=tuple(_emergency(row) for row in emergencies),
        delegations=tuple(own_items.delegation(row) for row in delegations),
        handovers=tuple(handovers.from_row(row) for row in offered),
    )


def _student(student_id: str, db: TinyDB) -> Student:
    return student_of(
        student_id,
        db.table("profile").all()[0],
        db.table("case managers").all(),
        db.table("involvements").all(),
        db.table("emergencies").all(),
        delegations=db.table(own_items.DELEGATIONS).all(),
        offered=db.table(handovers.TABLE).all(),
    )


def _assignment(row: Mapping[str, Any]) -> Assignment:
    return Assignment(row["person"], dt.date.fromisoformat(row["since"]), dt.date.fromisoformat(row["until"]) if row["until"] else None)


def _assignment_row(person: str, since: dt.date, actor: Actor) -> dict[str, str]:
    return {"person": person, "since": since.isoformat(), "until": "", "by": actor.id, "at": actor.at.isoformat()}


def _involvement(row: Mapping[str, Any]) -> Involvement:
    return Involvement(
        id=row["id"],
        part=Part(row["part"]),
        person=row["person"],
        school=row["school"],
        since=dt.date.fromisoformat(row["since"]),
        until=dt.date.fromisoformat(row["until"]) if row["until"] else None,
        role=row["role"],
        reason=row["reason"],
        by=row["by"],
        ended=dt.datetime.fromisoformat(row["ended"]) if row["ended"] else None,
        ended_by=row["ended by"],
    )


def _involvement_row(one: Involvement) -> dict[str, Any]:
    return {
        "id": one.id,
        "part": one.part.value,
        "person": one.person,
        "school": one.school,
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else "",
        "role": one.role,
        "reason": one.reason,
        "by": one.by,
        "ended": one.ended.isoformat() if one.ended else "",
        "ended by": one.ended_by,
    }


def _emergency(row: Mapping[str, Any]) -> Emergency:
    return Emergency(row["person"], dt.datetime.fromisoformat(row["at"]), row["reason"])


def _occurrence(row: Mapping[str, Any]) -> Occurrence:
    return Occurrence(
        row["id"],
        row["event"],
        dt.date.fromisoformat(row["on"]),
        row["detail"],
        row["by"],
        dt.datetime.fromisoformat(row["at"]),
        row.get("withdrawn", ""),
    )


def _mark(row: Mapping[str, Any]) -> Mark:
    return Mark(
        id=row["id"],
        item=row["item"],
        occurrence=row["occurrence"],
        year=SchoolYear(row["year"]),
        status=Status(row["status"]),
        on=dt.date.fromisoformat(row["on"]) if row["on"] else None,
        facts=row["facts"],
        by=row["by"],
        at=dt.datetime.fromisoformat(row["at"]),
        wording=row["wording"],
        edition=row["edition"],
        undoes=row["undoes"],
        days={name: dt.date.fromisoformat(day) for name, _, day in (text.rpartition(" ") for text in row.get("days", ()))},
    )


def _carried(row: Mapping[str, Any]) -> Carried:
    return Carried(row["item"], SchoolYear(row["from"]), _occurrence(row["event"]) if row["event"] else None)


def _event_row(one: Occurrence) -> dict[str, Any]:
    return {"id": one.id, "event": one.event, "on": one.on.isoformat(), "detail": one.detail, "by": one.by, "at": one.at.isoformat()}


def _mark_row(mark: Mark) -> dict[str, Any]:
    days = {"days": [f"{name} {day.isoformat()}" for name, day in mark.days.items()]} if mark.days else {}
    return {
        **days,
        "id": mark.id,
        "item": mark.item,
        "occurrence": mark.occurrence,
        "year": mark.year.start,
        "status": mark.status.value,
        "on": mark.on.isoformat() if mark.on else "",
        "facts": dict(mark.facts),
        "by": mark.by,
        "at": mark.at.isoformat(),
        "wording": mark.wording,
        "edition": mark.edition,
        "undoes": mark.undoes,
    }


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    """What lists need: the profile and the newest year's events and last marks, from which a list derives what is next."""
    profile = dict(db.table("profile").all()[0])
    assignments = [dict(row) for row in db.table("case managers").all()]
    current = next((row["person"] for row in reversed(assignments) if not row["until"]), "")
    year = next((year.start for year in _years(db)), 0)
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for table in (ONCE, f"marks {year}"):
        for row in db.table(table).all():
            last[row["item"], row["occurrence"]] = {**row, "wording": "", "edition": "", "undoes": ""}
    events = [dict(row) for row in db.table(f"events {year}").all()]
    columns = Columns(school=profile["school"], owner=current, state=profile["state"])
    summary = {"profile": profile, "case managers": assignments[-3:], "year": year, "events": events, "marks": list(last.values())}
    summary["closed"] = closing.as_summary(db)
    # Who may list the student besides the case manager: ids and days. What has been ended early can never hold again.
    summary["involvements"] = [dict(row) for row in db.table("involvements").all() if not row["ended"]]
    summary["emergencies"] = [dict(row) for row in db.table("emergencies").all()]
    summary["handovers"] = handovers.waiting_rows(db)
    summary["school years"] = openings.as_summary(db)
    summary["carried"] = openings.carried_rows(db, SchoolYear(year)) if year else []
    summary["due dates"] = own_dates.as_summary(db, year)
    summary["delegations"] = [dict(row) for row in db.table(own_items.DELEGATIONS).all() if not row["ended"]]
    # What a list needs to say what is due: consents that can end, what was added, what may go out without a consent.
    for table in (consents.TABLE, consents.WITHDRAWALS, consents.OVERRIDES, own_items.TABLE):
        summary[table] = [dict(row) for row in db.table(table).all()]
    return columns, summary


def student_from_summary(student_id: str, summary: Mapping[str, Any]) -> Student:
    """The student as far as a list needs one to decide who may see the line; no event and no mark is read."""
    return student_of(
        student_id,
        summary["profile"],
        summary["case managers"],
        summary.get("involvements", ()),
        summary.get("emergencies", ()),
        delegations=summary.get("delegations", ()),
        offered=summary.get("handovers", ()),
    )


def from_summary(student_id: str, version: int, summary: Mapping[str, Any], year: SchoolYear) -> StudentRecord:
    """The record as far as a list needs it; events and marks only when they are of `year`."""
    current = summary["year"] == year.start
    marks = tuple(_mark(row) for row in summary["marks"])
    return StudentRecord(
        student=student_from_summary(student_id, summary),
        version=version,
        occurrences=tuple(_occurrence(row) for row in summary["events"]) if current else (),
        marks=marks if current else tuple(mark for mark in marks if mark.year == year or mark.occurrence == ""),
        carried=tuple(_carried(row) for row in summary.get("carried", ())) if current else (),
        ledger=openings.from_rows(summary.get("school years", ())),
        own_dates=own_dates.from_summary(summary) if current else (),
        consents=consents.from_rows(summary.get(consents.TABLE, ()), summary.get(consents.WITHDRAWALS, ())),
        overrides=tuple(consents.override(row) for row in summary.get(consents.OVERRIDES, ())),
        own_items=own_items.from_rows(summary.get(own_items.TABLE, ())),
    )


def _nothing_to_change(db: TinyDB) -> None:
    """The document stays as it is; its summary is made anew."""


# Schema 2: summaries hold due dates that people set, consents, own items and delegations.
# Schema 3: and handovers that wait, opened years and what was carried over.
# Schema 4: an item of one's own is given to its owner.
# Schema 5: a consent to a referral names the service.
KIND = Kind(
    "student",
    _summarize,
    schema=5,
    upgrades={1: _nothing_to_change, 2: _nothing_to_change, 3: own_items.give_to_owners, 4: consents.name_services},
)
