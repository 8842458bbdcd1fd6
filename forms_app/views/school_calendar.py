"""The school calendar: everybody reads it, Student Support Services keeps it. An import is shown line by line before anything is written."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.calendar_import import ImportPreview, preview
from forms_app.forms.dates import CalendarEntryForm, CalendarTextForm
from forms_app.permissions import can_announce
from forms_app.records import district
from forms_app.records.district import CalendarChangedMeanwhile
from forms_app.school_calendar import CalendarEntry, CalendarRefused, check_entry
from forms_app.school_year import SchoolYear
from forms_app.statutory_holidays import statutory_holidays
from forms_app.views import current

bp = Blueprint("school_calendar", __name__)

CHANGED = "Somebody else changed the calendar since you opened this page. What there is now is shown; nothing of yours was written. Send it again if it is still right."


@bp.get("/dates/calendar")
def show() -> str:
    """Every day without school of this year and the next."""
    return _page(CalendarEntryForm(formdata=None))


@bp.post("/dates/calendar")
def add() -> Response | tuple[str, int]:
    """Enter one holiday or break."""
    form, desk = CalendarEntryForm(), current.desk()
    if not form.validate():
        return _page(form), 422
    try:
        entry = form.entry()
        check_entry(entry, desk.today())
        district.add_to_calendar(desk.store, [entry], form.based_on.data or "", current.actor())
    except CalendarRefused as refused:
        form.first.errors = [str(refused)]
        return _page(form), 422
    except CalendarChangedMeanwhile:
        return _page(form, changed=True), 409
    return redirect(url_for("school_calendar.show"), 303)


@bp.post("/dates/calendar/remove")
def remove() -> Response | tuple[str, int]:
    """Take one entry out; the record keeps that it was there."""
    entry_id, _, based_on = request.form.get("remove", "").partition("|")
    try:
        district.take_from_calendar(current.desk().store, entry_id, based_on, current.actor())
    except CalendarRefused as refused:
        return _page(CalendarEntryForm(formdata=None), refused=str(refused)), 422
    except CalendarChangedMeanwhile:
        return _page(CalendarEntryForm(formdata=None), changed=True), 409
    return redirect(url_for("school_calendar.show"), 303)


@bp.get("/dates/calendar/import")
def paste() -> str:
    """Where a calendar is pasted; with `suggest` the province's holidays stand there, to be looked at and sent or not."""
    year = current.desk().year()
    suggested = request.args.get("suggest", "")
    text = _suggestion(SchoolYear(int(suggested))) if suggested in (str(year.start), str(year.next.start)) else ""
    return _import_page(CalendarTextForm(formdata=None, data={"text": text}), None, suggestion=bool(text))


@bp.post("/dates/calendar/import")
def look() -> Response | tuple[str, int]:
    """Show what each line was understood as; write only what was shown and sent again."""
    form, desk = CalendarTextForm(), current.desk()
    found = preview(form.text.data or "", desk.district().calendar, desk.today())
    if not found.can_be_taken:
        return _import_page(form, found), 422
    if request.form.get("take") != "yes":
        return _import_page(form, found), 200
    try:
        district.add_to_calendar(desk.store, found.new, form.based_on.data or "", current.actor())
    except CalendarRefused as refused:
        return _import_page(form, ImportPreview(found.lines, str(refused))), 422
    except CalendarChangedMeanwhile:
        return _import_page(form, found, changed=True), 409
    return redirect(url_for("school_calendar.show"), 303)


def _suggestion(year: SchoolYear) -> str:
    """The province's statutory holidays that fall on a weekday from September to June, as lines to paste."""
    return "\n".join(
        f"{day.isoformat()}, {name}" for day, name in statutory_holidays(year) if day.weekday() < 5 and day.month not in (7, 8)
    )


def _page(form: CalendarEntryForm, refused: str = "", changed: bool = False) -> str:
    desk = current.desk()
    known, year = desk.district(), desk.year()
    form.based_on.data = known.calendar_version
    years = [one for one in (year, year.next) if one == year or known.calendar.of_year(one)]
    return render_template(
        "school_calendar/show.html",
        form=form,
        years=[
            (one, [(entry, _what(entry)) for entry in known.calendar.of_year(one)], len(known.calendar.school_days(one))) for one in years
        ],
        version=known.calendar_version,
        people=desk.people(),
        refused=CHANGED if changed else refused,
        can_change=can_announce(current.person()),
        year=year,
    )


def _import_page(form: CalendarTextForm, found: ImportPreview | None, changed: bool = False, suggestion: bool = False) -> str:
    known, year = current.desk().district(), current.desk().year()
    form.based_on.data = known.calendar_version
    return render_template(
        "school_calendar/import.html",
        form=form,
        found=found,
        lines=[(line, _what(line.entry) if line.entry else "") for line in (found.lines if found else ())],
        version=known.calendar_version,
        changed=CHANGED if changed else "",
        suggestion=suggestion,
        year=year,
    )


def _what(entry: CalendarEntry) -> str:
    return entry.kind.value[0].upper() + entry.kind.value[1:]
