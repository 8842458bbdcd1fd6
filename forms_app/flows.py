"""Duties that have an order, as steps: what is ready, what is missing, and who holds it.

Nothing is kept here. Each flow is a view over the items, events, consents and decisions that exist; the items' own `needs` keep the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .checklists import Checklist, Entry, Occurrence, Status, consent_missing, first_words, missing_before, signature_missing
from .exam_supports import ExamDecision, by_session
from .handbook.words import day_words
from .students import ACCOUNT_GONE

# The items of each flow in their order. An item that the handbook has no more is left out.
REFERRAL = ("file-review.referral", "referral.prepare-form", "referral.prepare-documents", "referral.consent", "referral.submit")
DESIGNATION = ("designation.discuss", "designation.send-documents")
REPORT = ("records.file-report", "records.forward-report")
AGENCY = ("liaise.consent", "liaise.exchange")
EXAMS = ("exams.consider", "exams.psychologist")
CURRENCY = ("designation.initial-documents", "designation.keep-current-d", "designation.keep-current-h", "designation.keep-current")


@dataclass(frozen=True)
class Step:
    """`state` is done, ready, missing or waiting; `holder` says who has it, in words; `due` says when; `entry` where an item stands behind it."""

    title: str
    state: str
    says: str
    holder: str
    entry: Entry | None = None
    ask: str = ""  # "consent", "answer" or "exams": what the page offers instead of an item
    due: str = ""


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


Names = Mapping[str, str]  # of people, by id


def flows(checklist: Checklist, titles: Mapping[str, str], decisions: Sequence[ExamDecision], names: Names) -> tuple[Flow, ...]:
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
            steps = list(_steps(checklist, items, one, names))
            if kind == "referral":
                steps.append(_answer(checklist, one, names))
            found.append(Flow(kind, titles.get(event, event), one.detail, tuple(steps), one))
    found += _exams(checklist, decisions, names)
    found += _currency(checklist, names)
    return tuple(flow for flow in found if flow.steps)


def _steps(checklist: Checklist, items: Iterable[str], occurrence: Occurrence | None, names: Names) -> Iterable[Step]:
    for item in items:
        key = f"{item}@{occurrence.id}" if occurrence else item
        entry = checklist.by_key.get(key)
        if entry is not None:
            yield step(entry, checklist, names)


def step(entry: Entry, checklist: Checklist, names: Names) -> Step:
    """Where one item stands: done, waiting for somebody, not ready because of an earlier step, or ready."""
    title, mark, due = entry.item.title, entry.mark, _due(entry)
    if entry.status in (Status.DONE, Status.NOT_NEEDED):
        if entry.status is Status.DONE and signature_missing(entry, checklist):
            said = "Marked as signed, but no current consent is on record"
            return Step(title, "missing", said, _manager(checklist, names), entry, "consent", due)
        day = f", {day_words(mark.on)}" if mark and mark.on else ""
        return Step(title, "done", ("Done" if entry.status is Status.DONE else "Not needed") + day, "", entry)
    if entry.said is Status.WAITING and mark:
        since = f"Waiting since {day_words(mark.on)}" if mark.on else "Waiting"
        return Step(title, "waiting", since, mark.facts.get("waiting for", ""), entry, due=due)
    before = missing_before(entry, checklist)
    if before:
        return Step(title, "missing", f"Not yet: first {first_words(before)}", _holder(before[0], checklist, names), entry, due=due)
    if entry.item.consent and consent_missing(entry, checklist):
        return Step(title, "missing", "Not yet: no current consent is on record", "the parent, who signs", entry, "consent", due)
    if entry.held:
        return Step(title, "waiting", f"Given away on {day_words(entry.held.since)}", _holder(entry, checklist, names), entry, due=due)
    return Step(title, "ready", "Partly done" if entry.partly else "Ready to do", _holder(entry, checklist, names), entry, due=due)


def _due(entry: Entry) -> str:
    """When it is due, where anything says so."""
    return entry.due.words.replace("About: ", "about ", 1) if entry.open and (entry.item.due or entry.due.date) else ""


def _manager(checklist: Checklist, names: Names) -> str:
    person = checklist.student.case_manager_on(checklist.today)
    return f"{names.get(person, ACCOUNT_GONE)}, case manager" if person else "nobody: the student has no case manager"


def _holder(entry: Entry, checklist: Checklist, names: Names) -> str:
    if entry.held:
        return f"{names.get(entry.held.person, ACCOUNT_GONE)}, to whom it was given"
    return "the parent, who signs" if entry.item.obtains else _manager(checklist, names)


def _answer(checklist: Checklist, occurrence: Occurrence, names: Names) -> Step:
    """The source has no item for the answer; whoever wants to follow it up adds one, and it is shown here."""
    title, office = "Student Support Services answers", "Student Support Services"
    added = next((entry for entry in checklist.entries if entry.follows and entry.follows.id == occurrence.id), None)
    sent = checklist.by_key.get(f"referral.submit@{occurrence.id}")
    if added:
        found = step(added, checklist, names)
        follows = f"{office}; {found.holder} follows it up" if found.state != "done" else ""
        return replace(found, title=f"{title}: {added.item.title}", holder=follows)
    if sent and sent.status is Status.DONE and sent.mark and sent.mark.on:
        return Step(title, "waiting", f"Sent on {day_words(sent.mark.on)}. No answer is recorded yet", office, None, "answer")
    return Step(title, "missing", "Not yet: the referral has not gone out", _manager(checklist, names))


def _exams(checklist: Checklist, decisions: Sequence[ExamDecision], names: Names) -> Iterable[Flow]:
    considered = checklist.by_key.get("exams.consider")
    if considered is None:
        return
    steps = list(_steps(checklist, EXAMS[:1], None, names))
    for one in checklist.occurrences:
        if one.event == "exam-supports":
            steps += _steps(checklist, EXAMS[1:], one, names)
    newest, team = by_session(decisions), f"{_manager(checklist, names)}, and the school-based team"
    for group in newest:
        decision = group.decision
        points = decision.open_points
        says = f"{decision.words}. Still open: {'; '.join(points)}" if points else decision.words
        steps.append(
            Step(
                f"Decision for {decision.session}",
                "missing" if points else "done",
                says,
                team if points else "",
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
                team,
                None,
                "exams",
            )
        )
    yield Flow("exams", "Exam supports, grades 10 to 12", "", tuple(steps))


def _currency(checklist: Checklist, names: Names) -> Iterable[Flow]:
    steps = tuple(_steps(checklist, CURRENCY, None, names))
    if steps and checklist.student.category:
        yield Flow("currency", f"Documents behind category {checklist.student.category}", "", steps)
