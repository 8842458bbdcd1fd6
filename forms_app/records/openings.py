"""School years in a student's record: tables `school years` (when the grade was entered, which year was opened, and what that changed) and
`carried YEAR` (what was carried over into it). Rows are added and never changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tinydb import TinyDB

from forms_app.checklists import Carried, Entry, Status
from forms_app.opening import LEFT, Ledger, Opened, Plan, check_can_take_back
from forms_app.records import closing, consents, exam_supports, own_dates, own_items
from forms_app.records.actor import Actor
from forms_app.school_year import SchoolYear
from forms_app.store import Store, new_id
from forms_app.students import Answer, Route

TABLE, CARRIED = "school years", "carried"
FIELDS = ("grade", "leaving", "state")
DETAILS = ("school", "category", "counts_as", "routes", "iep", "assistant", "agency", "agencies")  # what else decides a checklist
USES = (consents.TABLE, consents.WITHDRAWALS, consents.OVERRIDES, exam_supports.TABLE, own_items.TABLE, own_items.DELEGATIONS)
REASON = "left after the school year, when the next was opened"


class OpenedMeanwhile(Exception):
    """Somebody else opened this year, or took it back, in the meantime; nothing was changed."""


def note_entered(db: TinyDB, actor: Actor) -> None:
    """Somebody entered grade and leaving: they are of the school year in which that happens."""
    db.table(TABLE).insert({"what": "entered", "year": 0, "by": actor.id, "at": actor.at.isoformat(), "was": {}, "becomes": {}})


def note_opened(db: TinyDB, year: SchoolYear, actor: Actor) -> None:
    """The year is open for a student who is added with their history; nothing about them changes."""
    profile = db.table("profile").all()[0]
    kept = {name: profile[name] for name in FIELDS}
    db.table(TABLE).insert(_opened_row(year, actor, kept, kept, profile, ""))


def _opened_row(
    year: SchoolYear, actor: Actor, was: Mapping[str, str], becomes: Mapping[str, str], profile: Mapping[str, Any], edition: str
) -> dict[str, Any]:
    then = {name: profile[name] for name in DETAILS}
    made = {"what": "opened", "year": year.start, "by": actor.id, "at": actor.at.isoformat(), "was": was, "becomes": becomes}
    return {**made, "then": then, "edition": edition}


def details(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What DETAILS name, from a profile or from an opening, by the names and types of Student."""
    answers = {name: Answer(kept[name]) for name in ("iep", "assistant", "agency")}
    plain = {name: kept[name] for name in ("school", "category", "counts_as")}
    return {**plain, **answers, "routes": frozenset(map(Route, kept["routes"])), "agencies": tuple(kept["agencies"])}


def read(db: TinyDB) -> Ledger:
    return from_rows(db.table(TABLE).all())


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Ledger:
    """What counts now: an opening that was taken back is none."""
    opened: dict[int, Opened] = {}
    entered = None
    for row in rows:
        at = dt.datetime.fromisoformat(row["at"])
        if row["what"] == "entered":
            entered = at
        elif row["what"] == "opened":
            then, edition = details(row["then"]) if row.get("then") else {}, row.get("edition", "")
            opened[row["year"]] = Opened(SchoolYear(row["year"]), at, row["by"], row["was"], row["becomes"], then, edition)
        else:
            opened.pop(row["year"], None)
    return Ledger(tuple(one for _, one in sorted(opened.items())), entered)


def open_year(store: Store, plan: Plan, actor: Actor, today: dt.date, edition: str) -> None:
    """Do what `plan` says, in one write, and keep what the year before was worked out from: the details, and the handbook's `edition`.
    Raises OpenedMeanwhile when it was done already.
    """

    def write(db: TinyDB) -> None:
        profile = db.table("profile").all()[0]
        if read(db).of(plan.year) or (profile["grade"], profile["leaving"]) != (plan.student.grade, plan.student.leaving.value):
            raise OpenedMeanwhile
        was = {name: profile[name] for name in FIELDS}
        becomes = {"grade": plan.grade, "leaving": plan.leaving.value, "state": LEFT if plan.closes else profile["state"]}
        if plan.closes:
            closing.close_in(db, LEFT, plan.year.previous.last_day, REASON, actor, today)
        db.table("profile").update({"grade": plan.grade, "leaving": plan.leaving.value})
        db.table(TABLE).insert(_opened_row(plan.year, actor, was, becomes, profile, edition))

    changed = [
        name
        for name, moves in (("grade", plan.moves), ("leaving", plan.leaving is not plan.student.leaving), ("state", plan.closes))
        if moves
    ]
    store.change("student", plan.student.id, write, actor.entry("open a school year", *changed))


