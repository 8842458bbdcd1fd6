"""Consents: who agreed to what, when, until when, and where the signed form is. The app never holds the form, and does not decide whether a consent is valid.

Nothing is overwritten: a consent that is withdrawn keeps its row, and a newer one for the same purpose stands beside the older. An override is the
recorded word of a principal or Student Support Services that something may go out without a consent, and on whose authority.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from .handbook.words import day_words
from .plain_text import clean, folded

SOON = dt.timedelta(days=30)
EARLIEST = dt.date(1990, 1, 1)
LONGEST = 200  # characters of a place, a name, a reason


class Purpose(Enum):
    """What a consent is for. The keys stand in the handbook's items."""

    RELEASE = "release"
    REFERRAL = "referral"
    SPED = "sped"

    @property
    def label(self) -> str:
        return {
            "release": "Release of information to an outside agency",
            "referral": "Referral to Student Support Services",
            "sped": "SPED permission",
        }[self.value]

    @property
    def names(self) -> str:
        """What such a consent names, and covers nothing else: one agency, or one service; empty where it names nothing."""
        return {"release": "agency", "referral": "service"}.get(self.value, "")


class State(Enum):
    """How a consent stands on a day."""

    CURRENT = "current"
    SOON = "expires soon"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Withdrawal:
    """A consent was taken back, on a day and for a reason; it holds no more from that day on."""

    on: dt.date
    reason: str
    by: str
    at: dt.datetime


@dataclass(frozen=True)
class Consent:
    """`agency` is what the purpose names: the agency, or the service of a referral. `place` says where the signed form is; `until` is the last day."""

    id: str
    purpose: Purpose
    agency: str
    signed_by: str
    signed_on: dt.date
    place: str
    until: dt.date | None
    by: str
    at: dt.datetime
    withdrawn: Withdrawal | None = None

    def state(self, today: dt.date) -> State:
        if self.withdrawn and self.withdrawn.on <= today:
            return State.WITHDRAWN
        if self.until and self.until < today:
            return State.EXPIRED
        return State.SOON if self.until and self.until - today <= SOON else State.CURRENT

    def holds_on(self, day: dt.date) -> bool:
        """Whether something could go out under it on `day`."""
        return self.signed_on <= day and self.state(day) in (State.CURRENT, State.SOON)

    def covers(self, purpose: Purpose, agency: str) -> bool:
        return self.purpose is purpose and (not purpose.names or same_name(self.agency, agency))

    @property
    def title(self) -> str:
        return f"{self.purpose.label}: {self.agency}" if self.agency else self.purpose.label

    def words(self, today: dt.date) -> str:
        """`Expires on 30 June 2027`, `Withdrawn on 3 November 2026: the reason`."""
        if self.withdrawn and self.withdrawn.on <= today:
            return f"Withdrawn on {day_words(self.withdrawn.on)}: {self.withdrawn.reason}"
        if self.until is None:
            return "Current, without an end"
        if self.until < today:
            return f"Expired on {day_words(self.until)}"
        return f"{'Expires soon: on' if self.state(today) is State.SOON else 'Current until'} {day_words(self.until)}"


@dataclass(frozen=True)
class Override:
    """Somebody who may allows one item to be done without a consent. `key` is the item's on the checklist of `year`."""

    id: str
    key: str
    year: int
    reason: str
    authority: str
    by: str
    at: dt.datetime


def same_name(one: str, other: str) -> bool:
    """Whether two texts name the same agency or service: letter case and spaces do not matter. No name is nobody's."""
    return bool(folded(one)) and folded(one) == folded(other)


def current(consents: Iterable[Consent], purpose: Purpose, agency: str, day: dt.date) -> Consent | None:
    """The newest consent under which something for `purpose` could go out on `day`."""
    holding = [one for one in consents if one.covers(purpose, agency) and one.holds_on(day)]
    return max(holding, key=lambda one: (one.signed_on, one.at), default=None)


def replaced_by(one: Consent, consents: Iterable[Consent]) -> Consent | None:
    """A later consent for the same that is not withdrawn and reaches further."""
    later = [
        other
        for other in consents
        if other.id != one.id
        and other.covers(one.purpose, one.agency)
        and other.withdrawn is None
        and (other.signed_on, other.at) > (one.signed_on, one.at)
        and (other.until is None or (one.until is not None and other.until > one.until))
    ]
    return max(later, key=lambda other: (other.signed_on, other.at), default=None)


def to_renew(consents: Sequence[Consent], today: dt.date, since: dt.date) -> tuple[Consent, ...]:
    """Those that expire within 30 days, or have expired since `since`, and that no later one replaces."""
    return tuple(
        one
        for one in consents
        if one.until is not None
        and one.withdrawn is None
        and since <= one.until
        and one.state(today) in (State.SOON, State.EXPIRED)
        and replaced_by(one, consents) is None
    )


