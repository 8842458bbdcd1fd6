"""The year's dates, the calendar of the schools, and the due date of one item."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.validators import StopValidation

from forms_app.calendar_import import LONGEST_NAME
from forms_app.checklists import LONGEST_FACT
from forms_app.forms.fields import DayField, Form, choices, text_field
from forms_app.school_calendar import CalendarEntry, Kind

KINDS = {
    Kind.HOLIDAY: "Holiday",
    Kind.PROFESSIONAL_DAY: "Professional day",
    Kind.CLOSURE: "Closure",
    Kind.BREAK: "Break",
    Kind.IN_SESSION: "In session (days of July and August with school)",
}


class AnnounceForm(Form):
    """Announce this year's date for one window. `based_on` is the announcement that its writer was told of and means to replace."""

    window = SelectField("Time of the year", choices=[])
    date = DayField("Date", required="Enter the date.")
    note = text_field("Note", 200, hint="Shown with the date, for example where to send the papers")
    based_on = HiddenField()
    confirm = BooleanField("Announce it all the same")


class CalendarEntryForm(Form):
    """One holiday, break or other day without school."""

    first = DayField("First day", required="Enter the first day.")
    last = DayField("Last day, if it is more than one day")
    name = text_field("Name", LONGEST_NAME, required="Enter a name, for example: Winter break.", autocomplete="off")
    kind = SelectField("Kind", choices=choices((kind.value, label) for kind, label in KINDS.items()))
    based_on = HiddenField()

    def entry(self) -> CalendarEntry:
        return CalendarEntry(self.first.data, self.last.data or self.first.data, Kind(self.kind.data), self.name.data)


class CalendarTextForm(Form):
    """A calendar as it was pasted; `calendar_import` reads it line by line and says what is wrong with each."""

    text = TextAreaField(
        "Lines",
        description="One line for each: the day, a comma, and the name. For more than one day: first day, last day, name. A line copied from a spreadsheet works too",
    )
    based_on = HiddenField()


class DueDateForm(Form):
    """Another date for one item of one student; an empty date takes the one that was set back."""

    based_on = HiddenField()
    date = DayField("Due on")
    reason = text_field("Why?", LONGEST_FACT, hint="This is part of the student's record. The student and the parents may see it")

    def validate_date(self, field: Any) -> None:
        if field.data and field.data.year > 2100:
            raise StopValidation(f"Check the year: {field.data.year} is too far away.")
