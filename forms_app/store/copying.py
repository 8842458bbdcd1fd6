"""Moving a whole store, as it is sealed, into an empty place: from a backup or from another engine."""

from collections.abc import Callable, Iterator
from itertools import zip_longest

from forms_app.store.engine import MAC_KEYS, SETTINGS, AuditRow, Batch, Engine, Head, Row
from forms_app.store.errors import DamagedStore, StoreError
from forms_app.store.verify import Progress, no_progress

BATCH = 200
UNFINISHED = "unfinished"

Items = Callable[[], Iterator[Row | AuditRow | Head]]


def check_finished(engine: Engine) -> None:
    if what := engine.get_setting(UNFINISHED):
        raise StoreError(f"This store is an unfinished {what.decode()}. Run it again to the end, or remove the store.")


def begin(target: Engine, settings: dict[str, bytes], what: str) -> None:
    """Mark the target as unfinished and give it the source's settings; go on where an earlier run of it stopped."""
    if target.get_setting(UNFINISHED):
        if any(target.get_setting(name) not in (None, value) for name, value in settings.items()):
            raise StoreError(f"The target holds an unfinished {what} of another store.")
    elif target.get_setting(MAC_KEYS) or target.entries(None, None, None, None, 1):
        raise StoreError("The target holds a store already; nothing was written. Name an empty place.")
    target.swap_setting(UNFINISHED, target.get_setting(UNFINISHED), what.encode())
    for name, value in settings.items():
        target.swap_setting(name, None, value)


def finish(target: Engine) -> None:
    target.swap_setting(UNFINISHED, target.get_setting(UNFINISHED), b"")


def fill(items: Items, target: Engine, progress: Progress = no_progress) -> int:
    """Bring the target to the source's state: what is there already stays. Returns how many items were written."""
    last = next((entry.seq for entry in target.entries(None, None, None, None, 1)), 0)
    written = seen = 0
    wanted: set[tuple[str, str]] = set()
    rows: list[Row] = []
    entries: list[AuditRow] = []
    gone: list[tuple[str, str]] = []
    head = None
    for item in items():
        seen += 1
        match item:
            case Row():
                wanted.add((item.kind, item.id))
                there = target.read(item.kind, item.id)
                if there and there.version != item.version:
                    gone.append((item.kind, item.id))
                if there != item:
                    rows.append(item)
            case AuditRow() if item.seq > last:
                entries.append(item)
            case Head():
                head = item.sealed
        if len(rows) + len(entries) >= BATCH or head is not None:
            if gone:
                target.put(Batch(gone=gone))
            target.put(Batch(rows, entries, head=head))
            written += len(rows) + len(entries)
            rows, entries, gone = [], [], []
            progress("copied", seen)
    there_now = ((item.kind, item.id) for item in target.scan() if isinstance(item, Row))
    target.put(Batch(gone=[key for key in there_now if key not in wanted]))
    return written


def compare(items: Items, target: Engine, progress: Progress = no_progress) -> None:
    """Row by row and entry by entry: the target holds exactly what the source held."""
    for number, (wanted, found) in enumerate(zip_longest(items(), target.scan(check=True))):
        if wanted != found:
            raise DamagedStore(f"The copy differs from its source at {_name(wanted or found)}; it stays unfinished.")
        if number % 500 == 0:
            progress("compared", number)


def _name(item: Row | AuditRow | Head | None) -> str:
    match item:
        case Row():
            return f"{item.kind} {item.id}"
        case AuditRow():
            return f"audit entry {item.seq}"
    return "the audit log's end"
