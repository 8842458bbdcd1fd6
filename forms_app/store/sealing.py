"""Sealing: AES-256-GCM with the place of the bytes as associated data, so that nothing can be moved or rolled back."""

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forms_app.store.errors import DamagedStore, WrongKey

FORMAT = b"\x01"
KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12
HEADER_BYTES = len(FORMAT) + ID_BYTES
OVERHEAD_BYTES = HEADER_BYTES + NONCE_BYTES + 16


def derive(key: bytes, purpose: str) -> bytes:
    """One key per purpose. HMAC is enough: the key is 32 random bytes, never a password."""
    return hmac.digest(key, purpose.encode(), hashlib.sha256)


def key_id(key: bytes) -> bytes:
    """A public name for a key; it tells keys apart and gives nothing of them away."""
    return derive(key, "forms_app key id")[:ID_BYTES]


class Sealer:
    """Seals with the first key and opens with any of them: the others are older keys, until rotation is over."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise WrongKey("The store needs a key and none was given.")
        for key in keys:
            if len(key) != KEY_BYTES:
                raise WrongKey(f"A key has {KEY_BYTES} bytes; this one has {len(key)}.")
        self._ciphers = {key_id(key): AESGCM(derive(key, "forms_app seal")) for key in reversed(keys)}
        self.current = key_id(keys[0])
        self._cipher = self._ciphers[self.current]
        self._header = FORMAT + self.current

    def seal(self, plain: bytes, *place: str | int) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self._header + nonce + self._cipher.encrypt(nonce, plain, _associated(place))

    def knows(self, sealed: bytes) -> bool:
        """Whether one of our keys sealed these bytes."""
        return self.has(sealed_with(sealed))

    def has(self, id: bytes) -> bool:
        return id in self._ciphers

    def sealed_now(self, sealed: bytes) -> bool:
        """Whether the current key sealed these bytes."""
        return sealed_with(sealed) == self.current

    def reseal(self, sealed: bytes, *place: str | int) -> bytes:
        return self.seal(self.unseal(sealed, *place), *place)

    def unseal(self, sealed: bytes, *place: str | int) -> bytes:
        if len(sealed) < OVERHEAD_BYTES or sealed[:1] != FORMAT:
            raise DamagedStore(f"The sealed bytes of {_words(place)} are cut or not ours.")
        cipher = self._ciphers.get(sealed[1:HEADER_BYTES])
        if cipher is None:
            raise WrongKey(f"{_words(place)} was sealed with key {sealed[1:HEADER_BYTES].hex()}; the key in use is {self.current.hex()}.")
        nonce = sealed[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[HEADER_BYTES + NONCE_BYTES :], _associated(place))
        except InvalidTag:
            raise DamagedStore(f"The seal of {_words(place)} is broken.") from None


def sealed_with(sealed: bytes) -> bytes:
    """The id of the key that sealed these bytes."""
    return sealed[1:HEADER_BYTES]


def _associated(place: Sequence[str | int]) -> bytes:
    return "\0".join(map(str, place)).encode()


def _words(place: Sequence[str | int]) -> str:
    return " ".join(str(part) for part in place if part != "")
