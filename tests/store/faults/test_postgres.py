"""PostgreSQL's connections are cut, its server dies, its primary is replaced: no confirmed mark is lost, and the app,
which is not restarted, goes on.
"""

import random
import time
from collections.abc import Iterator

import pytest

from tests.store.faults.harness import Said, Worker, examine, long, make_store, trials
from tests.store.faults.told import tell
from tests.store.postgres_server import Server, need_server


@pytest.fixture
def server() -> Iterator[Server]:
    need_server()
    server = Server()
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.remove()


def went_on(said: Said, before: int) -> bool:
    return len(said.marked) > before


def test_lost_connections_lose_no_confirmed_mark(server: Server) -> None:
    chance = random.Random(11)
    make_store(server.url())
    worker = Worker(server.url(), "w", threads=4)
    worker.wait_until_ready()
    count = trials(100, default=5)
    for _ in range(count):
        time.sleep(chance.uniform(0.02, 0.3))
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'case-manager-handbook'")
    time.sleep(1)
    said = worker.kill()
    findings = examine(server.url(), said.marked)
    assert findings.sound, findings
    assert not said.refused
    tell("PostgreSQL: connections cut", count, confirmed=len(said.marked), refused=0, lost=len(findings.lost))


def test_a_server_that_dies_and_comes_back_loses_no_confirmed_mark(server: Server) -> None:
    chance = random.Random(12)
    make_store(server.url())
    worker = Worker(server.url(), "w", threads=4)
    worker.wait_until_ready()
    count = trials(100, default=1)
    for _ in range(count):
        time.sleep(chance.uniform(0.1, 0.5))
        server.kill()
        server.start()
    time.sleep(1)
    said = worker.kill()
    findings = examine(server.url(), said.marked)
    assert findings.sound, findings
    tell("PostgreSQL: server killed and started", count, confirmed=len(said.marked), refused=len(said.refused), lost=len(findings.lost))


@long
def test_a_primary_that_is_lost_is_replaced_without_losing_a_confirmed_mark() -> None:
    """Synchronous replication: a mark is confirmed when it is on two disks."""
    need_server()
    chance = random.Random(13)
    primary, standby = Server(), Server()
    try:
        primary.make()
        primary.start()
        address = f"postgresql://postgres@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/postgres"
        make_store(primary.url())
        standby.follow(primary)
        worker = Worker(address, "w", threads=4)
        worker.wait_until_ready()
        count = trials(20, default=1)
        for _ in range(count):
            time.sleep(chance.uniform(0.3, 1))
            primary.kill()
            standby.promote()
            primary, standby = standby, primary
            time.sleep(chance.uniform(0.3, 1))
            standby.follow(primary)
        time.sleep(1)
        said = worker.kill()
        findings = examine(address, said.marked)
        assert findings.sound, findings
        tell("PostgreSQL: failover", count, confirmed=len(said.marked), refused=len(said.refused), lost=len(findings.lost))
    finally:
        primary.remove()
        standby.remove()


@long
def test_the_harness_finds_a_server_that_confirms_before_it_syncs() -> None:
    """The control: without a synchronous standby, what the dead primary confirmed last is not on the new one."""
    need_server()
    lost = False
    for attempt in range(5):
        primary, standby = Server(), Server()
        try:
            primary.make()
            primary.start()
            make_store(primary.url())
            standby.follow(primary, synchronous=False)
            standby.freeze_replay_of(primary)
            worker = Worker(primary.url(), f"w{attempt}", threads=2)
            worker.wait_until_ready()
            time.sleep(2)
            said = worker.kill()
            primary.kill()
            standby.promote()
            lost = bool(examine(standby.url(), said.marked).lost)
        finally:
            primary.remove()
            standby.remove()
        if lost:
            break
    assert lost
