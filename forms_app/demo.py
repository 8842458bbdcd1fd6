"""The invented district: two schools, eight staff in every role, sixty students, last year closed and this year half done.

Everything is made from `data/demo.yml` and a fixed seed, relative to today, so that the demonstration looks the same on every day of the year.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from tinydb import TinyDB

from forms_app.checklists import Entry, Mark, Occurrence, Status, checklist, comes_round, default_facts, missing_before
from forms_app.consents import Consent, Purpose
from forms_app.deadlines import Announcement, Announcements
from forms_app.exam_supports import ExamDecision
from forms_app.file_reviews import Plan, occasions, read_template
from forms_app.handbook import Handbook, HandbookError, Problem, plain_yaml
from forms_app.meetings import Meeting, can_come
from forms_app.own_items import OwnItem
from forms_app.permissions import Person, Role
from forms_app.records import (
    accounts,
    consents,
    district,
    exam_supports,
    file_reviews,
    handovers,
    meetings,
    own_dates,
    own_items,
    saved_lists,
    schools,
    sheets,
    students,
)
from forms_app.records.actor import Actor
from forms_app.school_calendar import CalendarEntry, Kind
from forms_app.school_year import SchoolYear, school_year_of
from forms_app.sheets import Decision, Minutes, rows_of
from forms_app.sheets import Kind as SheetKind
from forms_app.sheets import Purpose as SheetPurpose
from forms_app.statutory_holidays import statutory_holidays
from forms_app.store import Store
from forms_app.students import GRADES, Answer, Assignment, Delegation, Involvement, Part, Route, Student

SEED = 42
# Invented accounts in a throw-away store: hashing them lightly lets the demonstration start at once.
QUICK = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
PEOPLE = ("parent and student", "English and Science teachers", "parent, counsellor", "subject teachers and the SEA", "student")
RECEIVERS = ("English and Science teachers", "all subject teachers", "subject teachers and the SEA")
DETAILS = {
    "confidential-report": ("psycho-educational report", "hospital report", "physician's letter"),
    "sbt-meeting": ("regular", "extended"),
    "iep-meeting": ("planning", "review"),
    "referral": ("School Psychology", "Speech and Language", "Hearing"),
    "outside-agency": ("Mental Health Services", "MCFD"),
    "designation-request": ("new designation",),
    "adapted-test": ("Mathematics unit test", "Science quiz"),
    "formal-assessment": ("reading and mathematics",),
    "exam-supports": ("January session",),
    "transition": ("change of school",),
}


@dataclass(frozen=True)
class Demo:
    """Who can sign in, and with what."""

    accounts: Sequence[tuple[Person, str]]


def fill(store: Store, book: Handbook, root: Path, passwords: Mapping[str, str] | str, now: dt.datetime, today: dt.date) -> Demo:
    """Write the invented district into an empty store. `passwords` is one for all, or one for each user name."""
    plan = _plan(root)
    actor = Actor("demo", now)
    found_schools = {row["key"]: schools.create(store, row["name"], row["code"], actor).id for row in plan["schools"]}
    people, signing_in = [], []
    for row in plan["staff"]:
        password = passwords if isinstance(passwords, str) else passwords[row["username"]]
        roles = frozenset(Role(role) for role in row["roles"])
        person = accounts.create(
            store, row["username"], row["name"], roles, found_schools.get(row["school"], ""), QUICK.hash(password), actor
        )
        people.append((person, int(row["students"])))
        signing_in.append((person, password))
    office = Actor(next(person.id for person, _ in people if Role.SSS in person.roles), now)
    announced = _announce(store, today, office)
    make = _Maker(book, today, now, announced, plan, list(found_schools.values()))
    for person, count in [*people, (None, int(plan["unassigned"]))]:
        for _ in range(count):
            make.student(store, person, actor)
    _involve(store, [person for person, _ in people], today, actor)
    _offer_one(store, [person for person, _ in people], today, now)
    _keep_calendar(store, today, office)
    _set_dates(store, book, next(person for person, _ in people if Role.CASE_MANAGER in person.roles), announced, today, now)
    _show_papers(store, [person for person, _ in people], today, actor)
    _review(store, book, root, [person for person, _ in people], now, today)
    _meet(store, [person for person, _ in people], today, now)
    return Demo(signing_in)


HELD = (
    (SheetKind.ITEM, "Ask the English teacher for two samples of writing", "solving"),
    (SheetKind.REFERRAL, "School Psychology", "district"),
    (SheetKind.ITEM, "Call the parent about the timetable", "program"),
    (SheetKind.CONSENT, "Mental Health Services", "community"),
    (SheetKind.NONE, "the plan works; look again in spring", "solving"),
)
SAID = {
    "facts": "Absent 9 days since September. Reads with support. The plan was shared on 2 October.",
    "tried": "A quiet room for tests, since October: used four times.",
    "discussed": "What helps in the mornings, and who could be with the student then.",
    "informed": "The case manager, this week",
}


def _meet(store: Store, people: Sequence[Person], today: dt.date, now: dt.datetime) -> None:
    """The team of a case manager's school met a week ago about five students, and meets again today: the agenda is begun and one student prepared."""
    manager = next(person for person in people if Role.CASE_MANAGER in person.roles)
    team = [person for person in people if can_come(person, manager.school)]
    chair, actor = team[0], Actor(team[0].id, now)
    mine = sorted(store.list("student", owner=manager.id), key=lambda summary: summary.summary["profile"]["pen"])
    before = _school_day(today - dt.timedelta(days=7))
    ids = tuple(person.id for person in team)
    held = replace(
        Meeting("", 0, manager.school, before, ids, chair.id, team[-1].id, 5, others="the learning assistance teacher"), present=ids
    )
    held = replace(held, id=meetings.plan(store, held, actor))
    for summary, (kind, says, purpose) in zip(mine[-5:], HELD, strict=True):
        place = sheets.bring(store, summary.id, held, before, actor)
        meetings.put_on(store, held.id, replace(place, why=(("asked", "by the case manager"),)), actor)
        texts = {**SAID, "purposes": SheetPurpose[purpose.upper()].value}
        sheets.write(store, summary.id, held.id, texts, sheets.Writing(), actor)
        due = before + dt.timedelta(days=5 if purpose == "program" else 21)
        new = Decision("", held.id, kind, says, "", due if kind is not SheetKind.NONE else None, actor.id, now)
        sheets.decide(store, summary.id, new, before, actor, occurrence=place.occurrence)
        seen = sheets.read(_document(store, summary.id), held.id)
        names = {person.id: person.name for person in people}
        minutes = Minutes(
            held.id, "", before, (*(person.name for person in team), held.others), chair.name, team[-1].name, tuple(one.label for one in seen.purposes),
            SAID, rows_of(seen.standing, names, manager.name), None, actor.id, now,
        )  # fmt: skip
        sheets.finish(store, summary.id, seen, minutes, names, actor)
    meetings.start(store, held.id, actor)
    meetings.end(store, held.id, (), actor)
    coming = Meeting("", 0, manager.school, max(today, _school_day(today)), ids, chair.id, team[-1].id, 5)
    coming = replace(coming, id=meetings.plan(store, coming, actor))
    for number, summary in enumerate(mine[:4]):
        place = sheets.bring(store, summary.id, coming, today, actor)
        why = ("asked", "by the case manager") if number % 2 else ("asked", "by the English teacher")
        meetings.put_on(store, coming.id, replace(place, why=(why,)), actor)
    texts = {"purposes": SheetPurpose.PROGRAM.value, "facts": SAID["facts"], "tried": SAID["tried"]}
    sheets.write(store, mine[0].id, coming.id, texts, sheets.Writing(), Actor(manager.id, now))


