"""Where requests come in: whom a proxy speaks for, and which host names are ours. Nothing that a client can make up is believed."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from forms_app.settings import Settings

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_FORWARDED = re.compile(r"HTTP_(X_FORWARDED_\w+|FORWARDED|X_ORIGINAL_URL|X_REWRITE_URL|X_REAL_IP)")
OURS = {"localhost", "127.0.0.1", "[::1]"}  # from the machine itself
_REFUSED = b"This address is not one of ours. Check the address, or ask your administrator to add it to FORMS_APP_HOSTS.\n"


def guard(app: WsgiApp, settings: Settings) -> WsgiApp:
    """`app` behind the check of the host and, with proxies in front, behind exactly so many."""
    checked = _check_host(app, settings)
    if settings.proxies:
        # Host is what the proxy passes on; X-Forwarded-Host is never read, and links use the configured address.
        return ProxyFix(checked, x_for=settings.proxies, x_proto=settings.proxies, x_host=0, x_port=0, x_prefix=0)
    return _without_forwarded(checked)


def _without_forwarded(app: WsgiApp) -> WsgiApp:
    """Nobody stands in front, so whoever sends these made them up."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        for name in [name for name in environ if _FORWARDED.fullmatch(name)]:
            del environ[name]
        return app(environ, start_response)

    return answer


def _check_host(app: WsgiApp, settings: Settings) -> WsgiApp:
    own = OURS | set(settings.hosts)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if is_ours(environ.get("HTTP_HOST", ""), own, any_address=not settings.hosts):
            return app(environ, start_response)
        start_response(
            "400 Bad Request",
            [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_REFUSED))), ("Cache-Control", "no-store")],
        )
        return [_REFUSED]

    return answer


def is_ours(header: str, names: set[str], any_address: bool) -> bool:
    """Whether a Host header names one of `names`, with or without a port; with `any_address` any number will do: a number cannot be made to point here."""
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+?)\.?(?::\d{1,5})?", header.lower())
    if found is None:
        return not header  # HTTP/1.0, which has none
    host = found[1]
    return host in names or (any_address and (_is_number(host) or host == socket.gethostname().lower()))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
