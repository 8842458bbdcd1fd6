"""A responsibility that the school-based team or the case manager added to one student ("Other" in the source). It behaves like any item.

Also the delegation of one item to a colleague, who sees that item and nothing else of the student.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from .deadlines import DueDate, short_day
from .handbook import Item, Strength
from .handbook.items import Opens
from .handbook.words import day_words
from .plain_text import clean
from .school_year import SchoolYear
from .students import OWN

PAGE = "responsibilities/other-responsibilities.md"
EARLIEST = dt.date(1990, 1, 1)
LONGEST_TITLE, LONGEST = 100, 200
DECIDERS: Mapping[str, str] = {"team": "The school-based team", "case manager": "The case manager"}


@dataclass(frozen=True)
class OwnItem:
    """`decided_by` is a key of DECIDERS; `owner` is the id of an account, empty for whoever is the case manager; `occurrence` is the event it follows.

    Whose it is now, the delegation says that is made with it: a colleague sees the item and nothing else, and it can be taken back.
    """

    id: str
    title: str
    decided_by: str
    decided_on: dt.date
    due: dt.date | None
    owner: str
    by: str
    at: dt.datetime
    occurrence: str = ""

    @property
    def key(self) -> str:
        return OWN + self.id

    @property
    def item(self) -> Item:
        """As the checklist needs it. What somebody typed is text and never markup."""
        said = f"{DECIDERS[self.decided_by]} decided this on {day_words(self.decided_on)}."
        return Item(
            id=self.key, title=self.title, strength=Strength.EXPECTED, opens=Opens("once"), source=(), page=PAGE, line=0,
            help_html=f"<p>{escape(said)} It is an item of this student only.</p>",
        )  # fmt: skip

    @property
    def why(self) -> str:
        who = DECIDERS[self.decided_by]
        return f"has an item of their own: {who[0].lower()}{who[1:]} decided it on {day_words(self.decided_on)}"

    def due_date(self, year: SchoolYear) -> DueDate:
        if self.due is None:
            return DueDate(year.last_day, "No day was set", "no set time")
        return DueDate(self.due, f"{day_words(self.due)}, set when it was added", short_day(self.due, year), self.due, firm=True)


class OwnItemRefused(ValueError):
    """`errors` gives the sentence for each field of the form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def check_own_item(title: str, decided_by: str, decided_on: dt.date | None, due: dt.date | None, today: dt.date) -> str:
    """The cleaned title. Raises OwnItemRefused with a sentence per field."""
    errors: dict[str, str] = {}
    try:
        title = clean(title, LONGEST_TITLE)
    except ValueError as error:
        errors["title"] = str(error)
    if not title:
        errors["title"] = "Say what is to be done, in a few words."
    if decided_by not in DECIDERS:
        errors["decided_by"] = "Choose who decided this."
    if decided_on is None:
        errors["decided_on"] = "Enter the day, for example 27 3 2026."
    elif decided_on > today:
        errors["decided_on"] = f"The day must be today or earlier. {day_words(decided_on)} is still to come."
    elif decided_on < EARLIEST:
        errors["decided_on"] = f"Check the year: {day_words(decided_on)} is too long ago."
    elif due is not None and due < decided_on:
        errors["due"] = f"It cannot be due on {day_words(due)}, before it was decided. Check both days."
    if errors:
        raise OwnItemRefused(errors)
    return title
