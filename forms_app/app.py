"""Puts the app together: store, handbook, access, pages, headers, errors."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import secrets
import traceback
from typing import Any

from flask import Flask, Response, abort, g, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.exceptions import HTTPException

from forms_app import access, edges, site
from forms_app.data_dictionary import read_dictionary
from forms_app.desk import Clock, Desk
from forms_app.file_reviews import check_template, read_template
from forms_app.forms.fields import typed_label
from forms_app.handbook import Handbook, read_handbook
from forms_app.handbook.words import day_words
from forms_app.notice import read_notice
from forms_app.oidc import Directory
from forms_app.permissions import NotAllowed, can_add_student, can_manage_people, can_oversee
from forms_app.plain_text import typed
from forms_app.records import utc_now
from forms_app.retention import read_retention
from forms_app.settings import BODY_LIMIT, Settings
from forms_app.store import Store, StoreError, StoreUnavailable
from forms_app.views import (
    account,
    audit,
    breach,
    caseload,
    checklists,
    closing,
    consents,
    corrections,
    dates,
    delegated,
    delegations,
    directory,
    disposals,
    due_dates,
    editions,
    emergency,
    events,
    feeds,
    file_reviews,
    finding,
    flows,
    handovers,
    health,
    involved,
    items,
    own_items,
    passkeys,
    people,
    posts,
    privacy,
    reminders,
    saved_lists,
    school_calendar,
    second_step,
    shared,
    sign_in,
    students,
    welcome,
    whole_record,
    years,
)
from forms_app.views.reasons import moment_words, time_words

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(settings: Settings, store: Store, key: bytes, clock: Clock = utc_now, book: Handbook | None = None) -> Flask:
    """The app. `key` is the store's; the cookie's is derived from it, so that a restart signs nobody out. Raises HandbookError."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=hmac.new(key, b"cookie", hashlib.sha256).digest(),
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session; a page left open over lunch still works
        WTF_CSRF_SSL_STRICT=False,  # the referrer is not sent by every school's proxy; the token and SameSite decide
    )
    app.extensions["directory"] = Directory(settings.sso) if settings.sso else None
    app.extensions["desk"] = desk = Desk(store, book or read_handbook(settings.root), settings, clock)
    _templates(app, desk)
    _refuse_other_sites(app)
    access.install(app, desk)
    CSRFProtect(app)
    for read in (read_notice, read_retention, read_dictionary):
        read(settings.root)  # what a district got wrong in these files stops the start, with file and line
    check_template(read_template(settings.root), desk.book)
    for module in (
        account, audit, breach, caseload, checklists, closing, consents, corrections, dates, delegated, delegations, directory, disposals, due_dates, editions,
        emergency, events, feeds, file_reviews, finding, flows, handovers, health, involved, items, own_items, passkeys, people, posts, privacy, reminders,
        saved_lists, school_calendar, second_step, shared, sign_in, students, welcome, whole_record, years,
    ):  # fmt: skip
        app.register_blueprint(module.bp)
    _errors(app)
    _headers(app, settings)
    access.check_routes(app)
    app.wsgi_app = edges.guard(site.serve(app.wsgi_app, settings), settings)  # type: ignore[method-assign]
    return app


