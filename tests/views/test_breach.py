"""Who was affected: for an account or a sign-in and a period, whose records were seen or changed, ready for a notice (PRV-25, FIPPA s.36.3)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import time
from collections.abc import Callable

import pytest

from forms_app.records import closing, disposals, exposure
from forms_app.records.exposure import Period, exposures
from forms_app.retention import Retention
from forms_app.store import Entry
from tests.district import NOON, District
from tests.district import student as a_student
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]


def ask(
    browser: Visitor,
    district: District,
    who: str = "manager",
    since: str = "2026-11-24",
    until: str = "2026-11-24",
    session: str = "",
    kind: str = "",
) -> Page:
    account = district.people[who].id if who in district.people else who
    return browser.get(f"/privacy/breach{kind}?who={account}&since={since}&until={until}&session={session}")


def rows(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.html.removeprefix("\ufeff"), newline="")))


def listed(page: Page) -> str:
    return page.part("affected").text


def test_it_lists_whose_records_an_account_saw_and_changed(visitor: Visitors, district: District) -> None:
    manager, colleague = visitor("manager"), visitor("colleague")
    manager.get(f"/students/{district.students['own']}")
    manager.post(
        f"/students/{district.students['own']}/edit", {**manager.get(f"/students/{district.students['own']}/edit").form(), "given": "Quill"}
    )
    colleague.get(f"/students/{district.students['former']}")
    page = ask(visitor("principal"), district)
    assert page.status == 200
    assert "Quill Zephyrine" in listed(page)
    assert "Affected 1 student" in listed(page)
    for words in ("view a student, open a student's details", "edit a student (given)"):
        assert words in listed(page)
    assert "Crumhorn" not in listed(page)
    assert "Crumhorn" in listed(ask(visitor("principal"), district, "colleague"))


def test_a_look_that_was_refused_affected_nobody(visitor: Visitors, district: District) -> None:
    visitor("elsewhere").get(f"/students/{district.students['own']}")
    assert "Affected no students" in listed(ask(visitor("sss"), district, "elsewhere"))


def test_only_days_of_the_period_count_in_the_districts_time(visitor: Visitors, district: District) -> None:
    student, actor = district.students["own"], district.people["manager"].id
    for hour, day in ((7, 25), (7, 24), (8, 24)):  # 25 November 07:00 UTC is the 24th in British Columbia; the 24th at 07:00 UTC the 23rd
        district.clock.now = dt.datetime(2026, 11, day, hour - 1, 59, tzinfo=dt.UTC)
        district.store.note("student", student, Entry(f"look {day} {hour}", actor))
    district.clock.now = NOON
    text = listed(ask(visitor("sss"), district))
    assert "look 25 7" in text
    assert "look 24 8" in text
    assert "look 24 7" not in text


def test_a_principal_gets_the_students_of_their_school_and_the_district_office_all(visitor: Visitors, district: District) -> None:
    sss = visitor("sss")
    for key in ("own", "elsewhere"):
        sss.get(f"/students/{district.students[key]}")
    assert {row["Student"] for row in rows(ask(sss, district, "sss", kind=".csv"))} == {"Quillon Zephyrine", "Thaddeus Ploverin"}
    assert {row["Student"] for row in rows(ask(visitor("principal"), district, "sss", kind=".csv"))} == {"Quillon Zephyrine"}
    assert {row["Student"] for row in rows(ask(visitor("principal-elsewhere"), district, "sss", kind=".csv"))} == {"Thaddeus Ploverin"}


def test_one_device_can_be_told_from_another(visitor: Visitors, district: District) -> None:
    laptop, phone = visitor("manager"), visitor("manager")
    laptop.get(f"/students/{district.students['own']}")
    district.clock.move(minutes=1)
    other = district.add_student(a_student(given="Ulla", family="Brontide"), [("manager", dt.date(2026, 9, 1), None)])
    phone.get(f"/students/{other}")
    page = ask(visitor("sss"), district)
    assert "Zephyrine" in listed(page)
    assert "Brontide" in listed(page)
    sign_ins = [link for link in page.links if "session=s" in link]
    assert len(sign_ins) == 2
    answers = [listed(visitor("sss").get(link)) for link in sign_ins]
    assert sorted(("Zephyrine" in text, "Brontide" in text) for text in answers) == [(False, True), (True, False)]


def test_anybodys_looks_in_one_sign_in_are_found_without_knowing_whose_it_was(visitor: Visitors, district: District) -> None:
    visitor("manager").get(f"/students/{district.students['own']}")
    session = district.store.history("student", district.students["own"])[0].session
    assert len(session) == exposure.SESSION_SIGNS
    assert "Zephyrine" in listed(ask(visitor("sss"), district, "anybody", session=session))
    assert "no students" in listed(ask(visitor("sss"), district, "anybody", session="snothing"))


def test_the_file_is_ready_for_a_notice_and_runs_nothing(visitor: Visitors, district: District) -> None:
    student = district.add_student(a_student(given="=1+1", family="@evil", pupil_number="9901"), [("manager", dt.date(2026, 9, 1), None)])
    visitor("manager").get(f"/students/{student}")
    answer = ask(visitor("principal"), district, kind=".csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="affected-2026-11-24-2026-11-24.csv"'
    (row,) = rows(answer)
    assert row["Student"] == "'=1+1 @evil"
    assert (row["Pupil number"], row["School"], row["Record"]) == ("9901", "Cedarprobe Secondary", student)
    assert (row["First time"], row["Last time"], row["How often"], row["Seen"], row["Changed"]) == (
        "24 November 2026, 13:00",
        "24 November 2026, 13:00",
        "1",
        "view a student",
        "",
    )


def test_a_record_that_was_disposed_of_is_still_counted_by_its_number(visitor: Visitors, district: District) -> None:
    student = district.students["own"]
    visitor("manager").get(f"/students/{student}")
    closing.close(district.store, student, "left", district.today, "moved", district.actor("principal"), district.today)
    district.clock.move(days=800)
    school = district.record(student).student.school
    document = district.store.get("student", student)
    assert document is not None
    disposals.propose(
        district.store, student, school, closing.standing(document.db), Retention(1), district.actor("principal"), district.today
    )
    disposals.dispose(district.store, student, Retention(1), "checked", district.actor("sss"), district.today)
    for username, count in (("principal", 1), ("sss", 1), ("principal-elsewhere", 0)):
        found = rows(ask(visitor(username), district, kind=".csv"))
        assert [(row["Student"], row["Record"]) for row in found] == [("record disposed of", student)] * count


def test_asking_is_noted_and_so_is_taking_the_file(visitor: Visitors, district: District) -> None:
    sss = visitor("sss")
    ask(sss, district)
    ask(sss, district, kind=".csv")
    entries = district.store.history("account", district.people["manager"].id)
    assert [(entry.action, entry.who, entry.effect) for entry in entries[:2]] == [
        ("export who was affected", district.people["sss"].id, "note"),
        ("view who was affected", district.people["sss"].id, "note"),
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("who=&since=2026-11-24&until=2026-11-24", "Choose an account"),
        ("who=nobody&since=2026-11-24&until=2026-11-24", "Choose one of the answers shown"),
        ("who=anybody&since=&until=2026-11-24", "Enter the first day"),
        ("who=anybody&since=2026-11-24&until=", "Enter the last day"),
        ("who=anybody&since=2026-11-24&until=2026-11-23", "The last day is before the first"),
        ("who=anybody&since=yesterday&until=2026-11-24", "day"),
        ("who=anybody&since=2026-11-24&until=2026-11-24&session=sssssssssssssssss", "At most 12"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(query: str, sentence: str, visitor: Visitors, district: District) -> None:
    for kind in ("", ".csv"):
        answer = visitor("sss").get(f"/privacy/breach{kind}?{query}")
        assert answer.status == 422
        assert sentence in answer.text
    assert not [entry for entry in district.store.history() if "affected" in entry.action]


def test_the_page_says_what_it_cannot_know(visitor: Visitors, district: District) -> None:
    text = ask(visitor("sss"), district).text
    assert "also saw the list of the students" in text
    assert "is for your privacy office to decide" in text


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_exactly_what_happened(seed: int, district: District) -> None:
    """Against a ground truth: random looks and changes by three accounts on three devices over some weeks."""
    dice = random.Random(seed)
    accounts = [district.people[name].id for name in ("manager", "colleague", "sss")]
    truth: list[tuple[dt.datetime, str, str, str]] = []
    district.clock.now = NOON
    for _ in range(300):
        district.clock.move(minutes=dice.randrange(200))
        who, session, student = dice.choice(accounts), dice.choice(("s1", "s2", "s3")), dice.choice(list(district.students.values()))
        district.store.note("student", student, Entry("view a student", who, session))
        truth.append((district.clock(), who, session, student))
    for _ in range(20):
        since = NOON + dt.timedelta(minutes=dice.randrange(20_000))
        period = Period(since, since + dt.timedelta(minutes=dice.randrange(10_000)))
        who, session = dice.choice([*accounts, ""]), dice.choice(["s1", "s2", ""])
        expected: dict[str, int] = {}
        for at, account, device, student in truth:
            if at in period and who in ("", account) and session in ("", device):
                expected[student] = expected.get(student, 0) + 1
        assert {one.student: one.times for one in exposures(district.store, period, who, session)} == expected


def test_a_long_log_is_read_in_pages_to_its_end(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposure, "PAGE", 7)
    student, who = district.students["own"], district.people["manager"].id
    begun = time.perf_counter()
    for _ in range(50):
        district.store.note("student", student, Entry("view a student", who))
    (found,) = exposures(district.store, Period(NOON, NOON + dt.timedelta(days=1)), who)
    assert found.times == 50
    assert time.perf_counter() - begun < 10


def test_a_principal_sees_no_sign_ins_of_another_schools_staff(visitor: Visitors, district: District) -> None:
    visitor("elsewhere")
    assert [link for link in ask(visitor("sss"), district, "elsewhere").links if "session=s" in link]
    assert not [link for link in ask(visitor("principal"), district, "elsewhere").links if "session=s" in link]
