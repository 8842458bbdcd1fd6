"""Consents over time: current, expiring, expired, withdrawn; which one covers what; and what cannot be recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.consents import (
    SOON,
    Consent,
    ConsentRefused,
    Purpose,
    State,
    Withdrawal,
    check_consent,
    check_override,
    check_withdrawal,
    current,
    missing_words,
    replaced_by,
    to_renew,
)
from tests.factories import MOMENT, TODAY

DAY = dt.timedelta(days=1)
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))


def a_consent(**facts: Any) -> Consent:
    known: dict[str, Any] = {
        "id": "c1", "purpose": Purpose.RELEASE, "agency": "Invented Agency", "signed_by": "parent", "signed_on": dt.date(2026, 9, 10), "place": "g4-file",
        "until": None, "by": "robin", "at": MOMENT,
    }  # fmt: skip
    return Consent(**{**known, **facts})


def withdrawn(on: dt.date) -> Withdrawal:
    return Withdrawal(on, "the parent wrote", "robin", MOMENT)


@st.composite
def consents(draw: st.DrawFn) -> Consent:
    signed = draw(DAYS)
    until = draw(st.none() | st.integers(0, 800).map(lambda days: signed + dt.timedelta(days=days)))
    ended = draw(st.none() | st.integers(0, 800).map(lambda days: signed + dt.timedelta(days=days)))
    return a_consent(
        id=draw(st.text("abcdef", min_size=4, max_size=8)), signed_on=signed, until=until, withdrawn=withdrawn(ended) if ended else None
    )


@given(consents(), DAYS)
def test_a_consent_is_in_exactly_one_state_on_every_day_and_ends_for_good(one: Consent, day: dt.date) -> None:
    state = one.state(day)
    assert (state is State.WITHDRAWN) == bool(one.withdrawn and one.withdrawn.on <= day)
    if state is State.EXPIRED:
        assert one.until
        assert one.until < day
    if state is State.SOON:
        assert one.until
        assert day <= one.until <= day + SOON
    if state in (State.EXPIRED, State.WITHDRAWN):
        assert not one.holds_on(day + DAY), "what has ended does not come back"
    assert one.words(day)


@given(consents(), DAYS)
def test_it_holds_from_the_signature_to_its_last_day_and_not_from_the_withdrawal_on(one: Consent, day: dt.date) -> None:
    ends = min([*([one.until] if one.until else []), *([one.withdrawn.on - DAY] if one.withdrawn else []), dt.date.max])
    assert one.holds_on(day) == (one.signed_on <= day <= ends)


@given(st.lists(consents(), max_size=5), DAYS)
def test_something_may_go_out_exactly_when_one_of_them_holds_and_otherwise_a_sentence_says_why(some: list[Consent], day: dt.date) -> None:
    found = current(some, Purpose.RELEASE, "invented  AGENCY", day)
    assert (found is not None) == any(one.holds_on(day) for one in some)
    words = missing_words(some, Purpose.RELEASE, "Invented Agency", day)
    assert bool(words) == (found is None)
    assert "None" not in words


@given(st.lists(consents(), max_size=5), DAYS)
def test_what_is_to_renew_ends_soon_or_has_ended_and_nothing_replaces_it(some: list[Consent], day: dt.date) -> None:
    for one in to_renew(some, day, day - 365 * DAY):
        assert one.until
        assert one.until <= day + SOON
        assert one.withdrawn is None
        assert replaced_by(one, some) is None


def test_a_release_is_to_one_agency_and_to_no_other() -> None:
    agreed = [a_consent()]
    assert current(agreed, Purpose.RELEASE, "Invented Agency", TODAY)
    assert not current(agreed, Purpose.RELEASE, "Another Agency", TODAY)
    assert not current(agreed, Purpose.RELEASE, "", TODAY)
    assert not current(agreed, Purpose.REFERRAL, "", TODAY)
    assert "names no agency" in missing_words(agreed, Purpose.RELEASE, " ", TODAY)


def test_a_withdrawal_counts_from_its_day_and_not_before() -> None:
    one = a_consent(withdrawn=withdrawn(TODAY))
    assert one.holds_on(TODAY - DAY)
    assert not one.holds_on(TODAY)
    assert "was withdrawn on 24 November 2026" in missing_words([one], Purpose.RELEASE, "Invented Agency", TODAY)


def test_a_newer_consent_takes_the_renewal_away() -> None:
    old = a_consent(until=TODAY + 10 * DAY)
    assert to_renew([old], TODAY, TODAY - 90 * DAY) == (old,)
    new = a_consent(id="c2", signed_on=TODAY, until=TODAY + 375 * DAY)
    assert to_renew([old, new], TODAY, TODAY - 90 * DAY) == ()
    assert replaced_by(old, [old, new]) == new
    assert to_renew([replace(old, until=TODAY + 31 * DAY)], TODAY, TODAY - 90 * DAY) == (), "31 days are not soon"


@pytest.mark.parametrize(("facts", "field", "words"), [
    ({"signed_on": TODAY + DAY}, "signed_on", "Nobody can have signed on 25 November 2026"),
    ({"signed_on": dt.date(1980, 1, 1)}, "signed_on", "Check the year"),
    ({"until": dt.date(2026, 9, 9)}, "until", "is before the signature on 10 September 2026"),
    ({"agency": " "}, "agency", "Name the agency"),
    ({"signed_by": ""}, "signed_by", "Say who signed"),
    ({"place": ""}, "place", "Say where the signed form is"),
    ({"place": "x" * 201}, "place", "201 characters"),
])  # fmt: skip
def test_a_consent_that_cannot_be_is_refused_in_words(facts: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ConsentRefused) as refused:
        check_consent(a_consent(**facts), TODAY)
    assert list(refused.value.errors) == [field]
    assert words in refused.value.errors[field]


def test_a_release_names_an_agency_a_referral_a_service_and_a_permission_neither() -> None:
    assert check_consent(a_consent(purpose=Purpose.SPED, agency="Invented Agency"), TODAY).agency == ""
    assert check_consent(a_consent(purpose=Purpose.REFERRAL, agency=" Hearing "), TODAY).agency == "Hearing"
    with pytest.raises(ConsentRefused, match="Name the service"):
        check_consent(a_consent(purpose=Purpose.REFERRAL, agency=""), TODAY)
    assert check_consent(a_consent(until=dt.date(2026, 9, 10)), TODAY).until == dt.date(2026, 9, 10), "a consent for one day"


def test_a_withdrawal_needs_a_day_between_the_signature_and_today_and_how_one_knows() -> None:
    assert check_withdrawal(a_consent(), TODAY, " the parent wrote ", TODAY) == (TODAY, "the parent wrote")
    for on, reason, field in ((None, "x", "on"), (TODAY + DAY, "x", "on"), (dt.date(2026, 9, 9), "x", "on"), (TODAY, " ", "reason")):
        with pytest.raises(ConsentRefused) as refused:
            check_withdrawal(a_consent(), on, reason, TODAY)
        assert list(refused.value.errors) == [field]
    with pytest.raises(ConsentRefused, match="withdrawn on 24 November 2026 already"):
        check_withdrawal(a_consent(withdrawn=withdrawn(TODAY)), TODAY, "again", TODAY)


def test_an_override_needs_its_reason_and_the_authority() -> None:
    assert check_override(" a reason ", " s.33 ") == ("a reason", "s.33")
    with pytest.raises(ConsentRefused) as refused:
        check_override("", "")
    assert set(refused.value.errors) == {"reason", "authority"}
