"""Every kind of fault keeps the contract: ordered, shown, undone, shown to be undone."""

import pytest

from harness.faults.contract import FaultKind
from harness.faults.kinds import KINDS
from tests.fakes import FakeAdmin, FakeProbe, fault_plan

ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@ALL
def test_a_kind_goes_by_its_own_name(kind: FaultKind):
    """The word in the scenario finds the class, and the class orders that word."""
    assert KINDS[kind.name] is kind


@ALL
async def test_a_kind_orders_itself_with_its_lease(kind: FaultKind):
    """Kind, site and lease reach the target, and its id comes back."""
    admin = FakeAdmin()
    fault_id = await kind.inject(fault_plan(kind=kind.name), admin, lease_wall_s=12.0)

    assert admin.orders == [(kind.name, "north", 12.0)]
    assert fault_id in admin.active


@ALL
async def test_a_kind_is_proven_once_it_is_in_force(kind: FaultKind):
    """And says in words what shows it."""
    admin = FakeAdmin()
    await kind.inject(fault_plan(), admin, lease_wall_s=12.0)

    assert "north" in (await kind.proof(fault_plan(), FakeProbe(admin)) or "")


@ALL
async def test_a_kind_is_not_proven_by_a_healthy_site(kind: FaultKind):
    """A proof that is always there proves nothing."""
    assert await kind.proof(fault_plan(), FakeProbe(FakeAdmin())) is None


@ALL
async def test_a_kind_is_not_proven_by_another_site(kind: FaultKind):
    """The right thing broken in the wrong place."""
    admin = FakeAdmin()
    await kind.inject(fault_plan(site="south"), admin, lease_wall_s=12.0)

    assert await kind.proof(fault_plan(), FakeProbe(admin)) is None


@pytest.mark.parametrize(
    ("ordered", "claimed"), [("site_down", "site_hang"), ("site_hang", "site_down")]
)
async def test_a_kind_is_not_proven_by_the_other_kind(ordered: str, claimed: str):
    """A dead site is not a frozen one: they fail customers in different ways."""
    admin = FakeAdmin()
    await KINDS[ordered].inject(fault_plan(), admin, lease_wall_s=12.0)

    assert await KINDS[claimed].proof(fault_plan(), FakeProbe(admin)) is None


@ALL
async def test_a_kind_is_undone(kind: FaultKind):
    """Twice is no mistake: lease and order may meet."""
    admin = FakeAdmin()
    fault_id = await kind.inject(fault_plan(), admin, lease_wall_s=12.0)
    await kind.heal(fault_id, admin)
    await kind.heal(fault_id, admin)

    assert admin.active == {}
    assert await kind.heal_proof(fault_plan(), FakeProbe(admin)) is not None


@ALL
async def test_a_kind_is_not_healed_while_it_is_in_force(kind: FaultKind):
    """The edge must send traffic there again, and the site answer it."""
    admin = FakeAdmin()
    await kind.inject(fault_plan(), admin, lease_wall_s=12.0)

    assert await kind.heal_proof(fault_plan(), FakeProbe(admin)) is None
