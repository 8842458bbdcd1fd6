"""Rosters as schools have them, invented: each function gives the bytes of one file. Nobody is real; PENs start with five zeros."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from tests.district import pen

CODE, OTHER_CODE = "04299001", "04299002"
MINISTRY_LENGTH = 234


def table(rows: Sequence[Sequence[str]], separator: str = ",", encoding: str = "utf-8", mark: bytes = b"") -> bytes:
    """Rows as text, each cell in quotation marks where it needs them."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(one in text for one in (separator, '"', "\n")) else text

    return mark + "".join(separator.join(map(cell, row)) + "\r\n" for row in rows).encode(encoding)


def my_ed_quick_report(mark: bytes = b"") -> bytes:
    """A quick report of MyEducation BC with a field set that somebody chose, personal columns and all."""
    head = ["Pupil #", "PEN", "Usual last name", "Usual first name", "Legal last name", "Legal first name", "Gender", "Birth date", "Grade",
            "School > Name", "School > Code", "Designation", "Aboriginal ancestry", "Home language", "Band of residence", "Postal code", "Case manager"]  # fmt: skip
    secret = ["X-GENDER", "2010-01-02"], ["ANCESTRY-Y", "LANGUAGE-042", "BAND-0611", "V0V0V0"]
    rows = [
        [
            f"90000{number}",
            pen(200 + number),
            family,
            given,
            legal_family,
            legal_given,
            *secret[0],
            grade,
            "Cedarprobe Secondary",
            CODE,
            category,
            *secret[1],
            manager,
        ]
        for number, (family, given, legal_family, legal_given, grade, category, manager) in enumerate(
            [
                ("Abernook", "Sable", "Abernook", "Sabrina", "10", "G", "Quoxley, Mirabeth"),
                ("Brindlemoor", "Tarn", "Brindlemoor", "Tarn", "08", "D - Physical Disability or Chronic Health Impairment", "manager"),
                ("Corvane", "Ulric", "Corvane", "Ulric", "SU", "H", ""),
                ("Dunmarrow", "Vesper", "Dunmarrow", "Vesper", "12", "", ""),
                ("Eskerling", "Wren", "Eskerling", "Wren", "06", "Q", ""),
            ]
        )
    ]
    return table([head, *rows], mark=mark)


def semicolons() -> bytes:
    """What Excel writes with a French setting: semicolons and Windows-1252."""
    return table(
        [
            ["Numéro", "Nom", "Prénom", "Niveau", "École", "Catégorie", "Remarque"],
            ["910001", "Lévesque-Gagné", "Zoé", "9", "Cedarprobe Secondary", "q", "très gentille"],
            ["910002", "D’Aubrac", "François", "11", "cedarprobe secondary", "R", ""],
        ],
        ";",
        "cp1252",
    )


SEMICOLON_COLUMNS = {0: "pupil_number", 1: "family", 2: "given", 3: "grade", 4: "school", 5: "category"}


def utf_16() -> bytes:
    """“Unicode text” of Excel: UTF-16 with its mark, and tabs."""
    return table(
        [["PEN", "Name", "Gr", "School", "Category"], [pen(300), "Tŝilhqox, Nuŝay", "10", CODE, "A"]], "\t", "utf-16-le", b"\xff\xfe"
    )


NAMES = (  # family, given: mononyms and the orthographies of British Columbia, each as it must be kept
    ("hən̓q̓əmin̓əm̓", ""),
    ("", "SENĆOŦEN"),
    ("c̓əsqənelə", "x̱ʷməθkʷəy̓əm"),
    ("O'Ḵ̱wałasila-ʔaʔ", "Łingít"),
    ("Null", "None"),
    ("N/A", "true"),
    ("=cmd|'/c calc'!A1", "@SUM(1)"),
    ('<script>alert(1)</script>', '"><img onerror=x>'),
)  # fmt: skip


def names() -> bytes:
    rows = [[f"92000{place}", family, given, "11", CODE, "C"] for place, (family, given) in enumerate(NAMES)]
    return table(
        [["Student number", "Last name", "First name", "Grade level", "School number", "Ministry designation"], *rows], mark=b"\xef\xbb\xbf"
    )


