"""Upgrades: documents of an older schema are brought to the program's, once, at start, after a backup.

Each record is upgraded in a transaction of its own and says which schema it has, so a stopped upgrade goes on.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from forms_app.store.documents import dump
from forms_app.store.engine import SCHEMAS, Engine
from forms_app.store.errors import NewerStore, StoreError
from forms_app.store.records import Entry, Kind
from forms_app.store.sealing import Sealer
from forms_app.store.store import PROGRAM, Store
from forms_app.store.verify import Progress, no_progress


def stored_schemas(engine: Engine, sealer: Sealer) -> dict[str, int]:
    sealed = engine.get_setting(SCHEMAS)
    return json.loads(sealer.unseal(sealed, SCHEMAS)) if sealed else {}


def check_not_newer(stored: dict[str, int], kinds: Iterable[Kind]) -> None:
    for kind in kinds:
        if stored.get(kind.name, 0) > kind.schema:
            raise NewerStore(
                f"This store was written by a newer program: its {kind.name} records have schema {stored[kind.name]}, "
                f"this program knows {kind.schema}. Nothing was changed."
            )


def outdated(stored: dict[str, int], kinds: Iterable[Kind]) -> list[Kind]:
    return [kind for kind in kinds if stored.get(kind.name, kind.schema) < kind.schema]


def check_possible(stored: dict[str, int], kinds: Iterable[Kind]) -> None:
    for kind in kinds:
        for step in range(stored[kind.name], kind.schema):
            if step not in kind.upgrades:
                raise StoreError(f"There is no upgrade of {kind.name} records from schema {step}. Nothing was changed.")


def run(store: Store, kinds: Iterable[Kind], backup: Path | None, progress: Progress = no_progress) -> None:
    if backup and not backup.exists():
        store.backup(backup, progress)
    for kind in kinds:
        for done, summary in enumerate(store.list(kind.name)):
            store.upgrade(kind.name, summary.id, Entry("upgrade", PROGRAM))
            progress(f"{kind.name} upgraded", done + 1)


def remember(engine: Engine, sealer: Sealer, stored: dict[str, int], kinds: Iterable[Kind]) -> None:
    schemas = {**stored, **{kind.name: kind.schema for kind in kinds}}
    if schemas != stored:
        engine.swap_setting(SCHEMAS, engine.get_setting(SCHEMAS), sealer.seal(dump(schemas), SCHEMAS))
