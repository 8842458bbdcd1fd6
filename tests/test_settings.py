"""Settings from the environment: each default is safe, and what cannot be used is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms_app.settings import ROOT, BadSetting, Settings, from_environment


def test_without_any_setting_everything_has_a_safe_default() -> None:
    settings = from_environment({})
    assert settings == Settings()
    assert settings.data == ROOT / "data"
    assert settings.store_address == str(ROOT / "data" / "store")
    assert settings.site == ROOT / "data" / "site"
    assert settings.zone == "America/Vancouver"
    assert not settings.https
    assert not settings.demo


def test_the_key_lies_outside_the_store_so_that_a_copy_of_the_store_tells_nothing() -> None:
    settings = Settings(data=Path("/somewhere"))
    assert not settings.key_file.is_relative_to(settings.store_address)


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = from_environment(
        {"FORMS_APP_DATA": str(tmp_path), "FORMS_APP_STORE": "memory://", "FORMS_APP_ZONE": "America/Edmonton", "FORMS_APP_HTTPS": "yes"}
    )
    assert (settings.data, settings.store_address, settings.zone, settings.https) == (tmp_path, "memory://", "America/Edmonton", True)


MAIL = {"FORMS_APP_SMTP_HOST": "mail.example.ca", "FORMS_APP_SMTP_FROM": "checklist@example.ca"}


def test_without_a_mail_server_there_is_none_and_with_one_it_is_spoken_to_encrypted() -> None:
    assert from_environment({}).smtp is None
    smtp = from_environment(MAIL).smtp
    assert smtp
    assert (smtp.host, smtp.port, smtp.security) == ("mail.example.ca", 587, "starttls")
    ports = [from_environment({**MAIL, "FORMS_APP_SMTP_SECURITY": word}).smtp for word in ("tls", "none")]
    assert [one.port for one in ports if one] == [465, 25]


def test_a_mail_password_may_stand_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("kelp-lantern\n", encoding="utf-8")
    smtp = from_environment({**MAIL, "FORMS_APP_SMTP_USER": "app", "FORMS_APP_SMTP_PASSWORD_FILE": str(tmp_path / "password")}).smtp
    assert smtp
    assert smtp.password == "kelp-lantern"
    assert "kelp" not in repr(smtp)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECURITY": "ssl"}, "Allowed: starttls, tls, none"),
        ({"PORT": "0"}, "Allowed: 1 to 65535"),
        ({"PORT": "mail"}, "Allowed: 1 to 65535"),
        ({"FROM": ""}, "Needed: the e-mail address"),
        ({"FROM": "a@example.ca\nBcc: b@example.ca"}, "Needed: the e-mail address"),
        ({"USER": "app"}, "go together"),
        ({"PASSWORD_FILE": "/no/such/file"}, "cannot be read"),
        ({"USER": "app", "PASSWORD": "x", "SECURITY": "none"}, "unencrypted"),
        ({"AUTHORITIES": "/no/such/file"}, "no such file"),
    ],
)
def test_mail_settings_that_cannot_be_used_are_refused_in_words(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting, match="FORMS_APP_SMTP_") as refused:
        from_environment({**MAIL, **{f"FORMS_APP_SMTP_{name}": value for name, value in changes.items()}})
    assert sentence in str(refused.value)


def test_a_link_leads_to_where_people_find_the_app() -> None:
    settings = from_environment({"FORMS_APP_URL": "https://checklist.example.ca/"})
    assert settings.link("/reminders", "http://localhost/") == "https://checklist.example.ca/reminders"
    assert Settings().link("/reminders", "http://localhost/") == "http://localhost/reminders"
    assert Settings(https=True).link("/", "http://school/") == "https://school/"
    for text in ("checklist", "ftp://x", "https://x y", "https://x/?a", "javascript:alert(1)"):
        with pytest.raises(BadSetting, match="FORMS_APP_URL"):
            from_environment({"FORMS_APP_URL": text})


def test_an_empty_setting_is_as_good_as_none() -> None:
    assert from_environment({"FORMS_APP_DATA": "", "FORMS_APP_STORE": "", "FORMS_APP_ZONE": ""}) == Settings()


def test_a_relative_folder_is_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert from_environment({"FORMS_APP_DATA": "mine"}).data == tmp_path / "mine"


@pytest.mark.parametrize(
    ("text", "https"), [("yes", True), ("YES", True), ("1", True), ("true", True), ("no", False), ("0", False), ("false", False)]
)
def test_yes_and_no_may_be_written_in_several_ways(text: str, https: bool) -> None:
    assert from_environment({"FORMS_APP_HTTPS": text}).https is https


@pytest.mark.parametrize(("name", "value"), [
    ("FORMS_APP_HTTPS", "on"), ("FORMS_APP_HTTPS", "perhaps"), ("FORMS_APP_ZONE", "Mars"), ("FORMS_APP_ZONE", "../etc/passwd"), ("FORMS_APP_ZONE", "/etc/localtime"), ("FORMS_APP_ZONE", "America"),
])  # fmt: skip
def test_what_cannot_be_used_is_refused_with_its_name_what_was_found_and_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        from_environment({name: value})
    assert name in str(refused.value)
    assert value in str(refused.value)
    assert "Allowed" in str(refused.value)
