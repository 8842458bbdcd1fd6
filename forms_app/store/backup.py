"""A backup: the whole store at one moment, in one encrypted file that says what it holds and how much of it.

    magic · key id · backup id · chunks, each sealed with its number and whether it is the last

The first item is the beginning of the manifest, the last one its end: counts, the audit log's head, a checksum over
everything before. A file that was cut, altered, mixed or put together is refused before anything is restored from it.
"""

import hashlib
import json
import os
import secrets
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from forms_app.store.documents import dump
from forms_app.store.engine import SETTINGS, AuditRow, Engine, Head, Row
from forms_app.store.errors import DamagedStore, StoreError, StoreUnavailable, WrongKey
from forms_app.store.files import whole_file
from forms_app.store.records import Columns
from forms_app.store.sealing import ID_BYTES, Sealer
from forms_app.store.verify import Progress, no_progress

MAGIC = b"case-manager-backup-1\n"
BACKUP_ID_BYTES = 16
CHUNK_BYTES = 1 << 20
LARGEST_CHUNK = 1 << 30
FORMAT = 1

Item = Row | AuditRow | Head


@dataclass(frozen=True)
class Manifest:
    """What a backup holds, as its own last lines say."""

    made: str
    records: dict[str, int]
    entries: int
    last_entry: int
    checksum: str

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {kind}" for kind, count in sorted(self.records.items())) or "no records"
        return f"{counted}; {self.entries} audit entries, the last is {self.last_entry}; made {self.made}"


def write_backup(engine: Engine, sealer: Sealer, path: Path, now: datetime, progress: Progress = no_progress) -> Manifest:
    """Everything at one moment, while the store serves. The file appears when it is whole and on the disk."""
    try:
        if path.is_symlink() or path.exists():
            raise StoreError(f"{path} is there already; a backup is never written over.")
        with whole_file(path, mode=0o600) as out:
            return _write(engine, sealer, out, now, progress)
    except OSError as error:
        raise StoreUnavailable(f"The backup {path} cannot be written: {error.strerror}.") from error


def _write(engine: Engine, sealer: Sealer, out: BinaryIO, now: datetime, progress: Progress) -> Manifest:
    writer = _ChunkWriter(out, sealer)
    records: Counter[str] = Counter()
    entries, head = 0, Head(0, b"", b"")
    settings = {name: (engine.get_setting(name) or b"").hex() for name in SETTINGS}
    made = now.isoformat(timespec="seconds")
    writer.add(["begin", FORMAT, made, settings])
    for item in engine.scan():
        match item:
            case Row():
                records[item.kind] += 1
            case AuditRow():
                entries += 1
            case Head():
                head = item
        writer.add(*_encode(item))
        if (entries + records.total()) % 500 == 0:
            progress("backed up", entries + records.total())
    checksum = writer.checksum.hexdigest()
    writer.add(["end", made, dict(records), entries, head.seq, checksum])
    writer.finish()
    return Manifest(made, dict(records), entries, head.seq, checksum)


@dataclass(frozen=True)
class Backup:
    """A backup file that was read through once: all its seals, its checksum and its counts were right."""

    path: Path
    settings: dict[str, bytes]
    manifest: Manifest
    sealer: Sealer

    def items(self) -> Iterator[Item]:
        for header, blobs in _read_items(self.path, self.sealer):
            if header[0] not in ("begin", "end"):
                yield _decode(header, blobs)


def open_backup(path: Path, sealer: Sealer, progress: Progress = no_progress) -> Backup:
    """Read the whole file once, so that nothing is restored from a damaged one."""
    checksum, records, entries = hashlib.sha256(), Counter[str](), 0
    settings: dict[str, bytes] = {}
    end: list[Any] = []
    for header, blobs in _read_items(path, sealer):
        match header:
            case ["begin", int(format), _, dict(found)]:
                if format > FORMAT:
                    raise StoreError(f"The backup {path} was made by a newer program (format {format}).")
                settings = {name: bytes.fromhex(value) for name, value in found.items()}
            case ["end", *_]:
                end = header[1:]
                break
            case ["row", kind, *_]:
                records[kind] += 1
            case ["entry", *_]:
                entries += 1
        _update(checksum, header, blobs)
        if (entries + records.total()) % 500 == 0:
            progress("checked", entries + records.total())
    manifest = Manifest(*end) if end else None
    if manifest is None or (manifest.records, manifest.entries) != (dict(records), entries):
        raise DamagedStore(f"The backup {path} does not hold what its manifest says.")
    if manifest.checksum != checksum.hexdigest():
        raise DamagedStore(f"The backup {path} does not match its checksum.")
    return Backup(path, settings, manifest, sealer)


