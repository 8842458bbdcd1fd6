"""One student before the school-based team: prepare, write, decide, finish; one student on a screen, by keyboard or with buttons."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Checklist, Entry, Status, status_words
from forms_app.days import parse_day
from forms_app.finding import QueryRefused, check_query
from forms_app.meetings import neighbours, recap, words_of
from forms_app.permissions import CAN_BE_ON_TEAM, REFUSALS, Action, Person, actions, can, can_be_case_manager_at, planning_schools
from forms_app.records import own_items, sheets
from forms_app.records.meetings import MeetingIsOver
from forms_app.records.sheets import SheetIsFinal, Writing, WrittenMeanwhile
from forms_app.sheets import (
    FIELDS,
    PURPOSES,
    SAYING,
    SECTIONS,
    SORTS,
    Decision,
    Guest,
    Kind,
    Purpose,
    Sheet,
    SheetRefused,
    Text,
    check_addition,
    check_decision,
    check_guest,
    check_text,
    title_of,
)
from forms_app.sheets import (
    words_of as text_words,
)
from forms_app.views import current
from forms_app.views.meetings import put_on
from forms_app.views.minutes import compose, finish_sheet
from forms_app.views.reasons import moment_words, time_words

bp = Blueprint("sheets", __name__)

MOST_OPEN = 7
MOST_FOUND = 6


@dataclass(frozen=True)
class Panel:
    """The handbook beside the case: what was looked for and found, or one page."""

    query: str = ""
    refused: str = ""
    found: tuple[tuple[str, str], ...] = ()
    title: str = ""
    url: str = ""
    html: str = ""


@dataclass(frozen=True)
class Field:
    """One text of the sheet on the screen: what this person writes on with, and what others wrote at the same time."""

    key: str
    title: str
    ask: str
    text: str
    based_on: str
    was: str
    others: tuple[tuple[str, str, str], ...] = ()  # id, who, what
    error: str = ""


@bp.get("/students/<student_id>/meetings")
def index(student_id: str) -> str:
    """The team's meetings about this student: to come, and the sheets of those that were."""
    desk, student, person = current.desk(), current.record().student, current.person()
    found = desk.sheets(student_id)
    meetings = desk.meetings([student.school])
    names = {one.id: one.name for one in desk.people().values()}
    coming = [one for one in meetings if not one.over]
    listed = {one.id for one in meetings}
    return render_template(
        "sheets/index.html",
        student=student,
        rows=[(one, found.get(one.id) or Sheet(one.id)) for one in meetings if one.place(student_id)],
        elsewhere=[one.minutes for id, one in found.items() if id not in listed and one.minutes],
        offered=sorted((one for one in coming if not one.place(student_id)), key=lambda one: one.day),
        can_bring=can(person, Action.NAME_TEAM, student, desk.today(), desk.now()),
        names=names,
    )


@bp.post("/students/<student_id>/meetings")
def bring(student_id: str) -> Response | tuple[str, int]:
    """Put the student on the agenda of a meeting to come, with what the team is asked."""
    desk, student = current.desk(), current.record().student
    meeting = next((one for one in desk.meetings([student.school]) if one.id == request.form.get("meeting") and not one.over), None)
    if meeting is None or student.state != "open":
        return index(student_id), 422
    purpose = check_text(PURPOSES, " ".join(request.form.getlist("purposes")), meeting.day)
    if meeting.place(student_id) is None:
        try:
            put_on(meeting, student_id, (("asked", f"by {current.person().name}"),))
        except MeetingIsOver:
            return index(student_id), 409
    if purpose:
        sheets.write(desk.store, student_id, meeting.id, {PURPOSES: purpose}, Writing(), current.actor())
    return redirect(url_for("sheets.show", student_id=student_id, meeting_id=meeting.id), 303)


@bp.get("/students/<student_id>/meetings/<meeting_id>")
def show(student_id: str, meeting_id: str) -> str:
    """The screen on which the team looks at this student."""
    page = request.args.get("page", "")
    return _screen(panel=_page_panel(page) if page else None)


