"""The store: what is kept, sealed, durable and audited. It knows files and SQL, and nothing else of the app."""

from forms_app.store.addresses import same_place, without_password
from forms_app.store.backup import Manifest
from forms_app.store.documents import Document
from forms_app.store.drill import Drill, run_drill
from forms_app.store.errors import (
    AlreadyThere,
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
from forms_app.store.keys import load_key, load_keys, new_key
from forms_app.store.opening import copy_store, open_store, restore, rotate_key
from forms_app.store.records import AuditRecord, Columns, Entry, Kind, Summary
from forms_app.store.store import Store, new_id
from forms_app.store.verify import Fault, Report

__all__ = [
    "AlreadyThere",
    "AuditRecord",
    "BadAddress",
    "Columns",
    "DamagedStore",
    "Document",
    "Drill",
    "Entry",
    "Fault",
    "Kind",
    "Manifest",
    "NewerStore",
    "NoSuchRecord",
    "ReadOnlyDocument",
    "Report",
    "StaleWrite",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "Summary",
    "WrongKey",
    "copy_store",
    "load_key",
    "load_keys",
    "new_id",
    "new_key",
    "open_store",
    "restore",
    "rotate_key",
    "run_drill",
    "same_place",
    "without_password",
]
