"""An import as a record: planned anew each time, written in parts, gone on with after an interruption, never twice, and let go of."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from forms_app import roster
from forms_app.desk import Desk
from forms_app.importing import SAME, Plan, Wishes
from forms_app.records import imports, students
from forms_app.records.imports import DONE, DROPPED, WRITING, Import, PlanChanged, TurnTaken
from forms_app.store import Store, new_key
from tests import rosters
from tests.district import TODAY, District, pen
from tests.rosters import CODE

ZONE = "America/Vancouver"
HEAD = ["Pupil number", "PEN", "Last name", "First name", "Grade", "School", "Category", "Case manager"]


def begin(district: District, data: bytes, **wishes: Any) -> str:
    sheet = roster.read(data)
    mapping = dict(enumerate(sheet.fields)) if sheet.fields else roster.guess(sheet.headings, sheet.lines)
    return imports.begin(district.store, sheet, mapping, roster.find_rows(sheet, mapping), Wishes(**wishes), district.actor("sss"))


def found(district: District, import_id: str) -> Import:
    one = imports.find(district.store, import_id)
    assert one
    return one


def plan(district: District, import_id: str) -> Plan:
    return imports.plan_of(district.store, found(district, import_id), TODAY, ZONE)


def write(district: District, import_id: str, **more: Any) -> bool:
    agreed = imports.digest(plan(district, import_id))
    return imports.write(district.store, import_id, agreed, district.actor("sss"), TODAY, ZONE, **more)


def everyone(district: District) -> list[tuple[str, str, str, str]]:
    found = [students.student_from_summary(one.id, one.summary) for one in district.store.list("student")]
    return sorted((one.name, one.grade, one.category, one.pupil_number) for one in found)


def test_what_is_kept_of_a_file_reads_back_as_it_was_understood(district: District) -> None:
    for data in (rosters.my_ed_quick_report(), rosters.excel_with_titles(), rosters.ministry_file(), rosters.names(), rosters.one_roster()):
        sheet = roster.read(data)
        mapping = dict(enumerate(sheet.fields)) if sheet.fields else roster.guess(sheet.headings, sheet.lines)
        rows = roster.find_rows(sheet, mapping)
        one = found(district, begin(district, data, clipped=True, scope=frozenset({"a", "b"}), answers={4: SAME}))
        assert one.found.rows == rows.rows
        assert one.found.problems == rows.problems
        assert one.found.left_out == rows.left_out
        assert [(row.pen, row.pupil_number) for row in one.found.elsewhere] == [(row.pen, row.pupil_number) for row in rows.elsewhere]
        assert (one.wishes.scope, one.wishes.answers, one.wishes.clipped) == ({"a", "b"}, {4: SAME}, True)


def test_a_roster_is_written_once_and_the_second_time_there_is_nothing_to_do(district: District) -> None:
    before = len(everyone(district))
    first = begin(district, rosters.my_ed_quick_report())
    assert write(district, first)
    assert found(district, first).written == {"new": 3}
    after = everyone(district)
    assert len(after) == before + 3
    sable = next(one for one in district.store.list("student") if one.summary["profile"]["given"] == "Sable")
    assert sable.columns.owner == district.people["manager"].id, "the file named a case manager"
    second = begin(district, rosters.my_ed_quick_report())
    assert (plan(district, second).steps, plan(district, second).unchanged) == ([], 3)
    assert write(district, second)
    assert everyone(district) == after


def test_what_changed_stays_on_the_record_as_earlier_details_and_in_the_log(district: District) -> None:
    own = district.students["own"]
    data = rosters.table([HEAD, ["77", pen(1), "Zephyrine", "Quill", "12", CODE, "H", ""]])
    assert write(district, begin(district, data))
    student = district.record(own).student
    assert (student.given, student.grade, student.category, student.pupil_number) == ("Quill", "12", "H", "77")
    document = district.store.get("student", own)
    assert document
    assert {row["field"]: row["was"] for row in document.db.table("earlier details").all()} == {
        "given": "Quillon",
        "grade": "11",
        "category": "D",
        "pupil_number": "",
    }
    entry = district.store.history("student", own)[0]
    assert (entry.action, entry.fields) == ("bring in details from a roster", ("category", "given", "grade", "pupil_number"))
    assert "Quill" not in repr(entry)


def many(district: District, number: int = 1000) -> str:
    return begin(
        district, rosters.table([HEAD, *([str(7000 + one), "", f"Fam{one}", "Giv", "10", CODE, "G", ""] for one in range(number))])
    )


def test_an_interrupted_import_goes_on_where_it_stopped(district: District) -> None:
    before = len(everyone(district))
    one = many(district, 450)
    agreed = imports.digest(plan(district, one))

    def cut(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports.write(district.store, one, agreed, district.actor("sss"), TODAY, ZONE, progress=cut)
    assert found(district, one).state == WRITING
    assert len(everyone(district)) == before + 200
    assert not imports.write(district.store, one, "", district.actor("sss"), TODAY, ZONE, seconds=0), "for a moment only"
    assert imports.write(district.store, one, "", district.actor("sss"), TODAY, ZONE)
    assert len(everyone(district)) == before + 450
    assert found(district, one).written == {"new": 450}
    assert found(district, one).state == DONE


def test_a_student_written_and_not_yet_noted_when_the_machine_stopped_is_not_added_again(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = many(district, 3)
    agreed = imports.digest(plan(district, one))
    real = imports._note
    monkeypatch.setattr(imports, "_note", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        imports.write(district.store, one, agreed, district.actor("sss"), TODAY, ZONE)
    monkeypatch.setattr(imports, "_note", real)
    before = everyone(district)
    assert imports.write(district.store, one, "", district.actor("sss"), TODAY, ZONE)
    assert everyone(district) == before


def test_progress_is_told(district: District) -> None:
    told: list[tuple[int, int]] = []
    assert write(district, many(district, 450), progress=lambda done, whole: told.append((done, whole)))
    assert told == [(200, 450), (400, 450), (450, 450)]


def test_what_is_written_is_what_was_seen(district: District) -> None:
    one = begin(district, rosters.table([HEAD, ["77", pen(1), "Zephyrine", "Quill", "12", CODE, "H", ""]]))
    agreed = imports.digest(plan(district, one))
    profile = {**students.profile_of(district.record(district.students["own"]).student)}
    students.edit(district.store, district.students["own"], {**profile, "grade": "12"}, profile, district.actor("manager"))
    with pytest.raises(PlanChanged):
        imports.write(district.store, one, agreed, district.actor("sss"), TODAY, ZONE)
    assert district.record(district.students["own"]).student.given == "Quillon"


def test_a_detail_that_somebody_changes_after_the_agreement_is_left_as_they_made_it(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = district.students["own"]
    one = begin(district, rosters.table([HEAD, ["", pen(1), "Zephyrine", "Quillon", "12", CODE, "D", ""]]))
    made = plan(district, one)
    profile = students.profile_of(district.record(own).student)
    students.edit(district.store, own, {**profile, "grade": "10"}, profile, district.actor("manager"))
    monkeypatch.setattr(imports, "plan_of", lambda *arguments: made)
    assert write(district, one)
    assert found(district, one).written == {"passed over": 1}
    assert district.record(own).student.grade == "10"


def test_of_two_imports_at_once_one_waits_and_no_student_is_added_twice(district: District) -> None:
    data = rosters.table([HEAD, *([str(7000 + one), "", f"Fam{one}", "Giv", "10", CODE, "G", ""] for one in range(300))])
    first, second = begin(district, data), begin(district, data)
    agreed = {one: imports.digest(plan(district, one)) for one in (first, second)}
    refused: list[str] = []

    def try_other(done: int, whole: int) -> None:
        with pytest.raises(TurnTaken) as taken:
            imports.write(district.store, second, agreed[second], district.actor("sss"), TODAY, ZONE)
        refused.append(str(taken.value))

    assert imports.write(district.store, first, agreed[first], district.actor("sss"), TODAY, ZONE, progress=try_other)
    assert len(refused) == 2
    assert "Another roster is being written" in refused[0]
    with pytest.raises(PlanChanged):
        imports.write(district.store, second, agreed[second], district.actor("sss"), TODAY, ZONE)
    assert write(district, second)
    assert (
        len({one for one in everyone(district) if one[0].startswith("Giv Fam")})
        == len([one for one in everyone(district) if one[0].startswith("Giv Fam")])
        == 300
    )


def test_threads_that_write_at_once_add_each_student_once(district: District) -> None:
    data = rosters.table([HEAD, *([str(7000 + one), "", f"Fam{one}", "Giv", "10", CODE, "G", ""] for one in range(40))])
    begun = [begin(district, data) for _ in range(4)]
    agreed = imports.digest(plan(district, begun[0]))
    outcomes: list[object] = []

    def run(one: str) -> None:
        try:
            outcomes.append(imports.write(district.store, one, agreed, district.actor("sss"), TODAY, ZONE))
        except (TurnTaken, PlanChanged) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=run, args=(one,)) for one in begun]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(True) == 1, outcomes
    assert len([one for one in everyone(district) if one[0].startswith("Giv Fam")]) == 40


def test_whoever_was_interrupted_holds_nobody_up_for_more_than_two_minutes(district: District) -> None:
    imports._take_turn(district.store, "x", district.actor("sss"))
    one = many(district, 1)
    with pytest.raises(TurnTaken):
        write(district, one)
    district.clock.move(minutes=3)
    assert write(district, one)


def test_in_the_middle_of_opening_a_year_the_file_has_the_last_word_and_nobody_moves_twice(app: Any, district: District) -> None:
    """Grades were entered last year. The file says this year's grade for one who is opened already, one who is not, and one who repeats."""
    desk: Desk = app.extensions["desk"]
    district.clock.now = dt.datetime(2027, 9, 7, 20, tzinfo=dt.UTC)
    year, day = desk.year(), desk.today()
    opened, waiting, repeats = (district.students[name] for name in ("own", "colleague's", "counsellor's"))
    preview = desk.preview(None, year)
    only = replace(preview, plans=tuple(one for one in preview.plans if one.student.id == opened))
    assert desk.open_year(only, district.actor("sss")) == 1
    data = rosters.table([HEAD, *(["", pen(number), "", district.record(one).student.given, grade, CODE, "D", ""] for number, one, grade in ((1, opened, "12"), (2, waiting, "12"), (3, repeats, "11")))])  # fmt: skip
    one = begin(district, data)
    made = imports.plan_of(district.store, found(district, one), day, ZONE)
    assert imports.write(district.store, one, imports.digest(made), district.actor("sss"), day, ZONE)
    desk.open_year(desk.preview(None, year), district.actor("sss"))
    assert [district.record(one, year).student.grade for one in (opened, waiting, repeats)] == ["12", "12", "11"]
    again = begin(district, data)
    assert imports.plan_of(district.store, found(district, again), day, ZONE).steps == []


