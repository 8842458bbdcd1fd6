"""Requests for correction and annotations (FIPPA s.29): a statement that stands beside what it is about, and never alters it.

A request is answered: corrected (somebody changes the record in the ordinary way, and what stood before stays) or annotated (it is not changed,
and the request itself stays beside it). An annotation is a remark that asks for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

LONGEST = 1000  # characters; a family must be able to say what is wrong


class Sort(Enum):
    """What was attached."""

    REQUEST = "request"
    ANNOTATION = "annotation"

    @property
    def label(self) -> str:
        return {"request": "Request for correction", "annotation": "Annotation"}[self.value]


class Outcome(Enum):
    """How a request was answered."""

    CORRECTED = "corrected"
    ANNOTATED = "annotated"

    @property
    def label(self) -> str:
        return {"corrected": "Corrected", "annotated": "Not corrected; the request stays beside the record"}[self.value]


@dataclass(frozen=True)
class Target:
    """What a statement is about: a detail by its name, an event, a mark or a finished file review by its id."""

    kind: str  # "detail" | "event" | "mark" | "review"
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


KINDS = ("detail", "event", "mark", "review")


def parse_target(text: str) -> Target:
    """Read `detail:grade`, `event:ID`, `mark:ID` or `review:ID`. Raises ValueError."""
    kind, _, key = text.partition(":")
    if kind not in KINDS or not key:
        raise ValueError(text)
    return Target(kind, key)


@dataclass(frozen=True)
class Answer:
    """What was decided about a request, why, by whom and when."""

    outcome: Outcome
    reason: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class Correction:
    """One statement. `asked_by` says who asked, in words (a parent, the student); `by` is the account that wrote it down."""

    id: str
    sort: Sort
    about: Target
    asked_by: str
    says: str
    on: dt.date
    by: str
    at: dt.datetime
    answer: Answer | None = None

    @property
    def waits(self) -> bool:
        return self.sort is Sort.REQUEST and self.answer is None

    @property
    def words(self) -> str:
        """What stands beside the original, in one line."""
        if self.sort is Sort.ANNOTATION:
            return f"Annotation, {self.asked_by}: {self.says}"
        return f"Correction asked for by {self.asked_by}: {self.says} ({self.answer.outcome.label if self.answer else 'not answered yet'})"


class CannotAnswer(Exception):
    """A statement cannot be answered as it stands; the message says why."""


def check_can_answer(correction: Correction) -> None:
    """Only a request is answered, and once. Raises CannotAnswer."""
    if correction.sort is Sort.ANNOTATION:
        raise CannotAnswer("An annotation asks for nothing, so it is not answered.")
    if correction.answer:
        raise CannotAnswer("This request has been answered. The answer stays on the record.")


def can_answer(correction: Correction) -> bool:
    return correction.waits


def by_target(corrections: Iterable[Correction]) -> dict[Target, tuple[Correction, ...]]:
    """The statements gathered by what they are about, oldest first."""
    found: dict[Target, tuple[Correction, ...]] = {}
    for one in corrections:
        found[one.about] = (*found.get(one.about, ()), one)
    return found
