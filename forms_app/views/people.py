"""Accounts and schools, for the system administrator, who sees no student."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.forms.fields import choices
from forms_app.forms.people import PersonForm, SchoolForm
from forms_app.permissions import Person, Role
from forms_app.records import accounts, links, schools
from forms_app.views import current

bp = Blueprint("people", __name__)


@bp.get("/people")
def index() -> str:
    """Everyone with an account, and the schools."""
    return _page(_person_form(None), SchoolForm(formdata=None))


@bp.post("/people")
def add() -> Response | str | tuple[str, int]:
    """Add an account and show the one-time link by which its owner sets a password."""
    form = _person_form(request.form)
    if not form.validate():
        return _page(form, SchoolForm(formdata=None)), 422
    desk = current.desk()
    roles = frozenset(Role(value) for value in form.roles.data)
    try:
        person = accounts.create(desk.store, form.username.data, form.name.data, roles, form.school.data, "", current.actor())
    except accounts.UsernameTaken:
        form.username.errors = ["Somebody else has this user name. Choose another."]
        return _page(form, SchoolForm(formdata=None)), 422
    return _page(_person_form(None), SchoolForm(formdata=None), link=_link(person.id), link_for=person.name)


@bp.post("/people/<account_id>/link")
def new_link(account_id: str) -> str:
    """A new one-time link, as for somebody who forgot their password."""
    account = accounts.get(current.desk().store, account_id)
    if account is None:
        abort(404)
    return _page(_person_form(None), SchoolForm(formdata=None), link=_link(account_id), link_for=account.person.name)


@bp.post("/schools")
def add_school() -> Response | tuple[str, int]:
    """Add a school."""
    form = SchoolForm()
    if not form.validate():
        return _page(_person_form(None), form), 422
    if any(form.school_name.data.casefold() == school.name.casefold() for school in current.desk().schools().values()):
        form.school_name.errors = ["There is a school with this name already."]
        return _page(_person_form(None), form), 422
    schools.create(current.desk().store, form.school_name.data, form.code.data, current.actor())
    return redirect(url_for("people.index"), 303)


def _link(account_id: str) -> str:
    token = links.create(current.desk().store, links.SET_PASSWORD, account_id, current.actor())
    scheme = "https" if current.desk().settings.https else None  # a proxy with TLS stands in front
    return url_for("welcome.show", token=token, _external=True, _scheme=scheme)


def _person_form(data: object) -> PersonForm:
    form = PersonForm(formdata=data)
    form.school.choices = choices(
        [("", "No school: works for the district"), *((school.id, school.name) for school in current.desk().schools().values())]
    )
    return form


def _page(form: PersonForm, school_form: SchoolForm, link: str = "", link_for: str = "") -> str:
    desk = current.desk()
    everyone, known = sorted(accounts.everyone(desk.store), key=lambda account: account.person.name.casefold()), desk.schools()
    places = {account.person.id: _places(account.person, known) for account in everyone}
    return render_template(
        "people/index.html",
        form=form,
        school_form=school_form,
        everyone=everyone,
        places=places,
        schools=known,
        link=link,
        link_for=link_for,
    )


def _places(person: Person, known: dict[str, schools.School]) -> list[tuple[str, str]]:
    """Each place of work with the roles held there, in words."""
    found: dict[str, list[str]] = {}
    for post in person.posts:
        found.setdefault(known[post.school].name if post.school in known else "the district", []).append(post.role.value)
    return [(place, ", ".join(sorted(roles))) for place, roles in sorted(found.items())]
