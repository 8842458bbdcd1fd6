"""One box that finds a student, an item or a page of the handbook. What is typed may be a name, so it is sent in a form and never in an address."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from forms_app.finding import QueryRefused, check_query
from forms_app.records import saved_lists
from forms_app.views import current
from forms_app.views.items import STATUSES

bp = Blueprint("finding", __name__)

MOST_STUDENTS, MOST_OTHERS = 20, 8


@bp.get("/find")
def show() -> str:
    """The box, and the lists that I have saved."""
    return _page("")


@bp.post("/find")
def find() -> Response | str | tuple[str, int]:
    """What the words mean: students whom I may list, items, pages."""
    typed = request.form.get("q", "")
    try:
        query = check_query(typed)
    except QueryRefused as refused:
        return _page(typed[:200], str(refused)), 422
    return _page(query)


def _page(query: str, refused: str = "") -> str:
    desk, person = current.desk(), current.person()
    looked = bool(query) and not refused
    students = desk.find_students(person, query) if looked else []
    index = desk.index()
    schools = {school.id: school.name for school in desk.schools().values()} if students else {}
    names = {other.id: other.name for other in desk.people().values()} if students else {}
    return render_template(
        "finding/show.html",
        query=query,
        refused=refused,
        looked=looked,
        students=[
            (student, shared, schools.get(student.school, ""), names.get(student.case_manager_on(desk.today()), ""))
            for student, shared in students[:MOST_STUDENTS]
        ],
        more=max(0, len(students) - MOST_STUDENTS),
        items=index.find(query, "item", MOST_OTHERS) if looked else [],
        pages=index.find(query, "page", MOST_OTHERS) if looked else [],
        saved=saved_lists.of(desk.store, person.id),
        all_items=desk.book.items,
        labels=STATUSES,
    )
