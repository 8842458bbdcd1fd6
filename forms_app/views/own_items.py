"""Items of one's own: what the school-based team or the case manager adds to one student, or to several at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app import access
from forms_app.forms.own_items import OwnItemForm, SeveralForm
from forms_app.own_items import OwnItem, OwnItemRefused, check_own_item
from forms_app.permissions import Action, Person, can, can_be_given_an_item_at
from forms_app.records import own_items
from forms_app.students import Student
from forms_app.views import current

bp = Blueprint("own_items", __name__)


@dataclass(frozen=True)
class Batch:
    """What came of adding an item to several students, or of taking that back. `item` and `ids` are what the form sends to take it back."""

    title: str
    done: tuple[str, ...]
    left: tuple[str, ...] = ()
    owner: str = ""
    item: str = ""
    ids: tuple[str, ...] = ()
    taken_back: bool = False


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
    owner = _owner(form, [current.record().student])
    if made is None or owner is None:
        return _page(form), 422
    follows = next((one.id for one in current.record().occurrences if one.id == form.occurrence.data), "")
    made = replace(made, owner=_whose(owner, current.record().student), occurrence=follows)
    item = own_items.add(desk.store, student_id, made, desk.today(), current.actor(), form.token.data or "")
    current.say(f"Added: {made.title}.{_found_by(made.owner)}")
    return redirect(url_for("students.show", student_id=student_id) + f"#own.{item}", 303)


@bp.get("/own-items/new")
def several() -> str:
    """One form for several students."""
    return _several_page(_empty())


@bp.post("/own-items/new")
def add_several() -> Response | tuple[str, int]:
    """Add the same item to each chosen student."""
    form, desk = SeveralForm(), current.desk()
    made = _read(form)
    offered = {student.id: student for student in desk.can_add_to(current.person())}
    ids = list(dict.fromkeys(form.students.data or []))
    if set(ids) - set(offered):
        abort(404)
    chosen = [offered[student_id] for student_id in ids]
    owner = _owner(form, chosen)
    if not chosen:
        form.students.errors = ["Choose at least one student."]
    if made is None or owner is None or not chosen:
        return _several_page(form), 422
    for student in chosen:
        mine = replace(made, owner=_whose(owner, student))
        item = own_items.add(desk.store, student.id, mine, desk.today(), current.actor(), form.token.data or "")
    names = tuple(student.name for student in chosen)
    return _several_page(_empty(), Batch(made.title, names, owner=_found_by(owner), item=item, ids=tuple(ids))), 200


@bp.post("/own-items/undo")
def undo_several() -> str:
    """Take it back from all of them; where somebody has recorded something on it since, it stays."""
    desk, item = current.desk(), request.form.get("item", "")
    allowed = access.students_for(desk, request.form.getlist("students"), Action.ADD_ITEM)
    done, left, title = list[str](), list[str](), ""
    for student_id, record in allowed.items():
        title = next((one.title for one in record.own_items if one.id == item), title)
        try:
            if own_items.withdraw(desk.store, student_id, item, current.actor()):
                done.append(record.student.name)
        except own_items.MarkedSince:
            left.append(record.student.name)
    return _several_page(_empty(), Batch(title, tuple(done), tuple(left), taken_back=True))


def _owner(form: OwnItemForm, students: Iterable[Student]) -> str | None:
    """Whose it shall be: empty for each case manager; None, with the sentence beside the field, where somebody cannot be given it."""
    chosen = form.owner.data or ""
    if not chosen:
        return ""
    person = next((one for one in current.desk().colleagues() if one.id == chosen), None)
    elsewhere = next((one for one in students if not (person and can_be_given_an_item_at(person, one.school))), None)
    if elsewhere:
        form.owner.errors = [f"Choose somebody who works at the school of {elsewhere.name}."]
        return None
    return chosen


def _whose(owner: str, student: Student) -> str:
    """What is the case manager's stands on the checklist and is given to nobody."""
    return "" if owner == student.case_manager_on(current.desk().today()) else owner


def _found_by(owner: str) -> str:
    person = current.desk().people().get(owner)
    return f" {person.name} finds it on their first page." if person else ""


def _empty() -> SeveralForm:
    return SeveralForm(formdata=None, data={"token": own_items.plain_id(), "decided_on": current.desk().today(), "students": []})


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
    form.offer(person for person in desk.could_be_given(record.student.school) if person.id != record.student.case_manager_on(desk.today()))
    if not form.decided_by.data:
        own = can(current.person(), Action.RECORD_EVENT, record.student, desk.today(), desk.now())
        form.decided_by.data = "case manager" if own and not form.is_submitted() else "team" if not form.is_submitted() else None
    follows = next((one for one in record.occurrences if one.id == form.occurrence.data), None)
    title = desk.book.registers.events[follows.event].title if follows and follows.event in desk.book.registers.events else ""
    return render_template("own_items/new.html", form=form, student=record.student, follows=title)


def _several_page(form: SeveralForm, batch: Batch | None = None) -> str:
    desk = current.desk()
    students = desk.can_add_to(current.person())
    colleagues: dict[str, Person] = {}
    for school in sorted({student.school for student in students}):
        colleagues |= {person.id: person for person in desk.could_be_given(school)}
    form.offer_students(students)
    form.offer(sorted(colleagues.values(), key=lambda person: person.name.casefold()))
    return render_template("own_items/several.html", form=form, batch=batch)
