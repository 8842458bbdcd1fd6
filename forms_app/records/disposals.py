"""Disposals: who proposed to dispose of a record, who reviewed it, and what came of it. No name stands here, so it can stay when the record is gone.

A disposal has the id of the student's record. It and the audit log are all that is left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records import closing, meetings
from forms_app.records.actor import Actor
from forms_app.retention import DISPOSING, CannotReview, Retention, Standing, check_can_dispose, check_can_review
from forms_app.store import Columns, Document, Kind, NoSuchRecord, Store

PROPOSALS, REVIEWS = "proposals", "reviews"
DISPOSED, KEPT = "disposed", "kept"


@dataclass(frozen=True)
class Disposal:
    """The last word on one record. `outcome` is empty while a second person has not reviewed it."""

    id: str
    school: str
    proposed_by: str
    proposed_at: dt.datetime
    left: dt.date | None
    outcome: str = ""
    reason: str = ""
    reviewed_by: str = ""
    reviewed_at: dt.datetime | None = None

    @property
    def waits(self) -> bool:
        return not self.outcome


def find(store: Store, student_id: str) -> Disposal | None:
    document = store.get("disposal", student_id)
    return read(document) if document else None


def everything(store: Store, schools: frozenset[str] | None = None) -> list[Disposal]:
    """Every disposal of these schools, or of the district."""
    found = (
        store.list("disposal") if schools is None else [one for school in sorted(schools) for one in store.list("disposal", school=school)]
    )
    return [_disposal(summary.id, summary.summary["proposal"], summary.summary["review"]) for summary in found]


def propose(store: Store, student_id: str, school: str, standing: Standing, retention: Retention, actor: Actor, today: dt.date) -> None:
    """Propose a disposal; a second person reviews it. Proposing twice changes nothing. Raises MustBeKept."""
    check_can_dispose(retention, standing, today)
    row = {
        "school": school, "left": standing.left.isoformat() if standing.left else "", "used": standing.used.isoformat(),
        "years": retention.years_after_leaving, "authority": retention.authority, "by": actor.id, "at": actor.at.isoformat(),
    }  # fmt: skip

    def write(db: TinyDB) -> None:
        if len(db.table(PROPOSALS).all()) <= len(db.table(REVIEWS).all()):
            db.table(PROPOSALS).insert(row)

    store.change_or_create("disposal", student_id, write, actor.entry("propose a disposal"))


def keep(store: Store, student_id: str, reason: str, actor: Actor) -> None:
    """The second person says that the record is kept. Raises CannotReview."""
    _review(store, student_id, KEPT, reason, actor)


def dispose(store: Store, student_id: str, retention: Retention, reason: str, actor: Actor, today: dt.date) -> None:
    """The second person agrees: the record goes. Raises CannotReview, MustBeKept.

    If the power goes between these steps, the disposal still waits for its review, and doing it again ends it.
    """
    waiting = find(store, student_id)
    check_can_review(waiting.proposed_by if waiting and waiting.waits else "", actor.id)
    document = store.get("student", student_id)
    if document is not None:
        if closing.standing(document.db).state != DISPOSING:
            closing.prepare_disposal(store, student_id, retention, actor, today)
        meetings.forget(store, student_id, actor)
        try:
            store.delete("student", student_id, actor.entry("dispose of a record"))
        except NoSuchRecord:  # somebody else has just done so
            raise CannotReview("Somebody else has just reviewed this disposal.") from None
    _review(store, student_id, DISPOSED, reason, actor)


def _review(store: Store, student_id: str, outcome: str, reason: str, actor: Actor) -> None:
    def write(db: TinyDB) -> None:
        proposals, reviews = db.table(PROPOSALS).all(), db.table(REVIEWS).all()
        check_can_review(proposals[-1]["by"] if len(proposals) > len(reviews) else "", actor.id)
        db.table(REVIEWS).insert({"outcome": outcome, "reason": reason, "by": actor.id, "at": actor.at.isoformat()})

    try:
        store.change("disposal", student_id, write, actor.entry("review a disposal", outcome))
    except NoSuchRecord:
        raise CannotReview("Nobody has proposed to dispose of this record.") from None


def read(document: Document) -> Disposal:
    return _disposal(document.id, *_last(document.db))


def _last(db: TinyDB) -> tuple[dict[str, Any], dict[str, Any]]:
    proposals, reviews = db.table(PROPOSALS).all(), db.table(REVIEWS).all()
    return dict(proposals[-1]), dict(reviews[-1]) if len(reviews) == len(proposals) else {}


def _disposal(disposal_id: str, proposal: Mapping[str, Any], review: Mapping[str, Any]) -> Disposal:
    return Disposal(
        id=disposal_id,
        school=proposal["school"],
        proposed_by=proposal["by"],
        proposed_at=dt.datetime.fromisoformat(proposal["at"]),
        left=dt.date.fromisoformat(proposal["left"]) if proposal["left"] else None,
        outcome=review.get("outcome", ""),
        reason=review.get("reason", ""),
        reviewed_by=review.get("by", ""),
        reviewed_at=dt.datetime.fromisoformat(review["at"]) if review else None,
    )


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    proposal, review = _last(db)
    return Columns(school=proposal["school"], state=review.get("outcome", "proposed")), {"proposal": proposal, "review": review}


KIND = Kind("disposal", _summarize)
