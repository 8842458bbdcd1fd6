"""Reference tables made from `data/` and from the items, for `/// listing | NAME`."""

from __future__ import annotations

import xml.etree.ElementTree as etree  # puts pages together and parses nothing  # nosec B405
from collections.abc import Callable, Sequence

from markdown.util import AtomicString

from . import words
from .reader import Handbook
from .registers import CONFIDENCE

Cell = str | etree.Element


def link(text: str, href: str, css: str = "") -> etree.Element:
    """A link; `href` is a path from the root of docs/, which MkDocs turns into the page's address and checks."""
    anchor = etree.Element("a", {"href": href, **({"class": css} if css else {})})
    anchor.text = AtomicString(text)
    return anchor


def _table(parent: etree.Element, headings: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell | Sequence[Cell]]]]) -> None:
    """A table whose rows have ids; a cell is text, an element or several of both."""
    table = etree.SubElement(parent, "table")
    head = etree.SubElement(etree.SubElement(table, "thead"), "tr")
    for heading in headings:
        etree.SubElement(head, "th", {"scope": "col"}).text = AtomicString(heading)
    body = etree.SubElement(table, "tbody")
    for row_id, cells in rows:
        row = etree.SubElement(body, "tr", {"id": row_id} if row_id else {})
        for heading, cell in zip(headings, cells, strict=True):
            fill(etree.SubElement(row, "td", {"data-label": heading}), [cell] if isinstance(cell, (str, etree.Element)) else cell)


def fill(cell: etree.Element, parts: Sequence[Cell]) -> None:
    last: etree.Element | None = None
    for part in parts:
        if isinstance(part, etree.Element):
            if last is not None and not last.tail:
                last.tail = ", "
            cell.append(part)
            last = part
        elif last is None:
            cell.text = AtomicString((cell.text or "") + part)
        else:
            last.tail = AtomicString((last.tail or "") + part)


def _item_link(book: Handbook, item_id: str) -> etree.Element:
    item = book.items[item_id]
    return link(item.title, f"/{item.page}#{item.id}")


def _guidance(book: Handbook, parent: etree.Element) -> None:
    for entry in book.registers.guidance.values():
        section = etree.SubElement(parent, "div", {"class": "register"})
        etree.SubElement(section, "h3", {"id": entry.key}).text = AtomicString(entry.title)
        status = etree.SubElement(section, "p", {"class": "register-status", "data-status": entry.status})
        status.text = AtomicString(
            f"{entry.status.capitalize()} · checked {words.day_words(entry.checked)} · {CONFIDENCE[entry.confidence]}"
        )
        facts = etree.SubElement(section, "dl")
        used = [item.id for item in book.current_items if entry.key in item.guidance]
        address = etree.Element("a", {"href": entry.url})
        address.text = AtomicString(entry.url)
        pairs: list[tuple[str, Sequence[Cell]]] = [
            ("As the source cites it", [entry.as_cited]),
            ("Issuer", [entry.issuer]),
            ("What became of it", [entry.became]),
            ("Address", [address] if entry.url else []),
            ("Clauses", [link(clause, f"/reference/source.md#{clause.lower()}", "clause") for clause in entry.clauses]),
            ("Items that point here", [_item_link(book, item_id) for item_id in used]),
        ]
        for name, parts in pairs:
            if parts:
                group = etree.SubElement(facts, "div")
                etree.SubElement(group, "dt").text = AtomicString(name)
                fill(etree.SubElement(group, "dd"), parts)


def _clauses(book: Handbook, parent: etree.Element) -> None:
    rows: list[tuple[str, Sequence[Cell | Sequence[Cell]]]] = []
    for clause in book.registers.clauses.values():
        places = [
            _item_link(book, anchor) if anchor else link(book.pages[page].title, f"/{page}")
            for page, anchor in book.places_of.get(clause.id, ())
        ]
        strength = clause.strength.label if clause.strength else "—"
        rows.append((clause.id.lower(), [clause.id, clause.gist, strength, places]))
    _table(parent, ("Clause", "What it says, in our words", "At most", "Where it lives"), rows)


def _windows(book: Handbook, parent: etree.Element) -> None:
    basis = {"source": "the source", "practice": "common practice, our suggestion", "ministry": "the Ministry"}
    rows = [(key, [window.title, window.about, basis[window.basis], window.announced_by]) for key, window in book.registers.windows.items()]
    _table(parent, ("Time of the year", "Until it is announced", "Comes from", "Announced by"), rows)


def _events(book: Handbook, parent: etree.Element) -> None:
    rows: list[tuple[str, Sequence[Cell | Sequence[Cell]]]] = []
    for key, event in book.registers.events.items():
        opened = [_item_link(book, item.id) for item in book.current_items if item.opens.event == key]
        rows.append((key, [event.title, event.help, opened]))
    _table(parent, ("When this happens", "Record it", "It opens"), rows)


def _items(book: Handbook, parent: etree.Element) -> None:
    rows: list[tuple[str, Sequence[Cell | Sequence[Cell]]]] = []
    for item in book.current_items:
        opens = words.opens_words(item.opens, book.registers)
        rows.append(("", [[_item_link(book, item.id)], item.strength.label, words.applies_words(item.applies), opens]))
    _table(parent, ("Item", "Strength", "Applies to", "Opens"), rows)


def _reviews(book: Handbook, parent: etree.Element) -> None:
    pages = sorted(book.pages.values(), key=lambda page: (page.next_review, page.path))
    rows: list[tuple[str, Sequence[Cell | Sequence[Cell]]]] = [
        ("", [[link(page.title, f"/{page.path}")], page.owner, words.day_words(page.reviewed), words.day_words(page.next_review)])
        for page in pages
    ]
    _table(parent, ("Page", "Owner", "Last reviewed", "Next review due"), rows)


LISTINGS: dict[str, Callable[[Handbook, etree.Element], None]] = {
    "guidance": _guidance,
    "clauses": _clauses,
    "windows": _windows,
    "events": _events,
    "items": _items,
    "reviews": _reviews,
}
