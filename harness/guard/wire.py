"""What every single request is held to, on its way out and on its way back. Pure, and cheap.

The generator (gevent) and the harness's own driver (asyncio) keep one each; a process that trips
sends nothing more. Time is an argument: monotonic wall seconds.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Protocol

from harness.guard.codes import POLITE, code_of, halt
from harness.guard.synthetic import SyntheticOnly
from harness.model.guard import GENERATOR_SHARE, Watch

READS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_HELD_S = 1.0
"""Wall seconds that a request may be held back by the rate cap; beyond that the run is halted."""


class MadeUp(Protocol):
    """Somebody who was made up for a run."""

    @property
    def id(self) -> str:
        """The customer's id."""

    @property
    def name(self) -> str:
        """The customer's name."""


def share_of(watch: Watch, share: float) -> Watch:
    """Return *watch* with *share* (0..1) of its caps, for one process of several."""
    rate, concurrent, writes = watch.requests_per_s, watch.concurrent, watch.writes
    return replace(
        watch,
        requests_per_s=None if rate is None else rate * share,
        concurrent=None if concurrent is None else int(concurrent * share),
        writes=None if writes is None else int(writes * share),
    )


def probes_of(watch: Watch) -> Watch:
    """Return what the generator leaves of the caps of *watch*, however many processes it is.

    One of each at least, where there is any: a tenth of ten is just below one as a computer counts.
    """
    return replace(
        share_of(watch, 1 - GENERATOR_SHARE),
        concurrent=_left_of(watch.concurrent),
        writes=_left_of(watch.writes),
    )


def _left_of(cap: int | None) -> int | None:
    return None if cap is None else cap - int(cap * GENERATOR_SHARE)


def least_cap(writes: int) -> int:
    """Return the least cap of which ``probes_of`` leaves so many *writes*."""
    return round((writes - 1) / (1 - GENERATOR_SHARE)) + 1


def least_concurrency(processes: int) -> int:
    """Return the least cap by which each of so many *processes* may send, and our own probes."""
    return next(cap for cap in count(processes) if int(cap * (GENERATOR_SHARE / processes)))


class Bucket:
    """So many requests a second, a second's worth of them at once. Never more, whatever is asked.

    The generic cell rate algorithm: it keeps one number, the moment from which on it is empty.
    """

    def __init__(self, rate_per_s: float) -> None:
        self._every_s = 1.0 / rate_per_s
        self._ahead_s = max(1.0 - self._every_s, 0.0)
        self._next_s = 0.0

    def hold(self, now: float, *, most_s: float = MOST_HELD_S) -> float | None:
        """Return how long (wall seconds) a request of *now* has to wait.

        None if it would be longer than *most_s*: then it must not be sent, and has taken nothing.
        """
        wait_s = self.wait_s(now)
        if wait_s > most_s:
            return None
        self._next_s = max(self._next_s, now) + self._every_s
        return wait_s

    def wait_s(self, now: float) -> float:
        """Return how long (wall seconds) a request of *now* would have to wait."""
        return max(max(self._next_s, now) - self._ahead_s - now, 0.0)


@dataclass(slots=True)
class Held:
    """How many requests the rate cap held back, and the longest of these times (wall seconds)."""

    requests: int = 0
    worst_s: float = 0.0


