"""What people type is kept in one form, in any script, without anything hidden in it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.plain_text import clean, typed

LETTERS = st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), max_size=40)
ANYTHING = st.text(max_size=60) | st.text(
    st.sampled_from("ae\u0301\u0338 \u00a0\t\n\r\u200b\u2060\u00ad\u2028\u0085=\u2000K\u212a"), max_size=12
)


@given(ANYTHING, st.booleans())
def test_cleaning_twice_is_cleaning_once(text: str, lines: bool) -> None:
    try:
        once = clean(text, 100, lines)
    except ValueError:
        return
    assert clean(once, 100, lines) == once


@given(ANYTHING, st.booleans())
def test_what_is_kept_has_one_form_and_nothing_hidden(text: str, lines: bool) -> None:
    try:
        kept = clean(text, 100, lines)
    except ValueError:
        return
    assert unicodedata.is_normalized("NFC", kept)
    assert kept == kept.strip()
    assert not [
        character
        for character in kept
        if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") and not (lines and character == "\n")
    ]
    assert lines or "\n" not in kept


@given(LETTERS)
def test_no_letter_of_any_script_is_lost(text: str) -> None:
    assert clean(text, 100).split() == unicodedata.normalize("NFC", text).split()


@pytest.mark.parametrize(
    "name", ["Ḵwa'antl", "ʔeyəm", "Sḵw̱áy", "小雨", "Łukasz", "O'Sample", "Þóra", "xʷməθkʷəy̓əm", "नमूना", "نمونه", "👩🏽‍🏫 Sage"]
)
def test_names_of_any_script_are_kept_as_they_are(name: str) -> None:
    assert clean(name, 100) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Sage   Muster ", "Sage Muster"),
        ("Sage\u00a0\u00a0Muster", "Sage Muster"),
        ("Sage\tMuster", "Sage Muster"),
        ("Zoe\u0308", "Zoë"),
        ("Zoe\u200b\u0308", "Zoë"),
        ("Mus\u00adter\u200b\u2060", "Muster"),
        ("\u200b", ""),
        ("   ", ""),
    ],
)
def test_what_nobody_sees_is_dropped(typed: str, kept: str) -> None:
    assert clean(typed, 100) == kept


@pytest.mark.parametrize("hidden", [0x00, 0x07, 0x1B, 0x7F, 0x9B, 0x202E, 0x2066, 0xFEFF, 0xFFF9, 0xE000, 0xFFFF, 0xD800])
@pytest.mark.parametrize("lines", [False, True])
def test_a_hidden_character_is_named_and_refused(hidden: int, lines: bool) -> None:
    with pytest.raises(
        ValueError,
        match=rf"^This contains a hidden character \(U\+{hidden:04X}\), which cannot be kept\. Delete it, or type the text again\.$",
    ):
        clean(f"Sa{chr(hidden)}ge", 100, lines)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029"])
def test_a_line_break_is_refused_in_one_line_and_kept_in_many(line_break: str) -> None:
    with pytest.raises(ValueError, match=r"^This contains a line break, which cannot be kept"):
        clean(f"one{line_break}two", 100)
    assert clean(f"one{line_break}two", 100, lines=True) == "one\ntwo"


@given(LETTERS, st.integers(0, 30))
def test_nothing_is_cut_off(text: str, longest: int) -> None:
    whole = clean(text, 1000)
    if len(whole) <= longest:
        assert clean(text, longest) == whole
    else:
        with pytest.raises(ValueError, match=rf"This is {len(whole):,} characters long\. At most {longest:,} can be kept\."):
            clean(text, longest)


def test_space_that_is_not_kept_is_not_counted() -> None:
    assert clean("a" + " " * 500 + "b", 3) == "a b"


@pytest.mark.parametrize("text", ["\uf0b7 a bullet of a word processor", "\ufeffx", "a\u202eb", "a\x0bb", "x" * 30_000, "a\nb", ""])
def test_what_cannot_be_kept_in_a_record_is_given_back_all_the_same(text: str) -> None:
    """A form that is sent again without a field would empty what is recorded."""
    assert typed([("given", text)]) == [("given", text)]


def test_passwords_codes_and_tokens_are_not_given_back() -> None:
    pairs = [("csrf_token", "t"), ("one_time_code", "1"), ("password", "p"), ("confirm_password", "p"), ("given", "a\0b")]
    assert typed(pairs) == [("given", "ab")]
