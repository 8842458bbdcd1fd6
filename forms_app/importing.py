"""What bringing in a roster would do to the students that are kept: new, changed field by field, unchanged, gone, asked about. Nothing is written here.

Three things never happen by an import: an empty cell never empties what is kept, a legal name never replaces the name that a student uses, and
nobody is closed or deleted because they are not in a file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .permissions import Person, can_be_case_manager_at
from .plain_text import folded
from .roster.rows import Found, Problem, Row, comparable
from .students import Route, Student

FIELD_LABELS: Mapping[str, str] = {
    "given": "Given name",
    "family": "Family name",
    "legal_name": "Legal name",
    "pen": "PEN",
    "pupil_number": "Pupil number",
    "school": "School",
    "grade": "Grade",
    "counts_as": "Counts as grade",
    "category": "Ministry category",
    "routes": "Why the student has a case manager",
    "case_manager": "Case manager",
}
LEAVE_OUT = "leave out"
SAME, ANOTHER = "same", "another"
NO_REASON = "without a Ministry category and not kept here: nothing says that they need a case manager"
OTHER_SCHOOLS = "of schools that you do not answer for"
UNWANTED_SCHOOLS = "of schools that were left out"
CLIPPED = 25  # characters that the 1701 file has for a name


@dataclass(frozen=True)
class Place:
    """A school as an import needs it."""

    id: str
    name: str
    code: str


@dataclass(frozen=True)
class Here:
    """What is kept now. `confirmed` holds the ids of students whose grade is known to be this school year's; `day` decides who is case manager."""

    students: Sequence[Student]
    schools: Sequence[Place]
    people: Sequence[Person]
    managers: Mapping[str, str]  # the case manager of each student today, by the student's id
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Wishes:
    """What the person decided. `scope` is which schools they answer for (None: the district)."""

    scope: frozenset[str] | None = None
    school: str = ""  # where a file does not say it
    without_category: str = LEAVE_OUT  # or the route of those who have none
    schools: Mapping[str, str] = field(default_factory=dict)  # a school as written, `folded`, and its id here, or LEAVE_OUT
    answers: Mapping[int, str] = field(default_factory=dict)  # a row, and whether it is the SAME student or ANOTHER
    names_managers: bool = True
    clipped: bool = False


@dataclass(frozen=True)
class Step:
    """One thing to write. `student` is empty for a new one; `changes` are (was, becomes) by field."""

    row: int
    student: str
    name: str
    school: str
    changes: Mapping[str, tuple[object, object]]
    manager: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        return not self.student


@dataclass(frozen=True)
class Question:
    """A row that may be somebody who is kept, or may not; nothing of it is written before it is answered."""

    row: int
    name: str
    student: str
    asked: str
    may_be_another: bool = True


@dataclass
class Plan:
    """What would be done. Rows in `problems` and `questions` do nothing."""

    steps: list[Step] = field(default_factory=list)
    unchanged: int = 0
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unknown_schools: dict[str, tuple[str, int]] = field(default_factory=dict)  # as written: the name beside it, and how many rows
    left_out: Counter[str] = field(default_factory=Counter)
    looks: list[tuple[int, str, str]] = field(default_factory=list)  # row, name, what to look at
    schools: set[str] = field(default_factory=set)  # that the file speaks of

    @property
    def new(self) -> list[Step]:
        return [step for step in self.steps if step.is_new]

    @property
    def changed(self) -> list[Step]:
        return [step for step in self.steps if not step.is_new]


class _Schools:
    """Finds a school by the Ministry's code (with lost zeros, or without the district), by its name, or by what was answered before."""

    def __init__(self, places: Sequence[Place], answers: Mapping[str, str]) -> None:
        self._found: dict[str, str] = {}
        short = Counter(place.code[-5:] for place in places if place.code)
        for place in places:
            self._found[folded(place.name)] = place.id
            if place.code:
                names = (place.code, place.code.lstrip("0"), *([place.code[-5:]] if short[place.code[-5:]] == 1 else []))
                self._found.update(dict.fromkeys(map(folded, names), place.id))
        self._found.update(answers)

    def find(self, row: Row) -> str:
        return self._found.get(folded(row.school)) or self._found.get(folded(row.school_name), "") if row.school else ""


