"""YAML as far as the handbook needs it: mappings, lists and text.

Every scalar stays text (so `no`, `on` and `010` mean themselves), each mapping remembers the line of its keys, and what could
surprise or harm (aliases, tags, a key given twice) is refused with its place.
"""

from __future__ import annotations

from typing import Any

import yaml

from .problems import HandbookError, Problem

LIMIT = 1_000_000  # characters; the largest of our own files has 40,000
DEEPEST = 20  # nested lists and mappings; our own files nest four
_BEGIN = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_END = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class Lines(dict[str, Any]):
    """A mapping that knows on which line each key stands (`line_of`, counted from 1)."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.line_of: dict[str, int] = {}


def load(text: str, file: str, first_line: int = 1) -> Any:
    """Read `text`, which begins on `first_line` of `file`. Raises HandbookError that names file and line."""
    node = compose(text, file, first_line)
    return None if node is None else _value(node, file, first_line)


def compose(text: str, file: str, first_line: int = 1, tags: bool = False) -> yaml.Node | None:
    """The nodes of `text` with their places; `tags` allows tags and aliases, which mkdocs.yml needs. Raises HandbookError."""
    if len(text) > LIMIT:
        raise HandbookError([Problem(file, 0, "", f"{len(text):,} characters", f"allowed: at most {LIMIT:,}")])
    depth = 0
    try:
        for token in yaml.scan(text, Loader=yaml.BaseLoader):
            depth += isinstance(token, _BEGIN) - isinstance(token, _END)
            problem = _refused(token, depth, tags)
            if problem:
                raise HandbookError([Problem(file, first_line + token.start_mark.line, "", *problem)])
        return yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise HandbookError(
            [
                Problem(
                    file, line, "", f"text that is not YAML ({error.problem})", "check the indentation, the colons and the quotation marks"
                )
            ]
        ) from error
    except yaml.YAMLError as error:
        line = first_line + text.count("\n", 0, getattr(error, "position", 0))
        raise HandbookError([Problem(file, line, "", "a character that YAML does not allow", "remove control characters")]) from error


def _refused(token: yaml.Token, depth: int, tags: bool) -> tuple[str, str] | None:
    """What is wrong with a token, and what to do; None for most."""
    if depth > DEEPEST:  # the parser recurses, and would end in a stack trace
        return f"more than {DEEPEST} lists or mappings inside each other", "check the brackets and the indentation"
    kinds = {yaml.AliasToken: "an alias (*name)", yaml.AnchorToken: "an anchor (&name)", yaml.TagToken: "a tag (!name)"}
    found = None if tags else kinds.get(type(token))
    return (found, "write the value out; if it is text, put it in quotation marks") if found else None


def _value(node: yaml.Node, file: str, first_line: int) -> Any:
    line = first_line + node.start_mark.line
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, file, first_line) for child in node.value]
    mapping = Lines(line)
    for key_node, value_node in node.value:
        key_line = first_line + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            raise HandbookError([Problem(file, key_line, "", "a list or mapping used as a name", "allowed: a word")])
        key = str(key_node.value)
        if key in mapping:
            raise HandbookError([Problem(file, key_line, key, f"“{key}” a second time", "allowed: each name once")])
        mapping[key] = _value(value_node, file, first_line)
        mapping.line_of[key] = key_line
    return mapping
