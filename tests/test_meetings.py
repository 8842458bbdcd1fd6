"""The team's meeting: who needs the team and why, in which order, and what is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.checklists import Checklist, Occurrence, checklist
from forms_app.handbook import Handbook
from forms_app.meetings import (
    BEFORE_THE_TEAM,
    FROM_AGENDA,
    REASONS,
    Known,
    Meeting,
    MeetingRefused,
    Place,
    State,
    can_come,
    can_start,
    carried_over,
    check_can_start,
    check_meeting,
    check_reason,
    moved,
    named_to,
    neighbours,
    propose,
    recap,
    words_of,
)
from forms_app.own_items import OwnItem
from forms_app.permissions import Person, Role
from forms_app.school_calendar import CalendarEntry, calendar_of
from forms_app.school_calendar import Kind as DayKind
from forms_app.school_year import school_year_of
from forms_app.sheets import Decision, Kind
from forms_app.students import Assignment, Involvement, Part
from tests.district import NOON, TODAY, student

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
CALENDAR = calendar_of([CalendarEntry(dt.date(2026, 12, 21), dt.date(2027, 1, 3), DayKind.BREAK, "Winter break")])
MEMBER = Person("member", "Tamsin Ubrecht", {Role.SBT_MEMBER}, "cedar")
PRINCIPAL = Person("principal", "Perrault Zindel", {Role.PRINCIPAL}, "cedar")
ELSEWHERE = Person("elsewhere", "Elsbeth Jarvok", {Role.SBT_MEMBER}, "harbour")
PEOPLE = {one.id: one for one in (MEMBER, PRINCIPAL, ELSEWHERE)}
PLAN = Meeting("", 0, "cedar", TODAY + WEEK, ("member", "principal"), "principal", "member")
SINCE = TODAY - 2 * WEEK


def a_checklist(book: Handbook, id: str = "s", **more: object) -> Checklist:
    occurrences = more.pop("occurrences", ())
    own_items = more.pop("own_items", ())
    made = student(id=id, school="cedar", assignments=(Assignment("manager", dt.date(2025, 9, 2)),))
    return checklist(book, replace(made, **more), school_year_of(TODAY), TODAY, occurrences, (), {}, own_items=own_items)  # type: ignore[arg-type]


def a_decision(**changes: object) -> Decision:
    plain = Decision("d", "m", Kind.ITEM, "Ask for a sample", "", TODAY - DAY, "by", NOON, "own.d")
    return replace(plain, **changes)  # type: ignore[arg-type]


OWN = OwnItem("d", "Ask for a sample", "team", TODAY - WEEK, TODAY - DAY, "", "by", NOON)


def why(book: Handbook, known: Known, day: dt.date = TODAY + WEEK) -> list[str]:
    return [key for one in propose([known], day, SINCE) for key, _ in one.why if key != "overdue"]


# Planning


def check(new: Meeting, others: tuple[Meeting, ...] = (), confirmed: bool = False) -> Meeting:
    return check_meeting(new, others, PEOPLE, CALENDAR, TODAY, confirmed)


def test_a_meeting_as_it_should_be_is_kept_with_its_texts_cleaned() -> None:
    assert check(replace(PLAN, others="  the  teacher ")).others == "the teacher"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"day": TODAY - DAY}, "day", "in the past"),
        ({"day": TODAY + dt.timedelta(days=401)}, "day", "more than a year away"),
        ({"members": ()}, "members", "Choose who is asked"),
        ({"members": ("elsewhere",)}, "members", "the team's members and the principal"),
        ({"members": ("ghost",)}, "members", "the team's members and the principal"),
        ({"chair": "elsewhere"}, "chair", "somebody who is asked to come"),
        ({"recorder": "ghost"}, "recorder", "somebody who is asked to come"),
        ({"minutes": 121}, "minutes", "from 1 to 120"),
        ({"others": "x" * 201}, "others", "201 characters long"),
        ({"others": "a\x00b"}, "others", "hidden character"),
    ],
)
def test_what_is_wrong_with_a_meeting_is_said_beside_its_field(changes: dict[str, object], field: str, says: str) -> None:
    with pytest.raises(MeetingRefused) as refused:
        check(replace(PLAN, **changes))  # type: ignore[arg-type]
    assert says in refused.value.errors[field]
    assert not refused.value.ask, "confirming would not help"


@pytest.mark.parametrize(
    ("day", "says"),
    [(dt.date(2026, 12, 22), "Winter break"), (dt.date(2026, 11, 28), "a weekend"), (TODAY + WEEK, "has a meeting on")],
)
def test_a_day_without_school_or_with_another_meeting_is_asked_about_and_kept_when_it_is_meant(day: dt.date, says: str) -> None:
    other = replace(PLAN, id="other")
    with pytest.raises(MeetingRefused, match=says) as refused:
        check(replace(PLAN, day=day), (other,))
    assert refused.value.ask
    assert check(replace(PLAN, day=day), (other,), confirmed=True).day == day


def test_a_cancelled_meeting_does_not_stand_in_the_way_of_another_on_its_day() -> None:
    assert check(PLAN, (replace(PLAN, id="other", state=State.CANCELLED),)).day == PLAN.day


def test_a_meeting_whose_day_stays_is_not_asked_about_it_again_even_when_the_day_is_past() -> None:
    held = replace(PLAN, id="m", day=TODAY - DAY)
    assert check(replace(held, others="a teacher"), (held,)).others == "a teacher"


def test_a_meeting_begins_on_its_day_or_later_and_never_before() -> None:
    assert can_start(replace(PLAN, day=TODAY), TODAY)
    check_can_start(replace(PLAN, day=TODAY - DAY), TODAY)
    with pytest.raises(MeetingRefused, match="This meeting is on 1 December 2026"):
        check_can_start(PLAN, TODAY)
    assert not can_start(PLAN, TODAY)


def test_who_cancels_a_meeting_says_why() -> None:
    assert check_reason("  snow ") == "snow"
    for text, says in (("", "Say why"), ("x" * 201, "201 characters"), ("a\x01", "hidden character")):
        with pytest.raises(MeetingRefused, match=says):
            check_reason(text)


def test_the_team_is_its_members_and_the_principal_of_that_school_and_nobody_else() -> None:
    assert can_come(MEMBER, "cedar")
    assert can_come(PRINCIPAL, "cedar")
    assert not can_come(ELSEWHERE, "cedar")
    assert not can_come(Person("m", "M", {Role.CASE_MANAGER}, "cedar"), "cedar")


def test_the_suggested_time_counts_every_student_and_says_it_in_hours() -> None:
    agenda = tuple(Place(str(number)) for number in range(200))
    assert replace(PLAN, minutes=5, agenda=agenda).suggested_words == "16 hours 40 minutes"
    agenda = (Place("a", minutes=1), Place("b"), Place("c", minutes=30, carried=True))
    assert replace(PLAN, agenda=agenda).suggested_words == "1 minute"
    assert replace(PLAN, minutes=59, agenda=agenda).suggested_words == "1 hour"
    assert replace(PLAN, agenda=(Place("a"),)).suggested_words == ""


def test_a_meeting_that_nobody_ends_is_told_from_one_that_goes_on() -> None:
    running = replace(PLAN, state=State.RUNNING, day=TODAY)
    assert not running.unended(TODAY)
    assert running.unended(TODAY + DAY)
    assert not replace(running, state=State.ENDED).unended(TODAY + DAY)
    assert running.last_day == TODAY + BEFORE_THE_TEAM


def test_who_was_asked_to_come_and_did_not_has_missed_a_meeting_that_was_held() -> None:
    held = replace(PLAN, state=State.ENDED, present=("principal",))
    assert held.missed("member")
    assert not held.missed("principal")
    assert not held.missed("elsewhere")
    assert not replace(held, state=State.CANCELLED).missed("member")


# The agenda


def test_who_has_no_case_manager_comes_before_the_team(book: Handbook) -> None:
    assert why(book, Known(a_checklist(book, assignments=()))) == ["manager"]


def test_who_was_brought_to_the_team_is_asked_for_with_the_words_of_whoever_asked(book: Handbook) -> None:
    asked = Involvement("1", Part.SBT, "", "cedar", TODAY, TODAY + WEEK, reason="the English teacher asks")
    [one] = propose([Known(a_checklist(book, involvements=(asked,)))], TODAY + WEEK, SINCE)
    assert one.why[0] == ("asked", "the English teacher asks")
    for changes in ({"reason": FROM_AGENDA}, {"until": TODAY - DAY}, {"school": "harbour"}, {"part": Part.TEAM}, {"ended": NOON}):
        assert not why(book, Known(a_checklist(book, involvements=(replace(asked, **changes),)))), changes  # type: ignore[arg-type]


def test_who_was_not_reached_comes_again(book: Handbook) -> None:
    assert why(book, Known(a_checklist(book), carried=True)) == ["carried"]


@pytest.mark.parametrize(("review", "expected"), [(TODAY + WEEK, ["review"]), (TODAY + WEEK + DAY, []), (None, [])])
def test_whom_the_team_wanted_to_see_again_comes_when_the_day_is_there(book: Handbook, review: dt.date | None, expected: list[str]) -> None:
    assert why(book, Known(a_checklist(book), review=review)) == expected


def test_what_the_team_decided_and_nobody_did_in_time_comes_back(book: Handbook) -> None:
    late = Known(a_checklist(book, own_items=(OWN,)), (a_decision(),))
    assert why(book, late) == ["follow"]
    assert not why(book, replace(late, decisions=(a_decision(due=TODAY),)))
    assert not why(book, replace(late, decisions=(a_decision(due=None),)))


@pytest.mark.parametrize(("event", "key"), [("referral", "referral"), ("designation-request", "designation")])
def test_a_new_referral_or_request_for_a_designation_comes_before_the_team_once(book: Handbook, event: str, key: str) -> None:
    one = Occurrence("o", event, TODAY - DAY, "School Psychology", "by", NOON)
    [proposal] = propose([Known(a_checklist(book, occurrences=(one,)))], TODAY + WEEK, SINCE)
    assert (key, "School Psychology, 23 Nov 2026") in proposal.why
    for changes in ({"on": SINCE}, {"withdrawn": "in error"}, {"event": "transition"}, {"on": TODAY + DAY}):
        assert key not in why(book, Known(a_checklist(book, occurrences=(replace(one, **changes),)))), changes  # type: ignore[arg-type]


def test_what_is_only_overdue_is_proposed_and_not_chosen(book: Handbook) -> None:
    late = Occurrence("o", "confidential-report", dt.date(2026, 9, 8), "a report", "by", NOON)
    found = propose([Known(a_checklist(book, own_items=(OWN,), occurrences=(late,)))], TODAY + WEEK, SINCE)
    assert found[0].why[-1][0] == "overdue"
    assert not found[0].chosen
    assert not found[0].own


def test_the_strongest_reason_comes_first_and_names_break_the_tie(book: Handbook) -> None:
    known = [
        Known(a_checklist(book, "none", assignments=(), family="Zett")),
        Known(a_checklist(book, "nobody", assignments=(), family="Aa")),
        Known(a_checklist(book, "again", family="Zz"), carried=True),
    ]
    assert [one.student.id for one in propose(known, TODAY + WEEK, SINCE)] == ["again", "nobody", "none"]


def test_a_member_of_the_team_reads_only_the_names_that_are_the_teams_own_affair(book: Handbook) -> None:
    [own] = propose([Known(a_checklist(book), carried=True)], TODAY, SINCE)
    [other] = propose([Known(a_checklist(book, assignments=()))], TODAY, SINCE)
    assert named_to(own, sees=False)
    assert not named_to(other, sees=False)
    assert named_to(other, sees=True)


def test_reasons_are_said_in_words_and_one_that_is_gone_is_left_out() -> None:
    assert words_of((("referral", "School Psychology"), ("carried", ""), ("gone", "x"))) == [
        "New referral: School Psychology", "Carried over from last time",
    ]  # fmt: skip
    assert all(reason.label for reason in REASONS.values())


PLACES = st.lists(st.integers(0, 50), unique=True, max_size=12).map(lambda numbers: tuple(Place(str(number)) for number in numbers))


@given(PLACES, st.integers(0, 60), st.sampled_from([-1, 1]))
def test_moving_one_student_changes_only_whom_they_pass(agenda: tuple[Place, ...], number: int, by: int) -> None:
    after = moved(agenda, str(number), by)
    assert sorted(after, key=lambda one: one.student) == sorted(agenda, key=lambda one: one.student), (
        "nobody is lost and nobody comes twice"
    )
    without = [one for one in agenda if one.student != str(number)]
    assert [one for one in after if one.student != str(number)] == without
    if Place(str(number)) in agenda:
        expected = max(0, min(len(agenda) - 1, agenda.index(Place(str(number))) + by))
        assert after.index(Place(str(number))) == expected


def test_the_walk_passes_over_who_was_not_reached() -> None:
    agenda = (Place("a"), Place("b", carried=True), Place("c"), Place("d"))
    assert neighbours(agenda, "c") == (["a"], ["d"])
    assert neighbours(agenda, "b") == (["a"], ["c", "d"])
    assert neighbours(agenda, "a") == ([], ["c", "d"])


def test_whoever_was_not_reached_or_whose_meeting_was_cancelled_is_carried_over_until_a_later_agenda_takes_them() -> None:
    held = replace(
        PLAN,
        id="held",
        day=TODAY - WEEK,
        state=State.ENDED,
        agenda=(Place("done"), Place("left", carried=True), Place("later", carried=True)),
    )
    snow = replace(PLAN, id="snow", day=TODAY - DAY, state=State.CANCELLED, agenda=(Place("snowed"),))
    coming = replace(PLAN, id="coming", agenda=(Place("later"),))
    discussed = {"done": frozenset({"held"})}
    assert carried_over([coming, snow, held], discussed, TODAY) == {"left", "snowed"}


def test_a_meeting_that_nobody_ends_keeps_its_students_for_two_weeks_and_then_lets_the_next_agenda_have_them() -> None:
    running = replace(PLAN, id="open", day=TODAY, state=State.RUNNING, agenda=(Place("a"), Place("decided")))
    discussed = {"decided": frozenset({"open"})}
    assert not carried_over([running], discussed, TODAY + BEFORE_THE_TEAM)
    assert carried_over([running], discussed, TODAY + BEFORE_THE_TEAM + DAY) == {"a"}


# Afterwards


def test_the_recap_names_whose_it_is_and_what_concerns_a_reader(book: Handbook) -> None:
    known = a_checklist(book, own_items=(OWN,))
    decisions = (a_decision(), a_decision(id="e", owner="member"), a_decision(id="n", kind=Kind.NONE, says="it works", ref=""))
    names = {"manager": "Mirabeth Quoxley", "member": "Tamsin Ubrecht"}
    lines = recap(decisions, known, names)
    assert [line.owner for line in lines] == ["Mirabeth Quoxley", "Tamsin Ubrecht", ""]
    assert [line.concerns("member", TODAY) for line in lines] == [False, True, False]
    assert lines[0].concerns("manager", TODAY)
    assert recap(decisions[:1], a_checklist(book, assignments=()), names)[0].owner == "Nobody yet"
