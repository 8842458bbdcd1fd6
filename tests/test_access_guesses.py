"""Guessing tells nothing: an id that is wrong and one that is not to be seen are answered alike, in the same time, and nothing is touched."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from forms_app.checklists import Status
from forms_app.desk import Desk
from forms_app.records import students
from forms_app.store import Document, new_id
from forms_app.students import Student
from tests.district import District
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]
ROUNDS = 300
CLASS = 0.15  # medians further apart than this part of the larger one are not of one class; the leaks below are at least twice as far


@pytest.fixture
def long_record(district: District) -> str:
    """A student with three years of marks, and so a record that takes a while to read."""
    student_id = district.students["own"]
    items = [item.id for item in district.book.items.values() if not item.retired][:40]
    for year in (district.year, district.year.previous, district.year.previous.previous):
        for item in items:
            district.mark(student_id, item, Status.NOT_NEEDED, {"reason": "x" * 300}, year=year)
    return student_id


def spent(browser: Visitor, *ids: Callable[[], str]) -> list[float]:
    """The median time of an answer for each sort of id, asked in turn and in changing order, in seconds."""
    times: list[list[float]] = [[] for _ in ids]
    order = list(zip(ids, times, strict=True))
    for number in range(ROUNDS + 20):
        random.Random(number).shuffle(order)
        for id, found in order:
            path = f"/students/{id()}"
            began = time.perf_counter()
            answer = browser.client.get(path)
            took = time.perf_counter() - began
            assert answer.status_code == 404
            if number >= 20:  # the first ones fill caches
                found.append(took)
    return [statistics.median(found) for found in times]


def gap(medians: list[float]) -> float:
    return (max(medians) - min(medians)) / max(medians)


def measured(browser: Visitor, hidden: str, short: str, tries: int = 3) -> float:
    """The smallest of a few measured gaps: whatever else the machine does can only make one larger, never smaller each time."""
    return min(gap(spent(browser, new_id, lambda: hidden, lambda: short)) for _ in range(tries))


def test_a_wrong_id_and_a_student_without_relation_take_the_same_time_however_long_the_record(
    visitor: Visitors, district: District, long_record: str
) -> None:
    assert measured(visitor("elsewhere"), long_record, district.students["colleague's"]) < CLASS


def test_the_measurement_notices_a_program_that_stops_early_for_a_wrong_id(
    visitor: Visitors, district: District, long_record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The obvious program: nothing found, nothing to do; something found, read it and decide."""

    def reads_everything(desk: Desk, document: Document | None) -> Student | None:
        return students.read(document, district.year).student if document else None

    monkeypatch.setattr(Desk, "student", reads_everything)
    monkeypatch.setattr(Desk, "decoy", lambda desk: None)
    assert measured(visitor("elsewhere"), long_record, district.students["colleague's"]) > 2 * CLASS


def test_ten_thousand_guesses_find_nobody_and_leave_no_trace_at_any_student(app: Flask, visitor: Visitors, district: District) -> None:
    browser, student_ids = visitor("elsewhere"), list(district.students.values())
    before = {one: len(district.store.history("student", one)) for one in student_ids}
    everything = len(district.store.history())
    near = [_other(one, place) for one in student_ids for place in range(len(one))]  # one letter beside a real one
    made_up = [*near, *(str(number) for number in range(1, 1001))]
    guesses = [*made_up, *(new_id() for _ in range(10_000 - len(made_up)))]
    answers = {_bytes(browser, one) for one in guesses if one not in student_ids}
    answers |= {_bytes(browser, district.students[key]) for key in ("own", "former", "nobody's")}
    assert len(answers) == 1, "byte for byte, and header for header"
    [(status, body, _)] = answers
    assert status == 404
    assert not [name for name in district.names() if name.encode() in body and name not in ("Elsbeth", "Jarvok")]
    assert {one: len(district.store.history("student", one)) for one in student_ids} == before
    assert len(district.store.history()) == everything


def _other(id: str, place: int) -> str:
    return id[:place] + ("A" if id[place] != "A" else "B") + id[place + 1 :]


def _bytes(browser: Visitor, student_id: str) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    answer = browser.client.get(f"/students/{student_id}")
    headers = tuple(sorted((name, value) for name, value in answer.headers if name not in ("Date", "Set-Cookie")))
    return answer.status_code, re.sub(rb'(name="csrf_token" value=")[^"]*', rb"\1", answer.data), headers  # the token holds the time of day


def test_the_record_that_stands_in_for_a_wrong_id_may_be_disposed_of_meanwhile(app: Flask, visitor: Visitors, district: District) -> None:
    desk: Desk = app.extensions["desk"]
    first = desk.decoy()
    assert first
    district.store.delete("student", first.id, district.actor().entry("test"))
    second = desk.decoy()
    assert second
    assert second.id != first.id
    assert visitor("elsewhere").get(f"/students/{first.id}").status == 404


def test_a_district_without_a_student_answers_too(app: Flask, visitor: Visitors, district: District) -> None:
    for one in district.students.values():
        district.store.delete("student", one, district.actor().entry("test"))
    assert replace(app.extensions["desk"]).decoy() is None
    assert visitor("manager").get(f"/students/{new_id()}").status == 404
