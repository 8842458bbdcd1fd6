"""Reads what a district sets in its own small files in `data/`; each mistake names file, line, field, what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from .handbook import plain_yaml
from .handbook.problems import HandbookError, Problem
from .handbook.registers import Entry, read_text

T = TypeVar("T")
NOT_SET = "not set"  # what stands in a file where only the district knows


def read_file(root: Path, file: str, make: Callable[[Entry], T]) -> T:
    """What `make` makes of the mapping in `file`. Raises HandbookError with every problem that `make` noted."""
    problems: list[Problem] = []
    text = read_text(root / file, file, problems)
    if text is None:
        raise HandbookError(problems)
    entry = Entry(file, "", plain_yaml.load(text, file), 1, problems)
    made = make(entry)
    if problems:
        raise HandbookError(problems)
    return made


def known(entry: Entry, field: str) -> str:
    """The text of a field, or an empty text where the district has not set it yet."""
    text = entry.text(field, NOT_SET)
    return "" if text == NOT_SET else text
