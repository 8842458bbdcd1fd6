"""The commands: what they do, what they print, and one sentence where they cannot begin."""

from __future__ import annotations

import json
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from forms_app import cli
from forms_app.app import create_app
from forms_app.handbook import Handbook
from forms_app.permissions import Role
from forms_app.records import accounts, open_the_store, schools, utc_now
from forms_app.records.actor import Actor
from forms_app.settings import ROOT, Settings
from forms_app.store import load_key
from tests.visitor import Visitor


@dataclass
class Said:
    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run a command as `manage.py` does, with its data in a folder of this test."""
    monkeypatch.setenv("FORMS_APP_DATA", str(tmp_path / "data"))
    for name in ("STORE", "ZONE", "HTTPS", "KEY", "ANCHOR"):
        monkeypatch.delenv(f"FORMS_APP_{name}", raising=False)

    def command(*words: str) -> Said:
        capsys.readouterr()
        try:
            code = cli.main(list(words))
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return command


def sentence(said: Said) -> str:
    """What a command says that cannot begin: exit code 2, and one sentence or two on one line."""
    assert said.code == 2, said
    assert not said.out
    assert len(said.err.strip().splitlines()) == 1, said.err
    assert ".." not in said.err.replace("…", "")
    return said.err


# What the handbook says


def test_check_json_keeps_its_contract_and_covers_every_clause(run: Command) -> None:
    said = run("check", "--json")
    found = json.loads(said.out)
    assert said.code == 0
    assert {"items", "clauses", "clauses_covered", "guidance", "errors"} <= set(found)
    assert (found["clauses"], found["clauses_covered"], found["errors"]) == (78, 78, [])
    assert 60 <= found["items"] <= 90


def test_check_says_the_same_in_words(run: Command) -> None:
    said = run("check")
    assert said.code == 0
    assert "78 of 78 clauses covered" in said.out
    assert "0 errors" in said.out


def test_items_json_keeps_its_contract(run: Command, book: Handbook) -> None:
    found = json.loads(run("items", "--json").out)
    assert {item["id"] for item in found} == set(book.items)
    for item in found:
        assert {"id", "title", "page", "anchor", "strength", "applies", "opens", "due", "records", "source", "guidance"} <= set(item)
        assert item["strength"] in ("must", "responsible", "expected", "consider", "may")
        assert item["source"]
        assert (ROOT / "docs" / item["page"]).is_file()


def test_items_are_listed_in_words_too(run: Command, book: Handbook) -> None:
    out = run("items").out
    assert all(item.id in out and item.title in out for item in book.items.values())


@pytest.mark.parametrize("words", [("check",), ("items",), ("items", "--json"), ("build", "--out", "out"), ("serve", "--port", "0")])
def test_a_mistake_in_the_handbook_stops_every_command_with_the_same_words(
    words: tuple[str, ...], run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    for name in ("docs", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("store", "keys", "site*"))
    shutil.copy(ROOT / "mkdocs.yml", root)
    page = root / "docs/responsibilities/iep.md"
    page.write_text(page.read_text(encoding="utf-8").replace("strength: expected", "strength: perhaps", 1), encoding="utf-8")
    monkeypatch.setattr(cli, "from_environment", lambda: Settings(root=root, data=tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    said = run(*words)
    assert said.code == 1
    assert re.search(r"docs/responsibilities/iep\.md, line \d+, strength: found “perhaps”; allowed: ", said.out + said.err)


def test_check_json_tells_mistakes_in_json(run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cli, "from_environment", lambda: Settings(root=tmp_path))
    said = run("check", "--json")
    assert said.code == 1
    found = json.loads(said.out)
    assert found["items"] == 0
    assert found["errors"]


# Building


def test_the_handbook_is_built_as_a_site_that_stands_alone_and_may_be_built_over_itself(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    assert "Open index.html" in run("build", "--out", str(out)).out
    page = (out / "responsibilities/iep.html").read_text(encoding="utf-8")
    assert 'id="iep.develop"' in page
    assert "/items/iep.develop" not in page, "without the app there is no checklist to lead to"
    again: list[Path] = []
    monkeypatch.setattr("forms_app.site.build", lambda root, out: again.append(out))
    assert run("build", "--out", str(out)).code == 0
    assert again == [out]


def test_a_folder_with_something_else_in_it_is_never_built_over(run: Command, tmp_path: Path) -> None:
    precious = tmp_path / "precious" / "letter.txt"
    precious.parent.mkdir()
    precious.write_text("do not lose this")
    assert "not a built handbook" in sentence(run("build", "--out", str(precious.parent)))
    assert "not a built handbook" in sentence(run("build", "--out", str(precious)))
    assert precious.read_text() == "do not lose this"


# Serving


def test_a_port_in_use_is_said_at_once_with_the_way_out(run: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = sentence(run("serve", "--demo", "--port", str(port)))
    assert str(port) in said
    assert "--port" in said


@pytest.mark.parametrize(("words", "expected"), [
    (("serve", "--port", "99999"), "port"),
    (("serve", "--port", "-1"), "port"),
    (("serve", "--port", "many"), "port"),
    (("serve", "--host", "nowhere.invalid", "--port", "0"), "nowhere.invalid"),
    (("serve", "--demo-password", "x"), "--demo-password goes with --demo."),
    (("serve", "--verbose"), "--help"),
    (("dance",), "dance"),
    ((), "--help"),
    (("user", "add", "fen"), "--name"),
    (("user", "remove", "fen", "--name", "x", "--role", "principal"), "remove"),
])  # fmt: skip
def test_a_command_that_cannot_begin_says_why_in_a_sentence(words: tuple[str, ...], expected: str, run: Command) -> None:
    assert expected in sentence(run(*words))


def test_data_that_is_a_file_cannot_be_served_from(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    said = run("serve", "--port", "0", "--data", str(file))
    assert said.code == 2
    assert str(file) in said.err
    assert file.read_text() == "not a folder"


def test_an_empty_data_folder_name_does_not_mean_wherever_one_stands(run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_run", lambda app, listener: listener.close())
    monkeypatch.setattr("forms_app.site.prepare", lambda settings, say: None)
    keep_signals(monkeypatch)
    run("serve", "--port", "0", "--data", "")
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == []


def keep_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("redis://x", "names no store"), ("sqlite://relative", "names no directory"), ("postgresql://nobody:secret@127.0.0.1:1/none", "")],
)
def test_an_address_that_names_no_store_is_said_without_its_password(
    address: str, expected: str, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forms_app.site.prepare", lambda settings, say: None)
    keep_signals(monkeypatch)
    said = run("serve", "--port", "0", "--store", address)
    assert said.code == 2
    assert expected in said.err
    assert "secret" not in said.err


def test_a_key_that_others_can_read_is_refused(run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = tmp_path / "data/keys/store.key"
    load_key(key)
    key.chmod(0o644)
    monkeypatch.setattr("forms_app.site.prepare", lambda settings, say: None)
    keep_signals(monkeypatch)
    said = run("serve", "--port", "0")
    assert said.code == 2
    assert "store.key" in said.err


def test_a_missing_anchor_is_made_quietly_for_a_new_store_and_later_with_a_warning(
    run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor"
    monkeypatch.setenv("FORMS_APP_ANCHOR", str(anchor))
    monkeypatch.setattr("forms_app.site.prepare", lambda settings, say: None)
    monkeypatch.setattr(cli, "_run", lambda app, listener: listener.close())
    keep_signals(monkeypatch)
    assert "WARNING" not in run("serve", "--port", "0").err
    proof = anchor.read_bytes()
    anchor.unlink()
    said = run("serve", "--port", "0")
    assert said.code == 0
    assert said.err.startswith(f"WARNING: The anchor {anchor} is missing: ")
    assert anchor.exists()
    assert "WARNING" not in run("serve", "--port", "0").err
    anchor.write_bytes(proof[:-9] + b"\n")
    assert "Run verify" in run("serve", "--port", "0").err
    monkeypatch.setenv("FORMS_APP_ANCHOR", str(tmp_path / "none" / "anchor"))
    assert "cannot be kept" in sentence(run("serve", "--port", "0"))


@pytest.mark.parametrize(("name", "value"), [("FORMS_APP_ZONE", "Mars/Olympus"), ("FORMS_APP_HTTPS", "perhaps")])
def test_a_setting_that_cannot_be_used_is_named_with_what_is_allowed(
    name: str, value: str, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    said = sentence(run("check"))
    assert name in said
    assert value in said
    assert "Allowed" in said


@contextmanager
def serving(data: Path, *words: str) -> Iterator[tuple[str, list[str]]]:
    """Start the real thing; gives its address and what it printed."""
    command = [sys.executable, "-m", "forms_app.cli", "serve", "--port", "0", "--data", str(data), *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line.rstrip())
            if "Ctrl+C" in line:
                break
        addresses = [line.split()[-1].rstrip("/") for line in printed if line.startswith("Checklist:")]
        assert addresses, printed
        [address] = addresses
        with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:
            assert json.load(answer)["status"] == "ok"
        yield address, printed
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode in (0, 130)


def fetch(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_the_demonstration_starts_within_two_seconds_of_the_processor_and_names_every_account(built: Settings) -> None:
    """Of the processor, since other programs may keep this machine busy; test_manage.py looks at the clock on the wall."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with serving(built.data, "--demo", "--demo-password", "kelp-lantern-meadow") as (address, printed):
        lines = [line for line in printed if "kelp-lantern-meadow" in line]
        assert fetch(f"{address}/handbook/")[0] == 200
        assert "Everything here is invented" in fetch(f"{address}/sign-in")[1]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3
    )  # two, the pages fetched above, and what a busy machine adds
    assert len(lines) == 8
    assert {role.value for role in Role} <= {word.strip() for line in lines for word in line.split("kelp-lantern-meadow")[1].split(",")}


