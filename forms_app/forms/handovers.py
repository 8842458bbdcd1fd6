"""Handing over one student or a caseload, and answering."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import SelectField, SelectMultipleField

from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.forms.involved import NOTHING_ABOUT_HEALTH
from forms_app.handovers import LONGEST, PROMPTS
from forms_app.naming import LONGEST_REASON
from forms_app.permissions import Person

FIELDS = {"first": "first", "speak with": "speak_with", "promised": "promised"}  # prompt to field


class TellForm(Form):
    """What the giver would want to know."""

    first = text_field(PROMPTS["first"], LONGEST)
    speak_with = text_field(PROMPTS["speak with"], LONGEST)
    promised = text_field(PROMPTS["promised"], LONGEST, hint=NOTHING_ABOUT_HEALTH)

    def told(self) -> dict[str, str]:
        return {prompt: self[name].data or "" for prompt, name in FIELDS.items()}


class OfferForm(TellForm):
    """To whom, and what they should know."""

    who = SelectField("Who takes over", choices=[], validate_choice=False)

    def offer(self, people: Iterable[Person]) -> None:
        self.who.choices = choices([("", "Choose"), *((person.id, person.name) for person in people)])


class SendBackForm(Form):
    """The receiver says no."""

    reason = text_field(
        "Why you send it back",
        LONGEST,
        required="Say why you send it back. Your colleague and the principal read it.",
        hint=NOTHING_ABOUT_HEALTH,
    )


class SeveralForm(Form):
    """Several students at once, to one colleague."""

    who = SelectField("Who takes over", choices=[], validate_choice=False)
    students = SelectMultipleField("Students", choices=[], validate_choice=False)

    def offer(self, people: Iterable[Person]) -> None:
        self.who.choices = choices([("", "Choose"), *((person.id, person.name) for person in people)])


class ManyForm(SeveralForm, TellForm):
    """Several students are handed over; what the giver says goes with each of them."""


class CoverManyForm(SeveralForm):
    """A colleague stands in for a while; it ends by itself."""

    who = SelectField("Who covers", choices=[], validate_choice=False)
    since = DayField("First day")
    until = DayField("Last day", hint="The access ends by itself after this day")
    reason = text_field("Why", LONGEST_REASON, hint=NOTHING_ABOUT_HEALTH)