def one_roster(**replaced: bytes) -> bytes:
    """A OneRoster 1.1 zip, with the parts that are never to be opened."""
    parts = {
        "manifest.csv": table([["propertyName", "value"], ["manifest.version", "1.0"], ["oneroster.version", "1.1"]]),
        "orgs.csv": table(
            [
                ["sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"],
                ["org-d", "", "", "Invented District", "district", "042", ""],
                ["org-1", "", "", "Cedarprobe Secondary", "school", CODE, "org-d"],
                ["org-2", "", "", "Harbourprobe Secondary", "school", OTHER_CODE, "org-d"],
            ]
        ),
        "users.csv": table(
            [
                ["sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName", "familyName",
                 "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password"],
                ["u1", "", "", "true", "org-1", "student", "s.one", f"{{PEN:{pen(401)}}}", "Ione", "Faldritch", "", "930001", "MAIL", "SMS", "PHONE", "", "10", "SECRET"],
                ["u2", "", "", "true", "org-d,org-2", "student", "s.two", "", "Jorun", "Galloway", "", "930002", "", "", "", "", "09,10", ""],
                ["u3", "", "", "true", "org-1", "teacher", "t", "", "Teacher", "Person", "", "1", "", "", "", "", "", ""],
                ["u4", "tobedeleted", "", "true", "org-1", "student", "s", "", "Gone", "Student", "", "930003", "", "", "", "", "10", ""],
            ]
        ),
        "demographics.csv": b"sourcedId,birthDate\r\nu1,ANCESTRY-Y\r\n",
        **{name.replace("_", "."): data for name, data in replaced.items()},
    }  # fmt: skip
    return packed({f"export/{name}": data for name, data in parts.items()})


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def ministry_line(
    number: str, own_pen: str, family: str, given: str, grade: str, category: str = " ", usual: tuple[str, str] = ("", "")
) -> str:
    """A student's line of the 1701 file, with the things that must not be read filled in."""
    legal, used = f"{family:25}{given:25}{'MIDDLE':25}", f"{usual[0]:25}{usual[1]:25}{'':25}"
    line = f"SRM{number:12}{own_pen:10}{legal}{used}20100102F{category:1}   16Y042    00{grade:2}{'':16}  08000611V0V0V0"
    assert len(line) == MINISTRY_LENGTH
    return line


def ministry_file(lines: Sequence[str] | None = None, count: int | None = None) -> bytes:
    """The Ministry's fixed-width file as MyEducation BC makes it."""
    lines = lines if lines is not None else [
        ministry_line("940001", pen(501), "LAMBERHURST", "KATHERINE", "10", "H", ("LAMBERHURST", "KAI")),
        ministry_line("940002", "", "MERRIDEW", "LOUIS", "12", "P"),
        ministry_line("940003", pen(503), "NORRIDGEWICK", "", "SU", "D"),
        ministry_line("940004", pen(504), "YOUNGER", "CHILD", "07", "G"),
    ]  # fmt: skip
    header = f"FFI{CODE}{'CEDARPROBE SECONDARY':40}20260929"
    trailer = f"BTR{len(lines) if count is None else count:06}{'Follett Software':100}{'MYED':100}{'1':15}"
    assert (len(header), len(trailer)) == (59, 224)
    return "\r\n".join([header, *lines, trailer, ""]).encode()


def workbook(
    rows: Sequence[Sequence[object]], more: dict[str, bytes] | None = None, merged: str = "", sheet: str = "", hidden: Sequence[int] = ()
) -> bytes:
    """An Excel workbook with one sheet: texts inline, numbers as numbers, a `("formula", value)` with its last value."""
    made = []
    for number, row in enumerate(rows, 1):
        cells = []
        for place, value in enumerate(row):
            at = f"{chr(65 + place)}{number}"
            if isinstance(value, tuple):
                cells.append(f'<c r="{at}" t="str"><f>{escape(value[0])}</f><v>{escape(value[1])}</v></c>')
            elif isinstance(value, int | float):
                cells.append(f'<c r="{at}"><v>{value}</v></c>')
            elif value:
                cells.append(f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>')
        hides = ' hidden="1"' if number in hidden else ""
        made.append(f'<row r="{number}"{hides}>{"".join(cells)}</row>')
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    body = sheet or f"<worksheet {main}><sheetData>{''.join(made)}</sheetData>{merged}</worksheet>"
    return packed(
        {
            "[Content_Types].xml": (
                b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
                b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
                b'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
            ),
            "_rels/.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{kinds}/officeDocument" Target="xl/workbook.xml"/></Relationships>'.encode(),
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{kinds}"><sheets><sheet name="Students" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{kinds}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'.encode(),
            "xl/worksheets/sheet1.xml": body.encode(),
            **(more or {}),
        }
    )


def excel_with_titles() -> bytes:
    """Merged titles above the headings, numbers that lost their zeros, a formula, a total below."""
    rows: list[list[object]] = [
        ["Invented District: students with designations"],
        ["Printed by the office"],
        [],
        ["PEN", "Pupil number", "Surname", "Given names", "Gr.", "School", "Special Education Category"],
        [int(pen(601)), 950001, "Pemberthy", "Orla", 8, int(CODE), "E"],
        [float(pen(602)), 950002, "Quennell", ("=UPPER(A1)", "PIERS"), "Grade 12", int(OTHER_CODE), "B: Deafblind"],
        ["", "", "Total: 2"],
    ]
    return workbook(rows, merged='<mergeCells count="1"><mergeCell ref="A1:G1"/></mergeCells>')


def many(rows: int, every: int = 7) -> bytes:
    """A district's list: every so-manieth student has a category."""
    head = ["Pupil #", "Usual last name", "Usual first name", "Grade", "School code", "Designation", "Gender"]
    made = [
        [
            str(500_000 + number),
            f"Müllerin{number}",
            f"Given{number % 97}",
            f"{8 + number % 5:02}",
            (CODE, OTHER_CODE)[number % 2],
            "" if number % every else "D",
            "F",
        ]
        for number in range(rows)
    ]
    return table([head, *made])
