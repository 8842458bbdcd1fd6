"""Proving who somebody is: which browser asks, how often it was wrong before, and whether the password is right."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from forms_app.desk import Desk
from forms_app.records import accounts, attempts
from forms_app.records.accounts import Account
from forms_app.records.actor import Actor
from forms_app.records.attempts import Guard, Proof, SlowDown, Source
from forms_app.records.hashes import NOBODY, TooBusy, hash_password, is_password, outdated, turn

__all__ = ["SlowDown", "TooBusy", "begun_with", "code_is_right", "password_is_right", "remember_browser"]

REMEMBERED = 180 * 24 * 3600  # seconds
SHARED_BY = 8  # people whose browser one machine can be

Check = Callable[[str, str], bool]


def guard(desk: Desk) -> Guard:
    return Guard(desk.store, _secret())


def source_for(desk: Desk, account_id: str) -> Source:
    """This browser, if it has signed in to the account before, else its address."""
    device, known = _browser()
    if device and account_id and _mark(account_id) in known:
        return guard(desk).by_browser(f"{device} {account_id}")
    return guard(desk).by_address(request.remote_addr)


def password_is_right(desk: Desk, username: str, account: Account | None, password: str, actor: Actor, check: Check | None = None) -> bool:
    """Raises SlowDown before anything is hashed, and TooBusy. No account, none with a password, and a wrong one cost the same."""
    check = check or (lambda hashed, typed: is_password(typed, hashed))
    source, counting = source_for(desk, account.person.id if account else ""), guard(desk)
    counting.check(source, attempts.PASSWORD, username, desk.now())
    with turn():
        counting.check(source, attempts.PASSWORD, username, desk.now())  # others may have guessed while this one waited
        usable = account is not None and bool(account.password_hash) and not account.disabled
        right = check(account.password_hash if account and usable else NOBODY, password) and usable
        if not right:
            counting.failed(source, attempts.PASSWORD, username, actor)
    if account is None or not right:
        return False
    counting.succeeded(source, attempts.PASSWORD, username, actor)
    if outdated(account.password_hash):
        with suppress(TooBusy):  # then the next time
            accounts.renew_hash(desk.store, account.person.id, account.password_hash, hash_password(password), actor)
    return True


def code_is_right(desk: Desk, account_id: str, check: Callable[[], bool], actor: Actor, proof: Proof = attempts.CODE) -> bool:
    """Whether `check` says so, counted like a password. Raises SlowDown."""
    source, counting = source_for(desk, account_id), guard(desk)
    counting.check(source, proof, account_id, desk.now())
    right = check()
    if right:
        counting.succeeded(source, proof, account_id, actor)
    else:
        counting.failed(source, proof, account_id, actor)
    return right


def remember_browser(desk: Desk, account_id: str) -> None:
    """Know this browser again: its owner's tries are then counted apart from everybody else's. The cookie names nobody."""
    device, known = _browser()
    marks = [_mark(account_id), *(mark for mark in known if mark != _mark(account_id))][:SHARED_BY]
    value = _serializer().dumps([device or secrets.token_urlsafe(16), marks])
    https = desk.settings.https

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(_cookie_name(), value, max_age=REMEMBERED, secure=https, httponly=True, samesite="Lax", path="/")
        return response


def _browser() -> tuple[str, Sequence[str]]:
    try:
        device, known = _serializer().loads(request.cookies.get(_cookie_name(), ""))
    except (BadSignature, ValueError, TypeError):
        return "", ()
    return str(device), [str(mark) for mark in known]


def _cookie_name() -> str:
    return "__Host-browser" if current_app.config["SESSION_COOKIE_SECURE"] else "browser"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(_secret(), salt="browser")


def _secret() -> bytes:
    return bytes(current_app.config["SECRET_KEY"])


def _mark(account_id: str) -> str:
    return hmac.new(_secret(), b"browser " + account_id.encode(), hashlib.sha256).hexdigest()[:24]


_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "a Chromebook"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)
_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def begun_with() -> str:
    """The browser and the machine in words, so that their owner knows them again in the list of sessions. Nothing more of it is kept."""
    agent = re.sub(r"[^ -~]", "", request.headers.get("User-Agent", ""))[:400]
    program = next((word for sign, word in _PROGRAMS if sign in agent), "A browser")
    system = next((word for sign, word in _SYSTEMS if sign in agent), "")
    return f"{program} on {system}" if system else program
