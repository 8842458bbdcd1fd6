"""Access is one table. Every (endpoint, method) names what it needs; one `before_request` decides, and views never do.

A route without a row is refused at start, in a test and at run time. Who may not see a student gets the very same 404 as for an id that does not
exist; who may see but not do gets a 403 that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from forms_app.desk import Desk
from forms_app.permissions import (
    Action,
    Person,
    Relation,
    Tie,
    actions,
    can_add_items,
    can_add_student,
    can_announce,
    can_manage_people,
    can_oversee,
    can_use_emergency,
    check_can,
    ties,
)
from forms_app.records import accounts, sessions
from forms_app.records.actor import Actor
from forms_app.school_year import SchoolYear


@dataclass(frozen=True)
class Rule:
    """`may` decides by the person alone, `action` by the person and the student that the address names."""

    signed_in: bool = True
    may: Callable[[Person], bool] | None = None
    action: Action | None = None
    looked: str = ""  # what the audit log says of a look at a student
    instead: str = ""  # where somebody goes who may see only what is shared


PUBLIC = Rule(signed_in=False)
SIGNED_IN = Rule()
VIEW = Rule(action=Action.VIEW, looked="view a student", instead="shared.show")
ITEM = Rule(action=Action.VIEW, looked="view an item")
MARK = Rule(action=Action.MARK)
EDIT = Rule(action=Action.EDIT, looked="open a student's details")
EVENT = Rule(action=Action.RECORD_EVENT, looked="open the events of a student")
SHARED = Rule(action=Action.VIEW_SHARED, looked="view what is shared of a student")
ACCESS = Rule(action=Action.SEE_ACCESS, looked="open who has access to a student")
TEAM = Rule(action=Action.NAME_TEAM, looked="open who has access to a student")
AUDIT = Rule(action=Action.SEE_AUDIT, looked="open who looked")
CONSENTS = Rule(action=Action.VIEW, looked="open the consents of a student")
CONSENT = Rule(action=Action.RECORD_CONSENT)
ALLOW = Rule(action=Action.OVERRIDE_CONSENT, looked="open what may go out without a consent")
OWN_ITEM = Rule(action=Action.ADD_ITEM, looked="open a student's own items")
DELEGATED = Rule(action=Action.DO_DELEGATED, looked="view a delegated item")
FLOWS = Rule(action=Action.VIEW, looked="view the steps of a student")
EXAMS = Rule(action=Action.MARK, looked="open the exam supports of a student")
WHOLE = Rule(action=Action.READ_WHOLE, looked="view the whole record of a student")
EXPORT = Rule(action=Action.EXPORT, looked="export the whole record of a student")
CORRECT = Rule(action=Action.CORRECT, looked="open the corrections of a student")
ANSWER = Rule(action=Action.ANSWER, looked="open a correction of a student")
CLOSE = Rule(action=Action.CLOSE, looked="open the closing of a student")
DISPOSE = Rule(action=Action.DISPOSE, looked="open the disposal of a student")
OVERSEE = Rule(may=can_oversee)

ROUTES: dict[tuple[str, str], Rule] = {
    ("static", "GET"): PUBLIC,
    ("health.healthz", "GET"): PUBLIC,
    ("privacy.notice", "GET"): PUBLIC,
    ("sign_in.show", "GET"): PUBLIC,
    ("sign_in.sign_in", "POST"): PUBLIC,
    ("sign_in.sign_out", "POST"): PUBLIC,
    ("welcome.show", "GET"): PUBLIC,
    ("welcome.accept", "POST"): PUBLIC,
    ("caseload.index", "GET"): SIGNED_IN,
    ("items.show", "GET"): SIGNED_IN,
    ("students.new", "GET"): Rule(may=can_add_student),
    ("students.add", "POST"): Rule(may=can_add_student),
    ("students.show", "GET"): VIEW,
    ("students.show_year", "GET"): VIEW,
    ("students.edit", "GET"): EDIT,
    ("students.save", "POST"): EDIT,
    ("checklists.show", "GET"): ITEM,
    ("checklists.tick", "POST"): MARK,
    ("checklists.mark", "POST"): MARK,
    ("checklists.undo", "POST"): MARK,
    ("events.new", "GET"): EVENT,
    ("events.add", "POST"): EVENT,
    ("events.confirm_withdrawal", "GET"): EVENT,
    ("events.withdraw", "POST"): EVENT,
    ("shared.show", "GET"): SHARED,
    ("involved.show", "GET"): ACCESS,
    ("involved.name", "POST"): TEAM,
    ("involved.end", "POST"): TEAM,
    ("consents.show", "GET"): CONSENTS,
    ("consents.add", "POST"): CONSENT,
    ("consents.withdraw", "POST"): CONSENT,
    ("consents.confirm", "GET"): ALLOW,
    ("consents.allow", "POST"): ALLOW,
    ("consents.report", "GET"): OVERSEE,
    ("own_items.new", "GET"): OWN_ITEM,
    ("own_items.add", "POST"): OWN_ITEM,
    ("own_items.several", "GET"): Rule(may=can_add_items),
    ("own_items.add_several", "POST"): Rule(may=can_add_items),
    ("delegations.new", "GET"): TEAM,
    ("delegations.delegate", "POST"): TEAM,
    ("delegations.end", "POST"): TEAM,
    ("flows.show", "GET"): FLOWS,
    ("flows.exams", "GET"): EXAMS,
    ("flows.decide", "POST"): EXAMS,
    ("delegated.show", "GET"): DELEGATED,
    ("delegated.mark", "POST"): DELEGATED,
    ("audit.show", "GET"): AUDIT,
    ("emergency.show", "GET"): Rule(may=can_use_emergency),
    ("emergency.open_record", "POST"): Rule(may=can_use_emergency),
    ("emergency.report", "GET"): OVERSEE,
    ("posts.show", "GET"): Rule(may=can_manage_people),
    ("posts.add", "POST"): Rule(may=can_manage_people),
    ("posts.end", "POST"): Rule(may=can_manage_people),
    ("whole_record.show", "GET"): WHOLE,
    ("whole_record.download", "GET"): EXPORT,
    ("corrections.new", "GET"): CORRECT,
    ("corrections.add", "POST"): CORRECT,
    ("corrections.show", "GET"): ANSWER,
    ("corrections.answer", "POST"): ANSWER,
    ("closing.show", "GET"): CLOSE,
    ("closing.close", "POST"): CLOSE,
    ("closing.reopen", "POST"): CLOSE,
    ("closing.index", "GET"): OVERSEE,
    ("disposals.show", "GET"): DISPOSE,
    ("disposals.propose", "POST"): DISPOSE,
    ("disposals.review", "POST"): DISPOSE,
    ("breach.show", "GET"): OVERSEE,
    ("breach.download", "GET"): OVERSEE,
    ("people.index", "GET"): Rule(may=can_manage_people),
    ("people.add", "POST"): Rule(may=can_manage_people),
    ("people.new_link", "POST"): Rule(may=can_manage_people),
    ("people.add_school", "POST"): Rule(may=can_manage_people),
    ("dates.index", "GET"): SIGNED_IN,
    ("dates.announce", "POST"): Rule(may=can_announce),
}


class RouteWithoutRule(RuntimeError):
    """A route that the table does not know, or a row that no route has."""


def routes_of(app: Flask) -> Iterator[tuple[str, str]]:
    """Every (endpoint, method) of the app, without the methods that Flask adds by itself."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield rule.endpoint, method


