"""The school-based team's meetings: plan one, put together its agenda, begin and end it, and look back at what was decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.forms.meetings import MeetingForm, planned
from forms_app.meetings import (
    Known,
    Line,
    Meeting,
    MeetingRefused,
    Place,
    Proposal,
    can_come,
    can_start,
    check_can_start,
    check_meeting,
    check_reason,
    named_to,
    words_of,
)
from forms_app.meetings import (
    recap as recap_of,
)
from forms_app.permissions import Action, actions, meeting_schools, planning_schools
from forms_app.plain_text import clean
from forms_app.records import meetings, sheets
from forms_app.records.meetings import OVER, MeetingIsOver
from forms_app.sheets import Sheet, SheetRefused, check_can_finish
from forms_app.store import new_id
from forms_app.students import Student
from forms_app.views import current
from forms_app.views.minutes import finish_sheet
from forms_app.views.reasons import moment_words

bp = Blueprint("meetings", __name__)

NO_REASON = ("added", "")
CHANGES_AGENDA = ("add", "up", "down", "off", "times", "start", "cancel")


@dataclass(frozen=True)
class Row:
    """One student on an agenda, as far as the reader may know. `state` says how far the sheet is; `student` is None for whom they do not see."""

    place: Place
    student: Student | None
    number: int
    why: list[str]
    manager: str
    state: str


@dataclass(frozen=True)
class Card:
    """One meeting in the list."""

    meeting: Meeting
    school: str
    students: int
    unended: bool
    missed: bool
    mine: list[Line]


@bp.get("/meetings")
def index() -> str:
    """The meetings of my schools: to come, and those that were."""
    desk, person = current.desk(), current.person()
    found = desk.meetings(meeting_schools(person))
    lines = _lines_by_meeting(found)
    schools = desk.schools()
    today = desk.today()
    cards = [
        Card(
            one, schools[one.school].name if one.school in schools else "", len(one.agenda), one.unended(today), one.missed(person.id),
            [line for line in lines.get(one.id, ()) if line.followed.state != "done" and line.concerns(person.id, today)] if one.over else [],
        )
        for one in found
    ]  # fmt: skip
    return render_template(
        "meetings/index.html",
        coming=sorted((card for card in cards if not card.meeting.over), key=lambda card: card.meeting.day),
        past=[card for card in cards if card.meeting.over],
        can_plan=bool(planning_schools(person)),
        planning=planning_schools(person),
        several=len(meeting_schools(person)) > 1,
    )


@bp.get("/meetings/new")
def new() -> str:
    """A form for a new meeting."""
    desk, school = current.desk(), min(planning_schools(current.person()))
    data = {"token": new_id()[:20], "school": school, "members": [one.id for one in desk.team_of(school)]}
    return _plan_page(MeetingForm(formdata=None, data=data), None)


@bp.post("/meetings/new")
def plan() -> Response | tuple[str, int]:
    """Plan it; then its agenda is put together."""
    form = MeetingForm()
    planned_already = meetings.get(current.desk().store, meetings.id_of(form.token.data or ""))
    if planned_already and planned_already.by == current.person().id:
        return redirect(url_for("meetings.show", meeting_id=planned_already.id), 303)
    made = _checked(form, Meeting("", 0, "", dt.date.min))
    if made is None:
        return _plan_page(form, None), 422
    meeting_id = meetings.plan(current.desk().store, made, current.actor(), form.token.data or "")
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


@bp.get("/meetings/<meeting_id>/edit")
def edit(meeting_id: str) -> str:
    """The day and the people, to change."""
    return _plan_page(MeetingForm(formdata=None, data=planned(current.meeting())), current.meeting())


@bp.post("/meetings/<meeting_id>/edit")
def save(meeting_id: str) -> Response | tuple[str, int]:
    """Keep them. Where the day moves, the students' events and ties move too."""
    form, before, desk = MeetingForm(), current.meeting(), current.desk()
    made = _checked(form, before)
    if made is None:
        return _plan_page(form, before), 422
    try:
        meetings.edit(desk.store, meeting_id, made, current.actor())
    except MeetingIsOver as over:
        form.day.errors = [str(over)]
        return _plan_page(form, before), 409
    if made.day != before.day:
        for place in before.agenda:
            sheets.leave(desk.store, place.student, place, before, "The meeting was moved", current.actor())
            moved = sheets.bring(desk.store, place.student, made, desk.today(), current.actor())
            meetings.change_place(desk.store, meeting_id, place.student, lambda one, moved=moved: replace(
                one, occurrence=moved.occurrence, recorded=moved.recorded, involvement=moved.involvement
            ), current.actor())  # fmt: skip
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


