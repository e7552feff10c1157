"""While a run lasts: is what was found before it still so? The first change ends the run.

Names and deny files are looked at every ten seconds, the target's word and its certificate every
thirty. That nobody well is there says nothing: it is borne twice, and while a fault is in force.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace

from harness.adapter.driver import Driver
from harness.errors import UsageError
from harness.guard.checks import Answer
from harness.guard.codes import halt
from harness.guard.rules_hosts import address_refusals, drift, name_refusals
from harness.guarding.admission import Admitted
from harness.guarding.asking import Asking, trusted, unseen
from harness.guarding.ground import Ground
from harness.guarding.strangers import (
    LISTED_AT_MOST,
    Load,
    listed,
    others_calls,
    others_tickets,
)
from harness.model.guard import Level, Never
from harness.model.target import Target

LOST_AFTER = 3
"""So often in a row a name, or the target's word, may be missing before the run is halted."""
_TICK_WALL_S = 1.0

Halted = Callable[[str], Awaitable[None]]
"""Whoever ends the run when told why."""


class Lookout:
    """Looks on for one run. ``watch`` it, or look once with the other methods."""

    def __init__(self, admitted: Admitted, target: Target, ground: Ground) -> None:
        self._admitted = admitted
        self._target = target
        self._ground = ground
        self._names_missed = 0
        self._word_missed = 0
        self._suspected = False

    async def watch(self, halted: Halted, load: Callable[[], Load], driver: Driver) -> None:
        """Look again and again; tell *halted* once if the run has to end, and return then."""
        asking, ground = self._admitted.asking, self._ground
        if asking is None and self._admitted.ends_at is None:
            return
        tick_s = min(_TICK_WALL_S, ground.names_every_s, ground.word_every_s)
        names_at = word_at = ground.now()
        known = await listed(self._target, driver) if asking else {}
        load()  # what has arrived until now counts for nothing
        while True:
            await asyncio.sleep(tick_s)
            now, why = ground.now(), self.overdue()
            if not why and asking is not None and now - names_at >= ground.names_every_s:
                names_at = now
                why = await self.names(asking) or self.calls(load())
            if not why and asking is not None and now - word_at >= ground.word_every_s:
                word_at = now
                why = await self.word(asking, under_fault=load().under_fault)
                if not why and len(known) <= LISTED_AT_MOST:
                    there = await listed(self._target, driver)
                    why = others_tickets(known, there, prefix=load().prefix)
                    known |= there
            if why:
                await halted(why)
                return

    def overdue(self) -> str:
        """Return why the run has to end by now; empty if it has not."""
        ends_at = self._admitted.ends_at
        if ends_at is None or self._ground.now() <= ends_at:
            return ""
        return halt("HALT_RUN_CAP", "the run has taken all the time that it may")

    def calls(self, load: Load) -> str:
        """Return why calls of others halt the run: seen twice in a row, for counters lag."""
        why = others_calls(load)
        self._suspected, again = bool(why), self._suspected
        return why if again else ""

    async def names(self, asking: Asking) -> str:
        """Return why what names mean now, or who may be tested now, halts the run; else empty."""
        try:
            never = asking.never()
        except UsageError as error:
            return halt("HALT_PROD_DENY", f"never.yaml cannot be read any more: {error}")
        found = await asking.resolve()
        lost = [host for host, each in found.items() if not each.addresses]
        self._names_missed = self._names_missed + 1 if lost else 0
        if self._names_missed >= LOST_AFTER:
            evidence = f"{lost[0]!r} has had no address {LOST_AFTER} times in a row"
            return halt("HALT_DNS_LOST", evidence)
        return (
            _forbidden(asking, never)
            or self._drifted(asking, {host: each.addresses for host, each in found.items()})
            or await self._became_production(asking, never)
        )

    def _drifted(self, asking: Asking, found: dict[str, tuple[str, ...]]) -> str:
        if asking.guard.level is Level.TENANT and not asking.guard.networks:
            return ""  # a shared service moves as it likes; we stay with what was found
        for host, now in found.items():
            if strange := drift(asking.pins[host], now, asking.guard.also):
                was = ", ".join(asking.pins[host])
                return halt("HALT_DNS_DRIFT", f"{host!r} is at {', '.join(strange)}, not {was}")
        return ""

    async def _became_production(self, asking: Asking, never: Never) -> str:
        if asking.guard.level is not Level.TENANT:
            for evidence in asking.clashes(await asking.production(never)):
                return halt("HALT_PROD_CLASH", evidence)
        return ""

    async def word(self, asking: Asking, *, under_fault: bool = False) -> str:
        """Return why what the target says of itself now halts the run; else empty."""
        if asking.guard.level is Level.TENANT:
            wrong, gone = await asking.wrong_tenant()
            if gone:
                return self._missing(under_fault=under_fault)
            self._word_missed = 0
            return _first("HALT_TENANT", wrong)
        answers: dict[str, Answer] = {}
        if asking.guard.level is Level.SIGNED:
            answers = await asking.words()
        shown = await asking.certificates()
        # Whoever is gone says nothing; those who are there are believed or not all the same. What
        # is gone has shown its certificate before: at the start, if not since.
        there = {url: each for url, each in answers.items() if not each.gone}
        never = Never()
        with suppress(UsageError):  # said when it is read for the names
            never = asking.never()
        why = _first("HALT_CERTIFICATE", asking.wrong_certificates(never, trusted(shown)))
        if not why:  # which hosts are forbidden is asked with the names
            why = _first("HALT_ATTEST", await asking.wrong_words(Never(), there))
        if why:
            return why
        if len(there) < len(answers) or unseen(shown):
            return self._missing(under_fault=under_fault)
        self._word_missed = 0
        return ""

    def _missing(self, *, under_fault: bool) -> str:
        self._word_missed += not under_fault
        if self._word_missed < LOST_AFTER:
            return ""
        evidence = f"nobody has said what it is {LOST_AFTER} times in a row"
        return halt("HALT_ATTEST_LOST", evidence)


def _forbidden(asking: Asking, never: Never) -> str:
    """Return why a deny file forbids now what it allowed at the start; else empty."""
    if never.lever is not None:
        return halt("HALT_LEVER", f"{never.lever.what} ({never.lever.where})")
    guard = replace(asking.guard, heuristic_waived=tuple(asking.resolved), networks=())
    wrong = [*name_refusals(asking.origins, guard, never)]
    for host, found in asking.resolved.items():
        wrong += address_refusals(host, found, guard, never)
    return _first("HALT_PROD_DENY", wrong)


def _first(code: str, wrong: Iterable[str]) -> str:
    """Return a halt with the first of the refusals *wrong* as its evidence; empty if none is."""
    for reason in wrong:
        evidence = reason.partition(". ")[0] if reason.startswith("E_") else reason
        return halt(code, evidence)
    return ""
