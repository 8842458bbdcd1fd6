"""The Markdown extension shows items, listings and clause marks; the page and the checklist come from the same block."""

from __future__ import annotations

import re
import xml.etree.ElementTree as etree
from pathlib import Path

import pytest
from markdown import Markdown

from forms_app.handbook import read_handbook
from forms_app.handbook.extension import EXTENSIONS, HandbookExtension, makeExtension
from tests.factories import DUTIES, HANDBOOK, change, write_handbook


def test_an_item_is_a_section_with_its_anchor_and_its_facts(tmp_path: Path) -> None:
    section = shown(tmp_path, DUTIES)[0]
    title = section.find("h2")
    assert title is not None
    assert (title.get("id"), title.text) == ("plan.write", "Write the plan")
    assert (section.get("data-strength"), words(section.find("p"))) == ("must", "Must")
    assert words(section.find("div")) == "Done when it is written. See the start ."
    assert facts(section) == {
        "Applies to": "A student who has an IEP",
        "Opens": "Afresh every school year",
        "Due": "Suggested: end of October (our advice; the source gives no time)",
        "Done means": "who and when; filed in: The File (in the office)",
        "From the source": "R-ONE",
        "Guidance": "The Manual",
    }


def test_links_lead_to_clauses_and_documents_by_paths_that_mkdocs_checks(tmp_path: Path) -> None:
    assert [anchor.get("href") for anchor in shown(tmp_path, DUTIES)[0].iter("a")] == [
        "index.md",
        "/reference/source.md#r-one",
        "/reference/guidance.md#manual",
    ]


def test_what_must_come_first_and_what_is_retired_are_said(tmp_path: Path) -> None:
    files = change("docs/duties.md", "needs: plan.write", "needs: plan.write\n    retired: 2027-06")
    share = facts(shown(tmp_path, files["docs/duties.md"], files)[1])
    assert (share["Needs first"], share["Retired"]) == ("Write the plan", "since 2027-06; earlier marks stay")


def test_a_link_into_the_checklist_appears_where_there_is_one(tmp_path: Path) -> None:
    link = shown(tmp_path, DUTIES, app_url="https://app.example/")[2].findall("p")[-1].find("a")
    assert link is not None
    assert link.get("href") == "https://app.example/items/report.consider"
    assert words(link) == "Open in the checklist : Consider the report"


@pytest.mark.parametrize(
    ("above", "level"), [("", "h2"), ("## A part\n\n", "h3"), ("## A part\n\n### A part of it\n\n", "h4"), ("##### Deep\n\n", "h6")]
)
def test_an_item_stands_one_level_below_the_heading_before_it(tmp_path: Path, above: str, level: str) -> None:
    body = change("docs/duties.md", "/// item | Write the plan", f"{above}/// item | Write the plan")["docs/duties.md"].split("# Duties\n")[
        1
    ]
    assert shown(tmp_path, body)[0][0].tag == level


def test_a_title_is_text_and_never_markup(tmp_path: Path) -> None:
    files = change("docs/duties.md", "| Write the plan", "| Write <script>alert(1)</script> & *the* plan {R-ONE}")
    page = html(tmp_path, files["docs/duties.md"], files)
    assert "Write &lt;script&gt;alert(1)&lt;/script&gt; &amp; *the* plan {R-ONE}" in page


def test_an_event_of_any_indentation_opens_its_item(tmp_path: Path) -> None:
    consider = DUTIES[DUTIES.index("/// item | Consider") :]
    files = {"docs/duties.md": DUTIES.replace(consider, consider.replace("    ", "      "))}
    assert facts(shown(tmp_path, files["docs/duties.md"], files)[2])["Opens"] == "Each time: A report arrived"


def test_an_event_in_a_fenced_example_is_left_as_it_is(tmp_path: Path) -> None:
    assert "opens: event: report\n" in html(tmp_path, "```text\n/// item | Title\n    opens: event: report\n///\n```\n")


