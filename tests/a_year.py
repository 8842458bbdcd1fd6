"""A district that is set up and works through the app's own forms, day after day, and what everybody in it sees.

Nothing is written to the store but what somebody sends with a form. Only the very first link, which `serve` prints, is made as `serve` makes it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from forms_app.desk import Desk
from forms_app.records import links
from forms_app.records.actor import Actor
from forms_app.reminding import remind
from tests.district import FakeClock
from tests.smtp_server import MailServer
from tests.test_icalendar import events
from tests.visitor import Element, Page, Visitor, sign_in

PASSWORD = "kelp-lantern-meadow"
NO, YES, SHARED = "no", "yes", "what is shared"
SECTIONS = {"Mine": "mine", "Where I take part": "take part", "Whom I assist": "assist", "Given to me": "given"}


@dataclass
class Seen:
    """What one person finds on one day: the lines of the first screen, whose pages open, and what the reminders say."""

    lines: list[str] = field(default_factory=list)
    opens: dict[str, str] = field(default_factory=dict)
    digest: str = ""
    feed: dict[str, str] | None = None


@dataclass
class Day:
    """What was found on one day: by person, and by student (what the page says is urgent, by heading)."""

    people: dict[str, Seen] = field(default_factory=dict)
    students: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    e_mails: list[tuple[str, str]] = field(default_factory=list)  # receiver and subject


@dataclass
class Town:
    """The district as it grows. `people` are those who look every day; `students` by given name."""

    app: Flask
    clock: FakeClock
    mail: MailServer
    people: list[str] = field(default_factory=list)
    students: dict[str, str] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    _browsers: dict[str, Visitor] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        desk: Desk = self.app.extensions["desk"]
        return desk

    def wake(self, day: dt.date) -> None:
        """It is noon of that day, and everybody's session of the day before has ended."""
        self.clock.now = dt.datetime(day.year, day.month, day.day, 20, tzinfo=dt.UTC)
        self._browsers.clear()

    def as_(self, username: str) -> Visitor:
        if username not in self._browsers:
            self._browsers[username] = Visitor(self.app).sign_in(username, PASSWORD)
        return self._browsers[username]

    # Doing

    def send(self, username: str, path: str, action: str = "", ok: int = 303, **fields: Any) -> Page:
        """Open the page, change these fields of the form (a label where the field offers choices), and press its button."""
        browser = self.as_(username)
        page = browser.get(path)
        assert page.status == 200, f"{username} {path}: {page.status}"
        form = dict(page.form(action))
        for name, value in fields.items():
            form[name] = _choice(page, name, value) if isinstance(value, str) else value
        answer = browser.post(action or path, form)
        assert answer.status == ok, f"{username} {path}: {answer.status} {_problem(answer)}"
        return answer

    def first_administrator(self, username: str, name: str) -> None:
        token = links.create(self.desk.store, links.FIRST_ADMINISTRATOR, "", Actor("serve", self.clock()))
        browser = Visitor(self.app)
        assert browser.post(f"/welcome/{token}", {"name": name, "username": username, "password": PASSWORD}).status == 303
        self._browsers[username] = browser

    def add_person(self, username: str, name: str, role: str, school: str = "") -> None:
        admin = self.as_("admin")
        page = admin.get("/people")
        sent = {"name": name, "username": username, "roles": role, "school": _choice(page, "school", school) if school else ""}
        answer = admin.post("/people", sent)
        link = re.search(r"/welcome/[A-Za-z0-9_-]+", answer.text)
        assert link, _problem(answer)
        browser = Visitor(self.app)
        assert browser.post(link[0], {"password": PASSWORD}).status == 303
        self._browsers[username] = browser
        self.people.append(username)

    def add_student(self, by: str, given: str, family: str, grade: str, routes: str = "concern", **more: str) -> None:
        details = {"iep": "no", "assistant": "no", "agency": "no", "leaving": "no", **more}
        answer = self.send(by, "/students/new", given=given, family=family, grade=grade, routes=routes, **details)
        self.students[given] = answer.location.rpartition("/")[2]

    def path(self, given: str) -> str:
        return f"/students/{self.students[given]}"

    def key(self, given: str, title: str, by: str) -> str:
        """The key of the item with this title on the student's page; of several the most urgent."""
        page = self.as_(by).get(self.path(given))
        found = [row.attributes["id"] for row in _rows(page.root) if _title(row) == title]
        assert found, f"{title} is not on the page"
        return found[0]

    def tick(self, by: str, given: str, title: str) -> None:
        """Press the row's own button."""
        browser = self.as_(by)
        page = browser.get(self.path(given))
        row = next(row for row in _rows(page.root) if _title(row) == title)
        [pressed] = [one.attributes["value"] for one in row.all("button", name="tick")]
        answer = browser.post(f"{self.path(given)}/marks", {"tick": pressed})
        assert (answer.status, "marked=" in answer.location) == (303, True), _problem(answer)

    def mark(self, by: str, given: str, title: str, status: str = "done", ok: int = 303, **facts: str) -> Page:
        place = f"{self.path(given)}/items/{self.key(given, title, by)}"
        return self.send(by, place, place, ok=ok, status=status, **facts)

    def happens(self, by: str, given: str, event: str, on: str, detail: str) -> None:
        self.send(by, f"{self.path(given)}/events/new", event=event, on=on, detail=detail)

    def announce(self, window: str, date: str, note: str = "") -> None:
        self.send("sss", "/dates", window=window, date=date, note=note)

    def remind_me(self, username: str) -> None:
        self.send(username, "/reminders", "/reminders", on="yes", email=f"{username}@example.ca")
        page = self.as_(username).post("/reminders/feed")
        [address] = [one.text for one in page.root.all("strong", class_="one-time-link")]
        self.feeds[username] = "/calendar/" + address.rpartition("/")[2]

    # Looking

    def look(self) -> Day:
        """Let everybody look: at the first screen, at every student's page, at what the reminders say."""
        found, before = Day(), len(self.mail.taken)
        for username in self.people:
            if username in self.left:
                continue
            browser = self.as_(username)
            seen = found.people[username] = Seen(list(_first_screen(browser.get("/"))))
            for given, number in self.students.items():
                page = browser.get(f"/students/{number}")
                seen.opens[given] = {200: YES, 303: SHARED, 404: NO}[page.status]
                assert (f"/students/{number}/shared" in page.location) == (page.status == 303)
                assert (given in page.html) == (page.status == 200)
                if page.status == 200 and given not in found.students:
                    found.students[given] = _urgent(page)
            seen.digest = _digest(browser.get("/reminders"))
            if username in self.feeds:
                seen.feed = self.read_feed(username)
        remind(self.desk)
        found.e_mails = [
            (sent.receivers[0].partition("@")[0], str(sent.message["Subject"]).removeprefix("Checklist: "))
            for sent in self.mail.taken[before:]
        ]
        return found

    def read_feed(self, username: str) -> dict[str, str] | None:
        answer = Visitor(self.app).get(self.feeds[username])
        if answer.status == 404:
            return None
        return {f"{dt.date.fromisoformat(one['DTSTART'][:8]):%Y-%m-%d}": one["SUMMARY"] for one in events(answer.body)}


