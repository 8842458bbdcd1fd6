"""What a new edition of the handbook does to open checklists, before anybody applies it.

Ticks are never dropped: a mark keeps the wording that its author saw, and is asked to be looked at again only where the meaning moved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .checklists import Checklist, Status
from .handbook import Handbook, Item

EXAMPLES = 3


@dataclass(frozen=True)
class Change:
    """What is different about one item; `kinds` in words, `was` and `becomes` where the words of its title changed."""

    item: Item
    kinds: tuple[str, ...]
    was: str = ""
    becomes: str = ""


@dataclass(frozen=True)
class Effect:
    """What one change does to open checklists: how many students, how, and a few of their ids."""

    change: Change
    appears: int = 0
    goes: int = 0
    due: int = 0
    look: int = 0
    examples: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """`appears for 12 students, asks 3 for a look`."""
        said = [
            (self.appears, "appears for {}"),
            (self.goes, "is no longer asked of {}, who had not marked it"),
            (self.due, "is due at another time for {}"),
            (self.look, "asks for a look at what was recorded for {}"),
        ]
        return (
            ", ".join(words.format(f"{count} student{'s' if count != 1 else ''}") for count, words in said if count)
            or "changes no open checklist"
        )


def changes(old: Handbook, new: Handbook) -> tuple[Change, ...]:
    """Every item that is not what it was, in the new handbook's order."""
    return tuple(change for item in new.items_in_order if (change := _change(old.items.get(item.id), item)))


def _change(was: Item | None, item: Item) -> Change | None:
    if was is None:
        return None if item.retired else Change(item, ("new",))
    moved = bool(item.meaning) and item.meaning != was.meaning
    kinds = [
        ("retired", bool(item.retired) and not was.retired),
        ("back in use", bool(was.retired) and not item.retired),
        ("reworded, and the meaning moved", was.title != item.title and moved),
        ("reworded", was.title != item.title and not moved),
        ("the meaning moved", was.title == item.title and moved),
        ("due at another time", was.due != item.due),
        ("applies to other students", was.applies != item.applies),
        ("opens otherwise", was.opens != item.opens),
        ("asks for other facts", (was.records, was.needs) != (item.records, item.needs)),
        ("needs another consent", (was.consent, was.obtains) != (item.consent, item.obtains)),
        ("asks more or less strongly", was.strength is not item.strength),
        ("other help", was.help_html != item.help_html),
    ]
    found = tuple(kind for kind, holds in kinds if holds)
    reworded = was.title != item.title
    return Change(item, found, was.title if reworded else "", item.title if reworded else "") if found else None


def effects(found: Iterable[Change], pairs: Iterable[tuple[Checklist, Checklist]]) -> tuple[Effect, ...]:
    """What the changes do to these checklists, each a pair of before and after."""
    counted = {change.item.id: _Count(change) for change in found}
    for before, after in pairs:
        for count in counted.values():
            count.take(before, after)
    return tuple(count.effect for count in counted.values())


class _Count:
    """Counts one change over the students."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.appears = self.goes = self.due = self.look = 0
        self.examples: list[str] = []

    def take(self, before: Checklist, after: Checklist) -> None:
        item = self.change.item.id
        old = {entry.key: entry for entry in before.entries if entry.item.id == item}
        new = {entry.key: entry for entry in after.entries if entry.item.id == item}
        appears, goes = bool(new.keys() - old.keys()), bool(old.keys() - new.keys())
        both = [(old[key], new[key]) for key in old.keys() & new.keys()]
        due = any(one.open and (one.due.date, one.due.words) != (other.due.date, other.due.words) for one, other in both)
        meaning = "the meaning moved" in " ".join(self.change.kinds)
        look = meaning and any(entry.status is not Status.TO_DO for entry in old.values())
        self.appears, self.goes, self.due, self.look = self.appears + appears, self.goes + goes, self.due + due, self.look + look
        if (appears or goes or due or look) and len(self.examples) < EXAMPLES:
            self.examples.append(before.student.id)

    @property
    def effect(self) -> Effect:
        return Effect(self.change, self.appears, self.goes, self.due, self.look, tuple(self.examples))
