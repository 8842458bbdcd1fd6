"""What no browser sends and no person means: cookies, headers, form parts and ids that were made up. `docs/about/security.md` lists where the rest is tested."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import waitress
from flask import Flask

from forms_app.settings import ROOT
from forms_app.students import Part
from tests.district import District
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]


def own(district: District) -> str:
    return f"/students/{district.students['own']}"


# Ids: everything that an address names below a student belongs to that student


def test_an_id_below_a_student_that_belongs_to_another_is_no_such_page_and_touches_neither(visitor: Visitors, district: District) -> None:
    """The manager is case manager of both, so only the pair of ids is wrong."""
    district.make_busy()
    district.involve(district.students["own"], Part.SBT, until=district.today)
    other = district.add_student(_plain(), [("manager", district.today, None)])
    event, correction = district.event(other, "sbt-meeting"), district.correction(other)
    part = district.involve(other, Part.SBT, until=district.today)
    before = [len(district.store.history("student", one)) for one in (other, district.students["own"])]
    browser, principal, path = visitor("manager"), visitor("principal"), own(district)
    browser.get("/")
    principal.get("/")
    for one, method, address in (
        (browser, "GET", f"{path}/events/{event}/withdraw"),
        (browser, "POST", f"{path}/events/{event}/withdraw"),
        (browser, "GET", f"{path}/items/referral.consent@{event}"),
        (browser, "POST", f"{path}/items/referral.consent@{event}"),
        (browser, "POST", f"{path}/people/{part}/end"),
        (principal, "GET", f"{path}/corrections/{correction}"),
        (principal, "POST", f"{path}/corrections/{correction}"),
    ):
        answer = one.get(address) if method == "GET" else one.post(address, {"reason": "x", "outcome": "made"})
        assert answer.status == 404, (method, address, answer.text)
    statement = {"sort": "request", "about": f"event:{event}", "asked_by": "a parent", "says": "No", "on": district.today.isoformat()}
    assert browser.post(f"{path}/corrections/new", statement).status == 422
    writes = [entry for entry in district.store.history("student", other) if entry.effect == "change"]
    assert len(writes) == before[0] - 1, "nothing was written since the student was made"
    assert not [entry for entry in district.store.history("student", district.students["own"])[: -before[1]] if entry.effect == "change"]


def _plain() -> object:
    from tests.district import student

    return student(given="Marnelle", family="Tavisock")


# Cookies


@pytest.mark.parametrize("place", [0, 25, 49])
def test_of_fifty_cookies_of_one_name_none_opens_more_than_itself(place: int, visitor: Visitors, app: Flask) -> None:
    """A cookie can be planted by another program on the same host; at worst nobody is signed in."""
    browser = visitor("manager")
    real = browser.client.get_cookie("session")
    assert real
    cookies = ["session=planted"] * 50
    cookies[place] = f"session={real.value}"
    answer = app.test_client(use_cookies=False).get("/", headers={"Cookie": "; ".join(cookies)})
    assert answer.status_code in (200, 303)
    assert app.test_client(use_cookies=False).get("/", headers={"Cookie": "; ".join(["session=planted"] * 50)}).status_code == 303


@pytest.mark.parametrize("name", ["browser", "session"])
@pytest.mark.parametrize("value", ["W10.x", "=" * 3000, '"\\"', "[[[[", "eyJhbGciOiJub25lIn0..", "null", "%F0%9F"])
def test_a_cookie_that_makes_no_sense_is_like_none(name: str, value: str, app: Flask, district: District) -> None:
    for path in ("/", "/sign-in", "/sign-in/second-step", own(district)):
        answer = app.test_client(use_cookies=False).get(path, headers={"Cookie": f"{name}={value}"})
        assert answer.status_code in (200, 303)


# Where a form comes from


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://localhost.evil.example", "file://", ""])
def test_a_form_from_elsewhere_does_nothing_without_the_token_that_only_our_pages_have(
    origin: str, manager: Visitor, district: District
) -> None:
    manager.get("/")
    answer = manager.post(f"{own(district)}/marks", {"tick": "iep.develop|", "csrf_token": ""}, Origin=origin)
    assert answer.status == 400
    assert not district.record(district.students["own"]).marks


# Parts of a form

PARTS = {
    "no boundary": ("multipart/form-data", b'--x\r\nContent-Disposition: form-data; name="given"\r\n\r\nx\r\n--x--\r\n'),
    "a boundary of 2,000 letters": ("multipart/form-data; boundary=" + "x" * 2000, b"--" + b"x" * 2000 + b"--\r\n"),
    "never ends": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="given"\r\n\r\nx'),
    "without a name": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--\r\n"),
    "only line ends": ("multipart/form-data; boundary=x", b"\r\n" * 3000),
    "a file where a text is asked for": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="given"; filename="../../etc/passwd"\r\nContent-Type: text/plain\r\n\r\nMallory\r\n--x--\r\n',
    ),
    "another alphabet": ("application/x-www-form-urlencoded; charset=utf-7", b"given=+ADw-script+AD4-"),
    "letters that are none": ("application/x-www-form-urlencoded", b"given=%FF%FE%00&family=%ED%A0%80"),
    "half an escape": ("application/x-www-form-urlencoded", b"given=%&family=%4&grade=%zz&&&=;=&"),
    "packed": ("application/x-www-form-urlencoded", gzip.compress(b"given=" + b"x" * 10_000_000)),
    "xml": ("text/xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
    "no type": ("", b"given=Mallory"),
}


@pytest.mark.parametrize("what", PARTS)
def test_a_form_in_parts_that_fit_nowhere_is_refused_and_changes_nothing(what: str, manager: Visitor, district: District) -> None:
    kind, body = PARTS[what]
    manager.get("/")
    answer = manager.client.post(f"{own(district)}/edit", data=body, content_type=kind, headers={"X-CSRFToken": manager.token})
    assert answer.status_code in (400, 413, 415, 422), answer.status_code
    assert district.record(district.students["own"]).student.given == "Quillon"
    assert b"Mallory" not in answer.data


def test_a_packed_body_is_not_unpacked(manager: Visitor, district: District) -> None:
    manager.get("/")
    answer = manager.client.post(
        f"{own(district)}/marks",
        data=gzip.compress(b"tick=iep.develop|"),
        content_type="application/x-www-form-urlencoded",
        headers={"X-CSRFToken": manager.token, "Content-Encoding": "gzip"},
    )
    assert answer.status_code in (400, 404, 415, 422)
    assert not district.record(district.students["own"]).marks


# The real server: what it reads before the app is asked


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, list[str]]]:
    """Started with the same limits as `serve`, in front of an app that notes what reaches it."""
    seen: list[str] = []

    def app(environ: dict[str, str], start_response: Callable[..., object]) -> list[bytes]:
        seen.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    source = (ROOT / "forms_app/cli.py").read_text(encoding="utf-8")
    assert "max_request_header_size=32 * 1024" in source
    assert "max_request_body_size=16 * 1024 * 1024" in source
    made = waitress.create_server(
        app, host="127.0.0.1", port=0, threads=2, ident=None, asyncore_loop_timeout=0.05,
        max_request_header_size=32 * 1024, max_request_body_size=16 * 1024 * 1024, clear_untrusted_proxy_headers=False,
    )  # fmt: skip

    def run() -> None:
        with suppress(OSError):
            made.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield int(made.effective_port), seen
    made.close()
    thread.join(5)


def send(port: int, raw: bytes) -> int:
    """The status of the first answer to these very bytes; 0 when the server only hung up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        with suppress(OSError):
            link.sendall(raw)
        answer = http.client.HTTPResponse(link)
        try:
            answer.begin()
        except (http.client.HTTPException, OSError):
            return 0
        finally:
            answer.close()
        return answer.status