@bp.post("/students/<student_id>/meetings/<meeting_id>")
def save(student_id: str, meeting_id: str) -> Response | str | tuple[str, int]:
    """Whatever is pressed, what was typed is kept first; then one thing is done."""
    what, _, which = request.form.get("do", "save").partition(":")
    if what in ("find", "page"):
        panel = _find(request.form.get("q", "")) if what == "find" else _page_panel(which)
        if current.partial():
            return render_template("sheets/_panel.html", panel=panel, student=current.record().student, meeting=current.meeting())
        errors = _keep_typed()
        return _screen(errors, panel, typed=bool(errors))
    errors = _keep_typed(together=which if what == "together" else "")
    if errors:
        return _screen(errors, typed=True), 409 if "final" in errors else 422
    try:
        done = _do(what, which)
    except SheetRefused as refused:
        return _screen(refused.errors, typed=True), 422
    except SheetIsFinal as final:
        return _screen({"final": str(final)}, typed=True), 409
    except WrittenMeanwhile:
        return _screen({"final": "Somebody wrote in this sheet at this moment. Look at it again, then finish it."}), 409
    return done or _back()


def _do(what: str, which: str) -> Response | None:
    if what == "decide":
        _decide()
        return _back("decided")
    if what == "undo":
        desk = current.desk()
        sheets.undo(desk.store, current.record().student.id, current.meeting().id, which, desk.today(), desk.book.edition, current.actor())
        return _back("decided")
    if what == "guest":
        _invite()
        return _back("guests")
    if what == "unguest":
        sheets.uninvite(current.desk().store, current.record().student.id, current.meeting().id, which, current.actor())
        return _back("guests")
    if what == "finish":
        _check_begun()
        finish_sheet(current.record().student, current.meeting())
        return redirect(url_for("sheets.paper", student_id=current.record().student.id, meeting_id=current.meeting().id), 303)
    if what in ("next", "previous"):
        to = _beside()[0 if what == "previous" else 1]
        if to:
            return redirect(_address(to), 303)
        return redirect(url_for("meetings.show", meeting_id=current.meeting().id), 303)
    return None


@bp.post("/students/<student_id>/meetings/<meeting_id>/draft")
def draft(student_id: str, meeting_id: str) -> Response | tuple[Response, int]:
    """Keep one text while it is being typed; answers with what stands there now."""
    section, form = request.form.get("section", ""), request.form
    if section not in (*FIELDS, SAYING):
        abort(404)
    try:
        text = check_text(section, form.get("text", ""), current.meeting().day)
        sheet = _write({section: text}, {section: _ids(form.get("based_on", ""))})
    except ValueError as error:
        return jsonify(error=f"{title_of(section)}: {error}"), 422
    except SheetIsFinal as final:
        return jsonify(error=str(final)), 409
    mine = _mine(sheet, section)
    desk = current.desk()
    names = {one.id: one.name for one in desk.people().values()}
    others = [one for one in sheet.texts.get(section, ()) if one is not mine] if section != SAYING else []
    return jsonify(
        based_on=mine.id if mine else "",
        saved=time_words(desk.now(), desk.settings.zone),
        others=[{"id": one.id, "who": names.get(one.by, "Somebody"), "text": text_words(section, one.text)} for one in others],
    )


@bp.get("/students/<student_id>/meetings/<meeting_id>/sheet")
def paper(student_id: str, meeting_id: str) -> str:
    """The sheet as it is filed: finished, or as it would be now."""
    return _paper()


@bp.post("/students/<student_id>/meetings/<meeting_id>/sheet")
def correct(student_id: str, meeting_id: str) -> Response | tuple[str, int]:
    """Add a correction to finished minutes. They do not change."""
    typed = request.form.get("addition", "")
    try:
        sheets.add(current.desk().store, student_id, meeting_id, check_addition(typed), current.actor())
    except SheetRefused as refused:
        return _paper(refused.errors, typed), 422
    return redirect(url_for("sheets.paper", student_id=student_id, meeting_id=meeting_id) + "#additions", 303)


