"""An item's facts in words, the same in the handbook's pages and in the app."""

from __future__ import annotations

import datetime as dt

from .conditions import Condition
from .items import Due, Item, Opens, Record
from .registers import Registers

PHRASES = {
    "coded on 1701": "is coded and on the 1701 list",
    "more than 25 hours": "has received, or is likely to receive, more than 25 hours of additional support",
    "significant concern": "is of significant concern",
    "has an IEP": "has an IEP",
    "grade 8": "is in grade 8",
    "grade 10 to 12": "is in grade 10 to 12",
    "leaving grade 12": "is leaving after grade 12",
    "continuing next year": "continues next year",
    "category D": "is in category D",
    "category H": "is in category H",
    "category D or H": "is in category D or H",
    "category other than D or H": "is in a category other than D or H",
    "SEA or CCW assigned": "has an SEA or CCW assigned",
    "outside agency involved": "has an outside agency involved",
}


def day_words(day: dt.date) -> str:
    """`3 October 2026`, the same on every system (the usual format codes for this differ on Windows)."""
    return f"{day.day} {day:%B %Y}"


def applies_words(condition: Condition) -> str:
    """`Every student with a case manager`, or `A student who has an IEP and is in grade 10 to 12`."""
    if not condition.any_of:
        return "Every student with a case manager"
    return "A student who " + ", or who ".join(" and ".join(PHRASES[name] for name in names) for names in condition.any_of)


def opens_words(opens: Opens, registers: Registers) -> str:
    if opens.kind == "event":
        return f"Each time: {registers.events[opens.event].title}"
    return "Once for each student" if opens.kind == "once" else "Afresh every school year"


def due_words(due: Due | None, registers: Registers, titles: dict[str, str]) -> str:
    """When an item is due, before any date is known. `titles` gives the title of each item by id."""
    if due is None:
        return "The source gives no time"
    if due.kind == "window":
        words = ", or ".join(dict.fromkeys(registers.windows[key].about for key in due.windows))
    elif due.kind == "event":
        words = "by the day itself"
    elif due.kind == "cadence":
        words = "as often as the IEP says"
    else:
        unit = due.unit.removesuffix("s") if due.number == 1 else due.unit
        after = f"“{titles.get(due.after, due.after)}”" if due.after else "it happens"
        words = f"{due.number} {unit} after {after}"
    return f"Suggested: {words} (our advice; the source gives no time)" if due.suggested else words[0].upper() + words[1:]


def record_words(record: Record, registers: Registers) -> str:
    """What one record asks for: `filed in: Red File (inside the G4 file)`, `held on: the date`."""
    if record.kind == "filed in":
        return f"filed in: {registers.places[record.value].title}"
    if record.kind == "sent to":
        return f"sent to: {registers.recipients[record.value].title}"
    if record.kind == "decision":
        return "decided: " + ", ".join(record.choices[:-1]) + f" or {record.choices[-1]}"
    return {
        "signed by": f"signed by: {record.value}",
        "held on": "the date",
        "people": "the people involved",
        "shared with": "the people it was shared with",
    }[record.kind]


CONSENTS = {
    "release": "release of information to the agency",
    "referral": "referral to Student Support Services",
    "sped": "what the SPED Permission Form covers",
}


def consent_words(item: Item) -> str:
    """Which consent an item needs or obtains; empty for most."""
    if item.consent:
        return f"A current consent: {CONSENTS[item.consent]}"
    return ""


def done_words(item: Item, registers: Registers) -> str:
    """What a done mark states, in one sentence."""
    return "; ".join(["who and when", *(record_words(record, registers) for record in item.records)])
