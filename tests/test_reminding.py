"""`manage.py remind` against a server that really speaks SMTP: who is written to, what it says, and what happens when something fails."""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from forms_app import cli, mail
from forms_app.desk import Desk
from forms_app.records import accounts, open_the_store, reminders
from forms_app.records.actor import Actor
from forms_app.reminders import Digest, check_address, week_of
from forms_app.reminding import remind
from forms_app.settings import Smtp
from forms_app.store import load_keys
from tests.district import District
from tests.smtp_server import MailServer, certificate

WITHOUT_TLS = "none"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def desk(app: Flask, district: District, server: MailServer) -> Desk:
    """The manager has something due and asked for the e-mail; the colleague asked for none."""
    desk: Desk = app.extensions["desk"]
    desk.settings = replace(desk.settings, url="https://checklist.example.ca", smtp=smtp(server))
    district.event(district.students["own"], "sbt-meeting", dt.date(2026, 11, 19))
    district.event(district.students["colleague's"], "sbt-meeting", dt.date(2026, 11, 19), by="colleague")
    ask(district, "manager")
    return desk


def smtp(server: MailServer, **more: object) -> Smtp:
    known = {"host": "127.0.0.1", "port": server.port, "sender": "checklist@example.ca", "security": WITHOUT_TLS}
    return Smtp(**{**known, **more})


def ask(district: District, username: str) -> None:
    reminders.choose(district.store, district.people[username].id, True, f"{username}@example.ca", district.actor(username))


def test_who_asked_gets_numbers_and_a_link_and_no_name(desk: Desk, server: MailServer, district: District) -> None:
    assert str(remind(desk)) == "1 sent"
    [taken] = server.taken
    assert (taken.sender, taken.receivers) == ("checklist@example.ca", ["manager@example.ca"])
    assert re.fullmatch(r"Checklist: (\d+ items? due, \d+ overdue|\d+ items? overdue)", taken.message["Subject"])
    said = taken.message.get_content().replace("\r\n", "\n")
    assert "https://checklist.example.ca/\n" in said
    assert "https://checklist.example.ca/reminders" in said
    assert not [name for name in district.names() if name in taken.raw.decode()]
    assert district.students["own"] not in said
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.message["Date"]
    assert taken.message["Message-ID"].endswith("@example.ca>")


def test_nobody_is_written_to_twice_in_a_week_and_everybody_again_in_the_next(desk: Desk, server: MailServer, district: District) -> None:
    remind(desk)
    assert str(remind(desk)) == "1 already sent this week"
    assert len(server.taken) == 1
    district.clock.move(days=5)  # Sunday
    remind(desk)
    assert len(server.taken) == 1
    district.clock.move(days=1)
    assert str(remind(desk)) == "1 sent"