def _keep_typed(together: str = "") -> dict[str, str]:
    """Keep what this person changed in the form; what cannot be kept, by section, in sentences. Nothing is kept then."""
    form, day = request.form, current.meeting().day
    texts: dict[str, str] = {}
    seen: dict[str, list[str]] = {}
    errors: dict[str, str] = {}
    for section in (*FIELDS, SAYING):
        if f"was-{section}" not in form:
            continue
        typed = " ".join(form.getlist(PURPOSES)) if section == PURPOSES else form.get(section, "")
        try:
            texts[section] = check_text(section, typed, day)
        except ValueError as error:
            errors[section] = f"{title_of(section)}: {error}"
            continue
        seen[section] = _ids(form.get(f"based-on-{section}", ""))
        if section == together:
            seen[section] += _ids(form.get(f"beside-{section}", ""))
        elif _digest(texts[section]) == form[f"was-{section}"]:
            del texts[section]
    if errors or not texts:
        return errors
    try:
        _write(texts, seen)
    except SheetIsFinal as final:
        return {"final": str(final)}
    return {}


def _write(texts: Mapping[str, str], based_on: Mapping[str, list[str]]) -> Sheet:
    form = request.form
    number = form.get("number", "0")
    writing = Writing(form.get("pen", "")[:20], int(number) if re.fullmatch(r"\d{1,9}", number) else 0, based_on)
    return sheets.write(current.desk().store, current.record().student.id, current.meeting().id, texts, writing, current.actor())


