"""What the district owns in `data/`: guidance, events, windows, places; and the list of the source's clauses.

Each file is read with the same care: a missing file, a missing or unknown field and a wrong value are one clear problem each.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from . import plain_yaml
from .items import KEY, Strength
from .problems import HandbookError, Problem, one_of

T = TypeVar("T")
STATUSES = ("verified", "not found", "superseded")
BASES = ("source", "practice", "ministry")
CONFIDENCE = {
    "P": "read in a primary source",
    "S": "read in a secondary source",
    "I": "our inference",
    "G": "general knowledge, not verified",
    "X": "looked for and not found",
}


@dataclass(frozen=True)
class Clause:
    """One clause of the source. `strength` is the most that an item resting on it may claim; None claims nothing."""

    id: str
    section: str
    kind: str
    strength: Strength | None
    gist: str


@dataclass(frozen=True)
class Guidance:
    """One document that the source cites, or that came after it."""

    key: str
    title: str
    as_cited: str
    issuer: str
    became: str
    status: str
    checked: dt.date
    confidence: str
    clauses: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Event:
    """Something that can happen to a student. `ask` labels the short detail that tells one occurrence from another."""

    key: str
    title: str
    ask: str
    help: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """A time of the year whose date is announced. `opens` and `closes` (month, day) are provisional and only put lists in order."""

    key: str
    title: str
    about: str
    basis: str  # "source" | "practice" | "ministry"
    opens: tuple[int, int]
    closes: tuple[int, int]
    announced_by: str
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where paper is filed, or to whom it is sent. Only the kind of place: no room, cabinet or person."""

    key: str
    title: str
    short: str
    about: str


@dataclass(frozen=True)
class Registers:
    """Everything in `data/` that the pages refer to by key."""

    clauses: Mapping[str, Clause]
    guidance: Mapping[str, Guidance]
    events: Mapping[str, Event]
    windows: Mapping[str, Window]
    places: Mapping[str, Place]
    recipients: Mapping[str, Place]


