"""What holds for the whole district: the dates that the office has announced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tinydb import TinyDB

from forms_app.deadlines import Announcement, Announcements
from forms_app.records.actor import Actor
from forms_app.school_year import SchoolYear
from forms_app.store import Columns, Kind, Store, StoreError

ID = "district"


def announcements(store: Store) -> tuple[int, Announcements]:
    """The version of the record and every announced date; the last word on a window and year counts."""
    document = store.get("district", ID)
    if document is None:
        return 0, {}
    rows = [_announcement(row) for row in document.db.table("announcements").all()]
    return document.version, {(row.window, row.year): row for row in rows}


def announce(store: Store, announcement: Announcement, actor: Actor) -> None:
    """Announce (or announce anew) one date. Earlier announcements stay on the record."""
    row = {
        "window": announcement.window,
        "year": announcement.year.start,
        "date": announcement.date.isoformat(),
        "announced": announcement.announced.isoformat(),
        "note": announcement.note,
        "by": actor.id,
        "at": actor.at.isoformat(),
    }

    def write(db: TinyDB) -> None:
        db.table("announcements").insert(row)

    if store.get("district", ID) is None:
        try:
            store.create("district", write, actor.entry("announce a date", announcement.window), id=ID)
            return
        except StoreError:  # somebody else made the record first
            if store.get("district", ID) is None:
                raise
    store.change("district", ID, write, actor.entry("announce a date", announcement.window))


def _announcement(row: Mapping[str, Any]) -> Announcement:
    return Announcement(
        row["window"], SchoolYear(row["year"]), dt.date.fromisoformat(row["date"]), dt.date.fromisoformat(row["announced"]), row["note"]
    )


KIND = Kind("district", lambda db: (Columns(), {}))
