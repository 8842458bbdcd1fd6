"""What is kept, as the rules know it: turns TinyDB documents into frozen values and back. One module for each kind of record."""

from __future__ import annotations

from forms_app.records import accounts, attempts, challenges, district, identities, links, policy, schools, sessions, students

KINDS = (
    students.KIND, accounts.KIND, accounts.USERNAME_KIND, schools.KIND, sessions.KIND, links.KIND, district.KIND,
    attempts.KIND, challenges.KIND, identities.KIND, policy.KIND,
)  # fmt: skip
