"""The edges: which hosts are ours, whom a proxy speaks for, where links lead, and what nobody can make the app believe."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask import Flask, request
from werkzeug.test import EnvironBuilder, run_wsgi_app

from forms_app.access import PUBLIC, ROUTES
from forms_app.app import create_app
from forms_app.edges import is_ours
from forms_app.handbook import Handbook
from forms_app.settings import BadSetting, Settings, from_environment
from forms_app.store import Store, new_key
from forms_app.views.current import safe_path
from tests import district as districts
from tests.district import FakeClock
from tests.signing_in import link_in
from tests.visitor import Visitor

Make = Callable[..., Flask]


@pytest.fixture
def make(store: Store, clock: FakeClock, book: Handbook, tmp_path: Path) -> Iterator[Make]:
    """An app with settings of its own, that also tells what it believes of a request."""
    yield lambda **settings: _with_seen(Settings(data=tmp_path, **settings), store, clock, book)
    ROUTES.pop(("seen", "GET"), None)


def _with_seen(settings: Settings, store: Store, clock: FakeClock, book: Handbook) -> Flask:
    ROUTES.pop(("seen", "GET"), None)
    app = create_app(settings, store, new_key(), clock, book)
    app.add_url_rule(
        "/seen",
        "seen",
        lambda: {
            "from": request.remote_addr,
            "scheme": request.scheme,
            "host": request.host,
            "root": request.root_path,
            "path": request.path,
        },
    )
    ROUTES["seen", "GET"] = PUBLIC
    return app


def ask(app: Flask, path: str = "/seen", remote: str = "192.0.2.10", host: str = "localhost", **headers: str) -> tuple[int, Any, Any]:
    builder = EnvironBuilder(
        path=path,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        environ_overrides={"REMOTE_ADDR": remote, "HTTP_HOST": host},
    )
    body, status, answered = run_wsgi_app(app.wsgi_app, builder.get_environ())
    text = b"".join(body)
    return int(status.split()[0]), json.loads(text) if answered.get("Content-Type") == "application/json" else text.decode(), answered


# Hosts


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8042",
        "127.0.0.1.evil.example",
        "a b",
        "localhost@evil.example",
        "localhost/evil",
        "localhost:99999999",
        "..",
        "[::1",
        "é",
    ],
)
def test_a_foreign_host_is_refused_before_anything_else(host: str, make: Make) -> None:
    app = make()
    for path in ("/", "/sign-in", "/healthz", "/handbook/", "/static/app.css", "/welcome/x"):
        status, text, answered = ask(app, path, host=host.encode().decode("latin-1"))
        assert status == 400
        assert "not one of ours" in text
        assert host not in text
        assert "Set-Cookie" not in answered


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8042", "127.0.0.1:8042", "[::1]:8042", "10.1.2.3", "10.1.2.3:80", "LOCALHOST", "localhost.", "[fe80::1]"],
)
def test_without_a_setting_this_machine_and_any_number_are_ours(host: str, make: Make) -> None:
    assert ask(make(), "/healthz", host=host)[0] == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("checklist.example.ca", 200),
        ("checklist.example.ca:443", 200),
        ("CHECKLIST.example.ca", 200),
        ("localhost:8042", 200),
        ("10.1.2.3", 400),
        ("example.ca", 400),
        ("x.checklist.example.ca", 400),
    ],
)
def test_with_a_setting_only_the_named_hosts_are(host: str, status: int, make: Make) -> None:
    assert ask(make(hosts=("checklist.example.ca",)), "/healthz", host=host)[0] == status


def test_a_request_without_a_host_is_an_old_one_and_harmless() -> None:
    assert is_ours("", {"localhost"}, any_address=False)


def test_links_use_the_configured_address_whatever_host_was_asked(make: Make, store: Store, book: Handbook, clock: FakeClock) -> None:
    app = make(url="https://checklist.example.ca", hosts=("checklist.example.ca",))
    district = districts.make(store, book, clock)
    admin = Visitor(app).sign_in("admin")
    page = admin.post(f"/people/{district.people['manager'].id}/link", X_Forwarded_Host="evil.example")
    assert "https://checklist.example.ca" + link_in(page) in page.text


@pytest.mark.parametrize(("environ", "url", "hosts", "https"), [
    ({}, "", (), False),
    ({"FORMS_APP_URL": "https://Checklist.example.ca/"}, "https://checklist.example.ca", ("checklist.example.ca",), True),
    ({"FORMS_APP_URL": "http://intranet:8042"}, "http://intranet:8042", ("intranet",), False),
    ({"FORMS_APP_HOSTS": "a.example, b.example,,"}, "", ("a.example", "b.example"), False),
    ({"FORMS_APP_HOSTS": "a.example", "FORMS_APP_URL": "https://b.example"}, "https://b.example", ("a.example", "b.example"), True),
    ({"FORMS_APP_URL": "https://[2001:db8::1]"}, "https://[2001:db8::1]", ("[2001:db8::1]",), True),
    ({"FORMS_APP_URL": "https://a.example", "FORMS_APP_HTTPS": "yes"}, "https://a.example", ("a.example",), True),
])  # fmt: skip
def test_address_and_hosts_are_read_from_the_settings(environ: dict[str, str], url: str, hosts: tuple[str, ...], https: bool) -> None:
    settings = from_environment(environ)
    assert (settings.url, settings.hosts, settings.https) == (url, hosts, https)


@pytest.mark.parametrize("environ", [
    {"FORMS_APP_URL": "checklist.example.ca"}, {"FORMS_APP_URL": "ftp://a.example"}, {"FORMS_APP_URL": "https://a.example/path"}, {"FORMS_APP_URL": "https://a@b.example"},
    {"FORMS_APP_URL": "https://a.example:port"}, {"FORMS_APP_URL": "https://"}, {"FORMS_APP_HOSTS": "a b"}, {"FORMS_APP_HOSTS": "https://a.example"}, {"FORMS_APP_HOSTS": "*"},
    {"FORMS_APP_HOSTS": "a.example:80"}, {"FORMS_APP_URL": "http://a.example", "FORMS_APP_HTTPS": "yes"}, {"FORMS_APP_HTTPS": "maybe"}, {"FORMS_APP_PROXIES": "yes"},
    {"FORMS_APP_PROXIES": "-1"}, {"FORMS_APP_PROXIES": "11"}, {"FORMS_APP_PROXIES": "1.0"},
])  # fmt: skip
def test_a_setting_that_cannot_be_meant_is_refused_in_words(environ: dict[str, str]) -> None:
    with pytest.raises(BadSetting, match="Allowed"):
        from_environment(environ)


# Proxies

FORGED = {
    "X_Forwarded_For": "203.0.113.66", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https", "X_Forwarded_Port": "1", "X_Forwarded_Prefix": "/evil",
    "Forwarded": "for=203.0.113.66;host=evil.example;proto=https", "X_Original_URL": "/people", "X_Rewrite_URL": "/people", "X_Real_IP": "203.0.113.66",
    "Script_Name": "/evil", "Remote_Addr": "203.0.113.66", "Proxy": "http://evil.example",
}  # fmt: skip


def test_by_default_nothing_that_a_client_says_of_itself_is_believed(make: Make) -> None:
    status, seen, _ = ask(make(), **FORGED)
    assert status == 200
    assert seen == {"from": "192.0.2.10", "scheme": "http", "host": "localhost", "root": "", "path": "/seen"}


CHAINS = [
    (1, "198.51.100.7", "198.51.100.7"), (1, "203.0.113.66, 198.51.100.7", "198.51.100.7"), (1, "garbage, 198.51.100.7", "198.51.100.7"), (1, ",,, 198.51.100.7", "198.51.100.7"),
    (2, "203.0.113.66, 198.51.100.7, 10.0.0.2", "198.51.100.7"), (2, "198.51.100.7, 10.0.0.2", "198.51.100.7"), (1, "2001:db8::7", "2001:db8::7"),
    (1, ", ".join(["203.0.113.66"] * 2000 + ["198.51.100.7"]), "198.51.100.7"), (2, "198.51.100.7", "192.0.2.10"), (1, "", "192.0.2.10"),
    (1, "203.0.113.66, 198.51.100.7:51234", "198.51.100.7:51234"), (1, "[2001:db8::7]:443", "[2001:db8::7]:443"),
]  # fmt: skip


@pytest.mark.parametrize(("proxies", "header", "expected"), CHAINS)
def test_exactly_so_many_proxies_are_believed_counted_from_our_side(proxies: int, header: str, expected: str, make: Make) -> None:
    status, seen, _ = ask(make(proxies=proxies), X_Forwarded_For=header)
    assert status == 200
    assert seen["from"] == expected


def test_of_a_proxy_only_address_and_scheme_are_believed(make: Make) -> None:
    _, seen, _ = ask(make(proxies=1), **{**FORGED, "X_Forwarded_For": "198.51.100.7"})
    assert seen == {"from": "198.51.100.7", "scheme": "https", "host": "localhost", "root": "", "path": "/seen"}


@contextmanager
def served(app: Flask) -> Iterator[int]:
    server = waitress.create_server(
        app, host="127.0.0.1", port=0, threads=2, ident=None, asyncore_loop_timeout=0.05, clear_untrusted_proxy_headers=False
    )

    def run() -> None:
        with suppress(OSError):
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        server.close()
        thread.join(5)


@pytest.mark.parametrize(("proxies", "headers", "expected"), [
    (0, {"X-Forwarded-For": "203.0.113.66"}, "127.0.0.1"), (1, {"X-Forwarded-For": "203.0.113.66, 198.51.100.7"}, "198.51.100.7"),
    (1, {"X_Forwarded_For": "203.0.113.66"}, "127.0.0.1"), (0, {"X_Forwarded_For": "203.0.113.66"}, "127.0.0.1"),
])  # fmt: skip
def test_the_real_server_passes_on_what_the_settings_say_and_no_underscores(
    proxies: int, headers: dict[str, str], expected: str, make: Make
) -> None:
    with served(make(proxies=proxies)) as port:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        link.request("GET", "/seen", headers=headers)
        assert f'"from":"{expected}"' in link.getresponse().read().decode().replace(" ", "")
        link.close()


def test_the_command_line_starts_the_server_so_that_the_app_decides() -> None:
    source = (Path(__file__).parent.parent / "forms_app/cli.py").read_text(encoding="utf-8")
    assert "clear_untrusted_proxy_headers=False" in source


# Where a redirect may lead


@pytest.mark.parametrize("path", ["/", "/dates", "/students/AbC_-9", "/account/app", "/items/iep.share-final"])
def test_a_path_of_ours_is_safe(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize("path", [
    "", "//evil", "\\\\evil", "/\\evil", "https:evil", "https://evil", "javascript:alert(1)", "/%0d%0aX: y", "/a\r\nX: y", "/a\n", "/\tevil", "///evil", "evil", "./evil", "@evil", "/a?b=//evil",
    "/a#b", "/é", "/a b", "/\x00", "data:text/html,x", "//%2fevil", "/%5cevil", " /a", "/a;b",
])  # fmt: skip
def test_any_other_is_not(path: str) -> None:
    assert safe_path(path) == ""
