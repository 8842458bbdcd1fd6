"""Store addresses, and how they may be shown."""

import re

_PASSWORD_OPTION = re.compile(r"([?&](?:password|passfile|sslpassword)=)[^&]*", re.IGNORECASE)


def without_password(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    user, at, host = rest.rpartition("@")
    return _PASSWORD_OPTION.sub(r"\1…", f"{scheme}://{user.partition(':')[0]}{at}{host}")
