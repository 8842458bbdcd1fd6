"""Several processes of several threads mark the same students: nothing is lost, nothing is overwritten."""

import json
import time
from pathlib import Path

from tests.store.faults.harness import Said, Worker, examine, make_store, trials

PROCESSES, THREADS = 4, 8


def crowd(store: Path, seconds: float, mode: str = "ours") -> Said:
    workers = [Worker(store, f"p{number}", threads=THREADS, mode=mode) for number in range(PROCESSES)]
    for worker in workers:
        worker.wait_until_ready()
    time.sleep(seconds)
    said = [worker.kill() for worker in workers]
    return Said([mark for one in said for mark in one.marked], [no for one in said for no in one.refused])


def test_a_crowd_on_few_students_loses_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    marked: list[tuple[str, str]] = []
    make_store(store, students=30)
    wanted, rounds = trials(20_000, default=300), 0
    while len(marked) < wanted:
        said = crowd(store, seconds=1.5)
        assert not said.refused
        marked += [(id, item) for id, item in said.marked]
        rounds += 1
        findings = examine(store, marked)
        assert findings.sound, findings
    print(f"{PROCESSES} processes x {THREADS} threads: {len(marked)} confirmed marks in {rounds} rounds, 0 lost")


def test_the_harness_finds_what_tinydbs_own_file_loses(tmp_path: Path) -> None:
    said = crowd(tmp_path, seconds=1.5, mode="tinydb")
    try:
        tables = json.loads((tmp_path / "tiny.json").read_text())
        kept = {row["item"] for row in tables.get("marks", {}).values()}
    except ValueError:
        kept = set()  # no longer readable
    lost = {item for _, item in said.marked} - kept
    assert lost or said.refused
