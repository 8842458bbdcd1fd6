"""Why somebody sees a student, in words: for the person who asks, and for everybody else with access."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from forms_app.handbook.words import day_words
from forms_app.permissions import Action, Relation, Tie, allowed_by
from forms_app.students import Student

_YOU = {
    Relation.OWN: "you are the case manager",
    Relation.TEAM: "you are on the student's team, as {role}",
    Relation.COVERING: "you cover for the case manager",
    Relation.DISCUSSING: "you are on the school-based team, which discusses the student",
    Relation.SCHOOL: "you are {role} of the student's school",
    Relation.DISTRICT: "you work for {role}",
    Relation.DELEGATED: "you were given an item",
    Relation.EMERGENCY: "you opened the record in an emergency",
    Relation.RECEIVING: "you have been asked to take over as case manager",
}
_THEY = {
    Relation.OWN: "Case manager",
    Relation.TEAM: "On the student's team, as {role}",
    Relation.COVERING: "Covers for the case manager",
    Relation.DISCUSSING: "On the school-based team, which discusses the student",
    Relation.SCHOOL: "{Role} of the student's school",
    Relation.DISTRICT: "{Role}",
    Relation.DELEGATED: "Was given one item",
    Relation.EMERGENCY: "Opened the record in an emergency",
    Relation.RECEIVING: "Has been asked to take over as case manager",
}


def why_you(ties: tuple[Tie, ...], zone: str) -> str:
    """`you are the case manager, since 2 September 2025`; several reasons are joined."""
    return "; and ".join(dict.fromkeys(_YOU[tie.relation].format(role=tie.role.value) + _when(tie, zone) for tie in ties))


def why_they(tie: Tie) -> str:
    role = tie.role.value
    return _THEY[tie.relation].format(role=role, Role=role[0].upper() + role[1:])


def what_they_do(tie: Tie, student: Student) -> str:
    """What a tie allows, in words."""
    allowed = allowed_by(tie, student)
    if tie.relation is Relation.RECEIVING:
        return "sees the handover and answers it"
    if Action.DO_DELEGATED in allowed:
        return "sees and marks that item, and nothing else"
    if Action.VIEW not in allowed:
        return "sees the shared plan and their own duties"
    does = ["reads"]
    does += ["marks items"] if Action.MARK in allowed else []
    does += ["changes details"] if Action.EDIT in allowed else []
    does += ["names people"] if Action.NAME_TEAM in allowed else []
    return does[0] if len(does) == 1 else f"{', '.join(does[:-1])} and {does[-1]}"


def until_words(until: dt.date | dt.datetime | None, zone: str) -> str:
    if until is None:
        return ""
    return moment_words(until, zone) if isinstance(until, dt.datetime) else day_words(until)


def from_to(tie: Tie, zone: str) -> str:
    """`24 November 2026 to 1 December 2026`, or an empty text where a role alone is the reason."""
    if not tie.since:
        return ""
    return f"{day_words(tie.since)} to {until_words(tie.until, zone)}" if tie.until else f"since {day_words(tie.since)}"


def moment_words(moment: dt.datetime, zone: str) -> str:
    """`24 November 2026, 1:05 pm`, in the district's time."""
    there = moment.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{day_words(there.date())}, {time_words(moment, zone)}"


def time_words(moment: dt.datetime, zone: str) -> str:
    there = moment.astimezone(zoneinfo.ZoneInfo(zone))
    return f"{there.hour % 12 or 12}:{there.minute:02d} {'am' if there.hour < 12 else 'pm'}"


def _when(tie: Tie, zone: str) -> str:
    if tie.relation is Relation.EMERGENCY:
        return f", until {until_words(tie.until, zone)}"
    since = f", since {day_words(tie.since)}" if tie.since else ""
    return since + (f" and until {until_words(tie.until, zone)}" if tie.until else "")
