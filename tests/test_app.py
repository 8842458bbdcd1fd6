"""What holds for every page: its headers, its limits, and what happens when a request makes no sense or something breaks."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from forms_app.app import CSP, create_app
from forms_app.desk import Desk
from forms_app.records import handovers, open_the_store
from forms_app.settings import BODY_LIMIT, Settings
from forms_app.store import Store, StoreError, StoreUnavailable, new_key
from tests import district as districts
from tests.district import PASSWORD, District, FakeClock
from tests.visitor import Page, Visitor, without_token

Visitors = Callable[[str], Visitor]


def own(district: District) -> str:
    return f"/students/{district.students['own']}"


# Headers

PAGES = [
    "/",
    "/students/new",
    "/dates",
    "/privacy",
    "/sign-in",
    "/items/iep.develop",
    "/no-such-page",
    "/people",
    "/healthz",
    "/welcome/none",
]


def promised(page: Page) -> None:
    """What every answer carries."""
    assert page.headers["Content-Security-Policy"] == CSP
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cross-Origin-Opener-Policy"] == page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in page.headers["Permissions-Policy"]
    assert "Server" not in page.headers


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("username", ["", "manager", "admin"])
def test_every_answer_carries_the_headers_that_protect_it(
    path: str, username: str, visitor: Visitors, stranger: Visitor, district: District
) -> None:
    page = (visitor(username) if username else stranger).get(path)
    promised(page)
    assert page.headers["Cache-Control"] == "no-store"


def test_pages_of_a_student_and_refused_forms_carry_them_too(manager: Visitor, district: District) -> None:
    for page in (
        manager.get(own(district)),
        manager.get(f"{own(district)}/items/iep.develop"),
        manager.post(f"{own(district)}/edit"),
        manager.post("/sign-in", {"csrf_token": ""}),
    ):
        promised(page)
        assert page.headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_by_browsers_but_never_guessed_at_and_for_no_other_site(stranger: Visitor) -> None:
    page = stranger.get("/static/app.css")
    assert page.status == 200
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in page.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in page.headers


def test_the_content_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    assert "default-src 'none'" in CSP
    assert "frame-ancestors 'none'" in CSP
    assert "unsafe" not in CSP
    assert "http" not in CSP


@pytest.mark.parametrize("path", ["/", "/students/new", "/dates"])
def test_no_page_has_a_script_or_a_style_or_a_handler_in_it(path: str, manager: Visitor) -> None:
    page = manager.get(path)
    assert not [one for one in page.root.all("script") if "src" not in one.attributes]
    assert not page.root.all("style")
    assert not [one.name for one in page.root.all() if "style" in one.attributes or any(name.startswith("on") for name in one.attributes)]


def test_nothing_that_a_page_loads_lies_on_another_host(manager: Visitor, district: District) -> None:
    page = manager.get(own(district))
    loaded = [
        one.attributes.get("src") or one.attributes.get("href", "") for tag in ("script", "link", "img") for one in page.root.all(tag)
    ]
    assert loaded
    assert not [address for address in loaded if not address.startswith("/")]


def test_the_cookie_is_for_this_site_and_out_of_reach_of_scripts(visitor: Visitors, stranger: Visitor, district: District) -> None:
    cookie = stranger.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_behind_tls_the_cookie_is_bound_to_it_and_the_browser_told_to_stay() -> None:
    key = new_key()
    with open_the_store("memory://", key) as store:
        app = create_app(Settings(https=True), store, key)
        page, static = Visitor(app).get("/sign-in"), Visitor(app).get("/static/app.css")
    assert page.headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in page.headers["Set-Cookie"]
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert static.headers["Strict-Transport-Security"] == page.headers["Strict-Transport-Security"]
    assert static.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_restart_signs_nobody_out_and_another_key_everybody(store: Store, clock: FakeClock) -> None:
    key = new_key()
    first = create_app(Settings(), store, key, clock)
    districts.make(store, first.extensions["desk"].book, clock)
    browser = Visitor(first).sign_in("manager")
    cookie = browser.client.get_cookie("session")
    assert cookie
    for restarted, status in ((create_app(Settings(), store, key, clock), 200), (create_app(Settings(), store, new_key(), clock), 303)):
        again = restarted.test_client()
        again.set_cookie("session", cookie.value)
        assert again.get("/").status_code == status


def test_pages_are_compressed_for_who_can_read_that_and_are_the_same_page(manager: Visitor) -> None:
    plain, packed = manager.get("/"), manager.get("/", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.body) < len(plain.body) / 2
    assert without_token(packed) == without_token(plain)


def test_health_answers_without_a_word_about_anybody(stranger: Visitor, district: District) -> None:
    page = stranger.get("/healthz")
    assert page.status == 200
    assert '"status":"ok"' in page.html.replace(" ", "").replace("\n", "")
    assert not [name for name in district.names() if name in page.html]


def test_the_invented_district_says_so_on_every_page_and_a_real_one_does_not(app: Flask, manager: Visitor) -> None:
    desk: Desk = app.extensions["desk"]
    assert "invented" not in manager.get("/").text
    desk.settings = replace(desk.settings, demo=True)
    for path in ("/", "/dates", "/no-such-page"):
        assert "Everything here is invented" in manager.get(path).text


# Tokens, and what people typed


@pytest.mark.parametrize("token", ["", "rubbish", "IjEi.aaaa.bbbb"])
def test_a_form_without_a_good_token_changes_nothing_and_keeps_what_was_typed(token: str, manager: Visitor, district: District) -> None:
    path = f"{own(district)}/items/iep.plan-with-parents"
    answer = manager.post(path, {"csrf_token": token, "status": "done", "on": "2026-11-20", "people": "English and Art teachers"})
    assert answer.status == 400
    assert "nothing that you typed is lost" in answer.text
    assert answer.kept("people") == "English and Art teachers"
    assert not district.marks(district.students["own"], "iep.plan-with-parents")
    again = manager.post(path, {**answer.form(path), "csrf_token": manager.token})
    assert again.status == 303, again.text
    assert district.marks(district.students["own"], "iep.plan-with-parents")[-1].facts == {"people": "English and Art teachers"}


def test_a_token_of_another_session_is_refused(visitor: Visitors, district: District) -> None:
    theirs = visitor("colleague")
    theirs.get("/")
    assert visitor("manager").post(f"{own(district)}/marks", {"tick": "iep.develop|", "csrf_token": theirs.token}).status == 400
    assert not district.marks(district.students["own"], "iep.develop")


def test_every_way_to_change_something_asks_for_a_token(app: Flask, visitor: Visitors, district: District) -> None:
    district.make_busy()
    forms = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(forms) >= 12
    asked = district.people["colleague"].id  # only who was asked to take over can answer
    handovers.offer(district.store, district.record(district.students["own"]).student, asked, {}, district.today, district.actor("manager"))
    given = district.delegate(district.students["own"], "iep.monitor", "office")
    browsers = [visitor(name) for name in ("manager", "admin", "sss", "principal", "office", "colleague")]
    for rule in forms:
        path = re.sub(
            r"<[^>]+>",
            lambda part: {
                "<student_id>": district.students["own"],
                "<occurrence_id>": district.events["own"],
                "<delegation_id>": given,
            }.get(part[0], "iep.develop"),
            rule.rule,
        )
        answers = {browser.post(path, {"csrf_token": ""}).status for browser in browsers}
        assert 400 in answers, path
        assert answers <= {400, 403, 404}, path  # who may not do it anyway hears that first


def test_what_was_typed_while_signed_out_is_kept_and_can_be_sent_after_signing_in(visitor: Visitors, district: District) -> None:
    browser, path = visitor("manager"), f"{own(district)}/items/iep.plan-with-parents"
    form = browser.get(path).form(path)
    district.clock.move(minutes=31)
    answer = browser.post(path, {**form, "people": "all subject teachers"})
    assert answer.status == 401
    assert answer.kept("people") == "all subject teachers"
    browser.sign_in("manager")
    sent = browser.post(path, answer.form(path))
    if sent.status == 400:  # the session is a new one, so its token is too: one more press
        sent = browser.post(path, {**sent.form(path), "csrf_token": browser.token})
    assert sent.status == 303, sent.text
    assert district.marks(district.students["own"], "iep.plan-with-parents")[-1].facts == {"people": "all subject teachers"}


@pytest.mark.parametrize("status", [400, 401])
def test_several_answers_long_texts_and_any_script_are_kept(status: int, manager: Visitor, stranger: Visitor) -> None:
    typed = {
        "given": "Sḵw̱x̱wú7mesh",
        "routes": ["coded", "hours"],
        "agencies": "MCFD\nMental Health Services",
        "legal_name": "<script>alert(1)</script>",
    }
    page = manager.post("/students/new", {**typed, "csrf_token": ""}) if status == 400 else stranger.post("/students/new", typed)
    assert page.status == status
    assert page.kept("given") == "Sḵw̱x̱wú7mesh"
    assert page.kept("agencies").splitlines() == ["MCFD", "Mental Health Services"]
    assert [one.attributes["value"] for one in page.root.all("input", name="routes")] == ["coded", "hours"]
    assert "<script>alert" not in page.html


def test_what_was_typed_comes_back_under_its_name_and_without_what_only_the_program_knows(stranger: Visitor, district: District) -> None:
    typed = {
        "agency": "unknown",
        "token": "RC_PgE99kg5x",
        "event": "referral",
        "on": "2026-11-24",
        "detail": "hearing test",
        "csrf_token": "",
    }
    page = stranger.post(f"{own(district)}/events/new", typed)
    assert page.status == 401
    form = page.root.all("form", action=f"{own(district)}/events/new")[0]
    assert form.text == "Day Which one Send it again"
    for machine in ("token", "event", "referral", "detail"):
        assert machine not in form.text.split(), machine
    assert {name: page.kept(name) for name in typed if name != "csrf_token"} == {
        key: value for key, value in typed.items() if key != "csrf_token"
    }


def test_no_page_gives_a_password_back(stranger: Visitor, district: District) -> None:
    for token in ("", None):
        fields = {"username": "manager", "password": "my secret passphrase"} | ({"csrf_token": token} if token is not None else {})
        page = stranger.post("/sign-in", fields)
        assert page.status in (400, 422)
        assert "my secret passphrase" not in page.html


# What no browser sends


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT + 1, 413), (600_000, 413), (BODY_LIMIT - 2000, 422)])
def test_a_form_over_the_limit_is_refused_in_words_and_one_below_it_is_read(
    size: int, status: int, manager: Visitor, district: District
) -> None:
    manager.get("/")
    page = manager.post(f"{own(district)}/edit", {"given": "x" * size})
    assert page.status == status
    assert (status == 422) or "256 KB" in page.text
    assert district.record(district.students["own"]).student.given == "Quillon"


def test_a_large_body_from_a_stranger_costs_nothing_and_says_nothing(stranger: Visitor, district: District) -> None:
    stranger.get("/sign-in")
    assert stranger.post(f"{own(district)}/edit", {"given": "x" * 600_000}).status in (401, 413)
    assert stranger.post("/sign-in", {"username": "x" * 600_000}).status == 413


def test_two_hundred_thousand_fields_are_too_many(manager: Visitor) -> None:
    answer = manager.client.post("/students/new", data="a=1&" * 200_000, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413


def test_a_thousand_parts_and_a_file_are_not_a_form(manager: Visitor) -> None:
    body = b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(1001)) + b"--x--\r\n"
    answer = manager.client.post("/students/new", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code in (400, 413)


def test_json_is_not_a_form_and_changes_nothing(manager: Visitor, district: District) -> None:
    for body in ('{"tick": "iep.develop|"}', "[" * 10_000, '{"a": NaN}', "\x00"):
        answer = manager.client.post(
            f"{own(district)}/marks", data=body, content_type="application/json", headers={"X-CSRFToken": manager.token}
        )
        assert answer.status_code in (400, 404, 415)
    assert not district.record(district.students["own"]).marks


NASTY = [
    "",
    "\x00",
    "x" * 30_000,
    "\ud7ff\u202e\u2028\ufeff",
    "-1",
    "1e309",
    "9" * 5000,
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "{{7*7}}|%s%n",
    "../../etc/passwd\r\nX-Bad: yes",
]


def forms_of_everybody(visitor: Visitors, district: District) -> list[tuple[Visitor, str, dict[str, Any]]]:
    """Each form of the app as its reader first sees it: who has it, where it goes, and its fields."""
    manager, sss, admin, student = visitor("manager"), visitor("sss"), visitor("admin"), own(district)
    event = district.event(district.students["own"], "referral")
    found: list[tuple[Visitor, str, dict[str, Any]]] = [
        (manager, f"{student}/marks", {"tick": "iep.develop|"}),
        (manager, f"{student}/undo", {"undo": "iep.develop|"}),
        (admin, "/people", {"name": "X", "username": "x", "roles": "principal", "school": ""}),
        (admin, "/schools", {"school_name": "X", "code": ""}),
        (sss, "/dates", {"window": "year-end", "date": "2027-06-10", "note": ""}),
        (sss, "/dates/calendar", sss.get("/dates/calendar").form("/dates/calendar")),
        (sss, "/dates/calendar/import", {"text": "2026-12-21, Winter break", "based_on": "", "take": "yes"}),
        (sss, "/dates/calendar/remove", {"remove": "x|y"}),
        (manager, f"{student}/items/iep.develop/due", {"date": "2026-12-01", "reason": "x", "based_on": ""}),
        (manager, "/reminders", {"on": "yes", "email": "somebody@example.ca"}),
        (manager, "/sign-in", {"username": "x", "password": "x", "next": "/"}),
        (manager, "/welcome/x", {"name": "X", "username": "x", "password": "x"}),
    ]
    for path in ("/students/new", f"{student}/edit", f"{student}/events/new", f"{student}/events/{event}/withdraw"):
        found.append((manager, path, manager.get(path).form()))
    for item in (
        "iep.plan-with-parents",
        "records.program-information",
        "exams.consider",
        f"referral.consent@{event}",
        f"referral.submit@{event}",
    ):
        path = f"{student}/items/{item}"
        found.append((manager, path, manager.get(path).form(path)))
    return found


def test_no_field_of_any_form_breaks_whatever_is_typed_into_it(visitor: Visitors, district: District) -> None:
    sent = 0
    for browser, path, fields in forms_of_everybody(visitor, district):
        names = [name for name in fields if name != "csrf_token"]
        for nasty in NASTY:
            single = [[name] for name in names] if nasty in NASTY[1:7:2] and path != "/sign-in" else []
            for changed in [names, *single]:
                answer = browser.post(path, {**fields, **dict.fromkeys(changed, nasty), "csrf_token": browser.token})
                assert answer.status < 500, (path, changed, nasty[:40])
                assert "<script>alert(1)" not in answer.html
                assert "X-Bad" not in answer.headers
                sent += 1
    assert sent > 300


def test_what_may_not_be_seen_answers_other_methods_as_if_it_did_not_exist(visitor: Visitors, district: District) -> None:
    browser = visitor("elsewhere")
    for method in ("HEAD", "OPTIONS"):
        answers = [browser.client.open(f"/students/{one}", method=method) for one in (district.students["own"], "AAAAAAAAAAAAAAAAAAAAAA")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({answer.headers.get("Content-Length") for answer in answers}) == 1
    assert visitor("manager").client.head(own(district)).status_code == 200
    assert visitor("manager").client.head(f"{own(district)}/marks").status_code == 405


def test_fields_that_no_form_has_are_ignored(manager: Visitor, district: District) -> None:
    student_id = district.students["own"]
    form = manager.get(f"{own(district)}/edit").form()
    extra = {
        "role": "admin",
        "owner": "x",
        "version": "0",
        "id": "y",
        "state": "closed",
        "case_manager": district.people["colleague"].id,
        "assignments": "[]",
        "school[]": "z",
    }
    assert manager.post(f"{own(district)}/edit", {**form, **extra, "given": "Quillonette"}).status == 303
    record = district.record(student_id)
    assert (record.student.given, record.student.state) == ("Quillonette", "open")
    assert record.student.case_manager_on(district.today) == district.people["manager"].id


ODD_PATHS = [
    "/students/%00", "/students/a%00b", "/students/%FF%FE", "/students/a%0d%0aX-Bad:%20yes", "/students/a%0ab", "/students/..%2f..%2fetc", "//evil.example/students", "/students//",
    "/students/;jsessionid=1", "/students/" + "9" * 6000, "/students/x/" + "9" * 6000, "/students/x/-1", "/students/x/0", "/students/x/1e3", "/items/%00", "/items/iep.develop%0a",
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%5capp.py", "/STUDENTS/new", "/students/new/", "/welcome/%00", "/welcome/a%0db", "/handbook/../data/demo.yml",
    "/students/%F0%9F%98%80", "/students/%E2%80%AE", "/.git/config", "/students/-", "/students/%20",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD_PATHS)
@pytest.mark.parametrize("username", ["", "manager"])
def test_an_address_that_makes_no_sense_leads_nowhere_and_breaks_nothing(
    path: str, username: str, visitor: Visitors, stranger: Visitor, district: District
) -> None:
    page = (visitor(username) if username else stranger).get(path)
    assert page.status in (303, 308, 400, 404), page.text
    if page.location:
        assert re.match(r"/(?!/)|http://localhost/(?!/)", page.location), page.location
    assert "X-Bad" not in page.headers


@pytest.mark.parametrize(
    "query", ["?marked=%00", "?marked=" + "x" * 20_000, "?marked=iep.develop&marked=2", "?%ff=%ff", "?event=<script>", "?next=%0d%0a"]
)
def test_a_query_that_makes_no_sense_is_ignored(query: str, manager: Visitor, district: District) -> None:
    for path in (own(district), f"{own(district)}/events/new", "/sign-in", "/"):
        page = manager.get(path + query)
        assert page.status in (200, 303)
        assert "<script>alert" not in page.html


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_do_nothing(method: str, manager: Visitor, district: District) -> None:
    answer = manager.client.open(own(district), method=method, headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code in (405, 501)


def test_a_form_may_not_be_sent_as_a_page_request_and_a_page_not_as_a_form(manager: Visitor, district: District) -> None:
    assert manager.get(f"{own(district)}/marks").status == 405
    page = manager.post("/privacy")
    assert page.status == 405
    assert "works differently" in page.text


@pytest.mark.parametrize("site", ["cross-site"])
def test_a_form_on_another_site_cannot_act_in_somebodys_name(site: str, manager: Visitor, district: District) -> None:
    page = manager.post(f"{own(district)}/marks", {"tick": "iep.develop|"}, Sec_Fetch_Site=site)
    assert page.status == 403
    assert "another site" in page.text
    assert not district.record(district.students["own"]).marks
    assert manager.post(f"{own(district)}/marks", {"tick": "iep.develop|"}, Sec_Fetch_Site="same-origin").status == 303


def test_no_other_origin_is_ever_let_in(manager: Visitor) -> None:
    answer = manager.client.options("/", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    assert not [name for name in answer.headers.keys() if name.lower().startswith("access-control-")]  # noqa: SIM118 - these headers are no dictionary


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Host",
        "X-Forwarded-For",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Prefix",
        "Forwarded",
        "Accept-Language",
        "Range",
        "Accept",
    ],
)
def test_headers_from_elsewhere_change_no_page(header: str, manager: Visitor) -> None:
    plain, odd = manager.get("/dates"), manager.get("/dates", **{header: "/people,evil.example;<script>" * 50})
    assert (odd.status, without_token(odd)) == (plain.status, without_token(plain))


@pytest.mark.parametrize("cookie", ["", "x", "eyJ.a.b", "a" * 4000, "%00", "é"])
def test_a_cookie_that_was_made_up_is_nobodys(cookie: str, stranger: Visitor, district: District) -> None:
    stranger.client.set_cookie("session", cookie)
    assert stranger.get("/").status == 303
    assert stranger.get("/sign-in").status == 200


# When something breaks


def test_a_mistake_of_the_program_shows_a_number_and_nothing_of_anybody(
    app: Flask, manager: Visitor, district: District, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(student_id: str) -> str:
        record = district.record(student_id)
        raise RuntimeError(f"cannot show {record.student.name}, {record.student.pen}")

    monkeypatch.setitem(app.view_functions, "students.show", broken)
    caplog.set_level(logging.DEBUG)
    page = manager.get(own(district))
    assert page.status == 500
    number = re.search(r"this number: ([0-9a-f]{8})", page.text)
    assert number
    assert f"incident {number[1]}" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "test_app.py" in caplog.text, "the log says where"
    for leak in (*district.names(), "cannot show", "Traceback"):
        assert leak not in page.html or leak in ("Mirabeth", "Quoxley"), "only the signed-in person's own name"
        assert leak not in caplog.text
    promised(page)


def test_a_template_that_fails_half_way_shows_no_half_page(manager: Visitor, district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> str:
        raise ValueError("Zephyrine")

    monkeypatch.setattr("forms_app.views.students.render_template", fails)
    page = manager.get(own(district))
    assert page.status == 500
    assert "Zephyrine" not in page.html


@pytest.mark.parametrize(("error", "status"), [
    (StoreUnavailable("The disk does not answer."), 503), (StoreUnavailable("The disk is full.", full=True), 507), (StoreError("The store refused."), 503),
])  # fmt: skip
def test_when_the_store_fails_the_page_says_that_nothing_was_saved(
    error: StoreError, status: int, manager: Visitor, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.get(own(district))

    def fails(*_: object, **__: object) -> None:
        raise error

    for method in ("change", "create"):
        monkeypatch.setattr(Store, method, fails)
    for path, fields in (
        (f"{own(district)}/marks", {"tick": "iep.develop|"}),
        (f"{own(district)}/events/new", {"event": "referral", "on": "2026-11-24", "detail": "Hearing"}),
    ):
        page = manager.post(path, fields)
        assert page.status == status
        assert "Nothing can be saved right now" in page.text
        assert "What was saved before is safe" in page.text


def test_when_the_store_cannot_even_be_read_every_page_says_so(
    manager: Visitor, stranger: Visitor, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise StoreUnavailable("The disk does not answer.")

    for method in ("get", "list"):
        monkeypatch.setattr(Store, method, fails)
    assert manager.get("/").status == 503
    assert stranger.get("/healthz").status == 503, "whoever watches the process must be told"
    assert stranger.get("/sign-in").status == 200
    assert sign_in_fails(stranger).status == 503


def sign_in_fails(stranger: Visitor) -> Page:
    return stranger.post("/sign-in", {"username": "manager", "password": PASSWORD})


def test_a_refused_page_says_why_in_words_and_leads_back(visitor: Visitors, district: District) -> None:
    for page in (visitor("principal").post(f"{own(district)}/marks", {"tick": "iep.develop|"}), visitor("manager").get("/nowhere")):
        assert page.title
        assert "/" in page.links
        assert page.root.all("h1")
