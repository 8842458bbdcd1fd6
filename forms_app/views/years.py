"""Opening a school year, for one student, a school or the district; and carrying over what last year left unfinished."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Checklist, Entry
from forms_app.opening import CannotOpen, can_carry, can_take_back, check_can_carry, check_can_open, unfinished
from forms_app.permissions import Action, answers_for, can, check_can
from forms_app.records import openings
from forms_app.retention import CannotClose
from forms_app.school_year import SchoolYear
from forms_app.views import current

bp = Blueprint("years", __name__)


# A school or the district


@bp.get("/years")
def index() -> str:
    """What opening this school year would do, counted, before anything is written; and what it has done."""
    return _index(_school())


def _school() -> str:
    """The school that was chosen, empty for all that this person answers for."""
    chosen, allowed = request.values.get("school", ""), answers_for(current.person())
    if chosen and chosen not in (current.desk().schools() if allowed is None else allowed):
        abort(404)
    return chosen


def _scope(school: str) -> frozenset[str] | None:
    return frozenset({school}) if school else answers_for(current.person())


def _year() -> SchoolYear:
    """The year that the form names. Raises CannotOpen when it is none, or not the one to open."""
    desk, text = current.desk(), request.form.get("year", "")
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise CannotOpen("Choose the school year again.")
    check_can_open(SchoolYear(int(text)), desk.year())
    return SchoolYear(int(text))


@bp.post("/years/open")
def open_all() -> Response | tuple[str, int]:
    """Open it for everybody for whom it is not open yet. A second time there is nothing to do."""
    desk, school = current.desk(), _school()
    try:
        year = _year()
    except CannotOpen as refused:
        return _index(school, refused=str(refused)), 422
    preview = desk.preview(_scope(school), year)
    opened = desk.open_year(preview, current.actor())
    return redirect(url_for("years.index", school=school or None, opened=opened, already=preview.done), 303)


@bp.post("/years/take-back")
def take_all_back() -> Response | tuple[str, int]:
    """Take it back for those for whom nobody has used the year yet."""
    desk, school = current.desk(), _school()
    try:
        year = _year()
    except CannotOpen as refused:
        return _index(school, refused=str(refused)), 422
    back, stays = desk.take_year_back(desk.preview(_scope(school), year), current.actor())
    return redirect(url_for("years.index", school=school or None, back=back, stays=stays), 303)


def _index(school: str, refused: str = "") -> str:
    desk, allowed = current.desk(), answers_for(current.person())
    schools = [one for one in desk.schools().values() if allowed is None or one.id in allowed]
    preview = desk.preview(_scope(school), desk.year())
    return render_template(
        "years/index.html",
        year=desk.year(),
        next=desk.year().next,
        preview=preview,
        school=school,
        schools=schools if len(schools) > 1 else [],
        scope=next(
            (one.name for one in schools if one.id == school or len(schools) == 1), "the district" if allowed is None else "your schools"
        ),
        refused=refused,
        told={name: _count(name) for name in ("opened", "already", "back", "stays") if name in request.args},
    )


def _count(name: str) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


# One student


@bp.get("/students/<student_id>/years")
def show(student_id: str) -> str:
    """The school years of one student: what opening this one does, and what last year left unfinished."""
    return _page()


@bp.post("/students/<student_id>/years/open")
def open_one(student_id: str) -> Response | tuple[str, int]:
    """Open this school year for the student."""
    desk, record = current.desk(), current.record()
    try:
        plan = desk.plan(record, _year())
    except CannotOpen as refused:
        return _page(str(refused)), 422
    if plan.closes:  # who may open a year for a student may not close every record
        check_can(current.person(), Action.CLOSE, record.student, desk.today(), desk.now())
    try:
        if not plan.done:
            openings.open_year(desk.store, plan, current.actor(), desk.today(), desk.book.edition)
    except openings.OpenedMeanwhile:
        return _page("Somebody opened this year, or changed the details, in the meantime. Look again."), 409
    if plan.closes:
        desk.forget()
        return redirect("/", 303)  # the record is closed: its case manager sees it no more
    return redirect(url_for("years.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/years/take-back")
def take_back(student_id: str) -> Response | tuple[str, int]:
    """Put grade and state back as they were."""
    desk = current.desk()
    try:
        openings.take_back(desk.store, student_id, _year(), current.actor(), desk.today())
    except (CannotOpen, CannotClose) as refused:
        return _page(str(refused)), 409
    return redirect(url_for("years.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/years/carry")
def carry(student_id: str) -> Response | tuple[str, int]:
    """Carry over what was ticked."""
    desk, year, last = current.desk(), current.year(), _last_year()
    entries, taken = {entry.key: entry for entry in unfinished(last)}, _taken()
    chosen = [key for key in dict.fromkeys(request.form.getlist("items")) if key not in taken]  # a second click carries nothing twice
    try:
        if not request.form.getlist("items"):
            raise CannotOpen("Choose at least one item.")
        carried = [check_can_carry(entries.get(key), year, taken) for key in chosen]
    except CannotOpen as refused:
        return _page(str(refused)), 422
    if carried:
        openings.carry(desk.store, student_id, carried, year, year.previous, desk.book.edition, current.actor())
    return redirect(url_for("students.show", student_id=student_id), 303)


def _last_year() -> Checklist:
    """Last year's checklist as it was left."""
    desk, record, year = current.desk(), current.record(), current.year().previous
    return desk.checklist(desk.record(record.student.id, year) or record, year)


def _taken() -> set[str]:
    """The keys, on last year's checklist, of what has been carried over."""
    last = current.year().previous
    return {f"{one.item}@{one.opened_by.id}" if one.occurrence or one.origin != last else one.item for one in current.record().carried}


def _page(refused: str = "") -> str:
    desk, record, year = current.desk(), current.record(), current.year()
    last, taken = _last_year(), _taken()
    opened = record.ledger.of(year)
    rows = current.rows(last)

    def line(entry: Entry) -> tuple[str, str, str, bool]:
        row = rows.row(entry)
        return (
            entry.key,
            f"{row.title} ({row.event})" if row.event else row.title,
            f"{row.status}. {'Due ' if entry.due.date else ''}{entry.due.words}",
            entry.key in taken,
        )

    left = unfinished(last)
    return render_template(
        "years/show.html",
        student=record.student,
        year=year,
        last=last.year,
        plan=desk.plan(record, year),
        opened=opened,
        can_take_back=can_take_back(opened, year, desk.year_is_used(record, year)),
        people=rows.people,
        items=[line(entry) for entry in left if can_carry(entry, year)],
        retired=[entry.item.title for entry in left if not can_carry(entry, year)],
        years=record.years,
        can_close=can(current.person(), Action.CLOSE, record.student, desk.today()),
        refused=refused,
    )
