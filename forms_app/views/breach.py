"""Who was affected: the students whose records an account or a sign-in saw or changed in a period, as a list and as a file (FIPPA s.36.3)."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from forms_app.csv_text import as_csv
from forms_app.forms.fields import choices
from forms_app.forms.privacy import BreachForm
from forms_app.permissions import answers_for
from forms_app.records import disposals, exposure
from forms_app.records.exposure import Exposure, Period, SignIn
from forms_app.views import current
from forms_app.views.wording import Wording

bp = Blueprint("breach", __name__)
ANYBODY = "anybody"
HEADINGS = (
    "Student",
    "Pupil number",
    "School",
    "Record",
    "First time",
    "Last time",
    "How often",
    "Seen",
    "Changed",
    "Fields changed",
    "Sign-ins",
)


@dataclass(frozen=True)
class Affected:
    """One student in the answer, in words. `open` says whether there is a record to look at."""

    id: str
    name: str
    pupil_number: str
    school: str
    first: str
    last: str
    times: int
    saw: str
    changed: str
    fields: str
    sessions: str
    open: bool

    @property
    def cells(self) -> tuple[object, ...]:
        return (
            self.name,
            self.pupil_number,
            self.school,
            self.id,
            self.first,
            self.last,
            self.times,
            self.saw,
            self.changed,
            self.fields,
            self.sessions,
        )


@bp.get("/privacy/breach")
def show() -> str | tuple[str, int]:
    """Ask whose account and which days; the answer stands below the question."""
    form = _form()
    if not request.args:
        return _page(form)
    if not form.validate():
        return _page(form), 422
    _note("view who was affected")
    return _page(form, _affected(form), _sign_ins(form))


@bp.get("/privacy/breach.csv")
def download() -> Response | tuple[str, int]:
    """The same list for a spreadsheet, under a name that names nobody."""
    form = _form()
    if not form.validate():
        return _page(form), 422
    _note("export who was affected")
    response = make_response(as_csv(HEADINGS, [one.cells for one in _affected(form)]))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="affected-{form.since.data}-{form.until.data}.csv"'
    return response


def _form() -> BreachForm:
    today = current.desk().today()
    form = (
        BreachForm(formdata=request.args)
        if request.args
        else BreachForm(formdata=None, data={"since": today - dt.timedelta(days=6), "until": today})
    )
    people = sorted(current.desk().people().values(), key=lambda person: person.name.casefold())
    form.who.choices = choices(
        [("", "Choose an account"), *((person.id, person.name) for person in people), (ANYBODY, "Anybody (slow: the whole log is read)")]
    )
    return form


def _note(action: str) -> None:
    """The look is noted before the answer is shown, on the account that was asked about."""
    desk = current.desk()
    desk.store.note("account", request.args.get("who", ANYBODY)[:40], current.actor().entry(action))


def _period(form: BreachForm) -> Period:
    """Whole days in the district's time."""
    zone = zoneinfo.ZoneInfo(current.desk().settings.zone)
    first, last = form.since.data, form.until.data + dt.timedelta(days=1)
    return Period(dt.datetime.combine(first, dt.time(), zone), dt.datetime.combine(last, dt.time(), zone))


def _affected(form: BreachForm) -> list[Affected]:
    """Only students whom the person answers for; whose record was disposed of is named by its number."""
    desk, person = current.desk(), current.person()
    who = "" if form.who.data == ANYBODY else form.who.data
    students, schools, wording = desk.students(person), desk.schools(), Wording.of(desk, {})
    gone = {one.id: one.school for one in disposals.everything(desk.store, answers_for(person)) if one.outcome == disposals.DISPOSED}
    found = []
    for one in exposure.exposures(desk.store, _period(form), who, form.session.data or ""):
        student = students.get(one.student)
        school = student.school if student else gone.get(one.student)
        if school is not None:
            found.append(
                _line(
                    one,
                    wording,
                    student.name if student else "",
                    student.pupil_number if student else "",
                    schools[school].name if school in schools else "",
                )
            )
    return found


def _line(one: Exposure, wording: Wording, name: str, number: str, school: str) -> Affected:
    return Affected(
        id=one.student,
        name=name or "record disposed of",
        pupil_number=number,
        school=school,
        first=wording.moment(one.first),
        last=wording.moment(one.last),
        times=one.times,
        saw=", ".join(one.saw),
        changed=", ".join(one.changed),
        fields=", ".join(one.fields),
        sessions=", ".join(one.sessions),
        open=bool(name),
    )


def _sign_ins(form: BreachForm) -> list[tuple[str, SignIn]]:
    """Of an account at one's own schools, or of any for the district office."""
    desk, answered = current.desk(), answers_for(current.person())
    account = desk.people().get(form.who.data)
    if form.who.data == ANYBODY or account is None or (answered is not None and not account.schools & answered):
        return []
    wording = Wording.of(current.desk(), {})
    return [(wording.moment(one.at), one) for one in exposure.sign_ins(current.desk().store, _period(form), form.who.data)]


def _page(form: BreachForm, affected: list[Affected] | None = None, sign_ins: list[tuple[str, SignIn]] | None = None) -> str:
    query = {name: request.args.get(name, "") for name in ("who", "since", "until", "session")}
    return render_template(
        "breach/show.html", form=form, affected=affected, sign_ins=sign_ins or [], query=query, whole=answers_for(current.person()) is None
    )