def can_sign_in(app: Flask, username: str) -> bool:
    return sign_in(Visitor(app), username, PASSWORD).status == 303


def _choice(page: Page, name: str, label: str) -> str:
    """The value of the choice with this label; the text itself where the field offers none."""
    for select in page.root.all("select", name=name):
        for option in select.all("option"):
            if option.text == label:
                return option.attributes["value"]
    for one in page.root.all("input", name=name, type="radio"):
        words = [found.text for found in page.root.all("label", for_=one.attributes.get("id", ""))]
        if label in words:
            return one.attributes["value"]
    return label


def _problem(page: Page) -> str:
    found = [one.text for one in page.root.all("div", class_="govuk-error-summary")]
    return " ".join(found) or page.text[:800]


def _rows(root: Element) -> list[Element]:
    return [one for one in root.all("li") if "item" in one.attributes.get("class", "").split()]


def _title(row: Element) -> str:
    summary = next(one for one in row.all() if one.attributes.get("class") == "item__title")
    return " ".join(summary.content[0].split()) if isinstance(summary.content[0], str) else ""


def _digest(page: Page) -> str:
    found = re.search(r"This week it would say: (.+?)\. It counts", page.text)
    assert found
    return found[1]


def _urgent(page: Page) -> dict[str, list[str]]:
    """The titles under each heading that stands open on a student's page."""
    found: dict[str, list[str]] = {}
    for section in page.root.all("section"):
        rows = _rows(section)
        if rows:
            heading, count = section.all("h2")[0].text, len(rows)
            assert heading.endswith(f"{count} item{'s' if count != 1 else ''}"), heading
            found[re.sub(r" \d+ items?$", "", heading)] = [_title(row) for row in rows]
    return found


def _first_screen(page: Page) -> Iterator[str]:
    """`mine: Due soon: Bryony, Title, 18 Sep`: the section, the heading, the student, what is next and when."""
    assert page.status == 200
    for one in page.root.all("section", id="handovers"):
        for row in one.all("li"):
            name, _, says = row.text.partition(": ")
            yield f"handover: {name.split()[0]}: {says}"
    section = "mine"
    for element in page.root.all():
        classes = element.attributes.get("class", "")
        if element.name == "h2" and classes == "govuk-heading-m":
            heading = re.sub(r" \d+ (students?|items?)$", "", element.text)
            section = SECTIONS.get(heading, "all")
        if element.name == "table" and classes == "caseload":
            yield from (f"{section}: {line}" for line in _lines(element))


def _lines(table: Element) -> Iterator[str]:
    heading = ""
    for row in table.all("tr"):
        if row.attributes.get("class") == "caseload__heading":
            heading = re.sub(r" \d+ students?$", "", row.text)
            continue
        cells, names = row.all("td"), row.all("th", scope="row")
        if not names:
            continue
        by_class: Mapping[str, str] = {cell.attributes.get("class", "").split(" ")[0]: cell.text for cell in cells}
        if "caseload__next" in by_class:
            yield f"{heading}: {names[0].all('a')[0].text.split()[0]}, {by_class['caseload__next']}, {by_class['caseload__when']}"
        elif "caseload__grade" in by_class:
            yield names[0].text.split()[0]
        else:
            yield ", ".join([names[0].text, *(cell.text for cell in cells)])
