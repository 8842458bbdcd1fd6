"""The app over a store in memory with the real handbook, at a moment that the tests choose; a live server and a browser for those that need them."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from forms_app import demo, site
from forms_app.app import create_app, open_the_store
from forms_app.desk import Desk
from forms_app.handbook import Handbook, read_handbook
from forms_app.settings import ROOT, Settings
from forms_app.store import Store, new_key
from tests import district as districts
from tests.district import District, FakeClock
from tests.visitor import Visitor

CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), "")
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


def missing(what: str) -> None:
    """Something that a test needs is not on this machine: a skip with its reason, and a failure where nothing may be missing."""
    if REQUIRE_ALL:
        pytest.fail(what)
    pytest.skip(what)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def book() -> Handbook:
    return read_handbook(ROOT)


@pytest.fixture(scope="session")
def _one_app(book: Handbook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One app for the whole session, so that its templates are compiled once; each test gets a store of its own."""
    key, clock = new_key(), FakeClock()
    settings = Settings(data=tmp_path_factory.mktemp("no-site"))
    with open_the_store("memory://", key, clock) as store:
        yield create_app(settings, store, key, clock, book)


@pytest.fixture
def clock() -> FakeClock:
    """Stands at noon of 24 November 2026; `clock.move(minutes=31)` moves it, `clock.now = …` sets it."""
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> Iterator[Store]:
    with open_the_store("memory://", new_key(), clock) as store:
        yield store


@pytest.fixture
def app(_one_app: Flask, store: Store, clock: FakeClock, book: Handbook) -> Iterator[Flask]:
    desk: Desk = _one_app.extensions["desk"]
    before = dict(vars(desk))
    vars(desk).update(vars(Desk(store, book, before["settings"], clock)))  # with nothing remembered from the test before
    yield _one_app
    vars(desk).update(before)


@pytest.fixture
def district(app: Flask, store: Store, book: Handbook, clock: FakeClock) -> District:
    return districts.make(store, book, clock)


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """A browser in which nobody is signed in."""
    return Visitor(app)


@pytest.fixture
def visitor(app: Flask, district: District) -> Callable[[str], Visitor]:
    """`visitor("manager")` is a browser of its own, in which that person is signed in."""
    return lambda username: Visitor(app).sign_in(username)


@pytest.fixture
def manager(visitor: Callable[[str], Visitor]) -> Visitor:
    return visitor("manager")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings below whose `site` the handbook stands built, as `serve` leaves it."""
    settings = Settings(data=tmp_path_factory.mktemp("data"), demo=True)
    site.prepare(settings, say=lambda text: None)
    return settings


@pytest.fixture(scope="session")
def live(built: Settings, book: Handbook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the demonstration in a throw-away store; everybody's password is `districts.PASSWORD`."""
    import waitress

    key, clock = new_key(), FakeClock()
    with open_the_store(str(tmp_path_factory.mktemp("store")), key, clock) as store:
        app = create_app(replace(built, demo=True), store, key, clock, book)
        demo.fill(store, book, ROOT, districts.PASSWORD, clock(), districts.TODAY)
        server = waitress.create_server(app, host="127.0.0.1", port=0, threads=6, ident=None, asyncore_loop_timeout=0.05)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.effective_port}"
        server.close()
        thread.join(5)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT
