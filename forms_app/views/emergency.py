"""A record in an emergency: a principal, a reason, one hour, and a report that others read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.forms.involved import EmergencyForm
from forms_app.permissions import Action, answers_for, can, can_use_emergency
from forms_app.records import students
from forms_app.students import ACCOUNT_GONE, Emergency, Student
from forms_app.views import current
from forms_app.views.reasons import moment_words

bp = Blueprint("emergency", __name__)

ATTEMPTS = ("emergency", "attempts")  # where the audit log keeps looks that found nobody


@dataclass(frozen=True)
class Reported:
    """One look in an emergency, as the report shows it."""

    student: Student
    school: str
    who: str
    when: str
    until: str
    reason: str
    now: bool


@bp.get("/emergency")
def show() -> str:
    """What it is, who will know, and the form."""
    return _page(EmergencyForm(formdata=None))


@bp.post("/emergency")
def open_record() -> Response | tuple[str, int]:
    """Open the one record that is named, for an hour. What finds nobody is noted as well."""
    form, desk, person = EmergencyForm(), current.desk(), current.person()
    if not form.validate():
        return _page(form), 422
    found = desk.find_in_emergency(form.who.data)
    if len(found) != 1:
        entry = replace(current.actor().entry("look for a student in an emergency"), reason=form.reason.data)
        desk.store.note(*ATTEMPTS, entry)
        form.who.errors = ["No single student was found. Check the spelling, or enter the PEN or the pupil number. The attempt was noted."]
        return _page(form), 422
    [student] = found
    mine = [one.reason for one in student.emergencies if one.person == person.id and one.holds_at(desk.now())]
    if not can(person, Action.VIEW, student, desk.today()) and form.reason.data not in mine:  # a double click is one
        students.open_in_emergency(desk.store, student.id, Emergency(person.id, desk.now(), form.reason.data), current.actor())
    return redirect(url_for("students.show", student_id=student.id), 303)


@bp.get("/emergency/report")
def report() -> str:
    """Every look in an emergency at the students of my school, or of the district."""
    desk = current.desk()
    zone, schools, people = desk.settings.zone, desk.schools(), desk.people()
    lines = [
        Reported(
            student=student,
            school=schools[student.school].name if student.school in schools else "",
            who=people[one.person].name if one.person in people else ACCOUNT_GONE,
            when=moment_words(one.at, zone),
            until=moment_words(one.ends, zone),
            reason=one.reason,
            now=one.holds_at(desk.now()),
        )
        for student, one in desk.emergencies(current.person())
    ]
    return render_template("emergency/report.html", lines=lines, attempts=_attempts(), can_use=can_use_emergency(current.person()))


def _attempts() -> list[tuple[str, str, str]]:
    """Who looked for a student in an emergency and found none, when, and why: of one's own schools, or of the district; newest first."""
    desk, schools = current.desk(), answers_for(current.person())
    people = desk.people()
    return [
        (people[entry.who].name, moment_words(entry.at, desk.settings.zone), entry.reason)
        for entry in desk.store.history(*ATTEMPTS, limit=100)
        if entry.who in people and (schools is None or people[entry.who].schools & schools)
    ]


def _page(form: EmergencyForm) -> str:
    return render_template("emergency/show.html", form=form)
