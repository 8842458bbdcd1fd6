"""Passkeys: adding one, signing in with one, and confirming with one. Each is two steps: what to ask the device, and what it answered.

The script `static/passkeys.js` speaks here in JSON; the answers are sentences for people or the address to go on to. The library is loaded when it is
first needed: it takes a third of a second, and most starts of the program need none of it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from forms_app import proving
from forms_app.forms.account import PasskeyForm
from forms_app.records import accounts, attempts, challenges, factors, policy, sessions
from forms_app.records.accounts import Account
from forms_app.records.actor import Actor
from forms_app.records.challenges import Challenge
from forms_app.records.factors import Passkey
from forms_app.views import current
from forms_app.views.current import safe_path
from forms_app.views.sign_in import begin

bp = Blueprint("passkeys", __name__)

Answer = Response | tuple[Response, int]
PROVE = attempts.Proof("passkey", attempts.PASSWORD.limits)
WRONG = "This passkey does not fit. Try another, or sign in with your password."
OVER = "This took too long. Reload the page and try again."
MISSHAPEN = (ValueError, TypeError, KeyError, AttributeError)


# Signing in


@bp.post("/sign-in/passkey/options")
def sign_in_options() -> Answer:
    """What to ask the device. After a right password only that account's passkeys will do; else the device offers what it has."""
    desk = current.desk()
    step = challenges.find(desk.store, session.get("step"), challenges.SECOND_STEP, desk.now())
    account = accounts.get(desk.store, step.account) if step else None
    return _ask(account, account.factors.passkeys if account else ())


@bp.post("/sign-in/passkey")
def sign_in() -> Answer:
    """Begin a session. A passkey proves both who has it and, by finger, face or PIN, that it is them: nothing more is asked."""
    desk = current.desk()
    step = challenges.find(desk.store, session.get("step"), challenges.SECOND_STEP, desk.now())
    account = _answered_by(accounts.get(desk.store, step.account) if step else None)
    if account is None or account.disabled or (step and step.account != account.person.id):
        return _refuse(WRONG)
    problem = _prove(account)
    if problem:
        return _refuse(problem)
    wanted = step.facts["next"] if step else safe_path(_text("next"))
    if step:
        challenges.take(desk.store, session.get("step"), challenges.SECOND_STEP, Actor(account.person.id, desk.now()))
    begin(account.person.id, "passkey")
    return jsonify(next=wanted or "/")


# Confirming


@bp.post("/account/confirm/passkey/options")
def confirm_options() -> Answer:
    return _ask(current.account(), current.account().factors.passkeys)


@bp.post("/account/confirm/passkey")
def confirm() -> Answer:
    """Note that the signed-in person has proved again who they are. The page then goes on with what they wanted."""
    account = _answered_by(current.account())
    if account is None or account.person.id != current.person().id:
        return _refuse(WRONG)
    problem = _prove(account)
    if problem:
        return _refuse(problem)
    sessions.confirm(current.desk().store, g.session, "passkey", current.desk().now())
    return jsonify(next=safe_path(_text("next")))


# Adding and removing


@bp.get("/account/passkeys/new")
def new() -> str:
    return render_template(
        "passkeys/new.html", form=PasskeyForm(formdata=None), passkeys_possible=current.passkeys_possible(), full=_full()
    )


@bp.post("/account/passkeys/options")
def add_options() -> Answer:
    if _full():
        return _refuse(f"You have {factors.MOST_PASSKEYS} passkeys, and that is enough. Remove one first.")

    from webauthn import generate_registration_options
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    person, account = current.person(), current.account()
    options = generate_registration_options(
        rp_id=current.relying_party(),
        rp_name="Case manager checklist",
        user_id=person.id.encode(),
        user_name=person.username,
        user_display_name=person.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in account.factors.passkeys],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _remember(options, options.challenge, person.id)


@bp.post("/account/passkeys")
def add() -> Answer:
    """Take a new passkey into the account."""
    from webauthn import verify_registration_response

    desk, form = current.desk(), PasskeyForm(formdata=MultiDict({"name": _text("name")}))
    asked = _asked_for(current.actor())
    if asked is None or asked.account != current.person().id:
        return _refuse(OVER)
    if not form.validate():
        return _refuse(str(form.name.errors[0]))
    try:
        made = verify_registration_response(
            credential=_credential(), expected_challenge=_bytes(asked.facts["challenge"]), expected_rp_id=current.relying_party(),
            expected_origin=current.address(), require_user_verification=True,
        )  # fmt: skip
    except _refused():
        return _refuse("The device's answer does not fit. Reload the page and try again.")
    if any(one.credential == made.credential_id for one in current.account().factors.passkeys):
        return _refuse("This device has a passkey here already.")
    factors.add_passkey(
        desk.store, current.person().id, form.name.data, made.credential_id, made.credential_public_key, made.sign_count, current.actor()
    )
    return jsonify(next="/account")


