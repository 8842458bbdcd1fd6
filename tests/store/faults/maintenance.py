"""A process that does one piece of upkeep and may be killed at it.

python -m tests.store.faults.maintenance upgrade|rotate|restore|copy|backup HOME
"""

import sys
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from forms_app.store import Columns, Kind, copy_store, load_keys, open_store, restore, rotate_key
from tests.store.faults.worker import say, summarize

STUDENTS = 40


def rename(db: TinyDB) -> None:
    db.table("profile").update({"usual_name": "N"})


def summarize_profile(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    return Columns(), {**summarize(db)[1], "fields": sorted(db.table("profile").all()[0])}


OLD = [Kind("student", summarize=summarize_profile)]
NEW = [Kind("student", summarize=summarize_profile, schema=2, upgrades={1: rename})]


def upkeep(what: str, home: Path) -> None:
    keys = load_keys(home / "key", create=False)
    match what:
        case "upgrade":
            open_store(home / "store", key=keys, kinds=NEW).close()
        case "rotate":
            rotate_key(home / "store", home / "key", kinds=OLD)
        case "restore":
            restore(home / "backup", home / "target", key=keys, kinds=OLD)
        case "copy":
            copy_store(home / "store", home / "target", key=keys, kinds=OLD)
        case "backup":
            with open_store(home / "store", key=keys, kinds=OLD) as store:
                store.backup(home / "new backup")


if __name__ == "__main__":
    say("ready")
    upkeep(sys.argv[1], Path(sys.argv[2]))
    say("done")
