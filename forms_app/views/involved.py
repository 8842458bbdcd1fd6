"""Why can I see this student? Who else can? And naming who works with the student, who covers, and when the team discusses them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.forms.involved import FORMS, NamingForm
from forms_app.handbook.words import day_words
from forms_app.handovers import ACCEPTED, LAPSED, SENT_BACK, TAKEN_BACK
from forms_app.naming import NamingRefused, can_be_named, check_naming, roles_for
from forms_app.permissions import Action, Person, can, ties
from forms_app.records import students
from forms_app.students import ACCOUNT_GONE, Handover, Involvement, Part, Student
from forms_app.views import current
from forms_app.views.reasons import from_to, moment_words, what_they_do, why_they, why_you

bp = Blueprint("involved", __name__)


@dataclass(frozen=True)
class Line:
    """One reason of one person, as the table shows it."""

    name: str
    why: str
    does: str
    when: str = ""
    reason: str = ""
    by: str = ""


@dataclass(frozen=True)
class Named:
    """An involvement that can be ended, or one that is over."""

    id: str
    who: str
    when: str
    reason: str


@bp.get("/students/<student_id>/people")
def show(student_id: str) -> str:
    """Everybody with access, why, and from when to when."""
    return _page()


@bp.post("/students/<student_id>/people")
def name(student_id: str) -> Response | tuple[str, int]:
    """Name a team member or who covers, or bring the student to the school-based team."""
    desk, student = current.desk(), current.record().student
    kind = FORMS.get(request.form.get("part", ""))
    if kind is None:
        abort(404)
    form = kind()
    typed = form.validate()
    try:
        involvement = check_naming(form.naming(desk.people()), student, current.person(), desk.today())
    except NamingRefused as refused:
        for field, sentence in refused.errors.items():
            if not form[field].errors:
                form[field].errors = [sentence]
        return _page(form), 422
    if not typed:
        return _page(form), 422
    students.involve(desk.store, student_id, involvement, current.actor())
    return redirect(url_for("involved.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/people/<involvement_id>/end")
def end(student_id: str, involvement_id: str) -> Response:
    """End it at once. A second click changes nothing."""
    found = next((one for one in current.record().student.involvements if one.id == involvement_id), None)
    if found is None:
        abort(404)
    if not found.over_on(current.desk().today()):
        students.end_involvement(current.desk().store, student_id, found, current.actor())
    return redirect(url_for("involved.show", student_id=student_id), 303)


def _page(refused: NamingForm | None = None) -> str:
    desk, student, person = current.desk(), current.record().student, current.person()
    today, now = desk.today(), desk.now()
    can_name = can(person, Action.NAME_TEAM, student, today, now)
    names = {other.id: other.name for other in desk.people().values()}
    return render_template(
        "involved/show.html",
        student=student,
        why=why_you(current.ties(), desk.settings.zone),
        lines=list(_lines(student, desk.colleagues(), names)),
        named=[_named(one, names) for one in student.involvements if not one.over_on(today)] if can_name else [],
        past=list(_past(student, names)),
        forms=[
            _offer(refused if refused and refused.part is kind.part else kind(formdata=None, data={"since": today}))
            for kind in FORMS.values()
        ]
        if can_name
        else [],
        refused=refused,
        delegated=list(_given(student, names)),
        can_name=can_name,
        can_appoint=can(person, Action.NAME_CASE_MANAGER, student, today, now),
        can_audit=can(person, Action.SEE_AUDIT, student, today, now),
    )


def _offer(form: NamingForm) -> NamingForm:
    desk, student, person = current.desk(), current.record().student, current.person()
    people = [other for other in desk.colleagues() if can_be_named(other, form.part, student, person, desk.today())]
    form.offer((other, roles_for(other, form.part, student)) for other in people)
    return form


def _lines(student: Student, people: Iterable[Person], names: dict[str, str]) -> Iterable[Line]:
    """One line for each reason for which somebody has access now."""
    desk = current.desk()
    found = [(tie, person) for person in people for tie in ties(person, student, desk.today(), desk.now())]
    order = list(type(found[0][0].relation)) if found else []
    for tie, person in sorted(found, key=lambda pair: (order.index(pair[0].relation), pair[1].name.casefold())):
        yield Line(
            name=person.name,
            why=why_they(tie),
            does=what_they_do(tie, student),
            when=from_to(tie, desk.settings.zone),
            reason=tie.reason,
            by=names.get(tie.by, "") if tie.by != person.id else "",
        )


def _given(student: Student, names: dict[str, str]) -> Iterable[tuple[Named, str]]:
    """Items that colleagues were given, newest first; with the words for one that is over."""
    desk = current.desk()
    checklist = desk.checklist(current.record(), current.year())
    for one in reversed(student.delegations):
        entry = checklist.by_key.get(one.key)
        item = desk.book.items.get(one.key.partition("@")[0])
        title = entry.item.title if entry else item.title if item else "an item of an earlier year"
        over = f"ended {moment_words(one.ended, desk.settings.zone)}" if one.ended else ""
        if not over and not one.holds_on(desk.today()):
            over = "ended with its school year"
        who = f"{names.get(one.person, ACCOUNT_GONE)}: {title}"
        yield Named(one.id, who, f"since {day_words(one.since)}", one.needs), over


def _named(one: Involvement, names: dict[str, str]) -> Named:
    return Named(one.id, _who(one, names), _from_to(one.since, one.until), one.reason)


def _who(one: Involvement, names: dict[str, str]) -> str:
    name = names.get(one.person, ACCOUNT_GONE)
    if one.part is Part.SBT:
        return "The school-based team discusses the student"
    return f"{name} covers for the case manager" if one.part is Part.COVERING else f"{name}, {one.role}"


def _from_to(since: dt.date, until: dt.date | None) -> str:
    return f"{day_words(since)} to {day_words(until)}" if until else f"since {day_words(since)}"


def _handed(one: Handover, names: dict[str, str], zone: str) -> tuple[str, str, str]:
    """Who offered the student to whom, what became of it and when, and why it came back."""
    gone = ACCOUNT_GONE
    what = {
        ACCEPTED: "taken over",
        SENT_BACK: "sent back",
        TAKEN_BACK: "taken back",
        LAPSED: "lapsed, because the case manager changed otherwise",
    }
    by = f", by {names.get(one.by, gone)}" if one.by != one.giver else ""
    answered = f"; {what[one.answer]} {moment_words(one.answered, zone)}" if one.answered else "; not answered yet"
    if one.answer == TAKEN_BACK:
        answered += f" by {names.get(one.answered_by, gone)}"
    who = f"Handover from {names.get(one.giver, gone)} to {names.get(one.receiver, gone)}"
    return who, f"offered {moment_words(one.at, zone)}{by}{answered}", one.reason


def _past(student: Student, names: dict[str, str]) -> Iterable[Named]:
    """Who had access before: it stays on the record, newest first within each kind."""
    desk = current.desk()
    zone, today = desk.settings.zone, desk.today()
    for assignment in reversed(student.assignments):
        if assignment.until and assignment.until < today:
            who = names.get(assignment.person, ACCOUNT_GONE)
            yield Named("", f"{who}, case manager", _from_to(assignment.since, assignment.until), "")
    for handover in reversed(student.handovers):
        yield Named("", *_handed(handover, names, zone))
    for one in reversed(student.involvements):
        if one.over_on(today):
            ended = f", ended {moment_words(one.ended, zone)} by {names.get(one.ended_by, ACCOUNT_GONE)}" if one.ended else ""
            yield Named("", _who(one, names), _from_to(one.since, one.until) + ended, one.reason)
    for emergency in reversed(student.emergencies):
        if not emergency.holds_at(desk.now()):
            who = names.get(emergency.person, ACCOUNT_GONE)
            yield Named("", f"{who}, in an emergency", f"{moment_words(emergency.at, zone)}, for 60 minutes", emergency.reason)
