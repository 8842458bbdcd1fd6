"""A student as the checklist needs to know one, and how each condition of the handbook is answered for them.

What cannot be known (grade `SU`, a question nobody has answered) is unknown and is asked; it is never assumed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from .handbook.conditions import Condition
from .school_year import school_year_of

GRADES = ("08", "09", "10", "11", "12", "SU")
CATEGORIES: Mapping[str, str] = {
    "A": "Physically Dependent",
    "B": "Deafblind",
    "C": "Moderate to Profound Intellectual Disability",
    "D": "Physical Disability or Chronic Health Impairment",
    "E": "Visual Impairment",
    "F": "Deaf or Hard of Hearing",
    "G": "Autism Spectrum Disorder",
    "H": "Intensive Behaviour Interventions or Serious Mental Illness",
    "K": "Mild Intellectual Disability",
    "P": "Gifted",
    "Q": "Learning Disability",
    "R": "Moderate Behaviour Support/Mental Illness",
}


class Route(Enum):
    """Why a student has a case manager; several at once are normal."""

    CODED = "coded"
    HOURS = "hours"
    CONCERN = "concern"

    @property
    def label(self) -> str:
        return {
            "coded": "Coded, on the 1701 list",
            "hours": "More than 25 hours of additional support, received or likely",
            "concern": "Of significant concern to staff, parents or administration",
        }[self.value]


class Answer(Enum):
    """An answer that may still be missing."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Assignment:
    """Who is case manager, from and to (inclusive); `until` is None while it lasts."""

    person: str
    since: dt.date
    until: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class Part(Enum):
    """What somebody besides the case manager is to a student."""

    TEAM = "team"  # named to work with the student
    COVERING = "covering"  # stands in for the case manager
    SBT = "sbt"  # the school-based team of a school discusses the student


@dataclass(frozen=True)
class Involvement:
    """One part in a student's case, from and to (inclusive). `person` is empty for the school-based team; `role` is what the person was named as.

    `ended` is the moment at which somebody ended it early: from then on it holds no more.
    """

    id: str
    part: Part
    person: str
    school: str
    since: dt.date
    until: dt.date | None = None
    role: str = ""
    reason: str = ""
    by: str = ""
    ended: dt.datetime | None = None
    ended_by: str = ""

    def holds_on(self, day: dt.date) -> bool:
        return self.ended is None and self.since <= day and (self.until is None or day <= self.until)

    def over_on(self, day: dt.date) -> bool:
        """Whether it has ended, and is not only still to come."""
        return self.ended is not None or (self.until is not None and self.until < day)


@dataclass(frozen=True)
class Handover:
    """The case manager `giver` offers the student to `receiver`, who gets the student by accepting and not before.

    `answer` is empty while it waits, and then says what became of it. `told` holds what the giver would want to know, by the name of the prompt.
    """

    id: str
    giver: str
    receiver: str
    school: str
    by: str
    at: dt.datetime
    told: Mapping[str, str]
    answer: str = ""  # "accepted" | "sent back" | "taken back" | "lapsed"
    reason: str = ""
    answered_by: str = ""
    answered: dt.datetime | None = None


@dataclass(frozen=True)
class Delegation:
    """One item is given to a colleague, who sees that item and nothing else of the student. It ends when the item is done or taken back."""

    id: str
    key: str
    person: str
    school: str
    needs: str  # what the colleague must know to do it
    since: dt.date
    by: str
    ended: dt.datetime | None = None
    ended_by: str = ""
    at: dt.datetime | None = None  # when it was recorded

    def holds_on(self, day: dt.date) -> bool:
        """It ends with the school year at the latest, as next year's item is another one; an item of the student's own goes on until it is done."""
        return self.ended is None and (self.key.startswith(OWN) or school_year_of(self.since) == school_year_of(day))


ACCOUNT_GONE = "somebody whose account is gone"  # for the name of a person who is no longer known
OWN = "own."  # begins the key of an item that was added to one student
SENT_BACK_SHOWN = 14  # days
EMERGENCY_LASTS = dt.timedelta(minutes=60)


