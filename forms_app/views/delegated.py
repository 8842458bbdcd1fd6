"""What a colleague sees who was given one item: the item, its day, the student's initials, and what they need to do it."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Intent, MarkRefused, Status, check_intent
from forms_app.forms.checklists import FACTS, MarkForm
from forms_app.handbook.words import done_words
from forms_app.records import students
from forms_app.records.students import MarkedMeanwhile
from forms_app.views import current

bp = Blueprint("delegated", __name__)


@bp.get("/delegated/<student_id>/<delegation_id>")
def show(student_id: str, delegation_id: str) -> str:
    """The one item, with a form to mark it."""
    return _page(_form(MarkForm(formdata=None, data={"status": Status.DONE.value, "on": current.desk().today(), "based_on": _last()})))


@bp.post("/delegated/<student_id>/<delegation_id>")
def mark(student_id: str, delegation_id: str) -> Response:
    """Record it. When it is done the delegation ends with it."""
    desk, given, form = current.desk(), current.delegated(), _form(MarkForm())
    if form.status.data not in {choice.value for choice in form.status.choices}:
        form.status.errors = ["Choose what is true now."]
        return make_response(_page(form), 422)
    typed = form.validate() or not form.on.errors
    try:
        intent: Intent = check_intent(given.entry, form.intent(), given.checklist)
    except MarkRefused as refused:
        for name, sentence in refused.errors.items():
            if name == "status":  # what must come first is about the rest of the student's record
                sentence = "This cannot be done yet, because something else must come first. Ask who gave it to you."
            if name != "on" or typed:
                form[FACTS.get(name, name)].errors = [sentence]
        return make_response(_page(form), 422)
    if form.errors:
        return make_response(_page(form), 422)
    entry = given.entry
    occurrence = entry.occurrence.id if entry.occurrence else ""
    try:
        students.add_mark(
            desk.store,
            student_id,
            entry.item,
            occurrence,
            desk.year(),
            intent,
            form.based_on.data or "",
            desk.book.edition,
            current.actor(),
        )
    except MarkedMeanwhile:
        form.status.errors = ["Somebody has marked this item in the meantime. Nothing was overwritten. Go back and open it again."]
        return make_response(_page(form), 409)
    current.say("It is recorded as done, and leaves your list." if intent.status is Status.DONE else "It is recorded.")
    return redirect(url_for("caseload.index"), 303)


def _last() -> str:
    mark = current.delegated().entry.mark
    return mark.id if mark else ""


def _form(form: MarkForm) -> MarkForm:
    """Done or waiting; whether an item is needed is the case manager's to say."""
    item = current.delegated().entry.item
    form.offer(item, current.desk().book)
    can_say = (Status.WAITING.value,) if item.obtains else (Status.DONE.value, Status.WAITING.value)
    form.status.choices = [one for one in form.status.choices if one.value in can_say]
    if item.obtains and not form.is_submitted():
        form.status.data = Status.WAITING.value
    return form


def _page(form: MarkForm) -> str:
    given, book = current.delegated(), current.desk().book
    item = given.entry.item
    return render_template(
        "delegated/show.html",
        given=given,
        form=form,
        kinds=[record.kind for record in item.records],
        done_means=done_words(item, book.registers),
        by=current.desk().people().get(given.delegation.by),
        due=given.entry.due,
    )
