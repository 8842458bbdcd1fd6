"""File reviews in a student's record. Rows are added and never change: a review's plan and texts have versions, a finished one is kept part by part.

Tables: `file reviews` (plans), `file review texts`, `file review finals` and `file review parts`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tinydb import TinyDB

from forms_app.checklists import Mark, Occurrence, Status
from forms_app.file_reviews import Final, Part, Plan, Review, Text, check_can_write
from forms_app.handbook import Item
from forms_app.records import students
from forms_app.records.actor import Actor
from forms_app.school_year import SchoolYear
from forms_app.store import Store, new_id

PLANS, TEXTS, FINALS, PARTS = "file reviews", "file review texts", "file review finals", "file review parts"


class WrittenMeanwhile(Exception):
    """Somebody wrote in the same sections since this person saw them. `texts` holds what is there now; nothing was overwritten."""

    def __init__(self, texts: Mapping[str, Text]) -> None:
        super().__init__("Somebody wrote in these sections in the meantime.")
        self.texts = dict(texts)


class NoSuchReview(KeyError):
    """The record has no review with this id."""


def read(db: TinyDB) -> tuple[Review, ...]:
    """Every review, the newest first."""
    reviews: dict[str, Review] = {}
    for row in db.table(PLANS).all():
        plan = Plan(tuple(row["occasions"]), _day(row["since"]), _day(row["until"]), tuple(row["sections"]))
        known = reviews.get(row["review"])
        reviews[row["review"]] = replace(known, plan=plan) if known else Review(row["review"], plan, row["by"], _moment(row["at"]))
    for row in db.table(TEXTS).all():
        review = reviews[row["review"]]
        written = Text(row["id"], row["text"], row["by"], _moment(row["at"]))
        reviews[row["review"]] = replace(review, texts={**review.texts, row["section"]: written})
    parts: dict[str, list[Part]] = {}
    for row in db.table(PARTS).all():
        parts.setdefault(row["review"], []).append(Part(row["section"], row["title"], tuple(row["facts"]), row["text"]))
    for row in db.table(FINALS).all():
        final = Final(row["by"], _moment(row["at"]), tuple(parts.get(row["id"], ())))
        reviews[row["id"]] = replace(reviews[row["id"]], final=final)
    return tuple(sorted(reviews.values(), key=lambda review: review.at, reverse=True))


def history(db: TinyDB) -> tuple[tuple[Occurrence, ...], tuple[Mark, ...]]:
    """The events and the marks of every year."""
    years = [name.split()[1] for name in db.tables() if re.fullmatch(r"(events|marks) \d{4}", name)]
    found = [students.of_year(db, SchoolYear(int(year))) for year in sorted(set(years))]
    return tuple(one for occurrences, _ in found for one in occurrences), (
        *students.done_once(db),
        *(mark for _, marks in found for mark in marks),
    )


def begin(store: Store, student_id: str, plan: Plan, actor: Actor, token: str = "") -> str:
    """Begin a review; returns its id. A form sent twice (a double click) carries the same `token` and begins one."""
    own_id = token if re.fullmatch(r"[A-Za-z0-9_]{12}", token) else new_id()[:12].replace("-", "x")

    def write(db: TinyDB) -> str:
        if not any(row["review"] == own_id for row in db.table(PLANS).all()):
            db.table(PLANS).insert(_plan_row(own_id, plan, actor))
        return own_id

    return str(store.change("student", student_id, write, actor.entry("begin a file review")))


def save(
    store: Store, student_id: str, review_id: str, plan: Plan, texts: Mapping[str, str], based_on: Mapping[str, str], actor: Actor
) -> None:
    """Keep what changed. `based_on` holds for each section the id of the text that the person saw, empty for none.

    Raises WrittenMeanwhile, and then nothing of this save is kept; ReviewIsFinished; NoSuchReview.
    """

    def write(db: TinyDB) -> list[str]:
        review = _found(db, review_id)
        check_can_write(review)
        changed = {section: text for section, text in texts.items() if text != review.written(section)}
        seen = {section: review.texts[section].id for section in review.texts}
        clash = [section for section in changed if seen.get(section, "") != based_on.get(section, "")]
        if clash:
            raise WrittenMeanwhile({section: review.texts[section] for section in clash if section in review.texts})
        for section, text in changed.items():
            row = {"id": new_id()[:12], "review": review_id, "section": section, "text": text, "by": actor.id, "at": actor.at.isoformat()}
            db.table(TEXTS).insert(row)
        if plan != review.plan:
            db.table(PLANS).insert(_plan_row(review_id, plan, actor))
        return [*(f"section {name}" for name in sorted(changed)), *(["plan"] if plan != review.plan else [])]

    store.change("student", student_id, write, lambda changed: actor.entry("write a file review", *changed))


def finish(
    store: Store,
    student_id: str,
    review: Review,
    parts: Sequence[Part],
    ticks: Iterable[tuple[Item, str]],
    on: dt.date,
    year: SchoolYear,
    edition: str,
    actor: Actor,
) -> list[str]:
    """Keep the review as `parts` say, for good, and mark the items (with the id of the occurrence) that are not done yet; returns their ids.

    Twice is once. Raises WrittenMeanwhile where somebody wrote since `review` was read.
    """
    wanted = list(ticks)

    def write(db: TinyDB) -> list[str]:
        now = _found(db, review.id)
        if now.final:
            return []
        newer = {section: text for section, text in now.texts.items() if text != review.texts.get(section)}
        if newer or now.plan != review.plan:
            raise WrittenMeanwhile(newer)
        db.table(FINALS).insert({"id": review.id, "by": actor.id, "at": actor.at.isoformat()})
        stamp = {"by": actor.id, "at": actor.at.isoformat()}
        rows = [
            {"review": review.id, "section": one.key, "title": one.title, "facts": list(one.facts), "text": one.text, **stamp}
            for one in parts
        ]
        db.table(PARTS).insert_multiple(rows)
        marked = []
        for item, occurrence in wanted:
            if students.append_done(db, item, occurrence, year, on, edition, actor):
                marked.append(item.id)
        return marked

    marked: list[str] = store.change(
        "student", student_id, write, lambda marked: actor.entry("finish a file review", *marked, *([Status.DONE.value] if marked else []))
    )
    return marked


def _found(db: TinyDB, review_id: str) -> Review:
    found = next((review for review in read(db) if review.id == review_id), None)
    if found is None:
        raise NoSuchReview(review_id)
    return found


def _plan_row(review_id: str, plan: Plan, actor: Actor) -> dict[str, Any]:
    return {
        "review": review_id,
        "occasions": list(plan.occasions),
        "since": plan.since.isoformat(),
        "until": plan.until.isoformat(),
        "sections": list(plan.sections),
        "by": actor.id,
        "at": actor.at.isoformat(),
    }


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