class _Kept:
    """The students that are kept, by what a row can be recognized by."""

    def __init__(self, students: Iterable[Student]) -> None:
        self.by_id: dict[str, Student] = {}
        self.by_pen: dict[str, Student] = {}
        self.by_pupil: dict[str, list[Student]] = {}
        self.by_name: dict[str, list[Student]] = {}
        for one in students:
            self.by_id[one.id] = one
            if one.pen:
                self.by_pen.setdefault(one.pen, one)
            if one.pupil_number:
                self.by_pupil.setdefault(one.pupil_number, []).append(one)
                bare = one.pupil_number.lstrip("0")
                if bare != one.pupil_number:
                    self.by_pupil.setdefault(f"lost {bare}", []).append(one)
            self.by_name.setdefault(comparable(one.name), []).append(one)

    def pupils(self, row: Row) -> list[Student]:
        if not row.pupil_number:
            return []
        return self.by_pupil.get(row.pupil_number) or (self.by_pupil.get(f"lost {row.pupil_number}", []) if row.pupil_was_number else [])


def plan(found: Found, here: Here, wishes: Wishes, known_columns: Iterable[str] = ()) -> Plan:
    """Compare. `known_columns` are the fields that the file has a column for."""
    made = Plan(problems=list(found.problems), left_out=Counter(found.left_out))
    kept, schools, columns = _Kept(here.students), _Schools(here.schools, wishes.schools), frozenset(known_columns)
    managers = _Managers(here.people)
    met: set[str] = set()
    spelled: dict[tuple[str, str, str], int] = {}
    for row in found.elsewhere:
        met.update(one.id for one in _numbers(row, kept))
    for row in found.rows:
        school = _school(row, schools, wishes, made)
        if not school:
            met.update(one.id for one in _numbers(row, kept))
            continue
        made.schools.add(school)
        student = _recognize(row, school, kept, wishes, made, met)
        if student == LEAVE_OUT:
            continue
        if isinstance(student, Student):
            _compare(row, student, school, here, wishes, made, managers, columns)
        else:
            _add(row, school, wishes, made, managers, spelled)
    made.gone = [one.id for one in here.students if one.state == "open" and one.school in made.schools and one.id not in met]
    return made


def _numbers(row: Row, kept: _Kept) -> list[Student]:
    by_pen = kept.by_pen.get(row.pen) if row.pen else None
    return [*([by_pen] if by_pen else []), *kept.pupils(row)]


def _school(row: Row, schools: _Schools, wishes: Wishes, made: Plan) -> str:
    """The id of the row's school, empty where the row does nothing."""
    if not row.school:
        only = wishes.school or (min(wishes.scope) if wishes.scope and len(wishes.scope) == 1 else "")
        if not only:
            made.problems.append(Problem(row.number, "School", "nothing", "a school; or choose one for the whole file"))
        return only
    found = schools.find(row)
    if not found:
        name, count = made.unknown_schools.get(row.school, (row.school_name, 0))
        made.unknown_schools[row.school] = (name, count + 1)
    elif found == LEAVE_OUT:
        made.left_out[UNWANTED_SCHOOLS] += 1
    elif wishes.scope is not None and found not in wishes.scope:
        made.left_out[OTHER_SCHOOLS] += 1
    else:
        return found
    return ""


