"""A year of a district, from the first account in August to a case manager who leaves in the November after, day by day.

`STORY` is what people do, each by the app's own forms. `DAYS` is what everybody sees, at noon of that day and before anything is done on it. It is
written by hand from the handbook, the announced dates and the calendar; nothing in it is worked out by the program. What is not said on a day is as
on the day before, and is looked at all the same: every person, every student.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from forms_app.desk import Desk
from forms_app.handbook import Handbook
from forms_app.records import open_the_store
from forms_app.settings import Smtp
from forms_app.store import new_key
from tests.a_year import NO, SHARED, YES, Day, Town, can_sign_in
from tests.district import FakeClock
from tests.smtp_server import MailServer

# What the handbook calls the items.
ADVOCATE, DISTRICT_STAFF, SCHOOL_STAFF = "Advocate for the student", "Be the link to district staff", "Be the link to school staff"
DUTIES = "Plan the duties with the administrators, the team and the teachers"
SCHEDULE = "Plan the schedule with the administrators, the team and the teachers"
DEVELOP, DOCUMENT = "Coordinate the development of the IEP", "Coordinate the documentation of the IEP"
WITH_STUDENT, WITH_PARENTS, WITH_TEACHERS = "Plan with the student", "Plan with the parents", "Plan with the subject teachers"
SHARE, SHARE_SEA = "Share the final IEP with the teachers and everyone involved", "Share the final IEP with the SEAs and the CCW"
FILE_IEP, IN_PLACE = "File the IEP", "See that an IEP is in place"
IMPLEMENT, MONITOR = "Coordinate how the IEP is put into practice", "Monitor progress"
SUPPORTS, FINE_TUNE = "Evaluate how well adaptations or modifications work", "Fine-tune the IEP"
EVALUATE, EXAMS = "Evaluate progress as the IEP says", "Consider whether the student qualifies for exam supports"
REVIEW, NEXT_YEAR = "Organize the year-end review meeting", "Plan the IEP for the next school year"
NAMED, PROGRAM = "See that a case manager is named", "Record and file support program information"
ARRIVAL, ARRIVAL_2 = "Plan the move into Grade 8", "Help the move into Grade 8 along"
LEAVING, LEAVING_2 = "Plan the move out of Grade 12", "Help the move out of Grade 12 along"
FIRST_DOCUMENTS, KEEP_CURRENT = "File the documents behind the first designation", "Keep the documents current"
DISCUSS, SEND = "Discuss the request with the school psychologist", "Send the documents to SSS"
REPORT, FORWARD = "File the new report in the Red File", "Forward a copy of the report to SSS"
REVIEW_SBT, GATHER, PRESENT = (
    "Build a file review for the SBT meeting",
    "Gather information about the student",
    "Present the information at the meeting",
)
MINUTES = "File the SBT minutes that pertain to the student"
REVIEW_REFERRAL, REVIEW_IEP = "Build a file review for the referral", "Build a file review for the IEP meeting"
FORM, PAPERS = "Prepare the referral form", "Prepare the required documentation"
CONSENT, SUBMIT = "Obtain informed written parental consent", "Submit the referral to SSS"
PHOTO = "Book the graduation photo"
RENEW = "Renew the consent: Invented Agency"

EVENTS = {
    "report": "A new confidential report arrived", "sbt": "School-based team meeting about this student", "referral": "Referral to Student Support Services",
    "iep": "IEP meeting", "agency": "Information to be exchanged with an outside agency", "designation": "Request for a Ministry designation",
}  # fmt: skip
CALENDAR = """
2026-09-07, Labour Day
2026-09-30, National Day for Truth and Reconciliation
2026-10-12, Thanksgiving
2026-10-23, Professional day
2026-11-11, Remembrance Day
2026-12-21, 2027-01-01, Winter break
2027-02-15, Family Day
2027-03-15, 2027-03-29, Spring break
2027-05-24, Victoria Day
2027-09-06, Labour Day
2027-09-30, National Day for Truth and Reconciliation
2027-10-11, Thanksgiving
""".strip()


# --- what people do -------------------------------------------------------------------------------------------------


def set_up(town: Town) -> None:
    """August: schools, accounts, the calendar, students."""
    town.first_administrator("admin", "Admeta Fjordby")
    for name, code in (("Cedarprobe Secondary", "04299001"), ("Harbourprobe Secondary", "04299002")):
        page = town.as_("admin").get("/people")
        assert page.status == 200
        assert town.as_("admin").post("/schools", {"school_name": name, "code": code}).status == 303
    for username, name, role in (
        ("manager", "Mirabeth Quoxley", "case manager"), ("colleague", "Cornelis Vranzel", "case manager"), ("principal", "Perrault Zindel", "principal"),
        ("assistant", "Lowri Knoxham", "education assistant"), ("member", "Tamsin Ubrecht", "SBT member"), ("office", "Okpara Dwinnel", "office staff"),
    ):  # fmt: skip
        town.add_person(username, name, role, "Cedarprobe Secondary")
    town.add_person("elsewhere", "Elsbeth Jarvok", "case manager", "Harbourprobe Secondary")
    town.add_person("sss", "Sunniva Strobex", "Student Support Services")
    imported = town.send("sss", "/dates/calendar/import", "/dates/calendar/import", ok=200, text=CALENDAR)
    taken = {**imported.form("/dates/calendar/import"), "take": "yes"}
    assert town.as_("sss").post("/dates/calendar/import", taken).status == 303
    town.add_student("manager", "Arvid", "Lindqvane", "12", leaving="yes")
    town.add_student("manager", "Bryony", "Castellane", "10", "coded", category="Q", iep="yes", assistant="yes")
    town.add_student("manager", "Cosmo", "Dunwhistle", "09")
    town.add_student("colleague", "Delphine", "Oakmarch", "11")
    town.add_student("principal", "Nerys", "Farrowick", "08", case_manager="Nobody yet")
    town.add_student("elsewhere", "Elodie", "Pemberquill", "09")
    for who in ("manager", "colleague"):
        town.remind_me(who)


def name_the_assistant(town: Town) -> None:
    people = f"{town.path('Bryony')}/people"
    page = town.as_("manager").get(people)
    [who] = [one.attributes["value"] for one in page.root.all("option") if one.text == "Lowri Knoxham, education assistant"]
    assert town.as_("manager").post(people, {"part": "team", "who": who, "since": "2026-09-11"}).status == 303


def discuss_then_send(town: Town, by: str, given: str, discussed: str, sent: str) -> None:
    refused = town.mark(by, given, SEND, ok=422, on=sent)
    assert f"First mark “{DISCUSS}” as done." in refused.text
    town.mark(by, given, DISCUSS, on=discussed, people="the school psychologist")
    town.mark(by, given, SEND, on=sent)
    assert f"Sent to Student Support Services (SSS), {_words(sent)}" in town.as_(by).get(town.path(given)).text


def name_the_case_manager(town: Town) -> None:
    town.send("principal", f"{town.path('Nerys')}/edit", case_manager="Cornelis Vranzel")
    town.mark("manager", "Bryony", DUTIES, people="principal and SEA")
    town.mark("manager", "Bryony", SCHEDULE, "waiting", waiting_for="the timetable")


def meet(town: Town) -> None:
    """The report is filed, not yet forwarded; a meeting is arranged, and the team discusses the student until a week after it."""
    town.tick("manager", "Cosmo", REPORT)
    town.happens("manager", "Cosmo", EVENTS["sbt"], "2026-10-14", "regular")
    people = f"{town.path('Cosmo')}/people"
    assert (
        town.as_("manager").post(people, {"part": "sbt", "since": "2026-10-05", "until": "2026-10-21", "reason": "meeting"}).status == 303
    )


def delegate(town: Town) -> None:
    key = town.key("Cosmo", GATHER, "manager")
    town.send("manager", f"{town.path('Cosmo')}/items/{key}/delegate", who="Okpara Dwinnel", needs="The attendance of September")


def done_by_the_office(town: Town) -> None:
    [link] = [one for one in town.as_("office").get("/").links if one.startswith("/delegated/")]
    page = town.as_("office").get(link)
    assert "The attendance of September" in page.text
    assert "Dunwhistle" not in page.text, "only the initials"
    town.send("office", link, link, status="done")
    assert town.as_("office").get(link).status == 404, "it ends with the item"
    town.mark("manager", "Cosmo", REVIEW_SBT, on="2026-10-13")


def refer(town: Town) -> None:
    town.mark("manager", "Cosmo", FORWARD, on="2026-10-16")
    town.tick("manager", "Cosmo", MINUTES)
    town.happens("manager", "Cosmo", EVENTS["referral"], "2026-10-19", "School Psychology")


def send_only_with_a_consent(town: Town) -> None:
    town.tick("manager", "Cosmo", FORM)
    town.tick("manager", "Cosmo", PAPERS)
    refused = town.mark("manager", "Cosmo", SUBMIT, ok=422)
    assert f"First mark “{CONSENT}” as done." in refused.text
    key = town.key("Cosmo", CONSENT, "manager")
    consents = f"{town.path('Cosmo')}/consents"
    town.send("manager", f"{consents}?item={key}", consents, signed_on="2026-10-20", place="G4 file")
    town.tick("manager", "Cosmo", SUBMIT)
    town.mark("manager", "Cosmo", REVIEW_REFERRAL, on="2026-10-19")
    town.happens("manager", "Bryony", EVENTS["iep"], "2026-10-22", "planning")


def write_the_iep(town: Town) -> None:
    town.mark("manager", "Bryony", REVIEW_IEP, on="2026-10-21")
    town.mark("manager", "Bryony", WITH_STUDENT, on="2026-10-22")
    town.mark("manager", "Bryony", WITH_PARENTS, on="2026-10-22", people="mother")
    town.mark("manager", "Bryony", WITH_TEACHERS, "partly", on="2026-10-22")
    assert "Held on 22 October 2026; still open" in town.as_("manager").get(town.path("Bryony")).text
    town.tick("manager", "Bryony", DEVELOP)
    town.tick("manager", "Bryony", DOCUMENT)
    town.send(
        "manager", "/handovers/cover", "/handovers/cover", who="Cornelis Vranzel", since="2026-10-27", until="2026-10-30", reason="a course"
    )  # all of the caseload is ticked


def share_the_iep(town: Town) -> None:
    town.mark("manager", "Bryony", WITH_TEACHERS, on="2026-11-02", people="English and Science teachers")
    assert (
        "Held on 22 October 2026; done, with English and Science teachers, 2 November 2026"
        in town.as_("manager").get(town.path("Bryony")).text
    )
    town.mark("manager", "Bryony", SHARE, shared_with="all subject teachers")
    town.mark("manager", "Bryony", SHARE_SEA, shared_with="the SEA")
    town.tick("manager", "Bryony", FILE_IEP)
    shared = town.as_("assistant").get(f"{town.path('Bryony')}/shared").text
    assert "Done, 2 November 2026" in shared
    assert "G4" not in shared
    town.send("manager", f"{town.path('Arvid')}/own/new", title=PHOTO, decided_by="case manager", due="2026-11-27")
    town.happens("manager", "Bryony", EVENTS["agency"], "2026-11-02", "Invented Agency")
    key, consents = town.key("Bryony", CONSENT, "manager"), f"{town.path('Bryony')}/consents"
    town.send("manager", f"{consents}?item={key}", consents, signed_on="2026-11-02", place="G4 file", until="2027-02-26")


def grant_time(town: Town) -> None:
    key = town.key("Arvid", PHOTO, "manager")
    town.send("manager", f"{town.path('Arvid')}/items/{key}/due", date="2026-12-18", reason="the photographer was ill")


def renew(town: Town) -> None:
    consents = f"{town.path('Bryony')}/consents"
    town.send(
        "manager",
        consents,
        consents,
        purpose="release",
        agency="Invented Agency",
        signed_by="mother",
        signed_on="2027-02-17",
        place="G4 file",
    )
    discuss_then_send(town, "colleague", "Delphine", "2027-02-10", "2027-02-16")


def open_the_year(town: Town) -> None:
    page = town.as_("principal").get("/years")
    rows = {row.all("th")[0].text: row.all("td")[0].text for row in page.root.all("tr") if row.all("td")}
    assert rows == {
        "Grade 8 becomes 9": "1", "Grade 9 becomes 10": "1", "Grade 10 becomes 11": "1", "Grade 11 becomes 12": "1", "Has left, so the record closes": "1",
    }  # fmt: skip
    town.send("principal", "/years", "/years/open")
    again = town.as_("principal").post("/years/open", {"year": "2027"})
    assert "There was nothing to do" in town.as_("principal").get(again.location).text
    years = f"{town.path('Bryony')}/years"
    page = town.as_("manager").get(years)
    offered = [one.attributes["value"] for one in page.root.all("input", name="items") if one.attributes.get("type") == "checkbox"]
    assert "iep.next-year" in offered
    assert "iep.year-end-review" not in offered, "it is done"
    town.send("manager", years, f"{years}/carry", items=["iep.next-year"])
    assert "Grade 11" in town.as_("manager").get(town.path("Bryony")).text
    assert "This is the checklist of 2026/27. It is closed" in town.as_("manager").get(f"{town.path('Bryony')}/2026").text


def hand_over_everything(town: Town) -> None:
    answer = town.send("manager", "/handovers/new", "/handovers/new", who="Cornelis Vranzel")  # all of the caseload is ticked
    assert answer.location == "/handovers"


def accept_everything(town: Town) -> None:
    packet = town.as_("colleague").get(f"{town.path('Bryony')}/handover").text
    assert "Mirabeth Quoxley" in packet
    assert DUTIES in packet
    assert RENEW not in packet
    town.send("colleague", "/handovers", "/handovers/accept")


def close_the_account(town: Town) -> None:
    page = town.as_("admin").get("/people")
    [link] = [one.attributes["href"] for one in page.root.all("a") if one.text == "Mirabeth Quoxley"]
    assert town.as_("admin").post(f"{link}/disable").status == 303
    assert not can_sign_in(town.app, "manager")
    assert town.read_feed("manager") is None
    town.left.add("manager")


STORY: dict[str, Callable[[Town], None]] = {
    "2026-08-24": set_up,
    "2026-09-01": lambda town: town.happens("manager", "Cosmo", EVENTS["designation"], "2026-09-01", "first request"),
    "2026-09-02": lambda town: town.announce("Designation documents, September", "2026-09-18", "to the SSS office"),
    "2026-09-11": name_the_assistant,
    "2026-09-21": lambda town: discuss_then_send(town, "manager", "Cosmo", "2026-09-10", "2026-09-18"),
    "2026-09-22": name_the_case_manager,
    "2026-09-28": lambda town: town.mark("manager", "Bryony", SCHEDULE, people="principal"),
    "2026-10-02": lambda town: town.happens("manager", "Cosmo", EVENTS["report"], "2026-10-02", "hospital report"),
    "2026-10-05": meet,
    "2026-10-13": delegate,
    "2026-10-14": done_by_the_office,
    "2026-10-15": lambda town: town.mark("member", "Cosmo", PRESENT, on="2026-10-14"),
    "2026-10-19": refer,
    "2026-10-20": send_only_with_a_consent,
    "2026-10-26": write_the_iep,
    "2026-11-02": share_the_iep,
    "2026-11-30": grant_time,
    "2027-01-04": lambda town: town.tick("manager", "Arvid", PHOTO),
    "2027-01-18": lambda town: town.happens("colleague", "Delphine", EVENTS["designation"], "2027-01-18", "first request"),
    "2027-02-01": lambda town: town.announce("Designation documents, February", "2027-02-16"),
    "2027-02-17": renew,
    "2027-05-03": lambda town: town.announce("Year end", "2027-06-18"),
    "2027-06-07": lambda town: town.mark("manager", "Bryony", REVIEW, people="mother and student"),
    "2027-09-07": open_the_year,
    "2027-09-08": lambda town: town.tick("manager", "Bryony", NEXT_YEAR),
    "2027-11-01": hand_over_everything,
    "2027-11-02": accept_everything,
    "2027-11-03": close_the_account,
}


# --- what everybody sees --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stands:
    """A student on one day: under which heading, what is next, when; and the titles that the page says are urgent."""

    heading: str
    next: str
    when: str
    overdue: tuple[str, ...] = ()
    soon: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()


def overdue(when: str, *titles: str, soon: tuple[str, ...] = (), passed: tuple[str, ...] = ()) -> Stands:
    return Stands("Overdue", titles[0], when, titles, soon, passed)


def soon(when: str, *titles: str, passed: tuple[str, ...] = ()) -> Stands:
    return Stands("Due soon", titles[0], when, (), titles, passed)


def passed(when: str, *titles: str) -> Stands:
    return Stands("Usual time has passed", titles[0], when, (), (), titles)


def later(title: str, when: str) -> Stands:
    return Stands("Not due yet", title, when)


QUIET = later(SCHOOL_STAFF, "no set time")
FIRST_WEEKS, OCTOBER_END = "suggested first weeks of September", "suggested end of October"
IEP_PLANS = (DEVELOP, WITH_STUDENT, WITH_PARENTS, WITH_TEACHERS, DOCUMENT)


@dataclass(frozen=True)
class Sees:
    """Whom one person sees, in which part of the first screen; `closed` opens without being listed."""

    mine: str = ""
    take_part: str = ""
    assist: str = ""
    all: str = ""
    closed: str = ""
    given: str = ""
    handovers: tuple[str, ...] = ()


def day(on: str, *, sees: dict[str, Sees] | None = None, digest: dict[str, str] | None = None, feed: dict[str, dict[str, str]] | None = None,
        mail: dict[str, str] | None = None, **students: Stands) -> dict[str, Any]:  # fmt: skip
    """One row of the table. `digest` and `feed` name everybody who has something due; `mail` who gets an e-mail, once a week at most."""
    return {"on": on, "sees": sees or {}, "digest": digest or {}, "feed": feed or {}, "mail": mail or {}, "students": students}


CEDAR_ALL = "Arvid Bryony Cosmo Delphine Nerys"
NOTHING = Sees()

DAYS = [
    # Set up. Nothing has a date yet: “first weeks of September” is more than two weeks away.
    day("2026-08-25",
        sees={"manager": Sees(mine="Arvid Bryony Cosmo"), "colleague": Sees(mine="Delphine"), "elsewhere": Sees(mine="Elodie"),
              "principal": Sees(all=CEDAR_ALL), "sss": Sees(all=f"{CEDAR_ALL} Elodie"), "assistant": NOTHING, "member": NOTHING, "office": NOTHING},
        Arvid=QUIET, Bryony=later(DUTIES, FIRST_WEEKS), Cosmo=QUIET, Delphine=QUIET, Elodie=QUIET, Nerys=replace(QUIET, heading="No case manager")),
    # A request for a designation: the time is known, the day is not.
    day("2026-09-02", Cosmo=soon("mid-September", SEND), digest={"manager": "1 item due"}, mail={"manager": "1 item due"}),
    # SSS has announced 18 September.
    day("2026-09-08", Cosmo=soon("18 Sep", SEND), digest={"manager": "1 item due"}, mail={"manager": "1 item due"}, feed={"manager": {"2026-09-18": "1 item due"}}),
    day("2026-09-11", Bryony=soon(FIRST_WEEKS, DUTIES, SCHEDULE), digest={"manager": "3 items due"}, feed={"manager": {"2026-09-18": "1 item due"}}),
    # The day itself, and the Saturday after it: not overdue. The assistant has been named to Bryony's team.
    day("2026-09-18", sees={"assistant": Sees(assist="Bryony")}, digest={"manager": "3 items due"}, mail={"manager": "3 items due"}, feed={"manager": {"2026-09-18": "1 item due"}}),
    day("2026-09-19", digest={"manager": "3 items due"}, feed={"manager": {"2026-09-18": "1 item due"}}),
    day("2026-09-21", Cosmo=overdue("1 school day overdue", SEND), digest={"manager": "2 items due, 1 overdue"}, mail={"manager": "2 items due, 1 overdue"},
        feed={"manager": {"2026-09-18": "1 item due"}}),
    # Sent on the 18th, recorded on the 21st.
    day("2026-09-22", Cosmo=QUIET, digest={"manager": "2 items due"}),
    # The duties are planned, the schedule waits for somebody else and is quiet. Nerys has a case manager.
    day("2026-09-28", sees={"colleague": Sees(mine="Delphine Nerys")}, Bryony=later(DEVELOP, OCTOBER_END), Nerys=QUIET),
    # A report: two duties. Their time is a suggestion, so the calendar feed says nothing.
    day("2026-10-05", Cosmo=soon("suggested 16 Oct", REPORT, FORWARD), digest={"manager": "2 items due"}, mail={"manager": "2 items due"}),
    # A meeting is arranged, and the school-based team discusses Cosmo.
    day("2026-10-06", sees={"member": Sees(take_part="Cosmo")}, Cosmo=soon("14 Oct", REVIEW_SBT, GATHER, PRESENT, FORWARD),
        digest={"manager": "4 items due"}, feed={"manager": {"2026-10-14": "3 items due"}}),
    # One item has been given to the office: it waits for them, and does not shout at the case manager any more.
    day("2026-10-14", sees={"office": Sees(given=f"{GATHER}, C. D., 14 Oct")}, Cosmo=soon("14 Oct", REVIEW_SBT, PRESENT, FORWARD, MINUTES),
        digest={"manager": "4 items due", "office": "1 item due"}, mail={"manager": "4 items due"}, feed={"manager": {"2026-10-14": "2 items due"}}),
    day("2026-10-15", sees={"office": NOTHING}, Cosmo=overdue("1 school day overdue", PRESENT, soon=(FORWARD, MINUTES)),
        digest={"manager": "2 items due, 1 overdue"}, feed={"manager": {"2026-10-14": "1 item due"}}),
    # A suggested time that is over is said, and not called overdue.
    day("2026-10-19", Cosmo=soon("suggested 21 Oct", MINUTES, passed=(FORWARD,)), Bryony=soon(OCTOBER_END, *IEP_PLANS),
        digest={"manager": "6 items due"}, mail={"manager": "6 items due"}),
    day("2026-10-20", Cosmo=overdue("1 school day overdue", REVIEW_REFERRAL), digest={"manager": "5 items due, 1 overdue"}, feed={"manager": {"2026-10-19": "1 item due"}}),
    # The referral is sent; the team no longer discusses Cosmo. 23 October is a professional day: what was due on the 22nd is not overdue yet.
    day("2026-10-23", sees={"member": NOTHING}, Cosmo=QUIET, Bryony=soon("22 Oct", REVIEW_IEP, *IEP_PLANS), digest={"manager": "6 items due"},
        feed={"manager": {"2026-10-22": "1 item due"}}),
    day("2026-10-26", Bryony=overdue("1 school day overdue", REVIEW_IEP, soon=IEP_PLANS), digest={"manager": "5 items due, 1 overdue"},
        mail={"manager": "5 items due, 1 overdue"}, feed={"manager": {"2026-10-22": "1 item due"}}),
    # The colleague covers, and is reminded as well. The IEP was documented on the 26th: what follows is suggested two weeks later.
    day("2026-10-28", sees={"colleague": Sees(mine="Delphine Nerys", take_part="Arvid Bryony Cosmo")}, Bryony=soon(OCTOBER_END, WITH_TEACHERS, FILE_IEP, SHARE, SHARE_SEA),
        digest={"manager": "4 items due", "colleague": "4 items due"}, mail={"colleague": "4 items due"}),
    # The cover has ended by itself.
    day("2026-11-02", sees={"colleague": Sees(mine="Delphine Nerys")}, Bryony=soon("suggested 9 Nov", FILE_IEP, SHARE, SHARE_SEA, passed=(WITH_TEACHERS,)),
        digest={"manager": "3 items due"}, mail={"manager": "3 items due"}),
    day("2026-11-16", Bryony=later(IN_PLACE, "no set time"), Arvid=soon("27 Nov", PHOTO), digest={"manager": "1 item due"}, mail={"manager": "1 item due"},
        feed={"manager": {"2026-11-27": "1 item due"}}),
    day("2026-11-30", Arvid=overdue("1 school day overdue", PHOTO), digest={"manager": "1 item overdue"}, mail={"manager": "1 item overdue"},
        feed={"manager": {"2026-11-27": "1 item due"}}),
    # It was moved to 18 December; then comes the winter break, in which nothing gets later.
    day("2026-12-08", Arvid=soon("18 Dec", PHOTO), digest={"manager": "1 item due"}, mail={"manager": "1 item due"}, feed={"manager": {"2026-12-18": "1 item due"}}),
    day("2026-12-21", digest={"manager": "1 item due"}, mail={"manager": "1 item due"}, feed={"manager": {"2026-12-18": "1 item due"}}),
    day("2027-01-04", Arvid=overdue("1 school day overdue", PHOTO), digest={"manager": "1 item overdue"}, mail={"manager": "1 item overdue"},
        feed={"manager": {"2026-12-18": "1 item due"}}),
    day("2027-01-18", Arvid=QUIET),
    # February: the window before it is announced; a consent that expires within 30 days.
    day("2027-02-01", Delphine=soon("mid-February", SEND), Bryony=later(RENEW, "expires 26 Feb"), digest={"colleague": "1 item due"}, mail={"colleague": "1 item due"}),
    day("2027-02-16", Delphine=soon("16 Feb", SEND), Bryony=soon("expires 26 Feb", RENEW), digest={"manager": "1 item due", "colleague": "1 item due"},
        mail={"manager": "1 item due", "colleague": "1 item due"}, feed={"colleague": {"2027-02-16": "1 item due"}}),
    day("2027-02-17", Delphine=overdue("1 school day overdue", SEND), digest={"manager": "1 item due", "colleague": "1 item overdue"},
        feed={"colleague": {"2027-02-16": "1 item due"}}),
    day("2027-03-15", Delphine=QUIET, Bryony=later(IN_PLACE, "no set time")),
    # The year's end, announced for 18 June.
    day("2027-06-07", Bryony=soon("18 Jun", REVIEW, NEXT_YEAR), digest={"manager": "2 items due"}, mail={"manager": "2 items due"}, feed={"manager": {"2027-06-18": "2 items due"}}),
    day("2027-06-14", Bryony=soon("18 Jun", NEXT_YEAR), digest={"manager": "1 item due"}, mail={"manager": "1 item due"}, feed={"manager": {"2027-06-18": "1 item due"}}),
    # What has no time of its own stays quiet also in the year's last days: the next year offers to carry it over.
    day("2027-06-21", Arvid=QUIET, Bryony=overdue("1 school day overdue", NEXT_YEAR), Cosmo=QUIET, Elodie=QUIET, Delphine=QUIET, Nerys=QUIET,
        digest={"manager": "1 item overdue"}, mail={"manager": "1 item overdue"}, feed={"manager": {"2027-06-18": "1 item due"}}),
    # The new year's checklists are there by themselves, and nobody is late in July.
    day("2027-07-05", Arvid=QUIET, Bryony=later(DUTIES, FIRST_WEEKS), Cosmo=QUIET, Elodie=QUIET, Delphine=QUIET, Nerys=QUIET),
    # The year was opened: Arvid's record is closed, and what Bryony brings along has been late since 18 June (8 school days in June, 5 in September).
    day("2027-09-08", sees={"manager": Sees(mine="Bryony Cosmo"), "principal": Sees(all="Bryony Cosmo Delphine Nerys", closed="Arvid"),
                            "sss": Sees(all="Bryony Cosmo Delphine Nerys Elodie", closed="Arvid")},
        Bryony=overdue("13 school days overdue", NEXT_YEAR), digest={"manager": "1 item overdue"}, mail={"manager": "1 item overdue"}, feed={"manager": {"2027-06-18": "1 item due"}}),
    day("2027-09-13", Bryony=soon(FIRST_WEEKS, DUTIES, SCHEDULE), digest={"manager": "2 items due"}, mail={"manager": "2 items due"}),
    # November: the case manager leaves. The whole caseload is offered …
    day("2027-11-01", Bryony=passed(f"{FIRST_WEEKS}, passed", DUTIES, SCHEDULE, *IEP_PLANS)),
    day("2027-11-02", sees={
        "manager": Sees(mine="Bryony Cosmo", handovers=tuple(f"{one}: you have asked Cornelis Vranzel to take over; not answered yet" for one in ("Bryony", "Cosmo"))),
        "colleague": Sees(mine="Delphine Nerys", handovers=tuple(f"{one}: Mirabeth Quoxley asks you to take over" for one in ("Bryony", "Cosmo"))),
        "principal": Sees(all="Bryony Cosmo Delphine Nerys", closed="Arvid", handovers=tuple(f"{one}: Mirabeth Quoxley has asked Cornelis Vranzel to take over; not answered yet" for one in ("Bryony", "Cosmo")))}),
    # … and accepted: access has moved.
    day("2027-11-03", sees={"manager": NOTHING, "colleague": Sees(mine="Bryony Cosmo Delphine Nerys"), "principal": Sees(all="Bryony Cosmo Delphine Nerys", closed="Arvid")}),
    # The account is closed.
    day("2027-11-04", sees={"manager": NOTHING}),
]  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """One row with everything that stands as before filled in."""

    sees: dict[str, Sees]
    students: dict[str, Stands]
    row: dict[str, Any]

    def lines(self, username: str) -> list[str]:
        found = self.sees[username]
        named = [(part, given) for part in ("mine", "take part", "all") for given in getattr(found, part.replace(" ", "_")).split()]
        lines = [f"{part}: {s.heading}: {given}, {s.next}, {s.when}" for part, given in named for s in [self.students[given]]]
        lines += [f"assist: {given}" for given in found.assist.split()] + [f"given: {found.given}"] * bool(found.given)
        return sorted(lines + [f"handover: {one}" for one in found.handovers])

    def opens(self, username: str) -> dict[str, str]:
        found = self.sees[username]
        whole, part = f"{found.mine} {found.take_part} {found.all} {found.closed}".split(), found.assist.split()
        return {given: YES if given in whole else SHARED if given in part else NO for given in self.students}

    def urgent(self, given: str) -> dict[str, list[str]]:
        stands = self.students[given]
        found = {"Overdue": stands.overdue, "Due soon": stands.soon, "Usual time has passed": stands.passed}
        return {heading: list(titles) for heading, titles in found.items() if titles}


def _filled() -> Iterator[Expected]:
    sees, students = dict[str, Sees](), dict[str, Stands]()
    for row in DAYS:
        sees, students = {**sees, **row["sees"]}, {**students, **row["students"]}
        yield Expected(sees, students, row)


EXPECTED = {one.row["on"]: one for one in _filled()}


@pytest.fixture(scope="module")
def year(_one_app: Flask, book: Handbook) -> Iterator[dict[str, Day]]:
    """The whole story, told once; what everybody saw, by day."""
    desk: Desk = _one_app.extensions["desk"]
    before, clock = dict(vars(desk)), FakeClock()
    with pytest.MonkeyPatch.context() as patched, MailServer() as mail, open_the_store("memory://", new_key(), clock) as store:
        patched.setattr("forms_app.proving.outdated", lambda password_hash: False)
        patched.setattr("forms_app.views.welcome.HASHER", PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1))
        smtp = Smtp("127.0.0.1", mail.port, "checklist@example.ca", "none")
        settings = replace(before["settings"], url="https://checklist.example.ca", smtp=smtp)
        vars(desk).update(vars(Desk(store, book, settings, clock)))
        town, found = Town(_one_app, clock, mail), dict[str, Day]()
        for on in sorted({*STORY, *EXPECTED}):
            town.wake(dt.date.fromisoformat(on))
            if on in EXPECTED:
                found[on] = town.look()
            if on in STORY:
                STORY[on](town)
        yield found
        vars(desk).update(before)


@pytest.mark.parametrize("on", EXPECTED)
def test_what_everybody_sees_on(on: str, year: dict[str, Day]) -> None:
    expected, found = EXPECTED[on], year[on]
    for username, seen in found.people.items():
        assert sorted(seen.lines) == expected.lines(username), username
    assert len(found.people) == (8 if on < "2027-11-04" else 7)


@pytest.mark.parametrize("on", EXPECTED)
def test_whose_pages_open_on(on: str, year: dict[str, Day]) -> None:
    expected, found = EXPECTED[on], year[on]
    assert {username: seen.opens for username, seen in found.people.items()} == {
        username: expected.opens(username) for username in found.people
    }


@pytest.mark.parametrize("on", EXPECTED)
def test_what_a_students_page_calls_urgent_on(on: str, year: dict[str, Day]) -> None:
    expected, found = EXPECTED[on], year[on]
    for given in expected.students:
        if (on, given) < ("2027-09-08", "") or given != "Arvid":  # whose record is closed then
            assert found.students[given] == expected.urgent(given), given


@pytest.mark.parametrize("on", EXPECTED)
def test_what_the_reminders_say_on(on: str, year: dict[str, Day]) -> None:
    row, found = EXPECTED[on].row, year[on]
    assert {username: seen.digest for username, seen in found.people.items() if seen.digest != "nothing due"} == row["digest"]
    assert {username: seen.feed for username, seen in found.people.items() if seen.feed} == row["feed"]
    assert sorted(found.e_mails) == sorted(row["mail"].items())


def _words(day: str) -> str:
    found = dt.date.fromisoformat(day)
    return f"{found.day} {found:%B %Y}"