def take_back(store: Store, student_id: str, year: SchoolYear, actor: Actor, today: dt.date) -> None:
    """Put grade, leaving and state back as they were. Raises CannotOpen when the year has been used since."""

    def write(db: TinyDB) -> None:
        opened = check_can_take_back(read(db).of(year), year, used(db, year))
        if opened.becomes["state"] != opened.was["state"]:
            closing.reopen_in(db, "the opening of the school year was taken back", actor, today)
            closed_on = year.previous.last_day.isoformat()
            managers = db.table("case managers")
            last = managers.all()[-1:]
            if last and last[0]["until"] == closed_on:
                managers.update({"until": ""}, doc_ids=[last[0].doc_id])
        db.table("profile").update({name: opened.was[name] for name in FIELDS})
        row = {"what": "taken back", "year": year.start, "by": actor.id, "at": actor.at.isoformat(), "was": {}, "becomes": {}}
        db.table(TABLE).insert(row)

    store.change("student", student_id, write, actor.entry("take the opening of a school year back"))


def used(db: TinyDB, year: SchoolYear) -> bool:
    """Whether anything was recorded in `year`, or of what the opening changed, since it was opened."""
    opened = read(db).of(year)
    if opened is None:
        return False
    profile = db.table("profile").all()[0]
    if any(profile[name] != opened.becomes[name] for name in FIELDS) or db.table(f"{CARRIED} {year.start}").all():
        return True
    now = details(profile)
    if any(now[name] != then for name, then in opened.then.items()):
        return True
    tables = (f"marks {year.start}", f"events {year.start}", f"{own_dates.PREFIX}{year.start}", *USES)
    rows = [row for table in tables for row in db.table(table).all()]
    rows += [row for row in db.table(own_items.MARKS).all() if row["year"] == year.start]
    return any(row["at"] and dt.datetime.fromisoformat(row["at"]) > opened.at for row in rows)


def as_summary(db: TinyDB) -> list[dict[str, Any]]:
    return [dict(row) for row in db.table(TABLE).all()]


# What is carried over


def carried_rows(db: TinyDB, year: SchoolYear) -> list[dict[str, Any]]:
    """What was carried into `year`, each with the event that opened it in its own year."""
    found = []
    for row in db.table(f"{CARRIED} {year.start}").all():
        events = db.table(f"events {row['from']}").all() if row["occurrence"] else []
        event = next((dict(one) for one in events if one["id"] == row["occurrence"]), None)
        found.append({**row, "event": event})
    return found


def carry(
    store: Store, student_id: str, entries: Sequence[Entry], year: SchoolYear, last_year: SchoolYear, edition: str, actor: Actor
) -> int:
    """Carry these over; what waited goes on waiting. Returns how many; the same twice is one."""

    def write(db: TinyDB) -> int:
        table = db.table(f"{CARRIED} {year.start}")
        there = {(row["item"], row["occurrence"], row["from"]) for row in table.all()}
        count = 0
        for entry in entries:
            origin = entry.carried or last_year
            occurrence = entry.occurrence.id if entry.occurrence and not entry.occurrence.id.startswith(Carried.PREFIX) else ""
            if (entry.item.id, occurrence, origin.start) in there:
                continue
            count += 1
            table.insert(
                {"item": entry.item.id, "occurrence": occurrence, "from": origin.start, "by": actor.id, "at": actor.at.isoformat()}
            )
            if entry.status is Status.WAITING and entry.mark:
                key = occurrence or f"{Carried.PREFIX}{origin.start}"
                db.table(f"marks {year.start}").insert(_still_waiting(entry, key, year, edition, actor))
        return count

    return int(
        store.change("student", student_id, write, actor.entry("carry items over", *dict.fromkeys(entry.item.id for entry in entries)))
    )


def _still_waiting(entry: Entry, occurrence: str, year: SchoolYear, edition: str, actor: Actor) -> dict[str, Any]:
    """The mark that says in the new year what the last one said in the old."""
    last = entry.mark
    assert last  # noqa: S101 (the caller has seen it)
    return {
        "id": new_id()[:12], "item": entry.item.id, "occurrence": occurrence, "year": year.start, "status": last.status.value,
        "on": last.on.isoformat() if last.on else "", "facts": dict(last.facts), "by": actor.id, "at": actor.at.isoformat(), "wording": entry.item.title,
        "edition": edition, "undoes": "",
    }  # fmt: skip
