"""What the present request works with, typed."""

from __future__ import annotations

from flask import current_app, g, request

from forms_app import access
from forms_app.desk import Desk
from forms_app.permissions import Person
from forms_app.records.actor import Actor
from forms_app.records.students import StudentRecord
from forms_app.school_year import SchoolYear


def desk() -> Desk:
    found: Desk = current_app.extensions["desk"]
    return found


def person() -> Person:
    found: Person = g.person
    return found


def record() -> StudentRecord:
    """The student that the address names, already seen to be visible."""
    found: StudentRecord = g.record
    return found


def year() -> SchoolYear:
    """The school year that is shown."""
    found: SchoolYear = g.year
    return found


def actor() -> Actor:
    return access.actor(desk())


def partial() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"
