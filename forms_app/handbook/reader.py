"""Reads the whole handbook: pages, items, registers. One reading serves the site's build, the check and the app.

Whatever is wrong stops all three with the same words: the file, the line, the field, what was found, what is allowed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

import yaml

from . import conditions, items, plain_yaml
from .items import Item
from .pages import BEGIN, Block, Page, read_page
from .problems import HandbookError, Problem, one_of
from .registers import Registers, read_registers, read_text

T = TypeVar("T")
Refuse = Callable[[str, str, str], None]  # field, what was found, what is allowed
SKIPPED = ("includes/", ".overrides/")  # `exclude_docs` of mkdocs.yml says the same
NEEDED = ("id", "strength", "opens", "source")
OPTIONS = (
    "id", "strength", "applies", "opens", "due", "records", "source", "guidance", "needs", "consent", "retired", "meaning", "built_with",
)  # fmt: skip


@dataclass(frozen=True)
class Handbook:
    """The handbook as of one reading. `places_of` tells for each clause where it lives: (page, anchor) pairs, items first."""

    pages: Mapping[str, Page]
    items: Mapping[str, Item]
    registers: Registers
    places_of: Mapping[str, tuple[tuple[str, str], ...]]
    unpublished: tuple[str, ...] = ()
    navigation: tuple[str, ...] = field(default=(), repr=False)
    moved: Mapping[str, dt.datetime] = field(default_factory=dict, repr=False)  # since when an item means something else, as applied

    @cached_property
    def edition(self) -> str:
        """A short hash over what the items say: it changes when, and only when, an item does."""
        lines = sorted(repr(replace(item, help_html="", line=0)) for item in self.items.values())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    @cached_property
    def current_items(self) -> tuple[Item, ...]:
        """Items in the order in which the handbook's navigation reads them, without the retired."""
        return tuple(item for item in self.items_in_order if not item.retired)

    @cached_property
    def items_in_order(self) -> tuple[Item, ...]:
        """All items in the order in which the navigation reads them, the retired in their old places."""
        order = {path: number for number, path in enumerate(self.navigation)}
        return tuple(sorted(self.items.values(), key=lambda item: (order.get(item.page, len(order)), item.line)))

    @property
    def clauses_covered(self) -> int:
        return sum(1 for clause in self.registers.clauses if self.places_of.get(clause))


def read_handbook(root: Path) -> Handbook:
    """Read the handbook below `root` (the folder that holds docs/, data/ and mkdocs.yml). Raises HandbookError.

    The result is kept until one of the files changes, so calling it again is cheap.
    """
    return _read(root, _fingerprint(root))


def _fingerprint(root: Path) -> tuple[tuple[str, int, int], ...]:
    paths = [root / "mkdocs.yml", *sorted((root / "data").glob("*.yml")), root / "data/item-ids.txt", *_sources(root)]
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path in paths if path.exists() for stat in [path.stat()])


def _sources(root: Path) -> list[Path]:
    docs = root / "docs"
    return [path for path in sorted(docs.rglob("*.md")) if not path.relative_to(docs).as_posix().startswith(SKIPPED)]


@lru_cache(maxsize=4)
def _read(root: Path, _fingerprint: object) -> Handbook:
    problems: list[Problem] = []
    registers = _or_none(lambda: read_registers(root), problems)
    pages = {page.path: page for page in _pages(root, problems)}
    navigation = _navigation(root, problems)
    found: dict[str, Item] = {}
    lines: dict[str, Mapping[str, int]] = {}
    for page in pages.values():
        for block in page.blocks:
            fields = _options(page, block, problems)
            item = _item(page, block, fields, problems) if fields else None
            if item and item.id in found:
                other = found[item.id]
                where = fields.line_of["id"]
                problems.append(
                    Problem(page.file, where, "id", f"“{item.id}” a second time", f"it is already in docs/{other.page}, line {other.line}")
                )
            elif item:
                found[item.id], lines[item.id] = item, fields.line_of
    # While there are mistakes, an id that is written anywhere is not called missing as well.
    declared = dict.fromkeys([*found, *(_ids_written(pages) if problems else ())])
    if registers:
        _check_references(found, lines, declared, registers, problems)
        _check_marks(pages, registers, problems)
    unread = {path.relative_to(root / "docs").as_posix() for path in _sources(root)} - set(pages)
    if pages:
        _check_navigation(pages, navigation, unread, problems)
    unpublished = _check_published(root, declared, problems) if pages and not unread else ()
    if problems or not registers:
        raise HandbookError(problems)
    book = Handbook(pages, found, registers, _places(found, pages), unpublished, tuple(navigation))
    return replace(book, items=_with_help(book))