RAW = {
    "forty kilobytes of header": b"GET /bad HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000 + b"\r\n\r\n",
    "a cookie of ten megabytes": b"GET /bad HTTP/1.1\r\nHost: localhost\r\nCookie: session=" + b"x" * 10_000_000 + b"\r\n\r\n",
    "a body of twenty megabytes": b"POST /bad HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n",
    "two lengths": b"POST /bad HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "pieces of another kind": b"POST /bad HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST /bad HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "a header that goes on": b"GET /bad HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\n\r\n\r\n",
    "a header without a name": b"GET /bad HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n",
    "a zero in a header": b"GET /bad HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("what", RAW)
def test_what_is_no_request_is_refused_by_the_server_before_the_app(what: str, server: tuple[int, list[str]]) -> None:
    port, seen = server
    seen.clear()
    status = send(port, RAW[what])
    assert status in (0, 400, 413, 431, 501) or what in TAKEN, status
    assert what in TAKEN or not seen, status


# Harmless: a header may go on in the next line, and nothing reads a header by the name X.
TAKEN = {"a header that goes on", "a zero in a header"}


def test_where_a_length_and_pieces_disagree_the_pieces_count_as_the_standard_says(server: tuple[int, list[str]]) -> None:
    """So a server in front that follows the standard sees the same two requests, and the second has no cookie of anybody."""
    port, seen = server
    seen.clear()
    head = b"POST /first HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert send(port, head + b"GET /second HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") == 200
    assert seen[:1] == ["/first"]


def test_the_server_still_answers_after_all_that(server: tuple[int, list[str]]) -> None:
    port, seen = server
    assert send(port, b"GET /fine HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") == 200
    assert seen[-1] == "/fine"


# What there is none of


def test_there_is_no_upload_and_no_address_to_fetch_from(app: Flask) -> None:
    """Catalogue I: webhooks, uploads, import by URL. Whoever adds one comes by here, and writes its tests."""
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert len(rules) > 60
    assert not [rule for rule in rules if re.search(r"webhook|upload|fetch|proxy|url", rule)]


def test_the_page_about_security_names_only_tests_that_there_are() -> None:
    page = (ROOT / "docs/about/security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    modules = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(named) >= 30
    assert sorted(name for name in named if name not in modules and not re.search(rf"^def {name}\w*\(", sources, re.MULTILINE)) == []
    files = set(re.findall(r"`((?:forms_app|tests|data|docs|\.ci)/[\w./-]+)`", page))
    assert sorted(name for name in files if not (ROOT / name).exists()) == []