def _templates(app: Flask, desk: Desk) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["day"] = day_words
    app.jinja_env.filters["typed_label"] = typed_label
    app.jinja_env.filters["time"] = lambda moment: time_words(moment, desk.settings.zone)
    app.jinja_env.filters["moment"] = lambda moment: moment_words(moment, desk.settings.zone)
    app.jinja_loader = ChoiceLoader(
        [PackageLoader("forms_app"), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
    )

    @app.context_processor
    def frame() -> dict[str, Any]:
        person = g.get("person")
        return {
            "nav": _navigation() if person else [],
            "account": person.name if person else "",
            "demo": desk.settings.demo,
            "emergency": g.get("emergency"),
            "idle": _idle(desk),
        }


def _idle(desk: Desk) -> int:
    """After how many minutes without a press a signed-in person is signed out."""
    return int(access.limits_of(desk, g.person).idle.total_seconds() // 60) if g.get("person") else 0


def _navigation() -> list[dict[str, Any]]:
    links = [("/", "Students")]
    if can_add_student(g.person):
        links.append(("/students/new", "Add a student"))
        links.append(("/handovers", "Handovers"))
    links += [("/by-item", "By item"), ("/dates", "Dates"), ("/reminders", "Reminders")]
    if can_oversee(g.person):
        links += [
            ("/years", "School year"),
            ("/closed", "Closed records"),
            ("/emergency/report", "Emergencies"),
            ("/consents/allowed", "Without a consent"),
        ]
    if can_manage_people(g.person):
        links = [("/people", "People and schools"), ("/dates", "Dates")]
    return [{"href": href, "text": text, "current": request.path == href} for href, text in links]


def _refuse_other_sites(app: Flask) -> None:
    @app.before_request
    def refuse() -> tuple[str, int] | None:
        g.person = g.session = g.account = None
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
            return _page(403, "This came from another site", "A form on another site tried to act in your name. Nothing was changed.")
        if request.method == "POST" and request.endpoint and not all(request.form):
            abort(400)  # a part of a form without a name
        return None


def _page(status: int, title: str, text: str, **more: Any) -> tuple[str, int]:
    return render_template("errors/page.html", heading=title, text=text, **more), status


def _typed() -> list[tuple[str, str]]:
    """What the person typed, to keep it: never passwords, and not the token that failed."""
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return typed(pairs)


def _errors(app: Flask) -> None:
    @app.errorhandler(CSRFError)
    def again(error: CSRFError) -> tuple[str, int]:
        return render_template("errors/again.html", typed=_typed(), action=request.path), 400

    @app.errorhandler(401)
    def signed_out(error: HTTPException) -> tuple[str, int]:
        return render_template("errors/signed_out.html", typed=_typed(), action=request.path), 401

    @app.errorhandler(NotAllowed)
    def not_allowed(error: NotAllowed) -> tuple[str, int]:
        return _page(403, "You cannot do this", str(error))

    @app.errorhandler(404)
    def not_found(error: HTTPException) -> tuple[str, int]:
        return _page(404, "There is no such page", "The address may be wrong, or it leads to something that you have no part in.")

    @app.errorhandler(405)
    def wrong_method(error: HTTPException) -> tuple[str, int]:
        return _page(405, "This address works differently", "Go back, reload the page and try again.")

    @app.errorhandler(413)
    def too_large(error: HTTPException) -> tuple[str, int]:
        return _page(
            413,
            "That was too much at once",
            f"A form can carry at most {BODY_LIMIT // 1024} KB. Shorten what you typed; nothing was changed.",
        )

    @app.errorhandler(StoreUnavailable)
    def unavailable(error: StoreUnavailable) -> tuple[str, int]:
        text = f"{error} What was saved before is safe. Try again in a few minutes, and tell your administrator."
        return _page(507 if error.full else 503, "Nothing can be saved right now", text)

    @app.errorhandler(StoreError)
    def store_failed(error: StoreError) -> tuple[str, int]:
        return _page(503, "Nothing can be saved right now", "The store refused. What was saved before is safe. Tell your administrator.")

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> tuple[str, int]:
        return _page(
            error.code or 500, "This cannot be answered", "The request could not be understood. Go back, reload the page and try again."
        )

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int]:
        number = secrets.token_hex(4)
        places = "\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__))
        app.logger.error(
            "incident %s in %s: %s\n%s", number, request.endpoint, type(error).__name__, places
        )  # never the message: it may hold data
        text = f"This is our mistake. Nothing of what you just did was saved. If it happens again, tell your administrator this number: {number}"
        return _page(500, "Something went wrong here", text)


def _headers(app: Flask, settings: Settings) -> None:
    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = CSP
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        if settings.https:
            response.headers["Strict-Transport-Security"] = site.STAY
        return _compressed(response)


def _compressed(response: Response) -> Response:
    """Pages shrink about six times; a phone on the school's network notices."""
    if response.direct_passthrough or response.mimetype != "text/html" or "gzip" not in request.accept_encodings:
        return response
    response.vary.add("Accept-Encoding")
    if response.content_length and response.content_length > 1000:
        response.set_data(gzip.compress(response.get_data(), compresslevel=5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
