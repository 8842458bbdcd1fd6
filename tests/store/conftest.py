"""A store of each engine, with two invented kinds of record."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from forms_app.store import Columns, Entry, Kind, Store, new_key, open_store
from tests.store.faults.told import TOLD, told
from tests.store.postgres_server import Server, need_server

KEY = new_key()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest fault tests belong to the runs with FAULTS=ci and FAULTS=full."""
    long = [item for item in items if getattr(getattr(item, "function", None), "long", False)]
    if long and not os.environ.get("FAULTS"):
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the fault tests counted, at the end of a run that was asked for it."""
    if TOLD and os.environ.get("FAULTS"):
        terminalreporter.section("faults injected")
        for line in told():
            terminalreporter.write_line(line)


def summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    profile: dict[str, Any] = db.table("profile").get(doc_id=1) or {}
    columns = Columns(school=profile.get("school", ""), owner=profile.get("owner", ""), state=profile.get("state", ""))
    return columns, {"name": profile.get("name", ""), "marks": len(db.table("marks"))}


KINDS = [Kind("student", summarize=summarize), Kind("session", summarize=summarize)]


def entry(action: str = "mark", who: str = "u1") -> Entry:
    return Entry(action, who)


def profile(**facts: str) -> Callable[[TinyDB], Any]:
    return lambda db: db.table("profile").insert(facts)


def mark(item: str) -> Callable[[TinyDB], Any]:
    return lambda db: db.table("marks").insert({"item": item})


def marks(store: Store, id: str) -> list[str]:
    document = store.get("student", id)
    assert document
    return [row["item"] for row in document.db.table("marks")]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    need_server()
    server = Server()
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_url(postgres: Server) -> str:
    """The server's database, emptied."""
    postgres.sql("DROP SCHEMA IF EXISTS handbook_store CASCADE")
    return postgres.url()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/store"}[request.param]


@pytest.fixture(params=["sqlite", "postgres"])
def kept_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An engine that outlives its process."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgres" else f"{tmp_path}/store"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url, key=KEY, kinds=KINDS) as store:
        yield store
