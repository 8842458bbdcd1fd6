"""Who looked? One student's part of the audit log, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request

from forms_app.checklists import RENEW
from forms_app.handbook import Handbook
from forms_app.permissions import Relation
from forms_app.store import AuditRecord
from forms_app.students import OWN
from forms_app.views import current
from forms_app.views.reasons import moment_words

bp = Blueprint("audit", __name__)

PAGE = 50
ACTS: Mapping[str, str] = {
    "view a student": "Opened the checklist",
    "view an item": "Opened an item",
    "view what is shared of a student": "Opened what is shared with assistants",
    "open a student's details": "Opened the details",
    "open the events of a student": "Opened the events",
    "open who has access to a student": "Opened who has access",
    "open who looked": "Opened who looked",
    "open a record in an emergency": "Opened the record in an emergency",
    "see a form again": "Saw a form again that was not accepted",
    "add a student": "Added the student",
    "add a student with history": "Added the student with earlier years",
    "edit a student": "Changed details",
    "bring in details from a roster": "Brought in details from a roster",
    "name a case manager": "Named the case manager",
    "name a team member": "Named a team member",
    "name who covers": "Named who covers",
    "bring a student to the team": "Brought the student to the school-based team",
    "end a place on the team": "Ended a place on the team",
    "end a cover": "Ended a cover",
    "end the team's discussion": "Ended the school-based team's discussion",
    "record an event": "Recorded an event",
    "withdraw an event": "Withdrew an event",
    "open the consents of a student": "Opened the consents",
    "record a consent": "Recorded a consent",
    "withdraw a consent": "Recorded the withdrawal of a consent",
    "open what may go out without a consent": "Opened the page that allows something without a consent",
    "allow without a consent": "Allowed without a consent",
    "open a student's own items": "Opened the form for an item of the student's own",
    "add an item": "Added an item",
    "take an added item back": "Took back an item that they had added",
    "delegate an item": "Gave an item to a colleague",
    "take a delegated item back": "Took an item back from a colleague",
    "view a delegated item": "Opened the item that was given",
    "view the steps of a student": "Opened the steps",
    "open the exam supports of a student": "Opened the exam supports",
    "decide exam supports": "Recorded a decision on exam supports",
    "mark an item": "Marked an item",
    "undo a mark": "Took a mark back",
    "open a handover of a student": "Opened the handover",
    "offer a handover": "Offered the student to a colleague",
    "tell more for a handover": "Changed what the handover says",
    "accept a handover": "Took over as case manager",
    "send a handover back": "Sent the handover back",
    "take a handover back": "Took the handover back",
    "open the school years of a student": "Opened the school years",
    "open a school year": "Opened the school year",
    "take the opening of a school year back": "Took the opening of the school year back",
    "carry items over": "Carried items over from the year before",
    "open the file reviews of a student": "Opened the file reviews",
    "view a file review": "Read a file review",
    "open a file review to write": "Opened a file review to write",
    "begin a file review": "Began a file review",
    "write a file review": "Wrote in a file review",
    "finish a file review": "Finished a file review",
    "view the whole record of a student": "Read the whole record",
    "export the whole record of a student": "Downloaded the whole record",
    "open the corrections of a student": "Opened the statements",
    "open a correction of a student": "Opened a statement",
    "attach a correction": "Attached a statement",
    "answer a correction": "Answered a request for correction",
    "open the closing of a student": "Opened the closing",
    "close a record": "Closed the record",
    "reopen a record": "Reopened the record",
    "open the disposal of a student": "Opened the disposal",
    "prepare a disposal": "Prepared a disposal",
    "propose a disposal": "Proposed a disposal",
    "review a disposal": "Reviewed a disposal",
    "open the due date of an item": "Opened the due date of an item",
    "set a due date": "Set a due date",
    "take back a due date": "Took a due date back",
}
FIELDS: Mapping[str, str] = {
    "given": "given name", "family": "family name", "legal_name": "legal name", "pen": "PEN", "pupil_number": "pupil number", "counts_as": "grade that counts",
    "routes": "why a case manager", "iep": "whether there is an IEP", "assistant": "whether an assistant is assigned", "agency": "whether an agency is involved",
    "leaving": "whether the student leaves", "release": "release of information", "referral": "referral", "sped": "SPED permission", "team": "decided by the team",
}  # fmt: skip
_AS: Mapping[str, str] = {
    Relation.OWN.value: "as case manager",
    Relation.TEAM.value: "as a team member",
    Relation.COVERING.value: "covering",
    Relation.DISCUSSING.value: "as a member of the school-based team",
    Relation.SCHOOL.value: "as principal",
    Relation.DISTRICT.value: "for the district",
    Relation.DELEGATED.value: "with an item that was given",
    Relation.EMERGENCY.value: "in an emergency",
    Relation.RECEIVING.value: "to take over",
}


@dataclass(frozen=True)
class Look:
    """One entry of the log, as the page shows it."""

    when: str
    who: str
    what: str
    reason: str
    changed: bool


@bp.get("/students/<student_id>/audit")
def show(student_id: str) -> str:
    """Every look and every change, newest first, a page at a time."""
    desk, before = current.desk(), request.args.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) <= 18):
        abort(404)
    entries = desk.store.history("student", student_id, PAGE + 1, before=int(before) if before else None)
    names = {person.id: person.name for person in desk.people().values()}
    shown = entries[:PAGE]
    return render_template(
        "audit/show.html",
        student=current.record().student,
        looks=[_look(entry, names, desk.book, desk.settings.zone) for entry in shown],
        earlier=shown[-1].seq if len(entries) > PAGE else 0,
        first_page=not before,
    )


def _look(entry: AuditRecord, names: Mapping[str, str], book: Handbook, zone: str) -> Look:
    act = ACTS.get(entry.action, entry.action[:1].upper() + entry.action[1:])
    details = [_detail(field, book) for field in entry.fields]
    what = f"{act}: {', '.join(details)}" if details and entry.effect != "note" else " ".join([act, *details])
    return Look(moment_words(entry.at, zone), names.get(entry.who, "the program"), what, entry.reason, entry.effect != "note")


def _detail(field: str, book: Handbook) -> str:
    """A field, an item or an event by the name that people know it by; never a value."""
    if field in book.items:
        return f"“{book.items[field].title}”"
    if field.startswith((OWN, RENEW)):
        return "an item of the student's own" if field.startswith("own.") else "the renewal of a consent"
    if field in book.registers.events:
        return book.registers.events[field].title
    return _AS.get(field) or FIELDS.get(field, field)
