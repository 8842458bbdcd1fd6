"""File reviews: begin one for a meeting or a referral, write what is not recorded, look at it as it will be printed, finish it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forms_app.checklists import Intent, MarkRefused, Occurrence, Status, check_intent
from forms_app.corrections import Target, by_target
from forms_app.deadlines import short_day
from forms_app.file_reviews import (
    LONGEST,
    Part,
    Plan,
    Review,
    ReviewIsFinished,
    ReviewRefused,
    Template,
    check_can_write,
    check_plan,
    check_texts,
    fingerprint,
    items_for,
    occasions,
    parts_of,
    read_template,
)
from forms_app.forms.file_reviews import PlanForm, planned
from forms_app.handbook import Item
from forms_app.permissions import Action, can
from forms_app.records import file_reviews
from forms_app.records.file_reviews import WrittenMeanwhile
from forms_app.store import new_id
from forms_app.views import current
from forms_app.views.reasons import moment_words
from forms_app.views.wording import Wording

bp = Blueprint("file_reviews", __name__)


@bp.get("/students/<student_id>/file-reviews")
def index(student_id: str) -> str:
    """The student's reviews, and a form for a new one; `for` names the occurrence that somebody came from."""
    asked = request.args.get("for", "")
    offered = _offered()
    first = [asked] if asked in offered else list(offered)[:1] if len(offered) == 1 else []
    data = {
        "token": new_id()[:12].replace("-", "x"),
        "occasions": first,
        "since": current.desk().year().first_day,
        "until": current.desk().today(),
        "sections": list(_template()),
    }
    return _index(PlanForm(formdata=None, data=data))


@bp.post("/students/<student_id>/file-reviews")
def begin(student_id: str) -> Response | tuple[str, int]:
    """Begin one, and go on to write it."""
    form = PlanForm()
    plan = _plan(form, _offered())
    if plan is None:
        return _index(form), 422
    made = file_reviews.begin(current.desk().store, student_id, plan, current.actor(), form.token.data or "")
    return redirect(url_for("file_reviews.edit", student_id=student_id, review_id=made), 303)


@bp.get("/students/<student_id>/file-reviews/<review_id>/edit")
def edit(student_id: str, review_id: str) -> Response | str:
    """What is recorded, section by section, with room for what is not."""
    review = _review(review_id)
    if review.final:
        return redirect(url_for("file_reviews.show", student_id=student_id, review_id=review_id), 303)
    form = PlanForm(formdata=None, data=planned(review.plan))
    return _edit(review, form, {key: review.written(key) for key in _template()}, _seen(review))


@bp.post("/students/<student_id>/file-reviews/<review_id>/edit")
def save(student_id: str, review_id: str) -> Response | tuple[str, int]:
    """Keep the draft; then go on writing, or look at it as it will be printed."""
    desk, review, form, template = current.desk(), _review(review_id), PlanForm(), _template()
    typed = {key: request.form[f"text-{key}"] for key in template if f"text-{key}" in request.form}
    based_on = {key: request.form.get(f"based-on-{key}", "") for key in typed}
    plan = _plan(form, _offered(review))
    errors: Mapping[str, str] = {}
    try:
        check_can_write(review)
        texts = check_texts(typed)
    except ReviewIsFinished as reason:
        return _edit(review, form, typed, based_on, finished=str(reason)), 409
    except ReviewRefused as refused:
        errors = refused.errors
    if plan is None or errors:
        return _edit(review, form, typed, based_on, errors), 422
    try:
        file_reviews.save(desk.store, student_id, review_id, plan, texts, based_on, current.actor())
    except WrittenMeanwhile as faster:
        seen = {**based_on, **{key: text.id for key, text in faster.texts.items()}}
        theirs = {key: (text.text, desk.people().get(text.by)) for key, text in faster.texts.items()}
        return _edit(_review(review_id), form, typed, seen, theirs=theirs), 409
    except ReviewIsFinished as reason:
        return _edit(_review(review_id), form, typed, based_on, finished=str(reason)), 409
    if request.form.get("then") == "look":
        return redirect(url_for("file_reviews.show", student_id=student_id, review_id=review_id), 303)
    return redirect(url_for("file_reviews.edit", student_id=student_id, review_id=review_id) + "#saved", 303)


@bp.get("/students/<student_id>/file-reviews/<review_id>")
def show(student_id: str, review_id: str) -> str:
    """The page that is printed: a draft as it stands now, a finished one as it was."""
    return _show(_review(review_id))


@bp.post("/students/<student_id>/file-reviews/<review_id>/finish")
def finish(student_id: str, review_id: str) -> Response:
    """Make it final, exactly as it was looked at, and tick its items."""
    desk, review = current.desk(), _review(review_id)
    if not review.final:
        parts = _parts(review)
        if request.form.get("seen") != fingerprint(parts):
            return make_response(_show(review, changed=True), 409)
        ticks, _ = _ticks(review)
        try:
            file_reviews.finish(desk.store, student_id, review, parts, ticks, desk.today(), desk.year(), desk.book.edition, current.actor())
        except WrittenMeanwhile:
            return make_response(_show(_review(review_id), changed=True), 409)
    return redirect(url_for("file_reviews.show", student_id=student_id, review_id=review_id), 303)


def _template() -> Template:
    return read_template(current.desk().settings.root)


def _review(review_id: str) -> Review:
    found = next((one for one in current.desk().file_reviews(current.record()) if one.id == review_id), None)
    if found is None:
        abort(404)
    return found


def _parts(review: Review) -> tuple[Part, ...]:
    desk = current.desk()
    return parts_of(review.plan, review.texts, _template(), desk.material(current.record()))


