"""The roles of one person: which, and at which school. Kept by the system administrator."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.forms.fields import choices
from forms_app.forms.people import PostForm
from forms_app.permissions import NotAllowed, Person, Post, PostRefused, Role, check_can_hold, check_can_lose, post
from forms_app.records import accounts
from forms_app.views import current

bp = Blueprint("posts", __name__)


@bp.get("/people/<account_id>/posts")
def show(account_id: str) -> str:
    """What somebody is, and where."""
    return _page(_person(account_id), _form(None))


@bp.post("/people/<account_id>/posts")
def add(account_id: str) -> Response | tuple[str, int]:
    """Give a role at a school; it counts from the next click on."""
    person, form = _to_change(account_id), _form(request.form)
    if not form.validate():
        return _page(person, form), 422
    new = post(Role(form.role.data), form.school.data)
    try:
        check_can_hold(person, new, current.person())
    except PostRefused as refused:
        field = form.school if not new.school and not new.role.district_wide else form.role
        field.errors = [str(refused)]
        return _page(person, form), 422
    accounts.add_post(current.desk().store, account_id, new, current.actor())
    return redirect(url_for("posts.show", account_id=account_id), 303)


@bp.post("/people/<account_id>/posts/end")
def end(account_id: str) -> Response | tuple[str, int]:
    """Take a role away; it counts no more from the next click on."""
    person = _to_change(account_id)
    role, _, school = request.form.get("post", "").partition("|")
    old = next((one for one in person.posts if (one.role.value, one.school) == (role, school)), None)
    try:
        check_can_lose(person, old or Post(Role.OFFICE, "none"), current.person())
    except PostRefused as refused:
        form = _form(None)
        form.role.errors = [str(refused)]
        return _page(person, form), 422
    if old:
        accounts.end_post(current.desk().store, account_id, old, current.actor())
    return redirect(url_for("posts.show", account_id=account_id), 303)


def _person(account_id: str) -> Person:
    account = accounts.get(current.desk().store, account_id)
    if account is None:
        abort(404)
    return account.person


def _to_change(account_id: str) -> Person:
    account = accounts.get(current.desk().store, account_id)
    if account is None:
        abort(404)
    if account.by_groups:
        raise NotAllowed("This person's roles come from the district's directory. Change them there.")
    return account.person


def _form(data: object) -> PostForm:
    form = PostForm(formdata=data)
    form.school.choices = choices(
        [("", "No school: works for the district"), *((school.id, school.name) for school in current.desk().schools().values())]
    )
    return form


def _page(person: Person, form: PostForm) -> str:
    schools = current.desk().schools()
    held = sorted(person.posts, key=lambda one: (schools[one.school].name if one.school in schools else "", one.role.value))
    return render_template("posts/show.html", someone=person, held=held, schools=schools, form=form, own=person.id == current.person().id)
