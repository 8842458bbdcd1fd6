"""What the store refuses, each with a sentence for the person who reads it."""


class StoreError(Exception):
    """The store cannot do what was asked; the message is a whole sentence."""


class NoSuchRecord(StoreError):
    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"There is no {kind} with the id {id}.")
        self.kind, self.id = kind, id


class AlreadyThere(StoreError):
    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"There is already a {kind} with the id {id}.")
        self.kind, self.id = kind, id


class StaleWrite(StoreError):
    """The record moved on faster than the change could be applied to it."""

    def __init__(self, kind: str, id: str, *, based_on: int, current: int) -> None:
        super().__init__(
            f"This {kind} was changed by someone else in the meantime "
            f"(your page showed version {based_on}, it is now version {current}). Nothing of yours was saved."
        )
        self.kind, self.id, self.based_on, self.current = kind, id, based_on, current


class ReadOnlyDocument(StoreError):
    def __init__(self) -> None:
        super().__init__("This document was opened for reading. Change it through store.change().")


class StoreUnavailable(StoreError):
    """The disk, the lock or the server behind the store failed; nothing was saved. `full` tells a full disk apart."""

    def __init__(self, sentence: str, *, full: bool = False) -> None:
        super().__init__(sentence)
        self.full = full


class ChangedMeanwhile(StoreUnavailable):
    def __init__(self) -> None:
        super().__init__("This record was changed several times while it was being read. Load it again.")


class WrongKey(StoreError):
    """The key is missing, malformed, badly kept, or not the one that sealed this store."""


class NewerStore(StoreError):
    """The store was written by a newer program than this one."""


class DamagedStore(StoreError):
    """Bytes in the store are not what was written. Never shown as good, never repaired by guessing."""


class BadAddress(StoreError):
    """The store's address names nothing that can be opened; the message names it, without any password."""
