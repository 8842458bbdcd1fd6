"""Why can I see this student? Who else can? And naming and ending: the team, who covers, the school-based team."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.permissions import Role
from forms_app.records import accounts
from forms_app.students import Part
from tests.district import District
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
TODAY, LATER = "2026-11-24", "2026-12-01"


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def name(browser: Visitor, path: str, part: str, **fields: str) -> Page:
    return browser.post(f"{path}/people", {"part": part, "since": TODAY, **fields})


def team(browser: Visitor, path: str, district: District, username: str, role: Role, **fields: str) -> Page:
    return name(browser, path, "team", who=f"{role.value}|{district.people[username].id}", **fields)


def cover(browser: Visitor, path: str, district: District, username: str = "colleague", **fields: str) -> Page:
    return name(browser, path, "covering", **{"who": district.people[username].id, "until": LATER, "reason": "at a course", **fields})


def lines(page: Page) -> dict[str, str]:
    """Each row of the table by the name in it."""
    return {row.all("th", scope="row")[0].text: row.text for row in page.root.all("tr") if row.all("th", scope="row")}


def test_everybody_with_access_is_listed_with_why_from_when_and_what_they_do(manager: Visitor, path: str, district: District) -> None:
    page = manager.get(f"{path}/people")
    assert "You see this student because you are the case manager, since 2 September 2025." in page.text
    found = lines(page)
    assert set(found) == {"Mirabeth Quoxley", "Perrault Zindel", "Sunniva Strobex"}
    assert "Case manager reads, marks items, changes details and names people since 2 September 2025" in found["Mirabeth Quoxley"]
    assert "Principal of the student's school reads, changes details and names people" in found["Perrault Zindel"]
    assert "Student Support Services reads" in found["Sunniva Strobex"]


@pytest.mark.parametrize("username", ["manager", "principal", "sss", "counsellor"])
def test_the_student_page_says_why_i_see_it_and_leads_to_who_else_can(
    username: str, visitor: Visitors, path: str, district: District
) -> None:
    district.involve(district.students["own"], Part.TEAM, "counsellor", Role.COUNSELLOR)
    page = visitor(username).get(path)
    assert "You see this student because you" in page.part("access").text
    assert f"{path}/people" in page.links
    assert (f"{path}/audit" in page.links) is (username != "counsellor")


@pytest.mark.parametrize("who", ["manager", "principal"])
def test_a_counsellor_is_named_to_the_team_reads_and_marks_nothing(who: str, visitor: Visitors, path: str, district: District) -> None:
    counsellor = visitor("counsellor")
    assert counsellor.get(path).status == 404
    assert team(visitor(who), path, district, "counsellor", Role.COUNSELLOR, reason="asked by the parents").status == 303
    page = counsellor.get(path)
    assert page.status == 200
    assert "you are on the student's team, as counsellor, since 24 November 2026" in page.text
    assert "Mark done" not in page.text
    assert counsellor.post(f"{path}/marks", {"tick": "iep.develop|"}).status == 403
    assert "Zephyrine" in counsellor.get("/").text
    line = lines(visitor("manager").get(f"{path}/people"))["Odaline Yarbex"]
    assert "asked by the parents" in line
    assert f"named by {'Mirabeth' if who == 'manager' else 'Perrault'}" in line


def test_a_colleague_covers_marks_items_and_is_out_by_themselves_after_the_last_day(
    visitor: Visitors, manager: Visitor, path: str, district: District
) -> None:
    assert cover(manager, path, district).status == 303
    colleague = visitor("colleague")
    assert "Where I take part" in colleague.get("/").text
    page = colleague.get(path)
    assert "you cover for the case manager, since 24 November 2026 and until 1 December 2026" in page.text
    assert "Record an event" not in page.text
    assert colleague.post(f"{path}/marks", {"tick": "iep.develop|"}).status == 303
    assert colleague.get(f"{path}/edit").status == 403
    district.clock.now += dt.timedelta(days=7)
    assert visitor("colleague").get(path).status == 200, "the last day counts"
    district.clock.now += dt.timedelta(days=1)
    later = visitor("colleague")
    assert later.get(path).status == 404
    assert "Zephyrine" not in later.get("/").text
    assert (
        "Cornelis Vranzel covers for the case manager: 24 November 2026 to 1 December 2026. at a course"
        in visitor("manager").get(f"{path}/people").text
    )


def test_a_cover_that_is_planned_begins_on_its_first_day(visitor: Visitors, manager: Visitor, path: str, district: District) -> None:
    assert cover(manager, path, district, since="2026-11-25").status == 303
    assert visitor("colleague").get(path).status == 404
    assert "Cornelis Vranzel covers for the case manager, 25 November 2026 to 1 December 2026" in manager.get(f"{path}/people").text
    district.clock.now += dt.timedelta(days=1)
    assert visitor("colleague").get(path).status == 200


def test_the_school_based_team_sees_the_student_while_it_discusses_them(
    visitor: Visitors, manager: Visitor, path: str, district: District
) -> None:
    member = visitor("member")
    assert member.get(path).status == 404
    assert name(manager, path, "sbt", until=LATER, reason="planning meeting").status == 303
    assert member.get(path).status == 200
    assert "Zephyrine" in member.get("/").text
    assert member.post(f"{path}/marks", {"tick": "iep.develop|"}).status == 303
    assert "Only the people who work with this student" in member.get(f"{path}/people").text
    district.clock.now += dt.timedelta(days=8)
    assert visitor("member").get(path).status == 404


@pytest.mark.parametrize("part", ["team", "covering", "sbt"])
def test_ending_early_closes_the_door_at_the_next_click(
    part: str, visitor: Visitors, manager: Visitor, path: str, district: District
) -> None:
    who = {"team": "counsellor", "covering": "colleague", "sbt": "member"}[part]
    if part == "team":
        team(manager, path, district, who, Role.COUNSELLOR)
    elif part == "covering":
        cover(manager, path, district)
    else:
        name(manager, path, part, until=LATER, reason="planning")
    browser = visitor(who)
    assert browser.get(path).status == 200
    [form] = [one for one in manager.get(f"{path}/people").root.all("form") if one.attributes["action"].endswith("/end")]
    for _ in range(2):
        assert manager.post(form.attributes["action"]).status == 303, "a second click changes nothing"
    assert browser.get(path).status == 404
    page = manager.get(f"{path}/people")
    assert "ended 24 November 2026, 1:00 pm by Mirabeth Quoxley" in page.text
    assert not [one for one in page.root.all("form") if one.attributes["action"].endswith("/end")]


@pytest.mark.parametrize(("part", "fields", "field", "sentence"), [
    ("team", {"who": ""}, "team-who", "Choose who joins the team."),
    ("team", {"who": "counsellor|nobody"}, "team-who", "Choose who joins the team."),
    ("team", {"who": "evil"}, "team-who", "Choose who joins the team."),
    ("covering", {"who": ""}, "covering-who", "Choose who covers."),
    ("covering", {"who": "manager"}, "covering-who", "You cannot name yourself."),
    ("covering", {"who": "elsewhere"}, "covering-who", "Elsbeth Jarvok has no role at this student's school"),
    ("covering", {"who": "office"}, "covering-who", "Okpara Dwinnel has no role at this student's school"),
    ("covering", {"until": "2026-11-23", "since": "2026-11-24"}, "covering-until", "23 November 2026 is in the past."),
    ("covering", {"until": "2026-12-01", "since": "2026-12-02"}, "covering-until", "The last day is before the first"),
    ("covering", {"since": "2026-11-01"}, "covering-since", "1 November 2026 is in the past."),
    ("covering", {"until": "soon"}, "covering-until", "is not a date"),
    ("covering", {"reason": ""}, "covering-reason", "Say why"),
    ("sbt", {"until": ""}, "sbt-until", "Enter the last day"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_beside_its_field_and_nothing_is_kept(
    part: str, fields: dict[str, str], field: str, sentence: str, manager: Visitor, path: str, district: District
) -> None:
    sent = {"who": district.people["colleague"].id, "until": LATER, "reason": "at a course", **fields}
    if sent["who"] in district.people:
        sent["who"] = district.people[sent["who"]].id
    page = name(manager, path, part, **sent)
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert sentence in page.part(f"{field}-error").text
    assert f"#{field}" in page.links, "the summary leads to the field"
    assert len(page.root.all(id=field)) == 1
    assert district.record(district.students["own"]).student.involvements == ()
    if "reason" not in fields:
        assert page.part(f"{part}-reason").attributes["value"] == "at a course", "what was typed is kept"


def test_naming_twice_by_a_double_click_is_one(manager: Visitor, path: str, district: District) -> None:
    first, second = cover(manager, path, district), cover(manager, path, district)
    assert (first.status, second.status) == (303, 422)
    assert len(district.record(district.students["own"]).student.involvements) == 1


def test_a_part_that_is_made_up_or_of_another_student_is_not_found(manager: Visitor, path: str, district: District) -> None:
    assert name(manager, path, "king").status == 404
    assert manager.post(f"{path}/people/nothing/end").status == 404
    other = district.involve(district.students["colleague's"], Part.TEAM, "counsellor", Role.COUNSELLOR)
    assert manager.post(f"{path}/people/{other}/end").status == 404
    assert district.record(district.students["colleague's"]).student.involvements[0].ended is None


@pytest.mark.parametrize("username", ["counsellor", "colleague", "sss"])
def test_who_may_read_and_not_name_gets_no_form_and_is_told_why(username: str, visitor: Visitors, path: str, district: District) -> None:
    district.involve(district.students["own"], Part.TEAM, "counsellor", Role.COUNSELLOR)
    district.involve(district.students["own"], Part.COVERING, "colleague", until=district.today)
    browser = visitor(username)
    page = browser.get(f"{path}/people")
    assert not [form for form in page.root.all("form") if "/people" in form.attributes["action"]]
    answer = name(browser, path, "sbt", until=LATER, reason="x")
    assert answer.status == 403
    assert "Only the student's case manager or the principal names" in answer.text


def test_each_act_is_in_the_audit_log_with_its_reason_and_without_a_name(manager: Visitor, path: str, district: District) -> None:
    team(manager, path, district, "counsellor", Role.COUNSELLOR, reason="asked by the parents")
    cover(manager, path, district)
    name(manager, path, "sbt", until=LATER, reason="planning")
    for one in district.record(district.students["own"]).student.involvements:
        manager.post(f"{path}/people/{one.id}/end")
    entries = [entry for entry in district.store.history("student", district.students["own"]) if entry.effect == "change"]
    assert [entry.action for entry in reversed(entries)] == [
        "name a team member", "name who covers", "bring a student to the team", "end a place on the team", "end a cover", "end the team's discussion",
    ]  # fmt: skip
    assert [entry.reason for entry in reversed(entries)][:3] == ["asked by the parents", "at a course", "planning"]
    assert {entry.who for entry in entries} == {district.people["manager"].id}
    assert not [word for word in district.names() if word in repr(entries)]


def test_a_role_that_is_taken_away_in_mid_session_counts_no_more_at_the_next_click(
    visitor: Visitors, path: str, district: District
) -> None:
    for username, role in (
        ("manager", Role.CASE_MANAGER),
        ("principal", Role.PRINCIPAL),
        ("sss", Role.SSS),
        ("counsellor", Role.COUNSELLOR),
    ):
        district.involve(district.students["own"], Part.TEAM, "counsellor", Role.COUNSELLOR)
        browser, person = visitor(username), district.people[username]
        assert browser.get(path).status == 200
        [held] = person.posts
        accounts.end_post(district.store, person.id, held, district.actor())
        assert held.role is role
        for page in (path, f"{path}/people", f"{path}/edit", f"{path}/audit"):
            assert browser.get(page).status == 404, (username, page)
        assert browser.post(f"{path}/marks", {"tick": "iep.develop|"}).status == 404
        assert "Zephyrine" not in browser.get("/").text


def test_lists_show_a_student_once_under_the_closest_relation(visitor: Visitors, manager: Visitor, district: District) -> None:
    district.involve(district.students["own"], Part.SBT, until=district.today)
    accounts.add_post(district.store, district.people["manager"].id, next(iter(district.people["member"].posts)), district.actor())
    assert manager.get("/").text.count("Zephyrine") == 1
    assert "Where I take part" not in manager.get("/").text
    page = manager.get("/items/iep.develop")
    assert len([row for row in page.root.all("tr") if "Zephyrine" in row.text]) == 1


def test_nobody_who_only_works_at_the_school_finds_the_student_in_a_list(visitor: Visitors, district: District) -> None:
    for username in ("colleague", "counsellor", "member", "assistant", "office", "psychologist", "admin", "elsewhere"):
        for listed in ("/", "/items/iep.develop"):
            assert "Zephyrine" not in visitor(username).get(listed).text, (username, listed)


def test_a_psychologist_named_to_a_student_of_any_school_finds_them(visitor: Visitors, district: District) -> None:
    district.involve(district.students["elsewhere"], Part.TEAM, "psychologist", Role.PSYCHOLOGIST)
    assert "Ploverin" in visitor("psychologist").get("/").text
    assert visitor("psychologist").get(f"/students/{district.students['elsewhere']}").status == 200
