"""Settings from the environment (`FORMS_APP_*`); each default is safe for a school that runs this on one machine."""

from __future__ import annotations

import os
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BODY_LIMIT = 256 * 1024  # bytes; the largest form of ours has 3 KB. Werkzeug itself sets no limit for forms


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it, what was found and what is allowed."""


@dataclass(frozen=True)
class Smtp:
    """The mail server. `security` is starttls, tls or none; `authorities` is a file with the certificates that it is checked against."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: Path | None = None


@dataclass(frozen=True)
class Settings:
    """`root` holds docs/ and data/; `data` is where store, key and built site live; `https` says that TLS stands in front."""

    root: Path = ROOT
    data: Path = ROOT / "data"
    store: str = ""  # an address; empty for SQLite under `data`
    anchor: Path | None = None  # a file, best on another disk, that follows the audit log's head
    zone: str = "America/Vancouver"
    https: bool = False
    demo: bool = False
    address: str = ""  # where people find the app, such as https://checklist.example.ca; empty where nobody has said
    smtp: Smtp | None = None  # without it no e-mail is sent

    def link(self, path: str, otherwise: str) -> str:
        """The whole address of a page; `otherwise` is where the request came to, for where no address is set."""
        base = self.address or (otherwise.replace("http://", "https://", 1) if self.https else otherwise)
        return base.rstrip("/") + path

    @property
    def store_address(self) -> str:
        return self.store or str(self.data / "store")

    @property
    def site(self) -> Path:
        """Where the built handbook lies."""
        return self.data / "site"

    @property
    def key_file(self) -> Path:
        """Outside the store, so that a copy of the store alone tells nothing."""
        return self.data / "keys" / "store.key"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `FORMS_APP_DATA`, `_STORE`, `_ANCHOR`, `_ZONE`, `_HTTPS`, `_ADDRESS` and `_SMTP_…`. Raises BadSetting."""
    data = Path(environ.get("FORMS_APP_DATA", "") or ROOT / "data")
    https = environ.get("FORMS_APP_HTTPS", "no").lower()
    if https not in ("yes", "no", "1", "0", "true", "false"):
        raise BadSetting(f"FORMS_APP_HTTPS is “{https}”. Allowed: yes or no.")
    return Settings(
        data=data.absolute(),
        store=environ.get("FORMS_APP_STORE", ""),
        anchor=Path(environ["FORMS_APP_ANCHOR"]).absolute() if environ.get("FORMS_APP_ANCHOR") else None,
        zone=_zone(environ.get("FORMS_APP_ZONE", "") or "America/Vancouver"),
        https=https in ("yes", "1", "true"),
        address=_address(environ.get("FORMS_APP_ADDRESS", "")),
        smtp=_smtp(environ),
    )


def _address(text: str) -> str:
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(?:/[A-Za-z0-9._~/-]*)?", text):
        raise BadSetting(f"FORMS_APP_ADDRESS is “{text}”. Allowed: the address of the app, such as https://checklist.example.ca")
    return text.rstrip("/")


SECURITY = {"starttls": 587, "tls": 465, "none": 25}


def _smtp(environ: Mapping[str, str]) -> Smtp | None:
    """The mail server, where one is named."""
    host = environ.get("FORMS_APP_SMTP_HOST", "").strip()
    if not host:
        return None
    security = environ.get("FORMS_APP_SMTP_SECURITY", "").lower() or "starttls"
    if security not in SECURITY:
        raise BadSetting(f"FORMS_APP_SMTP_SECURITY is “{security}”. Allowed: {', '.join(SECURITY)}.")
    port = environ.get("FORMS_APP_SMTP_PORT", "") or str(SECURITY[security])
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise BadSetting(f"FORMS_APP_SMTP_PORT is “{port}”. Allowed: 1 to 65535.")
    sender = environ.get("FORMS_APP_SMTP_FROM", "").strip()
    if not re.fullmatch(r"[^@\s<>,;:\"\\]+@[A-Za-z0-9.-]+", sender):
        raise BadSetting(f"FORMS_APP_SMTP_FROM is “{sender}”. Needed: the e-mail address that reminders come from.")
    user, password = environ.get("FORMS_APP_SMTP_USER", ""), _password(environ)
    if bool(user) != bool(password):
        raise BadSetting("FORMS_APP_SMTP_USER and its password go together: set both or neither.")
    if user and security == "none":
        raise BadSetting(
            "FORMS_APP_SMTP_SECURITY is “none”, so the password would go over the network unencrypted. Allowed with a user: starttls, tls."
        )
    authorities = environ.get("FORMS_APP_SMTP_AUTHORITIES", "")
    if authorities and not Path(authorities).is_file():
        raise BadSetting(f"FORMS_APP_SMTP_AUTHORITIES is “{authorities}”, and there is no such file.")
    return Smtp(host, int(port), sender, security, user, password, Path(authorities) if authorities else None)


def _password(environ: Mapping[str, str]) -> str:
    """From the environment, or better from a file that only this program can read."""
    file = environ.get("FORMS_APP_SMTP_PASSWORD_FILE", "")
    if not file:
        return environ.get("FORMS_APP_SMTP_PASSWORD", "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"FORMS_APP_SMTP_PASSWORD_FILE is “{file}”, which cannot be read: {error.strerror}.") from None


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSetting(f"FORMS_APP_ZONE is “{name}”. Allowed: a time zone such as America/Vancouver.") from None
    return name
