"""One student before the team: no text is lost, a decision says enough, finished means finished, and what was decided is followed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.checklists import Mark, Occurrence, Status, checklist
from forms_app.consents import Consent
from forms_app.consents import Purpose as Agreed
from forms_app.handbook import Handbook
from forms_app.own_items import OwnItem
from forms_app.school_year import school_year_of
from forms_app.sheets import (
    FIELDS,
    PURPOSES,
    REVIEW,
    SAYING,
    SECTIONS,
    SPED,
    Decision,
    Follow,
    Guest,
    Kind,
    Minutes,
    Purpose,
    Sheet,
    SheetRefused,
    Text,
    can_finish,
    check_addition,
    check_can_finish,
    check_decision,
    check_guest,
    check_text,
    follow,
    merged,
    rows_of,
    title_of,
    words_of,
)
from forms_app.students import Assignment
from tests.district import NOON, TODAY, student

DAY = dt.timedelta(days=1)
NAMES = {"member": "Tamsin Ubrecht", "manager": "Mirabeth Quoxley"}


def text(said: str, id: str = "t", **more: object) -> Text:
    return replace(Text(id, "facts", said, "member", NOON), **more)  # type: ignore[arg-type]


def a_decision(kind: Kind = Kind.ITEM, says: str = "Ask for a sample", **more: object) -> Decision:
    return replace(Decision("d", "m", kind, says, "", TODAY + DAY, "member", NOON, "own.d"), **more)  # type: ignore[arg-type]


READY = Sheet("m", {PURPOSES: (Text("p", PURPOSES, "program", "member", NOON),)}, (a_decision(),))


# Two people at once


def test_a_text_replaces_the_one_that_its_writer_saw() -> None:
    assert merged([text("a", "1")], text("b", "2"), ["1"]) == (text("b", "2"),)


def test_a_text_that_its_writer_did_not_see_stays_beside_theirs() -> None:
    assert merged([text("theirs", "1")], text("mine", "2"), []) == (text("theirs", "1"), text("mine", "2"))


def test_a_person_who_saw_both_texts_puts_them_together() -> None:
    assert merged([text("a", "1"), text("b", "2")], text("a and b", "3"), ["1", "2"]) == (text("a and b", "3"),)


def test_a_page_replaces_its_own_last_text_even_when_it_never_heard_that_it_was_saved() -> None:
    before = [text("ab", "1", pen="page", number=1)]
    assert merged(before, text("abc", "2", pen="page", number=2), []) == (text("abc", "2", pen="page", number=2),)


def test_an_older_text_of_a_page_that_arrives_late_changes_nothing() -> None:
    before = (text("abc", "2", pen="page", number=2),)
    assert merged(before, text("ab", "1", pen="page", number=1), []) == before


def test_the_same_words_twice_are_one_text_and_emptying_a_box_takes_nothing_of_somebody_elses() -> None:
    assert merged([text("same", "1")], text("same", "2"), []) == (text("same", "1"),)
    assert merged([text("theirs", "1")], text("", "2"), []) == (text("theirs", "1"),)
    assert merged([text("mine", "1")], text("", "2"), ["1"]) == (text("", "2"),)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text("xyz", max_size=3), st.integers(0, 3)), max_size=14))
def test_no_text_is_lost_that_nobody_saw(steps: list[tuple[str, str, int]]) -> None:
    """Three pages look whenever they want and write what they want: whatever disappears was seen by the page that replaced it, or was its own."""
    texts: tuple[Text, ...] = ()
    seen: dict[str, set[str]] = {"a": set(), "b": set(), "c": set()}
    for number, (pen, said, looks) in enumerate(steps):
        if looks:
            seen[pen] = {one.id for one in texts}
        before, new = texts, text(said, str(number), pen=pen, number=number)
        texts = merged(before, new, seen[pen])
        for gone in set(before) - set(texts):
            assert gone.id in seen[pen] or gone.pen == pen
        assert not said or any(one.text == said for one in texts), "what was just written is there"
        assert len({one.text for one in texts}) == len(texts)


# What is typed


def test_texts_are_cleaned_and_keep_their_lines() -> None:
    assert check_text("facts", " one\r\ntwo ", TODAY) == "one\ntwo"
    assert check_text(PURPOSES, "program ghost community", TODAY) == "program community"
    assert check_text(REVIEW, "20 1 2027", TODAY) == "2027-01-20"
    assert check_text(REVIEW, "  ", TODAY) == ""


@pytest.mark.parametrize(
    ("section", "typed", "says"),
    [
        ("facts", "x" * 100_000, "100,000 characters long. At most 4,000 can be kept"),
        ("facts", "a\x00b", "hidden character"),
        (SAYING, "a\nb", "a line break"),
        (REVIEW, "soon", "is not a date"),
        (REVIEW, "2026-11-24", "must be after the meeting, 24 November 2026"),
        (REVIEW, "2028-01-20", "more than a year after"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(section: str, typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_text(section, typed, TODAY)


@pytest.mark.parametrize(
    ("kind", "says", "kept"),
    [
        ("item", " Ask  for it ", (Kind.ITEM, "Ask for it")),
        ("referral", "School Psychology", (Kind.REFERRAL, "School Psychology")),
        ("consent", "sped permission form", (Kind.CONSENT, SPED)),
        ("consent", "MCFD", (Kind.CONSENT, "MCFD")),
        ("none", "it works", (Kind.NONE, "it works")),
        ("manager", "", (Kind.MANAGER, "")),
    ],
)
def test_each_kind_of_decision_is_taken_as_it_was_said(kind: str, says: str, kept: tuple[Kind, str]) -> None:
    assert check_decision(kind, says, "manager" if kind == "manager" else "", TODAY, {"member"}, {"manager"}, TODAY) == kept


@pytest.mark.parametrize(
    ("kind", "says", "owner", "due", "field", "sentence"),
    [
        ("ghost", "x", "", None, "kind", "Choose what was decided"),
        ("item", "", "", None, "says", "what is to be done"),
        ("item", "x" * 101, "", None, "says", "101 characters"),
        ("referral", " ", "", None, "says", "Name the service"),
        ("consent", "", "", None, "says", "Name the agency"),
        ("none", "", "", None, "says", "why nothing"),
        ("manager", "", "", None, "owner", "who becomes case manager"),
        ("manager", "", "member", None, "owner", "who becomes case manager"),
        ("item", "Ask", "ghost", None, "owner", "from the people shown"),
        ("item", "Ask", "", TODAY - DAY, "due", "23 November 2026 is in the past"),
    ],
)
def test_a_decision_that_says_too_little_is_sent_back_with_a_sentence(
    kind: str, says: str, owner: str, due: dt.date | None, field: str, sentence: str
) -> None:
    with pytest.raises(SheetRefused) as refused:
        check_decision(kind, says, owner, due, {"member"}, {"manager"}, TODAY)
    assert sentence in refused.value.errors[field]


def test_a_guest_is_named_or_has_an_account_and_comes_from_somewhere() -> None:
    assert check_guest(" a  parent ", "family", "", NAMES) == "a parent"
    assert check_guest("", "staff", "member", NAMES) == "Tamsin Ubrecht"
    for who, sort, person, field in (
        ("", "family", "", "who"),
        ("x", "ghost", "", "sort"),
        ("x", "staff", "ghost", "person"),
        ("x" * 201, "staff", "", "who"),
    ):
        with pytest.raises(SheetRefused) as refused:
            check_guest(who, sort, person, NAMES)
        assert field in refused.value.errors


# The sheet


def test_a_sheet_says_how_far_it_is() -> None:
    assert Sheet("m").state == ""
    assert Sheet("m", {"facts": (text("x"),)}).state == "prepared"
    assert Sheet("m", {SAYING: (text("x"),)}).state == "", "what somebody only began to say is nothing yet"
    assert READY.state == "decided"
    assert replace(READY, minutes=MINUTES).state == "final"
    assert replace(READY, decisions=(a_decision(undone=True),)).standing == ()


MINUTES = Minutes("m", "Cedar", TODAY, ("Tamsin",), "", "", (), {}, (), None, "member", NOON)


def test_family_or_people_from_outside_narrow_the_room() -> None:
    for sort, narrow in (("family", True), ("outside", True), ("staff", False), ("district", False)):
        assert replace(READY, guests=(Guest("g", "m", "somebody", sort),)).narrow is narrow
    assert not READY.narrow


def test_a_sheet_with_a_purpose_and_a_decision_can_be_finished() -> None:
    check_can_finish(READY, NAMES)
    assert can_finish(READY)


def test_what_is_missing_before_a_sheet_can_be_finished_is_said() -> None:
    with pytest.raises(SheetRefused) as refused:
        check_can_finish(Sheet("m", {"facts": (text("a", "1"), text("b", "2", by="manager"))}), NAMES)
    assert (
        refused.value.errors["facts"]
        == "Facts: two texts stand side by side, by Tamsin Ubrecht and Mirabeth Quoxley. Put them together first."
    )
    assert set(refused.value.errors) == {"facts", PURPOSES, "kind"}
    assert not can_finish(Sheet("m"))


def test_a_sheet_is_finished_once() -> None:
    with pytest.raises(SheetRefused, match="finished on 24 November 2026 already"):
        check_can_finish(replace(READY, minutes=MINUTES), NAMES)


def test_a_correction_says_something() -> None:
    assert check_addition(" three\n days ") == "three\n days"
    for typed, says in (("", "Say what"), ("x" * 4001, "4,001 characters")):
        with pytest.raises(SheetRefused, match=says):
            check_addition(typed)


def test_what_is_kept_as_a_key_is_read_in_words() -> None:
    assert words_of(PURPOSES, "program community") == "Program, courses and/or supports required; Accessing community supports"
    assert words_of(PURPOSES, "") == "none chosen"
    assert words_of(REVIEW, "2027-01-20") == "20 January 2027"
    assert words_of(REVIEW, "") == "no day"
    assert words_of("facts", "x") == "x"
    assert [title_of(one) for one in (*FIELDS, SAYING)] == ["Purpose", *(one.title for one in SECTIONS.values()), "Next review", "Decision"]


def test_the_purposes_are_the_sources_four_and_each_leads_to_a_procedure_that_exists(book: Handbook) -> None:
    pages = {page.url for page in book.pages.values()}
    assert len(Purpose) == 4
    assert all(one.page in pages and one.label for one in Purpose)


def test_the_decisions_of_the_minutes_are_words() -> None:
    decisions = [
        a_decision(owner="member"), a_decision(Kind.REFERRAL, "School Psychology", due=None), a_decision(Kind.MANAGER, "", ref="manager", due=None),
        a_decision(Kind.CONSENT, SPED), a_decision(Kind.CONSENT, "MCFD"), a_decision(Kind.NONE, "it works", due=None), a_decision(Kind.MANAGER, "", ref="gone", due=None),
    ]  # fmt: skip
    assert rows_of(decisions, NAMES, "Mirabeth Quoxley") == (
        ("Ask for a sample", "Tamsin Ubrecht", "25 Nov 2026"),
        ("Referral to Student Support Services: School Psychology", "Mirabeth Quoxley", ""),
        ("Case manager: Mirabeth Quoxley", "", ""),
        ("Consent needed: SPED Permission Form", "Mirabeth Quoxley", "25 Nov 2026"),
        ("Consent needed: release of information to MCFD", "Mirabeth Quoxley", "25 Nov 2026"),
        ("No action, because it works", "", ""),
        ("Case manager: somebody whose account is gone", "", ""),
    )


# What becomes of it


def followed(book: Handbook, decision: Decision, **more: object) -> Follow:
    made = student(id="s", school="cedar", assignments=(Assignment("manager", dt.date(2025, 9, 2)),))
    marks, occurrences = more.pop("marks", ()), more.pop("occurrences", ())
    found = checklist(book, made, school_year_of(TODAY), TODAY, occurrences, marks, {}, **more)  # type: ignore[arg-type]
    return follow(decision, found)


OWN = OwnItem("d", "Ask for a sample", "team", TODAY - DAY, None, "", "by", NOON)


def marked(status: Status, item: str = "own.d", occurrence: str = "", on: dt.date | None = TODAY) -> Mark:
    return Mark("k", item, occurrence, school_year_of(TODAY), status, on, {"sent to": "sss"}, "by", NOON, "wording", "edition")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, Follow("open", "To do")),
        (Status.WAITING, Follow("open", "Waiting")),
        (Status.DONE, Follow("done", "Done 24 Nov 2026")),
        (Status.NOT_NEEDED, Follow("done", "Not needed")),
    ],
)
def test_an_item_is_followed_by_its_marks(book: Handbook, status: Status | None, expected: Follow) -> None:
    marks = (marked(status),) if status else ()
    assert followed(book, a_decision(), own_items=(OWN,), marks=marks) == expected


def test_what_was_due_and_is_not_done_is_overdue(book: Handbook) -> None:
    assert followed(book, a_decision(due=TODAY - DAY), own_items=(OWN,)) == Follow("overdue", "To do; was due 23 Nov 2026")


def test_what_is_gone_from_the_checklist_is_not_called_open(book: Handbook) -> None:
    assert followed(book, a_decision()).state == "done"
    assert followed(book, a_decision(Kind.REFERRAL, "x", ref="o")) == Follow("done", "Withdrawn, or of an earlier year")


def test_a_referral_is_followed_by_its_steps_until_it_is_sent(book: Handbook) -> None:
    one = Occurrence("o", "referral", TODAY, "School Psychology", "by", NOON)
    decision = a_decision(Kind.REFERRAL, "School Psychology", ref="o")
    assert followed(book, decision, occurrences=(one,)).words.startswith("0 of 6 steps done; next:")
    sent = (marked(Status.DONE, "referral.submit", "o"),)
    assert followed(book, decision, occurrences=(one,), marks=sent) == Follow("done", "Sent")


def test_a_consent_is_followed_until_it_is_on_record(book: Handbook) -> None:
    decision = a_decision(Kind.CONSENT, "MCFD", ref="o")
    assert followed(book, decision) == Follow("open", "Not on record yet")
    signed = Consent("c", Agreed.RELEASE, "mcfd", "parent", TODAY, "g4-file", None, "by", NOON)
    assert followed(book, decision, consents=(signed,)) == Follow("done", "On record, signed 24 Nov 2026")
    assert followed(book, a_decision(Kind.CONSENT, SPED), own_items=(OWN,)) == Follow("open", "To do"), "a form is an item of its own"


def test_naming_a_case_manager_and_doing_nothing_are_done_at_once(book: Handbook) -> None:
    assert followed(book, a_decision(Kind.MANAGER, "", ref="x")) == Follow("done", "Done at the meeting")
    assert followed(book, a_decision(Kind.NONE, "x")) == Follow("done", "Nothing to do")
