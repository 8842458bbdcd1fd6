"""My account: the password, the second step, where I am signed in, and proving again that it is me."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from forms_app import access, proving
from forms_app.forms.account import ChangePasswordForm, CodeForm
from forms_app.passwords import normal
from forms_app.records import accounts, factors, policy, sessions
from forms_app.records.hashes import HASHER
from forms_app.records.sessions import Session
from forms_app.views import current
from forms_app.views.current import safe_path
from forms_app.views.reasons import moment_words
from forms_app.views.sign_in import begin

bp = Blueprint("account", __name__)

KEY = 16  # how much of a session's id its address shows
HOW = {
    "password": "password",  # a word for people  # nosec B105
    "password and code": "password and code",
    "passkey": "passkey",
    "single sign-on": "district account",
    "link": "one-time link",
}


@bp.get("/account")
def show() -> str:
    """Who I am here, and how I sign in."""
    desk, account = current.desk(), current.account()
    return render_template(
        "account/show.html",
        account_=account,
        school=desk.schools().get(account.person.school),
        must_enrol=access.must_enrol(desk),
        required=policy.needs_second_factor(desk.store, account.person),
        here=g.session,
        elsewhere=[one for one in _sessions() if one.id != g.session.id],
        how=HOW,
        key=KEY,
        day_of=desk.day_of,
        moment_of=lambda moment: moment_words(moment, desk.settings.zone),
        passkeys_possible=current.passkeys_possible(),
    )


@bp.get("/account/stay")
def stay() -> tuple[str, int]:
    """Says that somebody is still there; looking is enough."""
    return "", 204


# Proving again


@bp.get("/account/confirm")
def ask() -> Response | str:
    wanted = safe_path(request.args.get("next", ""))
    if g.session.fresh_at(current.desk().now()):
        return redirect(wanted or "/account", 303)
    return access.page_to_confirm(wanted=wanted or "/account")


@bp.post("/account/confirm")
def confirm() -> Response | tuple[str, int]:
    """Take the password, then open the page that was wanted."""
    wanted = safe_path(request.form.get("next", "")) or "/account"
    error = access.confirm_with_password(current.desk(), request.form.get("confirm_password", ""))
    if error:
        return access.page_to_confirm(error, wanted), 422
    return redirect(wanted, 303)


# The password


@bp.get("/account/password")
def password() -> str:
    return render_template("account/password.html", form=ChangePasswordForm(formdata=None), account_=current.account())


@bp.post("/account/password")
def change_password() -> Response | tuple[str, int]:
    """Set a new password. Everybody who is signed in to this account elsewhere is signed out."""
    desk, account, form = current.desk(), current.account(), ChangePasswordForm()
    if not account.password_hash:
        abort(404)
    form.names = (account.person.name, account.person.username)
    valid = form.validate()
    try:
        if not proving.password_is_right(desk, account.person.username, account, form.current_password.data or "", current.actor()):
            form.current_password.errors = ["This is not your password now. Check it and try again."]
            valid = False
    except proving.SlowDown as error:
        form.current_password.errors = [f"That was wrong too often. {error}"]
        valid = False
    except proving.TooBusy:
        form.current_password.errors = ["Too many people are signing in at this moment. Try again."]
        valid = False
    if not valid:
        return render_template("account/password.html", form=form, account_=account), 422
    accounts.set_password(desk.store, account.person.id, HASHER.hash(normal(form.password.data)), current.actor())
    sessions.end_all(desk.store, account.person.id, desk.now(), but=g.session.id, by=current.actor())
    begin(account.person.id, g.session.how)
    return redirect("/account", 303)


# Where I am signed in


@bp.post("/account/sessions/<key>/end")
def end_session(key: str) -> Response:
    """End one of my sessions; nobody else's can be named here."""
    found = [one for one in _sessions() if one.id[:KEY] == key]
    if not found:
        abort(404)
    sessions.end(current.desk().store, found[0], current.desk().now())
    return redirect("/account", 303)


@bp.post("/account/sessions/end")
def end_others() -> Response:
    """Sign out everywhere but here."""
    sessions.end_all(current.desk().store, current.person().id, current.desk().now(), but=g.session.id, by=current.actor())
    return redirect("/account", 303)


def _sessions() -> list[Session]:
    """Mine that still last."""
    desk = current.desk()
    limits = access.limits_of(desk, current.person())
    return [one for one in sessions.of(desk.store, current.person().id) if not one.ended_at(desk.now(), limits)]


# The authenticator app


@bp.get("/account/app")
def app() -> str:
    return _app_page(CodeForm(formdata=None))


@bp.post("/account/app/begin")
def begin_app() -> Response:
    """Make a secret, to be shown on the next page."""
    factors.begin_app(current.desk().store, current.person().id, current.actor())
    return redirect("/account/app", 303)


@bp.post("/account/app")
def confirm_app() -> str | tuple[str, int]:
    """Take the app into use when its first code is right; with the first factor come recovery codes."""
    desk, form = current.desk(), CodeForm()
    if not form.validate():
        return _app_page(form), 422
    try:
        right = proving.code_is_right(
            desk,
            current.person().id,
            lambda: factors.confirm_app(desk.store, current.person().id, form.one_time_code.data, current.actor()),
            current.actor(),
        )
    except proving.SlowDown as error:
        form.one_time_code.errors = [f"That was wrong too often. {error}"]
        return _app_page(form), 429
    if not right:
        form.one_time_code.errors = [
            "This code is not right. Check that the phone's clock is set by the network, and type the code that it shows now."
        ]
        return _app_page(form), 422
    if current.account().factors.recovery_codes:
        return render_template("account/recovery_codes.html", codes=[], app_added=True)
    return _show_codes(app_added=True)


@bp.post("/account/app/remove")
def remove_app() -> Response | tuple[str, int]:
    """Stop asking for codes, but not where the role needs a second step and there is no other."""
    desk = current.desk()
    if not current.account().factors.passkeys and policy.needs_second_factor(desk.store, current.person()):
        return render_template(
            "errors/page.html",
            heading="You need this one",
            text="Your role needs a second step, and the app is the only one. Add a passkey first, or set up another app in its place.",
        ), 409
    factors.remove_app(desk.store, current.person().id, current.actor())
    return redirect("/account", 303)


@bp.post("/account/recovery-codes")
def new_recovery_codes() -> str | tuple[str, int]:
    """Ten new codes; the old ones end."""
    if not current.account().factors.any:
        return render_template(
            "errors/page.html",
            heading="Set up a second step first",
            text="Recovery codes stand in for an authenticator app or a passkey, and you have neither yet.",
        ), 409
    return _show_codes()


def _show_codes(app_added: bool = False) -> str:
    codes = factors.new_recovery_codes(current.desk().store, current.person().id, current.actor())
    return render_template("account/recovery_codes.html", codes=codes, app_added=app_added)


def _app_page(form: CodeForm) -> str:
    mine = current.account().factors
    secret = mine.secret_to_confirm(current.desk().now())
    picture = ""
    if secret:
        import pyotp
        import segno  # only who sets up an app waits for it

        address = pyotp.TOTP(secret).provisioning_uri(name=current.person().username, issuer_name="Case manager checklist")
        picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="white", xmldecl=False)
    grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render_template("account/app.html", form=form, picture=picture, secret=grouped, has_app=bool(mine.app_since))
