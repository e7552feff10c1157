"""What is expected of a phase: by hand where a hand can do it, and never from what was measured."""

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kpi.erlang import Pool, expect
from harness.kpi.patience import expect_with
from harness.model.patience import BANK_1999
from harness.model.scenario import FaultPlan, Load, PhaseKind, Scenario
from harness.model.target import Login, Remote, Shift, SignIn, SignInKind, Target
from harness.verdict.forecast import (
    TICKETS,
    Forecast,
    forecast,
    heads_needed,
    staffed,
    stretches,
    theory,
)
from tests.fakes import TICKETS as TICKET_TRAFFIC
from tests.fakes import phase, scenario
from tests.feasibility.plans import target

PEAK = phase("peak", duration_s=1800.0)
LOSS = phase(
    "loss",
    PhaseKind.FAULT,
    duration_s=900.0,
    faults=(FaultPlan("site_down", "north", 120.0, 480.0),),
)
PLAN = scenario(PEAK, LOSS)


def of(plan: Scenario, centre: Target, name: str, scope: str = "") -> Forecast:
    """Return the forecast of *scope* in the phase *name*, which there must be."""
    found = forecast(plan, centre, plan.phase(name), scope, threshold_s=20.0)
    assert found is not None
    return found


def test_a_queue_at_two_sites_is_two_pools_with_half_the_calls_each():
    """One pool of both would promise what separate sites cannot keep."""
    found = of(PLAN, target(north=24, south=24), "peak", "billing")
    site = expect(Pool(24, 432, 180, 180), threshold_s=20.0)

    assert found.service_level == pytest.approx(site.service_level)
    assert found.abandonment == pytest.approx(site.abandonment)
    assert found.asa_s == pytest.approx(site.asa_s)
    assert found.occupancy == pytest.approx(site.occupancy)
    assert (found.contacts, found.per_hour, found.heads) == pytest.approx((432, 864, 48))


def test_calls_go_where_the_heads_are():
    """A site with three quarters of the heads gets three quarters of the calls."""
    found = of(PLAN, target(north=36, south=12), "peak", "billing")
    large, small = (expect(Pool(n, 18 * n, 180, 180), threshold_s=20.0) for n in (36, 12))

    assert found.service_level == pytest.approx(
        0.75 * large.service_level + 0.25 * small.service_level
    )


def test_a_lost_site_counts_for_as_long_as_it_is_lost():
    """Eight of fifteen minutes on half the heads, seven on all of them."""
    centre = target(north=24, south=24)
    whole = of(PLAN, centre, "peak", "billing")
    lost = forecast(
        PLAN, centre, LOSS, "billing", threshold_s=20.0, only=lambda stretch: bool(stretch.gone)
    )
    both = of(PLAN, centre, "loss", "billing")
    alone = expect(Pool(24, 864, 180, 180), threshold_s=20.0)

    assert lost is not None
    assert lost.service_level == pytest.approx(alone.service_level)
    assert both.service_level == pytest.approx(
        (7 * (whole.service_level or 0) + 8 * alone.service_level) / 15
    )
    assert both.heads == pytest.approx((7 * 48 + 8 * 24) / 15)


def test_a_moving_load_is_cut_into_slices():
    """The mean of a ramp is not its middle: waiting grows faster than the load."""
    ramp = phase("ramp", PhaseKind.RAMP, load=Load(0.0, 1.0), duration_s=600.0)
    centre = target(north=24, south=24)
    found = of(scenario(ramp), centre, "ramp", "billing")
    middle = of(scenario(replace(ramp, load=Load(0.5, 0.5))), centre, "ramp", "billing")

    assert found.contacts == pytest.approx(middle.contacts)
    assert found.occupancy == pytest.approx(middle.occupancy, abs=0.02)
    assert (found.service_level or 0) < (middle.service_level or 0)


