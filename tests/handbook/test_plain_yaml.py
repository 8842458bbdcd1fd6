"""YAML is read as mappings, lists and text, each key with its line; whatever could surprise or harm is refused with its place."""

from __future__ import annotations

import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from forms_app.handbook import HandbookError, plain_yaml

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)
VALUES = st.recursive(WORDS, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(WORDS, inside, max_size=4), max_leaves=12)


@given(st.dictionaries(WORDS, VALUES, min_size=1, max_size=6))
@settings(max_examples=40)
def test_what_is_written_is_read(value: dict[str, Any]) -> None:
    assert plain_yaml.load(yaml.safe_dump(value, allow_unicode=True, default_style='"'), "x.yml") == value


@pytest.mark.parametrize("word", ["no", "on", "010", "1.50", "2026-11-24", "null", "~", "1_000", "0x1F", "<<", "="])
def test_every_scalar_means_itself(word: str) -> None:
    assert plain_yaml.load(f"key: {word}", "x.yml") == {"key": word}


def test_a_mapping_knows_the_line_of_each_key_from_where_the_text_begins() -> None:
    found = plain_yaml.load("a: 1\n\nb:\n  c: 2\n  d: [x,\n    {e: 3}]\n", "x.yml", first_line=10)
    assert found.line_of == {"a": 10, "b": 12}
    assert found["b"].line_of == {"c": 13, "d": 14}
    assert (found["b"].line, found["b"]["d"][1].line_of) == (13, {"e": 15})


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_nothing_is_none(text: str) -> None:
    assert plain_yaml.load(text, "x.yml") is None


TEXT = "write the value out; if it is text, put it in quotation marks"
YAML = "check the indentation, the colons and the quotation marks"
REFUSED = {
    "an alias": ("a: 1\nb: *a\n", f"x.yml, line 2: found an alias (*name); {TEXT}"),
    "an anchor": ("a: 1\nb: &a 2\n", f"x.yml, line 2: found an anchor (&name); {TEXT}"),
    "a tag": ("a: 1\nb: !!python/object:os.system x\n", f"x.yml, line 2: found a tag (!name); {TEXT}"),
    "a local tag": ("a: 1\nb: !ENV x\n", f"x.yml, line 2: found a tag (!name); {TEXT}"),
    "a tab": ("a:\n\tb: 1\n", f"x.yml, line 2: found text that is not YAML (found character '\\t' that cannot start any token); {YAML}"),
    "a name twice": ("a: 1\nb: 2\na: 3\n", "x.yml, line 3, a: found “a” a second time; allowed: each name once"),
    "a name twice, deeper": ("a:\n  b: 1\n  b: 2\n", "x.yml, line 3, b: found “b” a second time; allowed: each name once"),
    "a list as a name": ("? [a, b]\n: c\n", "x.yml, line 1: found a list or mapping used as a name; allowed: a word"),
    "a control character": ("a: 1\nb: \x07\n", "x.yml, line 2: found a character that YAML does not allow; remove control characters"),
    "two documents": ("a: 1\n---\nb: 2\n", f"x.yml, line 2: found text that is not YAML (but found another document); {YAML}"),
    "an open bracket": ("a: [1\n", f"x.yml, line 2: found text that is not YAML (expected ',' or ']', but got '<stream end>'); {YAML}"),
    "a colon in a text": ("a: b: c\n", f"x.yml, line 1: found text that is not YAML (mapping values are not allowed here); {YAML}"),
    "nesting": ("a: " + "[" * 3000, "x.yml, line 1: found more than 20 lists or mappings inside each other; check the brackets and the indentation"),
    "nesting by indentation": (
        "\n".join("  " * depth + "a:" for depth in range(900)), "x.yml, line 21: found more than 20 lists or mappings inside each other; check the brackets and the indentation"
    ),
    "a very long text": ("a: " + "b" * 1_000_000, "x.yml: found 1,000,003 characters; allowed: at most 1,000,000"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_with_its_place(what: str) -> None:
    text, sentence = REFUSED[what]
    with pytest.raises(HandbookError) as refused:
        plain_yaml.load(text, "x.yml")
    assert [str(problem) for problem in refused.value.problems] == [sentence]


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    rows = ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40))]
    begun = time.process_time()
    with pytest.raises(HandbookError, match="an anchor"):
        plain_yaml.load("\n".join(rows), "x.yml")
    assert time.process_time() - begun < 1


def test_tags_are_allowed_where_only_the_words_are_read() -> None:
    node = plain_yaml.compose("a: !ENV [X, y]\nb: &z 1\nc: *z\n", "mkdocs.yml", tags=True)
    assert isinstance(node, yaml.MappingNode)


@given(st.text(max_size=60))
def test_whatever_is_given_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        plain_yaml.load(text, "x.yml")
    except HandbookError as error:
        assert "x.yml" in str(error)