def test_when_nothing_is_due_no_e_mail_comes(desk: Desk, server: MailServer, district: District) -> None:
    ask(district, "office")
    assert str(remind(desk)) == "1 sent, 1 with nothing due"
    assert [taken.receivers for taken in server.taken] == [["manager@example.ca"]]


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(
    desk: Desk, server: MailServer, district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    assert str(remind(desk, dry_run=True)) == "1 would be sent"
    said = capsys.readouterr().out
    assert re.search(r"Would send: Checklist: \d+ item", said)
    assert "manager" not in said
    assert server.taken == []
    assert str(remind(desk)) == "1 sent", "the week is still open"


def test_one_receiver_that_is_refused_stops_nobody_else_and_is_tried_again(desk: Desk, server: MailServer, district: District) -> None:
    ask(district, "colleague")
    server.refuse = ("colleague@example.ca",)
    assert str(remind(desk)) == "1 sent, 1 not sent"
    server.refuse = ()
    assert str(remind(desk)) == "1 sent, 1 already sent this week"
    assert sorted(receiver for taken in server.taken for receiver in taken.receivers) == ["colleague@example.ca", "manager@example.ca"]


def test_a_server_that_hangs_up_halfway_costs_nobody_their_e_mail(desk: Desk, server: MailServer, district: District) -> None:
    ask(district, "colleague")
    server.hang_up_after = 1
    outcome = remind(desk)
    assert (str(outcome), outcome.problem) == ("1 sent, 1 not sent", mail.GONE)
    server.hang_up_after = 10
    remind(desk)
    assert sorted(receiver for taken in server.taken for receiver in taken.receivers) == ["colleague@example.ca", "manager@example.ca"]


def test_a_server_that_does_not_answer_is_said_and_nothing_is_noted_as_sent(desk: Desk, district: District) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        desk.settings = replace(desk.settings, smtp=Smtp("127.0.0.1", taken.getsockname()[1], "checklist@example.ca", WITHOUT_TLS))
        with pytest.raises(mail.MailServerUnavailable, match=r"127\.0\.0\.1, port \d+ does not answer: Connection refused"):
            remind(desk)
    assert reminders.get(district.store, district.people["manager"].id).week == ""


def test_an_account_that_is_closed_is_not_written_to(desk: Desk, server: MailServer, district: District) -> None:
    district.store.change(
        "account", district.people["manager"].id, lambda db: db.table("account").update({"disabled": True}), district.actor().entry("x")
    )
    assert str(remind(desk)) == "Nobody has asked for a weekly e-mail"
    assert server.taken == []


def test_two_runs_at_once_send_one(district: District, desk: Desk) -> None:
    who, week = district.people["manager"].id, week_of(district.today)
    assert [reminders.claim_week(district.store, who, week, district.actor()) for _ in range(2)] == [True, False]


# Encryption


def test_starttls_encrypts_and_signs_in(desk: Desk, district: District, tmp_path: Path) -> None:
    context, file = certificate(tmp_path)
    with MailServer(tls=context, passwords={"app": "kelp-lantern"}) as server:
        desk.settings = replace(
            desk.settings, smtp=smtp(server, security="starttls", user="app", password="kelp-lantern", authorities=file)
        )
        remind(desk)
        assert [(taken.encrypted, taken.user) for taken in server.taken] == [(True, "app")]


def test_tls_from_the_start_encrypts_too(desk: Desk, district: District, tmp_path: Path) -> None:
    context, file = certificate(tmp_path)
    with MailServer(tls=context, from_the_start=True) as server:
        desk.settings = replace(desk.settings, smtp=smtp(server, security="tls", authorities=file))
        remind(desk)
        assert [taken.encrypted for taken in server.taken] == [True]


@pytest.mark.parametrize(
    ("security", "trusted", "password", "sentence"),
    [
        ("starttls", False, "kelp-lantern", "could not be trusted"),
        ("starttls", True, "wrong", "refused the user name or the password"),
        ("tls", True, "kelp-lantern", "speaks no TLS there"),
    ],
)
def test_what_cannot_be_trusted_gets_no_message(
    security: str, trusted: bool, password: str, sentence: str, desk: Desk, district: District, tmp_path: Path
) -> None:
    context, file = certificate(tmp_path)
    with MailServer(tls=context, passwords={"app": "kelp-lantern"}) as server:
        found = smtp(server, security=security, user="app", password=password, authorities=file if trusted else None)
        desk.settings = replace(desk.settings, smtp=found)
        with pytest.raises(mail.MailServerUnavailable, match=sentence):
            remind(desk)
        assert server.taken == []


def test_a_server_without_encryption_is_not_spoken_to_when_the_settings_ask_for_it(desk: Desk, server: MailServer) -> None:
    desk.settings = replace(desk.settings, smtp=smtp(server, security="starttls"))
    with pytest.raises(mail.MailServerUnavailable, match="FORMS_APP_SMTP_SECURITY"):
        remind(desk)
    assert server.taken == []


# The command


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store on disk with one account that asked for the e-mail."""
    monkeypatch.setenv("FORMS_APP_DATA", str(tmp_path))
    for name in ("SMTP_HOST", "SMTP_FROM", "SMTP_PORT", "SMTP_SECURITY", "ADDRESS", "STORE"):
        monkeypatch.delenv(f"FORMS_APP_{name}", raising=False)
    key = load_keys(tmp_path / "keys" / "store.key")
    with open_the_store(str(tmp_path / "store"), key) as store:
        actor = Actor("test", dt.datetime.now(dt.UTC))
        person = accounts.create(store, "office", "Office", frozenset(), "", "", actor)
        reminders.choose(store, person.id, True, "office@example.ca", actor)
    return tmp_path


def run(*words: str) -> int:
    return cli.main(["remind", *words])


def test_without_settings_it_ends_with_2_and_says_what_to_set(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 2
    assert "Set FORMS_APP_SMTP_HOST and FORMS_APP_SMTP_FROM" in capsys.readouterr().err
    monkeypatch.setenv("FORMS_APP_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("FORMS_APP_SMTP_FROM", "checklist@example.ca")
    assert run() == 2
    assert "Set FORMS_APP_URL" in capsys.readouterr().err
    assert run("--dry-run") == 0, "which needs neither"
    assert "with nothing due" in capsys.readouterr().out


def test_it_ends_with_0_when_there_was_nothing_to_send(
    data: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_FROM": "a@example.ca", "SMTP_SECURITY": "none", "URL": "https://x.example.ca",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"FORMS_APP_{name}", value)
    assert run() == 0
    assert capsys.readouterr().out == "1 with nothing due.\n"
    assert run("--store", str(data / "nowhere")) == 2


# The words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Digest(3, 1), "3 items due, 1 overdue"),
        (Digest(1, 0), "1 item due"),
        (Digest(0, 2), "2 items overdue"),
        (Digest(0, 1), "1 item overdue"),
        (Digest(), "nothing due"),
    ],
)
def test_a_digest_is_numbers(found: Digest, words: str) -> None:
    assert str(found) == words
    assert bool(found) == (words != "nothing due")


def test_a_week_begins_on_monday_also_at_the_turn_of_the_year() -> None:
    days = [dt.date(2026, 12, 27), dt.date(2026, 12, 28), dt.date(2027, 1, 1), dt.date(2027, 1, 3), dt.date(2027, 1, 4)]
    assert [week_of(day) for day in days] == ["2026-W52", "2026-W53", "2026-W53", "2026-W53", "2027-W01"]


@pytest.mark.parametrize("address", ["a@example.ca", "first.last+tag@sd00.bc.ca", "o'neil@example.ca"])
def test_an_address_that_people_have_is_taken(address: str) -> None:
    assert check_address(f" {address} ") == address


def test_a_line_break_in_a_header_is_refused_whatever_was_checked_before(desk: Desk, server: MailServer) -> None:
    smtp_settings = desk.settings.smtp
    assert smtp_settings
    with mail.connect(smtp_settings) as mailer, pytest.raises(ValueError, match=r"(?i)header|linefeed"):
        mailer.send("a@example.ca\r\nBcc: b@example.ca", "x", "y")
    assert server.taken == []
