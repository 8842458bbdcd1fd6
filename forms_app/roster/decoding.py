"""Which encoding a text file is in. What cannot be decided is refused with the line; nothing is replaced by a question mark."""

from __future__ import annotations

import codecs
import re
import unicodedata

from .sheet import CannotRead

_SAVE = "Save it again as “CSV UTF-8” (Excel: Save as, CSV UTF-8), or as an Excel workbook."
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")  # what UTF-8 makes of one letter
_OVERLONG = re.compile(rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}")
_USUAL = frozenset("‘’“”–—…ªº·´¨°«»€•\u00a0™®©")  # signs that stand in Western text besides letters


def decode(data: bytes) -> tuple[str, str]:
    """The text, and what its encoding is called where that had to be found out. Raises CannotRead."""
    for mark, codec, name in (
        (codecs.BOM_UTF8, "utf-8", ""),
        (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
    ):
        if data.startswith(mark):
            return _strict(data[len(mark) :], codec, name or "UTF-8"), name
    if b"\0" in data:
        if data.count(b"\0") * 3 > len(data):
            raise CannotRead(f"This looks like UTF-16 without the mark that says so, so it could be read wrongly. {_SAVE}")
        raise CannotRead(f"Line {_line(data, data.index(0))} contains a NUL character (U+0000), which no roster has. {_SAVE}")
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        return _western(data, error.start), "Windows-1252"


def _strict(data: bytes, codec: str, name: str) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(codec, "ignore").count("\n") + 1
        raise CannotRead(f"Line {before} contains bytes that are not {name}, although the file says it is. {_SAVE}") from None
    if "\0" in text:
        raise CannotRead(
            f"Line {text.count(chr(10), 0, text.index(chr(0))) + 1} contains a NUL character (U+0000), which no roster has. {_SAVE}"
        )
    return text


def _western(data: bytes, start: int) -> str:
    """Windows-1252, if every byte of it makes sense in a name or a sign."""
    overlong = _OVERLONG.search(data)
    if overlong:
        raise CannotRead(f"Line {_line(data, overlong.start())} contains bytes that are no text (overlong UTF-8). {_SAVE}")
    if _SEQUENCE.search(data):
        raise CannotRead(f"The file mixes two encodings: most of it is UTF-8, and line {_line(data, start)} is not. {_SAVE}")
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise CannotRead(f"Line {_line(data, error.start)} contains a byte that is no letter in any encoding we know. {_SAVE}") from None
    for place, character in enumerate(text):
        if character > "\x7f" and character not in _USUAL and unicodedata.category(character)[0] != "L":
            raise CannotRead(f"Line {text.count(chr(10), 0, place) + 1} contains “{character}”, so the encoding cannot be told. {_SAVE}")
    return text


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1
