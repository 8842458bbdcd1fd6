"""Handing a student over: who can take over, what the next case manager is told, and who answers.

The packet is derived from the record when it is shown; only what the giver adds is kept. Access moves when the receiver accepts, and not before.
A rule that refuses comes as a pair: `check_can_…` raises with the sentence that the person reads, `can_…` answers yes or no.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .checklists import Checklist, Entry, Mark, Status, entry_words, status_words
from .deadlines import short_day
from .exam_supports import ExamDecision, by_session
from .handbook import Handbook
from .permissions import Person, can_be_case_manager_at
from .plain_text import clean
from .students import Handover, Student

LONGEST = 200  # characters
ACCEPTED, SENT_BACK, TAKEN_BACK, LAPSED = "accepted", "sent back", "taken back", "lapsed"
# What I would want to know: asked of the giver, each with a short answer.
PROMPTS: Mapping[str, str] = {
    "first": "What comes up first, and when?",
    "speak with": "Whom would you speak with first?",
    "promised": "What has been promised to the family or the student?",
}


class HandoverRefused(ValueError):
    """A handover that cannot be. `errors` gives the sentence for each field: `who`, `reason`, or the name of a prompt."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def check_can_hand_over(student: Student, receiver: Person | None, by: Person, today: dt.date) -> None:
    """Raises HandoverRefused when `by` cannot offer this student to `receiver`."""
    giver, waiting = student.case_manager_on(today), student.handover_on(today)
    sentence = ""
    if student.state != "open":
        sentence = "This record is closed. There is nobody to hand over."
    elif not giver:
        sentence = "This student has no case manager, so nobody can hand over. The principal names one under Details."
    elif waiting:
        sentence = "This student is being handed over already. Take that back first."
    elif receiver is None:
        sentence = "Choose who takes over."
    elif receiver.id == giver:
        sentence = (
            "You are the case manager yourself. Choose a colleague."
            if by.id == giver
            else f"{receiver.name} is the case manager already. Choose somebody else."
        )
    elif not can_be_case_manager_at(receiver, student.school):
        sentence = f"{receiver.name} has no role at this student's school that can be case manager. A system administrator gives roles."
    if sentence:
        raise HandoverRefused({"who": sentence})


def can_hand_over(student: Student, receiver: Person, by: Person, today: dt.date) -> bool:
    try:
        check_can_hand_over(student, receiver, by, today)
    except HandoverRefused:
        return False
    return True


def check_told(told: Mapping[str, str]) -> dict[str, str]:
    """What the giver adds, cleaned; what is empty is left out. Raises HandoverRefused with a sentence for each prompt."""
    kept, errors = dict[str, str](), dict[str, str]()
    for prompt in PROMPTS:
        try:
            kept[prompt] = clean(told.get(prompt, ""), LONGEST)
        except ValueError as error:
            errors[prompt] = str(error)
    if errors:
        raise HandoverRefused(errors)
    return {prompt: answer for prompt, answer in kept.items() if answer}


def check_can_answer(student: Student, handover: str, person: Person, today: dt.date) -> Handover:
    """The handover that `person` answers. Raises HandoverRefused when it waits no more, or was never theirs."""
    waiting = student.handover_on(today)
    if waiting is None or waiting.id != handover:
        raise HandoverRefused({"who": "This handover has been answered or taken back in the meantime. Nothing was changed."})
    if waiting.receiver != person.id:
        raise HandoverRefused({"who": "Only the person who is to take over can answer this."})
    if not can_be_case_manager_at(person, student.school):
        raise HandoverRefused({"who": "You have no role at this student's school that can be case manager any more. Send it back."})
    return waiting


def can_answer(student: Student, handover: str, person: Person, today: dt.date) -> bool:
    try:
        check_can_answer(student, handover, person, today)
    except HandoverRefused:
        return False
    return True


def check_reason(text: str) -> str:
    """Why it is sent back, cleaned. Raises HandoverRefused."""
    try:
        reason = clean(text, LONGEST)
    except ValueError as error:
        raise HandoverRefused({"reason": str(error)}) from None
    if not reason:
        raise HandoverRefused({"reason": "Say why you send it back. Your colleague and the principal read it."})
    return reason


