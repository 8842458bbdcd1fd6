"""This year's dates: what Student Support Services has announced, for everybody to read and for SSS to announce."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.deadlines import Announcement, outside_window
from forms_app.forms.dates import AnnounceForm
from forms_app.forms.fields import choices
from forms_app.handbook.words import day_words
from forms_app.permissions import can_announce
from forms_app.records import district
from forms_app.records.district import AnnouncedMeanwhile
from forms_app.views import current

bp = Blueprint("dates", __name__)


@bp.get("/dates")
def index() -> str:
    """Every window of the year and its date, if there is one."""
    return _page(_form(AnnounceForm(formdata=None)))


@bp.post("/dates")
def announce() -> Response | tuple[str, int]:
    """Announce a date; every item that hangs on it dates itself. A date that is unusual, or replaces another, is asked about once."""
    form, desk = _form(AnnounceForm()), current.desk()
    valid = form.validate()
    if valid and form.date.data not in desk.year():
        form.date.errors = [f"{day_words(form.date.data)} is not in the school year {desk.year()}."]
        valid = False
    if not valid:
        return _page(form), 422
    made = Announcement(form.window.data, desk.year(), form.date.data, desk.today(), form.note.data)
    known = desk.announcements().get((made.window, made.year))
    questions = _questions(made, known)
    if questions and not (form.confirm.data and (form.based_on.data or "") == (known.id if known else "")):
        return _ask(form, known, questions), 422
    try:
        district.announce(desk.store, made, current.actor(), based_on=known.id if known else "")
    except AnnouncedMeanwhile as meanwhile:
        return _ask(form, meanwhile.announcement, _questions(made, meanwhile.announcement)), 409
    return redirect(url_for("dates.index"), 303)


def _questions(made: Announcement, known: Announcement | None) -> list[str]:
    """What should be looked at before this date is announced."""
    desk = current.desk()
    window = desk.book.registers.windows[made.window]
    found = []
    if known and (known.date, known.note) != (made.date, made.note):
        people = desk.people()
        who = people[known.by].name if known.by in people else "An earlier account"
        note = f" ({known.note})" if known.note else ""
        found.append(f"{who} announced {day_words(known.date)}{note} on {day_words(known.announced)}. Your date would take its place.")
    if outside_window(window, made.year, made.date) and not (known and known.date == made.date):
        found.append(f"{day_words(made.date)} is far from the usual time, {window.about}. Check both.")
    return found


def _ask(form: AnnounceForm, known: Announcement | None, questions: list[str]) -> str:
    """The form again with what there is to look at, and a box to tick."""
    form.based_on.data, form.confirm.data = (known.id if known else ""), False
    form.confirm.errors = [f"{' '.join(questions)} Nothing was announced yet: tick the box if it is right, and send it again."]
    return _page(form, asked=True)


def _form(form: AnnounceForm) -> AnnounceForm:
    form.window.choices = choices((key, window.title) for key, window in current.desk().book.registers.windows.items())
    return form


def _page(form: AnnounceForm, asked: bool = False) -> str:
    desk, year = current.desk(), current.desk().year()
    known = desk.district()
    windows = sorted(desk.book.registers.windows.values(), key=lambda window: year.day(*window.closes))
    return render_template(
        "dates/index.html",
        lines=[(window, known.announcements.get((window.key, year))) for window in windows],
        form=form,
        asked=asked,
        year=year,
        people=desk.people(),
        calendar=known.calendar.of_year(year),
        can_announce=can_announce(current.person()),
    )