class Wire:
    """Lets requests out and looks at what comes back. ``tripped`` is why nothing goes out any more.

    Call ``out`` before a request, ``back`` after it, and ``done`` when it is over. ``owed`` writes
    are kept for so many who have yet to hang up or log out; whoever plays them counts them.
    """

    def __init__(self, watch: Watch | None, scanner: SyntheticOnly | None = None) -> None:
        self._scanner = scanner if watch is not None and watch.scans else None
        watch = watch or Watch(scans=False)
        self._marker = watch.marker
        self._environment = watch.environment
        self._header = watch.marker.header.lower() if watch.marker else ""
        self._bucket = None if watch.requests_per_s is None else Bucket(watch.requests_per_s)
        self._rate = watch.requests_per_s
        self._concurrent = watch.concurrent
        self._writes = watch.writes
        self._idle = self._bucket is None and self._concurrent is None and self._writes is None
        self.under_way = 0
        self.answers = 0
        self.written = 0
        self.owed = 0
        self.held = Held()
        self.tripped = ""

    @property
    def shut(self) -> bool:
        """Whether nothing may go out any more; after a polite halt people may still hang up."""
        return bool(self.tripped) and code_of(self.tripped) not in POLITE

    @property
    def full(self) -> bool:
        """Whether as many requests are under way as may be."""
        return self._concurrent is not None and self.under_way >= self._concurrent

    def has_room(self, now: float) -> bool:
        """Whether who leaves may ask to be let out, *now*: at once, or in line once it has tripped.

        Else all who leave together would hold back those who are still at work, until one trips.
        """
        held = self._bucket is not None and self._bucket.wait_s(now) and not self.tripped
        return not self.full and not held

    @property
    def writes_left(self) -> int | None:
        """How many more requests may change something; None: as many as it takes."""
        return None if self._writes is None else self._writes - self.written

    def may_begin(self) -> bool:
        """Return whether one more may write, and leave; if not, this has tripped."""
        left = self.writes_left
        if left is not None and left - self.owed <= 1:
            self._trip_on_writes()
        return not self.tripped

    def out(
        self,
        method: str,
        path: str,
        body: bytes,
        now: float,
        *,
        patient: bool = False,
        leaves: bool = False,
    ) -> float | None:
        """Return how long (wall seconds) to wait before sending; None: it must not be sent.

        Then ``tripped`` says why. *patient*: however long, for who is not part of the load.
        *leaves*: it hangs up or logs out, and is what a write was kept for.
        """
        if self.shut:
            return None
        if self._scanner is not None and (found := self._scanner.findings(path, body)):
            first = found[0]
            what = f"a {first.kind} in {first.where} ({first.beginning!r}) that nobody made up"
            self.trip(halt("HALT_NOT_SYNTHETIC", what))
            return None
        if self._idle:
            self.under_way += 1
            return 0.0
        return self._within_caps(method, now, patient=patient, leaves=leaves)

    def back(self, status: int | None, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether an answer may be believed; if not, this has tripped.

        Whoever is not the target may answer with an error page; a 2xx has to carry the mark. Header
        names are in lower case, or *headers* does not mind.
        """
        self.answers += 1
        marker = self._marker
        if marker is None or status is None or not 200 <= status < 300:
            return True
        if self._header:
            found: object = headers.get(self._header)
        elif marker.field and body:
            found = _field(body, marker.field)
        else:
            return True
        if found == self._environment:
            return True
        name = marker.header or f"the field {marker.field!r}"
        carried = f"{found!r} as {name}" if found is not None else f"no {name}"
        evidence = f"response {self.answers} carried {carried}, not {self._environment!r}"
        self.trip(halt("HALT_ENV_MARKER", evidence))
        return False

    def done(self) -> None:
        """A request that ``out`` let go is over."""
        self.under_way -= 1

    def trip(self, why: str) -> None:
        """Send nothing more, because of *why*; the first reason stays, unless that was polite."""
        if not self.tripped or (not self.shut and code_of(why) not in POLITE):
            self.tripped = why

    def _trip_on_writes(self) -> None:
        left = f"{self.writes_left} writes of this process are left"
        self.trip(halt("HALT_WRITE_CAP", f"{left}, for {self.owed} who have yet to leave"))

    def _within_caps(self, method: str, now: float, *, patient: bool, leaves: bool) -> float | None:
        writes, left = method not in READS, self.writes_left
        if writes and left is not None and left <= (0 if leaves else self.owed):
            self._trip_on_writes()
            return None
        if self.full:
            evidence = f"{self.under_way} requests of this process are under way"
            self.trip(halt("HALT_CONCURRENCY_CAP", evidence))
            return None
        wait_s: float | None = 0.0
        if self._bucket is not None:
            # Who leaves, or hangs up after a polite halt, may take its time: the rate counts then.
            most_s = 1e9 if patient or leaves or self.tripped else MOST_HELD_S
            wait_s = self._bucket.hold(now, most_s=most_s)
            if wait_s is None:
                evidence = f"more was due than {self._rate:g} requests a second of this process"
                self.trip(halt("HALT_RATE_CAP", evidence))
                return None
            if wait_s:
                self.held.requests += 1
                self.held.worst_s = max(self.held.worst_s, wait_s)
        self.under_way += 1
        self.written += writes
        return wait_s


def scanner_of(
    *, names: Collection[str], customers: Collection[str], lines: Collection[str]
) -> SyntheticOnly:
    """Return a scanner that knows whom a run made up, and our own probes."""
    return SyntheticOnly(names=names, customers={*customers, *PROBES}, lines=lines)


def scanner_for(
    people: Iterable[MadeUp], lines: Mapping[str, Iterable[str]], *, more: Iterable[str] = ()
) -> SyntheticOnly:
    """Return a scanner for a run of *people* who dial *lines* (by queue), and *more* numbers."""
    known = list(people)
    return scanner_of(
        names={person.name for person in known},
        customers={person.id for person in known},
        lines=[*more, *(number for numbers in lines.values() for number in numbers)],
    )


PROBES = frozenset({"interface-check", "guard-canary", "fault-probe", "customer-0"})
"""Customers that the harness's own probes are."""


def _field(body: bytes, name: str) -> object:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found.get(name) if isinstance(found, dict) else None
