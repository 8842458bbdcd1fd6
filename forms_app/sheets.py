"""One student before the school-based team: what is written while the team talks, what it decides, and the minutes that are filed in that student's file.

Every text may be written by two people at once. Nothing is lost then: both texts stay side by side until a person puts them together. A decision
becomes something real in the student's record at once. Finished minutes never change; corrections are added to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from .checklists import Checklist, Status
from .consents import Purpose as Agreed
from .consents import current
from .days import parse_day
from .deadlines import short_day
from .flows import flows
from .handbook.words import day_words
from .own_items import LONGEST_TITLE
from .plain_text import clean

LONGEST = 4000  # characters of one section
LONGEST_SAID = 200
SPED = "sped"  # what a consent decision says that is for the SPED Permission Form


class Purpose(Enum):
    """Why a student is brought to the team: the source's four examples (R-SBT-03)."""

    SOLVING = "problem-solving"
    PROGRAM = "program"
    DISTRICT = "district"
    COMMUNITY = "community"

    @property
    def label(self) -> str:
        return {
            "problem-solving": "Additional problem-solving",
            "program": "Program, courses and/or supports required",
            "district": "Accessing district support staff",
            "community": "Accessing community supports",
        }[self.value]

    @property
    def page(self) -> str:
        """The procedure that goes with it, below the handbook."""
        return {
            "problem-solving": "procedures/run-an-sbt-meeting.html",
            "program": "procedures/hold-an-iep-meeting.html",
            "district": "procedures/make-a-referral.html",
            "community": "procedures/obtain-consent-for-an-outside-agency.html",
        }[self.value]


@dataclass(frozen=True)
class Section:
    """One text of the sheet."""

    key: str
    title: str
    ask: str


SECTIONS: Mapping[str, Section] = {
    one.key: one
    for one in (
        Section("facts", "Facts", "A few facts with their dates, and no opinion. What the team needs for its question"),
        Section("tried", "Tried so far", "What was tried, and how it went"),
        Section("discussed", "Discussed", "What the team considered"),
        Section("informed", "Who tells the parent", "Who, and by when"),
    )
}
PURPOSES, REVIEW = "purposes", "review"  # kept as texts too: the keys of purposes, and a day
FIELDS = (PURPOSES, *SECTIONS, REVIEW)
SAYING = "saying"  # a decision that is being typed: everybody has their own


@dataclass(frozen=True)
class Text:
    """What somebody wrote in one section. `pen` is the page it was typed in and `number` how often that page had saved it."""

    id: str
    section: str
    text: str
    by: str
    at: dt.datetime
    pen: str = ""
    number: int = 0


def merged(texts: Sequence[Text], new: Text, based_on: Collection[str]) -> tuple[Text, ...]:
    """The texts of a section when `new` is written by somebody who saw `based_on` (ids). What they did not see stays beside it.

    A page replaces its own last text whether or not it heard that it was saved, and an older one that arrives late changes nothing.
    """
    if any(one.pen and one.pen == new.pen and one.number > new.number for one in texts):
        return tuple(texts)
    kept = tuple(one for one in texts if one.id not in based_on and not (one.pen and one.pen == new.pen))
    if any(one.text == new.text for one in kept) or (not new.text and kept):
        return kept
    return (*kept, new)


class Kind(Enum):
    """What a decision becomes."""

    ITEM = "item"
    REFERRAL = "referral"
    MANAGER = "manager"
    CONSENT = "consent"
    NONE = "none"

    @property
    def label(self) -> str:
        return {
            "item": "Something to do",
            "referral": "Referral to Student Support Services",
            "manager": "Case manager",
            "consent": "Consent needed",
            "none": "No action, because",
        }[self.value]

    @property
    def has_owner(self) -> bool:
        return self is not Kind.NONE


@dataclass(frozen=True)
class Decision:
    """`ref` names what it became: an item's key, an event, a person. `owner` is an account's id, empty for whoever is the case manager."""

    id: str
    meeting: str
    kind: Kind
    says: str
    owner: str
    due: dt.date | None
    by: str
    at: dt.datetime
    ref: str = ""
    before: str = ""  # who was case manager until then
    undone: bool = False

    @property
    def by_when(self) -> str:
        return short_day(self.due) if self.due else ""

    def words(self, names: Mapping[str, str]) -> str:
        """The decision in one line, without whose it is."""
        if self.kind is Kind.ITEM:
            return self.says
        if self.kind is Kind.REFERRAL:
            return f"Referral to Student Support Services: {self.says}"
        if self.kind is Kind.MANAGER:
            return f"Case manager: {names.get(self.ref, 'somebody whose account is gone')}"
        if self.kind is Kind.CONSENT:
            return "Consent needed: SPED Permission Form" if self.says == SPED else f"Consent needed: release of information to {self.says}"
        return f"No action, because {self.says}"


