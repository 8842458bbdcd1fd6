"""What the system administrator asks of everybody who signs in: which roles need a second factor."""

from __future__ import annotations

from tinydb import TinyDB

from forms_app.permissions import Person, Role
from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, Store

ID = "policy"


def roles_with_second_factor(store: Store) -> frozenset[Role]:
    document = store.get("policy", ID)
    return frozenset(Role(row["role"]) for row in document.db.table("second factor").all()) if document else frozenset()


def needs_second_factor(store: Store, person: Person) -> bool:
    return bool(person.roles & roles_with_second_factor(store))


def require_second_factor(store: Store, roles: frozenset[Role], actor: Actor) -> None:
    """From now on exactly these roles need one."""
    words = sorted(role.value for role in roles)

    def write(db: TinyDB) -> None:
        db.table("second factor").truncate()
        db.table("second factor").insert_multiple({"role": word} for word in words)

    store.change_or_create("policy", ID, write, actor.entry("require a second factor", *words))


KIND = Kind("policy", lambda db: (Columns(), {}))
