"""The second step of signing in: a code from an app or from paper. A passkey's answer comes through `views/passkeys.py`."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, session
from werkzeug.wrappers import Response

from forms_app import proving
from forms_app.forms.account import SecondStepForm
from forms_app.records import accounts, challenges, factors
from forms_app.records.accounts import Account
from forms_app.records.actor import Actor
from forms_app.records.challenges import Challenge
from forms_app.views import current
from forms_app.views.sign_in import begin

bp = Blueprint("second_step", __name__)


@bp.get("/sign-in/second-step")
def show() -> Response | str:
    waiting, account = _waiting()
    return _page(SecondStepForm(formdata=None), account) if waiting and account else redirect("/sign-in", 303)


@bp.post("/sign-in/second-step")
def check() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Begin the session when the code is right."""
    waiting, account = _waiting()
    if waiting is None or account is None:
        return redirect("/sign-in", 303)
    form, desk = SecondStepForm(), current.desk()
    if not form.validate():
        return _page(form, account), 422
    actor = Actor(account.person.id, desk.now())
    try:
        right = proving.code_is_right(desk, account.person.id, lambda: _is_right(account, form.one_time_code.data, actor), actor)
    except proving.SlowDown as error:
        form.one_time_code.errors = [f"That was wrong too often. {error}"]
        return _page(form, account), 429, {"Retry-After": str(error.seconds)}
    if not right:
        form.one_time_code.errors = ["This code is not right, or it was used already. Wait for the next one in your app."]
        return _page(form, account), 422
    if challenges.take(desk.store, session.get("step"), challenges.SECOND_STEP, actor) is None:
        return redirect("/sign-in", 303)
    begin(account.person.id, "password and code")
    return redirect(waiting.facts["next"] or "/", 303)


def _is_right(account: Account, code: str, actor: Actor) -> bool:
    store, account_id = current.desk().store, account.person.id
    digits = "".join(code.split())
    if len(digits) == 6 and digits.isdigit():
        return factors.use_app(store, account_id, digits, actor)
    return factors.use_recovery_code(store, account_id, code, actor)


def _waiting() -> tuple[Challenge | None, Account | None]:
    """Who gave the right password in this browser a few minutes ago."""
    desk = current.desk()
    waiting = challenges.find(desk.store, session.get("step"), challenges.SECOND_STEP, desk.now())
    account = accounts.get(desk.store, waiting.account) if waiting else None
    return (waiting, account) if account and not account.disabled else (None, None)


def _page(form: SecondStepForm, account: Account) -> str:
    return render_template("second_step/show.html", form=form, factors=account.factors, passkeys_possible=current.passkeys_possible())
