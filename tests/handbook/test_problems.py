"""What is wrong is said so that a person who does not program can mend it."""

from __future__ import annotations

from forms_app.handbook import HandbookError, Problem
from forms_app.handbook.problems import one_of


def test_a_problem_names_file_line_and_field_as_far_as_they_are_known() -> None:
    assert str(Problem("docs/a.md", 3, "id", "“x”", "allowed: y")) == "docs/a.md, line 3, id: found “x”; allowed: y"
    assert str(Problem("docs/a.md", 0, "", "no such file", "put it back")) == "docs/a.md: found no such file; put it back"


def test_an_error_lists_every_mistake_once_in_order() -> None:
    second, first = Problem("b.md", 1, "", "x", "y"), Problem("a.md", 2, "", "x", "y")
    error = HandbookError([second, first, second])
    assert error.problems == [first, second]
    assert str(error) == "The handbook has 2 mistakes:\n  a.md, line 2: found x; y\n  b.md, line 1: found x; y"
    assert str(HandbookError([first])).startswith("The handbook has a mistake:\n")


def test_a_long_list_of_allowed_words_is_shortened() -> None:
    assert one_of(["must", "may"]) == "allowed: may, must"
    assert one_of(f"{n:02}" for n in range(45)).endswith("38, 39, and 5 more")