@dataclass(frozen=True)
class Guest:
    """Somebody who is there for this student only. `person` where they have an account, and then see the student on the day of the meeting."""

    id: str
    meeting: str
    who: str
    sort: str
    person: str = ""
    involvement: str = ""


SORTS: Mapping[str, str] = {
    "family": "Parent or student",
    "staff": "Staff of the school",
    "district": "District staff",
    "outside": "From outside the district",
}


@dataclass(frozen=True)
class Minutes:
    """The finished sheet, in words as they were read then. `decisions` are (what, who, by when)."""

    meeting: str
    school: str
    day: dt.date
    present: tuple[str, ...]
    chair: str
    recorder: str
    purposes: tuple[str, ...]
    texts: Mapping[str, str]
    decisions: tuple[tuple[str, str, str], ...]
    review: dt.date | None
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class Addition:
    """A correction to finished minutes: it stands beside them."""

    meeting: str
    text: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class Sheet:
    """Everything about one student at one meeting."""

    meeting: str
    texts: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    guests: tuple[Guest, ...] = ()
    minutes: Minutes | None = None
    additions: tuple[Addition, ...] = ()

    def written(self, section: str) -> str:
        """What stands in a section; where two people wrote at once, the newest."""
        return self.texts[section][-1].text if self.texts.get(section) else ""

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        return tuple(one for one in Purpose if one.value in self.written(PURPOSES).split())

    @property
    def review(self) -> dt.date | None:
        return dt.date.fromisoformat(self.written(REVIEW)) if self.written(REVIEW) else None

    @property
    def apart(self) -> tuple[str, ...]:
        """The sections in which two texts wait to be put together."""
        return tuple(section for section in FIELDS if len(self.texts.get(section, ())) > 1)

    @property
    def standing(self) -> tuple[Decision, ...]:
        return tuple(one for one in self.decisions if not one.undone)

    @property
    def begun(self) -> bool:
        return bool(self.standing or any(self.written(section) for section in FIELDS))

    @property
    def state(self) -> str:
        """`final`, `decided`, `prepared` or nothing yet."""
        if self.minutes:
            return "final"
        return "decided" if self.standing else "prepared" if self.begun else ""

    @property
    def narrow(self) -> bool:
        """Whether somebody is in the room who need not see more than what is discussed: family, or people from outside."""
        return any(one.sort in ("family", "outside") for one in self.guests)


class SheetRefused(ValueError):
    """Something that cannot be kept. `errors` gives the sentence for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def check_text(section: str, typed: str, day: dt.date) -> str:
    """What was typed into a section, made safe. `day` is the meeting's. Raises ValueError with a sentence."""
    if section == PURPOSES:
        return " ".join(one.value for one in Purpose if one.value in typed.split())
    if section == REVIEW:
        review = parse_day(typed)
        if review is None:
            return ""
        if review <= day:
            raise ValueError(f"The next review must be after the meeting, {day_words(day)}.")
        if review - day > dt.timedelta(days=400):
            raise ValueError(f"{day_words(review)} is more than a year after the meeting. Check the year.")
        return review.isoformat()
    return clean(typed, LONGEST, lines=section != SAYING)


def check_decision(
    kind: str, says: str, owner: str, due: dt.date | None, owners: Collection[str], managers: Collection[str], today: dt.date
) -> tuple[Kind, str]:
    """The kind and the cleaned words. `owners` and `managers` are the ids that are offered. Raises SheetRefused."""
    try:
        found = Kind(kind)
    except ValueError:
        raise SheetRefused({"kind": "Choose what was decided."}) from None
    errors: dict[str, str] = {}
    try:
        says = clean(says, LONGEST_TITLE if found is Kind.ITEM else LONGEST_SAID)
    except ValueError as error:
        errors["says"] = str(error)
    missing = {
        Kind.ITEM: "Say what is to be done, in a few words.",
        Kind.REFERRAL: "Name the service, for example School Psychology.",
        Kind.CONSENT: "Name the agency that the consent is for, or “SPED” for the SPED Permission Form.",
        Kind.NONE: "Say why nothing is to be done.",
    }
    if not says and "says" not in errors and found in missing:
        errors["says"] = missing[found]
    if found is Kind.MANAGER:
        if owner not in managers:
            errors["owner"] = "Choose who becomes case manager, from the case managers and counsellors of the school."
    elif found.has_owner and owner and owner not in owners:
        errors["owner"] = "Choose from the people shown, or leave it with the case manager."
    if due is not None and due < today and found.has_owner:
        errors["due"] = f"{day_words(due)} is in the past. Enter today or a later day, or none."
    if errors:
        raise SheetRefused(errors)
    if found is Kind.CONSENT and says.casefold() in ("sped", "sped permission", "sped permission form"):
        says = SPED
    return found, says


