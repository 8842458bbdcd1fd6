"""One row of a checklist as the page shows it: every word decided here, so that the template only places them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forms_app.checklists import Checklist, Entry, Mark, Status, default_facts, missing_before, progress_words, status_words
from forms_app.deadlines import short_day
from forms_app.handbook import Handbook
from forms_app.handbook.words import day_words, done_words, due_words, opens_words
from forms_app.permissions import Person

LABELS = {"filed in": "Mark filed", "sent to": "Mark sent", "signed by": "Mark signed"}


@dataclass(frozen=True)
class HistoryLine:
    """One earlier mark: when and by whom, and what it said."""

    when: str
    said: str


@dataclass(frozen=True)
class Row:
    """`quick` is the label of the one-click button, empty where a person must say more; `last` is the id of the last mark."""

    key: str
    title: str
    css: str
    status: str
    tag: str
    due_short: str
    due_words: str
    overdue: bool
    strength: str
    why: str
    done_means: str
    opens: str
    help_html: str
    page_url: str
    page_title: str
    guidance: tuple[tuple[str, str], ...]
    source: tuple[str, ...]
    quick: str
    ask: str
    last: str
    undo: bool
    by: str
    history: tuple[HistoryLine, ...]
    event: str
    reworded: str
    blocked: str


def row(entry: Entry, checklist: Checklist, book: Handbook, people: Mapping[str, Person]) -> Row:
    """Work out what the page says about one entry."""
    item, mark, registers = entry.item, entry.mark, book.registers
    page = book.pages[item.page]
    urgency = entry.urgency(checklist.today)
    css = "overdue" if urgency == "overdue" else entry.status.value.replace(" ", "-")
    if item.optional and entry.status is Status.TO_DO:
        css = "optional"
    blocked = missing_before(entry, checklist)
    titles = {other.id: other.title for other in book.items.values()}
    quick, ask = _action(entry, bool(blocked))
    return Row(
        key=entry.key,
        title=item.title,
        css=css,
        status=status_words(mark, registers),
        tag="May" if item.optional and entry.status is Status.TO_DO else entry.status.value.capitalize(),
        due_short=entry.due.short_on(checklist.today) if entry.open else "",
        due_words=entry.due.words if item.due else due_words(None, registers, titles),
        overdue=urgency == "overdue",
        strength=item.strength.label,
        why=entry.why,
        done_means=done_words(item, registers),
        opens=opens_words(item.opens, registers),
        help_html=item.help_html,
        page_url=f"/handbook/{page.url}#{item.id}",
        page_title=page.title,
        guidance=tuple((registers.guidance[key].title, f"/handbook/reference/guidance.html#{key}") for key in item.guidance),
        source=item.source,
        quick=quick,
        ask=ask,
        last=mark.id if mark else "",
        undo=bool(mark and not mark.undoes and mark.status is not Status.TO_DO),
        by=_name(mark.by, people) if mark else "",
        history=tuple(HistoryLine(_when(past, people), _said(past, book)) for past in reversed(entry.marks)),
        event=_event_words(entry),
        reworded=mark.wording if mark and entry.reworded else "",
        blocked=f"Needs first: {blocked[0].item.title}" if blocked and entry.open else "",
    )


def _action(entry: Entry, blocked: bool) -> tuple[str, str]:
    """The labels of the one-click button and of the link that opens the form."""
    if not entry.open:
        return "", "Change"
    kinds = [record.kind for record in entry.item.records]
    if default_facts(entry.item) is None:
        return "", "Decide" if "decision" in kinds else "Record"
    if blocked:
        return "", "Record"
    return next((LABELS[kind] for kind in kinds if kind in LABELS), "Mark done"), "More"


def _event_words(entry: Entry) -> str:
    """What tells this occurrence from others: `hospital report, 23 Nov 2026`."""
    happened = entry.occurrence
    return ", ".join(part for part in (happened.detail, short_day(happened.on)) if part) if happened else ""


def _name(person_id: str, people: Mapping[str, Person]) -> str:
    return people[person_id].name if person_id in people else "somebody whose account is gone"


def _when(mark: Mark, people: Mapping[str, Person]) -> str:
    return f"{day_words(mark.at.date())}, {_name(mark.by, people)}"


def _said(mark: Mark, book: Handbook) -> str:
    words = status_words(mark, book.registers)
    return f"Undone, back to: {words}" if mark.undoes else words


@dataclass(frozen=True)
class Group:
    """Rows under one heading, with their count in words."""

    title: str
    css: str
    count: str
    rows: tuple[Row, ...]
    page_url: str = ""
    optional: bool = False


def groups(checklist: Checklist, book: Handbook, people: Mapping[str, Person]) -> tuple[list[Group], list[Group]]:
    """The urgent groups, which stand open, and the rest by responsibility, folded. Each entry stands in one place."""
    urgent = []
    shown: set[str] = set()
    for urgency, title, css in (("overdue", "Overdue", "overdue"), ("soon", "Due soon", "due-soon")):
        entries = checklist.urgent(urgency)
        shown |= {entry.key for entry in entries}
        if entries:
            urgent.append(Group(title, css, _count(len(entries)), tuple(row(e, checklist, book, people) for e in entries)))
    return urgent, list(_by_responsibility(checklist, book, people, shown))


def _by_responsibility(checklist: Checklist, book: Handbook, people: Mapping[str, Person], shown: set[str]) -> Iterable[Group]:
    pages: dict[str, list[Entry]] = {}
    for entry in checklist.entries:
        pages.setdefault(entry.item.page, []).append(entry)
    for path, entries in pages.items():
        rest = [entry for entry in entries if entry.key not in shown]
        above = len(entries) - len(rest)
        count = progress_words(rest) if rest else ""
        words = ", ".join(part for part in (f"{above} above" if above else "", "" if count == "nothing to do" and above else count) if part)
        page = book.pages[path]
        yield Group(page.title, "", words, tuple(row(e, checklist, book, people) for e in rest), f"/handbook/{page.url}")


def _count(number: int) -> str:
    return f"{number} item{'s' if number != 1 else ''}"
