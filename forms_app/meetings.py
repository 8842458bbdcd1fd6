"""The school-based team's meeting: who meets when, whom the agenda takes up and why, and in which order.

The agenda proposes students by what the records say; a person chooses. A reason is the team's own where somebody brought the student to the team or
the team decided to come back to them: then its members may read the name on the agenda. Every other reason is named only to who sees the student anyway.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from .checklists import Checklist
from .deadlines import short_day
from .handbook.words import day_words
from .permissions import Person, Role
from .plain_text import clean
from .school_calendar import SchoolCalendar
from .sheets import Decision, Follow, follow
from .students import Part, Student

LONGEST = 200  # characters of a reason, of who else was there
BEFORE_THE_TEAM = dt.timedelta(days=14)  # how long after the meeting its team still has to do with a student
FURTHEST = dt.timedelta(days=400)
LONGEST_BOX = 120  # minutes
NEW_SINCE = dt.timedelta(days=14)  # how far back an event is new where the team has not met before
MEETS = frozenset({Role.SBT_MEMBER, Role.PRINCIPAL})


class State(Enum):
    """How far a meeting is."""

    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Reason:
    """Why a student comes before the team. `own` where it is the team's own making; `chosen` where the agenda takes the student up by itself."""

    key: str
    label: str
    own: bool
    chosen: bool = True


REASONS: Mapping[str, Reason] = {
    one.key: one
    for one in (
        Reason("asked", "The team was asked", True),
        Reason("carried", "Carried over from last time", True),
        Reason("review", "The team wanted to look again", True),
        Reason("follow", "Decided by the team, not done in time", True),
        Reason("manager", "No case manager", False),
        Reason("referral", "New referral", False),
        Reason("designation", "New request for a designation", False),
        Reason("overdue", "Overdue", False, chosen=False),
        Reason("added", "Added by hand", True),
    )
}


@dataclass(frozen=True)
class Place:
    """One student on an agenda. `why` are pairs of a reason's key and what is to be said of it; `minutes` is None where nothing is suggested.

    `occurrence` is the meeting's event in the student's record (`recorded` where the agenda recorded it), `involvement` the tie that it made.
    """

    student: str
    why: tuple[tuple[str, str], ...] = ()
    occurrence: str = ""
    recorded: bool = False
    involvement: str = ""
    minutes: int | None = None
    carried: bool = False  # not reached; the next agenda takes it up


@dataclass(frozen=True)
class Meeting:
    """`members` are who is asked to come, `present` who came: ids of accounts. `others` names who else was there for the whole meeting."""

    id: str
    version: int
    school: str
    day: dt.date
    members: tuple[str, ...] = ()
    chair: str = ""
    recorder: str = ""
    minutes: int | None = None
    present: tuple[str, ...] = ()
    others: str = ""
    state: State = State.PLANNED
    reason: str = ""  # why it was cancelled
    agenda: tuple[Place, ...] = ()
    by: str = ""

    def place(self, student: str) -> Place | None:
        return next((one for one in self.agenda if one.student == student), None)

    def number(self, student: str) -> int:
        """Which one on the agenda, counted from 1."""
        return 1 + [one.student for one in self.agenda].index(student)

    @property
    def over(self) -> bool:
        return self.state in (State.ENDED, State.CANCELLED)

    @property
    def begun(self) -> bool:
        """Whether the team can decide: from when it begins, and afterwards until the minutes are finished."""
        return self.state in (State.RUNNING, State.ENDED)

    def unended(self, today: dt.date) -> bool:
        """Whether its day is past and nobody has ended it."""
        return not self.over and self.day < today

    @property
    def last_day(self) -> dt.date:
        """The last day on which its students are before the team."""
        return self.day + BEFORE_THE_TEAM

    def missed(self, person: str) -> bool:
        return self.state is State.ENDED and person in self.members and person not in self.present

    @property
    def suggested(self) -> int:
        """How long the meeting takes if everybody keeps to the suggestion, in minutes; 0 where none is made."""
        return sum(one.minutes if one.minutes is not None else self.minutes or 0 for one in self.agenda if not one.carried)

    @property
    def suggested_words(self) -> str:
        hours, minutes = divmod(self.suggested, 60)
        parts = [f"{hours} hour{'s' if hours != 1 else ''}"] * bool(hours) + [f"{minutes} minute{'s' if minutes != 1 else ''}"] * bool(
            minutes
        )
        return " ".join(parts)


class MeetingRefused(ValueError):
    """A meeting that cannot be. `errors` gives the sentence for each field of the form; `ask` where confirming it is enough."""

    def __init__(self, errors: Mapping[str, str], ask: bool = False) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors, self.ask = dict(errors), ask


