"""How passwords are kept: Argon2id, a few checks at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from forms_app.passwords import normal

HASHER = PasswordHasher()
LONGEST_TYPED = 1000  # whatever is longer cannot be anybody's password
PATIENCE = 10  # seconds that a check waits for its turn
# Each check takes 64 MiB; more than a few at once would be a way to bring the machine down.
_AT_ONCE = threading.BoundedSemaphore(4)
# Compared with when there is no such account, so that both answers take as long.
NOBODY = HASHER.hash("nobody has this password")


class TooBusy(Exception):
    """Too many passwords are being checked at this moment."""


@contextmanager
def turn() -> Iterator[None]:
    """Wait for one of the few places; what is decided inside is decided just before the hash. Raises TooBusy."""
    if not _AT_ONCE.acquire(timeout=PATIENCE):
        raise TooBusy
    try:
        yield
    finally:
        _AT_ONCE.release()


def hash_password(password: str) -> str:
    with turn():
        return HASHER.hash(normal(password))


def outdated(password_hash: str) -> bool:
    """Whether this was made with other parameters than today's, as after an update of the program."""
    return bool(password_hash) and HASHER.check_needs_rehash(password_hash)


def is_password(password: str, password_hash: str) -> bool:
    """Whether this is the password; an empty hash is nobody's and takes as long to refuse. Call it inside `turn`."""
    typed = normal(password) if len(password) <= LONGEST_TYPED else ""
    try:
        return HASHER.verify(password_hash or NOBODY, typed) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False
