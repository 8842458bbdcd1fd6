"""Marking items: one click where the item says all, a short form where a person must say more, undo always."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Checklist, Entry, Intent, MarkRefused, Status, check_intent, default_facts, signature_missing
from forms_app.forms.checklists import ELSEWHERE, FACTS, MarkForm
from forms_app.permissions import Action, can
from forms_app.records import students
from forms_app.records.students import MarkedMeanwhile
from forms_app.views import current

bp = Blueprint("checklists", __name__)


@bp.get("/students/<student_id>/items/<key>")
def show(student_id: str, key: str) -> str:
    """One item with its form; for htmx the row, opened."""
    checklist = _derive()
    entry = _entry(checklist, key)
    return _item(checklist, entry, _new_form(entry, checklist))


@bp.post("/students/<student_id>/items/<key>")
def mark(student_id: str, key: str) -> Response:
    """Record what the form says."""
    checklist = _derive()
    entry = _entry(checklist, key)
    form = MarkForm()
    form.offer(entry.item, current.desk().book)
    if form.status.data not in {choice.value for choice in form.status.choices}:
        form.status.errors = ["Choose what is true now."]
        return make_response(_item(checklist, entry, form), 422)
    try:
        day_is_typed = form.validate() or not form.on.errors
        intent = form.intent()
        checked = check_intent(entry, intent, checklist)
    except MarkRefused as refused:
        _explain(form, refused, day_is_typed)
        return make_response(_item(checklist, entry, form), 422)
    if form.errors:
        return make_response(_item(checklist, entry, form), 422)
    return _write(checklist, entry, checked, form.based_on.data or "", form)


@bp.post("/students/<student_id>/marks")
def tick(student_id: str) -> Response:
    """One click: done today, with the facts that the item itself names."""
    checklist = _derive()
    key, _, based_on = request.form.get("tick", "").rpartition("|")
    entry = _entry(checklist, key)
    facts = default_facts(entry.item)
    if facts is None:
        return redirect(url_for("checklists.show", student_id=student_id, key=key), 303)
    try:
        intent = check_intent(entry, Intent(Status.DONE, checklist.today, facts), checklist)
    except MarkRefused as refused:
        form = _new_form(entry, checklist)
        _explain(form, refused, True)
        return make_response(_item(checklist, entry, form), 422)
    return _write(checklist, entry, intent, based_on, None)


@bp.post("/students/<student_id>/undo")
def undo(student_id: str) -> Response:
    """Take the last mark on an item back; both stay on the record."""
    checklist = _derive()
    key, _, mark_id = request.form.get("undo", "").rpartition("|")
    entry = _entry(checklist, key)
    occurrence = entry.occurrence.id if entry.occurrence else ""
    try:
        students.undo_mark(current.desk().store, student_id, entry.item, occurrence, current.year(), mark_id, current.actor())
    except MarkedMeanwhile:
        return make_response(_item(checklist, entry, _new_form(entry, checklist), conflict=True), 409)
    except KeyError:
        abort(404)
    return _after(key, undone=True)


def _write(checklist: Checklist, entry: Entry, intent: Intent, based_on: str, form: MarkForm | None) -> Response:
    desk, record = current.desk(), current.record()
    occurrence = entry.occurrence.id if entry.occurrence else ""
    try:
        students.add_mark(
            desk.store, record.student.id, entry.item, occurrence, current.year(), intent, based_on, desk.book.edition, current.actor()
        )
    except MarkedMeanwhile:
        fresh = _derive(fresh=True)
        shown = _entry(fresh, entry.key)
        kept = form or MarkForm(formdata=None, data={"status": intent.status.value, "on": intent.on})
        kept.offer(shown.item, desk.book)
        kept.based_on.data = shown.mark.id if shown.mark else ""
        kept.based_on.raw_data = None
        return make_response(_item(fresh, shown, kept, conflict=True), 409)
    return _after(entry.key)


def _after(key: str, undone: bool = False) -> Response:
    """The row as it is now; without JavaScript the page, at the row."""
    if not current.partial():
        query = {} if undone else {"marked": key}
        return redirect(url_for("students.show", student_id=current.record().student.id, **query) + f"#{key}", 303)
    checklist = _derive(fresh=True)
    entry = _entry(checklist, key)
    shown = current.rows(checklist).row(entry)
    html = render_template(
        "students/row_response.html",
        row=shown,
        student=current.record().student,
        checklist=checklist,
        can_mark=True,
        marked=None if undone else shown,
    )
    return make_response(html)


def _derive(fresh: bool = False) -> Checklist:
    desk = current.desk()
    record = desk.record(current.record().student.id, current.year()) if fresh else current.record()
    if record is None:
        abort(404)
    return desk.checklist(record, current.year())


def _entry(checklist: Checklist, key: str) -> Entry:
    entry = checklist.by_key.get(key)
    if entry is None:
        abort(404)
    return entry


def _new_form(entry: Entry, checklist: Checklist) -> MarkForm:
    """The form as it first appears: what was recorded, or done today with the item's own place."""
    last = entry.mark
    recorded = last if last and (last.status is not Status.TO_DO or last.days) and not entry.again else None
    data = {FACTS[name]: value for name, value in (recorded.facts.items() if recorded else ())}
    first = Status.WAITING if entry.open and signature_missing(entry, checklist) else Status.DONE
    status = recorded.status if recorded and recorded.status in (Status.DONE, Status.NOT_NEEDED) else first
    form = MarkForm(
        formdata=None,
        data={
            **data,
            "status": status.value,
            "on": recorded.on if recorded and not entry.partly else current.desk().today(),
            "based_on": last.id if last else "",
        },
    )
    form.offer(entry.item, current.desk().book)
    for name, other in (("filed_in", form.filed_elsewhere), ("sent_to", form.sent_elsewhere)):
        field = form[name]
        if field.data and field.data not in {choice.value for choice in field.choices}:
            other.data, field.data = field.data, ELSEWHERE
    return form


def _explain(form: MarkForm, refused: MarkRefused, day_is_typed: bool) -> None:
    """Put each sentence beside its field; the form's own word on a day that is no date goes first."""
    for name, sentence in refused.errors.items():
        if name == "on" and not day_is_typed:
            continue
        elsewhere = {"filed in": ("filed_in", "filed_elsewhere"), "sent to": ("sent_to", "sent_elsewhere")}.get(name)
        target = elsewhere[1] if elsewhere and form[elsewhere[0]].data == ELSEWHERE else FACTS.get(name, name)
        form[target].errors = [sentence]


def _item(checklist: Checklist, entry: Entry, form: MarkForm, conflict: bool = False) -> str:
    desk, record = current.desk(), current.record()
    row = current.rows(checklist).row(entry)
    if row.link[0] and form.status.data != Status.DONE.value:  # the signature is marked with its consent, and not by itself
        form.status.choices = [one for one in form.status.choices if one.value != Status.DONE.value]
    return render_template(
        "students/row_form.html" if current.partial() else "students/item.html",
        row=row,
        student=record.student,
        checklist=checklist,
        form=form,
        kinds=[one.kind for one in entry.item.records],
        conflict=conflict,
        can_mark=can(current.person(), Action.MARK, record.student, desk.today()),
    )
