"""A calendar feed: public by a secret in its address, with numbers and days and nobody's name."""

from __future__ import annotations

from flask import Blueprint, Response, abort, url_for

from forms_app.icalendar import as_icalendar
from forms_app.records import accounts, reminders
from forms_app.reminders import feed
from forms_app.views import current

bp = Blueprint("feeds", __name__)


@bp.get("/calendar/<token>.ics")
def show(token: str) -> Response:
    """What is due on which day, for whoever's feed this is. A wrong, an ended and a foreign address look the same."""
    desk = current.desk()
    found = reminders.find_feed(desk.store, token)
    account = accounts.get(desk.store, found.account) if found else None
    if found is None or account is None or account.disabled:
        abort(404)
    link = current.address() + url_for("caseload.index")
    events = feed(desk.worklist(account.person), link, found.id[1:13])
    return Response(as_icalendar(events, desk.now(), "Checklist, due dates"), mimetype="text/calendar")
