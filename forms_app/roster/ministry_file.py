"""The Ministry's 1701 file: one header, a line of fixed width for each student, a trailer that counts them (the project's domain brief, 6.1).

Only the numbers, the names, the grade and the category are cut out of a line. Birth date, gender, funding, ancestry, language, band and
postal code stand in it too, and are never looked at.
"""

from __future__ import annotations

import datetime as dt
import re

from .sheet import CannotRead, Line, Sheet, check_size

HEADER, DETAIL, TRAILER = "FFI", "SRM", "BTR"
LONGEST = 234
# name, offset, length
CUTS = (
    ("pupil_number", 3, 12), ("pen", 15, 10), ("legal_family", 25, 25), ("legal_given", 50, 25),
    ("family", 100, 25), ("given", 125, 25), ("category", 184, 1), ("grade", 200, 2),
)  # fmt: skip
HEADINGS = {
    "pupil_number": "localStudentID", "pen": "pen", "legal_family": "legalSurname", "legal_given": "legalGivenName", "family": "usualSurname",
    "given": "usualGivenName", "category": "specialEducationCategory", "grade": "enrolledGradeCode", "school": "mincode", "school_name": "schoolName",
}  # fmt: skip


def is_ministry_file(text: str) -> bool:
    """Whether the first line is the header of a 1701 file."""
    return bool(re.match(r"FFI\d{8}", text))


def read_ministry_file(text: str) -> Sheet:
    """The students of the file. Raises CannotRead."""
    fields = (*(name for name, _, _ in CUTS), "school", "school_name")
    found: list[Line] = []
    told: list[str] = []
    school = name = ""
    announced = None
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        check_size(number - 2, 0)
        if line.startswith(HEADER):
            school, name = line[3:11].strip(), line[11:51].strip()
            told += _date(line[51:59])
        elif line.startswith(DETAIL):
            if len(line) > LONGEST or len(line.rstrip()) < 202:
                raise CannotRead(
                    f"Line {number} of the 1701 file has {len(line)} characters; a student's line has {LONGEST}. Export the file again."
                )
            found.append(Line(number, (*(line[at : at + length].strip() for _, at, length in CUTS), school, name)))
        elif line.startswith(TRAILER):
            announced = int(line[3:9]) if line[3:9].isascii() and line[3:9].isdigit() else -1
        elif line.strip():
            raise CannotRead(
                f"Line {number} of the 1701 file begins with “{line[:3]}”. Allowed: FFI (the school), SRM (a student), BTR (the end)."
            )
    if announced is None:
        raise CannotRead("The 1701 file has no last line (BTR), so it was cut off on the way. Export it again.")
    if announced != len(found):
        raise CannotRead(
            f"The last line of the 1701 file counts {max(announced, 0)} students, and there are {len(found)}. Export it again."
        )
    return Sheet("the Ministry's 1701 file", tuple(HEADINGS[one] for one in fields), found, tuple(told), fields, complete=True)


def _date(text: str) -> list[str]:
    try:
        day = dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return []
    return [f"The file says that it is of {day.isoformat()}."]
