"""From bytes to a sheet: encodings, separators, Excel, OneRoster, the Ministry's file; and what is refused, with what to do."""

from __future__ import annotations

import gzip
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.roster import CannotRead, Sheet, read
from forms_app.roster.sheet import MOST_COLUMNS, MOST_ROWS
from tests import rosters
from tests.district import pen

HEAD = b"Pupil number,Last name,First name,Grade\r\n"


def refused(data: bytes) -> str:
    with pytest.raises(CannotRead) as error:
        read(data)
    return str(error.value)


def cells(sheet: Sheet) -> list[tuple[str, ...]]:
    return [tuple(map(str, line.cells)) for line in sheet.lines]


# Encodings


@pytest.mark.parametrize(
    ("encoding", "mark", "told"),
    [("utf-8", b"", ()), ("utf-8", b"\xef\xbb\xbf", ()), ("utf-16-le", b"\xff\xfe", ("The text was read as UTF-16.",)),
     ("utf-16-be", b"\xfe\xff", ("The text was read as UTF-16.",)), ("cp1252", b"", ("The text was read as Windows-1252.",))],
)  # fmt: skip
def test_the_encoding_is_found_and_told(encoding: str, mark: bytes, told: tuple[str, ...]) -> None:
    sheet = read(rosters.table([["Pupil number", "Last name", "Grade"], ["1", "Lévesque—Gagné’s", "10"]], encoding=encoding, mark=mark))
    assert cells(sheet) == [("1", "Lévesque—Gagné’s", "10")]
    assert sheet.told == told


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ((HEAD + b"1,A,B,10\r\n").decode().encode("utf-16-le"), "UTF-16 without the mark"),
        (HEAD + "1,Zoé,B,10\r\n".encode() + "2,Zoé,B,10\r\n".encode("cp1252"), "mixes two encodings: most of it is UTF-8, and line 3 is not"),
        (HEAD + b"1,A\xc0\xafB,C,10\r\n", "Line 2 contains bytes that are no text (overlong UTF-8)"),
        (HEAD + b"1,A\x81B,C,10\r\n", "Line 2 contains a byte that is no letter"),
        (HEAD + b"1,A\xbeB,C,10\r\n", "Line 2 contains “¾”, so the encoding cannot be told"),
        (HEAD + b"1,A\0B,C,10\r\n", "Line 2 contains a NUL character"),
        (b"\xef\xbb\xbf" + HEAD + b"1,\xff,C,10\r\n", "Line 2 contains bytes that are not UTF-8, although the file says it is"),
        (b"\xff\xfe" + "a\nb\0".encode("utf-16-le"), "Line 2 contains a NUL character"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_refused_with_the_line(data: bytes, says: str) -> None:
    assert says in refused(data)


# Separators and headings


@pytest.mark.parametrize(("separator", "words"), [(",", ""), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_the_separator_is_found_also_where_names_hold_another(separator: str, words: str) -> None:
    sheet = read(rosters.table([["Pupil number", "Name", "Grade"], ["1", "Fam, Giv; en", "10"], ["2", "Other, Name", "11"]], separator))
    assert cells(sheet) == [("1", "Fam, Giv; en", "10"), ("2", "Other, Name", "11")]
    assert sheet.told == ((f"Cells are separated by {words}.",) if words else ())


def test_titles_above_the_headings_and_headings_repeated_on_each_printed_page_are_passed_over() -> None:
    head = ["Pupil number", "Last name", "Grade"]
    sheet = read(rosters.table([["Invented District"], [], ["List of October"], head, ["1", "A", "10"], head, ["2", "B", "11"]]))
    assert [(line.number, line.cells[1]) for line in sheet.lines] == [(5, "A"), (7, "B")]
    assert sheet.told == ("The headings were found in row 4; what stands above was passed over.",)


def test_rows_keep_the_number_that_a_spreadsheet_shows_also_where_a_cell_has_two_lines() -> None:
    sheet = read(HEAD + b'1,"A\r\nB",C,10\r\n\r\n2,D,E,11\r\n')
    assert [line.number for line in sheet.lines] == [2, 4]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \r\n \r\n", "empty"),
        (HEAD, "no students in this file, only headings"),
        (b"Pupil number,Grade, grade \r\n1,10,11\r\n", "Two columns have the heading “grade” (B and C)"),
        (HEAD + b'1,"A,B,10\r\n2,C,D,11\r\n', "a quotation mark is missing"),
        (HEAD + b"1," + b"A" * 10_001 + b",B,10\r\n", "a cell of more than 10,000 characters"),
        (HEAD + b"1,A,B,10\r\n" * (MOST_ROWS + 1), "more than 100,000 rows"),
        (b"a," * MOST_COLUMNS + b"b\r\n1,2\r\n", "501 columns"),
        (b" " * (17 * 1024 * 1024), "larger than 16 MB"),
    ],
    ids=[
        "nothing",
        "blank",
        "only headings",
        "a heading twice",
        "a quotation mark",
        "a long cell",
        "too many rows",
        "too many columns",
        "too large",
    ],
)
def test_what_is_no_list_of_students_is_refused(data: bytes, says: str) -> None:
    assert says in refused(data)


def test_a_hundred_thousand_rows_are_read() -> None:
    assert len(read(rosters.many(MOST_ROWS)).lines) == MOST_ROWS


def test_other_files_are_known_by_what_is_in_them() -> None:
    for data, says in {
        b"\x89PNG\r\n\x1a\n" + b"x" * 50: "a picture",
        b"\xff\xd8\xff\xe0": "a picture",
        b"%PDF-1.7": "a PDF",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel file (.xls), or one with a password",
        gzip.compress(b"x"): "packed (gzip)",
        b"7z\xbc\xaf\x27\x1c": "packed (7z)",
        b"{\\rtf1": "a text document",
        b"<html><table><tr><td>Grade": "a web page",
        b"PK\x03\x04 and then nothing": "damaged",
        rosters.packed({"list.csv": HEAD}): "neither an Excel workbook nor a OneRoster export",
    }.items():
        assert says in refused(data), says


# Excel


def test_excel_gives_values_of_formulas_and_numbers_without_a_point() -> None:
    sheet = read(rosters.excel_with_titles())
    assert sheet.headings[:3] == ("PEN", "Pupil number", "Surname")
    assert [line.number for line in sheet.lines] == [5, 6, 7]
    assert tuple(map(str, sheet.lines[1].cells)) == (
        str(int(pen(602))),
        "950002",
        "Quennell",
        "PIERS",
        "Grade 12",
        "4299002",
        "B: Deafblind",
    )


def test_hidden_rows_are_read_and_told() -> None:
    sheet = read(rosters.workbook([["Pupil number", "Surname", "Grade"], [1, "A", 10], [2, "B", 11]], hidden=[3]))
    assert len(sheet.lines) == 2
    assert sheet.told == ("Hidden rows and columns were read like all others.",)


def test_excel_dates_are_shown_as_the_day_that_excel_made_of_them() -> None:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f'<worksheet {main}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Grade</t></is></c><c r="B1" t="inlineStr"><is><t>PEN</t></is></c></row><row r="2"><c r="A2" t="d"><v>2026-10-08T00:00:00</v></c><c r="B2" t="b"><v>1</v></c></row></sheetData></worksheet>'
    assert cells(read(rosters.workbook([], sheet=sheet)))[0][1] == "TRUE"


def _sheet(body: str) -> bytes:
    return rosters.workbook(
        [], sheet=f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{body}</sheetData></worksheet>'
    )


def test_workbooks_that_would_fill_the_memory_are_refused_before_they_are_unpacked() -> None:
    far = _sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert "stands far away from all others" in refused(far)
    large = rosters.workbook([["Grade"]], more={"xl/media/zeros.xml": b"0" * (201 * 1024 * 1024)})
    assert len(large) < 1024 * 1024
    assert "larger than 200 MB" in refused(large)
    lies = bytearray(rosters.workbook([["Grade"]], more={"xl/theme.xml": b"0" * 1000}))
    at = lies.rindex(b"xl/theme.xml") - 46 + 24  # its size in the directory of the zip
    lies[at : at + 4] = struct.pack("<I", 10)
    assert "damaged" in refused(bytes(lies))
    assert "too many parts" in refused(rosters.workbook([["Grade"]], more={f"xl/{number}": b"" for number in range(2001)}))
    assert "macros" in refused(rosters.workbook([["Grade"], [1]], more={"xl/vbaProject.bin": b"x"}))


def test_a_zip_with_a_part_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = _twice()
    assert "one twice" in refused(data)


def _twice() -> bytes:
    import io

    out = io.BytesIO(rosters.one_roster())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("export/users.csv", "x")
    return out.getvalue()


def test_a_workbook_without_anything_in_it_is_refused() -> None:
    assert "no visible sheet with anything in it" in refused(rosters.workbook([]))


# OneRoster


def test_one_roster_gives_students_and_never_opens_demographics(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real: Callable[..., object] = zipfile.ZipFile.open

    def watch(self: zipfile.ZipFile, name: str, *more: object, **options: object) -> object:
        opened.append(str(name))
        return real(self, name, *more, **options)

    data = rosters.one_roster()
    monkeypatch.setattr(zipfile.ZipFile, "open", watch)
    sheet = read(data)
    assert cells(sheet) == [
        (pen(401), "930001", "Ione", "Faldritch", "Ione", "Faldritch", "10", rosters.CODE, "Cedarprobe Secondary"),
        ("", "930002", "Jorun", "Galloway", "Jorun", "Galloway", "10", rosters.OTHER_CODE, "Harbourprobe Secondary"),
    ]
    assert sorted(opened) == ["export/orgs.csv", "export/users.csv"]
    assert not any(word in str(sheet) for word in ("MAIL", "PHONE", "SECRET", "ANCESTRY"))


def test_one_roster_without_what_it_must_have_is_refused() -> None:
    assert "no orgs.csv" in refused(rosters.packed({"users.csv": b"x", "manifest.csv": b"x"}))
    assert "no column “grades”" in refused(
        rosters.one_roster(users_csv=b"sourcedId,role,givenName,familyName,orgSourcedIds\r\nu,student,A,B,o\r\n")
    )
    nobody = rosters.table([["sourcedId", "role", "givenName", "familyName", "orgSourcedIds", "grades"]])
    assert "no students" in refused(rosters.one_roster(users_csv=nobody))


# The Ministry's file


def test_the_ministry_file_is_cut_where_the_ministry_says_and_nothing_personal_is_looked_at() -> None:
    sheet = read(rosters.ministry_file())
    assert cells(sheet)[0] == (
        "940001",
        pen(501),
        "LAMBERHURST",
        "KATHERINE",
        "LAMBERHURST",
        "KAI",
        "H",
        "10",
        rosters.CODE,
        "CEDARPROBE SECONDARY",
    )
    assert sheet.told == ("The file says that it is of 2026-09-29.",)
    assert sheet.complete
    assert not any(word in str(sheet) for word in ("20100102", "0611", "V0V0V0", "MIDDLE"))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (rosters.ministry_file(count=9), "counts 9 students, and there are 4"),
        (rosters.ministry_file()[:1000], "no last line (BTR)"),
        (rosters.ministry_file(["SRM short"]), "Line 2 of the 1701 file has 9 characters; a student's line has 234"),
        (rosters.ministry_file(["XYZ"], count=0), "Line 2 of the 1701 file begins with “XYZ”"),
        (rosters.ministry_file([]), "no students"),
    ],
    ids=["counts wrong", "cut off", "short", "another line", "nobody"],
)
def test_a_ministry_file_that_was_damaged_on_the_way_is_refused(data: bytes, says: str) -> None:
    assert says in refused(data)


# Anything


@given(st.binary(max_size=400) | st.sampled_from([rosters.one_roster(), rosters.excel_with_titles(), rosters.ministry_file(), rosters.utf_16()]).flatmap(
    lambda whole: st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)).map(lambda at: whole[: at[0]] + bytes([at[1]]) + whole[at[0] + 1 :])
))  # fmt: skip
def test_whatever_it_is_it_is_read_or_refused_in_a_sentence(data: bytes) -> None:
    try:
        assert read(data).lines
    except CannotRead as refusal:
        assert str(refusal).endswith(".")
