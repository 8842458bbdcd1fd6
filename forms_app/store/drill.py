"""The restore drill: a backup of the running store, restored beside it, verified, timed and thrown away."""

import errno
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from forms_app.store.backup import Manifest
from forms_app.store.errors import StoreUnavailable
from forms_app.store.opening import Keys, open_store, restore
from forms_app.store.records import Kind
from forms_app.store.verify import Progress, Report, no_progress


@dataclass(frozen=True)
class Drill:
    """How it went: what the backup held, what the restored store was found to be, and how long each took."""

    manifest: Manifest
    report: Report
    backup_seconds: float
    restore_seconds: float
    bytes: int

    @property
    def ok(self) -> bool:
        return self.report.ok and dict(self.report.records) == self.manifest.records

    def __str__(self) -> str:
        verdict = "The drill succeeded" if self.ok else "The drill FAILED"
        size = f"{self.bytes / 1e6:.1f} MB"
        return f"{verdict}: backup in {self.backup_seconds:.1f} s ({size}), restored and verified in {self.restore_seconds:.1f} s. {self.report}"


def _scratch(directory: str | Path | None) -> "tempfile.TemporaryDirectory[str]":
    try:
        return tempfile.TemporaryDirectory(prefix="restore-drill-", dir=directory)
    except OSError as error:
        full = error.errno == errno.ENOSPC
        raise StoreUnavailable(f"There is no room for the drill in {directory}: {error.strerror}.", full=full) from error


def run_drill(
    url: str | Path,
    *,
    key: Keys,
    kinds: Iterable[Kind],
    directory: str | Path | None = None,
    progress: Progress = no_progress,
) -> Drill:
    """Nothing of the store is touched; `directory` needs room for a backup and a second store."""
    kinds = list(kinds)
    with _scratch(directory) as scratch:
        backup = Path(scratch) / "drill.backup"
        start = time.monotonic()
        with open_store(url, key=key, kinds=kinds, create=False) as store:
            manifest = store.backup(backup, progress)
        saved = time.monotonic()
        report = restore(backup, Path(scratch) / "restored", key=key, kinds=kinds, progress=progress)
        return Drill(manifest, report, saved - start, time.monotonic() - saved, backup.stat().st_size)
