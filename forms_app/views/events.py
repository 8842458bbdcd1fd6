"""Events of a student: what happened, and which items it opens."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import EventAsked, EventRefused, Occurrence, check_event_day, first_known_day
from forms_app.consents import Purpose
from forms_app.forms.checklists import EventForm, WithdrawForm
from forms_app.forms.fields import choices
from forms_app.handbook.words import day_words
from forms_app.records import students
from forms_app.school_year import school_year_of
from forms_app.store import new_id
from forms_app.students import applicability
from forms_app.views import current

bp = Blueprint("events", __name__)


@bp.get("/students/<student_id>/events/new")
def new(student_id: str) -> str:
    """What happened?"""
    chosen = request.args.get("event", "")
    form = _form(EventForm(formdata=None, data={"token": new_id()[:12].replace("-", "x"), "event": chosen, "on": current.desk().today()}))
    return _page(form)


@bp.post("/students/<student_id>/events/new")
def add(student_id: str) -> Response | tuple[str, int]:
    """Record it, and open its items."""
    form, desk = _form(EventForm()), current.desk()
    if not form.validate() or not _is_named(form) or not _day_fits(form):
        return _page(form), 422
    year = school_year_of(form.on.data)
    occurrence = students.record_event(
        desk.store, student_id, form.event.data, form.on.data, form.detail.data, year, current.actor(), token=form.token.data or ""
    )
    return redirect(url_for("students.show", student_id=student_id) + f"#event-{occurrence}", 303)


def _is_named(form: EventForm) -> bool:
    """What needs a consent for one agency or one service says which: no consent could be found for it otherwise."""
    items = [item for item in current.desk().book.current_items if item.opens.event == form.event.data]
    names = next((purpose.names for purpose in (Purpose(one.consent) for one in items if one.consent) if purpose.names), "")
    if names and not form.detail.data:
        form.detail.errors = [f"Name the {names}. The consent that is needed is for this {names}, and for no other."]
    return not form.detail.errors


def _day_fits(form: EventForm) -> bool:
    """An event belongs to this school year, the only one whose checklist is open."""
    desk = current.desk()
    if form.on.data > desk.today() and not _can_be_planned(form.event.data):
        form.on.errors = [f"This cannot have happened yet: {day_words(form.on.data)} is still to come. Check the day."]
        return False
    if form.on.data in desk.year():
        return _was_here(form)
    year = desk.year()
    form.on.errors = [
        f"This school year runs from {day_words(year.first_day)} to {day_words(year.last_day)}. {day_words(form.on.data)} is outside it."
    ]
    return False


def _was_here(form: EventForm) -> bool:
    """Nothing happens to a student who had left. Whether the student was here before anything was recorded, only a person knows."""
    record = current.record()
    try:
        check_event_day(form.on.data, first_known_day(record.student, record.occurrences, record.marks), record.away)
    except EventAsked as asked:
        if form.confirm.data:
            return True
        form.confirm.errors = [str(asked)]
        return False
    except EventRefused as refused:
        form.on.errors = [str(refused)]
        return False
    return True


def _can_be_planned(event: str) -> bool:
    """Meetings are recorded ahead, because something is due by their day; a report that has not arrived is not."""
    items = current.desk().book.current_items
    return any(item.opens.event == event and item.due is not None and item.due.kind == "event" for item in items)


def _form(form: EventForm) -> EventForm:
    form.event.choices = choices((key, event.title) for key, event in current.desk().book.registers.events.items())
    return form


def _page(form: EventForm) -> str:
    book, student = current.desk().book, current.record().student
    opens: dict[str, list[str]] = {}
    for item in book.current_items:
        if item.opens.event and applicability(item.applies, student).holds is not False:
            opens.setdefault(item.opens.event, []).append(item.title)
    return render_template("events/new.html", form=form, student=student, events=book.registers.events, opens=opens)


@bp.get("/students/<student_id>/events/<occurrence_id>/withdraw")
def confirm_withdrawal(student_id: str, occurrence_id: str) -> str:
    """Ask why the event was recorded in error."""
    return _withdrawal(WithdrawForm(formdata=None), _occurrence(occurrence_id))


@bp.post("/students/<student_id>/events/<occurrence_id>/withdraw")
def withdraw(student_id: str, occurrence_id: str) -> Response | tuple[str, int]:
    """Withdraw it; it stays on the record with the reason."""
    form, occurrence = WithdrawForm(), _occurrence(occurrence_id)
    if not form.validate():
        return _withdrawal(form, occurrence), 422
    students.withdraw_event(current.desk().store, student_id, occurrence_id, form.reason.data, occurrence.year, current.actor())
    return redirect(url_for("students.show", student_id=student_id), 303)


def _occurrence(occurrence_id: str) -> Occurrence:
    found = next((o for o in current.record().occurrences if o.id == occurrence_id and not o.withdrawn), None)
    if found is None:
        abort(404)
    return found


def _withdrawal(form: WithdrawForm, occurrence: Occurrence) -> str:
    event = current.desk().book.registers.events.get(occurrence.event)
    checklist = current.desk().checklist(current.record(), current.year())
    marked = [entry.item.title for entry in checklist.entries if entry.occurrence and entry.occurrence.id == occurrence.id and entry.marks]
    return render_template(
        "events/withdraw.html", form=form, student=current.record().student, occurrence=occurrence, event=event, marked=marked
    )
