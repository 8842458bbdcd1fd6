"""What the real handbook promises: every clause of the source has its place, no duty is stronger than its source, no id is ever lost, and no word is out of place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from markdown import Markdown

from forms_app import demo
from forms_app.checklists import Status, needed_facts
from forms_app.handbook import Handbook, Strength
from forms_app.handbook.check import check
from forms_app.handbook.conditions import NAMES, Condition
from forms_app.handbook.extension import EXTENSIONS, HandbookExtension, ids_seen
from forms_app.handbook.reader import OPTIONS, SKIPPED
from forms_app.handbook.words import PHRASES
from forms_app.records import students
from forms_app.settings import ROOT
from forms_app.store import Store
from forms_app.students import ANSWERS, applicability, pen_is_valid
from tests.factories import MOMENT, TODAY, a_student

OWNERS = {"Student Support Services", "School-based team", "Principal", "Handbook editors"}
# What the handbook must answer with a page of its own, and the verb that each title begins with.
PROCEDURES = {
    "prepare-for-an-sbt-meeting": "Prepare", "run-an-sbt-meeting": "Run", "write-sbt-minutes": "Write", "build-a-file-review": "Build", "hold-an-iep-meeting": "Hold",
    "share-an-iep": "Share", "organize-the-year-end-review": "Organize", "obtain-consent-for-an-outside-agency": "Obtain", "make-a-referral": "Make",
    "request-a-designation": "Request", "handle-a-new-confidential-report": "Handle", "keep-d-and-h-documentation-current": "Keep", "plan-sea-and-ccw-duties": "Plan",
    "plan-a-transition-into-grade-8": "Plan", "plan-a-transition-out-of-grade-12": "Plan", "consider-exam-supports": "Consider", "take-over-a-student": "Take",
    "hand-over-a-student": "Hand",
}  # fmt: skip
RESPONSIBILITIES = (
    "exam-supports", "assessment", "file-review", "iep", "liaise-and-advocate", "records", "referrals", "sbt-meetings", "assistants", "sped-list", "other-responsibilities",
)  # fmt: skip
CONFIDENCE = ("verified", "likely", "our reading", "not verified")
# The house's words. “Completed” hides what is true, the others are another spelling, unkind, or unclear.
WORDS_NOT_TO_USE = (
    r"case-managers?", r"Case-Managers?", r"CMs?", r"red file", r"Red file", r"the original", r"the old document", r"special needs (?:child|student|kid)s?", r"SLPs?",
    r"[Cc]ompleted", r"[Ss]eed", r"[Pp]rogrammes?", r"[Oo]rganis\w+", r"\w*[Ss]imply", r"[Oo]bviously", r"[Hh]andicap\w*", r"suffer(?:s|ing)? from", r"wheelchair-bound",
    r"(?:low|high)[- ]functioning", r"he or she", r"his or her", r"s/he", r"mom", r"mum", r"utili[sz]e\w*", r"task[- ]?list",
)  # fmt: skip
# Where words are named in order to say that they are not ours.
ABOUT_WORDS = ("about/updating-the-handbook.md", "reference/what-the-source-leaves-open.md", "reference/glossary.md", "about/decisions/")


# --- the source -----------------------------------------------------------------------------------------------------


def test_every_one_of_the_78_clauses_has_its_place() -> None:
    found = check(ROOT, TODAY)
    assert (found["clauses"], found["clauses_covered"], found["errors"]) == (78, 78, [])
    assert 60 <= found["items"] <= 90


def test_no_item_is_stronger_than_its_clauses(book: Handbook) -> None:
    for item in book.items.values():
        allowed = [strength for clause in item.source if (strength := book.registers.clauses[clause].strength)]
        assert item.strength.rank <= max(strength.rank for strength in allowed), item.id


def test_every_strength_of_the_source_is_used(book: Handbook) -> None:
    assert {item.strength for item in book.current_items} == set(Strength)


def test_every_kind_of_item_exists(book: Handbook) -> None:
    assert {item.opens.kind for item in book.current_items} == {"school year", "once", "event"}
    assert {record.kind for item in book.current_items for record in item.records} == {
        "filed in",
        "sent to",
        "signed by",
        "held on",
        "people",
        "shared with",
        "decision",
    }


def test_every_mark_in_a_sentence_is_a_link_on_the_page(book: Handbook) -> None:
    markdown = Markdown(extensions=[*EXTENSIONS, HandbookExtension(book)])
    for page in book.pages.values():
        if page.marks:
            linked = re.findall(r'<a class="clause"[^>]*>([^<]+)</a>', markdown.reset().convert(page.body))
            assert not {mark for mark, _ in page.marks} - set(linked), page.path


def test_a_time_that_is_ours_is_called_a_suggestion(book: Handbook) -> None:
    for item in book.items.values():
        if item.due and not item.due.suggested:
            assert item.due.kind in ("event", "cadence") or all(
                book.registers.windows[key].basis == "source" for key in item.due.windows
            ), item.id
            assert item.due.kind != "after", item.id


# --- ids ------------------------------------------------------------------------------------------------------------


def test_published_ids_and_items_are_the_same(book: Handbook) -> None:
    lines = (ROOT / "data/item-ids.txt").read_text(encoding="utf-8").splitlines()
    published = [line for line in lines if line and not line.startswith("#")]
    assert len(published) == len(set(published))
    assert set(published) == set(book.items)
    assert not book.unpublished


def test_every_item_is_shown_once_on_its_page(book: Handbook) -> None:
    for page in book.pages.values():
        assert ids_seen(book, page) == [
            item.id for item in sorted(book.items.values(), key=lambda item: item.line) if item.page == page.path
        ]


def test_every_responsibility_has_its_page_its_items_and_its_card(book: Handbook) -> None:
    for name in RESPONSIBILITIES:
        items = [item.id for item in book.current_items if item.page == f"responsibilities/{name}.md"]
        card = book.pages[f"meeting/card-{name}.md"]
        assert items, name
        assert any(f"{name}.md#{item}" in card.body for item in items), name
    assert "meeting/card-the-meeting-itself.md" in book.pages


# --- conditions, events, places -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_condition_can_be_answered_and_said(name: str) -> None:
    assert name in PHRASES
    assert applicability(Condition(((name,),)), a_student()).why
    assert set(ANSWERS) == set(PHRASES) == set(NAMES)


def test_every_condition_is_used(book: Handbook) -> None:
    used = {name for item in book.current_items for name in item.applies.names}
    assert set(NAMES) - used <= {"more than 25 hours", "significant concern", "category D or H"}


def test_every_event_opens_something(book: Handbook) -> None:
    opened = {item.opens.event for item in book.current_items} - {""}
    assert opened == set(book.registers.events)


def test_every_place_recipient_and_window_of_the_data_is_used(book: Handbook) -> None:
    records = [record for item in book.current_items for record in item.records]
    assert {record.value for record in records if record.kind == "filed in"} == set(book.registers.places)
    assert {record.value for record in records if record.kind == "sent to"} == set(book.registers.recipients)
    used = {key for item in book.current_items if item.due for key in item.due.windows}
    # The Ministry's sessions stand there so that their dates can be announced; nothing is due by them.
    assert used == {key for key, window in book.registers.windows.items() if window.basis != "ministry"}


def test_an_item_can_always_be_marked(book: Handbook) -> None:
    for item in book.items.values():
        assert len(needed_facts(item, Status.DONE)) == len(set(needed_facts(item, Status.DONE)))


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_procedure_is_a_page_whose_title_is_a_verb(book: Handbook, name: str) -> None:
    assert book.pages[f"procedures/{name}.md"].title.split()[0] == PROCEDURES[name]


def test_no_other_procedure_lacks_its_verb(book: Handbook) -> None:
    others = [page for page in book.pages.values() if page.path.startswith("procedures/") and page.path != "procedures/index.md"]
    assert {page.title.split()[0] for page in others} <= set(PROCEDURES.values())


def test_every_page_says_who_looks_after_it_and_until_when(book: Handbook) -> None:
    for page in book.pages.values():
        assert page.owner in OWNERS, page.path
        assert 0 < (page.next_review - page.reviewed).days <= 400, page.path
        assert len(page.description) < 160, page.path


def test_every_page_has_one_heading_which_is_its_title(book: Handbook) -> None:
    for page in book.pages.values():
        headings = re.findall(r"(?m)^# (.+?)(?: \{.*\})?$", without_code(page.body))
        assert headings == [page.title], page.path


def test_every_page_is_listed_once(book: Handbook) -> None:
    assert sorted(book.navigation) == sorted(book.pages)


def test_update_notes_and_gaps_are_the_only_boxes(book: Handbook) -> None:
    allowed = {*(f'!!! update "Update note: {confidence}"' for confidence in CONFIDENCE), '!!! gap "To be filled in by the district"'}
    for page in book.pages.values():
        boxes = re.findall(r"(?m)^ *(?:!!!|\?\?\?).*$", without_code(page.body))
        assert not [box for box in boxes if box.strip() not in allowed and not box.startswith("!!! note")], page.path


def test_what_the_reader_understands_is_written_down_for_editors(book: Handbook) -> None:
    body = book.pages["about/updating-the-handbook.md"].body
    assert not [word for word in (*OPTIONS, *NAMES, *(strength.value for strength in Strength), *CONFIDENCE) if f"`{word}`" not in body]
    assert all((ROOT / "data" / name).exists() for name in re.findall(r"`(?:data/)?(\w[\w-]*\.(?:yml|txt))`", body) if name != "mkdocs.yml")


def test_mkdocs_reads_pages_with_what_the_reader_reads_them_with() -> None:
    class AnyTag(yaml.SafeLoader):
        """For MkDocs' own tags, which mean nothing here."""

    AnyTag.add_multi_constructor("!", lambda loader, suffix, node: None)
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=AnyTag)
    listed = {name for part in config["markdown_extensions"] for name in ([part] if isinstance(part, str) else part)}
    assert listed - set(EXTENSIONS) == {
        "abbr",
        "toc",
        "pymdownx.snippets",
        "forms_app.handbook.extension",
    }  # none of these changes where a block is read
    assert set(EXTENSIONS) <= listed
    assert {f"/{folder}" for folder in SKIPPED} == set(config["exclude_docs"].split())


