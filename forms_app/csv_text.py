"""Tables as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What makes a spreadsheet take a cell for a formula or a command, also after spaces: OWASP's list, the full-width forms with it.
FORMULA = tuple("=+-@|%\t\r\n＝＋－＠")
INVISIBLE = " \u00a0\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff'\""


def formula_safe(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet might run it; a NUL, which ends a cell for some, is left out.

    >>> formula_safe("=1+1"), formula_safe(" @SUM(A1)"), formula_safe("O'Neil-Ray")
    ("'=1+1", "' @SUM(A1)", "O'Neil-Ray")
    """
    text = text.replace("\0", "")
    bare = text.lstrip(INVISIBLE)
    return f"'{text}" if bare.startswith(FORMULA) or text.startswith(FORMULA) else text


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it; every cell quoted, every text safe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([formula_safe(heading) for heading in headings])
    writer.writerows([formula_safe(str(cell)) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")
