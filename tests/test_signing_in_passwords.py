"""What a password must be: long, not one that everybody tries first, and kept exactly as it was typed."""

from __future__ import annotations

import time
import unicodedata
from contextlib import suppress

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_app.demo import QUICK
from forms_app.passwords import LONGEST, SHORTEST, WeakPassword, check_password, common_words, normal
from forms_app.records import accounts
from forms_app.records.hashes import HASHER, TooBusy, is_password
from tests.district import District
from tests.signing_in import account, link_in
from tests.visitor import Visitor, sign_in

GUESSED = [
    "Password1234!", "password1234", "P@ssw0rd12345", "passwordpassword", "!!pa55word!!2026", "qwertyuiop123", "QwertyQwerty12", "1q2w3e4r5t6y", "asdfghjkl;'12", "123456789012",
    "000000000000", "0987654321098", "abcdefghijkl", "zyxwvutsrqpo", "aaaaaaaaaaaaaaaa", "abababababab", "abcabcabcabcabc", "Summer2026!!!!", "Winter-2026-2027", "November2026!", "Welcome12345",
    "Welcome-Hockey1", "iloveyouiloveyou", "letmeinletmein", "Vancouver2026!", "BritishColumbia1", "Canucks2026!!", "teacher-teacher", "SchoolDistrict42", "mapleridge2026", "correct horse 12",
    "correcthorsebatterystaple", "trustno1trustno1", "dragonmonkey12", "ChangeMe-12345", "starwars-batman", "1qaz2wsx3edc4rfv", "111122223333", "admin-admin-admin", "ｐａｓｓｗｏｒｄ１２３４",
]  # fmt: skip


@pytest.mark.parametrize("password", GUESSED)
def test_what_is_tried_first_is_refused_in_a_sentence(password: str) -> None:
    with pytest.raises(WeakPassword, match="easy to guess"):
        check_password(password)


GOOD = [
    "kelp-lantern-meadow", "quartz otter saddle", "correct horse battery staple lantern", "zebra tundra violin kettle", "ʔeyəm Sḵw̱áy Zoë 12", "🌲🌊🦦🐻🦅🐋 forest", "tr0ub4dor&3 is short", "x9$kQ2!mZ7@p",
    "my dog hates wednesdays", "basil-cabin-delta", "le chat de la voisine", "пароль из трёх слов", "正确的马电池订书钉图书馆学校长", " space at both ends ", "passwords are a pain to invent",
]  # fmt: skip


@pytest.mark.parametrize("password", GOOD)
def test_a_few_unrelated_words_are_welcome_in_any_script(password: str) -> None:
    check_password(password, ["Mirabeth Quoxley", "manager"])


@pytest.mark.parametrize(("length", "fine"), [(0, False), (11, False), (12, True), (200, True), (201, False), (5000, False)])
def test_twelve_to_two_hundred_characters(length: int, fine: bool) -> None:
    password = ("kelp lantern meadow otter quartz saddle willow " * 200)[:length]
    if fine:
        check_password(password)
    else:
        with pytest.raises(WeakPassword, match="at least 12" if length < SHORTEST else f"at most {LONGEST}"):
            check_password(password)


def test_length_is_counted_after_accents_are_put_together() -> None:
    with pytest.raises(WeakPassword, match="Yours has 6"):
        check_password("e\u0301" * 6)


@pytest.mark.parametrize("password", ["mirabeth-lantern-sky", "my QUOXLEY meadow 7", "lanternmanager77x", "ÉLOÏSE lantern sky"])
def test_names_that_others_know_are_not_in_it(password: str) -> None:
    with pytest.raises(WeakPassword, match="which others know of you"):
        check_password(password, ["Mirabeth Quoxley", "manager", "Éloïse"])


def test_short_parts_of_a_name_may_be_part_of_words() -> None:
    check_password("lantern-lily-meadow", ["Li Ng", "ant"])


def test_the_list_is_about_a_thousand_words_in_one_form_without_doubles() -> None:
    assert 900 <= len(common_words()) <= 1500
    for word in common_words():
        assert word == unicodedata.normalize("NFKC", word).casefold()
        assert word.isalnum()
        assert len(word) >= 3


@settings(max_examples=300)
@given(st.text(max_size=260))
def test_every_text_is_either_taken_or_refused_and_breaks_nothing(text: str) -> None:
    with suppress(WeakPassword):
        check_password(text, [text[:20]])


