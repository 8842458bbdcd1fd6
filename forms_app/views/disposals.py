"""Disposing of the record of a student who left long ago: one person proposes, another reviews, and a stub without names stays."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forms_app.forms.privacy import ReviewForm
from forms_app.records import disposals
from forms_app.retention import CannotReview, MustBeKept, can_review, check_can_review, read_retention, why_kept
from forms_app.views import current

bp = Blueprint("disposals", __name__)


@bp.get("/students/<student_id>/disposal")
def show(student_id: str) -> str:
    """Whether the record may be disposed of, why not, and what is proposed."""
    return _page(ReviewForm(formdata=None))


@bp.post("/students/<student_id>/disposal")
def propose(student_id: str) -> Response | tuple[str, int]:
    """The first person proposes it."""
    desk = current.desk()
    retention = read_retention(desk.settings.root)
    try:
        disposals.propose(
            desk.store,
            student_id,
            current.record().student.school,
            desk.standing(current.record()),
            retention,
            current.actor(),
            desk.today(),
        )
    except MustBeKept as reason:
        return _page(ReviewForm(formdata=None), str(reason)), 409
    return redirect(url_for("disposals.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/disposal/review")
def review(student_id: str) -> Response | tuple[str, int]:
    """The second person disposes of it or keeps it."""
    desk, form = current.desk(), ReviewForm()
    proposal = disposals.find(desk.store, student_id)
    try:
        check_can_review(proposal.proposed_by if proposal and proposal.waits else "", current.person().id)
        if not form.validate():
            return _page(form), 422
        if form.outcome.data == disposals.KEPT:
            disposals.keep(desk.store, student_id, form.reason.data, current.actor())
        else:
            disposals.dispose(desk.store, student_id, read_retention(desk.settings.root), form.reason.data, current.actor(), desk.today())
            desk.forget()
    except (CannotReview, MustBeKept) as reason:
        return _page(form, str(reason)), 409
    return redirect(url_for("closing.index"), 303)


def _page(form: ReviewForm, refused: str = "") -> str:
    desk, student = current.desk(), current.record().student
    proposal = disposals.find(desk.store, student.id)
    waiting = proposal if proposal and proposal.waits else None
    people = desk.people()
    return render_template(
        "disposals/show.html",
        form=form,
        student=student,
        refused=refused,
        kept=why_kept(read_retention(desk.settings.root), desk.standing(current.record()), desk.today()),
        proposal=waiting,
        proposed_by=people[waiting.proposed_by].name if waiting and waiting.proposed_by in people else "",
        proposed_on=desk.day_of(waiting.proposed_at) if waiting else None,
        may_review=bool(waiting) and can_review(waiting.proposed_by, current.person().id),
    )
