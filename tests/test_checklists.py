"""A checklist is derived from the student, the handbook, the events and the marks; the status of an item is what its last mark says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.checklists import (
    EARLIEST,
    LONGEST_FACT,
    MISSING,
    Checklist,
    DateRefused,
    EventAsked,
    EventRefused,
    Intent,
    Mark,
    MarkRefused,
    Occurrence,
    Status,
    check_event_day,
    check_intent,
    check_own_date,
    checklist,
    default_facts,
    first_known_day,
    missing_before,
    needed_facts,
    progress_words,
    status_words,
)  # fmt: skip
from forms_app.deadlines import Announcement, Announcements, OwnDate
from forms_app.handbook import Item, Strength
from forms_app.handbook.conditions import NAMES
from forms_app.handbook.items import Record
from forms_app.school_calendar import WEEKDAYS, SchoolCalendar
from forms_app.school_year import SchoolYear, school_year_of
from forms_app.students import Answer, Student
from tests.factories import MOMENT, TODAY, YEAR, a_book, a_mark, a_student, an_item, an_occurrence, some_registers

REGISTERS = some_registers()
OCTOBER = dt.date(2026, 10, 2)


def derive(
    *items: Item, student: Student | None = None, marks: list[Mark] | None = None, events: list[Occurrence] | None = None, year: SchoolYear = YEAR, today: dt.date = TODAY,
    announcements: Announcements | None = None, calendar: SchoolCalendar = WEEKDAYS, own_dates: list[OwnDate] | None = None,
) -> Checklist:  # fmt: skip
    return checklist(
        a_book(*items), student or a_student(), year, today, events or [], marks or [], announcements or {}, calendar, own_dates or []
    )


def an_own_date(date: dt.date | None, item: str = "plan.share", at: dt.datetime = MOMENT) -> OwnDate:
    return OwnDate("d1", item, "", date, "agreed", "robin", at)


# --- what is on it --------------------------------------------------------------------------------------------------


def test_what_applies_is_to_do_and_says_why() -> None:
    found = derive(an_item(applies="has an IEP"))
    assert [(entry.key, entry.status, entry.why) for entry in found.entries] == [("plan.share", Status.TO_DO, "has an IEP")]


def test_what_does_not_apply_says_why_not() -> None:
    found = derive(an_item(applies="grade 8"))
    assert not found.entries
    assert [(one.item.id, one.applicability.why) for one in found.not_applying] == [("plan.share", "is in grade 10")]


def test_what_nobody_can_tell_is_asked() -> None:
    found = derive(an_item(applies="has an IEP"), student=a_student(iep=Answer.UNKNOWN))
    assert not found.entries
    assert [one.applicability.ask for one in found.unknown] == [("has an IEP",)]


def test_every_item_is_in_exactly_one_place() -> None:
    items = [an_item(f"a.i{number}", applies=name) for number, name in enumerate(NAMES)]
    for student in (
        a_student(),
        a_student(grade="SU", iep=Answer.UNKNOWN, leaving=Answer.UNKNOWN),
        a_student(grade="08", category="D", assistant=Answer.YES),
    ):
        found = derive(*items, student=student)
        assert sorted([e.item.id for e in found.entries] + [u.item.id for u in (*found.unknown, *found.not_applying)]) == sorted(
            item.id for item in items
        )


def test_items_stand_in_the_handbooks_order() -> None:
    assert [entry.key for entry in derive(an_item("a.z", line=1), an_item("a.a", line=5)).entries] == ["a.z", "a.a"]


def test_an_event_opens_its_items_once_for_each_occurrence() -> None:
    events = [an_occurrence("o2", on=dt.date(2026, 10, 9)), an_occurrence("o1"), an_occurrence("o3", event="meeting")]
    found = derive(an_item("report.file", opens="event: report"), events=events)
    assert [entry.key for entry in found.entries] == ["report.file@o1", "report.file@o2"]
    assert [one.id for one in found.occurrences] == ["o1", "o3", "o2"]


def test_without_its_event_an_item_is_nowhere() -> None:
    found = derive(an_item("report.file", opens="event: report"))
    assert (found.entries, found.unknown, found.not_applying) == ((), (), ())


def test_an_item_of_an_event_that_cannot_apply_is_told() -> None:
    found = derive(
        an_item("report.file", opens="event: report", applies="grade 8"),
        an_item("report.ask", opens="event: report", applies="grade 8"),
        events=[an_occurrence()],
    )
    assert [one.item.id for one in found.not_applying] == ["report.file", "report.ask"]


def test_a_withdrawn_event_opens_nothing() -> None:
    found = derive(an_item("report.file", opens="event: report"), events=[an_occurrence(withdrawn="recorded for the wrong student")])
    assert (found.entries, found.occurrences) == ((), ())


@pytest.mark.parametrize(("on", "year"), [(dt.date(2026, 6, 30), SchoolYear(2025)), (dt.date(2026, 7, 1), YEAR)])
def test_an_event_belongs_to_the_year_of_its_day(on: dt.date, year: SchoolYear) -> None:
    item = an_item("report.file", opens="event: report")
    assert len(derive(item, events=[an_occurrence(on=on)], year=year).entries) == 1
    assert not derive(item, events=[an_occurrence(on=on)], year=year.next).entries
    assert not derive(item, events=[an_occurrence(on=on)], year=year.previous).entries


def test_an_item_of_the_school_year_starts_afresh() -> None:
    done = a_mark(on=dt.date(2026, 5, 4))
    assert derive(an_item(), marks=[done], year=SchoolYear(2025)).entries[0].status is Status.DONE
    assert derive(an_item(), marks=[done]).entries[0].status is Status.TO_DO


def test_what_is_done_once_stays_done_in_later_years() -> None:
    done = a_mark(on=dt.date(2024, 5, 4))
    assert [derive(an_item(opens="once"), marks=[done], year=SchoolYear(start)).entries[0].status for start in (2023, 2026, 2030)] == [
        Status.DONE
    ] * 3


def test_marks_of_one_occurrence_are_not_anothers() -> None:
    item, events = an_item("report.file", opens="event: report"), [an_occurrence("o1"), an_occurrence("o2", on=dt.date(2026, 10, 9))]
    found = derive(item, events=events, marks=[a_mark("report.file", occurrence="o2")])
    assert [entry.status for entry in found.entries] == [Status.TO_DO, Status.DONE]


# --- what was recorded stays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"iep": Answer.NO}, "has no IEP, so this no longer applies; what was recorded stays"),
        ({"iep": Answer.UNKNOWN}, "may no longer need this: it is not recorded whether the student has an IEP"),
    ],
)
def test_a_mark_stays_in_view_when_the_item_no_longer_applies(facts: dict[str, Any], why: str) -> None:
    found = derive(an_item(applies="has an IEP"), student=a_student(**facts), marks=[a_mark()])
    assert [(entry.status, entry.why) for entry in found.entries] == [(Status.DONE, why)]
    assert not found.unknown
    assert not found.not_applying


def test_a_retired_item_leaves_only_what_was_recorded() -> None:
    retired = an_item(retired="2027-06")
    assert not derive(retired).entries
    assert [entry.why for entry in derive(retired, marks=[a_mark()]).entries] == ["had this item before the handbook retired it"]


@pytest.mark.parametrize(("month", "there"), [("2027-06", False), ("2027-07", True), ("2026-07", False)])
def test_a_retired_item_stays_in_the_years_before(month: str, there: bool) -> None:
    found = derive(an_item(retired=month))
    assert bool(found.entries) == there
    assert not found.not_applying


def test_a_mark_of_an_item_that_the_handbook_never_had_is_no_entry() -> None:
    found = derive(an_item(due="1 week after plan.share"), marks=[a_mark("plan.gone")])
    assert [entry.key for entry in found.entries] == ["plan.share"]


# --- marks ----------------------------------------------------------------------------------------------------------

STATUSES = st.sampled_from([Status.DONE, Status.WAITING, Status.NOT_NEEDED, Status.TO_DO])
HISTORY = st.lists(STATUSES | st.just("undo"), max_size=12)


def recorded(history: list[Status | str]) -> list[Mark]:
    """Marks as the record appends them: an undo is a mark of its own that says again what was true before the last."""
    marks: list[Mark] = []
    for number, step in enumerate(history):
        if isinstance(step, Status):
            marks.append(a_mark(id=f"m{number}", status=step))
        elif marks:
            before = marks[-2].status if len(marks) > 1 else Status.TO_DO
            marks.append(a_mark(id=f"m{number}", status=before, undoes=marks[-1].id))
    return marks


@given(HISTORY)
def test_the_status_is_what_the_last_mark_says(history: list[Status | str]) -> None:
    marks = recorded(history)
    entry = derive(an_item(), marks=marks).entries[0]
    assert entry.status is (marks[-1].status if marks else Status.TO_DO)
    assert entry.marks == tuple(marks)
    assert entry.mark == (marks[-1] if marks else None)
    assert entry.open == (entry.status in (Status.TO_DO, Status.WAITING))


@given(HISTORY, STATUSES)
def test_undo_returns_to_what_was_true_before(history: list[Status | str], next_status: Status) -> None:
    before = derive(an_item(), marks=recorded(history)).entries[0]
    after = derive(an_item(), marks=recorded([*history, next_status, "undo"])).entries[0]
    assert after.status is before.status
    assert len(after.marks) == len(before.marks) + 2


@given(st.lists(st.tuples(st.sampled_from(["a.one", "a.two"]), STATUSES), max_size=10))
def test_marks_on_one_item_say_nothing_about_another(marked: list[tuple[str, Status]]) -> None:
    marks = [a_mark(item, status=status, id=f"m{number}") for number, (item, status) in enumerate(marked)]
    found = derive(an_item("a.one"), an_item("a.two"), marks=marks)
    for entry in found.entries:
        said = [status for item, status in marked if item == entry.key]
        assert entry.status is (said[-1] if said else Status.TO_DO)


def test_an_item_that_was_reworded_since_says_so() -> None:
    assert derive(an_item(title="New words"), marks=[a_mark(wording="Old words")]).entries[0].reworded
    assert not derive(an_item(title="New words"), marks=[a_mark(wording="New words")]).entries[0].reworded
    assert not derive(an_item(title="New words"), marks=[a_mark(wording="Old words", status=Status.TO_DO)]).entries[0].reworded
    assert not derive(an_item()).entries[0].reworded


# --- due ------------------------------------------------------------------------------------------------------------


def test_an_item_is_dated_by_the_one_before_it_once_that_is_done() -> None:
    items = [an_item("plan.write"), an_item(due="2 weeks after plan.write")]
    assert derive(*items).by_key["plan.share"].due.date is None
    assert derive(*items, marks=[a_mark("plan.write", status=Status.WAITING)]).by_key["plan.share"].due.date is None
    assert derive(*items, marks=[a_mark("plan.write", on=OCTOBER)]).by_key["plan.share"].due.date == dt.date(2026, 10, 16)


def test_what_was_done_once_dates_others_in_later_years_too() -> None:
    items = [an_item("plan.write", opens="once"), an_item(due="suggested 2 weeks after plan.write")]
    assert derive(*items, marks=[a_mark("plan.write", on=dt.date(2025, 10, 2))]).by_key["plan.share"].due.date == dt.date(2025, 10, 16)


def test_last_years_plan_does_not_date_this_years_sharing() -> None:
    items = [an_item("plan.write"), an_item(due="2 weeks after plan.write")]
    assert derive(*items, marks=[a_mark("plan.write", on=dt.date(2025, 10, 2))]).by_key["plan.share"].due.date is None


def test_an_item_of_an_event_is_dated_by_its_own_occurrence() -> None:
    items = [an_item("report.file", opens="event: report"), an_item("report.send", opens="event: report", due="1 week after report.file")]
    events = [an_occurrence("o1"), an_occurrence("o2", on=dt.date(2026, 10, 9))]
    found = derive(*items, events=events, marks=[a_mark("report.file", occurrence="o2", on=dt.date(2026, 10, 12))])
    assert found.by_key["report.send@o1"].due.date is None
    assert found.by_key["report.send@o2"].due.date == dt.date(2026, 10, 19)


def test_an_announced_date_dates_every_item_of_its_window() -> None:
    announcement = Announcement("september", YEAR, dt.date(2026, 9, 18), dt.date(2026, 9, 1))
    found = derive(an_item("a.one", due="september"), an_item("a.two", due="september"), announcements={("september", YEAR): announcement})
    assert [entry.urgency(TODAY) for entry in found.entries] == ["overdue", "overdue"]


@pytest.mark.parametrize(
    ("item", "marks", "urgency"),
    [
        ({"due": "on the event date"}, [], "overdue"),
        ({"due": "on the event date"}, [Status.WAITING], "later"),
        ({"due": "on the event date"}, [Status.DONE], "later"),
        ({"due": "on the event date", "strength": Strength.MAY}, [], "later"),
        ({"due": "suggested on the event date"}, [], "passed"),
        ({"due": "60 days after the event"}, [], "soon"),
        ({"due": "90 days after the event"}, [], "later"),
        ({}, [], "later"),
    ],
)
def test_only_what_is_to_do_and_past_a_firm_date_is_overdue(item: dict[str, Any], marks: list[Status], urgency: str) -> None:
    found = derive(
        an_item("report.file", opens="event: report", **item),
        events=[an_occurrence()],
        marks=[a_mark("report.file", occurrence="o1", status=one) for one in marks],
    )
    assert found.entries[0].urgency(TODAY) == urgency


@pytest.mark.parametrize(
    ("strength", "marks", "urgency"),
    [
        (Strength.EXPECTED, [], "overdue"),
        (Strength.MAY, [], "later"),
        (Strength.EXPECTED, [Status.WAITING], "later"),
        (Strength.EXPECTED, [Status.NOT_NEEDED], "later"),
    ],
)
def test_also_with_a_date_of_its_own_only_what_is_to_do_is_overdue(strength: Strength, marks: list[Status], urgency: str) -> None:
    found = derive(an_item(strength=strength), marks=[a_mark(status=one) for one in marks], own_dates=[an_own_date(dt.date(2026, 11, 16))])
    assert found.entries[0].urgency(TODAY) == urgency


# --- dates that somebody sets ---------------------------------------------------------------------------------------

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("due", "after", "status"),
    [
        ("as the IEP says", HOUR, Status.TO_DO),
        ("as the IEP says", -HOUR, Status.DONE),
        ("september", HOUR, Status.DONE),
        ("", HOUR, Status.DONE),
    ],
)
def test_only_what_comes_round_opens_again_and_only_by_a_date_that_was_set_since(due: str, after: dt.timedelta, status: Status) -> None:
    found = derive(an_item(due=due), marks=[a_mark()], own_dates=[an_own_date(dt.date(2026, 12, 1), at=MOMENT + after)])
    assert found.entries[0].status is status
    assert len(found.entries[0].marks) == 1, "what was recorded stays"


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.sampled_from(["", "as the IEP says", "september"]), st.text(max_size=220))
def test_whatever_date_is_asked_for_it_is_set_within_the_year_or_refused_in_words(date: dt.date, due: str, reason: str) -> None:
    found = derive(an_item(due=due))
    try:
        kept = check_own_date(found.entries[0], date, reason, found)
    except DateRefused as refused:
        assert set(refused.errors) <= {"date", "reason"}
        assert all(sentence.endswith(".") for sentence in refused.errors.values())
    else:
        assert TODAY <= date <= YEAR.last_day
        assert len(kept) <= LONGEST_FACT
        assert kept or due == "as the IEP says"


def test_a_date_that_is_not_there_cannot_be_taken_back() -> None:
    found = derive(an_item())
    with pytest.raises(DateRefused, match="Enter the day"):
        check_own_date(found.entries[0], None, "", found)


# --- before the student came, after they left -----------------------------------------------------------------------


def test_the_first_day_on_record_is_the_earliest_of_everything_that_is_true() -> None:
    student = a_student()  # with a case manager since 1 September 2026
    assert first_known_day(student, [], []) == dt.date(2026, 9, 1)
    assert first_known_day(student, [an_occurrence(on=dt.date(2026, 8, 20))], []) == dt.date(2026, 8, 20)
    assert first_known_day(student, [an_occurrence(on=dt.date(2026, 8, 20), withdrawn="by mistake")], []) == dt.date(2026, 9, 1)
    assert first_known_day(student, [], [a_mark(on=dt.date(2026, 7, 2))]) == dt.date(2026, 7, 2)
    assert first_known_day(replace(student, assignments=()), [], []) is None


@given(st.dates(dt.date(2026, 7, 1), dt.date(2027, 6, 30)))
def test_an_event_is_asked_about_before_the_first_day_and_refused_while_the_student_had_left(on: dt.date) -> None:
    first, left, back = dt.date(2026, 9, 1), dt.date(2026, 11, 10), dt.date(2027, 1, 11)
    try:
        check_event_day(on, first, [(left, back)])
    except EventAsked as asked:
        assert on < first
        assert str(asked).endswith("?")
    except EventRefused:
        assert left < on < back
    else:
        assert first <= on <= left or on >= back


def test_where_nothing_is_known_nothing_is_asked() -> None:
    check_event_day(dt.date(2020, 1, 1), None, [])


def test_the_most_urgent_is_next_and_what_waits_comes_last() -> None:
    items = [
        an_item("a.waiting", opens="event: report", due="on the event date"), an_item("a.later"), an_item("a.soon", opens="event: report", due="60 days after the event"),
        an_item("a.overdue", opens="event: report", due="on the event date"), an_item("a.may", strength=Strength.MAY), an_item("a.done"),
        an_item("a.sooner", opens="event: report", due="55 days after the event"),
    ]  # fmt: skip
    marks = [a_mark("a.waiting", occurrence="o1", status=Status.WAITING), a_mark("a.done")]
    found = derive(*items, events=[an_occurrence()], marks=marks)
    assert [entry.item.id for entry in found.open_entries] == ["a.overdue", "a.sooner", "a.soon", "a.later", "a.waiting"]
    assert found.next is not None
    assert found.next.item.id == "a.overdue"
    assert [entry.item.id for entry in found.urgent("soon")] == ["a.sooner", "a.soon"]
    assert [entry.item.id for entry in found.urgent("later")] == ["a.later"]
    assert derive().next is None


def test_progress_is_counted_in_words() -> None:
    items = [an_item("a.one"), an_item("a.two"), an_item("a.three"), an_item("a.four"), an_item("a.may", strength=Strength.MAY)]
    marks = [a_mark("a.two", status=Status.WAITING), a_mark("a.three"), a_mark("a.four", status=Status.NOT_NEEDED)]
    found = derive(*items, marks=marks)
    assert found.progress == "1 to do, 1 waiting, 1 done, 1 not needed"
    assert found.still_open == "1 to do, 1 waiting"
    assert derive(*items[:1], marks=[a_mark("a.one")]).still_open == "nothing to do"
    assert progress_words(derive(items[4]).entries) == "1 you may do"
    assert progress_words(derive(items[4], marks=[a_mark("a.may")]).entries) == "1 done"
    assert progress_words([]) == "nothing to do"


# --- recording ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "facts", "one_click"),
    [
        ("", (), {}),
        ("held on", (), {}),
        ("filed in file, sent to office", ("filed in", "sent to"), {"filed in": "file", "sent to": "office"}),
        ("signed by parent, held on", ("signed by",), {"signed by": "parent"}),
        ("people", ("people",), None),
        ("filed in file, people", ("filed in", "people"), None),
        ("decision a | b", ("decision",), None),
    ],
)
def test_done_needs_the_facts_that_the_item_records(records: str, facts: tuple[str, ...], one_click: dict[str, str] | None) -> None:
    item = an_item(records=records)
    assert needed_facts(item, Status.DONE) == facts
    assert default_facts(item) == one_click


def test_waiting_needs_for_what_and_not_needed_a_reason() -> None:
    assert [needed_facts(an_item(records="people"), status) for status in (Status.WAITING, Status.NOT_NEEDED, Status.TO_DO)] == [
        ("waiting for",),
        ("reason",),
        (),
    ]


def test_every_fact_that_can_be_missing_has_its_sentence() -> None:
    kinds = {"filed in", "sent to", "signed by", "people", "shared with", "decision", "waiting for", "reason"}
    assert set(MISSING) == kinds
    for kind in kinds - {"waiting for", "reason"}:
        record = Record(kind, "x", ("a", "b") if kind == "decision" else ())
        assert refused(replace(an_item(), records=(record,)), Intent(Status.DONE, TODAY)) == {kind: MISSING[kind]}
    assert refused(an_item(), Intent(Status.WAITING, TODAY)) == {"waiting for": MISSING["waiting for"]}
    assert refused(an_item(), Intent(Status.NOT_NEEDED, TODAY, {"reason": "  "})) == {"reason": MISSING["reason"]}


def test_an_intent_comes_back_with_its_texts_cleaned_and_nothing_else() -> None:
    kept = accepted(an_item(records="people"), Intent(Status.DONE, TODAY, {"people": "  parent,  student ", "reason": "not asked"}))
    assert kept == Intent(Status.DONE, TODAY, {"people": "parent, student"})


def test_back_to_do_needs_no_day_and_keeps_none() -> None:
    assert accepted(an_item(records="people"), Intent(Status.TO_DO, TODAY, {"people": "x"})) == Intent(Status.TO_DO, None, {})


def test_a_decision_is_one_of_its_choices() -> None:
    item = an_item(records="decision refer | do not refer")
    assert accepted(item, Intent(Status.DONE, TODAY, {"decision": "do not refer"})).facts == {"decision": "do not refer"}
    assert refused(item, Intent(Status.DONE, TODAY, {"decision": "maybe"})) == {"decision": "Choose one of: refer, do not refer."}


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (None, "Enter the day, for example 27 3 2026."),
        (TODAY + dt.timedelta(days=1), "The day must be today or earlier. 25 November 2026 is still to come."),
        (EARLIEST - dt.timedelta(days=1), "Check the year: 31 December 1989 is too long ago."),
    ],
)
@pytest.mark.parametrize("status", [Status.DONE, Status.WAITING, Status.NOT_NEEDED])
def test_a_day_that_cannot_be_is_refused(on: dt.date | None, said: str, status: Status) -> None:
    assert refused(an_item(), Intent(status, on, {"waiting for": "x", "reason": "x"})) == {"on": said}


@pytest.mark.parametrize("on", [dt.date(2025, 7, 1), OCTOBER, TODAY])
def test_a_late_entry_keeps_its_real_day(on: dt.date) -> None:
    assert accepted(an_item(), Intent(Status.DONE, on)).on == on


def test_what_is_done_once_may_have_been_done_long_ago() -> None:
    assert accepted(an_item(opens="once"), Intent(Status.DONE, EARLIEST)).on == EARLIEST


def test_what_opens_every_year_was_not_done_before_the_last_one() -> None:
    assert "before the last school year" in refused(an_item(), Intent(Status.DONE, dt.date(2025, 6, 30)))["on"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    item = an_item(records="filed in file, people")
    with pytest.raises(MarkRefused) as refusal:
        found = derive(item)
        check_intent(found.entries[0], Intent(Status.DONE, None, {"filed in": "x\x00", "people": "y" * (LONGEST_FACT + 1)}), found)
    assert refusal.value.errors == {
        "filed in": "This contains a hidden character (U+0000), which cannot be kept. Delete it, or type the text again.",
        "people": "This is 201 characters long. At most 200 can be kept.",
        "on": "Enter the day, for example 27 3 2026.",
    }
    assert str(refusal.value) == " ".join(refusal.value.errors.values())


def test_what_an_item_needs_must_be_done_first() -> None:
    items = [an_item("plan.write", title="Write the plan"), an_item(needs=("plan.write",))]
    assert refused(*items, intent=Intent(Status.DONE, TODAY)) == {
        "status": "First mark “Write the plan” as done. This cannot be recorded before it."
    }
    assert accepted(*items, intent=Intent(Status.DONE, TODAY), marks=[a_mark("plan.write")]).status is Status.DONE
    assert accepted(*items, intent=Intent(Status.WAITING, TODAY, {"waiting for": "the plan"})).status is Status.WAITING


def test_what_an_item_needs_is_that_of_the_same_occurrence() -> None:
    items = [an_item("report.consent", opens="event: report"), an_item("report.send", opens="event: report", needs=("report.consent",))]
    events = [an_occurrence("o1"), an_occurrence("o2", on=dt.date(2026, 10, 9))]
    found = derive(*items, events=events, marks=[a_mark("report.consent", occurrence="o1")])
    assert not missing_before(found.by_key["report.send@o1"], found)
    assert [entry.key for entry in missing_before(found.by_key["report.send@o2"], found)] == ["report.consent@o2"]


def test_what_does_not_apply_is_not_waited_for() -> None:
    items = [an_item("plan.write", applies="grade 8"), an_item(needs=("plan.write",))]
    assert accepted(*items, intent=Intent(Status.DONE, TODAY)).status is Status.DONE


# --- in true words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (None, "To do"),
        (a_mark(status=Status.TO_DO), "To do"),
        (a_mark(), "Done, 2 October 2026"),
        (a_mark(on=None), "Done"),
        (a_mark(facts={"filed in": "file"}), "Filed in The File (in the office), 2 October 2026"),
        (a_mark(facts={"filed in": "a binder"}), "Filed in a binder, 2 October 2026"),
        (a_mark(facts={"sent to": "office"}), "Sent to The Office, 2 October 2026"),
        (a_mark(facts={"sent to": "the hospital"}), "Sent to the hospital, 2 October 2026"),
        (
            a_mark(facts={"signed by": "parent", "people": "parent and student"}),
            "Signed by parent; done, with parent and student, 2 October 2026",
        ),
        (a_mark(facts={"decision": "not pursued"}), "Decided: not pursued, 2 October 2026"),
        (a_mark(facts={"unknown": "x"}), "Done, 2 October 2026"),
        (a_mark(status=Status.WAITING, facts={"waiting for": "the parents"}), "Waiting for the parents, since 2 October 2026"),
        (a_mark(status=Status.WAITING, on=None), "Waiting"),
        (a_mark(status=Status.NOT_NEEDED, facts={"reason": "no report came"}), "Not needed: no report came, 2 October 2026"),
    ],
)
def test_a_status_says_what_is_true(mark: Mark | None, words: str) -> None:
    assert status_words(mark, REGISTERS) == words


@given(
    st.sampled_from([Status.DONE, Status.WAITING, Status.NOT_NEEDED]),
    st.dictionaries(st.sampled_from(sorted(MISSING)), st.text(min_size=1, max_size=9)),
)
def test_nothing_is_ever_called_completed(status: Status, facts: dict[str, str]) -> None:
    said = status_words(a_mark(status=status, facts=facts), REGISTERS)
    assert "omplete" not in said or any("omplete" in fact for fact in facts.values())
    assert "2 October 2026" in said


def test_a_key_names_item_and_occurrence() -> None:
    assert (a_mark().key, a_mark(occurrence="o1").key) == ("plan.share", "plan.share@o1")


@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 1, 1)))
def test_an_occurrence_knows_its_school_year(day: dt.date) -> None:
    assert an_occurrence(on=day, at=MOMENT).year == school_year_of(day)


# --- what the tests above look with ---------------------------------------------------------------------------------


def accepted(*items: Item | Intent, intent: Intent | None = None, marks: list[Mark] | None = None) -> Intent:
    """The last item's intent, as it is kept."""
    found = derive(*(item for item in items if isinstance(item, Item)), marks=marks)
    meant = intent or next(item for item in items if isinstance(item, Intent))
    return check_intent(found.entries[-1], meant, found)


def refused(*items: Item | Intent, intent: Intent | None = None) -> dict[str, str]:
    """What is said of the last item's intent, by field."""
    with pytest.raises(MarkRefused) as refusal:
        accepted(*items, intent=intent)
    return refusal.value.errors
