"""The anchor: the audit log's head, kept in a file outside the store. It shows when a whole store was set back.

It follows the store from a thread of its own, never ahead of it and never backwards. Where it is missing it is made only
for a new store, or when that was asked for: else whoever sets a store back would only have to remove the anchor.
"""

import contextlib
import tempfile
import threading
from pathlib import Path

from forms_app.store.audit import AuditLog
from forms_app.store.engine import AuditRow, Engine
from forms_app.store.errors import StoreError, StoreUnavailable
from forms_app.store.files import write_whole

SECONDS = 1.0
ANCHOR = "anchor"  # where a fault is that lies in the anchor itself and not in the store


def check_place(path: Path) -> None:
    """Whether an anchor can be kept there; found out before the store is opened."""
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise StoreUnavailable(f"The anchor {path} cannot be kept: its folder cannot be written ({error.strerror}).") from error


class Anchor:
    def __init__(self, path: Path, engine: Engine, audit: AuditLog) -> None:
        self._path = path
        self._engine = engine
        self._audit = audit
        self._may_make = not engine.entries(None, None, None, None, 1)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="anchor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._write_quietly()

    def make_anew(self) -> None:
        """From here on a missing anchor begins with the log as it is."""
        self._may_make = True

    def _follow(self) -> None:
        while not self._closing.wait(SECONDS):
            self._write_quietly()

    def _write_quietly(self) -> None:
        with contextlib.suppress(OSError, StoreError):  # verify() tells; a mark must not fail for it
            self.write()

    def write(self) -> None:
        newest = self._engine.entries(None, None, None, None, 1)
        if not newest or self.fault():
            return  # a store that was set back must not overwrite the proof of it
        if self._seq() < newest[0].seq:
            write_whole(self._path, f"{newest[0].seq} {self._audit.seal_head(newest[0]).hex()}\n".encode(), mode=0o600)
            self._may_make = False

    def _seq(self) -> int:
        known = self._read()
        return known[0] if known else 0

    def _read(self) -> tuple[int, bytes] | None:
        try:
            text = self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(f"The anchor file {self._path} cannot be read: {error.strerror}.") from error
        try:
            return self._audit.open_head(bytes.fromhex(text.split()[1]))
        except (ValueError, IndexError):
            raise StoreError(f"The anchor file {self._path} is not an anchor.") from None

    def fault(self) -> tuple[str, str] | None:
        """Where and what: what the anchor knows that the store does not, or why it tells nothing."""
        try:
            known = self._read()
        except StoreError as error:
            return ANCHOR, str(error)
        if known is None:
            return (
                None if self._may_make else (ANCHOR, f"The anchor {self._path} is missing: nothing tells whether the store was set back.")
            )
        there = self._entry(known[0])
        if there is None:
            return "audit log", f"the anchor {self._path.name} knows entry {known[0]}, which the store has no more: it was set back"
        if there.mac != known[1]:
            return "audit log", f"entry {known[0]} is not the one that the anchor {self._path.name} knows"
        return None

    @property
    def missing(self) -> bool:
        return not self._may_make and not self._path.exists()

    def _entry(self, seq: int) -> AuditRow | None:
        found = self._engine.entries(None, None, None, seq + 1, 1)
        return found[0] if found and found[0].seq == seq else None
