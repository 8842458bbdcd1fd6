"""Giving one item to a colleague who sees nothing else of the student, and taking it back."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Entry
from forms_app.forms.own_items import DelegateForm
from forms_app.permissions import Person
from forms_app.records import own_items
from forms_app.students import Delegation
from forms_app.views import current

bp = Blueprint("delegations", __name__)


@bp.get("/students/<student_id>/items/<key>/delegate")
def new(student_id: str, key: str) -> str:
    """To whom, and what do they need to know?"""
    return _page(DelegateForm(formdata=None), _entry(key))


@bp.post("/students/<student_id>/items/<key>/delegate")
def delegate(student_id: str, key: str) -> Response | tuple[str, int]:
    """Give it away; the student stays where they are."""
    form, entry, desk, student = DelegateForm(), _entry(key), current.desk(), current.record().student
    typed = form.validate()
    if form.who.data not in {person.id for person in _colleagues()}:
        form.who.errors = ["Choose a colleague who works at the student's school."]
        typed = False
    if not typed or not entry.open:
        return _page(form, entry), 422
    new = Delegation("", entry.key, form.who.data, student.school, form.needs.data or "", desk.today(), current.person().id)
    own_items.delegate(desk.store, student_id, new, current.actor())
    colleague = next(one for one in _colleagues() if one.id == new.person)
    current.say(f"{colleague.name} finds the item on their first page. Until it is done, it waits for them.")
    return redirect(url_for("involved.show", student_id=student_id) + "#delegated", 303)


@bp.post("/students/<student_id>/delegations/<delegation_id>/end")
def end(student_id: str, delegation_id: str) -> Response:
    """Take it back at once. A second click changes nothing."""
    found = next((one for one in current.record().student.delegations if one.id == delegation_id), None)
    if found is None:
        abort(404)
    if found.holds_on(current.desk().today()):
        own_items.take_back(current.desk().store, student_id, delegation_id, current.actor())
        current.say("The item is taken back. It is the case manager's again.")
    return redirect(url_for("involved.show", student_id=student_id) + "#delegated", 303)


def _entry(key: str) -> Entry:
    entry = current.desk().checklist(current.record(), current.year()).by_key.get(key)
    if entry is None:
        abort(404)
    return entry


def _colleagues() -> list[Person]:
    """Who works at the student's school, but for who asks."""
    return [one for one in current.desk().could_be_given(current.record().student.school) if one.id != current.person().id]


def _page(form: DelegateForm, entry: Entry) -> str:
    form.offer(_colleagues())
    return render_template("delegations/new.html", form=form, student=current.record().student, entry=entry)
