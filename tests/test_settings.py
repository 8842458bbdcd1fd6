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
