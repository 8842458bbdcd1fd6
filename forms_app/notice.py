"""The collection notice (FIPPA s.27): what the district says about purpose, authority and contact. Nothing of it is in the code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .configuration import NOT_SET, known, read_file
from .handbook.registers import Entry

FILE = "data/notice.yml"


@dataclass(frozen=True)
class Notice:
    """An empty text is what the district has not filled in yet; the page says so. `policies` are pairs of title and address."""

    purpose: str
    authority: str
    organization: str = ""
    contact: str = ""
    contact_address: str = ""
    requests: str = ""
    training: str = ""
    policies: tuple[tuple[str, str], ...] = ()

    @property
    def contact_link(self) -> str:
        """The address as a link's target."""
        return f"mailto:{self.contact_address}" if "@" in self.contact_address else self.contact_address


def read_notice(root: Path) -> Notice:
    """The district's notice. Raises HandbookError."""
    return read_file(root, FILE, _notice)


def _notice(entry: Entry) -> Notice:
    entry.only("organization", "purpose", "authority", "contact", "contact_address", "requests", "training", "policies")
    return Notice(
        purpose=entry.text("purpose"),
        authority=entry.text("authority"),
        organization=known(entry, "organization"),
        contact=known(entry, "contact"),
        contact_address=entry.parsed(
            "contact_address", _address, "allowed: an e-mail address, an address that begins with https://, or: not set", "", NOT_SET
        ),
        requests=known(entry, "requests"),
        training=known(entry, "training"),
        policies=tuple(_policy(entry, text) for text in entry.texts("policies")),
    )


def _address(text: str) -> str:
    if text == NOT_SET:
        return ""
    if not re.fullmatch(r"https://[^\s<>\"']+|[\w.+-]+@[\w-]+(\.[\w-]+)+", text):
        raise ValueError(text)
    return text


def _policy(entry: Entry, text: str) -> tuple[str, str]:
    """`Title | address`, or a title alone."""
    title, _, address = (part.strip() for part in text.partition("|"))
    if address and not re.fullmatch(r"https://[^\s<>\"']+", address):
        entry.refuse("policies", f"“{address}”", "allowed: a title, or a title, | and an address that begins with https://")
    return title, address
