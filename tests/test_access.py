"""Access is one table: every route has a row, nobody sees what is not theirs, and what is not theirs looks like what does not exist."""

from __future__ import annotations

import ast
import datetime as dt
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule as Route

from forms_app import access
from forms_app.access import ROUTES, RouteWithoutRule, check_routes, routes_of
from forms_app.app import create_app
from forms_app.permissions import (
    GRANTS,
    REFUSALS,
    Action,
    Relation,
    Role,
    can_add_student,
    can_announce,
    can_manage_people,
    can_oversee,
)
from forms_app.records import closing
from forms_app.settings import ROOT, Settings
from forms_app.store import Store, StoreUnavailable, new_key
from forms_app.students import Part
from tests.district import PASSWORD, PEOPLE, STUDENTS, District, FakeClock
from tests.visitor import Page, Visitor, without_token

Visitors = Callable[[str], Visitor]
WRONG_ID = "AAAAAAAAAAAAAAAAAAAAAA"
# What stands in a route's variable parts besides the student, and a form that is understood; every student route has a row here.
LAST_YEAR = 2025
FORMS: dict[tuple[str, str], dict[str, str]] = {
    ("students.show", "GET"): {},
    ("students.show_year", "GET"): {},
    ("students.edit", "GET"): {},
    ("students.save", "POST"): {},
    ("checklists.show", "GET"): {},
    ("checklists.tick", "POST"): {"tick": "iep.develop|"},
    ("checklists.mark", "POST"): {},
    ("checklists.undo", "POST"): {"undo": "iep.monitor|not-the-last"},
    ("due_dates.show", "GET"): {},
    ("due_dates.save", "POST"): {},
    ("due_dates.file", "GET"): {},
    ("events.new", "GET"): {},
    ("events.add", "POST"): {},
    ("events.confirm_withdrawal", "GET"): {},
    ("events.withdraw", "POST"): {},
    ("file_reviews.index", "GET"): {},
    ("file_reviews.begin", "POST"): {},
    ("file_reviews.show", "GET"): {},
    ("file_reviews.edit", "GET"): {},
    ("file_reviews.save", "POST"): {},
    ("file_reviews.finish", "POST"): {},
    ("shared.show", "GET"): {},
    ("involved.show", "GET"): {},
    ("involved.name", "POST"): {"part": "team"},
    ("involved.end", "POST"): {},
    ("handovers.show", "GET"): {},
    ("handovers.start", "POST"): {},
    ("handovers.tell", "POST"): {"first": "a meeting"},
    ("handovers.take_back", "POST"): {},
    ("handovers.accept", "POST"): {},
    ("handovers.send_back", "POST"): {},
    ("years.show", "GET"): {},
    ("years.open_one", "POST"): {},
    ("years.take_back", "POST"): {},
    ("years.carry", "POST"): {},
    ("consents.show", "GET"): {},
    ("consents.add", "POST"): {},
    ("consents.withdraw", "POST"): {},
    ("consents.confirm", "GET"): {},
    ("consents.allow", "POST"): {},
    ("own_items.new", "GET"): {},
    ("own_items.add", "POST"): {},
    ("delegations.new", "GET"): {},
    ("delegations.delegate", "POST"): {},
    ("delegations.end", "POST"): {},
    ("delegated.show", "GET"): {},
    ("delegated.mark", "POST"): {},
    ("sheets.index", "GET"): {},
    ("sheets.bring", "POST"): {},
    ("sheets.show", "GET"): {},
    ("sheets.save", "POST"): {},
    ("sheets.draft", "POST"): {"section": "facts", "text": "a fact"},
    ("sheets.paper", "GET"): {},
    ("sheets.correct", "POST"): {},
    ("flows.show", "GET"): {},
    ("flows.exams", "GET"): {},
    ("flows.decide", "POST"): {},
    ("audit.show", "GET"): {},
    ("whole_record.show", "GET"): {},
    ("whole_record.download", "GET"): {},
    ("corrections.new", "GET"): {},
    ("corrections.add", "POST"): {},
    ("corrections.show", "GET"): {},
    ("corrections.answer", "POST"): {},
    ("closing.show", "GET"): {},
    ("closing.close", "POST"): {},
    ("closing.reopen", "POST"): {},
    ("disposals.show", "GET"): {},
    ("disposals.propose", "POST"): {},
    ("disposals.review", "POST"): {},
}
ANSWERS = {200, 303, 409, 422}  # done, or refused for what the form says