def check_meeting(
    new: Meeting, others: Iterable[Meeting], people: Mapping[str, Person], calendar: SchoolCalendar, today: dt.date, confirmed: bool
) -> Meeting:
    """The meeting with its texts cleaned. `others` are the school's. Raises MeetingRefused with a sentence for each field."""
    errors = _wrong_people(new, people)
    try:
        cleaned = clean(new.others, LONGEST)
    except ValueError as error:
        errors["others"] = str(error)
        cleaned = ""
    if new.minutes is not None and not 0 <= new.minutes <= LONGEST_BOX:
        errors["minutes"] = f"Enter a number of minutes from 1 to {LONGEST_BOX}, or leave it empty."
    before = next((one for one in others if one.id == new.id), None)
    if before is None or before.day != new.day:
        if new.day < today:
            errors["day"] = f"{day_words(new.day)} is in the past. Enter today or a later day."
        elif new.day - today > FURTHEST:
            errors["day"] = f"{day_words(new.day)} is more than a year away. Check the year."
    if errors:
        raise MeetingRefused(errors)
    doubts = _doubts(new, others, calendar)
    if doubts and not confirmed and (before is None or before.day != new.day):
        raise MeetingRefused({"day": f"{doubts} Choose another day, or confirm this one."}, ask=True)
    return replace(new, others=cleaned)


def _wrong_people(new: Meeting, people: Mapping[str, Person]) -> dict[str, str]:
    errors = {}
    if not new.members:
        errors["members"] = "Choose who is asked to come."
    elif not all(one in people and can_come(people[one], new.school) for one in new.members):
        errors["members"] = "Choose from the people shown: the team's members and the principal of the school."
    for name, one in (("chair", new.chair), ("recorder", new.recorder)):
        if one and one not in new.members:
            errors[name] = "Choose somebody who is asked to come."
    return errors


def _doubts(new: Meeting, others: Iterable[Meeting], calendar: SchoolCalendar) -> str:
    if not calendar.is_school_day(new.day):
        names = ", ".join(one.name for one in calendar.entries_on(new.day))
        weekend = "a weekend" if new.day.weekday() >= 5 else "a day without school"
        return f"{day_words(new.day)} is {names or weekend}: there is no school."
    if any(one.day == new.day and one.id != new.id and one.state is not State.CANCELLED for one in others):
        return f"The team has a meeting on {day_words(new.day)} already."
    return ""


def can_come(person: Person, school: str) -> bool:
    """Whether somebody belongs to the team of a school: its members, and the principal."""
    return bool(person.roles_at(school) & MEETS)


def check_reason(text: str) -> str:
    """Why a meeting is cancelled, cleaned. Raises MeetingRefused."""
    try:
        text = clean(text, LONGEST)
    except ValueError as error:
        raise MeetingRefused({"reason": str(error)}) from None
    if not text:
        raise MeetingRefused({"reason": "Say why, in a few words. The people who were to come will read it."})
    return text


def check_can_start(meeting: Meeting, today: dt.date) -> None:
    """Raises MeetingRefused where the meeting's day is still to come: its minutes would be dated on a day on which nobody met."""
    if meeting.day > today:
        raise MeetingRefused(
            {"start": f"This meeting is on {day_words(meeting.day)}. Until then the students are prepared; change the day if you meet now."}
        )


def can_start(meeting: Meeting, today: dt.date) -> bool:
    return meeting.day <= today


# The agenda


@dataclass(frozen=True)
class Known:
    """What the agenda knows of one student: the checklist, what the team decided and when it wants to look again, and whether it did not get to them."""

    checklist: Checklist
    decisions: tuple[Decision, ...] = ()
    review: dt.date | None = None  # the day that the last sheet names, while the team has not met about the student since
    carried: bool = False
    final: frozenset[str] = frozenset()  # the meetings whose minutes are finished
    written: frozenset[str] = frozenset()  # the meetings for which something is written

    @property
    def student(self) -> Student:
        return self.checklist.student


@dataclass(frozen=True)
class Proposal:
    """A student for the agenda, and why: the keys of REASONS with words."""

    student: Student
    why: tuple[tuple[str, str], ...]

    @property
    def own(self) -> bool:
        """Whether the team itself, or somebody who turned to it, wants the student on the agenda."""
        return any(REASONS[key].own for key, _ in self.why)

    @property
    def chosen(self) -> bool:
        return any(REASONS[key].chosen for key, _ in self.why)

    @property
    def first(self) -> int:
        return min(list(REASONS).index(key) for key, _ in self.why)


