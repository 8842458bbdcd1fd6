"""A calendar as people paste it, line by line: `first day[, last day], name[, kind]`. Nothing is kept before every line is understood."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from .days import parse_day
from .plain_text import clean
from .school_calendar import CalendarEntry, CalendarRefused, Kind, SchoolCalendar, check_can_keep, check_entry

LONGEST_NAME = 100
MOST_LINES = 400
KINDS = {kind.value: kind for kind in Kind}
# Words that tell the kind where the line does not say it. The preview shows what was understood.
TELLING = (
    (Kind.IN_SESSION, ("in session", "summer school")),
    (Kind.BREAK, ("break", "vacation", "recess")),
    (Kind.PROFESSIONAL_DAY, ("professional", "pro-d", "pro d", "non-instructional", "curriculum implementation", "administrative")),
    (Kind.CLOSURE, ("closure", "closed", "snow", "not in session")),
)


@dataclass(frozen=True)
class ImportedLine:
    """One line: what was understood or what is wrong with it. `known` where the calendar has this entry already."""

    number: int
    text: str
    entry: CalendarEntry | None = None
    error: str = ""
    known: bool = False
    note: str = ""


@dataclass(frozen=True)
class ImportPreview:
    """What an import would do. `error` is about the calendar as a whole."""

    lines: tuple[ImportedLine, ...]
    error: str = ""

    @property
    def new(self) -> tuple[CalendarEntry, ...]:
        return tuple(line.entry for line in self.lines if line.entry and not line.known)

    @property
    def errors(self) -> tuple[ImportedLine, ...]:
        return tuple(line for line in self.lines if line.error)

    @property
    def can_be_taken(self) -> bool:
        return bool(self.new) and not self.errors and not self.error


def guess_kind(name: str) -> Kind:
    """The kind that a name tells, else a holiday.

    >>> guess_kind("Winter break").value, guess_kind("Pro-D day").value, guess_kind("Family Day").value
    ('break', 'professional day', 'holiday')
    """
    words = name.casefold()
    if "not in session" in words:
        return Kind.CLOSURE
    return next((kind for kind, telling in TELLING if any(word in words for word in telling)), Kind.HOLIDAY)


def preview(text: str, calendar: SchoolCalendar, today: dt.date) -> ImportPreview:
    """Read every line, and say what would be added to `calendar`."""
    rows = list(_rows(text))
    if not rows:
        return ImportPreview((), "There is nothing to import. Paste one line for each holiday or break.")
    if len(rows) > MOST_LINES:
        return ImportPreview((), f"These are {len(rows)} lines. At most {MOST_LINES} can be imported at once.")
    lines: list[ImportedLine] = []
    seen = set(calendar.entries)
    for number, line, cells in rows:
        made = _line(number, line, cells, today)
        if made.entry and made.entry in seen:
            made = ImportedLine(number, line, made.entry, known=True)
        elif made.entry:
            seen.add(made.entry)
        lines.append(made)
    found = ImportPreview(tuple(lines))
    if found.errors:
        return found
    try:
        check_can_keep(calendar.with_entries(found.new))
    except CalendarRefused as refused:
        return ImportPreview(tuple(lines), str(refused))
    return ImportPreview(tuple(lines), "" if found.new else "Everything here is in the calendar already.")


def _rows(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Each line with its number and cells; empty lines and a heading are passed over."""
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n"), 1):
        line = raw.strip()
        if not line.strip(' ,;\t"'):
            continue
        separator = next((mark for mark in ("\t", ";") if mark in line), ",")
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True, strict=True))]
        except csv.Error:
            cells = [line]
        if number == 1 and cells[0].casefold() in ("date", "first day", "first", "from", "start", "start date"):
            continue
        yield number, line[:200], cells


def _line(number: int, line: str, cells: list[str], today: dt.date) -> ImportedLine:
    try:
        entry = _entry(cells, today)
    except ValueError as refused:
        return ImportedLine(number, line, error=str(refused))
    return ImportedLine(number, line, entry, note=_note(entry))


def _entry(cells: list[str], today: dt.date) -> CalendarEntry:
    while len(cells) > 2 and not cells[-1]:
        cells = cells[:-1]
    if len(cells) < 2:
        raise ValueError("This needs a day, a comma and a name, for example: 2026-10-23, Professional day.")
    first = parse_day(cells[0])
    if first is None:
        raise ValueError("This has no day in front of the first comma.")
    last, rest = first, cells[1:]
    if not rest[0] or rest[0][0].isdigit():
        last, rest = (_last_day(rest[0]) or first), rest[1:]
    if not rest or not rest[0]:
        raise ValueError("This has no name, for example: Winter break.")
    if len(rest) > 2:
        raise ValueError(f"This has {len(cells)} parts. Put a name with a comma in quotation marks.")
    name = clean(rest[0], LONGEST_NAME)
    kind = guess_kind(name) if len(rest) == 1 else KINDS.get(rest[1].casefold())
    if kind is None:
        raise ValueError(f"“{rest[1][:40]}” is no kind of day. Allowed: {', '.join(KINDS)}.")
    entry = CalendarEntry(first, last, kind, name)
    check_entry(entry, today)
    return entry


def _last_day(text: str) -> dt.date | None:
    return parse_day(text) if text else None


def _note(entry: CalendarEntry) -> str:
    """What may be a slip and need not be one."""
    if entry.first == entry.last and entry.first.weekday() > 4:
        return f"This is a {entry.first:%A}, when there is no school anyway."
    return ""