def rules_of(app: Flask) -> dict[tuple[str, str], Route]:
    return {(rule.endpoint, method): rule for rule in app.url_map.iter_rules() for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}


def address(rule: Route, **values: Any) -> str:
    values = {
        "key": "iep.develop",
        "item_id": "iep.develop",
        "start": LAST_YEAR,
        "occurrence_id": "e",
        "involvement_id": "p",
        "correction_id": "c",
        "consent_id": "n",
        "delegation_id": "d",
        "review_id": "r",
        "meeting_id": "m",
        "list_id": "l",
        "account_id": "a",
        "token": "t",
        "filename": "app.css",
    } | values
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda match: str(values[match[1]]), rule.rule)


@pytest.fixture
def busy(district: District) -> District:
    district.make_busy()
    return district


# The table and the routes


def test_every_route_has_a_row_in_the_table_and_every_row_a_route(app: Flask) -> None:
    assert set(routes_of(app)) == set(ROUTES)


def test_every_variable_part_of_an_address_stands_in_a_route_that_the_table_knows(app: Flask) -> None:
    for (endpoint, _), rule in rules_of(app).items():
        if "student_id" in rule.arguments:
            assert ROUTES[endpoint, next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))].action is not None, (
                f"{endpoint} names a student and decides nothing about them"
            )


def test_every_student_route_is_walked_below(app: Flask) -> None:
    assert {pair for pair, rule in rules_of(app).items() if "student_id" in rule.arguments} == set(FORMS)


def fresh_app(store: Store) -> Flask:
    return create_app(Settings(), store, new_key(), FakeClock())


def test_the_app_refuses_to_start_with_a_route_that_nobody_decided_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(access.ROUTES, ("students.show", "GET"))
    with pytest.raises(RouteWithoutRule, match=r"students\.show"):
        fresh_app(store)


def test_the_app_refuses_to_start_with_a_row_whose_route_is_gone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(access.ROUTES, ("ghosts.show", "GET"), access.SIGNED_IN)
    with pytest.raises(RouteWithoutRule, match=r"ghosts\.show"):
        fresh_app(store)


def test_a_route_that_is_added_after_the_start_is_refused_at_run_time(store: Store) -> None:
    app = fresh_app(store)
    app.add_url_rule("/late", "late", lambda: "open to all")
    with pytest.raises(RouteWithoutRule, match="late"):
        check_routes(app)
    answer = Visitor(app).get("/late")
    assert answer.status == 404
    assert "open to all" not in answer.text


# Nobody is signed in


def test_no_page_but_the_public_ones_is_open_to_a_stranger(app: Flask, stranger: Visitor, busy: District) -> None:
    walked = 0
    for (endpoint, method), rule in rules_of(app).items():
        if not ROUTES[endpoint, method].signed_in:
            continue
        path = address(rule, student_id=busy.students["own"])
        answer = stranger.get(path) if method == "GET" else stranger.post(path, FORMS.get((endpoint, method)))
        if method == "GET":
            assert answer.status == 303, path
            assert answer.location.startswith("/sign-in"), path
        else:
            assert answer.status == 401, path
        assert not [name for name in busy.names() if name in answer.html], path
        walked += 1
    assert walked >= 20


