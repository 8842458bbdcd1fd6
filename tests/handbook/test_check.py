"""`check` and `items` say from outside what the handbook means."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from forms_app.handbook import HandbookError, read_handbook
from forms_app.handbook.check import check, items_as_data
from tests.factories import TODAY, change, write_handbook


def test_a_handbook_without_mistakes_is_counted(tmp_path: Path) -> None:
    assert check(write_handbook(tmp_path), TODAY) == {
        "items": 3, "clauses": 3, "clauses_covered": 3, "guidance": 1, "errors": [], "past_review": [], "unpublished": [],
    }  # fmt: skip


def test_a_clause_that_lives_nowhere_is_an_error(tmp_path: Path) -> None:
    found = check(write_handbook(tmp_path, change("docs/reference/source.md", "A heading {H-1}.", "A heading.")), TODAY)
    assert (found["clauses"], found["clauses_covered"]) == (3, 2)
    assert found["errors"] == [
        "data/clauses.yml, H-1: found no page or item that carries it; name it in an item's “source:” or in braces in a sentence"
    ]


def test_a_page_is_past_its_review_the_day_after(tmp_path: Path) -> None:
    root = write_handbook(tmp_path, change("docs/duties.md", "2027-09-30", "2027-01-31"))
    assert check(root, dt.date(2027, 1, 31))["past_review"] == []
    assert check(root, dt.date(2027, 2, 1))["past_review"] == ["docs/duties.md: review was due on 2027-01-31, by Handbook editors"]


def test_an_item_that_is_not_published_yet_is_named(tmp_path: Path) -> None:
    found = check(write_handbook(tmp_path, {"data/item-ids.txt": "plan.share\n"}), TODAY)
    assert (found["unpublished"], found["errors"]) == (["plan.write", "report.consider"], [])


def test_mistakes_are_said_in_the_words_of_the_reader(tmp_path: Path) -> None:
    root = write_handbook(tmp_path, change("docs/duties.md", "strength: must", "strength: should"))
    found = check(root, TODAY)
    try:
        read_handbook(root)
    except HandbookError as error:
        assert (
            found["errors"]
            == [str(problem) for problem in error.problems]
            == ["docs/duties.md, line 15, strength: found “should”; allowed: consider, expected, may, must, responsible"]
        )
    assert found["items"] == found["clauses"] == found["clauses_covered"] == found["guidance"] == 0
    assert (found["past_review"], found["unpublished"]) == ([], [])


def test_every_item_is_told_as_its_page_says_it(tmp_path: Path) -> None:
    data = items_as_data(read_handbook(write_handbook(tmp_path)))
    assert [item["id"] for item in data] == ["plan.write", "plan.share", "report.consider"]
    assert data[1] == {
        "id": "plan.share", "title": "Share the plan", "page": "duties.md", "anchor": "plan.share", "strength": "expected", "applies": "", "opens": "school year",
        "due": "2 weeks after plan.write", "records": ["people", "sent to office"], "source": ["R-TWO"], "guidance": [], "needs": ["plan.write"], "consent": "", "retired": "", "meaning": "",
    }  # fmt: skip
    assert (data[0]["applies"], data[0]["due"], data[2]["opens"], data[2]["records"]) == (
        "has an IEP",
        "suggested autumn",
        "event: report",
        ["decision pursue | do not pursue"],
    )
    assert json.loads(json.dumps(data)) == data


def test_retired_items_stand_at_the_end(tmp_path: Path) -> None:
    root = write_handbook(tmp_path, change("docs/duties.md", "    guidance: manual\n", "    guidance: manual\n    retired: 2027-06\n"))
    assert [(item["id"], item["retired"]) for item in items_as_data(read_handbook(root))] == [
        ("plan.share", ""),
        ("report.consider", ""),
        ("plan.write", "2027-06"),
    ]
