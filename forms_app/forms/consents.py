"""Recording a consent, its withdrawal, and letting something go out without one."""

from __future__ import annotations

import datetime as dt

from wtforms import HiddenField, RadioField, SelectField

from forms_app.consents import LONGEST, Consent, Purpose
from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.handbook import Handbook

ELSEWHERE = "elsewhere"


class ConsentForm(Form):
    """What a signed form says, and where it is. `consents.check_consent` decides; the form only reads it."""

    item = HiddenField()  # the item that the signature fulfils, where one led here
    purpose = RadioField("What is the consent for?", choices=choices((one.value, one.label) for one in Purpose))
    agency = text_field(
        "Which agency, or which service",
        LONGEST,
        hint="For a release of information, the one agency that the form names; for a referral, the one service. In the words of the event",
    )
    signed_by = text_field("Who signed", LONGEST, hint="By role or name, for example: parent")
    signed_on = DayField("Signed on", required="Enter the day of the signature, for example 27 3 2026.")
    place = SelectField("Where is the signed form?", choices=[], validate_choice=False)
    place_elsewhere = text_field("Where, if somewhere else", LONGEST)
    until = DayField("Valid until, if the form says so", hint="The last day. Leave empty where the form names none")

    def offer(self, book: Handbook) -> None:
        places = [(key, place.title) for key, place in book.registers.places.items()]
        self.place.choices = choices([("", "Choose"), *places, (ELSEWHERE, "Somewhere else")])

    def consent(self, by: str, at: dt.datetime, today: dt.date) -> Consent:
        """What was typed; a day that is missing is among the form's own errors."""
        place = self.place_elsewhere.data if self.place.data == ELSEWHERE else self.place.data
        return Consent(
            "", Purpose(self.purpose.data), self.agency.data or "", self.signed_by.data or "", self.signed_on.data or today, place or "",
            self.until.data, by, at,
        )  # fmt: skip


class WithdrawConsentForm(Form):
    """A consent is taken back."""

    on = DayField("Withdrawn on which day?")
    reason = text_field(
        "How do you know?", LONGEST, hint="For example: the mother wrote to the school. Nothing about the reasons of the family"
    )


class AllowForm(Form):
    """A principal or Student Support Services lets one item be done without a consent."""

    reason = text_field("Why can this not wait for a consent?", LONGEST, hint="A few words, and nothing about anybody's health")
    authority = text_field("On which authority?", LONGEST, hint="For example a section of the Act, or a court order")
