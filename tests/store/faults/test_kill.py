"""The serving process dies at a random moment under load: every confirmed mark is there, none is half there."""

import random
import time
from pathlib import Path

from tests.store.faults.harness import Findings, Worker, examine, make_store, trials
from tests.store.faults.told import tell


def kill_once(store: Path, name: str, mode: str, chance: random.Random) -> list[tuple[str, str]]:
    worker = Worker(store, name, threads=4, mode=mode)
    worker.wait_until_ready()
    time.sleep(chance.uniform(0, 0.25))
    return worker.kill().marked


def test_a_killed_process_loses_no_confirmed_mark(tmp_path: Path) -> None:
    chance = random.Random(1)
    number, count = 0, trials(1000, default=4)
    confirmed = lost = 0
    while number < count:
        store = tmp_path / f"store-{number}"
        make_store(store)
        marked: list[tuple[str, str]] = []
        for _ in range(min(10, count - number)):  # ten lives of one store
            marked += kill_once(store, str(number), "ours", chance)
            number += 1
            findings = examine(store, marked)
            assert findings.sound, (number, findings)
            lost += len(findings.lost)
        confirmed += len(marked)
    tell("kill -9 under load", count, confirmed=confirmed, lost=lost)


def test_the_harness_finds_a_store_that_confirms_too_early(tmp_path: Path) -> None:
    assert not control(tmp_path, "early").sound


def control(tmp_path: Path, mode: str) -> Findings:
    chance = random.Random(2)
    make_store(tmp_path / "store")
    findings = examine(tmp_path / "store", [])
    for number in range(20):
        marked = kill_once(tmp_path / "store", str(number), mode, chance)
        findings = examine(tmp_path / "store", marked)
        if not findings.sound:
            break
    return findings
