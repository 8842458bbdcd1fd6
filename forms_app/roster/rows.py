"""From cells to students: each row is understood, left out, or in error with the row, the column, what was found and what is allowed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from forms_app.plain_text import clean
from forms_app.students import CATEGORIES, GRADES, pen_is_valid

from .columns import FIELDS, GRADES_ELSEWHERE, Mapping
from .sheet import Line, Number, Sheet

EXPIRED = ("J", "M", "N")
LONGEST_NAME = 100
_IN_QUOTES = re.compile(r'="([^"]*)"')
_WORDS_OF_GRADES = re.compile(r"^(?:grade|gr)\.?\s*(?=\d|su)|(?<=\d)(?:st|nd|rd|th)?\s*grade$", re.IGNORECASE)
_CATEGORY = re.compile(r"([A-Za-z])(?:\s*[-–:(].*|\s+\S.*)?", re.DOTALL)
_WORD, _WITHIN = re.compile(r"\w+"), re.compile("['’ʼ`.]")
_NO_CATEGORY = frozenset({"", "none", "n/a", "na", "-", "no"})


@dataclass(frozen=True, slots=True)
class Row:
    """A student as a file has one. `school` is as written there; names are as used, and `from_legal` says which of them had to be taken from the legal name."""

    number: int
    given: str
    family: str
    legal_name: str = ""
    pen: str = ""
    pupil_number: str = ""
    pupil_was_number: bool = False  # Excel held it as a number, so leading zeros may be lost
    grade: str = ""
    school: str = ""
    school_name: str = ""
    category: str = ""
    case_manager: str = ""
    notes: tuple[str, ...] = ()
    from_legal: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, in parts that go into a table."""

    row: int
    column: str
    found: str
    allowed: str