# --- words ----------------------------------------------------------------------------------------------------------


def test_words_that_are_not_ours_are_not_used(book: Handbook) -> None:
    wrong = re.compile(r"(?<![\w/#.-])(?:" + "|".join(WORDS_NOT_TO_USE) + r")(?![\w-])(?!\.md)")
    for page in book.pages.values():
        if not page.path.startswith(ABOUT_WORDS):
            # The memo's own title, and names of files and addresses, are not our words.
            prose = re.sub(r"\*The Role & Responsibilities[^*]*\*|\]\([^)]*\)", "", without_code(page.body))
            assert wrong.findall(prose) == [], page.path


def test_words_that_are_not_ours_are_not_used_in_the_data(book: Handbook) -> None:
    wrong = re.compile(r"(?<![\w-])(?:" + "|".join(WORDS_NOT_TO_USE) + r")(?![\w-])")
    registers = book.registers
    ours = [clause.gist for clause in registers.clauses.values()] + [
        event.title + event.ask + event.help for event in registers.events.values()
    ]
    ours += [place.title + place.about for place in (*registers.places.values(), *registers.recipients.values())] + [
        window.about for window in registers.windows.values()
    ]
    assert [text for text in ours if wrong.search(text)] == []


def test_no_word_stands_twice_in_a_row(book: Handbook) -> None:
    twice = re.compile(r"(?i)(?<![\w-])([a-z]{2,}) \1(?![\w-])")
    texts = {page.path: re.sub(r'"[^"]*"', "", without_code(page.body)) for page in book.pages.values()}
    texts |= {clause.id: clause.gist for clause in book.registers.clauses.values()}
    assert {
        name: found
        for name, text in texts.items()
        if (found := [word for word in twice.findall(text) if word.lower() not in ("had", "that")])
    } == {}


