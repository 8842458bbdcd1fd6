"""The built handbook: builds it when its sources changed, and serves it, with the app's own static files, as plain compressed files."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from forms_app.handbook import read_handbook
from forms_app.settings import Settings

STATIC = Path(__file__).parent / "static"
STAY = "max-age=31536000"  # a year over HTTPS only; names below this one may be other programs' of the district
_INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


class BuildFailed(Exception):
    """MkDocs refused; the message is what it said."""


def build(root: Path, out: Path, app_url: str = "") -> None:
    """Build the handbook into `out`, strictly. `app_url` makes each item link into the checklist. Raises HandbookError, BuildFailed."""
    read_handbook(root)  # the same errors, with file and line, before MkDocs starts
    environment = {**os.environ, "HANDBOOK_APP_URL": app_url, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(root)}
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--clean",
        "--config-file",
        str(root / "mkdocs.yml"),
        "--site-dir",
        str(out),
    ]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(_said(done.stderr + done.stdout))


def _said(output: str) -> str:
    """What MkDocs said, as far as it is for people: its warnings and errors, and the last line of what it broke on."""
    lines = [line for line in output.strip().splitlines() if line.strip()]
    told = [line for line in lines if re.match(r"(WARNING|ERROR|Aborted)", line)]
    return "\n".join(told or lines[-1:])


def prepare(settings: Settings, say: Callable[[str], None]) -> None:
    """Have the handbook and the static files ready below `settings.site`; builds only when something changed."""
    stamp, wanted = settings.site / "built-from", _fingerprint(settings.root)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Building the handbook (once after each change) …")
    fresh = settings.site.with_name(f"{settings.site.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        build(settings.root, fresh / "handbook", app_url="/")
        shutil.copytree(STATIC, fresh / "static")
        _compress(fresh)
        (fresh / "built-from").write_text(wanted)
        shutil.rmtree(settings.site, ignore_errors=True)
        fresh.replace(settings.site)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fingerprint(root: Path) -> str:
    """Changes when a source of the site does: pages, data, configuration, the extension, static files."""
    paths = [
        root / "mkdocs.yml",
        *_files(root / "docs"),
        *(root / "data").glob("*.yml"),
        *_files(root / "forms_app/handbook"),
        *_files(STATIC),
    ]
    lines = [
        f"{path.relative_to(root)} {path.stat().st_mtime_ns} {path.stat().st_size}"
        for path in sorted(paths)
        if "__pycache__" not in path.parts
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _compress(folder: Path) -> None:
    compressor = Compressor(quiet=True)
    for path in list(_files(folder)):
        if compressor.should_compress(path.name):
            compressor.compress(str(path))


def serve(application: Any, settings: Settings) -> Any:
    """Serve what `prepare` made in front of `application`; without it, the static files as they are."""
    static = settings.site / "static"
    files = WhiteNoise(application, max_age=600, add_headers_function=_protection(settings.https), index_file=True, allow_all_origins=False)
    files.add_files(str(static if static.is_dir() else STATIC), prefix="static/")
    if (settings.site / "handbook").is_dir():
        files.add_files(str(settings.site / "handbook"), prefix="handbook/")
    return files


def _protection(https: bool) -> Callable[[Any, str, str], None]:
    """What every file carries; with HTTPS in front also that the browser stays with it."""

    def protect(headers: Any, path: str, url: str) -> None:
        _protect(headers, path)
        if https:
            headers["Strict-Transport-Security"] = STAY

    return protect


def _protect(headers: Any, path: str) -> None:
    """The handbook's pages carry the theme's few inline scripts; each is allowed by its hash, and nothing from elsewhere is."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if path.endswith(".html"):
        hashes = sorted({base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _INLINE.findall(Path(path).read_bytes())})
        scripts = " ".join(["'self'", *(f"'sha256-{value}'" for value in hashes)])
        headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src {scripts}; worker-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