@dataclass
class Found:
    """What a sheet holds. `left_out` counts, by reason, the rows that are right and not ours; of them nothing is kept."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    failed: list[tuple[int, dict[str, str]]] = field(default_factory=list)  # the mapped cells of each row in error
    left_out: Counter[str] = field(default_factory=Counter)
    elsewhere: list[Row] = field(default_factory=list)  # left out by their grade: they are in the file all the same


ELSEWHERE = "in a grade outside 8 to 12 and SU"
ONE_CELL = "with one cell only, such as a total"


class _Wrong(ValueError):
    def __init__(self, field: str, found: str, allowed: str) -> None:
        super().__init__(allowed)
        self.field, self.found, self.allowed = field, found, allowed


def find_rows(sheet: Sheet, mapping: Mapping, progress: Callable[[int], None] = lambda done: None) -> Found:
    """Understand every row. Cells of columns that are not in `mapping` are not looked at."""
    found = Found()
    headings = {name: sheet.headings[place] or FIELDS[name] for place, name in mapping.items()}
    places = tuple(mapping.items())
    for done, line in enumerate(sheet.lines, 1):
        cells = {name: line.cells[place] if place < len(line.cells) else "" for place, name in places}
        if len(places) > 2 and sum(bool(cell.strip()) for cell in line.cells) == 1:
            found.left_out[ONE_CELL] += 1
            continue
        row, wrong = _row(line, cells)
        if wrong:
            found.problems += [Problem(line.number, headings.get(one.field, FIELDS[one.field]), one.found, one.allowed) for one in wrong]
            found.failed.append((line.number, cells))
        elif row and row.grade not in GRADES:
            found.left_out[ELSEWHERE] += 1
            found.elsewhere.append(row)
        elif row:
            found.rows.append(row)
        if done % 1000 == 0:
            progress(done)
    _same_student_twice(found, headings)
    return found


def _row(line: Line, cells: dict[str, str]) -> tuple[Row | None, list[_Wrong]]:
    """All that is wrong with a row, so that it is mended in one go."""
    wrong: list[_Wrong] = []
    notes: list[str] = []

    def read(reader: Callable[[str, str, list[str]], str], name: str) -> str:
        try:
            return reader(name, cells.get(name, ""), notes)
        except _Wrong as error:
            wrong.append(error)
            return ""

    grade = read(_grade, "grade")
    pen, pupil = read(_pen, "pen"), read(_pupil_number, "pupil_number")
    family, given = (read(_name, "family"), read(_name, "given"))
    whole = read(_name, "name")
    if whole and not (family and given):
        before, comma, after = whole.partition(",")
        family, given = (before.strip(), after.strip()) if comma else ("", whole)
    legal_family, legal_given = read(_name, "legal_family"), read(_name, "legal_given")
    # Exports leave empty what is the same as the legal name.
    from_legal = frozenset(
        name for name, own, legal in (("given", given, legal_given), ("family", family, legal_family)) if not own and legal
    )
    given, family = given or legal_given, family or legal_family
    if not (given or family) and not any(one.field in ("given", "family", "name") for one in wrong):
        at = next((name for name in ("family", "name", "given", "legal_family") if name in cells), "family")
        wrong.append(_Wrong(at, "nothing", "a name; one name alone is enough"))
    category, manager = read(_category, "category"), read(_name, "case_manager")
    school, school_name = read(_name, "school"), read(_name, "school_name")
    if grade in GRADES_ELSEWHERE:
        wrong = [one for one in wrong if one.field == "grade"]  # it is not ours to check
    if wrong:
        return None, wrong
    row = Row(
        line.number, given, family, f"{legal_given} {legal_family}".strip(), pen, pupil,
        isinstance(cells.get("pupil_number"), Number), grade, school, school_name, category, manager, tuple(notes), from_legal,
    )  # fmt: skip
    return row, []


def _name(name: str, cell: str, notes: list[str]) -> str:
    if cell.isascii() and cell.isprintable():
        text = " ".join(cell.split())
        if len(text) > LONGEST_NAME:
            raise _Wrong(name, f"{text[:40]}… ({len(text)} characters)", f"at most {LONGEST_NAME} characters")
        return text
    try:
        text = clean(cell, LONGEST_NAME)
    except ValueError as refused:
        shown = "".join(one if one.isprintable() else f"[U+{ord(one):04X}]" for one in cell[:40])
        raise _Wrong(name, shown, str(refused)) from None
    if any("CYRILLIC" in unicodedata.name(one, "") for one in text) and any("a" <= one.casefold() <= "z" for one in text):
        notes.append("the name mixes Latin and Cyrillic letters, which look alike")
    return text


def _number(cell: str) -> str:
    """A number as text: without the apostrophe or the formula with which people keep Excel from changing it."""
    text = cell.strip().strip("\u00a0").removeprefix("'")
    quoted = _IN_QUOTES.fullmatch(text)
    return (quoted[1] if quoted else text).strip()


def _pen(name: str, cell: str, notes: list[str]) -> str:
    text = _number(cell)
    digits = text.replace(" ", "").replace("-", "")
    if not digits:
        return ""
    if re.fullmatch(r"\d[.,]?\d*E\+?\d+", digits, re.IGNORECASE):
        raise _Wrong(
            name,
            text[:40],
            "nine digits. Excel has shortened the number; format the column as text or number without decimals and export again",
        )
    if not (digits.isascii() and digits.isdigit()):
        raise _Wrong(name, text[:40], "nine digits")
    if len(digits) < 9 and pen_is_valid(digits.zfill(9)):
        notes.append("leading zeros of the PEN were put back")
        return digits.zfill(9)
    if len(digits) != 9:
        raise _Wrong(name, digits[:40], f"nine digits; this has {len(digits)}")
    if not pen_is_valid(digits):
        raise _Wrong(name, digits, "a PEN whose last digit fits the others. Check it for a typing mistake")
    return digits


def _pupil_number(name: str, cell: str, notes: list[str]) -> str:
    text = _number(cell)
    if not text:
        return ""
    if not (text.isascii() and text.isalnum() and len(text) <= 12):
        raise _Wrong(name, text[:40], "up to 12 digits and letters")
    return text


def _grade(name: str, cell: str, notes: list[str]) -> str:
    text = _number(cell)
    short = _WORDS_OF_GRADES.sub("", text).strip().upper().removesuffix(".0")
    short = {"K": "KF", "UNGRADED": "SU", "SECONDARY UNGRADED": "SU"}.get(
        short, short.zfill(2) if short.isascii() and short.isdigit() else short
    )
    if short in GRADES or short in GRADES_ELSEWHERE:
        return short
    raise _Wrong(name, text[:40] or "nothing", "08, 09, 10, 11, 12 or SU")


def _category(name: str, cell: str, notes: list[str]) -> str:
    text = cell.strip().strip("\u00a0")
    if text.casefold() in _NO_CATEGORY:
        return ""
    match = _CATEGORY.fullmatch(text)
    letter = match[1].upper() if match else ""
    if letter in CATEGORIES:
        return letter
    if letter in EXPIRED:
        raise _Wrong(
            name,
            text[:40],
            f"{letter} is a code that the Ministry has ended; give the code that counts now: {', '.join(CATEGORIES)}, or nothing",
        )
    raise _Wrong(name, text[:40], f"one of {', '.join(CATEGORIES)}, or nothing")


def _same_student_twice(found: Found, headings: dict[str, str]) -> None:
    """Two rows with one number: the same row is one, anything else is for a person to decide, and neither row is taken."""
    for name in ("pen", "pupil_number"):
        groups: dict[str, list[Row]] = {}
        for row in found.rows:
            if number := getattr(row, name):
                groups.setdefault(number, []).append(row)
        for number, rows in groups.items():
            if len(rows) > 1:
                _decide(found, rows, headings.get(name, FIELDS[name]), number)
    names: dict[tuple[str, str, str], list[Row]] = {}
    for row in found.rows:
        if not (row.pen or row.pupil_number):
            names.setdefault((row.given, row.family, row.school), []).append(row)
    for rows in names.values():
        if len(rows) > 1:
            _decide(found, rows, headings.get("family", FIELDS["family"]), f"{rows[0].given} {rows[0].family}".strip())


def _decide(found: Found, rows: Sequence[Row], column: str, number: str) -> None:
    first = _content(rows[0])
    if all(_content(row) == first for row in rows[1:]):
        doubled = {row.number for row in rows[1:]}
        found.left_out["that repeat another row exactly"] += len(doubled)
    else:
        doubled = {row.number for row in rows}
        for row in rows:
            others = ", ".join(str(one.number) for one in rows if one is not row)
            schools = len({one.school for one in rows}) > 1
            what = "in another school" if schools else "with other details"
            found.problems.append(Problem(row.number, column, number, f"each student once; row {others} has the same {what}"))
            found.failed.append((row.number, dict(_cells(row))))
    found.rows = [row for row in found.rows if row.number not in doubled]


def _content(row: Row) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in Row.__slots__ if name not in ("number", "notes"))


def _cells(row: Row) -> Iterator[tuple[str, str]]:
    for name in ("pen", "pupil_number", "given", "family", "grade", "school", "category", "case_manager"):
        yield name, getattr(row, name)


def comparable(name: str) -> str:
    """A name for asking whether two rows may be one student: without accents and signs, in any order of its words.

    >>> comparable("José  O'Neil-Ray") == comparable("oneil ray JOSE")
    True
    """
    plain = name.casefold()
    if not plain.isascii():
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    return " ".join(sorted(_WORD.findall(_WITHIN.sub("", plain))))