def test_what_is_public_is_only_what_must_be(app: Flask) -> None:
    public = {endpoint for (endpoint, _), rule in ROUTES.items() if not rule.signed_in}
    assert public == {
        "static",
        "health.healthz",
        "privacy.notice",
        "sign_in.show",
        "sign_in.sign_in",
        "sign_in.sign_out",
        "second_step.show",
        "second_step.check",
        "passkeys.sign_in_options",
        "passkeys.sign_in",
        "directory.begin",
        "directory.back",
        "welcome.show",
        "welcome.accept",
        "feeds.show",  # by the secret in its address
    }


def test_a_stranger_is_sent_to_sign_in_and_from_there_to_the_page_that_they_wanted(stranger: Visitor, district: District) -> None:
    wanted = f"/students/{district.students['own']}"
    form = stranger.get(stranger.get(wanted).location)
    done = stranger.post("/sign-in", {"username": "manager", "password": PASSWORD, "next": form.kept("next")})
    assert done.location == wanted


def test_an_expired_session_sends_the_whole_browser_to_sign_in_when_htmx_asks(stranger: Visitor, district: District) -> None:
    answer = stranger.get(f"/students/{district.students['own']}/items/iep.develop", HX_Request="true")
    assert (answer.status, answer.headers["HX-Redirect"]) == (204, "/sign-in")


# Every role against every student


def granted(username: str, key: str, busy: District) -> set[Action]:
    """What the table of grants says, with relations worked out from this test's own district."""
    _, roles, school = PEOPLE[username]
    _, _, manager, student_school = STUDENTS[key]
    standing = {relation for relation, holds in {
        Relation.OWN: manager == username,
        Relation.SCHOOL: bool(school) and school == student_school,
        Relation.DISTRICT: not school,
    }.items() if holds}  # fmt: skip
    return {action for role in roles for relation in standing for action in GRANTS.get((role, relation), ())}


@pytest.mark.parametrize("username", PEOPLE)
def test_on_every_student_route_everybody_gets_exactly_what_the_grants_say(
    username: str, app: Flask, visitor: Visitors, busy: District
) -> None:
    browser, rules = visitor(username), rules_of(app)
    walked = 0
    for (endpoint, method), fields in FORMS.items():
        needed = ROUTES[endpoint, method].action
        assert needed is not None
        for key, student_id in busy.students.items():
            path = address(rules[endpoint, method], student_id=student_id, **busy.within(key))
            answer = browser.get(path) if method == "GET" else browser.post(path, fields)
            may = granted(username, key, busy)
            if Action.VIEW not in may:
                assert answer.status == 404, (path, key)
            elif needed not in may:
                assert answer.status == 403, (path, key)
                assert REFUSALS[needed] in answer.text
            else:
                assert answer.status in ANSWERS, (path, key, answer.text)
            walked += 1
    assert walked == len(FORMS) * len(STUDENTS)


@pytest.mark.parametrize("username", PEOPLE)
def test_a_student_whom_one_may_not_see_looks_exactly_like_one_who_does_not_exist(
    username: str, app: Flask, visitor: Visitors, busy: District
) -> None:
    browser, rules = visitor(username), rules_of(app)
    hidden = [key for key in busy.students if Action.VIEW not in granted(username, key, busy)]
    for (endpoint, method), fields in FORMS.items():
        nowhere = address(rules[endpoint, method], student_id=WRONG_ID)
        none = browser.get(nowhere) if method == "GET" else browser.post(nowhere, fields)
        assert none.status == 404
        for key in hidden:
            path = address(rules[endpoint, method], student_id=busy.students[key], **busy.within(key))
            answer = browser.get(path) if method == "GET" else browser.post(path, fields)
            assert (answer.status, without_token(answer)) == (none.status, without_token(none)), path
            assert _steady(answer.headers) == _steady(none.headers), path


def _steady(headers: Any) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in headers.items() if name not in ("Date", "Set-Cookie"))


