"""The Python-Markdown extension that renders the handbook's own three things.

`/// item` (one duty), `/// listing` (a table made from `data/`) and `{R-IEP-03}` (where a sentence comes from). MkDocs loads it by
name from mkdocs.yml; the app's reader uses the very same code, so the page and the checklist cannot disagree.
"""

from __future__ import annotations

import posixpath
import re
import xml.etree.ElementTree as etree  # puts pages together and parses nothing  # nosec B405
from pathlib import Path
from typing import Any

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from pymdownx.blocks import BlocksExtension, BlocksProcessor  # type: ignore[import-untyped]
from pymdownx.blocks.block import Block, type_any  # type: ignore[import-untyped]

from . import words
from .items import Item
from .listings import LISTINGS, fill, link
from .pages import BEGIN, OPTION, Page
from .reader import OPTIONS, Handbook, quote_options, read_handbook

# What MkDocs is configured with as well, as far as it can change how a block is read.
EXTENSIONS = ("attr_list", "def_list", "tables", "admonition", "pymdownx.details", "pymdownx.superfences")


TO_APP = "data-to-app"  # holds the address until MkDocs has checked the links: it knows only its own pages


class IntoTheChecklist(Treeprocessor):
    """Gives links into the checklist app their address."""

    def __init__(self, app_url: str, md: Markdown) -> None:
        super().__init__(md)
        self.app_url = app_url.rstrip("/")

    def run(self, root: etree.Element) -> None:
        for anchor in root.iter("a"):
            if TO_APP in anchor.attrib:
                anchor.set("href", self.app_url + anchor.attrib.pop(TO_APP))


class ItemBlock(Block):  # type: ignore[misc]
    """`/// item | Title`: the duty as a heading with an anchor, its help, and its facts."""

    NAME = "item"
    ARGUMENT = True
    OPTIONS = dict.fromkeys(OPTIONS, ("", type_any))

    def on_validate(self, parent: etree.Element) -> bool:
        item_id = str(self.options["id"])
        self.config["seen"].append(item_id)
        return item_id in self.config["book"].items

    def on_create(self, parent: etree.Element) -> etree.Element:
        self.item: Item = self.config["book"].items[self.options["id"]]
        section = etree.SubElement(parent, "div", {"class": "item", "data-strength": self.item.strength.value})
        title = etree.SubElement(section, f"h{_level(parent)}", {"class": "item-title", "id": self.item.id})
        title.text = AtomicString(self.item.title)
        facts = etree.SubElement(section, "p", {"class": "item-facts"})
        strength = etree.SubElement(facts, "span", {"class": "item-strength"})
        strength.text = AtomicString(self.item.strength.label)
        self.help = etree.SubElement(section, "div", {"class": "item-help"})
        return section

    def on_add(self, block: etree.Element) -> etree.Element:
        return self.help

    def on_end(self, block: etree.Element) -> None:
        self._facts(etree.SubElement(block, "dl", {"class": "item-more"}))
        if self.config["app_url"]:
            paragraph = etree.SubElement(block, "p", {"class": "item-app"})
            anchor = etree.SubElement(paragraph, "a", {"href": f"#{self.item.id}", TO_APP: f"/items/{self.item.id}"})
            anchor.text = AtomicString("Open in the checklist")
            hidden = etree.SubElement(anchor, "span", {"class": "visually-hidden"})
            hidden.text = AtomicString(f": {self.item.title}")

    def _facts(self, facts: etree.Element) -> None:
        book: Handbook = self.config["book"]
        item, registers = self.item, book.registers
        titles = {other.id: other.title for other in book.items.values()}
        _fact(facts, "Applies to", words.applies_words(item.applies))
        _fact(facts, "Opens", words.opens_words(item.opens, registers))
        _fact(facts, "Due", words.due_words(item.due, registers, titles))
        _fact(facts, "Done means", words.done_words(item, registers))
        if item.needs:
            _fact(facts, "Needs first", ", ".join(titles[need] for need in item.needs))
        if item.consent:
            _fact(facts, "Needs on record", words.consent_words(item))
        source = _fact(facts, "From the source", "")
        fill(source, [link(clause, f"/reference/source.md#{clause.lower()}", "clause") for clause in item.source])
        if item.guidance:
            guidance = _fact(facts, "Guidance", "")
            fill(guidance, [link(registers.guidance[key].title, f"/reference/guidance.md#{key}", "guidance") for key in item.guidance])
        if item.meaning:
            _fact(facts, "Meaning", f"last changed in {item.meaning}")
        if item.retired:
            _fact(facts, "Retired", f"since {item.retired}; earlier marks stay")


def _fact(facts: etree.Element, name: str, value: str) -> etree.Element:
    group = etree.SubElement(facts, "div")
    etree.SubElement(group, "dt").text = AtomicString(name)
    definition = etree.SubElement(group, "dd")
    definition.text = AtomicString(value)
    return definition


def _level(parent: etree.Element) -> int:
    """An item stands one level below the last heading before it, so that no level is skipped."""
    headings = [element for element in parent if re.fullmatch(r"h[1-5]", element.tag)]
    return int(headings[-1].tag[1]) + 1 if headings else 2