class ConsentRefused(ValueError):
    """Something that cannot be recorded. `errors` gives the sentence for each field of the form."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


NAME_IT: Mapping[str, str] = {
    "agency": "Name the agency. A consent to release information is to one agency, and to no other.",
    "service": "Name the service. A consent to a referral is for one service, and for no other.",
}


def check_consent(new: Consent, today: dt.date) -> Consent:
    """The consent with its texts cleaned. Raises ConsentRefused with a sentence per field."""
    errors: dict[str, str] = {}
    texts: dict[str, str] = {}
    missing = {"signed_by": "Say who signed, by role or name.", "place": "Say where the signed form is."}
    if new.purpose.names:
        missing["agency"] = NAME_IT[new.purpose.names]
    for name in ("agency", "signed_by", "place"):
        try:
            texts[name] = clean(getattr(new, name), LONGEST)
        except ValueError as error:
            errors[name] = str(error)
            continue
        if name in missing and not texts[name]:
            errors[name] = missing[name]
    if not new.purpose.names:
        texts["agency"] = ""
    if new.signed_on > today:
        errors["signed_on"] = f"Nobody can have signed on {day_words(new.signed_on)}: that day is still to come."
    elif new.signed_on < EARLIEST:
        errors["signed_on"] = f"Check the year: {day_words(new.signed_on)} is too long ago."
    elif new.until and new.until < new.signed_on:
        errors["until"] = f"The last day, {day_words(new.until)}, is before the signature on {day_words(new.signed_on)}. Check both days."
    if errors:
        raise ConsentRefused(errors)
    return replace(new, **texts)  # type: ignore[arg-type]


def check_withdrawal(one: Consent, on: dt.date | None, reason: str, today: dt.date) -> tuple[dt.date, str]:
    """The day and the cleaned reason. Raises ConsentRefused with a sentence per field."""
    errors: dict[str, str] = {}
    if one.withdrawn:
        raise ConsentRefused({"reason": f"This consent was withdrawn on {day_words(one.withdrawn.on)} already."})
    try:
        reason = clean(reason, LONGEST)
    except ValueError as error:
        errors["reason"] = str(error)
    if not reason:
        errors["reason"] = "Say how you know, for example: the parent wrote to the school."
    if on is None:
        errors["on"] = "Enter the day, for example 27 3 2026."
    elif on > today:
        errors["on"] = f"The day must be today or earlier. {day_words(on)} is still to come."
    elif on < one.signed_on:
        errors["on"] = f"This is before the signature on {day_words(one.signed_on)}. Check the day."
    if errors or on is None:
        raise ConsentRefused(errors)
    return on, reason


def check_override(reason: str, authority: str) -> tuple[str, str]:
    """Both texts cleaned. Raises ConsentRefused with a sentence per field."""
    errors: dict[str, str] = {}
    cleaned = {}
    missing = {
        "reason": "Say why this cannot wait for a consent.",
        "authority": "Name the authority, for example the section of the Act or the order that allows it.",
    }
    for name, text in (("reason", reason), ("authority", authority)):
        try:
            cleaned[name] = clean(text, LONGEST)
        except ValueError as error:
            errors[name] = str(error)
            continue
        if not cleaned[name]:
            errors[name] = missing[name]
    if errors:
        raise ConsentRefused(errors)
    return cleaned["reason"], cleaned["authority"]


def missing_words(consents: Sequence[Consent], purpose: Purpose, agency: str, day: dt.date) -> str:
    """Why nothing may go out on `day`, in a sentence; empty where there is a consent."""
    if purpose.names and not agency.strip():
        return (
            f"The event names no {purpose.names}, so no consent can be found for it. Record the event again and name the {purpose.names}."
        )
    if current(consents, purpose, agency, day):
        return ""
    what = f"{purpose.label[0].lower()}{purpose.label[1:]}" if purpose is not Purpose.SPED else purpose.label
    to_whom = f" ({agency})" if purpose.names else ""
    before = [one for one in consents if one.covers(purpose, agency)]
    last = max(before, key=lambda one: (one.signed_on, one.at), default=None)
    unnamed = [one for one in consents if one.purpose is purpose and purpose.names and not one.agency and one.holds_on(day)]
    if last is None and unnamed:
        signed = day_words(unnamed[-1].signed_on)
        return f"The consent of {signed} names no {purpose.names}, so it counts for none. If it is for {agency}, record it again and name that."
    if last is None:
        return f"No consent is on record for: {what}{to_whom}. Record it first."
    if last.signed_on > day:
        return f"The consent for {what}{to_whom} was signed on {day_words(last.signed_on)}, after {day_words(day)}."
    ended = "withdrawn" if last.withdrawn and last.withdrawn.on <= day else "expired"
    on = last.withdrawn.on if ended == "withdrawn" and last.withdrawn else last.until
    return f"The consent for {what}{to_whom} {'was withdrawn' if ended == 'withdrawn' else 'expired'} on {day_words(on) if on else ''}. A new one is needed first."
