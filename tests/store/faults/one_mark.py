"""A process that waits, makes one mark, says how it went, makes another, and goes.

python -m tests.store.faults.one_mark ADDRESS KEY
"""

import sys

from forms_app.store import StoreError, open_store, sqlite
from tests.store.faults.worker import KINDS, mark, say


def attempt(name: str) -> None:
    try:
        mark(store, "s1", name)
    except StoreError as error:
        say("refused", "s1", name, "sentence:", error)
    else:
        say("marked", "s1", name)


if __name__ == "__main__":
    sqlite.BUSY_SECONDS = 0.5  # a lock whose release failed is not worth a long wait here
    store = open_store(sys.argv[1], key=bytes.fromhex(sys.argv[2]), kinds=KINDS)
    mark(store, "s1", "warm")
    say("ready")
    for name in ("first", "second"):
        sys.stdin.readline()
        attempt(name)
