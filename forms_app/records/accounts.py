"""Accounts: who somebody is, their roles, and how they prove it. A user name belongs to one account only."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field, replace
from typing import Any

from tinydb import TinyDB

from forms_app.permissions import Person, Post, Role, post
from forms_app.records import factors
from forms_app.records.actor import Actor
from forms_app.records.factors import Factors
from forms_app.store import AlreadyThere, Columns, Document, Kind, Store, new_id


@dataclass(frozen=True)
class Account:
    """`password_hash` is empty until its owner has set a password through a one-time link.

    `directory` is how the district's directory names the person, for the first time that they sign in with it; empty where it is the user name.
    `by_groups` says that the account was made, and its roles are given, by the directory's groups. `identities` are (issuer, subject).
    """

    person: Person
    password_hash: str
    disabled: bool = False
    directory: str = ""
    by_groups: bool = False
    identities: tuple[tuple[str, str], ...] = ()
    factors: Factors = field(default_factory=Factors)


class UsernameTaken(Exception):
    """Another account has this user name."""


def normal_username(text: str) -> str:
    """The form in which user names are compared: NFKC, lower case, no surrounding space."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _username_id(username: str) -> str:
    return "u" + hashlib.sha256(normal_username(username).encode()).hexdigest()[:32]


def create(store: Store, username: str, name: str, roles: frozenset[Role], school: str, password_hash: str, actor: Actor) -> Person:
    """Add an account with one post for each role, at `school` or for the district. Raises UsernameTaken."""
    account_id = new_id()
    try:
        store.create(
            "username",
            lambda db: db.table("claim").insert({"account": account_id}),
            actor.entry("claim a user name"),
            id=_username_id(username),
        )
    except AlreadyThere:
        holder = find(store, username)
        if holder is not None:
            raise UsernameTaken from None
        # The claim of an account that was never made (the power went between the two writes) is taken over.
        store.change(
            "username",
            _username_id(username),
            lambda db: db.table("claim").update({"account": account_id}),
            actor.entry("claim a user name"),
        )
    words = sorted(role.value for role in roles)
    posts = [_post_row(post(role, school)) for role in sorted(roles, key=lambda role: role.value)]
    row = {"username": normal_username(username), "name": name, "posts": posts, "password": password_hash, "disabled": False}
    document = store.create("account", lambda db: db.table("account").insert(row), actor.entry("add an account", *words), id=account_id)
    return read(document).person


def get(store: Store, account_id: str) -> Account | None:
    document = store.get("account", account_id)
    return read(document) if document else None


def find(store: Store, username: str) -> Account | None:
    """The account with this user name."""
    claim = store.get("username", _username_id(username))
    return get(store, claim.db.table("claim").all()[0]["account"]) if claim else None


def everyone(store: Store) -> list[Account]:
    """Everybody, from summaries: without hashes and without factors."""
    return [_account(summary.id, {**summary.summary, "password": ""}) for summary in store.list("account")]  # lists carry no hash  # nosec B105


def set_password(store: Store, account_id: str, password_hash: str, actor: Actor, *, clear_factors: bool = False) -> None:
    """Set a password; `clear_factors` removes every second factor with the same stroke."""

    def write(db: TinyDB) -> None:
        db.table("account").update({"password": password_hash})
        if clear_factors:
            factors.drop_all(db)

    store.change("account", account_id, write, actor.entry("set a password", *(["second factors"] if clear_factors else [])))


def renew_hash(store: Store, account_id: str, old: str, new: str, actor: Actor) -> None:
    """Keep the same password under a newer hash, unless it was changed meanwhile."""

    def write(db: TinyDB) -> None:
        if db.table("account").all()[0]["password"] == old:
            db.table("account").update({"password": new})

    store.change("account", account_id, write, actor.entry("keep a password under a newer hash"))


def edit(store: Store, account_id: str, name: str, directory: str, actor: Actor) -> None:
    """Change how somebody is called, here and in the district's directory. The audit entry names the fields that changed."""
    new = {"name": name, "directory": normal_username(directory)}

    def write(db: TinyDB) -> list[str]:
        [old] = db.table("account").all()
        changed = [field for field, value in new.items() if old.get(field, "") != value]
        if changed:
            db.table("account").update(new)
        return changed

    store.change("account", account_id, write, lambda changed: actor.entry("edit an account", *changed))


def follow_directory(store: Store, account_id: str, posts: frozenset[Post], actor: Actor) -> None:
    """Give somebody whose roles come from the directory exactly these; the audit entry names the roles."""
    rows = sorted((_post_row(one) for one in posts), key=lambda row: (row["school"], row["role"]))

    def write(db: TinyDB) -> None:
        if db.table("account").all()[0]["posts"] != rows:
            db.table("account").update({"posts": rows})

    store.change("account", account_id, write, actor.entry("follow the directory", *sorted({one.role.value for one in posts})))


def set_disabled(store: Store, account_id: str, disabled: bool, actor: Actor) -> None:
    """Shut an account or open it again. Whoever shuts it ends its sessions too."""
    store.change(
        "account",
        account_id,
        lambda db: db.table("account").update({"disabled": disabled}),
        actor.entry("disable an account" if disabled else "enable an account"),
    )


def add_post(store: Store, account_id: str, new: Post, actor: Actor) -> None:
    """Give somebody a role at a school; the same twice is one."""

    def write(db: TinyDB) -> None:
        [row] = db.table("account").all()
        if _post_row(new) not in row["posts"]:
            db.table("account").update({"posts": [*row["posts"], _post_row(new)]})

    store.change("account", account_id, write, actor.entry("give a role", new.role.value))


def end_post(store: Store, account_id: str, old: Post, actor: Actor) -> None:
    """Take a role at a school away; it counts no more from the next request on."""

    def write(db: TinyDB) -> None:
        [row] = db.table("account").all()
        db.table("account").update({"posts": [post for post in row["posts"] if post != _post_row(old)]})

    store.change("account", account_id, write, actor.entry("take a role away", old.role.value))


def _post_row(one: Post) -> dict[str, str]:
    return {"role": one.role.value, "school": one.school}


def read(document: Document) -> Account:
    identities = tuple((row["issuer"], row["subject"]) for row in document.db.table("identities").all())
    return replace(_account(document.id, document.db.table("account").all()[0]), identities=identities, factors=factors.of(document.db))


def _account(account_id: str, row: Any) -> Account:
    held = [Post(Role(one["role"]), one["school"]) for one in row["posts"]]
    person = Person(account_id, row["name"], username=row["username"], posts=held)
    return Account(person, row["password"], row["disabled"], row.get("directory", ""), row.get("by_groups", False))


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    row = dict(db.table("account").all()[0])
    row.pop("password")
    return Columns(state="disabled" if row["disabled"] else "open"), row


KIND = Kind("account", _summarize)
USERNAME_KIND = Kind("username", lambda db: (Columns(), {}))
