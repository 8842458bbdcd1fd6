"""The built handbook: built when a source changed and only then, compressed, and served with a policy that fits its pages."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from forms_app import site
from forms_app.app import create_app
from forms_app.handbook import Handbook
from forms_app.records import open_the_store
from forms_app.settings import ROOT, Settings
from forms_app.site import BuildFailed
from forms_app.store import new_key
from tests.visitor import Page, Visitor


@pytest.fixture(scope="module")
def serving(built: Settings, book: Handbook) -> Flask:
    key = new_key()
    return create_app(built, open_the_store("memory://", key), key, book=book)


@pytest.fixture
def reader(serving: Flask) -> Visitor:
    return Visitor(serving)


def pages(built: Settings) -> list[str]:
    handbook = built.site / "handbook"
    return sorted(path.relative_to(handbook).as_posix() for path in handbook.rglob("*.html"))


# Building


def test_what_was_built_is_not_built_again(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "build", lambda *_, **__: pytest.fail("nothing changed"))
    said: list[str] = []
    site.prepare(built, said.append)
    assert said == []


@pytest.mark.parametrize("changed", ["docs/responsibilities/iep.md", "data/guidance.yml", "mkdocs.yml", "docs/assets/handbook.css"])
def test_a_changed_source_is_built_anew_and_swapped_in_whole(changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    for name in ("docs/responsibilities/iep.md", "data/guidance.yml", "mkdocs.yml", "docs/assets/handbook.css"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)

    def build(root: Path, out: Path, app_url: str = "") -> None:
        out.mkdir(parents=True)
        (out / "index.html").write_text((root / changed).read_text(encoding="utf-8"))

    monkeypatch.setattr(site, "build", build)
    monkeypatch.setattr(site, "STATIC", root / "docs/assets")
    settings = Settings(root=root, data=tmp_path / "data")
    said: list[str] = []
    site.prepare(settings, said.append)
    site.prepare(settings, said.append)
    assert len(said) == 1
    (root / changed).write_text("changed")
    site.prepare(settings, said.append)
    assert len(said) == 2
    assert (settings.site / "handbook/index.html").read_text() == "changed"
    assert [path.name for path in settings.data.iterdir()] == ["site"], "nothing half-built stays behind"


def test_a_build_that_fails_leaves_the_old_site_and_nothing_half_done(
    built: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    shutil.copytree(built.site, data / "site")
    (data / "site/built-from").write_text("something older")

    def build(root: Path, out: Path, app_url: str = "") -> None:
        out.mkdir(parents=True)
        raise BuildFailed("MkDocs refused")

    monkeypatch.setattr(site, "build", build)
    with pytest.raises(BuildFailed):
        site.prepare(replace(built, data=data), lambda text: None)
    assert (data / "site/handbook/index.html").is_file()
    assert [path.name for path in data.iterdir()] == ["site"]


def test_every_page_of_the_sources_is_in_the_site(built: Settings, book: Handbook) -> None:
    assert {path.replace(".md", ".html") for path in book.pages} <= set(pages(built))
    assert "print_page.html" in pages(built), "one printable page of the whole"
    assert "404.html" in pages(built)


def test_every_item_has_its_place_in_its_page_and_leads_into_the_checklist(built: Settings, book: Handbook) -> None:
    for item in book.current_items:
        page = (built.site / "handbook" / item.page.replace(".md", ".html")).read_text(encoding="utf-8")
        assert f'id="{item.id}"' in page
        assert f"/items/{item.id}" in page


def test_every_link_within_the_handbook_leads_to_a_page_and_a_place_that_exist(built: Settings) -> None:
    """MkDocs checks what Markdown links to; this checks what our own extension and theme write as well."""
    handbook = built.site / "handbook"
    texts = {name: (handbook / name).read_text(encoding="utf-8") for name in pages(built) if name not in ("404.html", "print_page.html")}
    places = {name: set(re.findall(r'\bid="?([^"\s>]+)', text)) for name, text in texts.items()}
    broken = []
    for name, text in texts.items():
        for link in re.findall(r'<a[^>]*\bhref="?([^"\s>]+)', text):
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", target) or target.startswith("/"):
                continue
            path = os.path.normpath(os.path.join(os.path.dirname(name), target)) if target else name
            if not (handbook / path).is_file() or (anchor and path in places and anchor not in places[path]):
                broken.append((name, link))
    assert broken == []


def test_no_page_loads_anything_from_elsewhere(built: Settings) -> None:
    found = []
    for name in pages(built):
        text = (built.site / "handbook" / name).read_text(encoding="utf-8")
        found += [
            (name, address)
            for address in re.findall(
                r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\bsrc=\"?(https?:[^\"\s>]+|//[^\"\s>]+)", text
            )
        ]
        found += [
            (name, address)
            for tag, address in re.findall(r"<link\b([^>]*)\bhref=\"?((?:https?:)?//[^\"\s>]+)", text)
            if "canonical" not in tag
        ]
    for path in (built.site / "handbook").rglob("*.css"):
        found += [(path.name, address) for address in re.findall(r"url\([\"']?((?:https?:)?//[^)\"']+)", path.read_text(encoding="utf-8"))]
    assert found == []


# Serving


def test_the_handbook_is_served_to_everybody_at_its_address(reader: Visitor) -> None:
    page = reader.get("/handbook/")
    assert page.status == 200
    assert "Case manager handbook" in page.title
    assert reader.get("/handbook/responsibilities/iep.html").status == 200
    assert reader.get("/handbook").status in (200, 301, 302, 307, 308)


@pytest.mark.parametrize(
    "path",
    [
        "/handbook/nowhere.html",
        "/handbook/../data/demo.yml",
        "/handbook/%2e%2e/built-from",
        "/handbook/responsibilities",
        "/static/nowhere.css",
    ],
)
def test_a_page_that_there_is_not_is_not_found_and_nothing_else_is_served(path: str, reader: Visitor) -> None:
    assert reader.get(path).status in (301, 302, 308, 404)


def policy(page: Page) -> str:
    return page.headers["Content-Security-Policy"]


def test_every_handbook_page_allows_exactly_its_own_inline_scripts(built: Settings, reader: Visitor) -> None:
    for name in pages(built):
        page = reader.get(f"/handbook/{name}".removesuffix("index.html"))
        allowed = policy(page)
        scripts = [
            body
            for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", page.html, re.DOTALL)
            if "src=" not in attributes and "application/json" not in attributes
        ]
        for script in scripts:
            assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in allowed, name
        assert "script-src 'self'" in allowed
        assert "'unsafe-inline'" not in allowed.partition("style-src")[0]
        assert "default-src 'none'" in allowed
        assert "frame-ancestors 'none'" in allowed
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Cross-Origin-Opener-Policy"] == page.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in page.headers


def test_an_inline_script_of_a_page_is_allowed_by_its_hash_and_no_other(tmp_path: Path, book: Handbook) -> None:
    page = tmp_path / "site/handbook/index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html><title>x</title><script>let ours = 1</script><script src='theirs.js'></script>")
    key = new_key()
    with open_the_store("memory://", key) as store:
        allowed = policy(Visitor(create_app(Settings(data=tmp_path), store, key, book=book)).get("/handbook/"))
    assert [base64.b64encode(hashlib.sha256(script).digest()).decode() in allowed for script in (b"let ours = 1", b"alert(1)")] == [
        True,
        False,
    ]


def test_pages_and_styles_are_compressed_beforehand_and_the_same_when_unpacked(built: Settings, reader: Visitor) -> None:
    for path, file in (
        ("/handbook/responsibilities/iep.html", "handbook/responsibilities/iep.html"),
        ("/static/app.css", "static/app.css"),
    ):
        page = reader.get(path, Accept_Encoding="gzip")
        assert page.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(page.body) == (built.site / file).read_bytes()
        assert int(page.headers["Content-Length"]) == len(page.body) < (built.site / file).stat().st_size / 2


def test_the_app_stands_before_a_handbook_that_was_never_built(book: Handbook, tmp_path: Path) -> None:
    key = new_key()
    with open_the_store("memory://", key) as store:
        browser = Visitor(create_app(Settings(data=tmp_path), store, key, book=book))
        assert browser.get("/static/app.css").status == 200
        assert browser.get("/sign-in").status == 200
        assert browser.get("/handbook/").status == 404


def test_mkdocs_own_words_are_passed_on_when_it_refuses(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("docs", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("store", "keys", "site*"))
    shutil.copytree(ROOT / "forms_app" / "handbook", root / "forms_app" / "handbook")
    (root / "mkdocs.yml").write_text(
        (ROOT / "mkdocs.yml").read_text(encoding="utf-8").replace("name: material", "name: nowhere"), encoding="utf-8"
    )
    with pytest.raises(BuildFailed, match="nowhere"):
        site.build(root, tmp_path / "out")
