"""The clock is wrong: the order of what happened is still right, and every time says which it is."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forms_app.store import Entry, open_store
from tests.store.conftest import KEY, KINDS, profile
from tests.store.faults.harness import ROOT
from tests.store.faults.told import tell


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_a_clock_that_is_set_back_does_not_change_the_order(kept_url: str) -> None:
    clock = Clock()
    with open_store(kept_url, key=KEY, kinds=KINDS, clock=clock) as store:
        id = store.create("student", profile(), Entry("first", "u1")).id
        clock.now -= timedelta(days=400)
        store.note("student", id, Entry("second", "u1"))
        clock.now += timedelta(days=800)
        store.note("student", id, Entry("third", "u1"))
        history = store.history()
        assert store.verify().ok
    assert [row.action for row in history] == ["third", "second", "first"]
    assert [row.at.year for row in history] == [2027, 2025, 2026]
    tell("clock set back by 400 days", 1, also="order right, verify clean")


def test_the_machines_time_zone_does_not_matter(tmp_path: Path) -> None:
    program = (
        "import sys; from forms_app.store import *; from tests.store.conftest import *\n"
        "with open_store(sys.argv[1], key=bytes(32), kinds=KINDS) as store: store.note('student', 'x', entry())"
    )
    for zone in ("UTC", "America/Vancouver", "Asia/Kolkata"):
        command = [sys.executable, "-c", program, str(tmp_path / "store")]
        subprocess.run(command, env={"TZ": zone, "PYTHONPATH": str(ROOT)}, check=True, cwd=ROOT)
    with open_store(tmp_path / "store", key=bytes(32), kinds=KINDS) as store:
        times = [row.at for row in store.history()]
    assert all(at.utcoffset() == timedelta(0) and abs(datetime.now(UTC) - at) < timedelta(minutes=5) for at in times)
    assert times == sorted(times, reverse=True)
    tell("machine's time zone wrong", 3, also="times and order right")