def _recognize(row: Row, school: str, kept: _Kept, wishes: Wishes, made: Plan, met: set[str]) -> Student | str | None:
    """The student who is meant, None for a new one, LEAVE_OUT where that has to be asked first."""
    numbered = {one.id: one for one in _numbers(row, kept)}
    met.update(numbered)
    if len(numbered) > 1:
        made.problems.append(
            Problem(row.number, "PEN and pupil number", f"numbers of {len(numbered)} different students here", "numbers of one student")
        )
        return LEAVE_OUT
    student = next(iter(numbered.values()), None)
    if student is None:
        alike = [one for one in kept.by_name.get(comparable(row.name), ()) if _could_be(row, one, school, wishes)]
        exact = [one for one in alike if (one.given, one.family, one.school) == (row.given, row.family, school)]
        if not alike:
            return None
        met.update(one.id for one in alike)
        if not (row.pen or row.pupil_number) and len(exact) == 1:
            student = exact[0]
        else:
            return _ask(row, (exact or alike)[0], "has the same name, and no number tells whether it is the same student", wishes, made)
    elif wishes.scope is not None and student.school not in wishes.scope:
        made.looks.append(
            (
                row.number,
                row.name,
                "A student with this number is kept at another school. Student Support Services brings in who has changed schools.",
            )
        )
        return LEAVE_OUT
    if student.state != "open":
        made.looks.append((row.number, row.name, "The record of this student is closed. Reopen it first if the student is back."))
        return LEAVE_OUT
    if _is_other_name(row, student) or (row.pen and student.pen and row.pen != student.pen):
        what = (
            "has this number here under another name"
            if row.pen == student.pen or not row.pen
            else "has this pupil number here with another PEN"
        )
        return _ask(row, student, what, wishes, made, may_be_another=False)
    return student


def _could_be(row: Row, student: Student, school: str, wishes: Wishes) -> bool:
    if student.state != "open" or (student.school != school and (wishes.scope is not None or row.grade != student.grade)):
        return False
    return not ((row.pen and student.pen) or (row.pupil_number and student.pupil_number))  # two numbers that differ are two students


def _is_other_name(row: Row, student: Student) -> bool:
    if (row.given, row.family) == (student.given, student.family):
        return False
    theirs = {*comparable(student.name).split(), *comparable(student.legal_name).split()}
    return not theirs & {*comparable(row.name).split(), *comparable(row.legal_name).split()}


def _ask(row: Row, student: Student, asked: str, wishes: Wishes, made: Plan, may_be_another: bool = True) -> Student | str | None:
    answer = wishes.answers.get(row.number, "")
    if answer == SAME:
        return student
    if answer == ANOTHER and may_be_another:
        return None
    made.questions.append(Question(row.number, row.name, student.id, f"{student.name} {asked}", may_be_another))
    return LEAVE_OUT


