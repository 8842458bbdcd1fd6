"""Whether this process can do its work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from forms_app.records import district
from forms_app.views import current

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> dict[str, Any]:
    """200 when the store answers. Says nothing about anybody."""
    desk = current.desk()
    district.announcements(desk.store)
    return {"status": "ok", "items": len(desk.book.items), "edition": desk.book.edition}
