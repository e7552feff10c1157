"""Which faults are held, and until when. Pure: monotonic seconds come in as arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

LONGEST_LEASE_S = 3600.0


@dataclass(slots=True)
class Fault:
    """One fault; *until_s* is when its lease ends. *place* is what it holds: ``north/trunks``."""

    id: str
    kind: str
    asked: Mapping[str, Any]
    place: str
    until_s: float
    healed: bool = False


_HEALED_KEPT = 100


class FaultBook:
    """Every fault that holds, and the latest that were healed: healing twice is no error."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._numbers = count(1)

    def open(self, kind: str, asked: Mapping[str, Any], place: str, until_s: float) -> Fault:
        """Note a new fault.

        Raises:
            ValueError: the place has one already, or what it is part of, or a part of it.
        """
        held = self.at(place)
        if held is not None:
            raise ValueError(f"{held.place} is held by {held.id} ({held.kind})")
        fault = Fault(f"f{next(self._numbers)}", kind, asked, place, until_s)
        self._faults[fault.id] = fault
        healed = [each.id for each in self._faults.values() if each.healed]
        for old in healed[:-_HEALED_KEPT]:
            del self._faults[old]
        return fault

    def get(self, fault: str) -> Fault | None:
        """Return the fault with that id, healed or not."""
        return self._faults.get(fault)

    def active(self) -> list[Fault]:
        """Return the faults that are not healed, the oldest first."""
        return [fault for fault in self._faults.values() if not fault.healed]

    def at(self, place: str) -> Fault | None:
        """Return an active fault that *place* meets: there, above it or below; None without."""
        return next((fault for fault in self.active() if _meet(fault.place, place)), None)

    def on(self, place: str) -> Fault | None:
        """Return the active fault that holds the whole of *place*, or None."""
        return next((fault for fault in self.active() if fault.place == place), None)

    def next_end(self) -> float | None:
        """Return when the first lease ends, or None if nothing is held."""
        return min((fault.until_s for fault in self.active()), default=None)

    def over(self, now_s: float) -> list[Fault]:
        """Return the active faults whose lease has ended."""
        return [fault for fault in self.active() if fault.until_s <= now_s]


def _meet(one: str, other: str) -> bool:
    """Return whether one of two places is the other, or part of it."""
    parts, others = one.split("/"), other.split("/")
    short = min(len(parts), len(others))
    return parts[:short] == others[:short]