@bp.get("/meetings/<meeting_id>")
def show(meeting_id: str) -> str:
    """The agenda."""
    return _agenda()


@bp.post("/meetings/<meeting_id>")
def change(meeting_id: str) -> Response | tuple[str, int]:
    """One press on the agenda: put students on it, move or take one off, begin, end or cancel the meeting."""
    desk, store, actor = current.desk(), current.desk().store, current.actor()
    what, _, student_id = request.form.get("do", "").partition(":")
    anchor = "agenda"
    try:
        if what in CHANGES_AGENDA and current.meeting().over:
            raise MeetingIsOver(OVER[current.meeting().state])
        if what == "add":
            problem = _add(request.form.getlist("students"))
            if problem:
                return _agenda({"students": problem}), 422
        elif what in ("up", "down"):
            meetings.move(store, meeting_id, student_id, -1 if what == "up" else 1, actor)
            anchor = f"on-{student_id}"
        elif what == "off":
            _take_off(student_id)
        elif what == "times":
            problem = _suggest()
            if problem:
                return _agenda({"times": problem}), 422
        elif what == "start":
            check_can_start(current.meeting(), desk.today())
            meetings.start(store, meeting_id, actor)
            first = next((row for row in _rows() if row.student and not row.place.carried), None)
            if first:
                return redirect(url_for("sheets.show", student_id=first.place.student, meeting_id=meeting_id), 303)
        elif what == "end":
            _end()
            return redirect(url_for("meetings.minutes", meeting_id=meeting_id), 303)
        elif what == "cancel":
            _cancel(check_reason(request.form.get("reason", "")))
        elif what == "attend":
            problem = _attend()
            if problem:
                return _minutes_page({"others": problem}), 422
            return redirect(url_for("meetings.minutes", meeting_id=meeting_id), 303)
    except MeetingRefused as refused:
        return _agenda(refused.errors), 422
    except MeetingIsOver as over:
        return _agenda({"over": str(over)}), 409
    return redirect(url_for("meetings.show", meeting_id=meeting_id) + f"#{anchor}", 303)


@bp.get("/meetings/<meeting_id>/minutes")
def minutes(meeting_id: str) -> str:
    """Who was there, and every sheet: what is missing before it can be finished."""
    return _minutes_page()


@bp.post("/meetings/<meeting_id>/minutes")
def finish(meeting_id: str) -> Response | tuple[str, int]:
    """Finish every sheet that is ready. What is not ready stays as it is, with the reason."""
    chosen = set(request.form.getlist("students"))
    left: dict[str, str] = {}
    for row in _rows():
        if row.student and row.place.student in chosen and _may_write(row.student):
            try:
                finish_sheet(row.student, current.meeting())
            except SheetRefused as refused:
                left[row.place.student] = str(refused)
            except sheets.WrittenMeanwhile:
                left[row.place.student] = "Somebody wrote in this sheet at this moment. Look at it, then finish it."
    if not chosen:
        return _minutes_page({"students": "Choose at least one sheet to finish."}), 422
    if left:
        return _minutes_page({}, left), 422
    return redirect(url_for("meetings.recap", meeting_id=meeting_id), 303)


