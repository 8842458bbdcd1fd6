"""Signing in with the district's directory (single sign-on). Who may is on the administrator's list, or in a group that gives roles."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from forms_app.oidc import ClocksDiffer, Directory, DirectoryDown, NotBelieved, Question
from forms_app.permissions import Post, post
from forms_app.plain_text import clean
from forms_app.records import accounts, challenges, identities, sessions
from forms_app.records.accounts import Account
from forms_app.records.actor import Actor
from forms_app.records.challenges import Challenge
from forms_app.records.identities import NotOnTheList
from forms_app.views import current
from forms_app.views.current import safe_path
from forms_app.views.sign_in import begin as begin_session

bp = Blueprint("directory", __name__)

Page = tuple[str, int]


@bp.get("/sign-in/directory")
def begin() -> Response | Page:
    """Send the browser to the directory. `again` asks it for a new proof from somebody who is signed in here."""
    desk, directory = current.desk(), _directory()
    again = bool(g.person) and request.args.get("again") == "1"
    if g.person and not again:
        return redirect("/", 303)
    actor = Actor(g.person.id if g.person else "nobody", desk.now())
    try:
        question = directory.ask(_back(), desk.now(), again=again)
        facts = {
            "state": question.state, "nonce": question.nonce, "verifier": question.verifier,
            "next": safe_path(request.args.get("next", "")), "again": g.session.id if again else "",
        }  # fmt: skip
        session["directory"] = challenges.begin(desk.store, challenges.DIRECTORY, g.person.id if again else "", facts, actor)
    except (DirectoryDown, NotBelieved) as error:
        return _down(error)
    except challenges.TooMany:
        return _page(503, "Too many people are signing in", "Wait a minute, then try again.")
    return redirect(question.url, 303)


@bp.get("/sign-in/directory/back")
def back() -> Response | Page:
    """The browser comes back from the directory."""
    desk, directory = current.desk(), _directory()
    asked = challenges.take(desk.store, session.pop("directory", None), challenges.DIRECTORY, Actor("nobody", desk.now()))
    state = request.args.get("state", "")
    if asked is None or not hmac.compare_digest(state.encode(), asked.facts["state"].encode()):
        return _page(
            400,
            "This sign-in did not begin here",
            "It began in another browser or tab, took longer than ten minutes, or somebody sent you a link. Nothing was changed. Begin again from the sign-in page.",
        )
    if "iss" in request.args and request.args["iss"] != directory.settings.issuer:
        return _page(400, "This answer is from another directory", "Nothing was changed. Begin again from the sign-in page.")
    if request.args.get("error"):
        return _page(
            403,
            "The directory did not let you in",
            "You cancelled, or your account may not use this app. Try again, or ask your administrator.",
        )
    try:
        question = Question("", asked.facts["state"], asked.facts["nonce"], asked.facts["verifier"])
        claims = directory.answer(_back(), request.args.get("code", ""), question, desk.now())
    except ClocksDiffer:
        return _page(
            502,
            "The clocks do not agree",
            "The directory's answer is from another time than this machine's clock shows. Tell your administrator to check the time on the server.",
        )
    except NotBelieved:
        return _page(
            502,
            "The directory's answer cannot be trusted",
            "It is not signed as it should be, or not meant for this sign-in. Nobody was signed in. Try again; if it happens again, tell your administrator.",
        )
    except DirectoryDown as error:
        return _down(error)
    return _confirm(asked, claims) if asked.facts["again"] else _sign_in(asked, claims)


def _sign_in(asked: Challenge, claims: Mapping[str, Any]) -> Response | Page:
    desk = current.desk()
    try:
        account = _account(claims)
    except NotOnTheList as error:
        desk.store.note("identity", "directory", Actor("nobody", desk.now()).entry("refuse a district sign-in"))
        return _page(403, "You are not on the list", str(error))
    begin_session(account.person.id, "single sign-on", _proved_at(claims))
    return redirect(asked.facts["next"] or "/", 303)


def _confirm(asked: Challenge, claims: Mapping[str, Any]) -> Response | Page:
    """Somebody who is signed in has proved themselves to the directory again."""
    desk = current.desk()
    identity = (current_directory().settings.issuer, claims["sub"])
    if g.session is None or g.session.id != asked.facts["again"] or identity not in g.account.identities:
        return _page(
            400,
            "This is somebody else",
            "The directory confirmed another account than the one that is signed in here. Nothing was changed.",
        )
    proved = _proved_at(claims)
    if proved is None or desk.now() - proved > sessions.FRESH:
        return _page(
            403,
            "The directory did not ask you again",
            "It says only that you signed in some time ago. Sign out here, sign in again, then do what you wanted.",
        )
    sessions.confirm(desk.store, g.session, "single sign-on", desk.now())
    return redirect(asked.facts["next"] or "/account", 303)


def _proved_at(claims: Mapping[str, Any]) -> dt.datetime | None:
    """When the person last proved themselves to the directory, if it says so."""
    moment = claims.get("auth_time")
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 < moment < 1e11:
        return None
    return dt.datetime.fromtimestamp(moment, dt.UTC)


# Whose account it is


def _account(claims: Mapping[str, Any]) -> Account:
    """The account of whom the directory names. Raises NotOnTheList."""
    desk, directory = current.desk(), current_directory()
    issuer, subject = directory.settings.issuer, claims["sub"]
    actor = Actor("directory", desk.now())
    account = identities.find(desk.store, issuer, subject)
    if account is None:
        account = _first_time(claims, actor)
        identities.bind(desk.store, account.person.id, issuer, subject, actor)
    if account.disabled:
        raise NotOnTheList("Your account here is closed. Ask your administrator.")
    if account.by_groups:
        _follow_groups(account, claims, actor)
    return account


def _first_time(claims: Mapping[str, Any], actor: Actor) -> Account:
    desk, directory = current.desk(), current_directory()
    name = _name_of(claims)
    try:
        return identities.listed(desk.store, name, directory.settings.issuer)
    except NotOnTheList:
        if directory.groups is None:
            raise
    posts = _posts(claims)
    shown = claims.get("name") if isinstance(claims.get("name"), str) else name
    try:
        person = identities.account_for_groups(desk.store, clean(name, 200), clean(str(shown), 100), posts, actor)
    except (accounts.UsernameTaken, ValueError):
        raise NotOnTheList("Your name in the directory belongs to another account here already. Ask your administrator.") from None
    made = accounts.get(desk.store, person.id)
    if made is None:
        raise NotOnTheList("Your account could not be made. Try again.")
    return made


def _follow_groups(account: Account, claims: Mapping[str, Any], actor: Actor) -> None:
    """Whose roles come from groups has exactly those of today, or none and is out."""
    desk = current.desk()
    try:
        posts = _posts(claims)
    except NotOnTheList:
        sessions.end_all(desk.store, account.person.id, desk.now(), by=actor)
        raise
    accounts.follow_directory(desk.store, account.person.id, posts, actor)


def _posts(claims: Mapping[str, Any]) -> frozenset[Post]:
    """The roles that the groups give, each at its school. Raises NotOnTheList."""
    groups = current_directory().groups
    places = groups.of(claims) if groups else []
    if not places:
        raise NotOnTheList("You are in no group of the directory that may use this app. Ask your administrator.")
    known = {name: school.id for school in current.desk().schools().values() for name in (school.name, school.code) if name}
    if any(place.school and place.school not in known for place in places):
        raise NotOnTheList("One of your groups belongs to a school that is not known here. Ask your administrator.")
    return frozenset(post(role, known.get(place.school, "")) for place in places for role in place.roles)


def _name_of(claims: Mapping[str, Any]) -> str:
    """How the directory names the person. An e-mail address counts only when the directory says that it is theirs. Raises NotOnTheList."""
    claim = current_directory().settings.name_claim
    name = claims.get(claim)
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        raise NotOnTheList("The directory does not say who you are in the way that this app is set up for. Tell your administrator.")
    if claim == "email" and claims.get("email_verified") not in (True, "true"):
        raise NotOnTheList(
            "The directory does not say that your e-mail address is yours, so it cannot be used to find your account. Tell your administrator."
        )
    return name


# Pages


def current_directory() -> Directory:
    found: Directory = current_app.extensions["directory"]
    return found


def _directory() -> Directory:
    return current_directory() if current_app.extensions.get("directory") else abort(404)


def _back() -> str:
    """Where the directory sends the browser back to; it must be registered there."""
    return current.address() + "/sign-in/directory/back"


def _down(error: Exception) -> Page:
    current_app.logger.warning("the directory failed: %s (%s)", error, type(error.__cause__ or error).__name__)
    return _page(
        502,
        "The district's directory does not answer",
        "You cannot sign in with your district account right now. Try again in a few minutes; if you have a password here, you can sign in with it meanwhile.",
    )


def _page(status: int, heading: str, text: str) -> Page:
    return render_template("directory/refused.html", heading=heading, text=text), status
