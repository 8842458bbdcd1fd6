"""What somebody chooses about their own reminders."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField
from wtforms.validators import StopValidation

from forms_app.forms.fields import Form, choices, text_field
from forms_app.reminders import LONGEST_ADDRESS, AddressRefused, check_address


class RemindersForm(Form):
    """A weekly e-mail, or none."""

    on = RadioField("A weekly e-mail with what is due", choices=choices([("yes", "Yes, once a week"), ("no", "No")]))
    email = text_field("Your work e-mail address", LONGEST_ADDRESS, autocomplete="email", spellcheck="false")

    def validate_email(self, field: Any) -> None:
        if self.on.data != "yes":
            return
        try:
            field.data = check_address(field.data)
        except AddressRefused as refused:
            raise StopValidation(str(refused)) from None
