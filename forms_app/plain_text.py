"""What people type, made safe to keep: one Unicode form, no control characters, no longer than it may be.

Any letter of any script is welcome, combining marks and Indigenous orthographies included; nothing is ever cut off silently.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Direction overrides and isolates can make a name read as another; BOM and interlinear marks are never typed on purpose.
_HIDDEN = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_BREAK = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_EMPTY = re.compile("[\u200b\u2060\u00ad]")  # zero-width space, word joiner, soft hyphen: invisible, and harmless to drop


def clean(text: str, longest: int, lines: bool = False) -> str:
    """Return `text` in NFC without surrounding space. Raises ValueError with a sentence when it cannot be kept.

    `longest` counts characters; `lines` allows line breaks.
    """
    # Invisible characters go first: one of them could keep a letter and its accent apart.
    text = unicodedata.normalize("NFC", _EMPTY.sub("", _BREAK.sub("\n", text)).replace("\t", " ")).strip()
    if not lines:
        text = re.sub("[ \u00a0]+", " ", text)
    for character in text:
        if (unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") and not (lines and character == "\n")) or _HIDDEN.match(character):
            place = "a line break" if character == "\n" else f"a hidden character (U+{ord(character):04X})"
            raise ValueError(f"This contains {place}, which cannot be kept. Delete it, or type the text again.")
    if len(text) > longest:
        raise ValueError(f"This is {len(text):,} characters long. At most {longest:,} can be kept.")
    return text


def folded(text: str) -> str:
    """For asking whether two texts name the same: letter case and spaces do not matter."""
    return " ".join(text.casefold().split())


def typed(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the person typed into a form, to give it back: never passwords, and not the token of the form.

    What cannot be kept in a record is given back all the same, as it was typed: a form that is sent again without a field would empty it.
    """
    return [
        (name, value.replace("\0", ""))  # no page can carry a zero
        for name, value in pairs
        if name not in ("csrf_token", "one_time_code") and "password" not in name
    ]
