"""Finding a student, an item or a page by a few typed words, and the lists that a person saves.

Words match from their beginning, whatever the accents and capitals. A PEN or a pupil number matches only whole: half a number finds nobody.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .handbook import Handbook
from .plain_text import clean
from .students import Student

LONGEST_QUERY = 100
LONGEST_NAME = 60
MOST_SAVED = 20
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ə": "e", "ɬ": "l", "χ": "x"}
    | dict.fromkeys("'’ʼ`´ʔˀ", "")
)
_WORD = re.compile(r"[^\W_]+")


class QueryRefused(ValueError):
    """What was typed cannot be looked for; the message says why."""


def normal(text: str) -> str:
    """As words are compared: without accents, capitals and apostrophes, and with the plain letter that people type for one that keyboards lack.

    >>> normal("D’Élan-Łuk"), normal("ʔəyəm")
    ('delan-luk', 'eyem')
    """
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN)).casefold()
    return "".join(character for character in apart if not unicodedata.combining(character))


def words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(normal(text)))


@lru_cache(maxsize=10_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name, worked out once. `cache_clear` lets go of them, as when a record was disposed of."""
    return words(name)


def check_query(text: str) -> str:
    """The query, made safe. Raises QueryRefused."""
    try:
        query = clean(text, LONGEST_QUERY)
    except ValueError as error:
        raise QueryRefused(str(error)) from None
    if len("".join(words(query))) < 2:
        raise QueryRefused(
            "Type at least two letters or digits: of a name, of an item or of a page. A PEN or a pupil number is typed whole."
        )
    return query


def find_students(students: Iterable[Student], query: str) -> list[Student]:
    """Those of `students` whom the query means: by name, by legal name, or by a whole number. The likeliest first."""
    wanted = words(query)
    number = re.sub(r"[\s-]", "", query).casefold()
    found = [(rank, student) for student in students if (rank := _rank(student, wanted, number)) is not None]
    return [student for _, student in sorted(found, key=lambda pair: (pair[0], pair[1].sort_name, pair[1].id))]


def _rank(student: Student, wanted: Sequence[str], number: str) -> int | None:
    if number and number in (student.pen, student.pupil_number.casefold()):
        return 0
    usual, legal = name_words(student.name), name_words(student.legal_name)
    for rank, names in ((1, usual), (3, (*usual, *legal))):
        if wanted and all(any(name.startswith(word) for name in names) for word in wanted):
            return rank if wanted[0] in names else rank + 1
    return None


@dataclass(frozen=True)
class Text:
    """Something of the handbook that can be found. The word lists are sorted, so that a beginning is found at once."""

    kind: str  # "item" | "page"
    key: str  # an item's id, or a page's address below the handbook
    title: str
    about: str
    in_title: tuple[str, ...]
    in_headings: tuple[str, ...]
    in_text: tuple[str, ...]

    def score(self, wanted: Sequence[str]) -> int:
        """How well all of the wanted words fit; 0 when one of them is nowhere. What the title says counts most."""
        scores = [next((weight for weight, list_ in self._lists if _begins(list_, word)), 0) for word in wanted]
        return sum(scores) if scores and all(scores) else 0

    @property
    def _lists(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        return (12, self.in_title), (4, self.in_headings), (1, self.in_text)


def _begins(sorted_words: Sequence[str], word: str) -> bool:
    place = bisect_left(sorted_words, word)
    return place < len(sorted_words) and sorted_words[place].startswith(word)


@dataclass(frozen=True)
class Index:
    """Everything of one reading of the handbook that can be found."""

    texts: tuple[Text, ...]

    def find(self, query: str, kind: str, most: int) -> list[Text]:
        """The best first; what fits equally well stays in the handbook's order."""
        wanted = words(query)
        scored = [(score, text) for text in self.texts if text.kind == kind and (score := text.score(wanted))]
        return [text for _, text in sorted(scored, key=lambda pair: -pair[0])[:most]]


def index_of(book: Handbook) -> Index:
    """Read every item and every page once. It takes the pages as the app has read them, so it needs no built site."""
    items = [
        Text(
            "item",
            item.id,
            item.title,
            book.pages[item.page].title,
            _sorted(item.title),
            _sorted(item.group),
            _sorted(_plain(item.help_html)),
        )
        for item in book.current_items
    ]
    order = {path: number for number, path in enumerate(book.navigation)}
    pages = [
        Text("page", page.url, page.title, page.description, _sorted(page.title), _sorted(" ".join(_headings(page.body)) + " " + page.description), _sorted(_plain(page.body)))
        for page in sorted(book.pages.values(), key=lambda page: (not page.path.startswith("procedures/"), order.get(page.path, len(order))))
    ]  # fmt: skip
    return Index((*items, *pages))


def _sorted(text: str) -> tuple[str, ...]:
    return tuple(sorted(set(words(text))))


def _headings(body: str) -> list[str]:
    return re.findall(r"(?m)^(?:#+|/// item \|) *(.+?)(?: *\{[^}]*\})?$", body)


def _plain(text: str) -> str:
    """Without addresses, tags, clause marks and the options of items."""
    text = re.sub(r"(?m)^ {4}[a-z_]+:.*$", " ", text)
    return re.sub(r"\]\([^)]*\)|<[^>]*>|\{[^}]*\}", " ", text)


@dataclass(frozen=True)
class SavedList:
    """One item over a person's students, under a name of their own: which statuses, and whose students."""

    id: str
    name: str
    item: str
    status: str
    whose: str

    @property
    def says(self) -> tuple[str, str, str, str]:
        return self.name, self.item, self.status, self.whose


class ListRefused(ValueError):
    """A list that cannot be saved; the message says why."""


def check_can_save(name: str, saved: Sequence[SavedList]) -> str:
    """The name, made safe. Raises ListRefused."""
    try:
        name = clean(name, LONGEST_NAME)
    except ValueError as error:
        raise ListRefused(str(error)) from None
    if not name:
        raise ListRefused("Give the list a name, for example: IEPs to share.")
    if any(one.name.casefold() == name.casefold() for one in saved):
        raise ListRefused(f"You have a list called “{name}” already. Choose another name, or remove that one first.")
    if len(saved) >= MOST_SAVED:
        raise ListRefused(f"You have {MOST_SAVED} saved lists, which is the most that can be kept. Remove one first.")
    return name


def can_save(name: str, saved: Sequence[SavedList]) -> bool:
    try:
        check_can_save(name, saved)
    except ListRefused:
        return False
    return True
