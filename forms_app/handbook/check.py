"""What `manage.py check` proves: every clause has a place, every item stands on its clauses, and which pages are due for review."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from .problems import HandbookError, Problem
from .reader import Handbook, read_handbook


def check(root: Path, today: dt.date) -> dict[str, Any]:
    """The contract of `check --json`: counts, `errors` (sentences), and what an editor should look at."""
    try:
        book = read_handbook(root)
    except HandbookError as error:
        return {
            "items": 0,
            "clauses": 0,
            "clauses_covered": 0,
            "guidance": 0,
            "errors": [str(problem) for problem in error.problems],
            "past_review": [],
            "unpublished": [],
        }
    uncovered = [Problem("data/clauses.yml", 0, clause, "no page or item that carries it", "name it in an item's “source:” or in braces in a sentence")
                 for clause in book.registers.clauses if not book.places_of.get(clause)]  # fmt: skip
    return {
        "items": len(book.items),
        "clauses": len(book.registers.clauses),
        "clauses_covered": book.clauses_covered,
        "guidance": len(book.registers.guidance),
        "errors": [str(problem) for problem in uncovered],
        "past_review": [
            f"{page.file}: review was due on {page.next_review}, by {page.owner}"
            for page in book.pages.values()
            if page.next_review < today
        ],
        "unpublished": list(book.unpublished),
    }


def items_as_data(book: Handbook) -> list[dict[str, Any]]:
    """The contract of `items --json`, in the handbook's order; retired items stand at the end."""
    retired = [item for item in book.items.values() if item.retired]
    return [
        {
            "id": item.id,
            "title": item.title,
            "page": item.page,
            "anchor": item.id,
            "strength": item.strength.value,
            "applies": str(item.applies) if item.applies.any_of else "",
            "opens": str(item.opens),
            "due": str(item.due) if item.due else "",
            "records": [str(record) for record in item.records],
            "source": list(item.source),
            "guidance": list(item.guidance),
            "needs": list(item.needs),
            "consent": item.consent or (f"obtains {item.obtains}" if item.obtains else ""),
            "retired": item.retired,
            "meaning": item.meaning,
        }
        for item in [*book.current_items, *retired]
    ]
