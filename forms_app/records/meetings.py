"""The meetings of the school-based team: one record each, with its agenda. What is said of a student is kept in that student's record (`sheets`).

Tables: `meeting` (one row) and `agenda` (ids of students, in their order).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tinydb import TinyDB

from forms_app.meetings import Meeting, Place, State, moved
from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, Store, new_id

MEETING, AGENDA = "meeting", "agenda"


OVER = {
    State.CANCELLED: "This meeting was cancelled, so its agenda does not change any more.",
    State.ENDED: "This meeting has been ended, so its agenda does not change any more.",
}


class MeetingIsOver(Exception):
    """The meeting has been ended or cancelled; the message says which."""


def plan(store: Store, new: Meeting, actor: Actor, token: str = "") -> str:  # the token of a form is no secret  # nosec B107
    """Plan a meeting; returns its id. A form sent twice (a double click) carries the same `token` and plans one."""
    made = id_of(token) or new_id()
    if store.get("meeting", made) is None:
        row = {**_row(new), "by": actor.id, "at": actor.at.isoformat()}
        store.create("meeting", lambda db: db.table(MEETING).insert(row), actor.entry("plan a meeting"), id=made)
    return made


def id_of(token: str) -> str:
    """The id of the meeting that a form with this token plans; empty for a token that no form was given."""
    return f"m-{token}" if re.fullmatch(r"[A-Za-z0-9_-]{12,40}", token) else ""


def get(store: Store, meeting_id: str) -> Meeting | None:
    document = store.get("meeting", meeting_id)
    return _read(document.id, document.version, document.db) if document else None


def of_school(store: Store, school: str) -> list[Meeting]:
    """Every meeting of a school, the newest first."""
    found = [_meeting(one.id, one.version, one.summary["meeting"], one.summary["agenda"]) for one in store.list("meeting", school=school)]
    return sorted(found, key=lambda one: (one.day, one.id), reverse=True)


def edit(store: Store, meeting_id: str, new: Meeting, actor: Actor) -> None:
    """Keep who meets when. Raises MeetingIsOver."""

    def write(db: TinyDB) -> None:
        _check_open(db)
        row = _row(new)
        db.table(MEETING).update({name: row[name] for name in ("day", "members", "chair", "recorder", "minutes", "others")})

    store.change("meeting", meeting_id, write, actor.entry("change a meeting"))


def attend(store: Store, meeting_id: str, present: Iterable[str], others: str, chair: str, recorder: str, actor: Actor) -> None:
    """Note who is there, who leads and who writes."""
    noted = {"present": list(present), "others": others, "chair": chair, "recorder": recorder}
    store.change("meeting", meeting_id, lambda db: db.table(MEETING).update(noted), actor.entry("note who is at a meeting"))


def put_on(store: Store, meeting_id: str, new: Place, actor: Actor) -> None:
    """Put a student on the agenda, at its end; twice is once. Raises MeetingIsOver."""

    def write(db: TinyDB) -> None:
        _check_open(db)
        if new.student not in {row["student"] for row in db.table(AGENDA).all()}:
            db.table(AGENDA).insert({**_place_row(new), "place": _next(db), "by": actor.id, "at": actor.at.isoformat()})

    store.change("meeting", meeting_id, write, actor.entry("put a student on an agenda"))


def take_off(store: Store, meeting_id: str, student: str, actor: Actor) -> None:
    """Take a student off the agenda. Raises MeetingIsOver."""

    def write(db: TinyDB) -> None:
        _check_open(db)
        db.table(AGENDA).remove(doc_ids=_numbers(db, student))

    store.change("meeting", meeting_id, write, actor.entry("take a student off an agenda"))


def move(store: Store, meeting_id: str, student: str, by: int, actor: Actor) -> None:
    """Move a student up (`by` negative) or down."""

    def write(db: TinyDB) -> None:
        order = {one.student: number for number, one in enumerate(moved(_places(db.table(AGENDA).all()), student, by))}
        for row in db.table(AGENDA).all():
            if row["place"] != order[row["student"]]:
                db.table(AGENDA).update({"place": order[row["student"]]}, doc_ids=[row.doc_id])

    store.change("meeting", meeting_id, write, actor.entry("reorder an agenda"))


def suggest(store: Store, meeting_id: str, minutes: Mapping[str, int | None], actor: Actor) -> None:
    """Suggest how long each student may take."""

    def write(db: TinyDB) -> None:
        for row in db.table(AGENDA).all():
            if row["student"] in minutes and row["minutes"] != minutes[row["student"]]:
                db.table(AGENDA).update({"minutes": minutes[row["student"]]}, doc_ids=[row.doc_id])

    store.change("meeting", meeting_id, write, actor.entry("suggest times for an agenda"))


def start(store: Store, meeting_id: str, actor: Actor) -> None:
    """Begin the meeting; twice is once. Raises MeetingIsOver."""

    def write(db: TinyDB) -> None:
        _check_open(db)
        [row] = db.table(MEETING).all()
        if row["state"] == State.PLANNED.value:
            db.table(MEETING).update(
                {"state": State.RUNNING.value, "started": actor.at.isoformat(), "present": row["present"] or row["members"]}
            )

    store.change("meeting", meeting_id, write, actor.entry("begin a meeting"))


def end(store: Store, meeting_id: str, not_reached: Iterable[str], actor: Actor) -> None:
    """End it; twice is once. Who was not reached is carried over."""
    left = set(not_reached)

    def write(db: TinyDB) -> None:
        [row] = db.table(MEETING).all()
        if row["state"] in (State.ENDED.value, State.CANCELLED.value):
            return
        db.table(MEETING).update({"state": State.ENDED.value, "ended": actor.at.isoformat()})
        for place in db.table(AGENDA).all():
            if place["student"] in left:
                db.table(AGENDA).update({"carried": True}, doc_ids=[place.doc_id])

    store.change("meeting", meeting_id, write, actor.entry("end a meeting"))


def cancel(store: Store, meeting_id: str, reason: str, actor: Actor) -> None:
    """Cancel it. Raises MeetingIsOver."""

    def write(db: TinyDB) -> None:
        _check_open(db)
        db.table(MEETING).update({"state": State.CANCELLED.value, "reason": reason, "ended": actor.at.isoformat()})

    store.change("meeting", meeting_id, write, actor.entry("cancel a meeting"))


def about(store: Store, student_id: str) -> list[dict[str, Any]]:
    """The rows of every agenda on which a student stands, with the day and the number of the meeting."""
    return [
        {**row, "meeting": one.id, "day": one.summary["meeting"]["day"]}
        for one in store.list("meeting")
        for row in one.summary["agenda"]
        if row["student"] == student_id
    ]


def forget(store: Store, student_id: str, actor: Actor) -> None:
    """Take a student off every agenda there ever was, as when the record is disposed of."""
    for row in about(store, student_id):
        store.change(
            "meeting",
            row["meeting"],
            lambda db: db.table(AGENDA).remove(doc_ids=_numbers(db, student_id)),
            actor.entry("forget a student on an agenda"),
        )


def change_place(store: Store, meeting_id: str, student: str, change: Callable[[Place], Place], actor: Actor) -> None:
    """Change what the agenda knows of one student."""

    def write(db: TinyDB) -> None:
        for row in db.table(AGENDA).all():
            if row["student"] == student:
                db.table(AGENDA).update(_place_row(change(_place(row))), doc_ids=[row.doc_id])

    store.change("meeting", meeting_id, write, actor.entry("change a place on an agenda"))


def _check_open(db: TinyDB) -> None:
    [row] = db.table(MEETING).all()
    state = State(row["state"])
    if state in OVER:
        raise MeetingIsOver(OVER[state])


def _next(db: TinyDB) -> int:
    return max((row["place"] for row in db.table(AGENDA).all()), default=-1) + 1


def _numbers(db: TinyDB, student: str) -> list[int]:
    return [row.doc_id for row in db.table(AGENDA).all() if row["student"] == student]


def _row(one: Meeting) -> dict[str, Any]:
    return {
        "school": one.school, "day": one.day.isoformat(), "members": list(one.members), "chair": one.chair, "recorder": one.recorder, "minutes": one.minutes,
        "present": list(one.present), "others": one.others, "state": one.state.value, "reason": one.reason, "started": "", "ended": "",
    }  # fmt: skip


def _place_row(one: Place) -> dict[str, Any]:
    return {
        "student": one.student, "why": [f"{key}|{said}" for key, said in one.why], "occurrence": one.occurrence, "recorded": one.recorded,
        "involvement": one.involvement, "minutes": one.minutes, "carried": one.carried,
    }  # fmt: skip


def _place(row: Mapping[str, Any]) -> Place:
    why = tuple((key, said) for key, _, said in (text.partition("|") for text in row["why"]))
    return Place(row["student"], why, row["occurrence"], row["recorded"], row["involvement"], row["minutes"], row["carried"])


def _places(rows: Iterable[Mapping[str, Any]]) -> tuple[Place, ...]:
    return tuple(_place(row) for row in sorted(rows, key=lambda row: row["place"]))


def _meeting(id: str, version: int, row: Mapping[str, Any], agenda: Iterable[Mapping[str, Any]]) -> Meeting:
    return Meeting(
        id=id, version=version, school=row["school"], day=dt.date.fromisoformat(row["day"]), members=tuple(row["members"]), chair=row["chair"],
        recorder=row["recorder"], minutes=row["minutes"], present=tuple(row["present"]), others=row["others"], state=State(row["state"]),
        reason=row["reason"], agenda=_places(agenda), by=row["by"],
    )  # fmt: skip


def _read(id: str, version: int, db: TinyDB) -> Meeting:
    [row] = db.table(MEETING).all()
    return _meeting(id, version, row, db.table(AGENDA).all())


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    [row] = db.table(MEETING).all()
    return Columns(school=row["school"], state=row["state"]), {
        "meeting": dict(row),
        "agenda": [dict(place) for place in db.table(AGENDA).all()],
    }


KIND = Kind("meeting", _summarize)
