"""Who sees a run while it goes on, and what is shown of it: the live picture, the exporter.

A watcher is told; it asks nothing of the run and changes nothing in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.clock import RunClock
from harness.model.contact import Contact
from harness.model.control import Progress
from harness.model.event import Event, FaultRun
from harness.model.sample import Scrape
from harness.model.scenario import Phase
from harness.model.target import Endpoints
from harness.model.verdict import ObjectiveResult, Verdict
from harness.record.run_record import RunRecord


class Watcher:
    """Whoever wants to see the run while it goes on. All methods may be called at any time."""

    def began(self, record: RunRecord, clock: RunClock, endpoints: Endpoints) -> None:
        """The target is up, and the run has a clock; called once, before anything is measured."""

    def contacts(self, contacts: Sequence[Contact]) -> None:
        """This has become known of *contacts*; of each the later word replaces the earlier."""

    def judged(self, verdict: Verdict) -> None:
        """The run is over, and this is its verdict."""

    def event(self, event: Event) -> None:
        """Something happened that a person would tell."""

    def stand(self, stand: "Stand") -> None:
        """The run stands like this now; called several times a second."""


class Watchers(Watcher):
    """Several that watch one run."""

    def __init__(self, *watchers: Watcher) -> None:
        self._all = watchers

    def began(self, record: RunRecord, clock: RunClock, endpoints: Endpoints) -> None:
        """Tell each of them."""
        for each in self._all:
            each.began(record, clock, endpoints)

    def contacts(self, contacts: Sequence[Contact]) -> None:
        """Tell each of them."""
        for each in self._all:
            each.contacts(contacts)

    def judged(self, verdict: Verdict) -> None:
        """Tell each of them."""
        for each in self._all:
            each.judged(verdict)

    def event(self, event: Event) -> None:
        """Tell each of them."""
        for each in self._all:
            each.event(event)

    def stand(self, stand: "Stand") -> None:
        """Tell each of them."""
        for each in self._all:
            each.stand(stand)


@dataclass(frozen=True, slots=True)
class Stand:
    """How the run stands at one moment. ``share_of_phase`` is 0..1; more in the hold.

    ``speed`` turns what processes measure of themselves (wall seconds) into centre seconds.
    """

    at_s: float
    phase: Phase | None
    phase_start_s: float
    share_of_phase: float
    progress: Progress
    scrapes: dict[str, Scrape]
    results: tuple[ObjectiveResult, ...]
    faults: tuple[FaultRun, ...]
    speed: float = 1.0
