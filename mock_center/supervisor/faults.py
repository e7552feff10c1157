"""Which faults are held, and until when. Pure: monotonic seconds come in as arguments."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import count

LONGEST_LEASE_S = 3600.0


class Kind(StrEnum):
    """What can be done to a site."""

    SITE_DOWN = "site_down"
    SITE_HANG = "site_hang"


@dataclass(slots=True)
class Fault:
    """One fault on one site; *until_s* is when its lease ends."""

    id: str
    kind: Kind
    site: str
    until_s: float
    healed: bool = False


class FaultBook:
    """Every fault since the start, healed ones too: healing twice is no error."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._numbers = count(1)

    def open(self, kind: Kind, site: str, until_s: float) -> Fault:
        """Note a new fault.

        Raises:
            ValueError: the site has one already.
        """
        held = self.on(site)
        if held is not None:
            raise ValueError(f"{site} is held by {held.id} ({held.kind})")
        fault = Fault(f"f{next(self._numbers)}", kind, site, until_s)
        self._faults[fault.id] = fault
        return fault

    def get(self, fault: str) -> Fault | None:
        """Return the fault with that id, healed or not."""
        return self._faults.get(fault)

    def active(self) -> list[Fault]:
        """Return the faults that are not healed, the oldest first."""
        return [fault for fault in self._faults.values() if not fault.healed]

    def on(self, site: str) -> Fault | None:
        """Return the active fault on *site*, or None."""
        return next((fault for fault in self.active() if fault.site == site), None)

    def next_end(self) -> float | None:
        """Return when the first lease ends, or None if nothing is held."""
        return min((fault.until_s for fault in self.active()), default=None)

    def over(self, now_s: float) -> list[Fault]:
        """Return the active faults whose lease has ended."""
        return [fault for fault in self.active() if fault.until_s <= now_s]
