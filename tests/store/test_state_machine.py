"""Both engines against a model that is nothing but dictionaries: any order of any acts, also with reopening."""

import tempfile
from pathlib import Path
from typing import Any, Self

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule, run_state_machine_as_test
from tinydb import TinyDB

from forms_app.store import Entry, NoSuchRecord, StaleWrite, Store, open_store, restore
from tests.store.conftest import KEY, KINDS
from tests.store.faults.harness import trials
from tests.store.faults.told import tell
from tests.store.postgres_server import Server

STEPS_WANTED = trials(10_000, default=80)
STEPS = 50  # at most, in one example

SCHOOLS = st.sampled_from(["s1", "s2"])
ITEMS = st.sampled_from(["iep.share", "iep.meet", "file.review"])
VALUES = st.text(max_size=6)
LONG = st.sampled_from(["", "x" * 900])
PEOPLE = st.sampled_from(["u1", "u2"])


class Acts(RuleBasedStateMachine):
    url = ""
    steps = 0
    students: Bundle[str] = Bundle("students")

    @initialize()
    def open(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        self.address = self.url or str(self.home / "store")
        self.model: dict[str, dict[str, Any]] = {}
        self.versions: dict[str, int] = {}
        self.log: list[tuple[str, str, str]] = []
        self.store: Store = open_store(self.address, key=KEY, kinds=KINDS)

    @rule(target=students, school=SCHOOLS, who=PEOPLE)
    def create(self, school: str, who: str) -> str:
        made = self.store.create("student", lambda db: db.table("profile").insert({"school": school}), Entry("add", who))
        self.model[made.id] = {"school": school, "marks": {}}
        self.versions[made.id] = 1
        self.log.append(("add", who, made.id))
        return made.id

    @rule(id=students, item=ITEMS, value=VALUES, long=LONG, who=PEOPLE)
    def mark(self, id: str, item: str, value: str, long: str, who: str) -> None:
        def change(db: TinyDB) -> None:
            table = db.table("marks")
            found = [row.doc_id for row in table if row["item"] == item]
            table.update({"value": value + long}, doc_ids=found) if found else table.insert({"item": item, "value": value + long})

        marks = self.model[id]["marks"]
        if marks.get(item) != value + long:
            self.versions[id] += 1
            self.log.append(("mark", who, id))
        marks[item] = value + long
        self.store.change("student", id, change, Entry("mark", who))

    @rule(id=students, item=ITEMS, who=PEOPLE)
    def unmark(self, id: str, item: str, who: str) -> None:
        def change(db: TinyDB) -> None:
            db.table("marks").remove(lambda row: row["item"] == item)

        if self.model[id]["marks"].pop(item, None) is not None:
            self.versions[id] += 1
            self.log.append(("unmark", who, id))
        self.store.change("student", id, change, Entry("unmark", who))

    @rule(id=students, school=SCHOOLS, who=PEOPLE)
    def move(self, id: str, school: str, who: str) -> None:
        if self.model[id]["school"] != school:
            self.model[id]["school"] = school
            self.versions[id] += 1
            self.log.append(("move", who, id))
        self.store.change("student", id, lambda db: db.table("profile").update({"school": school}), Entry("move", who))

    @rule(id=students, who=PEOPLE)
    def refuse(self, id: str, who: str) -> None:
        def change(db: TinyDB) -> None:
            db.table("marks").truncate()
            raise StaleWrite("student", id, based_on=1, current=2)

        with pytest.raises(StaleWrite):
            self.store.change("student", id, change, Entry("refuse", who))

    @rule(id=students, who=PEOPLE)
    def view(self, id: str, who: str) -> None:
        self.store.note("student", id, Entry("view", who))
        self.log.append(("view", who, id))

    @rule(id=consumes(students), who=PEOPLE)
    def delete(self, id: str, who: str) -> None:
        self.store.delete("student", id, Entry("delete", who))
        del self.model[id]
        self.log.append(("delete", who, id))
        with pytest.raises(NoSuchRecord):
            self.store.change("student", id, lambda db: None, Entry("mark", who))

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = open_store(self.address, key=KEY, kinds=KINDS, create=False)

    @rule()
    def back_up_and_restore(self) -> None:
        name = str(len(list(self.home.iterdir())))
        self.store.backup(self.home / f"{name}.backup")
        restore(self.home / f"{name}.backup", self.home / name, key=KEY, kinds=KINDS)
        with open_store(self.home / name, key=KEY, kinds=KINDS) as restored:
            assert restored.list("student") == self.store.list("student")

    @invariant()
    def holds_what_was_put_in(self) -> None:
        if not hasattr(self, "store"):
            return
        type(self).steps += 1
        assert {row.id for row in self.store.list("student")} == self.model.keys()
        for school in ("s1", "s2"):
            here = {id for id, student in self.model.items() if student["school"] == school}
            assert {row.id for row in self.store.list("student", school=school)} == here
        for id, student in self.model.items():
            found = self.store.get("student", id)
            assert found
            assert found.version == self.versions[id]
            assert {row["item"]: row["value"] for row in found.db.table("marks")} == student["marks"]
        assert [(row.action, row.who, row.id) for row in reversed(self.store.history())] == self.log

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert self.store.verify().ok
            self.store.close()

    @classmethod
    def on(cls, server: Server | None) -> type[Self]:
        def emptied(self: Acts) -> None:
            if server:
                server.sql("DROP SCHEMA IF EXISTS handbook_store CASCADE")
            RuleBasedStateMachine.__init__(self)

        return type("ActsThere", (cls,), {"url": server.url() if server else "", "__init__": emptied})


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_any_order_of_acts_leaves_what_the_model_holds(engine: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("postgres") if engine == "postgres" else None
    acts, examples = Acts.on(server), max(STEPS_WANTED // STEPS, 2)
    usual = settings(stateful_step_count=STEPS, suppress_health_check=list(HealthCheck), max_examples=examples)
    runs = 0
    while acts.steps < STEPS_WANTED:
        run_state_machine_as_test(acts, settings=usual)
        runs += 1
    tell(f"any order of acts, against a model: {engine}", acts.steps, also=f"steps, in {runs} runs of {examples} examples")
