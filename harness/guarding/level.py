"""How much a target has to prove of itself, and what a verdict on it is therefore about."""

from collections.abc import Callable

from harness.guard.rules_hosts import is_here, origins
from harness.model.guard import Guarding, Level, Marker
from harness.model.target import Target


def level_of(target: Target, *, here: Callable[[str], bool] = is_here) -> Level:
    """Return what *target* has to prove of itself. On this machine it can prove nothing more.

    *here* says which addresses are this machine: a word that is bound to them binds nobody else.
    """
    if target.remote is None:
        return Level.MOCK
    guard = target.remote.guard
    found, _ = origins(target.remote.addresses())
    if guard is None or (found and all(here(origin.host) for origin in found.values())):
        return Level.LOOPBACK
    return guard.level


def about(level: Level) -> str:
    """Return what a verdict on a target of *level* says that it is about; signed needs no word."""
    return {Level.MOCK: "mock only", Level.SIGNED: ""}.get(level, str(level))


def front_door_is_shared(guard: Guarding) -> bool:
    """Whether production may be behind the same addresses: every answer tells which one it is."""
    return guard.shared_front_door and guard.marker != Marker()