@dataclass(frozen=True)
class Emergency:
    """A principal opened the record in an emergency, with a reason. It lasts an hour and never longer."""

    person: str
    at: dt.datetime
    reason: str

    @property
    def ends(self) -> dt.datetime:
        return self.at + EMERGENCY_LASTS

    def holds_at(self, moment: dt.datetime) -> bool:
        return self.at <= moment < self.ends


@dataclass(frozen=True)
class Student:
    """Names are as typed; either name may be empty (mononyms), not both. `school` and persons are ids."""

    id: str
    given: str
    family: str
    school: str
    grade: str
    routes: frozenset[Route]
    category: str = ""
    counts_as: str = ""  # the grade that an ungraded student counts as, once somebody has answered
    legal_name: str = ""
    pen: str = ""
    pupil_number: str = ""
    iep: Answer = Answer.UNKNOWN
    assistant: Answer = Answer.UNKNOWN
    agency: Answer = Answer.UNKNOWN
    agencies: tuple[str, ...] = ()
    leaving: Answer = Answer.UNKNOWN
    assignments: tuple[Assignment, ...] = ()
    involvements: tuple[Involvement, ...] = ()
    emergencies: tuple[Emergency, ...] = ()
    handovers: tuple[Handover, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    state: str = "open"

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    @property
    def initials(self) -> str:
        """`Q. Z.`, for somebody who needs to know which student it is and not more."""
        return " ".join(f"{part[0]}." for part in (self.given, self.family) if part)

    @property
    def sort_name(self) -> tuple[str, str]:
        return (self.family or self.given).casefold(), self.given.casefold()

    @property
    def grade_that_counts(self) -> str:
        """The grade, and for an ungraded student the one that somebody has named; empty while nobody has."""
        return self.counts_as if self.grade == "SU" else self.grade

    def case_manager_on(self, day: dt.date) -> str:
        """The id of the case manager on `day`, or an empty text."""
        return next((a.person for a in reversed(self.assignments) if a.holds_on(day)), "")

    def handover_on(self, day: dt.date) -> Handover | None:
        """The handover that waits for an answer: it counts only while who gives is still the case manager, at the same school."""
        giver = self.case_manager_on(day)
        return next(
            (one for one in reversed(self.handovers) if not one.answer and giver and (one.giver, one.school) == (giver, self.school)), None
        )

    def sent_back_on(self, day: dt.date) -> Handover | None:
        """The last handover, where the colleague sent it back within two weeks and the same person is still case manager."""
        last = self.handovers[-1] if self.handovers else None
        if last is None or last.answer != "sent back" or last.answered is None or last.giver != self.case_manager_on(day):
            return None
        return last if (day - last.answered.date()).days <= SENT_BACK_SHOWN else None


def with_case_manager(assignments: tuple[Assignment, ...], person: str, today: dt.date) -> tuple[Assignment, ...]:
    """The assignments when `person` (or nobody) is case manager from today: whoever it was until now was it until yesterday.

    No day from then on has two case managers. Days that are over stay as they were.
    """
    yesterday = today - dt.timedelta(days=1)
    ended = tuple(a if a.until is not None and a.until < today else replace(a, until=yesterday) for a in assignments)
    return (*ended, Assignment(person, today)) if person else ended


@dataclass(frozen=True)
class Applicability:
    """Whether an item applies (None: it depends on an answer that is missing), why in words, and what to ask."""

    holds: bool | None
    why: str
    ask: tuple[str, ...] = ()  # names of conditions that nobody has answered


Finding = tuple[bool | None, str]


def _answered(answer: Answer, yes: str, no: str, question: str) -> Finding:
    return {Answer.YES: (True, yes), Answer.NO: (False, no), Answer.UNKNOWN: (None, question)}[answer]


def _route(route: Route, yes: str, no: str) -> Callable[[Student], Finding]:
    return lambda student: (True, yes) if route in student.routes else (False, no)


def _grade(*grades: str) -> Callable[[Student], Finding]:
    def find(student: Student) -> Finding:
        if not student.grade_that_counts:
            return None, "the student is ungraded (SU), and it is not recorded which grade counts"
        return student.grade_that_counts in grades, _grade_words(student)

    return find


def _grade_words(student: Student) -> str:
    if student.grade == "SU":
        return f"is ungraded and counts as grade {student.counts_as.lstrip('0')}"
    return f"is in grade {student.grade.lstrip('0')}"


def _leaving(student: Student) -> Finding:
    if student.grade_that_counts not in ("", "12"):
        return False, _grade_words(student)
    return _answered(
        student.leaving,
        "is leaving after grade 12",
        "is not leaving this year",
        "it is not recorded whether the student leaves after this year",
    )


def _continuing(student: Student) -> Finding:
    leaving, why = _leaving(student)
    return None if leaving is None else not leaving, why


def _category(matches: Callable[[str], bool]) -> Callable[[Student], Finding]:
    def find(student: Student) -> Finding:
        return (
            (matches(student.category), f"is in category {student.category}") if student.category else (False, "has no Ministry category")
        )

    return find


ANSWERS: Mapping[str, Callable[[Student], Finding]] = {
    "coded on 1701": _route(Route.CODED, "is coded and on the 1701 list", "is not coded on the 1701 list"),
    "more than 25 hours": _route(
        Route.HOURS,
        "has or is likely to have more than 25 hours of additional support",
        "does not have more than 25 hours of additional support",
    ),
    "significant concern": _route(Route.CONCERN, "is of significant concern", "is not recorded as of significant concern"),
    "has an IEP": lambda s: _answered(s.iep, "has an IEP", "has no IEP", "it is not recorded whether the student has an IEP"),
    "grade 8": _grade("08"),
    "grade 10 to 12": _grade("10", "11", "12"),
    "leaving grade 12": _leaving,
    "continuing next year": _continuing,
    "category D": _category(lambda c: c == "D"),
    "category H": _category(lambda c: c == "H"),
    "category D or H": _category(lambda c: c in "DH"),
    "category other than D or H": _category(lambda c: c not in "DH"),
    "SEA or CCW assigned": lambda s: _answered(
        s.assistant, "has an SEA or CCW assigned", "has no SEA or CCW assigned", "it is not recorded whether an SEA or CCW is assigned"
    ),
    "outside agency involved": lambda s: _answered(
        s.agency,
        "has an outside agency involved",
        "has no outside agency involved",
        "it is not recorded whether an outside agency is involved",
    ),
}


def applicability(condition: Condition, student: Student) -> Applicability:
    """Decide whether `condition` holds for `student`, and say why in words that follow "because the student"."""
    if not condition.any_of:
        return Applicability(True, "has a case manager")
    open_groups: list[list[tuple[str, str]]] = []
    reasons: list[str] = []
    refused: list[str] = []
    for names in condition.any_of:
        findings = [(name, *ANSWERS[name](student)) for name in names]
        if all(holds for _, holds, _ in findings):
            reasons += [why for _, _, why in findings]
        elif any(holds is False for _, holds, _ in findings):
            refused += [why for _, holds, why in findings if holds is False]
        else:
            open_groups.append([(name, why) for name, holds, why in findings if holds is None])
    if reasons:
        return Applicability(True, " and ".join(dict.fromkeys(reasons)))
    if open_groups:
        missing = [pair for group in open_groups for pair in group]
        return Applicability(None, "; ".join(dict.fromkeys(why for _, why in missing)), tuple(dict.fromkeys(name for name, _ in missing)))
    return Applicability(False, " and ".join(dict.fromkeys(refused)))


def pen_is_valid(pen: str) -> bool:
    """Whether `pen` is nine digits with the Ministry's check digit (identical to Luhn, mod 10).

    >>> pen_is_valid("746282656"), pen_is_valid("123456789")
    (True, False)
    """
    if len(pen) != 9 or not (pen.isascii() and pen.isdigit()):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(pen)]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
