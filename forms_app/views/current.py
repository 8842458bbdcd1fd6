"""What the present request works with, typed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import current_app, g, request

from forms_app import access
from forms_app.checklists import Checklist
from forms_app.desk import Delegated, Desk
from forms_app.meetings import Meeting
from forms_app.permissions import Action, Person, Tie, actions
from forms_app.records.accounts import Account
from forms_app.records.actor import Actor
from forms_app.records.students import StudentRecord
from forms_app.school_year import SchoolYear
from forms_app.shared import Shared
from forms_app.views.rows import Rows


def desk() -> Desk:
    found: Desk = current_app.extensions["desk"]
    return found


def person() -> Person:
    found: Person = g.person
    return found


def account() -> Account:
    """The signed-in person's account, with its factors."""
    found: Account = g.account
    return found


def record() -> StudentRecord:
    """The student that the address names, already seen to be visible."""
    found: StudentRecord = g.record
    return found


def shared() -> Shared:
    """What an education assistant sees of the student that the address names."""
    found: Shared = g.shared
    return found


def delegated() -> Delegated:
    """The one item that the address names and that this person was given."""
    found: Delegated = g.delegated
    return found


def meeting() -> Meeting:
    """The meeting that the address names."""
    found: Meeting = g.meeting
    return found


def ties() -> tuple[Tie, ...]:
    """Why this person sees the student, the closest tie first."""
    found: tuple[Tie, ...] = g.ties
    return found


def year() -> SchoolYear:
    """The school year that is shown."""
    found: SchoolYear = g.year
    return found


def actor() -> Actor:
    return access.actor(desk())


def rows(checklist: Checklist, people: Mapping[str, Person] | None = None) -> Rows:
    """The rows of a checklist; `people` where the caller has them already."""
    found = desk()
    statements: dict[str, tuple[str, ...]] = {}
    for one in g.record.corrections if "record" in g and g.record.student.id == checklist.student.id else ():
        if one.about.kind == "mark":
            statements[one.about.key] = (*statements.get(one.about.key, ()), one.words)
    may_give = "record" in g and Action.NAME_TEAM in actions(person(), checklist.student, found.today(), found.now())
    return Rows(checklist, found.book, found.people() if people is None else people, found.settings.zone, statements, may_give)


def partial() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def address() -> str:
    """Where this app is, for links that leave it: the configured address, or the one that was asked for."""
    return desk().settings.link("", request.host_url)


def relying_party() -> str:
    """The name that passkeys belong to."""
    return urlsplit(address()).hostname or ""


def passkeys_possible() -> bool:
    """Browsers keep passkeys for names, not for numbers."""
    try:
        ipaddress.ip_address(relying_party())
    except ValueError:
        return True
    return False


def safe_path(path: str) -> str:
    """A path within this app, or nothing: never another host."""
    return path if re.fullmatch(r"/(?![/\\])[A-Za-z0-9/_.@-]*", path) else ""
