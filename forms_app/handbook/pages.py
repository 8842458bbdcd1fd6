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
_MARK = re.compile(r"\{([A-Z]{1,2}-[A-Z0-9]+(?:-\d+)?)\}")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LOOKS_LIKE_ITEM = re.compile(r"\s*(/{2,})\s*item\b", re.IGNORECASE)
_ITEM = re.compile(r" {0,3}(/{3,}) *item *(?:\| *(.*?) *)?$", re.IGNORECASE)
_OPTION = re.compile(r" {4,}\S")


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
    if dates["next_review"] < dates["reviewed"]:
        problems.append(Problem(file, matter.line_of.get("next_review", 1), "next_review", f"{dates['next_review']}", "allowed: a date after “reviewed”"))
    lines = body.split("\n")
    fenced = _fenced(lines)
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
        marks=tuple((mark, first_line + n) for n, line in enumerate(lines) if n not in fenced for mark in _MARK.findall(re.sub(r"`[^`]*`", "", line))),
    )


def _front_matter(file: str, text: str, problems: list[Problem]) -> tuple[plain_yaml.Lines, str, int]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    empty = plain_yaml.Lines(1)
    match = re.match(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*\n", text, re.DOTALL)
    if not match:
        problems.append(Problem(file, 1, "front matter", "none (or no closing “---”)", f"needed: {', '.join(FIELDS)} between two lines of “---”"))
        return empty, text, 1
    first_line = 1 + match.group().count("\n")
    try:
        matter: Any = plain_yaml.load(match.group(1), file, first_line=2)
    except HandbookError as error:
        problems.extend(error.problems)
        return empty, text[match.end() :], first_line
    if not isinstance(matter, plain_yaml.Lines):
        problems.append(Problem(file, 2, "front matter", "no fields", f"needed: {', '.join(FIELDS)}"))
        return empty, text[match.end() :], first_line
    for field in matter:
        if field not in FIELDS + OPTIONAL:
            problems.append(Problem(file, matter.line_of[field], field, f"the field “{field}”", one_of(FIELDS + OPTIONAL)))
    return matter, text[match.end() :], first_line


def _text(file: str, matter: plain_yaml.Lines, name: str, problems: list[Problem]) -> str:
    value = matter.get(name)
    if not isinstance(value, str) or not value.strip():
        problems.append(Problem(file, matter.line_of.get(name, 1), name, "nothing" if value is None else f"“{value}”", f"needed: a text for “{name}”"))
        return ""
    return value.strip()


def _date(file: str, matter: plain_yaml.Lines, name: str, problems: list[Problem]) -> dt.date:
    value = matter.get(name)
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        found = "nothing" if value is None else f"“{value}”"
        problems.append(Problem(file, matter.line_of.get(name, 1), name, found, "needed: a date such as 2026-11-24"))
        return dt.date(2000, 1, 1)


def _fenced(lines: list[str]) -> set[int]:
    """The numbers of the lines inside ``` or ~~~ fences, where nothing is an item or a mark."""
    inside: set[int] = set()
    fence = ""
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if fence or match:
            inside.add(number)
        if match and not fence:
            fence = match[1]
        elif match and fence and match[1][0] == fence[0] and len(match[1]) >= len(fence) and not line.strip(" `~"):
            fence = ""
    return inside


def _blocks(file: str, lines: list[str], fenced: set[int], first_line: int, problems: list[Problem]) -> list[Block]:
    blocks = []
    for number, line in enumerate(lines):
        if number in fenced or not _LOOKS_LIKE_ITEM.match(line):
            continue
        where = first_line + number
        head = _ITEM.match(line)
        if not head:
            problems.append(Problem(file, where, "item", f"“{line.strip()[:60]}”", "an item begins at the start of the line with “/// item | Title”"))
            continue
        block = _block(head, lines[number + 1 :], where)
        if block is None:
            problems.append(Problem(file, where, "item", "a block without an end", "needed: a line with “///” after the help text, before the next item"))
        else:
            blocks.append(block)
    return blocks


def _block(head: re.Match[str], rest: list[str], line: int) -> Block | None:
    end = re.compile(r" {0,3}" + re.escape(head[1]) + r" *$")
    count = next((n for n, text in enumerate(rest) if not _OPTION.match(text)), len(rest))
    for number in range(count, len(rest)):
        if end.match(rest[number]):
            return Block(head[2] or "", line, "\n".join(rest[:count]), "\n".join(rest[count:number]).strip("\n"))
        if _LOOKS_LIKE_ITEM.match(rest[number]):
            return None
    return None