def propose(known: Iterable[Known], day: dt.date, since: dt.date) -> list[Proposal]:
    """Who needs the team on `day`, the strongest reason first. `since` is when the team met last: what happened later is new."""
    found = [Proposal(one.student, why) for one in known if (why := tuple(_why(one, day, since)))]
    return sorted(found, key=lambda one: (one.first, -len(one.why), one.student.sort_name, one.student.id))


def _why(one: Known, day: dt.date, since: dt.date) -> Iterable[tuple[str, str]]:
    checklist, student = one.checklist, one.student
    today = checklist.today
    for part in student.involvements:
        if part.part is Part.SBT and part.school == student.school and not part.over_on(today) and part.reason != FROM_AGENDA:
            yield "asked", part.reason
    if one.carried:
        yield "carried", ""
    if one.review and one.review <= day:
        yield "review", f"meant for {short_day(one.review)}"
    for decision in one.decisions:
        followed = follow(decision, checklist)
        if followed.state == "overdue":
            yield "follow", f"{decision.says}: {followed.words}"
    if not student.case_manager_on(today):
        yield "manager", ""
    for event, key in (("referral", "referral"), ("designation-request", "designation")):
        for happened in checklist.occurrences:
            if happened.event == event and not happened.withdrawn and since < happened.on <= today:
                yield key, f"{happened.detail}, {short_day(happened.on)}" if happened.detail else short_day(happened.on)
    overdue = checklist.urgent("overdue")
    if overdue:
        yield "overdue", f"{len(overdue)} item{'s' if len(overdue) != 1 else ''}"


FROM_AGENDA = "On the agenda of the school-based team's meeting"  # the reason of a tie that the agenda made


def words_of(why: Iterable[tuple[str, str]]) -> list[str]:
    """`New referral: School Psychology, 20 Nov`."""
    return [f"{REASONS[key].label}: {said}" if said else REASONS[key].label for key, said in why if key in REASONS]


def named_to(proposal: Proposal, sees: bool) -> bool:
    """Whether a member of the team may read this proposal's name."""
    return sees or proposal.own


def moved(agenda: Sequence[Place], student: str, by: int) -> tuple[Place, ...]:
    """The agenda with one student further up (`by` negative) or down; at an end they stay there."""
    order = list(agenda)
    place = next((number for number, one in enumerate(order) if one.student == student), None)
    if place is None:
        return tuple(order)
    one = order.pop(place)
    order.insert(max(0, min(len(order), place + by)), one)
    return tuple(order)


def neighbours(agenda: Sequence[Place], student: str) -> tuple[Sequence[str], Sequence[str]]:
    """Who comes before, the nearest first, and who comes after; who was not reached is passed over."""
    order = [one.student for one in agenda if not one.carried or one.student == student]
    place = order.index(student)
    return order[:place][::-1], order[place + 1 :]


def carried_over(meetings: Iterable[Meeting], discussed: Mapping[str, frozenset[str]], today: dt.date) -> frozenset[str]:
    """Who was on the agenda of an earlier meeting, was not reached, and stands on no later one. `discussed` holds by student the meetings with a sheet.

    A meeting that nobody ended counts as over when its students are no longer before the team.
    """
    last: dict[str, tuple[Meeting, Place]] = {}
    for meeting in sorted(meetings, key=lambda one: (one.day, one.id)):
        for place in meeting.agenda:
            last[place.student] = (meeting, place)
    return frozenset(
        student
        for student, (meeting, place) in last.items()
        if meeting.id not in discussed.get(student, frozenset())
        and (place.carried or meeting.state is State.CANCELLED or (not meeting.over and meeting.last_day < today))
    )


# Afterwards


@dataclass(frozen=True)
class Line:
    """One decision in the recap: of whom, what, whose, by when, and what has become of it."""

    student: Student
    decision: Decision
    owner: str
    followed: Follow

    def concerns(self, person: str, today: dt.date) -> bool:
        """Whether it is this person's: the owner, or the case manager where no other was named."""
        return (self.decision.owner or self.student.case_manager_on(today)) == person


def recap(decisions: Iterable[Decision], checklist: Checklist, names: Mapping[str, str]) -> list[Line]:
    """The decisions of one student as the recap shows them."""
    manager = names.get(checklist.student.case_manager_on(checklist.today), "Nobody yet")
    return [
        Line(checklist.student, one, names.get(one.owner, manager) if one.kind.has_owner else "", follow(one, checklist))
        for one in decisions
    ]