def test_layouts_and_what_schools_are_called_are_remembered(district: District) -> None:
    sheet = roster.read(rosters.semicolons())
    rows = roster.find_rows(sheet, rosters.SEMICOLON_COLUMNS)
    wishes = Wishes(schools={"cedarprobe secondary": district.schools["Cedarprobe Secondary"].id, "elsewhere": "leave out"})
    one = imports.begin(district.store, sheet, rosters.SEMICOLON_COLUMNS, rows, wishes, district.actor("sss"))
    assert imports.remembered_layout(district.store, sheet) is None
    for _ in range(2):
        write(district, one)
        assert roster.guess(sheet.headings, sheet.lines, imports.remembered_layout(district.store, sheet)) == rosters.SEMICOLON_COLUMNS
        assert imports.remembered_schools(district.store) == {"cedarprobe secondary": district.schools["Cedarprobe Secondary"].id}
        one = imports.begin(district.store, sheet, rosters.SEMICOLON_COLUMNS, rows, wishes, district.actor("sss"))


def test_a_dropped_import_writes_nothing_and_keeps_no_row(district: District) -> None:
    before = everyone(district)
    one = begin(district, rosters.my_ed_quick_report())
    imports.drop(district.store, one, district.actor("sss"))
    imports.drop(district.store, one, district.actor("sss"))
    kept = found(district, one)
    assert (kept.state, kept.found.rows, kept.found.problems) == (DROPPED, [], [])
    assert imports.write(district.store, one, "", district.actor("sss"), TODAY, ZONE)
    assert everyone(district) == before


