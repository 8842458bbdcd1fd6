"""Handing a student over, or a whole caseload; answering; and letting a colleague cover for a whole caseload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Checklist
from forms_app.forms.handovers import FIELDS, CoverManyForm, ManyForm, OfferForm, SendBackForm, TellForm
from forms_app.handovers import (
    PROMPTS,
    HandoverRefused,
    check_can_answer,
    check_can_hand_over,
    check_reason,
    check_told,
)
from forms_app.naming import Naming, NamingRefused, check_naming
from forms_app.permissions import Action, Person, can, can_be_case_manager_at
from forms_app.records import handovers, students
from forms_app.records.handovers import AnsweredMeanwhile
from forms_app.students import ACCOUNT_GONE, Handover, Involvement, Part, Student
from forms_app.views import current

bp = Blueprint("handovers", __name__)
TOO_LATE = "Somebody offered, answered or took back this handover in the meantime. Nothing was changed."


@dataclass(frozen=True)
class Line:
    """One handover that waits, as a list shows it to one person."""

    id: str
    name: str
    says: str
    mine: bool  # this person is asked to answer


@dataclass(frozen=True)
class Choice:
    """One student in the list from which somebody chooses."""

    id: str
    name: str
    grade: str
    case_manager: str
    open: str
    warning: bool
    offered: bool
    chosen: bool


def lines(offered: Iterable[tuple[Student, Handover]], person: Person, names: dict[str, str]) -> list[Line]:
    """What waits: for this person's answer first, then what they offered, then what they oversee."""
    found = [
        Line(student.id, student.name, _says(one, person, names), one.receiver == person.id and not one.answer)
        for student, one in sorted(offered, key=lambda pair: pair[0].sort_name)
    ]
    return sorted(found, key=lambda line: not line.mine)


def _says(one: Handover, person: Person, names: dict[str, str]) -> str:
    giver, receiver = (names.get(id, ACCOUNT_GONE) for id in (one.giver, one.receiver))
    if one.answer:
        return f"{receiver} sent it back: {one.reason}"
    if one.receiver == person.id:
        return f"{giver} asks you to take over"
    if one.giver == person.id:
        return f"you have asked {receiver} to take over; not answered yet"
    return f"{giver} has asked {receiver} to take over; not answered yet"


@bp.get("/handovers")
def index() -> str:
    """Every handover that waits and concerns this person, and the ways to begin one."""
    return _index()


def _index(refused: str = "") -> str:
    desk, person = current.desk(), current.person()
    lists = desk.lists(person)
    return render_template(
        "handovers/index.html", lines=lines(lists.offered, person, _names()), can_give=bool(desk.givable(person)), refused=refused
    )


@bp.post("/handovers/accept")
def accept_many() -> Response | tuple[str, int]:
    """Take over everything that this person has been asked to take over and has ticked."""
    desk, person, late = current.desk(), current.person(), 0
    chosen = set(request.form.getlist("students"))
    for student, one in desk.lists(person).offered:
        if student.id in chosen and one.receiver == person.id and not one.answer:
            try:
                check_can_answer(student, one.id, person, desk.today())
                handovers.accept(desk.store, student.id, one, desk.today(), current.actor())
            except (HandoverRefused, AnsweredMeanwhile):
                late += 1
    if late or not chosen:
        return _index(
            f"{late} of them had been taken back in the meantime." if late else "Choose at least one student."
        ), 409 if late else 422
    return redirect("/", 303)


@bp.get("/students/<student_id>/handover")
def show(student_id: str) -> str:
    """The handover that waits; where none does, the packet as it would be, and to whom to offer the student."""
    return _page()