class QuotedEvent(Preprocessor):
    """`opens: event: NAME` reads naturally but is no YAML; Markdown gets it in quotation marks, as the reader does."""

    def run(self, lines: list[str]) -> list[str]:
        quoted: list[str] = []
        in_item = False
        for line in lines:
            in_item = bool(BEGIN.match(line)) or (in_item and bool(OPTION.match(line)))
            quoted.append(quote_options(line) if in_item else line)
        return quoted


class ListingBlock(Block):  # type: ignore[misc]
    """`/// listing | guidance`: what `data/` or the items say, as a table or a list that is never typed by hand."""

    NAME = "listing"
    ARGUMENT = True

    def on_validate(self, parent: etree.Element) -> bool:
        return self.argument in LISTINGS

    def on_create(self, parent: etree.Element) -> etree.Element:
        listing = etree.SubElement(parent, "div", {"class": f"listing listing-{self.argument}"})
        LISTINGS[self.argument](self.config["book"], listing)
        return listing


class ClauseMark(InlineProcessor):
    """`{R-IEP-03}` becomes a small link to the row of the source map."""

    def __init__(self, book: Handbook, md: Markdown) -> None:
        super().__init__(r"\{([A-Z]{1,2}-[A-Z0-9]+(?:-\d+)?)\}", md)
        self.book = book

    def handleMatch(self, match: re.Match[str], data: str) -> tuple[etree.Element | None, int | None, int | None]:  # type: ignore[override]  # noqa: N802
        if match[1] not in self.book.registers.clauses:
            return None, None, None
        return link(match[1], f"/reference/source.md#{match[1].lower()}", "clause"), match.start(0), match.end(0)


class HandbookExtension(BlocksExtension):  # type: ignore[misc]
    """Options: `root` (the folder that holds docs/ and data/) and `app_url` (where the checklist app is, empty for none)."""

    def __init__(self, book: Handbook | None = None, seen: list[str] | None = None, **options: Any) -> None:
        self.config = {"root": [".", "the folder with docs/ and data/"], "app_url": ["", "address of the checklist app"]}
        self.book, self.seen = book, seen if seen is not None else []
        super().__init__(**options)

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: BlocksProcessor) -> None:  # noqa: N802
        book = self.book or read_handbook(Path(self.getConfig("root")).resolve())
        app_url: str = self.getConfig("app_url") or ""
        shared = {"book": book, "seen": self.seen, "app_url": app_url}
        block_mgr.register(ItemBlock, shared)
        block_mgr.register(ListingBlock, shared)
        md.preprocessors.register(QuotedEvent(md), "quoted-event", 20)
        md.treeprocessors.register(IntoTheChecklist(app_url, md), "into-the-checklist", -10)  # MkDocs checks links at 0
        md.inlinePatterns.register(ClauseMark(book, md), "clause", 175)


class _AppLinks(Treeprocessor):
    """In help texts the app shows, links between pages lead to the handbook that the app serves."""

    def __init__(self, page: Page, md: Markdown) -> None:
        super().__init__(md)
        self.page = page

    def run(self, root: etree.Element) -> None:
        for anchor in root.iter("a"):
            href = anchor.get("href", "")
            if not re.match(r"[a-z]+:", href):
                anchor.set("href", self._address(href))

    def _address(self, href: str) -> str:
        path, _, fragment = href.partition("#")
        folder = posixpath.dirname(self.page.path)
        target = path.lstrip("/") if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path)) if path else self.page.path
        url = re.sub(r"(^|/)index\.html$", r"\1", re.sub(r"\.md$", ".html", target))
        return f"/handbook/{url}" + (f"#{fragment}" if fragment else "")


def ids_seen(book: Handbook, page: Page) -> list[str]:
    """The id of every item block that Markdown finds in `page`, as often as it finds it."""
    seen: list[str] = []
    Markdown(extensions=[*EXTENSIONS, HandbookExtension(book, seen)]).convert(page.body)
    return seen


def render_help(book: Handbook, page: Page) -> dict[str, str]:
    """The help text of each item of `page` as HTML, by id."""
    markdown = Markdown(extensions=[*EXTENSIONS, HandbookExtension(book)])
    markdown.treeprocessors.register(_AppLinks(page, markdown), "app-links", -1)
    return {item.id: markdown.reset().convert(item.help_html) for item in book.items.values() if item.page == page.path}


def render_page(book: Handbook, page: Page) -> str:
    """A page's text as HTML, to stand inside another page: headings two levels down, and no ids that could occur twice."""
    markdown = Markdown(extensions=[*EXTENSIONS, HandbookExtension(book)])
    markdown.treeprocessors.register(_AppLinks(page, markdown), "app-links", -20)
    html = re.sub(r"<(/?)h([1-4])\b", lambda match: f"<{match[1]}h{int(match[2]) + 2}", markdown.convert(page.body))
    return re.sub(r'(<[^>]*?) id="[^"]*"', r"\1", html)


def makeExtension(**options: Any) -> Extension:  # noqa: N802 - the name that Python-Markdown looks for
    return HandbookExtension(**options)
