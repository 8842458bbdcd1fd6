"""Who was affected: which students' records an account or a session saw or changed in a period, from the audit log (FIPPA s.36.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from forms_app.store import AuditRecord, Store

PAGE = 2000  # entries read at a time
SESSION_SIGNS = 12  # how much of a session's id the audit log keeps


@dataclass(frozen=True)
class Period:
    """Aware moments; `until` does not belong to it."""

    since: dt.datetime
    until: dt.datetime

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True)
class Exposure:
    """What happened to one student's record in the period. `fields` are names of details that were changed."""

    student: str
    first: dt.datetime
    last: dt.datetime
    times: int
    saw: tuple[str, ...]
    changed: tuple[str, ...]
    fields: tuple[str, ...]
    sessions: tuple[str, ...]


@dataclass(frozen=True)
class SignIn:
    """One session of an account: when it began."""

    session: str
    at: dt.datetime


def exposures(store: Store, period: Period, who: str = "", session: str = "") -> list[Exposure]:
    """Every student whose record was seen or changed in the period by this account, or by anybody, or in this session; the first to be touched first."""
    touched: dict[str, list[AuditRecord]] = {}
    for entry in _entries(store, "student", period, who or None):
        if not session or entry.session == session:
            touched.setdefault(entry.id, []).append(entry)
    return sorted((_exposure(student, entries) for student, entries in touched.items()), key=lambda one: one.first)


def sign_ins(store: Store, period: Period, who: str) -> list[SignIn]:
    """The account's sessions that began in the period or within the day before it, oldest first."""
    wider = Period(period.since - dt.timedelta(days=1), period.until)
    found = [entry for entry in _entries(store, "session", wider, who) if entry.effect == "create"]
    return [SignIn(entry.id[:SESSION_SIGNS], entry.at) for entry in reversed(found)]


def _entries(store: Store, kind: str, period: Period, who: str | None) -> Iterator[AuditRecord]:
    """Newest first. Clocks are set back now and then, so reading goes on for a day of entries before the period."""
    before = None
    while True:
        page = store.history(kind, limit=PAGE, who=who, before=before)
        yield from (entry for entry in page if entry.at in period)
        if len(page) < PAGE or page[-1].at < period.since - dt.timedelta(days=1):
            return
        before = page[-1].seq


def _exposure(student: str, entries: list[AuditRecord]) -> Exposure:
    """`entries` are newest first, and there is at least one."""
    oldest_first = entries[::-1]
    looked = [entry for entry in oldest_first if entry.effect == "note"]
    wrote = [entry for entry in oldest_first if entry.effect != "note"]
    return Exposure(
        student=student,
        first=min(entry.at for entry in entries),
        last=max(entry.at for entry in entries),
        times=len(entries),
        saw=_once(entry.action for entry in looked),
        changed=_once(entry.action for entry in wrote),
        fields=_once(field for entry in wrote for field in entry.fields),
        sessions=_once(entry.session for entry in oldest_first if entry.session),
    )


def _once(words: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
