"""What holds for the whole district: the dates that the office has announced, and the calendar of its schools.

Announcements are appended, and the last one on a window and year counts. A calendar entry that is taken out stays on the record as such.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinydb import TinyDB

from forms_app.deadlines import Announcement, Announcements
from forms_app.records.actor import Actor
from forms_app.school_calendar import CalendarEntry, Kind, SchoolCalendar, calendar_of, check_can_keep
from forms_app.school_year import SchoolYear
from forms_app.store import Columns, Store, new_id
from forms_app.store import Kind as RecordKind

ID = "district"
CALENDAR = "calendar"


@dataclass(frozen=True)
class DistrictRecord:
    """`version` grows with every write; `calendar_version` names exactly these entries of the calendar."""

    version: int = 0
    announcements: Announcements = field(default_factory=dict)
    calendar: SchoolCalendar = field(default_factory=SchoolCalendar)

    @property
    def calendar_version(self) -> str:
        return _calendar_version(self.calendar)


class AnnouncedMeanwhile(Exception):
    """There is another date for this window and year, of which this person had not been told. Nothing was changed."""

    def __init__(self, announcement: Announcement) -> None:
        super().__init__("There is an announced date already.")
        self.announcement = announcement


class CalendarChangedMeanwhile(Exception):
    """Somebody changed the calendar since this person saw it. Nothing was overwritten."""


def read(store: Store, known: DistrictRecord | None = None) -> DistrictRecord:
    """Everything at once; `known` itself where nothing was written since, with all that was worked out from it."""
    document = store.get("district", ID)
    if document is None:
        return DistrictRecord()
    if known and known.version == document.version:
        return known
    return DistrictRecord(document.version, _announcements(document.db), _calendar(document.db))


def announcements(store: Store) -> tuple[int, Announcements]:
    """The version of the record and every announced date; the last word on a window and year counts."""
    found = read(store)
    return found.version, found.announcements


def announce(store: Store, announcement: Announcement, actor: Actor, based_on: str | None = None) -> None:
    """Announce one date. Earlier announcements stay on the record; the same date with the same note twice is one.

    `based_on` is the id of the announcement that this person means to replace, empty for none; with None nothing is asked. Raises
    AnnouncedMeanwhile where another one is there.
    """

    def write(db: TinyDB) -> None:
        last = _announcements(db).get((announcement.window, announcement.year))
        if last and (last.date, last.note) == (announcement.date, announcement.note):
            return
        if last and based_on is not None and last.id != based_on:
            raise AnnouncedMeanwhile(last)
        db.table("announcements").insert(_announcement_row(announcement, actor))

    store.change_or_create("district", ID, write, actor.entry("announce a date", announcement.window))


def add_to_calendar(store: Store, entries: Sequence[CalendarEntry], based_on: str, actor: Actor) -> None:
    """Add entries. `based_on` is the version of the calendar that this person saw.

    Raises CalendarChangedMeanwhile where somebody else changed it since, unless everything is there already (a double click), and
    CalendarRefused where a year would be left without a school day.
    """

    def write(db: TinyDB) -> None:
        current = _calendar(db)
        new = [entry for entry in entries if entry not in current.entries]
        if not new:
            return
        _check_seen(current, based_on)
        check_can_keep(current.with_entries(new))
        db.table(CALENDAR).insert_multiple([_entry_row(entry, actor) for entry in new])

    store.change_or_create("district", ID, write, actor.entry("add to the calendar"))


def take_from_calendar(store: Store, entry_id: str, based_on: str, actor: Actor) -> None:
    """Take an entry out; it stays on the record as taken out. Raises CalendarChangedMeanwhile, and CalendarRefused as above."""

    def write(db: TinyDB) -> None:
        current = _calendar(db)
        if not any(entry.id == entry_id for entry in current.entries):
            return
        _check_seen(current, based_on)
        check_can_keep(current.without(entry_id))
        table = db.table(CALENDAR)
        numbers = [row.doc_id for row in table.all() if row["id"] == entry_id]
        table.update({"removed": actor.at.isoformat(), "removed by": actor.id}, doc_ids=numbers)

    store.change_or_create("district", ID, write, actor.entry("take from the calendar"))


def _check_seen(current: SchoolCalendar, based_on: str) -> None:
    if _calendar_version(current) != based_on:
        raise CalendarChangedMeanwhile


def _calendar_version(calendar: SchoolCalendar) -> str:
    return hashlib.sha256("|".join(sorted(entry.id for entry in calendar.entries)).encode()).hexdigest()[:16]


def _announcements(db: TinyDB) -> Announcements:
    rows = [_announcement(row.doc_id, row) for row in db.table("announcements").all()]
    return {(row.window, row.year): row for row in rows}


def _announcement(number: int, row: Mapping[str, Any]) -> Announcement:
    return Announcement(
        window=row["window"],
        year=SchoolYear(row["year"]),
        date=dt.date.fromisoformat(row["date"]),
        announced=dt.date.fromisoformat(row["announced"]),
        note=row["note"],
        by=row["by"],
        id=str(number),
    )


def _announcement_row(announcement: Announcement, actor: Actor) -> dict[str, Any]:
    return {
        "window": announcement.window,
        "year": announcement.year.start,
        "date": announcement.date.isoformat(),
        "announced": announcement.announced.isoformat(),
        "note": announcement.note,
        "by": actor.id,
        "at": actor.at.isoformat(),
    }


def _calendar(db: TinyDB) -> SchoolCalendar:
    return calendar_of(_entry(row) for row in db.table(CALENDAR).all() if not row["removed"])


def _entry(row: Mapping[str, Any]) -> CalendarEntry:
    first, last = dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"])
    return CalendarEntry(first, last, Kind(row["kind"]), row["name"], row["id"], row["by"], dt.datetime.fromisoformat(row["at"]))


def _entry_row(entry: CalendarEntry, actor: Actor) -> dict[str, str]:
    return {
        "id": new_id()[:12],
        "first": entry.first.isoformat(),
        "last": entry.last.isoformat(),
        "kind": entry.kind.value,
        "name": entry.name,
        "by": actor.id,
        "at": actor.at.isoformat(),
        "removed": "",
        "removed by": "",
    }


KIND = RecordKind("district", lambda db: (Columns(), {}))