def check_guest(who: str, sort: str, person: str, people: Mapping[str, str]) -> str:
    """Who the guest is, in words. Raises SheetRefused."""
    errors: dict[str, str] = {}
    try:
        who = clean(who, LONGEST_SAID)
    except ValueError as error:
        errors["who"] = str(error)
    if person and person not in people:
        errors["person"] = "Choose from the people shown."
    if not who and not person and "who" not in errors:
        errors["who"] = "Say who joins, by role or name."
    if sort not in SORTS:
        errors["sort"] = "Choose where the guest comes from."
    if errors:
        raise SheetRefused(errors)
    return who or people[person]


def check_can_finish(sheet: Sheet, names: Mapping[str, str]) -> None:
    """Raises SheetRefused where the sheet is not ready to be filed."""
    errors = {}
    if sheet.minutes:
        raise SheetRefused(
            {
                "finish": f"This sheet was finished on {day_words(sheet.minutes.at.date())} already. It does not change; a correction can be added."
            }
        )
    for section in sheet.apart:
        writers = " and ".join(dict.fromkeys(names.get(one.by, "somebody") for one in sheet.texts[section]))
        errors[section] = f"{title_of(section)}: two texts stand side by side, by {writers}. Put them together first."
    if not sheet.purposes:
        errors[PURPOSES] = "Choose why the student came before the team."
    if not sheet.standing:
        errors["kind"] = "Say what was decided. Where nothing is to be done, choose “No action, because”."
    if errors:
        raise SheetRefused(errors)


def can_finish(sheet: Sheet) -> bool:
    try:
        check_can_finish(sheet, {})
    except SheetRefused:
        return False
    return True


def title_of(section: str) -> str:
    return {PURPOSES: "Purpose", REVIEW: "Next review", SAYING: "Decision"}.get(section) or SECTIONS[section].title


def words_of(section: str, text: str) -> str:
    """A text as people read it: purposes and days are kept as keys."""
    if section == PURPOSES:
        return "; ".join(one.label for one in Purpose if one.value in text.split()) or "none chosen"
    if section == REVIEW:
        return day_words(dt.date.fromisoformat(text)) if text else "no day"
    return text


def check_addition(text: str) -> str:
    """A correction to finished minutes, cleaned. Raises SheetRefused."""
    try:
        text = clean(text, LONGEST, lines=True)
    except ValueError as error:
        raise SheetRefused({"addition": str(error)}) from None
    if not text:
        raise SheetRefused({"addition": "Say what should be read otherwise."})
    return text


# What becomes of a decision


@dataclass(frozen=True)
class Follow:
    """`state` is open, overdue or done."""

    state: str
    words: str


def follow(decision: Decision, checklist: Checklist) -> Follow:
    """How far what was decided is, as the student's record says."""
    if decision.kind in (Kind.NONE, Kind.MANAGER):
        return Follow("done", "Done at the meeting" if decision.kind is Kind.MANAGER else "Nothing to do")
    if decision.kind is Kind.CONSENT and decision.says != SPED:
        consent = current(checklist.consents, Agreed.RELEASE, decision.says, checklist.today)
        return (
            Follow("done", f"On record, signed {short_day(consent.signed_on)}")
            if consent
            else _by(decision, checklist, "Not on record yet")
        )
    if decision.kind is Kind.REFERRAL:
        one = next((flow for flow in flows(checklist, {}) if flow.occurrence and flow.occurrence.id == decision.ref), None)
        if one is None:
            return Follow("done", "Withdrawn, or of an earlier year")
        sent = checklist.by_key.get(f"referral.submit@{decision.ref}")
        if sent and sent.status is Status.DONE:
            return Follow("done", "Sent")
        return _by(decision, checklist, one.words)
    entry = checklist.by_key.get(decision.ref)
    if entry is None:
        return Follow("done", "Of an earlier year")
    if entry.status is Status.DONE:
        return Follow("done", f"Done {short_day(entry.mark.on)}" if entry.mark and entry.mark.on else "Done")
    if entry.status is Status.NOT_NEEDED:
        return Follow("done", "Not needed")
    return _by(decision, checklist, "Waiting" if entry.status is Status.WAITING else "To do")


def _by(decision: Decision, checklist: Checklist, words: str) -> Follow:
    if decision.due and decision.due < checklist.today:
        return Follow("overdue", f"{words}; was due {short_day(decision.due)}")
    return Follow("open", words)


def rows_of(decisions: Iterable[Decision], names: Mapping[str, str], manager: str) -> tuple[tuple[str, str, str], ...]:
    """(what, who, by when) as the minutes keep it."""
    return tuple(
        (one.words(names), (names.get(one.owner, manager) if one.kind.has_owner and one.kind is not Kind.MANAGER else ""), one.by_when)
        for one in decisions
    )
