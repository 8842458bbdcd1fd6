"""Calendar files: read back by a small strict reader of RFC 5545, whatever stands in them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.icalendar import Event, as_icalendar, escape, fold

AT = dt.datetime(2026, 11, 24, 20, 0, 5, tzinfo=dt.UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
LINE = re.compile(r"([A-Z0-9-]+)((?:;[A-Z0-9-]+=[^;:,]+)*):(.*)")


def read(data: bytes) -> list[tuple[str, str, str]]:
    """Every (name, parameters, value) of a calendar file. Fails on anything that RFC 5545 forbids."""
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    physical = data[:-2].split(b"\r\n")
    assert max(map(len, physical)) <= 75
    for line in physical:
        line.decode()  # no character is cut in two
    lines = [LINE.fullmatch(line) for line in data.decode().replace("\r\n ", "")[:-2].split("\r\n")]
    assert all(lines)
    found = [(match[1], match[2], match[3]) for match in lines if match]
    depth: list[str] = []
    for name, _, value in found:
        if name == "BEGIN":
            depth.append(value)
        elif name == "END":
            assert depth.pop() == value
    assert not depth
    assert next(value for name, _, value in found if name == "BEGIN") == "VCALENDAR"
    assert sum(1 for name, _, _ in found if name == "VERSION") == sum(1 for name, _, _ in found if name == "PRODID") == 1
    return found


def events(data: bytes) -> list[dict[str, str]]:
    """The events of a calendar file, their texts unescaped."""
    made: list[dict[str, str]] = []
    for name, _, value in read(data):
        if (name, value) == ("BEGIN", "VEVENT"):
            made.append({})
        elif made and name not in ("BEGIN", "END"):
            assert name not in made[-1], "each property once"
            made[-1][name] = unescape(value) if name in ("SUMMARY", "DESCRIPTION", "UID") else value
    for one in made:
        assert {"UID", "DTSTAMP", "DTSTART"} <= set(one)
    return made


def unescape(value: str) -> str:
    out, rest = "", iter(value)
    for character in rest:
        assert character not in ";,", "these must be escaped"
        if character == "\\":
            following = next(rest)
            assert following in "\\;,nN"
            out += "\n" if following in "nN" else following
        else:
            out += character
    return out


def test_an_event_is_a_whole_day_that_blocks_nobody() -> None:
    data = as_icalendar([Event("due-1@checklist", dt.date(2028, 2, 29), "2 items due", "Open the checklist", "http://localhost/")], AT)
    assert events(data) == [
        {
            "UID": "due-1@checklist",
            "DTSTAMP": "20261124T200005Z",
            "DTSTART": "20280229",
            "DTEND": "20280301",
            "SUMMARY": "2 items due",
            "DESCRIPTION": "Open the checklist",
            "URL": "http://localhost/",
            "TRANSP": "TRANSPARENT",
        }
    ]


def test_a_feed_has_a_name_and_says_when_to_ask_again_and_may_be_empty() -> None:
    found = read(as_icalendar([], AT, "Checklist, due dates"))
    assert ("NAME", "", "Checklist\\, due dates") in found
    assert ("REFRESH-INTERVAL", ";VALUE=DURATION", "PT12H") in found


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3))
def test_whatever_the_texts_are_the_file_is_right_and_says_them(texts: list[tuple[str, str, str]]) -> None:
    data = as_icalendar([Event(f"u{n}", dt.date(2026, 12, 1), one, two, three) for n, (one, two, three) in enumerate(texts)], AT, "x")
    found = events(data)
    assert len(found) == len(texts)
    for event, (one, _, _) in zip(found, texts, strict=True):
        kept = one.replace("\r\n", "\n").replace("\r", "\n")
        assert event["SUMMARY"] == "".join(c for c in kept if c == "\n" or (c >= " " and c != "\x7f"))


@given(TEXTS)
def test_a_folded_line_unfolds_to_itself(text: str) -> None:
    line = "SUMMARY:" + escape(text)
    folded = fold(line)
    assert folded.replace("\r\n ", "") == line + "\r\n"
    assert all(len(part.encode()) <= 75 for part in folded.split("\r\n"))


def test_a_moment_without_a_zone_is_taken_for_no_other_time() -> None:
    assert b"DTSTAMP:20261124T200005Z" in as_icalendar(
        [Event("u", dt.date(2026, 12, 1), "s")], AT.astimezone(dt.timezone(dt.timedelta(hours=-7)))
    )


@pytest.mark.parametrize("address", ["http://x/\r\nATTENDEE:y", "http://x/ y"])
def test_an_address_cannot_begin_another_line(address: str) -> None:
    [event] = events(as_icalendar([Event("u", dt.date(2026, 12, 1), "s", "", address)], AT))
    assert "ATTENDEE" not in event
