"""The checks that read the code instead of running it: style, types, who imports whom, and that what is locked is what is installed from."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing() -> None:
    run("ruff", "check", ".")


def test_the_code_is_formatted() -> None:
    run("ruff", "format", "--check", ".")


def test_rules_records_and_store_are_strictly_typed() -> None:
    run("mypy")


def test_the_import_contracts_hold() -> None:
    done = subprocess.run([Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["run", "test", "browser"])
def test_each_exported_lock_names_only_what_uv_locked_with_the_same_hashes(name: str) -> None:
    locked = {
        (package["name"], package["version"])
        for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
        if "version" in package
    }
    text = (ROOT / f".ci/locks/{name}.txt").read_text()
    pins = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;]+)", text, re.MULTILINE)
    assert len(pins) >= 3
    assert text.count("--hash=sha256:") >= len(pins)
    assert set(pins) <= locked


def test_each_package_of_the_directory_for_tests_is_locked_by_the_hash_of_its_contents() -> None:
    packages = json.loads((ROOT / "tests/oidc_provider/package-lock.json").read_text())["packages"]
    wanted = json.loads((ROOT / "tests/oidc_provider/package.json").read_text())["dependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert len(packages) > 30
    assert [name for name, package in packages.items() if name and not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == [], "which registry is the machine's business"
