"""Opening a store by its address: which engine, which key, and whether the two belong together."""

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from forms_app.store import copying, upgrades
from forms_app.store.addresses import without_password
from forms_app.store.anchor import Anchor, check_place
from forms_app.store.audit import AuditLog, load_mac_keys
from forms_app.store.backup import open_backup
from forms_app.store.engine import MAC_KEYS, SETTINGS, Engine
from forms_app.store.errors import BadAddress, StoreError, WrongKey
from forms_app.store.keys import VARIABLE, add_key, load_keys, new_key, retire_old_key
from forms_app.store.memory import MemoryEngine
from forms_app.store.records import Entry, Kind
from forms_app.store.sealing import Sealer
from forms_app.store.sqlite import SqliteEngine
from forms_app.store.store import PROGRAM, Clock, Store, utc_now
from forms_app.store.verify import Progress, Report, no_progress

Keys = bytes | Sequence[bytes] | None
"""The store's key; or the current one and older ones, while the key is rotated."""


def open_store(
    url: str | Path,
    *,
    key: Keys = None,
    kinds: Iterable[Kind],
    clock: Clock = utc_now,
    create: bool = True,
    anchor: str | Path | None = None,
    anchor_anew: bool = False,
    upgrade_backup: str | Path | None = None,
    progress: Progress = no_progress,
) -> Store:
    """Open `sqlite:///path/to/directory` (or a bare path), `memory://` or `postgresql://…`, making it on first use.

    `anchor` is a file, best on another disk, that follows the audit log's head. It is made with a new store; one that is missing
    later is made only with `anchor_anew`, which the log tells. `store.warning` says what is wrong with it. Documents of an older schema are
    upgraded first; the backup before that goes to `upgrade_backup`, or into SQLite's own directory.
    """
    address, kinds = str(url), list(kinds)
    sealer = _sealer(address, key)
    if anchor and create:
        check_place(Path(anchor))
    engine = open_engine(address, create=create)
    try:
        copying.check_finished(engine)
        if not create and engine.get_setting(MAC_KEYS) is None and not engine.entries(None, None, None, None, 1):
            raise BadAddress(f"There is no store in {without_password(address)}: it was begun and never used.")
        audit = AuditLog(sealer, lambda: load_mac_keys(engine, sealer))
        stored = upgrades.stored_schemas(engine, sealer)
        upgrades.check_not_newer(stored, kinds)
        follower = Anchor(Path(anchor), engine, audit) if anchor else None
        store = Store(engine, sealer, audit, kinds, clock, follower)
        if old := upgrades.outdated(stored, kinds):
            upgrades.check_possible(stored, old)
            upgrades.run(store, old, _upgrade_backup(engine, upgrade_backup, old), progress)
        upgrades.remember(engine, sealer, stored, kinds)
        if follower and follower.missing and anchor_anew:
            store.note("store", "store", Entry("make the anchor anew", PROGRAM))
            follower.make_anew()
    except BaseException:
        engine.close()
        raise
    return store


def restore(backup: str | Path, url: str | Path, *, key: Keys, kinds: Iterable[Kind], progress: Progress = no_progress) -> Report:
    """Fill an empty place from a backup, and verify it before it can be opened."""
    sealer = _sealer(str(backup), key)
    source = open_backup(Path(backup), sealer, progress)
    with closing(open_engine(str(url))) as target:
        copying.begin(target, source.settings, "restore")
        copying.fill(source.items, target, progress)
        copying.compare(source.items, target, progress)
        return _finish(target, sealer, kinds, "restore", progress)


def copy_store(source: str | Path, to: str | Path, *, key: Keys, kinds: Iterable[Kind], progress: Progress = no_progress) -> Report:
    """Move a store to another engine or place, row by row. Stopped anywhere, the same call goes on."""
    sealer = _sealer(str(source), key)
    with closing(open_engine(str(source), create=False)) as origin:
        copying.check_finished(origin)
        load_mac_keys(origin, sealer)
        settings = {name: value for name in SETTINGS if (value := origin.get_setting(name))}
        with closing(open_engine(str(to))) as target:  # not before: what is no source leaves no target behind
            copying.begin(target, settings, "copy")
            copying.fill(origin.scan, target, progress)
            copying.compare(origin.scan, target, progress)
            return _finish(target, sealer, kinds, "copy", progress)


def rotate_key(
    url: str | Path,
    key_file: str | Path,
    *,
    kinds: Iterable[Kind],
    anchor: str | Path | None = None,
    progress: Progress = no_progress,
) -> Path | None:
    """Give the store a new key. Stopped anywhere, the same call goes on. Names the file with the retired key.

    Where the keys come from the environment, the first of them is the new one, and no file is touched.
    """
    path = Path(key_file)
    keys = load_keys(path, create=False)
    given = bool(os.environ.get(VARIABLE))
    if given and len(set(keys)) < 2:
        raise WrongKey(f"The key comes from {VARIABLE}: set it to the new key and the old one, with a space between, then rotate.")
    open_store(url, key=keys, kinds=kinds, create=False).close()  # a store that cannot be opened leaves the key file as it is
    with open_store(url, key=keys if given else add_key(path), kinds=kinds, create=False, anchor=anchor) as store:
        store.rotate(progress)
    return None if given else retire_old_key(path)


def _finish(target: Engine, sealer: Sealer, kinds: Iterable[Kind], what: str, progress: Progress) -> Report:
    audit = AuditLog(sealer, lambda: load_mac_keys(target, sealer))
    store = Store(target, sealer, audit, kinds, utc_now)
    report = store.verify(progress)
    if report.ok:
        copying.finish(target)
        store.note("store", "store", Entry(what, PROGRAM))
    return report


def _sealer(address: str, key: Keys) -> Sealer:
    if key is None:
        if address != "memory://":
            raise WrongKey(f"{without_password(address)} needs a key and none was given.")
        key = new_key()
    return Sealer([key] if isinstance(key, bytes) else key)


def open_engine(address: str, *, create: bool = True) -> Engine:
    scheme, mark, rest = address.partition("://")
    if not mark:
        return SqliteEngine(_bare_directory(address), create=create)
    if scheme == "sqlite":
        return SqliteEngine(_directory(address, rest), create=create)
    if scheme == "memory" and not rest:
        return MemoryEngine()
    if scheme in ("postgresql", "postgres"):
        from forms_app.store.postgres import PostgresEngine

        return PostgresEngine(address, create=create)
    raise BadAddress(f"{without_password(address)} names no store: use sqlite:///path/to/directory, postgresql://… or memory://.")


def _bare_directory(address: str) -> Path:
    if not address.strip() or "\0" in address or re.search(r"\b(host|dbname|password)=", address):
        raise BadAddress("The store's address names no directory; a database is given as postgresql://user@host/name.")
    return Path(address)


def _directory(address: str, rest: str) -> Path:
    """Always a full path; a relative one is given bare, without the scheme."""
    if not rest.startswith("/") or not rest.strip("/"):
        raise BadAddress(f"{address} names no directory: use sqlite:///path/to/directory.")
    return Path("/" + rest.lstrip("/"))


def _upgrade_backup(engine: Engine, wanted: str | Path | None, kinds: Sequence[Kind]) -> Path | None:
    if wanted:
        return Path(wanted)
    match engine:
        case SqliteEngine():
            name = "-".join(f"{kind.name}-{kind.schema}" for kind in kinds)
            return engine.directory / f"before-{name}.backup"
        case MemoryEngine():
            return None
    raise StoreError("The documents of this store need an upgrade; name a file for the backup before it.")
