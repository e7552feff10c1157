"""Every kind of fault, against a mock centre that runs: it bites, is seen, heals, is seen healed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from harness.faults.contract import Means
from harness.faults.kinds import KINDS
from harness.faults.kinds.of_the_store import OfTheStore
from harness.faults.probe import Probe
from harness.files.load import load_target
from harness.model.fault import Value
from harness.model.scenario import FaultPlan
from harness.scrape.exposition import Exposition
from harness.target import mock
from harness.target.admin import Admin

ASKED: dict[str, dict[str, Value]] = {
    "api_errors": {"share": 0.3, "status": 503.0},
    "api_latency": {"share": 1.0, "delay": 0.3},
    "api_rate_limit": {"per_minute": 600.0, "burst": 7.0},
    "metrics_gone": {"source": "north"},
    "agents_logged_out": {"share": 0.5},
    "blocked_destination": {"line": "+441632960101"},
    "link_latency": {"delay": 0.03},
    "link_loss": {"share": 0.5},
    "media_impairment": {"loss": 0.03, "delay": 0.0, "jitter": 0.0},
    "misrouted_line": {"line": "+441632960101", "queue": "support"},
    "rolling_restart": {"wait": 60.0},
    "scale_up": {"queue": "billing", "heads": 10.0},
    "site_slow": {"delay": 0.1},
    "webhook_outage": {"line": "+441632960101"},
    "trunk_loss": {"share": 0.5},
}
"""What each kind is asked for here, beside the site if it takes one."""

LINES = {"billing": ("+441632960101",), "support": ("+441632960201",)}
OF_A_PROVIDER = {"http", "process", "toxiproxy", "chaostoolkit", "external"}
"""Not the mock's: ``test_kinds_of_a_provider.py`` holds them to it."""
OF_THE_MOCK = sorted(KINDS.keys() - OF_A_PROVIDER)
pytestmark = pytest.mark.asyncio(loop_scope="module")


class Centre(NamedTuple):
    """What there is to break, and to look with."""

    means: Means
    probe: Probe
    admin: Admin


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    target = load_target(Path("scenarios/targets/mock_every_feature.yaml"))
    assert target.mock is not None
    # With TLS, so that certificates can expire too.
    target = replace(target, mock={**target.mock, "api": {**target.mock["api"], "tls": "yes"}})
    logs = tmp_path_factory.mktemp("kinds")
    async with (
        mock.running(target, lines=LINES, speed=20.0, seed="7", logs=logs) as endpoints,
        Admin(endpoints) as admin,
        Probe(endpoints, Exposition().parse) as probe,
    ):
        yield Centre(Means(admin), probe, admin)


async def plan_of(kind: str, probe: Probe) -> FaultPlan:
    """Return a plan of *kind* as a scenario would have it; a store's is of the site that leads."""
    asked = ASKED.get(kind, {})
    takes_site = any(each.name == "site" for each in KINDS[kind].parameters)
    site = ""
    if takes_site:
        leads = await probe.metric("south", "cc_store_primary") == 1
        site = "south" if leads and isinstance(KINDS[kind], OfTheStore) else "north"
    place = KINDS[kind].place({**asked, **({"site": site} if site else {})})
    return FaultPlan(kind, site, 0.0, 60.0, None, asked, place)


async def seen(look: Callable[[], Awaitable[str | None]], within_s: float = 20.0) -> str:
    """Return what *look* saw, as soon as it saw something."""
    async with asyncio.timeout(within_s):
        while (found := await look()) is None:  # noqa: ASYNC110  nobody tells us, we look
            await asyncio.sleep(0.05)
    return found


@pytest.mark.parametrize("kind", OF_THE_MOCK)
async def test_a_kind_bites_is_proven_and_heals(centre: Centre, kind: str):
    """Proven from outside, not by the order's answer; and nothing shows it while all is well."""
    plan, found = await plan_of(kind, centre.probe), KINDS[kind]
    way = found.way(centre.means)
    await seen(lambda: found.heal_proof(plan, centre.probe))
    before = await found.proof(plan, centre.probe)
    try:
        await way.inject(plan, lease_wall_s=30.0)
        proof = await seen(lambda: found.proof(plan, centre.probe))
    finally:
        await way.heal(plan)
        await way.heal(plan)
    healed = await seen(lambda: found.heal_proof(plan, centre.probe))

    assert before is None
    assert proof
    assert healed
    assert await centre.admin.active_faults() == []


@pytest.mark.parametrize("kind", OF_THE_MOCK)
async def test_a_kind_heals_by_its_lease_when_nobody_asks_it_to(centre: Centre, kind: str):
    """Whatever becomes of the harness."""
    plan, found = await plan_of(kind, centre.probe), KINDS[kind]
    await seen(lambda: found.heal_proof(plan, centre.probe))
    await found.way(centre.means).inject(plan, lease_wall_s=0.2)
    async with asyncio.timeout(20):
        while await centre.admin.active_faults():  # noqa: ASYNC110  nobody tells us, we look
            await asyncio.sleep(0.05)

    assert await seen(lambda: found.heal_proof(plan, centre.probe))
