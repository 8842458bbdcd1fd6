"""Store addresses, and how they may be shown."""

import re
from pathlib import Path

_PASSWORD_OPTION = re.compile(r"([?&](?:password|passfile|sslpassword)=)[^&]*", re.IGNORECASE)


def without_password(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    user, at, host = rest.rpartition("@")
    return _PASSWORD_OPTION.sub(r"\1…", f"{scheme}://{user.partition(':')[0]}{at}{host}")


def same_place(one: str, other: str) -> bool:
    """Whether two addresses name one store, as far as their words tell: a directory may be written in several ways."""
    return _place(one) == _place(other)


def _place(address: str) -> str | Path:
    scheme, mark, rest = address.partition("://")
    if mark and scheme != "sqlite":
        return address
    return Path("/" + rest.lstrip("/") if mark else address).resolve()
