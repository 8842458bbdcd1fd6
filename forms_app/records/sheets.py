"""What the school-based team writes and decides about one student: tables of the student's own record, so that it is read, corrected, exported and disposed of with it.

Tables: `team texts` (what is being written, until the sheet is finished), `team decisions`, `team guests`, `team minutes` (finished sheets, which never
change) and `team additions` (corrections to them).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tinydb import TinyDB

from forms_app.checklists import Mark, Status
from forms_app.meetings import FROM_AGENDA, Meeting, Place
from forms_app.own_items import PREFIX, OwnItem
from forms_app.records import handovers, own_items, students
from forms_app.records.actor import Actor
from forms_app.records.students import TEAM_DECISIONS, TEAM_MINUTES, TEAM_TEXTS, end_part, involve_in, withdraw_in
from forms_app.school_year import SchoolYear, school_year_of
from forms_app.sheets import SPED, Addition, Decision, Guest, Kind, Minutes, Sheet, SheetRefused, Text, check_can_finish, merged
from forms_app.store import Store, new_id
from forms_app.students import Delegation, Involvement, Part

GUESTS, ADDITIONS = "team guests", "team additions"
SPED_TITLE = "Obtain the signed SPED Permission Form"
NEEDS = "The school-based team decided it"


class SheetIsFinal(Exception):
    """Finished minutes do not change; the message says what can be done instead."""

    def __init__(self) -> None:
        super().__init__("These minutes are finished, so they cannot be changed. A correction can be added to them.")


class WrittenMeanwhile(Exception):
    """Somebody wrote in the sheet since this person looked at it; nothing was finished."""


@dataclass(frozen=True)
class Writing:
    """One page that saves: `pen` tells it from others, `number` counts its saves, `based_on` holds what it saw by section."""

    pen: str = ""
    number: int = 0
    based_on: Mapping[str, Collection[str]] | None = None


def read(db: TinyDB, meeting_id: str) -> Sheet:
    """The sheet of one meeting; an empty one where nothing is written yet."""
    return read_all(db).get(meeting_id) or Sheet(meeting_id)


def read_all(db: TinyDB) -> dict[str, Sheet]:
    """Every sheet of a student, by meeting."""
    found: dict[str, Sheet] = {}

    def of(row: Mapping[str, Any]) -> Sheet:
        return found.get(row["meeting"]) or Sheet(row["meeting"])

    for row in db.table(TEAM_TEXTS).all():
        sheet, text = of(row), _text(row)
        texts = {**sheet.texts, text.section: (*sheet.texts.get(text.section, ()), text)}
        found[row["meeting"]] = replace(sheet, texts=texts)
    for row in db.table(TEAM_DECISIONS).all():
        found[row["meeting"]] = replace(of(row), decisions=(*of(row).decisions, decision(row)))
    for row in db.table(GUESTS).all():
        if not row["ended"]:
            found[row["meeting"]] = replace(of(row), guests=(*of(row).guests, _guest(row)))
    for row in db.table(TEAM_MINUTES).all():
        found[row["meeting"]] = replace(of(row), minutes=_minutes(row))
    for row in db.table(ADDITIONS).all():
        addition = Addition(row["meeting"], row["text"], row["by"], _moment(row["at"]))
        found[row["meeting"]] = replace(of(row), additions=(*of(row).additions, addition))
    return found


def bring(store: Store, student_id: str, meeting: Meeting, today: dt.date, actor: Actor) -> Place:
    """Bring a student before the team of a meeting: the team's tie until two weeks after it, and the meeting's event, which opens the items that go with it."""
    year = school_year_of(meeting.day)

    def write(db: TinyDB) -> Place:
        school = db.table("profile").all()[0]["school"]
        tie = Involvement("", Part.SBT, "", school, min(meeting.day, today), meeting.last_day, reason=FROM_AGENDA, by=actor.id)
        involvement = involve_in(db, tie, actor)
        for row in db.table(f"events {year.start}").all():
            if (row["event"], row["on"]) == ("sbt-meeting", meeting.day.isoformat()) and not row.get("withdrawn"):
                return Place(student_id, occurrence=row["id"], involvement=involvement)
        made = _event(db, "sbt-meeting", meeting.day, "", actor)
        return Place(student_id, occurrence=made, recorded=True, involvement=involvement)

    place: Place = store.change("student", student_id, write, actor.entry("put a student before the team"))
    return place


def leave(store: Store, student_id: str, place: Place, meeting: Meeting, why: str, actor: Actor, *, stays: bool = False) -> None:
    """The student was not discussed: the meeting's event is withdrawn. The team's tie ends too, unless the student `stays` before it for the next meeting."""

    def write(db: TinyDB) -> None:
        if place.recorded:
            withdraw_in(db, place.occurrence, why, school_year_of(meeting.day), actor)
        if not stays:
            end_part(db, place.involvement, actor)

    store.change("student", student_id, write, actor.entry("take a student from before the team"))


def write(store: Store, student_id: str, meeting_id: str, texts: Mapping[str, str], writing: Writing, actor: Actor) -> Sheet:
    """Keep what was typed, by section, beside what its writer did not see; returns the sheet as it is then. Raises SheetIsFinal."""

    def change(db: TinyDB) -> tuple[Sheet, tuple[str, ...]]:
        sheet = _open_sheet(db, meeting_id)
        changed = []
        for section, text in texts.items():
            before = sheet.texts.get(section, ())
            seen = (writing.based_on or {}).get(section, ())
            if len(before) < 2 and text == sheet.written(section):
                continue
            new = Text(new_id()[:12], section, text, actor.id, actor.at, writing.pen, writing.number)
            after = merged(before, new, seen)
            if after != before:
                changed.append(section)
                _keep(db, meeting_id, before, after)
        return read(db, meeting_id), tuple(changed)

    result: tuple[Sheet, tuple[str, ...]] = store.change(
        "student", student_id, change, lambda done: actor.entry("write the team's sheet", *(f"section {one}" for one in done[1]))
    )
    return result[0]


def _keep(db: TinyDB, meeting_id: str, before: tuple[Text, ...], after: tuple[Text, ...]) -> None:
    table = db.table(TEAM_TEXTS)
    gone = {one.id for one in before} - {one.id for one in after}
    table.remove(doc_ids=[row.doc_id for row in table.all() if row["id"] in gone])
    for one in after:
        if one not in before:
            table.insert({
                "id": one.id, "meeting": meeting_id, "section": one.section, "text": one.text, "by": one.by, "at": one.at.isoformat(), "pen": one.pen,
                "number": one.number,
            })  # fmt: skip


def decide(
    store: Store, student_id: str, new: Decision, today: dt.date, actor: Actor, *, occurrence: str = "", give: bool = False, token: str = ""
) -> Decision:  # no secret  # nosec B107
    """Keep a decision and make it real in the same write: an item, a referral, a case manager, a consent that is needed. A double click is one.

    `occurrence` is the meeting's event. `give` hands the item to its owner, who does not see the student otherwise. Raises SheetIsFinal.
    """
    own_id = token if re.fullmatch(r"[a-z0-9]{12}", token) else own_items.plain_id()

    def write(db: TinyDB) -> Decision:
        sheet = _open_sheet(db, new.meeting)
        known = next((one for one in sheet.decisions if one.id == own_id), None)
        if known:
            return known
        made = replace(_made_real(db, new, own_id, today, actor, occurrence, give), id=own_id, by=actor.id, at=actor.at)
        db.table(TEAM_DECISIONS).insert(_decision_row(made))
        return made

    made: Decision = store.change("student", student_id, write, lambda one: actor.entry("decide as the team", new.kind.value))
    return made


def _made_real(db: TinyDB, new: Decision, own_id: str, today: dt.date, actor: Actor, occurrence: str, give: bool) -> Decision:
    if new.kind is Kind.MANAGER:
        before = next((row["person"] for row in reversed(db.table("case managers").all()) if not row["until"]), "")
        if before != new.owner:
            handovers.name_case_manager(db, new.owner, today, actor)
        return replace(new, ref=new.owner, before=before)
    if new.kind is Kind.REFERRAL:
        return replace(new, ref=_event(db, "referral", today, new.says, actor))
    if new.kind is Kind.CONSENT and new.says != SPED:
        return replace(new, ref=_event(db, "outside-agency", today, new.says, actor))
    if new.kind is Kind.NONE:
        return new
    title = SPED_TITLE if new.kind is Kind.CONSENT else new.says
    item = OwnItem(own_id, title, "team", today, new.due, new.owner, actor.id, actor.at, occurrence)
    db.table(own_items.TABLE).insert(own_items.row_of(item))
    if give and new.owner:
        school = db.table("profile").all()[0]["school"]
        given = Delegation(own_items.plain_id(), PREFIX + own_id, new.owner, school, NEEDS, today, actor.id, at=actor.at)
        db.table(own_items.DELEGATIONS).insert(own_items.delegation_row(given))
    return replace(new, ref=PREFIX + own_id)


def undo(store: Store, student_id: str, meeting_id: str, decision_id: str, today: dt.date, edition: str, actor: Actor) -> None:
    """Take a decision back, with what it became; both stay on the record. Twice is once. Raises SheetIsFinal."""

    def write(db: TinyDB) -> None:
        sheet = _open_sheet(db, meeting_id)
        one = next((one for one in sheet.standing if one.id == decision_id), None)
        if one is None:
            return
        numbers = [row.doc_id for row in db.table(TEAM_DECISIONS).all() if row["id"] == decision_id]
        db.table(TEAM_DECISIONS).update({"undone": actor.at.isoformat(), "undone by": actor.id}, doc_ids=numbers)
        _unmade(db, one, today, edition, actor)

    store.change("student", student_id, write, actor.entry("take a decision of the team back"))


def _unmade(db: TinyDB, one: Decision, today: dt.date, edition: str, actor: Actor) -> None:
    why = "Taken back by the school-based team"
    if one.kind is Kind.MANAGER:
        if one.before != one.ref:
            handovers.name_case_manager(db, one.before, today, actor)
    elif one.ref.startswith(PREFIX):
        found = next(item for item in own_items.read(db) if item.key == one.ref)
        year = school_year_of(today)
        mark = Mark(new_id()[:12], one.ref, "", year, Status.NOT_NEEDED, today, {"reason": why}, actor.id, actor.at, found.title, edition)
        students.append_mark(db, found.item, mark, actor)
    elif one.ref:
        for table in [name for name in db.tables() if name.startswith("events ")]:
            withdraw_in(db, one.ref, why, SchoolYear(int(table.split()[1])), actor)


def invite(store: Store, student_id: str, new: Guest, meeting: Meeting, actor: Actor, role: str = "") -> None:
    """Note a guest for this student. Who has an account and a `role` sees the student on the day of the meeting, and not longer. Twice is once."""

    def write(db: TinyDB) -> None:
        sheet = _open_sheet(db, new.meeting)
        if any((one.who, one.sort, one.person) == (new.who, new.sort, new.person) for one in sheet.guests):
            return
        involvement = ""
        if new.person and role:
            school = db.table("profile").all()[0]["school"]
            guest = Involvement(
                "", Part.TEAM, new.person, school, meeting.day, meeting.day, role, "Guest at the school-based team's meeting", actor.id
            )
            involvement = involve_in(db, guest, actor)
        db.table(GUESTS).insert({
            "id": new_id()[:12], "meeting": new.meeting, "who": new.who, "sort": new.sort, "person": new.person, "involvement": involvement,
            "by": actor.id, "at": actor.at.isoformat(), "ended": "", "ended by": "",
        })  # fmt: skip

    store.change("student", student_id, write, actor.entry("note a guest of the team"))


def uninvite(store: Store, student_id: str, meeting_id: str, guest_id: str, actor: Actor) -> None:
    """A guest does not come after all; what they could see ends at once. Raises SheetIsFinal."""

    def write(db: TinyDB) -> None:
        one = next((one for one in _open_sheet(db, meeting_id).guests if one.id == guest_id), None)
        if one is not None:
            numbers = [row.doc_id for row in db.table(GUESTS).all() if row["id"] == guest_id]
            db.table(GUESTS).update({"ended": actor.at.isoformat(), "ended by": actor.id}, doc_ids=numbers)
            if one.involvement:
                end_part(db, one.involvement, actor)

    store.change("student", student_id, write, actor.entry("take a guest of the team back"))


def finish(store: Store, student_id: str, seen: Sheet, minutes: Minutes, names: Mapping[str, str], actor: Actor) -> bool:
    """Keep the minutes for good; twice is once, and returns False. What somebody asked the team is answered with it.

    Raises SheetRefused, and WrittenMeanwhile where somebody wrote since the sheet was `seen`.
    """

    def write(db: TinyDB) -> bool:
        now = read(db, minutes.meeting)
        if now.minutes:
            return False
        check_can_finish(now, names)
        if (now.texts, now.standing, now.guests) != (seen.texts, seen.standing, seen.guests):
            raise WrittenMeanwhile
        db.table(TEAM_MINUTES).insert({**_minutes_row(minutes), "by": actor.id, "at": actor.at.isoformat()})
        table = db.table(TEAM_TEXTS)
        table.remove(doc_ids=[row.doc_id for row in table.all() if row["meeting"] == minutes.meeting])
        for row in db.table("involvements").all():
            asked = row["part"] == Part.SBT.value and row["reason"] != FROM_AGENDA and row["since"] <= minutes.day.isoformat()
            if asked and not row["ended"]:
                end_part(db, row["id"], actor)
        return True

    done: bool = store.change("student", student_id, write, actor.entry("finish the team's minutes"))
    return done


def add(store: Store, student_id: str, meeting_id: str, text: str, actor: Actor) -> None:
    """Add a correction to finished minutes; the same twice (a double click) is one."""

    def write(db: TinyDB) -> None:
        sheet = read(db, meeting_id)
        if sheet.minutes is None:
            raise SheetRefused({"addition": "These minutes are not finished yet. Write in the sheet itself."})
        if not any((one.text, one.by) == (text, actor.id) for one in sheet.additions):
            db.table(ADDITIONS).insert({"meeting": meeting_id, "text": text, "by": actor.id, "at": actor.at.isoformat()})

    store.change("student", student_id, write, actor.entry("correct the team's minutes"))


def _open_sheet(db: TinyDB, meeting_id: str) -> Sheet:
    sheet = read(db, meeting_id)
    if sheet.minutes:
        raise SheetIsFinal
    return sheet


def _event(db: TinyDB, event: str, on: dt.date, detail: str, actor: Actor) -> str:
    made = new_id()[:12].replace("-", "x")
    row = {"id": made, "event": event, "on": on.isoformat(), "detail": detail, "by": actor.id, "at": actor.at.isoformat()}
    db.table(f"events {school_year_of(on).start}").insert(row)
    return made


def _text(row: Mapping[str, Any]) -> Text:
    return Text(row["id"], row["section"], row["text"], row["by"], _moment(row["at"]), row["pen"], row["number"])


def decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        row["id"], row["meeting"], Kind(row["kind"]), row["says"], row["owner"], _day(row["due"]), row["by"], _moment(row["at"]), row["ref"], row["before"],
        bool(row["undone"]),
    )  # fmt: skip


def _decision_row(one: Decision) -> dict[str, Any]:
    return {
        "id": one.id, "meeting": one.meeting, "kind": one.kind.value, "says": one.says, "owner": one.owner, "due": one.due.isoformat() if one.due else "",
        "ref": one.ref, "before": one.before, "by": one.by, "at": one.at.isoformat(), "undone": "", "undone by": "",
    }  # fmt: skip


def _guest(row: Mapping[str, Any]) -> Guest:
    return Guest(row["id"], row["meeting"], row["who"], row["sort"], row["person"], row["involvement"])


def _minutes_row(one: Minutes) -> dict[str, Any]:
    return {
        "meeting": one.meeting, "school": one.school, "day": one.day.isoformat(), "present": list(one.present), "chair": one.chair, "recorder": one.recorder,
        "purposes": list(one.purposes), "texts": dict(one.texts), "decisions": [list(row) for row in one.decisions],
        "review": one.review.isoformat() if one.review else "",
    }  # fmt: skip


def _minutes(row: Mapping[str, Any]) -> Minutes:
    decisions = tuple((what, who, due) for what, who, due in row["decisions"])
    return Minutes(
        row["meeting"], row["school"], dt.date.fromisoformat(row["day"]), tuple(row["present"]), row["chair"], row["recorder"], tuple(row["purposes"]),
        row["texts"], decisions, _day(row["review"]), row["by"], _moment(row["at"]),
    )  # fmt: skip


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
