"""A OneRoster 1.1 zip: `orgs.csv` and `users.csv`, and nothing else of it. Demographics are never opened."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping

from . import delimited
from .decoding import decode
from .sheet import CannotRead, Line, Sheet
from .workbook import unpacked

FIELDS = ("pen", "pupil_number", "given", "family", "legal_given", "legal_family", "grade", "school", "school_name")
HEADINGS = ("userIds (PEN)", "identifier", "givenName", "familyName", "givenName", "familyName", "grades", "orgSourcedIds", "orgs.csv name")
_PEN = re.compile(r"\{\s*PEN\s*:\s*([^}]*)\}", re.IGNORECASE)


def part_of(archive: zipfile.ZipFile, name: str) -> str:
    """The part with this file name, in whatever folder of the zip; empty where there is none."""
    return next((one for one in archive.namelist() if one.rpartition("/")[2].casefold() == name and not one.startswith("__MACOSX")), "")


def read_one_roster(archive: zipfile.ZipFile) -> Sheet:
    """The students of the zip as a sheet. Raises CannotRead."""
    schools = {row["sourcedid"]: row for _, row in _table(archive, "orgs.csv", ("sourcedid", "name", "type")) if _active(row)}
    lines, told = [], []
    several = 0
    for number, row in _table(archive, "users.csv", ("sourcedid", "role", "givenname", "familyname", "orgsourcedids", "grades")):
        if row["role"].casefold() != "student" or not _active(row) or row.get("enableduser", "true").casefold() == "false":
            continue
        orgs = [schools[one] for one in _list(row["orgsourcedids"]) if one in schools and schools[one]["type"].casefold() == "school"]
        several += len(orgs) > 1
        pen = _PEN.search(row.get("userids", ""))
        usual = [row.get(name) or row[legal] for name, legal in (("preferredfirstname", "givenname"), ("preferredlastname", "familyname"))]
        school = orgs[0] if len(orgs) == 1 else {}
        wrong = " and ".join(one.get("identifier") or one["name"] for one in orgs)
        lines.append(
            Line(
                number,
                (
                    pen[1].strip() if pen else "", row.get("identifier", ""), *usual, row["givenname"], row["familyname"],
                    (_list(row["grades"]) or [""])[-1], school.get("identifier") or wrong or row["orgsourcedids"], school.get("name", ""),
                ),
            )
        )  # fmt: skip
    if several:
        told.append(f"{several} student{'s are' if several > 1 else ' is'} in more than one school in this file.")
    return Sheet("OneRoster 1.1", HEADINGS, lines, tuple(told), FIELDS, complete=True)


def _active(row: Mapping[str, str]) -> bool:
    return row.get("status", "").casefold() != "tobedeleted"


def _list(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _table(archive: zipfile.ZipFile, name: str, needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    part = part_of(archive, name)
    if not part:
        raise CannotRead(f"This zip has no {name}, so it is no OneRoster export. A OneRoster 1.1 zip holds orgs.csv and users.csv.")
    text, _ = decode(unpacked(archive, part))
    rows = list(delimited.lines(text, ","))
    header = [cell.strip().casefold() for cell in rows[0].cells] if rows else []
    missing = [one for one in needed if one not in header]
    if missing:
        raise CannotRead(f"{name} has no column “{missing[0]}”, which OneRoster 1.1 asks for. Export it again.")
    return [(line.number, {**dict.fromkeys(header, ""), **dict(zip(header, line.cells, strict=False))}) for line in rows[1:]]
