"""Requests for correction and annotations: attached to a detail, an event or a mark, answered, and never altering it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.corrections import CannotAnswer, Correction, Outcome, Sort, Target, check_can_answer, parse_target
from forms_app.data_dictionary import read_dictionary
from forms_app.forms.privacy import AnswerForm, CorrectionForm
from forms_app.permissions import Action, can
from forms_app.records import corrections
from forms_app.views import current
from forms_app.views.wording import Wording

bp = Blueprint("corrections", __name__)


@bp.get("/students/<student_id>/corrections/new")
def new(student_id: str) -> str:
    """What is wrong, and what should it say? Without a target: choose one from the details."""
    form = CorrectionForm(
        formdata=None, data={"about": request.args.get("about", ""), "sort": Sort.REQUEST.value, "on": current.desk().today()}
    )
    return _page(form)


@bp.post("/students/<student_id>/corrections/new")
def add(student_id: str) -> Response | tuple[str, int]:
    """Attach it; it stands in the whole record from then on."""
    form, desk = CorrectionForm(), current.desk()
    about = _target(form.about.data)
    valid = form.validate()
    if valid and form.on.data > desk.today():
        form.on.errors = ["The day must be today or earlier."]
        valid = False
    if about is None or not valid:
        return _page(form), 422
    try:
        made = corrections.attach(
            desk.store, student_id, Sort(form.sort.data), about, form.asked_by.data, form.says.data, form.on.data, current.actor()
        )
    except corrections.NothingThere:
        return _page(CorrectionForm(formdata=None, data={**form.data, "about": ""})), 422
    return redirect(url_for("whole_record.show", student_id=student_id) + f"#statement-{made}", 303)


@bp.get("/students/<student_id>/corrections/<correction_id>")
def show(student_id: str, correction_id: str) -> str:
    """One request, to answer."""
    return _answer_page(AnswerForm(formdata=None), _found(correction_id))


@bp.post("/students/<student_id>/corrections/<correction_id>")
def answer(student_id: str, correction_id: str) -> Response | tuple[str, int]:
    """Answer it, once."""
    form, found = AnswerForm(), _found(correction_id)
    if not form.validate():
        return _answer_page(form, found), 422
    try:
        corrections.answer(current.desk().store, student_id, correction_id, Outcome(form.outcome.data), form.reason.data, current.actor())
    except CannotAnswer:
        return _answer_page(form, _found(correction_id)), 409
    return redirect(url_for("whole_record.show", student_id=student_id) + f"#statement-{correction_id}", 303)


def _found(correction_id: str) -> Correction:
    found = next((one for one in current.record().corrections if one.id == correction_id), None)
    if found is None:
        abort(404)
    return found


def _target(text: str | None) -> Target | None:
    try:
        return parse_target(text or "")
    except ValueError:
        return None


def _words(about: Target) -> str:
    """What a statement is about, in words; empty where the record has no such thing."""
    desk = current.desk()
    words = Wording.of(desk, desk.whole(current.record()).own_tables).target(str(about), read_dictionary(desk.settings.root))
    return "" if about.kind != "detail" and words == about.key else words


def _page(form: CorrectionForm) -> str:
    desk, student = current.desk(), current.record().student
    about = _target(form.about.data)
    words = _words(about) if about else ""
    details = read_dictionary(desk.settings.root).records["student"]["profile"].fields.values()
    return render_template("corrections/new.html", form=form, student=student, words=words, details=details)


def _answer_page(form: AnswerForm, found: Correction) -> str:
    refused = ""
    try:
        check_can_answer(found)
    except CannotAnswer as reason:
        refused = str(reason)
    student, person = current.record().student, current.person()
    can_edit = can(person, Action.EDIT, student, current.desk().today())
    return render_template(
        "corrections/show.html", form=form, student=student, found=found, words=_words(found.about), refused=refused, can_edit=can_edit
    )
