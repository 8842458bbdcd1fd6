"""To whom an item applies: named conditions joined by `and` and `or`.

This module knows the names and the grammar; `forms_app.students` knows how each name is answered for a student.
`and` binds tighter than `or`, as in speech; there are no brackets and no "not": a name is added instead, so that it can say why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAMES: tuple[str, ...] = (
    "coded on 1701",
    "more than 25 hours",
    "significant concern",
    "has an IEP",
    "grade 8",
    "grade 10 to 12",
    "leaving grade 12",
    "continuing next year",
    "category D",
    "category H",
    "category D or H",
    "category other than D or H",
    "SEA or CCW assigned",
    "outside agency involved",
)
# Longest first, because “category D or H” begins with “category D”.
_NAME = re.compile("|".join(re.escape(name) for name in sorted(NAMES, key=len, reverse=True)))


@dataclass(frozen=True)
class Condition:
    """`any_of` holds lists of names: one whole list must be true. An empty condition applies to everyone."""

    any_of: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        return " or ".join(" and ".join(names) for names in self.any_of) or "every student with a case manager"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self.any_of for name in names))


EVERYONE = Condition()


def parse(text: str) -> Condition:
    """Read `coded on 1701 and category D or more than 25 hours`. Raises ValueError with the part that is not a condition."""
    rest, any_of, current = text.strip(), [], []
    while True:
        name = _NAME.match(rest)
        if not name:
            raise ValueError(rest or text)
        current.append(name.group())
        rest = rest[name.end() :]
        if not rest:
            any_of.append(tuple(current))
            return Condition(tuple(any_of))
        joiner = re.match(r"\s+(and|or)\s+", rest)
        if not joiner:
            raise ValueError(rest.strip())
        if joiner.group(1) == "or":
            any_of.append(tuple(current))
            current = []
        rest = rest[joiner.end() :]