def test_all_callers_are_the_queues_together():
    """Weighted by their calls."""
    centre = target(north=24, south=24, support=20)
    both = of(PLAN, centre, "peak")
    billing, support = (of(PLAN, centre, "peak", queue) for queue in ("billing", "support"))

    assert both.service_level == pytest.approx(
        0.6 * (billing.service_level or 0) + 0.4 * (support.service_level or 0)
    )
    assert both.contacts == pytest.approx(billing.contacts + support.contacts)


@pytest.mark.parametrize(
    ("scope", "same_as", "why"),
    [
        ("+441632960101", "billing", "a line's callers wait in its queue"),
        ("+441632960201", "support", "whichever line it is"),
        ("north", "", "two equal sites are each like both"),
    ],
)
def test_a_line_and_a_site_are_scopes_too(scope: str, same_as: str, why: str):
    """An SLA may judge each of them."""
    centre = target(north=24, south=24, support=20)
    found, other = of(PLAN, centre, "peak", scope), of(PLAN, centre, "peak", same_as)

    assert found.service_level == pytest.approx(other.service_level), why


def test_tickets_have_an_occupancy_and_nothing_else():
    """Nobody hangs up on a ticket; and more work than heads shows as more than all their time."""
    plan = scenario(PEAK, tickets=TICKET_TRAFFIC)
    found = of(plan, target(tickets=10), "peak", TICKETS)

    assert found.occupancy == pytest.approx(600 * 180 / 3600 / 20)
    assert (found.service_level, found.abandonment, found.asa_s) == (None, None, None)
    assert found.of("ticket_first_reply") is None


@pytest.mark.parametrize(
    ("centre", "why"),
    [
        (replace(target(), handle_s={}), "no handle time is declared"),
        (replace(target(), handle_s={"support": 180.0}), "none for this queue"),
        (target(north=0, south=0), "nobody works on it"),
        (
            replace(
                target(),
                staffing={"north": {"billing": (Shift(50, time(8), time(18)),)}},
                mock=None,
            ),
            "heads by times of day: what time it is there is not declared",
        ),
    ],
)  # fmt: skip
def test_of_what_is_not_declared_nothing_is_expected(centre: Target, why: str):
    """None, not a guess, and not zero."""
    assert forecast(PLAN, centre, PEAK, "billing", threshold_s=20.0) is None, why


@pytest.mark.parametrize("scope", ["site_down north", "sales", TICKETS])
def test_of_a_scope_without_calls_nothing_is_expected(scope: str):
    """Such as a fault's, a queue that nobody calls, or tickets where none are written."""
    assert forecast(PLAN, target(), PEAK, scope, threshold_s=20.0) is None


def test_while_a_fault_holds_that_theory_does_not_know_nothing_is_expected():
    """A frozen database takes no agents away; what it does nobody has a formula for."""
    odd = replace(LOSS, faults=(FaultPlan("store_slow", "north", 120.0, 480.0),))

    assert forecast(scenario(odd), target(), odd, "billing", threshold_s=20.0) is None


def test_where_all_sites_are_lost_nobody_queues():
    """Those calls are blocked, and in no service level; the rest of the phase is as ever."""
    faults = tuple(FaultPlan("site_down", site, 120.0, 480.0) for site in ("north", "south"))
    dark = replace(LOSS, faults=faults)
    found = forecast(scenario(dark), target(), dark, "billing", threshold_s=20.0)

    assert found is not None
    assert found.service_level == pytest.approx(of(PLAN, target(), "peak", "billing").service_level)
    assert found.contacts == pytest.approx(864 / 3600 * 420)


def test_shrinkage_is_paid_but_answers_no_call():
    """Fifty paid, ten per cent away: forty-five at work."""
    paid = replace(target(north=50, south=50), shrinkage=0.1)

    assert of(PLAN, paid, "peak", "billing") == of(
        PLAN, target(north=45, south=45), "peak", "billing"
    )


def test_a_site_that_staffs_nothing_takes_no_call():
    """A provider may say who works at one of its sites, and be silent about another."""
    elsewhere = Remote(
        "http://127.0.0.1:9",
        {"north": "http://127.0.0.1:9", "south": "http://127.0.0.1:9"},
        Login(SignIn(SignInKind.NONE)),
    )
    whole = target(north=48)
    half = replace(whole, staffing={"north": whole.staffing["north"]}, remote=elsewhere, mock=None)

    assert of(PLAN, half, "peak", "billing").heads == 48


