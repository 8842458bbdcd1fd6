"""Which column is what. Schools export what they choose (MyEducation BC's field sets), so headings are guessed, shown, and remembered once corrected."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Mapping as AnyMapping

from forms_app.students import CATEGORIES, pen_is_valid

from .sheet import Line

Mapping = AnyMapping[int, str]
"""The number of a column, from 0, and the field that it holds."""

FIELDS: AnyMapping[str, str] = {
    "pen": "Personal Education Number (PEN)",
    "pupil_number": "Pupil number",
    "given": "Given name, as used",
    "family": "Family name, as used",
    "name": "Whole name (“Family, Given”)",
    "legal_given": "Legal given name",
    "legal_family": "Legal family name",
    "grade": "Grade",
    "school": "School (code or name)",
    "school_name": "School name, beside the code",
    "category": "Ministry category",
    "case_manager": "Case manager",
}
# Headings as systems and people write them, after `normalized`.
_HEADINGS: AnyMapping[str, str] = {
    "pen": "pen; pen number; pen no; personal education number; provincial education number; provincial id; pen id; mincode pen",
    "pupil_number": (
        "pupil number; pupil no; pupil; pupil id; student number; student no; student id; local student id; localstudentid; local id; student; "
        "id number; studentnumber; pupilnumber; studentid; student number pupil; identifier"
    ),
    "given": (
        "given name; given names; given; usual first name; usual first; usual given name; usual given names; first name; first; firstname; preferred first name; "
        "preferred given name; preferred name; usual name; usualfirstname; usualgivenname; givenname; chosen name; known as; name first; student first name"
    ),
    "family": (
        "family name; surname; usual last name; usual last; usual surname; usual family name; last name; last; lastname; preferred last name; preferred surname; "
        "usuallastname; usualsurname; familyname; preferred family name; name last; student last name; student surname"
    ),
    "name": "name; student name; full name; usual name full; name last first; last first; lastname firstname; last name first name; student full name; usual full name; name view",
    "legal_given": "legal first name; legal given name; legal given names; legal first; legal given; legalfirstname; legalgivenname",
    "legal_family": "legal last name; legal surname; legal family name; legal last; legallastname; legalsurname",
    "grade": "grade; grade level; gr; gradelevel; enrolled grade code; enrolledgradecode; current grade; grade code; yog grade; grades; student grade",
    "school": (
        "school code; school number; school no; mincode; ministry code; school id; schoolcode; schl code; school; ministry school code; school mincode; schoolid; "
        "school school id; school number code; sch"
    ),
    "school_name": "school name; schoolname; school school name; name of school",
    "category": (
        "category; ministry category; special education category; specialeducationcategory; inclusive education category; designation; ministry designation; "
        "sped category; special ed category; special needs category; special needs code; sped code; sped; primary designation; ministry code category; "
        "designation code; category code; ie category; spec ed category; special education designation; exceptionality; primary exceptionality; special ed; spec ed"
    ),
    "case_manager": "case manager; casemanager; case mgr; cm; case manager name; case manager username; case worker; ist; caseload teacher",
}
HEADINGS: AnyMapping[str, str] = {words.strip(): field for field, text in _HEADINGS.items() for words in text.split(";")}
# What stands in the headings of columns that the app must not keep (FIPPA s.26: it is not needed for a checklist).
_PERSONAL = re.compile(
    r"\b(gender|sex|pronouns?|ancestry|aboriginal|indigenous|native|nation|band|reserve|status card|language|esl|ell|funding|funded|postal|postcode|zip|address|street|city|"
    r"phone|cell|mobile|e ?mail|birth|born|dob|age|health|medical|medicare|allerg\w*|custody|parents?|guardians?|contacts?|emergency|mother|father|citizenship|country|"
    r"immigration|visa|religion|photo|diagnosis|disability|notes?|comments?|marks?|average|gpa|locker|login|password|homelanguage|birthdate|bandcode|postalcode)\b"
)
GRADES_ELSEWHERE = ("KH", "KF", "01", "02", "03", "04", "05", "06", "07", "EU", "GA", "HS")
_LOOKED_AT = 200  # rows


def normalized(heading: str) -> str:
    """A heading for comparing: one Unicode form, small letters, words only.

    >>> normalized("  Usual\u00a0Last-Name: "), normalized("Pupil #"), normalized("School > Name")
    ('usual last name', 'pupil', 'school name')
    """
    folded = unicodedata.normalize("NFKC", heading).casefold().replace("_", " ")
    return " ".join(re.sub(r"[^\w]+", " ", folded).split())


def guess_heading(heading: str) -> str:
    """The field that a heading names, or an empty text."""
    words = normalized(heading)
    return HEADINGS.get(words) or HEADINGS.get(words.removeprefix("student "), "") if words else ""


def is_personal(heading: str) -> bool:
    """Whether a column holds what must not be kept, by its heading; nobody is offered to map it."""
    return not guess_heading(heading) and bool(_PERSONAL.search(normalized(heading)))


def guess(headings: Sequence[str], lines: Sequence[Line], remembered: AnyMapping[str, str] | None = None) -> dict[int, str]:
    """Each column that can be told: from what was remembered (normalized heading to field), its heading, and what stands in it."""
    known = remembered or {}
    found: dict[int, str] = {}
    for place, heading in enumerate(headings):
        field = known.get(normalized(heading), guess_heading(heading))
        if field and field not in found.values():
            found[place] = field
    sample = lines[:_LOOKED_AT]
    for place in range(len(headings)):
        if place not in found and not is_personal(headings[place]) and known.get(normalized(headings[place])) != "":
            told = _by_content([line.cells[place].strip() for line in sample if place < len(line.cells)])
            if told and told not in found.values():
                found[place] = told
    values = set(found.values())
    if "school_name" in values and "school" not in values:
        found = {place: "school" if field == "school_name" else field for place, field in found.items()}
    if "name" in values and {"given", "family"} <= values:
        found = {place: field for place, field in found.items() if field != "name"}
    return found


def _by_content(cells: Sequence[str]) -> str:
    """The field that nearly every cell of a column fits, where nothing else would."""
    filled = [cell for cell in cells if cell]
    if len(filled) < 3:
        return ""
    if _most(filled, lambda cell: pen_is_valid(cell.replace(" ", "").replace("-", ""))):
        return "pen"
    if len(set(filled)) > 2 and _most(
        filled, lambda cell: cell.upper() in ("08", "09", "10", "11", "12", "SU", "8", "9", *GRADES_ELSEWHERE)
    ):
        return "grade"
    letters = Counter(cell for cell in filled)
    if len(letters) > 2 and all(cell in CATEGORIES for cell in letters):
        return "category"
    return ""


def _most(cells: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return sum(fits(cell) for cell in cells) >= 0.95 * len(cells)


def missing(mapping: Mapping) -> tuple[str, ...]:
    """What a file must say and this mapping does not: in words, with what would do."""
    fields = set(mapping.values())
    lacking = []
    if not fields & {"given", "family", "name", "legal_given", "legal_family"}:
        lacking.append("which column holds the name")
    if not fields & {"pen", "pupil_number"}:
        lacking.append("which column holds the PEN or the pupil number")
    if "grade" not in fields:
        lacking.append("which column holds the grade")
    return tuple(lacking)


def signature(headings: Sequence[str]) -> str:
    """Names a layout without keeping its headings: files with the same columns in any order are one."""
    return hashlib.sha256("\n".join(sorted(filter(None, map(normalized, headings)))).encode()).hexdigest()[:32]
