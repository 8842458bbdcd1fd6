"""What a weekly e-mail and a calendar feed say about somebody's open items: numbers and days, never a student."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .checklists import Entry, Status
from .icalendar import Event

LONGEST_ADDRESS = 254
SUBJECT = "Checklist"


class AddressRefused(ValueError):
    """A text that is no e-mail address; the message says what one looks like."""


def check_address(text: str) -> str:
    """Return the address. Raises AddressRefused; nothing that could begin another header line, or name a second person, passes."""
    text = text.strip()
    if len(text) > LONGEST_ADDRESS or not re.fullmatch(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", text
    ):
        raise AddressRefused("This is no e-mail address that we can write to. One looks like name@school.example.")
    if ".." in text or text.startswith(".") or ".@" in text or "." not in text.partition("@")[2]:
        raise AddressRefused("Check the dots in this e-mail address. One looks like name@school.example.")
    return text


def week_of(day: dt.date) -> str:
    """`2026-W48`: nobody is written to twice in the same week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


@dataclass(frozen=True)
class Digest:
    """How many items are due within two weeks, and how many are overdue."""

    due: int = 0
    overdue: int = 0

    def __bool__(self) -> bool:
        return bool(self.due or self.overdue)

    def __str__(self) -> str:
        """`3 items due, 1 overdue`."""
        if not self.due:
            return f"{_items(self.overdue)} overdue" if self.overdue else "nothing due"
        return f"{_items(self.due)} due" + (f", {self.overdue} overdue" if self.overdue else "")


def _items(number: int) -> str:
    return f"{number} item{'s' if number != 1 else ''}"


def digest(entries: Iterable[Entry], today: dt.date) -> Digest:
    """Count what is due soon and what is overdue. What may be done, and what waits for somebody else, is not counted."""
    counts = Counter(entry.urgency(today) for entry in entries)
    return Digest(counts["soon"], counts["overdue"])


def subject(found: Digest) -> str:
    return f"{SUBJECT}: {found}"


def text(found: Digest, link: str, settings_link: str) -> str:
    """The e-mail's words. Who reads along learns numbers and nothing else."""
    return f"""On your checklist: {found}.

Open it here, and sign in to see for whom:
{link}

"Due" means within the next two weeks. "Overdue" means that at least one school day has passed since the date.
You asked for this weekly e-mail. To stop it:
{settings_link}
"""


def feed(entries: Iterable[Entry], link: str, own: str) -> list[Event]:
    """One whole-day event for each day on which something is due: `2 items due`. `own` tells this feed's events from those of other feeds."""
    days = Counter(e.due.date for e in entries if e.status is Status.TO_DO and e.due.firm and e.due.date)
    return [
        Event(f"due-{day.isoformat()}-{own}@case-manager-checklist", day, f"{_items(number)} due", f"Sign in to see for whom: {link}", link)
        for day, number in sorted(days.items())
    ]