def _document(store: Store, student_id: str) -> TinyDB:
    found = store.get("student", student_id)
    assert found  # noqa: S101 (it was listed just now)  # nosec B101
    return found.db


def _involve(store: Store, people: Sequence[Person], today: dt.date, actor: Actor) -> None:
    """Some of a case manager's students have a team, one is covered, one is discussed by the school-based team."""
    manager = next(person for person in people if Role.CASE_MANAGER in person.roles)
    colleagues = [person for person in people if person.school == manager.school]
    assistant = next((person for person in colleagues if Role.ASSISTANT in person.roles), None)
    counsellor = next((person for person in colleagues if Role.COUNSELLOR in person.roles), None)
    mine = sorted(store.list("student", owner=manager.id), key=lambda summary: summary.summary["profile"]["pen"])
    week = today + dt.timedelta(days=7)

    def part(kind: Part, person: Person | None, until: dt.date | None, role: Role | None = None, reason: str = "") -> Involvement:
        who, named_as = person.id if person else "", role.value if role else ""
        return Involvement("", kind, who, manager.school, today, until, named_as, reason, manager.id)

    for number, summary in enumerate(mine[:6]):
        if assistant and summary.summary["profile"]["assistant"] == Answer.YES.value:
            students.involve(store, summary.id, part(Part.TEAM, assistant, None, Role.ASSISTANT), actor)
        if counsellor and number < 2:
            students.involve(store, summary.id, part(Part.TEAM, counsellor, None, Role.COUNSELLOR), actor)
        if counsellor and number == 2:
            students.involve(store, summary.id, part(Part.COVERING, counsellor, week, None, "the case manager is at a course"), actor)
        if number == 3:
            students.involve(store, summary.id, part(Part.SBT, None, week, None, "planning meeting"), actor)


