"""The audit log's own keys and its head: what a rotation and a forged log are met with."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from forms_app.store import Entry, StoreError, WrongKey, new_key
from forms_app.store.audit import AuditLog, add_mac_key, load_mac_keys
from forms_app.store.engine import MAC_KEYS, AuditRow, Batch, Engine, Head
from forms_app.store.memory import MemoryEngine
from forms_app.store.sealing import Sealer
from tests.store.conftest import KEY

START = Head(0, b"", b"")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with closing(MemoryEngine()) as engine:
        yield engine


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([KEY])


@pytest.fixture
def log(engine: Engine, sealer: Sealer) -> AuditLog:
    return AuditLog(sealer, lambda: load_mac_keys(engine, sealer))


def signed(log: AuditLog, head: Head, reason: str = "") -> AuditRow:
    return log.sign(head, Entry("mark", "u1", reason=reason), at=NOW, record=("student", "a", 1), effect="change")


def after(log: AuditLog, row: AuditRow) -> Head:
    return Head(row.seq, row.mac, log.seal_head(row))


def test_a_chain_of_entries_has_no_fault(log: AuditLog) -> None:
    one = signed(log, START)
    two = signed(log, after(log, one), reason="typed")
    assert log.fault(one, START) is None
    assert log.fault(two, Head(1, one.mac, b"")) is None
    assert log.record(two).reason == "typed"


def test_a_log_goes_on_with_a_key_that_another_server_added(engine: Engine, sealer: Sealer, log: AuditLog) -> None:
    other = AuditLog(sealer, lambda: load_mac_keys(engine, sealer))
    add_mac_key(engine, sealer)
    rotated = AuditLog(sealer, lambda: load_mac_keys(engine, sealer))
    one = signed(rotated, START)
    two = signed(other, after(rotated, one))
    assert two.mac[:2] == one.mac[:2] == b"\0\1"
    assert rotated.fault(two, Head(1, one.mac, b"")) is None


def test_two_rotations_at_once_do_not_mix(engine: Engine, sealer: Sealer, log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    before = engine.get_setting(MAC_KEYS)
    monkeypatch.setattr(engine, "swap_setting", lambda name, old, new: False)
    with pytest.raises(StoreError, match="Another process rotates"):
        add_mac_key(engine, sealer)
    assert engine.get_setting(MAC_KEYS) == before


def test_a_reason_whose_seal_is_broken_is_a_fault(log: AuditLog) -> None:
    row = signed(log, START, reason="typed")
    broken = row._replace(reason=row.reason[:-1] + bytes([row.reason[-1] ^ 1]))
    assert "seal" in (log.fault(broken, START) or "")


def test_a_key_that_the_store_never_had_is_a_fault(log: AuditLog) -> None:
    row = signed(log, START)
    assert "a key that this store does not use" in (log.fault(row._replace(mac=b"\0\7" + row.mac[2:]), START) or "")


def test_a_head_that_is_no_seal_is_a_fault(log: AuditLog) -> None:
    row = signed(log, START)
    assert "cut or not ours" in (log.head_fault(Head(row.seq, row.mac, b"x" * 80)) or "")
    assert "the sealed head is missing" in (log.head_fault(Head(row.seq, row.mac, b"")) or "")
    assert log.head_fault(START) is None


def test_a_head_under_another_key_stops_the_server_that_knows_only_the_old_one(engine: Engine, log: AuditLog) -> None:
    row = signed(log, START)
    sealed = Sealer([new_key()]).seal(row.seq.to_bytes(8) + row.mac, "audit head")
    with pytest.raises(WrongKey, match="was rotated"):
        signed(log, Head(row.seq, row.mac, sealed))


def test_a_store_with_entries_never_gets_new_keys_for_them(engine: Engine, sealer: Sealer, log: AuditLog) -> None:
    engine.put(Batch(entries=[signed(log, START)]))
    assert len(json.loads(sealer.unseal(engine.get_setting(MAC_KEYS) or b"", MAC_KEYS))) == 1
    assert load_mac_keys(engine, sealer) == load_mac_keys(engine, sealer)