def _offered(review: Review | None = None) -> dict[str, str]:
    """The meetings and referrals that a review can be for, in words by id: those of this year, and those that the review has already."""
    desk, titles = current.desk(), current.desk().book.registers.events
    known = occasions(desk.book)
    found = {
        one.id: f"{titles[one.event].title}, {short_day(one.on)}" + (f" ({one.detail})" if one.detail else "")
        for one in sorted(current.record().occurrences, key=lambda one: one.on, reverse=True)
        if one.event in known and not one.withdrawn
    }
    for other in review.plan.occasions if review else ():
        found.setdefault(other, "A meeting or referral of an earlier year, or one that was withdrawn")
    return found


def _plan(form: PlanForm, offered: Mapping[str, str]) -> Plan | None:
    """The plan that the form holds; None where something is wrong, which then stands beside its field."""
    form.offer(offered.items(), _template())
    days_are_days = form.validate()
    try:
        plan = check_plan(
            form.occasions.data or [], form.since.data, form.until.data, form.sections.data or [], offered, _template(), current.desk().today()
        )  # fmt: skip
    except ReviewRefused as refused:
        for name, sentence in refused.errors.items():
            if not form[name].errors:
                form[name].errors = [sentence]
        return None
    return plan if days_are_days else None


def _ticks(review: Review) -> tuple[list[tuple[Item, str]], list[tuple[str, str]]]:
    """The items that finishing ticks, each with its occurrence; and those that cannot be ticked now, with the reason."""
    desk = current.desk()
    checklist = desk.checklist(current.record(), desk.year())
    occurrences = [one for one in checklist.occurrences if one.id in review.plan.occasions]
    ticks, left = list[tuple[Item, str]](), list[tuple[str, str]]()
    for item, one in items_for(desk.book, occurrences):
        entry = checklist.by_key.get(f"{item.id}@{one.id}")
        if entry is None or entry.status is Status.DONE:
            continue
        try:
            check_intent(entry, Intent(Status.DONE, desk.today()), checklist)
        except MarkRefused as refused:
            left.append((item.title, str(refused)))
        else:
            ticks.append((item, one.id))
    return ticks, left


def _seen(review: Review) -> dict[str, str]:
    return {key: text.id for key, text in review.texts.items()}


def _may_write() -> bool:
    desk = current.desk()
    return can(current.person(), Action.MARK, current.record().student, desk.today(), desk.now())


def _index(form: PlanForm) -> str:
    desk = current.desk()
    offered = _offered()
    reviews = desk.file_reviews(current.record())
    titles = desk.book.registers.events
    return render_template(
        "file_reviews/index.html",
        student=current.record().student,
        reviews=[
            (review, _occasions_in_words(review), desk.people().get(review.by), moment_words(review.at, desk.settings.zone))
            for review in reviews
        ],
        form=form.offer(offered.items(), _template()),
        offered=offered,
        possible=[(key, titles[key].title) for key in occasions(desk.book) if key in titles],
        can_write=_may_write(),
        can_record=can(current.person(), Action.RECORD_EVENT, current.record().student, desk.today(), desk.now()),
    )


def _occasions_in_words(review: Review) -> str:
    offered = _offered(review)
    if review.final and review.final.parts:
        said = [fact.removeprefix("For: ") for fact in review.final.parts[0].facts if fact.startswith("For: ")]
        return "; ".join(said)
    return "; ".join(offered[one] for one in review.plan.occasions)


def _edit(
    review: Review,
    form: PlanForm,
    typed: Mapping[str, str],
    based_on: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    theirs: Mapping[str, object] | None = None,
    finished: str = "",
) -> str:
    template = _template()
    facts = {part.key: part.facts for part in _parts(review)}
    chosen = set(form.sections.data or review.plan.sections)
    return render_template(
        "file_reviews/edit.html",
        student=current.record().student,
        review=review,
        form=form.offer(_offered(review).items(), template),
        sections=[section for section in template.values() if section.key in chosen or typed.get(section.key)],
        facts=facts,
        typed=typed,
        based_on=based_on,
        errors=errors or {},
        theirs=theirs or {},
        finished=finished,
        longest=LONGEST,
        saved=moment_words(max(text.at for text in review.texts.values()), current.desk().settings.zone) if review.texts else "",
    )


def _show(review: Review, changed: bool = False) -> str:
    desk = current.desk()
    wording = Wording.of(desk, {})
    parts = review.final.parts if review.final else _parts(review)
    ticks, left = ([], []) if review.final else _ticks(review)
    marked = {item.id for item in desk.book.items.values() if item.built_with}
    person, student = current.person(), current.record().student
    return render_template(
        "file_reviews/show.html",
        student=student,
        review=review,
        head=parts[0] if parts else None,
        parts=[part for part in parts[1:] if not part.empty],
        without=[part.title for part in parts[1:] if part.empty],
        seen=fingerprint(parts),
        ticks=[(item, _occurrence(occurrence)) for item, occurrence in ticks],
        left=left,
        ticked=[mark for mark in current.record().marks if review.final and mark.item in marked and mark.at == review.final.at],
        changed=changed,
        finished_by=wording.person(review.final.by) if review.final else "",
        finished_at=moment_words(review.final.at, desk.settings.zone) if review.final else "",
        printed_at=moment_words(desk.now(), desk.settings.zone),
        statements=by_target(current.record().corrections).get(Target("review", review.id), ()),
        can_write=_may_write(),
        can_correct=can(person, Action.CORRECT, student, desk.today(), desk.now()),
    )


def _occurrence(occurrence_id: str) -> Occurrence | None:
    return next((one for one in current.record().occurrences if one.id == occurrence_id), None)
