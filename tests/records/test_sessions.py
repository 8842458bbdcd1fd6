"""Sessions live in the store and not in the cookie, and links work once."""

from __future__ import annotations

import datetime as dt

import pytest

from forms_app.records import links, sessions
from forms_app.records.actor import Actor
from forms_app.store import Store
from tests.district import NOON

SECOND = dt.timedelta(seconds=1)
ACTOR = Actor("test", NOON)


@pytest.mark.parametrize(("later", "lasts"), [(sessions.IDLE, True), (sessions.IDLE + SECOND, False)])
def test_a_session_ends_to_the_second_after_half_an_hour_of_rest(later: dt.timedelta, lasts: bool, store: Store) -> None:
    secret = sessions.start(store, "somebody", NOON)
    assert (sessions.resume(store, secret, NOON + later) is not None) == lasts


def test_a_session_ends_ten_hours_after_it_began_however_busy_it_is(store: Store) -> None:
    secret = sessions.start(store, "somebody", NOON)
    for minutes in range(20, 600, 20):
        assert sessions.resume(store, secret, NOON + dt.timedelta(minutes=minutes))
    assert sessions.resume(store, secret, NOON + sessions.LONGEST)
    assert sessions.resume(store, secret, NOON + sessions.LONGEST + SECOND) is None


def test_being_seen_costs_a_write_only_now_and_then(store: Store) -> None:
    secret = sessions.start(store, "somebody", NOON)
    before = len(store.history())
    for seconds in range(0, 120, 5):
        sessions.resume(store, secret, NOON + dt.timedelta(seconds=seconds))
    assert len(store.history()) == before


@pytest.mark.parametrize("secret", ["", "x", "\x00", "x" * 10_000, "é"])
def test_a_made_up_secret_is_nobodys_session(secret: str, store: Store) -> None:
    sessions.start(store, "somebody", NOON)
    assert sessions.resume(store, secret, NOON) is None


def test_ending_one_session_leaves_the_others_and_ending_all_leaves_other_people(store: Store) -> None:
    one, two, other = (sessions.start(store, name, NOON) for name in ("somebody", "somebody", "other"))
    first = sessions.resume(store, one, NOON)
    assert first
    sessions.end(store, first, NOON)
    sessions.end(store, first, NOON)  # twice at once
    assert [sessions.resume(store, secret, NOON) is None for secret in (one, two, other)] == [True, False, False]
    sessions.end_all(store, "somebody", NOON)
    assert [sessions.resume(store, secret, NOON) is None for secret in (one, two, other)] == [True, True, False]


def test_sessions_that_ended_are_cleared_away_at_the_next_sign_in(store: Store) -> None:
    for _ in range(3):
        sessions.start(store, "somebody", NOON)
    sessions.start(store, "somebody", NOON + dt.timedelta(days=1))
    assert len(store.list("session")) == 1


def test_every_secret_is_another(store: Store) -> None:
    assert len({sessions.start(store, "somebody", NOON) for _ in range(50)}) == 50


def test_a_link_is_used_up_by_one_of_two_who_try_at_once(store: Store) -> None:
    token = links.create(store, links.SET_PASSWORD, "somebody", ACTOR)
    link = links.find(store, token, NOON)
    assert link
    assert [links.use(store, link, ACTOR) for _ in range(2)] == [True, False]
    assert links.find(store, token, NOON) is None


def test_a_new_link_for_one_person_leaves_everybody_elses_links_alone(store: Store) -> None:
    first, other, again = (links.create(store, links.SET_PASSWORD, who, ACTOR) for who in ("somebody", "other", "somebody"))
    assert [links.find(store, token, NOON) is not None for token in (first, other, again)] == [False, True, True]


@pytest.mark.parametrize(("later", "works"), [(links.LASTS - SECOND, True), (links.LASTS, False)])
def test_a_link_ends_to_the_second(later: dt.timedelta, works: bool, store: Store) -> None:
    token = links.create(store, links.SET_PASSWORD, "somebody", ACTOR)
    assert (links.find(store, token, NOON + later) is not None) == works
