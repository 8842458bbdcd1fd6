"""The commands that look after the store: backup, restore, verify, rotate-key, copy-store, migrate, bench."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from forms_app.records import KINDS, open_the_store
from forms_app.settings import Settings
from forms_app.store import Report, Store, WrongKey, copy_store, load_keys, restore, rotate_key, run_drill, same_place, without_password
from forms_app.store.keys import VARIABLE
from forms_app.store.sealing import key_id

Add = Callable[[str, Callable[[argparse.Namespace, Settings], int], str], argparse.ArgumentParser]


def add_commands(add: Add) -> None:
    """Add this module's commands; `add` makes one from its name, function and help."""
    backing = add("backup", _backup, "write the whole store into one encrypted file, also while it serves")
    backing.add_argument("file", type=Path)
    restoring = add("restore", _restore, "fill an empty place from a backup, and verify it")
    restoring.add_argument("file", type=Path)
    verifying = add("verify", _verify, "re-read every record and the audit chain")
    verifying.add_argument("--json", action="store_true")
    drilling = add("drill", _drill, "back the store up, restore it beside, verify and time it, and throw the copy away")
    rotating = add("rotate-key", _rotate, "give the store a new key; stopped anywhere, the same command goes on")
    copying = add("copy-store", _copy, "copy the store to another place or engine, and verify every row")
    copying.add_argument("source")
    copying.add_argument("target")
    migrating = add("migrate", _migrate, "bring the store to this program's schema (serve does it too)")
    measuring = add("bench", _bench, "measure the store against the disk it stands on, in one run")
    measuring.add_argument("--students", type=_at_least(50), help="measure one size instead of the usual ones (50 or more)")
    measuring.add_argument("--years", type=_at_least(1), default=7)
    measuring.add_argument("--marks", type=_at_least(100), default=1_000, help="how many marks to time (default 1,000; 100 or more)")
    measuring.add_argument("--store", type=store_address, help="a PostgreSQL address of an empty database to show beside SQLite")
    measuring.add_argument("--json", action="store_true")
    for parser in (backing, restoring, verifying, drilling, rotating, migrating):
        parser.add_argument("--store", type=store_address, help="address of the store (default: SQLite below the data folder)")


def store_address(word: str) -> str:
    """An empty one is a mistake, such as a variable that is not set; it does not mean the store that is in use."""
    if not word.strip():
        raise argparse.ArgumentTypeError(f"“{word}” names no store: a folder, sqlite:///full/path or postgresql://user@host/name")
    return word


def _at_least(least: int) -> Callable[[str], int]:
    def number(word: str) -> int:
        if not word.isdecimal() or int(word) < least:
            raise argparse.ArgumentTypeError(f"{word} is not allowed: a whole number, {least} or more")
        return int(word)

    return number


def say(what: str, done: int) -> None:
    """Progress on one line of the terminal; nothing where the output goes to a file."""
    if sys.stderr.isatty():
        print(f"\r{what}: {done:,}   ", end="", file=sys.stderr, flush=True)


def _address(options: argparse.Namespace, settings: Settings) -> str:
    return str(options.store or settings.store_address)


@contextmanager
def _opened(options: argparse.Namespace, settings: Settings) -> Iterator[Store]:
    """The store that is there; a new one is never made by looking after it."""
    keys = load_keys(settings.key_file, create=False)
    with open_the_store(
        _address(options, settings),
        keys,
        create=False,
        anchor=settings.anchor,
        upgrade_backup=settings.data / "before-upgrade.backup",
        progress=say,
    ) as store:
        yield store


def _backup(options: argparse.Namespace, settings: Settings) -> int:
    with _opened(options, settings) as store:
        manifest = store.backup(options.file, say)
    print(f"{options.file}: {manifest}. It opens only with the store's key; keep the two apart.")
    return 0


def _restore(options: argparse.Namespace, settings: Settings) -> int:
    address = _address(options, settings)
    report = restore(options.file, address, key=load_keys(settings.key_file, create=False), kinds=KINDS, progress=say)
    return _told(report, f"Restored into {without_password(address)}.")


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    with _opened(options, settings) as store:
        report = store.verify(say)
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        return 0 if report.ok else 1
    return _told(report, "")


def _drill(options: argparse.Namespace, settings: Settings) -> int:
    keys = load_keys(settings.key_file, create=False)
    drill = run_drill(_address(options, settings), key=keys, kinds=KINDS, directory=settings.data, progress=say)
    print(drill)
    return 0 if drill.ok else 1


def _told(report: Report, well: str) -> int:
    print(f"{well} {report}".strip())
    for fault in report.faults[1:20]:
        print(f"  {fault}")
    return 0 if report.ok else 1


def _rotate(options: argparse.Namespace, settings: Settings) -> int:
    address = _address(options, settings)
    if not os.environ.get(VARIABLE) and not same_place(address, settings.store_address):
        raise WrongKey(
            f"{settings.key_file} is the key of {without_password(settings.store_address)}, which would not open any more if the key of"
            f" {without_password(address)} were changed there. Set FORMS_APP_DATA to a folder with a key file of its own, or {VARIABLE}."
        )
    retired = rotate_key(address, settings.key_file, kinds=KINDS, anchor=settings.anchor, progress=say)
    if given := os.environ.get(VARIABLE):
        print(
            f"Everything is sealed with the first key of {VARIABLE} now, {key_id(load_keys(None)[0]).hex()}. Keep the second for old backups."
        )
    else:
        print("The store has a new key." + (f" The old one is in {retired}: backups made before today need it." if retired else ""))
    print("Restart the servers that are running, " + (f"with {VARIABLE} set to the new key alone." if given else "so that they read it."))
    return 0


def _copy(options: argparse.Namespace, settings: Settings) -> int:
    report = copy_store(options.source, options.target, key=load_keys(settings.key_file, create=False), kinds=KINDS, progress=say)
    return _told(report, f"Copied to {without_password(options.target)}.")


def _migrate(options: argparse.Namespace, settings: Settings) -> int:
    with _opened(options, settings):
        pass  # opening is what upgrades
    print("The store is at this program's schema.")
    return 0


def _bench(options: argparse.Namespace, settings: Settings) -> int:
    from forms_app.store import bench

    sizes = ((options.students, options.years),) if options.students else bench.SIZES
    figures = []
    if options.store:
        bench.check_empty(options.store)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=settings.data if settings.data.is_dir() else None) as folder:
        figures += bench.run(folder, sizes=sizes, marks=options.marks, progress=say)
    if options.store:
        figures += bench.run(options.store, sizes=sizes[:1], marks=options.marks, progress=say)
    print("\n".join(bench.stream(figures)) if options.json else bench.table(figures))
    return 0 if all(figure.ok for figure in figures) else 1
