"""The school year turns: preview, opening, running it twice, taking it back, and what is carried over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from tinydb import TinyDB, where
from tinydb.operations import delete

from forms_app import desk as desks
from forms_app.checklists import Status
from forms_app.desk import Desk
from forms_app.records import editions, openings, students
from forms_app.school_year import SchoolYear
from forms_app.settings import Settings
from forms_app.students import Answer
from tests.district import CEDAR, District
from tests.district import student as made
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]
SEPTEMBER = dt.datetime(2027, 9, 7, 18, tzinfo=dt.UTC)
LAST, YEAR = SchoolYear(2026), SchoolYear(2027)


@pytest.fixture
def cohort(district: District) -> dict[str, str]:
    """Students of the manager in November, one for each thing that can happen; then it is September."""
    kinds = {
        "eight": {"grade": "08"},
        "twelve stays": {"grade": "12", "leaving": Answer.NO},
        "twelve left": {"grade": "12", "leaving": Answer.YES},
        "ungraded": {"grade": "SU", "counts_as": "10"},
    }
    found = {
        name: district.add_student(made(given=name.title(), family="Xylander", **changes), [("manager", dt.date(2026, 9, 8), None)])
        for name, changes in kinds.items()
    }
    district.mark(found["eight"], "iep.monitor", Status.WAITING, {"waiting for": "the parents"})
    district.event(found["eight"], "confidential-report", detail="hospital report")
    district.clock.now = SEPTEMBER
    return found


@pytest.fixture
def manager(visitor: Visitors, cohort: dict[str, str]) -> Visitor:
    """Signed in after the summer."""
    return visitor("manager")


@pytest.fixture
def desk(district: District) -> Desk:
    return Desk(district.store, district.book, Settings(), district.clock)


def grade(district: District, student: str) -> str:
    return district.record(student).student.grade


def test_the_preview_counts_and_writes_nothing(visitor: Visitors, district: District, cohort: dict[str, str]) -> None:
    before = {one: district.record(one).version for one in cohort.values()}
    page = visitor("principal").get("/years")
    rows = {row.all("th")[0].text: row.all("td")[0].text for row in page.root.all("tr") if row.all("td")}
    assert rows["Grade 8 becomes 9"] == "1"
    assert rows["Grade 12 stays"] == "1"
    assert rows["Has left, so the record closes"] == "1"
    assert "Ungraded Xylander: ungraded (SU) stays; counts as grade 10: check whether that changes" in page.text
    assert before == {one: district.record(one).version for one in cohort.values()}


def test_a_principal_opens_the_year_for_the_school_and_a_second_time_there_is_nothing_to_do(
    visitor: Visitors, district: District, cohort: dict[str, str]
) -> None:
    principal = visitor("principal")
    page = principal.post("/years/open", {"year": "2027"})
    assert "2027/28 is open for" in principal.get(page.location).text
    assert {name: grade(district, one) for name, one in cohort.items()} == {
        "eight": "09", "twelve stays": "12", "twelve left": "12", "ungraded": "SU",
    }  # fmt: skip
    assert district.record(cohort["twelve left"]).student.state == "left"
    assert district.record(cohort["twelve stays"]).student.leaving is Answer.UNKNOWN
    assert grade(district, district.students["elsewhere"]) == "11", "of another school"
    versions = {one: district.record(one).version for one in cohort.values()}
    again = principal.post("/years/open", {"year": "2027"})
    assert "There was nothing to do: 2027/28 was open already." in principal.get(again.location).text
    assert versions == {one: district.record(one).version for one in cohort.values()}, "nothing was written"


def test_the_district_office_opens_a_school_or_all(visitor: Visitors, district: District, cohort: dict[str, str]) -> None:
    sss = visitor("sss")
    sss.post("/years/open", {"year": "2027", "school": district.schools[CEDAR].id})
    assert (grade(district, cohort["eight"]), grade(district, district.students["elsewhere"])) == ("09", "11")
    sss.post("/years/open", {"year": "2027"})
    assert grade(district, district.students["elsewhere"]) == "12"
    assert grade(district, cohort["eight"]) == "09"


def test_a_principal_opens_no_other_school(visitor: Visitors, district: District, cohort: dict[str, str]) -> None:
    other = visitor("principal-elsewhere")
    assert other.post("/years/open", {"year": "2027", "school": district.schools[CEDAR].id}).status == 404
    other.post("/years/open", {"year": "2027"})
    assert grade(district, cohort["eight"]) == "08"


@pytest.mark.parametrize(
    ("year", "sentence"), [("2026", "is over"), ("2028", "begins on 1 July 2028"), ("2030", "would skip"), ("soon", "Choose")]
)
def test_another_year_than_this_is_refused(year: str, sentence: str, visitor: Visitors, district: District, cohort: dict[str, str]) -> None:
    for path in ("/years/open", "/years/take-back"):
        page = visitor("principal").post(path, {"year": year})
        assert page.status == 422
        assert sentence in page.text
    assert grade(district, cohort["eight"]) == "08"


def test_what_was_interrupted_goes_on(district: District, cohort: dict[str, str], desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, count = openings.open_year, 0

    def stumble(*arguments: object) -> None:
        nonlocal count
        count += 1
        if count > 2:
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(desks.openings, "open_year", stumble)
        with pytest.raises(KeyboardInterrupt):
            desk.open_year(desk.preview(None, YEAR), district.actor("sss"))
    half = desk.preview(None, YEAR)
    assert half.done == 2
    assert desk.open_year(half, district.actor("sss")) == len(half.to_do)
    assert desk.preview(None, YEAR).to_do == ()
    assert grade(district, cohort["eight"]) == "09", "no grade moved twice"


def test_two_who_open_at_once_move_no_grade_twice(district: District, cohort: dict[str, str], desk: Desk) -> None:
    first, second = desk.preview(None, YEAR), desk.preview(None, YEAR)
    assert desk.open_year(first, district.actor("sss")) == len(first.to_do)
    assert desk.open_year(second, district.actor("principal")) == 0
    assert grade(district, cohort["eight"]) == "09"


def test_taking_it_back_restores_grades_and_records_but_not_what_was_used(
    visitor: Visitors, district: District, cohort: dict[str, str]
) -> None:
    principal = visitor("principal")
    before = {name: district.record(one).student for name, one in cohort.items()}
    principal.post("/years/open", {"year": "2027"})
    district.clock.move(minutes=1)
    district.mark(cohort["ungraded"], "iep.monitor")
    page = principal.post("/years/take-back", {"year": "2027"})
    assert "For 1 it stays, because something was recorded since." in principal.get(page.location).text
    after = {name: district.record(one).student for name, one in cohort.items()}
    for name in ("eight", "twelve stays", "twelve left"):
        assert after[name] == before[name], name
    assert after["twelve left"].case_manager_on(district.today) == district.people["manager"].id
    assert district.record(cohort["ungraded"]).ledger.of(YEAR), "it was used"
    principal.post("/years/open", {"year": "2027"})
    assert grade(district, cohort["eight"]) == "09", "and it can be opened again"


def test_a_grade_that_was_changed_by_hand_after_the_opening_is_not_put_back(
    visitor: Visitors, district: District, cohort: dict[str, str]
) -> None:
    principal, student = visitor("principal"), cohort["eight"]
    principal.post("/years/open", {"year": "2027"})
    profile = students.profile_of(district.record(student).student)
    students.edit(district.store, student, {**profile, "grade": "10"}, profile, district.actor("manager"))
    principal.post("/years/take-back", {"year": "2027"})
    assert grade(district, student) == "10"


def test_last_years_checklist_stays_as_it_was(manager: Visitor, visitor: Visitors, cohort: dict[str, str]) -> None:
    path = f"/students/{cohort['eight']}/2026"
    before = manager.get(path).part("main").text
    visitor("principal").post("/years/open", {"year": "2027"})
    after = manager.get(path).part("main").text
    assert before == after
    assert "It is closed: you can read and print it." in after


def test_one_student_is_opened_by_the_case_manager_who_is_told_to(manager: Visitor, district: District, cohort: dict[str, str]) -> None:
    path = f"/students/{cohort['eight']}"
    assert "2027/28 has not been opened for this student" in manager.get(path).text
    assert "grade 8 becomes 9" in manager.get(f"{path}/years").text
    assert manager.post(f"{path}/years/open", {"year": "2027"}).status == 303
    assert manager.post(f"{path}/years/open", {"year": "2027"}).status == 303, "a second click is nothing"
    assert grade(district, cohort["eight"]) == "09"
    assert "The grade was 8 and is 9." in manager.get(f"{path}/years").text
    assert "has not been opened" not in manager.get(path).text
    assert manager.post(f"{path}/years/take-back", {"year": "2027"}).status == 303
    assert grade(district, cohort["eight"]) == "08"
    assert manager.post(f"{path}/years/take-back", {"year": "2027"}).status == 409


def test_who_may_not_close_a_record_does_not_open_the_year_of_who_has_left(
    manager: Visitor, visitor: Visitors, district: District, cohort: dict[str, str]
) -> None:
    path = f"/students/{cohort['twelve left']}/years"
    assert "The principal or Student Support Services opens it" in manager.get(path).text
    assert manager.post(f"{path}/open", {"year": "2027"}).status == 403
    assert visitor("principal").post(f"{path}/open", {"year": "2027"}).status == 303
    assert district.record(cohort["twelve left"]).student.state == "left"


# Carrying over


def test_what_was_not_finished_is_offered_carried_over_one_by_one_and_marked(
    manager: Visitor, district: District, cohort: dict[str, str]
) -> None:
    student = cohort["eight"]
    path = f"/students/{student}"
    page = manager.get(f"{path}/years")
    offered = [box.attributes["value"] for box in page.root.all("input", name="items", type="checkbox")]
    report = next(key for key in offered if key.startswith("records.file-report@"))
    assert "iep.monitor" in offered
    assert report not in [entry.key for entry in district_checklist(district, student)]
    assert manager.post(f"{path}/years/carry", {"items": [report, "iep.monitor"]}).status == 303
    assert manager.post(f"{path}/years/carry", {"items": [report, "iep.monitor"]}).status == 303, "a second click carries nothing twice"
    page = manager.get(path)
    assert "carried over from 2026/27" in page.part(report).text
    assert "Waiting for the parents" in page.part("iep.monitor@from2026").text, "what waited goes on waiting"
    assert "is carried over" in manager.get(f"{path}/years").text
    row = page.part("iep.monitor@from2026")
    assert row.text.count("carried over from 2026/27") == 1
    said = {"status": "done", "on": "2027-09-07", "based_on": district_checklist(district, student)[-1].mark.id}
    assert manager.post(f"{path}/items/iep.monitor@from2026", said).status == 303
    assert manager.post(f"{path}/marks", {"tick": f"{report}|"}).status == 303
    entries = {entry.key: entry for entry in district_checklist(district, student)}
    assert entries["iep.monitor@from2026"].status is Status.DONE
    assert entries[report].status is Status.DONE
    assert entries["iep.monitor"].status is Status.TO_DO


def district_checklist(district: District, student: str) -> list:  # type: ignore[type-arg]
    desk = Desk(district.store, district.book, Settings(), district.clock)
    listed = next(one for one in desk.caseload(district.people["manager"]) if one.student.id == student)
    derived = desk.checklist(district.record(student), YEAR)
    assert [(e.key, e.status) for e in listed.entries] == [(e.key, e.status) for e in derived.entries], "the list says what the record says"
    return list(derived.entries)


@pytest.mark.parametrize(("items", "sentence"), [([], "Choose at least one item."), (["no.such-item"], "nothing to carry over")])
def test_carrying_over_nothing_or_what_is_not_there_is_refused(
    items: list[str], sentence: str, manager: Visitor, cohort: dict[str, str]
) -> None:
    page = manager.post(f"/students/{cohort['eight']}/years/carry", {"items": items})
    assert page.status == 422
    assert sentence in page.text


def test_after_carrying_over_the_opening_stays(manager: Visitor, district: District, cohort: dict[str, str]) -> None:
    path = f"/students/{cohort['eight']}/years"
    manager.post(f"{path}/open", {"year": "2027"})
    manager.post(f"{path}/carry", {"items": ["iep.monitor"]})
    assert manager.post(f"{path}/take-back", {"year": "2027"}).status == 409
    assert grade(district, cohort["eight"]) == "09"


def test_nothing_breaks_on_the_first_of_july_when_nobody_has_opened_the_year(
    manager: Visitor, district: District, cohort: dict[str, str]
) -> None:
    district.clock.now = dt.datetime(2027, 7, 1, 18, tzinfo=dt.UTC)
    path = f"/students/{cohort['eight']}"
    page = manager.get(path)
    assert page.status == 200
    assert "Checklist 2027/28" in page.title
    assert manager.get("/").status == 200
    assert manager.post(f"{path}/marks", {"tick": "iep.develop|"}).status == 303


def test_a_closed_year_stays_as_it_was_whatever_is_changed_since(
    visitor: Visitors, district: District, desk: Desk, cohort: dict[str, str]
) -> None:
    student = cohort["eight"]
    desk.open_year(desk.preview(None, YEAR), district.actor("sss"))
    before = desk.checklist(district.record(student, LAST), LAST)
    details = students.profile_of(district.record(student).student) | {
        "category": "A",
        "iep": "no",
        "routes": ["concern"],
        "assistant": "yes",
        "agency": "yes",
    }
    district.store.change("student", student, lambda db: db.table("profile").update(details), district.actor().entry("edit"))
    after = desk.checklist(district.record(student, LAST), LAST)
    assert after.student.category == before.student.category != "A"
    assert [(entry.key, entry.status, entry.due) for entry in after.entries] == [
        (entry.key, entry.status, entry.due) for entry in before.entries
    ]
    this_year = desk.checklist(district.record(student), YEAR)
    assert {entry.item.id for entry in this_year.entries} != {entry.item.id for entry in before.entries}, (
        "the new year follows what is recorded now"
    )


def test_a_closed_year_keeps_the_edition_that_it_followed(district: District, desk: Desk, cohort: dict[str, str]) -> None:
    student = cohort["eight"]
    editions.begin(district.store, district.book, district.actor())
    desk.open_year(desk.preview(None, YEAR), district.actor("sss"))
    item = next(one.item for one in desk.checklist(district.record(student, LAST), LAST).entries)
    reworded = replace(district.book, items={**district.book.items, item.id: replace(item, title="Quite other words")})
    editions.apply(district.store, reworded, district.actor("sss"))
    later = Desk(district.store, reworded, Settings(), district.clock)
    later.refresh()
    titles = {year: {one.item.title for one in later.checklist(district.record(student, year), year).entries} for year in (LAST, YEAR)}
    assert "Quite other words" not in titles[LAST]
    assert item.title in titles[LAST]
    assert later.book.items[item.id].title == "Quite other words"


@pytest.mark.parametrize("detail", [{"category": "A"}, {"iep": "no"}, {"school": "elsewhere"}, {"agencies": ["somebody"]}])
def test_a_changed_detail_is_use_of_the_new_year(district: District, desk: Desk, cohort: dict[str, str], detail: dict[str, object]) -> None:
    student = cohort["eight"]
    desk.open_year(desk.preview(None, YEAR), district.actor("sss"))
    assert not desk.year_is_used(district.record(student), YEAR)
    district.store.change("student", student, lambda db: db.table("profile").update(detail), district.actor().entry("edit"))
    assert desk.year_is_used(district.record(student), YEAR)


def test_an_opening_of_before_details_were_kept_still_keeps_the_grade(district: District, desk: Desk, cohort: dict[str, str]) -> None:
    student = cohort["eight"]
    desk.open_year(desk.preview(None, YEAR), district.actor("sss"))

    def as_it_was_kept_before(db: TinyDB) -> None:
        for name in ("then", "edition"):
            db.table(openings.TABLE).update(delete(name), where("what") == "opened")

    district.store.change("student", student, as_it_was_kept_before, district.actor().entry("made old"))
    assert desk.checklist(district.record(student, LAST), LAST).student.grade == "08"
    assert not desk.year_is_used(district.record(student), YEAR)
