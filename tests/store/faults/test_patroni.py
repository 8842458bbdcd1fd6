"""A district's cluster as it is run: PostgreSQL under Patroni and etcd with synchronous replication.

Whole nodes die under load, again and again. What was confirmed is there, and the app is not restarted.
"""

import json
import os
import pwd
import random
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.store.faults.harness import Worker, examine, long, make_store, need, trials
from tests.store.faults.told import tell
from tests.store.postgres_server import SUPERUSER, binaries, free_port, need_server


def why_no_patroni() -> str | None:
    missing = [name for name in ("patroni", "etcd") if not shutil.which(name)]
    return f"{' and '.join(missing)} not installed (apt-get install patroni etcd-server)" if missing else None


CONFIGURATION = """
scope: handbook
name: {name}
restapi: {{listen: "127.0.0.1:{api}", connect_address: "127.0.0.1:{api}"}}
etcd3: {{host: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    ttl: 10
    loop_wait: 1
    retry_timeout: 4
    maximum_lag_on_failover: 1048576
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {{synchronous_commit: "on", max_connections: 60}}
  initdb: [data-checksums, {{encoding: UTF8}}]
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
postgresql:
  listen: "127.0.0.1:{port}"
  connect_address: "127.0.0.1:{port}"
  data_dir: "{home}/{name}"
  bin_dir: "{bin}"
  pgpass: "{home}/{name}.pgpass"
  authentication:
    superuser: {{username: postgres}}
    replication: {{username: postgres}}
  parameters: {{unix_socket_directories: "{home}"}}
  remove_data_directory_on_diverged_timelines: true
  remove_data_directory_on_rewind_failure: true
"""


class Node:
    def __init__(self, home: Path, name: str, etcd: int) -> None:
        self.name, self.home = name, home
        self.port, self.api = free_port(), free_port()
        self.configuration = home / f"{name}.yml"
        text = CONFIGURATION.format(name=name, api=self.api, etcd=etcd, port=self.port, home=home, bin=binaries())
        self.configuration.write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = _start(self.home, f"{self.name}.log", "patroni", str(self.configuration))

    def die(self) -> None:
        """The whole node at once: Patroni and PostgreSQL."""
        if self._process:
            self._process.kill()
            self._process.wait()
        pid_file = self.home / self.name / "postmaster.pid"
        if pid_file.exists():
            _kill_family(int(pid_file.read_text().split()[0]))

    def members(self) -> list[dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/cluster", timeout=2) as answer:
                members: list[dict[str, Any]] = json.load(answer)["members"]
                return members
        except (OSError, ValueError):
            return []


def _start(home: Path, log: str, *command: str) -> subprocess.Popen[bytes]:
    user = SUPERUSER if os.geteuid() == 0 else None
    with (home / log).open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out, user=user, cwd=home)


def _kill_family(pid: int) -> None:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    family = [pid, *map(int, children.read_text().split())] if children.exists() else [pid]
    for one in family:
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue


class Cluster:
    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="store-patroni-"))
        if os.geteuid() == 0:
            account = pwd.getpwnam(SUPERUSER)
            os.chown(self.home, account.pw_uid, account.pw_gid)
        client, peer = free_port(), free_port()
        self._etcd = _start(
            self.home, "etcd.log", "etcd", "--data-dir", f"{self.home}/etcd", "--unsafe-no-fsync",
            "--listen-client-urls", f"http://127.0.0.1:{client}", "--advertise-client-urls", f"http://127.0.0.1:{client}",
            "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
            "--initial-cluster", f"default=http://127.0.0.1:{peer}",
        )  # fmt: skip
        self.nodes = [Node(self.home, f"node{number}", client) for number in range(2)]
        for node in self.nodes:
            node.start()
            time.sleep(1)

    @property
    def address(self) -> str:
        return f"postgresql://postgres@{','.join(f'127.0.0.1:{node.port}' for node in self.nodes)}/postgres"

    def wait_until_whole(self, seconds: float = 120) -> Node:
        """Until there are a leader and a synchronous standby; returns the leader."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for node in self.nodes:
                roles = {member["role"]: member["name"] for member in node.members() if member["state"] in ("running", "streaming")}
                if {"leader", "sync_standby"} <= roles.keys():
                    return next(one for one in self.nodes if one.name == roles["leader"])
            time.sleep(0.2)
        raise AssertionError([node.members() for node in self.nodes])

    def wait_until_led_by_another(self, dead: Node, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        others = [node for node in self.nodes if node is not dead]
        while time.monotonic() < until:
            leaders = {member["name"] for node in others for member in node.members() if member["role"] == "leader"}
            if leaders & {node.name for node in others}:
                return
            time.sleep(0.2)
        raise AssertionError("no other node became the leader")

    def remove(self) -> None:
        for node in self.nodes:
            node.die()
        self._etcd.kill()
        self._etcd.wait()
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    need_server()
    need(why_no_patroni())
    cluster = Cluster()
    try:
        yield cluster
    finally:
        cluster.remove()


@long
def test_failovers_under_patroni_lose_no_confirmed_mark(cluster: Cluster) -> None:
    chance = random.Random(14)
    cluster.wait_until_whole()
    make_store(cluster.address)
    worker = Worker(cluster.address, "w", threads=4)
    worker.wait_until_ready()
    count = trials(20, default=2)
    for _ in range(count):
        leader = cluster.wait_until_whole()
        time.sleep(chance.uniform(0.5, 2))
        leader.die()
        cluster.wait_until_led_by_another(leader)
        time.sleep(chance.uniform(0, 2))
        leader.start()
    cluster.wait_until_whole()
    time.sleep(2)
    said = worker.kill()
    findings = examine(cluster.address, said.marked)
    assert findings.sound, findings
    tell("PostgreSQL: failover by Patroni", count, confirmed=len(said.marked), refused=len(said.refused), lost=len(findings.lost))
