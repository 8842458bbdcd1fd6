"""Beginning a file review, and writing it."""

from __future__ import annotations

from collections.abc import Iterable

from wtforms import HiddenField, SelectMultipleField

from forms_app.file_reviews import Plan, Template
from forms_app.forms.fields import DayField, Form, choices


class PlanForm(Form):
    """For which meeting, which days and which sections. `file_reviews.check_plan` decides; the form only reads."""

    token = HiddenField()
    occasions = SelectMultipleField("For which meeting or referral?", choices=[], validate_choice=False)
    since = DayField("First day that it covers")
    until = DayField("Last day that it covers")
    sections = SelectMultipleField("Sections", choices=[], validate_choice=False)

    def offer(self, occasions: Iterable[tuple[str, str]], template: Template) -> PlanForm:
        """Say what can be chosen."""
        self.occasions.choices = choices(occasions)
        self.sections.choices = choices((section.key, section.title) for section in template.values())
        return self


def planned(plan: Plan) -> dict[str, object]:
    """What the form holds of a plan."""
    return {"occasions": list(plan.occasions), "since": plan.since, "until": plan.until, "sections": list(plan.sections)}
