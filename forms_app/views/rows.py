"""One row of a checklist as the page shows it: every word decided here, so that the template only places them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forms_app.checklists import Checklist, Entry, Mark, Status, default_facts, missing_before, progress_words, status_words
from forms_app.deadlines import short_day
from forms_app.handbook import Handbook
from forms_app.handbook.words import day_words, done_words
from forms_app.permissions import Person
from forms_app.school_year import day_in

LABELS = {"filed in": "Mark filed", "sent to": "Mark sent", "signed by": "Mark signed"}


@dataclass(frozen=True)
class HistoryLine:
    """One earlier mark: when and by whom, and what it said."""

    when: str
    said: str
    statements: tuple[str, ...] = ()  # requests for correction and annotations about this mark


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
    build: str = ""  # the occurrence for which the app builds what the item asks


@dataclass(frozen=True)
class Group:
    """Rows under one heading, with their count in words."""

    title: str
    css: str
    count: str
    rows: tuple[Row, ...]
    page_url: str = ""


@dataclass(frozen=True)
class Rows:
    """What all rows of one checklist share; `zone` is the time in which people read when something was recorded."""

    checklist: Checklist
    book: Handbook
    people: Mapping[str, Person]
    zone: str
    statements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by the id of the mark that they are about

    def row(self, entry: Entry) -> Row:
        """Work out what the page says about one entry."""
        item, mark, registers = entry.item, entry.mark, self.book.registers
        page = self.book.pages[item.page]
        overdue = entry.urgency(self.checklist.today) == "overdue"
        permitted = item.optional and entry.status is Status.TO_DO
        blocked = missing_before(entry, self.checklist)
        quick, ask = _action(entry, bool(blocked))
        return Row(
            key=entry.key,
            title=item.title,
            css="overdue" if overdue else "optional" if permitted else entry.status.value.replace(" ", "-"),
            status=status_words(mark, registers),
            tag="May" if permitted else entry.status.value.capitalize(),
            due_short=self._due(entry),
            due_words=entry.due.words,
            overdue=overdue,
            strength=item.strength.label,
            why=entry.why,
            done_means=done_words(item, registers),
            help_html=item.help_html,
            page_url=f"/handbook/{page.url}#{item.id}",
            page_title=page.title,
            guidance=tuple((registers.guidance[key].title, f"/handbook/reference/guidance.html#{key}") for key in item.guidance),
            source=item.source,
            quick=quick,
            ask=ask,
            last=mark.id if mark else "",
            undo=bool(mark and not mark.undoes and mark.status is not Status.TO_DO),
            by=self._name(mark.by) if mark else "",
            history=tuple(
                HistoryLine(self._when(past), self._said(past), self.statements.get(past.id, ())) for past in reversed(entry.marks)
            ),
            event=_event_words(entry),
            reworded=mark.wording if mark and entry.reworded else "",
            blocked=f"Needs first: {blocked[0].item.title}" if blocked and entry.open else "",
            build=entry.occurrence.id if item.built_with and entry.occurrence and entry.open else "",
        )

    def _due(self, entry: Entry) -> str:
        """When it is due, for the list; what waits for somebody else is not called overdue."""
        if not entry.open:
            return ""
        if entry.status is Status.WAITING and entry.due.overdue_on(self.checklist.today):
            return f"was due {entry.due.short}"
        return entry.due.short_on(self.checklist.today)

    def groups(self) -> tuple[list[Group], list[Group]]:
        """The urgent groups, which stand open, and the rest by responsibility, folded. Each entry stands in one place."""
        urgent, shown = [], set[str]()
        for urgency, title, css in (
            ("overdue", "Overdue", "overdue"),
            ("soon", "Due soon", "due-soon"),
            ("passed", "Usual time has passed", "due-soon"),
        ):
            entries = self.checklist.urgent(urgency)
            shown |= {entry.key for entry in entries}
            if entries:
                count = f"{len(entries)} item{'s' if len(entries) != 1 else ''}"
                urgent.append(Group(title, css, count, tuple(self.row(entry) for entry in entries)))
        return urgent, list(self._by_responsibility(shown))

    def _by_responsibility(self, shown: set[str]) -> Iterable[Group]:
        pages: dict[str, list[Entry]] = {}
        for entry in self.checklist.entries:
            pages.setdefault(entry.item.page, []).append(entry)
        for path, entries in pages.items():
            rest = [entry for entry in entries if entry.key not in shown]
            above = len(entries) - len(rest)
            words = [f"{above} above"] if above else []
            if rest:
                words.append(progress_words(rest))
            page = self.book.pages[path]
            yield Group(page.title, "", ", ".join(words), tuple(self.row(entry) for entry in rest), f"/handbook/{page.url}")

    def _name(self, person_id: str) -> str:
        return self.people[person_id].name if person_id in self.people else "somebody whose account is gone"

    def _when(self, mark: Mark) -> str:
        return f"{day_words(day_in(self.zone, mark.at))}, {self._name(mark.by)}"

    def _said(self, mark: Mark) -> str:
        words = status_words(mark, self.book.registers)
        return f"Undone, back to: {words}" if mark.undoes else words


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
