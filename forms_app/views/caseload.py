"""The first screen: what must I do next?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template

from forms_app.checklists import Checklist
from forms_app.desk import Helped
from forms_app.permissions import can_add_items, can_add_student, can_announce, can_manage_people, overseen_schools, oversees_district
from forms_app.views import current
from forms_app.views.handovers import lines as handovers
from forms_app.views.reasons import why_you

bp = Blueprint("caseload", __name__)

HEADINGS = (
    ("overdue", "Overdue", "overdue"),
    ("soon", "Due soon", "due-soon"),
    ("passed", "Usual time has passed", "due-soon"),
    ("later", "Not due yet", "not-due"),
)


@dataclass(frozen=True)
class Line:
    """One student in the list: what is next and when, and progress in words."""

    id: str
    name: str
    grade: str
    next: str
    next_key: str
    when: str
    overdue: bool
    progress: str
    case_manager: str


@bp.get("/")
def index() -> str:
    """My students, those in whose case I take part, and for a principal or the district office the others, by what is next."""
    desk, person = current.desk(), current.person()
    lists = desk.lists(person)
    mine, others = lists.own, lists.overseen
    names = {other.id: other.name for other in desk.people().values()} if others or lists.helped or lists.offered else {}
    return render_template(
        "caseload/index.html",
        groups=list(_groups(mine, names)),
        others=list(_groups(others, names)) if others is not None else None,
        helped=list(_groups((one.checklist for one in lists.helped), names)),
        helped_why={one.checklist.student.id: _why(one) for one in lists.helped},
        shared=sorted(lists.shared, key=lambda one: one.name.casefold()),
        count=len(mine),
        others_count=len(others or ()),
        handovers=handovers(lists.offered, person, names),
        emergencies=_recent_emergencies(others or ()),
        edition_waits=desk.edition_waits and can_announce(person),
        person=person,
        oversees=""
        if oversees_district(person)
        else " and ".join(school.name for school in desk.schools().values() if school.id in overseen_schools(person)),
        can_add=can_add_student(person),
        can_add_items=can_add_items(person) and (mine or lists.helped),
        delegated=sorted(lists.delegated, key=lambda one: one.entry.due.order),
        today=desk.today(),
        manages=can_manage_people(person),
    )


def _recent_emergencies(overseen: Iterable[Checklist]) -> int:
    """How often a record of these students was opened in an emergency in the last seven days."""
    since = current.desk().now() - dt.timedelta(days=7)
    return sum(one.at >= since for checklist in overseen for one in checklist.student.emergencies)


def _why(one: Helped) -> str:
    words = why_you(one.ties, current.desk().settings.zone)
    return words[0].upper() + words[1:]


def _groups(checklists: Iterable[Checklist], names: dict[str, str]) -> Iterable[tuple[str, str, list[Line]]]:
    """The students under their headings, each by what is most urgent for them; who has no case manager comes first."""
    checklists = sorted(checklists, key=lambda c: (c.next.due.order if c.next else c.year.last_day, c.student.sort_name))
    alone = [c for c in checklists if not c.student.case_manager_on(c.today)]
    if alone:
        yield "No case manager", "overdue", [_line(c, names) for c in alone]
    for urgency, title, css in HEADINGS:
        lines = [_line(c, names) for c in checklists if c not in alone and (c.next.urgency(c.today) if c.next else "later") == urgency]
        if lines:
            yield title, css, lines


def _line(checklist: Checklist, names: dict[str, str]) -> Line:
    student, following = checklist.student, checklist.next
    manager = student.case_manager_on(checklist.today)
    return Line(
        id=student.id,
        name=student.name,
        grade=student.grade.lstrip("0"),
        next=following.item.title if following else "Nothing is open",
        next_key=following.key if following else "",
        when=following.due.short_on(checklist.today) if following else "",
        overdue=bool(following and following.urgency(checklist.today) == "overdue"),
        progress=checklist.still_open,
        case_manager=names.get(manager, ""),
    )
