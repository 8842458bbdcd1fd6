"""Calendar files as RFC 5545 wants them: lines of at most 75 octets, CRLF, escaped texts, all-day events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

PRODUCT = "-//Case manager handbook//Checklist//EN"
OCTETS = 75


@dataclass(frozen=True)
class Event:
    """One whole day. `uid` stays the same as long as it is the same event, so that a calendar moves it instead of adding another."""

    uid: str
    day: dt.date
    summary: str
    description: str = ""
    url: str = ""


def as_icalendar(events: Iterable[Event], at: dt.datetime, name: str = "") -> bytes:
    """The file; `at` (aware) is when it was made. With a `name` it is a feed that is asked for again every twelve hours."""
    stamp = f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    if name:
        lines += [f"NAME:{escape(name)}", f"X-WR-CALNAME:{escape(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT12H", "X-PUBLISHED-TTL:PT12H"]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{escape(event.uid)}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{event.day + dt.timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escape(event.summary)}",
            *([f"DESCRIPTION:{escape(event.description)}"] if event.description else []),
            *([f"URL:{_plain(event.url)}"] if event.url else []),
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(fold(line) for line in [*lines, "END:VCALENDAR"]).encode()


def escape(text: str) -> str:
    r"""A text value: backslash, semicolon, comma and line breaks are escaped, other control characters left out.

    >>> escape("Plan; share, file\nand \\ note")
    'Plan\\; share\\, file\\nand \\\\ note'
    """
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(character for character in text if character >= " " and character != "\x7f")


def _plain(text: str) -> str:
    """A value that is not escaped, such as an address: nothing in it may begin another line."""
    return "".join(character for character in text if character > " " and character != "\x7f")


def fold(line: str) -> str:
    """The line ended by CRLF, cut after at most 75 octets, and never within a character."""
    parts, part, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > OCTETS:
            parts.append(part)
            part, size = " ", 1
        part, size = part + character, size + width
    return "\r\n".join([*parts, part]) + "\r\n"
