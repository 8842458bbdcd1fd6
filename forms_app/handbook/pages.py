"""One page of the handbook: its front matter, its words, and the raw item blocks in it with their lines."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from . import plain_yaml
from .problems import HandbookError, Problem, one_of

FIELDS = ("title", "description", "owner", "reviewed", "next_review")
OPTIONAL = ("hide", "search", "tags", "template")  # the theme's own
NO_DAY = dt.date(2000, 1, 1)  # stands for a date that could not be read
_MARK = re.compile(r"\{([A-Z]{1,2}-[A-Z0-9]+(?:-\d+)?)\}")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
BEGIN = re.compile(r" {0,3}(/{3,}) *(item|listing) *(?:\| *(.*?) *)?$", re.IGNORECASE)
OPTION = re.compile(r" {4,}\S")
_END = re.compile(r" {0,3}(/{3,}) *$")
# Whatever somebody may have meant as a block: indented, in a list or a quotation, with too few slashes or a misspelt name.
_LOOKS_LIKE_BLOCK = re.compile(r"[\s>*+#-]*(?:\d+[.)]\s*)?(?:/{2,}\s*(item|listing)\b|/{3,}\s*\w)", re.IGNORECASE)
LISTINGS = ("guidance", "clauses", "windows", "events", "items", "reviews")


@dataclass(frozen=True)
class Block:
    """An item block as it stands in the page: header line, option lines (text) and help text."""

    title: str
    line: int
    options: str
    body: str


@dataclass(frozen=True)
class Page:
    """`path` is below docs/, with forward slashes. `marks` are the clause ids in braces, with their lines."""

    path: str
    title: str
    description: str
    owner: str
    reviewed: dt.date
    next_review: dt.date
    body: str
    first_line: int
    blocks: tuple[Block, ...]
    marks: tuple[tuple[str, int], ...]

    @property
    def file(self) -> str:
        return f"docs/{self.path}"

    @property
    def url(self) -> str:
        """The page's address below the handbook's root: `responsibilities/iep.html`, and `responsibilities/` for an index."""
        return re.sub(r"(^|/)index\.html$", r"\1", re.sub(r"\.md$", ".html", self.path))


def read_page(path: str, text: str, problems: list[Problem]) -> Page:
    """Read one page; what is wrong is added to `problems` and replaced by something harmless."""
    file = f"docs/{path}"
    matter, body, first_line = _front_matter(file, text, problems)
    dates = {name: _date(file, matter, name, problems) for name in ("reviewed", "next_review")}
    if NO_DAY not in dates.values() and dates["next_review"] <= dates["reviewed"]:
        problems.append(
            Problem(
                file, matter.line_of.get("next_review", 1), "next_review", f"{dates['next_review']}", "allowed: a date after “reviewed”"
            )
        )
    lines = body.split("\n")
    fenced = _fenced(file, lines, first_line, problems)
    return Page(
        path=path,
        title=_text(file, matter, "title", problems),
        description=_text(file, matter, "description", problems),
        owner=_text(file, matter, "owner", problems),
        reviewed=dates["reviewed"],
        next_review=dates["next_review"],
        body=body,
        first_line=first_line,
        blocks=tuple(_blocks(file, lines, fenced, first_line, problems)),
        marks=tuple(
            (mark, first_line + n)
            for n, line in enumerate(lines)
            if n not in fenced
            for mark in _MARK.findall(re.sub(r"`[^`]*`", "", line))
        ),
    )


def _front_matter(file: str, text: str, problems: list[Problem]) -> tuple[plain_yaml.Lines, str, int]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    empty = plain_yaml.Lines(1)
    match = re.match(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*\n", text, re.DOTALL)
    if not match:
        problems.append(
            Problem(file, 1, "front matter", "none (or no closing “---”)", f"needed: {', '.join(FIELDS)} between two lines of “---”")
        )
        return empty, text, 1
    first_line = 1 + match.group().count("\n")
    try:
        matter: Any = plain_yaml.load(match.group(1), file, first_line=2)
    except HandbookError as error:
        problems.extend(error.problems)
        return empty, text[match.end() :], first_line
    if not matter or not isinstance(matter, plain_yaml.Lines):
        problems.append(Problem(file, 2, "front matter", "no fields", f"needed: {', '.join(FIELDS)}"))
        return empty, text[match.end() :], first_line
    for field in matter:
        if field not in FIELDS + OPTIONAL:
            problems.append(Problem(file, matter.line_of[field], field, f"the field “{field}”", one_of(FIELDS + OPTIONAL)))
    return matter, text[match.end() :], first_line


def _text(file: str, matter: plain_yaml.Lines, name: str, problems: list[Problem]) -> str:
    value = matter.get(name)
    if not matter:  # it could not be read, which is a problem of its own
        return ""
    if not isinstance(value, str) or not value.strip():
        problems.append(
            Problem(file, matter.line_of.get(name, 1), name, "nothing" if value is None else f"“{value}”", f"needed: a text for “{name}”")
        )
        return ""
    return value.strip()


def _date(file: str, matter: plain_yaml.Lines, name: str, problems: list[Problem]) -> dt.date:
    value = matter.get(name)
    if not matter:
        return NO_DAY
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        found = "nothing" if value is None else f"“{value}”"
        problems.append(Problem(file, matter.line_of.get(name, 1), name, found, "needed: a date such as 2026-11-24"))
        return NO_DAY


def _fenced(file: str, lines: list[str], first_line: int, problems: list[Problem]) -> set[int]:
    """The numbers of the lines inside ``` or ~~~ fences, where nothing is a block or a mark."""
    inside: set[int] = set()
    fence, begun = "", 0
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if fence or match:
            inside.add(number)
        if match and not fence:
            fence, begun = match[1], number
        elif match and match[1].startswith(fence) and not line.strip(" `~"):
            fence = ""
    if fence:
        problems.append(
            Problem(file, first_line + begun, "", f"“{fence}” without an end", f"needed: a line with “{fence}” after the example")
        )
    return inside


