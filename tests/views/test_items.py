"""One item over many students: whose IEP is not shared yet, and marking several at once with one undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from forms_app.checklists import MarksOneByOne, Status, can_mark_many, check_can_mark_many
from forms_app.handbook import Handbook
from forms_app.students import Answer, Part
from tests.district import District, student
from tests.visitor import Page, Visitor

Visitors = Callable[[str], Visitor]
ITEM = "iep.implement"
SINCE = dt.date(2026, 9, 1)


@pytest.fixture
def three(district: District) -> list[str]:
    """Three more students of the manager's."""
    return [district.add_student(student(given=f"Trio{name}", pen=""), [("manager", SINCE, None)]) for name in ("Ada", "Bel", "Cyd")]


def listed(page: Page) -> list[str]:
    return [row.all("th", scope="row")[0].text for row in page.root.all("tr") if row.all("th", scope="row")]


def choices(page: Page) -> list[str]:
    return [box.attributes["value"] for box in page.root.all("input", type="checkbox", name="chosen")]


def mark(browser: Visitor, chosen: list[str], item: str = ITEM, on: str = "2026-11-24", **more: str) -> Page:
    return browser.post(f"/items/{item}/marks", {"chosen": chosen, "on": on, **more})


# Who stands where


def test_whose_iep_is_not_shared_yet(manager: Visitor, district: District, three: list[str]) -> None:
    district.mark(three[0], "iep.share-final", Status.DONE, {"shared with": "teachers"})
    district.mark(three[1], "iep.share-final", Status.WAITING, {"waiting for": "the parents"})
    page = manager.get("/items/iep.share-final?status=open")
    assert set(listed(page)) == {"TrioBel Zephyrine", "TrioCyd Zephyrine", "Quillon Zephyrine"}
    assert "1 more with another status" in page.text
    for status, names in (("done", {"TrioAda Zephyrine"}), ("waiting", {"TrioBel Zephyrine"}), ("not-needed", set())):
        assert set(listed(manager.get(f"/items/iep.share-final?status={status}"))) == names
    assert len(listed(manager.get("/items/iep.share-final?status=nonsense"))) == 4, "an unknown status hides nobody"


def test_the_overview_counts_students_by_status_and_leads_to_them(manager: Visitor, district: District, three: list[str]) -> None:
    district.mark(three[0], ITEM)
    page = manager.get("/by-item")
    [row] = [row for row in page.root.all("tr") if "Coordinate how the IEP" in row.text]
    assert [cell.all("a")[0].text.split()[0] for cell in row.all("td") if cell.all("a")] == ["3", "1"]
    links = [link.attributes["href"] for link in row.all("a")]
    assert f"/items/{ITEM}?status=to-do&whose=mine" in links
    assert len(listed(manager.get(f"/items/{ITEM}?status=to-do&whose=mine"))) == 3


def test_a_principal_lists_the_school_and_nobody_sees_others(visitor: Visitors, district: District) -> None:
    principal = visitor("principal")
    names = " ".join(listed(principal.get("/items/iep.develop")))
    assert "Zephyrine" in names
    assert "Ploverin" not in names
    assert "Wexcombe" not in " ".join(listed(visitor("manager").get("/items/iep.develop?whose=all")))


# Marking several


def test_only_what_asks_nothing_of_a_person_is_marked_for_several(book: Handbook) -> None:
    assert check_can_mark_many(book.items["iep.document"]) == {"filed in": "iep-system"}
    for item in ("iep.plan-with-parents", "iep.share-final", "exams.consider"):
        assert not can_mark_many(book.items[item])
        with pytest.raises(MarksOneByOne, match="one by one"):
            check_can_mark_many(book.items[item])


def test_several_are_marked_at_once_each_with_its_own_entry_in_the_log(manager: Visitor, district: District, three: list[str]) -> None:
    page = manager.get(f"/items/{ITEM}?status=open")
    chosen = [value for value in choices(page) if value.partition("|")[0] in three]
    done = mark(manager, chosen, on="2026-11-20", status="open")
    assert "Marked for 3 students: TrioAda Zephyrine, TrioBel Zephyrine, TrioCyd Zephyrine." in done.text
    assert listed(done) == ["Quillon Zephyrine"], "the list is filtered as before"
    for student_id in three:
        [made] = district.marks(student_id, ITEM)
        assert (made.status, made.on, made.by) == (Status.DONE, dt.date(2026, 11, 20), district.people["manager"].id)
        entry = district.store.history("student", student_id)[0]
        assert (entry.action, entry.who, entry.fields) == ("mark an item", district.people["manager"].id, (ITEM, "done"))


def test_pressing_twice_marks_once(manager: Visitor, district: District, three: list[str]) -> None:
    chosen = [f"{student_id}|{ITEM}|" for student_id in three]
    assert "Marked for 3 students" in mark(manager, chosen).text
    assert "Marked for 3 students" in mark(manager, chosen).text
    assert all(len(district.marks(student_id, ITEM)) == 1 for student_id in three)


def test_one_undo_takes_all_back_and_twice_is_once(manager: Visitor, district: District, three: list[str]) -> None:
    done = mark(manager, [f"{student_id}|{ITEM}|" for student_id in three])
    undo = [field.attributes["value"] for field in done.root.all("input", name="undo")]
    for _ in range(2):
        assert "Taken back for 3 students" in manager.post(f"/items/{ITEM}/undo", {"undo": undo}).text
    for student_id in three:
        first, second = district.marks(student_id, ITEM)
        assert (first.status, second.status, second.undoes) == (Status.DONE, Status.TO_DO, first.id)


