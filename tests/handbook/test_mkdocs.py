"""MkDocs builds the pages with the same reader: what the check refuses, the site refuses in the same words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from forms_app import site
from forms_app.handbook import HandbookError, read_handbook
from forms_app.handbook.check import check
from forms_app.settings import ROOT
from tests.factories import TODAY, change, write_handbook

MISTAKES = {
    "strength: must": (
        "strength: should",
        "docs/duties.md, line 15, strength: found “should”; allowed: consider, expected, may, must, responsible",
    ),
    "event: report": (
        "event: letter",
        "docs/duties.md, line 41, report.consider, opens: found the event “letter”; allowed: meeting, report",
    ),
}


def test_the_site_shows_what_the_reader_read(root: Path) -> None:
    site.build(root, root / "out", app_url="/")
    page = (root / "out/duties.html").read_text(encoding="utf-8")
    assert all(f'id="{item}"' in page and f'href="/items/{item}"' in page for item in read_handbook(root).items)
    assert 'href="reference/source.html#r-one"' in page
    assert "///" not in page


def test_check_reader_and_site_refuse_a_mistake_in_the_same_words(root: Path) -> None:
    sentences = []
    for old, (new, sentence) in MISTAKES.items():
        page = root / "docs/duties.md"
        page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        sentences.append(sentence)
    with pytest.raises(HandbookError) as read:
        read_handbook(root)
    with pytest.raises(HandbookError) as built:
        site.build(root, root / "out")
    assert (
        check(root, TODAY)["errors"]
        == [str(problem) for problem in read.value.problems]
        == [str(problem) for problem in built.value.problems]
        == sentences
    )
    said = mkdocs(root)
    assert said.returncode != 0
    assert all(sentence in said.stderr for sentence in sentences)
    assert not (root / "out").exists()


def test_a_broken_link_stops_the_site_and_is_named(root: Path) -> None:
    write_handbook(root, change("docs/index.md", "duties.md#plan.write", "duties.md#plan.burn"))
    with pytest.raises(site.BuildFailed, match=r"index\.md.*duties\.md#plan\.burn"):
        site.build(root, root / "out")


def mkdocs(root: Path) -> subprocess.CompletedProcess[str]:
    """MkDocs as somebody would call it who does not know the app."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(root / "out")],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tiny handbook with the extension beside it, as in a checkout."""
    (tmp_path / "forms_app").symlink_to(ROOT / "forms_app")
    return write_handbook(tmp_path)
