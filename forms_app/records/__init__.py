"""What is kept, as the rules know it: turns TinyDB documents into frozen values and back. One module for each kind of record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from forms_app.records import (
    accounts,
    attempts,
    challenges,
    disposals,
    district,
    editions,
    identities,
    imports,
    links,
    policy,
    reminders,
    schools,
    sessions,
    students,
)
from forms_app.store import Store, open_store

KINDS = (
    students.KIND, accounts.KIND, accounts.USERNAME_KIND, schools.KIND, sessions.KIND, links.KIND, district.KIND, disposals.KIND, editions.KIND,
    attempts.KIND, challenges.KIND, identities.KIND, policy.KIND, reminders.KIND, imports.KIND, imports.ROSTER_KIND,
)  # fmt: skip


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def open_the_store(address: str, key: bytes | tuple[bytes, ...], clock: Callable[[], dt.datetime] = utc_now, **more: Any) -> Store:
    """The store with every kind of record that the app keeps; `more` goes to `forms_app.store.open_store`."""
    return open_store(address, key=key, kinds=KINDS, clock=clock, **more)
