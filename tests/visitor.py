"""Somebody with a browser without JavaScript: asks for pages, fills in forms, reads what is on them."""

from __future__ import annotations

import gzip
import html
import re
from html.parser import HTMLParser
from typing import Any, Self

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.district import PASSWORD

VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
_TOKEN = re.compile(r'name="csrf_token"[^>]*\bvalue="([^"]+)"')


class Element:
    """An element of a page: its name, attributes, and everything in it."""

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.content: list[Element | str] = []

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> list[str]:
        if self.name in ("script", "style", "template"):
            return []
        pieces = [" "]
        for part in self.content:
            pieces += [part] if isinstance(part, str) else part._pieces()
        return [*pieces, " "] if self.name not in ("a", "strong", "span", "abbr", "b", "em") else pieces[1:]

    def all(self, tag: str = "", /, **attributes: str) -> list[Element]:
        """Every element inside with this name and these attributes; `id_` and `class_` as Python needs them."""
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        found = []
        for part in self.content:
            if isinstance(part, Element):
                if tag in ("", part.name) and all(part.attributes.get(key) == value for key, value in wanted.items()):
                    found.append(part)
                found += part.all(tag, **attributes)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].name == tag:
                del self.open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def read_html(source: str) -> Element:
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.root


class Page:
    """An answer of the app."""

    def __init__(self, response: TestResponse) -> None:
        self.status, self.headers, self.location = response.status_code, response.headers, response.headers.get("Location", "")
        self.body = response.data
        response.close()  # a static file stays open until then
        packed = response.headers.get("Content-Encoding") == "gzip"
        self.html = (gzip.decompress(self.body) if packed else self.body).decode("utf-8")
        self.root = read_html(self.html)

    @property
    def text(self) -> str:
        return " ".join(element.text for element in self.root.all("body")) or self.root.text

    @property
    def title(self) -> str:
        return " ".join(element.text for element in self.root.all("title"))

    @property
    def links(self) -> list[str]:
        return [element.attributes["href"] for element in self.root.all("a") if "href" in element.attributes]

    def part(self, id: str) -> Element:
        """The element with this id; a row of a checklist has its item's key."""
        return self.root.all(id=id)[0]

    def has(self, id: str) -> bool:
        return bool(self.root.all(id=id))

    def kept(self, name: str) -> str:
        """What the field of this name holds."""
        fields = [one for one in self.root.all(name=name) if one.attributes.get("type") not in ("radio", "checkbox") or "checked" in one.attributes]
        return _value(fields[0]) if fields else ""

    def form(self, action: str = "") -> dict[str, str | list[str]]:
        """What a browser would send of the form that posts to `action` if its reader changed nothing and pressed Enter."""
        form = next(one for one in self.root.all("form") if one.attributes.get("action", "") == action)
        sent: dict[str, str | list[str]] = {}
        for element in form.all():
            name, kind = element.attributes.get("name"), element.attributes.get("type")
            if not name or element.name not in ("input", "textarea", "select"):
                continue
            if kind == "checkbox":
                checked = [element.attributes["value"]] if "checked" in element.attributes else []
                sent[name] = [*sent.get(name, []), *checked]
            elif kind != "radio" or "checked" in element.attributes:
                sent[name] = _value(element)
        return sent


def _value(element: Element) -> str:
    if element.name == "textarea":
        return "".join(part for part in element.content if isinstance(part, str)).removeprefix("\n")
    if element.name == "select":
        options = element.all("option")
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        return chosen[0].attributes["value"] if chosen else ""
    return element.attributes.get("value", "")


class Visitor:
    """One browser. `post` adds the token of the page that was read last, unless the test gives one."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = ""

    def get(self, path: str, **headers: str) -> Page:
        return self._seen(self.client.get(path, headers=_headers(headers)))

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> Page:
        fields = dict(data or {})
        if "csrf_token" not in fields:
            if not self.token:
                self.get("/privacy" if self.signed_in else "/sign-in")
            fields["csrf_token"] = self.token
        return self._seen(self.client.post(path, data=fields, headers=_headers(headers)))

    def _seen(self, response: TestResponse) -> Page:
        page = Page(response)
        token = _TOKEN.search(page.html)
        if token:
            self.token = html.unescape(token[1])
        return page

    @property
    def signed_in(self) -> bool:
        with self.client.session_transaction() as session:
            return "session" in session

    def sign_in(self, username: str, password: str = PASSWORD) -> Self:
        page = sign_in(self, username, password)
        assert page.status == 303, page.text
        self.token = ""
        return self

    def sign_out(self) -> Page:
        page = self.post("/sign-out")
        self.token = ""
        return page


def sign_in(visitor: Visitor, username: str, password: str = PASSWORD, **more: str) -> Page:
    """Fill in the sign-in form; the answer says whether it worked."""
    visitor.get("/sign-in")
    return visitor.post("/sign-in", {"username": username, "password": password, **more})


def _headers(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def without_token(page: Page) -> str:
    """The page, without what differs from one answer to the next by design."""
    return re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", page.html)
