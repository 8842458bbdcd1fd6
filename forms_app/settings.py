"""Settings from the environment (`FORMS_APP_*`); each default is safe for a school that runs this on one machine."""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BODY_LIMIT = 256 * 1024  # bytes; the largest form of ours has 3 KB. Werkzeug itself sets no limit for forms


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it, what was found and what is allowed."""


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
    """Read `FORMS_APP_DATA`, `_STORE`, `_ANCHOR`, `_ZONE` and `_HTTPS`. Raises BadSetting."""
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
    )


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise BadSetting(f"FORMS_APP_ZONE is “{name}”. Allowed: a time zone such as America/Vancouver.") from None
    return name
