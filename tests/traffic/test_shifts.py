"""Who works where, and how long things take: drawn from the seed and the customer."""

from random import Random
from statistics import fmean, stdev

import pytest

from harness.model.staffing import Crew, Spell
from harness.traffic.shifts import Place, Post, ShiftLog, handling, posts, time_to_break

CREW = Crew({"north": {"billing": 5, "tickets": 1}, "south": {"billing": 2}}, declined=0.2)


def draw(reference: str, turn: int = 0, *, seed: str = "1", is_ticket: bool = False):
    return handling(CREW, seed=seed, reference=reference, is_ticket=is_ticket, turn=turn)


def test_everybody_has_a_post_and_numbers_are_dealt_by_turns():
    """One worker's stripe must not be all of one site: it would be lost with it."""
    found = list(posts(CREW))

    assert [post.number for post in found] == list(range(8))
    assert [(post.site, post.skill) for post in found[:3]] == [
        ("north", "billing"), ("north", "tickets"), ("south", "billing"),
    ]  # fmt: skip
    assert sum((post.site, post.skill) == ("north", "billing") for post in found) == 5


def test_a_customer_takes_as_long_whoever_answers():
    """So that a run with a fault and one without differ in the fault alone."""
    assert draw("a", turn=1).work_s == draw("a", turn=99).work_s
    assert draw("a").work_s != draw("b").work_s
    assert draw("a").work_s != draw("a", seed="2").work_s


def test_who_is_declined_once_is_not_declined_by_everybody():
    """A caller whom nobody wants would wait for ever."""
    moods = {draw("a", turn=turn).declined for turn in range(50)}

    assert moods == {True, False}


def test_lengths_have_the_mean_and_the_variation_that_were_asked_for():
    """Log-normal, as talk times in call centres are (Brown et al. 2005)."""
    rng = Random(7)
    lengths = [Spell(150.0, 1.0).draw(rng) for _ in range(40_000)]

    assert fmean(lengths) == pytest.approx(150.0, rel=0.03)
    assert stdev(lengths) / fmean(lengths) == pytest.approx(1.0, rel=0.1)
    assert Spell(150.0).draw(rng) == 150.0


def test_breaks_do_not_fall_together():
    """A team that leaves at once is an outage of its own."""
    crew = Crew({}, away=Spell(600.0), away_every_s=3600.0)
    first = [time_to_break(crew, seed="1", post=post, turn=0) for post in range(50)]

    assert all(1800.0 <= each <= 5400.0 for each in first)
    assert len(set(first)) == 50
    assert time_to_break(CREW, seed="1", post=0, turn=0) is None


def test_time_is_counted_where_it_was_spent():
    """Occupancy is what customers took of the time at work, breaks not counted."""
    log = ShiftLog(Post(0, "north", "billing"), 0.0)
    log.came(5.0)
    log.begin(10.0)
    log.go(Place.BUSY, 30.0)
    log.go(Place.AWAY, 60.0)
    log.go(Place.OUT, 90.0)
    tally = log.tally(100.0)

    assert (tally.wanted_s, tally.present_s) == (90.0, 80.0)
    assert (tally.busy_s, tally.away_s) == (30.0, 30.0)
    assert tally.occupancy == 0.6
