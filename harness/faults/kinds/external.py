"""``external``: a person or the provider acts; the harness announces it and waits for the word.

Between the announcement and the confirmation lies the moment at which it happened: the recovery is
told as a range. No word in time: the fault was not injected, and the verdict does not count it.
The word comes by the Enter key, a request on this machine, or a file; the mending likewise.
Nobody can mend it in a person's place: the lease tells whoever finds it open what to do.
Blast radius: whatever they do.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.errors import NotInjected, TargetError
from harness.faults import leases
from harness.faults.confirmation import HEAL, INJECT, Confirmed, by_file, by_key, by_request
from harness.faults.contract import Means, Way, Wrong
from harness.faults.guarded import Guardianship
from harness.faults.kinds.of_a_provider import WHERE
from harness.faults.signs import SIGNS, BySigns, addresses_of_signs, wrong_signs
from harness.model.event import BY_A_PERSON
from harness.model.fault import Names, Parameter, Value, Written
from harness.model.scenario import FaultPlan

_BREAK = Parameter(
    name="break",
    written=Written.TEXT,
    about="What is to be done, as it is announced.",
    example="break: switch trunk group 7 off",
)
_MEND = Parameter(
    name="mend",
    written=Written.TEXT,
    about="How it is undone, as it is announced.",
    example="mend: switch trunk group 7 on",
)
_CONFIRM = Parameter(
    name="confirm",
    written=Written.CHOICE,
    about="How the word comes: the Enter key, POST /injected and /healed to port, or file.",
    example="confirm: key",
    default="key",
    choices=("key", "request", "file"),
)
_PORT = Parameter(
    name="port",
    written=Written.NUMBER,
    about="Where on this machine the requests are awaited.",
    example="port: 18600",
    optional=True,
    least=1024,
    most=65535,
)
_FILE = Parameter(
    name="file",
    written=Written.TEXT,
    about="Whoever has acted makes FILE.injected, then FILE.healed.",
    example="file: /tmp/trunks",
    optional=True,
)
_WITHIN = Parameter(
    name="within",
    written=Written.DURATION,
    about="Wall seconds in which the word must have come.",
    example="within: 5m",
    default=120.0,
)


class External(BySigns):
    """Whatever nobody but a person can do."""

    name = BY_A_PERSON
    parameters = (_BREAK, _MEND, _CONFIRM, _PORT, _FILE, _WITHIN, WHERE, *SIGNS)

    def place(self, asked: Mapping[str, Value]) -> str:
        """Return what the scenario says it holds."""
        return str(asked["where"])

    def way(self, means: Means) -> Way:
        """Return the way by a person."""
        return _ByPerson(means)

    def wrong(self, asked: Mapping[str, Value], names: Names) -> Iterator[Wrong]:
        """Yield what is wrong with the signs, and with how the word is to come."""
        yield from wrong_signs(asked, names)
        confirm = str(asked["confirm"])
        if confirm == "request" and "port" not in asked:
            yield Wrong("port", "no 'port'", _PORT.example)
        if confirm == "file":
            if "file" not in asked:
                yield Wrong("file", "no 'file'", _FILE.example)
            elif not Path(str(asked["file"])).parent.is_dir():
                want = "a file in a folder that is there"
                yield Wrong("file", f"file: {asked['file']}", want)

    def takes(self, asked: Mapping[str, Value]) -> Iterator[str]:
        """Yield where its word is awaited: that of another fault could not be told from it."""
        confirm = str(asked["confirm"])
        if confirm == "key":
            yield "the Enter key"
        elif confirm == "request" and "port" in asked:
            yield f"port {float(asked['port']):g}"
        elif confirm == "file" and "file" in asked:
            yield str(asked["file"])

    def addresses(self, asked: Mapping[str, Value]) -> Iterator[str]:
        """Yield the addresses of its signs."""
        yield from addresses_of_signs(asked)


class _ByPerson:
    """Announces, and waits for the word."""

    def __init__(self, means: Means) -> None:
        if means.guardianship is None:
            raise TargetError("there is nobody to keep what undoes this fault")
        self._announce = means.announce
        self._guardianship: Guardianship = means.guardianship
        self._lease: Path | None = None

    async def inject(self, plan: FaultPlan, *, lease_wall_s: float) -> None:
        """Ask for it to be broken; return once somebody says that it is.

        Raises:
            NotInjected: nobody said so in time.
        """
        asked = plan.asked
        within_wall_s = float(asked["within"])
        self._lease, _ = await self._guardianship.hold(
            plan, (), lease_wall_s=lease_wall_s + 2 * within_wall_s, by_hand=str(asked["mend"])
        )
        self._announce(f"{asked['break']}. {_how(asked, INJECT)}")
        try:
            await _confirmed(asked)(INJECT, within_wall_s)
        except TimeoutError as error:
            why = str(error) or f"nobody confirmed it within {within_wall_s:g} s"
            raise NotInjected(why) from None

    async def heal(self, plan: FaultPlan) -> None:
        """Ask for it to be mended; return once somebody says that it is.

        Raises:
            TargetError: nobody said so in time.
        """
        if self._lease is None:
            return
        asked = plan.asked
        within_wall_s = float(asked["within"])
        self._announce(f"{asked['mend']}. {_how(asked, HEAL)}")
        try:
            await _confirmed(asked)(HEAL, within_wall_s)
        except TimeoutError as error:
            why = str(error) or f"nobody confirmed it within {within_wall_s:g} s"
            raise TargetError(f"{why}; by hand: {asked['mend']}") from None
        leases.close(self._lease)


def _confirmed(asked: Mapping[str, Value]) -> Confirmed:
    if asked["confirm"] == "request":
        return by_request(int(float(asked["port"])))
    if asked["confirm"] == "file":
        return by_file(Path(str(asked["file"])))
    return by_key(sys.stdin.fileno())


def _how(asked: Mapping[str, Value], word: str) -> str:
    if asked["confirm"] == "request":
        return f"Then: curl -X POST http://127.0.0.1:{float(asked['port']):.0f}/{word}"
    if asked["confirm"] == "file":
        return f"Then: touch {asked['file']}.{word}"
    return "Then press Enter"


KIND = External()
