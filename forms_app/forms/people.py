"""Signing in, passwords, accounts, schools, dates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import PasswordField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length, StopValidation

from forms_app.forms.fields import Form, choices, text_field
from forms_app.passwords import SHORTEST, WeakPassword, check_password
from forms_app.permissions import Role


class SignInForm(Form):
    """User name and password; pasting and password managers are welcome."""

    username = StringField(
        "User name", [Length(max=200)], render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    )
    password = PasswordField("Password", [Length(max=1000)], render_kw={"autocomplete": "current-password"})


class SetPasswordForm(Form):
    """Choose a password. `names` are what others know of the person, which may not be in it."""

    names: Sequence[str] = ()
    password = PasswordField(
        "Password", description=f"At least {SHORTEST} characters. A few words in a row are easier to keep than signs and digits. Pasting is welcome",
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip

    def validate_password(self, field: Any) -> None:
        try:
            check_password(field.data or "", self.names)
        except WeakPassword as error:
            raise StopValidation(str(error)) from None


class FirstAdministratorForm(SetPasswordForm):
    """The first account of a new store."""

    name = text_field("Your name", 100, required="Enter your name, as colleagues know it.", autocomplete="name")
    username = text_field("User name", 100, required="Choose a user name.", autocomplete="username", autocapitalize="none")

    def validate_password(self, field: Any) -> None:
        self.names = (self.name.data or "", self.username.data or "")
        super().validate_password(field)


def _roles(values: list[str] | None) -> set[Role]:
    """The roles among `values`; what is no role is refused by the field itself."""
    known = {role.value for role in Role}
    return {Role(value) for value in values or [] if value in known}


class PersonForm(Form):
    """Add an account."""

    name = text_field("Name", 100, required="Enter the person's name.", autocomplete="off")
    username = text_field(
        "User name",
        100,
        required="Enter a user name, for example the part of their e-mail address before the @.",
        autocomplete="off",
        autocapitalize="none",
    )
    roles = SelectMultipleField("Roles", choices=choices((role.value, role.value[0].upper() + role.value[1:]) for role in Role))
    school = SelectField("School", choices=[])

    def validate_roles(self, field: Any) -> None:
        if not field.data:
            raise StopValidation("Choose at least one role.")
        roles = _roles(field.data)
        if Role.ADMINISTRATOR in roles and len(roles) > 1:
            raise StopValidation(
                "A system administrator sees no students, so this role stands alone. Make a second account for the other roles."
            )

    def validate_school(self, field: Any) -> None:
        roles = _roles(self.roles.data)
        if any(not role.district_wide for role in roles) and not field.data:
            raise StopValidation("Choose the school. Only Student Support Services, psychologists and administrators work without one.")


class PostForm(Form):
    """Give somebody one more role."""

    role = SelectField("Role", choices=choices((role.value, role.value[0].upper() + role.value[1:]) for role in Role))
    school = SelectField("School", choices=[])


class EditPersonForm(Form):
    """Change an account. The user name stays; roles have a page of their own."""

    name = text_field("Name", 100, required="Enter the person's name.", autocomplete="off")
    directory = text_field(
        "Name in the district's directory", 200, hint="Their e-mail address or sign-in name there. Leave empty if it is the user name", autocomplete="off", autocapitalize="none",
    )  # fmt: skip


class LinkForm(Form):
    """What a new one-time link does with the second factors."""

    factors = RadioField(
        "Second step",
        choices=choices([("keep", "Keep it: only the password is forgotten"), ("clear", "Remove it: the phone or key is lost too")]),
        default="keep",
    )


class RequireForm(Form):
    """Which roles need a second factor."""

    required = SelectMultipleField(
        "Roles that need a second step", choices=choices((role.value, role.value[0].upper() + role.value[1:]) for role in Role)
    )


class SchoolForm(Form):
    """Add a school."""

    school_name = text_field("Name of the school", 100, required="Enter the school's name.", autocomplete="off")
    code = text_field("Ministry code", 8, hint="Eight digits. Leave empty if you do not have it", inputmode="numeric", autocomplete="off")

    def validate_code(self, field: Any) -> None:
        if field.data and not (len(field.data) == 8 and field.data.isascii() and field.data.isdigit()):
            raise StopValidation("A Ministry code has eight digits: three for the district and five for the school.")
