"""The interface inventory: all that is handed over, to be probed before the first customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.model.contact import Stream
from harness.model.scenario import Scenario
from harness.model.target import Target

NEWS = "news"
TICKETS = "tickets"
"""Opened at the API, and read back at every site."""
PROBED = "_interfaces/"
"""What the references of such tickets go on with, after the run's own prefix: no phase is so named.

The audit leaves them out, where a customer's begin with the name of a phase.
"""


class InterfaceKind(StrEnum):
    """What kind of interface it is."""

    LINE = "line"
    API = "api"
    WEBHOOK = "webhook"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface: of a line its number, with the queue that it has to reach."""

    kind: InterfaceKind
    name: str
    queue: str = ""


def handed_over(scenario: Scenario, target: Target) -> Iterator[Interface]:
    """Yield every interface that *scenario* hands over to *target*, in the order of the probes.

    Lines and webhooks are those that the scenario names. The API has a part for each thing that
    customers do there; metrics have one for each source that the target has.
    """
    for queue, numbers in scenario.lines.items():
        for number in numbers:
            yield Interface(InterfaceKind.LINE, number, queue)
    if scenario.calls is not None or scenario.tickets is not None:
        yield Interface(InterfaceKind.API, NEWS)
    if scenario.tickets is not None and Stream.TICKETS in target.offers:
        yield Interface(InterfaceKind.API, TICKETS)
    for event in scenario.webhooks:
        yield Interface(InterfaceKind.WEBHOOK, event)
    for source in target.sources:
        yield Interface(InterfaceKind.METRICS, source)
