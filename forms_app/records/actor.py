"""Who writes: goes with every write into the audit log."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from forms_app.store import Entry


@dataclass(frozen=True)
class Actor:
    """`id` of the account (or a word of the program, such as `cli`), the short id of their session, and the moment (aware, UTC)."""

    id: str
    at: dt.datetime
    session: str = ""

    def entry(self, action: str, *fields: str) -> Entry:
        """The audit entry for this act: the names of fields, never their values."""
        return Entry(action, self.id, self.session, fields)
