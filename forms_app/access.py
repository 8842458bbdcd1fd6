"""Access is one table. Every (endpoint, method) names what it needs; one `before_request` decides and notes every look before it is shown.

A route without a row is refused at start, in a test and at run time. Who may not see a student gets the very same 404 as for an id that does not
exist; who may see but not do gets a 403 that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, Response, abort, g, make_response, redirect, render_template, request, session, url_for

from forms_app import proving
from forms_app.desk import Desk
from forms_app.permissions import (
    Action,
    NotAllowed,
    Person,
    Relation,
    Tie,
    actions,
    can,
    can_add_items,
    can_add_student,
    can_announce,
    can_manage_people,
    can_meet,
    can_oversee,
    can_plan_meetings,
    can_use_emergency,
    check_can,
    meeting_schools,
    planning_schools,
    ties,
)
from forms_app.plain_text import typed
from forms_app.records import accounts, policy, sessions
from forms_app.records import students as student_records
from forms_app.records.accounts import Account
from forms_app.records.actor import Actor
from forms_app.records.students import StudentRecord
from forms_app.school_year import SchoolYear


@dataclass(frozen=True)
class Rule:
    """`may` decides by the person alone, `action` by the person and the student that the address names.

    `fresh` asks for the password or a passkey again when the last proof is older than five minutes: for what cannot easily be taken back.
    `enrolling` rows stay open to somebody who must set up a second factor first.
    """

    signed_in: bool = True
    fresh: bool = False
    enrolling: bool = False
    may: Callable[[Person], bool] | None = None
    action: Action | None = None
    looked: str = ""  # what the audit log says of a look at a student, or at a meeting
    meeting: Callable[[Person], frozenset[str]] | None = None  # the schools whose meetings a person may open; the address names one
    instead: str = ""  # where somebody goes who may see only what is shared


PUBLIC = Rule(signed_in=False)
SIGNED_IN = Rule()
VIEW = Rule(action=Action.VIEW, looked="view a student", instead="shared.show")
ITEM = Rule(action=Action.VIEW, looked="view an item")
MARK = Rule(action=Action.MARK)
DUE = Rule(action=Action.MARK, looked="open the due date of an item")
DUE_FILE = Rule(action=Action.VIEW, looked="open the due date of an item")
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
EXPORT = Rule(action=Action.EXPORT, looked="export the whole record of a student", fresh=True)
CORRECT = Rule(action=Action.CORRECT, looked="open the corrections of a student")
ANSWER = Rule(action=Action.ANSWER, looked="open a correction of a student")
CLOSE = Rule(action=Action.CLOSE, looked="open the closing of a student")
DISPOSE = Rule(action=Action.DISPOSE, looked="open the disposal of a student")
PACKET = Rule(action=Action.SEE_PACKET, looked="open a handover of a student")
GIVE = Rule(action=Action.HAND_OVER)
TAKE = Rule(action=Action.TAKE_OVER)
YEARS = Rule(action=Action.EDIT, looked="open the school years of a student")
SHEETS = Rule(action=Action.VIEW, looked="open the team's meetings about a student")
SHEET = Rule(action=Action.VIEW, looked="view the team's sheet of a student")
MEET = Rule(action=Action.MEET)
AGENDA = Rule(may=can_meet, meeting=meeting_schools, looked="view an agenda")
RECAP = Rule(may=can_meet, meeting=meeting_schools, looked="view a recap")
LEAD = Rule(may=can_plan_meetings, meeting=planning_schools, looked="open a meeting to lead it")
DISPOSE_FRESH = Rule(action=Action.DISPOSE, fresh=True)
OVERSEE = Rule(may=can_oversee)
ACCOUNT = Rule(enrolling=True)
ACCOUNT_FRESH = Rule(enrolling=True, fresh=True)
PEOPLE = Rule(may=can_manage_people)
PEOPLE_FRESH = Rule(may=can_manage_people, fresh=True)

ROUTES: dict[tuple[str, str], Rule] = {
    ("static", "GET"): PUBLIC,
    ("health.healthz", "GET"): PUBLIC,
    ("privacy.notice", "GET"): PUBLIC,
    ("sign_in.show", "GET"): PUBLIC,
    ("sign_in.sign_in", "POST"): PUBLIC,
    ("sign_in.sign_out", "POST"): PUBLIC,
    ("second_step.show", "GET"): PUBLIC,
    ("second_step.check", "POST"): PUBLIC,
    ("passkeys.sign_in_options", "POST"): PUBLIC,
    ("passkeys.sign_in", "POST"): PUBLIC,
    ("directory.begin", "GET"): PUBLIC,
    ("directory.back", "GET"): PUBLIC,
    ("account.show", "GET"): ACCOUNT,
    ("account.stay", "GET"): ACCOUNT,
    ("account.ask", "GET"): ACCOUNT,
    ("account.confirm", "POST"): ACCOUNT,
    ("account.password", "GET"): ACCOUNT,
    ("account.change_password", "POST"): ACCOUNT,
    ("account.end_session", "POST"): ACCOUNT,
    ("account.end_others", "POST"): ACCOUNT,
    ("account.app", "GET"): ACCOUNT_FRESH,
    ("account.begin_app", "POST"): ACCOUNT_FRESH,
    ("account.confirm_app", "POST"): ACCOUNT_FRESH,
    ("account.remove_app", "POST"): ACCOUNT_FRESH,
    ("account.new_recovery_codes", "POST"): ACCOUNT_FRESH,
    ("passkeys.new", "GET"): ACCOUNT_FRESH,
    ("passkeys.add_options", "POST"): ACCOUNT_FRESH,
    ("passkeys.add", "POST"): ACCOUNT_FRESH,
    ("passkeys.remove", "POST"): ACCOUNT_FRESH,
    ("passkeys.confirm_options", "POST"): ACCOUNT,
    ("passkeys.confirm", "POST"): ACCOUNT,
    ("welcome.show", "GET"): PUBLIC,
    ("welcome.accept", "POST"): PUBLIC,
    ("caseload.index", "GET"): SIGNED_IN,
    ("items.show", "GET"): SIGNED_IN,
    ("items.index", "GET"): SIGNED_IN,
    ("items.mark", "POST"): SIGNED_IN,
    ("items.undo", "POST"): SIGNED_IN,
    ("finding.show", "GET"): SIGNED_IN,
    ("finding.find", "POST"): SIGNED_IN,
    ("saved_lists.save", "POST"): SIGNED_IN,
    ("saved_lists.remove", "POST"): SIGNED_IN,
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
    ("file_reviews.index", "GET"): Rule(action=Action.VIEW, looked="open the file reviews of a student"),
    ("file_reviews.begin", "POST"): MARK,
    ("file_reviews.show", "GET"): Rule(action=Action.VIEW, looked="view a file review"),
    ("file_reviews.edit", "GET"): Rule(action=Action.MARK, looked="open a file review to write"),
    ("file_reviews.save", "POST"): MARK,
    ("file_reviews.finish", "POST"): MARK,
    ("shared.show", "GET"): SHARED,
    ("involved.show", "GET"): ACCESS,
    ("involved.name", "POST"): TEAM,
    ("involved.end", "POST"): TEAM,
    ("handovers.index", "GET"): Rule(may=can_add_student),
    ("handovers.choose", "GET"): Rule(may=can_add_student),
    ("handovers.start_many", "POST"): Rule(may=can_add_student),
    ("handovers.cover", "GET"): Rule(may=can_add_student),
    ("handovers.cover_many", "POST"): Rule(may=can_add_student),
    ("handovers.accept_many", "POST"): Rule(may=can_add_student),
    ("handovers.show", "GET"): PACKET,
    ("handovers.start", "POST"): GIVE,
    ("handovers.tell", "POST"): GIVE,
    ("handovers.take_back", "POST"): GIVE,
    ("handovers.accept", "POST"): TAKE,
    ("handovers.send_back", "POST"): TAKE,
    ("years.index", "GET"): OVERSEE,
    ("years.open_all", "POST"): OVERSEE,
    ("years.take_all_back", "POST"): OVERSEE,
    ("years.show", "GET"): YEARS,
    ("years.open_one", "POST"): YEARS,
    ("years.take_back", "POST"): YEARS,
    ("years.carry", "POST"): YEARS,
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
    ("meetings.index", "GET"): Rule(may=can_meet),
    ("meetings.follow", "GET"): Rule(may=can_meet),
    ("meetings.new", "GET"): Rule(may=can_plan_meetings),
    ("meetings.plan", "POST"): Rule(may=can_plan_meetings),
    ("meetings.show", "GET"): AGENDA,
    ("meetings.edit", "GET"): LEAD,
    ("meetings.save", "POST"): LEAD,
    ("meetings.change", "POST"): LEAD,
    ("meetings.recap", "GET"): RECAP,
    ("meetings.minutes", "GET"): LEAD,
    ("meetings.finish", "POST"): LEAD,
    ("sheets.index", "GET"): SHEETS,
    ("sheets.bring", "POST"): TEAM,
    ("sheets.show", "GET"): SHEET,
    ("sheets.save", "POST"): MEET,
    ("sheets.draft", "POST"): MEET,
    ("sheets.paper", "GET"): SHEET,
    ("sheets.correct", "POST"): MEET,
    ("flows.show", "GET"): FLOWS,
    ("flows.exams", "GET"): EXAMS,
    ("flows.decide", "POST"): EXAMS,
    ("delegated.show", "GET"): DELEGATED,
    ("delegated.mark", "POST"): DELEGATED,
    ("audit.show", "GET"): AUDIT,
    ("emergency.show", "GET"): Rule(may=can_use_emergency),
    ("emergency.open_record", "POST"): Rule(may=can_use_emergency),
    ("emergency.report", "GET"): OVERSEE,
    ("posts.show", "GET"): PEOPLE,
    ("posts.add", "POST"): PEOPLE_FRESH,
    ("posts.end", "POST"): PEOPLE_FRESH,
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
    ("disposals.propose", "POST"): DISPOSE_FRESH,
    ("disposals.review", "POST"): DISPOSE_FRESH,
    ("breach.show", "GET"): OVERSEE,
    ("breach.download", "GET"): Rule(may=can_oversee, fresh=True),
    ("people.index", "GET"): PEOPLE,
    ("people.add", "POST"): PEOPLE_FRESH,
    ("people.show", "GET"): PEOPLE,
    ("people.save", "POST"): PEOPLE_FRESH,
    ("people.disable", "POST"): PEOPLE_FRESH,
    ("people.enable", "POST"): PEOPLE_FRESH,
    ("people.end_sessions", "POST"): PEOPLE,
    ("people.forget_directory", "POST"): PEOPLE_FRESH,
    ("people.new_link", "POST"): PEOPLE_FRESH,
    ("people.require", "POST"): PEOPLE_FRESH,
    ("people.add_school", "POST"): PEOPLE,
    ("editions.show", "GET"): Rule(may=can_announce),
    ("editions.apply", "POST"): Rule(may=can_announce),
    ("dates.index", "GET"): SIGNED_IN,
    ("dates.announce", "POST"): Rule(may=can_announce),
    ("school_calendar.show", "GET"): SIGNED_IN,
    ("school_calendar.add", "POST"): Rule(may=can_announce),
    ("school_calendar.remove", "POST"): Rule(may=can_announce),
    ("school_calendar.paste", "GET"): Rule(may=can_announce),
    ("school_calendar.look", "POST"): Rule(may=can_announce),
    ("due_dates.show", "GET"): DUE,
    ("due_dates.save", "POST"): DUE,
    ("due_dates.file", "GET"): DUE_FILE,
    ("reminders.show", "GET"): SIGNED_IN,
    ("reminders.save", "POST"): SIGNED_IN,
    ("reminders.make_feed", "POST"): SIGNED_IN,
    ("reminders.end_feed", "POST"): SIGNED_IN,
    ("feeds.show", "GET"): PUBLIC,
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
        g.account, g.session = _who(desk)
        g.person = g.account.person if g.account else None
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
        desk.refresh()
        if rule.may and not rule.may(g.person):
            abort(404)
        if must_enrol(desk) and not rule.enrolling:
            return _enrol_first()
        if rule.action and (elsewhere := _load_student(desk, rule)):
            return elsewhere
        if "meeting_id" in (request.view_args or {}):
            _load_meeting(desk, rule)
        if rule.fresh and (asked := _ask_again(desk)):
            return asked
        if rule.looked and rule.meeting and request.method == "GET":
            desk.store.note("meeting", g.meeting.id, actor(desk).entry(rule.looked))
        elif rule.looked and request.method == "GET":
            desk.store.note("student", request.view_args["student_id"], actor(desk).entry(rule.looked, *_relations()))
        return None

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


def must_enrol(desk: Desk) -> bool:
    """Whether this person's role needs a second factor, and they signed in without having any."""
    account: Account = g.account
    return g.session.how == "password" and not account.factors.any and policy.needs_second_factor(desk.store, account.person)