def test_an_event_in_an_indented_example_is_left_as_it_is(tmp_path: Path) -> None:
    assert "opens: event: report\n</code>" in html(tmp_path, "Words.\n\n    opens: event: report\n")


@pytest.mark.parametrize(
    ("written", "there"), [("A duty {R-ONE}.", True), ("A duty {R-NINE}.", False), ("`{R-ONE}`", False), ("{not a mark}", False)]
)
def test_a_clause_mark_is_a_link_to_the_source_map(tmp_path: Path, written: str, there: bool) -> None:
    assert ('<a class="clause" href="/reference/source.md#r-one">R-ONE</a>' in html(tmp_path, written)) == there


def test_an_item_that_nobody_declared_is_left_as_text(tmp_path: Path) -> None:
    body = DUTIES.split("# Duties\n")[1].replace("id: plan.write", "id: plan.burn")
    assert "/// item | Write the plan" in html(tmp_path, body)


def test_a_listing_that_does_not_exist_is_left_as_text(tmp_path: Path) -> None:
    assert "/// listing | secrets" in html(tmp_path, "/// listing | secrets\n///\n")


@pytest.mark.parametrize("address", ["index.md", "./index.md", "/index.md", "reference/../index.md"])
def test_help_leads_to_pages_that_the_app_serves(tmp_path: Path, address: str) -> None:
    assert help_link(tmp_path, address) == "/handbook/"


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("reference/source.md#r-one", "/handbook/reference/source.html#r-one"),
        ("#plan.share", "/handbook/duties.html#plan.share"),
        ("https://example.org/a.md", "https://example.org/a.md"),
        ("mailto:office@example.org", "mailto:office@example.org"),
        ("assets/form.pdf", "/handbook/assets/form.pdf"),
    ],
)
def test_help_keeps_its_anchors_and_its_links_to_elsewhere(tmp_path: Path, address: str, leads_to: str) -> None:
    assert help_link(tmp_path, address) == leads_to


def test_mkdocs_finds_the_extension_by_its_module(tmp_path: Path) -> None:
    extension = makeExtension(root=str(write_handbook(tmp_path)))
    assert 'id="plan.write"' in Markdown(extensions=[*EXTENSIONS, extension]).convert(DUTIES.split("# Duties\n")[1])


def test_the_tiny_mkdocs_and_the_reader_use_the_same_extensions() -> None:
    listed = re.findall(r"(?m)^  - ([\w.]+)(?::|$)", HANDBOOK["mkdocs.yml"].split("markdown_extensions:\n")[1].split("validation:")[0])
    assert sorted(listed) == sorted([*EXTENSIONS, "forms_app.handbook.extension"])


# --- what the tests above look with ---------------------------------------------------------------------------------


def html(root: Path, body: str, files: dict[str, str] | None = None, app_url: str = "") -> str:
    """`body` as the site shows it, in the tiny handbook with other `files`."""
    book = read_handbook(write_handbook(root, files))
    return Markdown(extensions=[*EXTENSIONS, HandbookExtension(book, app_url=app_url)]).convert(body)


def shown(root: Path, body: str, files: dict[str, str] | None = None, app_url: str = "") -> list[etree.Element]:
    """The sections of the items in `body`."""
    page = etree.fromstring(f"<body>{html(root, body, files, app_url)}</body>")
    return page.findall("div[@class='item']")


def facts(section: etree.Element) -> dict[str, str]:
    return {words(fact.find("dt")): words(fact.find("dd")) for fact in section.iterfind("dl/div")}


def words(element: etree.Element | None) -> str:
    assert element is not None
    return " ".join(" ".join(element.itertext()).split())


def help_link(root: Path, address: str) -> str:
    files = change("docs/duties.md", "[the start](index.md)", f"[there]({address})")
    found = re.search('href="([^"]*)"', read_handbook(write_handbook(root, files)).items["plan.write"].help_html)
    assert found
    return found[1]
