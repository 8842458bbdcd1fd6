"""What was decided about exam supports for one session."""

from __future__ import annotations

import datetime as dt

from wtforms import RadioField

from forms_app.exam_supports import DECISIONS, FORMATS, LONGEST, WRITTEN, YES_NO, ExamDecision
from forms_app.forms.fields import DayField, Form, choices, text_field


class ExamForm(Form):
    """`exam_supports.check_decision` decides; the form only reads it."""

    session = text_field("Which session?", LONGEST, hint="For example: January 2027, Numeracy 10")
    decision = RadioField("What was decided?", choices=choices(DECISIONS.items()), validate_choice=False)
    on = DayField("On which day?", required="Enter the day, for example 27 3 2026.")
    supports = text_field("Which supports?", LONGEST, hint="For example: extra time, text-to-speech. Nothing about the student's results")
    team_on = DayField("The school-based team recommended it on", hint="Leave empty if it has not")
    psychologist = RadioField("Was the school psychologist consulted?", choices=choices(YES_NO.items()), validate_choice=False)
    written = RadioField("Where is it written?", choices=choices(WRITTEN.items()), validate_choice=False)
    special_format = RadioField("A special format, such as Braille or large print", choices=choices(FORMATS.items()), validate_choice=False)

    def made(self, by: str, at: dt.datetime, today: dt.date) -> ExamDecision:
        return ExamDecision(
            "", self.session.data or "", self.decision.data or "", self.on.data or today, self.supports.data or "", self.team_on.data,
            self.psychologist.data or "", self.written.data or "", self.special_format.data or "", by, at,
        )  # fmt: skip
