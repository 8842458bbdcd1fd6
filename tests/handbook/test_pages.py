"""A page begins with five lines about itself; what is wrong with them is one sentence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from forms_app.handbook import HandbookError, Problem, listings, read_handbook
from forms_app.handbook.pages import FIELDS, LISTINGS, OPTIONAL, read_page
from tests.factories import DUTIES, change, write_handbook

NEEDED = "title, description, owner, reviewed, next_review"
TEXT = "write the value out; if it is text, put it in quotation marks"
YAML = "check the indentation, the colons and the quotation marks"
DATE = "needed: a date such as 2026-11-24"


def test_a_page_is_read_with_what_it_says_of_itself() -> None:
    problems: list[Problem] = []
    page = read_page("folder/page.md", DUTIES, problems)
    assert not problems
    assert (page.title, page.description, page.owner) == ("Duties", "What there is to do.", "Handbook editors")
    assert (page.reviewed, page.next_review, page.first_line) == (dt.date(2026, 11, 24), dt.date(2027, 9, 30), 8)
    assert (page.file, page.url) == ("docs/folder/page.md", "folder/page.html")
    assert page.marks == (("R-ONE", 11),)
    assert [(block.title, block.line) for block in page.blocks] == [
        ("Write the plan", 13),
        ("Share the plan", 26),
        ("Consider the report", 38),
    ]


@pytest.mark.parametrize("end", ["---\n", "--- \n", "...\n"])
def test_front_matter_ends_as_mkdocs_lets_it_end(end: str) -> None:
    problems: list[Problem] = []
    assert read_page("page.md", DUTIES.replace("2027-09-30\n---\n", f"2027-09-30\n{end}"), problems).title == "Duties"
    assert not problems


def test_the_fields_of_the_theme_are_allowed() -> None:
    problems: list[Problem] = []
    read_page("page.md", DUTIES.replace("---\ntitle", "---\nhide: [toc]\nsearch: {exclude: true}\ntitle"), problems)
    assert not problems


WRONG = {
    "none": (DUTIES[: DUTIES.index("# Duties")], "", f", line 1, front matter: found none (or no closing “---”); needed: {NEEDED} between two lines of “---”"),
    "not closed": ("2027-09-30\n---\n", "2027-09-30\n", f", line 1, front matter: found none (or no closing “---”); needed: {NEEDED} between two lines of “---”"),
    "empty": (DUTIES[4 : DUTIES.index("---\n\n#")], "# nothing\n", f", line 2, front matter: found no fields; needed: {NEEDED}"),
    "only words": (DUTIES[4 : DUTIES.index("---\n\n#")], "Duties\n", f", line 2, front matter: found no fields; needed: {NEEDED}"),
    "an empty mapping": (DUTIES[4 : DUTIES.index("---\n\n#")], "{}\n", f", line 2, front matter: found no fields; needed: {NEEDED}"),
    "an alias": ("owner: Handbook editors", "owner: *editors", f", line 4: found an alias (*name); {TEXT}"),
    "an anchor": ("owner: Handbook editors", "owner: &editors x", f", line 4: found an anchor (&name); {TEXT}"),
    "a tag": ("owner: Handbook editors", "owner: !!str x", f", line 4: found a tag (!name); {TEXT}"),
    "a tab": ("owner: Handbook", "\towner: Handbook", f", line 4: found text that is not YAML (found character '\\t' that cannot start any token); {YAML}"),
    "a colon": ("description: What", "description: What: there", f", line 3: found text that is not YAML (mapping values are not allowed here); {YAML}"),
    "a control character": ("owner: Handbook editors", "owner: \x01", ", line 4: found a character that YAML does not allow; remove control characters"),
    "brackets": (
        "owner: Handbook editors", "owner: " + "[" * 3000, ", line 4: found more than 20 lists or mappings inside each other; check the brackets and the indentation"
    ),
    "very long": ("owner: Handbook editors", "owner: " + "x" * 1_000_000, ": found 1,000,101 characters; allowed: at most 1,000,000"),
    "a field twice": ("owner: Handbook editors", "owner: A\nowner: B", ", line 5, owner: found “owner” a second time; allowed: each name once"),
    "an unknown field": (
        "owner: Handbook editors", "owner: A\nauthor: B", f", line 5, author: found the field “author”; allowed: {', '.join(sorted(FIELDS + OPTIONAL))}"
    ),
    "a missing field": ("owner: Handbook editors\n", "", ", line 1, owner: found nothing; needed: a text for “owner”"),
    "an empty field": ("owner: Handbook editors", "owner:", ", line 4, owner: found “”; needed: a text for “owner”"),
    "a list": ("owner: Handbook editors", "owner: [A]", ", line 4, owner: found “['A']”; needed: a text for “owner”"),
    "a day that is none": ("2026-11-24", "2026-11-31", f", line 5, reviewed: found “2026-11-31”; {DATE}"),
    "a day in words": ("2027-09-30", "30 September", f", line 6, next_review: found “30 September”; {DATE}"),
    "a missing day": ("next_review: 2027-09-30\n", "", f", line 1, next_review: found nothing; {DATE}"),
    "a review before the last": ("2027-09-30", "2026-11-23", ", line 6, next_review: found 2026-11-23; allowed: a date after “reviewed”"),
    "a review on the day of the last": ("2027-09-30", "2026-11-24", ", line 6, next_review: found 2026-11-24; allowed: a date after “reviewed”"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_wrong_front_matter_is_one_sentence(tmp_path: Path, what: str) -> None:
    old, new, rest = WRONG[what]
    root = write_handbook(tmp_path, change("docs/duties.md", old, new))
    with pytest.raises(HandbookError) as refused:
        read_handbook(root)
    assert [str(problem) for problem in refused.value.problems] == [f"docs/duties.md{rest}"]


def test_every_listing_that_a_page_may_name_is_made() -> None:
    assert sorted(LISTINGS) == sorted(listings.LISTINGS)
