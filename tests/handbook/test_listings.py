"""Reference tables are made from `data/` and the items, and never typed."""

from __future__ import annotations

import xml.etree.ElementTree as etree
from pathlib import Path

import pytest
from markdown import Markdown

from forms_app.handbook import Handbook, read_handbook
from forms_app.handbook.extension import EXTENSIONS, HandbookExtension
from forms_app.handbook.listings import fill, link
from forms_app.handbook.pages import LISTINGS
from tests.factories import change, write_handbook


def test_the_source_map_tells_where_each_clause_lives(book: Handbook) -> None:
    assert table(book, "clauses") == [
        ["Clause", "What it says, in our words", "At most", "Where it lives"],
        ["R-ONE", "There must be a plan.", "Must", "Write the plan, Duties"],
        ["R-TWO", "The plan is expected to be shared.", "Expected", "Share the plan, Consider the report"],
        ["H-1", "A heading.", "—", "Source"],
    ]


def test_each_row_of_the_source_map_is_an_anchor(book: Handbook) -> None:
    assert [row.get("id") for row in made(book, "clauses").iter("tr")][1:] == ["r-one", "r-two", "h-1"]


def test_windows_tell_what_they_come_from(book: Handbook) -> None:
    assert table(book, "windows")[1:] == [
        ["Autumn", "end of October", "common practice, our suggestion", "the Office"],
        ["September", "mid-September", "the source", "the Office"],
    ]


def test_events_tell_what_they_open(book: Handbook) -> None:
    assert table(book, "events")[1:] == [["A report arrived", "Each time.", "Consider the report"], ["A meeting", "Each time.", ""]]


def test_items_tell_for_whom_they_are(book: Handbook) -> None:
    assert table(book, "items")[1] == ["Write the plan", "Must", "A student who has an IEP", "Afresh every school year"]
    assert len(table(book, "items")) == 4


def test_a_retired_item_is_listed_no_more(tmp_path: Path) -> None:
    root = write_handbook(tmp_path, change("docs/duties.md", "    guidance: manual\n", "    guidance: manual\n    retired: 2027-06\n"))
    assert [row[0] for row in table(read_handbook(root), "items")] == ["Item", "Share the plan", "Consider the report"]


def test_reviews_come_with_the_next_one_first(tmp_path: Path) -> None:
    book = read_handbook(write_handbook(tmp_path, change("docs/index.md", "2027-09-30", "2027-01-31")))
    assert table(book, "reviews")[1:3] == [
        ["Start", "Handbook editors", "24 November 2026", "31 January 2027"],
        ["Duties", "Handbook editors", "24 November 2026", "30 September 2027"],
    ]


def test_the_guidance_register_tells_what_became_of_a_document(book: Handbook) -> None:
    register = made(book, "guidance")
    heading, status = register.find(".//h3"), register.find(".//p")
    assert heading is not None
    assert status is not None
    assert (heading.get("id"), heading.text) == ("manual", "The Manual")
    assert (status.get("data-status"), status.text) == ("superseded", "Superseded · checked 23 November 2026 · read in a secondary source")
    assert {fact[0].text: words(fact[1]) for fact in register.iterfind(".//dl/div")} == {
        "As the source cites it": "the manual",
        "Issuer": "An office",
        "What became of it": "Renamed.",
        "Address": "https://example.org/manual",
        "Clauses": "R-ONE",
        "Items that point here": "Write the plan",
    }


def test_a_document_without_an_address_has_none(tmp_path: Path) -> None:
    root = write_handbook(tmp_path, change("data/guidance.yml", "  url: https://example.org/manual\n", ""))
    assert "Address" not in words(made(read_handbook(root), "guidance"))


@pytest.mark.parametrize("name", LISTINGS)
def test_every_link_of_a_listing_leads_to_a_page_and_an_anchor_that_exist(book: Handbook, name: str) -> None:
    anchors = {*book.items, *book.registers.guidance, *(clause.lower() for clause in book.registers.clauses), ""}
    for anchor in made(book, name).iter("a"):
        page, _, fragment = anchor.get("href", "").lstrip("/").partition("#")
        assert page in book.pages or page.startswith("https:")
        assert fragment in anchors


def test_words_and_links_stand_in_a_cell_as_they_come() -> None:
    cell = etree.Element("td")
    fill(cell, ["see ", link("a", "/a.md"), " and ", link("b", "/b.md"), link("c", "/c.md"), "."])
    assert words(cell) == "see a and b, c."
    assert [anchor.attrib for anchor in cell] == [{"href": "/a.md"}, {"href": "/b.md"}, {"href": "/c.md"}]


# --- what the tests above look with ---------------------------------------------------------------------------------


def made(book: Handbook, name: str) -> etree.Element:
    html = Markdown(extensions=[*EXTENSIONS, HandbookExtension(book)]).convert(f"# Page\n\n/// listing | {name}\n///\n")
    listing = etree.fromstring(f"<body>{html}</body>").find("div")
    assert listing is not None
    assert listing.get("class") == f"listing listing-{name}"
    return listing


def table(book: Handbook, name: str) -> list[list[str]]:
    return [[words(cell) for cell in row] for row in made(book, name).iter("tr")]


def words(element: etree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


@pytest.fixture
def book(tmp_path: Path) -> Handbook:
    return read_handbook(write_handbook(tmp_path))
