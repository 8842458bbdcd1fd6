"""Accounts: a user name belongs to one account only, also when two are made at once or the power goes in between."""

from __future__ import annotations

import threading

import pytest

from forms_app.permissions import Role
from forms_app.records import accounts
from forms_app.records.accounts import UsernameTaken
from forms_app.records.actor import Actor
from forms_app.store import Store
from tests.district import NOON

ACTOR = Actor("test", NOON)


def create(store: Store, username: str = "fen") -> accounts.Account:
    person = accounts.create(store, username, "Fen Testwood", frozenset({Role.PRINCIPAL, Role.SBT_MEMBER}), "school", "hash", ACTOR)
    account = accounts.get(store, person.id)
    assert account
    return account


def test_an_account_is_found_by_its_user_name_and_by_its_id(store: Store) -> None:
    account = create(store)
    assert accounts.find(store, " FEN ") == account
    assert account.person.roles == {Role.PRINCIPAL, Role.SBT_MEMBER}
    assert (account.password_hash, account.disabled) == ("hash", False)
    assert accounts.find(store, "nobody") is None
    assert accounts.get(store, "nobody") is None


@pytest.mark.parametrize("username", ["fen", "FEN", " fen", "ｆｅｎ", "feﬁn"[:2] + "n"])
def test_a_user_name_is_given_away_once(username: str, store: Store) -> None:
    create(store)
    with pytest.raises(UsernameTaken):
        create(store, username)
    assert len(accounts.everyone(store)) == 1


def test_of_accounts_made_at_once_with_one_user_name_one_is_found_by_it(store: Store) -> None:
    outcomes: list[str] = []

    def make() -> None:
        try:
            create(store)
            outcomes.append("made")
        except UsernameTaken:
            outcomes.append("taken")

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    found = accounts.find(store, "fen")
    assert found
    assert outcomes.count("made") >= 1
    assert [account.person.id for account in accounts.everyone(store)].count(found.person.id) == 1


def test_a_user_name_claimed_for_an_account_that_was_never_made_is_free(store: Store) -> None:
    store.create(
        "username", lambda db: db.table("claim").insert({"account": "lost"}), ACTOR.entry("claim"), id=accounts._username_id("fen")
    )
    assert accounts.find(store, "fen") is None
    account = create(store)
    assert accounts.find(store, "fen") == account


def test_everyone_is_listed_without_any_password(store: Store) -> None:
    create(store)
    assert [account.password_hash for account in accounts.everyone(store)] == [""]


def test_a_new_password_replaces_the_hash_and_nothing_else(store: Store) -> None:
    before = create(store)
    accounts.set_password(store, before.person.id, "other", ACTOR)
    after = accounts.get(store, before.person.id)
    assert after
    assert (after.password_hash, after.person) == ("other", before.person)
