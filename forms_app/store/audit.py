"""The audit log: each entry is closed by a keyed mac over itself and the mac before it, so none can be changed,
dropped or moved unseen; the head, sealed apart, shows a cut tail.

The mac keys are the store's own and lie in it under its seal. Rotation adds one; a mac's first two bytes say which it is.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from forms_app.store.documents import dump
from forms_app.store.engine import MAC_KEYS, AuditRow, Engine, Head
from forms_app.store.errors import DamagedStore, StoreError, WrongKey
from forms_app.store.records import AuditRecord, Entry
from forms_app.store.sealing import Sealer, sealed_with

KEY_NUMBER_BYTES = 2


def load_mac_keys(engine: Engine, sealer: Sealer) -> list[bytes]:
    """Made on first use. A wrong store key is found out here, before anything else is read or written."""
    sealed = engine.get_setting(MAC_KEYS)
    if sealed is None:
        if engine.entries(None, None, None, None, 1):
            raise DamagedStore("The keys of the audit log are missing from the store. Restore the last backup.")
        engine.swap_setting(MAC_KEYS, None, _seal_keys(sealer, [secrets.token_bytes(32)]))
        sealed = engine.get_setting(MAC_KEYS) or b""
    if not sealer.knows(sealed):
        raise WrongKey(
            f"This store was sealed with key {sealed_with(sealed).hex()}; the key given is {sealer.current.hex()}. Nothing was changed."
        )
    return [bytes.fromhex(key) for key in json.loads(sealer.unseal(sealed, MAC_KEYS))]


def add_mac_key(engine: Engine, sealer: Sealer) -> None:
    """A new mac key for what comes; the list is sealed anew with the current key."""
    keys = load_mac_keys(engine, sealer)
    sealed = _seal_keys(sealer, [*keys, secrets.token_bytes(32)])
    if not engine.swap_setting(MAC_KEYS, engine.get_setting(MAC_KEYS), sealed):
        raise StoreError("Another process rotates the key of this store at the moment.")


def _seal_keys(sealer: Sealer, keys: Sequence[bytes]) -> bytes:
    return sealer.seal(dump([key.hex() for key in keys]), MAC_KEYS)


def _key_number(mac: bytes) -> int:
    return int.from_bytes(mac[:KEY_NUMBER_BYTES])


class AuditLog:
    def __init__(self, sealer: Sealer, load_keys: Callable[[], list[bytes]]) -> None:
        self._sealer = sealer
        self._load_keys = load_keys
        self._keys = load_keys()
        self._known_head = Head(0, b"", b"")

    def sign(self, head: Head, entry: Entry, *, at: datetime, record: tuple[str, str, int], effect: str) -> AuditRow:
        """The row to append behind `head` about one record: its kind, id and version."""
        self._check_head(head)
        if head.mac and _key_number(head.mac) >= len(self._keys):
            self._keys = self._load_keys()
        seq = head.seq + 1
        facts = (seq, at.isoformat(timespec="milliseconds"), entry.action, entry.who, *record, effect, entry.session)
        fields = "\n".join(entry.fields)
        reason = self._sealer.seal(entry.reason.encode(), "audit", seq) if entry.reason else b""
        mac = self._mac((*facts, fields, entry.reason), head.mac, len(self._keys) - 1)
        return AuditRow(*facts, fields, reason, mac)

    def _mac(self, facts: tuple[str | int, ...], previous: bytes, key: int) -> bytes:
        """Each fact with its length before it, so that none can run over into the next."""
        body = "".join([f"{len(fact)}:{fact}" for fact in map(str, facts)]).encode("utf-8", "surrogatepass")
        return key.to_bytes(KEY_NUMBER_BYTES) + hashlib.blake2b(body + previous, key=self._keys[key], digest_size=32).digest()

    def fault(self, row: AuditRow, previous: Head) -> str | None:
        """What is wrong with an entry behind the one before it, or None."""
        if row.seq != previous.seq + 1:
            return f"follows entry {previous.seq}: entries between them are missing"
        key = _key_number(row.mac)
        if key >= len(self._keys) or (previous.mac and key < _key_number(previous.mac)):
            return "is closed with a key that this store does not use there"
        try:
            reason = self._reason(row)
        except (StoreError, UnicodeDecodeError) as error:
            return str(error)
        facts = (row.seq, row.at, row.action, row.who, row.kind, row.id, row.version, row.effect, row.session)
        if not hmac.compare_digest(row.mac, self._mac((*facts, row.fields, reason), previous.mac, key)):
            return "was altered, or the entry before it was"
        return None

    def seal_head(self, row: AuditRow) -> bytes:
        """The head after `row`."""
        sealed = self._sealer.seal(row.seq.to_bytes(8) + row.mac, "audit head")
        self._known_head = Head(row.seq, row.mac, sealed)
        return sealed

    def open_head(self, sealed: bytes) -> tuple[int, bytes]:
        plain = self._sealer.unseal(sealed, "audit head")
        return int.from_bytes(plain[:8]), plain[8:]

    def head_fault(self, head: Head) -> str | None:
        if not head.sealed:
            return "the sealed head is missing" if head.seq else None
        try:
            seq, mac = self.open_head(head.sealed)
        except StoreError as error:
            return str(error)
        if seq > head.seq:
            return f"it was cut: the last entries up to {seq} are missing"
        if (seq, mac) != (head.seq, head.mac):
            return f"its sealed head says that entry {seq} is the last"
        return None

    def _check_head(self, head: Head) -> None:
        """Never append behind a cut: that would heal the chain and hide it."""
        if head == self._known_head:
            return
        if head.sealed and not self._sealer.knows(head.sealed):
            raise WrongKey("The key of this store was rotated. Restart with the new key; nothing was saved.")
        if fault := self.head_fault(head):
            raise DamagedStore(f"The audit log is damaged: {fault}. Nothing was saved. Run verify.")

    def _reason(self, row: AuditRow) -> str:
        return self._sealer.unseal(row.reason, "audit", row.seq).decode() if row.reason else ""

    def reseal(self, row: AuditRow) -> AuditRow:
        return row._replace(reason=self._sealer.reseal(row.reason, "audit", row.seq)) if row.reason else row

    def record(self, row: AuditRow) -> AuditRecord:
        return AuditRecord(
            seq=row.seq,
            at=datetime.fromisoformat(row.at),
            action=row.action,
            who=row.who,
            kind=row.kind,
            id=row.id,
            version=row.version,
            effect=row.effect,
            session=row.session,
            fields=tuple(row.fields.split("\n")) if row.fields else (),
            reason=self._reason(row),
        )
