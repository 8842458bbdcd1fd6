"""The real server on a disk that is really full: a tick is answered with 507 and a clear page, nothing is lost, lists can
be read, and ticks are taken again when there is room, without a restart.
"""

import datetime as dt
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from forms_app import demo
from forms_app.handbook import Handbook
from forms_app.records import open_the_store
from forms_app.settings import ROOT, Settings
from forms_app.store import load_keys
from tests.store.faults.harness import need, small_disk, trials, why_no_mounts
from tests.store.faults.told import tell
from tests.visitor import Page, Visitor

PASSWORD = "kelp-lantern-meadow"
NOW = dt.datetime.now(dt.UTC)

Tick = tuple[str, str]
"""A student's id and an item's key."""


class Wire:
    """Stands in for the app's test client: it asks a server in another process."""

    def __init__(self, address: str) -> None:
        self._host = urllib.parse.urlsplit(address).netloc
        self._cookies = SimpleCookie[str]()

    def test_client(self) -> "Wire":
        return self

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        return self._ask("GET", path, headers)

    def post(self, path: str, data: Mapping[str, str], headers: Mapping[str, str]) -> Response:
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://{self._host}", **headers}
        return self._ask("POST", path, form, urllib.parse.urlencode(data))

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: str = "") -> Response:
        link = http.client.HTTPConnection(self._host, timeout=20)
        cookies = "; ".join(f"{name}={one.value}" for name, one in self._cookies.items())
        link.request(method, path, body or None, {**headers, "Cookie": cookies})
        answer = link.getresponse()
        for line in answer.headers.get_all("Set-Cookie", []):
            self._cookies.load(line)
        response = Response(answer.read(), answer.status, list(answer.headers.items()))
        link.close()
        return response

    @contextmanager
    def session_transaction(self) -> Iterator[list[str]]:
        yield ["session"] if self._cookies else []


@contextmanager
def serving(data: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "forms_app.cli", "serve", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        printed: list[str] = []
        while "Ctrl+C" not in "".join(printed):
            assert process.poll() is None, printed
            printed.append(process.stdout.readline())
        yield next(line.split()[-1] for line in printed if line.startswith("Checklist:"))
        assert process.poll() is None, "the server is still the same process"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


@pytest.fixture
def data(tmp_path: Path, built: Settings, book: Handbook) -> Iterator[Path]:
    """A data folder with the demonstration's district, on a disk of 48 MB."""
    need(why_no_mounts())
    with small_disk(tmp_path / "disk", "48M") as disk:
        settings = Settings(data=disk)
        shutil.copytree(built.site, settings.site)
        with open_the_store(settings.store_address, load_keys(settings.key_file)) as store:
            demo.fill(store, book, ROOT, PASSWORD, NOW, NOW.date())
        yield disk


def ticks_of(browser: Visitor) -> list[Tick]:
    """Every box that this case manager could tick."""
    students = sorted({link for link in browser.get("/").links if link.startswith("/students/") and link.count("/") == 2})
    assert students
    found = []
    for path in students:
        buttons = browser.get(path.partition("#")[0]).root.all("button", name="tick")
        keys = [button.attributes["value"].rpartition("|") for button in buttons]
        found += [(path.partition("#")[0].removeprefix("/students/"), key) for key, _, based_on in keys if not based_on]
    return list(dict.fromkeys(found))  # a page offers a box where it is next, and in its place


def make_full(disk: Path, leave: int) -> Path:
    ballast = disk / "ballast"
    with suppress(OSError):  # the server writes, too: it may be full before that
        ballast.write_bytes(bytes(max(0, os.statvfs(disk).f_bavail * 4096 - leave)))
    return ballast


def tick(browser: Visitor, student: str, key: str) -> Page:
    return browser.post(f"/students/{student}/marks", {"tick": f"{key}|"})


def took(answer: Page) -> bool:
    """Marked, and not sent on to the item's own form."""
    return answer.status == 303 and "/items/" not in answer.location


def test_a_tick_on_a_full_disk_is_refused_with_507_and_taken_when_there_is_room(data: Path) -> None:
    chance = random.Random(8)
    wanted, refused = trials(40, default=3), 0
    confirmed: list[Tick] = []
    with serving(data) as address:
        browser = Visitor(Wire(address))  # type: ignore[arg-type]
        browser.sign_in("robin.alder", PASSWORD)
        waiting = ticks_of(browser)
        chance.shuffle(waiting)
        while refused < wanted:
            ballast = make_full(data, leave=chance.randrange(16_000))
            before = refused
            while refused == before:
                student, key = waiting.pop()
                answer = tick(browser, student, key)
                if took(answer):
                    confirmed.append((student, key))
                elif answer.status not in (303, 422):  # those ask to say more about the item
                    refused += 1
                    assert answer.status == 507, (answer.status, answer.text)
                    assert "The disk is full. Nothing was saved; nothing was lost." in answer.text
                    assert "Nothing can be saved right now" in answer.title
            assert browser.get("/handbook/").status == 200
            assert browser.get("/").status == 200, "reading goes on"
            # Nobody sees a student without an entry in the log; for a small one there may still be room.
            assert browser.get(f"/students/{student}").status in (200, 507)
            ballast.unlink()
            time.sleep(0.01)
            browser.get("/privacy")
            assert took(tick(browser, student, key)), "service resumes when there is room"
            confirmed.append((student, key))
    settings = Settings(data=data)
    with open_the_store(settings.store_address, load_keys(settings.key_file), create=False) as store:
        report = store.verify()
        logged = Counter((entry.id, entry.fields[0]) for entry in store.history() if entry.action == "mark an item")
    assert report.ok, str(report)
    marked = Counter((student, key.partition("@")[0]) for student, key in confirmed)
    lost = (marked - logged).total()
    assert not lost, marked - logged
    assert logged == marked, "nothing that was refused is there"
    tell("the server's disk full: ticks by HTTP", refused, confirmed=len(confirmed), refused=refused, lost=lost, also="507 each time")
