"""Reads a roster in the shapes that schools have it: CSV, Excel, OneRoster 1.1, and the Ministry's 1701 file.

Pure readers: bytes in, rows with their numbers out, or `CannotRead` with a sentence. What the app must not keep (ancestry, band, language,
funding, gender, postal code and the like) is dropped here, before anything else sees it, and no file is ever written.
"""

from .columns import FIELDS, Mapping, guess, is_personal, signature
from .reading import read
from .rows import Found, Problem, Row, find_rows
from .sheet import CannotRead, Line, Sheet

__all__ = [
    "FIELDS",
    "CannotRead",
    "Found",
    "Line",
    "Mapping",
    "Problem",
    "Row",
    "Sheet",
    "find_rows",
    "guess",
    "is_personal",
    "read",
    "signature",
]