@bp.get("/meetings/<meeting_id>/recap")
def recap(meeting_id: str) -> str:
    """Who was discussed, what was decided, who does it, by when, and how far it is."""
    desk, meeting, person = current.desk(), current.meeting(), current.person()
    known = desk.team_known(meeting.school)
    names = {one.id: one.name for one in desk.people().values()}
    rows = []
    for row in _rows(known):
        if row.student and not row.place.carried:
            desk.store.note("student", row.student.id, current.actor().entry("view a recap with a student"))
            entry = known[row.place.student][0]
            review = entry.review if meeting.id in known[row.place.student][1] else None
            rows.append((row, recap_of((one for one in entry.decisions if one.meeting == meeting.id), entry.checklist, names), review))
    return render_template(
        "meetings/recap.html",
        meeting=meeting,
        school=_school(meeting),
        rows=rows,
        names=names,
        carried=[row for row in _rows(known) if row.student and row.place.carried],
        hidden=len(meeting.agenda) - len([row for row in _rows(known) if row.student]),
        present=_names(meeting.present, names),
        absent=[names.get(one, "") for one in meeting.members if one not in meeting.present],
        missed=meeting.missed(person.id),
        mine={line.decision.id for _, lines, _ in rows for line in lines if line.concerns(person.id, desk.today())},
        can_lead=meeting.school in planning_schools(person),
        printed_at=moment_words(desk.now(), desk.settings.zone),
    )


@bp.get("/meetings/follow-up")
def follow() -> str:
    """Every decision of the team that is not done, the most urgent first."""
    desk, person = current.desk(), current.person()
    found = desk.meetings(meeting_schools(person))
    mine = request.args.get("whose") == "mine"
    everything = [(one, line) for one in found for line in _lines_by_meeting(found).get(one.id, ())]
    lines = [
        (one, line) for one, line in everything if line.followed.state != "done" and (not mine or line.concerns(person.id, desk.today()))
    ]
    far = dt.date.max
    return render_template(
        "meetings/follow.html",
        lines=sorted(lines, key=lambda pair: (pair[1].followed.state != "overdue", pair[1].decision.due or far, pair[0].day)),
        done=sum(line.followed.state == "done" for _, line in everything),
        mine=mine,
        names={one.id: one.name for one in desk.people().values()},
        printed_at=moment_words(desk.now(), desk.settings.zone),
    )


def _lines_by_meeting(found: Iterable[Meeting]) -> dict[str, list[Line]]:
    """What was decided about the students whom this person sees, by meeting."""
    desk, person = current.desk(), current.person()
    names = {one.id: one.name for one in desk.people().values()}
    lines: dict[str, list[Line]] = {}
    for school in {one.school for one in found}:
        for known, _ in desk.team_known(school).values():
            if known.decisions and Action.VIEW in actions(person, known.student, desk.today()):
                for line in recap_of(known.decisions, known.checklist, names):
                    lines.setdefault(line.decision.meeting, []).append(line)
    return lines


def _school(meeting: Meeting) -> str:
    school = current.desk().schools().get(meeting.school)
    return school.name if school else ""