def _ids_written(pages: Mapping[str, Page]) -> Iterable[str]:
    for page in pages.values():
        yield from re.findall(r"(?m)^\s*id:[ \t]*(\S+)", page.body)


def _or_none(read: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return read()
    except HandbookError as error:
        problems.extend(error.problems)
        return None


def _pages(root: Path, problems: list[Problem]) -> Iterable[Page]:
    docs = root / "docs"
    if not docs.is_dir():
        problems.append(Problem("docs/", 0, "", "no such folder", "put it back from the repository"))
    # MkDocs follows links, also to folders, and would publish what they lead to.
    linked = sorted(path for path in docs.rglob("*") if path.is_symlink())
    problems += [
        Problem(f"docs/{path.relative_to(docs).as_posix()}", 0, "", "a link to a file or folder elsewhere", "allowed: a file of its own")
        for path in linked
    ]
    for path in _sources(root):
        name = path.relative_to(docs).as_posix()
        text = None if path in linked else read_text(path, f"docs/{name}", problems)
        if text is not None:
            yield read_page(name, text, problems)
    _check_snippets(docs, problems)


def _check_snippets(docs: Path, problems: list[Problem]) -> None:
    """What pages include is read by MkDocs only, so an item there would be on no checklist."""
    for path in sorted(docs.glob("includes/**/*.md")):
        file = f"docs/{path.relative_to(docs).as_posix()}"
        for number, line in enumerate((read_text(path, file, problems) or "").splitlines(), 1):
            if BEGIN.match(line):
                problems.append(
                    Problem(file, number, "item", f"“{line.strip()[:60]}” in a file that is no page", "put the block into a page")
                )


def _navigation(root: Path, problems: list[Problem]) -> dict[str, int]:
    """The pages that mkdocs.yml lists, in order, with their lines there. Its tags (`!ENV`) are for MkDocs; only the text is read here."""
    text = read_text(root / "mkdocs.yml", "mkdocs.yml", problems)
    if text is None:
        return {}
    try:
        config = plain_yaml.compose(text, "mkdocs.yml", tags=True)
    except HandbookError as error:
        problems.extend(error.problems)
        return {}
    sections = config.value if isinstance(config, yaml.MappingNode) else []
    listed = {leaf.value: leaf.start_mark.line + 1 for key, nav in sections if key.value == "nav" for leaf in _leaves(nav) if leaf.value}
    if not listed:
        problems.append(Problem("mkdocs.yml", 0, "nav", "nothing", "needed: every page, in the order in which people read them"))
    return listed


def _leaves(nav: yaml.Node) -> Iterable[yaml.Node]:
    if isinstance(nav, yaml.ScalarNode):
        yield nav
    else:
        for part in nav.value:
            yield from _leaves(part[1] if isinstance(part, tuple) else part)


def _check_navigation(pages: Mapping[str, Page], navigation: Mapping[str, int], unread: set[str], problems: list[Problem]) -> None:
    for path, line in navigation.items():
        if path not in pages and path not in unread and "://" not in path:
            problems.append(
                Problem("mkdocs.yml", line, "nav", f"“{path}”, which is no page", "allowed: files in docs/ whose names end in .md")
            )
    for page in pages.values():
        if navigation and page.path not in navigation:
            found = "an item in a page" if page.blocks else "a page"
            line = page.blocks[0].line if page.blocks else 0
            problems.append(Problem(page.file, line, "", f"{found} that the navigation does not list", "add it to “nav:” in mkdocs.yml"))


def _item(page: Page, block: Block, fields: plain_yaml.Lines, problems: list[Problem]) -> Item | None:
    """Read one block. Every mistake in it is noted; None when it has any."""
    before = len(problems)

    def get(name: str, parse: Callable[[str], T], allowed: str) -> T | None:
        value = fields.get(name, "")
        if not isinstance(value, str):  # noted when the options were read
            return None
        text, line = value.strip(), fields.line_of.get(name, block.line)
        try:
            if text:
                return parse(text)
            if name in NEEDED:
                problems.append(Problem(page.file, line, name, "nothing", allowed))
        except ValueError as error:
            said = str(error) if name == "applies" else text
            problems.append(Problem(page.file, line, name, f"“{said}”", allowed))
        return None

    item_id = get("id", _id, "needed: an id such as iep.share-final (lower case, a dot, hyphens)")
    strength = get("strength", items.parse_strength, one_of(word.value for word in items.Strength))
    opens = get("opens", items.parse_opens, "allowed: school year, once, event: NAME")
    applies = get("applies", conditions.parse, one_of(conditions.NAMES) + "; joined by “and” and “or”")
    due = get("due", items.parse_due, "allowed: " + items.DUE_FORMS)
    records = get("records", _records, "allowed: " + items.RECORD_FORMS + ", each once")
    source = get("source", _list, "needed: clause ids such as R-IEP-03")
    guidance = get("guidance", _list, "allowed: keys of data/guidance.yml")
    needs = get("needs", _list, "allowed: ids of items that must be done first")
    consent = get("consent", items.parse_consent, "allowed: " + items.CONSENT_FORMS)
    built_with = get("built_with", _built_with, one_of(items.BUILT_WITH))
    retired = get("retired", _month, "allowed: a month such as 2027-06")
    meaning = get("meaning", _month, "allowed: the month in which the meaning last moved, such as 2027-02")
    if not block.title:
        problems.append(Problem(page.file, block.line, "item", "no title", "needed: “/// item | Title”"))
    if not block.body.strip():
        problems.append(Problem(page.file, block.line, "help", "nothing", "needed: one to three sentences that say what counts as done"))
    if len(problems) > before or not (item_id and strength and opens and source):
        return None
    return Item(
        id=item_id, title=block.title, strength=strength, opens=opens, source=source, page=page.path, line=block.line,
        applies=applies or conditions.Condition(), due=due, records=records or (), guidance=guidance or (), needs=needs or (),
        consent=consent[0] if consent else "", obtains=consent[1] if consent else "", retired=retired or "", meaning=meaning or "",
        built_with=built_with or "", help_html=block.body,
    )  # fmt: skip


def _options(page: Page, block: Block, problems: list[Problem]) -> plain_yaml.Lines:
    try:
        fields = plain_yaml.load(quote_options(block.options), page.file, block.line + 1)
    except HandbookError as error:
        problems.extend(error.problems)
        return plain_yaml.Lines(block.line)
    if not fields or not isinstance(fields, plain_yaml.Lines):
        problems.append(Problem(page.file, block.line, "item", "no options", f"needed, indented by four spaces: {', '.join(NEEDED)}"))
        return plain_yaml.Lines(block.line)
    for name, value in fields.items():
        if name not in OPTIONS:
            problems.append(Problem(page.file, fields.line_of[name], name, f"the option “{name}”", one_of(OPTIONS)))
        elif not isinstance(value, str):
            problems.append(Problem(page.file, fields.line_of[name], name, "a list or mapping", "allowed: text on one line"))
    return fields


def quote_options(text: str) -> str:
    """`opens: event: NAME` reads naturally but is no YAML; only that line gets quotation marks."""
    return re.sub(r"(?m)^(\s+opens:\s*)(event:\s*[^\s#'\"]+)\s*$", r'\1"\2"', text)


def _id(text: str) -> str:
    if not items.ITEM_ID.fullmatch(text):
        raise ValueError(text)
    return text


def _built_with(text: str) -> str:
    if text not in items.BUILT_WITH:
        raise ValueError(text)
    return text


def _month(text: str) -> str:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
        raise ValueError(text)
    return text


def _list(text: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise ValueError(text)
    return parts


def _records(text: str) -> tuple[items.Record, ...]:
    records = tuple(items.parse_record(part) for part in items.split_records(text))
    if len({record.kind for record in records}) < len(records):  # a mark keeps one fact of each kind
        raise ValueError(text)
    return records


def _check_references(
    found: Mapping[str, Item],
    lines: Mapping[str, Mapping[str, int]],
    declared: Mapping[str, object],
    registers: Registers,
    problems: list[Problem],
) -> None:
    """Every key that an item names must exist, no item may be stronger than its clauses, and each must be able to become due and done."""
    for item in found.values():

        def refuse(option: str, said: str, allowed: str, item: Item = item) -> None:
            line = lines[item.id].get(option, item.line)
            problems.append(Problem(f"docs/{item.page}", line, f"{item.id}, {option}", said, allowed))

        for option, kind, names, register in _names(item, registers, declared):
            for name in names:
                if name not in register:
                    refuse(option, f"the {kind} “{name}”", one_of(register))
        _check_strength(item, registers, refuse)
        _check_order(item, found, refuse)
        _check_built(item, refuse)


def _names(
    item: Item, registers: Registers, declared: Mapping[str, object]
) -> Iterable[tuple[str, str, Iterable[str], Mapping[str, object]]]:
    """The option, what it names, the names, and where each of them must stand."""
    due = item.due or items.Due("cadence")
    yield "source", "clause", item.source, registers.clauses
    yield "guidance", "guidance", item.guidance, registers.guidance
    yield "opens", "event", filter(None, [item.opens.event]), registers.events
    yield "records", "place", (record.value for record in item.records if record.kind == "filed in"), registers.places
    yield "records", "recipient", (record.value for record in item.records if record.kind == "sent to"), registers.recipients
    yield "needs", "item", item.needs, declared
    yield "due", "window", due.windows, registers.windows
    yield "due", "item", filter(None, [due.after]), declared


def _check_strength(item: Item, registers: Registers, refuse: Refuse) -> None:
    clauses = [registers.clauses[clause] for clause in item.source if clause in registers.clauses]
    strengths = [clause.strength for clause in clauses if clause.strength]
    if not clauses:
        return
    strongest = max((strength.rank for strength in strengths), default=-1)
    if item.strength.rank > strongest:
        allowed = list(items.Strength)[strongest].value if strengths else "nothing: these clauses ask for nothing"
        refuse("strength", f"“{item.strength.value}”", f"the clauses {', '.join(item.source)} allow at most: {allowed}")


def _check_order(item: Item, found: Mapping[str, Item], refuse: Refuse) -> None:
    """What an item waits for must be able to come first."""
    due = item.due
    if due and due.kind in ("event", "after") and not due.after and not item.opens.event:
        refuse("due", f"“{due}”", "allowed only for an item that an event opens")
    after = [due.after] if due and due.after else []
    for option, names in (("due", after), ("needs", item.needs)):
        for other in (found[name] for name in names if name in found):
            if other.opens.event and other.opens.event != item.opens.event:
                refuse(
                    option,
                    f"“{other.id}”, which the event “{other.opens.event}” opens",
                    "allowed: an item that always opens, or one of the same event",
                )
    for option, waits_for in (("due", _due_after), ("needs", _needs)):
        circle = _circle(item, found, waits_for)
        if circle:
            refuse(option, " → ".join(circle), "an item cannot wait for itself")


def _check_built(item: Item, refuse: Refuse) -> None:
    """What ticks itself belongs to an occurrence, and can ask nobody anything."""
    if item.built_with and not item.opens.event:
        refuse("built_with", f"“{item.built_with}”", "allowed only for an item that an event opens")
    asking = [str(record) for record in item.records if record.kind != "held on"]
    if item.built_with and asking:
        refuse("built_with", f"“{item.built_with}” with “{', '.join(asking)}”", "allowed only where `records` is empty or “held on”")


def _due_after(item: Item) -> Iterable[str]:
    return [item.due.after] if item.due and item.due.after else []


def _needs(item: Item) -> Iterable[str]:
    return item.needs


def _circle(item: Item, found: Mapping[str, Item], waits_for: Callable[[Item], Iterable[str]]) -> list[str]:
    """The ids from `item` back to itself, where what it waits for waits for it; else an empty list."""
    paths = [[item.id]]
    reached: set[str] = set()
    while paths:
        path = paths.pop()
        for name in waits_for(found[path[-1]]):
            if name == item.id:
                return [*path, name]
            if name in found and name not in reached:
                reached.add(name)
                paths.append([*path, name])
    return []


def _check_marks(pages: Mapping[str, Page], registers: Registers, problems: list[Problem]) -> None:
    for page in pages.values():
        for mark, line in page.marks:
            if mark not in registers.clauses:
                problems.append(Problem(page.file, line, "clause", f"“{{{mark}}}”", "allowed: an id of data/clauses.yml in braces"))


def _check_published(root: Path, declared: Mapping[str, object], problems: list[Problem]) -> tuple[str, ...]:
    """Ids are for ever: one that was published must still be there. Returns the ids that are not in the list yet."""
    file = "data/item-ids.txt"
    text = read_text(root / file, file, problems)
    if text is None:
        return ()
    published = [line.strip() for line in text.splitlines()]
    for number, name in enumerate(published, 1):
        if name and not name.startswith("#") and name not in declared:
            problems.append(
                Problem(
                    file,
                    number,
                    name,
                    "a published id that no page has any more",
                    "put the item back; to end it, give it “retired: 2027-06”",
                )
            )
    return tuple(name for name in declared if name not in published)


def _places(found: Mapping[str, Item], pages: Mapping[str, Page]) -> dict[str, tuple[tuple[str, str], ...]]:
    places: dict[str, dict[tuple[str, str], None]] = {}
    for item in found.values():
        for clause in item.source:
            places.setdefault(clause, {})[(item.page, item.id)] = None
    for page in pages.values():
        for mark, _ in page.marks:
            places.setdefault(mark, {}).setdefault((page.path, ""), None)
    return {clause: tuple(where) for clause, where in places.items()}


def _with_help(book: Handbook) -> dict[str, Item]:
    """Turn each help text into HTML with the same extension that builds the site, and see that no block was left as text."""
    from .extension import ids_seen, render_help  # the extension needs this module to read the handbook for MkDocs

    problems: list[Problem] = []
    helped = dict(book.items)
    for page in book.pages.values():
        if "///" not in page.body:
            continue
        rendered, seen = render_help(book, page), ids_seen(book, page)
        for item in [item for item in book.items.values() if item.page == page.path]:
            helped[item.id] = replace(item, help_html=rendered[item.id])
            if item.id in seen:
                seen.remove(item.id)
            else:
                problems.append(
                    Problem(
                        page.file,
                        item.line,
                        "item",
                        f"“{item.id}” left as text by Markdown",
                        "put an empty line before “/// item”, and do not indent it or nest it in a list",
                    )
                )
        for item_id in seen:
            line = max((n for n, text in enumerate(page.body.split("\n"), page.first_line) if text.strip() == f"id: {item_id}"), default=0)
            problems.append(
                Problem(
                    page.file,
                    line,
                    "item",
                    f"“{item_id}” in what looks like a fence and is none",
                    "begin the fence with ``` and one word, such as markdown",
                )
            )
    if problems:
        raise HandbookError(problems)
    return helped
