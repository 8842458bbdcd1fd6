"""The notice that goes with collecting personal information (FIPPA s.27), as the district words it."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from forms_app.notice import read_notice
from forms_app.permissions import can_oversee
from forms_app.retention import read_retention
from forms_app.views import current

bp = Blueprint("privacy", __name__)


@bp.get("/privacy")
def notice() -> str:
    """What is kept, why, who sees it, how long, and whom to ask."""
    root = current.desk().settings.root
    oversees = bool(g.get("person")) and can_oversee(current.person())
    return render_template("privacy/notice.html", notice=read_notice(root), retention=read_retention(root), oversees=oversees)
