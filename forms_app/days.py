"""A day as people type it."""

from __future__ import annotations

import datetime as dt
import re

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")


def parse_day(text: str) -> dt.date | None:
    """Read `2026-03-27`, `27 3 2026`, `27/3/2026` or `27 March 2026`; None for an empty text. Raises ValueError with a sentence."""
    text = text.strip()
    if not text:
        return None
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    typed = re.fullmatch(r"(\d{1,2})[ ./-]+(\d{1,2}|[A-Za-z]{3,9})\.?[ ,./-]+(\d{4})", text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif typed:
        day, month, year = int(typed[1]), _month(typed[2], text), int(typed[3])
    else:
        raise ValueError(f"“{text[:40]}” is not a date. Write it like 27 March 2026 or 2026-03-27.")
    try:
        return dt.date(year, month, day)
    except ValueError:
        if 1 <= month <= 12 and year >= 1:
            raise ValueError(f"There is no {day} {_MONTHS[month - 1].capitalize()} {year}. Check the day.") from None
        raise ValueError(f"“{text}” is not a date. Check the month and the year.") from None


def _month(word: str, text: str) -> int:
    if word.isdigit():
        return int(word)
    for number, name in enumerate(_MONTHS, 1):
        if name.startswith(word.lower()):
            return number
    raise ValueError(f"“{text[:40]}” has no month that we know. Write it like 27 March 2026.")
