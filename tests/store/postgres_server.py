"""A PostgreSQL server of our own: in a temporary directory, on a free port, gone when the tests are over."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

SUPERUSER = "postgres"


def binaries() -> Path | None:
    """Where the newest installed server's programs are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def why_not() -> str | None:
    """The reason why no server can be started here, or None."""
    if binaries() is None:
        return "PostgreSQL's server is not installed"
    try:
        import psycopg_pool  # noqa: F401
    except ImportError:
        return "psycopg is not installed"
    if os.geteuid() == 0 and not _account_exists():
        return "PostgreSQL does not run as root, and there is no account postgres"
    return None


def _account_exists() -> bool:
    try:
        pwd.getpwnam(SUPERUSER)
    except KeyError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def need_server() -> None:
    """Skip where no server can be started, which is a failure where everything is required."""
    if reason := why_not():
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


class Server:
    def __init__(self, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.home = Path(tempfile.mkdtemp(prefix="store-postgres-"))
        self.data = self.home / "data"
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            account = pwd.getpwnam(SUPERUSER)
            os.chown(self.home, account.pw_uid, account.pw_gid)

    def url(self, *, user: str = SUPERUSER, password: str = "", database: str = "postgres") -> str:
        return f"postgresql://{user}{':' + password if password else ''}@127.0.0.1:{self.port}/{database}"

    def run(self, *command: str) -> None:
        subprocess.run([str(self._bin / command[0]), *command[1:]], check=True, capture_output=True, user=self._user, cwd=self.home)

    @property
    def _bin(self) -> Path:
        found = binaries()
        assert found
        return found

    @property
    def _user(self) -> str | None:
        return SUPERUSER if os.geteuid() == 0 else None

    def make(self) -> None:
        self.run("initdb", "-D", str(self.data), "-U", SUPERUSER, "-A", "trust", "--no-sync", "--data-checksums")
        hosts = "host all guarded 127.0.0.1/32 scram-sha-256\n"
        access = self.data / "pg_hba.conf"
        access.write_text(hosts + access.read_text())

    def start(self) -> None:
        """As a child of ours, so that killing it leaves no zombie that blocks the next start."""
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.home}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self.data), *arguments],
                stdout=log, stderr=log, user=self._user, cwd=self.home,
            )  # fmt: skip
        self.wait()

    def wait(self, seconds: float = 30) -> None:
        import psycopg

        until = time.monotonic() + seconds
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=1).close()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def sql(self, *statements: str) -> list[tuple[object, ...]]:
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as link:
            for statement in statements:
                cursor = link.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def follow(self, primary: "Server", *, synchronous: bool = True) -> None:
        """Become the primary's standby, made anew from it."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        primary.sql("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        source = f"host=127.0.0.1 port={primary.port} user={SUPERUSER}"
        self.run("pg_basebackup", "-D", str(self.data), "-d", source, "-R", "-c", "fast", "--no-sync")
        self.start()
        if synchronous:
            primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
            self._until(primary, "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")

    def promote(self) -> None:
        self.sql("SELECT pg_promote()")
        self.sql("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")

    def _until(self, other: "Server", query: str, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not other.sql(query):
            assert time.monotonic() < until, query
            time.sleep(0.05)

    def freeze_replay_of(self, primary: "Server") -> None:
        """Receive no more from the primary, as a standby behind a slow line."""
        self.sql("ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        until = time.monotonic() + 30
        while primary.sql("SELECT 1 FROM pg_stat_replication"):
            assert time.monotonic() < until
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut to the server's process: no goodbye to anyone."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
