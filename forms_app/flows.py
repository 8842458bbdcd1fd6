"""Duties that have an order, as steps: what is ready, what is missing, and who holds it.

Nothing is kept here. Each flow is a view over the items, events, consents and decisions that exist; the items' own `needs` keep the order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .checklists import Checklist, Entry, Occurrence, Status, agency_of, missing_before
from .consents import Purpose, current
from .exam_supports import ExamDecision, by_session
from .handbook.words import day_words

# The items of each flow in their order. An item that the handbook has no more is left out.
REFERRAL = ("file-review.referral", "referral.prepare-form", "referral.prepare-documents", "referral.consent", "referral.submit")
DESIGNATION = ("designation.discuss", "designation.send-documents")
REPORT = ("records.file-report", "records.forward-report")
AGENCY = ("liaise.consent", "liaise.exchange")
EXAMS = ("exams.consider", "exams.psychologist")
CURRENCY = ("designation.initial-documents", "designation.keep-current-d", "designation.keep-current-h", "designation.keep-current")


@dataclass(frozen=True)
class Step:
    """`state` is done, ready, missing or waiting; `holder` says whose turn it is, in words; `entry` where an item stands behind it."""

    title: str
    state: str
    says: str
    holder: str
    entry: Entry | None = None
    ask: str = ""  # "consent", "answer" or "exams": what the page offers instead of an item


@dataclass(frozen=True)
class Flow:
    """One run of steps. `occurrence` is the event that began it, None for what is due every year."""

    kind: str
    title: str
    detail: str
    steps: tuple[Step, ...]
    occurrence: Occurrence | None = None

    @property
    def finished(self) -> bool:
        return all(step.state == "done" for step in self.steps)

    @property
    def words(self) -> str:
        """`2 of 5 steps done; next: …`."""
        done = sum(1 for step in self.steps if step.state == "done")
        following = next((step for step in self.steps if step.state != "done"), None)
        return f"{done} of {len(self.steps)} steps done" + (f"; next: {following.title}" if following else "")


def flows(checklist: Checklist, titles: dict[str, str], decisions: Sequence[ExamDecision] = ()) -> tuple[Flow, ...]:
    """Every flow of this student this school year; `titles` gives the title of each kind of event."""
    found: list[Flow] = []
    for kind, event, items in (
        ("referral", "referral", REFERRAL),
        ("designation", "designation-request", DESIGNATION),
        ("report", "confidential-report", REPORT),
        ("agency", "outside-agency", AGENCY),
    ):
        for one in checklist.occurrences:
            if one.event != event:
                continue
            steps = list(_steps(checklist, items, one))
            if kind == "referral":
                steps = [*_consent_step(checklist, steps, one), _answer(checklist, one)]
            found.append(Flow(kind, titles.get(event, event), one.detail, tuple(steps), one))
    found += _exams(checklist, decisions)
    found += _currency(checklist)
    return tuple(flow for flow in found if flow.steps)


def _steps(checklist: Checklist, items: Iterable[str], occurrence: Occurrence | None) -> Iterable[Step]:
    for item in items:
        key = f"{item}@{occurrence.id}" if occurrence else item
        entry = checklist.by_key.get(key)
        if entry is not None:
            yield step(entry, checklist)


def step(entry: Entry, checklist: Checklist) -> Step:
    """Where one item stands: done, waiting for somebody, not ready because of an earlier step, or ready."""
    title, mark = entry.item.title, entry.mark
    if entry.status in (Status.DONE, Status.NOT_NEEDED):
        day = f", {day_words(mark.on)}" if mark and mark.on else ""
        return Step(title, "done", ("Done" if entry.status is Status.DONE else "Not needed") + day, "", entry)
    if entry.status is Status.WAITING and mark:
        return Step(
            title, "waiting", f"Waiting since {day_words(mark.on)}" if mark.on else "Waiting", mark.facts.get("waiting for", ""), entry
        )
    before = missing_before(entry, checklist)
    if before:
        return Step(title, "missing", f"Not yet: first “{before[0].item.title}”", "The case manager", entry)
    if entry.item.consent and not _agreed(checklist, entry):
        return Step(title, "missing", "Not yet: no current consent is on record", "The parent, who signs", entry, "consent")
    return Step(title, "ready", "Partly done" if entry.partly else "Ready to do", _holder(entry, checklist), entry)


def _agreed(checklist: Checklist, entry: Entry, day: dt.date | None = None) -> bool:
    allowed = any((one.key, one.year) == (entry.key, checklist.year.start) for one in checklist.overrides)
    return allowed or current(checklist.consents, Purpose(entry.item.consent), agency_of(entry), day or checklist.today) is not None


def _holder(entry: Entry, checklist: Checklist) -> str:
    if any(one.holds_on(checklist.today) and one.key == entry.key for one in checklist.student.delegations):
        return "A colleague, to whom it was given"
    return "The parent, who signs" if entry.item.obtains else "The case manager"


def _consent_step(checklist: Checklist, steps: Sequence[Step], occurrence: Occurrence) -> list[Step]:
    """The signature is one step for people: the item, and the consent on record that names the day and the place of the form."""
    shown = []
    for one in steps:
        entry = one.entry
        if entry and entry.item.obtains and one.state == "done" and entry.status is Status.DONE:
            consent = current(checklist.consents, Purpose(entry.item.obtains), "", checklist.today)
            if consent is None:
                one = Step(
                    one.title, "missing", "Marked as signed, but no current consent is on record", "The case manager", entry, "consent"
                )
        shown.append(one)
    return shown


def _answer(checklist: Checklist, occurrence: Occurrence) -> Step:
    """The source has no item for the answer; whoever wants to follow it up adds one, and it is shown here."""
    title = "Student Support Services answers"
    added = next((entry for entry in checklist.entries if entry.follows and entry.follows.id == occurrence.id), None)
    sent = checklist.by_key.get(f"referral.submit@{occurrence.id}")
    if added:
        found = step(added, checklist)
        return Step(f"{title}: {added.item.title}", found.state, found.says, found.holder or "Student Support Services", added)
    if sent and sent.status is Status.DONE:
        return Step(title, "waiting", "Nothing is recorded yet", "Student Support Services", None, "answer")
    return Step(title, "missing", "Not yet: the referral has not gone out", "The case manager")


def _exams(checklist: Checklist, decisions: Sequence[ExamDecision]) -> Iterable[Flow]:
    considered = checklist.by_key.get("exams.consider")
    if considered is None:
        return
    steps = list(_steps(checklist, EXAMS[:1], None))
    for one in checklist.occurrences:
        if one.event == "exam-supports":
            steps += _steps(checklist, EXAMS[1:], one)
    newest = by_session(decisions)
    for group in newest:
        decision = group.decision
        points = decision.open_points
        says = f"{decision.words}. Still open: {'; '.join(points)}" if points else decision.words
        steps.append(
            Step(
                f"Decision for {decision.session}",
                "missing" if points else "done",
                says,
                "The case manager and the school-based team" if points else "",
                None,
                "exams",
            )
        )
    if not newest:
        steps.append(
            Step(
                "Record what was decided for the session",
                "ready",
                "Nothing is recorded yet",
                "The case manager and the school-based team",
                None,
                "exams",
            )
        )
    yield Flow("exams", "Exam supports, grades 10 to 12", "", tuple(steps))


def _currency(checklist: Checklist) -> Iterable[Flow]:
    steps = tuple(_steps(checklist, CURRENCY, None))
    if steps and checklist.student.category:
        yield Flow("currency", f"Documents behind category {checklist.student.category}", "", steps)
