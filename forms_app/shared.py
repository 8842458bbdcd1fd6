"""What an education assistant sees of a student: the shared plan, and what was planned of their own duties. Nothing else leaves this module.

It is a list of what is allowed, not of what is hidden: a field that is added to a student or an item tomorrow does not appear here by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from .checklists import Checklist, Entry, Status
from .handbook import Handbook
from .handbook.words import day_words

PLAN = "iep.share-"
DUTIES = "assistants."


@dataclass(frozen=True)
class SharedItem:
    """One item: its title, where it stands with the day, and its place in the handbook. No reason, no person, no place of a paper."""

    title: str
    status: str
    page_url: str


@dataclass(frozen=True)
class Shared:
    """One student as an education assistant sees them."""

    id: str
    name: str
    grade: str
    school: str
    case_manager: str
    year: str
    plan: tuple[SharedItem, ...]
    duties: tuple[SharedItem, ...]


def shared(checklist: Checklist, book: Handbook, school: str, case_manager: str) -> Shared:
    """The projection; `school` and `case_manager` are names."""
    student = checklist.student
    return Shared(
        id=student.id,
        name=student.name,
        grade="ungraded" if student.grade == "SU" else student.grade.lstrip("0"),
        school=school,
        case_manager=case_manager,
        year=str(checklist.year),
        plan=tuple(_item(entry, book) for entry in checklist.entries if entry.item.id.startswith(PLAN)),
        duties=tuple(_item(entry, book) for entry in checklist.entries if entry.item.id.startswith(DUTIES)),
    )


def _item(entry: Entry, book: Handbook) -> SharedItem:
    words = {Status.TO_DO: "Not done yet", Status.WAITING: "Waiting", Status.DONE: "Done", Status.NOT_NEEDED: "Not needed"}[entry.status]
    day = f", {day_words(entry.mark.on)}" if entry.mark and entry.mark.on else ""
    page = book.pages[entry.item.page]
    return SharedItem(entry.item.title, words + day, f"/handbook/{page.url}#{entry.item.id}")
