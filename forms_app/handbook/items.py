"""An item: one thing to do, as the handbook words it. Frozen values, and how each is read from the words in a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from .conditions import EVERYONE, Condition


class Strength(Enum):
    """How strongly the source asks. The order is from weakest to strongest; an item may never be stronger than its clauses."""

    MAY = "may"
    CONSIDER = "consider"
    EXPECTED = "expected"
    RESPONSIBLE = "responsible"
    MUST = "must"

    @property
    def rank(self) -> int:
        return list(Strength).index(self)

    @property
    def label(self) -> str:
        """The word that people read."""
        return {"may": "May", "consider": "Should consider", "expected": "Expected", "responsible": "Responsible", "must": "Must"}[
            self.value
        ]


@dataclass(frozen=True)
class Opens:
    """When an item appears: every school year, once for the student, or each time `event` is recorded."""

    kind: str  # "school year" | "once" | "event"
    event: str = ""

    def __str__(self) -> str:
        return f"event: {self.event}" if self.event else self.kind


@dataclass(frozen=True)
class Due:
    """When an item is due. `suggested` marks a time that is the handbook's advice and not the source's."""

    kind: str  # "window" | "event" | "after" | "cadence"
    windows: tuple[str, ...] = ()
    number: int = 0
    unit: str = ""  # "days" | "school days" | "weeks"
    after: str = ""  # an item's id, or "" for the event itself
    suggested: bool = False

    def __str__(self) -> str:
        words = {
            "window": " or ".join(self.windows),
            "event": "on the event date",
            "after": f"{self.number} {self.unit} after {self.after or 'the event'}",
            "cadence": "as the IEP says",
        }[self.kind]
        return f"suggested {words}" if self.suggested else words


@dataclass(frozen=True)
class Record:
    """One fact that a done mark must state: where it was filed, to whom it was sent, who signed, when held, who, or what was decided."""

    kind: str  # "filed in" | "sent to" | "signed by" | "held on" | "people" | "shared with" | "decision"
    value: str = ""  # a place, a recipient, or who signs
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.choices:
            return f"decision {' | '.join(self.choices)}"
        return f"{self.kind} {self.value}".strip()


@dataclass(frozen=True)
class Item:
    """One duty. `page` is the path below docs/ and `line` where its block starts; `help_html` is filled in by the reader."""

    id: str
    title: str
    strength: Strength
    opens: Opens
    source: tuple[str, ...]
    page: str
    line: int
    applies: Condition = EVERYONE
    due: Due | None = None
    records: tuple[Record, ...] = ()
    guidance: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # items that must be done before this one can be marked done
    consent: str = ""  # the purpose of the consent without which this cannot be marked done
    obtains: str = ""  # the purpose of the consent that doing this obtains
    retired: str = ""
    meaning: str = ""  # the month in which the meaning last moved, so that earlier marks are looked at again
    built_with: str = ""  # what the app builds for it; the item is ticked when that is finished
    help_html: str = ""

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]

    @property
    def optional(self) -> bool:
        """What the source only permits is never overdue and never counted as to do."""
        return self.strength is Strength.MAY


# It begins with a letter, or YAML would read `1.50` as the number 1.5.
ITEM_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*")
KEY = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")  # of an event, a window, a place, a document
_AFTER = re.compile(r"(\d{1,3}) (days?|school days?|weeks?) after (the event|[a-z0-9.-]+)")
_WHEN = "school year | once | event: NAME"
DUE_FORMS = "a window, `WINDOW or WINDOW`, `on the event date`, `N days after ITEM` (or school days, weeks; or `after the event`), `as the IEP says`; each may begin with `suggested`"
BUILT_WITH = ("file review",)
RECORD_FORMS = "`filed in PLACE`, `sent to WHOM`, `signed by WHOM`, `held on`, `people`, `shared with`, `decision A | B`"


CONSENTS = ("release", "referral", "sped")
CONSENT_FORMS = (
    "`release`, `referral` or `sped`, for an item that needs a current consent; `obtains release` and so on, for one that obtains it"
)


def parse_consent(text: str) -> tuple[str, str]:
    """The purpose that is needed and the purpose that is obtained; one of them is empty. Raises ValueError."""
    purpose = text.removeprefix("obtains ").strip()
    if purpose not in CONSENTS:
        raise ValueError(CONSENT_FORMS)
    return ("", purpose) if text.startswith("obtains ") else (purpose, "")


def parse_strength(text: str) -> Strength:
    """Raises ValueError when `text` is not one of the five words."""
    return Strength(text)


def parse_opens(text: str) -> Opens:
    """Raises ValueError when `text` is none of `school year`, `once`, `event: NAME`."""
    kind, _, event = (part.strip() for part in text.partition(":"))
    if (kind == "event") != bool(event) or kind not in ("school year", "once", "event"):
        raise ValueError(_WHEN)
    return Opens(kind, event)


def parse_due(text: str) -> Due:
    """Read what stands after `due:`. Raises ValueError when it has none of the known forms."""
    words, suggested = text.strip(), False
    if words.startswith("suggested "):
        words, suggested = words.removeprefix("suggested ").strip(), True
    if words == "on the event date":
        return Due("event", suggested=suggested)
    if words == "as the IEP says":
        return Due("cadence", suggested=suggested)
    after = _AFTER.fullmatch(words)
    if after:
        unit = after[2] if after[2].endswith("s") else after[2] + "s"
        return Due("after", number=int(after[1]), unit=unit, after="" if after[3] == "the event" else after[3], suggested=suggested)
    windows = tuple(word.strip() for word in words.split(" or "))
    if "suggested" in windows or not all(KEY.fullmatch(window) for window in windows):
        raise ValueError(DUE_FORMS)
    return Due("window", windows=windows, suggested=suggested)


def parse_record(text: str) -> Record:
    """Read one part of `records:`. Raises ValueError when it has none of the known forms."""
    text = text.strip()
    if text in ("held on", "people", "shared with"):
        return Record(text)
    for kind in ("filed in", "sent to", "signed by"):
        if text.startswith(kind + " "):
            return Record(kind, text.removeprefix(kind).strip())
    if text.startswith("decision "):
        choices = tuple(choice.strip() for choice in text.removeprefix("decision ").split("|"))
        if len(choices) > 1 and all(choices):
            return Record("decision", choices=choices)
    raise ValueError(RECORD_FORMS)


def split_records(text: str) -> list[str]:
    """Cut `records:` at its commas, but not inside a decision, whose choices may hold commas between the bars."""
    parts: list[str] = []
    for part in text.split(","):
        if parts and parts[-1].lstrip().startswith("decision ") and not _starts_record(part):
            parts[-1] += "," + part
        else:
            parts.append(part)
    return [part.strip() for part in parts]


def _starts_record(part: str) -> bool:
    return part.strip() in ("held on", "people", "shared with") or part.strip().startswith(
        ("filed in ", "sent to ", "signed by ", "decision ")
    )
