"""The app over a store in memory with the real handbook, at a moment that the tests choose; a live server and a browser for those that need them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import waitress
from flask import Flask
from hypothesis import settings as hypothesis_settings

from forms_app import demo, site
from forms_app.app import create_app
from forms_app.desk import Desk
from forms_app.handbook import Handbook, read_handbook
from forms_app.records import open_the_store
from forms_app.settings import ROOT, Settings
from forms_app.store import Store, new_key
from tests import district as districts
from tests.district import District, FakeClock
from tests.visitor import Visitor

# A slow moment of the machine is no counter-example: what takes how long is measured in `manage.py bench`.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")


@pytest.fixture(autouse=True)
def light_hashes_stay(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The accounts of the tests are hashed lightly; making each anew at its first sign-in would cost a sixth of a second each time."""
    if "renews_hashes" not in request.keywords:
        monkeypatch.setattr("forms_app.proving.outdated", lambda password_hash: False)


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


@dataclass(frozen=True)
class Live:
    """A running server with the demonstration; everybody's password is `districts.PASSWORD`."""

    address: str
    desk: Desk


@pytest.fixture(scope="session")
def live(built: Settings, book: Handbook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    key, clock = new_key(), FakeClock()
    with open_the_store(str(tmp_path_factory.mktemp("store")), key, clock) as store:
        app = create_app(built, store, key, clock, book)
        demo.fill(store, book, ROOT, districts.PASSWORD, clock(), districts.TODAY)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        server = waitress.create_server(app, host="127.0.0.1", port=0, threads=6, ident=None, asyncore_loop_timeout=0.05)

        def run() -> None:
            with suppress(OSError):  # closing its socket is how the server is ended
                server.run()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield Live(f"http://127.0.0.1:{server.effective_port}", app.extensions["desk"])
        server.close()
        thread.join(5)
