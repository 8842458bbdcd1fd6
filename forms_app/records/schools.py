"""Schools: a name and the Ministry's code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, Store


@dataclass(frozen=True)
class School:
    """`code` is the Ministry's eight digits (three for the district, five for the school), or empty."""

    id: str
    name: str
    code: str = ""


def create(store: Store, name: str, code: str, actor: Actor) -> School:
    document = store.create("school", lambda db: db.table("school").insert({"name": name, "code": code}), actor.entry("add a school"))
    return School(document.id, name, code)


def everyone(store: Store) -> list[School]:
    """All schools by name."""
    schools = [School(summary.id, **summary.summary) for summary in store.list("school")]
    return sorted(schools, key=lambda school: school.name.casefold())


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    return Columns(state="open"), dict(db.table("school").all()[0])


KIND = Kind("school", _summarize)
