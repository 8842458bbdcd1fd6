"""A student: the checklist of a school year, and the details."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Checklist, Unopened
from forms_app.corrections import Correction
from forms_app.data_dictionary import read_dictionary
from forms_app.forms.fields import choices
from forms_app.forms.students import StudentForm
from forms_app.permissions import Action, Role, actions, can, can_be_case_manager_at, schools_to_add_at
from forms_app.records import students
from forms_app.records.students import EditedMeanwhile
from forms_app.students import CATEGORIES, Answer
from forms_app.views import current
from forms_app.views.reasons import why_you
from forms_app.views.rows import Rows

bp = Blueprint("students", __name__)

# Which field of the details answers a condition that nobody has answered yet.
FIELD_OF = {
    "has an IEP": "iep",
    "SEA or CCW assigned": "assistant",
    "outside agency involved": "agency",
    "leaving grade 12": "leaving",
    "continuing next year": "leaving",
    "grade 8": "counts_as",
    "grade 10 to 12": "counts_as",
}


@bp.get("/students/<student_id>")
def show(student_id: str) -> str:
    """The checklist of this school year."""
    return _checklist()


@bp.get("/students/<student_id>/<int:start>")
def show_year(student_id: str, start: int) -> Response | str:
    """The checklist of an earlier school year, to read."""
    if current.year() == current.desk().year():
        return redirect(url_for("students.show", student_id=student_id), 303)
    if current.year() not in current.record().years:
        abort(404)
    return _checklist()


def _checklist() -> str:
    desk, record, year = current.desk(), current.record(), current.year()
    checklist = desk.checklist(record, year)
    rows = current.rows(checklist)
    people = rows.people
    closed = year != desk.year()
    granted = actions(current.person(), record.student, desk.today(), desk.now())
    can_mark = not closed and Action.MARK in granted
    marked = checklist.by_key.get(request.args.get("marked", ""))
    return render_template(
        "students/show.html",
        student=checklist.student,  # with the grade of that year
        school=desk.schools().get(checklist.student.school),
        case_manager=people.get(record.student.case_manager_on(min(desk.today(), year.last_day))),
        category=CATEGORIES.get(checklist.student.category, ""),
        checklist=checklist,
        lists=_lists(rows, closed, can_mark),
        year=year,
        closed=closed,
        years=[other for other in record.years if other != year],
        current_year=desk.year(),
        can_mark=can_mark,
        can_edit=Action.EDIT in granted,
        to_open=not closed and Action.EDIT in granted and _to_open(),
        can_record=not closed and Action.RECORD_EVENT in granted,
        can_read_whole=Action.READ_WHOLE in granted,
        can_close=Action.CLOSE in granted,
        can_hand_over=Action.HAND_OVER in granted and bool(record.student.case_manager_on(desk.today())),
        handover=record.student.handover_on(desk.today()) if Action.SEE_PACKET in granted else None,
        can_see_access=Action.SEE_ACCESS in granted,
        can_see_audit=Action.SEE_AUDIT in granted,
        can_add_item=not closed and Action.ADD_ITEM in granted,
        consents=len(record.consents),
        why=why_you(current.ties(), desk.settings.zone),
        without_iep=_must_have_iep(checklist) if not closed else None,
        statements=_statements("detail"),
        beside_events=_beside("event"),
        not_applying=_reasons(checklist.not_applying),
        unknown=_questions(checklist.unknown),
        events=[
            (occurrence, desk.book.registers.events[occurrence.event])
            for occurrence in checklist.occurrences
            if occurrence.event in desk.book.registers.events
        ],
        marked=rows.row(marked) if marked else None,
        people=people,
        edition_waits=desk.edition_waits,
        printed=desk.today(),
    )


def _to_open() -> bool:
    """Whether opening this school year would change something for this student, or bring something over."""
    desk, record = current.desk(), current.record()
    plan = desk.plan(record, desk.year())
    return not plan.done and (plan.moves or plan.closes or bool(plan.look))


def _must_have_iep(checklist: Checklist) -> str:
    """The key of the source's must, where a student must have an IEP and is recorded as having none."""
    entry = checklist.by_key.get("needs.iep-in-place")
    return entry.key if entry and entry.open and checklist.student.iep is Answer.NO else ""


def _statements(kind: str) -> list[tuple[str, Correction]]:
    """Requests for correction and annotations about the details, each with what it is about."""
    fields = read_dictionary(current.desk().settings.root).records["student"]["profile"].fields
    return [
        (fields[one.about.key].label if one.about.key in fields else one.about.key, one)
        for one in current.record().corrections
        if one.about.kind == kind
    ]


