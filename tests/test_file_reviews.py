"""A file review's rules: what is filled in, from which days, for which meeting, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.checklists import Mark, Occurrence, Status, checklist
from forms_app.exam_supports import ExamDecision
from forms_app.file_reviews import (
    FILE,
    HEAD,
    LONGEST,
    Final,
    Material,
    Part,
    Plan,
    Review,
    ReviewIsFinished,
    ReviewRefused,
    Text,
    can_write,
    check_can_write,
    check_plan,
    check_template,
    check_texts,
    fingerprint,
    items_for,
    occasions,
    parts_of,
    read_template,
)
from forms_app.handbook import Handbook, HandbookError
from forms_app.school_year import SchoolYear
from forms_app.settings import ROOT
from forms_app.students import Assignment
from tests.district import NOON, TODAY, student

YEAR = SchoolYear(2026)
TEMPLATE = read_template(ROOT)
SIX = {"iep-meeting", "sbt-meeting", "suspension-review", "referral", "transition", "icm-meeting"}
MEETING = Occurrence("meet", "sbt-meeting", dt.date(2026, 11, 30), "regular", "manager", NOON)
REPORT = Occurrence("report", "confidential-report", dt.date(2026, 10, 5), "hospital report", "manager", NOON)
PLAN = Plan(("meet",), dt.date(2026, 7, 1), TODAY, tuple(TEMPLATE))


def mark(item: str, on: dt.date, occurrence: str = "", year: SchoolYear = YEAR, status: Status = Status.DONE, **facts: str) -> Mark:
    given = {name.replace("_", " "): value for name, value in facts.items()}
    return Mark(f"{item}{on}", item, occurrence, year, status, on, given, "manager", NOON, f"Wording of {item}", "e")


def material(book: Handbook, occurrences: tuple[Occurrence, ...] = (MEETING, REPORT), marks: tuple[Mark, ...] = ()) -> Material:
    one = student(id="s", assignments=(Assignment("manager", dt.date(2025, 9, 2)),))
    current = checklist(book, one, YEAR, TODAY, occurrences, [mark for mark in marks if mark.year == YEAR], {})
    return Material(one, "Cedarprobe", {"manager": "Mirabeth Quoxley"}, occurrences, marks, current, book)


def parts(found: Material, plan: Plan = PLAN, texts: dict[str, Text] | None = None) -> dict[str, Part]:
    return {part.key: part for part in parts_of(plan, texts or {}, TEMPLATE, found)}


def test_a_decision_on_exam_supports_of_the_chosen_days_is_in_the_review_with_what_is_still_open(book: Handbook) -> None:
    decided = [
        ExamDecision(id, session, "yes", on, supports, None, "yes", "iep", "not needed", "manager", NOON)
        for id, session, on, supports in (
            ("a", "January 2027", dt.date(2026, 10, 1), "extra time"),
            ("b", "january 2027", dt.date(2026, 11, 2), "a reader"),
            ("c", "June 2026", dt.date(2026, 3, 2), "extra time"),
        )
    ]
    found = parts(replace(material(book), exam_decisions=decided))["supports"]
    [one] = [fact for fact in found.facts if fact.startswith("Exam supports")]
    assert one == (
        "Exam supports, january 2027: supports are used: a reader (2 November 2026). Still open: the school-based team has not recommended it yet"
    )


def test_the_handbook_names_the_six_occasions_of_the_source(book: Handbook) -> None:
    assert set(occasions(book)) == SIX


@pytest.mark.parametrize("event", sorted(SIX))
def test_each_occasion_has_the_one_item_that_a_finished_review_ticks(event: str, book: Handbook) -> None:
    one = replace(MEETING, event=event)
    [(item, occurrence)] = items_for(book, [one])
    assert item.id.startswith("file-review.")
    assert (item.opens.event, occurrence) == (event, one)


def test_a_withdrawn_meeting_ticks_nothing(book: Handbook) -> None:
    assert items_for(book, [replace(MEETING, withdrawn="entered twice")]) == []


def test_every_section_of_the_procedure_is_in_the_template() -> None:
    procedure = (ROOT / "docs/procedures/build-a-file-review.md").read_text(encoding="utf-8")
    named = re.findall(r"(?m)^- (.+)$", procedure.partition("Sections (our template")[2].partition("!!!")[0])
    assert len(named) == 10
    titles = " ".join(section.title for section in TEMPLATE.values()).casefold()
    for words in named:
        assert words.split()[0].casefold().rstrip(",:") in titles, words


def test_the_head_says_who_for_what_and_of_which_days(book: Handbook) -> None:
    head = parts(material(book))[HEAD]
    assert head.title == "Quillon Zephyrine"
    assert "Grade: 11" in head.facts
    assert "Case manager: Mirabeth Quoxley" in head.facts
    assert "For: School-based team meeting about this student, 30 Nov 2026 (regular)" in head.facts
    assert "Covers: 1 Jul 2026 to 24 Nov 2026" in head.facts
    assert not [fact for part in parts(material(book)).values() for fact in part.facts if "PEN" in fact]


def test_events_and_marks_fill_their_sections_by_day(book: Handbook) -> None:
    filed = mark("records.file-report", dt.date(2026, 10, 7), "report", filed_in="red-file")
    assert parts(material(book, marks=(filed,)))["reports"].facts == (
        "5 Oct 2026: A new confidential report arrived, hospital report",
        "7 Oct 2026: Wording of records.file-report: filed in Red File (inside the G4 file)",
    )


def test_what_is_not_done_undone_withdrawn_or_outside_the_days_is_not_filled_in(book: Handbook) -> None:
    marks = (
        mark("records.file-report", dt.date(2026, 10, 7), "report", status=Status.WAITING, waiting_for="the office"),
        mark("iep.document", dt.date(2026, 9, 9), filed_in="iep-system"),
        replace(mark("iep.document", dt.date(2026, 9, 9)), status=Status.TO_DO, on=None, undoes="x"),
        mark("iep.share-final", dt.date(2026, 6, 20), shared_with="teachers"),
    )
    gone = replace(REPORT, id="gone", withdrawn="entered twice")
    found = parts(material(book, (MEETING, replace(REPORT, on=dt.date(2026, 6, 30)), gone), marks))
    assert found["reports"].facts == ()
    assert found["iep"].facts == ("Has an IEP",)


def test_earlier_years_are_filled_in_when_the_days_reach_back(book: Handbook) -> None:
    last_year = mark("iep.share-final", dt.date(2025, 10, 20), year=YEAR.previous, shared_with="teachers")
    this_year = mark("iep.share-final", dt.date(2026, 10, 20), shared_with="all teachers")
    found = parts(material(book, marks=(last_year, this_year)), replace(PLAN, since=dt.date(2025, 7, 1)))
    assert [fact[:11] for fact in found["iep"].facts if "share-final" in fact] == ["20 Oct 2025", "20 Oct 2026"]


def test_what_is_open_leaves_out_the_review_itself_and_counts_what_is_not_pressing(book: Handbook) -> None:
    facts = parts(material(book))["open"].facts
    assert not [fact for fact in facts if fact.startswith("Build a file review")]
    assert [fact for fact in facts if fact.startswith("Gather information about the student: 30 Nov")]
    assert re.fullmatch(r"\d+ other items open, not due yet", facts[-1])


def test_another_part_of_the_app_can_add_lines_to_a_section(book: Handbook) -> None:
    found = parts(replace(material(book), more={"agencies": ("Consent for Invented Agency, until 1 Feb 2027",)}))
    assert "Consent for Invented Agency, until 1 Feb 2027" in found["agencies"].facts


def test_only_chosen_sections_are_built_in_the_order_of_the_template_with_what_was_written(book: Handbook) -> None:
    texts = {"alerts": Text("1", "A plan is on file.", "manager", NOON), "schools": Text("2", "Not chosen", "manager", NOON)}
    found = parts(material(book), replace(PLAN, sections=("open", "alerts")), texts)
    assert list(found) == [HEAD, "alerts", "open"]
    assert found["alerts"].text == "A plan is on file."


def test_the_fingerprint_changes_with_every_word_and_only_then(book: Handbook) -> None:
    before = tuple(parts(material(book)).values())
    assert fingerprint(before) == fingerprint(tuple(parts(material(book)).values()))
    assert fingerprint(before) != fingerprint((replace(before[0], title="Other"), *before[1:]))


# What is refused

FIRST, LAST = dt.date(2026, 7, 1), TODAY


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"occasions": []}, "occasions", "Choose the meeting"),
        ({"occasions": ["other"]}, "occasions", "that are shown"),
        ({"since": None}, "since", "first day"),
        ({"until": None}, "until", "last day"),
        ({"until": TODAY + dt.timedelta(days=1)}, "until", "today or earlier"),
        ({"since": TODAY, "until": FIRST}, "since", "must not be after"),
        ({"sections": []}, "sections", "at least one section"),
        ({"sections": ["no-such"]}, "sections", "at least one section"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused_beside_its_field(changes: dict[str, object], field: str, sentence: str) -> None:
    plan = {"occasions": ["meet"], "since": FIRST, "until": LAST, "sections": ["iep"], "offered": ["meet"], **changes}
    with pytest.raises(ReviewRefused) as refused:
        check_plan(**plan, template=TEMPLATE, today=TODAY)  # type: ignore[arg-type]
    assert sentence in refused.value.errors[field]


@given(st.dates(), st.dates(), st.sets(st.sampled_from(sorted(TEMPLATE))))
def test_a_plan_is_accepted_exactly_when_its_days_are_in_order_and_past_and_it_has_a_section(
    since: dt.date, until: dt.date, sections: set[str]
) -> None:
    fits = since <= until <= TODAY and bool(sections)
    try:
        plan = check_plan(["meet"], since, until, sorted(sections), ["meet"], TEMPLATE, TODAY)
    except ReviewRefused:
        assert not fits
    else:
        assert fits
        assert list(plan.sections) == [key for key in TEMPLATE if key in sections]


def test_a_text_may_be_two_thousand_characters_long_and_keeps_its_lines() -> None:
    assert check_texts({"iep": "a\r\nb"}) == {"iep": "a\nb"}
    assert check_texts({"iep": "x" * LONGEST}) == {"iep": "x" * LONGEST}
    with pytest.raises(ReviewRefused) as refused:
        check_texts({"iep": "x" * (LONGEST + 1), "alerts": "\x07", "schools": "fine"})
    assert "At most 2,000" in refused.value.errors["iep"]
    assert "hidden character" in refused.value.errors["alerts"]
    assert set(refused.value.errors) == {"iep", "alerts"}


def test_a_finished_review_is_not_written_any_more() -> None:
    draft = Review("r", PLAN, "manager", NOON)
    check_can_write(draft)
    assert can_write(draft)
    finished = replace(draft, final=Final("manager", NOON, ()))
    assert not can_write(finished)
    with pytest.raises(ReviewIsFinished, match="can be annotated"):
        check_can_write(finished)


# The district's file


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = (ROOT / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("title: IEP history", "name: IEP history", "the field “name”"),
        ("shows: [iep]", "shows: [everything]", "“everything”; allowed: agencies"),
        ("schools:", "Schools:", "lower-case words"),
    ],
)
def test_a_mistake_in_the_template_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(HandbookError) as error:
        read_template(changed(tmp_path, old, new))
    assert sentence in str(error.value)
    assert re.search(r"data/file-review\.yml, line \d+", str(error.value))


@pytest.mark.parametrize(("old", "new"), [("[iep-meeting, adapted-test]", "[ghost]"), ("items: [designation]", "items: [ghost]")])
def test_an_event_or_an_item_that_there_is_not_stops_the_start(tmp_path: Path, old: str, new: str, book: Handbook) -> None:
    check_template(TEMPLATE, book)
    with pytest.raises(HandbookError, match="“ghost”"):
        check_template(read_template(changed(tmp_path, old, new)), book)


def test_a_missing_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(HandbookError, match=r"data/file-review\.yml: found no such file"):
        read_template(tmp_path)
