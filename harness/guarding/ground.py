"""What a guard stands on: this machine's resolver, deny files, account and clock."""

import os
import pwd
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from harness.clock import wall_now
from harness.files.never import home_of_account, places, read_never
from harness.guard.checks import Resolve, resolved
from harness.guard.rules_hosts import is_here
from harness.model.guard import Never

_STATE = Path(".local/state/cutover-rehearsal/used-approvals")


def account() -> str:
    """Return the name of the account that this process runs under: no variable changes it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def used_folder() -> Path | None:
    """Return the folder in which used approvals are remembered; None if there is no home for it."""
    home = home_of_account()
    return None if home is None else home / _STATE


def never_for(profile: Path) -> Never:
    """Return what the deny files that count for a profile in the folder *profile* forbid."""
    return read_never(places(profile))


@dataclass(frozen=True, slots=True)
class Ground:
    """What a guard stands on. ``here`` says which addresses are this machine.

    ``used`` is where used approvals are remembered. ``names_every_s`` and ``word_every_s`` are wall
    seconds between two looks at where names lead, and at what the target says of itself;
    ``look_s`` is how long nothing is sent before the first customer, and whatever comes then is
    somebody else's.
    """

    resolve: Resolve = resolved
    here: Callable[[str], bool] = is_here
    never: Callable[[Path], Never] = never_for
    account: Callable[[], str] = account
    used: Path | None = field(default_factory=used_folder)
    now: Callable[[], float] = wall_now
    names_every_s: float = 10.0
    word_every_s: float = 30.0
    look_s: float = 5.0


GROUND = Ground()


@dataclass(frozen=True, slots=True)
class Armed:
    """What was said on the command line: hashes of plans that are armed, and an approval's file."""

    hashes: tuple[str, ...] = ()
    approval: Path | None = None


NOT_ARMED = Armed()
