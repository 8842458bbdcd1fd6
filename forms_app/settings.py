"""Settings from the environment (`FORMS_APP_*`); each default is safe for a school that runs this on one machine."""

from __future__ import annotations

import datetime as dt
import os
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
BODY_LIMIT = 256 * 1024  # bytes; the largest form of ours has 3 KB. Werkzeug itself sets no limit for forms


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it, what was found and what is allowed."""


ADMINISTRATORS_IDLE = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class SingleSignOn:
    """The district's directory. `name_claim` says which of its facts is compared with an account's name, the first time.

    `name` is what people call it; `roles` a file that maps groups to roles, if the directory decides who may sign in.
    """

    issuer: str
    client_id: str
    client_secret: str
    name: str = "your district account"
    name_claim: str = "email"
    roles: Path | None = None


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
    """`root` holds docs/ and data/; `data` is where store, key and built site live; `https` says that TLS stands in front.

    `url` is the address that people type, without a path; `hosts` are the names that the app answers to, and without any it answers to this
    machine's own; `proxies` says how many stand in front and tell whom they speak for. A session ends after `idle` unused, and after `longest`.
    """

    root: Path = ROOT
    data: Path = ROOT / "data"
    store: str = ""  # an address; empty for SQLite under `data`
    anchor: Path | None = None  # a file, best on another disk, that follows the audit log's head
    zone: str = "America/Vancouver"
    https: bool = False
    demo: bool = False
    url: str = ""
    hosts: tuple[str, ...] = ()
    proxies: int = 0
    idle: dt.timedelta = dt.timedelta(minutes=30)
    longest: dt.timedelta = dt.timedelta(hours=10)
    sso: SingleSignOn | None = None

    smtp: Smtp | None = None  # without it no e-mail is sent

    def link(self, path: str, otherwise: str) -> str:
        """The whole address of a page; `otherwise` is where the request came to, for where no address is set."""
        base = self.url or (otherwise.replace("http://", "https://", 1) if self.https else otherwise)
        return base.rstrip("/") + path

    @property
    def administrators_idle(self) -> dt.timedelta:
        """Who keeps accounts leaves them open for a shorter time."""
        return min(self.idle, ADMINISTRATORS_IDLE)

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
    """Read the `FORMS_APP_*` variables (docs/about/administrators.md, signing-in.md and reminders.md explain them). Raises BadSetting."""
    data = Path(environ.get("FORMS_APP_DATA", "") or ROOT / "data")
    url = _url(environ.get("FORMS_APP_URL", ""))
    https = _yes(environ, "FORMS_APP_HTTPS", url.startswith("https:"))
    if https and url.startswith("http:"):
        raise BadSetting(f"FORMS_APP_URL is “{url}” and FORMS_APP_HTTPS is yes. Allowed: an address that begins with https:// then.")
    return Settings(
        data=data.absolute(),
        store=environ.get("FORMS_APP_STORE", ""),
        anchor=Path(environ["FORMS_APP_ANCHOR"]).absolute() if environ.get("FORMS_APP_ANCHOR") else None,
        zone=_zone(environ.get("FORMS_APP_ZONE", "") or "America/Vancouver"),
        https=https,
        url=url,
        hosts=_hosts(environ.get("FORMS_APP_HOSTS", ""), url),
        proxies=_number(environ, "FORMS_APP_PROXIES", 0, 0, 10),
        idle=dt.timedelta(minutes=_number(environ, "FORMS_APP_IDLE_MINUTES", 30, 5, 120)),
        longest=dt.timedelta(hours=_number(environ, "FORMS_APP_SESSION_HOURS", 10, 1, 24)),
        sso=_single_sign_on(environ),
        smtp=_smtp(environ),
    )


def _yes(environ: Mapping[str, str], name: str, default: bool) -> bool:
    text = environ.get(name, "").lower() or ("yes" if default else "no")
    if text not in ("yes", "no", "1", "0", "true", "false"):
        raise BadSetting(f"{name} is “{text}”. Allowed: yes or no.")
    return text in ("yes", "1", "true")


def _number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):
        raise BadSetting(f"{name} is “{text}”. Allowed: a whole number from {least} to {most}.")
    return int(text)


def _url(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        host = None
    if (
        not host
        or not re.fullmatch(r"[a-z0-9.:-]+", host)
        or parts.scheme not in ("http", "https")
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise BadSetting(f"FORMS_APP_URL is “{text}”. Allowed: an address without a path, such as https://checklist.example.ca.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _hosts(text: str, url: str) -> tuple[str, ...]:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]", name):
            raise BadSetting(
                f"FORMS_APP_HOSTS names “{name}”. Allowed: host names with commas between them, without ports, such as checklist.example.ca."
            )
    own = urlsplit(url).hostname if url else None
    if own:
        names.append(f"[{own}]" if ":" in own else own)
    return tuple(dict.fromkeys(names))


def _single_sign_on(environ: Mapping[str, str]) -> SingleSignOn | None:
    issuer, client, secret = (environ.get(f"FORMS_APP_OIDC_{name}", "").strip() for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
    if not (issuer or client or secret):
        return None
    if not (issuer and client and secret):
        raise BadSetting(
            "Single sign-on needs all three: FORMS_APP_OIDC_ISSUER, FORMS_APP_OIDC_CLIENT_ID and FORMS_APP_OIDC_CLIENT_SECRET."
        )
    parts = urlsplit(issuer)
    if not parts.hostname or (
        parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    ):
        raise BadSetting(f"FORMS_APP_OIDC_ISSUER is “{issuer}”. Allowed: an address that begins with https://.")
    if re.search(r"/(common|organizations|consumers)(/|$)", parts.path):
        raise BadSetting(
            "FORMS_APP_OIDC_ISSUER must name your own directory: put your tenant's id in the place of “common”, “organizations” or “consumers”, or anybody could sign in."
        )
    claim = environ.get("FORMS_APP_OIDC_NAME_CLAIM", "") or "email"
    if claim not in ("email", "preferred_username", "upn"):
        raise BadSetting(f"FORMS_APP_OIDC_NAME_CLAIM is “{claim}”. Allowed: email, preferred_username or upn.")
    roles = environ.get("FORMS_APP_OIDC_ROLES", "")
    return SingleSignOn(
        issuer=issuer, client_id=client, client_secret=secret, name=environ.get("FORMS_APP_OIDC_NAME", "") or SingleSignOn.name, name_claim=claim,
        roles=Path(roles).absolute() if roles else None,
    )  # fmt: skip


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
