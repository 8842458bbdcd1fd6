"""The invented district: big enough to feel real, the same on every day of the year, and nobody in it is anybody."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import pytest

from forms_app import demo
from forms_app.checklists import Checklist, Status, checklist
from forms_app.handbook import Handbook
from forms_app.permissions import Role
from forms_app.records import accounts, district, open_the_store, schools, students
from forms_app.school_year import SchoolYear, school_year_of
from forms_app.settings import ROOT
from forms_app.store import Store, new_key
from forms_app.students import CATEGORIES, GRADES, Answer, Route, Student, pen_is_valid
from tests.district import TODAY

DAYS = [
    dt.date(2026, 11, 24), dt.date(2028, 2, 29), dt.date(2027, 2, 28), dt.date(2026, 7, 1), dt.date(2027, 6, 30), dt.date(2026, 9, 1), dt.date(2026, 9, 8), dt.date(2026, 12, 31), dt.date(2027, 1, 1),
    dt.date(2026, 8, 28), dt.date(2027, 3, 14), dt.date(2026, 11, 1), dt.date(2027, 5, 24),
]  # fmt: skip


@dataclass
class Made:
    """One filled store and what is in it."""

    store: Store
    book: Handbook
    today: dt.date
    accounts: list[tuple[object, str]]

    @property
    def year(self) -> SchoolYear:
        return school_year_of(self.today)

    def record(self, student_id: str, year: SchoolYear) -> students.StudentRecord:
        document = self.store.get("student", student_id)
        assert document
        return students.read(document, year)

    @property
    def ids(self) -> list[str]:
        return [summary.id for summary in self.store.list("student")]

    @property
    def students(self) -> list[Student]:
        return [self.record(one, self.year).student for one in self.ids]

    def checklists(self, year: SchoolYear) -> list[Checklist]:
        _, announced = district.announcements(self.store)
        records = [self.record(one, year) for one in self.ids]
        return [checklist(self.book, record.student, year, self.today, record.occurrences, record.marks, announced) for record in records]


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 20, tzinfo=dt.UTC)


def fill(book: Handbook, today: dt.date) -> Made:
    store = open_the_store("memory://", new_key(), lambda: noon(today))
    made = demo.fill(store, book, ROOT, "kelp-lantern-meadow", noon(today), today)
    return Made(store, book, today, list(made.accounts))


@pytest.fixture(scope="module")
def made(book: Handbook) -> Made:
    return fill(book, TODAY)


def test_there_are_two_schools_sixty_students_and_eight_staff(made: Made) -> None:
    assert (len(schools.everyone(made.store)), len(made.ids), len(accounts.everyone(made.store)), len(made.accounts)) == (2, 60, 8, 8)


def test_every_role_has_somebody(made: Made) -> None:
    assert {role for account in accounts.everyone(made.store) for role in account.person.roles} == set(Role)


def test_every_route_category_grade_and_answer_is_there(made: Made) -> None:
    found = made.students
    assert {student.grade for student in found} == set(GRADES)
    assert {student.category for student in found} == {"", *CATEGORIES}
    assert {route for student in found for route in student.routes} == set(Route)
    assert any(len(student.routes) > 1 for student in found), "several at once are normal"
    for answer in Answer:
        assert any(student.iep is answer for student in found)
        assert any(student.assistant is answer for student in found)
    assert any(not student.family for student in found), "somebody has one name"
    assert any(not student.case_manager_on(made.today) for student in found), "the principal has somebody to name a case manager for"


def test_only_who_is_coded_has_a_category(made: Made) -> None:
    for student in made.students:
        assert bool(student.category) == (Route.CODED in student.routes)


def test_every_number_is_invented_and_still_passes_its_check(made: Made) -> None:
    pens = [student.pen for student in made.students]
    assert all(pen.startswith("00000") and pen_is_valid(pen) for pen in pens)
    assert len(set(pens)) == 60
    assert len({student.pupil_number for student in made.students}) == 60


def test_a_case_manager_has_between_fifteen_and_forty_students_or_is_a_counsellor_with_few(made: Made) -> None:
    numbers = Counter(student.case_manager_on(made.today) for student in made.students)
    for account in accounts.everyone(made.store):
        if Role.CASE_MANAGER in account.person.roles:
            assert 15 <= numbers[account.person.id] <= 40
        elif Role.COUNSELLOR not in account.person.roles:
            assert not numbers[account.person.id]


def test_a_case_manager_and_their_students_are_at_the_same_school(made: Made) -> None:
    people = {account.person.id: account.person for account in accounts.everyone(made.store)}
    for student in made.students:
        manager = student.case_manager_on(made.today)
        assert not manager or people[manager].school == student.school


def share_done(checklists: list[Checklist]) -> float:
    entries = [entry for one in checklists for entry in one.entries if not entry.item.optional]
    return sum(1 for entry in entries if not entry.open) / len(entries)


def test_last_year_is_closed_and_this_year_is_half_done(made: Made) -> None:
    assert share_done(made.checklists(made.year.previous)) > 0.9
    assert 0.3 < share_done(made.checklists(made.year)) < 0.8


def test_every_status_and_something_to_look_at_is_there(made: Made) -> None:
    entries = [entry for one in made.checklists(made.year) for entry in one.entries]
    assert {entry.status for entry in entries} == set(Status)
    lists = made.checklists(made.year)
    for urgency in ("overdue", "soon", "later"):
        assert any(entry.urgency(made.today) == urgency for one in lists for entry in one.open_entries)
    assert any(one.unknown for one in lists), "something is asked"
    assert any(occurrence.event == "sbt-meeting" and occurrence.on > made.today for one in lists for occurrence in one.occurrences), (
        "a meeting is coming up"
    )
    assert len({occurrence.event for one in lists for occurrence in one.occurrences}) >= 6


def test_no_list_shouts(made: Made) -> None:
    """A demonstration in which everything is late teaches nobody to look at what is."""
    late = [entry for one in made.checklists(made.year) for entry in one.open_entries if entry.urgency(made.today) == "overdue"]
    assert 1 <= len(late) <= 40


def test_nothing_is_recorded_that_the_app_itself_would_refuse(made: Made) -> None:
    for year in (made.year.previous, made.year):
        for one in made.checklists(year):
            for entry in one.entries:
                for mark in entry.marks:
                    assert mark.on is not None
                    assert mark.on <= made.today
                    assert mark.at <= noon(made.today)
                    assert mark.wording == entry.item.title
                    if mark.status is Status.DONE:
                        assert {record.kind for record in entry.item.records if record.kind != "held on"} == set(mark.facts)
                    assert mark.status is not Status.NOT_NEEDED or mark.facts["reason"]
                    assert mark.status is not Status.WAITING or mark.facts["waiting for"]


def test_consent_comes_before_every_referral_that_was_submitted(made: Made) -> None:
    for year in (made.year.previous, made.year):
        for one in made.checklists(year):
            for entry in one.entries:
                if entry.item.id == "referral.submit" and entry.status is Status.DONE:
                    assert entry.occurrence
                    assert one.by_key[f"referral.consent@{entry.occurrence.id}"].status is Status.DONE


def test_the_same_day_gives_the_same_district(book: Handbook, made: Made) -> None:
    again = fill(book, TODAY)

    def known(one: Made) -> list[tuple[str, str, str, int]]:
        return sorted((student.name, student.pen, student.grade, len(one.record(student.id, one.year).marks)) for student in one.students)

    assert known(again) == known(made)


def test_the_store_that_it_fills_verifies(made: Made) -> None:
    assert made.store.verify().ok


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_on_any_day_of_any_year_there_is_a_district_to_look_at(day: dt.date, book: Handbook) -> None:
    made = fill(book, day)
    assert len(made.ids) == 60
    assert share_done(made.checklists(made.year.previous)) > 0.9
    for year in (made.year.previous, made.year):
        for one in made.checklists(year):
            assert one.entries
            assert all(mark.on and mark.on <= day for entry in one.entries for mark in entry.marks)
    ahead = [occurrence for one in made.checklists(school_year_of(day)) for occurrence in one.occurrences if occurrence.on > day]
    if day + dt.timedelta(days=6) in made.year:
        assert ahead, "a meeting is coming up"
    _, announced = district.announcements(made.store)
    assert all(one.announced <= day for one in announced.values())


def test_each_account_may_have_a_password_of_its_own(book: Handbook) -> None:
    class Passwords(dict[str, str]):
        def __missing__(self, username: str) -> str:
            return f"for {username}"

    store = open_the_store("memory://", new_key(), lambda: noon(TODAY))
    made = demo.fill(store, book, ROOT, Passwords(), noon(TODAY), TODAY)
    assert {password for _, password in made.accounts} == {f"for {person.username}" for person, _ in made.accounts}