def test_who_was_marked_meanwhile_is_left_alone_and_named(manager: Visitor, district: District, three: list[str]) -> None:
    chosen = [f"{student_id}|{ITEM}|" for student_id in three]
    district.mark(three[1], ITEM, Status.NOT_NEEDED, {"reason": "agreed"})
    done = mark(manager, chosen)
    assert "Marked for 2 students: TrioAda Zephyrine, TrioCyd Zephyrine." in done.text
    assert "TrioBel Zephyrine: marked in the meantime: Not needed: agreed" in done.text
    assert [one.status for one in district.marks(three[1], ITEM)] == [Status.NOT_NEEDED]
    undo = [field.attributes["value"] for field in done.root.all("input", name="undo")]
    district.mark(three[0], ITEM, Status.WAITING, {"waiting for": "the parents"})
    back = manager.post(f"/items/{ITEM}/undo", {"undo": undo})
    assert "Taken back for 1 student: TrioCyd Zephyrine." in back.text
    assert "TrioAda Zephyrine: marked again since: Waiting for the parents" in back.text
    assert district.marks(three[0], ITEM)[-1].status is Status.WAITING


def test_what_needs_another_item_first_is_left_with_the_reason(manager: Visitor, district: District, book: Handbook) -> None:
    student_id = district.students["own"]
    event = district.event(student_id, "referral")
    [blocked] = [item for item in book.current_items if item.needs and item.opens.event == "referral" and can_mark_many(item)]
    done = mark(manager, [f"{student_id}|{blocked.id}@{event}|"], item=blocked.id)
    assert "Nothing was changed" in done.text
    assert "First mark" in done.text
    assert district.marks(student_id, blocked.id) == []


@pytest.mark.parametrize(
    ("chosen", "on", "sentence"),
    [
        ([], "2026-11-24", "Choose at least one student."),
        (["x|iep.implement|"], "", "Enter the day"),
        (["x|iep.implement|"], "someday", "is not a date"),
        (["x|iep.implement|"], "2026-11-25", "today or earlier"),
        ([f"{number}|iep.implement|" for number in range(101)], "2026-11-24", "At most 100"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_choice_stays(
    chosen: list[str], on: str, sentence: str, manager: Visitor, three: list[str]
) -> None:
    kept = f"{three[0]}|{ITEM}|"
    page = mark(manager, [*chosen, kept] if chosen else [], on=on)
    assert page.status == 422
    assert sentence in page.text
    assert page.kept("on") == on
    if chosen:
        assert [box.attributes["value"] for box in page.root.all("input", name="chosen") if "checked" in box.attributes] == [kept]


def test_an_item_that_asks_a_person_is_refused_and_offers_no_boxes(manager: Visitor, district: District) -> None:
    page = manager.get("/items/iep.share-final")
    assert choices(page) == []
    assert "It is marked one by one." in page.text
    refused = mark(manager, [f"{district.students['own']}|iep.share-final|"], item="iep.share-final")
    assert refused.status == 422
    assert district.marks(district.students["own"], "iep.share-final") == []


@pytest.mark.parametrize("username", ["colleague", "principal", "sss", "member", "assistant", "admin", "elsewhere"])
def test_who_may_not_mark_a_student_marks_nothing_and_learns_nothing(username: str, visitor: Visitors, district: District) -> None:
    student_id = district.students["own"]
    browser = visitor(username)
    page = mark(browser, [f"{student_id}|{ITEM}|"])
    assert "Nothing was changed" in page.text
    assert not [value for value in choices(page) if value.startswith(student_id)]
    nowhere = mark(browser, [f"{'A' * 22}|{ITEM}|"])
    assert page.text == nowhere.text
    made = district.mark(student_id, ITEM)
    browser.post(f"/items/{ITEM}/undo", {"undo": [f"{student_id}|{ITEM}|{made}"]})
    assert [one.id for one in district.marks(student_id, ITEM)] == [made]


def test_a_colleague_who_covers_marks_the_students_whom_they_cover(visitor: Visitors, district: District) -> None:
    student_id = district.students["own"]
    district.involve(student_id, Part.COVERING, "colleague", until=district.today)
    page = visitor("colleague").get(f"/items/{ITEM}?whose=all")
    assert [value for value in choices(page) if value.startswith(student_id)]
    assert "Marked for 1 student: Quillon Zephyrine." in mark(visitor("colleague"), [f"{student_id}|{ITEM}|"]).text


@pytest.mark.parametrize("text", ["", "|||", "x", "x|y", f"{'A' * 22}|iep.develop|", "x|iep.implement@none|"])
def test_what_a_form_never_sends_changes_nothing(text: str, manager: Visitor, district: District) -> None:
    for path in ("marks", "undo"):
        page = manager.post(f"/items/{ITEM}/{path}", {"chosen": text, "undo": text, "on": "2026-11-24"})
        assert page.status in (200, 422)
    assert district.marks(district.students["own"], ITEM) == []


def test_a_student_to_whom_the_item_does_not_apply_is_not_marked(manager: Visitor, district: District) -> None:
    without = district.add_student(student(given="Noplan", pen="", iep=Answer.NO, routes=frozenset()), [("manager", SINCE, None)])
    assert "Nothing was changed" in mark(manager, [f"{without}|iep.share-assistants|"], item=ITEM).text
    assert district.marks(without, ITEM) == []