class _ChunkWriter:
    def __init__(self, out: BinaryIO, sealer: Sealer) -> None:
        self._out = out
        self._sealer = sealer
        self._id = secrets.token_bytes(BACKUP_ID_BYTES)
        self._buffer = bytearray()
        self._chunks = 0
        self.checksum = hashlib.sha256()
        out.write(MAGIC + sealer.current + self._id)

    def add(self, header: list[Any], blobs: Iterable[bytes] = ()) -> None:
        blobs = list(blobs)
        _update(self.checksum, header, blobs)
        for piece in (dump([header, [len(blob) for blob in blobs]]), *blobs):
            self._buffer += len(piece).to_bytes(4) + piece
        if len(self._buffer) >= CHUNK_BYTES:
            self._flush("more")

    def finish(self) -> None:
        self._flush("last")

    def _flush(self, which: str) -> None:
        sealed = self._sealer.seal(bytes(self._buffer), "backup", self._id.hex(), self._chunks, which)
        self._out.write(len(sealed).to_bytes(4) + sealed)
        self._buffer.clear()
        self._chunks += 1


def _read_items(path: Path, sealer: Sealer) -> Iterator[tuple[list[Any], list[bytes]]]:
    for plain in _read_chunks(path, sealer):
        pieces = _pieces(plain)
        for piece in pieces:
            header, lengths = json.loads(piece)
            yield header, [next(pieces) for _ in lengths]


def _pieces(plain: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(plain):
        length = int.from_bytes(plain[at : at + 4])
        yield plain[at + 4 : at + 4 + length]
        at += 4 + length


def _open(path: Path) -> BinaryIO:
    try:
        # Not blocking: a pipe in the file's place must not hold up the restore, and could not be read twice.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise StoreError(f"The backup {path} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise StoreError(f"The backup {path} cannot be read: it is not a regular file.")
    return os.fdopen(file, "rb")


def _read_chunks(path: Path, sealer: Sealer) -> Iterator[bytes]:
    with _open(path) as source:
        size = os.fstat(source.fileno()).st_size
        if source.read(len(MAGIC)) != MAGIC:
            raise StoreError(f"{path} is not a backup of this program.")
        key, id = source.read(ID_BYTES), source.read(BACKUP_ID_BYTES).hex()
        if not sealer.has(key):
            raise WrongKey(f"The backup {path} was sealed with key {key.hex()}; the key given is {sealer.current.hex()}.")
        number = 0
        while True:
            length = int.from_bytes(source.read(4))
            if not length or length > min(size, LARGEST_CHUNK):
                raise DamagedStore(f"The backup {path} ends early or is damaged at byte {source.tell()}.")
            place = f"byte {source.tell()}"
            which = "last" if source.tell() + length == size else "more"
            try:
                yield sealer.unseal(source.read(length), "backup", id, number, which)
            except StoreError:
                raise DamagedStore(f"The backup {path} is damaged at {place}, or was cut.") from None
            if which == "last":
                return
            number += 1


def _update(checksum: "hashlib._Hash", header: list[Any], blobs: Iterable[bytes]) -> None:
    checksum.update(dump(header))
    for blob in blobs:
        checksum.update(blob)


def _encode(item: Item) -> tuple[list[Any], list[bytes]]:
    match item:
        case Row(columns=columns):
            plain = ["row", item.kind, item.id, item.version, columns.school, columns.owner, columns.state]
            return [*plain, list(item.parts)], [item.summary, item.contents, *item.parts.values()]
        case AuditRow():
            *facts, reason, mac = item
            return ["entry", *facts], [reason, mac]
        case Head():
            return ["head", item.seq], [item.mac, item.sealed]


def _decode(header: list[Any], blobs: list[bytes]) -> Item:
    match header:
        case ["row", kind, id, version, school, owner, state, list(numbers)]:
            parts = dict(zip(numbers, blobs[2:], strict=True))
            return Row(kind, id, version, Columns(school, owner, state), blobs[0], blobs[1], parts)
        case ["entry", *facts]:
            return AuditRow(*facts, *blobs)
        case ["head", seq]:
            return Head(seq, *blobs)
    raise DamagedStore(f"A backup holds no {header[0]!r}.")
