"""A student's checklist, and adding and changing a student: names in any script, an error summary, and nothing overwritten."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest

from forms_app.permissions import Role
from forms_app.records import schools
from forms_app.students import Answer, Route
from tests.district import CEDAR, District, pen, student
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
NEW = {"given": "Hollis", "family": "Vandermerk", "grade": "10", "routes": "concern"}


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def add(browser: Visitor, **changes: object) -> Page:
    return browser.post("/students/new", {**browser.get("/students/new").form(), **NEW, **changes})


def change(browser: Visitor, path: str, **changes: object) -> Page:
    return browser.post(f"{path}/edit", {**browser.get(f"{path}/edit").form(), **changes})


def added(district: District, page: Page):
    assert page.status == 303, page.text
    return district.record(page.location.rpartition("/")[2]).student


# The checklist


def test_one_look_says_what_to_do_for_this_student_why_and_whether_it_is_done(manager: Visitor, path: str) -> None:
    page = manager.get(path)
    assert "Quillon Zephyrine" in page.text
    assert "Cedarprobe Secondary" in page.text
    row = page.part("iep.share-assistants").text
    assert "The student has an IEP and has an SEA or CCW assigned" in row
    assert "Share the final IEP with the SEAs and the CCW" in row
    for fact in ("Expected", "R-IEP-03", "Suggested"):
        assert fact in row


def test_every_item_leads_to_its_own_place_in_the_handbook(manager: Visitor, path: str, district: District) -> None:
    page = manager.get(path)
    rows = [one for one in page.root.all("li") if one.attributes.get("id", "") in district.book.items]
    assert len(rows) > 20
    for row in rows:
        item = district.book.items[row.attributes["id"]]
        links = [link.attributes["href"] for link in row.all("a")]
        assert f"/handbook/{district.book.pages[item.page].url}#{item.id}" in links
        for key in item.guidance:
            assert f"/handbook/reference/guidance.html#{key}" in links
        for clause in item.source:
            assert f"/handbook/reference/source.html#{clause.lower()}" in links


def test_items_stand_in_the_handbooks_order_under_the_handbooks_headings(manager: Visitor, path: str, district: District) -> None:
    page = manager.get(path)
    pages = list(dict.fromkeys(item.page for item in district.book.current_items))
    titles = [district.book.pages[one].title for one in pages]
    headings = [one.text for one in page.root.all("h3")]
    found = [title for heading in headings for title in titles if heading.startswith(title)]
    assert found
    assert found == [title for title in titles if title in found]


def test_what_does_not_apply_is_named_with_the_reason(manager: Visitor, path: str) -> None:
    text = manager.get(path).text
    assert "Does not apply" in text
    assert "Plan the move into Grade 8" in text
    assert "Because the student is in grade 11" in text


def test_what_nobody_has_answered_is_asked_and_never_assumed(manager: Visitor, district: District) -> None:
    unsure = district.add_student(student(iep=Answer.UNKNOWN, grade="SU"), [("manager", dt.date(2026, 9, 1), None)])
    page = manager.get(f"/students/{unsure}")
    assert "Please answer first" in page.text
    assert "whether the student has an IEP" in page.text
    assert f"/students/{unsure}/edit#iep" in page.links
    assert not page.has("iep.develop")


def test_a_student_of_any_route_shows_a_page(manager: Visitor, district: District) -> None:
    for grade in ("08", "09", "10", "11", "12", "SU"):
        for routes, category in (
            ({Route.CODED}, "H"),
            ({Route.HOURS}, ""),
            ({Route.CONCERN}, ""),
            ({Route.CODED, Route.HOURS, Route.CONCERN}, "G"),
        ):
            one = district.add_student(
                student(grade=grade, routes=frozenset(routes), category=category, pen=""), [("manager", dt.date(2026, 9, 1), None)]
            )
            assert manager.get(f"/students/{one}").status == 200


def test_last_years_checklist_is_closed_to_read_and_shows_what_was_recorded_then(manager: Visitor, path: str, district: District) -> None:
    district.mark(district.students["own"], "iep.develop", year=district.year.previous, on=dt.date(2025, 10, 20))
    assert f"{path}/2025" in manager.get(path).links
    page = manager.get(f"{path}/2025")
    assert "closed" in page.text
    assert "Done, 20 October 2025" in page.part("iep.develop").text
    assert [form.attributes["action"] for form in page.root.all("form")] == ["/find", "/sign-out"]
    assert manager.get(path).part("iep.develop").text.startswith("To do"), "each school year starts afresh"


@pytest.mark.parametrize("start", [2024, 2027, 1, 9999, 99999])
def test_a_school_year_of_which_nothing_is_kept_is_no_page(start: int, manager: Visitor, path: str) -> None:
    assert manager.get(f"{path}/{start}").status == 404


def test_this_school_years_own_address_leads_to_the_student(manager: Visitor, path: str) -> None:
    assert manager.get(f"{path}/2026").location.endswith(path)


def test_on_the_first_of_july_a_new_checklist_begins(manager: Visitor, path: str, district: District) -> None:
    district.mark(district.students["own"], "iep.develop")
    district.clock.now = dt.datetime(2027, 7, 1, 7, 30, tzinfo=dt.UTC)  # half past midnight in British Columbia
    page = manager.sign_in("manager").get(path)
    assert "2027/28" in page.text
    assert page.part("iep.develop").text.startswith("To do")
    district.clock.now = dt.datetime(2027, 7, 1, 6, 30, tzinfo=dt.UTC)  # half past eleven in the evening of 30 June
    assert "2026/27" in manager.sign_in("manager").get(path).title


def test_the_paper_says_who_printed_it_when_and_that_it_is_confidential(manager: Visitor, path: str) -> None:
    text = manager.get(path).text
    assert "Printed 24 November 2026 by Mirabeth Quoxley" in text
    assert "Confidential" in text


def test_what_is_kept_rendered_for_one_reader_carries_nothing_of_theirs_to_the_next(visitor: Visitors, path: str) -> None:
    """Rows are rendered once for each version of the record; tokens, names and buttons belong to who reads."""
    laptop, phone, principal = visitor("manager"), visitor("manager"), visitor("principal")
    pages = [browser.get(path) for browser in (laptop, phone, principal, laptop)]
    tokens = [{one.attributes["value"] for one in page.root.all("input", name="csrf_token")} for page in pages]
    assert [len(own) for own in tokens] == [1, 1, 1, 1]
    assert not tokens[0] & tokens[1]
    assert "Perrault Zindel" not in pages[3].html
    assert [bool(page.root.all("button", name="tick")) for page in pages] == [True, True, False, True]


# Adding


def test_a_case_manager_adds_a_student_of_their_own(manager: Visitor, district: District) -> None:
    made = added(district, add(manager, pen=pen(77), legal_name="Hollister Vandermerk"))
    assert (made.name, made.grade, made.pen, made.legal_name) == ("Hollis Vandermerk", "10", pen(77), "Hollister Vandermerk")
    assert made.case_manager_on(district.today) == district.people["manager"].id
    assert made.school == district.schools[CEDAR].id
    assert "Hollis Vandermerk" in manager.get("/").text


def test_a_principal_adds_a_student_and_names_the_case_manager(visitor: Visitors, district: District) -> None:
    made = added(district, add(visitor("principal"), case_manager=district.people["counsellor"].id))
    assert made.case_manager_on(district.today) == district.people["counsellor"].id
    assert "Hollis Vandermerk" in visitor("counsellor").get("/").text


def test_a_principal_may_add_a_student_before_anybody_can_be_the_case_manager(visitor: Visitors, district: District) -> None:
    district.schools["Newprobe"] = schools.create(district.store, "Newprobe", "", district.actor())
    district.add_person("principal-new", "Nerissa Oldcomb", {Role.PRINCIPAL}, "Newprobe")
    made = added(district, add(visitor("principal-new")))
    assert made.case_manager_on(district.today) == ""
    assert made.school == district.schools["Newprobe"].id


@pytest.mark.parametrize("chosen", ["elsewhere", "principal", "office", "admin", "nobody at all"])
def test_only_who_can_be_a_case_manager_at_this_school_can_be_named(chosen: str, visitor: Visitors, district: District) -> None:
    person = district.people.get(chosen)
    answer = add(visitor("principal"), case_manager=person.id if person else chosen)
    assert answer.status == 422
    assert "Choose one of the answers shown." in answer.text


def test_a_case_manager_cannot_add_a_student_for_somebody_else_or_to_another_school(manager: Visitor, district: District) -> None:
    assert add(manager, case_manager=district.people["colleague"].id).status == 422
    assert add(manager, school=next(one.id for name, one in district.schools.items() if name != CEDAR)).status == 422


NAMES = [
    ("Sḵwx̱wú7mesh", "X̱wenál̓ewen"), ("SENĆOŦEN", "W̱SÁNEĆ"), ("ʔəyəm", "nc̓aʔmat"), ("小雨", "李"), ("محمد", ""), ("नेहा", "शर्मा"), ("Łukasz", "Żółć"), ("Zoë-Aimée", "O'Sample"), ("Teuila", ""),
    ("", "Suharto"), ("👩🏽‍🎓", "🏳️‍🌈"), ("Null", "None"), ("true", "N/A"), ("0", "-1"), ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'), ("{{7*7}}", "{% raw %}"),
    ("Robert'); DROP TABLE", "--"), ("=1+1", "@SUM(A1)"), ("ꓮꓠ", "𐒰𐒱"), ("a" * 100, "b" * 100), ("Nguye\u0302\u0303n", "\u200dZwj"), ("নাম\u200cনাম", "."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "family"), NAMES)
def test_names_of_any_script_and_shape_are_kept_and_shown_as_text(given: str, family: str, manager: Visitor, district: District) -> None:
    import unicodedata

    made = added(district, add(manager, given=given, family=family))
    assert (made.given, made.family) == tuple(unicodedata.normalize("NFC", one) for one in (given, family))
    for page in (manager.get(f"/students/{made.id}"), manager.get("/")):
        assert made.name in page.text
        assert not [one for one in page.root.all("script") if "src" not in one.attributes]
        assert not [one for one in page.root.all("img") if one.attributes.get("src") == "x"]
    form = manager.get(f"/students/{made.id}/edit").form()
    assert (form["given"], form["family"]) == (made.given, made.family)
    assert manager.post(f"/students/{made.id}/edit", form).status == 303, "what was accepted once is accepted again"


WRONG = [
    ({"given": "", "family": " "}, "Enter a name", "given"),
    ({"given": "x" * 101}, "At most 100", "given"),
    ({"given": "x" * 100_000}, "100,000 characters long", "given"),
    ({"given": "a\x00b"}, "U+0000", "given"),
    ({"given": "a\x1bb"}, "U+001B", "given"),
    ({"given": "abc\u202edef"}, "U+202E", "given"),
    ({"family": "a\u2066b"}, "U+2066", "family"),
    ({"family": "x" * 101}, "At most 100", "family"),
    ({"family": "a\nb"}, "a line break", "family"),
    ({"legal_name": "x" * 201}, "At most 200", "legal_name"),
    ({"legal_name": "a\ue000b"}, "U+E000", "legal_name"),
    ({"pen": "123456789"}, "This PEN cannot be right", "pen"),
    ({"pen": "12345678"}, "This PEN cannot be right", "pen"),
    ({"pen": "²²²²²²²²²"}, "This PEN cannot be right", "pen"),
    ({"pen": "٠٠٠٠٠٠٠١٨"}, "This PEN cannot be right", "pen"),
    ({"pen": "0" * 21}, "At most 20", "pen"),
    ({"pupil_number": "12-34"}, "only digits and letters", "pupil_number"),
    ({"pupil_number": "1" * 13}, "At most 12", "pupil_number"),
    ({"grade": ""}, "Choose a grade", "grade"),
    ({"grade": "07"}, "Choose one of the answers shown.", "grade"),
    ({"grade": "12 OR 1=1"}, "Choose one of the answers shown.", "grade"),
    ({"routes": []}, "Choose at least one reason", "routes"),
    ({"routes": ["concern", "evil"]}, "Choose one of the answers shown.", "routes"),
    ({"routes": ["coded"]}, "has a Ministry category", "routes"),
    ({"category": "D"}, "is coded", "category"),
    ({"category": "Z"}, "Choose one of the answers shown.", "category"),
    ({"category": "M"}, "Choose one of the answers shown.", "category"),
    ({"school": "nowhere"}, "Choose one of the answers shown.", "school"),
    ({"school": ""}, "Choose one of the answers shown.", "school"),
    ({"iep": "maybe"}, "Choose one of the answers shown.", "iep"),
    ({"assistant": "true"}, "Choose one of the answers shown.", "assistant"),
    ({"leaving": "1"}, "Choose one of the answers shown.", "leaving"),
    ({"agency": "no", "agencies": "MCFD"}, "You named an agency and answered “No” above", "agencies"),
    ({"agency": "yes", "agencies": "\n".join(f"agency {n}" for n in range(11))}, "At most 10", "agencies"),
    ({"agency": "yes", "agencies": "x" * 501}, "At most 500", "agencies"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "sentence", "field"), WRONG, ids=lambda value: str(value)[:40] if isinstance(value, str) else "")
@pytest.mark.parametrize("where", ["add", "edit"])
def test_what_cannot_be_kept_is_refused_with_a_summary_that_leads_to_the_field(
    where: str, typed: dict[str, object], sentence: str, field: str, manager: Visitor, path: str, district: District
) -> None:
    before = district.record(district.students["own"]), len(district.store.list("student"))
    plain = {"routes": "concern", "category": ""}
    answer = add(manager, **typed) if where == "add" else change(manager, path, **{**plain, **typed})
    assert answer.status == 422
    assert answer.title.startswith("Error:")
    assert "There is a problem" in answer.text
    assert sentence in answer.text
    assert f"#{field}" in answer.links
    assert (district.record(district.students["own"]), len(district.store.list("student"))) == before
    for name, value in typed.items():
        if isinstance(value, str) and value.isprintable() and name in ("given", "family", "legal_name", "pen", "pupil_number"):
            assert answer.kept(name).strip() == value.strip(), "what was typed stays"


def test_every_link_of_the_summary_leads_to_something_on_the_page(manager: Visitor) -> None:
    answer = manager.post("/students/new", {"pen": "1", "pupil_number": "%", "category": "Z"})
    targets = [link.removeprefix("#") for link in answer.links if link.startswith("#") and link != "#main"]
    assert len(targets) >= 5
    assert [target for target in targets if not answer.has(target)] == []


def test_every_field_may_stay_empty_but_name_grade_and_reason(manager: Visitor, district: District) -> None:
    made = added(district, add(manager, given="Ebba", family="", pen="", pupil_number="", legal_name="", category="", agencies=""))
    assert (made.pen, made.category, made.agencies) == ("", "", ())


@pytest.mark.parametrize("typed", [pen(5), f"{pen(5)[:3]} {pen(5)[3:6]} {pen(5)[6:]}", f"{pen(5)[:4]}-{pen(5)[4:]}", f" {pen(5)} "])
def test_a_pen_may_be_typed_with_spaces_or_hyphens(typed: str, manager: Visitor, district: District) -> None:
    assert added(district, add(manager, pen=typed)).pen == pen(5)


def test_a_pen_that_another_student_has_is_not_a_reason_to_show_whose_it_is(manager: Visitor, district: District) -> None:
    answer = add(manager, pen=pen(2))
    assert "Wexcombe" not in answer.html
    assert "Brannoc" not in answer.html


def test_agencies_are_kept_one_on_each_line_and_say_that_one_is_involved(manager: Visitor, district: District) -> None:
    made = added(district, add(manager, agency="unknown", agencies="MCFD\r\n\r\n  Mental Health Services "))
    assert (made.agency, made.agencies) == (Answer.YES, ("MCFD", "Mental Health Services"))


# Changing


def test_a_changed_detail_changes_what_applies_and_nothing_else(manager: Visitor, path: str, district: District) -> None:
    before = district.record(district.students["own"]).student
    assert change(manager, path, grade="08").status == 303
    after = district.record(district.students["own"]).student
    assert after.grade == "08"
    assert {**vars(after), "grade": "11"} == vars(before)
    page = manager.get(path)
    assert page.has("liaise.plan-arrival")
    assert not page.has("exams.consider")


def test_the_principal_may_change_details_too(visitor: Visitors, path: str, district: District) -> None:
    assert change(visitor("principal"), path, pupil_number="88123").status == 303
    assert district.record(district.students["own"]).student.pupil_number == "88123"


def test_saving_without_a_change_writes_nothing(manager: Visitor, path: str, district: District) -> None:
    version = district.record(district.students["own"]).version
    assert change(manager, path).status == 303
    assert district.record(district.students["own"]).version == version


def test_two_people_who_change_different_details_both_succeed(visitor: Visitors, path: str, district: District) -> None:
    first, second = visitor("manager"), visitor("principal")
    forms = first.get(f"{path}/edit").form(), second.get(f"{path}/edit").form()
    assert first.post(f"{path}/edit", {**forms[0], "grade": "12"}).status == 303
    assert second.post(f"{path}/edit", {**forms[1], "pupil_number": "88123"}).status == 303
    record = district.record(district.students["own"]).student
    assert (record.grade, record.pupil_number) == ("12", "88123")


def test_two_people_who_change_the_same_detail_lose_neither(visitor: Visitors, path: str, district: District) -> None:
    first, second = visitor("manager"), visitor("principal")
    forms = first.get(f"{path}/edit").form(), second.get(f"{path}/edit").form()
    first.post(f"{path}/edit", {**forms[0], "given": "Quill", "grade": "12"})
    answer = second.post(f"{path}/edit", {**forms[1], "given": "Quin", "pupil_number": "88123"})
    assert answer.status == 409
    assert "Somebody changed the same details" in answer.text
    assert "Quill" in answer.text
    assert answer.kept("given") == "Quin"
    record = district.record(district.students["own"]).student
    assert (record.given, record.grade, record.pupil_number) == ("Quill", "12", ""), "nothing of the second was written yet"
    assert second.post(f"{path}/edit", answer.form()).status == 303
    record = district.record(district.students["own"]).student
    assert (record.given, record.pupil_number) == ("Quin", "88123")
    assert record.grade == "12", "what the second never touched stays as the first left it"


def test_two_people_who_change_the_same_detail_in_the_same_way_agree(visitor: Visitors, path: str) -> None:
    first, second = visitor("manager"), visitor("principal")
    forms = first.get(f"{path}/edit").form(), second.get(f"{path}/edit").form()
    assert first.post(f"{path}/edit", {**forms[0], "given": "Quill"}).status == 303
    assert second.post(f"{path}/edit", {**forms[1], "given": "Quill"}).status == 303


@pytest.mark.parametrize(
    "based_on",
    [
        "",
        "{}",
        "[]",
        "null",
        "1",
        '{"given": {"a": 1}}',
        '{"given": NaN}',
        "[" * 60_000,
        '{"version": 0}',
        "\x00",
        json.dumps({"state": "closed"}),
    ],
)
def test_a_made_up_basis_of_a_change_changes_nothing(based_on: str, manager: Visitor, path: str, district: District) -> None:
    form = {**manager.get(f"{path}/edit").form(), "given": "Quill", "based_on": based_on}
    answer = manager.post(f"{path}/edit", form)
    assert answer.status == 400, answer.text
    assert district.record(district.students["own"]).student.given == "Quillon"
    assert district.record(district.students["own"]).student.state == "open"


def test_a_change_at_the_very_same_moment_as_a_tick_keeps_both(manager: Visitor, path: str, district: District) -> None:
    form = manager.get(f"{path}/edit").form()
    district.mark(district.students["own"], "iep.develop", by="colleague")
    assert manager.post(f"{path}/edit", {**form, "grade": "12"}).status == 303
    assert district.marks(district.students["own"], "iep.develop")
    assert district.record(district.students["own"]).student.grade == "12"


def test_somebody_with_several_roles_may_do_what_any_of_them_may(visitor: Visitors, district: District) -> None:
    district.add_person("both", "Bothilda Uxbury", {Role.PRINCIPAL, Role.CASE_MANAGER}, CEDAR)
    theirs = district.add_student(student(given="Ferelith"), [("both", dt.date(2026, 9, 1), None)])
    browser = visitor("both")
    assert browser.post(f"/students/{theirs}/marks", {"tick": "iep.develop|"}).status == 303
    assert browser.get(f"/students/{district.students['own']}").status == 200
    assert browser.post(f"/students/{district.students['own']}/marks", {"tick": "iep.develop|"}).status == 403
