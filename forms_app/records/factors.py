"""What proves besides the password that it is you: an authenticator app's codes, passkeys, and recovery codes for the day when both are lost.

They lie in the account's own record: whoever reads them has the account's version too, and one write both checks and uses them up.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyotp
from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Store, new_id

STEP = 30  # seconds that a code lasts
AROUND = 1  # how many steps before and after count too: phones' clocks are not exact
SETTING_UP_LASTS = dt.timedelta(minutes=15)
RECOVERY_CODES = 10
MOST_PASSKEYS = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks alike on paper


@dataclass(frozen=True)
class Passkey:
    """`id` is ours and goes into addresses; `credential` and `key` are the authenticator's."""

    id: str
    name: str
    credential: bytes
    key: bytes
    uses: int
    added: dt.datetime
    used: dt.datetime | None


@dataclass(frozen=True)
class Factors:
    """What an account has. `app_since` is None without an authenticator app; `setting_up` is a secret that waits for its first code."""

    app_since: dt.datetime | None = None
    passkeys: Sequence[Passkey] = ()
    recovery_codes: int = 0
    setting_up: str = ""
    setting_up_since: dt.datetime | None = None

    def secret_to_confirm(self, now: dt.datetime) -> str:
        """The secret that waits for its first code, while it does."""
        return self.setting_up if self.setting_up_since and now - self.setting_up_since < SETTING_UP_LASTS else ""

    @property
    def any(self) -> bool:
        """Whether signing in with the password asks for more."""
        return bool(self.app_since or self.passkeys)


def of(db: TinyDB) -> Factors:
    """The factors in an account's document."""
    apps, waiting = db.table("authenticator").all(), db.table("authenticator to be").all()
    return Factors(
        app_since=dt.datetime.fromisoformat(apps[0]["added"]) if apps else None,
        passkeys=tuple(_passkey(row) for row in db.table("passkeys").all()),
        recovery_codes=len(db.table("recovery codes").all()),
        setting_up=waiting[0]["secret"] if waiting else "",
        setting_up_since=dt.datetime.fromisoformat(waiting[0]["at"]) if waiting else None,
    )


# An authenticator app


def begin_app(store: Store, account_id: str, actor: Actor) -> None:
    """Make a secret for an authenticator app; it counts only once a first code was right."""
    row = {"secret": pyotp.random_base32(), "at": actor.at.isoformat()}

    def write(db: TinyDB) -> None:
        db.table("authenticator to be").truncate()
        db.table("authenticator to be").insert(row)

    store.change("account", account_id, write, actor.entry("begin to set up an authenticator app"))


def confirm_app(store: Store, account_id: str, code: str, actor: Actor) -> bool:
    """Take the secret that waits into use if the code belongs to it. It replaces an earlier app."""

    def write(db: TinyDB) -> bool:
        secret = of(db).secret_to_confirm(actor.at)
        step = _step_of(code, secret, actor.at, after=0) if secret else None
        if step is None:
            return False
        db.table("authenticator to be").truncate()
        db.table("authenticator").truncate()
        db.table("authenticator").insert({"secret": secret, "step": step, "added": actor.at.isoformat()})
        return True

    return bool(store.change("account", account_id, write, actor.entry("set up an authenticator app")))


def use_app(store: Store, account_id: str, code: str, actor: Actor) -> bool:
    """Whether the code is right now and was not used before; a right one is used up, and so is every earlier one."""

    def write(db: TinyDB) -> bool:
        rows = db.table("authenticator").all()
        step = _step_of(code, rows[0]["secret"], actor.at, after=rows[0]["step"]) if rows else None
        if step is None:
            return False
        db.table("authenticator").update({"step": step})
        return True

    return bool(store.change("account", account_id, write, actor.entry("use a code")))


def remove_app(store: Store, account_id: str, actor: Actor) -> None:
    def write(db: TinyDB) -> None:
        db.table("authenticator").truncate()
        _drop_codes_without_a_factor(db)

    store.change("account", account_id, write, actor.entry("remove an authenticator app"))


