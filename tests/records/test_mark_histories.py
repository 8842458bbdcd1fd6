"""Two people mark, undo and mark again in any order: every earlier mark stays as it was, and the status is what the last mark says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from forms_app.checklists import Checklist, Intent, Mark, Status, check_intent, checklist
from forms_app.records import open_the_store, students
from forms_app.records.actor import Actor
from forms_app.records.students import MarkedMeanwhile
from forms_app.school_year import SchoolYear
from forms_app.store import Store, new_key
from tests.factories import TODAY, a_book, a_student, an_item

YEAR, ITEM = SchoolYear(2026), an_item("papers.both", records="filed in file, sent to office")
BOOK = a_book(ITEM)
FILED, BOTH = {"filed in": "file"}, {"filed in": "file", "sent to": "office"}
INTENTS = {
    "done": Intent(Status.DONE, TODAY, BOTH),
    "partly": Intent(Status.TO_DO, TODAY, FILED, partly=True),
    "waiting": Intent(Status.WAITING, TODAY, {"waiting for": "a stamp"}),
    "not needed": Intent(Status.NOT_NEEDED, TODAY, {"reason": "sent by the other school"}),
    "to do": Intent(Status.TO_DO),
}
# Who does what, having looked at the page just now or not, and pressing once or twice.
STEPS = st.tuples(st.sampled_from(["robin", "noor"]), st.sampled_from([*INTENTS, "undo"]), st.booleans(), st.booleans())


@dataclass
class Office:
    """One record, and the last mark that each of the two saw."""

    store: Store
    student: str
    seen: dict[str, str] = field(default_factory=dict)
    steps: int = 0

    @property
    def marks(self) -> tuple[Mark, ...]:
        document = self.store.get("student", self.student)
        assert document
        return tuple(students.read(document, YEAR).marks)

    @property
    def checklist(self) -> Checklist:
        return checklist(BOOK, a_student(), YEAR, TODAY, (), self.marks, {})

    def look(self, person: str) -> None:
        marks = self.marks
        self.seen[person] = marks[-1].id if marks else ""

    def press(self, person: str, step: str) -> Mark:
        self.steps += 1
        actor = Actor(person, dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=self.steps))
        if step == "undo":
            return students.undo_mark(self.store, self.student, ITEM, "", YEAR, self.seen[person], actor)
        intent = check_intent(self.checklist.by_key[ITEM.id], INTENTS[step], self.checklist)
        return students.add_mark(self.store, self.student, ITEM, "", YEAR, intent, self.seen[person], "an-edition", actor)


@given(st.lists(STEPS, max_size=10))
@settings(max_examples=60)
def test_no_order_of_marks_loses_one_and_the_last_says_the_status(history: list[tuple[str, str, bool, bool]]) -> None:
    with open_the_store("memory://", new_key()) as store:
        student = students.create(
            store, students.profile_of(a_student()), "robin", dt.date(2026, 9, 1), Actor("robin", dt.datetime(2026, 9, 1, tzinfo=dt.UTC))
        )
        office = Office(store, student)
        said: list[Status] = []  # what each mark is expected to say
        for person, step, looks, twice in history:
            if looks or person not in office.seen:
                office.look(person)
            before = office.marks
            stale = office.seen[person] != (before[-1].id if before else "")
            if step == "undo" and not office.seen[person]:
                continue  # there is no button
            try:
                made = office.press(person, step)
            except MarkedMeanwhile:
                assert stale
                assert office.marks == before, "a refused mark changes nothing"
                continue
            if stale:  # both took the same mark back: that is one undo
                assert made == before[-1]
                assert made.undoes == office.seen[person]
                continue
            said.append((said[-2] if len(said) > 1 else Status.TO_DO) if step == "undo" else INTENTS[step].status)
            if twice:
                assert office.press(person, step) == made
            assert office.marks == (*before, made), "every earlier mark is as it was"
            assert (made.by, bool(made.undoes)) == (person, step == "undo")
            office.look(person)
        entry = office.checklist.by_key[ITEM.id]
        assert [mark.status for mark in entry.marks] == said
        assert entry.status is (said[-1] if said else Status.TO_DO)
        [summary] = store.list("student")
        listed = students.from_summary(summary.id, summary.version, summary.summary, YEAR)
        in_list = checklist(BOOK, a_student(), YEAR, TODAY, (), listed.marks, {}).by_key[ITEM.id]
        assert (in_list.status, in_list.partly) == (entry.status, entry.partly), "lists say the same"
