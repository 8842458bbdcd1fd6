"""The pictures in the README and the handbook, made anew: `python -m tests.browser.screenshots`.

They show the demonstration at a fixed moment in a real Chromium, so that two runs differ only where the app does.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import waitress
from playwright.sync_api import Browser, Page, sync_playwright

from forms_app import demo, site
from forms_app.app import create_app, open_the_store
from forms_app.handbook import read_handbook
from forms_app.settings import ROOT, Settings
from forms_app.store import new_key

OUT = ROOT / "docs/assets/screenshots"
NOW = dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC)  # noon in British Columbia
PASSWORD = "kelp-lantern-meadow"
MOST_BYTES = 150_000  # a picture that is larger slows the handbook's first load
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
STUDENT = "Dana Mallikappale"


def main() -> int:
    """Make every picture; fails where one is too large."""
    OUT.mkdir(parents=True, exist_ok=True)
    with demonstration() as address, sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
        if chromium is None:
            sys.exit("No Chromium was found. Install one, or name it in CHROMIUM.")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        made = [*wide(browser, address), *narrow(browser, address)]
        browser.close()
    for path in made:
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
    too_large = [path.name for path in made if path.stat().st_size > MOST_BYTES]
    if too_large:
        sys.exit(f"Larger than {MOST_BYTES:,} bytes: {', '.join(too_large)}")
    return 0


@contextmanager
def demonstration() -> Iterator[str]:
    """Serve the demonstration as it is at NOW, in a folder that is thrown away; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        settings, key, book = Settings(data=Path(folder), demo=True), new_key(), read_handbook(ROOT)
        site.prepare(settings, say=print)
        with open_the_store(settings.store_address, key, lambda: NOW) as store:
            app = create_app(settings, store, key, lambda: NOW, book)
            demo.fill(store, book, ROOT, PASSWORD, NOW, NOW.date())
            server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4, ident=None)
            threading.Thread(target=server.run, daemon=True).start()
            yield f"http://127.0.0.1:{server.effective_port}"
            server.close()


def wide(browser: Browser, address: str) -> Iterator[Path]:
    """On a laptop: a page of the handbook, a case manager's students, and one student's checklist."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light").new_page()
    page.goto(f"{address}/handbook/responsibilities/records.html")
    yield shot(page, "handbook")
    sign_in(page, address)
    yield shot(page, "caseload")
    page.get_by_role("link", name=STUDENT, exact=True).click()
    yield shot(page, "student")


def narrow(browser: Browser, address: str) -> Iterator[Path]:
    """On a small phone: the same checklist, with one item just marked."""
    page = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
    sign_in(page, address)
    page.get_by_role("link", name=STUDENT, exact=True).click()
    yield shot(page, "student-narrow")


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("User name").fill("robin.alder")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")


def shot(page: Page, name: str) -> Path:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    path = OUT / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    return path


if __name__ == "__main__":
    sys.exit(main())
