"""No part that is known to be vulnerable is shipped: a check that also works where there is no internet."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from forms_app.settings import ROOT

TABLE = tomllib.loads((Path(__file__).with_name("floors.toml")).read_text(encoding="utf-8"))
FLOORS: dict[str, list[str]] = TABLE["floors"]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(name: str) -> dict[str, Version]:
    """What a lock of `.ci/locks` installs."""
    lines = (ROOT / f".ci/locks/{name}.txt").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([A-Za-z0-9_.-]+)==([^ ;\\]+)", line) for line in lines)
    return lowest((match[1], match[2]) for match in found if match)


def locked() -> dict[str, Version]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return lowest((one["name"], one["version"]) for one in packages if "version" in one)


def lowest(pairs: Iterable[tuple[str, str]]) -> dict[str, Version]:
    """The oldest release of each; a lock may hold two, for an older and a newer Python."""
    found: dict[str, Version] = {}
    for name, version in pairs:
        found[normal(name)] = min(found.get(normal(name), Version(version)), Version(version))
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_nothing_below_its_floor_is_locked_or_running(name: str) -> None:
    floor = Version(FLOORS[name][0])
    running = {normal(one.name): Version(one.version) for one in distributions()}
    for where, versions in (
        ("uv.lock", locked()),
        ("run.txt", pinned("run")),
        ("test.txt", pinned("test")),
        ("browser.txt", pinned("browser")),
        ("this environment", running),
    ):
        if name in versions:
            assert versions[name] >= floor, f"{where} has {name} {versions[name]}: {FLOORS[name][1]}"
    assert name in locked(), f"{name} is not shipped any more; remove its row"


def test_every_shipped_package_has_a_row() -> None:
    known = set(FLOORS) | set(TABLE["no-advisory-known"]["names"])
    assert set(pinned("run")) - known == set()


def test_no_package_has_two_rows() -> None:
    names = TABLE["no-advisory-known"]["names"]
    assert len(names) == len(set(names))
    assert not set(names) & set(FLOORS)


def test_every_floor_says_why() -> None:
    assert all(len(why) > 10 for _, why in FLOORS.values())


def test_what_we_ask_for_is_not_below_the_floor_either() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    assert len(asked) >= 20
    for requirement in map(Requirement, asked):
        bounds = [Version(one.version) for one in requirement.specifier if one.operator == ">="]
        assert bounds, f"{requirement.name} has no lower bound"
        if normal(requirement.name) in FLOORS:
            assert bounds[0] >= Version(FLOORS[normal(requirement.name)][0]), requirement


def test_the_check_would_notice_an_old_release() -> None:
    assert Version("3.1.2") < Version(FLOORS["flask"][0]) <= locked()["flask"]


def test_everything_that_is_installed_is_checked_by_hash() -> None:
    for name in ("run", "test", "browser"):
        text = (ROOT / f".ci/locks/{name}.txt").read_text(encoding="utf-8")
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "http://" not in text
        assert "git+" not in text
