"""The commands behind `python3 manage.py`. Each ends with 0, with 1 where a check found something, or with 2 where it could not begin."""

from __future__ import annotations

import argparse
import errno
import json
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from forms_app import bringing_in, reminding, upkeep
from forms_app.handbook import HandbookError, read_handbook
from forms_app.handbook.check import check, items_as_data
from forms_app.permissions import Role
from forms_app.roster import CannotRead
from forms_app.settings import ROOT, BadSetting, Settings, from_environment
from forms_app.store import Store, StoreError

PORT = 8042
Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what is wrong is one sentence, never a stack trace."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options, from_environment())
    except (HandbookError, BadSetting, CannotRun, StoreError) as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, HandbookError) else 2
    except KeyboardInterrupt:
        return 130


class CannotRun(Exception):
    """Why a command could not begin, in a sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{message}. See: python3 {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="manage.py", description="The case manager handbook and its checklist app.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, command: Command, help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(command=command)
        return sub

    serving = add("serve", serve, "serve handbook and app")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serving.add_argument("--port", type=int, default=PORT, help=f"port (default {PORT})")
    serving.add_argument("--data", help="folder for store, key and built site (default: data/)")
    serving.add_argument("--store", type=upkeep.store_address, help="address of the store (default: SQLite below the data folder)")
    serving.add_argument("--demo", action="store_true", help="an invented district in a throw-away store")
    serving.add_argument("--demo-password", metavar="X", help="one password for all invented accounts")
    building = add("build", build, "build the handbook as a static site, strictly")
    building.add_argument("--out", type=Path, default=ROOT / "site", help="where to (default: site/)")
    checking = add("check", check_handbook, "check the handbook's meaning")
    checking.add_argument("--json", action="store_true")
    checking.add_argument("--publish", action="store_true", help="write new items' ids into the list of published ids")
    listing = add("items", list_items, "list every item")
    listing.add_argument("--json", action="store_true")
    explaining = add("dictionary", write_dictionary, "write the data dictionary's page from data/dictionary.yml")
    explaining.add_argument("--print", action="store_true", dest="only_print", help="print it instead")
    users = add("user", add_user, "add an account and print its one-time link")
    users.add_argument("verb", choices=["add"])
    users.add_argument("username")
    users.add_argument("--name", required=True)
    users.add_argument("--role", action="append", required=True, dest="roles", help="may be given several times")
    users.add_argument("--school", default="", help="the school's name or Ministry code; is added if it is new")
    opening = add("open-year", open_year, "open the school year: grades move up, who has left is closed; safe to run twice")
    opening.add_argument("year", type=int, help="the year in which it begins: 2027 for 2027/28")
    opening.add_argument("--school", default="", help="name or Ministry code of one school (default: the district)")
    opening.add_argument("--yes", action="store_true", help="do it; without this it only says what it would do")
    opening.add_argument("--take-back", action="store_true", help="take the opening back where nobody has used the year yet")
    opening.add_argument("--data", help="folder of the store (default: data/)")
    bringing_in.add_arguments(add("import", import_roster, "bring in a roster: who is new, changed, unchanged, gone or in error"))
    upkeep.add_commands(add)
    resetting = add("reset", reset_user, "print a one-time link for somebody who cannot sign in, the only administrator for example")
    resetting.add_argument("username")
    resetting.add_argument("--keep-second-step", action="store_true", help="only the password is forgotten")
    resetting.add_argument("--open", action="store_true", help="open the account again if it was closed")
    reminding.add_commands(add)
    return parser


def write_dictionary(options: argparse.Namespace, settings: Settings) -> int:
    """Make the page of the data dictionary anew; a test sees to it that this is not forgotten."""
    from forms_app import data_dictionary

    page = data_dictionary.as_page(data_dictionary.read_dictionary(settings.root))
    if options.only_print:
        print(page, end="")
    else:
        (settings.root / data_dictionary.PAGE).write_text(page, encoding="utf-8")
    return 0


def build(options: argparse.Namespace, settings: Settings) -> int:
    from forms_app import site

    out = options.out.absolute()
    if out.exists() and any(out.iterdir() if out.is_dir() else [out]) and not (out / "index.html").is_file():
        raise CannotRun(f"{out} holds something that is not a built handbook. Choose an empty folder with --out.")
    try:
        site.build(settings.root, out)
    except site.BuildFailed as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The handbook is in {out}. Open index.html, or put the folder on any web server.")
    return 0


def check_handbook(options: argparse.Namespace, settings: Settings) -> int:
    import datetime as dt

    from forms_app.school_year import day_in

    found = check(settings.root, day_in(settings.zone, dt.datetime.now(dt.UTC)))
    if options.publish and found["unpublished"] and not found["errors"]:
        path = settings.root / "data/item-ids.txt"
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + "\n".join(found["unpublished"]) + "\n", encoding="utf-8")
        found["unpublished"] = []
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _say_check(found)
    return 1 if found["errors"] else 0


def _say_check(found: dict[str, Any]) -> None:
    for error in found["errors"]:
        print(error)
    for line in found["past_review"]:
        print(f"Past review: {line}")
    for item in found["unpublished"]:
        print(f"New item, not in data/item-ids.txt yet: {item} (run: python3 manage.py check --publish)")
    errors = len(found["errors"])
    if errors and not found["items"]:
        print(f"{errors} error{'s' if errors != 1 else ''}. Nothing can be counted until {'they are' if errors != 1 else 'it is'} mended.")
        return
    counts = (
        f"{found['items']} items, {found['clauses_covered']} of {found['clauses']} clauses covered, {found['guidance']} guidance documents"
    )
    print(f"{counts}, {errors} error{'s' if errors != 1 else ''}.")


def list_items(options: argparse.Namespace, settings: Settings) -> int:
    data = items_as_data(read_handbook(settings.root))
    if options.json:
        print(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        for item in data:
            print(f"{item['id']:36} {item['strength']:12} {item['title']}")
    return 0


def serve(options: argparse.Namespace, settings: Settings) -> int:
    """Serve handbook and app until interrupted."""
    from forms_app import site
    from forms_app.app import create_app
    from forms_app.records import editions, utc_now
    from forms_app.records.actor import Actor

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's stop ends as Ctrl+C does: cleanly
    if options.demo_password and not options.demo:
        raise CannotRun("--demo-password goes with --demo.")
    settings = replace(settings, data=_folder(options.data or settings.data), store=options.store or settings.store, demo=options.demo)
    if not settings.hosts and not options.host.replace(".", "").replace(":", "").isdigit() and ":" not in options.host:
        settings = replace(settings, hosts=(options.host.lower(),))  # listening by a name, the app answers to it
    with _listen(options.host, options.port) as listener:
        book = read_handbook(settings.root)
        try:
            site.prepare(settings, say=print)
        except site.BuildFailed as error:
            raise CannotRun(f"The handbook could not be built:\n{error}") from error
        with _store(settings, serving=True) as (store, key):
            _warn(store.warning, settings)
            editions.begin(store, book, Actor("serve", utc_now()))
            app = create_app(settings, store, key, book=book)
            _greet(app, f"http://{options.host}:{listener.getsockname()[1]}", options.demo_password)
            _run(app, listener)
    return 0


def _warn(warning: str, settings: Settings) -> None:
    """Tell at the start what the anchor tells. It is not refused: the district works on, and knows."""
    if not warning:
        return
    print(f"WARNING: {warning[0].upper()}{warning[1:].rstrip('.')}.", file=sys.stderr)
    if settings.anchor and not settings.anchor.exists():
        print("It is made anew now. If you have just set FORMS_APP_ANCHOR, or restored a backup, all is well.", file=sys.stderr, flush=True)
    else:
        print("Run verify, and find out why before people go on working.", file=sys.stderr, flush=True)


@contextmanager
def _store(settings: Settings, *, serving: bool = False) -> Iterator[tuple[Store, bytes]]:
    """The store to serve, and its key: the district's own, or for the demonstration one that is thrown away."""
    from forms_app.records import open_the_store
    from forms_app.store import WrongKey, load_keys, new_key

    if settings.demo:
        with tempfile.TemporaryDirectory(prefix="demo-store-") as folder:
            key = new_key()
            with open_the_store(folder, key) as store:
                yield store, key
        return
    had_key = settings.key_file.exists()
    keys = load_keys(settings.key_file)
    try:
        store = open_the_store(
            settings.store_address,
            keys,
            anchor=settings.anchor,
            anchor_anew=serving,
            upgrade_backup=settings.data / "before-upgrade.backup",
        )
    except WrongKey as error:
        if had_key:
            raise
        settings.key_file.unlink(missing_ok=True)  # made a moment ago for a new store; this one is not new
        raise CannotRun(f"The key file {settings.key_file} is missing, and the store that is there needs it. Put it back.") from error
    with store:
        yield store, keys[0]


