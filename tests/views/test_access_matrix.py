"""Every route, as every role, in every standing to a student: what comes back is what the table that people wrote by hand says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from forms_app.access import ROUTES, routes_of
from forms_app.permissions import CLOSED_REFUSAL, REFUSALS, Role
from forms_app.records import students
from forms_app.students import Emergency, Part
from tests.access_matrix import COLUMNS, STANDINGS, rows, student_in
from tests.district import CEDAR, HARBOUR, PEOPLE, District
from tests.visitor import Page, Visitor, without_token

Visitors = Callable[[str], Visitor]
WRONG_ID = "AAAAAAAAAAAAAAAAAAAAAA"
NOWHERE = {
    "occurrence_id": "e",
    "involvement_id": "p",
    "correction_id": "c",
    "consent_id": "n",
    "delegation_id": "d",
    "review_id": "r",
    "meeting_id": "m",
}

# Each route that names a student: the column of the table that answers for it, and what is sent.
STUDENT_ROUTES: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    ("students.show", "GET"): ("page", {}),
    ("students.show_year", "GET"): ("page", {}),
    ("students.edit", "GET"): ("edit", {}),
    ("students.save", "POST"): ("edit", {}),
    ("checklists.show", "GET"): ("item", {}),
    ("checklists.tick", "POST"): ("mark", {"tick": "iep.develop|"}),
    ("checklists.mark", "POST"): ("mark", {}),
    ("checklists.undo", "POST"): ("mark", {"undo": "iep.monitor|not-the-last"}),
    ("due_dates.show", "GET"): ("mark", {}),
    ("due_dates.save", "POST"): ("mark", {}),
    ("due_dates.file", "GET"): ("item", {}),
    ("events.new", "GET"): ("event", {}),
    ("events.add", "POST"): ("event", {}),
    ("events.confirm_withdrawal", "GET"): ("event", {}),
    ("events.withdraw", "POST"): ("event", {}),
    ("file_reviews.index", "GET"): ("item", {}),
    ("file_reviews.begin", "POST"): ("mark", {}),
    ("file_reviews.show", "GET"): ("item", {}),
    ("file_reviews.edit", "GET"): ("mark", {}),
    ("file_reviews.save", "POST"): ("mark", {}),
    ("file_reviews.finish", "POST"): ("mark", {}),
    ("shared.show", "GET"): ("shared", {}),
    ("involved.show", "GET"): ("people", {}),
    ("involved.name", "POST"): ("team", {"part": "team"}),
    ("involved.end", "POST"): ("team", {}),
    ("handovers.show", "GET"): ("packet", {}),
    ("handovers.start", "POST"): ("give", {}),
    ("handovers.tell", "POST"): ("give", {"first": "a meeting"}),
    ("handovers.take_back", "POST"): ("give", {}),
    ("handovers.accept", "POST"): ("take", {}),
    ("handovers.send_back", "POST"): ("take", {}),
    ("years.show", "GET"): ("edit", {}),
    ("years.open_one", "POST"): ("edit", {}),
    ("years.take_back", "POST"): ("edit", {}),
    ("years.carry", "POST"): ("edit", {}),
    ("consents.show", "GET"): ("item", {}),
    ("consents.add", "POST"): ("consent", {}),
    ("consents.withdraw", "POST"): ("consent", {}),
    ("consents.confirm", "GET"): ("override", {}),
    ("consents.allow", "POST"): ("override", {}),
    ("own_items.new", "GET"): ("add item", {}),
    ("own_items.add", "POST"): ("add item", {}),
    ("delegated.show", "GET"): ("delegated", {}),
    ("delegated.mark", "POST"): ("delegated", {}),
    ("delegations.new", "GET"): ("team", {}),
    ("delegations.delegate", "POST"): ("team", {}),
    ("delegations.end", "POST"): ("team", {}),
    ("sheets.index", "GET"): ("item", {}),
    ("sheets.bring", "POST"): ("team", {}),
    ("sheets.show", "GET"): ("item", {}),
    ("sheets.save", "POST"): ("meet", {}),
    ("sheets.draft", "POST"): ("meet", {"section": "facts", "text": "a fact"}),
    ("sheets.paper", "GET"): ("item", {}),
    ("sheets.correct", "POST"): ("meet", {}),
    ("flows.show", "GET"): ("item", {}),
    ("flows.exams", "GET"): ("mark", {}),
    ("flows.decide", "POST"): ("mark", {}),
    ("audit.show", "GET"): ("audit", {}),
    ("whole_record.show", "GET"): ("whole", {}),
    ("whole_record.download", "GET"): ("export", {}),
    ("corrections.new", "GET"): ("correct", {}),
    ("corrections.add", "POST"): ("correct", {}),
    ("corrections.show", "GET"): ("answer", {}),
    ("corrections.answer", "POST"): ("answer", {}),
    ("closing.show", "GET"): ("close", {}),
    ("closing.close", "POST"): ("close", {}),
    ("closing.reopen", "POST"): ("close", {}),
    ("disposals.show", "GET"): ("dispose", {}),
    ("disposals.propose", "POST"): ("dispose", {}),
    ("disposals.review", "POST"): ("dispose", {}),
}
ANYBODY = frozenset(Role)
ADDS = frozenset({Role.CASE_MANAGER, Role.COUNSELLOR, Role.PRINCIPAL})
ADDS_ITEMS = frozenset({Role.CASE_MANAGER, Role.COUNSELLOR, Role.SBT_MEMBER})
OVERSEES = frozenset({Role.PRINCIPAL, Role.SSS})
MEETS = frozenset({Role.CASE_MANAGER, Role.COUNSELLOR, Role.SBT_MEMBER, Role.PRINCIPAL})
LEADS = frozenset({Role.SBT_MEMBER, Role.PRINCIPAL})
KEEPS_ACCOUNTS = frozenset({Role.ADMINISTRATOR})
# Each route that names none: who gets through to it.
OTHER_ROUTES: dict[tuple[str, str], frozenset[Role]] = {
    ("caseload.index", "GET"): ANYBODY,
    ("items.show", "GET"): ANYBODY,
    ("items.index", "GET"): ANYBODY,
    ("items.mark", "POST"): ANYBODY,
    ("items.undo", "POST"): ANYBODY,
    ("finding.show", "GET"): ANYBODY,
    ("finding.find", "POST"): ANYBODY,
    ("saved_lists.save", "POST"): ANYBODY,
    ("saved_lists.remove", "POST"): ANYBODY,
    ("dates.index", "GET"): ANYBODY,
    ("editions.show", "GET"): frozenset({Role.SSS}),
    ("editions.apply", "POST"): frozenset({Role.SSS}),
    ("dates.announce", "POST"): frozenset({Role.SSS}),
    ("school_calendar.show", "GET"): ANYBODY,
    ("school_calendar.add", "POST"): frozenset({Role.SSS}),
    ("school_calendar.remove", "POST"): frozenset({Role.SSS}),
    ("school_calendar.paste", "GET"): frozenset({Role.SSS}),
    ("school_calendar.look", "POST"): frozenset({Role.SSS}),
    ("reminders.show", "GET"): ANYBODY,
    ("reminders.save", "POST"): ANYBODY,
    ("reminders.make_feed", "POST"): ANYBODY,
    ("reminders.end_feed", "POST"): ANYBODY,
    ("students.new", "GET"): ADDS,
    ("students.add", "POST"): ADDS,
    ("handovers.index", "GET"): ADDS,
    ("handovers.choose", "GET"): ADDS,
    ("handovers.start_many", "POST"): ADDS,
    ("handovers.cover", "GET"): ADDS,
    ("handovers.cover_many", "POST"): ADDS,
    ("handovers.accept_many", "POST"): ADDS,
    ("people.index", "GET"): KEEPS_ACCOUNTS,
    ("people.add", "POST"): KEEPS_ACCOUNTS,
    ("people.new_link", "POST"): KEEPS_ACCOUNTS,
    ("people.add_school", "POST"): KEEPS_ACCOUNTS,
    ("people.show", "GET"): KEEPS_ACCOUNTS,
    ("people.save", "POST"): KEEPS_ACCOUNTS,
    ("people.disable", "POST"): KEEPS_ACCOUNTS,
    ("people.enable", "POST"): KEEPS_ACCOUNTS,
    ("people.end_sessions", "POST"): KEEPS_ACCOUNTS,
    ("people.forget_directory", "POST"): KEEPS_ACCOUNTS,
    ("people.require", "POST"): KEEPS_ACCOUNTS,
    ("posts.show", "GET"): KEEPS_ACCOUNTS,
    ("posts.add", "POST"): KEEPS_ACCOUNTS,
    ("posts.end", "POST"): KEEPS_ACCOUNTS,
    ("emergency.show", "GET"): frozenset({Role.PRINCIPAL}),
    ("emergency.open_record", "POST"): frozenset({Role.PRINCIPAL}),
    ("emergency.report", "GET"): OVERSEES,
    ("years.index", "GET"): OVERSEES,
    ("years.open_all", "POST"): OVERSEES,
    ("years.take_all_back", "POST"): OVERSEES,
    ("consents.report", "GET"): OVERSEES,
    ("meetings.index", "GET"): MEETS,
    ("meetings.follow", "GET"): MEETS,
    ("meetings.show", "GET"): MEETS,
    ("meetings.recap", "GET"): MEETS,
    ("meetings.new", "GET"): LEADS,
    ("meetings.plan", "POST"): LEADS,
    ("meetings.edit", "GET"): LEADS,
    ("meetings.save", "POST"): LEADS,
    ("meetings.change", "POST"): LEADS,
    ("meetings.minutes", "GET"): LEADS,
    ("meetings.finish", "POST"): LEADS,
    ("own_items.several", "GET"): ADDS_ITEMS,
    ("own_items.add_several", "POST"): ADDS_ITEMS,
    ("closing.index", "GET"): OVERSEES,
    ("breach.show", "GET"): OVERSEES,
    ("breach.download", "GET"): OVERSEES,
}
FILLED = {("saved_lists.save", "POST"): {"item": "iep.develop", "name": "To develop"}}  # what the form of a page always sends
# Each person's own account and nobody else's: these addresses name no account. tests/views/test_account.py walks them.
OWN_ACCOUNT = {pair for pair in ROUTES if pair[0].startswith(("account.", "passkeys.")) and ROUTES[pair].signed_in}
COUNTS: Counter[str] = Counter()
# One person for each role, with that role only.
USERNAMES = {role: username for username, (_, roles, school) in reversed(PEOPLE.items()) for role in roles if school != HARBOUR}


def address(app: Flask, pair: tuple[str, str], **values: str) -> str:
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == pair[0] and pair[1] in (rule.methods or ()))
    known = {"key": "iep.develop", "item_id": "iep.develop", "start": "2025"} | values
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda match: known[match[1]], rule.rule)


def ask(browser: Visitor, path: str, method: str, fields: dict[str, str]) -> Page:
    return browser.get(path) if method == "GET" else browser.post(path, fields)


def steady(headers: Any) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in headers.items() if name not in ("Date", "Set-Cookie"))


def stand(district: District, role: Role, standing: str) -> dict[str, str]:
    """Put a student into the store who stands so to the person with this role; returns the parts of addresses that name them."""
    person = district.people[USERNAMES[role]]
    here, elsewhere = district.schools[CEDAR].id, district.schools[HARBOUR].id
    made = student_in(standing, person, role, here, elsewhere)
    student_id = students.create_with_history(district.store, made, (), (), frozenset(), district.actor())
    for emergency in made.emergencies:
        students.open_in_emergency(district.store, student_id, emergency, district.actor())
    event = district.event(student_id, "sbt-meeting")
    district.mark(student_id, "iep.monitor")
    district.mark(student_id, "iep.monitor", year=district.year.previous)
    over = district.involve(
        student_id, Part.TEAM, "colleague", Role.CASE_MANAGER, since=district.year.day(9, 1), until=district.year.day(9, 2)
    )
    correction = district.correction(student_id)
    needing = f"liaise.exchange@{district.event(student_id, 'outside-agency', detail='Invented Agency')}"
    given = made.delegations[0].id if made.delegations else district.delegate(student_id, "iep.monitor", "colleague")
    return {
        "student_id": student_id, "occurrence_id": event, "involvement_id": over, "correction_id": correction, "key": needing,
        "consent_id": district.consent(student_id), "delegation_id": given, "review_id": district.review(student_id, event),
        "meeting_id": district.meeting(made.school, student_id),
    }  # fmt: skip


def test_every_route_of_the_app_stands_in_one_of_the_two_lists(app: Flask) -> None:
    public = {pair for pair, rule in ROUTES.items() if not rule.signed_in}
    assert set(routes_of(app)) == set(STUDENT_ROUTES) | set(OTHER_ROUTES) | OWN_ACCOUNT | public
    assert not [pair for pair in OWN_ACCOUNT if "account_id" in address(app, pair, account_id="account_id", key="k")]


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_on_every_route_in_every_standing_each_role_gets_what_the_table_says(
    role: Role, app: Flask, visitor: Visitors, district: District
) -> None:
    browser, table = visitor(USERNAMES[role]), rows()
    nowhere = {}
    for pair, (_, fields) in STUDENT_ROUTES.items():
        nowhere[pair] = ask(browser, address(app, pair, student_id=WRONG_ID, **NOWHERE), pair[1], fields)
        assert nowhere[pair].status == 404
    for standing in STANDINGS:
        parts = stand(district, role, standing)
        for pair, (column, fields) in STUDENT_ROUTES.items():
            expected, where = table[role, standing][column], (role.value, standing, *pair)
            answer = ask(browser, address(app, pair, **parts), pair[1], fields)
            if expected == "hidden":
                assert (answer.status, without_token(answer)) == (404, without_token(nowhere[pair])), where
                assert steady(answer.headers) == steady(nowhere[pair].headers), where
            elif expected == "no":
                action = COLUMNS["item" if column == "page" else column]
                assert answer.status == 403, where
                assert (CLOSED_REFUSAL if standing == "closed" else REFUSALS[action]) in answer.text, where
            elif expected == "shared":
                assert (answer.status, answer.location) == (303, f"/students/{parts['student_id']}/shared"), where
            else:
                assert answer.status in {200, 303, 409, 422}, (where, answer.text)
                assert not answer.location.endswith("/shared"), where
            COUNTS[expected] += 1


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_routes_that_name_no_student_go_by_the_role_alone(role: Role, app: Flask, visitor: Visitors, district: District) -> None:
    browser = visitor(USERNAMES[role])
    meeting = district.meeting(district.schools[CEDAR].id)
    for pair, roles in OTHER_ROUTES.items():
        answer = ask(
            browser,
            address(app, pair, account_id=district.people["colleague"].id, list_id="l", meeting_id=meeting),
            pair[1],
            FILLED.get(pair, {}),
        )
        expected = {200, 303, 422} if role in roles else {404}
        assert answer.status in expected, (role.value, *pair, answer.text)
        COUNTS["by role"] += 1


def test_the_walk_went_everywhere(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    """Guards against a walk that passes because it went nowhere. Runs after the two above, and alone when only it is chosen."""
    if not COUNTS:
        pytest.skip("the walk itself was not chosen")
    students_walked = sum(COUNTS.values()) - COUNTS["by role"]
    with capsys.disabled():
        print(
            f"\n{len(STUDENT_ROUTES)} student routes x {len(Role)} roles x {len(STANDINGS)} standings = {students_walked} requests: {dict(COUNTS)}"
        )
    assert students_walked == len(STUDENT_ROUTES) * len(Role) * len(STANDINGS)
    assert COUNTS["by role"] == len(OTHER_ROUTES) * len(Role)
    assert min(COUNTS[answer] for answer in ("yes", "no", "hidden", "shared")) > 0


def test_a_team_or_a_cover_of_one_school_ends_when_the_student_moves(app: Flask, visitor: Visitors, district: District) -> None:
    student_id = district.students["elsewhere"]
    cedar = district.schools[CEDAR].id
    for part, username, role in (
        (Part.TEAM, "counsellor", Role.COUNSELLOR),
        (Part.COVERING, "colleague", None),
        (Part.SBT, "", None),
        (Part.TEAM, "assistant", Role.ASSISTANT),
    ):
        district.involve(student_id, part, username, role, reason=f"{part.value}{username}")
    seen = district.record(student_id).student
    profile = students.profile_of(seen)
    for username in ("counsellor", "colleague", "member", "assistant"):
        assert visitor(username).get(f"/students/{student_id}").status == 404, "they work at another school"
    students.edit(district.store, student_id, {**profile, "school": cedar}, profile, district.actor())
    for username in ("counsellor", "colleague", "member", "assistant"):
        assert visitor(username).get(f"/students/{student_id}").status == 404, "named at the school that the student left"
    assert replace(seen, school=cedar) == replace(district.record(student_id).student)


def test_an_emergency_of_somebody_who_is_no_principal_any_more_opens_nothing(visitor: Visitors, district: District) -> None:
    student_id = district.students["elsewhere"]
    students.open_in_emergency(
        district.store, student_id, Emergency(district.people["manager"].id, district.clock(), "made up"), district.actor()
    )
    assert visitor("manager").get(f"/students/{student_id}").status == 404
