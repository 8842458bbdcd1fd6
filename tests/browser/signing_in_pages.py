"""A live app for the browser tests of signing in, with the demonstration's people, and a Chromium to open it with."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import waitress
from flask import Flask

from forms_app import demo
from forms_app.app import create_app
from forms_app.handbook import Handbook
from forms_app.records import accounts, open_the_store
from forms_app.records.accounts import Account
from forms_app.settings import ROOT, Settings
from forms_app.store import Store, new_key
from tests.district import PASSWORD, TODAY

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@dataclass
class Live:
    address: str
    app: Flask
    store: Store

    def account(self, username: str) -> Account:
        found = accounts.find(self.store, username)
        assert found
        return found


def free_port() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


@contextmanager
def serving(
    folder: Path, book: Handbook, clock: Callable[[], datetime], listener: socket.socket | None = None, **more: Any
) -> Iterator[Live]:
    """The demonstration's people in a throw-away store, at http://localhost:… (a passkey needs a name)."""
    listener = listener or free_port()
    key = new_key()
    address = f"http://localhost:{listener.getsockname()[1]}"
    with open_the_store(str(folder / "store"), key, clock) as store:
        app = create_app(Settings(data=folder, **more), store, key, clock, book)
        demo.fill(store, book, ROOT, PASSWORD, clock(), TODAY)
        server = waitress.create_server(
            app, sockets=[listener], threads=8, ident=None, asyncore_loop_timeout=0.05, clear_untrusted_proxy_headers=False
        )
        thread = threading.Thread(target=run, args=[server], daemon=True)
        thread.start()
        try:
            yield Live(address, app, store)
        finally:
            server.close()
            thread.join(5)


def run(server: Any) -> None:
    with suppress(OSError):  # its sockets are closed under it at the end
        server.run()


def sign_in(page: Any, live: Live, username: str, path: str = "/sign-in") -> None:
    page.goto(live.address + path)
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.click("form[action='/sign-in'] button")


def check_page(page: Any) -> None:
    """No problem that axe knows, and nothing to scroll sideways at 320 px."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=AXE)
    assert found.violations_count == 0, page.url + found.generate_report()
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url
    narrow = Axe().run(page, options=AXE)
    assert narrow.violations_count == 0, page.url + narrow.generate_report()
    page.set_viewport_size(size)
