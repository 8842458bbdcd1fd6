"""One item over all of my students: where it stands for each, and marking it for several at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from forms_app import access
from forms_app.checklists import (
    Checklist,
    Entry,
    Intent,
    MarkRefused,
    MarksOneByOne,
    Status,
    can_mark_many,
    check_can_mark_many,
    check_intent,
    status_words,
)
from forms_app.days import parse_day
from forms_app.handbook import Item
from forms_app.handbook.words import day_words
from forms_app.permissions import Action, can
from forms_app.records import saved_lists, students
from forms_app.records.students import MarkedMeanwhile
from forms_app.students import Student
from forms_app.views import current
from forms_app.views.rows import Row

bp = Blueprint("items", __name__)

MOST_AT_ONCE = 100
STATUSES = {
    "": "Every status",
    "open": "Not done yet",
    "to-do": "To do",
    "waiting": "Waiting",
    "done": "Done",
    "not-needed": "Not needed",
}
MINE, ALL = "mine", "all"


@dataclass(frozen=True)
class Filter:
    """Which lines of an item's list are shown."""

    status: str = ""
    whose: str = MINE

    def shows(self, entry: Entry) -> bool:
        return self.status in ("", entry.status.value.replace(" ", "-")) or (self.status == "open" and entry.open)


@dataclass(frozen=True)
class Line:
    """One student's row; `choice` is what the form sends to mark it, empty where it cannot be marked with the others."""

    student: Student
    row: Row
    choice: str


@dataclass(frozen=True)
class Batch:
    """What came of marking several students at once, or of taking that back. `undo` is what the form sends to take it back."""

    done: tuple[str, ...]
    left: tuple[tuple[str, str], ...]
    undo: tuple[str, ...] = ()
    taken_back: bool = False


@bp.get("/by-item")
def index() -> str:
    """Every item, with how many of the students stand where."""
    whose = _whose(request.args)
    counts: dict[str, dict[Status, int]] = {}
    for checklist in _checklists(whose):
        for entry in checklist.entries:
            of_item = counts.setdefault(entry.item.id, dict.fromkeys(Status, 0))
            of_item[entry.status] += 1
    desk = current.desk()
    pages: dict[str, list[tuple[Item, dict[Status, int]]]] = {}
    for item in desk.book.current_items:
        if item.id in counts:
            pages.setdefault(item.page, []).append((item, counts[item.id]))
    return render_template(
        "items/index.html",
        pages=[(desk.book.pages[path], found) for path, found in pages.items()],
        whose=whose,
        both=_has_both(),
        statuses=Status,
        saved=saved_lists.of(desk.store, current.person().id),
        items=desk.book.items,
        labels=STATUSES,
    )


@bp.get("/items/<item_id>")
def show(item_id: str) -> str:
    """Where this item stands for each student that I may list."""
    return _page(_item(item_id))


@bp.post("/items/<item_id>/marks")
def mark(item_id: str) -> Response:
    """Mark it done for the chosen students, each in a write of their own. Whose item was marked meanwhile is left alone and named."""
    item, desk = _item(item_id), current.desk()
    chosen = [_named(text) for text in request.form.getlist("chosen")]
    try:
        facts = check_can_mark_many(item)
        on = _day(request.form.get("on", ""))
        if on > desk.today():
            raise ValueError(f"The day must be today or earlier. {day_words(on)} is still to come.")
        if not chosen:
            raise ValueError("Choose at least one student.")
        if len(chosen) > MOST_AT_ONCE:
            raise ValueError(f"You chose {len(chosen)} students. At most {MOST_AT_ONCE} can be marked at once.")
    except ValueError as refused:
        return make_response(_page(item, refused=str(refused)), 422)
    allowed = access.students_for(desk, [student for student, _, _ in chosen], Action.MARK)
    done, left, undo = list[str](), list[tuple[str, str]](), list[str]()
    for student_id, key, based_on in chosen:
        record = allowed.get(student_id)
        checklist = desk.checklist(record, desk.year()) if record else None
        entry = checklist.by_key.get(key) if checklist else None
        if record is None or checklist is None or entry is None or entry.item.id != item.id:
            continue
        occurrence = entry.occurrence.id if entry.occurrence else ""
        try:
            intent = check_intent(entry, Intent(Status.DONE, on, facts), checklist)
            made = students.add_mark(
                desk.store, student_id, item, occurrence, desk.year(), intent, based_on, desk.book.edition, current.actor()
            )
        except MarkRefused as refused:
            left.append((record.student.name, str(refused)))
        except MarkedMeanwhile as faster:
            left.append((record.student.name, f"marked in the meantime: {status_words(faster.mark, desk.book.registers)}"))
        else:
            done.append(record.student.name)
            undo.append(f"{student_id}|{key}|{made.id}")
    return make_response(_page(item, batch=Batch(tuple(done), tuple(left), tuple(undo))))


