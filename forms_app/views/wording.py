"""What is stored, in words: ids become names, days and moments become what people write."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forms_app.data_dictionary import Dictionary
from forms_app.desk import Desk
from forms_app.handbook import Handbook
from forms_app.handbook.words import day_words
from forms_app.school_year import SchoolYear
from forms_app.students import Part

Tables = Mapping[str, tuple[Mapping[str, Any], ...]]


PARTS = {
    Part.TEAM.value: "on the student's team",
    Part.COVERING.value: "covers for the case manager",
    Part.SBT.value: "the school-based team discusses the student",
}


@dataclass(frozen=True)
class Wording:
    """`people` and `schools` by id; `events`, `marks` and finished file `reviews` of the record by id, in words."""

    book: Handbook
    zone: str
    people: Mapping[str, str]
    schools: Mapping[str, str]
    events: Mapping[str, str]
    marks: Mapping[str, str]
    reviews: Mapping[str, str]

    @classmethod
    def of(cls, desk: Desk, tables: Tables) -> Wording:
        """For one student's tables as they are stored, or for none."""
        titles = desk.book.registers.events
        events = {
            row["id"]: f"{titles[row['event']].title if row['event'] in titles else row['event']}, {_day(row['on'])}"
            for row in _rows_of(tables, "events ")
        }
        marks = {row["id"]: row["wording"] for row in _rows_of(tables, "marks ")}
        people = {person.id: person.name for person in desk.people().values()}
        schools = {school.id: school.name for school in desk.schools().values()}
        reviews = {
            row["id"]: f"File review, finished {day_words(desk.day_of(dt.datetime.fromisoformat(row['at'])))}"
            for row in tables.get("file review finals", ())
        }
        return cls(desk.book, desk.settings.zone, people, schools, events, marks, reviews)

    def person(self, id: str) -> str:
        """The name of an account, or the word by which the program calls itself."""
        return self.people.get(id, f"{id} (no account of this name)" if len(id) > 20 else id)

    def moment(self, moment: dt.datetime) -> str:
        here = moment.astimezone(zoneinfo.ZoneInfo(self.zone))
        return f"{day_words(here.date())}, {here:%H:%M}"

    def value(self, shows: str, value: Any, dictionary: Dictionary) -> str:
        """One value in the words that the dictionary asks for; empty where nothing is recorded."""
        if isinstance(value, list):
            return ", ".join(self.value(shows, one, dictionary) for one in value)
        text = "" if value is None else str(value)
        return self._words(shows, text, dictionary) if text else ""

    def _words(self, shows: str, text: str, dictionary: Dictionary) -> str:
        registers = self.book.registers
        if shows == "day":
            return _day(text)
        if shows == "moment":
            return self.moment(dt.datetime.fromisoformat(text))
        if shows == "year":
            return str(SchoolYear(int(text)))
        if shows == "person":
            return self.person(text)
        if shows == "item":
            return self.book.items[text].title if text in self.book.items else text
        if shows == "event kind":
            return registers.events[text].title if text in registers.events else text
        if shows == "place":
            return next((register[text].title for register in (registers.places, registers.recipients) if text in register), text)
        if shows == "part":
            return PARTS.get(text, text)
        if shows == "target":
            return self.target(text, dictionary)
        if shows == "field":
            return self.target(f"detail:{text}", dictionary)
        return {"school": self.schools, "event": self.events}.get(shows, {}).get(text, text)

    def target(self, about: str, dictionary: Dictionary) -> str:
        """What a statement stands beside."""
        kind, _, key = about.partition(":")
        if kind == "detail":
            field = dictionary.records["student"]["profile"].fields.get(key)
            return field.label if field else key
        return {"event": self.events, "mark": self.marks, "review": self.reviews}.get(kind, {}).get(key, key)


def _rows_of(tables: Mapping[str, tuple[Mapping[str, Any], ...]], beginning: str) -> Iterable[Mapping[str, Any]]:
    return [row for name, rows in tables.items() if name.startswith(beginning) for row in rows]


def _day(text: str) -> str:
    return day_words(dt.date.fromisoformat(text))
