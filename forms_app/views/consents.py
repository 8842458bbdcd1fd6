"""Consents of a student: what is on record, a new one, a withdrawal; and letting one item be done without one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import RENEW, Checklist, Entry, Intent, MarkRefused, Status, agency_of, check_intent, consent_missing
from forms_app.consents import Consent, ConsentRefused, Purpose, check_consent, check_override, check_withdrawal, replaced_by, same_name
from forms_app.forms.consents import ELSEWHERE, AllowForm, ConsentForm, WithdrawConsentForm
from forms_app.handbook.words import day_words
from forms_app.permissions import Action, can
from forms_app.records import consents, students
from forms_app.records.students import MarkedMeanwhile
from forms_app.views import current
from forms_app.views.reasons import moment_words

bp = Blueprint("consents", __name__)


@dataclass(frozen=True)
class Line:
    """One consent as the page shows it. `replaced` is a later one's day of signature."""

    id: str
    title: str
    state: str
    words: str
    signed: str
    place: str
    recorded: str
    replaced: str
    can_end: bool


@dataclass(frozen=True)
class AllowedLine:
    """One override as a page shows it; `student` is empty on the student's own page."""

    title: str
    reason: str
    authority: str
    who: str
    when: str
    student_id: str = ""
    student: str = ""


@bp.get("/students/<student_id>/consents")
def show(student_id: str) -> str:
    """Everything on record, what is to renew, and a form for a new one."""
    return _page()


@bp.post("/students/<student_id>/consents")
def add(student_id: str) -> Response | tuple[str, int]:
    """Record a consent; where an item led here, its signature is marked too."""
    desk, form = current.desk(), ConsentForm()
    form.offer(desk.book)
    typed = form.validate()
    if form.purpose.data not in {purpose.value for purpose in Purpose}:
        form.purpose.errors = ["Choose what the consent is for."]
        return _page(form), 422
    try:
        new = check_consent(form.consent(current.person().id, desk.now(), desk.today()), desk.today())
    except ConsentRefused as refused:
        for name, sentence in refused.errors.items():
            field = form.place_elsewhere if name == "place" and form.place.data == ELSEWHERE else form[name]
            if not field.errors:
                field.errors = [sentence]
        return _page(form), 422
    if not typed:
        return _page(form), 422
    made = consents.add(desk.store, student_id, new, current.actor())
    key = _mark(form.item.data or "", new)
    current.say("The consent is on record." + (" Its item is marked as well." if key else ""))
    if key:
        return redirect(url_for("students.show", student_id=student_id, marked=key) + f"#{key}", 303)
    return redirect(url_for("consents.show", student_id=student_id) + f"#consent-{made}", 303)


def _mark(asked: str, new: Consent) -> str:
    """Mark the item that this signature is about: that which asked for it, or the open one of the same agency or service. Returns its key.

    Where there is none, or it cannot be marked yet, the consent stands all the same.
    """
    desk, record = current.desk(), current.desk().record(current.record().student.id, current.year())
    if record is None:
        return ""
    checklist = desk.checklist(record, current.year())
    waiting = [one for one in checklist.entries if one.open and one.item.obtains == new.purpose.value and not one.item.id.startswith(RENEW)]
    entry = next((one for one in waiting if one.key == asked), None)
    if entry is None and new.purpose.names:
        entry = next((one for one in waiting if same_name(agency_of(one), new.agency)), None)
    if entry is None:
        return ""
    said = {"signed by": new.signed_by, "filed in": new.place}
    facts = {one.kind: said[one.kind] for one in entry.item.records if one.kind in said}
    occurrence = entry.occurrence.id if entry.occurrence else ""
    try:
        intent = check_intent(entry, Intent(Status.DONE, new.signed_on, facts), checklist)
        based_on = entry.mark.id if entry.mark else ""
        students.add_mark(
            desk.store, record.student.id, entry.item, occurrence, current.year(), intent, based_on, desk.book.edition, current.actor()
        )
    except (MarkRefused, MarkedMeanwhile):
        return ""
    return entry.key


@bp.post("/students/<student_id>/consents/<consent_id>/withdraw")
def withdraw(student_id: str, consent_id: str) -> Response | tuple[str, int]:
    """Record that it was taken back. It holds no more from that day on."""
    found = next((one for one in current.record().consents if one.id == consent_id), None)
    if found is None:
        abort(404)
    desk, form = current.desk(), WithdrawConsentForm()
    typed = form.validate()
    try:
        on, reason = check_withdrawal(found, form.on.data, form.reason.data or "", desk.today())
        if not typed:
            return _page(ending=(consent_id, form)), 422
        consents.withdraw(desk.store, student_id, consent_id, on, reason, current.actor())
    except ConsentRefused as refused:
        for name, sentence in refused.errors.items():
            if not form[name].errors:
                form[name].errors = [sentence]
        return _page(ending=(consent_id, form)), 422
    except consents.WithdrawnAlready:
        form.reason.errors = ["Somebody has recorded a withdrawal in the meantime. Reload the page to see it."]
        return _page(ending=(consent_id, form)), 409
    return redirect(url_for("consents.show", student_id=student_id) + f"#consent-{consent_id}", 303)


