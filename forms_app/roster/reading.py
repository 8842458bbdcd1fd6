"""From the bytes of a file to a sheet, by what is in it and never by its name."""

from __future__ import annotations

from dataclasses import replace

from . import delimited
from .columns import guess_heading, normalized
from .decoding import decode
from .ministry_file import is_ministry_file, read_ministry_file
from .one_roster import part_of, read_one_roster
from .sheet import MOST_BYTES, CannotRead, Line, Sheet
from .workbook import open_zip, read_workbook

_HEADER_WITHIN = 25  # rows
# What other files begin with, and what to say of them.
_OTHERS = (
    (
        b"\xd0\xcf\x11\xe0",
        "This is an old Excel file (.xls), or one with a password. Save it as .xlsx without a password, or as CSV UTF-8.",
    ),
    (b"\x89PNG", "This is a picture. Choose the exported file itself."),
    (b"\xff\xd8\xff", "This is a picture. Choose the exported file itself."),
    (b"%PDF", "This is a PDF. Export the list as CSV or Excel."),
    (b"\x1f\x8b", "This file is packed (gzip). Unpack it first."),
    (b"7z\xbc\xaf", "This file is packed (7z). Unpack it first."),
    (b"{\\rtf", "This is a text document. Export the list as CSV or Excel."),
)


def read(data: bytes) -> Sheet:
    """Raises CannotRead with a sentence that says what to do."""
    if len(data) > MOST_BYTES:
        raise CannotRead(
            f"This file is larger than {MOST_BYTES // 1024 // 1024} MB. Export only the columns that are needed, or one school at a time."
        )
    if not data.strip():
        raise CannotRead("This file is empty.")
    for start, words in _OTHERS:
        if data.startswith(start):
            raise CannotRead(words)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(data)
    text, encoding = decode(data)
    told: tuple[str, ...] = (f"The text was read as {encoding}.",) if encoding else ()
    if text.lstrip()[:1] == "<":
        raise CannotRead("This is a web page or XML, whatever its name says. Export the list as CSV or Excel.")
    if is_ministry_file(text):
        made = _with_students(read_ministry_file(text))
        return replace(made, told=(*told, *made.told))
    separator = delimited.separator_of(text)
    if separator != ",":
        told += (f"Cells are separated by {delimited.SEPARATORS[separator]}.",)
    return _with_header("CSV", list(delimited.lines(text, separator)), told)


def _packed(data: bytes) -> Sheet:
    with open_zip(data) as archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
            lines, told = read_workbook(data, archive)
            return _with_header("Excel", lines, told)
        if part_of(archive, "users.csv") or part_of(archive, "manifest.csv"):
            return _with_students(read_one_roster(archive))
    raise CannotRead("This zip is neither an Excel workbook nor a OneRoster export. Unpack it, and choose the file in it.")


def _with_students(made: Sheet) -> Sheet:
    if not made.lines:
        raise CannotRead("There are no students in this file.")
    return made


def _with_header(kind: str, lines: list[Line], told: tuple[str, ...]) -> Sheet:
    """Find the row with the headings: the first of those that name most of what a roster has. Titles above it are passed over."""
    known = [(len({guess_heading(cell) for cell in line.cells} - {""}), -place) for place, line in enumerate(lines[:_HEADER_WITHIN])]
    most, place = max(known, default=(0, 0))
    at = -place if most > 1 else 0
    if len(lines) < 2 or at == len(lines) - 1:
        raise CannotRead("There are no students in this file, only headings." if lines else "This file is empty.")
    header = lines[at]
    if at:
        told += (f"The headings were found in row {header.number}; what stands above was passed over.",)
    headings = tuple(" ".join(cell.split()) for cell in header.cells)
    seen: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = normalized(heading)
        if name and name in seen:
            raise CannotRead(
                f"Two columns have the heading “{heading[:60]}” ({letter(seen[name])} and {letter(place)}). Give one of them another, or delete it."
            )
        seen[name] = place
    again = tuple(cell.strip() for cell in header.cells)
    rows = [line for line in lines[at + 1 :] if tuple(cell.strip() for cell in line.cells) != again]  # printed lists repeat their headings
    if not rows:
        raise CannotRead("There are no students in this file, only headings.")
    return Sheet(kind, headings, rows, told)


def letter(place: int) -> str:
    """The spreadsheet's name of a column: 0 is `A`, 27 is `AB`."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name
