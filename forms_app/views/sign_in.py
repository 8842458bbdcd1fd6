"""Signing in and out."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, g, redirect, render_template, request, session
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from forms_app import access, proving
from forms_app.forms.people import SignInForm
from forms_app.records import accounts, challenges, sessions
from forms_app.records.accounts import Account
from forms_app.records.actor import Actor
from forms_app.records.hashes import HASHER, is_password
from forms_app.views import current
from forms_app.views.current import safe_path

__all__ = ["HASHER", "begin", "bp", "check_password", "go_on"]

bp = Blueprint("sign_in", __name__)

WRONG = "The user name or the password is not right. Check both and try again."
BUSY = "Too many people are signing in at this moment. Wait a few seconds, then try again."


@bp.get("/sign-in")
def show() -> Response | str:
    if g.person:
        return redirect("/", 303)
    return _page(SignInForm(formdata=None), request.args.get("next", ""))


@bp.post("/sign-in")
def sign_in() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Begin a session, or ask for the second step. Unknown user and wrong password get the same answer, in the same time."""
    desk, form, wanted = current.desk(), SignInForm(), request.form.get("next", "")
    if not form.username.data or not form.password.data:
        form.username.errors = ["Enter your user name and your password."]
        return _page(form, wanted), 422
    valid = form.validate()
    username = accounts.normal_username(form.username.data or "")[:200]
    account = accounts.find(desk.store, username) if valid else None
    if account is None:
        accounts.get(desk.store, "nobody")  # so that both answers read as much
    actor = Actor(account.person.id if account else "nobody", desk.now())
    password = (form.password.data or "") if valid else ""
    try:
        right = proving.password_is_right(desk, username, account, password, actor, lambda hashed, typed: check_password(hashed, typed))
    except proving.SlowDown as error:
        form.username.errors = [f"That was wrong too often. {error}"]
        return _page(form, wanted), 429, {"Retry-After": str(error.seconds)}
    except proving.TooBusy:
        form.username.errors = [BUSY]
        return _page(form, wanted), 503, {"Retry-After": "5"}
    if not (account and right):
        form.username.errors = [WRONG]
        return _page(form, wanted), 422
    return go_on(account, wanted)


@bp.post("/sign-out")
def sign_out() -> Response:
    if g.session:
        sessions.end(current.desk().store, g.session, current.desk().now())
    session.clear()
    return redirect("/sign-in", 303)


def go_on(account: Account, wanted: str) -> Response:
    """The password was right: ask for the second step where there is one, else begin the session."""
    desk = current.desk()
    if not account.factors.any:
        begin(account.person.id)
        return redirect(safe_path(wanted) or "/", 303)
    session.clear()
    actor = Actor(account.person.id, desk.now())
    session["step"] = challenges.begin(desk.store, challenges.SECOND_STEP, account.person.id, {"next": safe_path(wanted)}, actor)
    return redirect("/sign-in/second-step", 303)


def begin(account_id: str, how: str = "password", confirmed: dt.datetime | None = None) -> None:
    """A new session under a new secret; whatever the browser had before counts no longer."""
    desk = current.desk()
    if g.session:
        sessions.end(desk.store, g.session, desk.now())
    session.clear()
    account = accounts.get(desk.store, account_id)
    limits = access.limits_of(desk, account.person) if account else sessions.USUAL
    session["session"] = sessions.start(desk.store, account_id, desk.now(), how, proving.begun_with(), limits, confirmed)
    generate_csrf()  # kept with the session from its first answer on: of two tabs opened at once, each can then send its form
    proving.remember_browser(desk, account_id)


def check_password(password_hash: str, password: str) -> bool:
    return is_password(password, password_hash)


def _page(form: SignInForm, wanted: str) -> str:
    sso = current.desk().settings.sso
    possible = current.passkeys_possible()
    return render_template(
        "sign_in/show.html", form=form, next=safe_path(wanted), directory=sso.name if sso else "", passkeys_possible=possible
    )
