"""One-time links: the first administrator, and setting a password."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template
from werkzeug.wrappers import Response

from forms_app.forms.people import FirstAdministratorForm, SetPasswordForm
from forms_app.passwords import normal
from forms_app.permissions import Role
from forms_app.records import accounts, links, sessions
from forms_app.records.actor import Actor
from forms_app.records.hashes import HASHER
from forms_app.views import current
from forms_app.views.sign_in import begin, go_on

bp = Blueprint("welcome", __name__)


@bp.get("/welcome/<token>")
def show(token: str) -> str | tuple[str, int]:
    link = _link(token)
    if link is None:
        return render_template("welcome/over.html"), 404
    form = FirstAdministratorForm(formdata=None) if link.purpose == links.FIRST_ADMINISTRATOR else SetPasswordForm(formdata=None)
    return _page(form, link)


@bp.post("/welcome/<token>")
def accept(token: str) -> Response | str | tuple[str, int]:
    """Use the link up: make the first administrator, or set a password; then sign in."""
    desk = current.desk()
    link = _link(token)
    if link is None:
        return render_template("welcome/over.html"), 404
    first = link.purpose == links.FIRST_ADMINISTRATOR
    form = FirstAdministratorForm() if first else SetPasswordForm()
    known = accounts.get(desk.store, link.account) if link.account else None
    if known:
        form.names = (known.person.name, known.person.username)
    if not form.validate():
        return _page(form, link), 422
    actor = Actor(link.account or "first administrator", desk.now())
    if first and accounts.find(desk.store, form.username.data):
        form.username.errors = ["Somebody else has this user name. Choose another."]
        return _page(form, link), 422
    if not links.use(desk.store, link, actor):
        return render_template("welcome/over.html"), 404
    hashed = HASHER.hash(normal(form.password.data))
    if first:
        begin(accounts.create(desk.store, form.username.data, form.name.data, frozenset({Role.ADMINISTRATOR}), "", hashed, actor).id)
        return redirect("/", 303)
    if known is None:
        abort(404)
    accounts.set_password(desk.store, link.account, hashed, actor, clear_factors=link.clears_factors)
    sessions.end_all(desk.store, link.account, desk.now())
    account = accounts.get(desk.store, link.account)
    if account is None or account.disabled:
        return render_template("welcome/over.html"), 404
    return go_on(account, "")  # who kept a second factor needs it now: a link alone lets nobody past it


def _link(token: str) -> links.Link | None:
    """The link of this token; the first administrator's has ended once anybody has an account."""
    desk = current.desk()
    link = links.find(desk.store, token, desk.now())
    if link and link.purpose == links.FIRST_ADMINISTRATOR and accounts.everyone(desk.store):
        return None
    return link


def _link(token: str) -> links.Link | None:
    """The link of this token; the first administrator's has ended once anybody has an account."""
    desk = current.desk()
    link = links.find(desk.store, token, desk.now())
    if link and link.purpose == links.FIRST_ADMINISTRATOR and accounts.everyone(desk.store):
        return None
    return link


def _page(form: SetPasswordForm | FirstAdministratorForm, link: links.Link) -> str:
    account = accounts.get(current.desk().store, link.account) if link.account else None
    return render_template("welcome/show.html", form=form, account=account)
