"""The whole handbook is read at once, and every mistake in it is a sentence with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forms_app.handbook import Due, HandbookError, Opens, Record, Strength, read_handbook
from forms_app.handbook.conditions import NAMES, Condition
from forms_app.handbook.items import DUE_FORMS, RECORD_FORMS
from forms_app.handbook.reader import OPTIONS
from tests.factories import DUTIES, FRONT_MATTER, HANDBOOK, change, write_handbook

PAGE = "docs/duties.md"
GONE = "found a published id that no page has any more; put the item back; to end it, give it “retired: 2027-06”"
BEGIN = "an item begins at the start of the line with “/// item | Title”, a listing with “/// listing | NAME”"
AS_TEXT = "left as text by Markdown; put an empty line before “/// item”, and do not indent it or nest it in a list"
NO_END = "found a block without an end; needed: a line with “///” after its text, before the next block"
CONDITIONS = f"allowed: {', '.join(sorted(NAMES))}; joined by “and” and “or”"


def test_an_item_is_read_with_everything_that_its_block_says(tmp_path: Path) -> None:
    item = read_handbook(write_handbook(tmp_path)).items["plan.write"]
    assert (item.title, item.page, item.line, item.group) == ("Write the plan", "duties.md", 13, "plan")
    assert (item.strength, item.opens, item.source, item.guidance) == (Strength.MUST, Opens("school year"), ("R-ONE",), ("manual",))
    assert (item.applies, item.due) == (Condition((("has an IEP",),)), Due("window", windows=("autumn",), suggested=True))
    assert (item.records, item.needs, item.retired, item.optional) == ((Record("filed in", "file"),), (), "", False)


def test_a_help_text_is_html_whose_links_lead_into_the_served_handbook(tmp_path: Path) -> None:
    item = read_handbook(write_handbook(tmp_path)).items["plan.write"]
    assert item.help_html == '<p>Done when it is written. See <a href="/handbook/">the start</a>.</p>'


def test_items_stand_in_the_order_in_which_people_read_them(tmp_path: Path) -> None:
    more = {
        "docs/early.md": DUTIES.replace("plan.", "early.")
        .replace("report.", "late.")
        .replace("strength: must", "strength: must\n    retired: 2027-06")
    }
    nav = change("mkdocs.yml", "  - Duties: duties.md\n", "  - Early: early.md\n  - Duties: duties.md\n")
    book = read_handbook(write_handbook(tmp_path, {**more, **nav}))
    in_order = ["early.write", "early.share", "late.consider", "plan.write", "plan.share", "report.consider"]
    assert [item.id for item in book.items_in_order] == in_order
    assert [item.id for item in book.current_items] == in_order[1:]
    assert book.unpublished == ("early.write", "early.share", "late.consider")


def test_every_clause_knows_where_it_lives_items_first(tmp_path: Path) -> None:
    book = read_handbook(write_handbook(tmp_path))
    assert book.places_of["R-ONE"] == (("duties.md", "plan.write"), ("duties.md", ""))
    assert book.places_of["H-1"] == (("reference/source.md", ""),)
    assert book.clauses_covered == 3


def test_an_example_in_a_fence_is_neither_an_item_nor_a_mark(tmp_path: Path) -> None:
    example = "\n```markdown\n/// item | An example\n    id: not.there\n\nSee {R-NINE}, not `{R-EIGHT}`.\n///\n```\n\n~~~~text\n/// item\n```\n~~~\n~~~~\n"
    book = read_handbook(write_handbook(tmp_path, {PAGE: DUTIES + example}))
    assert list(book.items) == ["plan.write", "plan.share", "report.consider"]


def test_a_mark_in_code_is_no_mark(tmp_path: Path) -> None:
    book = read_handbook(write_handbook(tmp_path, change(PAGE, "a plan {R-ONE}", "a plan `{R-NINE}` {R-ONE}")))
    assert "R-NINE" not in book.places_of


def test_a_fence_in_a_help_text_hides_what_looks_like_an_end(tmp_path: Path) -> None:
    files = change(PAGE, "Done when the others have it.\n", "Done so:\n\n```text\n/// item | An example\n///\n```\n\nand shared.\n")
    assert read_handbook(write_handbook(tmp_path, files)).items["plan.share"].help_html.endswith("<p>and shared.</p>")


@pytest.mark.parametrize(
    "before",
    ["a paragraph\n", "- a list\n", "> a quotation\n", "| a |\n|---|\n| table |\n"],
    ids=["paragraph", "list", "quotation", "table"],
)
def test_an_item_without_an_empty_line_before_it_is_still_an_item_or_a_mistake(tmp_path: Path, before: str) -> None:
    files = change(PAGE, "\n/// item | Share the plan\n", f"\n{before}/// item | Share the plan\n")
    try:
        assert "plan.share" in read_handbook(write_handbook(tmp_path, files)).items
    except HandbookError as error:
        assert AS_TEXT in str(error)


def test_bom_and_crlf_change_nothing(tmp_path: Path) -> None:
    plain = read_handbook(write_handbook(tmp_path / "plain"))
    windows = read_handbook(
        write_handbook(tmp_path / "windows", {name: f"\ufeff{text}".replace("\n", "\r\n").encode() for name, text in HANDBOOK.items()})
    )
    assert windows.items == plain.items
    assert windows.registers == plain.registers
    assert windows.edition == plain.edition


def test_the_edition_changes_when_an_item_does_and_only_then(tmp_path: Path) -> None:
    def edition(name: str, files: dict[str, str]) -> str:
        return read_handbook(write_handbook(tmp_path / name, files)).edition

    first = edition("first", {})
    assert edition("moved", change(PAGE, "There must be a plan", "One more line.\n\nThere must be a plan")) == first
    assert edition("reworded", change(PAGE, "| Write the plan", "| Write a plan")) != first
    assert edition("weaker", change(PAGE, "strength: must", "strength: responsible")) != first


def test_reading_again_is_free_until_a_file_changes(tmp_path: Path) -> None:
    root = write_handbook(tmp_path)
    book = read_handbook(root)
    assert read_handbook(root) is book
    write_handbook(root, change("data/places.yml", "short: the Office", "short: the other Office"))
    assert read_handbook(root).registers.recipients["office"].short == "the other Office"


def test_a_page_knows_its_file_and_address(tmp_path: Path) -> None:
    pages = read_handbook(write_handbook(tmp_path)).pages
    assert (pages["duties.md"].file, pages["duties.md"].url) == (PAGE, "duties.html")
    assert pages["index.md"].url == ""


def test_navigation_may_lead_to_other_sites(tmp_path: Path) -> None:
    nav = change("mkdocs.yml", "  - Duties: duties.md\n", "  - Duties: duties.md\n  - Elsewhere: https://example.org/\n  - Empty:\n")
    assert "duties.md" in read_handbook(write_handbook(tmp_path, nav)).navigation


# Each: a passage of the tiny handbook written wrongly, and every sentence that this gives.
Mistake = tuple[dict[str, str | bytes | None], list[str]]


def _wrong(old: str, new: str, *sentences: str, file: str = PAGE) -> Mistake:
    return dict(change(file, old, new)), list(sentences)


def _line(number: int, rest: str, file: str = PAGE) -> str:
    return f"{file}, line {number}{rest}"


OPTION_MISTAKES: dict[str, Mistake] = {
    "an unknown option": _wrong("    applies: has", "    aplies: has", _line(16, f", aplies: found the option “aplies”; allowed: {', '.join(sorted(OPTIONS))}")),
    "an id in capitals": _wrong(
        "id: report.consider", "id: Report.consider",
        f"data/item-ids.txt, line 4, report.consider: {GONE}",
        _line(39, ", id: found “Report.consider”; needed: an id such as iep.share-final (lower case, a dot, hyphens)"),
    ),
    "an id that YAML reads as a number": _wrong(
        "id: report.consider", "id: 1.50",
        f"data/item-ids.txt, line 4, report.consider: {GONE}",
        _line(39, ", id: found “1.50”; needed: an id such as iep.share-final (lower case, a dot, hyphens)"),
    ),
    "a strength that is none": _wrong("strength: must", "strength: should", _line(15, ", strength: found “should”; allowed: consider, expected, may, must, responsible")),
    "a condition that is none": _wrong("has an IEP", "has an IEP and grade 9", _line(16, f", applies: found “grade 9”; {CONDITIONS}")),
    "a condition without a joiner": _wrong("has an IEP", "has an IEP grade 8", _line(16, f", applies: found “grade 8”; {CONDITIONS}")),
    "a condition that ends with “and”": _wrong("has an IEP", "has an IEP and", _line(16, f", applies: found “and”; {CONDITIONS}")),
    "an opening that is none": _wrong("opens: event: report", "opens: sometimes", _line(41, ", opens: found “sometimes”; allowed: school year, once, event: NAME")),
    "an event without a name": _wrong("opens: event: report", "opens: event", _line(41, ", opens: found “event”; allowed: school year, once, event: NAME")),
    "a calendar date": _wrong("due: suggested autumn", "due: 15 October", _line(18, f", due: found “15 October”; allowed: {DUE_FORMS}")),
    "a record that is none": _wrong("people, sent to", "people, posted to", _line(31, f", records: found “people, posted to office”; allowed: {RECORD_FORMS}, each once")),
    "a decision with one choice": _wrong("pursue | do not pursue", "pursue", _line(43, f", records: found “decision pursue”; allowed: {RECORD_FORMS}, each once")),
    "a decision with an empty choice": _wrong("| do not pursue", "|", _line(43, f", records: found “decision pursue |”; allowed: {RECORD_FORMS}, each once")),
    "a record without its place": _wrong("filed in file", "filed in", _line(19, f", records: found “filed in”; allowed: {RECORD_FORMS}, each once")),
    "a record twice": _wrong("records: people, sent to office", "records: people, people", _line(31, f", records: found “people, people”; allowed: {RECORD_FORMS}, each once")),
    "a comma too many": _wrong("source: R-ONE", "source: R-ONE,", _line(20, ", source: found “R-ONE,”; needed: clause ids such as R-IEP-03")),
    "a month in words": _wrong("needs: plan.write", "retired: June 2027", _line(33, ", retired: found “June 2027”; allowed: a month such as 2027-06")),
    "a meaning without its month": _wrong("needs: plan.write", "meaning: new", _line(33, ", meaning: found “new”; allowed: the month in which the meaning last moved, such as 2027-02")),
    "something that is not built": _wrong("needs: plan.write", "built_with: magic", _line(33, ", built_with: found “magic”; allowed: file review")),
    "an option without a value": _wrong("source: R-ONE", "source:", _line(20, ", source: found nothing; needed: clause ids such as R-IEP-03")),
    "an option that is missing": _wrong("    strength: must\n", "", _line(13, ", strength: found nothing; allowed: consider, expected, may, must, responsible")),
    "an option twice": _wrong("strength: must", "strength: must\n    strength: may", _line(16, ", strength: found “strength” a second time; allowed: each name once")),
    "a list": _wrong("guidance: manual", "guidance: [manual]", _line(21, ", guidance: found a list or mapping; allowed: text on one line")),
    "an option that is no YAML": _wrong(
        "needs: plan.write", "needs: ,",
        _line(33, ": found text that is not YAML (expected the node content, but found ','); check the indentation, the colons and the quotation marks"),
    ),
    "an alias": _wrong("strength: must", "strength: *s", _line(15, ": found an alias (*name); write the value out; if it is text, put it in quotation marks")),
    "no options": _wrong(
        "/// item | Share the plan\n", "/// item | Share the plan\n\n", _line(26, ", item: found no options; needed, indented by four spaces: id, strength, opens, source")
    ),
    "empty options": (
        {PAGE: DUTIES + "\n/// item | Nothing\n    {}\n\nDone.\n///\n"}, [_line(49, ", item: found no options; needed, indented by four spaces: id, strength, opens, source")]
    ),
    "no title": _wrong("/// item | Share the plan", "/// item", _line(26, ", item: found no title; needed: “/// item | Title”")),
    "no help": _wrong("Done when the others have it.\n", "", _line(26, ", help: found nothing; needed: one to three sentences that say what counts as done")),
    "no id": _wrong(
        "    id: plan.share\n", "",
        f"data/item-ids.txt, line 3, plan.share: {GONE}",
        _line(26, ", id: found nothing; needed: an id such as iep.share-final (lower case, a dot, hyphens)"),
    ),
}  # fmt: skip

REFERENCE_MISTAKES: dict[str, Mistake] = {
    "an id twice": _wrong(
        "id: plan.share", "id: plan.write",
        f"data/item-ids.txt, line 3, plan.share: {GONE}",
        _line(27, ", id: found “plan.write” a second time; it is already in docs/duties.md, line 13"),
    ),
    "an id that disappeared": ({"data/item-ids.txt": HANDBOOK["data/item-ids.txt"] + "plan.burn\n"}, [f"data/item-ids.txt, line 5, plan.burn: {GONE}"]),
    "an unknown clause": _wrong("source: R-ONE", "source: R-NINE", _line(20, ", plan.write, source: found the clause “R-NINE”; allowed: H-1, R-ONE, R-TWO")),
    "an unknown clause in a sentence": _wrong("{R-ONE}", "{R-NINE}", _line(11, ", clause: found “{R-NINE}”; allowed: an id of data/clauses.yml in braces")),
    "an unknown document": _wrong("guidance: manual", "guidance: guide", _line(21, ", plan.write, guidance: found the guidance “guide”; allowed: manual")),
    "an unknown event": _wrong("event: report", "event: letter", _line(41, ", report.consider, opens: found the event “letter”; allowed: meeting, report")),
    "an unknown window": _wrong("suggested autumn", "autumn or spring", _line(18, ", plan.write, due: found the window “spring”; allowed: autumn, september")),
    "an unknown place": _wrong("filed in file", "filed in drawer", _line(19, ", plan.write, records: found the place “drawer”; allowed: file")),
    "an unknown recipient": _wrong("sent to office", "sent to moon", _line(31, ", plan.share, records: found the recipient “moon”; allowed: office")),
    "an unknown item in due": _wrong(
        "after plan.write", "after plan.read", _line(30, ", plan.share, due: found the item “plan.read”; allowed: plan.share, plan.write, report.consider")
    ),
    "an unknown item in needs": _wrong(
        "needs: plan.write", "needs: plan.read", _line(33, ", plan.share, needs: found the item “plan.read”; allowed: plan.share, plan.write, report.consider")
    ),
    "an item stronger than its clause": _wrong(
        "strength: expected", "strength: must", _line(28, ", plan.share, strength: found “must”; the clauses R-TWO allow at most: expected")
    ),
    "an item on a clause that asks for nothing": _wrong(
        "source: R-ONE", "source: H-1", _line(15, ", plan.write, strength: found “must”; the clauses H-1 allow at most: nothing: these clauses ask for nothing")
    ),
    "due after the event on a standing item": _wrong(
        "suggested autumn", "2 days after the event", _line(18, ", plan.write, due: found “2 days after the event”; allowed only for an item that an event opens")
    ),
    "due on the event date on a standing item": _wrong(
        "suggested autumn", "on the event date", _line(18, ", plan.write, due: found “on the event date”; allowed only for an item that an event opens")
    ),
    "built by the app on a standing item that asks people": _wrong(
        "needs: plan.write", "built_with: file review",
        _line(33, ", plan.share, built_with: found “file review”; allowed only for an item that an event opens"),
        _line(33, ", plan.share, built_with: found “file review” with “people, sent to office”; allowed only where `records` is empty or “held on”"),
    ),
    "due after an item of an event": _wrong(
        "after plan.write", "after report.consider",
        _line(30, ", plan.share, due: found “report.consider”, which the event “report” opens; allowed: an item that always opens, or one of the same event"),
    ),
    "in need of an item of an event": _wrong(
        "needs: plan.write", "needs: report.consider",
        _line(33, ", plan.share, needs: found “report.consider”, which the event “report” opens; allowed: an item that always opens, or one of the same event"),
    ),
    "due after itself": _wrong("suggested autumn", "1 week after plan.write", _line(18, ", plan.write, due: found plan.write → plan.write; an item cannot wait for itself")),
    "due in a circle": _wrong(
        "suggested autumn", "1 week after plan.share",
        _line(18, ", plan.write, due: found plan.write → plan.share → plan.write; an item cannot wait for itself"),
        _line(30, ", plan.share, due: found plan.share → plan.write → plan.share; an item cannot wait for itself"),
    ),
    "in need of each other": _wrong(
        "guidance: manual", "needs: plan.share",
        _line(21, ", plan.write, needs: found plan.write → plan.share → plan.write; an item cannot wait for itself"),
        _line(33, ", plan.share, needs: found plan.share → plan.write → plan.share; an item cannot wait for itself"),
    ),
    "an item in a page that is not listed": (
        {"docs/more.md": DUTIES.replace("plan.", "more.").replace("report.", "more-report.")},
        ["docs/more.md, line 13: found an item in a page that the navigation does not list; add it to “nav:” in mkdocs.yml"],
    ),
    "a page that is not listed": (
        {"docs/more.md": FRONT_MATTER.format(title="More")}, ["docs/more.md: found a page that the navigation does not list; add it to “nav:” in mkdocs.yml"]
    ),
    "an item in what pages include": (
        {"docs/includes/more.md": "Words.\n\n" + DUTIES[DUTIES.index("/// item | Consider") :]},
        ["docs/includes/more.md, line 3, item: found “/// item | Consider the report” in a file that is no page; put the block into a page"],
    ),
    "a listed page that is not there": _wrong(
        "  - Duties: duties.md\n", "  - Duties: duties.md\n  - Lost: lost.md\n",
        "mkdocs.yml, line 24, nav: found “lost.md”, which is no page; allowed: files in docs/ whose names end in .md",
        file="mkdocs.yml",
    ),
    "a listed page of another name": (
        {**change("mkdocs.yml", "  - Duties: duties.md\n", "  - Duties: duties.md\n  - Other: other.markdown\n"), "docs/other.markdown": DUTIES},
        ["mkdocs.yml, line 24, nav: found “other.markdown”, which is no page; allowed: files in docs/ whose names end in .md"],
    ),
}  # fmt: skip

SHARE = DUTIES[DUTIES.index("/// item | Share") : DUTIES.index("/// item | Consider")]
WITHOUT_SHARE = {"data/item-ids.txt": "plan.write\nreport.consider\n"}


def _meant(written: str) -> Mistake:
    return _wrong("/// item | Share the plan", written, _line(26, f", item: found “{written.strip()}”; {BEGIN}"))


BLOCK_MISTAKES: dict[str, Mistake] = {
    "indented": _meant("    /// item | Share the plan"),
    "indented by a tab": _meant("\t/// item | Share the plan"),
    "in a list": _meant("- /// item | Share the plan"),
    "in a numbered list": _meant("1. /// item | Share the plan"),
    "in a quotation": _meant("> /// item | Share the plan"),
    "two slashes": _meant("// item | Share the plan"),
    "in a heading": _meant("## /// item | Share the plan"),
    "without its bar": _meant("/// item Share the plan"),
    "misspelt": _wrong("/// item | Share the plan", "/// itme | Share the plan", _line(26, f", block: found “/// itme | Share the plan”; {BEGIN}")),
    "four slashes and three": _wrong("/// item | Share the plan", "//// item | Share the plan", _line(26, f", item: {NO_END}")),
    "without an end": _wrong("Done when the others have it.\n///\n", "Done when the others have it.\n", _line(26, f", item: {NO_END}")),
    "without an end, the last": _wrong("Done when it is decided.\n///\n", "Done when it is decided.\n", _line(38, f", item: {NO_END}")),
    "an end of two slashes": _wrong("Done when it is decided.\n///\n", "Done when it is decided.\n//\n", _line(38, f", item: {NO_END}")),
    "an indented end": _wrong("Done when it is decided.\n///\n", "Done when it is decided.\n    ///\n", _line(38, f", item: {NO_END}")),
    "an end alone": _wrong(
        "Done when it is decided.\n///\n", "Done when it is decided.\n///\n\n///\n",
        _line(49, ", block: found “///” without a beginning; take it away, or put “/// item | Title” before the text"),
    ),
    "in HTML": _wrong(
        "\n/// item | Share the plan", "\n<div>\n/// item | Share the plan",
        _line(27, f", item: found “plan.share” {AS_TEXT}"), _line(39, f", item: found “report.consider” {AS_TEXT}"),
    ),
    "in a comment": (dict(change(PAGE, SHARE, f"<!--\n{SHARE}-->\n\n")), [_line(27, f", item: found “plan.share” {AS_TEXT}")]),
    "in a fence without an end": _wrong("/// item | Share the plan", "```text\n/// item | Share the plan", _line(26, ": found “```” without an end; needed: a line with “```” after the example")),
    "in a fence that is none": (
        {**change(PAGE, SHARE, f"```{{.a =b\n{SHARE}```\n\n"), **WITHOUT_SHARE},
        [_line(28, ", item: found “plan.share” in what looks like a fence and is none; begin the fence with ``` and one word, such as markdown")],
    ),
    "an unknown listing": _wrong(
        "listing | clauses", "listing | clause",
        "docs/reference/source.md, line 13, listing: found “clause”; allowed: clauses, events, guidance, items, reviews, windows", file="docs/reference/source.md",
    ),
    "a listing without a name": _wrong(
        "listing | clauses", "listing",
        "docs/reference/source.md, line 13, listing: found “”; allowed: clauses, events, guidance, items, reviews, windows", file="docs/reference/source.md",
    ),
    "a listing with text": _wrong(
        "listing | clauses\n", "listing | clauses\n    id: x\n",
        "docs/reference/source.md, line 14, listing: found text inside a listing; allowed: nothing between its two lines", file="docs/reference/source.md",
    ),
    "a listing without an end": _wrong(
        "listing | clauses\n///\n", "listing | clauses\n", f"docs/reference/source.md, line 13, listing: {NO_END}", file="docs/reference/source.md"
    ),
}  # fmt: skip

FILE_MISTAKES: dict[str, Mistake] = {
    **{
        f"{name} is missing": ({name: None}, [f"{name}: found no such file; put it back from the repository; the handbook cannot be read without it"])
        for name in HANDBOOK if not name.startswith("docs/")
    },
    **{
        f"{name} is not UTF-8": (
            {name: HANDBOOK[name].encode() + b"# \xe9\n"},
            [f"{name}, line {HANDBOOK[name].count(chr(10)) + 1}: found a byte that is not UTF-8 (position {len(HANDBOOK[name]) + 2}); save the file as UTF-8"],
        )
        for name in HANDBOOK if not name.startswith("docs/")
    },
    "a page is not UTF-8": ({PAGE: DUTIES.replace("There", "Th\xe8re").encode("latin-1")}, [_line(11, ": found a byte that is not UTF-8 (position 138); save the file as UTF-8")]),
    "docs/ is missing": (dict.fromkeys(name for name in HANDBOOK if name.startswith("docs/")), ["docs/: found no such folder; put it back from the repository"]),
    "mkdocs.yml is no YAML": (
        {"mkdocs.yml": "site_name: x\nnav: [a\n"}, ["mkdocs.yml, line 3: found text that is not YAML (expected ',' or ']', but got '<stream end>'); check the indentation, the colons and the quotation marks"]
    ),
    "mkdocs.yml holds a control character": ({"mkdocs.yml": "a: b\nnav: \x07\n"}, ["mkdocs.yml, line 2: found a character that YAML does not allow; remove control characters"]),
    "mkdocs.yml is nested too deep": ({"mkdocs.yml": "nav: " + "[" * 5000}, ["mkdocs.yml, line 1: found more than 20 lists or mappings inside each other; check the brackets and the indentation"]),
    "mkdocs.yml lists nothing": ({"mkdocs.yml": "site_name: x\n"}, ["mkdocs.yml, nav: found nothing; needed: every page, in the order in which people read them"]),
    "mkdocs.yml is a list": ({"mkdocs.yml": "- nav\n"}, ["mkdocs.yml, nav: found nothing; needed: every page, in the order in which people read them"]),
}  # fmt: skip

MISTAKES = OPTION_MISTAKES | REFERENCE_MISTAKES | BLOCK_MISTAKES | FILE_MISTAKES


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_said_with_its_place(tmp_path: Path, name: str, mistakes_of: Callable[[Path], list[str]]) -> None:
    files, sentences = MISTAKES[name]
    assert mistakes_of(write_handbook(tmp_path, files)) == sentences


def test_all_mistakes_are_said_at_once(tmp_path: Path, mistakes_of: Callable[[Path], list[str]]) -> None:
    files = {PAGE: DUTIES.replace("strength: must", "strength: should").replace("event: report", "event: letter"), "data/places.yml": None}
    assert [said.split(":")[0] for said in mistakes_of(write_handbook(tmp_path, files))] == [
        "data/places.yml",
        "docs/duties.md, line 15, strength",
    ]


@pytest.mark.parametrize("name", ["docs/linked.md", "docs/linked.txt", "docs/linked"])
def test_a_link_out_of_the_handbook_is_refused(tmp_path: Path, name: str, mistakes_of: Callable[[Path], list[str]]) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text(DUTIES)
    root = write_handbook(tmp_path / "book")
    (root / name).symlink_to(outside if name == "docs/linked" else outside / "secret.md")
    said = mistakes_of(root)
    assert f"{name}: found a link to a file or folder elsewhere; allowed: a file of its own" in said
    assert not any("secret" in sentence for sentence in said)


def test_a_folder_with_the_name_of_a_page_is_refused(tmp_path: Path, mistakes_of: Callable[[Path], list[str]]) -> None:
    root = write_handbook(tmp_path)
    (root / "docs/folder.md").mkdir()
    assert mistakes_of(root) == ["docs/folder.md: found a file that cannot be read (Is a directory); check its permissions"]


@pytest.fixture
def mistakes_of() -> Callable[[Path], list[str]]:
    """What is wrong in the handbook below a folder; fails when nothing is."""

    def read(root: Path) -> list[str]:
        with pytest.raises(HandbookError) as refused:
            read_handbook(root)
        return [str(problem) for problem in refused.value.problems]

    return read
