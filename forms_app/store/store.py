"""The store: documents in, documents out, every change with its audit entry in one durable transaction."""

import secrets
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tinydb import TinyDB

from forms_app.store import rotation
from forms_app.store.anchor import Anchor
from forms_app.store.audit import AuditLog
from forms_app.store.backup import Manifest, write_backup
from forms_app.store.documents import Document, Entries, RowStorage, open_row
from forms_app.store.engine import AuditRow, Conflict, Engine, Head, Row, Sign, Write
from forms_app.store.errors import AlreadyThere, ChangedMeanwhile, DamagedStore, NoSuchRecord, StaleWrite, StoreError
from forms_app.store.packing import EMPTY, Contents, Packed, Packer, check_schema
from forms_app.store.recent import Recent, State
from forms_app.store.records import AuditRecord, Entry, Kind, Summary
from forms_app.store.sealing import Sealer
from forms_app.store.verify import Progress, Report, Verifier, no_progress

Change = Callable[[TinyDB], Any]
EntryOrMaker = Entry | Callable[[Any], Entry]
Clock = Callable[[], datetime]

Summaries = list[Summary]  # named here: inside the class, "list" is its method
AuditRecords = list[AuditRecord]

ATTEMPTS = 40
PROGRAM = "program"  # who did it, in the audit log, when no person did


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """128 random bits; never with a leading dash, which command lines would take for an option."""
    while (id := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return id


class Store:
    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        audit: AuditLog,
        kinds: Iterable[Kind],
        clock: Clock,
        anchor: Anchor | None = None,
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._packer = Packer(sealer)
        self._audit = audit
        self._kinds = {kind.name: kind for kind in kinds}
        self._clock = clock
        self._anchor = anchor
        fault = anchor.fault() if anchor else None
        self.warning = fault[1] if fault else ""  # what the anchor told when the store was opened
        self._turn = threading.RLock()
        self._recent = Recent()

    def get(self, kind: str, id: str) -> Document | None:
        described = self._kind(kind)
        row = self._engine.read(kind, id)
        return None if row is None else self._document(described, row)

    def create(self, kind: str, change: Change, entry: EntryOrMaker, id: str | None = None) -> Document:
        described = self._kind(kind)
        id = _checked_id(new_id() if id is None else id)
        db = open_row(RowStorage((), _nothing))
        result = change(db)
        packed = self._packer.pack(described, id, self._last_version(kind, id) + 1, db, EMPTY)
        assert packed  # noqa: S101 (a new record is never "unchanged")  # nosec B101
        row = packed.row
        try:
            self._engine.write(Write(kind, id, "create", expected=0, row=row), self._signer(row, "create", entry, result))
        except Conflict:
            raise AlreadyThere(kind, id) from None
        return self._document(described, row)

    def change(self, kind: str, id: str, change: Change, entry: EntryOrMaker) -> Any:
        """Apply `change` to the newest version. If the record moves on meanwhile, apply it to what is there then."""
        return self._change(kind, id, lambda db, _: change(db), entry)

    def change_or_create(self, kind: str, id: str, change: Change, entry: EntryOrMaker) -> None:
        """Apply `change` to the record, or to an empty document where there is none yet, whoever makes it first."""
        if self.get(kind, id) is None:
            with suppress(AlreadyThere):  # somebody else made the record meanwhile
                self.create(kind, change, entry, id=id)
                return
        self.change(kind, id, change, entry)

    def upgrade(self, kind: str, id: str, entry: Entry) -> None:
        """Bring one document to its kind's schema."""
        steps = self._kind(kind).upgrades

        def climb(db: TinyDB, schema: int) -> None:
            for step in range(schema, self._kind(kind).schema):
                steps[step](db)

        self._change(kind, id, climb, entry)

    def _change(self, kind: str, id: str, change: Callable[[TinyDB, int], Any], entry: EntryOrMaker) -> Any:
        described = self._kind(kind)
        based_on = current = 0
        for attempt in range(ATTEMPTS):
            with self._engine.turn(), self._queue(attempt):
                state = self._recent.get(kind, id) or self._state(kind, id)
                based_on = based_on or state.version
                check_schema(described, state.contents)
                db = open_row(RowStorage(state.contents.names(), state.load))
                try:
                    result = change(db, state.contents.schema)
                    packed = self._packer.pack(described, id, state.version + 1, db, state.contents)
                except Exception as error:
                    if self._is_newest(state) and not isinstance(error, ChangedMeanwhile):
                        raise
                    current = 0
                    continue
                if packed is None:
                    if self._is_newest(state):
                        return result
                    continue
                write = Write(kind, id, "change", expected=state.version, row=packed.row, dropped=packed.dropped)
                try:
                    self._engine.write(write, self._signer(packed.row, "change", entry, result))
                except Conflict as conflict:
                    self._recent.forget(kind, id)
                    current = conflict.current
                else:
                    self._recent.keep(state.after(packed, self._late_loader(packed)))
                    return result
        raise StaleWrite(kind, id, based_on=based_on, current=current)

    def _state(self, kind: str, id: str) -> State:
        row = self._engine.read(kind, id)
        if row is None:
            raise NoSuchRecord(kind, id)
        contents = self._packer.contents(row)
        return State(kind, id, row.version, contents, self._loader(row, contents))

    def _is_newest(self, state: State) -> bool:
        """Whether what a change was told, or refused for, is still so: of a remembered state only the store knows."""
        if not state.remembered:
            return True
        now = self._engine.read(state.kind, state.id)
        if now and now.version == state.version:
            return True
        self._recent.forget(state.kind, state.id)
        return False

    def delete(self, kind: str, id: str, entry: Entry) -> None:
        self._kind(kind)
        row = self._engine.read(kind, id)
        if row is None:
            raise NoSuchRecord(kind, id)
        self._engine.write(Write(kind, id, "delete"), self._sign(kind, id, "delete", entry, step=1))

    def list(self, kind: str, *, school: str | None = None, owner: str | None = None, state: str | None = None) -> Summaries:
        """What lists show. It never opens a document."""
        self._kind(kind)
        return [self._packer.summary(kind, row) for row in self._engine.summaries(kind, school, owner, state)]

    def note(self, kind: str, id: str, entry: Entry) -> None:
        """An audit entry without a change: someone looked, exported, was refused."""
        self._engine.write(Write(kind, id, "note"), self._sign(kind, id, "note", entry, step=0))

    def history(
        self,
        kind: str | None = None,
        id: str | None = None,
        limit: int | None = None,
        *,
        who: str | None = None,
        before: int | None = None,
    ) -> AuditRecords:
        """The audit log, newest first; `before` is the seq to page on from."""
        return [self._audit.record(row) for row in self._engine.entries(kind, id, who, before, limit)]

    def verify(self, progress: Progress = no_progress) -> Report:
        """Read everything again and tell what is not as it was written."""
        return Verifier(self._engine, self._packer, self._audit, self._kinds, self._anchor).run(progress)

    def backup(self, path: str | Path, progress: Progress = no_progress) -> Manifest:
        """The whole store at one moment into one new encrypted file, while it serves."""
        return write_backup(self._engine, self._sealer, Path(path), self._clock(), progress)

    def rotate(self, progress: Progress = no_progress) -> int:
        """Seal everything anew with the first of the keys that the store was opened with."""
        rotation.begin(self._engine, self._sealer)
        # The note seals the log's head anew: from here on a server that knows only the old key can write no more.
        self.note("store", "store", Entry("rotate key", PROGRAM))
        return rotation.reseal_everything(self._engine, self._sealer, self._packer, self._audit, progress)

    def close(self) -> None:
        if self._anchor:
            self._anchor.close()
        self._engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _kind(self, name: str) -> Kind:
        try:
            return self._kinds[name]
        except KeyError:
            raise StoreError(f"The store was opened without the kind {name!r}.") from None

    def _queue(self, attempt: int) -> AbstractContextManager[Any]:
        """A second attempt always waits for its turn in this process, so that it cannot starve."""
        return self._turn if attempt else nullcontext()

    def _document(self, kind: Kind, row: Row) -> Document:
        contents = self._packer.contents(row)
        check_schema(kind, contents)
        storage = RowStorage(contents.names(), self._loader(row, contents), read_only=True)
        return Document(row.kind, row.id, row.version, open_row(storage))

    def _loader(self, row: Row, contents: Contents) -> Callable[[str], Entries]:
        """Reads a table when it is asked for. What does not fit is damage only if the row is still the one we have."""

        def load(name: str) -> Entries:
            try:
                return self._packer.table(row, contents, name)
            except DamagedStore:
                now = self._engine.read(row.kind, row.id)
                if now is None or now.version != row.version:
                    raise ChangedMeanwhile from None
                raise

        return load

    def _late_loader(self, packed: Packed) -> Callable[[str], Entries]:
        """Reads a table that the change did not ask for."""

        def load(name: str) -> Entries:
            row = self._engine.read(packed.row.kind, packed.row.id)
            if row is None or row.version != packed.row.version:
                raise ChangedMeanwhile
            return self._loader(row, packed.contents)(name)

        return load

    def _last_version(self, kind: str, id: str) -> int:
        """A record made anew under an old id goes on counting: no earlier version of it can be put back unnoticed."""
        return max((entry.version for entry in self._engine.entries(kind, id, None, None, 1)), default=0)

    def _signer(self, row: Row, effect: str, entry: EntryOrMaker, result: Any) -> Sign:
        made = entry if isinstance(entry, Entry) else entry(result)
        return self._sign(row.kind, row.id, effect, made, version=row.version)

    def _sign(self, kind: str, id: str, effect: str, entry: Entry, *, step: int = 0, version: int | None = None) -> Sign:
        def sign(head: Head, current: int) -> tuple[AuditRow, bytes]:
            record = (kind, id, current + step if version is None else version)
            row = self._audit.sign(head, entry, at=self._clock(), record=record, effect=effect)
            return row, self._audit.seal_head(row)

        return sign


def _nothing(name: str) -> Entries:
    raise KeyError(name)  # a new document has no table to load


def _checked_id(id: str) -> str:
    if not id or "\0" in id or id.startswith("-") or len(id) > 200:
        raise StoreError(f"{id!r} cannot be the id of a record.")
    return id
