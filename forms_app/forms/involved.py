"""Naming people to a student, and opening a record in an emergency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField
from wtforms.validators import StopValidation

from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.naming import LONGEST_REASON, Naming
from forms_app.permissions import Person, Role
from forms_app.students import Part

SHORTEST_REASON = 10  # characters
NOTHING_ABOUT_HEALTH = "A few words, and nothing about anybody's health"


class NamingForm(Form):
    """What all three forms share; which one it is stands in a hidden field."""

    part = Part.SBT
    since = DayField("First day")
    until = DayField("Last day", hint="The access ends by itself after this day")
    reason = text_field("Why", LONGEST_REASON, hint=NOTHING_ABOUT_HEALTH)

    @property
    def prefix(self) -> str:
        """Put before each field's id: three such forms stand on one page."""
        return f"{self.part.value}-"

    def offer(self, people: Iterable[tuple[Person, tuple[Role, ...]]]) -> None:
        """Say who can be chosen, and in which roles."""

    def naming(self, people: dict[str, Person]) -> Naming:
        return Naming(self.part, None, None, self.since.data, self.until.data, self.reason.data or "")


class TeamForm(NamingForm):
    """Somebody joins the student's team in one of their roles."""

    part = Part.TEAM
    who = SelectField("Who", choices=[], validate_choice=False)
    until = DayField("Last day, if it is known", hint="Leave empty while it lasts")
    reason = text_field("Why, if it is not plain from the role", LONGEST_REASON, hint=NOTHING_ABOUT_HEALTH)

    def offer(self, people: Iterable[tuple[Person, tuple[Role, ...]]]) -> None:
        pairs = [(f"{role.value}|{person.id}", f"{person.name}, {role.value}") for person, roles in people for role in roles]
        self.who.choices = choices([("", "Choose"), *pairs])

    def naming(self, people: dict[str, Person]) -> Naming:
        word, _, person = (self.who.data or "").partition("|")
        role = next((role for role in Role if role.value == word), None)
        return Naming(self.part, people.get(person), role, self.since.data, self.until.data, self.reason.data or "")


class CoverForm(NamingForm):
    """A colleague stands in for the case manager."""

    part = Part.COVERING
    who = SelectField("Who covers", choices=[], validate_choice=False)

    def offer(self, people: Iterable[tuple[Person, tuple[Role, ...]]]) -> None:
        self.who.choices = choices([("", "Choose"), *((person.id, person.name) for person, _ in people)])

    def naming(self, people: dict[str, Person]) -> Naming:
        return Naming(self.part, people.get(self.who.data or ""), None, self.since.data, self.until.data, self.reason.data or "")


class DiscussForm(NamingForm):
    """The school-based team discusses the student until a day."""

    part = Part.SBT
    until = DayField("Until", hint="Usually the day of the meeting, or a week after it")


FORMS: dict[str, type[NamingForm]] = {form.part.value: form for form in (TeamForm, CoverForm, DiscussForm)}


class EmergencyForm(Form):
    """A principal opens one record for an hour."""

    who = text_field(
        "Pupil number, PEN, or the student's exact name", 200, required="Enter a pupil number, a PEN, or the exact name.",
        hint="The name as it is used at school, given name first", autocomplete="off",
    )  # fmt: skip
    reason = text_field(
        "Why do you need this record now?", LONGEST_REASON, required="Say why. Student Support Services and the principal of the student's school will read it.",
        hint="They read this: Student Support Services, and the principal of the student's school",
    )  # fmt: skip

    def validate_reason(self, field: Any) -> None:
        if len(field.data or "") < SHORTEST_REASON:
            raise StopValidation("Say why in a few words: who reads it must understand it.")