def _ids(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _check_begun() -> None:
    if not current.meeting().begun:
        raise SheetRefused(
            {"kind": "The meeting has not begun, so nothing is decided yet. Prepare the student; the team decides at the meeting."}
        )


def _decide() -> None:
    _check_begun()
    desk, record, meeting, form = current.desk(), current.record(), current.meeting(), request.form
    student = record.student
    managers = {one.id for one in desk.possible_case_managers(student.school)}
    owners = {one.id for one in _owners()}
    try:
        due = parse_day(form.get("due", ""))
    except ValueError as error:
        raise SheetRefused({"due": str(error)}) from None
    kind, says = check_decision(form.get("kind", ""), form.get(SAYING, ""), form.get("owner", ""), due, owners, managers, desk.today())
    if kind is Kind.MANAGER and not can(current.person(), Action.NAME_CASE_MANAGER, student, desk.today(), desk.now()):
        raise SheetRefused({"owner": REFUSALS[Action.NAME_CASE_MANAGER]})
    owner = form.get("owner", "") if kind.has_owner else ""
    if owner == student.case_manager_on(desk.today()) and kind is not Kind.MANAGER:
        owner = ""
    new = Decision("", meeting.id, kind, says, owner, due if kind.has_owner else None, current.person().id, desk.now())
    people = desk.people()
    gives = bool(owner) and kind is not Kind.MANAGER and not _keeps_seeing(people[owner])
    place = meeting.place(student.id)
    sheets.decide(
        desk.store, student.id, new, desk.today(), current.actor(), occurrence=place.occurrence if place else "", give=gives, token=form.get("token", "")
    )  # fmt: skip
    sheets.write(desk.store, student.id, meeting.id, {SAYING: ""}, Writing(based_on={SAYING: _saying_ids()}), current.actor())


def _saying_ids() -> list[str]:
    sheet = current.desk().sheet(current.record().student.id, current.meeting().id)
    return [one.id for one in sheet.texts.get(SAYING, ()) if one.by == current.person().id]


def _keeps_seeing(person: Person) -> bool:
    """Whether somebody sees the student for another reason than the team's talk, which ends."""
    desk, student = current.desk(), current.record().student
    without = [one for one in student.involvements if one.part.value != "sbt"]
    return Action.VIEW in actions(person, replace(student, involvements=tuple(without)), desk.today())


def _owners() -> list[Person]:
    """Whose an item can be: whoever works at the school."""
    desk, school = current.desk(), current.record().student.school
    return [one for one in desk.colleagues() if one.roles_at(school) and school in one.schools]


def _invite() -> None:
    desk, record, meeting, form = current.desk(), current.record(), current.meeting(), request.form
    people = {one.id: one for one in _possible_guests()}
    who = check_guest(form.get("guest", ""), form.get("sort", ""), form.get("person", ""), {id: one.name for id, one in people.items()})
    person = people.get(form.get("person", ""))
    roles = sorted((role.value for role in person.roles_at(record.student.school) & CAN_BE_ON_TEAM), key=str) if person else []
    new = Guest("", meeting.id, who, form.get("sort", ""), person.id if person else "")
    sheets.invite(desk.store, record.student.id, new, meeting, current.actor(), roles[0] if roles else "")


def _possible_guests() -> list[Person]:
    """Colleagues who do not see the student and could: of the school, and the district's psychologists."""
    desk, student = current.desk(), current.record().student
    return [
        one
        for one in desk.colleagues()
        if one.roles_at(student.school) & CAN_BE_ON_TEAM and Action.VIEW not in actions(one, student, desk.today())
    ]


def _find(typed: str) -> Panel:
    try:
        query = check_query(typed)
    except QueryRefused as refused:
        return Panel(typed[:100], str(refused))
    index = current.desk().index()
    found = index.find(query, "page", MOST_FOUND)
    return Panel(query, "" if found else "Nothing in the handbook has all of these words.", tuple((one.key, one.title) for one in found))


def _page_panel(url: str) -> Panel:
    desk = current.desk()
    page = next((one for one in desk.book.pages.values() if one.url == url), None)
    if page is None:
        return Panel(refused="There is no such page in the handbook.")
    return Panel(title=page.title, url=page.url, html=desk.page_html(page))


def _room() -> bool:
    return request.values.get("room") == "1"


def _address(student_id: str, room: bool | None = None) -> str:
    room = _room() if room is None else room
    return url_for("sheets.show", student_id=student_id, meeting_id=current.meeting().id, room="1" if room else None)


def _back(anchor: str = "") -> Response:
    return redirect(_address(current.record().student.id) + (f"#{anchor}" if anchor else ""), 303)


def _beside() -> tuple[str, str]:
    """The students before and after this one on the agenda, whom this person sees."""
    before, after = neighbours(current.meeting().agenda, current.record().student.id)
    desk, person = current.desk(), current.person()
    return tuple(next((one for one in ids if desk.seen(person, one)), "") for ids in (before, after))  # type: ignore[return-value]


def _mine(sheet: Sheet, section: str) -> Text | None:
    """The text that this person writes on with: their own where there are several, and else the newest."""
    texts = sheet.texts.get(section, ())
    own = [one for one in texts if one.by == current.person().id]
    if section == SAYING:
        return own[-1] if own else None
    return own[-1] if own and len(texts) > 1 else texts[-1] if texts else None


def _field(section: str, sheet: Sheet, names: Mapping[str, str], errors: Mapping[str, str], typed: bool) -> Field:
    mine = _mine(sheet, section)
    text = mine.text if mine else ""
    was = _digest(text)
    based_on = mine.id if mine else ""
    if typed and f"was-{section}" in request.form:
        text = " ".join(request.form.getlist(PURPOSES)) if section == PURPOSES else request.form.get(section, "").replace("\0", "")
        if section in errors or "final" in errors:
            was, based_on = request.form[f"was-{section}"], request.form.get(f"based-on-{section}", "")
    others = [one for one in sheet.texts.get(section, ()) if one is not mine] if section != SAYING else []
    about = SECTIONS.get(section)
    return Field(
        section, title_of(section), about.ask if about else "", text, based_on, was,
        tuple((one.id, names.get(one.by, "Somebody"), text_words(section, one.text)) for one in others), errors.get(section, ""),
    )  # fmt: skip


def _screen(errors: Mapping[str, str] | None = None, panel: Panel | None = None, typed: bool = False) -> str:
    desk, record, meeting, person = current.desk(), current.record(), current.meeting(), current.person()
    student, errors = record.student, errors or {}
    everything = desk.sheets(student.id)
    sheet = everything.get(meeting.id) or Sheet(meeting.id)
    checklist = desk.checklist(record, desk.year())
    people = desk.people()
    names = {one.id: one.name for one in people.values()}
    place = meeting.place(student.id)
    before, after = _beside()
    can_write = (
        Action.MEET in actions(person, student, desk.today(), desk.now()) and sheet.minutes is None and not (place and place.carried)
    )
    earlier = [one for id, other in everything.items() if id != meeting.id for one in other.standing]
    room = _room()
    # What the meeting itself asks of the case manager stands on the checklist and says nothing of the student.
    open_ = [one for one in checklist.open_entries if not (place and one.occurrence and one.occurrence.id == place.occurrence)]
    return render_template(
        "sheets/show.html",
        student=student,
        meeting=meeting,
        place=place,
        sheet=sheet,
        number=meeting.number(student.id),
        total=len(meeting.agenda),
        why=words_of(place.why) if place else [],
        manager=names.get(student.case_manager_on(desk.today()), ""),
        open_items=[_open_words(entry, checklist) for entry in open_[:MOST_OPEN]],
        more=max(0, len(open_) - MOST_OPEN),
        last=recap(earlier[-4:], checklist, names),
        consents=[(one.title, one.words(desk.today())) for one in record.consents if one.withdrawn is None][-4:],
        reviews=[(one, moment_words(one.final.at, desk.settings.zone) if one.final else "") for one in desk.file_reviews(record)][:2],
        fields_={section: _field(section, sheet, names, errors, typed) for section in (*FIELDS, SAYING)},
        purposes=list(Purpose),
        kinds=list(Kind),
        sorts=SORTS,
        decisions=recap(sheet.standing, checklist, names),
        owners=[one for one in _owners() if one.id != student.case_manager_on(desk.today())] if can_write else [],
        managers=[one for one in _owners() if can_be_case_manager_at(one, student.school)] if can_write else [],
        possible_guests=_possible_guests() if can_write else [],
        names=names,
        before=_address(before) if before else "",
        after=_address(after) if after else "",
        can_write=can_write,
        can_appoint=can(person, Action.NAME_CASE_MANAGER, student, desk.today(), desk.now()),
        leads=meeting.school in planning_schools(person),
        room=room,
        family=room and sheet.narrow,
        outside=room and any(one.sort == "outside" for one in sheet.guests),
        other_room=_address(student.id, not room),
        panel=panel,
        errors=errors,
        typed=request.form if typed else {},
        lost=[(title_of(one), request.form[one]) for one in (*SECTIONS, SAYING) if request.form.get(one)]
        if typed and "final" in errors
        else [],
        token=own_items.plain_id(),
        pen=own_items.plain_id(),
        saved=_saved(sheet),
        occurrence=place.occurrence if place else "",
        printed_at=moment_words(desk.now(), desk.settings.zone),
    )


def _saved(sheet: Sheet) -> str:
    moments = [one.at for texts in sheet.texts.values() for one in texts]
    return time_words(max(moments), current.desk().settings.zone) if moments else ""


def _open_words(entry: Entry, checklist: Checklist) -> tuple[str, str, str, str]:
    """An open item: its title, how it stands, and whether that is urgent."""
    if entry.status is Status.WAITING:
        return entry.item.title, status_words(entry.mark, current.desk().book.registers), "", entry.key
    return entry.item.title, entry.due.short_on(checklist.today), entry.urgency(checklist.today), entry.key


def _paper(errors: Mapping[str, str] | None = None, typed: str = "") -> str:
    desk, record, meeting = current.desk(), current.record(), current.meeting()
    sheet = desk.sheet(record.student.id, meeting.id)
    names = {one.id: one.name for one in desk.people().values()}
    place = meeting.place(record.student.id)
    item = desk.book.items.get("records.sbt-minutes")
    checklist = desk.checklist(record, desk.year())
    filed = checklist.by_key.get(f"records.sbt-minutes@{place.occurrence}") if place else None
    return render_template(
        "sheets/paper.html",
        student=record.student,
        meeting=meeting,
        sheet=sheet,
        minutes=sheet.minutes or compose(sheet, record.student, meeting),
        sections=SECTIONS,
        finished_by=names.get(sheet.minutes.by, "") if sheet.minutes else "",
        finished_at=moment_words(sheet.minutes.at, desk.settings.zone) if sheet.minutes else "",
        additions=[(one.text, names.get(one.by, ""), moment_words(one.at, desk.settings.zone)) for one in sheet.additions],
        filed=filed,
        filed_words=status_words(filed.mark, desk.book.registers) if filed and filed.mark and filed.status is Status.DONE else "",
        places=[desk.book.registers.places[one.value].title for one in item.records if one.value in desk.book.registers.places]
        if item
        else [],
        can_write=can(current.person(), Action.MEET, record.student, desk.today(), desk.now()),
        can_mark=can(current.person(), Action.MARK, record.student, desk.today(), desk.now()),
        errors=errors or {},
        typed=typed,
        printed_at=moment_words(desk.now(), desk.settings.zone),
    )