def _folder(data: Path | str) -> Path:
    """The data folder, made if it is not there."""
    path = Path(data).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(f"{path} cannot be used as the data folder: {error.strerror}. Name a folder, or one that can be made.") from error
    return path


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else, so that a port in use costs nobody a wait."""
    if not 0 <= port <= 65535:
        raise CannotRun(f"{port} is no port. Allowed: 1 to 65535.")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        hint = "Is it running already? Choose another port with --port." if error.errno == errno.EADDRINUSE else "Check --host and --port."
        raise CannotRun(f"Cannot listen on {host}, port {port}: {error.strerror or error}. {hint}") from error
    return listener


def _greet(app: Any, address: str, demo_password: str | None) -> None:
    from forms_app import demo
    from forms_app.records import accounts, links
    from forms_app.records.actor import Actor

    desk = app.extensions["desk"]
    address = desk.settings.url or address
    print(f"Handbook: {address}/handbook/\nChecklist: {address}/")
    if desk.settings.demo:
        passwords = demo_password or _Passwords()
        made = demo.fill(desk.store, desk.book, desk.settings.root, passwords, desk.now(), desk.today())
        print("\nEverything is invented. Sign in as:")
        for person, password in made.accounts:
            print(f"  {person.username:14} {password:22} {', '.join(sorted(role.value for role in person.roles))}")
    elif not accounts.everyone(desk.store):
        token = links.create(desk.store, links.FIRST_ADMINISTRATOR, "", Actor("serve", desk.now()))
        print(f"\nNobody has an account yet. Make the first administrator here (works once, for three days):\n{address}/welcome/{token}")
    print("\nStop with Ctrl+C.", flush=True)


class _Passwords(dict[str, str]):
    """A password for each user name, made when it is asked for: three words that are easy to type."""

    WORDS = (
        "amber",
        "basil",
        "cabin",
        "delta",
        "ember",
        "fable",
        "grove",
        "hazel",
        "inlet",
        "juniper",
        "kelp",
        "lantern",
        "meadow",
        "nectar",
        "otter",
        "pebble",
        "quartz",
        "river",
        "saddle",
        "tundra",
        "violet",
        "willow",
        "yarrow",
        "zephyr",
    )

    def __missing__(self, username: str) -> str:
        self[username] = "-".join(secrets.choice(self.WORDS) for _ in range(3))
        return self[username]


def _run(app: Any, listener: socket.socket) -> None:
    import logging

    import waitress

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # “task queue depth is 1” is no news
    # Waitress would drop every X-Forwarded-* header; the app itself believes as many as FORMS_APP_PROXIES says, and none by default.
    waitress.serve(
        app,
        sockets=[listener],
        threads=8,
        ident=None,
        max_request_header_size=32 * 1024,
        max_request_body_size=16 * 1024 * 1024,
        clear_untrusted_proxy_headers=False,
    )


def open_year(options: argparse.Namespace, settings: Settings) -> int:
    """Preview the opening of a school year, do it, or take it back."""
    from forms_app.desk import Desk
    from forms_app.opening import CannotOpen, check_can_open
    from forms_app.records import schools, utc_now
    from forms_app.records.actor import Actor
    from forms_app.school_year import SchoolYear

    if not 1990 <= options.year <= 9000:
        raise CannotRun(f"{options.year} is no school year. Name the year in which it begins, for example 2027 for 2027/28.")
    settings = replace(settings, data=_folder(options.data or settings.data))
    with _store(settings) as (store, _):
        desk, year = Desk(store, read_handbook(settings.root), settings, utc_now), SchoolYear(options.year)
        try:
            check_can_open(year, desk.year())
        except CannotOpen as refused:
            raise CannotRun(str(refused)) from refused
        found = [one.id for one in schools.everyone(store) if options.school in (one.name, one.code)]
        if options.school and not found:
            raise CannotRun(f"There is no school with the name or code “{options.school}”.")
        preview, actor = desk.preview(found if options.school else None, year), Actor("cli", utc_now())
        if options.take_back:
            back, stays = desk.take_year_back(preview, actor) if options.yes else (preview.done, 0)
            print(
                f"Taken back for {back}; it stays for {stays}." if options.yes else f"{year} is open for {back}. Add --yes to take it back."
            )
            return 0
        for words, count in preview.counts:
            print(f"{count:6}  {words}")
        print(f"{len(preview.look_at):6}  to look at (the page “School year” names them)\n{preview.done:6}  open already")
        if not options.yes:
            print(f"Nothing was written. Add --yes to open {year} for {len(preview.to_do)} students.")
            return 0
        opened = desk.open_year(preview, actor, lambda done: upkeep.say("opened", done))
        print(f"{year} is open for {opened} more students." if opened else f"There was nothing to do: {year} was open already.")
    return 0


def import_roster(options: argparse.Namespace, settings: Settings) -> int:
    """Bring in a roster, or say what that would do."""
    settings = replace(settings, data=_folder(options.data or settings.data))
    with _store(settings) as (store, _):
        try:
            return bringing_in.run(options, settings, store)
        except (bringing_in.CannotImport, CannotRead) as refused:
            raise CannotRun(str(refused)) from refused


def add_user(options: argparse.Namespace, settings: Settings) -> int:
    """Add an account from the command line."""
    from forms_app.plain_text import clean
    from forms_app.records import accounts, links, schools, utc_now
    from forms_app.records.actor import Actor

    try:
        username, name, school = clean(options.username, 100), clean(options.name, 100), clean(options.school, 100)
    except ValueError as error:
        raise CannotRun(str(error)) from error
    if not username or not name:
        raise CannotRun("An account needs a user name and a --name.")
    roles = _roles(options.roles)
    if any(not role.district_wide for role in roles) and not school:
        raise CannotRun("These roles belong to a school. Name it with --school.")
    actor = Actor("cli", utc_now())
    with _store(settings) as (store, _):
        if accounts.find(store, username):
            raise CannotRun(f"There is already an account with the user name “{username}”.")
        found = next((one.id for one in schools.everyone(store) if school in (one.name, one.code)), "") if school else ""
        if school and not found:
            found = schools.create(store, school, "", actor).id
        person = accounts.create(store, username, name, roles, found, "", actor)
        token = links.create(store, links.SET_PASSWORD, person.id, actor)
    print(f"Added {person.username}. They choose a password here (works once, for three days):\n{_address(settings)}/welcome/{token}")
    return 0


def _address(settings: Settings) -> str:
    return settings.url or f"http://127.0.0.1:{PORT}"


def reset_user(options: argparse.Namespace, settings: Settings) -> int:
    """Print a one-time link for an account: its sessions end now; the link sets a password and, unless asked not to, removes the second step."""
    from forms_app.records import accounts, links, sessions, utc_now
    from forms_app.records.actor import Actor

    actor = Actor("cli", utc_now())
    with _store(settings) as (store, _):
        account = accounts.find(store, options.username)
        if account is None:
            raise CannotRun(f"There is no account with the user name “{options.username}”.")
        if account.disabled:
            if not options.open:
                raise CannotRun(f"The account “{account.person.username}” is closed. Add --open to open it again.")
            accounts.set_disabled(store, account.person.id, False, actor)
        sessions.end_all(store, account.person.id, actor.at, by=actor)
        token = links.create(store, links.SET_PASSWORD, account.person.id, actor, clears_factors=not options.keep_second_step)
    print(f"{account.person.username} chooses a new password here (works once, for three days):\n{_address(settings)}/welcome/{token}")
    return 0


def _roles(words: Sequence[str]) -> frozenset[Role]:
    known = [role.value for role in Role]
    for word in words:
        if word not in known:
            raise CannotRun(f"“{word}” is no role. Allowed: {', '.join(known)}.")
    roles = frozenset(Role(word) for word in words)
    if Role.ADMINISTRATOR in roles and len(roles) > 1:
        raise CannotRun("A system administrator sees no students, so this role stands alone. Make a second account for the other roles.")
    return roles


if __name__ == "__main__":
    sys.exit(main())
