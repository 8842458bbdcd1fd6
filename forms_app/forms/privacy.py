"""Corrections, closing a record, disposal, and the question who was affected."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField
from wtforms.validators import StopValidation

from forms_app.checklists import LONGEST_FACT
from forms_app.corrections import LONGEST, Outcome, Sort
from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.retention import CLOSED

ON_RECORD = "This is part of the student's record. The student and the parents may see it"


class CorrectionForm(Form):
    """Attach a request for correction or an annotation."""

    about = HiddenField()
    sort = RadioField(
        "What is it?",
        choices=choices(
            [(Sort.REQUEST.value, "Somebody asks for a correction"), (Sort.ANNOTATION.value, "A remark that asks for nothing")]
        ),
    )
    asked_by = text_field(
        "Who says so?",
        100,
        required="Say who says so, for example: a parent, the student.",
        hint="A role is enough, for example: a parent, the student",
    )
    says = text_field(
        "What do they say?", LONGEST, required="Write what they say is wrong, and what it should say.", lines=True, hint=ON_RECORD
    )
    on = DayField("On which day did they say so?", required="Enter the day.")


class AnswerForm(Form):
    """Answer a request for correction."""

    outcome = RadioField(
        "What was decided?",
        choices=choices([
            (Outcome.CORRECTED.value, "It was corrected: the record has been changed in the usual way"),
            (Outcome.ANNOTATED.value, "It was not corrected: the request stays beside the record"),
        ]),
    )  # fmt: skip
    reason = text_field("Why?", LONGEST, required="Say why. The family may ask for it.", lines=True, hint=ON_RECORD)


class CloseForm(Form):
    """The student has left."""

    state = RadioField("Why is the record closed?", choices=choices(CLOSED.items()))
    on = DayField("On which day did the student leave?", required="Enter the day. How long the record is kept is counted from it.")
    reason = text_field(
        "Anything that explains it",
        LONGEST_FACT,
        required="Say in a few words why, for example: moved to another district.",
        hint=ON_RECORD,
    )


class ReopenForm(Form):
    """The student is back."""

    reason = text_field(
        "Why is the record reopened?", LONGEST_FACT, required="Say why, so that others understand the record.", hint=ON_RECORD
    )


class ReviewForm(Form):
    """The second person's word on a disposal."""

    outcome = RadioField(
        "What is decided?", choices=choices([("disposed", "Dispose of the record. It cannot be brought back"), ("kept", "Keep the record")])
    )
    reason = text_field(
        "What did you check, or why is it kept?",
        LONGEST_FACT,
        required="Say what you checked, or why the record is kept.",
        hint="Name nobody: this stays when the record is gone",
    )
    unused = BooleanField("I have checked that this information was used in no decision within the last year, here or elsewhere")

    def validate_unused(self, field: Any) -> None:
        if self.outcome.data == "disposed" and not field.data:
            raise StopValidation("Check first that the information was used in no decision within the last year, and tick this.")


class BreachForm(Form):
    """Whose records were seen or changed. Sent with the address, so that the answer can be asked for again as a file."""

    who = SelectField("Whose account?", choices=[])
    since = DayField("From which day?", required="Enter the first day.")
    until = DayField("To which day?", required="Enter the last day.")
    session = text_field(
        "Only one sign-in (its session number)",
        12,
        hint="Leave empty for all. The numbers stand below the answer, and in each student's whole record",
        autocomplete="off",
        spellcheck="false",
    )

    def validate_who(self, field: Any) -> None:
        if not field.data:
            raise StopValidation("Choose an account.")

    def validate_until(self, field: Any) -> None:
        if self.since.data and field.data and field.data < self.since.data:
            raise StopValidation("The last day is before the first.")
