"""What is wrong in this process on purpose, at this moment: its supervisor says, its parts look.

The supervisor alone knows which faults are in force. It tells a process all of them anew whenever
one comes or goes, and to a process that starts; so a fault outlives a restart, and none is left
behind by a heal that a process slept through.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """One fault as a process is told of it: its kind, and what was asked of it."""

    kind: str
    asked: Mapping[str, Any]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Condition":
        """Return the condition in *told*, the inverse of ``to_wire``."""
        return cls(told["kind"], told["asked"])

    def to_wire(self) -> dict[str, Any]:
        """Return a form JSON can carry."""
        return {"kind": self.kind, "asked": dict(self.asked)}


class Conditions:
    """The conditions of this process, as its supervisor told them last."""

    def __init__(self, conditions: Iterable[Condition] = ()) -> None:
        self._by_kind: dict[str, list[Condition]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._put(conditions)

    def put(self, conditions: Iterable[Condition]) -> None:
        """Take *conditions* as all that is wrong from now on, and tell who wants to know."""
        self._put(conditions)
        for tell in self._listeners:
            tell()

    def when_changed(self, tell: Callable[[], None]) -> None:
        """Call *tell* after each change."""
        self._listeners.append(tell)

    def asked(self, kind: str, **of: object) -> Mapping[str, Any] | None:
        """Return what was asked of the fault of *kind* that is in force; None if none is.

        *of* narrows it down: only one that was asked for exactly these values, or that left them
        open, counts.
        """
        for condition in self._by_kind.get(kind, ()):
            if all(condition.asked.get(key, value) == value for key, value in of.items()):
                return condition.asked
        return None

    def all(self, kind: str) -> list[Mapping[str, Any]]:
        """Return what was asked of every fault of *kind* that is in force."""
        return [condition.asked for condition in self._by_kind.get(kind, ())]

    def _put(self, conditions: Iterable[Condition]) -> None:
        self._by_kind = {}
        for condition in conditions:
            self._by_kind.setdefault(condition.kind, []).append(condition)
