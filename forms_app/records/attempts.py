"""Failed sign-ins, counted so that guessing does not work and nobody is locked out by somebody else's guesses.

Kept in the store: every worker counts the same, and a restart forgets nothing. Counts are by *source*: a browser that has signed in to the account
before, or else the network address. A guesser elsewhere therefore cannot use up anybody's tries, and a browser that is known is never held up
by others at the same school's address. Names and addresses are kept as keyed hashes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinydb import TinyDB

from forms_app.records.actor import Actor
from forms_app.store import Columns, Kind, NoSuchRecord, Store

FREE = 4  # failures in a row that cost no wait
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """At most `most` failures in `within`."""

    most: int
    within: dt.timedelta


def _minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


@dataclass(frozen=True)
class Proof:
    """What is guessed at. `limits` hold for one account from one source; `overall` for one account from all sources that are not known to it."""

    name: str
    limits: Sequence[Limit]
    overall: Sequence[Limit] = ()


PASSWORD = Proof("password", (Limit(10, _minutes(5)), Limit(40, _minutes(60))))
# Six digits need more care. Whoever gets here knows the password, so the limit over all sources is no way to lock out a stranger.
CODE = Proof("code", (Limit(5, _minutes(5)), Limit(20, _minutes(60)), Limit(50, DAY)), overall=(Limit(50, DAY),))
ADDRESS = (Limit(40, _minutes(5)),)  # all user names from one address: a whole school may share one
EVERYBODY = (Limit(1000, _minutes(5)),)  # all of the internet; browsers that are known still get in


@dataclass(frozen=True)
class Source:
    """Where an attempt comes from. `known` browsers count by themselves and not by their address."""

    key: str
    known: bool = False


class SlowDown(Exception):
    """Too many attempts failed; `seconds` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Wait {_in_words(seconds)}, then try again.")
        self.seconds = seconds


def _in_words(seconds: int) -> str:
    if seconds < 90:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    return f"{(seconds + 59) // 60} minutes"


