"""The notice that goes with collecting personal information."""

from __future__ import annotations

from flask import Blueprint, render_template

bp = Blueprint("privacy", __name__)


@bp.get("/privacy")
def notice() -> str:
    """What is kept, why, and who sees it."""
    return render_template("privacy/notice.html")
