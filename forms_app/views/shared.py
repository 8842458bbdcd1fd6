"""What education assistants see of a student. This view is given the projection and never the record."""

from __future__ import annotations

from flask import Blueprint, render_template

from forms_app.permissions import Relation
from forms_app.views import current
from forms_app.views.reasons import why_you

bp = Blueprint("shared", __name__)


@bp.get("/students/<student_id>/shared")
def show(student_id: str) -> str:
    """The shared plan and the assistants' duties."""
    standing = current.ties()
    restricted = all(tie.relation is Relation.TEAM and tie.role.value == "education assistant" for tie in standing)
    return render_template(
        "shared/show.html",
        shared=current.shared(),
        restricted=restricted,
        why=why_you(standing, current.desk().settings.zone),
        printed=current.desk().today(),
    )
