"""Upkeep that is killed half-way leaves the old or the new, never a mixture, and goes on when it is called again."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forms_app.store import Entry, StoreError, load_keys, open_store, restore
from tests.store.faults.harness import ROOT, trials
from tests.store.faults.maintenance import NEW, OLD, STUDENTS, upkeep
from tests.store.faults.told import tell

KINDS = ("upgrade", "rotate", "restore", "copy", "backup")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_store(tmp_path / "store", key=load_keys(tmp_path / "key"), kinds=OLD) as store:
        for number in range(STUDENTS):
            store.create("student", lambda db: db.table("profile").insert({"name": "N"}), Entry("add", "u1"), id=f"s{number}")
            store.change("student", f"s{number}", lambda db: db.table("marks").insert({"text": "x" * 3000}), Entry("mark", "u1"))
        store.backup(tmp_path / "backup")
    return tmp_path


def killed(what: str, home: Path, chance: random.Random) -> bool:
    """Whether the kill came before the end."""
    command = [sys.executable, "-m", "tests.store.faults.maintenance", what, str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, 0.12))
        process.kill()
        return b"done" not in process.stdout.read()


@pytest.mark.parametrize("what", KINDS)
def test_upkeep_that_is_killed_goes_on(what: str, home: Path) -> None:
    chance = random.Random(what)
    interrupted = 0
    count = trials(200, default=2)
    for number in range(count):
        interrupted += killed(what, home, chance)
        finish_and_check(what, home)
        reset(what, home, number)
    tell(f"kill -9 at {what}", count, also=f"{interrupted} before its end; whole each time")


def finish_and_check(what: str, home: Path) -> None:
    keys = load_keys(home / "key")
    if what in ("upgrade", "rotate"):  # as it was left, a server can open it
        kinds = NEW if what == "upgrade" else OLD
        with open_store(home / "store", key=keys, kinds=kinds) as store:
            assert store.verify().ok, str(store.verify())
            assert len(store.list("student")) == STUDENTS
    if what == "backup" and (home / "new backup").exists():
        assert restore(home / "new backup", home / "target", key=keys, kinds=OLD).ok
        return
    done = what in ("restore", "copy") and is_finished(home / "target", keys)
    if not done:  # if so, only nobody was told
        upkeep(what, home)
    place = home / "target" if what in ("restore", "copy") else home / "store"
    with open_store(place, key=load_keys(home / "key"), kinds=NEW if what == "upgrade" else OLD) as store:
        assert store.verify().ok, str(store.verify())
        assert len(store.list("student")) == STUDENTS
        if what == "upgrade":
            assert {tuple(row.summary["fields"]) for row in store.list("student")} == {("name", "usual_name")}


def is_finished(place: Path, keys: tuple[bytes, ...]) -> bool:
    try:
        open_store(place, key=keys, kinds=OLD, create=False).close()
    except StoreError:
        return False
    return True


def reset(what: str, home: Path, number: int) -> None:
    """Make the next trial start from the old again."""
    if (home / "target").exists():
        (home / "target").rename(home / f"target-{number}")
    if (home / "new backup").exists():
        (home / "new backup").rename(home / f"backup-{number}")
    if what == "upgrade":
        (home / "store").rename(home / f"store-{number}")
        restore(home / "backup", home / "store", key=load_keys(home / "key"), kinds=OLD)
