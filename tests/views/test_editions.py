"""The handbook changes: checklists follow the edition before until the office has seen what the new one does, and applies it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from forms_app.desk import Desk
from forms_app.handbook import Handbook
from forms_app.records import editions
from forms_app.store import Store
from tests.district import District
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]
ITEM = "iep.monitor"


def changed(book: Handbook) -> Handbook:
    """The handbook after an editor's work: one item with another meaning and other words, one only reworded, one retired, one new."""
    items = dict(book.items)
    items[ITEM] = replace(items[ITEM], title="Probe words with another meaning", meaning="2026-12")
    items["iep.develop"] = replace(items["iep.develop"], title="Probe words")
    items["iep.plan-with-parents"] = replace(items["iep.plan-with-parents"], retired="2026-10")
    return replace(book, items=items)


@pytest.fixture
def desk(app: Flask, district: District) -> Desk:
    """The old edition is applied, two marks are made, and the program starts again with the changed handbook."""
    editions.begin(district.store, district.book, district.actor())
    district.mark(district.students["own"], ITEM)
    district.mark(district.students["own"], "iep.develop")
    district.clock.move(minutes=5)
    desk: Desk = app.extensions["desk"]
    desk.newest = changed(district.book)
    desk.refresh()
    return desk


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def test_every_item_of_the_handbook_is_read_back_as_it_was_kept(store: Store, book: Handbook, district: District) -> None:
    editions.begin(store, book, district.actor())
    document = store.get("edition", editions.ID)
    assert document
    for row in document.db.table(editions.ITEMS).all():
        assert editions.item_of(row) == replace(book.items[row["id"]], line=0)
    assert len(document.db.table(editions.ITEMS).all()) == len(book.items)


def test_the_applied_edition_keeps_its_name_and_its_order(store: Store, book: Handbook, district: District) -> None:
    editions.begin(store, book, district.actor())
    applied = editions.applied(store, changed(book))
    assert applied.edition == book.edition != changed(book).edition
    assert [item.id for item in applied.items_in_order] == [item.id for item in book.items_in_order]
    assert applied.items == book.items


def test_a_store_that_knows_no_edition_takes_the_handbook_as_it_is(store: Store, book: Handbook, district: District) -> None:
    assert editions.applied(store, book) is book
    editions.begin(store, book, district.actor())
    editions.begin(store, changed(book), district.actor())
    assert [name for name, _, _ in editions.history(store)] == [book.edition], "only the first start decides by itself"


def test_until_it_is_applied_checklists_follow_the_edition_before_and_say_so(manager: Visitor, desk: Desk, path: str) -> None:
    page = manager.get(path)
    assert "Probe words" not in page.text
    assert "This checklist follows the edition before" in page.part("edition").text
    assert page.has("iep.plan-with-parents")


def test_the_office_is_told_and_sees_what_it_does_before_anything_changes(visitor: Visitors, desk: Desk, district: District) -> None:
    sss = visitor("sss")
    assert "/edition" in sss.get("/").links
    page = sss.get("/edition")
    rows = {row.all("th")[0].text: row.text for row in page.root.all("tr") if row.all("td")}
    moved = next(text for name, text in rows.items() if name.startswith("Probe words with another meaning"))
    assert "reworded, and the meaning moved" in moved
    assert "asks for a look at what was recorded for 1 student" in moved
    assert "Quillon Zephyrine" in moved
    assert any("changes no open checklist" in text for name, text in rows.items() if name.startswith("Probe words was"))
    assert any("retired" in text and "is no longer asked of 6 students" in text for text in rows.values())
    assert [name for name, _, _ in editions.history(district.store)] == [district.book.edition]


def test_once_applied_no_mark_is_dropped_and_only_a_moved_meaning_asks_for_a_look(
    visitor: Visitors, manager: Visitor, desk: Desk, district: District, path: str
) -> None:
    sss = visitor("sss")
    assert sss.post("/edition", {"edition": desk.newest.edition}).status == 303
    assert "Checklists follow the handbook as it is." in sss.get("/edition").text
    page = manager.get(path)
    moved, reworded = page.part(ITEM).text, page.part("iep.develop").text
    assert "Look again: the meaning has changed since this was marked." in moved
    assert f"When it was marked, the item read: “{district.book.items[ITEM].title}”." in moved
    assert "Look again" not in reworded
    assert "1 to look at again" in manager.get("/").text
    assert "Look again 1 item" in page.text, "it has a place of its own, above the folded rest"
    assert "When it was marked, the item read:" in reworded
    assert not page.has("iep.plan-with-parents")
    assert not page.has("edition")
    last = district.marks(district.students["own"], ITEM)[-1].id
    manager.post(f"{path}/items/{ITEM}", {"status": "done", "on": "2026-11-24", "based_on": last})
    assert "Look again" not in manager.get(path).part(ITEM).text, "recorded once more, it holds"
    assert "to look at again" not in manager.get("/").text


def test_applying_what_was_not_shown_is_refused(visitor: Visitors, desk: Desk, district: District) -> None:
    page = visitor("sss").post("/edition", {"edition": "another"})
    assert page.status == 409
    assert "The handbook has changed again since this page was shown." in page.text
    assert [name for name, _, _ in editions.history(district.store)] == [district.book.edition]


def test_applied_in_another_process_it_counts_from_the_next_page_on(manager: Visitor, desk: Desk, district: District, path: str) -> None:
    manager.get(path)
    editions.apply(district.store, desk.newest, district.actor("sss"))
    editions.apply(district.store, desk.newest, district.actor("sss"))
    assert "Probe words" in manager.get(path).text
    assert len(editions.history(district.store)) == 2, "the same twice is one"


def test_an_item_whose_event_the_handbook_no_longer_knows_is_taken_as_it_is_now(store: Store, book: Handbook, district: District) -> None:
    editions.begin(store, book, district.actor())
    item = next(item for item in book.current_items if item.opens.event)
    now = replace(item, opens=book.items["iep.develop"].opens, due=None)
    events = {key: event for key, event in book.registers.events.items() if key != item.opens.event}
    newest = replace(book, items={**book.items, item.id: now}, registers=replace(book.registers, events=events))
    assert editions.applied(store, newest).items[item.id] == now
