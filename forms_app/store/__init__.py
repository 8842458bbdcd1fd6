"""The store: what is kept, sealed, durable and audited. It knows files and SQL, and nothing else of the app."""

from forms_app.store.documents import Document
from forms_app.store.errors import (
    BadAddress,
    DamagedStore,
    NewerStore,
    NoSuchRecord,
    ReadOnlyDocument,
    StaleWrite,
    StoreError,
    StoreUnavailable,
    WrongKey,
)
from forms_app.store.keys import load_key, new_key
from forms_app.store.opening import open_store
from forms_app.store.records import AuditRecord, Columns, Entry, Kind, Summary
from forms_app.store.store import Store, new_id

__all__ = [
    "AuditRecord",
    "BadAddress",
    "Columns",
    "DamagedStore",
    "Document",
    "Entry",
    "Kind",
    "NewerStore",
    "NoSuchRecord",
    "ReadOnlyDocument",
    "StaleWrite",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "Summary",
    "WrongKey",
    "load_key",
    "new_id",
    "new_key",
    "open_store",
]
