"""The pictures in the README and the handbook, made anew: `python -m tests.browser.screenshots`.

They show the demonstration at a fixed moment in a real Chromium, so that two runs differ only where the app does.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
import shutil
import struct
import sys
import tempfile
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import waitress
from playwright.sync_api import Browser, Page, sync_playwright

from forms_app import demo, site
from forms_app.app import create_app
from forms_app.handbook import read_handbook
from forms_app.records import open_the_store
from forms_app.settings import ROOT, Settings
from forms_app.store import new_key

OUT = ROOT / "docs/assets/screenshots"
NOW = dt.datetime(2026, 11, 4, 20, 0, tzinfo=dt.UTC)  # a day on which some things are overdue, some due soon, some not due yet
PASSWORD = "kelp-lantern-meadow"
MOST_BYTES = 150_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main() -> int:
    """Make every picture, and fail where one is too large."""
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not chromium:
        sys.exit("No Chromium was found. Install one, or name it in CHROMIUM.")
    OUT.mkdir(parents=True, exist_ok=True)
    with demonstration() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        pictures = {**wide(browser, address), **narrow(browser, address)}
        small = {name: with_palette(browser.new_page(), png) for name, png in pictures.items()}
        browser.close()
    for name, png in small.items():
        (OUT / f"{name}.png").write_bytes(png)
        print(f"{name}.png  {len(png):,} bytes")
    too_large = [name for name, png in small.items() if len(png) > MOST_BYTES]
    if too_large:
        sys.exit(f"Larger than {MOST_BYTES:,} bytes: {', '.join(too_large)}")
    return 0


@contextmanager
def demonstration() -> Iterator[str]:
    """Serve the demonstration as it is at NOW, from a folder that is thrown away; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        settings, key, book = Settings(data=Path(folder), demo=True), new_key(), read_handbook(ROOT)
        site.prepare(settings, say=print)
        with open_the_store(settings.store_address, key, lambda: NOW) as store:
            app = create_app(settings, store, key, lambda: NOW, book)
            demo.fill(store, book, ROOT, PASSWORD, NOW, NOW.date())
            server = waitress.create_server(app, host="127.0.0.1", port=0, threads=6, ident=None, asyncore_loop_timeout=0.05)
            thread = threading.Thread(target=run, args=[server], daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{server.effective_port}"
            server.close()
            thread.join(5)


def run(server: waitress.server.BaseWSGIServer) -> None:
    with suppress(OSError):  # closing its socket is how the server is ended
        server.run()


def wide(browser: Browser, address: str) -> dict[str, bytes]:
    """On a laptop: a page of the handbook, a case manager's students, and the checklist of the first."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page.goto(f"{address}/handbook/responsibilities/records.html")
    pictures = {"handbook": shot(page)}
    sign_in(page, address)
    pictures["caseload"] = shot(page)
    first_student(page)
    pictures["student"] = shot(page)
    return pictures


def narrow(browser: Browser, address: str) -> dict[str, bytes]:
    """On a small phone: the same checklist, with one item just ticked."""
    page = browser.new_page(viewport={"width": 320, "height": 640})
    sign_in(page, address)
    first_student(page)
    page.locator(".item__action button").first.click()
    page.locator("#undo").get_by_role("button", name="Undo").wait_for()
    page.get_by_role("heading", name="Overdue").evaluate("heading => heading.scrollIntoView()")
    return {"student-narrow": shot(page)}


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("User name").fill("robin.alder")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/")


def first_student(page: Page) -> None:
    page.locator("th[scope=row] a").first.click()
    page.wait_for_url("**/students/*")


def shot(page: Page) -> bytes:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    return page.screenshot(animations="disabled")


# The browser unpacks the picture: four bytes for each point.
POINTS = """async png => {
  const image = new Image()
  image.src = 'data:image/png;base64,' + png
  await image.decode()
  const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
  canvas.drawImage(image, 0, 0)
  const points = new Blob([canvas.getImageData(0, 0, image.width, image.height).data])
  const reader = new FileReader()
  await new Promise(done => { reader.onload = done; reader.readAsDataURL(points) })
  return [image.width, image.height, reader.result.split(',')[1]]
}"""


def with_palette(page: Page, png: bytes) -> bytes:
    """The picture in its 256 commonest colours, which takes a third of the space; the others are shades at the edges of letters."""
    width, height, encoded = page.evaluate(POINTS, base64.b64encode(png).decode())
    points = base64.b64decode(encoded)
    colours = [points[at : at + 3] for at in range(0, len(points), 4)]
    palette = [colour for colour, _ in Counter(colours).most_common(256)]
    place = {colour: nearest(colour, palette) for colour in set(colours)}
    rows = (bytes(place[colour] for colour in colours[at : at + width]) for at in range(0, len(colours), width))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"PLTE", b"".join(palette)) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def nearest(colour: bytes, palette: list[bytes]) -> int:
    return min(range(len(palette)), key=lambda number: sum((a - b) ** 2 for a, b in zip(colour, palette[number], strict=True)))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


if __name__ == "__main__":
    sys.exit(main())
