"""Excel workbooks. What is packed is looked at before it is unpacked: a few kilobytes can hold gigabytes."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .sheet import LONGEST_CELL, CannotRead, Line, Number, check_size

MOST_UNPACKED = 200 * 1024 * 1024
MOST_CELLS = 6_000_000  # rows times columns, which the reader sets aside at once
MOST_PARTS = 2_000
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_HIDDEN = re.compile(rb"<(?:row|col)\b[^>]*\bhidden=\"(?:1|true)\"")


def open_zip(data: bytes) -> zipfile.ZipFile:
    """The archive, after what it says of itself was checked. Raises CannotRead."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise CannotRead("This file is damaged: it begins like a workbook or a zip file and cannot be opened. Export it again.") from error
    names = [part.filename for part in parts]
    if len(parts) > MOST_PARTS or len(set(names)) != len(names):
        raise CannotRead("This file is not what a spreadsheet program writes: it has too many parts, or one twice. Export it again.")
    if any(part.flag_bits & 1 for part in parts):
        raise CannotRead("This file is protected with a password. Save it without one.")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise CannotRead(_TOO_LARGE)
    return archive


_TOO_LARGE = (
    f"Unpacked, this file would be larger than {MOST_UNPACKED // 1024 // 1024} MB. No roster is; export only the columns that are needed."
)


def unpacked(archive: zipfile.ZipFile, name: str, most: int = MOST_UNPACKED) -> bytes:
    """One part, never more than it said: a part that lies about its size is cut off. Raises CannotRead."""
    try:
        with archive.open(name) as part:
            data = part.read(most + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as error:
        raise CannotRead("This file is damaged, so a part of it cannot be unpacked. Export it again.") from error
    if len(data) > most:
        raise CannotRead(_TOO_LARGE)
    return data


def read_workbook(data: bytes, archive: zipfile.ZipFile) -> tuple[list[Line], tuple[str, ...]]:
    """The rows of the first visible sheet that has any, and what there is to tell. Raises CannotRead."""
    names = archive.namelist()
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        raise CannotRead("This workbook contains macros. Save it as an Excel workbook without them (.xlsx), or as CSV UTF-8.")
    told = _look_inside(archive)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            sheets = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
            visible = [one for one in sheets if one.visible == SheetVisibleEnum.Visible]
            found = [(one.name, _rows(book, one.name)) for one in visible[:20]]
    except CalamineError as error:
        raise CannotRead("This is not an Excel workbook that can be read. Save it as .xlsx again, or as CSV UTF-8.") from error
    filled = [(name, rows) for name, rows in found if rows]
    if not filled:
        raise CannotRead("This workbook has no visible sheet with anything in it.")
    name, rows = max(filled, key=lambda pair: len(pair[1]))
    if len(filled) > 1:
        told.append(f"The workbook has {len(filled)} sheets with something in them. The largest was read: “{name[:60]}”.")
    if len(sheets) > len(visible):
        told.append("Hidden sheets were passed over.")
    return rows, tuple(told)


def _look_inside(archive: zipfile.ZipFile) -> list[str]:
    """Unpack each sheet once, to see how far its cells reach; what is hidden is told. Raises CannotRead."""
    told = []
    left = MOST_UNPACKED
    for name in archive.namelist():
        if not name.endswith(".xml"):
            continue
        data = unpacked(archive, name, left)
        left -= len(data)
        if not name.startswith("xl/worksheets/"):
            continue
        rows = columns = 0
        for column, row in _REFERENCE.findall(data):
            rows = max(rows, int(row))
            columns = max(columns, _number(column))
        if rows * columns > MOST_CELLS:
            raise CannotRead(
                "A cell of this workbook stands far away from all others. Copy the table into a new workbook, or save it as CSV UTF-8."
            )
        check_size(rows - 1, 0)
        if _HIDDEN.search(data) and "Hidden rows and columns were read like all others." not in told:
            told.append("Hidden rows and columns were read like all others.")
    return told


def _number(column: bytes) -> int:
    """`A` is 1, `AB` is 28."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number


def _rows(book: CalamineWorkbook, name: str) -> list[Line]:
    sheet = book.get_sheet_by_name(name)
    first = sheet.start[0] if sheet.start else 0
    rows = []
    for number, cells in enumerate(sheet.to_python(skip_empty_area=True), first + 1):
        made = tuple(_text(cell) for cell in cells)
        if any(made):
            rows.append(Line(number, made))
    check_size(len(rows) - 1, max((len(line.cells) for line in rows), default=0))
    return rows


def _text(cell: Any) -> str:
    """A cell as people see it; whole numbers without the point that Excel keeps."""
    if isinstance(cell, str):
        if len(cell) > LONGEST_CELL:
            raise CannotRead(f"A cell has more than {LONGEST_CELL:,} characters. No roster has; check what was exported.")
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return Number(int(cell)) if float(cell).is_integer() else Number(cell)
    if isinstance(cell, dt.datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
