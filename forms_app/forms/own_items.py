"""Adding an item to one student or to several, and giving an item to a colleague."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField

from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.own_items import DECIDERS, LONGEST, LONGEST_TITLE
from forms_app.permissions import Person
from forms_app.students import Student


class OwnItemForm(Form):
    """A responsibility that the team or the case manager adds. `own_items.check_own_item` decides."""

    token = HiddenField()
    occurrence = HiddenField()
    title = text_field("What is to be done?", LONGEST_TITLE, hint="One thing, in a few words. Nothing of what a report says")
    decided_by = RadioField("Who decided it?", choices=choices(DECIDERS.items()), validate_choice=False)
    decided_on = DayField("Decided on")
    due = DayField("Due on, if there is a day")
    owner = SelectField(
        "Whose is it?",
        choices=[],
        validate_choice=False,
        description="A colleague sees this item, its day and the student's initials on their first page, and nothing else of the student",
    )

    def offer(self, people: Iterable[Person]) -> None:
        self.owner.choices = choices([("", "The case manager"), *((person.id, person.name) for person in people)])


class SeveralForm(OwnItemForm):
    """The same for several students at once."""

    students = SelectMultipleField("Which students?", choices=[], validate_choice=False)

    def offer_students(self, students: Iterable[Student]) -> None:
        self.students.choices = choices((one.id, one.name) for one in students)


class DelegateForm(Form):
    """One item goes to a colleague, who sees nothing else of the student."""

    who = SelectField("Which colleague?", choices=[], validate_choice=False)
    needs = text_field(
        "What do they need to know to do it?",
        LONGEST,
        hint="They see the item, its day, the student's initials and this. Nothing else of the student",
    )

    def offer(self, people: Iterable[Person]) -> None:
        self.who.choices = choices([("", "Choose"), *((person.id, person.name) for person in people)])
