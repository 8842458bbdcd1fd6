"""A store moves between engines as it is, in one go or in several."""

from contextlib import closing
from pathlib import Path

import pytest

from forms_app.store import DamagedStore, StoreError, copy_store, open_store
from forms_app.store.copying import compare
from forms_app.store.memory import MemoryEngine
from forms_app.store.opening import open_engine
from forms_app.store.verify import Progress
from tests.store.conftest import KEY, KINDS, entry, mark
from tests.store.test_backup import everything, filled


def test_a_store_moves_there_and_back(postgres_url: str, tmp_path: Path) -> None:
    with filled(tmp_path / "first") as store:
        before = everything(store)
    assert copy_store(tmp_path / "first", postgres_url, key=KEY, kinds=KINDS).ok
    with open_store(postgres_url, key=KEY, kinds=KINDS) as store:
        assert everything(store)[:2] == before[:2]
        assert store.history(limit=1)[0].action == "copy"
        store.change("student", "s1", mark("there"), entry())
        there = everything(store)
    assert copy_store(postgres_url, tmp_path / "back", key=KEY, kinds=KINDS).ok
    with open_store(tmp_path / "back", key=KEY, kinds=KINDS) as store:
        assert everything(store)[:2] == there[:2]


@pytest.mark.parametrize("phase", ["copied", "compared", "verified"])
def test_a_stopped_copy_goes_on_with_what_changed_since(kept_url: str, tmp_path: Path, phase: str) -> None:
    def stop(what: str, done: int) -> None:
        if what == phase:
            raise KeyboardInterrupt

    with filled(tmp_path / "first"):
        pass
    with pytest.raises(KeyboardInterrupt):
        copy_store(tmp_path / "first", kept_url, key=KEY, kinds=KINDS, progress=stop)
    with pytest.raises(StoreError, match="unfinished copy"):
        open_store(kept_url, key=KEY, kinds=KINDS)
    with open_store(tmp_path / "first", key=KEY, kinds=KINDS) as store:
        store.change("student", "s1", mark("since"), entry())
        store.delete("student", "s4", entry())
        before = store.list("student")
    assert copy_store(tmp_path / "first", kept_url, key=KEY, kinds=KINDS).ok
    with open_store(kept_url, key=KEY, kinds=KINDS) as store:
        assert store.list("student") == before
        assert store.verify().ok


def test_a_copy_over_another_store_is_refused(kept_url: str, tmp_path: Path) -> None:
    with filled(tmp_path / "first"), filled(kept_url) as store:
        before = everything(store)
    with pytest.raises(StoreError, match="holds a store already"):
        copy_store(tmp_path / "first", kept_url, key=KEY, kinds=KINDS)
    with open_store(kept_url, key=KEY, kinds=KINDS) as store:
        assert everything(store) == before


def test_a_copy_from_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        copy_store(tmp_path / "none", tmp_path / "new", key=KEY, kinds=KINDS)
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "none").exists()


def stopped_at(phase: str) -> Progress:
    def stop(what: str, done: int) -> None:
        if what == phase:
            raise KeyboardInterrupt

    return stop


def test_an_unfinished_copy_of_another_store_is_left_alone(tmp_path: Path) -> None:
    for name in ("one", "other"):
        filled(tmp_path / name).close()
    with pytest.raises(KeyboardInterrupt):
        copy_store(tmp_path / "one", tmp_path / "target", key=KEY, kinds=KINDS, progress=stopped_at("copied"))
    with pytest.raises(StoreError, match="unfinished copy of another store"):
        copy_store(tmp_path / "other", tmp_path / "target", key=KEY, kinds=KINDS)
    assert copy_store(tmp_path / "one", tmp_path / "target", key=KEY, kinds=KINDS).ok


def test_an_unfinished_copy_is_no_source(tmp_path: Path) -> None:
    filled(tmp_path / "one").close()
    with pytest.raises(KeyboardInterrupt):
        copy_store(tmp_path / "one", tmp_path / "target", key=KEY, kinds=KINDS, progress=stopped_at("copied"))
    with pytest.raises(StoreError, match="unfinished copy"):
        copy_store(tmp_path / "target", tmp_path / "next", key=KEY, kinds=KINDS)


def test_a_copy_that_differs_from_its_source_is_named_where_it_does(tmp_path: Path) -> None:
    """Row by row, entry by entry, and the log's end."""
    filled(tmp_path / "one").close()
    with closing(open_engine(str(tmp_path / "one"))) as source:
        items = list(source.scan())
        for place, words in [(0, "student s0"), (5, "audit entry 1"), (len(items) - 1, "the audit log's end")]:
            other = [*items[:place], *items[place + 1 :]] if place else items[1:]
            altered = MemoryEngine()
            altered.scan = lambda check=False, other=other: iter(other)  # type: ignore[method-assign,misc]
            with pytest.raises(DamagedStore, match=words):
                compare(lambda: iter(items), altered)
        longer = MemoryEngine()
        longer.scan = lambda check=False: iter([*items, items[-1]])  # type: ignore[method-assign]
        with pytest.raises(DamagedStore, match="the audit log's end"):
            compare(lambda: iter(items), longer)
