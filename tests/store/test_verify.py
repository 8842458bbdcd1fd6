"""Whatever is done to a store behind its back is found: swapped, set back, deleted, altered, cut."""

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from forms_app.store import Columns, DamagedStore, Entry, Kind, Store, StoreError, StoreUnavailable, new_key, open_store
from tests.store.conftest import KEY, KINDS, entry, mark, profile, summarize
from tests.store.faults.harness import trials
from tests.store.faults.told import tell

Tamper = Callable[[sqlite3.Connection], object]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    directory = tmp_path / "store"
    with open_store(directory, key=KEY, kinds=KINDS) as store:
        for number in range(4):
            id = store.create("student", profile(name=f"N{number}", school="s1"), entry("add"), id=f"student-{number}").id
            for item in range(12):
                store.change("student", id, mark(f"{item} {'x' * 150}"), entry())
            store.note("student", id, Entry("view", "u2", reason="typed"))
        store.create("session", profile(), entry(), id="gone")
        store.delete("session", "gone", entry())
    return directory


def sql(directory: Path) -> sqlite3.Connection:
    return sqlite3.connect(directory / "store.sqlite3")


def tamper(directory: Path, *statements: str) -> None:
    with sql(directory) as link:
        for statement in statements:
            link.execute(statement)
    link.close()


def faults(directory: Path, anchor: Path | None = None) -> list[str]:
    with open_store(directory, key=KEY, kinds=KINDS, anchor=anchor) as store:
        return [str(fault) for fault in store.verify().faults]


def test_a_sound_store_is_found_sound_and_counted(directory: Path) -> None:
    with open_store(directory, key=KEY, kinds=KINDS) as store:
        report = store.verify()
    assert report.ok
    assert report.records == {"student": 4}
    assert report.entries == 4 * 14 + 2
    assert report.as_json() == {"ok": True, "records": {"student": 4}, "entries": 58, "faults": []}
    assert str(report) == "The store is whole: 4 student; 58 audit entries."