def _offer_one(store: Store, people: Sequence[Person], today: dt.date, now: dt.datetime) -> None:
    """One student is being handed over to the counsellor, who has not answered yet."""
    giver = next(person for person in people if Role.CASE_MANAGER in person.roles)
    receiver = next(person for person in people if Role.COUNSELLOR in person.roles and person.school == giver.school)
    mine = sorted(store.list("student", owner=giver.id), key=lambda summary: summary.summary["profile"]["pen"])
    student = students.student_from_summary(mine[4].id, mine[4].summary)
    told = {"first": "The IEP review before the end of term", "speak with": "The English teacher, who sees the student every day"}
    handovers.offer(store, student, receiver.id, told, today, Actor(giver.id, now))


def _keep_calendar(store: Store, today: dt.date, actor: Actor) -> None:
    """The invented district's days off of this school year."""
    year = school_year_of(today)
    holidays = [CalendarEntry(day, day, Kind.HOLIDAY, name) for day, name in statutory_holidays(year) if day.month not in (7, 8)]
    others = [
        CalendarEntry(_school_day(year.day(10, 23)), _school_day(year.day(10, 23)), Kind.PROFESSIONAL_DAY, "Professional day"),
        CalendarEntry(year.day(12, 21), year.day(1, 3), Kind.BREAK, "Winter break"),
        CalendarEntry(year.day(3, 15), year.day(3, 26), Kind.BREAK, "Spring break"),
    ]
    district.add_to_calendar(store, [*holidays, *others], district.read(store).calendar_version, actor)


def _set_dates(store: Store, book: Handbook, manager: Person, announced: Announcements, today: dt.date, now: dt.datetime) -> None:
    """One student's overdue item has another date, with a reason; another student's item comes round again in three weeks."""
    year, actor = school_year_of(today), Actor(manager.id, now)
    soon, later = _school_day(today + dt.timedelta(days=11)), _school_day(today + dt.timedelta(days=25))
    moved = again = False
    for summary in sorted(store.list("student", owner=manager.id), key=lambda summary: summary.summary["profile"]["pen"])[6:]:
        record = students.from_summary(summary.id, summary.version, summary.summary, year)
        found = checklist(book, record.student, year, today, record.occurrences, record.marks, announced)
        late = next((entry for entry in found.urgent("overdue") if entry.due.announced), None)
        round_again = next((entry for entry in found.entries if comes_round(entry.item)), None)
        if late and not moved and soon in year:
            reason = "SSS agreed to wait for the second report"
            own_dates.set_date(
                store, summary.id, late.item.id, late.occurrence.id if late.occurrence else "", year, soon, reason, "", actor
            )
            moved = True
        elif round_again and not again and later in year:
            own_dates.set_date(store, summary.id, round_again.item.id, "", year, later, "", "", actor)
            again = True