@bp.post("/items/<item_id>/undo")
def undo(item_id: str) -> Response:
    """Take a whole batch back, student by student; what somebody has marked since stays."""
    item, desk = _item(item_id), current.desk()
    marks = [_named(text) for text in request.form.getlist("undo")[:MOST_AT_ONCE]]
    if not marks:
        return make_response(_page(item, refused="There is nothing to undo."), 422)
    allowed = access.students_for(desk, [student for student, _, _ in marks], Action.MARK)
    done, left = list[str](), list[tuple[str, str]]()
    for student_id, key, mark_id in marks:
        record = allowed.get(student_id)
        item_of_key, _, occurrence = key.partition("@")
        if record is None or item_of_key != item.id:
            continue
        try:
            students.undo_mark(desk.store, student_id, item, occurrence, desk.year(), mark_id, current.actor())
        except MarkedMeanwhile as faster:
            left.append((record.student.name, f"marked again since: {status_words(faster.mark, desk.book.registers)}"))
        except KeyError:
            continue
        else:
            done.append(record.student.name)
    return make_response(_page(item, batch=Batch(tuple(done), tuple(left), taken_back=True)))


def _named(text: str) -> tuple[str, str, str]:
    """Student, key of the entry, and mark, as a form names them."""
    student, _, rest = text.partition("|")
    key, _, mark = rest.partition("|")
    return student, key, mark


def show_refused(item_id: str, sentence: str) -> Response:
    """The list again, with what is wrong about saving it."""
    return make_response(_page(_item(item_id), refused=sentence), 422)


def _item(item_id: str) -> Item:
    item = current.desk().book.items.get(item_id)
    if item is None:
        abort(404)
    return item


def _day(text: str) -> dt.date:
    try:
        day = parse_day(text)
    except ValueError as error:
        raise ValueError(f"The day: {error}") from None
    if day is None:
        raise ValueError("Enter the day on which it was done.")
    return day


def _whose(values: object) -> str:
    """Whose students are listed: mine, where I have any and did not ask for all."""
    asked = values.get("whose", "")  # type: ignore[attr-defined]
    if asked in (MINE, ALL):
        return str(asked)
    return MINE if current.desk().caseload(current.person()) else ALL


def _filter() -> Filter:
    values = request.form if request.method == "POST" else request.args
    status = values.get("status", "")
    return Filter(status if status in STATUSES else "", _whose(values))


def _checklists(whose: str) -> list[Checklist]:
    lists = current.desk().lists(current.person())
    others = [*(one.checklist for one in lists.helped), *(lists.overseen or ())]
    return sorted([*lists.own, *(others if whose == ALL else ())], key=lambda checklist: checklist.student.sort_name)


def _has_both() -> bool:
    """Whether there is a choice between my students and others whom I may list."""
    lists = current.desk().lists(current.person())
    return bool(lists.own) and bool(lists.helped or lists.overseen)


def _page(item: Item, batch: Batch | None = None, refused: str = "") -> str:
    desk, chosen = current.desk(), _filter()
    checklists = _checklists(chosen.whose)
    on_it = [(checklist, [entry for entry in checklist.entries if entry.item.id == item.id]) for checklist in checklists]
    lines = list(_lines(item, ((checklist, [entry for entry in found if chosen.shows(entry)]) for checklist, found in on_it)))
    return render_template(
        "items/show.html",
        item=item,
        page=desk.book.pages[item.page],
        lines=lines,
        hidden=sum(len(found) for _, found in on_it) - len(lines),
        without=[(checklist.student, _why_not(checklist, item.id)) for checklist, found in on_it if not found],
        event=desk.book.registers.events.get(item.opens.event),
        chosen=chosen,
        labels=STATUSES,
        both=_has_both(),
        one_by_one=_one_by_one(item),
        markable=any(line.choice for line in lines),
        ticked=set(request.form.getlist("chosen")) if refused else set(),
        on=request.form.get("on", "") if refused else desk.today().isoformat(),
        batch=batch,
        refused=refused,
        name=request.form.get("name", ""),
    )


def _lines(item: Item, found: Iterable[tuple[Checklist, Sequence[Entry]]]) -> Iterable[Line]:
    desk, person, people = current.desk(), current.person(), current.desk().people()
    many = can_mark_many(item)
    for checklist, entries in found:
        student = checklist.student
        can_mark = many and bool(entries) and can(person, Action.MARK, student, desk.today(), desk.now())
        for entry in entries:
            choice = f"{student.id}|{entry.key}|{entry.mark.id if entry.mark else ''}" if can_mark and entry.open else ""
            yield Line(student, current.rows(checklist, people).row(entry), choice)


def _one_by_one(item: Item) -> str:
    try:
        check_can_mark_many(item)
    except MarksOneByOne as reason:
        return str(reason)
    return ""


def _why_not(checklist: Checklist, item_id: str) -> str:
    for one in (*checklist.not_applying, *checklist.unknown):
        if one.item.id == item_id and one.applicability.holds is not True:
            return one.applicability.why
    return "no event has opened it"
