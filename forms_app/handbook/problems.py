"""What is wrong in the handbook's sources, said so that a person who does not program can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake: where it is, what was found there and what is allowed."""

    file: str
    line: int
    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        field = f", {self.field}" if self.field else ""
        return f"{place}{field}: found {self.found}; {self.allowed}"


class HandbookError(Exception):
    """The handbook cannot be used as it is. `problems` lists every mistake, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        count = len(self.problems)
        head = "The handbook has a mistake" if count == 1 else f"The handbook has {count} mistakes"
        super().__init__(f"{head}:\n" + "\n".join(f"  {problem}" for problem in self.problems))


def one_of(words: Iterable[str]) -> str:
    """Say which words are allowed, shortened where there are too many to read.

    >>> one_of(["may", "must"])
    'allowed: may, must'
    """
    known = sorted(words)
    shown = ", ".join(known[:40])
    return f"allowed: {shown}" + (f", and {len(known) - 40} more" if len(known) > 40 else "")
