"""Settings from the environment (`FORMS_APP_*`); each default is safe for a school that runs this on one machine."""

from __future__ import annotations

import datetime as dt
import os
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
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
    """Read the `FORMS_APP_*` variables (docs/about/administrators.md and signing-in.md explain them). Raises BadSetting."""
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


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSetting(f"FORMS_APP_ZONE is “{name}”. Allowed: a time zone such as America/Vancouver.") from None
    return name