@given(st.floats(1, 3600), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=4))
def test_the_stretches_of_a_phase_are_all_of_it(
    duration_s: float, windows: list[tuple[float, float]]
):
    """Whatever faults overlap, no second is counted twice or left out."""
    faults = tuple(
        FaultPlan("site_down", "north", min(w) * duration_s, abs(w[1] - w[0]) * duration_s)
        for w in windows
    )
    found = list(stretches(phase("any", PhaseKind.FAULT, duration_s=duration_s, faults=faults)))

    assert sum(each.share for each in found) == pytest.approx(1.0)
    assert [each.middle for each in found] == sorted(each.middle for each in found)


@given(
    st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(0, 40),
    st.integers(2, 300),
)  # fmt: skip
def test_heads_are_spread_as_they_were_declared(
    north: int, south: int, support: int, tickets: int, heads: int
):
    """All of them are somewhere, and other skills keep theirs."""
    declared = target(north=north, south=south, support=support, tickets=tickets)
    found = staffed(declared, ["billing"], heads).staffing
    least = (north > 0) + (south > 0)

    assert sum(int(site["billing"]) for site in found.values()) == max(heads, least)
    assert all((found[site]["billing"] == 0) is (n == 0) for site, n in (("north", north),))
    assert all(site["support"] == support and site["tickets"] == tickets for site in found.values())


@given(st.floats(0.5, 0.99), st.sampled_from(["", "billing", "support"]))
def test_the_heads_needed_are_enough_and_no_fewer_are(goal: float, scope: str):
    """The number that a message names must be true."""
    skills = [scope] if scope else ["billing", "support"]

    def good(found: Forecast) -> bool:
        return (found.service_level or 0.0) >= goal

    heads = heads_needed(PLAN, target(), PEAK, scope, threshold_s=20.0, enough=good)
    assert heads is not None

    assert good(of(PLAN, staffed(target(), skills, heads), "peak", scope))
    assert not good(of(PLAN, staffed(target(), skills, heads - 1), "peak", scope))


def test_a_loss_that_no_number_of_heads_heals_has_no_number():
    """North has all of them: with it gone there is nobody, however many there were."""
    only_north = target(north=50, south=0)
    blackout = replace(LOSS, faults=(FaultPlan("site_down", "north", 0.0, 900.0),))

    assert (
        heads_needed(
            scenario(blackout), only_north, blackout, "billing", threshold_s=20.0,
            enough=lambda found: (found.service_level or 0) > 0.5,
        )
        is None
    )  # fmt: skip


def test_callers_of_another_patience_are_expected_to_behave_like_it():
    """The bank's callers put into Erlang A by their mean would be promised a worse service."""
    calls = PLAN.calls
    assert calls is not None
    bank = replace(PLAN, calls=replace(calls, patience=BANK_1999))
    found = of(bank, target(north=20, south=20), "peak", "billing")
    pool = Pool(20, 432, 180, BANK_1999.mean_s)
    right, by_the_mean = (
        expect_with(pool, BANK_1999, threshold_s=20.0),
        expect(pool, threshold_s=20.0),
    )

    assert found.service_level == pytest.approx(right.service_level)
    assert right.service_level > by_the_mean.service_level + 0.03
    assert (theory(bank), theory(PLAN)) == ("M/M/n+G", "Erlang A")


def test_tickets_wait_for_ever_whatever_the_patience_of_callers():
    """A ticket does not hang up."""
    calls = PLAN.calls
    assert calls is not None
    bank = replace(PLAN, tickets=TICKET_TRAFFIC, calls=replace(calls, patience=BANK_1999))
    plain = replace(PLAN, tickets=TICKET_TRAFFIC)
    centre = target(north=24, south=24)

    assert of(bank, centre, "peak", TICKETS) == of(plain, centre, "peak", TICKETS)
