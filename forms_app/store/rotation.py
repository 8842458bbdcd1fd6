"""Rotation: everything that another key sealed is sealed anew with the current one. Stopped anywhere, it goes on."""

from forms_app.store.audit import AuditLog, add_mac_key
from forms_app.store.engine import MAC_KEYS, SCHEMAS, AuditRow, Batch, Engine, Head, Row
from forms_app.store.packing import Packer
from forms_app.store.sealing import Sealer
from forms_app.store.verify import Progress, no_progress

BATCH = 100


def begin(engine: Engine, sealer: Sealer) -> None:
    """Seal the settings with the new key, and give the audit log a new one, unless that was done before."""
    schemas = engine.get_setting(SCHEMAS)
    if schemas and not sealer.sealed_now(schemas):
        engine.swap_setting(SCHEMAS, schemas, sealer.reseal(schemas, SCHEMAS))
    if not sealer.sealed_now(engine.get_setting(MAC_KEYS) or b""):
        add_mac_key(engine, sealer)


def reseal_everything(engine: Engine, sealer: Sealer, packer: Packer, audit: AuditLog, progress: Progress = no_progress) -> int:
    """The number of rows and entries that were sealed anew. Again and again, until nothing old is found."""
    total = 0
    while done := _reseal_once(engine, sealer, packer, audit, progress):
        total += done
    return total


def _reseal_once(engine: Engine, sealer: Sealer, packer: Packer, audit: AuditLog, progress: Progress) -> int:
    done = 0
    rows: list[Row] = []
    entries: list[AuditRow] = []
    for item in engine.scan():
        match item:
            case Row() if not all(map(sealer.sealed_now, (item.summary, item.contents, *item.parts.values()))):
                rows.append(packer.reseal(item))
            case AuditRow() if item.reason and not sealer.sealed_now(item.reason):
                entries.append(audit.reseal(item))
        if len(rows) + len(entries) == BATCH or (isinstance(item, Head) and (rows or entries)):
            engine.put(Batch(rows, entries))
            done += len(rows) + len(entries)
            rows, entries = [], []
            progress("sealed anew", done)
    return done