def test_money_is_not_ours_to_tell() -> None:
    assert [
        line
        for path, line in lines_of("docs/**/*.md", "data/*.yml")
        if re.search(r"\$ ?\d|\d ?\$|[Dd]ollars? (?:amount )?\d|\d+ dollars?", line)
    ] == []


def test_no_page_asks_another_machine_for_anything() -> None:
    elsewhere = r"\s*[\"'<]?(?:https?:)?//"
    loads = re.compile(
        "|".join(
            part + elsewhere
            for part in (r"!\[[^\]]*\]\(", r"\b(?:src|srcset|poster)\s*=", r"<link[^>]*href=", r"url\(", "@import", r"fetch\(")
        )
    )
    assert [
        line
        for _, line in lines_of("docs/**/*.md", "docs/assets/**/*.css", "docs/assets/*.js", "docs/.overrides/**/*.html")
        if loads.search(line)
    ] == []


def test_a_document_has_an_address_only_where_somebody_opened_it(book: Handbook) -> None:
    assert [entry.key for entry in book.registers.guidance.values() if entry.url and entry.status != "verified"] == []


# --- nobody real ----------------------------------------------------------------------------------------------------


def test_every_number_that_could_be_a_pen_is_an_invented_one() -> None:
    ministrys_example = "746282656"
    numbers = {
        number
        for _, line in lines_of("docs/**/*.md", "data/*.yml", "tests/**/*.py", "forms_app/**/*.py")
        for number in re.findall(r"(?<!\d)\d{9}(?!\d)", line)
    }
    assert [number for number in numbers if pen_is_valid(number) and not number.startswith("00000") and number != ministrys_example] == []


def test_every_invented_student_has_an_invented_pen(book: Handbook, store: Store) -> None:
    demo.fill(store, book, ROOT, "a-long-password", MOMENT, TODAY)
    pens = [
        students.from_summary(row.id, row.version, row.summary, demo.school_year_of(TODAY)).student.pen for row in store.list("student")
    ]
    assert len(set(pens)) == len(pens) == 60
    assert all(pen.startswith("00000") and pen_is_valid(pen) for pen in pens)


# --- what the tests above look with ---------------------------------------------------------------------------------


def without_code(text: str) -> str:
    """`text` without fenced examples and without words in code."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"(?ms)^ {0,3}(```+|~~~+).*?^ {0,3}\1[`~]*$", "", text))


def lines_of(*patterns: str) -> Iterator[tuple[Path, str]]:
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            yield from ((path, line) for line in path.read_text(encoding="utf-8").splitlines())