class _Managers:
    """Finds an account by user name or name, written either way round."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._found: dict[str, list[Person]] = {}
        for person in people:
            for name in {person.username.casefold(), comparable(person.name)} - {""}:
                self._found.setdefault(name, []).append(person)

    def find(self, text: str, school: str) -> str:
        for key in (text.casefold(), comparable(text)):
            found = [one for one in self._found.get(key, ()) if can_be_case_manager_at(one, school)]
            if len(found) == 1:
                return found[0].id
        return ""


def _manager(row: Row, school: str, current: str, managers: _Managers, wishes: Wishes) -> tuple[str, str]:
    """Whom to name as case manager, and what there is to say about it."""
    if not row.case_manager:
        return "", ""
    found = managers.find(row.case_manager, school)
    if not found:
        return (
            "",
            f"the file names “{row.case_manager}” as case manager, who is no case manager or counsellor with an account at this school",
        )
    if found == current:
        return "", ""
    if current:
        return "", "the file names another case manager than is recorded here; hand the student over instead"
    return (found, "") if wishes.names_managers else ("", "the principal names the case manager")


def _compare(
    row: Row, student: Student, school: str, here: Here, wishes: Wishes, made: Plan, managers: _Managers, columns: frozenset[str]
) -> None:
    changes: dict[str, tuple[object, object]] = {}
    notes = list(row.notes)
    legal = row.legal_name
    for name in ("given", "family"):
        new, old = getattr(row, name), getattr(student, name)
        if new and name not in row.from_legal and not _is_clipped(new, old, wishes):
            changes[name] = (old, new)
    becomes = f"{changes.get('given', (0, student.given))[1]} {changes.get('family', (0, student.family))[1]}".strip()
    if legal and legal != becomes and not (wishes.clipped and student.legal_name.startswith(legal)):
        changes["legal_name"] = (student.legal_name, legal)
    if row.pen:
        changes["pen"] = (student.pen, row.pen)
    if row.pupil_number and not (row.pupil_was_number and student.pupil_number.lstrip("0") == row.pupil_number):
        changes["pupil_number"] = (student.pupil_number, row.pupil_number)
    changes["school"] = (student.school, school)
    if row.category:
        changes["category"] = (student.category, row.category)
        routes = sorted(route.value for route in student.routes)
        changes["routes"] = (routes, sorted({*routes, Route.CODED.value}))
    elif student.category and "category" in columns:
        made.looks.append(
            (row.number, student.name, f"The file has no category, and category {student.category} is kept here. It was left as it is.")
        )
    changes["grade"] = (student.grade, row.grade)
    if student.counts_as and row.grade != "SU":
        changes["counts_as"] = (student.counts_as, "")
    unconfirmed = student.id not in here.confirmed
    changes = {name: (was, now) for name, (was, now) in changes.items() if was != now or (name == "grade" and unconfirmed)}
    manager, said = _manager(row, school, here.managers.get(student.id, ""), managers, wishes)
    if said:
        notes.append(said)
    if "school" in changes and here.managers.get(student.id):
        notes.append("the case manager of the school before stays recorded until another is named")
    if changes or manager:
        made.steps.append(Step(row.number, student.id, student.name, school, changes, manager, tuple(notes)))
    else:
        made.unchanged += 1
        if said:
            made.looks.append((row.number, student.name, f"{said[0].upper()}{said[1:]}."))


def _is_clipped(new: str, old: str, wishes: Wishes) -> bool:
    """The 1701 file cuts names off; the longer one here is right."""
    return wishes.clipped and len(new) >= CLIPPED - 1 and old.startswith(new)


def _add(row: Row, school: str, wishes: Wishes, made: Plan, managers: _Managers, spelled: dict[tuple[str, str, str], int]) -> None:
    if not row.category and wishes.without_category == LEAVE_OUT:
        made.left_out[NO_REASON] += 1
        return
    route = Route.CODED if row.category else Route(wishes.without_category)
    notes = list(row.notes)
    if not (row.pen or row.pupil_number):
        notes.append("has neither PEN nor pupil number, so only the exact name will be recognized next time")
    key = comparable(row.name), school, row.grade
    if key in spelled:
        notes.append(f"row {spelled[key]} has nearly the same name in the same grade: check that they are two students")
    spelled.setdefault(key, row.number)
    manager, said = _manager(row, school, "", managers, wishes)
    if said:
        notes.append(said)
    values = {"given": row.given, "family": row.family, "legal_name": row.legal_name if row.legal_name != row.name else "", "pen": row.pen,
              "pupil_number": row.pupil_number, "school": school, "grade": row.grade, "category": row.category, "routes": [route.value]}  # fmt: skip
    changes: dict[str, tuple[object, object]] = {name: ("", value) for name, value in values.items() if value}
    made.steps.append(Step(row.number, "", row.name, school, changes, manager, tuple(notes)))


def as_student(step: Step) -> Student:
    """The student that a step for a new one makes."""
    values = {name: str(value) for name, (_, value) in step.changes.items() if name != "routes"}
    routes = step.changes["routes"][1]
    assert isinstance(routes, list)  # noqa: S101 (made above)
    plain = Student(id="", given="", family="", school="", grade="", routes=frozenset(map(Route, routes)))
    return replace(plain, **values)  # type: ignore[arg-type]  # every one of these fields is a text


def field_words(name: str, value: object, schools: Mapping[str, str]) -> str:
    """A value as the preview shows it."""
    if name == "school":
        return schools.get(str(value), "another school")
    if name == "routes" and isinstance(value, list):
        return ", ".join(Route(one).label for one in value) or "nothing"
    if name == "grade":
        return re.sub("^0", "", str(value)) or "nothing"
    return str(value) or "nothing"
