"""What somebody chooses about their own reminders: a weekly e-mail and a calendar feed. Both are off until they turn them on."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.forms.reminders import RemindersForm
from forms_app.records import reminders
from forms_app.reminders import digest
from forms_app.views import current

bp = Blueprint("reminders", __name__)


@bp.get("/reminders")
def show() -> str:
    """What is chosen now."""
    chosen = reminders.get(current.desk().store, current.person().id)
    return _page(RemindersForm(formdata=None, data={"on": "yes" if chosen.on else "no", "email": chosen.email}))


@bp.post("/reminders")
def save() -> Response | tuple[str, int]:
    """Turn the weekly e-mail on or off."""
    form = RemindersForm()
    if not form.validate():
        return _page(form), 422
    reminders.choose(current.desk().store, current.person().id, form.on.data == "yes", form.email.data, current.actor())
    return redirect(url_for("reminders.show"), 303)


@bp.post("/reminders/feed")
def make_feed() -> str:
    """Make an address for one's calendar, and show it this once."""
    desk, person = current.desk(), current.person()
    token = reminders.make_feed(desk.store, person.id, current.actor())
    chosen = reminders.get(desk.store, person.id)
    form = RemindersForm(formdata=None, data={"on": "yes" if chosen.on else "no", "email": chosen.email})
    return _page(form, current.address() + url_for("feeds.show", token=token))


@bp.post("/reminders/feed/end")
def end_feed() -> Response:
    """The address leads nowhere from now on."""
    reminders.end_feed(current.desk().store, current.person().id, current.actor())
    return redirect(url_for("reminders.show"), 303)


def _page(form: RemindersForm, address: str = "") -> str:
    desk, person = current.desk(), current.person()
    feed = reminders.feed_of(desk.store, person.id)
    return render_template(
        "reminders/show.html",
        form=form,
        digest=str(digest(desk.worklist(person), desk.today())),
        made=desk.day_of(feed.made) if feed else None,
        address=address,
        can_send=desk.settings.smtp is not None,
    )
