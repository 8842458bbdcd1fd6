"""Planning a meeting of the school-based team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField
from wtforms.validators import StopValidation

from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.meetings import LONGEST, Meeting
from forms_app.permissions import Person


class MeetingForm(Form):
    """Who meets when. `meetings.check_meeting` decides; the form only reads."""

    token = HiddenField()
    school = SelectField("Which school?", choices=[], validate_choice=False)
    day = DayField("On which day?", required="Enter the day of the meeting.")
    members = SelectMultipleField("Who is asked to come?", choices=[], validate_choice=False)
    chair = SelectField("Who leads?", choices=[], validate_choice=False)
    recorder = SelectField("Who writes?", choices=[], validate_choice=False)
    others = text_field(
        "Who else comes, for the whole meeting?", LONGEST, hint="By role or name. Guests of one student are noted with that student"
    )
    minutes = text_field(
        "Minutes for each student, if you want to suggest a time",
        3,
        hint="A suggestion only: nothing stops when it is over",
        inputmode="numeric",
    )
    confirm = BooleanField("Keep this day all the same")

    def offer(self, schools: Iterable[tuple[str, str]], team: Iterable[Person]) -> None:
        people = [(person.id, person.name) for person in team]
        self.school.choices = choices(schools)
        self.members.choices = choices(people)
        self.chair.choices = choices([("", "Not settled yet"), *people])
        self.recorder.choices = choices([("", "Not settled yet"), *people])

    def validate_minutes(self, field: SelectField) -> None:
        if field.data and not (field.data.isascii() and field.data.isdigit()):
            raise StopValidation("Enter a whole number of minutes, for example 10, or leave it empty.")

    def meeting(self, before: Meeting) -> Meeting:
        """What was typed, over what was there."""
        return replace(
            before, school=self.school.data or before.school, day=self.day.data, members=tuple(self.members.data or ()), chair=self.chair.data or "",
            recorder=self.recorder.data or "", others=self.others.data or "", minutes=int(self.minutes.data) if self.minutes.data else None,
        )  # fmt: skip


def planned(one: Meeting) -> dict[str, object]:
    """A meeting as the form shows it."""
    return {
        "school": one.school, "day": one.day, "members": list(one.members), "chair": one.chair, "recorder": one.recorder, "others": one.others,
        "minutes": str(one.minutes or ""),
    }  # fmt: skip