@dataclass(frozen=True)
class Line:
    """One line of a packet: what it is, and when or how it stands."""

    what: str
    says: str


@dataclass(frozen=True)
class Packet:
    """What the next case manager is told. It holds no PEN, no legal name, no category and no mark that is done with."""

    overdue: tuple[Line, ...]
    soon: tuple[Line, ...]
    waiting: tuple[Line, ...]
    later: tuple[Line, ...]
    ahead: tuple[Line, ...]
    happened: tuple[Line, ...]
    decided: tuple[Line, ...]
    agreed: tuple[Line, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to settle before handing over, in words; empty when nothing is open that should not be."""
        found = []
        if self.overdue:
            found.append(f"{_items(len(self.overdue))} overdue")
        if self.waiting:
            found.append(f"{_items(len(self.waiting))} waiting for somebody")
        return tuple(found)


def _items(count: int) -> str:
    return f"{count} item{'s are' if count != 1 else ' is'}"


def open_words(checklists: Iterable[Checklist]) -> str:
    """What to settle before several students are handed over, in words: `3 items are overdue, 1 item is waiting for somebody`."""
    entries = [(one, entry) for one in checklists for entry in one.open_entries]
    overdue = sum(1 for one, entry in entries if entry.urgency(one.today) == "overdue")
    waiting = sum(1 for _, entry in entries if entry.status is Status.WAITING)
    said = ((overdue, "overdue"), (waiting, "waiting for somebody"))
    return ", ".join(f"{_items(count)} {words}" for count, words in said if count)


def packet(
    checklist: Checklist,
    book: Handbook,
    agreed: Sequence[Line] = (),
    decisions: Sequence[ExamDecision] = (),
    names: Mapping[str, str] | None = None,
) -> Packet:
    """Derive the packet. `agreed` are the consents that hold, with their ends; `names` of people by id."""
    today, registers = checklist.today, book.registers
    open_entries = checklist.open_entries
    waiting = [entry for entry in open_entries if entry.status is Status.WAITING]
    to_do = [entry for entry in open_entries if entry.status is Status.TO_DO]
    soon = [entry for entry in to_do if entry.urgency(today) in ("soon", "passed")]
    events = [(one, registers.events[one.event].title) for one in checklist.occurrences if one.event in registers.events]
    return Packet(
        overdue=tuple(_line(entry, entry.due.short_on(today)) for entry in checklist.urgent("overdue")),
        soon=tuple(_line(entry, entry.due.short_on(today)) for entry in soon),
        waiting=tuple(_line(entry, entry_words(entry, registers, names or {})) for entry in waiting),
        later=tuple(_line(entry, entry.due.short_on(today)) for entry in to_do if entry.urgency(today) == "later"),
        ahead=tuple(Line(_named(title, one.detail), short_day(one.on)) for one, title in events if one.on >= today),
        happened=tuple(Line(_named(title, one.detail), short_day(one.on)) for one, title in reversed(events) if one.on < today),
        decided=(*_exams(decisions), *_decided(checklist, book)),
        agreed=tuple(agreed),
    )


def _line(entry: Entry, says: str) -> Line:
    return Line(_named(entry.item.title, entry.occurrence.detail if entry.occurrence else ""), says)


def _named(title: str, detail: str) -> str:
    return f"{title} ({detail})" if detail else title


def _exams(decisions: Sequence[ExamDecision]) -> Sequence[Line]:
    """For each session what was decided last on exam supports, and what of it is still open."""
    return [Line(f"Exam supports, {one.decision.session}", one.decision.summary) for one in reversed(by_session(decisions))]


def _decided(checklist: Checklist, book: Handbook) -> Sequence[Line]:
    """What was decided this school year, newest first."""
    found: list[tuple[Mark, Entry]] = [
        (entry.mark, entry) for entry in checklist.entries if entry.mark and entry.status is Status.DONE and "decision" in entry.mark.facts
    ]
    found.sort(key=lambda pair: pair[0].on or dt.date.min, reverse=True)
    return [_line(entry, status_words(mark, book.registers)) for mark, entry in found]
