"""A record that is there already is one thing; a full disk or a damaged log is another, and comes through as what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forms_app.handbook import Handbook
from forms_app.permissions import Role
from forms_app.records import accounts, attempts, editions, identities, policy
from forms_app.records.actor import Actor
from forms_app.store import DamagedStore, Store, StoreError, StoreUnavailable
from tests.district import NOON

ACTOR = Actor("test", NOON)
FULL = StoreUnavailable("The disk is full.", full=True)
DAMAGED = DamagedStore("The audit log is damaged.")


def add_account(store: Store, book: Handbook) -> None:
    accounts.create(store, "fen", "Fen", frozenset({Role.PRINCIPAL}), "school", "", ACTOR)


def bind(store: Store, book: Handbook) -> None:
    identities.bind(store, "nobody", "https://directory.example", "fen", ACTOR)


def count_a_failure(store: Store, book: Handbook) -> None:
    guard = attempts.Guard(store, b"secret")
    guard.failed(guard.by_address("192.0.2.1"), attempts.PASSWORD, "fen", ACTOR)


def require(store: Store, book: Handbook) -> None:
    policy.require_second_factor(store, frozenset({Role.PRINCIPAL}), ACTOR)


def begin_edition(store: Store, book: Handbook) -> None:
    editions.begin(store, book, ACTOR)


@pytest.mark.parametrize("error", [FULL, DAMAGED], ids=["full", "damaged"])
@pytest.mark.parametrize("act", [add_account, bind, count_a_failure, require, begin_edition])
def test_a_full_disk_or_a_damaged_log_comes_through(
    act: Callable[[Store, Handbook], None], error: StoreError, store: Store, book: Handbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(store, "create", refuse)
    with pytest.raises(StoreError) as caught:
        act(store, book)
    assert caught.value is error


def test_a_record_that_somebody_else_made_first_is_changed(store: Store, book: Handbook, monkeypatch: pytest.MonkeyPatch) -> None:
    require(store, book)
    begin_edition(store, book)
    there = store.get
    answers = iter([None])
    monkeypatch.setattr(store, "get", lambda *whose: next(answers, there(*whose)))
    policy.require_second_factor(store, frozenset({Role.SBT_MEMBER}), ACTOR)
    assert policy.roles_with_second_factor(store) == {Role.SBT_MEMBER}
    monkeypatch.setattr(store, "list", lambda kind: [])
    begin_edition(store, book)
