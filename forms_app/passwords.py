"""What a password must be: long, and not one that everybody tries first. No composition games.

A password is kept exactly as typed, in Unicode's composed form (NFC), so that the same keys give the same password on a Mac and on Windows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SHORTEST, LONGEST = 12, 200
COMMON = Path(__file__).with_name("common-passwords.txt")
_SUBSTITUTES = str.maketrans("013457@$!8", "oieastasib")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "azertyuiopqsdfghjklmwxcvbn",
)
_SHORT_NAME = 4  # shorter parts of a name are parts of many words


class WeakPassword(ValueError):
    """Why this password is refused, in a sentence."""


def normal(password: str) -> str:
    """The form in which a password is hashed and compared."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, names: Iterable[str] = ()) -> None:
    """Raises WeakPassword. `names` are what others know of the person: the name, the user name."""
    text = normal(password)
    if len(text) < SHORTEST:
        raise WeakPassword(f"The password needs at least {SHORTEST} characters. Yours has {len(text)}.")
    if len(text) > LONGEST:
        raise WeakPassword(f"The password can have at most {LONGEST} characters. Yours has {len(text)}.")
    if _common(text):
        raise WeakPassword(
            "This password is easy to guess: it is made of what is tried first. Choose another, for example four words that have nothing to do with each other."
        )
    if part := _name_inside(text, names):
        raise WeakPassword(f"This password is easy to guess: it contains “{part}”, which others know of you. Choose another.")


@cache
def common_words() -> frozenset[str]:
    """What is tried first: the list beside this module, without its comments."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _common(text: str) -> bool:
    """Whether at most two common words, digits, signs and repetitions are all there is."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if len(set(plain)) < 5:
        return True
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)  # without the year and the exclamation mark
    spelled = {re.sub(r"[\W_]+", "", one) for one in (plain, plain.translate(_SUBSTITUTES), core.translate(_SUBSTITUTES))}
    return any(2 * len(one) >= len(plain) and (_is_pattern(one) or _made_of_common_words(one)) for one in spelled)


def _is_pattern(text: str) -> bool:
    """Keys in a row, or one short piece again and again."""
    if not text:
        return False
    for size in range(1, 7):
        if len(text) > size and text == (text[:size] * (len(text) // size + 1))[: len(text)]:
            return True
    return any(text in row or text in row[::-1] for row in _ROWS)


def _made_of_common_words(text: str) -> bool:
    """Whether `text` splits into digits and at most two different common words."""
    words = common_words()
    longest = max(map(len, words))
    # For each place, the fewest different words that lead there: a small set of words each.
    reached: dict[int, list[frozenset[str]]] = {0: [frozenset()]}
    for start in range(len(text)):
        for used in reached.get(start, []):
            ends = [start + 1] if text[start].isdigit() else []
            found = [(end, used) for end in ends]
            for end in range(start + 3, min(len(text), start + longest) + 1):
                if text[start:end] in words and len(used | {text[start:end]}) <= 2:
                    found.append((end, used | {text[start:end]}))
            for end, ways in found:
                if ways not in reached.setdefault(end, []):
                    reached[end].append(ways)
    return len(text) in reached


def _name_inside(text: str, names: Iterable[str]) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    for name in names:
        for part in re.split(r"[\W_\d]+", unicodedata.normalize("NFKC", name).casefold()):
            if len(part) >= _SHORT_NAME and part in folded:
                return part
    return ""
