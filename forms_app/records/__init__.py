"""What is kept, as the rules know it: turns TinyDB documents into frozen values and back. One module for each kind of record."""

from __future__ import annotations

from forms_app.records import accounts, disposals, district, links, schools, sessions, students

KINDS = (students.KIND, accounts.KIND, accounts.USERNAME_KIND, schools.KIND, sessions.KIND, links.KIND, district.KIND, disposals.KIND)
