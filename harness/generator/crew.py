"""Who generates the load: how many processes, where they meet, and the token that lets them in."""

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from harness.errors import Problem, UsageError

TOKEN_VARIABLE = "HARNESS_JOIN_TOKEN"
"""Where the token stands: never on a command line, which every user of a machine can read."""
SHORTEST_TOKEN = 20
LONGEST_TOKEN = 4096
_MAKE_ONE = (
    f"a token of {SHORTEST_TOKEN} characters or more, the same for the run and its workers, in"
    f" {TOKEN_VARIABLE} or in the file of --token-file; to make one:"
    " python3 -c 'import secrets; print(secrets.token_urlsafe(32))' > join.token"
)
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a run's workers meet it. ``host`` is a name or a number of IPv4.

    Locust's transport takes a number of IPv6 in one place and not in the other.
    """

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it, as far as the number tells."""
        try:
            return ipaddress.IPv4Address(self.host).is_loopback
        except ValueError:
            return False

    @classmethod
    def to_join(cls, written: str) -> "Address":
        """Return the address of a run that a worker should join: ``HOST:PORT``.

        Raises:
            UsageError: it is none.
        """
        found = _split(written)
        if found is None or not found.host or ":" in found.host:
            want = "HOST:PORT, as the run was given by --listen, such as 127.0.0.1:25557"
            raise UsageError([Problem("--join", repr(written), want)])
        return found

    @classmethod
    def to_listen(cls, written: str, option: str = "--listen") -> "Address":
        """Return the address at which a run waits: ``PORT`` for this machine alone, or a number.

        *option* is where it was written.

        Raises:
            UsageError: it is none, or a name: what a name means can change.
        """
        found = _split(written if ":" in written else f"{_LOOPBACK}:{written}")
        want = (
            "PORT, or ADDRESS:PORT with one of this machine's own numbers of IPv4, such as"
            " 25557 or 10.1.2.3:25557"
        )
        if found is None:
            raise UsageError([Problem(option, repr(written), want)])
        try:
            ipaddress.IPv4Address(found.host)
        except ValueError:
            raise UsageError([Problem(option, repr(written), want)]) from None
        return found


def _split(written: str) -> Address | None:
    try:
        parts = urlsplit(f"//{written}")
        port = parts.port
    except ValueError:
        return None
    if port is None or port == 0 or parts.path or parts.username is not None:
        return None
    return Address(parts.hostname or "", port)


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes that generate a run's load.

    With one worker it is a single process, else a master and so many. With ``listen`` none of them
    is started by the run: they join it there, within ``join_within_s`` of wall time, by ``token``.
    """

    workers: int = 1
    listen: Address | None = None
    join_within_s: float = 60.0
    token: str = field(default="", repr=False)


def join_token(file: Path | None) -> str:
    """Return the token that a run shares with its workers, from *file* or the environment.

    Raises:
        UsageError: there is none, or one that could be guessed.
    """
    where, found = TOKEN_VARIABLE, os.environ.get(TOKEN_VARIABLE, "")
    if file is not None:
        where = f"--token-file {file}"
        try:
            with file.open(encoding="utf-8") as opened:
                found = opened.read(LONGEST_TOKEN + 1)
        except (OSError, ValueError) as error:
            why = f"a file that cannot be read ({error})"
            raise UsageError([Problem(where, why, _MAKE_ONE)]) from None
    found = found.strip()
    if not found:
        raise UsageError([Problem(where, "no token", _MAKE_ONE)])
    if not SHORTEST_TOKEN <= len(found) <= LONGEST_TOKEN:
        count = f"{len(found)}" if len(found) <= LONGEST_TOKEN else f"more than {LONGEST_TOKEN:,}"
        raise UsageError([Problem(where, f"a token of {count} characters", _MAKE_ONE)])
    return found
