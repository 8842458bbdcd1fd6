"""Several processes of several threads mark the same students: nothing is lost, nothing is overwritten."""

import json
import time
from pathlib import Path

from forms_app.store import open_store
from tests.store.faults.harness import KEY, Said, Worker, examine, make_store, trials
from tests.store.faults.told import tell
from tests.store.faults.worker import KINDS, value_of

PROCESSES, THREADS = 4, 8


def crowd(store: Path, seconds: float, mode: str = "ours", name: str = "") -> Said:
    workers = [Worker(store, f"{name}p{number}", threads=THREADS, mode=mode) for number in range(PROCESSES)]
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
        said = crowd(store, seconds=1.5, name=f"{rounds}.")
        assert not said.refused
        marked += [(id, item) for id, item in said.marked]
        rounds += 1
        findings = examine(store, marked)
        assert findings.sound, findings
    tell(f"{PROCESSES} processes x {THREADS} threads marking", rounds, confirmed=len(marked), refused=0, lost=len(findings.lost))


def test_nobody_silently_overwrites_another(tmp_path: Path) -> None:
    """Each value that was set was set on the value that the setter had seen: in the log's order they form a chain."""
    store, wanted, done, moved, rounds = tmp_path / "store", trials(20_000, default=200), 0, 0, 0
    make_store(store, students=5)
    confirmed: set[tuple[str, str, str]] = set()
    while done < wanted:
        workers = [Worker(store, f"{rounds}.p{number}", threads=4, mode="cas") for number in range(2)]
        for worker in workers:
            worker.wait_until_ready()
        time.sleep(1)
        for said in [worker.kill() for worker in workers]:
            confirmed.update(said.set)
            moved += len(said.moved)
        done, rounds = len(confirmed) + moved, rounds + 1
    with open_store(store, key=KEY, kinds=KINDS) as opened:
        assert opened.verify().ok
        entries = [entry for entry in reversed(opened.history()) if entry.action == "set"]
        last: dict[tuple[str, str], str] = {}
        for entry in entries:
            item, seen, new = entry.fields
            assert last.get((entry.id, item), "nothing") == seen, entry
            last[entry.id, item] = new
        for (id, item), value in last.items():
            found = opened.get("student", id)
            assert found
            assert value_of(found.db, item) == value
    assert confirmed <= {(entry.id, entry.fields[0], entry.fields[2]) for entry in entries}
    assert moved
    tell("two at one item: set, or told that it moved", done, confirmed=len(confirmed), refused=moved, also="none overwritten")


def test_the_harness_finds_what_tinydbs_own_file_loses(tmp_path: Path) -> None:
    said = crowd(tmp_path, seconds=1.5, mode="tinydb")
    try:
        tables = json.loads((tmp_path / "tiny.json").read_text())
        kept = {row["item"] for row in tables.get("marks", {}).values()}
    except ValueError:
        kept = set()  # no longer readable
    lost = {item for _, item in said.marked} - kept
    assert lost or said.refused