def _show_papers(store: Store, people: Sequence[Person], today: dt.date, actor: Actor) -> None:
    """One of a case manager's students has a consent that ends soon and one that was withdrawn, an item of their own, one that a colleague was given,
    and a decision on exam supports."""
    manager = next(person for person in people if Role.CASE_MANAGER in person.roles)
    others = [one for one in people if one.school == manager.school and one.id != manager.id]
    colleague = min(others, key=lambda one: Role.COUNSELLOR in one.roles or Role.PRINCIPAL in one.roles, default=None)
    mine = sorted(store.list("student", owner=manager.id), key=lambda summary: summary.summary["profile"]["pen"])
    by = Actor(manager.id, actor.at)
    for number, summary in enumerate(mine[:3]):
        if number == 0:
            signed, ends = today - dt.timedelta(days=350), today + dt.timedelta(days=15)
            soon = Consent("", Purpose.RELEASE, "Invented Family Society", "parent", signed, "g4-file", ends, manager.id, actor.at)
            old = Consent("", Purpose.RELEASE, "MCFD", "parent", signed, "g4-file", None, manager.id, actor.at)
            consents.add(store, summary.id, soon, by)
            ended = consents.add(store, summary.id, old, by)
            consents.withdraw(store, summary.id, ended, today - dt.timedelta(days=20), "the parent wrote to the school", by)
        if number == 1:
            bus = OwnItem(
                "",
                "Agree on a quiet place for the morning",
                "team",
                today - dt.timedelta(days=6),
                today + dt.timedelta(days=8),
                "",
                manager.id,
                actor.at,
            )
            key = own_items.add(store, summary.id, bus, by)
            if colleague:
                needs = "Ask the front office which room is free before the first bell"
                given = Delegation("", f"own.{key}", colleague.id, manager.school, needs, today, manager.id)
                own_items.delegate(store, summary.id, given, by)
    senior = next((one for one in mine if one.summary["profile"]["grade"] in ("10", "11", "12")), None)
    if senior:
        decided = ExamDecision(
            "", "the next session", "yes", today - dt.timedelta(days=12), "extra time, text-to-speech", today - dt.timedelta(days=12), "no", "iep", "not needed",
            manager.id, actor.at,
        )  # fmt: skip
        exam_supports.add(store, senior.id, decided, by)


WRITTEN = {
    "schools": "Here since grade 8. Absent on 4 days this term, each reported by the family. On track for 80 credits.",
    "alerts": "An individual care plan is on file at the office (G4 file). Staff in the building know where the kit is.",
    "questions": "Strengths: reliable, draws well, asks for help early.\nWhich mornings work for the support block? Who speaks to the family about next year?",
}


def _review(store: Store, book: Handbook, root: Path, people: Sequence[Person], now: dt.datetime, today: dt.date) -> None:
    """A case manager has begun a file review for the next team meeting of one student, and keeps a list of an item."""
    manager = next(person for person in people if Role.CASE_MANAGER in person.roles)
    actor, year = Actor(manager.id, now), school_year_of(today)
    saved_lists.save(store, manager.id, "IEPs to share", "iep.share-final", "open", "mine", actor)
    for summary in sorted(store.list("student", owner=manager.id), key=lambda summary: summary.summary["profile"]["pen"]):
        marked = {mark["occurrence"] for mark in summary.summary["marks"] if mark["item"].startswith("file-review.")}
        events = summary.summary["events"] if summary.summary["year"] == year.start else []
        happened = [row for row in events if row["event"] in occasions(book) and row["id"] not in marked]
        if happened:
            plan = Plan((happened[-1]["id"],), year.previous.day(9, 1), today, tuple(read_template(root)))
            review = file_reviews.begin(store, summary.id, plan, actor)
            file_reviews.save(store, summary.id, review, plan, WRITTEN, {}, actor)
            return


def _plan(root: Path) -> Any:
    """What `data/demo.yml` says. Raises HandbookError."""
    file = "data/demo.yml"
    try:
        return plain_yaml.load((root / file).read_text(encoding="utf-8"), file)
    except OSError as error:
        raise HandbookError(
            [Problem(file, 0, "", f"a file that cannot be read ({error.strerror})", "put it back from the repository")]
        ) from error


def _announce(store: Store, today: dt.date, actor: Actor) -> Announcements:
    """SSS has announced what it would have by now; the rest of the year stays open."""
    year = school_year_of(today)
    dates = [
        Announcement("designation-september", year, year.day(9, 15), year.day(8, 28), "Send to the SSS office"),
        Announcement("iep-autumn", year, year.day(10, 30), year.day(9, 2)),
    ]
    made = [one for one in dates if one.announced <= today]
    for one in made:
        district.announce(store, one, actor)
    return {(one.window, one.year): one for one in made}


