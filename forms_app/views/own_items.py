"""Items of one's own: what the school-based team or the case manager adds to one student, or to several at once."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.forms.own_items import OwnItemForm, SeveralForm
from forms_app.own_items import OwnItem, OwnItemRefused, check_own_item
from forms_app.permissions import Action, can
from forms_app.records import own_items
from forms_app.views import current

bp = Blueprint("own_items", __name__)


@bp.get("/students/<student_id>/own/new")
def new(student_id: str) -> str:
    """A form for one item of this student."""
    follows = request.args.get("follows", "")
    occurrence = next((one for one in current.record().occurrences if one.id == follows and not one.withdrawn), None)
    title = "Note the answer to the referral" if occurrence and occurrence.event == "referral" else ""
    form = OwnItemForm(
        formdata=None,
        data={"token": own_items.plain_id(), "decided_on": current.desk().today(), "occurrence": occurrence.id if occurrence else "", "title": title},
    )  # fmt: skip
    return _page(form)


@bp.post("/students/<student_id>/own/new")
def add(student_id: str) -> Response | tuple[str, int]:
    """Add it; from then on it stands on the checklist."""
    form, desk = OwnItemForm(), current.desk()
    made = _read(form)
    owners = {person.id for person in desk.seeing(current.record().student)}
    if made and form.owner.data and form.owner.data not in owners:
        form.owner.errors = ["Choose somebody who sees this student."]
        made = None
    if made is None:
        return _page(form), 422
    known = {one.id for one in current.record().occurrences}
    made = OwnItem(
        made.id,
        made.title,
        made.decided_by,
        made.decided_on,
        made.due,
        form.owner.data or "",
        made.by,
        made.at,
        form.occurrence.data if form.occurrence.data in known else "",
    )
    item = own_items.add(desk.store, student_id, made, current.actor(), form.token.data or "")
    return redirect(url_for("students.show", student_id=student_id) + f"#own.{item}", 303)


@bp.get("/own-items/new")
def several() -> str:
    """One form for several students."""
    return _several_page(
        SeveralForm(formdata=None, data={"token": own_items.plain_id(), "decided_on": current.desk().today(), "students": []})
    )


@bp.post("/own-items/new")
def add_several() -> Response | tuple[str, int]:
    """Add the same item to each chosen student."""
    form, desk = SeveralForm(), current.desk()
    made = _read(form)
    offered = {student.id for student in desk.can_add_to(current.person())}
    chosen = list(dict.fromkeys(form.students.data or []))
    if set(chosen) - offered:
        abort(404)
    if not chosen:
        form.students.errors = ["Choose at least one student."]
        made = None
    if made is None:
        return _several_page(form), 422
    for student_id in chosen:
        own_items.add(desk.store, student_id, made, current.actor(), form.token.data or "")
    return redirect(url_for("caseload.index"), 303)


def _read(form: OwnItemForm) -> OwnItem | None:
    """The item as typed, or None with the sentences beside the fields."""
    desk, typed = current.desk(), form.validate()
    try:
        title = check_own_item(form.title.data or "", form.decided_by.data or "", form.decided_on.data, form.due.data, desk.today())
    except OwnItemRefused as refused:
        for name, sentence in refused.errors.items():
            if not form[name].errors:
                form[name].errors = [sentence]
        return None
    if not typed or form.decided_on.data is None:
        return None
    return OwnItem("", title, form.decided_by.data, form.decided_on.data, form.due.data, "", current.person().id, desk.now())


def _page(form: OwnItemForm) -> str:
    desk, record = current.desk(), current.record()
    form.offer(person for person in desk.seeing(record.student) if person.id != record.student.case_manager_on(desk.today()))
    if not form.decided_by.data:
        own = can(current.person(), Action.RECORD_EVENT, record.student, desk.today(), desk.now())
        form.decided_by.data = "case manager" if own and not form.is_submitted() else "team" if not form.is_submitted() else None
    follows = next((one for one in record.occurrences if one.id == form.occurrence.data), None)
    title = desk.book.registers.events[follows.event].title if follows and follows.event in desk.book.registers.events else ""
    return render_template("own_items/new.html", form=form, student=record.student, follows=title)


def _several_page(form: SeveralForm) -> str:
    form.offer_students(current.desk().can_add_to(current.person()))
    return render_template("own_items/several.html", form=form)