TAMPERING = {
    "a column altered": ["UPDATE record SET school = 's2' WHERE id = 'student-1'"],
    "two documents swapped": [
        "UPDATE record SET contents = (SELECT contents FROM record WHERE id = 'student-2') WHERE id = 'student-1'"
    ],
    "two ids swapped": [
        "UPDATE record SET id = 'x' WHERE id = 'student-1'",
        "UPDATE record SET id = 'student-1' WHERE id = 'student-2'",
        "UPDATE record SET id = 'student-2' WHERE id = 'x'",
    ],
    "a kind altered": ["UPDATE record SET kind = 'session' WHERE id = 'student-1'"],
    "a version altered": ["UPDATE record SET version = version + 1 WHERE id = 'student-1'"],
    "a record deleted": ["DELETE FROM record WHERE id = 'student-1'"],
    "parts deleted": ["DELETE FROM part WHERE place / 65536 = (SELECT number FROM record WHERE id = 'student-1')"],
    "a part added": ["INSERT INTO part SELECT max(place) + 1, sealed FROM part"],
    "a part moved": ["UPDATE part SET place = place + 7 WHERE place = (SELECT max(place) FROM part)"],
    "an entry altered": ["UPDATE audit SET who = 'u9' WHERE seq = 20"],
    "an entry's time altered": ["UPDATE audit SET at = '2020-01-01T00:00:00.000+00:00' WHERE seq = 20"],
    "an entry's reason dropped": ["UPDATE audit SET reason = x'' WHERE seq = 14"],
    "an entry deleted": ["DELETE FROM audit WHERE seq = 20"],
    "an entry doubled": ["INSERT INTO audit SELECT 59, at, action, who, kind, id, version, effect, session, fields,"
                         " reason, mac FROM audit WHERE seq = 58"],
    "two entries swapped": [
        "UPDATE audit SET seq = 1000 WHERE seq = 20",
        "UPDATE audit SET seq = 20 WHERE seq = 21",
        "UPDATE audit SET seq = 21 WHERE seq = 1000",
    ],
    "the tail cut by one": ["DELETE FROM audit WHERE seq = 58"],
    "the tail cut by ten": ["DELETE FROM audit WHERE seq > 48"],
    "the whole log deleted but its head": ["DELETE FROM audit"],
    "the head deleted": ["UPDATE head SET sealed = x''"],
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(directory: Path, what: str) -> None:
    tamper(directory, *TAMPERING[what])
    assert faults(directory)


def test_the_first_break_of_the_log_is_named_with_its_position(directory: Path) -> None:
    tamper(directory, "UPDATE audit SET action = 'x' WHERE seq IN (20, 40)")
    with open_store(directory, key=KEY, kinds=KINDS) as store:
        report = store.verify()
    assert [fault.where for fault in report.faults] == ["audit entry 20", "audit entry 40"]
    assert "audit entry 20" in str(report)


def test_a_row_set_back_to_what_it_was_is_found(directory: Path) -> None:
    with sql(directory) as link:
        before = link.execute("SELECT version, summary, contents FROM record WHERE id = 'student-1'").fetchone()
    with open_store(directory, key=KEY, kinds=KINDS) as store:
        store.change("student", "student-1", mark("one more"), entry())
    with sql(directory) as link:
        link.execute("UPDATE record SET version = ?, summary = ?, contents = ? WHERE id = 'student-1'", before)
    assert faults(directory) == ["student student-1: has version 13; the audit log says 14"]


def test_a_deleted_row_put_back_is_found(directory: Path) -> None:
    with open_store(directory, key=KEY, kinds=KINDS) as store:
        store.create("session", profile(), entry(), id="s")
        with sql(directory) as link:
            row = link.execute("SELECT * FROM record WHERE id = 's'").fetchone()
        store.delete("session", "s", entry())
    with sql(directory) as link:
        link.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    assert faults(directory) == ["session s: is in the store, but not in the audit log"]


def test_nothing_is_appended_behind_a_cut(directory: Path) -> None:
    tamper(directory, "DELETE FROM audit WHERE seq > 50")
    with open_store(directory, key=KEY, kinds=KINDS) as store, pytest.raises(DamagedStore, match="cut"):
        store.note("student", "student-1", entry())


def test_a_list_shows_no_row_whose_columns_were_altered(directory: Path) -> None:
    tamper(directory, "UPDATE record SET school = 's2' WHERE id = 'student-1'")
    with open_store(directory, key=KEY, kinds=KINDS) as store, pytest.raises(DamagedStore):
        store.list("student", school="s2")


def test_a_whole_store_set_back_is_found_by_the_anchor(directory: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    old = (directory / "store.sqlite3").read_bytes()
    with open_store(directory, key=KEY, kinds=KINDS, anchor=anchor, anchor_anew=True) as store:
        store.note("student", "student-1", entry())
    assert faults(directory, anchor) == []
    proof = anchor.read_bytes()
    (directory / "store.sqlite3").write_bytes(old)
    assert "set back" in faults(directory, anchor)[0]
    with open_store(directory, key=KEY, kinds=KINDS, anchor=anchor) as store:
        for _ in range(3):
            store.note("student", "student-1", entry("other"))
    assert "is not the one" in faults(directory, anchor)[0]
    assert anchor.read_bytes() == proof


def test_an_anchor_that_cannot_be_read_is_told(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    (tmp_path / "other").write_text("1 " + "00" * 60)
    (tmp_path / "folder").mkdir()
    for name, words in [("text", "not an anchor"), ("other", "cut or not ours"), ("folder", "cannot be read")]:
        assert words in faults(directory, tmp_path / name)[0]
        with open_store(directory, key=KEY, kinds=KINDS, anchor=tmp_path / name) as store:
            report = store.verify()
        assert str(report).endswith("Otherwise the store is whole: 4 student; 58 audit entries.")
        assert ".." not in str(report)
        assert "damaged" not in str(report)


def test_a_missing_anchor_is_told_and_never_made_by_looking(directory: Path, tmp_path: Path) -> None:
    for _ in range(2):
        [fault] = faults(directory, tmp_path / "none")
        assert f"The anchor {tmp_path / 'none'} is missing: " in fault
    with open_store(directory, key=KEY, kinds=KINDS, anchor=tmp_path / "none") as store:
        store.note("student", "student-1", entry())
    assert not (tmp_path / "none").exists()


def test_a_missing_anchor_is_made_anew_only_when_asked_for_and_the_log_tells(directory: Path, tmp_path: Path) -> None:
    with open_store(directory, key=KEY, kinds=KINDS, anchor=tmp_path / "anchor", anchor_anew=True) as store:
        assert "is missing" in store.warning
        assert [line.action for line in store.history(limit=1)] == ["make the anchor anew"]
    with open_store(directory, key=KEY, kinds=KINDS, anchor=tmp_path / "anchor", anchor_anew=True) as store:
        assert (store.warning, len(store.history())) == ("", 59)
        assert store.verify().ok


def test_a_new_store_makes_its_anchor_without_a_word(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", key=KEY, kinds=KINDS, anchor=tmp_path / "anchor") as store:
        assert store.warning == ""
        store.note("student", "student-1", entry())
        assert store.verify().ok
    assert faults(tmp_path / "store", tmp_path / "anchor") == []


def test_an_anchor_that_is_removed_while_the_store_serves_stays_missing(directory: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    with open_store(directory, key=KEY, kinds=KINDS, anchor=anchor, anchor_anew=True):
        pass
    with open_store(directory, key=KEY, kinds=KINDS, anchor=anchor) as store:
        anchor.unlink()
        store.note("student", "student-1", entry())
        assert "is missing" in store.verify().faults[0].what
    assert not anchor.exists()


@pytest.mark.parametrize("place", ["none/anchor", "file/anchor", "/proc/anchor"])
def test_an_anchor_that_cannot_be_kept_is_said_before_anything_is_made(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("hello")
    with pytest.raises(StoreUnavailable, match="cannot be kept"):
        open_store(tmp_path / "store", key=KEY, kinds=KINDS, anchor=tmp_path / place)
    assert not (tmp_path / "store").exists()


def test_the_anchor_follows_while_the_store_serves(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forms_app.store.anchor.SECONDS", 0.02)
    with open_store(directory, key=KEY, kinds=KINDS, anchor=tmp_path / "anchor", anchor_anew=True) as store:
        store.note("student", "student-1", entry())
        while not (tmp_path / "anchor").exists() or not (tmp_path / "anchor").read_text().startswith("60 "):
            time.sleep(0.01)


def test_the_audit_logs_keys_cannot_be_taken_away(directory: Path) -> None:
    tamper(directory, "DELETE FROM setting")
    with pytest.raises(DamagedStore, match="keys of the audit log"):
        open_store(directory, key=KEY, kinds=KINDS)


def test_a_column_that_no_longer_fits_its_document_is_found(directory: Path) -> None:
    def other(db):  # type: ignore[no-untyped-def]
        columns, summary = summarize(db)
        return columns, {**summary, "new": 1}

    with open_store(directory, key=KEY, kinds=[Kind("student", summarize=other)]) as store:
        assert "summary" in store.verify().faults[0].what


def test_a_summary_of_tuples_is_not_taken_for_damage(tmp_path: Path) -> None:
    kind = Kind("student", summarize=lambda db: (Columns(), {"pairs": (("a", 1), ("b", 2)), "by number": {1: "x"}}))
    with open_store(tmp_path / "store", key=KEY, kinds=[kind]) as store:
        store.create("student", profile(), entry())
        assert store.verify().ok


def test_an_invalid_document_is_found(directory: Path) -> None:
    def check(db):  # type: ignore[no-untyped-def]
        return "has too many marks" if len(db.table("marks")) > 5 else None

    with open_store(directory, key=KEY, kinds=[Kind("student", summarize=summarize, check=check)]) as store:
        assert store.verify().faults[0].what == "has too many marks"


def test_a_wrong_key_opens_nothing_and_changes_nothing(directory: Path) -> None:
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with pytest.raises(StoreError, match=r"was sealed with key [0-9a-f]{8}; the key given is [0-9a-f]{8}"):
        open_store(directory, key=new_key(), kinds=KINDS)
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def dump(store: Store) -> list[object]:
    """Everything that the store shows."""
    rows = [store.list(kind) for kind in ("student", "session")]
    opened = [store.get("student", row.id) for row in rows[0]]
    tables = [{name: found.db.table(name).all() for name in sorted(found.db.tables())} for found in opened if found]
    return [rows, tables, store.history()]


def flipped(directory: Path, good: bytes, at: int, bit: int) -> None:
    bad = bytearray(good)
    bad[at] ^= 1 << bit
    (directory / "store.sqlite3").write_bytes(bad)
    for name in ("store.sqlite3-wal", "store.sqlite3-shm"):
        (directory / name).unlink(missing_ok=True)


def is_found(directory: Path, shown: list[object]) -> bool:
    """Whether a flip is found. If not it must be harmless: all that the store shows is what it was."""
    try:
        with open_store(directory, key=KEY, kinds=KINDS, create=False) as store:
            report = store.verify()
            assert not report.ok or dump(store) == shown
            return not report.ok
    except StoreError:
        return True


def test_a_flipped_bit_is_found_wherever_something_is_kept(directory: Path) -> None:
    good = (directory / "store.sqlite3").read_bytes()
    with open_store(directory, key=KEY, kinds=KINDS) as store:
        shown = dump(store)
    with sql(directory) as link:
        kept = [row[0] for row in link.execute(
            "SELECT summary FROM record UNION SELECT contents FROM record UNION SELECT mac FROM audit"
            " UNION SELECT sealed FROM head UNION SELECT value FROM setting"
        )]  # fmt: skip
    chance = random.Random(1)
    for piece in chance.sample(kept, 20):
        at = good.find(piece[:40])
        if at >= 0:  # the others continue on another page
            flipped(directory, good, at + chance.randrange(min(40, len(piece))), chance.randrange(8))
            assert is_found(directory, shown)


def test_a_flipped_bit_anywhere_is_found_or_harmless(directory: Path) -> None:
    good = (directory / "store.sqlite3").read_bytes()
    with open_store(directory, key=KEY, kinds=KINDS) as store:
        shown = dump(store)
    chance = random.Random(2)
    count = trials(1000, default=40)
    found = 0
    for number in range(count):
        flipped(directory, good, number * len(good) // count + chance.randrange(len(good) // count), chance.randrange(8))
        found += is_found(directory, shown)
    tell("one bit of the store flipped", count, also=f"{found} found; the others where nothing is kept")


def done_to(chance: random.Random) -> list[str]:
    """Something done to a row, or to two, that are chosen at random."""
    one, other = chance.sample([f"student-{number}" for number in range(4)], 2)
    seq, later = sorted(chance.sample(range(1, 59), 2))
    return chance.choice([
        [f"DELETE FROM record WHERE id = '{one}'"],
        [f"UPDATE record SET version = version - 1 WHERE id = '{one}'"],
        [f"UPDATE record SET contents = (SELECT contents FROM record WHERE id = '{other}') WHERE id = '{one}'"],
        [f"UPDATE record SET summary = (SELECT summary FROM record WHERE id = '{other}') WHERE id = '{one}'"],
        [f"UPDATE record SET owner = 'u9' WHERE id = '{one}'"],
        ["UPDATE part SET sealed = (SELECT sealed FROM part ORDER BY place DESC) WHERE place = (SELECT min(place) FROM part)"],
        [f"DELETE FROM audit WHERE seq = {seq}"],
        [f"DELETE FROM audit WHERE seq > {seq}"],
        [f"UPDATE audit SET version = version + 1 WHERE seq = {seq}"],
        [f"UPDATE audit SET id = 'student-9' WHERE seq = {seq}"],
        [
            f"UPDATE audit SET seq = 1000 WHERE seq = {seq}",
            f"UPDATE audit SET seq = {seq} WHERE seq = {later}",
            f"UPDATE audit SET seq = {later} WHERE seq = 1000",
        ],
    ])  # fmt: skip


def test_whatever_is_done_to_whichever_row_is_found(directory: Path) -> None:
    good = (directory / "store.sqlite3").read_bytes()
    chance, count = random.Random(3), trials(1000, default=25)
    for _ in range(count):
        statements = done_to(chance)
        (directory / "store.sqlite3").write_bytes(good)
        tamper(directory, *statements)
        assert faults(directory), statements
    tell("a row swapped, set back, deleted; the log cut", count, also=f"{count} found")
