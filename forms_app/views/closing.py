"""Closing the record of a student who has left, reopening it, and the list of closed records with what is due for review."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.forms.privacy import CloseForm, ReopenForm
from forms_app.handbook.words import day_words
from forms_app.permissions import answers_for
from forms_app.records import closing, disposals
from forms_app.retention import (
    CLOSED,
    OPEN,
    CannotClose,
    can_close,
    can_dispose,
    check_can_close,
    check_can_reopen,
    read_retention,
    review_on,
)
from forms_app.views import current

bp = Blueprint("closing", __name__)


@dataclass(frozen=True)
class Line:
    """One closed record in the list."""

    id: str
    name: str
    school: str
    state: str
    left: str
    review: str
    due: bool
    proposed: bool


@bp.get("/closed")
def index() -> str:
    """Every closed record that this person answers for; what is due for review comes first."""
    desk, person, today = current.desk(), current.person(), current.desk().today()
    retention, schools = read_retention(desk.settings.root), desk.schools()
    disposed = [one for one in disposals.everything(desk.store, answers_for(person)) if one.outcome != disposals.KEPT]
    waiting = {one.id for one in disposed if one.waits}
    lines = []
    for student, standing in desk.closed(person):
        review = review_on(retention, standing)
        lines.append(
            Line(
                id=student.id,
                name=student.name,
                school=schools[student.school].name if student.school in schools else "",
                state=CLOSED.get(student.state, "Is being disposed of"),
                left=day_words(standing.left) if standing.left else "not recorded",
                review=day_words(review) if review else "not set",
                due=can_dispose(retention, standing, today),
                proposed=student.id in waiting,
            )
        )
    names = {one.id: one.name for one in desk.people().values()}
    return render_template(
        "closing/index.html",
        due=[line for line in lines if line.due or line.proposed],
        kept=[line for line in lines if not (line.due or line.proposed)],
        # A record that is gone while its review still waits: the power went between the two. The log says who agreed.
        disposed=[(one, names) for one in disposed if not one.waits or one.id not in {line.id for line in lines}],
        retention=retention,
        day_of=desk.day_of,
    )


@bp.get("/students/<student_id>/close")
def show(student_id: str) -> str:
    """Close an open record, or reopen a closed one."""
    return _page(CloseForm(formdata=None, data={"on": current.desk().today()}), ReopenForm(formdata=None))


@bp.post("/students/<student_id>/close")
def close(student_id: str) -> Response | tuple[str, int]:
    """Close it. Only the principal and Student Support Services see it from then on."""
    form, desk = CloseForm(), current.desk()
    if not form.validate():
        return _page(form, ReopenForm(formdata=None)), 422
    try:
        check_can_close(OPEN, form.on.data, desk.today())
        closing.close(desk.store, student_id, form.state.data, form.on.data, form.reason.data, current.actor(), desk.today())
    except CannotClose as refused:
        form.on.errors = [str(refused)]
        return _page(form, ReopenForm(formdata=None)), 422 if can_close(current.record().student.state) else 409
    desk.forget()
    return redirect(url_for("closing.index"), 303)


@bp.post("/students/<student_id>/reopen")
def reopen(student_id: str) -> Response | tuple[str, int]:
    """Open it again; a case manager is named anew."""
    form, desk = ReopenForm(), current.desk()
    try:
        check_can_reopen(current.record().student.state)
        if not form.validate():
            return _page(CloseForm(formdata=None), form), 422
        closing.reopen(desk.store, student_id, form.reason.data, current.actor(), desk.today())
    except CannotClose as refused:
        return _page(CloseForm(formdata=None, data={"on": desk.today()}), form, str(refused)), 409
    return redirect(url_for("students.show", student_id=student_id), 303)


def _page(close_form: CloseForm, reopen_form: ReopenForm, refused: str = "") -> str:
    student = current.record().student
    return render_template(
        "closing/show.html", form=close_form, reopen_form=reopen_form, student=student, closed=student.state != OPEN, refused=refused
    )