def test_a_long_password_of_common_words_is_checked_at_once() -> None:
    began = time.perf_counter()
    for password in ("thecat" * 33, "a1" * 100, "one" * 66, "password" * 25):
        with pytest.raises(WeakPassword):
            check_password(password)
    assert time.perf_counter() - began < 1


# Kept exactly


def test_the_same_keys_give_the_same_password_on_a_mac_and_on_windows() -> None:
    composed, apart = "Pässwörtér zwölf", unicodedata.normalize("NFD", "Pässwörtér zwölf")
    hashed = QUICK.hash(normal(apart))
    assert is_password(composed, hashed)
    assert is_password(apart, hashed)


@pytest.mark.parametrize(
    "other",
    [
        "kelp-lantern-meadow ",
        " kelp-lantern-meadow",
        "Kelp-lantern-meadow",
        "kelp‐lantern-meadow",
        "ｋelp-lantern-meadow",
        "kelp-lantern-meado",
        "",
    ],
)
def test_nothing_but_the_exact_password_is_the_password(other: str) -> None:
    assert not is_password(other, QUICK.hash("kelp-lantern-meadow"))


@pytest.mark.parametrize(
    "password",
    [
        "x" * 128 + "kelp",
        "🦦" * 60 + "kelp",
        "  two spaces at the end  ",
        "tab\tin it and more",
        "e\u0301te\u0301 a\u0300 la plage",
        "nul \x00 in the middle",
    ],
)
def test_long_odd_and_spaced_passwords_are_set_and_used_exactly(
    password: str, stranger: Visitor, app: Flask, visitor: object, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forms_app.views.welcome.HASHER", QUICK)
    link = link_in(Visitor(app).sign_in("admin").post(f"/people/{district.people['manager'].id}/link"))
    assert stranger.post(link, {"password": password}).status == 303
    assert sign_in(Visitor(app), "manager", password).status == 303
    assert sign_in(Visitor(app), "manager", unicodedata.normalize("NFC", password)).status == 303
    assert sign_in(Visitor(app), "manager", password + " ").status == 422


def test_nobodys_hash_opens_nothing_and_real_ones_are_argon2id() -> None:
    assert not is_password("nobody has this password", "")
    assert HASHER.hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.renews_hashes
def test_a_password_is_hashed_anew_at_the_first_sign_in_after_the_parameters_changed(
    stranger: Visitor, app: Flask, district: District
) -> None:
    light = account(district, "manager").password_hash
    assert sign_in(stranger, "manager", "wrong").status == 422
    assert account(district, "manager").password_hash == light, "a wrong password renews nothing"
    sessions = len(district.store.list("session"))
    assert sign_in(stranger, "manager").status == 303
    renewed = account(district, "manager").password_hash
    assert renewed != light
    assert not HASHER.check_needs_rehash(renewed)
    assert "keep a password under a newer hash" in [
        entry.action for entry in district.store.history("account", district.people["manager"].id)
    ]
    assert len(district.store.list("session")) == sessions + 1, "nobody is signed out by it"
    assert sign_in(Visitor(app), "manager").status == 303
    assert account(district, "manager").password_hash == renewed, "and only once"


@pytest.mark.renews_hashes
def test_signing_in_goes_on_when_there_is_no_time_for_a_new_hash_and_a_newer_password_stays(
    stranger: Visitor, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(password: str) -> str:
        raise TooBusy

    monkeypatch.setattr("forms_app.proving.hash_password", busy)
    light, actor = account(district, "manager").password_hash, district.actor("manager")
    assert sign_in(stranger, "manager").status == 303
    assert account(district, "manager").password_hash == light
    accounts.set_password(district.store, actor.id, "set meanwhile", actor)
    accounts.renew_hash(district.store, actor.id, light, "too late", actor)
    assert account(district, "manager").password_hash == "set meanwhile"


def test_a_field_for_a_password_can_be_filled_by_a_password_manager(stranger: Visitor, app: Flask, district: District) -> None:
    page = stranger.get("/sign-in")
    assert page.part("password").attributes["autocomplete"] == "current-password"
    assert page.part("username").attributes["autocomplete"] == "username"
    link = link_in(Visitor(app).sign_in("admin").post(f"/people/{district.people['manager'].id}/link"))
    new = Visitor(app).get(link)
    assert new.part("password").attributes["autocomplete"] == "new-password"
    assert "onpaste" not in page.html + new.html
