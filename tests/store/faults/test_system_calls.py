"""Every system call of one mark fails once, in every way it can: the mark is there whole, or refused and not there."""

import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.store.faults.harness import KEY, ROOT, examine, make_store, need, trials, why_no_strace
from tests.store.faults.told import tell

# What a mark asks of the system (see the first test). Locks and memory are as fallible as writes.
CALLS = ("pwrite64", "fdatasync", "pread64", "fcntl")
FAULTS = ("error=ENOSPC", "error=EIO", "error=EINTR", "signal=KILL")


@pytest.fixture(autouse=True)
def _strace() -> None:
    need(why_no_strace())


class Marker:
    """The process of one_mark.py, and strace at it while it makes its first mark."""

    def __init__(self, store: Path) -> None:
        command = [sys.executable, "-m", "tests.store.faults.one_mark", str(store), KEY.hex()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, bufsize=0
        )
        self._say()

    def _say(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().decode()

    def first(self, *options: str) -> tuple[str, str]:
        command = ["strace", "-p", str(self.process.pid), *options]
        with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
            assert tracer.stderr
            assert b"attached" in tracer.stderr.readline()
            answer = self.go()
            tracer.terminate()
            return answer, tracer.stderr.read().decode(errors="replace")

    def go(self) -> str:
        assert self.process.stdin
        try:
            self.process.stdin.write(b"\n")
        except BrokenPipeError:
            return ""
        return self._say()

    def end(self) -> None:
        with self.process:
            pass  # closing its input ends it


def calls_of_one_mark(store: Path) -> Counter[str]:
    marker = Marker(store)
    _, trace = marker.first()
    marker.end()
    return Counter(re.findall(r"^(\w+)\(", trace, re.MULTILINE))


@pytest.fixture
def template(tmp_path: Path) -> Path:
    make_store(tmp_path / "template", students=2)
    return tmp_path / "template"


def test_one_mark_is_synced_before_it_is_confirmed(template: Path) -> None:
    """A mark is a few writes and one sync, and the sync comes last."""
    marker = Marker(template)
    _, trace = marker.first("-e", "trace=pwrite64,fdatasync,fsync,write")
    marker.end()
    names = re.findall(r"^(\w+)\(", trace, re.MULTILINE)
    assert names[-2:] == ["fdatasync", "write"], names
    assert "marked" in trace.splitlines()[-1] or "marked" in trace


def cases(template: Path, tmp_path: Path) -> list[tuple[str, int, str]]:
    shutil.copytree(template, tmp_path / "counted")
    counted = calls_of_one_mark(tmp_path / "counted")
    return [(call, number, fault) for call in CALLS for number in range(1, counted[call] + 1) for fault in FAULTS]


def test_every_system_call_of_a_mark_may_fail(template: Path, tmp_path: Path) -> None:
    every = cases(template, tmp_path)
    # After a lock that could not be let go SQLite waits ten seconds; that is for the long runs.
    short = [case for case in every if case[0] != "fcntl"]
    chosen = random.Random(7).sample(every if os.environ.get("FAULTS") else short, trials(len(every), default=5))
    outcomes: Counter[str] = Counter()
    lost = 0
    for number, (call, which, fault) in enumerate(chosen):
        store = tmp_path / f"store-{number}"
        shutil.copytree(template, store)
        marker = Marker(store)
        answer, _ = marker.first("-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={which}")
        second = marker.go()
        marker.end()
        marked = [("s1", "warm")]
        marked += [("s1", name) for name, said in (("first", answer), ("second", second)) if said.startswith("marked")]
        findings = examine(store, marked)
        assert findings.sound, (call, which, fault, answer, findings)
        lost += len(findings.lost)
        if answer.startswith("refused"):
            assert "saved" in answer or "no more changes" in answer or "cannot" in answer, answer
        if answer.startswith("refused") and (call, fault) == ("fdatasync", "error=EIO"):
            assert second.startswith("refused"), "after a failed sync nothing more is written"
        outcomes[answer.split()[0] if answer else "killed"] += 1
        shutil.rmtree(store)
    killed = f"{outcomes['killed']} killed; of {len(every)} call and fault pairs"
    tell("a system call of a mark fails", len(chosen), confirmed=outcomes["marked"], refused=outcomes["refused"], lost=lost, also=killed)
