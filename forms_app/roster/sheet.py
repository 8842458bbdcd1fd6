"""What every reader gives: a sheet of text cells, each line with the number that its reader sees in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_BYTES = 16 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 500
LONGEST_CELL = 10_000


class CannotRead(ValueError):
    """Why nothing of this file can be taken, and what to do, in words for people."""


class Number(str):
    """A cell that Excel holds as a number: its leading zeros, if it had any, are gone."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sheet; `number` is the row in the spreadsheet or the line in the file, counted from 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """`kind` is what the file is, in words; `told` what its reader had to decide. `fields` is set where the format itself says what each column is."""

    kind: str
    headings: tuple[str, ...]
    lines: Sequence[Line]
    told: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    complete: bool = False  # the format lists every student of its schools


def check_size(rows: int, columns: int) -> None:
    """Raises CannotRead for more than a district has."""
    if rows > MOST_ROWS:
        raise CannotRead(
            f"This file has more than {MOST_ROWS:,} rows. A whole district has fewer; split it by school, or check what was exported."
        )
    if columns > MOST_COLUMNS:
        raise CannotRead(f"This file has {columns:,} columns. At most {MOST_COLUMNS} can be read; export only what is needed.")