class Guard:
    """Counts for one store. `secret` keys the hashes, so that they tell nothing to who reads the rows."""

    def __init__(self, store: Store, secret: bytes) -> None:
        self._store = store
        self._secret = hmac.new(secret, b"attempts", hashlib.sha256).digest()

    def by_address(self, address: str | None) -> Source:
        """An address as a source; IPv6 by the /64 that one subscriber has."""
        try:
            found = ipaddress.ip_address((address or "").split("%")[0])
            mapped = getattr(found, "ipv4_mapped", None) or found
            net = ipaddress.ip_network(f"{mapped}/{64 if mapped.version == 6 else 32}", strict=False)
            return Source("a" + self._hash(str(net)))
        except ValueError:
            return Source("a" + self._hash("unknown"))

    def by_browser(self, device: str) -> Source:
        return Source("b" + self._hash(device), known=True)

    def check(self, source: Source, proof: Proof, account: str, now: dt.datetime) -> None:
        """Raises SlowDown. `account` is the user name as typed, or an id. Costs a few reads, so ask before anything dear."""
        whom = self._whom(proof, account)
        waits = [_wait(self._times(source.key, whom), proof.limits, now, slow=True)]
        if not source.known:
            waits += [_wait(self._times(source.key), ADDRESS, now), self._wait_of_everybody(now)]
            if proof.overall:
                waits.append(_wait(self._times("t" + whom), proof.overall, now))
        if max(waits) > 0:
            raise SlowDown(max(waits))

    def failed(self, source: Source, proof: Proof, account: str, actor: Actor) -> None:
        """Count a failure."""
        whom = self._whom(proof, account)
        self._add(source.key, whom, actor, f"refuse a {proof.name}")
        if not source.known:
            self._count_for_everybody(actor)
            if proof.overall:
                self._add("t" + whom, whom, actor, f"count a refused {proof.name}")
        if random.random() < 0.02:  # noqa: S311 - tidying up needs no secret  # nosec B311
            self._tidy(actor)

    def succeeded(self, source: Source, proof: Proof, account: str, actor: Actor) -> None:
        """A right answer clears what the same source got wrong before about the same account."""
        whom = self._whom(proof, account)
        if self._times(source.key, whom):
            self._store.change("attempts", source.key, lambda db: _forget(db, whom), actor.entry("forget failed sign-ins"))

    def _whom(self, proof: Proof, account: str) -> str:
        return self._hash(f"{proof.name} {account}")

    def _add(self, key: str, whom: str, actor: Actor, action: str) -> None:
        def write(db: TinyDB) -> None:
            table = db.table("failures")
            table.remove(doc_ids=[old.doc_id for old in table.all() if actor.at - dt.datetime.fromisoformat(old["at"]) > DAY])
            table.insert({"whom": whom, "at": actor.at.isoformat()})

        self._put(key, write, actor, action)

    def _hash(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]

    def _times(self, key: str, whom: str = "") -> list[dt.datetime]:
        document = self._store.get("attempts", key)
        rows = document.db.table("failures").all() if document else []
        return sorted(dt.datetime.fromisoformat(row["at"]) for row in rows if whom in ("", row["whom"]))

    def _wait_of_everybody(self, now: dt.datetime) -> int:
        document = self._store.get("attempts", "everybody")
        rows = document.db.table("minutes").all() if document else []
        limit = EVERYBODY[0]
        recent = [row for row in rows if now - dt.datetime.fromisoformat(row["minute"]) < limit.within]
        return 60 if sum(row["count"] for row in recent) >= limit.most else 0

    def _count_for_everybody(self, actor: Actor) -> None:
        minute = actor.at.replace(second=0, microsecond=0).isoformat()

        def write(db: TinyDB) -> None:
            table = db.table("minutes")
            rows = table.all()
            table.remove(
                doc_ids=[row.doc_id for row in rows if actor.at - dt.datetime.fromisoformat(row["minute"]) > EVERYBODY[0].within * 2]
            )
            same = [row for row in rows if row["minute"] == minute]
            if same:
                table.update({"count": same[0]["count"] + 1}, doc_ids=[same[0].doc_id])
            else:
                table.insert({"minute": minute, "count": 1})

        self._put("everybody", write, actor, "count a refused sign-in")

    def _put(self, key: str, write: Any, actor: Actor, action: str) -> None:
        self._store.change_or_create("attempts", key, write, actor.entry(action))

    def _tidy(self, actor: Actor) -> None:
        """Drop the records of sources that have been quiet for a day."""
        for summary in self._store.list("attempts"):
            last = summary.summary.get("last", "")
            if last and actor.at - dt.datetime.fromisoformat(last) > DAY:
                try:
                    self._store.delete("attempts", summary.id, actor.entry("forget failed sign-ins"))
                except NoSuchRecord:
                    continue


def _forget(db: TinyDB, whom: str) -> None:
    table = db.table("failures")
    table.remove(doc_ids=[row.doc_id for row in table.all() if row["whom"] == whom])


def _wait(times: list[dt.datetime], limits: Sequence[Limit], now: dt.datetime, slow: bool = False) -> int:
    """Seconds to wait: until a limit has room again, and, when `slow`, twice as long after each failure in a row."""
    waits = [0.0]
    for limit in limits:
        recent = [time for time in times if now - time < limit.within]
        if len(recent) >= limit.most:
            waits.append((recent[-limit.most] + limit.within - now).total_seconds())
    recent = [time for time in times if now - time < _minutes(15)]
    if slow and len(recent) > FREE:
        waits.append((recent[-1] - now).total_seconds() + 2 ** min(len(recent) - FREE, 8))
    return max(0, -int(-max(waits) // 1))


def _summarize(db: TinyDB) -> tuple[Columns, dict[str, Any]]:
    return Columns(), {"last": max((row["at"] for row in db.table("failures").all()), default="")}


KIND = Kind("attempts", _summarize)
