"""A student's details."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import StopValidation

from forms_app.forms.fields import Form, choices, text_field
from forms_app.students import CATEGORIES, GRADES, Answer, Route, pen_is_valid

ANSWERS = choices([(Answer.YES.value, "Yes"), (Answer.NO.value, "No"), (Answer.UNKNOWN.value, "Not known yet")])
EXPIRED = ("J", "M", "N")
AGENCIES = 10


def _answer(label: str, hint: str = "") -> RadioField:
    return RadioField(label, choices=ANSWERS, default=Answer.UNKNOWN.value, description=hint)


class StudentForm(Form):
    """Add or change a student. Only what the checklist needs is asked."""

    given = text_field("Given name", 100, hint="The name the student uses", autocomplete="off")
    family = text_field("Family name", 100, autocomplete="off")
    legal_name = text_field("Legal name, if it is different", 200, hint="Only where a form needs it", autocomplete="off")
    pen = text_field(
        "Personal Education Number (PEN)",
        20,
        hint="Nine digits. Leave empty if you do not have it",
        inputmode="numeric",
        autocomplete="off",
    )
    pupil_number = text_field("Pupil number", 12, autocomplete="off")
    school = SelectField("School", choices=[])
    grade = SelectField(
        "Grade", choices=choices([("", "Choose a grade"), *((g, "SU (ungraded)" if g == "SU" else g.lstrip("0")) for g in GRADES)])
    )
    counts_as = SelectField(
        "If ungraded: which grade counts?",
        choices=choices([("", "Not known yet"), *((grade, grade.lstrip("0")) for grade in GRADES if grade != "SU")]),
        description="Some duties depend on the grade. For a graded student leave this as it is",
    )
    routes = SelectMultipleField(
        "Why the student has a case manager", choices=choices((r.value, r.label) for r in Route), description="Choose all that are true"
    )
    category = SelectField(
        "Ministry category", choices=choices([("", "None"), *((code, f"{code}: {name}") for code, name in CATEGORIES.items())])
    )
    iep = _answer("Does the student have an IEP?")
    assistant = _answer("Is a Special Education Assistant (SEA) or Child Care Worker (CCW) assigned?")
    agency = _answer("Is an outside agency involved?", "For example RCMP, MCFD or Mental Health Services")
    agencies = text_field("Which agencies", 500, lines=True, hint="One on each line, and nothing about why they are involved")
    leaving = _answer("Does the student leave school after this year?", "Asked in grade 12 and for ungraded students")
    case_manager = SelectField("Case manager", choices=[])

    def validate_given(self, field: Any) -> None:
        if not field.data and not (self.family.data or "").strip():
            raise StopValidation("Enter a name. If the student has one name only, enter it in either field.")

    def validate_pen(self, field: Any) -> None:
        digits = field.data.replace(" ", "").replace("-", "")
        if digits and not pen_is_valid(digits):
            raise StopValidation(
                "This PEN cannot be right: it needs nine digits, and the last must fit the others. Check it for a typing mistake."
            )
        field.data = digits

    def validate_pupil_number(self, field: Any) -> None:
        if field.data and not (field.data.isascii() and field.data.isalnum()):
            raise StopValidation("A pupil number has only digits and letters. Check it.")

    def validate_grade(self, field: Any) -> None:
        if not field.data:
            raise StopValidation("Choose a grade.")

    def validate_counts_as(self, field: Any) -> None:
        if field.data and self.grade.data != "SU":
            raise StopValidation("Only an ungraded student (SU) counts as another grade. Choose “Not known yet”.")

    def validate_routes(self, field: Any) -> None:
        if not field.data:
            raise StopValidation("Choose at least one reason why the student has a case manager.")
        if Route.CODED.value in field.data and not self.category.data and not self.category.errors:
            raise StopValidation("A student who is coded has a Ministry category. Choose the category, or take the tick away.")

    def validate_category(self, field: Any) -> None:
        if field.data and Route.CODED.value not in (self.routes.data or []):
            raise StopValidation("A student with a Ministry category is coded. Tick “Coded, on the 1701 list”, or choose “None”.")

    def validate_agencies(self, field: Any) -> None:
        names = [line.strip() for line in field.data.split("\n") if line.strip()]
        if len(names) > AGENCIES:
            raise StopValidation(f"These are {len(names)} agencies. At most {AGENCIES} can be kept.")
        if names and self.agency.data == Answer.NO.value:
            raise StopValidation("You named an agency and answered “No” above. Change one of the two.")

    def profile(self) -> dict[str, Any]:
        """The details as they are kept (`forms_app.records.students.profile_of`)."""
        names = [line.strip() for line in self.agencies.data.split("\n") if line.strip()]
        return {
            **{
                name: self[name].data
                for name in (
                    "given",
                    "family",
                    "legal_name",
                    "pen",
                    "pupil_number",
                    "school",
                    "grade",
                    "counts_as",
                    "category",
                    "iep",
                    "assistant",
                    "leaving",
                )
            },
            "routes": sorted(self.routes.data),
            "agency": Answer.YES.value if names else self.agency.data,
            "agencies": names,
            "state": "open",
        }
