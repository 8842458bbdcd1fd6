"""The commands that look after the store, given what they cannot use: one sentence that names it, exit code 2, nothing
touched, no password shown.
"""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from forms_app import cli
from forms_app.records import open_the_store
from forms_app.store import Entry, load_keys, new_key
from forms_app.store.bench import Figure, table
from tests.store.postgres_server import Server, free_port

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a store that has one entry, a backup of it, and things that are neither."""
    monkeypatch.setenv("FORMS_APP_DATA", str(tmp_path))
    for name in ("STORE", "ANCHOR", "KEY"):
        monkeypatch.delenv(f"FORMS_APP_{name}", raising=False)
    with open_the_store(str(tmp_path / "store"), load_keys(tmp_path / "keys" / "store.key")) as store:
        store.note("store", "store", Entry("try", "u1"))
        store.backup(tmp_path / "backup")
    (tmp_path / "file").write_text("hello")
    good = (tmp_path / "backup").read_bytes()
    (tmp_path / "corrupt").write_bytes(good[:90] + bytes([good[90] ^ 1]) + good[91:])
    with open_the_store(str(tmp_path / "foreign"), new_key()) as store:
        store.backup(tmp_path / "foreign-backup")
    (tmp_path / "bookmarks").mkdir()
    with sqlite3.connect(tmp_path / "bookmarks" / "store.sqlite3") as link:
        link.execute("CREATE TABLE bookmarks (url)")
    link.close()
    return tmp_path


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The exit code, and everything that was said."""

    def command(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        try:
            code = cli.main([word.replace("HOME", str(home)) for word in words])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, (said.out + said.err).strip()

    return command


def content(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()}


NO_STORE = [
    ("HOME/none", "There is no store in HOME/none"),
    ("HOME/file", "HOME/file is not a directory"),
    ("HOME/keys", "There is no store in HOME/keys"),
    ("HOME/bookmarks", "HOME/bookmarks/store.sqlite3 is a SQLite file of another program"),
    ("HOME/foreign", "was sealed with key"),
    ("mysql://u:secret@h/d", "mysql://u@h/d names no store"),
    ("postgresql://u:secret@host.invalid/d", "postgresql://u@host.invalid/d cannot be used"),
    ("postgresql://u:secret@h/d?password=secret&nonsense=1", "is not an address of a database"),
    ("sqlite:relative", "There is no store in sqlite:relative"),
    ("memory://", "it was begun and never used"),
]


@pytest.mark.parametrize(
    "command", [["verify"], ["backup", "HOME/new"], ["rotate-key"], ["drill"], ["migrate"]], ids=lambda words: words[0]
)
@pytest.mark.parametrize(("address", "words"), NO_STORE, ids=[address for address, _ in NO_STORE])
def test_no_command_works_on_what_is_no_store_of_ours(
    run: Run, home: Path, command: list[str], address: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(home)
    if command == ["rotate-key"]:  # it takes no other store than that of the settings
        monkeypatch.setenv("FORMS_APP_STORE", address.replace("HOME", str(home)))
    code, said = run(*command, "--store", address)
    assert (code, len(said.splitlines())) == (2, 1), said
    assert words.replace("HOME", str(home)) in said
    assert "secret" not in said
    assert content(home) == before


@pytest.mark.parametrize(
    "command",
    [["verify"], ["backup", "HOME/new"], ["restore", "HOME/backup"], ["rotate-key"], ["drill"], ["migrate"], ["bench"], ["remind", "--dry-run"], ["serve"]],
    ids=lambda words: words[0],
)  # fmt: skip
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_address_does_not_mean_the_store_that_is_in_use(run: Run, home: Path, command: list[str], empty: str) -> None:
    before = content(home)
    code, said = run(*command, "--store", empty)
    assert (code, len(said.splitlines())) == (2, 1), said
    assert "names no store" in said
    assert content(home) == before


@pytest.mark.parametrize(
    ("file", "target", "words"),
    [
        ("none", "HOME/new", "HOME/none cannot be read"),
        ("file", "HOME/new", "HOME/file is not a backup"),
        ("corrupt", "HOME/new", "HOME/corrupt is damaged at byte"),
        ("foreign-backup", "HOME/new", "HOME/foreign-backup was sealed with key"),
        ("backup", "HOME/store", "holds a store already"),
        ("backup", "HOME/file", "HOME/file is not a directory"),
        ("backup", "HOME/keys", "HOME/keys is no store and not empty"),
        ("backup", "http://u:secret@h", "http://u@h names no store"),
    ],
)
def test_a_restore_of_what_is_no_backup_or_over_data_is_refused(run: Run, home: Path, file: str, target: str, words: str) -> None:
    before = content(home)
    code, said = run("restore", f"HOME/{file}", "--store", target)
    assert (code, len(said.splitlines())) == (2, 1), said
    assert words.replace("HOME", str(home)) in said
    assert "secret" not in said
    assert content(home) == before


def test_a_copy_from_nowhere_or_over_data_is_refused(run: Run, home: Path) -> None:
    before = content(home)
    for source, target, words in [
        ("HOME/none", "HOME/new", "There is no store in"),
        ("HOME/store", "HOME/foreign", "holds a store already"),
        ("HOME/store", "postgresql://u:secret@host.invalid/d", "host.invalid"),
        ("HOME/foreign", "HOME/new", "was sealed with key"),
    ]:
        code, said = run("copy-store", source, target)
        assert code == 2, said
        assert words in said
        assert "secret" not in said
        assert not (home / "new").exists()
    assert content(home) == before


def test_a_backup_goes_nowhere_but_to_a_new_file(run: Run, home: Path) -> None:
    before = content(home)
    for file, words in [("backup", "is there already"), ("none/backup", "No such file"), ("store", "is there already")]:
        code, said = run("backup", f"HOME/{file}")
        assert code == 2, said
        assert words in said
    code, said = run("backup", "HOME/" + "x" * 300)
    assert (code, len(said.splitlines())) == (2, 1)
    assert "cannot be written: File name too long" in said
    assert content(home) == before


def test_a_pipe_or_a_folder_is_no_backup_and_holds_up_nobody(run: Run, home: Path) -> None:
    os.mkfifo(home / "pipe")
    for name in ("pipe", "keys"):
        code, said = run("restore", f"HOME/{name}", "--store", "HOME/new")
        assert code == 2
        assert said == f"The backup {home / name} cannot be read: it is not a regular file."
    assert not (home / "new").exists()


def test_the_key_of_the_stores_own_place_is_not_changed_for_a_copy(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("copy-store", "HOME/store", "HOME/copy")[0] == 0
    before = content(home)
    code, said = run("rotate-key", "--store", "HOME/copy")
    assert (code, len(said.splitlines())) == (2, 1), said
    assert f"is the key of {home / 'store'}" in said
    assert "FORMS_APP_DATA" in said
    assert "FORMS_APP_KEY" in said
    assert content(home) == before
    monkeypatch.chdir(home)
    for same in ("HOME/store", "sqlite://HOME/store", "store", "HOME/keys/../store"):
        assert run("rotate-key", "--store", same)[0] == 0
    assert run("verify")[0] == 0


def test_an_old_backup_is_restored_with_the_retired_key_and_opens_with_the_new_one_alone(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the administrators' page says it."""
    assert run("rotate-key")[0] == 0
    assert "was sealed with key" in run("restore", "HOME/backup", "--store", "HOME/old")[1]
    [retired] = (home / "keys").glob("store.key.retired-*")
    key = (home / "keys" / "store.key").read_text()
    (home / "store").rename(home / "aside")
    monkeypatch.setenv("FORMS_APP_KEY", key + retired.read_text())
    assert run("restore", "HOME/backup")[0] == 0
    code, said = run("rotate-key")
    assert code == 0
    assert "set to the new key alone" in said
    monkeypatch.delenv("FORMS_APP_KEY")
    assert run("verify")[0] == 0
    assert (home / "keys" / "store.key").read_text() == key


def test_a_key_that_is_missing_or_open_to_others_is_named_and_nothing_is_touched(run: Run, home: Path) -> None:
    key = home / "keys" / "store.key"
    key.chmod(0o644)
    assert run("verify") == (2, f"The key file {key} can be read by others (mode 0644): make it 0600.")
    key.rename(home / "elsewhere")
    before = content(home)
    for command in (["verify"], ["backup", "HOME/new"], ["rotate-key"], ["drill"], ["restore", "HOME/backup", "--store", "HOME/new"]):
        code, said = run(*command)
        assert code == 2
        assert f"The key file {key} cannot be read" in said
    assert content(home) == before


def test_a_database_with_a_wrong_password_or_out_of_reach_is_named_without_it(run: Run, home: Path, postgres: Server) -> None:
    postgres.sql("DROP ROLE IF EXISTS guarded", "CREATE ROLE guarded LOGIN PASSWORD 'right'")
    for address, words in [
        (postgres.url(user="guarded", password="wrong-secret"), "password authentication failed"),
        (postgres.url(user="postgres", password="secret", database="nowhere"), "does not exist"),
        (f"postgresql://u:secret@127.0.0.1:{free_port()}/d", "refused"),
    ]:
        code, said = run("verify", "--store", address)
        assert code == 2
        assert words in said
        assert "secret" not in said


def test_the_bench_refuses_sizes_that_mean_nothing_and_places_that_are_in_use(run: Run, home: Path, postgres_url: str) -> None:
    for words in (["--students", "0"], ["--students", "many"], ["--years", "-1"], ["--marks", "1"]):
        code, said = run("bench", *words)
        assert code == 2
        assert "a whole number" in said
    assert run("copy-store", "HOME/store", postgres_url)[0] == 0
    code, said = run("bench", "--students", "50", "--store", postgres_url)
    assert code == 2
    assert "holds a store already; nothing was measured" in said


def test_what_is_well_is_told_and_ends_with_zero(run: Run, home: Path) -> None:
    assert run("verify") == (0, "The store is whole: no records; 1 audit entries.")
    code, said = run("verify", "--json")
    assert (code, json.loads(said)["ok"]) == (0, True)
    assert run("migrate")[0] == 0
    assert run("backup", "HOME/new-backup")[0] == 0
    assert run("restore", "HOME/new-backup", "--store", "HOME/new")[0] == 0
    assert run("rotate-key")[0] == 0
    assert run("drill")[0] == 0


def test_a_store_set_back_does_not_heal_itself_when_its_anchor_is_gone(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    anchor = home / "anchor"
    monkeypatch.setenv("FORMS_APP_ANCHOR", str(anchor))
    for words in (["verify"], ["backup", "HOME/new"], ["migrate"], ["verify"]):
        code, said = run(*words)
        assert code == (1 if words == ["verify"] else 0), said
        assert words != ["verify"] or said.startswith(f"The anchor {anchor} is missing: "), said
        assert not anchor.exists()
    monkeypatch.setenv("FORMS_APP_ANCHOR", str(home / "none" / "anchor"))
    assert run("verify")[0] == 1


def test_damage_is_told_with_its_place_and_ends_with_one(run: Run, home: Path) -> None:
    with sqlite3.connect(home / "store" / "store.sqlite3") as link:
        link.execute("UPDATE audit SET who = 'u2'")
    link.close()
    code, said = run("verify")
    assert code == 1
    assert "audit entry 1" in said


def test_a_bar_is_shown_with_two_digits() -> None:
    assert " 1.11 ok" in table([Figure("sqlite", "100 × 1", "open the store", 10.0, "a page read", 1.0, 1 / 0.9)])


def test_a_small_bench_prints_a_table_and_lines_for_machines(run: Run) -> None:
    code, said = run("bench", "--students", "50", "--years", "1", "--marks", "100")
    assert code in (0, 1)  # this machine may be busy
    assert "bare SQLite commit" in said
    assert "durable mark with audit entry" in said
    figures = [json.loads(line) for line in run("bench", "--students", "50", "--years", "1", "--marks", "100", "--json")[1].splitlines()]
    assert {figure["what"] for figure in figures} >= {"open the store", "a mark, 8 writers at once"}