def _step_of(code: str, secret: str, at: dt.datetime, *, after: int) -> int | None:
    """The step that the code belongs to, if it is a later one than `after`."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    now, otp = int(at.timestamp()) // STEP, pyotp.TOTP(secret)
    found = None
    for step in range(now - AROUND, now + AROUND + 1):
        if hmac.compare_digest(otp.at(step * STEP), digits) and step > after:
            found = step
    return found


# Passkeys


def add_passkey(store: Store, account_id: str, name: str, credential: bytes, key: bytes, uses: int, actor: Actor) -> None:
    row = {
        "id": new_id()[:12], "name": name, "credential": _text(credential), "key": _text(key), "uses": uses, "added": actor.at.isoformat(), "used": "",
    }  # fmt: skip
    store.change("account", account_id, lambda db: db.table("passkeys").insert(row), actor.entry("add a passkey"))


def use_passkey(store: Store, account_id: str, passkey: Passkey, uses: int, actor: Actor) -> bool:
    """Note the use. False when the key's counter did not grow: two devices then answer as one, or it answered already."""

    def write(db: TinyDB) -> bool:
        for row in db.table("passkeys").all():
            if row["id"] == passkey.id and (uses > row["uses"] or uses == row["uses"] == 0):
                db.table("passkeys").update({"uses": uses, "used": actor.at.isoformat()}, doc_ids=[row.doc_id])
                return True
        return False

    return bool(store.change("account", account_id, write, actor.entry("use a passkey")))


def remove_passkey(store: Store, account_id: str, passkey_id: str, actor: Actor) -> None:
    def write(db: TinyDB) -> None:
        db.table("passkeys").remove(doc_ids=[row.doc_id for row in db.table("passkeys").all() if row["id"] == passkey_id])
        _drop_codes_without_a_factor(db)

    store.change("account", account_id, write, actor.entry("remove a passkey"))


# Recovery codes


def new_recovery_codes(store: Store, account_id: str, actor: Actor) -> list[str]:
    """Ten codes, each for one time. They are shown once; the store keeps hashes. Earlier ones end."""
    codes = ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)]

    def write(db: TinyDB) -> None:
        db.table("recovery codes").truncate()
        db.table("recovery codes").insert_multiple({"hash": _hashed(code)} for code in codes)

    store.change("account", account_id, write, actor.entry("make recovery codes"))
    return codes


def use_recovery_code(store: Store, account_id: str, code: str, actor: Actor) -> bool:
    def write(db: TinyDB) -> bool:
        hashed = _hashed(code)
        found = [row.doc_id for row in db.table("recovery codes").all() if hmac.compare_digest(row["hash"], hashed)]
        if found:
            db.table("recovery codes").remove(doc_ids=found)
        return bool(found)

    return bool(store.change("account", account_id, write, actor.entry("use a recovery code")))


def _hashed(code: str) -> str:
    """79 random bits need no slow hash."""
    return hashlib.sha256("".join(letter for letter in code.casefold() if letter.isalnum()).encode()).hexdigest()


def _drop_codes_without_a_factor(db: TinyDB) -> None:
    """Recovery codes stand in for something; without it they are nothing."""
    if not of(db).any:
        db.table("recovery codes").truncate()


def drop_all(db: TinyDB) -> None:
    """Remove every factor, as for somebody who lost their phone."""
    for table in ("authenticator", "authenticator to be", "passkeys", "recovery codes"):
        db.table(table).truncate()


def _passkey(row: Any) -> Passkey:
    return Passkey(
        row["id"], row["name"], base64.b64decode(row["credential"]), base64.b64decode(row["key"]), row["uses"], dt.datetime.fromisoformat(row["added"]),
        dt.datetime.fromisoformat(row["used"]) if row["used"] else None,
    )  # fmt: skip


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
