"""Accounts and schools, for the system administrator, who sees no student."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.forms.fields import choices
from forms_app.forms.people import EditPersonForm, LinkForm, PersonForm, RequireForm, SchoolForm
from forms_app.permissions import NotAllowed, Person, Role
from forms_app.records import accounts, identities, links, policy, schools, sessions
from forms_app.records.accounts import Account
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


@bp.get("/people/<account_id>")
def show(account_id: str) -> str:
    """One account: who it is, whether it is open, and how its owner signs in."""
    account = _account(account_id)
    return _person_page(account, EditPersonForm(formdata=None, data={"name": account.person.name, "directory": account.directory}))


@bp.post("/people/<account_id>")
def save(account_id: str) -> Response | tuple[str, int]:
    """Change how the person is called, here and in the directory."""
    account, form = _account(account_id), EditPersonForm()
    if not form.validate():
        return _person_page(account, form), 422
    accounts.edit(current.desk().store, account_id, form.name.data, form.directory.data, current.actor())
    return redirect(f"/people/{account_id}", 303)


@bp.post("/people/<account_id>/disable")
def disable(account_id: str) -> Response:
    """Shut an account: its sessions end at once, and its links too."""
    account, desk = _account(account_id), current.desk()
    if account.person.id == current.person().id:
        raise NotAllowed("Nobody closes their own account. Ask another system administrator.")
    _check_not_the_last(account)
    accounts.set_disabled(desk.store, account_id, True, current.actor())
    sessions.end_all(desk.store, account_id, desk.now(), by=current.actor())
    links.end_all(desk.store, account_id, current.actor())
    return redirect(f"/people/{account_id}", 303)


@bp.post("/people/<account_id>/enable")
def enable(account_id: str) -> Response:
    """Open an account again, with the password and factors that it had."""
    _account(account_id)
    accounts.set_disabled(current.desk().store, account_id, False, current.actor())
    return redirect(f"/people/{account_id}", 303)


@bp.post("/people/<account_id>/sessions/end")
def end_sessions(account_id: str) -> Response:
    """Sign somebody out everywhere."""
    _account(account_id)
    sessions.end_all(current.desk().store, account_id, current.desk().now(), by=current.actor())
    return redirect("/sign-in" if account_id == current.person().id else f"/people/{account_id}", 303)


@bp.post("/people/<account_id>/forget")
def forget_directory(account_id: str) -> Response:
    """Let the account be found by name again, the next time that its owner comes from the directory."""
    _account(account_id)
    identities.forget(current.desk().store, account_id, current.actor())
    return redirect(f"/people/{account_id}", 303)


@bp.post("/people/<account_id>/link")
def new_link(account_id: str) -> str | tuple[str, int]:
    """A new one-time link, as for somebody who forgot their password. Their sessions end now; the second factors stay or go."""
    account, form = _account(account_id), LinkForm()
    if account.disabled:
        raise NotAllowed("This account is closed. Open it first, then make a link.")
    clears = form.factors.data == "clear"
    if account.person.id != current.person().id:
        sessions.end_all(current.desk().store, account_id, current.desk().now(), by=current.actor())
    link = _link(account_id, clears_factors=clears)
    return _page(_person_form(None), SchoolForm(formdata=None), link=link, link_for=account.person.name)


@bp.post("/people/second-factor")
def require() -> Response | tuple[str, int]:
    """Say which roles need a second factor."""
    form = RequireForm()
    if not form.validate():
        return _page(_person_form(None), SchoolForm(formdata=None), require_form=form), 422
    policy.require_second_factor(current.desk().store, frozenset(Role(value) for value in form.required.data or []), current.actor())
    return redirect("/people", 303)


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


def _account(account_id: str) -> Account:
    return accounts.get(current.desk().store, account_id) or abort(404)


def _check_not_the_last(account: Account) -> None:
    """Somebody must be able to keep accounts."""
    administrators = [one for one in accounts.everyone(current.desk().store) if Role.ADMINISTRATOR in one.person.roles and not one.disabled]
    if [one.person.id for one in administrators] == [account.person.id]:
        raise NotAllowed("This is the only open account of a system administrator. Add another first.")


def _link(account_id: str, *, clears_factors: bool = False) -> str:
    token = links.create(current.desk().store, links.SET_PASSWORD, account_id, current.actor(), clears_factors=clears_factors)
    return f"{current.address()}/welcome/{token}"


def _person_form(data: object) -> PersonForm:
    form = PersonForm(formdata=data)
    form.school.choices = choices(
        [("", "No school: works for the district"), *((school.id, school.name) for school in current.desk().schools().values())]
    )
    return form


def _person_page(account: Account, form: EditPersonForm) -> str:
    desk = current.desk()
    return render_template(
        "people/show.html",
        form=form,
        link_form=LinkForm(formdata=None),
        account_=account,
        is_me=account.person.id == current.person().id,
        places=places_of(account.person, desk.schools()),
        sessions=len(sessions.of(desk.store, account.person.id)),
        sso=desk.settings.sso,
    )


def _page(form: PersonForm, school_form: SchoolForm, link: str = "", link_for: str = "", require_form: RequireForm | None = None) -> str:
    desk = current.desk()
    everyone, known = sorted(accounts.everyone(desk.store), key=lambda account: account.person.name.casefold()), desk.schools()
    required = [role.value for role in policy.roles_with_second_factor(desk.store)]
    return render_template(
        "people/index.html",
        form=form,
        school_form=school_form,
        everyone=everyone,
        places={account.person.id: places_of(account.person, known) for account in everyone},
        schools=known,
        link=link,
        link_for=link_for,
        require_form=require_form or RequireForm(formdata=None, data={"required": required}),
    )


def places_of(person: Person, known: Mapping[str, schools.School]) -> list[tuple[str, str]]:
    """Each place of work with the roles held there, in words."""
    found: dict[str, list[str]] = {}
    for post in person.posts:
        found.setdefault(known[post.school].name if post.school in known else "the district", []).append(post.role.value)
    return [(place, ", ".join(sorted(roles))) for place, roles in sorted(found.items())]