def check_routes(app: Flask) -> None:
    """Refuse to start with a route that nobody decided on, or with a row for a route that is gone."""
    routes = set(routes_of(app))
    if routes != set(ROUTES):
        raise RouteWithoutRule(f"Without a rule: {sorted(routes - set(ROUTES))}. Without a route: {sorted(set(ROUTES) - routes)}.")


def install(app: Flask, desk: Desk) -> None:
    """Ask the table before every request."""

    @app.before_request
    def enforce() -> Response | None:
        g.person, g.session = _who(desk)
        if request.endpoint is None:
            return None  # no such route: Flask's own 404
        method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
        rule = ROUTES.get((request.endpoint, method))
        if rule is None:
            abort(404)
        if not rule.signed_in:
            return None
        if g.person is None:
            return _sign_in_first()
        if rule.may and not rule.may(g.person):
            abort(404)
        return _load_student(desk, rule) if rule.action else None

    _note_refused_forms(app, desk)


def _note_refused_forms(app: Flask, desk: Desk) -> None:
    """A form that is refused comes back with the student on it: that is a look, and the write that would have been noted never was."""

    @app.after_request
    def note(response: Response) -> Response:
        record = g.get("record")
        if record is not None and request.method == "POST" and response.status_code in (409, 422):
            desk.store.note("student", record.student.id, actor(desk).entry("see a form again", *_relations()))
        return response


