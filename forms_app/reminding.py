"""`manage.py remind`: the weekly e-mail to everybody who asked for one. Meant for cron or the Task Scheduler; running it twice does no harm."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field

from forms_app import mail
from forms_app.desk import Desk
from forms_app.handbook import read_handbook
from forms_app.permissions import Person
from forms_app.records import accounts, open_the_store, reminders, utc_now
from forms_app.records.actor import Actor
from forms_app.reminders import Digest, digest, subject, text, week_of
from forms_app.settings import Settings
from forms_app.store import load_keys
from forms_app.upkeep import Add, store_address

ACTOR = "remind"


@dataclass
class Outcome:
    """How often each thing happened; never to whom."""

    counts: Counter[str] = field(default_factory=Counter)
    problem: str = ""

    def __str__(self) -> str:
        said = [
            f"{self.counts[word]} {word}" for word in ("sent", "would be sent", "already sent this week", "with nothing due", "not sent")
        ]
        return ", ".join(part for part in said if not part.startswith("0 ")) or "Nobody has asked for a weekly e-mail"


def add_commands(add: Add) -> None:
    reminding = add("remind", _remind, "send the weekly e-mail to everybody who asked for it")
    reminding.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    reminding.add_argument("--store", type=store_address, help="address of the store (default: SQLite below the data folder)")


def _remind(options: argparse.Namespace, settings: Settings) -> int:
    """0: everything that was to be sent was sent. 1: something could not be sent. 2: it could not begin."""
    if settings.smtp is None and not options.dry_run:
        return _stop("No mail server is set. Set FORMS_APP_SMTP_HOST and FORMS_APP_SMTP_FROM, or try --dry-run.")
    if not settings.url and not options.dry_run:
        return _stop("The e-mail needs a link. Set FORMS_APP_URL to where people open the app, such as https://checklist.example.ca")
    keys = load_keys(settings.key_file, create=False)
    address, backup = options.store or settings.store_address, settings.data / "before-upgrade.backup"
    with open_the_store(address, keys, create=False, anchor=settings.anchor, upgrade_backup=backup) as store:
        desk = Desk(store, read_handbook(settings.root), settings, utc_now)
        try:
            outcome = remind(desk, options.dry_run)
        except mail.MailServerUnavailable as error:
            return _stop(str(error))
    print(f"{outcome}.")
    if outcome.problem:
        print(outcome.problem, file=sys.stderr)
    return 1 if outcome.counts["not sent"] else 0


def _stop(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


def remind(desk: Desk, dry_run: bool = False) -> Outcome:
    """Write to everybody who asked, has something due, and was not written to this week.

    Raises MailServerUnavailable where nothing can be sent at all; a server that goes away later leaves the rest for the next run.
    """
    outcome, week = Outcome(), week_of(desk.today())
    waiting: list[tuple[Person, reminders.Reminders, Digest]] = []
    for account in accounts.everyone(desk.store):
        chosen = reminders.get(desk.store, account.person.id)
        if account.disabled or not chosen.on:
            continue
        if chosen.week == week:
            outcome.counts["already sent this week"] += 1
            continue
        found = digest(desk.worklist(account.person), desk.today())
        if found:
            waiting.append((account.person, chosen, found))
        else:
            outcome.counts["with nothing due"] += 1
    if dry_run:
        for _, _, found in waiting:
            print(f"Would send: {subject(found)}")
        outcome.counts["would be sent"] = len(waiting)
        return outcome
    smtp = desk.settings.smtp
    with mail.connect(smtp) if waiting and smtp else nullcontext() as mailer:
        for number, (person, chosen, found) in enumerate(waiting):
            try:
                outcome.counts[_send(desk, mailer, person, chosen, found, week) if mailer else "not sent"] += 1
            except mail.MailServerUnavailable as gone:
                outcome.problem = str(gone)
                outcome.counts["not sent"] += len(waiting) - number
                break
    return outcome


def _send(desk: Desk, mailer: mail.Mailer, person: Person, chosen: reminders.Reminders, found: Digest, week: str) -> str:
    """Claimed before it is sent: a crash in between costs one e-mail, and never sends two."""
    actor = Actor(ACTOR, desk.now())
    if not reminders.claim_week(desk.store, person.id, week, actor):
        return "already sent this week"
    home, own = desk.settings.link("/", ""), desk.settings.link("/reminders", "")
    try:
        mailer.send(chosen.email, subject(found), text(found, home, own))
    except (mail.NotSent, mail.MailServerUnavailable) as error:
        reminders.release_week(desk.store, person.id, week, chosen.week, actor)
        if isinstance(error, mail.MailServerUnavailable):
            raise
        return "not sent"
    return "sent"
