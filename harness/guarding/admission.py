"""Before a run: every layer in its order, the cheap and silent ones first, and all must hold.

Nothing is sent to a host before its name, its addresses and its certificate were found to be right;
then one request to edge and sites for their word on what they are, and nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from harness.errors import Refused
from harness.feasibility.plan import AROUND_WALL_S
from harness.feasibility.volume import Volume, longest_hold_s, volumes
from harness.guard.checks import Answer, admit
from harness.guard.codes import refusal
from harness.guard.rules_attest import stamp
from harness.guard.rules_caps import Asked, cap_refusals, effective
from harness.guard.rules_hosts import name_refusals, never_refusals, origins, transport_refusals
from harness.guard.wire import Wire, least_cap, least_concurrency, probes_of, scanner_for
from harness.guarding.approvals import arming_refusals, breaks, use
from harness.guarding.asking import Asking
from harness.guarding.ground import GROUND, NOT_ARMED, Armed, Ground
from harness.guarding.level import level_of
from harness.model.guard import (
    BY_HEADER,
    GENERATOR_SHARE,
    Guarding,
    Level,
    Marker,
    Never,
    Watch,
)
from harness.model.scenario import PhaseKind, Scenario
from harness.model.target import EDGE, Endpoints, Remote, Target
from harness.preflight import Plan
from harness.traffic.people import make_people
from harness.traffic.shifts import posts

_FIRST_WRITES = 2
"""Of our own, before any customer's: a token is asked for, and the canary is written."""
_WRITES_AN_AGENT = 2
"""A virtual agent logs in, and out."""
_WRITES_A_LINE = 3
"""A line is called, perhaps asked for a person, and hung up."""
_WRITES_OF_WEBHOOKS = 2
"""A receiver is subscribed, and taken back."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A target that was let through: where it answers, and what every request is held to.

    ``asking`` is None unless its profile has a guard; ``facts`` are for the run's log. The run has
    to be over at ``ends_at`` (epoch seconds).
    """

    endpoints: Endpoints
    asking: Asking | None = None
    ends_at: float | None = None
    facts: dict[str, str] = field(default_factory=dict)

    def wire(self, plan: Plan | None = None, *, lines: Iterable[str] = ()) -> Wire | None:
        """Return what the harness's own requests are held to; None on a mock of ours.

        That is a share of each cap: the rest is the generator's, of this run's *plan* or of another
        that goes on meanwhile. Without a plan every write is ours: what a run wrote under the cap
        can be taken away under it. *lines* are numbers that are dialled beside those of the plan.
        """
        watch = self.endpoints.watch
        if watch is None:
            return None
        people = make_people(plan.scenario.seed) if plan else ()
        scanner = scanner_for(people, plan.scenario.lines if plan else {}, more=lines)
        ours = probes_of(watch)
        return Wire(ours if plan else replace(ours, writes=watch.writes), scanner)


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets a target through, or not. Without a *plan* nothing is armed, and no caps are planned.

    *workers* are the processes that generate its load.
    """

    target: Target
    plan: Plan | None = None
    armed: Armed = NOT_ARMED
    ground: Ground = GROUND
    run: str = ""
    workers: int = 1

    async def admit(self, endpoints: Endpoints) -> Admitted:
        """Return the target at *endpoints*, let through.

        Raises:
            Refused: the rehearsal may not begin; the message has every reason.
        """
        remote = self.target.remote
        if remote is None:
            return Admitted(endpoints, facts={"environment": await admit(endpoints)})
        if remote.guard is None:
            every = {name: url for name, url in remote.addresses().items() if name != EDGE}
            named = await admit(replace(endpoints, sites=every))
            _refuse(self._over_caps(remote, None))
            endpoints = replace(endpoints, watch=self._watch(remote, None))
            return Admitted(endpoints, None, self._ends_at(remote), {"environment": named})
        return await self._guarded(remote, remote.guard, endpoints)

    async def _guarded(self, remote: Remote, guard: Guarding, endpoints: Endpoints) -> Admitted:
        facts = {"environment": guard.environment, "level": str(self._level)}
        found, wrong = origins(remote.addresses())
        asking = Asking(remote, guard, self.ground, endpoints, found)
        never = asking.never()
        here = {each.host for each in found.values() if self.ground.here(each.host)}
        wrong += never_refusals(never, guard)
        wrong += name_refusals(found, guard, never)
        wrong += transport_refusals(found, here)
        wrong += _denied_tenant(guard, never)
        if self.plan is not None:
            wrong += arming_refusals(self.plan, guard, self.armed, self.ground, facts)
        _refuse(wrong)
        asking.resolved = await asking.resolve()
        _refuse(await asking.wrong_addresses(never))
        asking.endpoints = replace(endpoints, watch=Watch(pins=asking.pins, run=self.run))
        _refuse(asking.wrong_certificates(never, await asking.certificates()))
        if guard.level is Level.TENANT:
            wrong, _ = await asking.wrong_tenant()
            _refuse(refusal("E_TENANT", each, sent="Only that was asked.") for each in wrong)
        else:
            answers: dict[str, Answer] = {}
            if guard.level is Level.SIGNED:
                answers = await asking.words()
            lasting_s = self._asked(self.plan).run_s if self.plan else 0.0
            _refuse(await asking.wrong_words(never, answers, lasting_s=lasting_s))
        _refuse([*self._wrong_faults(asking), *self._over_caps(remote, asking)])
        # Only now, with nothing left to be refused for, is the approval used up.
        if (nonce := facts.get("approval")) and not use(nonce, self.ground.used):
            _refuse([refusal("E_APPROVAL_USED", "a run was begun with it")])
        asking.endpoints = replace(endpoints, watch=self._watch(remote, asking))
        return Admitted(asking.endpoints, asking, self._ends_at(remote), facts | _told_of(asking))

    @property
    def _level(self) -> Level:
        return level_of(self.target, here=self.ground.here)

    def _ends_at(self, remote: Remote) -> float | None:
        run_s = remote.caps.run_s
        return None if run_s is None or self.plan is None else self.ground.now() + run_s

    def _wrong_faults(self, asking: Asking) -> Iterable[str]:
        allowed = asking.attestation.faults_allowed if asking.attestation else ()
        return [
            refusal(
                "E_FAULT_NOT_ALLOWED",
                f"{kind!r} is not in faults_allowed [{', '.join(allowed)}]",
                sent="Only requests for its word were sent.",
            )
            for kind in breaks(self.plan)
            if kind not in allowed
        ]

    def _over_caps(self, remote: Remote, asking: Asking | None) -> Iterable[str]:
        if self.plan is None:
            return ()
        attestation = asking.attestation if asking else None
        return cap_refusals(
            self._asked(self.plan), effective(remote.caps, self._level, attestation)
        )

    def _asked(self, plan: Plan) -> Asked:
        """Return what *plan* asks of the target, at the very least."""
        found = list(volumes(plan.scenario, plan.target, plan.sla))
        load_s = sum(each.phase.duration_s + each.hold_s for each in found)
        return Asked(
            max((each.requests_per_s for each in found), default=0.0) / GENERATOR_SHARE,
            least_concurrency(self.workers),
            max(
                (_agents_writes(plan.scenario) + sum(map(_contacts, found))) / GENERATOR_SHARE,
                least_cap(_FIRST_WRITES + sum(_checking(plan.scenario, each) for each in found)),
            ),
            (load_s + longest_hold_s(plan.scenario)) / plan.scenario.speed + AROUND_WALL_S,
        )

    def _watch(self, remote: Remote, asking: Asking | None) -> Watch:
        caps = effective(remote.caps, self._level, asking.attestation if asking else None)
        return Watch(
            pins=asking.pins if asking else {},
            marker=None if remote.guard is None else _marker(remote.guard),
            environment="" if remote.guard is None else remote.guard.environment,
            requests_per_s=caps.requests_per_s,
            concurrent=caps.concurrent,
            writes=caps.writes,
            run=self.run,
        )


def _agents_writes(scenario: Scenario) -> int:
    staffing = scenario.staffed_by
    if staffing is None or staffing.crew is None:
        return 0
    return _WRITES_AN_AGENT * sum(1 for _ in posts(staffing.crew))


def _contacts(found: Volume) -> float:
    return found.calls + found.tickets + found.held


def _checking(scenario: Scenario, found: Volume) -> int:
    """Return how often the check of interfaces writes in a phase: lines, a ticket, webhooks."""
    if found.phase.kind is not PhaseKind.LINES:
        return 0
    webhooks = _WRITES_OF_WEBHOOKS if scenario.webhooks else 0
    return _WRITES_A_LINE * found.probes + (scenario.tickets is not None) + webhooks


def _marker(guard: Guarding) -> Marker | None:
    """Return what every answer is looked at for; None if only the certificate is.

    A shared service that can host nothing will hardly add a header: there it has to be declared.
    """
    by_default = guard.level is Level.TENANT and guard.marker == BY_HEADER
    return None if by_default or guard.marker == Marker() else guard.marker


def _denied_tenant(guard: Guarding, never: Never) -> list[str]:
    tenant = guard.tenancy.id if guard.tenancy else None
    return [
        refusal("E_TENANT_DENY", f"the tenant {each.what!r} is production ({each.where})")
        for each in never.tenants
        if each.what == tenant
    ]


def _told_of(asking: Asking) -> dict[str, str]:
    """Return what the log tells of a target that was let through."""
    places = [f"{host} at {' '.join(addresses)}" for host, addresses in asking.pins.items()]
    told = {"addresses": ", ".join(places)}
    if asking.attestation is not None:
        told["attested_until"] = stamp(asking.attestation.not_after)
        told["contact"] = asking.attestation.contact
    return told


def _refuse(wrong: Iterable[str]) -> None:
    """Refuse if anything is wrong.

    Raises:
        Refused: something is; the message has all of it, each once.
    """
    if reasons := list(dict.fromkeys(wrong)):
        raise Refused("\n".join(reasons))
