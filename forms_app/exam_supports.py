"""What was decided about exam supports for one session (grades 10 to 12). Decisions are added and never changed; of one session the newest counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .handbook.words import day_words
from .plain_text import clean, folded

LONGEST = 200
EARLIEST = dt.date(1990, 1, 1)
# What each question can be answered with; the words are those that people read.
DECISIONS: Mapping[str, str] = {"yes": "Supports are used", "no": "No supports", "later": "Not pursued for this session"}
YES_NO: Mapping[str, str] = {"yes": "Yes", "no": "No"}
WRITTEN: Mapping[str, str] = {"iep": "In the IEP", "plan": "In a Student Learning Plan", "no": "Not yet"}
FORMATS: Mapping[str, str] = {"asked": "Asked for", "not asked": "Not asked for yet", "not needed": "Not needed"}


@dataclass(frozen=True)
class ExamDecision:
    """`team_on` is the day on which the school-based team recommended it, None where it has not. `by` recorded it."""

    id: str
    session: str
    decision: str
    on: dt.date
    supports: str
    team_on: dt.date | None
    psychologist: str
    written: str
    special_format: str
    by: str
    at: dt.datetime

    @property
    def open_points(self) -> tuple[str, ...]:
        """What is still missing for the supports that were decided; nothing where none are used."""
        if self.decision != "yes":
            return ()
        points = [
            ("" if self.team_on else "the school-based team has not recommended it yet"),
            ("" if self.psychologist == "yes" else "the psychologist has not been consulted yet"),
            ("" if self.written != "no" else "no IEP and no Student Learning Plan says so yet"),
            ("the special format has not been asked for yet" if self.special_format == "not asked" else ""),
        ]
        return tuple(point for point in points if point)

    @property
    def words(self) -> str:
        said = f": {self.supports}" if self.supports else ""
        return f"{DECISIONS[self.decision]}{said} ({day_words(self.on)})"


@dataclass(frozen=True)
class Newest:
    """The decision that counts for one session, and those before it, newest first."""

    decision: ExamDecision
    before: tuple[ExamDecision, ...] = field(default=())


def by_session(decisions: Iterable[ExamDecision]) -> tuple[Newest, ...]:
    """For each session the decision recorded last. Letter case and spaces do not make another session."""
    found: dict[str, list[ExamDecision]] = {}
    for one in decisions:
        found.setdefault(folded(one.session), []).append(one)
    return tuple(Newest(group[-1], tuple(reversed(group[:-1]))) for group in found.values())


class DecisionRefused(ValueError):
    """`errors` gives the sentence for each field of the form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def check_decision(new: ExamDecision, today: dt.date) -> ExamDecision:
    """The decision with its texts cleaned. Raises DecisionRefused with a sentence per field."""
    errors: dict[str, str] = {}
    texts: dict[str, str] = {}
    for name in ("session", "supports"):
        try:
            texts[name] = clean(getattr(new, name), LONGEST)
        except ValueError as error:
            errors[name] = str(error)
    for name, allowed in (("decision", DECISIONS), ("psychologist", YES_NO), ("written", WRITTEN), ("special_format", FORMATS)):
        if getattr(new, name) not in allowed:
            errors[name] = "Choose one of the answers shown."
    if not texts.get("session", "x"):
        errors["session"] = "Say which session, for example: January 2027."
    if new.decision == "yes" and not texts.get("supports", "x"):
        errors["supports"] = "Say which supports, for example: extra time, text-to-speech."
    for name, day in (("on", new.on), ("team_on", new.team_on)):
        if day and day > today:
            errors[name] = f"The day must be today or earlier. {day_words(day)} is still to come."
        elif day and day < EARLIEST:
            errors[name] = f"Check the year: {day_words(day)} is too long ago."
    if errors:
        raise DecisionRefused(errors)
    return replace(new, **texts)  # type: ignore[arg-type]
