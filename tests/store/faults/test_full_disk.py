"""A full disk, a read-only disk, a disk that fails: a clear refusal, nothing lost, and service when it is over."""

import os
import random
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from forms_app import cli
from forms_app.store import StoreUnavailable, open_store
from tests.store.faults.harness import KEY, examine, make_store, need, run, small_disk, trials, why_no_mounts
from tests.store.faults.told import tell
from tests.store.faults.worker import KINDS, mark

Mark = Callable[[str], None]


@pytest.fixture(autouse=True)
def _mounts() -> None:
    need(why_no_mounts())


def test_a_full_disk_refuses_clearly_and_serves_again_when_there_is_room(tmp_path: Path) -> None:
    chance = random.Random(5)
    wanted, refused, confirmed, disks = trials(200, default=4), 0, 0, 0
    while refused < wanted:
        disks += 1
        with small_disk(tmp_path / f"disk-{disks}", "4M") as disk:
            make_store(disk / "store")
            marked: list[tuple[str, str]] = []
            for number in range(10):
                refused += fill_and_free(disk, marked, f"{number}", chance)
            findings = examine(disk / "store", marked)
            assert findings.sound, findings
            confirmed += len(marked)
    tell("disk full", refused, confirmed=confirmed, refused=refused, lost=len(findings.lost), also="service resumed each time")


def fill_and_free(disk: Path, marked: list[tuple[str, str]], name: str, chance: random.Random) -> bool:
    """Mark until there is no room, then make room; the same open store goes on."""
    ballast, was_full = disk / "ballast", False
    with open_store(disk / "store", key=KEY, kinds=KINDS) as store:
        ballast.write_bytes(bytes(max(0, os.statvfs(disk).f_bavail * 4096 - chance.randrange(400_000))))
        for item in range(100):
            try:
                mark(store, f"s{item % 5}", f"{name}.{item}")
            except StoreUnavailable as error:
                was_full = error.full and "full" in str(error)
                break
            marked.append((f"s{item % 5}", f"{name}.{item}"))
        assert store.get("student", "s0") is not None, "reading goes on"
        ballast.unlink()
        mark(store, "s0", f"{name}.again")
        marked.append(("s0", f"{name}.again"))
    return was_full


@pytest.mark.parametrize("words", [["verify"], ["drill"], ["user", "add", "moss", "--name", "Moss", "--role", "Student Support Services"]])
def test_a_command_says_that_the_disk_is_full(
    tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", "4M") as disk:
        monkeypatch.setenv("FORMS_APP_DATA", str(disk))
        assert cli.main(["user", "add", "fen", "--name", "Fen", "--role", "Student Support Services"]) == 0
        room = os.statvfs(disk).f_bavail * 4096
        (disk / "ballast").write_bytes(bytes(room))
        capsys.readouterr()
        assert cli.main(words) == 2
        assert capsys.readouterr().err == "The disk is full. Nothing was saved; nothing was lost.\n"
        (disk / "ballast").unlink()
        assert cli.main(words) == 0


def test_a_disk_that_becomes_read_only_refuses_clearly(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "8M") as disk:
        make_store(disk / "store")
        with open_store(disk / "store", key=KEY, kinds=KINDS) as store:
            mark(store, "s0", "before")
        run("mount", "-o", "remount,ro", disk)
        with pytest.raises(Exception, match="cannot be written"):
            open_store(disk / "store", key=KEY, kinds=KINDS)
        run("mount", "-o", "remount,rw", disk)
        with open_store(disk / "store", key=KEY, kinds=KINDS) as store:
            mark(store, "s0", "after")
        findings = examine(disk / "store", [("s0", "before"), ("s0", "after")])
        assert findings.sound, findings
        tell("a disk that becomes read-only", 1, confirmed=2, refused=1, lost=len(findings.lost))


def test_a_write_that_stops_half_way_leaves_nothing_half(tmp_path: Path) -> None:
    """A real short write: the process may not write beyond a size that lies in the middle of the next page."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    chance = random.Random(6)
    marked: list[tuple[str, str]] = []
    make_store(tmp_path / "store")
    count, refused = trials(200, default=10), 0
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS) as store:
        log = tmp_path / "store" / "store.sqlite3-wal"
        for number in range(count):
            mark(store, "s1", f"{number}.before")
            size = log.stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + chance.randrange(1, 20_000), limits[1]))
            try:
                mark(store, "s2", f"{number}.limited")
                marked.append(("s2", f"{number}.limited"))
            except StoreUnavailable:
                refused += 1
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            marked.append(("s1", f"{number}.before"))
    findings = examine(tmp_path / "store", marked)
    assert findings.sound, findings
    tell("a write that stops half way", count, confirmed=len(marked), refused=refused, lost=len(findings.lost))
