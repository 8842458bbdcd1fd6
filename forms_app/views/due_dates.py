"""The due date of one item of one student: set the next time, move a date with a reason, take it back, or put it into one's own calendar."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from forms_app.checklists import DateRefused, Entry, can_set_date, check_own_date, comes_round
from forms_app.deadlines import OwnDate
from forms_app.forms.dates import DueDateForm
from forms_app.handbook.words import day_words
from forms_app.icalendar import Event, as_icalendar
from forms_app.records import own_dates
from forms_app.records.own_dates import DatedMeanwhile
from forms_app.students import ACCOUNT_GONE
from forms_app.views import current

bp = Blueprint("due_dates", __name__)


@bp.get("/students/<student_id>/items/<key>/due")
def show(student_id: str, key: str) -> str:
    """When it is due, why, and a form for another date."""
    entry = _entry(key)
    own = entry.due.own
    data = {"date": own.date if own else None, "based_on": own.id if own else ""}
    return _page(entry, DueDateForm(formdata=None, data=data))


@bp.post("/students/<student_id>/items/<key>/due")
def save(student_id: str, key: str) -> AnyResponse | tuple[str, int]:
    """Append the date; what was said before stays on the record."""
    form, entry, desk = DueDateForm(), _entry(key), current.desk()
    take_back = request.form.get("take_back") == "yes"
    if not form.validate() and not (take_back and set(form.errors) <= {"date"}):
        return _page(entry, form), 422
    date = None if take_back else form.date.data
    if date is None and not take_back:
        form.date.errors = ["Enter the day, for example 27 3 2027."]
        return _page(entry, form), 422
    occurrence = entry.occurrence.id if entry.occurrence else ""
    try:
        reason = check_own_date(entry, date, form.reason.data or "", desk.checklist(current.record(), current.year()))
        own_dates.set_date(
            desk.store, student_id, entry.item.id, occurrence, current.year(), date, reason, form.based_on.data or "", current.actor()
        )
    except DateRefused as refused:
        for name, sentence in refused.errors.items():
            form[name].errors = [sentence]
        return _page(entry, form), 422
    except DatedMeanwhile as meanwhile:
        return _page(entry, form, meanwhile.date), 409
    return redirect(url_for("students.show", student_id=student_id) + f"#{key}", 303)


@bp.get("/students/<student_id>/items/<key>/due.ics")
def file(student_id: str, key: str) -> AnyResponse:
    """One event for a calendar. It names the item, never the student: the link leads there. Without a date it leads back to the checklist."""
    entry, desk = _entry(key), current.desk()
    if entry.due.date is None or not entry.open:
        return redirect(url_for("students.show", student_id=student_id) + f"#{key}", 303)
    event = Event(
        uid=f"{key.replace('@', '-')}-{student_id}@case-manager-checklist",
        day=entry.due.date,
        summary=f"Due: {entry.item.title}",
        description="Open the checklist to see for whom.",
        url=current.address() + url_for("students.show", student_id=student_id) + f"#{key}",
    )
    response = Response(as_icalendar([event], desk.now()), mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="due-date.ics"'
    return response


def _entry(key: str) -> Entry:
    entry = current.desk().checklist(current.record(), current.year()).by_key.get(key)
    if entry is None:
        abort(404)
    return entry


def _page(entry: Entry, form: DueDateForm, theirs: OwnDate | None = None) -> str:
    record, people = current.record(), current.desk().people()
    if theirs:
        form.based_on.data, form.based_on.raw_data = theirs.id, None

    def said(one: OwnDate) -> str:
        who = people[one.by].name if one.by in people else ACCOUNT_GONE
        words = f"due on {day_words(one.date)}" if one.date else "the date that was set was taken back"
        return f"{day_words(current.desk().day_of(one.at))}, {who}: {words}{f', because: {one.reason}' if one.reason else ''}"

    return render_template(
        "due_dates/show.html",
        form=form,
        student=record.student,
        entry=entry,
        row=current.rows(current.desk().checklist(record, current.year()), people).row(entry),
        round=comes_round(entry.item),
        possible=can_set_date(entry),
        theirs=said(theirs) if theirs else "",
        earlier=[said(one) for one in reversed(record.own_dates) if one.key == entry.key],
    )
