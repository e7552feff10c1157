"""What can end a run other than its verdict, and the exit code of each.

    HarnessError
    ├── UsageError          2    a file or an option is wrong; nothing was started
    ├── Refused             4    the guard did not let the run begin
    └── TargetError        70    the target or the generator broke in a way we did not cause
                                 (as does every exception that is none of these)
        └── NotInjected          a fault could not be broken: the run goes on

GO is 0, NO-GO 1, INCONCLUSIVE 3, a run that a stop rule ended early 5, one with residue 6 and an
interrupted one 130: those are answers, not errors.
Raised at the edges, decided in ``cli``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Every exit code of the ``harness`` command."""

    GO = 0
    NO_GO = 1
    USAGE = 2
    INCONCLUSIVE = 3
    REFUSED = 4
    HALTED = 5
    RESIDUE = 6
    BROKEN = 70
    INTERRUPTED = 130

    @property
    def about(self) -> str:
        """What the code says, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.GO: "GO",
    ExitCode.NO_GO: "NO-GO",
    ExitCode.USAGE: "a file or option is wrong",
    ExitCode.INCONCLUSIVE: "INCONCLUSIVE",
    ExitCode.REFUSED: "refused by the guard",
    ExitCode.HALTED: "halted by a stop rule",
    ExitCode.RESIDUE: "something could not be healed",
    ExitCode.BROKEN: "the harness itself broke",
    ExitCode.INTERRUPTED: "interrupted (healed, report written)",
}

PRECEDENCE = (
    ExitCode.BROKEN,
    ExitCode.RESIDUE,
    ExitCode.INTERRUPTED,
    ExitCode.REFUSED,
    ExitCode.HALTED,
    ExitCode.NO_GO,
    ExitCode.INCONCLUSIVE,
    ExitCode.USAGE,
    ExitCode.GO,
)
"""Of several true answers, the first in this order is the exit code."""


def worst(*codes: ExitCode) -> ExitCode:
    """Return the code that takes precedence among *codes*."""
    return min(codes, key=PRECEDENCE.index)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file: where it stands, what it says, what would be right.

    As a text it is two lines, whole however long: what shows them to a person folds them.
    """

    where: str
    found: str
    want: str

    def __str__(self) -> str:
        found = f"{self.where}: found {self.found}"
        return "\n".join(_one_line(each) for each in (found, f"    wanted: {self.want}"))


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that stands in nobody's way: where, and what."""

    where: str
    text: str

    def __str__(self) -> str:
        return _one_line(f"note: {self.where}: {self.text}")


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


class HarnessError(Exception):
    """The root of all errors we raise on purpose."""

    exit_code = ExitCode.BROKEN


class UsageError(HarnessError):
    """One or more problems in what the user wrote. Carries all of them."""

    exit_code = ExitCode.USAGE

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Refused(HarnessError):
    """The guard refused the target. The message starts with a stable code."""

    exit_code = ExitCode.REFUSED


class TargetError(HarnessError):
    """The target, or a process of ours, did not do what a run depends on."""


class NotInjected(TargetError):
    """The fault was not injected. The run goes on, and the verdict does not count the fault."""