def test_the_walk_would_notice_somebody_who_sees_nothing(visitor: Visitors, busy: District) -> None:
    """Guards the walk itself: each action is granted to somebody and refused to somebody who may see the student."""
    everything = [granted(username, key, busy) for username in PEOPLE for key in STUDENTS]
    for action in set(Action) - {
        Action.DO_DELEGATED,
        Action.TAKE_OVER,
    }:  # nobody here was given an item or asked to take over: tests/views/test_delegations.py
        assert any(action in may for may in everything)
    assert any(Action.VIEW in may and Action.MARK not in may for may in everything)
    assert any(not may for may in everything)


def test_a_case_manager_sees_only_their_own_students_in_lists(visitor: Visitors, busy: District) -> None:
    browser = visitor("manager")
    for path in ("/", "/items/iep.develop"):
        page = browser.get(path)
        assert "Zephyrine" in page.text
        for key, (_, family, _, _) in STUDENTS.items():
            assert (family in page.text) == (key == "own"), path


def test_a_principal_sees_the_students_of_their_school_in_lists_and_no_others(visitor: Visitors, busy: District) -> None:
    text = visitor("principal").get("/").text
    assert all((family in text) == (key != "elsewhere") for key, (_, family, _, _) in STUDENTS.items())


def test_a_former_case_manager_loses_access_the_day_after_their_last(visitor: Visitors, district: District) -> None:
    path, browser = f"/students/{district.students['former']}", visitor("manager")
    assert browser.get(path).status == 404
    assert "Crumhorn" not in browser.get("/").text
    district.clock.move(days=-1)
    assert visitor("manager").get(path).status == 200, "on their last day they still are the case manager"


def test_a_system_administrator_sees_no_student_anywhere(visitor: Visitors, busy: District) -> None:
    browser = visitor("admin")
    for path in ("/", "/people", "/dates", "/items/iep.develop", "/privacy", f"/students/{busy.students['own']}"):
        page = browser.get(path)
        assert not [part for given, family, _, _ in STUDENTS.values() for part in (given, family) if part in page.html], path


@pytest.mark.parametrize("username", PEOPLE)
def test_pages_that_go_by_the_role_alone_are_no_such_page_for_everybody_else(username: str, visitor: Visitors, busy: District) -> None:
    browser, person = visitor(username), busy.people[username]
    for path, may in (
        ("/students/new", can_add_student),
        ("/people", can_manage_people),
        ("/closed", can_oversee),
        ("/privacy/breach", can_oversee),
    ):
        assert browser.get(path).status == (200 if may(person) else 404), path
    for path, may in (
        ("/students/new", can_add_student),
        ("/people", can_manage_people),
        ("/schools", can_manage_people),
        ("/dates", can_announce),
    ):
        assert browser.post(path).status == (422 if may(person) else 404), path


# Nothing leaks


@pytest.fixture
def involved(busy: District) -> District:
    """Everybody has to do with somebody: the assistant and the psychologist are on a team, the counsellor covers, the team discusses, one has left."""
    own, tomorrow = busy.students["own"], busy.today + dt.timedelta(days=1)
    busy.involve(own, Part.TEAM, "assistant", Role.ASSISTANT)
    busy.involve(own, Part.TEAM, "psychologist", Role.PSYCHOLOGIST)
    busy.involve(own, Part.COVERING, "counsellor", until=tomorrow, reason="away")
    busy.involve(own, Part.SBT, until=tomorrow, reason="meeting")
    closing.close(busy.store, busy.students["nobody's"], "left", busy.today, "moved", busy.actor("principal"), busy.today)
    return busy


def crawl(browser: Visitor) -> Iterator[tuple[str, Page]]:
    """Every page that links lead to from the first one."""
    todo, seen = ["/"], set()
    while todo:
        path = todo.pop()
        seen.add(path)
        page = browser.get(path)
        yield path, page
        found = [link.partition("#")[0] for link in page.links if link.startswith("/") and not link.startswith("/handbook")]
        todo += [link for link in dict.fromkeys(found) if link not in seen and link not in todo]


