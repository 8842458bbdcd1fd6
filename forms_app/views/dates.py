"""This year's dates: what Student Support Services has announced, for everybody to read and for SSS to announce."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.deadlines import Announcement
from forms_app.forms.fields import choices
from forms_app.forms.people import AnnounceForm
from forms_app.handbook.words import day_words
from forms_app.permissions import can_announce
from forms_app.records import district
from forms_app.views import current

bp = Blueprint("dates", __name__)

MARGIN = dt.timedelta(weeks=6)


@bp.get("/dates")
def index() -> str:
    """Every window of the year and its date, if there is one."""
    return _page(_form(AnnounceForm(formdata=None)))


@bp.post("/dates")
def announce() -> Response | tuple[str, int]:
    """Announce a date; every item that hangs on it dates itself."""
    form, desk = _form(AnnounceForm()), current.desk()
    valid = form.validate()
    if valid and form.date.data not in desk.year():
        form.date.errors = [f"{day_words(form.date.data)} is not in the school year {desk.year()}."]
        valid = False
    if valid and _far(form.window.data, form.date.data):
        window = desk.book.registers.windows[form.window.data]
        form.date.errors = [
            f"{day_words(form.date.data)} is far from the usual time ({window.about}). Check the date and the choice above it."
        ]
        valid = False
    if not valid:
        return _page(form), 422
    announcement = Announcement(form.window.data, desk.year(), form.date.data, desk.today(), form.note.data)
    district.announce(desk.store, announcement, current.actor())
    return redirect(url_for("dates.index"), 303)


def _far(key: str, date: dt.date) -> bool:
    """More than six weeks before a window usually opens or after it usually closes."""
    desk = current.desk()
    window, year = desk.book.registers.windows[key], desk.year()
    return not year.day(*window.opens) - MARGIN <= date <= year.day(*window.closes) + MARGIN


def _form(form: AnnounceForm) -> AnnounceForm:
    form.window.choices = choices((key, window.title) for key, window in current.desk().book.registers.windows.items())
    return form


def _page(form: AnnounceForm) -> str:
    desk = current.desk()
    announced = desk.announcements()
    year = desk.year()
    windows = sorted(desk.book.registers.windows.values(), key=lambda window: year.day(*window.closes))
    lines = [(window, announced.get((window.key, year))) for window in windows]
    return render_template("dates/index.html", lines=lines, form=form, year=year, can_announce=can_announce(current.person()))