class Entry:
    """One mapping of a data file while it is read: hands out fields and notes every problem with its place."""

    def __init__(self, file: str, key: str, value: Any, line: int, problems: list[Problem]) -> None:
        self.file, self.key, self.line, self.problems = file, key, line, problems
        self.fields: plain_yaml.Lines = value if isinstance(value, plain_yaml.Lines) else plain_yaml.Lines(line)
        if not isinstance(value, plain_yaml.Lines):
            self.refuse("", _show(value), "allowed: a mapping of fields")

    def refuse(self, field: str, found: str, allowed: str) -> None:
        place = f"{self.key}.{field}" if field else self.key
        self.problems.append(Problem(self.file, self.fields.line_of.get(field, self.line), place, found, allowed))

    def text(self, field: str, default: str | None = None) -> str:
        value = self.fields.get(field, default)
        if value is not None and not isinstance(value, str):
            self.refuse(field, _show(value), "allowed: a text")
            return ""
        text = (value or "").strip()
        if not text and default is None:
            self.refuse(field, "nothing", f"needed: a text for “{field}”")
        return text

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.fields.get(field, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            self.refuse(field, _show(value), "allowed: a list, such as [R-REC-04, R-REC-05]")
            return ()
        return tuple(value)

    def clauses(self, field: str, known: Mapping[str, Clause]) -> tuple[str, ...]:
        """Clause ids. `known` is empty where the list of clauses could not be read, which is a problem of its own."""
        ids = self.texts(field)
        for clause in ids:
            if known and clause not in known:
                self.refuse(field, f"the clause “{clause}”", "allowed: an id of data/clauses.yml")
        return ids

    def parsed(self, field: str, parse: Callable[[str], T], allowed: str, default: T, empty: str | None = None) -> T:
        text = self.text(field, empty)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError:
            self.refuse(field, f"“{text}”", allowed)
            return default

    def only(self, *known: str) -> None:
        for field in self.fields:
            if field not in known:
                self.refuse(field, f"the field “{field}”", one_of(known))


def _show(value: Any) -> str:
    return "nothing" if value is None else f"“{str(value)[:60]}”"


def _month_day(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d\d)-(\d\d)", text)
    if not match:
        raise ValueError(text)
    day = dt.date(2028, int(match[1]), int(match[2]))  # a leap year, so that 02-29 is a day
    return day.month, day.day


def _word(known: Iterable[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return parse


def read_registers(root: Path) -> Registers:
    """Read `data/` below `root`. Raises HandbookError with every problem of every file."""
    problems: list[Problem] = []
    clauses = _read(root, "data/clauses.yml", _clause, problems)
    places = _load(root, "data/places.yml", problems)
    place = partial(_place, clauses)
    registers = Registers(
        clauses=clauses,
        guidance=_read(root, "data/guidance.yml", partial(_guidance, clauses), problems),
        events=_read(root, "data/events.yml", partial(_event, clauses), problems),
        windows=_each("data/deadlines.yml", _under(root, "data/deadlines.yml", "windows", problems), partial(_window, clauses), problems),
        places=_each("data/places.yml", _section(places, "places", "data/places.yml", problems), place, problems),
        recipients=_each("data/places.yml", _section(places, "recipients", "data/places.yml", problems), place, problems),
    )
    if problems:
        raise HandbookError(problems)
    return registers


def read_text(path: Path, file: str, problems: list[Problem]) -> str | None:
    """The text of a file, or None and a problem. `file` is what people call it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(Problem(file, 0, "", "no such file", "put it back from the repository; the handbook cannot be read without it"))
    except UnicodeDecodeError as error:
        problems.append(
            Problem(file, _line_of_byte(error), "", f"a byte that is not UTF-8 (position {error.start})", "save the file as UTF-8")
        )
    except OSError as error:
        problems.append(Problem(file, 0, "", f"a file that cannot be read ({error.strerror})", "check its permissions"))
    return None


def _line_of_byte(error: UnicodeDecodeError) -> int:
    return error.object[: error.start].count(b"\n") + 1


def _load(root: Path, file: str, problems: list[Problem]) -> Any:
    text = read_text(root / file, file, problems)
    if text is None:
        return None
    try:
        value = plain_yaml.load(text, file)
    except HandbookError as error:
        problems.extend(error.problems)
        return None
    if value is None:
        problems.append(Problem(file, 0, "", "nothing", "needed: at least one entry"))
    return value


def _section(value: Any, name: str, file: str, problems: list[Problem]) -> Any:
    if value is None:
        return None
    if not isinstance(value, plain_yaml.Lines) or name not in value:
        problems.append(Problem(file, 1, name, "nothing", f"needed: a section “{name}:”"))
        return None
    return value[name]


def _under(root: Path, file: str, name: str, problems: list[Problem]) -> Any:
    return _section(_load(root, file, problems), name, file, problems)


def _read(root: Path, file: str, make: Callable[[Entry], T], problems: list[Problem]) -> dict[str, T]:
    return _each(file, _load(root, file, problems), make, problems)


def _each(file: str, value: Any, make: Callable[[Entry], T], problems: list[Problem]) -> dict[str, T]:
    """Make one value per entry; a list of mappings takes its keys from the field `id`."""
    if value is None:
        return {}
    if isinstance(value, list):
        pairs = [(str(entry.get("id", "")) if isinstance(entry, dict) else "", entry, getattr(entry, "line", 0)) for entry in value]
    elif isinstance(value, plain_yaml.Lines):
        pairs = [(key, entry, value.line_of[key]) for key, entry in value.items()]
        for key, line in value.line_of.items():
            if not KEY.fullmatch(key):
                problems.append(Problem(file, line, key, f"the key “{key}”", "allowed: lower case letters, digits and hyphens"))
    else:
        problems.append(Problem(file, 1, "", _show(value), "allowed: a mapping or a list"))
        return {}
    made: dict[str, T] = {}
    for key, entry, line in pairs:
        if not key or key in made:
            problems.append(
                Problem(file, line, "id", f"“{key}” a second time" if key else "an entry without an id", "needed: an id of its own")
            )
        made[key] = make(Entry(file, key, entry, line, problems))
    return made


def _clause(entry: Entry) -> Clause:
    entry.only("id", "section", "kind", "strength", "gist")
    words = [strength.value for strength in Strength]
    strength = entry.parsed("strength", lambda text: None if text == "none" else Strength(text), one_of(["none", *words]), None)
    return Clause(entry.key, entry.text("section"), entry.text("kind"), strength, entry.text("gist"))


def _guidance(known: Mapping[str, Clause], entry: Entry) -> Guidance:
    entry.only("title", "as_cited", "issuer", "became", "status", "checked", "confidence", "clauses", "url")
    return Guidance(
        key=entry.key,
        title=entry.text("title"),
        as_cited=entry.text("as_cited"),
        issuer=entry.text("issuer"),
        became=entry.text("became"),
        status=entry.parsed("status", _word(STATUSES), one_of(STATUSES), "not found"),
        checked=entry.parsed("checked", dt.date.fromisoformat, "allowed: a date such as 2026-11-23", dt.date.min),
        confidence=entry.parsed("confidence", _word(CONFIDENCE), one_of(CONFIDENCE), "X"),
        clauses=entry.clauses("clauses", known),
        url=entry.parsed("url", _https, "allowed: an address that begins with https:// or http://", "", empty=""),
    )


def _https(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"']+", text):
        raise ValueError(text)
    return text


def _event(known: Mapping[str, Clause], entry: Entry) -> Event:
    entry.only("title", "ask", "help", "source")
    return Event(entry.key, entry.text("title"), entry.text("ask"), entry.text("help"), entry.clauses("source", known))


def _window(known: Mapping[str, Clause], entry: Entry) -> Window:
    entry.only("title", "about", "basis", "source", "opens", "closes", "announced_by")
    form = "allowed: a month and a day such as 09-15"
    window = Window(
        key=entry.key,
        title=entry.text("title"),
        about=entry.text("about"),
        basis=entry.parsed("basis", _word(BASES), one_of(BASES), "practice"),
        opens=entry.parsed("opens", _month_day, form, (9, 1)),
        closes=entry.parsed("closes", _month_day, form, (9, 1)),
        announced_by=entry.text("announced_by"),
        source=entry.clauses("source", known),
    )
    if _in_school_year(window.closes) < _in_school_year(window.opens):
        entry.refuse("closes", "a day before “opens”", "allowed: a later day of the school year, which begins in July")
    return window


def _in_school_year(day: tuple[int, int]) -> tuple[int, int]:
    return (day[0] - 7) % 12, day[1]


def _place(known: Mapping[str, Clause], entry: Entry) -> Place:
    entry.only("title", "short", "about", "source")
    entry.clauses("source", known)
    return Place(entry.key, entry.text("title"), entry.text("short"), entry.text("about", ""))
