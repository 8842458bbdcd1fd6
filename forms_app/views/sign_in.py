"""Signing in and out."""

from __future__ import annotations

import re
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Blueprint, g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from forms_app.forms.people import SignInForm
from forms_app.records import accounts, sessions
from forms_app.views import current

bp = Blueprint("sign_in", __name__)

HASHER = PasswordHasher()
# Each check takes 64 MiB; more than a few at once would be a way to bring the machine down.
_AT_ONCE = threading.Semaphore(4)
# Compared with when there is no such account, so that both answers take as long.
_NOBODY = HASHER.hash("nobody has this password")


@bp.get("/sign-in")
def show() -> Response | str:
    if g.person:
        return redirect("/", 303)
    return render_template("sign_in/show.html", form=SignInForm(formdata=None), next=_safe(request.args.get("next", "")))


@bp.post("/sign-in")
def sign_in() -> Response | tuple[str, int]:
    """Begin a session. Unknown user and wrong password get the same answer, in the same time."""
    form = SignInForm()
    if not form.username.data or not form.password.data:
        form.username.errors = ["Enter your user name and your password."]
        return render_template("sign_in/show.html", form=form, next=_safe(request.form.get("next", ""))), 422
    account = accounts.find(current.desk().store, form.username.data or "") if form.validate() else None
    usable = account is not None and bool(account.password_hash) and not account.disabled
    right = check_password(account.password_hash if account and usable else _NOBODY, form.password.data or "")
    if not (account and usable and right):
        form.username.errors = ["The user name or the password is not right. Check both and try again."]
        return render_template("sign_in/show.html", form=form, next=_safe(request.form.get("next", ""))), 422
    begin(account.person.id)
    return redirect(_safe(request.form.get("next", "")) or "/", 303)


@bp.post("/sign-out")
def sign_out() -> Response:
    if g.session:
        sessions.end(current.desk().store, g.session, current.desk().now())
    session.clear()
    return redirect("/sign-in", 303)


def begin(account_id: str) -> None:
    """A new session under a new secret; whatever the browser had before counts no longer."""
    session.clear()
    session["session"] = sessions.start(current.desk().store, account_id, current.desk().now())


def check_password(password_hash: str, password: str) -> bool:
    with _AT_ONCE:
        try:
            return HASHER.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _safe(path: str) -> str:
    """A path within this app, or nothing: never another host."""
    return path if re.fullmatch(r"/(?![/\\])[A-Za-z0-9/_.@-]*", path) else ""
