"""What people change about their own account."""

from __future__ import annotations

from typing import Any

from wtforms import PasswordField, StringField
from wtforms.validators import Length, StopValidation

from forms_app.forms.fields import Form, text_field
from forms_app.forms.people import SetPasswordForm


class ConfirmForm(Form):
    """The password again, before something that cannot easily be taken back."""

    confirm_password = PasswordField("Your password", [Length(max=1000)], render_kw={"autocomplete": "current-password"})


class ChangePasswordForm(SetPasswordForm):
    """The old password and a new one."""

    current_password = PasswordField("Your password now", [Length(max=1000)], render_kw={"autocomplete": "current-password"})


class CodeForm(Form):
    """A code, from the app or from paper."""

    one_time_code = StringField("Code", render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"})

    def validate_one_time_code(self, field: Any) -> None:
        if not (field.data or "").strip():
            raise StopValidation("Enter the code.")
        if len(field.data) > 100:
            raise StopValidation("This is longer than any code. Check what you typed.")


class SecondStepForm(CodeForm):
    """The second step of signing in."""

    one_time_code = StringField(
        "Code", description="Six digits from your authenticator app, or one of your recovery codes",
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )  # fmt: skip


class PasskeyForm(Form):
    """A name by which its owner knows a passkey again."""

    name = text_field("Name of this passkey", 60, required="Give the passkey a name, for example “school laptop”.", autocomplete="off")
