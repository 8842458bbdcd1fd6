"""Lists that a person keeps under a name: one item, a status, and whose students."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from forms_app.finding import ListRefused, check_can_save
from forms_app.records import saved_lists
from forms_app.views import current
from forms_app.views.items import ALL, MINE, STATUSES, show_refused

bp = Blueprint("saved_lists", __name__)


@bp.post("/saved-lists")
def save() -> Response:
    """Keep the list that is shown."""
    desk, person, form = current.desk(), current.person(), request.form
    item, status, whose = form.get("item", ""), form.get("status", ""), form.get("whose", "")
    if item not in desk.book.items:
        abort(404)
    status, whose = status if status in STATUSES else "", whose if whose in (MINE, ALL) else MINE
    try:
        name = " ".join(form.get("name", "").split())
        if not any(one.says == (name, item, status, whose) for one in saved_lists.of(desk.store, person.id)):
            name = check_can_save(name, saved_lists.of(desk.store, person.id))
        saved_lists.save(desk.store, person.id, name, item, status, whose, current.actor())
    except ListRefused as refused:
        return show_refused(item, str(refused))
    return redirect(url_for("items.index") + "#saved", 303)


@bp.post("/saved-lists/<list_id>/remove")
def remove(list_id: str) -> Response:
    """Forget it."""
    saved_lists.remove(current.desk().store, current.person().id, list_id, current.actor())
    return redirect(url_for("items.index") + "#saved", 303)
