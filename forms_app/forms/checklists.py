"""Marking an item, and recording an event."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import StopValidation

from forms_app.checklists import LONGEST_FACT, Intent, Status, in_parts
from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.handbook import Handbook, Item

# Facts have names with a space in the rules and in the store; a form's fields cannot.
FACTS = {
    "filed in": "filed_in",
    "sent to": "sent_to",
    "signed by": "signed_by",
    "people": "people",
    "shared with": "shared_with",
    "decision": "decision",
    "waiting for": "waiting_for",
    "reason": "reason",
}
ELSEWHERE = "elsewhere"
PARTLY = "partly"  # a choice of the form; the status stays to do


class MarkForm(Form):
    """What somebody records on an item. `checklists.check_intent` decides whether it can be recorded; the form only reads it."""

    based_on = HiddenField()
    status = RadioField(
        "What is true now?",
        choices=choices(
            [
                (Status.DONE.value, "Done"),
                (Status.WAITING.value, "Waiting"),
                (Status.NOT_NEEDED.value, "Not needed"),
                (Status.TO_DO.value, "To do"),
            ]
        ),
    )
    on = DayField("On which day?")
    filed_in = SelectField("Filed in", choices=[], validate_choice=False)
    filed_elsewhere = text_field("Where, if somewhere else", LONGEST_FACT)
    sent_to = SelectField("Sent to", choices=[], validate_choice=False)
    sent_elsewhere = text_field("To whom, if to somebody else", LONGEST_FACT)
    signed_by = text_field("Signed by", LONGEST_FACT)
    people = text_field("Who was involved", LONGEST_FACT, hint="Roles or names, for example: parent, English teacher, counsellor")
    shared_with = text_field("Shared with", LONGEST_FACT, hint="Roles or names, for example: English and Science teachers, SEA")
    decision = RadioField("What was decided", choices=[], validate_choice=False)
    waiting_for = text_field("Waiting for what or whom?", LONGEST_FACT)
    reason = text_field("Why is it not needed?", LONGEST_FACT, hint="The reason stays on the record")

    def offer(self, item: Item, book: Handbook) -> None:
        """Fill in the choices that this item's records allow, with the item's own place first."""
        if in_parts(item) and PARTLY not in {choice.value for choice in self.status.choices}:
            done, *others = self.status.choices
            self.status.choices = [done, *choices([(PARTLY, "Partly done")]), *others]
        for record in item.records:
            if record.kind == "filed in":
                self.filed_in.choices = _places({key: place.title for key, place in book.registers.places.items()}, record.value)
            elif record.kind == "sent to":
                self.sent_to.choices = _places({key: place.title for key, place in book.registers.recipients.items()}, record.value)
            elif record.kind == "signed by" and not self.is_submitted() and not self.signed_by.data:
                self.signed_by.data = record.value
            elif record.kind == "decision":
                self.decision.choices = choices((choice, choice[0].upper() + choice[1:]) for choice in record.choices)

    def intent(self) -> Intent:
        """The intent as typed. Raises nothing; days that are no dates are among the form's errors."""
        facts = {name: str(self[field].data or "") for name, field in FACTS.items()}
        if facts["filed in"] == ELSEWHERE:
            facts["filed in"] = self.filed_elsewhere.data or ""
        if facts["sent to"] == ELSEWHERE:
            facts["sent to"] = self.sent_elsewhere.data or ""
        partly = self.status.data == PARTLY
        return Intent(Status.TO_DO if partly else Status(self.status.data), self.on.data, facts, partly)


def _places(titles: dict[str, str], first: str) -> list[SelectChoice]:
    ordered = sorted(titles.items(), key=lambda pair: pair[0] != first)
    return choices([*ordered, (ELSEWHERE, "Somewhere else")])


class EventForm(Form):
    """Something happened to a student."""

    token = HiddenField()
    event = RadioField("What happened?", choices=[], validate_choice=False)
    on = DayField("On which day?", required="Enter the day. For a meeting to come, enter its date.")
    detail = text_field(
        "Which one", 100, hint="A few words that tell it from others of its kind, as asked beside your choice. Never what a report says"
    )

    confirm = BooleanField("Yes, the student was here on that day")

    def validate_event(self, field: RadioField) -> None:
        if field.data not in {choice.value for choice in field.choices}:
            raise StopValidation("Choose what happened.")


class WithdrawForm(Form):
    """An event was recorded in error."""

    reason = text_field("Why was it recorded in error?", LONGEST_FACT, required="Say why, so that others understand the record.")
