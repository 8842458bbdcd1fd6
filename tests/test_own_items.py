"""Items of one's own on the checklist: from when to when, due, overdue; and facts of one item that are true on different days."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.checklists import Checklist, Entry, Intent, MarkRefused, Status, check_intent, checklist, consent_missing, status_words
from forms_app.consents import Override, Purpose
from forms_app.deadlines import OwnDate
from forms_app.handbook import Item
from forms_app.own_items import OwnItem, OwnItemRefused, check_own_item
from forms_app.school_calendar import WEEKDAYS, CalendarEntry, Kind, SchoolCalendar
from forms_app.school_year import SchoolYear
from tests.factories import MOMENT, TODAY, YEAR, a_book, a_mark, a_student, an_item, an_occurrence, some_registers
from tests.test_consents import a_consent

DAY = dt.timedelta(days=1)


def an_own_item(**facts: Any) -> OwnItem:
    known: dict[str, Any] = {
        "id": "abc", "title": "Call about the <b>bus</b>", "decided_by": "team", "decided_on": dt.date(2026, 11, 2), "due": None, "owner": "", "by": "robin", "at": MOMENT,
    }  # fmt: skip
    return OwnItem(**{**known, **facts})


def derive(*items: Item, year: SchoolYear = YEAR, today: dt.date = TODAY, marks: tuple[Any, ...] = (), **more: Any) -> Checklist:
    return checklist(a_book(*items), a_student(), year, today, more.pop("occurrences", ()), marks, {}, **more)


def test_an_own_item_is_due_soon_overdue_and_done_like_any_other() -> None:
    for due, urgency in ((TODAY + 3 * DAY, "soon"), (TODAY - DAY, "overdue"), (TODAY + 60 * DAY, "later"), (None, "later")):
        [entry] = derive(own_items=[an_own_item(due=due)]).entries
        assert entry.urgency(TODAY) == urgency
        assert entry.key == "own.abc"
    done = a_mark("own.abc", on=TODAY)
    [entry] = derive(own_items=[an_own_item(due=TODAY - DAY)], marks=(done,)).entries
    assert (entry.status, entry.urgency(TODAY)) == (Status.DONE, "later")


def test_its_day_can_be_moved_and_taken_back_and_lateness_is_counted_by_the_calendar_of_the_schools() -> None:
    def entry(*moved: OwnDate, today: dt.date = TODAY, calendar: SchoolCalendar = WEEKDAYS) -> Entry:
        [found] = derive(own_items=[an_own_item(due=TODAY - DAY)], own_dates=moved, today=today, calendar=calendar).entries
        return found

    later = OwnDate("a", "own.abc", "", TODAY + 7 * DAY, "the bus was late", "robin", MOMENT)
    assert (entry(later).due.date, entry(later).urgency(TODAY)) == (TODAY + 7 * DAY, "soon")
    assert entry(later).due.words.startswith("1 December 2026, moved because: the bus was late. Before: 23 November 2026")
    assert entry(later, replace(later, id="b", date=None)).due.date == TODAY - DAY
    closed = SchoolCalendar((CalendarEntry(TODAY, TODAY + 30 * DAY, Kind.BREAK, "Break"),))
    assert entry().urgency(TODAY) == "overdue"
    assert entry(calendar=closed).urgency(TODAY) == "soon", "nothing gets later in a break"


def test_the_day_by_which_a_consent_is_renewed_can_be_moved() -> None:
    consent = a_consent(until=TODAY + 10 * DAY)
    key = f"renew.{consent.id}"
    moved = OwnDate("a", key, "", TODAY + 3 * DAY, "before the break", "robin", MOMENT)
    assert derive(consents=[consent]).by_key[key].due.date == TODAY + 10 * DAY
    assert derive(consents=[consent], own_dates=[moved]).by_key[key].due.date == TODAY + 3 * DAY


def test_what_somebody_typed_is_text_and_not_markup() -> None:
    item = an_own_item(decided_by="team").item
    assert "<b>" not in item.help_html
    assert item.title == "Call about the <b>bus</b>", "the page escapes it"


def test_an_own_item_goes_on_into_the_next_year_until_it_is_done_and_is_not_in_the_year_before() -> None:
    one = an_own_item()
    assert derive(own_items=[one], year=YEAR.next).by_key
    assert not derive(own_items=[one], year=YEAR.previous).by_key
    done = a_mark("own.abc", on=TODAY)
    assert derive(own_items=[one], marks=(done,)).by_key, "it stays in view in the year in which it was done"
    assert not derive(own_items=[one], marks=(done,), year=YEAR.next).by_key


@pytest.mark.parametrize(("said", "field"), [
    (("", "team", TODAY, None), "title"), (("x" * 101, "team", TODAY, None), "title"), (("Call", "nobody", TODAY, None), "decided_by"),
    (("Call", "team", None, None), "decided_on"), (("Call", "team", TODAY + DAY, None), "decided_on"), (("Call", "team", TODAY, TODAY - DAY), "due"),
])  # fmt: skip
def test_an_item_that_says_too_little_or_cannot_be_is_refused(said: tuple[Any, ...], field: str) -> None:
    with pytest.raises(OwnItemRefused) as refused:
        check_own_item(*said, TODAY)
    assert list(refused.value.errors) == [field]


def test_a_consent_that_ends_soon_stands_among_what_is_due_soon_and_never_shouts() -> None:
    ending = a_consent(until=TODAY + 10 * DAY)
    current = derive(consents=[ending])
    [entry] = current.urgent("soon")
    assert entry.item.title == "Renew the consent: Invented Agency"
    later = derive(consents=[ending], today=TODAY + 12 * DAY)
    assert [entry.key for entry in later.urgent("passed")] == ["renew.c1"]
    assert not later.urgent("overdue")
    not_needed = a_mark("renew.c1", Status.NOT_NEEDED, facts={"reason": "the agency has gone"})
    assert not derive(consents=[ending], marks=(not_needed,)).open_entries
    assert not derive(consents=[a_consent(until=TODAY + 40 * DAY)]).entries
    assert not derive(consents=[ending, a_consent(id="c2", signed_on=TODAY, until=None)]).entries


# What goes out needs a consent


def sent(**more: Any) -> tuple[Checklist, Any]:
    item = an_item("ask.send", opens="event: meeting", records="sent to office", consent="release")
    current = derive(item, occurrences=(an_occurrence("o1", "meeting", detail="Invented Agency"),), **more)
    return current, current.by_key["ask.send@o1"]


def test_what_needs_a_consent_cannot_be_done_without_one_of_that_day() -> None:
    done = Intent(Status.DONE, TODAY, {"sent to": "office"})
    for agreed in ((), (a_consent(agency="Another"),), (a_consent(until=TODAY - DAY),), (a_consent(purpose=Purpose.SPED),)):
        current, entry = sent(consents=agreed)
        with pytest.raises(MarkRefused) as refused:
            check_intent(entry, done, current)
        assert list(refused.value.errors) == ["status"]
        assert consent_missing(entry, current)
        check_intent(entry, Intent(Status.WAITING, TODAY, {"waiting for": "the form"}), current)
        check_intent(entry, Intent(Status.NOT_NEEDED, TODAY, {"reason": "no"}), current)
    current, entry = sent(consents=(a_consent(),))
    assert check_intent(entry, done, current).status is Status.DONE
    with pytest.raises(MarkRefused, match="was signed on 10 September 2026, after 9 September 2026"):
        late = sent(consents=(a_consent(),))
        check_intent(late[1], Intent(Status.DONE, dt.date(2026, 9, 9), {"sent to": "office"}), late[0])


def test_an_override_counts_for_its_item_and_its_year_only() -> None:
    allowed = Override("v1", "ask.send@o1", YEAR.start, "it cannot wait", "an order", "pat", MOMENT)
    current, entry = sent(overrides=(allowed,))
    assert consent_missing(entry, current) == ""
    other, entry = sent(overrides=(Override("v1", "ask.send@o2", YEAR.start, "", "", "pat", MOMENT),))
    assert consent_missing(entry, other)
    other, entry = sent(overrides=(Override("v1", "ask.send@o1", YEAR.start - 1, "", "", "pat", MOMENT),))
    assert consent_missing(entry, other)


# Facts with days of their own

FIRST, SECOND = dt.date(2026, 10, 2), dt.date(2026, 10, 5)
BOTH = an_item("papers.both", records="filed in file, sent to office")


def recorded(intent: Intent, number: int = 1) -> Any:
    return a_mark(BOTH.id, intent.status, intent.on, id=f"m{number}", facts=intent.facts, days=intent.days)


def test_one_fact_is_recorded_and_the_other_stays_open_until_it_is_there_too() -> None:
    current = derive(BOTH)
    part = check_intent(current.by_key[BOTH.id], Intent(Status.TO_DO, FIRST, {"filed in": "file"}, partly=True), current)
    assert (part.status, part.days) == (Status.TO_DO, {"filed in": FIRST})
    current = derive(BOTH, marks=(recorded(part),))
    entry = current.by_key[BOTH.id]
    assert entry.partly
    assert entry.open
    words = status_words(entry.mark, some_registers(), BOTH)
    assert words == "Filed in The File (in the office), 2 October 2026; still open: sent to: The Office"
    rest = check_intent(entry, Intent(Status.DONE, SECOND, {"filed in": "file", "sent to": "office"}), current)
    assert rest.days == {"filed in": FIRST, "sent to": SECOND}
    done = derive(BOTH, marks=(recorded(part), recorded(rest, 2))).by_key[BOTH.id]
    assert done.status is Status.DONE
    assert not done.partly
    said = status_words(done.mark, some_registers(), BOTH)
    assert said == "Filed in The File (in the office), 2 October 2026; sent to The Office, 5 October 2026"


def test_what_is_there_already_stays_there_while_it_waits_for_somebody() -> None:
    current = derive(BOTH)
    part = check_intent(current.by_key[BOTH.id], Intent(Status.TO_DO, FIRST, {"filed in": "file"}, partly=True), current)
    current = derive(BOTH, marks=(recorded(part),))
    waiting = check_intent(current.by_key[BOTH.id], Intent(Status.WAITING, SECOND, {"waiting for": "a stamp"}), current)
    words = status_words(recorded(waiting), some_registers(), BOTH)
    assert words.startswith("Waiting for a stamp, since 5 October 2026; filed in The File")
    assert "still open: sent to: The Office" in words


def test_all_at_once_is_one_day_and_reads_as_before() -> None:
    current = derive(BOTH)
    whole = check_intent(current.by_key[BOTH.id], Intent(Status.DONE, FIRST, {"filed in": "file", "sent to": "office"}), current)
    assert whole.days == {}
    assert status_words(recorded(whole), some_registers(), BOTH) == "Filed in The File (in the office); sent to The Office, 2 October 2026"


def test_a_part_of_nothing_of_everything_or_of_an_item_with_one_fact_is_refused() -> None:
    current = derive(BOTH, an_item("papers.one", records="filed in file"))
    for key, facts in ((BOTH.id, {}), (BOTH.id, {"filed in": "file", "sent to": "office"}), ("papers.one", {"filed in": "file"})):
        with pytest.raises(MarkRefused) as refused:
            check_intent(current.by_key[key], Intent(Status.TO_DO, FIRST, facts, partly=True), current)
        assert list(refused.value.errors) == ["status"]
    with pytest.raises(MarkRefused, match="still to come"):
        check_intent(current.by_key[BOTH.id], Intent(Status.TO_DO, TODAY + DAY, {"filed in": "file"}, partly=True), current)


@given(st.lists(st.tuples(st.sampled_from(["filed in", "sent to"]), st.dates(dt.date(2026, 9, 1), TODAY)), min_size=1, max_size=6))
def test_however_the_facts_arrive_each_keeps_the_day_on_which_it_was_first_recorded(arriving: list[tuple[str, dt.date]]) -> None:
    marks: list[Any] = []
    first: dict[str, dt.date] = {}
    for name, on in arriving:
        current = derive(BOTH, marks=tuple(marks))
        entry = current.by_key[BOTH.id]
        facts = {**(entry.mark.facts if entry.mark else {}), name: "file" if name == "filed in" else "office"}
        first.setdefault(name, on)
        whole = len(facts) == 2
        intent = check_intent(entry, Intent(Status.DONE if whole else Status.TO_DO, on, facts, partly=not whole), current)
        marks.append(recorded(intent, len(marks)))
    last = marks[-1]
    known = last.days or dict.fromkeys(last.facts, last.on)
    assert known == {name: first[name] for name in known} or len(set(first.values())) == 1
    assert set(known) == set(first)
