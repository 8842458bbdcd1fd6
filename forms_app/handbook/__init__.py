"""The handbook as data: pages that declare items, and the registers they refer to. Knows nothing of students, stores or the web."""

from .items import Due, Item, Opens, Record, Strength
from .problems import HandbookError, Problem
from .reader import Handbook, read_handbook

__all__ = ["Due", "Handbook", "HandbookError", "Item", "Opens", "Problem", "Record", "Strength", "read_handbook"]