def _names(ids: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return sorted((names.get(one, "somebody whose account is gone") for one in ids), key=str.casefold)


def _may_write(student: Student) -> bool:
    desk = current.desk()
    return Action.MEET in actions(current.person(), student, desk.today(), desk.now())


def _rows(known: Mapping[str, tuple[Known, frozenset[str]]] | None = None) -> list[Row]:
    """The agenda as this person may see it."""
    desk, meeting, person = current.desk(), current.meeting(), current.person()
    known = desk.team_known(meeting.school) if known is None else known
    names = {one.id: one.name for one in desk.people().values()}
    rows = []
    for number, place in enumerate(meeting.agenda, 1):
        found = known.get(place.student)
        student = found[0].student if found else None
        if student is None or found is None or Action.VIEW not in actions(person, student, desk.today(), desk.now()):
            rows.append(Row(place, None, number, [], "", ""))
            continue
        rows.append(
            Row(
                place,
                student,
                number,
                words_of(place.why),
                names.get(student.case_manager_on(desk.today()), ""),
                _state(place, found[0], meeting),
            )
        )
    return rows


def _state(place: Place, known: Known, meeting: Meeting) -> str:
    if meeting.id in known.final:
        return "final"
    if any(one.meeting == meeting.id for one in known.decisions):
        return "decided"
    if place.carried:
        return "carried"
    return "prepared" if meeting.id in known.written else ""


def _agenda(errors: Mapping[str, str] | None = None) -> str:
    desk, meeting, person = current.desk(), current.meeting(), current.person()
    leads = meeting.school in planning_schools(person)
    rows = _rows()
    proposals, unnamed = _offered() if leads and not meeting.over else ([], [])
    there = {place.student for place in meeting.agenda} | {one.student.id for one in proposals}
    known = desk.team_known(meeting.school) if leads and not meeting.over else {}
    by_hand = [
        one.student
        for id, (one, _) in known.items()
        if id not in there and Action.VIEW in actions(person, one.student, desk.today(), desk.now())
    ]
    names = {one.id: one.name for one in desk.people().values()}
    ready = next((row for row in rows if row.student and row.state not in ("final", "decided", "carried")), None)
    return render_template(
        "meetings/show.html",
        meeting=meeting,
        school=_school(meeting),
        rows=rows,
        first=ready or next((row for row in rows if row.student), None),
        proposals=[(one, words_of(one.why), names.get(one.student.case_manager_on(desk.today()), "")) for one in proposals],
        unnamed=_counted(unnamed),
        by_hand=sorted(by_hand, key=lambda one: one.sort_name),
        errors=errors or {},
        typed=request.form if errors else {},
        leads=leads,
        names=names,
        unended=meeting.unended(desk.today()),
        can_start=can_start(meeting, desk.today()),
        printed_at=moment_words(desk.now(), desk.settings.zone),
    )


def _counted(unnamed: Iterable[Proposal]) -> list[tuple[str, int]]:
    """How many students there are whose names this person may not read, by their strongest reason."""
    counts: dict[str, int] = {}
    for one in unnamed:
        label = words_of([(one.why[0][0], "")])[0]
        counts[label] = counts.get(label, 0) + 1
    return list(counts.items())


def _offered() -> tuple[list[Proposal], list[Proposal]]:
    """What the agenda proposes: by name to this person, and those whose names they may not read."""
    desk, person = current.desk(), current.person()
    found = desk.proposals(current.meeting())
    seen = {one.student.id for one in found if Action.VIEW in actions(person, one.student, desk.today(), desk.now())}
    named = [one for one in found if named_to(one, one.student.id in seen)]
    return named, [one for one in found if one not in named]


def _add(chosen: list[str]) -> str:
    """Put students on the agenda; what is wrong with the choice, in a sentence."""
    desk, meeting, person = current.desk(), current.meeting(), current.person()
    chosen = [one for one in dict.fromkeys(chosen) if one]
    already = {place.student for place in meeting.agenda}
    if not chosen:
        return "Choose at least one student."
    proposals, _ = _offered()
    offered = {one.student.id: one.why for one in proposals}
    for id, (one, _) in desk.team_known(meeting.school).items():
        if Action.VIEW in actions(person, one.student, desk.today(), desk.now()):
            offered.setdefault(id, (NO_REASON,))
    wrong = [one for one in chosen if one not in offered and one not in already]
    if wrong:
        return f"{len(wrong)} of the students cannot come before this team: of another school, or the record is closed. Choose from the students shown."
    for student_id in chosen:
        if student_id not in already:
            put_on(meeting, student_id, offered[student_id])
    return ""


def put_on(meeting: Meeting, student_id: str, why: tuple[tuple[str, str], ...]) -> None:
    """Put one student on an agenda: first the record, then the agenda, so that nobody stands on it who is not before the team."""
    desk = current.desk()
    place = sheets.bring(desk.store, student_id, meeting, desk.today(), current.actor())
    try:
        meetings.put_on(desk.store, meeting.id, replace(place, why=why), current.actor())
    except MeetingIsOver:  # ended at this moment: nobody stays before a team that does not meet
        sheets.leave(desk.store, student_id, place, meeting, "The meeting was over", current.actor())
        raise


def _take_off(student_id: str) -> None:
    desk, meeting = current.desk(), current.meeting()
    place = meeting.place(student_id)
    if place:
        if desk.sheet(student_id, meeting.id).standing:
            raise MeetingRefused({"agenda": "Something is decided about this student already. Take the decisions back first."})
        sheets.leave(desk.store, student_id, place, meeting, "Taken off the agenda", current.actor())
        meetings.take_off(desk.store, meeting.id, student_id, current.actor())


def _suggest() -> str:
    meeting = current.meeting()
    times: dict[str, int | None] = {}
    for number, place in enumerate(meeting.agenda, 1):
        typed = request.form.get(f"minutes-{place.student}", "").strip()
        if typed and not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= 120):
            return f"Number {number}: “{typed[:20]}” is not a number of minutes. Enter 1 to 120, or leave it empty."
        times[place.student] = int(typed) if typed else None
    meetings.suggest(current.desk().store, meeting.id, times, current.actor())
    return ""


