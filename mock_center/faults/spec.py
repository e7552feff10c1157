"""How a fault may be ordered, and who has to know of it: one kind is one ``FaultSpec``."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_center.config import Problem

EDGE = "edge"
"""The process that is told of what is wrong at the front door; every other is a site."""

Check = Callable[[Any], Any]
"""Returns the value as it is kept, or raises ValueError with what would have been right."""


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """One kind of fault.

    ``keys`` are what it is ordered with, ``optional`` ones may be absent. ``place`` says what it
    holds while it lasts, from the whole to the part. ``tells`` are the processes that are told of
    it: ``edge``, and sites by name; none if the supervisor does all of it by itself.
    """

    kind: str
    keys: Mapping[str, Check]
    place: Callable[[Mapping[str, Any]], str]
    tells: Callable[[Mapping[str, Any]], tuple[str, ...]] = lambda _: ()
    optional: Mapping[str, Check] = field(default_factory=dict)

    def read(self, told: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Return what is asked by *told*, and what is wrong with it, by its keys."""
        known = {**self.keys, **self.optional}
        names = ", ".join(known)
        wrong = [Problem(key, "an unknown key", names) for key in told if key not in known]
        wrong += [Problem(key, "nothing", "this key") for key in self.keys if key not in told]
        asked = {}
        for key, check in known.items():
            if key in told:
                try:
                    asked[key] = check(told[key])
                except ValueError as error:
                    wrong.append(Problem(key, repr(told[key]), str(error)))
        return asked, wrong


def number(least: float, most: float) -> Check:
    """Return the check of a number from *least* to *most*."""

    def check(found: Any) -> float:
        sound = isinstance(found, (int, float)) and not isinstance(found, bool)
        if not sound or not math.isfinite(found) or not least <= found <= most:
            raise ValueError(f"a number from {least:g} to {most:g}")
        return float(found)

    return check


def one_of(*choices: str) -> Check:
    """Return the check of one of the texts *choices*."""

    def check(found: Any) -> str:
        if found not in choices:
            raise ValueError(" or ".join(choices))
        return str(found)

    return check


share = number(0.0, 1.0)
