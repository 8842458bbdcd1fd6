"""Finding by a few words: who is found, who is not, what comes first, and how long it takes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_app.finding import (
    MOST_SAVED,
    ListRefused,
    QueryRefused,
    SavedList,
    can_save,
    check_can_save,
    check_query,
    find_students,
    index_of,
    normal,
    words,
)
from forms_app.handbook import Handbook
from forms_app.students import Student
from tests.district import pen, student

# The same questions as tests/browser/test_looks.py asks the handbook's own search.
QUESTIONS = {
    "share iep": "share-an-iep", "prepare sbt": "prepare-for-an-sbt-meeting", "new report": "handle-a-new-confidential-report", "take over": "take-over-a-student",
    "exam supports": "consider-exam-supports", "write minutes": "write-sbt-minutes", "year end": "organize-the-year-end-review", "agency consent": "obtain-consent-for-an-outside-agency",
}  # fmt: skip


def one(given: str, family: str = "", **more: str) -> Student:
    return student(id=given + family, given=given, family=family, **more)


ELAN = one("D’Élan", "O'Sample-Łuk", legal_name="Dominique Elan", pen=pen(7), pupil_number="AB0012")
OTHERS = [one("Elana", "Zed"), one("ʔəyəm"), one("Wei", "Li"), one("Liam", "Weiss")]


@pytest.mark.parametrize("query", ["delan", "D'Élan", "osample luk", "łuk", "osample łuk", "dominique", "d o", pen(7), "ab0012", "ELAN"])
def test_a_student_is_found_by_the_beginning_of_any_name_or_by_a_whole_number(query: str) -> None:
    assert ELAN in find_students([*OTHERS, ELAN], query)


@pytest.mark.parametrize("query", [pen(7)[:8], pen(7)[1:], "AB001", "lan", "elan zzz"])
def test_half_a_number_the_middle_of_a_name_or_a_word_too_many_find_nobody(query: str) -> None:
    assert ELAN not in find_students([ELAN], query)


def test_a_number_is_found_however_it_is_spaced() -> None:
    number = pen(7)
    assert find_students([ELAN], f"{number[:3]} {number[3:6]}-{number[6:]}") == [ELAN]


def test_the_whole_word_comes_before_its_beginning_and_the_usual_name_before_the_legal_one() -> None:
    legal = one("Zoe", "Abel", legal_name="Wei Abel")
    assert [s.given for s in find_students([legal, *OTHERS], "wei")] == ["Wei", "Liam", "Zoe"]


def test_letters_of_every_script_are_letters() -> None:
    assert find_students(OTHERS, "ʔəy") == find_students(OTHERS, "eyem") == [OTHERS[1]]


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_name_is_always_found_by_itself_and_nothing_typed_breaks_the_search(name: str, query: str) -> None:
    somebody = one(name or "x")
    find_students([somebody], query)
    if words(name):
        assert find_students([somebody], name) == [somebody]


@given(st.text(max_size=40))
def test_words_are_compared_the_same_however_often_they_are_made_comparable(text: str) -> None:
    assert words(" ".join(words(text))) == words(normal(text))


@pytest.mark.parametrize("text", ["", " ", "a", "?!", "\u200b"])
def test_too_little_is_refused_with_what_to_type(text: str) -> None:
    with pytest.raises(QueryRefused, match="at least two letters or digits"):
        check_query(text)


def test_too_much_and_what_cannot_be_kept_are_refused() -> None:
    with pytest.raises(QueryRefused, match="At most 100"):
        check_query("a" * 101)
    with pytest.raises(QueryRefused, match="hidden character"):
        check_query("ab\x07")


@pytest.mark.parametrize(("query", "procedure"), QUESTIONS.items())
def test_two_words_find_the_procedure_as_the_handbooks_own_search_does(query: str, procedure: str, book: Handbook) -> None:
    found = [text.key for text in index_of(book).find(query, "page", 5)]
    assert f"procedures/{procedure}.html" in found


def test_an_item_is_found_by_its_title_and_by_its_help(book: Handbook) -> None:
    index = index_of(book)
    assert [text.key for text in index.find("share final", "item", 8)] == ["iep.share-final", "iep.share-assistants"]
    assert "records.file-report" in [text.key for text in index.find("red file", "item", 8)]
    assert index.find("xylophone", "item", 8) == []


def test_every_page_and_every_current_item_can_be_found_by_its_title(book: Handbook) -> None:
    index = index_of(book)
    for item in book.current_items:
        assert item.id in [text.key for text in index.find(item.title, "item", 8)], item.id
    for page in book.pages.values():
        assert page.url in [text.key for text in index.find(page.title, "page", 8)], page.path


def test_looking_among_a_whole_districts_students_and_all_pages_takes_less_than_a_tenth_of_a_second(book: Handbook) -> None:
    many = [one(f"Given{number}", f"Family{number % 700}", legal_name="Some Legal Name") for number in range(2500)]
    index = index_of(book)
    begun = time.perf_counter()
    assert find_students(many, "given1 fam")
    assert index.find("share iep", "page", 8)
    assert index.find("share iep", "item", 8)
    assert time.perf_counter() - begun < 0.3, "a tenth of a second, three times over: the machine may be busy with other tests"


# Saved lists


SAVED = [SavedList(str(number), f"List {number}", "iep.develop", "", "mine") for number in range(MOST_SAVED)]


@pytest.mark.parametrize(
    ("name", "saved", "sentence"),
    [
        ("", [], "Give the list a name"),
        ("x" * 61, [], "At most 60"),
        ("list 0", SAVED[:1], "already"),
        ("Another", SAVED, "20 saved lists"),
    ],
)
def test_a_list_that_cannot_be_saved_is_refused_in_words(name: str, saved: list[SavedList], sentence: str) -> None:
    assert not can_save(name, saved)
    with pytest.raises(ListRefused, match=sentence):
        check_can_save(name, saved)


def test_a_name_is_kept_without_the_spaces_around_it() -> None:
    assert check_can_save("  IEPs  to share ", SAVED[:3]) == "IEPs to share"
    assert can_save("IEPs to share", SAVED[:3])
