"""Everything that people can write, written through the app's own forms: what the data dictionary, the whole record and the leak tests look for.

`write_everything` fails where a form of the app was not used, so that a new form is taken in here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from forms_app import roster
from forms_app.access import ROUTES
from forms_app.checklists import Status
from forms_app.desk import Desk
from forms_app.importing import Wishes
from forms_app.records import editions, factors, identities, imports, saved_lists
from forms_app.store import Store
from tests import rosters
from tests.district import District
from tests.signing_in import account, give_app, give_codes, to_second_step
from tests.visitor import Page, Visitor, sign_in

Visitors = Callable[[str], Visitor]
NOT_ABOUT_KEEPING = {("sign_in.sign_out", "POST"), ("welcome.accept", "POST")}
SIGNING_IN = ("account.", "passkeys.", "second_step.")  # what these keep is written by `_sign_in_in_every_way`
MARKABLE = {  # an item for each fact that a done mark can state
    "filed in": "filed_in",
    "sent to": "sent_to",
    "signed by": "signed_by",
    "people": "people",
    "shared with": "shared_with",
    "decision": "decision",
}


def set_retention(app: Flask, folder: Path, years: str = "1") -> None:
    """The app reads its district's files from `folder`, where a period is set."""
    desk: Desk = app.extensions["desk"]
    (folder / "data").mkdir(exist_ok=True)
    for file in (desk.settings.root / "data").glob("*.yml"):
        (folder / "data" / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    text = (folder / "data/retention.yml").read_text(encoding="utf-8")
    (folder / "data/retention.yml").write_text(re.sub(r"(years_after_leaving:) not set.*", rf"\1 {years}", text), encoding="utf-8")
    desk.settings = replace(desk.settings, root=folder)


def write_everything(app: Flask, visitor: Visitors, district: District, folder: Path) -> str:
    """Use every form once or more; returns the id of a student whose record has something in every table."""
    used: set[tuple[str, str]] = set()
    app_posts = {pair for pair in ROUTES if pair[1] == "POST"} - NOT_ABOUT_KEEPING
    app_posts = {pair for pair in app_posts if not pair[0].startswith(SIGNING_IN)}

    def post(browser: Visitor, path: str, data: dict[str, Any], status: int = 303) -> Page:
        used.add((app.url_map.bind("").match(path.partition("?")[0], method="POST")[0], "POST"))
        page = browser.post(path, data)
        assert page.status == status, (path, page.status, page.text[:600])
        return page

    manager, principal, sss, admin = (visitor(name) for name in ("manager", "principal", "sss", "admin"))
    used.add(("sign_in.sign_in", "POST"))
    added = post(manager, "/students/new", {**manager.get("/students/new").form(), **NEW_STUDENT})
    student = added.location.rpartition("/")[2]
    path = f"/students/{student}"
    post(
        manager,
        f"{path}/edit",
        {
            **manager.get(f"{path}/edit").form(),
            "grade": "11",
            "counts_as": "",
            "agencies": "Invented Agency\nAnother Agency",
            "agency": "yes",
        },
    )
    post(principal, f"{path}/edit", {**principal.get(f"{path}/edit").form(), "case_manager": district.people["colleague"].id})
    post(principal, f"{path}/edit", {**principal.get(f"{path}/edit").form(), "case_manager": district.people["manager"].id})
    for event in district.book.registers.events:
        post(manager, f"{path}/events/new", {"event": event, "on": "2026-11-20", "detail": "a kind of paper", "confirm": "yes"})
    _build_a_review(post, manager, path, student, district)
    withdrawn = district.record(student).occurrences[-1].id
    moved = next(entry.key for entry in _entries(district, student) if entry.open)
    post(manager, f"{path}/items/{moved}/due", {"date": "2026-12-01", "reason": "the parents are away"})
    set_first = manager.get(f"{path}/items/{moved}/due").kept("based_on")
    post(manager, f"{path}/items/{moved}/due", {"take_back": "yes", "based_on": set_first})
    post(manager, f"{path}/events/{withdrawn}/withdraw", {"reason": "entered twice"})
    _papers(post, manager, principal, path, student, district)
    _given_away(post, visitor, path, student, district)
    _find_and_save(post, manager, student, district)
    _mark_everything(post, manager, path, student, district)
    for part, more in (
        ("team", {"who": f"case manager|{district.people['colleague'].id}"}),
        ("covering", {"who": district.people["counsellor"].id, "until": "2026-11-27"}),
        ("sbt", {"until": "2026-11-27"}),
    ):
        post(manager, f"{path}/people", {"part": part, "since": "2026-11-24", "reason": "agreed with the team", **more})
    over = district.record(student).student.involvements[0].id
    post(manager, f"{path}/people/{over}/end", {})
    colleague, theirs = visitor("colleague"), district.people["colleague"].id
    told = {"first": "the autumn meeting", "speak_with": "the counsellor", "promised": "an answer by Friday"}
    _hand_over(post, district, student, manager, colleague, principal, path, theirs, told)
    post(visitor("principal-elsewhere"), "/emergency", {"who": "9900001", "reason": "the family could not be reached"})
    about = ("detail:grade", f"event:{withdrawn}", f"mark:{district.record(student).marks[0].id}")
    for number, target in enumerate(about):
        said = {
            "about": target,
            "sort": "annotation" if number else "request",
            "asked_by": "a parent",
            "says": f"This is wrong, {number}.\nIt was otherwise.",
            "on": "2026-11-23",
        }
        post(manager, f"{path}/corrections/new", said)
    request = district.record(student).corrections[0].id
    post(principal, f"{path}/corrections/{request}", {"outcome": "annotated", "reason": "The school's list says otherwise."})
    _turn_the_year(post, district, student, manager, principal, path)
    post(principal, f"{path}/close", {"state": "left", "on": "2026-11-24", "reason": "moved away"})
    post(principal, f"{path}/reopen", {"reason": "came back"})
    post(principal, f"{path}/close", {"state": "transferred", "on": "2026-11-24", "reason": "moved away after all"})
    # Some years later one person proposes a disposal, and another keeps the record.
    set_retention(app, folder)
    district.clock.move(days=800)
    principal, sss, admin = (visitor(name) for name in ("principal", "sss", "admin"))
    post(principal, f"{path}/disposal", {})
    post(sss, f"{path}/disposal/review", {"outcome": "kept", "reason": "a complaint is open"})
    post(
        admin,
        "/people",
        {"name": "Invented Newcomer", "username": "newcomer", "roles": "case manager", "school": next(iter(district.schools.values())).id},
        200,
    )
    office = f"/people/{district.people['office'].id}"
    post(admin, office, {**admin.get(office).form(office), "directory": "okpara@district.example"})
    post(admin, "/people/second-factor", {"required": ["school psychologist"]})
    _sign_in_in_every_way(app, district)
    _bring_in_rosters(district)
    for act in ("sessions/end", "disable", "enable"):
        post(admin, f"{office}/{act}", {})
    post(admin, f"/people/{district.people['member'].id}/forget", {})
    post(admin, f"{office}/link", {"factors": "keep"}, 200)
    post(admin, "/schools", {"school_name": "Invented School", "code": "04299003"})
    window = next(iter(district.book.registers.windows))
    far = {"window": window, "date": district.year.first_day.isoformat(), "note": "to the office"}
    post(sss, "/dates", far, 422)
    post(sss, "/dates", {**far, "confirm": "yes"})
    _keep_a_calendar(post, sss, district)
    _choose_reminders(post, visitor("manager"))
    post(admin, f"/people/{district.people['office'].id}/posts", {"role": "SBT member", "school": next(iter(district.schools.values())).id})
    post(admin, f"/people/{district.people['office'].id}/posts/end", {"post": f"SBT member|{next(iter(district.schools.values())).id}"})
    desk: Desk = app.extensions["desk"]
    old = dict(list(desk.newest.items.items())[1:])  # of the edition before; it was applied, so its items are kept
    editions.apply(district.store, replace(desk.newest, items=old), district.actor("sss"))
    post(sss, "/edition", {"edition": desk.newest.edition})
    assert used >= app_posts, f"Forms that nobody filled in: {sorted(app_posts - used)}"
    return student


def _turn_the_year(post: Callable[..., Page], district: District, student: str, manager: Visitor, principal: Visitor, path: str) -> None:
    """Open the year, take it back, open it again; carry over what the year before left. Last year's event is written as the records do."""
    year = {"year": str(district.year.start)}
    last = district.year.previous
    district.event(student, "confidential-report", on=last.day(5, 4))
    district.mark(student, "iep.monitor", Status.WAITING, {"waiting for": "an answer"}, year=last, on=last.day(5, 4))
    post(manager, f"{path}/years/open", year)
    post(manager, f"{path}/years/take-back", year)
    post(principal, "/years/open", year)
    post(principal, "/years/take-back", year)
    form = manager.get(f"{path}/years").form(f"{path}/years/carry")
    post(manager, f"{path}/years/carry", {**form, "items": _carriable(manager.get(f"{path}/years"))})
    post(manager, f"{path}/years/open", year)


def _carriable(page: Page) -> list[str]:
    return [box.attributes["value"] for box in page.root.all("input", name="items", type="checkbox")]


def _hand_over(
    post: Callable[..., Page],
    district: District,
    student: str,
    manager: Visitor,
    colleague: Visitor,
    principal: Visitor,
    path: str,
    theirs: str,
    told: dict[str, str],
) -> None:
    """Offer, change what is told, take back, send back, take over; the student is the manager's again in the end."""

    def waiting() -> dict[str, str]:
        found = district.record(student).student.handover_on(district.today)
        assert found
        return {"handover": found.id}

    post(manager, f"{path}/handover", {"who": theirs, **told})
    post(manager, f"{path}/handover/tell", {**told, "first": "the winter meeting"})
    post(manager, f"{path}/handover/take-back", waiting())
    post(manager, f"{path}/handover", {"who": theirs, **told})
    post(colleague, f"{path}/handover/send-back", {**waiting(), "reason": "too many already"})
    post(manager, "/handovers/new", {"who": theirs, "students": student})
    post(colleague, f"{path}/handover/accept", waiting())
    post(principal, "/handovers/new", {"who": district.people["manager"].id, "students": student})
    post(manager, "/handovers/accept", {"students": student})
    cover = {"who": theirs, "students": student, "since": "2026-12-01", "until": "2026-12-04", "reason": "at a course"}
    post(manager, "/handovers/cover", cover)


def _keep_a_calendar(post: Callable[..., Page], sss: Visitor, district: District) -> None:
    entry = {"first": district.year.day(12, 21).isoformat(), "last": "", "name": "Invented break", "kind": "break"}
    post(sss, "/dates/calendar", {**entry, "based_on": sss.get("/dates/calendar").kept("based_on")})
    lines = {"text": f"{district.year.day(10, 12)}, Invented holiday", "take": "yes"}
    post(sss, "/dates/calendar/import", {**lines, "based_on": sss.get("/dates/calendar/import").kept("based_on")})
    button = sss.get("/dates/calendar").root.all("button", name="remove")[0]
    post(sss, "/dates/calendar/remove", {"remove": button.attributes["value"]})


def _choose_reminders(post: Callable[..., Page], manager: Visitor) -> None:
    post(manager, "/reminders", {"on": "yes", "email": "somebody@example.ca"})
    post(manager, "/reminders/feed", {}, 200)
    post(manager, "/reminders/feed/end", {})
    post(manager, "/reminders/feed", {}, 200)


NEW_STUDENT = {
    "given": "Aurelio", "family": "Quistgaard", "legal_name": "Aurelio Legal Quistgaard", "pen": "000000018", "pupil_number": "9900001", "grade": "SU", "counts_as": "11",
    "routes": ["coded"], "category": "H", "iep": "yes", "assistant": "yes", "agency": "unknown", "leaving": "yes",
}  # fmt: skip


def _sign_in_in_every_way(app: Flask, district: District) -> None:
    """Everything that accounts keep to be signed in with, and what stays of failed and unfinished sign-ins."""
    store = district.store
    for username in ("office", "counsellor"):
        give_app(district, username)
        give_codes(district, username)
        actor = district.actor(username)
        factors.begin_app(store, actor.id, actor)
        factors.add_passkey(store, actor.id, "school laptop", b"credential", b"key", 1, actor)
        [passkey] = account(district, username).factors.passkeys
        factors.use_passkey(store, actor.id, passkey, 2, actor)
    posts = account(district, "counsellor").person.posts
    made = identities.account_for_groups(store, "by-groups", "Invented Bygroups", posts, district.actor())
    identities.bind(store, made.id, "https://directory.example", "subject-1", district.actor())
    to_second_step(Visitor(app), "counsellor")
    assert sign_in(Visitor(app), "elsewhere", "wrong").status == 422


def _papers(post: Callable[..., Page], manager: Visitor, principal: Visitor, path: str, student: str, district: District) -> None:
    """Consents and their end, what is allowed without one, items of one's own, exam supports."""
    key = next(entry.key for entry in _entries(district, student) if entry.item.consent)
    post(principal, f"{path}/items/{key}/allow", {"reason": "it cannot wait", "authority": "an order"})
    for purpose in ("release", "referral", "sped"):
        for ends in ("2027-06-30", ""):
            said = {"purpose": purpose, "agency": "a kind of paper", "signed_by": "a parent", "signed_on": "2026-11-20", "until": ends}
            post(manager, f"{path}/consents", {**said, "place": "elsewhere", "place_elsewhere": "the office"})
    ended = district.record(student).consents[0].id
    post(manager, f"{path}/consents/{ended}/withdraw", {"on": "2026-11-24", "reason": "a parent wrote"})
    added = {"title": "Call about the bus", "decided_by": "team", "decided_on": "2026-11-20", "due": "2026-12-01"}
    post(manager, f"{path}/own/new", {**added, "owner": principal_id(district), "occurrence": district.record(student).occurrences[0].id})
    post(manager, "/own-items/new", {**added, "students": [student], "token": "abcdefabcdef"}, 200)
    post(manager, "/own-items/new", {**added, "students": [student], "token": "abcdefabcdea"}, 200)
    post(manager, "/own-items/undo", {"item": "abcdefabcdea", "students": [student]}, 200)
    decided = {"session": "January", "decision": "yes", "on": "2026-11-20", "supports": "extra time", "team_on": "2026-11-19"}
    post(manager, f"{path}/exam-supports", {**decided, "psychologist": "yes", "written": "iep", "special_format": "asked"})
    people = district.marks(student, "iep.plan-with-parents")
    partly = {"status": "partly", "on": "2026-11-20", "people": "", "based_on": people[-1].id if people else ""}
    post(manager, f"{path}/items/iep.plan-with-parents", partly)


def principal_id(district: District) -> str:
    return district.people["principal"].id


def _given_away(post: Callable[..., Page], visitor: Visitors, path: str, student: str, district: District) -> None:
    """One item goes to a colleague, who marks it; another is taken back."""
    manager, office = visitor("manager"), visitor("office")
    own = [entry.key for entry in _entries(district, student) if entry.key.startswith("own.")]
    keys = [entry.key for entry in _entries(district, student) if entry.open and not entry.item.consent and not entry.item.needs][-2:]
    assert len(keys) == 2, own
    for key in keys:
        post(manager, f"{path}/items/{key}/delegate", {"who": district.people["office"].id, "needs": "the room number"})
    first, second = (one for one in district.record(student).student.delegations if one.person == district.people["office"].id)
    post(manager, f"{path}/delegations/{second.id}/end", {})
    mark = next(entry.mark for entry in _entries(district, student) if entry.key == first.key)
    waiting = {"status": "waiting", "on": "2026-11-24", "waiting_for": "an answer", "based_on": mark.id if mark else ""}
    post(office, f"/delegated/{student}/{first.id}", waiting)


def _build_a_review(post: Callable[..., Page], manager: Visitor, path: str, student: str, district: District) -> None:
    """A file review with a text, finished."""
    [meeting] = [one.id for one in district.record(student).occurrences if one.event == "icm-meeting"]
    reviews = f"{path}/file-reviews"
    chosen = {"occasions": [meeting], "since": "2026-07-01", "until": "2026-11-24", "sections": ["reports", "alerts"]}
    review = post(manager, reviews, chosen).location.removesuffix("/edit")
    post(
        manager, f"{review}/edit", {**chosen, "text-alerts": "A plan is on file.\nSee the G4 file.", "sections": ["alerts"], "then": "look"}
    )
    post(manager, f"{review}/finish", {"seen": manager.get(review).kept("seen")})


def _find_and_save(post: Callable[..., Page], manager: Visitor, student: str, district: District) -> None:
    """Look for the student, mark an item for several at once, take it back, and save two lists."""
    post(manager, "/find", {"q": "Quistgaard"}, 200)
    marked = post(manager, "/items/iep.develop/marks", {"chosen": f"{student}|iep.develop|", "on": "2026-11-24"}, 200)
    post(manager, "/items/iep.develop/undo", {"undo": marked.kept("undo")}, 200)
    for name in ("IEPs to develop", "Another"):
        post(manager, "/saved-lists", {"item": "iep.develop", "status": "open", "whose": "mine", "name": name})
    another = next(one.id for one in saved_lists.of(district.store, district.people["manager"].id) if one.name == "Another")
    post(manager, f"/saved-lists/{another}/remove", {})


def _mark_everything(post: Callable[..., Page], manager: Visitor, path: str, student: str, district: District) -> None:
    """Mark items until every kind of fact, every status and every table was written."""
    facts = {
        "filed_in": "red-file",
        "sent_to": "elsewhere",
        "sent_elsewhere": "the office",
        "signed_by": "a parent",
        "people": "a parent and a teacher",
        "shared_with": "the teachers",
    }
    for _ in range(2):  # what needs another item first is done in the second round
        for entry in _entries(district, student):
            if entry.status is Status.TO_DO:
                decisions = [record.choices[0] for record in entry.item.records if record.choices]
                said = {"status": "done", "on": "2026-11-24", **facts, "decision": decisions[0] if decisions else ""}
                last = entry.mark.id if entry.mark else ""
                answer = manager.post(f"{path}/items/{entry.key}", {**said, "based_on": last})
                assert answer.status in (303, 422), (entry.key, answer.text)
    entries = _entries(district, student)
    first, second = (entry for entry in entries[:2])
    post(
        manager,
        f"{path}/items/{first.key}",
        {"status": "waiting", "on": "2026-11-24", "waiting_for": "an answer", "based_on": first.mark.id},
    )
    post(
        manager,
        f"{path}/items/{second.key}",
        {"status": "not needed", "on": "2026-11-24", "reason": "agreed with the team", "based_on": second.mark.id},
    )
    last = _entries(district, student)[1].mark
    post(manager, f"{path}/undo", {"undo": f"{second.key}|{last.id}"})
    once = next(entry for entry in _entries(district, student) if entry.item.opens.kind == "once")
    post(
        manager,
        f"{path}/items/{once.key}",
        {"status": "waiting", "on": "2026-11-24", "waiting_for": "a signature", "based_on": once.mark.id if once.mark else ""},
    )
    once = next(entry for entry in _entries(district, student) if entry.key == once.key)
    post(
        manager,
        f"{path}/items/{once.key}",
        {"status": "not needed", "on": "2026-11-24", "reason": "done at another school", "based_on": once.mark.id},
    )
    quick = next(
        entry
        for entry in _entries(district, student)
        if not [record for record in entry.item.records if record.kind in ("people", "decision")]
    )
    post(manager, f"{path}/marks", {"tick": f"{quick.key}|{quick.mark.id if quick.mark else ''}"})
    assert {name for mark in district.record(student).marks for name in mark.facts} >= {*MARKABLE, "waiting for", "reason"}


def _bring_in_rosters(district: District) -> None:
    """One roster that is being written when the machine stops, with a row in error."""
    rows = [
        ["Pupil number", "Last name", "First name", "Grade", "School", "Category"],
        ["7001", "Rosterby", "Ann", "10", rosters.CODE, "G"],
        ["7002", "Wrongly", "Bo", "10", rosters.CODE, "J"],
    ]
    sheet = roster.read(rosters.table(rows))
    mapping = roster.guess(sheet.headings, sheet.lines)
    school = next(iter(district.schools.values())).id
    wishes = Wishes(schools={"old name": school})
    one = imports.begin(district.store, sheet, mapping, roster.find_rows(sheet, mapping), wishes, district.actor("sss"))
    with suppress(KeyboardInterrupt):
        found = imports.find(district.store, one)
        assert found
        agreed = imports.digest(imports.plan_of(district.store, found, district.today, "America/Vancouver"))
        imports.write(district.store, one, agreed, district.actor("sss"), district.today, "America/Vancouver", progress=_interrupt)
    imports._take_turn(district.store, one, district.actor("sss"))


def _interrupt(done: int, whole: int) -> None:
    raise KeyboardInterrupt


def _entries(district: District, student: str) -> list[Any]:
    from forms_app.checklists import checklist

    record = district.record(student)
    return list(checklist(district.book, record.student, district.year, district.today, record.occurrences, record.marks, {},
        consents=record.consents, overrides=record.overrides, own_items=record.own_items,
    ).entries)  # fmt: skip


def everything_kept(store: Store, kinds: tuple[Any, ...]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every row of every table of every record: (kind, table, row)."""
    for kind in kinds:
        for summary in store.list(kind.name):
            document = store.get(kind.name, summary.id)
            assert document is not None
            for table in document.db.tables():
                for row in document.db.table(table).all():
                    yield kind.name, table, dict(row)


LAST_DAY = dt.date(2026, 11, 24)