CRAWLED: dict[str, set[str]] = {}  # by user name, the endpoints that the test below came to


@pytest.mark.parametrize("username", PEOPLE)
def test_no_address_title_log_line_or_redirect_carries_a_name_or_a_number(
    username: str, app: Flask, visitor: Visitors, involved: District, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = visitor(username)
    names = [name.casefold() for name in involved.names()]
    CRAWLED[username], adapter, pages = set(), app.url_map.bind("localhost"), 0
    for path, page in crawl(browser):
        headers = " ".join(f"{name}: {value}" for name, value in page.headers.items() if name != "Set-Cookie")
        for place, text in (("address", path), ("title", page.title), ("redirect", page.location), ("headers", headers)):
            assert not [name for name in names if name in text.casefold()], (place, path)
        CRAWLED[username].add(str(adapter.match(path.partition("?")[0])[0]))
        pages += 1
    assert pages >= (30 if can_oversee(involved.people[username]) else 7)
    assert not [name for name in names if name in caplog.text.casefold()]


# Pages that no link of a signed-in person's leads to, each looked at elsewhere.
NOT_LINKED = {
    "static", "health.healthz", "account.ask", "account.stay", "sign_in.show", "second_step.show", "welcome.show", "directory.begin", "directory.back",
    "finding.show", "breach.download", "feeds.show", "delegated.show",
}  # fmt: skip


def test_the_crawl_went_everywhere_as_somebody_in_every_role(app: Flask) -> None:
    if set(CRAWLED) != set(PEOPLE):
        pytest.skip("only together with the crawl")
    assert {role for _, roles, _ in PEOPLE.values() for role in roles} == set(Role)
    pages = {endpoint for endpoint, method in routes_of(app) if method == "GET"}
    assert pages - set().union(*CRAWLED.values()) == NOT_LINKED
    assert "shared.show" in CRAWLED["assistant"]
    assert "students.show" in CRAWLED["psychologist"] & CRAWLED["member"] & CRAWLED["counsellor"]


@pytest.mark.parametrize(
    "path", ["/items/iep.develop", "/privacy/breach.csv", "/students/{closed}/disposal", "/healthz", "/sign-in", "/welcome/x"]
)
def test_pages_to_which_no_link_leads_carry_no_name_either(
    path: str, visitor: Visitors, involved: District, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = visitor("principal").get(path.format(closed=involved.students["nobody's"]))
    headers = " ".join(f"{name}: {value}" for name, value in page.headers.items() if name != "Set-Cookie")
    emitted = " ".join([page.title, page.location, headers, caplog.text]).casefold()
    assert not [name for name in involved.names() if name.casefold() in emitted]


def test_a_redirect_after_writing_carries_no_name(manager: Visitor, district: District) -> None:
    path = f"/students/{district.students['own']}"
    answers = [
        manager.post(f"{path}/marks", {"tick": "iep.develop|"}),
        manager.post(f"{path}/items/iep.plan-with-parents", {"status": "done", "on": "2026-11-24", "people": "Zephyrine family"}),
        manager.post(f"{path}/events/new", {"event": "referral", "on": "2026-11-24", "detail": "Quillon"}),
        manager.post(
            "/students/new",
            {**manager.get("/students/new").form(), "given": "Quillon", "family": "Zephyrine", "grade": "10", "routes": "concern"},
        ),
    ]
    for answer in answers:
        assert answer.status == 303, answer.text
        assert not [name for name in district.names() if name.casefold() in answer.location.casefold()]


@pytest.mark.parametrize("pair", [pair for pair in FORMS if pair[1] == "GET" and pair[0] != "delegated.show"], ids=lambda pair: pair[0])
def test_every_look_at_a_student_leaves_one_audit_entry_without_a_name(
    pair: tuple[str, str], app: Flask, visitor: Visitors, busy: District
) -> None:
    action = ROUTES[pair].action
    username = next(name for name in ("manager", "principal") if action in granted(name, "own", busy))
    browser, student_id = visitor(username), busy.students["own"]
    with_a_date = {"key": "iep.develop"} if pair[0].startswith("due_dates.") else {}
    path = address(rules_of(app)[pair], student_id=student_id, **busy.within("own") | with_a_date)
    before = len(busy.store.history("student", student_id))
    assert browser.get(path).status == 200
    entries = busy.store.history("student", student_id)
    assert len(entries) == before + 1
    entry = entries[0]
    assert (entry.who, entry.effect, entry.at) == (busy.people[username].id, "note", busy.clock())
    assert entry.action.startswith(("view", "open", "export"))
    assert entry.session, "it must tell which session looked"
    assert not [name for name in busy.names() if name in repr(entry)]


def test_the_audit_entry_is_written_before_anything_is_shown(
    app: Flask, manager: Visitor, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    student_id = district.students["own"]
    noted = []
    view = app.view_functions["students.show"]
    monkeypatch.setitem(
        app.view_functions,
        "students.show",
        lambda **values: noted.append(district.store.history("student", student_id)[0].action) or view(**values),
    )
    manager.get(f"/students/{student_id}")
    assert noted == ["view a student"]


def test_a_student_is_not_shown_when_the_look_cannot_be_noted(
    manager: Visitor, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnavailable("The disk is full.", full=True)

    monkeypatch.setattr(type(district.store), "note", full)
    page = manager.get(f"/students/{district.students['own']}")
    assert page.status == 507
    assert "Zephyrine" not in page.html


def test_every_write_leaves_an_audit_entry_with_the_names_of_fields_and_never_their_values(manager: Visitor, district: District) -> None:
    student_id = district.students["own"]
    path = f"/students/{student_id}"
    manager.post(f"{path}/edit", {**manager.get(f"{path}/edit").form(), "given": "Quillonette"})
    manager.post(f"{path}/items/iep.plan-with-parents", {"status": "done", "on": "2026-11-24", "people": "Aunt Zephyrine"})
    manager.post(f"{path}/events/new", {"event": "referral", "on": "2026-11-24", "detail": "Quillon's hearing"})
    written = [entry for entry in district.store.history("student", student_id) if entry.effect == "change"]
    assert [entry.action for entry in written] == ["record an event", "mark an item", "edit a student"]
    assert written[2].fields == ("given",)
    assert not [name for name in [*district.names(), "hearing", "Aunt"] if name in repr(written)]


def test_a_refused_look_leaves_no_trace_of_having_looked(visitor: Visitors, district: District) -> None:
    student_id = district.students["own"]
    before = len(district.store.history("student", student_id))
    visitor("elsewhere").get(f"/students/{student_id}")
    assert len(district.store.history("student", student_id)) == before


# Views neither load nor decide

VIEWS = sorted((ROOT / "forms_app" / "views").glob("*.py"))


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: path.stem)
def test_no_view_reaches_into_the_engines_of_the_store(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
    assert not [name for name in imported if name.startswith(("forms_app.store.", "tinydb", "sqlite3", "psycopg"))]


def loads_of_students(path: Path) -> list[int]:
    """The lines on which a module asks a store for a student by id."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value == "student":
                found.append(node.lineno)
    return found


def test_no_view_and_no_form_loads_a_student_by_id() -> None:
    showing = [*VIEWS, *(ROOT / "forms_app" / "forms").glob("*.py"), ROOT / "forms_app" / "app.py"]
    assert len(showing) > 10
    assert {path.name: loads_of_students(path) for path in showing if loads_of_students(path)} == {}


def test_the_search_for_loads_finds_the_one_place_that_loads() -> None:
    assert loads_of_students(ROOT / "forms_app" / "desk.py")