def limits_of(desk: Desk, person: Person) -> sessions.Limits:
    """How long a session of this person lasts."""
    return sessions.Limits(desk.settings.administrators_idle if can_manage_people(person) else desk.settings.idle, desk.settings.longest)


def _who(desk: Desk) -> tuple[Account | None, sessions.Session | None]:
    secret = session.get("session")
    found = sessions.find(desk.store, secret) if isinstance(secret, str) and request.endpoint != "static" else None
    account = accounts.get(desk.store, found.account) if found else None
    if (
        found is None
        or account is None
        or account.disabled
        or not sessions.still_lasts(desk.store, found, desk.now(), limits_of(desk, account.person))
    ):
        return None, None
    return account, found


def _ask_again(desk: Desk) -> Response | None:
    """Let through whoever has proved just now who they are, here or with this very form; ask the others. What they typed stays in the form."""
    if g.session.fresh_at(desk.now()):
        return None
    error = ""
    if request.method == "POST" and "confirm_password" in request.form:
        error = confirm_with_password(desk, request.form["confirm_password"])
        if not error:
            return None
    return make_response(page_to_confirm(error), 403)


def confirm_with_password(desk: Desk, password: str) -> str:
    """Note the proof, or say what is wrong with it."""
    account: Account = g.account
    try:
        if proving.password_is_right(desk, account.person.username, account, password, actor(desk)):
            sessions.confirm(desk.store, g.session, "password", desk.now())
            return ""
    except proving.SlowDown as error:
        return f"That was wrong too often. {error}"
    except proving.TooBusy:
        return "Too many people are signing in at this moment. Try again."
    return "The password is not right. Check it and try again."