def test_rows_are_let_go_of_when_an_import_is_done_and_after_three_days_whatever_became_of_it(district: District) -> None:
    bad = rosters.table([HEAD, ["1", "123456789", "Bad", "Pen", "10", CODE, "G", ""], ["7001", "", "Good", "One", "10", CODE, "G", ""]])
    done = begin(district, bad)
    district.clock.move(minutes=1)
    draft = begin(district, bad)
    write(district, done)
    assert found(district, done).found.rows == []
    assert found(district, done).found.failed, "failed rows can be downloaded for three days"
    district.clock.move(days=2)
    imports.tidy(district.store, district.actor("sss"))
    assert found(district, draft).found.rows
    district.clock.move(days=2)
    imports.tidy(district.store, district.actor("sss"))
    for one in (done, draft):
        kept = found(district, one)
        assert (kept.found.rows, kept.found.failed, kept.found.problems) == ([], [], [])
    assert [line.state for line in imports.of(district.store, district.people["sss"].id)] == [DROPPED, DONE], "the newest first"


def test_nothing_of_a_file_but_what_is_mapped_reaches_the_store(
    tmp_path: Any, district: District, clock: Callable[[], dt.datetime]
) -> None:
    from forms_app.records import open_the_store

    with open_the_store(str(tmp_path), new_key(), clock) as store:
        sheet = roster.read(rosters.my_ed_quick_report())
        mapping = roster.guess(sheet.headings, sheet.lines)
        one = imports.begin(store, sheet, mapping, roster.find_rows(sheet, mapping), Wishes(), district.actor("sss"))
        document = store.get("import", one)
        assert document
        text = repr({name: document.db.table(name).all() for name in document.db.tables()})
    assert "Abernook" in text
    for word in ("X-GENDER", "2010-01-02", "ANCESTRY", "LANGUAGE", "BAND", "V0V0V0", "Gender", "Home language"):
        assert word not in text
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for word in (b"Abernook", b"X-GENDER", pen(200).encode()):
        assert word not in on_disk


def test_an_import_that_is_not_there_is_written_without_a_word(store: Store, district: District) -> None:
    assert imports.write(store, "nothing", "", district.actor("sss"), TODAY, ZONE)
    assert imports.find(store, "nothing") is None
