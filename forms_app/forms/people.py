"""Signing in, passwords, accounts, schools, dates."""

from __future__ import annotations

from typing import Any

from wtforms import PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import Length, StopValidation

from forms_app.forms.fields import Form, choices, text_field
from forms_app.permissions import Role

SHORTEST_PASSWORD = 12
TOO_COMMON = ("password", "123456", "qwerty", "letmein", "welcome", "iloveyou", "abcdef", "schooldistrict", "casemanager")


class SignInForm(Form):
    """User name and password; pasting and password managers are welcome."""

    username = StringField(
        "User name", [Length(max=200)], render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    )
    password = PasswordField("Password", [Length(max=1000)], render_kw={"autocomplete": "current-password"})


class _NewPassword(Form):
    password = PasswordField(
        "Password", description=f"At least {SHORTEST_PASSWORD} characters. A few words in a row are easier to keep than signs and digits",
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip

    def validate_password(self, field: Any) -> None:
        text = field.data or ""
        if len(text) < SHORTEST_PASSWORD:
            raise StopValidation(f"The password needs at least {SHORTEST_PASSWORD} characters. Yours has {len(text)}.")
        if len(text) > 200:
            raise StopValidation("The password can have at most 200 characters.")
        if len(set(text)) < 5 or len(_without_common(text)) < 6:
            raise StopValidation("This password is easy to guess. Choose another.")


def _without_common(text: str) -> str:
    """What is left of a password when everything that everybody tries is taken out."""
    rest = text.casefold()
    for common in TOO_COMMON:
        rest = rest.replace(common, "")
    return rest


class SetPasswordForm(_NewPassword):
    """By a one-time link."""


class FirstAdministratorForm(_NewPassword):
    """The first account of a new store."""

    name = text_field("Your name", 100, required="Enter your name, as colleagues know it.", autocomplete="name")
    username = text_field("User name", 100, required="Choose a user name.", autocomplete="username", autocapitalize="none")


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


class SchoolForm(Form):
    """Add a school."""

    school_name = text_field("Name of the school", 100, required="Enter the school's name.", autocomplete="off")
    code = text_field("Ministry code", 8, hint="Eight digits. Leave empty if you do not have it", inputmode="numeric", autocomplete="off")

    def validate_code(self, field: Any) -> None:
        if field.data and not (len(field.data) == 8 and field.data.isascii() and field.data.isdigit()):
            raise StopValidation("A Ministry code has eight digits: three for the district and five for the school.")