def page_to_confirm(error: str = "", wanted: str = "") -> str:
    """Asks for the password or a passkey. A form that was sent goes on as it is; a page is opened afterwards."""
    sent = request.method == "POST" and not wanted
    return render_template(
        "account/confirm.html",
        error=error,
        wanted="" if sent else wanted or request.path,
        action=request.path if sent else "/account/confirm",
        typed=[pair for pair in typed(request.form.items(multi=True)) if pair[0] != "confirm_password"] if sent else [],
        account_=g.account,
        passkeys_possible=bool(g.account.factors.passkeys),
        directory=bool(g.account.identities),
    )


def _sign_in_first() -> Response:
    if request.method == "POST":
        abort(401)
    return _go("/sign-in", f"/sign-in?next={quote(request.path)}" if request.path != "/" else "/sign-in")


def _enrol_first() -> Response:
    if request.method == "POST":
        raise NotAllowed(
            "Your role needs a second step for signing in, and you have none yet. Set one up on the page “My account”, then send this again."
        )
    return _go("/account", "/account")


def _go(whole: str, page: str) -> Response:
    """Lead to another page: the whole browser, also when htmx asked only for a part."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": whole})
    return make_response(redirect(page, 303))


def _load_student(desk: Desk, rule: Rule) -> Response | None:
    """Load the student that the address names, and decide.

    Who may see only what is shared gets that and nothing else to work with: the record stays here.
    """
    arguments = request.view_args or {}
    shown = SchoolYear(arguments["start"]) if "start" in arguments else desk.year()
    today, now, action = desk.today(), desk.now(), rule.action or Action.VIEW
    found = desk.document(arguments["student_id"])
    # Only what decides is read before the decision, however long the record is; for a wrong id as much is read of another one and thrown away.
    student = desk.student(found or desk.decoy())
    granted = actions(g.person, student, today, now) if student else frozenset()
    if found is None or not granted & {
        Action.VIEW,
        Action.VIEW_SHARED,
        *({action} & {Action.DO_DELEGATED, Action.SEE_PACKET, Action.TAKE_OVER}),
    }:
        abort(404)
    record = student_records.read(found, shown)
    if action not in granted and Action.VIEW not in granted and rule.instead:
        return make_response(redirect(url_for(rule.instead, student_id=record.student.id), 303))
    check_can(g.person, action, record.student, today, now)
    standing = ties(g.person, record.student, today, now)
    g.ties, g.year, g.emergency = standing, shown, _emergency(standing)
    if action is Action.DO_DELEGATED:
        g.delegated = desk.delegated(record, g.person, arguments["delegation_id"])
        if g.delegated is None:
            abort(404)  # somebody else's, or over
    if action is Action.VIEW_SHARED:
        g.shared = desk.shared(record)
    elif action is not Action.DO_DELEGATED:  # who was given one item gets that and nothing else to work with
        g.record = record
    return None


def _load_meeting(desk: Desk, rule: Rule) -> None:
    """Load the meeting that the address names: one of the person's own schools, and where a student is named, one at which that student is discussed."""
    arguments = request.view_args or {}
    found = desk.meeting(arguments["meeting_id"])
    if rule.meeting:
        if found is None or found.school not in rule.meeting(g.person):
            abort(404)
    elif found is None or found.place(arguments["student_id"]) is None or found.school != g.record.student.school:
        abort(404)
    g.meeting = found


def students_for(desk: Desk, ids: Iterable[str], action: Action) -> dict[str, StudentRecord]:
    """The records, among those that a form names, with which this person may do `action`; whoever else is named is as if there were no such student."""
    today, now = desk.today(), desk.now()
    records = {student_id: desk.record(student_id, desk.year()) for student_id in dict.fromkeys(ids)}
    return {id: record for id, record in records.items() if record and can(g.person, action, record.student, today, now)}


def _relations() -> tuple[str, ...]:
    """By which relations this person looks, for the audit log."""
    return tuple(dict.fromkeys(tie.relation.value for tie in g.ties))


def _emergency(standing: tuple[Tie, ...]) -> Tie | None:
    """The tie to shout about: that of somebody who sees the student in an emergency and for no other reason."""
    return standing[0] if standing and standing[0].relation is Relation.EMERGENCY else None
