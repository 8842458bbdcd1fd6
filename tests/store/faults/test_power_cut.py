"""The power fails: a disk's image, copied at a random moment under load, holds every mark confirmed before."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store.faults.harness import Findings, Worker, examine, make_store, need, run, trials, why_no_mounts
from tests.store.faults.told import tell


@pytest.fixture(autouse=True)
def _mounts() -> None:
    need(why_no_mounts())


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    at.mkdir(exist_ok=True)
    run("mount", "-o", "loop", image, at)
    try:
        yield at
    finally:
        run("umount", "-l", at)


def cut_once(home: Path, mode: str, chance: random.Random) -> Findings:
    """What was confirmed before the copy began must be in it; what came later may be."""
    image, copy = home / "disk.img", home / "copy.img"
    run("truncate", "-s", "48M", image)
    run("mkfs.ext4", "-q", "-F", image)
    with mounted(image, home / "disk") as disk:
        make_store(disk / "store", students=3)
        run("sync", "-f", disk)
        worker = Worker(disk / "store", "w", threads=2, mode=mode)
        worker.wait_until_ready()
        time.sleep(chance.uniform(0.02, 0.2))
        said = worker.kill()
        # Dead, but nothing was flushed for its sake: the image holds what the store itself had synced, and what of
        # the rest the system happened to write.
        shutil.copyfile(image, copy)
    with mounted(copy, home / "after") as after:
        findings = examine(after / "store", said.marked)
        findings.confirmed = len(said.marked)  # type: ignore[attr-defined]
        return findings


def test_a_power_cut_loses_no_confirmed_mark(tmp_path: Path) -> None:
    chance = random.Random(3)
    count, confirmed, lost = trials(500, default=2), 0, 0
    for number in range(count):
        findings = cut_once(tmp_path, "ours", chance)
        assert findings.sound, (number, findings)
        confirmed += findings.confirmed  # type: ignore[attr-defined]
        lost += len(findings.lost)
    tell("power cut (the disk's image copied)", count, confirmed=confirmed, lost=lost)


@pytest.mark.parametrize("mode", ["off", "normal"])
def test_the_harness_finds_a_store_that_syncs_less(tmp_path: Path, mode: str) -> None:
    chance = random.Random(4)
    confirmed = 0
    for _ in range(10):
        findings = cut_once(tmp_path, mode, chance)
        confirmed += findings.confirmed  # type: ignore[attr-defined]
        if not findings.sound:
            return
    pytest.fail(f"{confirmed} marks were confirmed without a sync, and none was missed")