@bp.post("/account/passkeys/<key>/remove")
def remove(key: str) -> AnyResponse | tuple[str, int]:
    """Remove a passkey, but not the last factor of somebody whose role needs one."""
    desk, mine = current.desk(), current.account().factors
    left = [one for one in mine.passkeys if one.id != key]
    if not left and not mine.app_since and policy.needs_second_factor(desk.store, current.person()):
        return render_template(
            "errors/page.html",
            heading="You need this one",
            text="Your role needs a second step, and this passkey is the only one. Set up another first.",
        ), 409
    factors.remove_passkey(desk.store, current.person().id, key, current.actor())
    return redirect("/account", 303)


# The two steps


def _ask(account: Account | None, allowed: Sequence[Passkey]) -> Answer:

    from webauthn import generate_authentication_options
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=current.relying_party(),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _remember(options, options.challenge, account.person.id if account else "")


def _remember(options: Any, challenge: bytes, account_id: str) -> Answer:
    """Keep the challenge until the device answers; the browser holds only the secret that finds it."""
    from webauthn import options_to_json

    desk = current.desk()
    facts = {"challenge": base64.b64encode(challenge).decode()}
    try:
        session["passkey"] = challenges.begin(desk.store, challenges.PASSKEY, account_id, facts, Actor(account_id or "nobody", desk.now()))
    except challenges.TooMany:
        return _refuse("Too many people are signing in at this moment. Wait a minute, then try again.", 503)
    return Response(options_to_json(options), mimetype="application/json")


def _asked_for(actor: Actor) -> Challenge | None:
    """What this browser was asked, used up."""
    return challenges.take(current.desk().store, session.pop("passkey", None), challenges.PASSKEY, actor)


def _answered_by(known: Account | None) -> Account | None:
    """Whose passkey the device says that it used: each carries its account's id. A device that was told the passkeys need not say."""
    try:
        handle = _bytes(_credential()["response"].get("userHandle") or "", url=True).decode()
    except MISSHAPEN:
        return None
    if not handle:
        return known
    return accounts.get(current.desk().store, handle) if handle and len(handle) < 100 and "\0" not in handle else None


def _prove(account: Account) -> str:
    """What is wrong with the device's answer, or nothing."""
    desk = current.desk()
    actor = Actor(account.person.id, desk.now(), g.session.id[:12] if g.session else "")
    asked = _asked_for(actor)
    if asked is None or asked.account not in ("", account.person.id):
        return OVER
    try:
        right = proving.code_is_right(desk, account.person.id, lambda: _fits(account, asked, actor), actor, PROVE)
    except proving.SlowDown as error:
        return f"That was wrong too often. {error}"
    return "" if right else WRONG


def _fits(account: Account, asked: Challenge, actor: Actor) -> bool:

    from webauthn import verify_authentication_response

    try:
        credential = _credential()
        used = next(one for one in account.factors.passkeys if one.credential == _bytes(credential["rawId"], url=True))
        proof = verify_authentication_response(
            credential=credential, expected_challenge=_bytes(asked.facts["challenge"]), expected_rp_id=current.relying_party(),
            expected_origin=current.address(), credential_public_key=used.key, credential_current_sign_count=used.uses, require_user_verification=True,
        )  # fmt: skip
    except (*_refused(), StopIteration):
        return False
    return factors.use_passkey(current.desk().store, account.person.id, used, proof.new_sign_count, actor)


def _refused() -> tuple[type[Exception], ...]:
    """What the library raises when an answer does not fit, and what an answer of another shape makes it stumble over."""
    from webauthn.helpers.exceptions import InvalidJSONStructure, WebAuthnException

    return (WebAuthnException, InvalidJSONStructure, *MISSHAPEN)


def _credential() -> dict[str, Any]:
    credential = _sent().get("credential")
    if not isinstance(credential, dict):
        raise ValueError("no credential")
    return credential


def _sent() -> dict[str, Any]:
    try:
        sent = json.loads(request.get_data())
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return {}
    return sent if isinstance(sent, dict) else {}


def _text(name: str) -> str:
    value = _sent().get(name, "")
    return value if isinstance(value, str) else ""


def _bytes(text: str, url: bool = False) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if url else base64.b64decode(text)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _refuse(sentence: str, status: int = 422) -> tuple[Response, int]:
    return jsonify(problem=sentence), status


def _full() -> bool:
    return len(current.account().factors.passkeys) >= factors.MOST_PASSKEYS
