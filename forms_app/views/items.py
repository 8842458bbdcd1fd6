"""From a handbook page into the checklist: one item, for each of my students."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from forms_app.checklists import Checklist
from forms_app.views import current

bp = Blueprint("items", __name__)


@bp.get("/items/<item_id>")
def show(item_id: str) -> str:
    """Where this item stands for each student that I may list."""
    desk, person = current.desk(), current.person()
    item = desk.book.items.get(item_id)
    if item is None:
        abort(404)
    lists = desk.lists(person)
    seen = [*lists.own, *(one.checklist for one in lists.helped), *(lists.overseen or ())]
    checklists = sorted(seen, key=lambda checklist: checklist.student.sort_name)
    people = desk.people()
    lines = [
        (checklist.student, [current.rows(checklist, people).row(entry) for entry in checklist.entries if entry.item.id == item_id])
        for checklist in checklists
    ]
    return render_template(
        "items/show.html",
        item=item,
        page=desk.book.pages[item.page],
        lines=[(student, found) for student, found in lines if found],
        without=[
            (checklist.student, _why_not(checklist, item_id))
            for checklist in checklists
            if not any(e.item.id == item_id for e in checklist.entries)
        ],
        event=desk.book.registers.events.get(item.opens.event),
    )


def _why_not(checklist: Checklist, item_id: str) -> str:
    for one in (*checklist.not_applying, *checklist.unknown):
        if one.item.id == item_id and one.applicability.holds is not True:
            return one.applicability.why
    return "no event has opened it"
