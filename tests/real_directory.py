"""A real OpenID Connect provider for the tests: the certified npm package `oidc-provider`, installed once into a folder below the user's temporary one."""

from __future__ import annotations

import getpass
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forms_app.settings import SingleSignOn
from tests.machine import missing

PACKAGE = Path(__file__).with_name(
    "oidc_provider"
)  # the provider, and npm's lock: each package with its version and the hash of its contents
CLIENT, SECRET = "checklist", "a-secret-for-tests"
# Exactly what the lock says or nothing, and no package runs a program of its own while it is installed.
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def installed() -> Path:
    """The folder with the provider in it; skips the test, with its reason, where it cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        missing("A real OpenID Connect provider needs node and npm.")
    lock = hashlib.sha256((PACKAGE / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"case-manager-tests-{getpass.getuser()}" / f"oidc-provider-{lock}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in PACKAGE.iterdir():
        shutil.copy(path, folder / path.name)
    done = folder / "installed"
    if not done.exists():
        made = subprocess.run([*INSTALL, "--prefix", str(folder)], capture_output=True, text=True, check=False, timeout=300)
        if made.returncode:
            missing(f"npm could not install oidc-provider: {made.stderr.strip()[-300:]}")
        done.touch()
    return folder


@contextmanager
def running(app_address: str, port: int) -> Iterator[SingleSignOn]:
    """The provider, knowing the app at `app_address`."""
    folder = installed()
    command = ["node", "provider.mjs", str(port), app_address]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=said, text=True, env={**os.environ, "NODE_NO_WARNINGS": "1"}
        )
        assert process.stdout
        try:
            line = process.stdout.readline()
            while line and not line.startswith("ready"):
                line = process.stdout.readline()
            if not line:
                said.seek(0)
                raise RuntimeError(f"The provider did not start: {said.read().decode()[-500:]}")
            yield SingleSignOn(f"http://127.0.0.1:{port}", CLIENT, SECRET)
        finally:
            process.terminate()
            process.wait(10)
            process.stdout.close()