def _beside(kind: str) -> dict[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for one in current.record().corrections:
        if one.about.kind == kind:
            found.setdefault(one.about.key, []).append(one)
    return found


def _lists(rows: Rows, closed: bool, can_mark: bool) -> str:
    """The rows as HTML, rendered once for each version of the record."""
    desk, record = current.desk(), current.record()
    names = hash(tuple(sorted((person.id, person.name) for person in rows.people.values())))
    year, day = rows.checklist.year, rows.checklist.today
    key = (record.student.id, record.version, year, desk.dates_version(), desk.book.edition, day, can_mark, rows.may_give, names)

    def render() -> str:
        urgent, rest = rows.groups()
        return render_template("students/lists.html", urgent=urgent, rest=rest, student=record.student, closed=closed, can_mark=can_mark)

    return desk.kept(key, render)


def _reasons(unopened: tuple[Unopened, ...]) -> list[tuple[str, list[Any]]]:
    """Items that do not apply, gathered by the reason, so that one sentence serves for many."""
    gathered: dict[str, list[Any]] = {}
    for one in unopened:
        gathered.setdefault(one.applicability.why, []).append(one.item)
    return list(gathered.items())


def _questions(unopened: tuple[Unopened, ...]) -> list[tuple[str, str, list[Any]]]:
    gathered: dict[tuple[str, str], list[Any]] = {}
    for one in unopened:
        field = FIELD_OF[one.applicability.ask[0]]
        gathered.setdefault((one.applicability.why, field), []).append(one.item)
    return [(why, field, items) for (why, field), items in gathered.items()]


@bp.get("/students/new")
def new() -> str:
    """A form for a new student."""
    form = _form(StudentForm(formdata=None, agency=Answer.UNKNOWN.value))
    return _page(form, None)


@bp.post("/students/new")
def add() -> Response | tuple[str, int]:
    """Add a student; the case manager is who adds, or whom the principal names."""
    form = _form(StudentForm())
    if not (form.validate() and _manager_fits(form)):
        return _page(form, None), 422
    desk = current.desk()
    student_id = students.create(desk.store, form.profile(), form.case_manager.data, desk.today(), current.actor())
    return redirect(url_for("students.show", student_id=student_id), 303)


@bp.get("/students/<student_id>/edit")
def edit(student_id: str) -> str:
    """The details, to change."""
    profile = students.profile_of(current.record().student)
    form = _form(StudentForm(formdata=None, data={**profile, "agencies": "\n".join(profile["agencies"]), "case_manager": _case_manager()}))
    return _page(form, profile)


@bp.post("/students/<student_id>/edit")
def save(student_id: str) -> Response | tuple[str, int]:
    """Keep what this person changed. What somebody else changed meanwhile is shown, not overwritten."""
    form = _form(StudentForm())
    based_on = _based_on()
    if not (form.validate() and _manager_fits(form)):
        return _page(form, based_on), 422
    if based_on is None:
        abort(400)  # nobody knows what this person changed
    desk = current.desk()
    try:
        students.edit(desk.store, student_id, form.profile(), based_on, current.actor())
    except EditedMeanwhile as clash:
        # Only what both changed counts as seen now. What this person never touched stays unchanged by them.
        return _page(form, {**based_on, **clash.fields}, clash.fields), 409
    if form.case_manager and form.case_manager.data != _case_manager():
        students.assign(desk.store, student_id, form.case_manager.data, desk.today(), current.actor())
    return redirect(url_for("students.show", student_id=student_id), 303)


def _case_manager() -> str:
    """The id of the case manager of the student that the address names, if it names one."""
    named = "student_id" in (request.view_args or {})
    return current.record().student.case_manager_on(current.desk().today()) if named else ""


def _based_on() -> dict[str, Any] | None:
    """The details that this person saw when they opened the form; it comes back with it."""
    try:
        seen = json.loads(request.form.get("based_on", ""))
    except (ValueError, RecursionError):
        seen = None
    fits = isinstance(seen, dict) and set(seen) == set(students.profile_of(current.record().student))
    return seen if fits else None


def _form(form: StudentForm) -> StudentForm:
    """Offer the schools and case managers that this person may choose from."""
    desk, person = current.desk(), current.person()
    editing = "student_id" in (request.view_args or {})
    offered = schools_to_add_at(person) | ({current.record().student.school} if editing else frozenset())
    form.school.choices = choices((school.id, school.name) for school in desk.schools().values() if school.id in offered)
    if editing and not can(person, Action.NAME_CASE_MANAGER, current.record().student, desk.today(), desk.now()):
        del form.case_manager  # the principal appoints (Q-APP-03)
        return form
    appointed = {other.id: other.name for school in person.schools_as(Role.PRINCIPAL) for other in desk.possible_case_managers(school)}
    if not editing and any(can_be_case_manager_at(person, school) for school in offered):
        appointed = {person.id: person.name} | appointed
    kept = form.case_manager.data
    if editing and kept and kept not in appointed and kept == _case_manager():
        known = desk.people().get(kept)
        appointed[kept] = known.name if known else "Somebody whose account is gone"  # stays a choice, though no longer at this school
    nobody = [("", "Nobody yet")] if person.schools_as(Role.PRINCIPAL) else []
    form.case_manager.choices = choices([*nobody, *appointed.items()])
    return form


def _manager_fits(form: StudentForm) -> bool:
    """Whether this person may name that case manager at that school. Who is case manager already may stay."""
    if not form.case_manager or form.case_manager.data == _case_manager() != "":
        return True
    desk, person, school = current.desk(), current.person(), form.school.data
    named = desk.people().get(form.case_manager.data)
    if school not in person.schools_as(Role.PRINCIPAL) and (named is None or named.id != person.id):
        form.case_manager.errors = ["At this school you are no principal: there you can only add students whose case manager you are."]
    elif named is not None and not can_be_case_manager_at(named, school):
        form.case_manager.errors = [f"{named.name} cannot be a case manager at this school. Choose somebody who works there."]
    return not form.case_manager.errors


def _page(form: StudentForm, based_on: dict[str, Any] | None, theirs: dict[str, Any] | None = None) -> str:
    return render_template(
        "students/form.html",
        form=form,
        based_on=json.dumps(based_on) if based_on else "",
        theirs=theirs,
        editing=bool(request.view_args),
        statements=_statements("detail") if request.view_args else [],
    )