def _end() -> None:
    """End the meeting. Who was not reached stays before the team, and the event of this day is withdrawn."""
    desk, meeting = current.desk(), current.meeting()
    if meeting.over:
        return
    left = [place for place in meeting.agenda if not desk.sheet(place.student, meeting.id).standing]
    meetings.end(desk.store, meeting.id, [place.student for place in left], current.actor())
    for place in left:
        if desk.document(place.student):
            sheets.leave(desk.store, place.student, place, meeting, "Not reached at the meeting; carried over", current.actor(), stays=True)


def _cancel(reason: str) -> None:
    desk, meeting = current.desk(), current.meeting()
    meetings.cancel(desk.store, meeting.id, reason, current.actor())
    for place in meeting.agenda:
        if desk.document(place.student):
            sheets.leave(desk.store, place.student, place, meeting, "The meeting was cancelled", current.actor(), stays=True)


def _attend() -> str:
    desk, meeting = current.desk(), current.meeting()
    team = {one.id for one in desk.team_of(meeting.school)} | set(meeting.members)
    present = [one for one in request.form.getlist("present") if one in team]
    chair, recorder = (request.form.get(name, "") for name in ("chair", "recorder"))
    try:
        others = clean(request.form.get("others", ""), 200)
    except ValueError as error:
        return str(error)
    meetings.attend(
        desk.store, meeting.id, present, others, chair if chair in team else "", recorder if recorder in team else "", current.actor()
    )
    return ""


def _checked(form: MeetingForm, before: Meeting) -> Meeting | None:
    """The meeting as typed, or None with the sentences beside the fields."""
    desk, person = current.desk(), current.person()
    schools = planning_schools(person)
    school = before.school or (form.school.data if form.school.data in schools else min(schools))
    form.school.data = school
    valid = form.validate()
    if form.school.errors or not valid:
        return None
    people = {one.id: one for one in desk.people().values()}
    try:
        return check_meeting(
            form.meeting(before), desk.meetings([school]), people, desk.district().calendar, desk.today(), bool(form.confirm.data)
        )
    except MeetingRefused as refused:
        for name, sentence in refused.errors.items():
            if not form[name].errors:
                form[name].errors = [sentence]
        form.asks = refused.ask
    return None


def _plan_page(form: MeetingForm, meeting: Meeting | None) -> str:
    desk, person = current.desk(), current.person()
    schools = planning_schools(person)
    names = {school.id: school.name for school in desk.schools().values() if school.id in schools}
    school = meeting.school if meeting else form.school.data or min(schools)
    form.offer(names.items(), desk.team_of(school))
    return render_template("meetings/plan.html", form=form, meeting=meeting, school=names.get(school, ""), one_school=len(names) == 1)


def _minutes_page(errors: Mapping[str, str] | None = None, left: Mapping[str, str] | None = None) -> str:
    desk, meeting = current.desk(), current.meeting()
    rows = []
    for row in _rows():
        missing = ""
        if row.student and row.state not in ("final", "carried"):
            missing = missing_words(desk.sheet(row.place.student, meeting.id), {one.id: one.name for one in desk.people().values()})
        rows.append((row, (left or {}).get(row.place.student) or missing))
    names = {one.id: one.name for one in desk.people().values()}
    return render_template(
        "meetings/minutes.html",
        meeting=meeting,
        school=_school(meeting),
        rows=rows,
        ready=[row for row, missing in rows if row.student and row.state not in ("final", "carried") and not missing],
        errors=errors or {},
        typed=request.form if errors else {},
        team=[one for one in desk.colleagues() if can_come(one, meeting.school) or one.id in meeting.members],
        names=names,
    )


def missing_words(sheet: Sheet, names: Mapping[str, str]) -> str:
    """What a sheet lacks before it can be finished; empty where nothing does."""
    try:
        check_can_finish(sheet, names)
    except SheetRefused as refused:
        return str(refused)
    return ""