def _blocks(file: str, lines: list[str], fenced: set[int], first_line: int, problems: list[Problem]) -> list[Block]:
    """The items of the page. What looks like a block and is none is a problem, because Markdown would leave it as text."""
    blocks: list[Block] = []
    ends: set[int] = set()
    broken = False  # a block that could not be read has its end still to come
    for number, line in enumerate(lines):
        if number in fenced or number in ends:
            continue
        where, begin, meant = first_line + number, BEGIN.match(line), _LOOKS_LIKE_BLOCK.match(line)
        end = _end_of(begin[1], lines, number, fenced) if begin else None
        if begin and end:
            ends.add(end)
            blocks += _read_block(file, begin, lines[number + 1 : end], where, problems)
        elif begin:
            problems.append(
                Problem(
                    file,
                    where,
                    begin[2].lower(),
                    "a block without an end",
                    "needed: a line with “///” after its text, before the next block",
                )
            )
        elif meant:
            problems.append(
                Problem(
                    file,
                    where,
                    (meant[1] or "block").lower(),
                    f"“{line.strip()[:60]}”",
                    "an item begins at the start of the line with “/// item | Title”, a listing with “/// listing | NAME”",
                )
            )
        elif _END.match(line) and not broken:
            problems.append(
                Problem(file, where, "block", "“///” without a beginning", "take it away, or put “/// item | Title” before the text")
            )
        broken = (bool(meant) and end is None) or (broken and not _END.match(line))
    return blocks


def _end_of(slashes: str, lines: list[str], begin: int, fenced: set[int]) -> int | None:
    """The line that ends the block begun on the line `begin`; None when the page or another block comes first."""
    for number in range(begin + 1, len(lines)):
        if number in fenced:
            continue
        end = _END.match(lines[number])
        if end and end[1] == slashes:
            return number
        if _LOOKS_LIKE_BLOCK.match(lines[number]):
            return None
    return None


def _read_block(file: str, begin: re.Match[str], inside: list[str], line: int, problems: list[Problem]) -> list[Block]:
    """An item as it stands; nothing for a listing, which only needs to be one that exists."""
    name = begin[3] or ""
    if begin[2].lower() == "item":
        count = next((number for number, text in enumerate(inside) if not OPTION.match(text)), len(inside))
        return [Block(name, line, "\n".join(inside[:count]), "\n".join(inside[count:]).strip("\n"))]
    if name not in LISTINGS:
        problems.append(Problem(file, line, "listing", f"“{name}”", one_of(LISTINGS)))
    if any(text.strip() for text in inside):
        problems.append(Problem(file, line + 1, "listing", "text inside a listing", "allowed: nothing between its two lines"))
    return []
