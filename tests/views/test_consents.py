"""The consents of a student: recording, withdrawing, renewing, what is blocked without one, and what was allowed without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from forms_app.checklists import Status
from forms_app.consents import Purpose
from tests.district import District
from tests.visitor import Visitor

Visitors = Callable[[str], Visitor]
SIGNED: dict[str, Any] = {"purpose": "referral", "signed_by": "parent", "signed_on": "2026-11-20", "place": "g4-file"}
DAY = dt.timedelta(days=1)


@pytest.fixture
def path(district: District) -> str:
    return f"/students/{district.students['own']}"


def test_a_consent_says_who_signed_when_where_the_form_is_and_until_when(manager: Visitor, path: str, district: District) -> None:
    said = {**SIGNED, "purpose": "release", "agency": "Invented Agency", "until": "2027-06-30"}
    answer = manager.post(f"{path}/consents", said)
    assert answer.status == 303
    text = manager.get(f"{path}/consents").text
    for words in (
        "Release of information to an outside agency: Invented Agency", "Current until 30 June 2027", "Signed by parent, 20 November 2026", "G4 file", "Mirabeth Quoxley",
    ):  # fmt: skip
        assert words in text
    assert len(district.record(district.students["own"]).consents) == 1
    manager.post(f"{path}/consents", said)
    assert len(district.record(district.students["own"]).consents) == 1, "a double click is one consent"


def test_a_signature_of_tomorrow_or_an_end_before_it_is_refused_and_nothing_typed_is_lost(manager: Visitor, path: str) -> None:
    page = manager.post(f"{path}/consents", {**SIGNED, "signed_on": "2026-11-25", "signed_by": "the grandmother"})
    assert page.status == 422
    assert "Nobody can have signed on 25 November 2026" in page.text
    assert page.kept("signed_by") == "the grandmother"
    page = manager.post(f"{path}/consents", {**SIGNED, "until": "2026-11-19"})
    assert page.status == 422
    assert "is before the signature on 20 November 2026" in page.text
    for missing, words in (
        ({"purpose": ""}, "Choose what the consent is for"), ({"signed_on": ""}, "Enter the day of the signature"), ({"place": ""}, "Say where the signed form is"),
        ({"place": "elsewhere", "place_elsewhere": ""}, "Say where the signed form is"), ({"purpose": "release"}, "Name the agency"), ({"signed_on": "never"}, "day"),
    ):  # fmt: skip
        page = manager.post(f"{path}/consents", {**SIGNED, **missing})
        assert page.status == 422, missing
        assert words in page.text, missing


def test_one_form_records_the_consent_and_marks_the_signature(manager: Visitor, path: str, district: District) -> None:
    student = district.students["own"]
    event = district.event(student, "referral", detail="Hearing")
    submit, consent = f"referral.submit@{event}", f"referral.consent@{event}"
    row = manager.get(path).part(consent)
    [link] = [one.attributes["href"] for one in row.all("a") if "Record consent" in one.text]
    assert link == f"{path}/consents?item={consent}"
    form = manager.get(link).form(f"{path}/consents")
    assert (form["item"], form["purpose"], form["agency"], form["signed_by"]) == (consent, "referral", "Hearing", "parent")
    answer = manager.post(f"{path}/consents", {**form, **SIGNED})
    assert answer.location.endswith(f"#{consent}")
    [mark] = district.marks(student, "referral.consent")
    assert (mark.status, mark.on, mark.facts) == (Status.DONE, dt.date(2026, 11, 20), {"signed by": "parent"})
    for item in ("referral.prepare-form", "referral.prepare-documents"):
        district.mark(student, item, occurrence=event)
    assert manager.post(f"{path}/marks", {"tick": f"{submit}|"}).status == 303
    assert "Sent to Student Support Services (SSS), 24 November 2026" in manager.get(path).part(submit).text


def test_a_signature_is_not_marked_by_itself_and_the_consent_of_its_service_marks_it_wherever_it_is_recorded(
    manager: Visitor, path: str, district: District
) -> None:
    student = district.students["own"]
    hearing, vision = (district.event(student, "referral", detail=detail) for detail in ("Hearing", "Vision"))
    key = f"referral.consent@{vision}"
    page = manager.get(f"{path}/items/{key}")
    assert "Record consent: Obtain informed written parental consent: who signed, when, and where the form is." in page.text
    assert [one.attributes["value"] for one in page.root.all("input") if one.attributes.get("name") == "status"] == [
        "waiting",
        "not needed",
        "to do",
    ]
    for refused in (
        manager.post(f"{path}/items/{key}", {"status": "done", "on": "2026-11-24", "signed_by": "parent"}),
        manager.post(f"{path}/marks", {"tick": f"{key}|"}),
    ):
        assert refused.status == 422
        assert "Record the consent: who signed, on which day, and where the form is." in refused.text
        assert f"{path}/consents?item={key}" in refused.links
    assert not district.marks(student, "referral.consent")
    assert manager.post(f"{path}/consents", {**SIGNED, "agency": ""}).status == 422, "it names no service"
    assert manager.post(f"{path}/consents", {**SIGNED, "agency": " vision "}).location.endswith(f"#{key}")
    assert [mark.occurrence for mark in district.marks(student, "referral.consent")] == [vision]
    assert manager.post(f"{path}/consents", {**SIGNED, "agency": "Counselling"}).status == 303
    assert len(district.marks(student, "referral.consent")) == 1, "no referral is for this service"
    refused = manager.post(f"{path}/items/referral.submit@{hearing}", {"status": "done", "on": "2026-11-24", "sent_to": "sss"})
    assert refused.status == 422, "the consent of one referral lets no other go out"


def test_an_unnamed_consent_of_earlier_times_counts_for_no_referral_and_the_page_asks(
    manager: Visitor, path: str, district: District
) -> None:
    event = district.event(district.students["own"], "referral", detail="Hearing")
    district.consent(district.students["own"], signed_on=dt.date(2026, 11, 2))
    text = manager.get(path).part(f"referral.submit@{event}").text
    said = "The consent of 2 November 2026 names no service, so it counts for none. If it is for Hearing, record it again and name that."
    assert said in text


def test_the_refusal_says_which_consent_is_missing_and_leads_to_where_it_is_recorded(
    manager: Visitor, path: str, district: District
) -> None:
    event = district.event(district.students["own"], "outside-agency", detail="Invented Agency")
    key = f"liaise.exchange@{event}"
    said = {"status": "done", "on": "2026-11-24", "shared_with": "the agency's worker"}
    page = manager.post(f"{path}/items/{key}", said)
    assert page.status == 422
    assert "No consent is on record for: release of information to an outside agency (Invented Agency). Record it first." in page.text
    assert f"{path}/consents?item={key}" in page.links
    assert page.kept("shared_with") == "the agency's worker"
    form = manager.get(f"{path}/consents?item={key}").form(f"{path}/consents")
    assert (form["purpose"], form["agency"]) == ("release", "Invented Agency")
    district.consent(district.students["own"], Purpose.RELEASE, "invented agency ")
    assert manager.post(f"{path}/items/{key}", said).status == 303


def test_an_exchange_whose_event_names_no_agency_is_not_recorded(manager: Visitor, path: str, district: District) -> None:
    event = district.event(district.students["own"], "outside-agency")
    page = manager.post(f"{path}/items/liaise.exchange@{event}", {"status": "done", "on": "2026-11-24", "shared_with": "them"})
    assert page.status == 422
    assert "names no agency" in page.text


def test_a_withdrawal_stays_beside_the_consent_and_counts_at_once(manager: Visitor, path: str, district: District) -> None:
    student = district.students["own"]
    one = district.consent(student, signed_on=district.today - 9 * DAY)
    address = f"{path}/consents/{one}/withdraw"
    for wrong, words in (
        ({"on": "2026-11-25", "reason": "x"}, "still to come"), ({"on": "2026-11-01", "reason": "x"}, "before the signature"), ({"on": "2026-11-24", "reason": ""}, "Say how you know"),
    ):  # fmt: skip
        page = manager.post(address, wrong)
        assert page.status == 422
        assert words in page.text
    assert manager.post(address, {"on": "2026-11-24", "reason": "the parent wrote"}).status == 303
    text = manager.get(f"{path}/consents").text
    assert "Withdrawn on 24 November 2026: the parent wrote" in text
    assert "Signed by parent, 15 November 2026" in text, "nothing was overwritten"
    assert manager.post(address, {"on": "2026-11-24", "reason": "again"}).status == 422
    assert manager.post(f"{path}/consents/nothing/withdraw", {"on": "2026-11-24", "reason": "x"}).status == 404
    assert [entry.action for entry in district.store.history("student", student)][:6].count("withdraw a consent") == 1


def test_a_consent_that_ends_soon_is_due_on_the_first_screen_and_on_the_page(manager: Visitor, path: str, district: District) -> None:
    student = district.students["own"]
    one = district.consent(
        student, Purpose.RELEASE, "Invented Agency", signed_on=district.today - 300 * DAY, until=district.today + 5 * DAY
    )
    key = f"renew.{one}"
    row = manager.get(path).part(key)
    assert "Renew the consent" in row.text
    assert "29 Nov" in row.text
    text = manager.get("/").text
    assert "Due soon" in text
    assert "Renew the consent: Invented Agency" in text
    [link] = [one.attributes["href"] for one in row.all("a") if "Record consent" in one.text]
    form = manager.get(link).form(f"{path}/consents")
    assert form["agency"] == "Invented Agency"
    manager.post(f"{path}/consents", {**form, "signed_on": "2026-11-24", "place": "g4-file"})
    assert not manager.get(path).has(key)


def test_who_may_only_read_sees_the_consents_and_no_form(visitor: Visitors, path: str, district: District) -> None:
    district.consent(district.students["own"])
    page = visitor("principal").get(f"{path}/consents")
    assert "Referral to Student Support Services" in page.text
    assert "Record a consent" not in page.text
    assert "Record a withdrawal" not in page.text


def test_an_override_is_reported_to_those_who_answer_for_it(visitor: Visitors, manager: Visitor, path: str, district: District) -> None:
    event = district.event(district.students["own"], "outside-agency", detail="Invented Agency")
    key, principal = f"liaise.exchange@{event}", visitor("principal")
    assert "No consent is on record" in principal.get(f"{path}/items/{key}/allow").text
    principal.post(f"{path}/items/{key}/allow", {"reason": "a child is in danger", "authority": "FIPPA s.33"})
    for username in ("principal", "sss"):
        text = visitor(username).get("/consents/allowed").text
        for words in ("Quillon Zephyrine", "Note that information was exchanged", "a child is in danger", "FIPPA s.33", "Perrault Zindel"):
            assert words in text, username
    assert "Quillon" not in visitor("principal-elsewhere").get("/consents/allowed").text
    assert manager.get("/consents/allowed").status == 404
    assert "a child is in danger" in manager.get(f"{path}/consents").text
    said = "Allowed without a consent (Perrault Zindel, 24 November 2026): a child is in danger. Authority: FIPPA s.33."
    assert said in manager.get(path).part(key).text
    entry = next(one for one in district.store.history("student", district.students["own"]) if one.action == "allow without a consent")
    assert entry.reason == "a child is in danger (FIPPA s.33)"
    assert principal.get(f"{path}/items/iep.develop/allow").status == 404, "it needs no consent"
    assert "Nothing is missing" in principal.get(f"{path}/items/{key}/allow").text