@bp.post("/students/<student_id>/handover")
def start(student_id: str) -> Response | tuple[str, int]:
    """Offer the student to a colleague."""
    form, desk, student = _offer_form(OfferForm()), current.desk(), current.record().student
    typed = form.validate()
    receiver = desk.people().get(form.who.data or "")
    try:
        told = check_told(form.told()) if typed else {}
        check_can_hand_over(student, receiver, current.person(), desk.today())
        if typed and receiver:
            handovers.offer(desk.store, student, receiver.id, told, desk.today(), current.actor())
    except HandoverRefused as refused:
        if student.handover_on(desk.today()):
            return _page(refused=str(refused)), 409
        form.who.errors = [refused.errors["who"]] if "who" in refused.errors else form.who.errors
        return _page(form), 422
    except AnsweredMeanwhile:
        return _page(form, refused=TOO_LATE), 409
    if not typed:
        return _page(form), 422
    return redirect(url_for("handovers.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/handover/tell")
def tell(student_id: str) -> Response | tuple[str, int]:
    """Change what the receiver is told, while the handover waits."""
    form, desk, waiting = TellForm(), current.desk(), current.record().student.handover_on(current.desk().today())
    if not form.validate():
        return _page(tell_form=form), 422
    try:
        if waiting is None:
            raise AnsweredMeanwhile
        handovers.tell(desk.store, student_id, waiting.id, check_told(form.told()), current.actor())
    except AnsweredMeanwhile:
        return _page(tell_form=form, refused=TOO_LATE), 409
    return redirect(url_for("handovers.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/handover/take-back")
def take_back(student_id: str) -> Response | tuple[str, int]:
    """The student stays with the case manager after all."""
    try:
        handovers.take_back(current.desk().store, student_id, request.form.get("handover", ""), current.actor())
    except AnsweredMeanwhile:
        return _page(refused=TOO_LATE), 409
    return redirect(url_for("students.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/handover/accept")
def accept(student_id: str) -> Response | tuple[str, int]:
    """Take over: from now on this person is the case manager, and the giver no more."""
    desk, student = current.desk(), current.record().student
    try:
        waiting = check_can_answer(student, request.form.get("handover", ""), current.person(), desk.today())
        handovers.accept(desk.store, student_id, waiting, desk.today(), current.actor())
    except (HandoverRefused, AnsweredMeanwhile) as refused:
        return _page(refused=str(refused) or TOO_LATE), 409
    return redirect(url_for("students.show", student_id=student_id), 303)


@bp.post("/students/<student_id>/handover/send-back")
def send_back(student_id: str) -> Response | tuple[str, int]:
    """Not take over, with the reason."""
    form, desk, student = SendBackForm(), current.desk(), current.record().student
    if not form.validate():
        return _page(send_form=form), 422
    try:
        waiting = check_can_answer(student, request.form.get("handover", ""), current.person(), desk.today())
        handovers.send_back(desk.store, student_id, waiting, check_reason(form.reason.data), current.actor())
    except (HandoverRefused, AnsweredMeanwhile) as refused:
        return _page(send_form=form, refused=str(refused) or TOO_LATE), 409
    return redirect("/", 303)


def _page(
    form: OfferForm | None = None, tell_form: TellForm | None = None, send_form: SendBackForm | None = None, refused: str = ""
) -> str:
    desk, record, person, today = current.desk(), current.record(), current.person(), current.desk().today()
    student = record.student
    waiting = student.handover_on(today)
    can_give = can(person, Action.HAND_OVER, student, today)
    school = desk.schools().get(student.school)
    giver = student.case_manager_on(today)
    return render_template(
        "handovers/show.html",
        student=student,
        school=school.name if school else "not recorded",
        names=_names(),
        giver=giver,
        waiting=waiting,
        told=[(PROMPTS[prompt], waiting.told[prompt]) for prompt in PROMPTS if prompt in waiting.told] if waiting else [],
        packet=desk.packet(record),
        year=desk.year(),
        printed=today,
        refused=refused,
        can_give=can_give,
        can_view=can(person, Action.VIEW, student, today),
        can_take=can(person, Action.TAKE_OVER, student, today),
        form=(form or _offer_form(OfferForm(formdata=None))) if can_give and not waiting else None,
        tell_form=(tell_form or TellForm(formdata=None, data=_told(waiting))) if can_give and waiting else None,
        send_form=send_form or SendBackForm(formdata=None),
        last=next((one for one in reversed(student.handovers) if one.answer), None) if can_give else None,
    )


def _told(waiting: Handover) -> dict[str, Any]:
    return {FIELDS[prompt]: answer for prompt, answer in waiting.told.items()}


def _offer_form(form: OfferForm) -> OfferForm:
    desk, student = current.desk(), current.record().student
    giver = student.case_manager_on(desk.today())
    form.offer(person for person in desk.possible_case_managers(student.school) if person.id != giver)
    return form


def _names() -> dict[str, str]:
    return {person.id: person.name for person in current.desk().people().values()}


# Several students at once


@bp.get("/handovers/new")
def choose() -> str:
    """Which students, and to whom."""
    return _many(ManyForm(formdata=None))


@bp.post("/handovers/new")
def start_many() -> Response | tuple[str, int]:
    """Offer each of them to one colleague; each is answered for itself, or all together."""
    form, desk, person = ManyForm(), current.desk(), current.person()
    chosen, receiver = _chosen(form), desk.people().get(form.who.data or "")
    for checklist in chosen:
        try:
            check_can_hand_over(checklist.student, receiver, person, desk.today())
        except HandoverRefused as refused:
            form.who.errors = [_about(checklist, refused.errors["who"], receiver)]
            break
    if form.errors or not receiver:
        return _many(form), 422
    for checklist in chosen:
        try:
            handovers.offer(desk.store, checklist.student, receiver.id, {}, desk.today(), current.actor())
        except AnsweredMeanwhile:
            continue  # somebody was faster with this one; the list shows how it stands
    return redirect(url_for("handovers.index"), 303)


@bp.get("/handovers/cover")
def cover() -> str:
    """Who covers for which students, from when to when."""
    return _many(CoverManyForm(formdata=None, data={"since": current.desk().today()}))


@bp.post("/handovers/cover")
def cover_many() -> Response | tuple[str, int]:
    """Let a colleague cover for all of them; it ends by itself."""
    form, desk, person = CoverManyForm(), current.desk(), current.person()
    typed = form.validate()
    chosen, colleague = _chosen(form), desk.people().get(form.who.data or "")
    made: list[tuple[str, Involvement]] = []
    for checklist in chosen:
        naming = Naming(Part.COVERING, colleague, None, form.since.data, form.until.data, form.reason.data or "")
        try:
            made.append((checklist.student.id, check_naming(naming, checklist.student, person, desk.today())))
        except NamingRefused as refused:
            for field, sentence in refused.errors.items():
                if not form[field].errors:
                    form[field].errors = [_about(checklist, sentence, colleague) if field == "who" else sentence]
            break
    if form.errors or not typed:
        return _many(form), 422
    for student_id, involvement in made:
        students.involve(desk.store, student_id, involvement, current.actor())
    return redirect("/", 303)


def _about(checklist: Checklist, sentence: str, colleague: Person | None) -> str:
    """The sentence, with the student whom it is about; that nobody was chosen is about no student."""
    return f"{checklist.student.name}: {sentence[0].lower()}{sentence[1:]}" if colleague and sentence.startswith("This ") else sentence


def _chosen(form: ManyForm) -> list[Checklist]:
    ticked = set(form.students.data or ())
    found = [one for one in current.desk().givable(current.person()) if one.student.id in ticked]
    if not found:
        form.students.errors = ["Choose at least one student."]
    return found


def _many(form: ManyForm) -> str:
    desk, person, today = current.desk(), current.person(), current.desk().today()
    covering, names, sent = isinstance(form, CoverManyForm), _names(), request.method == "POST"
    givable = desk.givable(person)
    schools = {one.student.school for one in givable}
    form.offer(other for other in desk.colleagues() if any(can_be_case_manager_at(other, school) for school in schools))
    ticked = set(form.students.data or ())
    choices = []
    for one in sorted(givable, key=lambda c: (names.get(c.student.case_manager_on(today), ""), c.student.sort_name)):
        own, offered = one.student.case_manager_on(today) == person.id, one.student.handover_on(today) is not None and not covering
        choices.append(
            Choice(
                id=one.student.id,
                name=one.student.name,
                grade=one.student.grade.lstrip("0"),
                case_manager=names.get(one.student.case_manager_on(today), ""),
                open=", ".join(_words(one)) or one.still_open,
                warning=bool(one.urgent("overdue")),
                offered=offered,
                chosen=(one.student.id in ticked if sent else own) and not offered,
            )
        )
    return render_template("handovers/many.html", form=form, choices=choices, covering=covering)


def _words(checklist: Checklist) -> list[str]:
    overdue, waiting = len(checklist.urgent("overdue")), sum(1 for e in checklist.open_entries if e.status.value == "waiting")
    return [f"{count} {words}" for count, words in ((overdue, "overdue"), (waiting, "waiting")) if count]
