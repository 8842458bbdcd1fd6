"""One row of a checklist as the page shows it: every word decided here, so that the template only places them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from forms_app.checklists import (
    Checklist,
    Entry,
    Mark,
    Status,
    can_set_date,
    comes_round,
    consent_missing,
    default_facts,
    entry_words,
    first_words,
    missing_before,
    progress_words,
    signature_missing,
    status_words,
)
from forms_app.deadlines import own_words, short_day
from forms_app.handbook import Handbook
from forms_app.handbook.words import day_words, done_words
from forms_app.permissions import Person
from forms_app.school_year import day_in
from forms_app.students import ACCOUNT_GONE, Delegation

RECORDED_LATE = 3  # days between what a mark is true of and its being recorded, from which on both are said
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
    look_again: bool
    no_next: bool  # done, and it comes round: the next date is to be set
    blocked: str
    recorded: str  # when it was recorded, where that was days after it was true
    last_time: str  # what was recorded, where the item has come round again
    date_label: str  # what the link to the due date says; empty where no date can be set
    dated: bool  # whether there is a day that a calendar can take
    lacking: str = ""  # which consent is missing
    allowed: str = ""  # who allowed it without a consent, why, and on which authority
    link: tuple[str, str] = ("", "")  # label and address of the page on which this is recorded instead
    given_to: str = ""  # the colleague who was given this item
    own: bool = False  # not from the handbook
    partly: bool = False
    give: bool = False  # whether the reader may give it to a colleague
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
    may_give: bool = False  # whether the reader may give items to colleagues

    def row(self, entry: Entry) -> Row:
        """Work out what the page says about one entry."""
        item, mark, registers = entry.item, entry.mark, self.book.registers
        runs = self.checklist.today in self.checklist.year
        page_url, page_title = self._page(item.page)
        overdue = entry.urgency(self.checklist.today) == "overdue"
        permitted = item.optional and entry.status is Status.TO_DO
        blocked = missing_before(entry, self.checklist)
        lacking = consent_missing(entry, self.checklist) if entry.open and item.consent else ""
        quick, ask = _action(entry, bool(blocked or lacking))
        consents = f"/students/{self.checklist.student.id}/consents?item={entry.key}"
        link = ("Record consent", consents) if entry.open and signature_missing(entry, self.checklist) else ("", "")
        return Row(
            key=entry.key,
            title=item.title,
            css="overdue" if overdue else "optional" if permitted else entry.status.value.replace(" ", "-"),
            status=entry_words(entry, registers, self._names),
            tag="May" if permitted else entry.status.value.capitalize(),
            due_short=self._due(entry),
            due_words=self._due_words(entry),
            overdue=overdue,
            strength=item.strength.label if item.source else "Not from the handbook",
            why=entry.why,
            done_means=done_words(item, registers),
            help_html=item.help_html,
            page_url=f"{page_url}#{item.id}" if item.source else page_url,
            page_title=page_title,
            guidance=tuple((registers.guidance[key].title, f"/handbook/reference/guidance.html#{key}") for key in item.guidance),
            source=item.source,
            quick=quick,
            ask=ask,
            last=mark.id if mark else "",
            undo=bool(mark and not mark.undoes and (mark.status is not Status.TO_DO or mark.days)),
            by=self._name(mark.by) if mark and entry.status is entry.said else "",
            history=tuple(
                HistoryLine(self._when(past), self._said(past, entry), self.statements.get(past.id, ())) for past in reversed(entry.marks)
            ),
            event=_event_words(entry),
            reworded=mark.wording if mark and entry.reworded else "",
            look_again=entry.look_again and runs,
            blocked=f"Needs first: {first_words(blocked)}" if blocked and entry.open else "",
            recorded=self._recorded(mark) if mark and not entry.again else "",
            last_time=f"{status_words(mark, registers)} ({self._name(mark.by)})" if mark and entry.again else "",
            date_label=_date_label(entry),
            dated=entry.open and entry.due.date is not None and runs,
            no_next=entry.lacks_next and runs,
            lacking=lacking,
            allowed=self._allowed(entry),
            link=("", "") if lacking or blocked else link,
            given_to=self._given_to(entry),
            own=not item.source,
            partly=entry.partly,
            give=self.may_give and entry.open and runs and not self._delegated(entry),
            build=entry.occurrence.id if item.built_with and entry.occurrence and entry.open else "",
        )

    def _due_words(self, entry: Entry) -> str:
        own = entry.due.own
        if entry.lacks_next:
            return "As often as the IEP says. It is done, and no next date is set"
        return own_words(entry.due, f"{self._name(own.by)} on {day_words(day_in(self.zone, own.at))}" if own else "")

    def _recorded(self, mark: Mark) -> str:
        day = day_in(self.zone, mark.at)
        late = mark.on is not None and (day - mark.on).days > RECORDED_LATE and mark.status is not Status.TO_DO
        return f"recorded {short_day(day, self.checklist.year)}" if late else ""

    def _page(self, path: str) -> tuple[str, str]:
        """The address and the title of an item's page; a district may have taken away the one that items of one's own stand under."""
        page = self.book.pages.get(path)
        return (f"/handbook/{page.url}", page.title) if page else ("/handbook/", "Other responsibilities")

    def _delegated(self, entry: Entry) -> Delegation | None:
        return next(
            (one for one in self.checklist.student.delegations if one.holds_on(self.checklist.today) and one.key == entry.key), None
        )

    def _given_to(self, entry: Entry) -> str:
        found = self._delegated(entry)
        return f"Given to {self._name(found.person)} on {day_words(found.since)}" if found else ""

    def _allowed(self, entry: Entry) -> str:
        found = [one for one in self.checklist.overrides if (one.key, one.year) == (entry.key, self.checklist.year.start)]
        if not found:
            return ""
        last = found[-1]
        when = f"{self._name(last.by)}, {day_words(day_in(self.zone, last.at))}"
        return f"Allowed without a consent ({when}): {last.reason}. Authority: {last.authority}"

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
        for title, css, found in (
            ("Overdue", "overdue", self.checklist.urgent("overdue")),
            ("Due soon", "due-soon", self.checklist.urgent("soon")),
            ("Usual time has passed", "due-soon", self.checklist.urgent("passed")),
            ("Look again", "due-soon", self.checklist.to_look_at),
        ):
            entries = [entry for entry in found if entry.key not in shown]
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
            url, title = self._page(path)
            yield Group(title, "", ", ".join(words), tuple(self.row(entry) for entry in rest), url)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {person.id: person.name for person in self.people.values()}

    def _name(self, person_id: str) -> str:
        return self.people[person_id].name if person_id in self.people else ACCOUNT_GONE

    def _when(self, mark: Mark) -> str:
        return f"{day_words(day_in(self.zone, mark.at))}, {self._name(mark.by)}"

    def _said(self, mark: Mark, entry: Entry) -> str:
        words = status_words(mark, self.book.registers, entry.item)
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


def _date_label(entry: Entry) -> str:
    if not can_set_date(entry):
        return ""
    if comes_round(entry.item):
        return "Change the next date" if entry.due.own and not entry.lacks_next else "Set the next date"
    return "Change the date" if entry.due.date else "Set a date"


def _event_words(entry: Entry) -> str:
    """What tells this occurrence from others: `hospital report, 23 Nov 2026`."""
    happened = entry.occurrence or entry.follows
    if entry.carried:
        told = [happened.detail, short_day(happened.on)] if happened and happened.event else []
        return ", ".join([*filter(None, told), f"carried over from {entry.carried}"])
    return ", ".join(part for part in (happened.detail, short_day(happened.on)) if part) if happened else ""
