"""Fields that every form shares: text made safe to keep, and days as people type them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms import Field, SelectChoice, StringField
from wtforms.fields.core import UnboundField
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from forms_app.days import parse_day
from forms_app.plain_text import clean


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no type information
    """CSRF is checked for every request by the app itself (`forms_app.app`), so no form repeats it."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = False

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """What the fields of a form sent, and nothing else: no file and no JSON is taken for it (PRV-02)."""
            if formdata is not _Auto:
                return formdata
            return request.form if request.method == "POST" and request.form else None

    def validate(self, extra_validators: Any = None) -> bool:
        """As usual, but a missing or foreign choice is refused in words for people."""
        valid = bool(super().validate(extra_validators))
        for field in self:
            field.errors = [
                "Choose one of the answers shown." if "not a valid choice" in str(e).lower() or "not valid choices" in str(e).lower() else e
                for e in field.errors
            ]
        return valid

    def error_list(self) -> list[dict[str, str]]:
        """The errors for the summary at the top of the page, each with a link to its field."""
        return [{"text": errors[0], "href": f"#{name}"} for name, errors in self.errors.items() if name and errors]


def typed_label(name: str, value: str = "") -> str:
    """What a field that people type into is called, for a page that gives back what they typed; empty for choices and for what forms carry along."""
    found = [field for form in _forms(Form) for key, field in vars(form).items() if key == name and isinstance(field, UnboundField)]
    if any(value == getattr(one, "value", None) for field in found for one in field.kwargs.get("choices") or ()):
        return ""  # one form lets people type it, and in another it is a choice that was made
    found = [field for field in found if field.field_class in (StringField, DayField)]
    labels = {str(field.args[0]) for field in found}
    if len(labels) < 2:
        return "".join(labels)
    return "Day" if found[0].field_class is DayField else name.replace("_", " ").capitalize()  # each form asks in its own words


def _forms(form: type[Form]) -> Iterator[type[Form]]:
    yield form
    for kind in form.__subclasses__():
        yield from _forms(kind)


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """The choices of a field from pairs of value and label."""
    return [SelectChoice(value, label) for value, label in pairs]


def text_field(label: str, longest: int, required: str = "", hint: str = "", lines: bool = False, **attributes: Any) -> StringField:
    """A text; `required` is the sentence for when it is empty, and without it the field may stay empty."""

    def check(form: Form, field: StringField) -> None:
        try:
            field.data = clean(field.data or "", longest, lines)
        except ValueError as error:
            raise StopValidation(str(error)) from None
        if required and not field.data:
            raise StopValidation(required)

    return StringField(label, [check], description=hint, render_kw=attributes)


class DayField(Field):  # type: ignore[misc]
    """A day; `data` is a date, or None where none was typed. What was typed stays in view when it is refused."""

    widget = TextInput()

    def __init__(self, label: str, required: str = "", hint: str = "", **options: Any) -> None:
        super().__init__(label, description=hint, **options)
        self.required = required

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = parse_day(valuelist[0]) if valuelist else None

    def pre_validate(self, form: Form) -> None:
        if self.process_errors:
            return
        if self.required and self.data is None:
            raise StopValidation(self.required)
        if self.data and self.data.year < 1990:
            raise StopValidation(f"Check the year: {self.data.year} is too long ago.")