def test_without_a_password_of_ones_own_every_invented_account_gets_another(built: Settings) -> None:
    with serving(built.data, "--demo") as (_, printed):
        passwords = [found[1] for line in printed if (found := re.search(r"\s([a-z]+-[a-z]+-[a-z]+)\s", line))]
    assert len(passwords) == len(set(passwords)) == 8


def test_the_demonstration_leaves_nothing_behind(built: Settings) -> None:
    before = sorted(path.name for path in built.data.iterdir())
    with serving(built.data, "--demo"):
        pass
    assert sorted(path.name for path in built.data.iterdir()) == before


def test_a_first_start_prints_a_link_for_the_first_administrator_until_there_is_one(built: Settings, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(built.site, data / "site")
    links = []
    for _ in range(2):
        with serving(data) as (address, printed):
            links.append(next(line.partition("/welcome/")[2] for line in printed if "/welcome/" in line))
            assert "Make the first account" in fetch(f"{address}/welcome/{links[-1]}")[1]
    assert links[0] != links[1]
    settings = Settings(data=data)
    key = load_key(settings.key_file)
    assert settings.key_file.stat().st_mode & 0o077 == 0
    with open_the_store(settings.store_address, key) as store:
        browser = Visitor(create_app(settings, store, key))
        assert browser.get(f"/welcome/{links[0]}").status == 404, "the link of the earlier start has ended"
        assert browser.post(f"/welcome/{links[1]}", {"name": "Otto", "username": "otto", "password": "quartz otter saddle"}).status == 303
    with serving(data) as (_, printed):
        assert not [line for line in printed if "/welcome/" in line]


# Adding an account


def test_an_account_is_added_with_its_school_and_a_link_that_works(run: Command, tmp_path: Path) -> None:
    said = run(
        "user", "add", "fen", "--name", "Fen Newcomer", "--role", "case manager", "--role", "SBT member", "--school", "Cedarprobe Secondary"
    )
    assert said.code == 0
    link = re.search(r"http://127\.0\.0\.1:8042(/welcome/[\w-]+)", said.out)
    assert link
    settings = Settings(data=tmp_path / "data")
    key = load_key(settings.key_file)
    with open_the_store(settings.store_address, key) as store:
        account = accounts.find(store, "fen")
        assert account
        assert account.person.roles == {Role.CASE_MANAGER, Role.SBT_MEMBER}
        assert [school.name for school in schools.everyone(store)] == ["Cedarprobe Secondary"]
        browser = Visitor(create_app(settings, store, key))
        assert browser.post(link[1], {"password": "quartz otter saddle"}).status == 303
        assert "Fen Newcomer" in browser.get("/").text


def test_a_second_account_at_the_same_school_finds_it(run: Command, tmp_path: Path) -> None:
    for username in ("fen", "moss"):
        assert run("user", "add", username, "--name", "X", "--role", "principal", "--school", "Cedarprobe").code == 0
    settings = Settings(data=tmp_path / "data")
    with open_the_store(settings.store_address, load_key(settings.key_file)) as store:
        assert len(schools.everyone(store)) == 1


FEN = ("user", "add", "fen", "--name", "Fen")


@pytest.mark.parametrize(("words", "expected"), [
    ((*FEN, "--role", "boss"), "Allowed: case manager"),
    ((*FEN, "--role", "principal"), "--school"),
    (("user", "add", "fen", "--name", "x" * 101, "--role", "Student Support Services"), "At most 100"),
    (("user", "add", "f\x07n", "--name", "Fen", "--role", "Student Support Services"), "hidden character"),
    (("user", "add", "", "--name", "Fen", "--role", "Student Support Services"), ""),
    (("user", "add", "fen", "--name", " ", "--role", "Student Support Services"), ""),
    ((*FEN, "--role", "system administrator", "--role", "principal", "--school", "Cedarprobe"), "alone"),
])  # fmt: skip
def test_an_account_that_makes_no_sense_is_refused_in_a_sentence(
    words: tuple[str, ...], expected: str, run: Command, tmp_path: Path
) -> None:
    assert expected in sentence(run(*words))
    settings = Settings(data=tmp_path / "data")
    with open_the_store(settings.store_address, load_key(settings.key_file)) as store:
        assert not accounts.everyone(store)
        assert not schools.everyone(store)


def test_a_user_name_that_is_taken_is_refused_and_leaves_no_school_behind(run: Command, tmp_path: Path) -> None:
    run(*FEN, "--role", "Student Support Services")
    assert "already an account" in sentence(run("user", "add", "FEN", "--name", "Other", "--role", "principal", "--school", "Cedarprobe"))
    settings = Settings(data=tmp_path / "data")
    with open_the_store(settings.store_address, load_key(settings.key_file)) as store:
        assert not schools.everyone(store)


# A new link


def test_a_closed_account_is_opened_again_only_when_asked_for(run: Command, tmp_path: Path) -> None:
    assert run(*FEN, "--role", "Student Support Services").code == 0
    settings = Settings(data=tmp_path / "data")

    def closed(change: bool = False) -> bool:
        with open_the_store(settings.store_address, load_key(settings.key_file)) as store:
            account = accounts.find(store, "fen")
            assert account
            if change:
                accounts.set_disabled(store, account.person.id, True, Actor("test", utc_now()))
            return account.disabled

    assert "/welcome/" in run("reset", "fen").out
    assert not closed(change=True)
    said = sentence(run("reset", "fen"))
    assert "is closed" in said
    assert "--open" in said
    assert closed()
    assert "/welcome/" in run("reset", "fen", "--open").out
    assert not closed()
