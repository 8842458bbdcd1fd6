"""The finished sheet of one student, composed in words as they are now: names and days do not change in it afterwards."""

from __future__ import annotations

from forms_app.meetings import Meeting
from forms_app.records import sheets
from forms_app.sheets import SECTIONS, Minutes, Sheet, rows_of
from forms_app.students import Student
from forms_app.views import current


def compose(sheet: Sheet, student: Student, meeting: Meeting) -> Minutes:
    """The sheet as it would be filed now."""
    desk = current.desk()
    people = desk.people()
    names = {one.id: one.name for one in people.values()}
    manager = names.get(student.case_manager_on(desk.today()), "")
    present = [
        f"{one.name} ({', '.join(sorted(role.value for role in one.roles_at(meeting.school)))})"
        for one in sorted((people[id] for id in meeting.present or meeting.members if id in people), key=lambda one: one.name.casefold())
    ]
    present += [meeting.others] if meeting.others else []
    present += [one.who for one in sheet.guests]
    school = desk.schools().get(meeting.school)
    return Minutes(
        meeting=meeting.id, school=school.name if school else "", day=meeting.day, present=tuple(present), chair=names.get(meeting.chair, ""),
        recorder=names.get(meeting.recorder, ""), purposes=tuple(one.label for one in sheet.purposes),
        texts={key: sheet.written(key) for key in SECTIONS}, decisions=rows_of(sheet.standing, names, manager or "the case manager"),
        review=sheet.review, by=current.person().id, at=desk.now(),
    )  # fmt: skip


def finish_sheet(student: Student, meeting: Meeting) -> bool:
    """Finish one sheet; False where it was finished already. Raises SheetRefused and WrittenMeanwhile."""
    desk = current.desk()
    seen = desk.sheet(student.id, meeting.id)
    names = {one.id: one.name for one in desk.people().values()}
    return sheets.finish(desk.store, student.id, seen, compose(seen, student, meeting), names, current.actor())