class _Maker:
    """Makes one invented student after another."""

    def __init__(
        self, book: Handbook, today: dt.date, now: dt.datetime, announced: Announcements, plan: Any, school_ids: list[str]
    ) -> None:
        self.book, self.today, self.now, self.announced, self.plan, self.school_ids = book, today, now, announced, plan, school_ids
        self.random = random.Random(SEED)  # the same each time, not secret  # nosec B311
        self.once = frozenset(item.id for item in book.items.values() if item.opens.kind == "once")
        self.count = 0

    def student(self, store: Store, manager: Person | None, actor: Actor) -> None:
        student = self._profile(manager)
        occurrences: list[Occurrence] = []
        marks: list[Mark] = []
        this_year = school_year_of(self.today)
        for year, share in ((this_year.previous, 0.97), (this_year, 0.5)):
            happened = list(self._events(student, year, manager))
            occurrences += happened
            marks += self._marks(student, year, occurrences, marks, share, manager)
        agreed = self._consents(occurrences, marks)
        students.create_with_history(store, student, occurrences, marks, self.once, actor, agreed, opened=this_year)
        self.count += 1

    def _profile(self, manager: Person | None) -> Student:
        n, pick = self.count, self.random
        grade = GRADES[n % len(GRADES)] if n % 17 else "SU"
        routes = {
            frozenset({Route.CODED}): 55,
            frozenset({Route.HOURS}): 12,
            frozenset({Route.CONCERN}): 13,
            frozenset({Route.CODED, Route.HOURS}): 20,
        }
        chosen = pick.choices(list(routes), list(routes.values()))[0]
        given, family = self.plan["given"][n % len(self.plan["given"])], self.plan["family"][(n * 7 + n // 20) % len(self.plan["family"])]
        year = school_year_of(self.today)
        needs_iep = Route.CONCERN not in chosen
        return Student(
            id="",
            given=given,
            family="" if n == 29 else family,  # a mononym
            school=manager.school if manager else self.school_ids[n % len(self.school_ids)],
            grade=grade,
            routes=chosen,
            category="DHQGKARCPEFB"[n % 12] if Route.CODED in chosen else "",
            counts_as=("10" if n % 2 else "") if grade == "SU" else "",
            legal_name="" if n % 9 else f"{given} Legal {family}",
            pen=_pen(n + 1),
            pupil_number=f"99{n:05d}",
            iep=Answer.YES if needs_iep else pick.choice([Answer.NO, Answer.UNKNOWN]),
            assistant=pick.choices([Answer.YES, Answer.NO, Answer.UNKNOWN], [4, 5, 1])[0],
            agency=Answer.YES if n % 5 == 0 else Answer.NO,
            agencies=("Mental Health Services",) if n % 5 == 0 else (),
            leaving=(Answer.YES if n % 12 == 10 else Answer.UNKNOWN) if grade == "12" else Answer.NO,
            assignments=(Assignment(manager.id, year.previous.day(9, 2)),) if manager else (),
        )

    def _events(self, student: Student, year: SchoolYear, manager: Person | None) -> Iterable[Occurrence]:
        kinds = [kind for kind in DETAILS if kind != "designation-request" or Route.CODED not in student.routes]
        last = min(year.last_day, self.today)
        for number, kind in enumerate(self.random.sample(kinds, self.random.choice((1, 2, 2, 3)))):
            day = _school_day(year.day(9, 8) + (last - year.day(9, 8)) * self.random.random()) if last > year.day(9, 8) else last
            yield self._occurrence(f"e{year.start % 100}{self.count:03d}{number}", kind, day, manager)
        ahead = _school_day(self.today + dt.timedelta(days=6))
        if ahead in year and self.count % 6 == 0:
            yield self._occurrence(f"m{year.start % 100}{self.count:03d}", "sbt-meeting", ahead, manager)

    def _occurrence(self, key: str, kind: str, day: dt.date, manager: Person | None) -> Occurrence:
        return Occurrence(
            key, kind, day, self.random.choice(DETAILS[kind]), manager.id if manager else "demo", self._moment(min(day, self.today))
        )

    def _marks(
        self, student: Student, year: SchoolYear, occurrences: list[Occurrence], before: list[Mark], share: float, manager: Person | None
    ) -> list[Mark]:
        derived = checklist(self.book, student, year, self.today, occurrences, before, self.announced)
        made: list[Mark] = []
        for entry in derived.entries:
            done = {mark.item for mark in made if mark.status is Status.DONE}
            blocked = any(other.item.id not in done for other in missing_before(entry, derived)) or self._too_early(entry, year, done)
            lacking = entry.item.consent and not any(self._signs_for(mark, entry) for mark in made)
            if not entry.marks and not blocked and not lacking and self.random.random() < self._chance(entry, share):
                made.append(self._not_before_the_signature(self._mark(entry, year, manager, len(made)), entry, made))
        return made

    def _consents(self, occurrences: Sequence[Occurrence], marks: Sequence[Mark]) -> list[Consent]:
        """A consent on record for every signature that was marked. Those to an agency last a year, and end as they come."""
        details = {one.id: one.detail for one in occurrences}
        made = []
        for mark in marks:
            obtains = self.book.items[mark.item].obtains
            if obtains and mark.status is Status.DONE and mark.on:
                purpose = Purpose(obtains)
                agency = details[mark.occurrence] if purpose.names_agency else ""
                until = mark.on + dt.timedelta(days=365) if purpose.names_agency else None
                made.append(Consent(f"c{mark.id}"[:12], purpose, agency, "parent", mark.on, "g4-file", until, mark.by, mark.at))
        return made

    def _signs_for(self, mark: Mark, entry: Entry) -> bool:
        """Whether a mark is the signature that an item needs, for the same event."""
        same = entry.occurrence is not None and mark.occurrence == entry.occurrence.id
        return same and self.book.items[mark.item].obtains == entry.item.consent and mark.status is Status.DONE

    def _not_before_the_signature(self, mark: Mark, entry: Entry, made: Sequence[Mark]) -> Mark:
        signed = [one for one in made if entry.item.consent and self._signs_for(one, entry)]
        if not signed or not mark.on or not signed[-1].on or mark.on >= signed[-1].on:
            return mark
        return replace(mark, on=signed[-1].on, at=max(mark.at, signed[-1].at))

    def _too_early(self, entry: Entry, year: SchoolYear, done: set[str]) -> bool:
        """Nobody shares an IEP that is not written, or holds the year-end review in autumn."""
        due = entry.item.due
        if due is None:
            return False
        return (bool(due.after) and due.after not in done) or ("year-end" in due.windows and self.today < year.day(5, 10))

    def _chance(self, entry: Entry, share: float) -> float:
        """Most of what was due is done; of the rest a half, and of what is only permitted little."""
        if entry.item.optional:
            return 0.15
        return max(share, 0.96) if entry.due.overdue_on(self.today) or entry.due.order < self.today else share

    def _mark(self, entry: Entry, year: SchoolYear, manager: Person | None, number: int) -> Mark:
        start = entry.occurrence.on if entry.occurrence else year.day(9, 3)
        start = min(start, self.today)
        end = max(start, min(self.today, start + dt.timedelta(days=60), year.last_day))
        day = _school_day(start + (end - start) * self.random.random())
        status = self.random.choices(
            [Status.DONE, Status.WAITING, Status.NOT_NEEDED], [90, 6 if year == school_year_of(self.today) else 0, 4]
        )[0]
        facts = {
            Status.WAITING: {"waiting for": "an answer from the parents"},
            Status.NOT_NEEDED: {"reason": "agreed with the team for this year"},
        }.get(status)
        return Mark(
            id=f"d{year.start % 100}{self.count:03d}{number:03d}",
            item=entry.item.id,
            occurrence=entry.occurrence.id if entry.occurrence else "",
            year=year,
            status=status,
            on=day,
            facts=self._facts(entry) if facts is None else facts,
            by=manager.id if manager else "demo",
            at=self._moment(day),
            wording=entry.item.title,
            edition=self.book.edition,
        )

    def _facts(self, entry: Entry) -> dict[str, str]:
        facts = default_facts(entry.item)
        if facts is not None:
            return facts
        said = {"people": self.random.choice(PEOPLE), "shared with": self.random.choice(RECEIVERS)}
        return {
            record.kind: self.random.choice(record.choices) if record.choices else said.get(record.kind, record.value)
            for record in entry.item.records
            if record.kind != "held on"
        }

    def _moment(self, day: dt.date) -> dt.datetime:
        return min(
            dt.datetime(day.year, day.month, day.day, 17 + self.random.randrange(6), self.random.randrange(60), tzinfo=dt.UTC), self.now
        )


def _school_day(day: dt.date) -> dt.date:
    """The same day, or the Friday before a weekend."""
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def _pen(number: int) -> str:
    """A PEN that passes its check and cannot be anybody's: it starts with five zeros."""
    body = f"00000{number:03d}"
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(body)]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{body}{-total % 10}"
