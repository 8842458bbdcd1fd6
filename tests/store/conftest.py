"""A store of each engine, with two invented kinds of record."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from forms_app.store import Columns, Entry, Kind, Store, new_key, open_store

KEY = new_key()


def summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    profile: dict[str, Any] = db.table("profile").get(doc_id=1) or {}  # type: ignore[assignment]
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


@pytest.fixture(params=["memory", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/store"}[request.param]


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url, key=KEY, kinds=KINDS) as store:
        yield store
