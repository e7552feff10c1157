"""Where a call goes: by shares that may be changed, and only as far as they must move it."""

from bisect import bisect
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_center.chance import stream
from mock_center.edge.routing import Distribution, pick, route

SITES = ("north", "south", "east")
REFERENCES = [f"r{n}" for n in range(300)]


@st.composite
def percentages(draw, sites=SITES):
    """Steps of 10 that add up to 100."""
    cuts = sorted(
        draw(st.lists(st.integers(0, 10), min_size=len(sites) - 1, max_size=len(sites) - 1))
    )
    return {
        site: 10 * (b - a) for site, (a, b) in zip(sites, pairwise([0, *cuts, 10]), strict=True)
    }


def distribution(shares: dict[str, int]) -> Distribution:
    made = Distribution({"line": {site: 1 / len(shares) for site in shares}})
    made.change("line", shares)
    return made


def firsts(shares: dict[str, int], up=SITES) -> dict[str, str]:
    split = distribution(shares).shares("line")
    return {name: route(up, split, seed="1", reference=name)[0] for name in REFERENCES}


@given(before=percentages(), after=percentages())
def test_a_call_moves_only_if_its_number_lies_between_an_old_border_and_the_new_one(before, after):
    """A step of 10 % in a failback must not reshuffle everybody."""
    old, new = firsts(before), firsts(after)
    borders = [list(accumulate(shares.values())) for shares in (before, after)]

    for name in REFERENCES:
        number = 100 * stream("1", f"route:{name}").random()
        stretches = [bisect(border, number) for border in borders]
        assert (old[name] == new[name]) == (stretches[0] == stretches[1])


@given(a=st.integers(0, 10), b=st.integers(0, 10))
def test_between_two_sites_calls_move_only_towards_the_one_that_gets_more(a, b):
    """Who has a site that keeps or gains its share has no reason to leave it."""
    sites = SITES[:2]
    old = firsts({"north": 10 * a, "south": 100 - 10 * a}, sites)
    new = firsts({"north": 10 * b, "south": 100 - 10 * b}, sites)
    moved = {new[name] for name in REFERENCES if old[name] != new[name]}

    assert moved <= {"north" if b > a else "south"}
    if abs(a - b) >= 2:
        assert moved, "60 of 300 are expected to"


@given(shares=percentages(), lost=st.sampled_from(SITES))
def test_the_loss_of_a_site_moves_its_own_calls_and_nobody_elses(shares, lost):
    """Runs with and without a fault share their callers; the fault may touch only some of them."""
    up = [site for site in SITES if site != lost]
    before, after = firsts(shares), firsts(shares, up)

    assert all(after[name] == site for name, site in before.items() if site != lost)
    assert lost not in after.values()


@given(shares=percentages(), up=st.sets(st.sampled_from(SITES)))
def test_each_site_that_is_up_is_tried_once_and_none_without_a_share_before_one_with(shares, up):
    """The carrier overflows to whoever is up; a share of 0 % is no ban, but nobody's first choice."""
    split = distribution(shares).shares("line")
    for name in REFERENCES[:30]:
        order = route([s for s in SITES if s in up], split, seed="1", reference=name)
        assert sorted(order) == sorted(up)
        if order and any(split[site] for site in up):
            assert split[order[0]] > 0


@given(shares=percentages())
def test_shares_are_what_was_asked_for_and_add_up(shares):
    """What is read back is what was written, for every site."""
    made = distribution(shares)

    assert made.percentages("line") == shares
    assert sum(made.shares("line").values()) == pytest.approx(1)


@given(shares=percentages(), number=st.floats(0, 1, exclude_max=True))
def test_no_number_leads_to_a_site_without_a_share(shares, number):
    """0 % means nobody while all are up; otherwise a migration would never be complete."""
    assert shares[pick(number, {site: share / 100 for site, share in shares.items()})] > 0


@pytest.mark.parametrize(
    ("shares", "found"),
    [
        ({"north": 50, "south": 40}, "a sum of 90"),
        ({"north": 55, "south": 45}, "found 55"),
        ({"north": 110, "south": -10}, "found -10"),
        ({"north": 50, "mars": 50}, "mars"),
        ({}, "a sum of 0"),
    ],
)
def test_shares_that_cannot_be_change_nothing_and_are_explained(shares, found):
    """A typing error must not send a third of all callers into the void."""
    made = Distribution({"line": {"north": 0.3, "south": 0.7}})

    with pytest.raises(ValueError, match=found):
        made.change("line", shares)
    assert made.percentages("line") == {"north": 30, "south": 70}
