"""Duties that have an order: each as steps, with what is ready, what is missing and who holds it. And the decision on exam supports."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.exam_supports import DecisionRefused, by_session, check_decision
from forms_app.flows import flows
from forms_app.forms.exam_supports import ExamForm
from forms_app.permissions import Action, actions
from forms_app.records import exam_supports
from forms_app.views import current

bp = Blueprint("flows", __name__)


@bp.get("/students/<student_id>/steps")
def show(student_id: str) -> str:
    """Every flow of this school year."""
    desk, record = current.desk(), current.record()
    checklist = desk.checklist(record, current.year())
    titles = {key: event.title for key, event in desk.book.registers.events.items()}
    granted = actions(current.person(), record.student, desk.today(), desk.now())
    return render_template(
        "flows/show.html",
        student=record.student,
        flows=flows(checklist, titles, record.exam_decisions, {person.id: person.name for person in desk.people().values()}),
        earlier={one.decision.session: one.before for one in by_session(record.exam_decisions) if one.before},
        can_mark=Action.MARK in granted,
        can_add_item=Action.ADD_ITEM in granted,
        can_consent=Action.RECORD_CONSENT in granted,
        can_allow=Action.OVERRIDE_CONSENT in granted,
        can_record=Action.RECORD_EVENT in granted,
    )


@bp.get("/students/<student_id>/exam-supports")
def exams(student_id: str) -> str:
    """Record what was decided for one session."""
    return _exam_page(ExamForm(formdata=None, data={"on": current.desk().today(), "special_format": "not needed"}))


@bp.post("/students/<student_id>/exam-supports")
def decide(student_id: str) -> Response | tuple[str, int]:
    """Add the decision; an earlier one for the same session stays."""
    form, desk = ExamForm(), current.desk()
    typed = form.validate()
    try:
        new = check_decision(form.made(current.person().id, desk.now(), desk.today()), desk.today())
    except DecisionRefused as refused:
        for name, sentence in refused.errors.items():
            if not form[name].errors:
                form[name].errors = [sentence]
        return _exam_page(form), 422
    if not typed:
        return _exam_page(form), 422
    exam_supports.add(desk.store, student_id, new, current.actor())
    points = len(new.open_points)
    still = f" {points} point{'s are' if points != 1 else ' is'} still open." if points else ""
    current.say(f"The decision for {new.session} is recorded.{still}")
    return redirect(url_for("flows.show", student_id=student_id) + "#exams", 303)


def _exam_page(form: ExamForm) -> str:
    record = current.record()
    return render_template("flows/exams.html", form=form, student=record.student, newest=by_session(record.exam_decisions))
