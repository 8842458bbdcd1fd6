"""What the fault tests share: how often to try, starting and killing workers, and what must hold afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from forms_app.store import Entry, new_key, open_store
from tests.store.faults.worker import KINDS

KEY = new_key()
ROOT = Path(__file__).parents[3]


def trials(full: int, *, default: int) -> int:
    """FAULTS=full for the long run, FAULTS=ci for a tenth of it; else a few, which show that the harness works."""
    return {"full": full, "ci": max(full // 10, default)}.get(os.environ.get("FAULTS", ""), default)


Test = TypeVar("Test", bound=Callable[..., None])


def long(test: Test) -> Test:
    """Only for runs with FAULTS=ci or FAULTS=full (see conftest.py)."""
    test.long = True  # type: ignore[attr-defined]
    return test


def need(reason: str | None) -> None:
    """Skip for a reason, which is a failure where everything is required."""
    if not reason:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def why_no_mounts() -> str | None:
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    if not shutil.which("mkfs.ext4"):
        return "mkfs.ext4 is not installed"
    probe = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    return None if probe.returncode == 0 else "file systems cannot be mounted here"


def why_no_strace() -> str | None:
    return None if shutil.which("strace") else "strace is not installed"


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system of its own that is full soon."""
    place.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "none", place)
    try:
        yield place
    finally:
        run("umount", "-l", place)


def make_store(address: str | Path, students: int = 5) -> None:
    with open_store(address, key=KEY, kinds=KINDS) as store:
        for number in range(students):
            store.create("student", lambda db: None, Entry("add", "u1"), id=f"s{number}")


@dataclass
class Said:
    """What a worker said: marks that were confirmed, marks that were refused, values set or found to have moved."""

    marked: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    set: list[tuple[str, str, str]] = field(default_factory=list)
    moved: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def parse(cls, output: bytes) -> "Said":
        said = cls()
        for line in output.decode().split("\n")[:-1]:  # behind the last line end is what a kill cut off
            match line.split():
                case ["marked", id, item]:
                    said.marked.append((id, item))
                case ["refused", id, item, why]:
                    said.refused.append((id, item, why))
                case ["set", id, item, value]:
                    said.set.append((id, item, value))
                case ["moved", id, item, value]:
                    said.moved.append((id, item, value))
        return said


class Worker:
    """It speaks into a file: a pipe that nobody reads would be full after some thousand marks, and hold it up."""

    def __init__(self, address: str | Path, name: str, *, threads: int = 1, mode: str = "ours") -> None:
        command = [sys.executable, "-m", "tests.store.faults.worker", str(address), KEY.hex(), name, str(threads), mode]
        self._spoken = tempfile.TemporaryFile()  # noqa: SIM115 (kill closes it)
        self.process = subprocess.Popen(command, stdout=self._spoken, stderr=subprocess.DEVNULL, cwd=ROOT)

    def wait_until_ready(self) -> None:
        while not os.fstat(self._spoken.fileno()).st_size:
            assert self.process.poll() is None, "the worker ended before it was ready"
            time.sleep(0.005)

    def kill(self) -> Said:
        self.process.kill()
        self.process.wait()
        with self._spoken as spoken:
            spoken.seek(0)
            return Said.parse(spoken.read())


@dataclass
class Findings:
    """What is wrong with a store after a fault: nothing, if all went well."""

    lost: set[tuple[str, str]]
    half: set[tuple[str, str]]
    doubled: set[tuple[str, str]]
    damage: str

    @property
    def sound(self) -> bool:
        return not (self.lost or self.half or self.doubled or self.damage)


def examine(address: str | Path, marked: Iterable[tuple[str, str]]) -> Findings:
    """Every confirmed mark is there once; marks and audit entries are the same, both ways; verify is clean."""
    with open_store(address, key=KEY, kinds=KINDS, create=False) as store:
        report = store.verify()
        kept: dict[tuple[str, str], int] = defaultdict(int)
        for row in store.list("student"):
            found = store.get("student", row.id)
            for line in found.db.table("marks") if found else []:
                kept[row.id, line["item"]] += 1
        logged = {(entry.id, field) for entry in store.history() if entry.action == "mark" for field in entry.fields}
    return Findings(
        lost=set(marked) - kept.keys(),
        half=logged ^ kept.keys(),
        doubled={mark for mark, times in kept.items() if times > 1},
        damage="" if report.ok else str(report),
    )