@bp.get("/students/<student_id>/items/<key>/allow")
def confirm(student_id: str, key: str) -> str:
    """Ask for the reason and the authority."""
    return _allow_page(AllowForm(formdata=None), *_needing(key))


@bp.post("/students/<student_id>/items/<key>/allow")
def allow(student_id: str, key: str) -> Response | tuple[str, int]:
    """Let this item be done without a consent. It is reported."""
    form, (entry, checklist) = AllowForm(), _needing(key)
    typed = form.validate()
    if not entry.open or not consent_missing(entry, checklist):
        return _allow_page(form, entry, checklist), 409
    try:
        reason, authority = check_override(form.reason.data or "", form.authority.data or "")
    except ConsentRefused as refused:
        for name, sentence in refused.errors.items():
            if not form[name].errors:
                form[name].errors = [sentence]
        return _allow_page(form, entry, checklist), 422
    if not typed:
        return _allow_page(form, entry, checklist), 422
    consents.allow_without(current.desk().store, student_id, key, current.year().start, reason, authority, current.actor())
    return redirect(url_for("consents.show", student_id=student_id) + "#allowed", 303)


@bp.get("/consents/allowed")
def report() -> str:
    """Everything that was allowed without a consent, for those who answer for it; newest first."""
    desk = current.desk()
    names = {person.id: person.name for person in desk.people().values()}
    lines = [
        AllowedLine(
            _title(one.key), one.reason, one.authority, names.get(one.by, "an earlier account"), moment_words(one.at, desk.settings.zone),
            student.id, student.name,
        )
        for student, one in desk.overrides(current.person())
    ]  # fmt: skip
    return render_template("consents/report.html", lines=lines)


def _needing(key: str) -> tuple[Entry, Checklist]:
    """The open item of this student that needs a consent; any other is no such page."""
    checklist = current.desk().checklist(current.record(), current.year())
    entry = checklist.by_key.get(key)
    if entry is None or not entry.item.consent:
        abort(404)
    return entry, checklist


def _allow_page(form: AllowForm, entry: Entry, checklist: Checklist) -> str:
    return render_template(
        "consents/allow.html",
        form=form,
        student=current.record().student,
        title=entry.item.title,
        detail=agency_of(entry),
        lacking=consent_missing(entry, checklist),
        done=not entry.open,
    )


def _title(key: str) -> str:
    item = current.desk().book.items.get(key.partition("@")[0])
    return item.title if item else "An item that the handbook no longer has"


def _page(form: ConsentForm | None = None, ending: tuple[str, WithdrawConsentForm] | None = None) -> str:
    desk, record = current.desk(), current.record()
    student, today = record.student, desk.today()
    names = {person.id: person.name for person in desk.people().values()}
    checklist = desk.checklist(record, current.year())
    can_record = can(current.person(), Action.RECORD_CONSENT, student, today, desk.now())
    asked = checklist.by_key.get((form.item.data if form else request.args.get("item", "")) or "")
    if form is None and can_record:
        form = _new_form(asked, today, record.consents)
    order = {"current": 0, "expires soon": 0, "expired": 1, "withdrawn": 2}
    lines = sorted((_line(one, record.consents, today, names, can_record) for one in record.consents), key=lambda one: order[one.state])
    return render_template(
        "consents/show.html",
        student=student,
        lines=lines,
        allowed=[
            AllowedLine(
                _title(one.key),
                one.reason,
                one.authority,
                names.get(one.by, "an earlier account"),
                moment_words(one.at, desk.settings.zone),
            )
            for one in reversed(record.overrides)
        ],
        form=form if can_record else None,
        asked=asked,
        ending=ending[0] if ending else "",
        ending_form=ending[1] if ending else WithdrawConsentForm(formdata=None, data={"on": today}),
        can_record=can_record,
    )


def _new_form(asked: Entry | None, today: dt.date, before: tuple[Consent, ...]) -> ConsentForm:
    """Empty, or for the item that led here: its purpose, its agency, and today."""
    data: dict[str, object] = {"signed_on": today}
    if asked and (asked.item.obtains or asked.item.consent):
        purpose = asked.item.obtains or asked.item.consent
        renewed = next((one for one in before if asked.key == RENEW + one.id), None)
        agency = renewed.agency if renewed else agency_of(asked) if Purpose(purpose).names else ""
        signed_by = renewed.signed_by if renewed else next((one.value for one in asked.item.records if one.kind == "signed by"), "")
        place = next((one.value for one in asked.item.records if one.kind == "filed in"), "")
        data |= {"item": asked.key, "purpose": purpose or None, "agency": agency, "signed_by": signed_by, "place": place}
    form = ConsentForm(formdata=None, data=data)
    form.offer(current.desk().book)
    return form


def _line(one: Consent, all_of_them: tuple[Consent, ...], today: dt.date, names: dict[str, str], can_record: bool) -> Line:
    places = current.desk().book.registers.places
    later = replaced_by(one, all_of_them)
    who = names.get(one.by, "an earlier account")
    return Line(
        id=one.id,
        title=one.title,
        state=one.state(today).value,
        words=one.words(today),
        signed=f"{one.signed_by}, {day_words(one.signed_on)}",
        place=places[one.place].title if one.place in places else one.place,
        recorded=who,
        replaced=day_words(later.signed_on) if later else "",
        can_end=can_record and one.withdrawn is None,
    )
