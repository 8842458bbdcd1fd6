"""Who somebody is to the district's directory: an issuer and a subject belong to one account, from the first time they sign in with it."""

from __future__ import annotations

import hashlib

from tinydb import TinyDB

from forms_app.permissions import Person, Post
from forms_app.records import accounts
from forms_app.records.accounts import Account, normal_username
from forms_app.records.actor import Actor
from forms_app.store import AlreadyThere, Columns, Kind, NoSuchRecord, Store


class NotOnTheList(Exception):
    """Nobody has made an account for this person, or not clearly one; the message is a sentence for them."""


def _id(issuer: str, subject: str) -> str:
    return "i" + hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()[:40]


def find(store: Store, issuer: str, subject: str) -> Account | None:
    """The account that this identity was bound to."""
    document = store.get("identity", _id(issuer, subject))
    account = accounts.get(store, document.db.table("identity").all()[0]["account"]) if document else None
    return account if account and (issuer, subject) in account.identities else None


def listed(store: Store, name: str, issuer: str) -> Account:
    """The one account that the administrator has made for `name`. Raises NotOnTheList."""
    wanted = normal_username(name)
    found = [one for one in accounts.everyone(store) if wanted and wanted in (one.directory, one.person.username)]
    if len(found) != 1:
        raise NotOnTheList(
            "Your administrator has not made an account for you yet. Ask them to add you."
            if not found
            else "Two accounts have your name in them. Ask your administrator which of them is yours."
        )
    account = accounts.get(store, found[0].person.id)
    if account is None or any(known == issuer for known, _ in account.identities):
        raise NotOnTheList("Your account belongs to another person of the district's directory. Ask your administrator.")
    return account


def bind(store: Store, account_id: str, issuer: str, subject: str, actor: Actor) -> None:
    """From now on this identity is this account, whatever happens to its e-mail address."""
    entry = actor.entry("bind a district sign-in")
    try:
        store.create("identity", lambda db: db.table("identity").insert({"account": account_id}), entry, id=_id(issuer, subject))
    except AlreadyThere:  # left from an account that forgot it
        store.change("identity", _id(issuer, subject), lambda db: db.table("identity").update({"account": account_id}), entry)

    def write(db: TinyDB) -> None:
        if not any((row["issuer"], row["subject"]) == (issuer, subject) for row in db.table("identities").all()):
            db.table("identities").insert({"issuer": issuer, "subject": subject, "since": actor.at.isoformat()})

    store.change("account", account_id, write, entry)


def forget(store: Store, account_id: str, actor: Actor) -> None:
    """Let the account be bound anew, as when somebody got a new entry in the directory."""
    account = accounts.get(store, account_id)
    for issuer, subject in account.identities if account else ():
        try:
            store.delete("identity", _id(issuer, subject), actor.entry("forget a district sign-in"))
        except NoSuchRecord:
            continue
    store.change("account", account_id, lambda db: db.table("identities").truncate(), actor.entry("forget a district sign-in"))


def account_for_groups(store: Store, username: str, name: str, posts: frozenset[Post], actor: Actor) -> Person:
    """An account for somebody whom the directory's groups let in. Raises UsernameTaken."""
    person = accounts.create(store, username, name, frozenset(), "", "", actor)
    accounts.follow_directory(store, person.id, posts, actor)
    store.change("account", person.id, lambda db: db.table("account").update({"by_groups": True}), actor.entry("give roles by groups"))
    return person


KIND = Kind("identity", lambda db: (Columns(), {}))
