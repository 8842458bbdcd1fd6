"""Text with separators: commas, semicolons, tabs or bars, whichever splits the file evenly."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator

from .sheet import LONGEST_CELL, CannotRead, Line, check_size

SEPARATORS: dict[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LOOKED_AT = 30  # lines


def separator_of(text: str) -> str:
    """The separator that gives most lines the same number of cells, more than one."""
    sample = text[:200_000]
    return max(SEPARATORS, key=lambda one: (_evenness(sample, one), -list(SEPARATORS).index(one)))


def _evenness(sample: str, separator: str) -> int:
    counts: Counter[int] = Counter()
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(sample, newline=""), delimiter=separator)):
            if number >= _LOOKED_AT:
                break
            if len(cells) > 1:
                counts[len(cells)] += 1
    except csv.Error:
        return 0
    return max((lines * min(width, 12) for width, lines in counts.items()), default=0)


def lines(text: str, separator: str) -> Iterator[Line]:
    """Every row with its number, empty ones passed over. Raises CannotRead."""
    csv.field_size_limit(max(csv.field_size_limit(), 1_000_000))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            check_size(number - 1, len(cells))
            if any(cell.strip() for cell in cells):
                if max(map(len, cells)) > LONGEST_CELL:
                    raise CannotRead(
                        f"Row {number} has a cell of more than {LONGEST_CELL:,} characters. Is a quotation mark missing before it?"
                    )
                yield Line(number, tuple(cells))
    except csv.Error as error:
        raise CannotRead(f"Row {number + 1} cannot be split into cells: a quotation mark is missing or too many ({error}).") from None
