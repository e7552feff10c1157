"""Watches a run, and keeps one picture of it a second: in the record, and for whoever asks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import psutil

from harness.clock import RunClock, wall_now
from harness.exporter.picture import Background, Own, Picture, Values
from harness.exporter.tally import Tally
from harness.model.contact import Contact
from harness.model.event import Event
from harness.model.sample import OWN, SCRAPE_EVERY_WALL_S, Scrape
from harness.model.target import Endpoints
from harness.model.verdict import Status, Verdict
from harness.record.run_record import RunRecord
from harness.watching import Stand, Watcher

STALE_WALL_S = 5.0
"""A picture older than this is shown no more: no figure is better than one that stands still."""

Reader = Callable[[Scrape, float, str], None]
"""Whoever is told of each reading: the reading, when it was made (epoch seconds), and the run."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The run's figures at one moment. ``at`` is epoch seconds; ``number`` counts them."""

    number: int
    at: float
    values: Values


@dataclass(slots=True)
class _Run:
    """What a run that has begun is drawn with."""

    record: RunRecord
    clock: RunClock
    picture: Picture
    own: psutil.Process = field(default_factory=psutil.Process)


class Figures(Watcher):
    """The run's own figures, second by second. Before the run has begun there are none."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.run = ""
        self._run: _Run | None = None
        self._tally = Tally()
        self._events: dict[str, float] = {}
        self._gates: dict[str, Status] = {}
        self._latest: Snapshot | None = None
        self._due_wall = 0.0
        self._readers: list[Reader] = []
        self._passed_on: dict[str, float] = {}

    def read_by(self, reader: Reader) -> None:
        """Have *reader* told of every picture, and of every reading of the target."""
        self._readers.append(reader)

    @property
    def latest(self) -> Snapshot | None:
        """The latest picture; None before the first, and once it is too old to be true."""
        latest = self._latest
        fresh = latest is not None and wall_now() - latest.at <= STALE_WALL_S
        return latest if fresh else None

    def began(self, record: RunRecord, clock: RunClock, endpoints: Endpoints) -> None:
        """Draw the run of *record* from now on."""
        facts = record.facts
        self.run = facts.run
        # The pages of a provider of its own have other names, and want credentials.
        self.pages = {} if endpoints.metrics is not None else endpoints.scrape_urls()
        self._run = _Run(record, clock, Picture(Background(facts, record.scenario, record.sla)))

    def contacts(self, contacts: Iterable[Contact]) -> None:
        """Count what has become known of *contacts*."""
        self._tally.add(contacts)

    def event(self, event: Event) -> None:
        """Keep when it happened, and what a gate decided."""
        self._events[event.name] = wall_now()
        if event.name == "gate_decided":
            of = dict(event.fields)
            self._gates[of["phase"]] = Status(of["gate"])

    def stand(self, stand: Stand) -> None:
        """Draw the run once a second; the looks in between change nothing."""
        now = wall_now()
        self._pass_on(stand)
        if self._run is not None and now >= self._due_wall:
            on_time = now - self._due_wall < SCRAPE_EVERY_WALL_S
            self._due_wall = (self._due_wall if on_time else now) + SCRAPE_EVERY_WALL_S
            times, memory = self._run.own.cpu_times(), self._run.own.memory_info()
            values = self._run.picture.values(
                stand,
                self._tally,
                events=self._events,
                gates=self._gates,
                own=Own(times.user + times.system, float(memory.rss)),
            )
            self._keep(now, values)

    @property
    def now_s(self) -> float:
        """Centre seconds of the run; 0 before it has begun."""
        return self._run.clock.now_s() if self._run is not None else 0.0

    def keep(self, event: Event) -> None:
        """Keep *event* with the run, unless its record is closed already."""
        if self._run is not None and self._run.record.is_open:
            self._run.record.log(event)

    def judged(self, verdict: Verdict) -> None:
        """Add to the last picture what only a run that is over has: the answer, and why."""
        if self._run is not None and self._latest is not None:
            self._keep(wall_now(), self._latest.values | self._run.picture.verdict(verdict))

    @property
    def sources(self) -> tuple[str, ...]:
        """Which sources of the target were ever read; none before the first picture."""
        values = self._latest.values if self._latest is not None else {}
        named = (each.label("source") for each in values if each.name == "harness_target_up")
        return tuple(name for name in named if name is not None)

    def _keep(self, now: float, values: Values) -> None:
        assert self._run is not None
        number = self._latest.number + 1 if self._latest is not None else 1
        self._latest = Snapshot(number, now, values)
        scrape = Scrape(OWN, self._run.clock.centre_s(now), True, values)
        self._run.record.put_scrape(scrape)
        for reader in self._readers:
            reader(scrape, now, self.run)

    def _pass_on(self, stand: Stand) -> None:
        """Pass on what was read of the target since the last look."""
        if self._run is None or not self._readers:
            return
        for source, scrape in stand.scrapes.items():
            if scrape.at_s > self._passed_on.get(source, -1.0):
                self._passed_on[source] = scrape.at_s
                for reader in self._readers:
                    reader(scrape, self._run.clock.wall(scrape.at_s), self.run)
