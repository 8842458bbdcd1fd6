"""How long a student's record is kept, and what must be true before it may be disposed of.

A period is the district's to set (PRV-20). Until it is set nothing is disposed of; and nothing is within a year of its last use in a decision
(FIPPA s.31). The program is not the Permanent Student Record. Rules come as pairs: `check_can_…` raises with the sentence that people read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .configuration import NOT_SET, known, read_file
from .handbook.registers import Entry
from .handbook.words import day_words

FILE = "data/retention.yml"
LEAST_AFTER_DECISION = 1  # years; the law's, so no file can lower it
OPEN = "open"
DISPOSING = "disposing"  # a second person has agreed; the record is about to go
CLOSED: Mapping[str, str] = {
    "left": "Left the school or no longer needs a case manager",
    "graduated": "Graduated",
    "transferred": "Transferred to a school outside the district",
}


@dataclass(frozen=True)
class Retention:
    """`years_after_leaving` is None while the district has not set it. `authority` is the policy that sets it."""

    years_after_leaving: int | None = None
    years_after_decision: int = LEAST_AFTER_DECISION
    authority: str = ""


@dataclass(frozen=True)
class Standing:
    """What decides how long one record is kept: its state, when the student left, and when it was last used in a decision."""

    state: str
    left: dt.date | None
    used: dt.date


class MustBeKept(Exception):
    """A record may not be disposed of; the message says why."""


class CannotClose(Exception):
    """A record cannot be closed or reopened as it stands; the message says why."""


class CannotReview(Exception):
    """Somebody may not be the second person; the message says why."""


def read_retention(root: Path) -> Retention:
    """The district's periods. Raises HandbookError."""
    return read_file(root, FILE, _retention)


def _retention(entry: Entry) -> Retention:
    entry.only("years_after_leaving", "years_after_decision", "authority")
    return Retention(
        years_after_leaving=entry.parsed(
            "years_after_leaving", _years_or_none, "allowed: a whole number of years from 1 to 100, or: not set", None, NOT_SET
        ),
        years_after_decision=entry.parsed(
            "years_after_decision", _years, "allowed: a whole number of years from 1 to 100; the law asks for one", 1, "1"
        ),
        authority=known(entry, "authority"),
    )


def _years(text: str) -> int:
    if not (text.isascii() and text.isdigit() and LEAST_AFTER_DECISION <= int(text) <= 100):
        raise ValueError(text)
    return int(text)


def _years_or_none(text: str) -> int | None:
    return None if text == NOT_SET else _years(text)


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day some years later; 29 February becomes 1 March.

    >>> years_later(dt.date(2028, 2, 29), 1)
    datetime.date(2029, 3, 1)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def review_on(retention: Retention, standing: Standing) -> dt.date | None:
    """The first day on which the record may be reviewed for disposal; None while nobody can say."""
    if retention.years_after_leaving is None or standing.left is None or standing.state == OPEN:
        return None
    kept = years_later(standing.left, retention.years_after_leaving)
    return max(kept, years_later(standing.used, max(retention.years_after_decision, LEAST_AFTER_DECISION)))


def check_can_dispose(retention: Retention, standing: Standing, today: dt.date) -> None:
    """Raises MustBeKept with the reason."""
    if standing.state == OPEN or standing.left is None:
        raise MustBeKept("This record is open. Only the record of a student who has left can be disposed of.")
    if retention.years_after_leaving is None:
        raise MustBeKept("The district has not set how long records are kept, so nothing is disposed of.")
    used_until = years_later(standing.used, max(retention.years_after_decision, LEAST_AFTER_DECISION))
    if today < used_until:
        raise MustBeKept(
            f"This record was last used in a decision on {day_words(standing.used)}. It must be kept until {day_words(used_until)} (FIPPA section 31)."
        )
    kept_until = years_later(standing.left, retention.years_after_leaving)
    if today < kept_until:
        raise MustBeKept(f"The student left on {day_words(standing.left)}. The district keeps the record until {day_words(kept_until)}.")


def can_dispose(retention: Retention, standing: Standing, today: dt.date) -> bool:
    return why_kept(retention, standing, today) == ""


def why_kept(retention: Retention, standing: Standing, today: dt.date) -> str:
    """Why the record may not be disposed of today; empty when it may."""
    try:
        check_can_dispose(retention, standing, today)
    except MustBeKept as reason:
        return str(reason)
    return ""


def check_can_review(proposed_by: str, reviewer: str) -> None:
    """A disposal takes two people. Raises CannotReview."""
    if not proposed_by:
        raise CannotReview("Nobody has proposed to dispose of this record.")
    if proposed_by == reviewer:
        raise CannotReview("You proposed this disposal. A second person must review it.")


def can_review(proposed_by: str, reviewer: str) -> bool:
    try:
        check_can_review(proposed_by, reviewer)
    except CannotReview:
        return False
    return True


def check_can_close(state: str, on: dt.date, today: dt.date) -> None:
    """Raises CannotClose."""
    if state != OPEN:
        raise CannotClose("This record is closed already.")
    if on > today:
        raise CannotClose(f"The day must be today or earlier. {day_words(on)} is still to come.")


def can_close(state: str) -> bool:
    return state == OPEN


def check_can_reopen(state: str) -> None:
    """Raises CannotClose."""
    if state == OPEN:
        raise CannotClose("This record is open.")
    if state not in CLOSED:
        raise CannotClose("This record is being disposed of and cannot be reopened.")


def can_reopen(state: str) -> bool:
    return state in CLOSED
