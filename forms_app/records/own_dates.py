"""Due dates that somebody set for one student's items: one table for each school year, appended and never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tinydb import TinyDB

from forms_app.deadlines import OwnDate, last_own_dates
from forms_app.records.actor import Actor
from forms_app.school_year import SchoolYear
from forms_app.store import Store, new_id

PREFIX = "due dates "


class DatedMeanwhile(Exception):
    """Somebody set another date since this person saw the item. `date` is theirs; nothing was overwritten."""

    def __init__(self, date: OwnDate) -> None:
        super().__init__("Somebody set another date in the meantime.")
        self.date = date


def table(year: SchoolYear) -> str:
    return f"{PREFIX}{year.start}"


def set_date(
    store: Store,
    student_id: str,
    item: str,
    occurrence: str,
    year: SchoolYear,
    date: dt.date | None,
    reason: str,
    based_on: str,
    actor: Actor,
) -> OwnDate:
    """Append a date, or (None) the word that the rule's date holds again. `based_on` is the id of the last date that this person saw, empty for none.

    Raises DatedMeanwhile when somebody else set one since. The same twice (a double click) is recorded once.
    """

    def write(db: TinyDB) -> OwnDate:
        dates = last_own_dates(read(db, year))
        made = OwnDate(new_id()[:12], item, occurrence, date, reason, actor.id, actor.at)
        last = dates.get(made.key)
        if (last.id if last else "") != based_on:
            if last and (last.date, last.reason, last.by) == (date, reason, actor.id):
                return last
            raise DatedMeanwhile(last or made)
        db.table(table(year)).insert(_row(made))
        return made

    result: OwnDate = store.change("student", student_id, write, actor.entry("set a due date" if date else "take back a due date", item))
    return result


def read(db: TinyDB, year: SchoolYear) -> tuple[OwnDate, ...]:
    """Every date that was set in a school year, oldest first."""
    return tuple(_own_date(row) for row in db.table(table(year)).all())


def years(db: TinyDB) -> set[int]:
    """The school years (their first) in which somebody set a date."""
    return {int(name.removeprefix(PREFIX)) for name in db.tables() if name.startswith(PREFIX)}


def as_summary(db: TinyDB, start: int) -> list[dict[str, str]]:
    """What lists need: the last date of each item, without its reason and its author."""
    last = last_own_dates(_own_date(row) for row in db.table(f"{PREFIX}{start}").all())
    return [{**_row(one), "reason": "", "by": ""} for one in last.values() if one.date]


def from_summary(summary: Mapping[str, Any]) -> tuple[OwnDate, ...]:
    return tuple(_own_date(row) for row in summary.get("due dates", ()))


def _own_date(row: Mapping[str, Any]) -> OwnDate:
    date = dt.date.fromisoformat(row["date"]) if row["date"] else None
    return OwnDate(row["id"], row["item"], row["occurrence"], date, row["reason"], row["by"], dt.datetime.fromisoformat(row["at"]))


def _row(one: OwnDate) -> dict[str, str]:
    return {
        "id": one.id,
        "item": one.item,
        "occurrence": one.occurrence,
        "date": one.date.isoformat() if one.date else "",
        "reason": one.reason,
        "by": one.by,
        "at": one.at.isoformat(),
    }
