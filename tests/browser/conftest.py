"""A real Chromium in front of the running demonstration. Every page is watched: nothing may be asked of another host, and nothing may go wrong in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from forms_app.records import students
from forms_app.records.actor import Actor
from tests.conftest import Live
from tests.district import PASSWORD, TODAY, student
from tests.machine import CHROMIUM, missing

if not CHROMIUM:
    missing_browser = "no Chromium was found; install one, or name it in CHROMIUM"
else:
    try:
        from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

        missing_browser = ""
    except ImportError:
        missing_browser = "Playwright is not installed (the group “browser” of pyproject.toml)"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if missing_browser:
        missing(missing_browser)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@dataclass
class Watch:
    """What went wrong in a page: errors and warnings of its console, scripts that failed, and requests to other hosts."""

    address: str
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on(
            "console",
            lambda message: (
                self.problems.append(f"console: {message.text} {message.location.get('url', '')}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((self.address, "data:", "blob:", "file:", "about:"))
                else self.problems.append(f"elsewhere: {request.url}")
            ),
        )

    def left(self) -> list[str]:
        return [problem for problem in self.problems if not any(re.search(pattern, problem) for pattern in self.expected)]


@dataclass
class Opener:
    """Opens pages; `expect` names a problem that a test provokes on purpose."""

    browser: Browser
    live: Live
    cookies: dict[str, list[Any]]
    watch: Watch
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, username: str = "", width: int = 1280, height: int = 900, javascript: bool = True, dark: bool = False) -> Page:
        """A page of a browser of its own, in which `username` (if any) is signed in; relative addresses are those of the server."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            base_url=self.live.address,
            locale="en-CA",
        )
        context.set_default_timeout(20_000)
        self.contexts.append(context)
        page = context.new_page()
        self.watch.watch(page)
        if username:
            self._sign_in(context, page, username)
        return page

    def _sign_in(self, context: BrowserContext, page: Page, username: str) -> None:
        if username not in self.cookies:
            fill_sign_in(page, username)
            self.cookies[username] = context.cookies()
        context.add_cookies(self.cookies[username])

    def expect(self, pattern: str) -> None:
        self.watch.expected.append(pattern)


def fill_sign_in(page: Page, username: str) -> None:
    if "/sign-in" not in page.url:
        page.goto("/sign-in")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()


@pytest.fixture(scope="session")
def _cookies() -> dict[str, list[Any]]:
    return {}


@pytest.fixture
def open_page(browser: Browser, live: Live, _cookies: dict[str, list[Any]]) -> Iterator[Opener]:
    opener = Opener(browser, live, _cookies, Watch(live.address))
    yield opener
    for page in [page for context in opener.contexts for page in context.pages]:
        page.evaluate("0")  # what the page has said until here has arrived then
    problems = opener.watch.left()  # a request that closing cuts off is no problem of the page
    for context in opener.contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(open_page: Opener) -> Page:
    """A page in which nobody is signed in."""
    return open_page()


ME = "robin.alder"  # the case manager of the demonstration who has most students


@pytest.fixture
def new_student(live: Live) -> Callable[..., str]:
    """`new_student()` adds a student of mine with everything to do, so that no two tests press on the same row."""

    def add(of: str = ME) -> str:
        manager = next(person for person in live.desk.people().values() if person.username == of)
        made = replace(student(given="Testa", family="Fixture", grade="10"), school=manager.school)
        return students.create(live.desk.store, students.profile_of(made), manager.id, TODAY, Actor("test", live.desk.now()))

    return add


@pytest.fixture(scope="session")
def old_student(live: Live) -> str:
    """A student of mine from the demonstration, with marks of last year and of this one."""
    me = next(person for person in live.desk.people().values() if person.username == ME)
    last_year, mine = live.desk.year().previous, live.desk.store.list("student", owner=me.id)
    # Other tests add students of mine, who have no last year; which of all comes first is chance.
    return next(one.id for one in mine if last_year in live.desk.record(one.id, live.desk.year()).years)
