"""A new edition of the handbook: what it does to open checklists, before the office applies it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from forms_app.records import editions
from forms_app.views import current

bp = Blueprint("editions", __name__)


@bp.get("/edition")
def show() -> str:
    """What changed, what that does, and which edition checklists follow."""
    return _page()


@bp.post("/edition")
def apply() -> Response | tuple[str, int]:
    """Apply what was shown. When the handbook has changed again since, it is shown again."""
    desk, shown = current.desk(), request.form.get("edition", "")
    if not shown:
        return _page("Look at what the new edition does, and apply it from this page."), 422
    if shown != desk.newest.edition:
        return _page("The handbook has changed again since this page was shown. Look at it once more."), 409
    editions.apply(desk.store, desk.newest, current.actor())
    desk.refresh()
    return redirect("/edition", 303)


def _page(refused: str = "") -> str:
    desk = current.desk()
    names = {person.id: person.name for person in desk.people().values()}
    effects = desk.effects_of_edition()
    return render_template(
        "editions/show.html",
        waits=desk.edition_waits,
        edition=desk.newest.edition,
        effects=effects,
        students=desk.names_of(one for effect in effects for one in effect.examples),
        history=editions.history(desk.store),
        names=names,
        refused=refused,
    )