def actor(desk: Desk) -> Actor:
    """Who acts in this request, for the audit log."""
    return Actor(g.person.id, desk.now(), g.session.id[:12])


def _who(desk: Desk) -> tuple[Person | None, sessions.Session | None]:
    secret = session.get("session")
    current = sessions.resume(desk.store, secret, desk.now()) if isinstance(secret, str) and request.endpoint != "static" else None
    account = accounts.get(desk.store, current.account) if current else None
    if account is None or account.disabled:
        return None, None
    return account.person, current


def _sign_in_first() -> Response:
    if request.method == "POST":
        abort(401)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": "/sign-in"})
    return redirect(f"/sign-in?next={quote(request.path)}" if request.path != "/" else "/sign-in", 303)


def _load_student(desk: Desk, rule: Rule) -> Response | None:
    """Load the student that the address names, decide, and note the look before anything is shown.

    Who may see only what is shared gets that and nothing else to work with: the record stays here.
    """
    arguments = request.view_args or {}
    shown = SchoolYear(arguments["start"]) if "start" in arguments else desk.year()
    record = desk.record(arguments["student_id"], shown)
    today, now, action = desk.today(), desk.now(), rule.action or Action.VIEW
    granted = actions(g.person, record.student, today, now) if record else frozenset()
    if record is None or not granted & {Action.VIEW, Action.VIEW_SHARED, *({action} & {Action.DO_DELEGATED})}:
        abort(404)
    if action not in granted and Action.VIEW not in granted and rule.instead:
        return redirect(url_for(rule.instead, student_id=record.student.id), 303)
    check_can(g.person, action, record.student, today, now)
    standing = ties(g.person, record.student, today, now)
    g.ties, g.year, g.emergency = standing, shown, _emergency(standing)
    if action is Action.DO_DELEGATED:
        g.delegated = desk.delegated(record, g.person, arguments["delegation_id"])
        if g.delegated is None:
            abort(404)  # somebody else's, or over
    if rule.looked and request.method == "GET":
        desk.store.note("student", record.student.id, actor(desk).entry(rule.looked, *_relations()))
    if action is Action.VIEW_SHARED:
        g.shared = desk.shared(record)
    elif action is not Action.DO_DELEGATED:  # who was given one item gets that and nothing else to work with
        g.record = record
    return None


def _relations() -> tuple[str, ...]:
    """By which relations this person looks, for the audit log."""
    return tuple(dict.fromkeys(tie.relation.value for tie in g.ties))


def _emergency(standing: tuple[Tie, ...]) -> Tie | None:
    """The tie to shout about: that of somebody who sees the student in an emergency and for no other reason."""
    return standing[0] if standing and standing[0].relation is Relation.EMERGENCY else None
