"""What customers mean to do about their tickets: shares and delays as the scenario says them."""

import math
from dataclasses import replace
from statistics import NormalDist

import pytest
from scipy import stats

from harness.model.callers import Delay
from harness.model.contact import Stream
from harness.model.writers import Habit, Writers
from harness.traffic.intentions import MOST_ANSWERS, NO_INTENTIONS, Intentions, intentions
from harness.traffic.schedule import PlannedTicket, planned
from tests.fakes import TICKETS, phase, scenario

N = 4000
SURE = NormalDist().inv_cdf(0.9995)  # one seed in a thousand would fail, and this one does not
HABITS = Writers(
    replies=Habit(0.9, Delay(14_400.0, 1.5)),
    reopens=Habit(0.06, Delay(14_400.0, 1.5)),
    escalations=Habit(0.1, Delay(28_800.0)),
    chases=Habit(0.3, Delay(14_400.0, 0.5)),
    attachments=0.2,
)


@pytest.fixture(scope="module")
def customers() -> list[Intentions]:
    return [intentions(HABITS, f"2026:peak/tickets/{number}") for number in range(N)]


def is_share(hits: int, n: int, share: float) -> bool:
    return abs(hits / n - share) < SURE * math.sqrt(share * (1 - share) / n)


def test_as_many_do_each_thing_as_the_scenario_says(customers):
    """Shares on a fixed seed, each within what chance allows."""
    assert is_share(sum(bool(c.answers_s) for c in customers), N, 0.9)
    assert is_share(sum(c.reopens_after_s is not None for c in customers), N, 0.06)
    assert is_share(sum(c.escalates_after_s is not None for c in customers), N, 0.1)
    assert is_share(sum(c.chases_after_s is not None for c in customers), N, 0.3)
    assert is_share(sum(bool(c.attachments) for c in customers), N, 0.2)


def test_each_question_is_answered_by_the_same_share(customers):
    """The second question meets as many who answer as the first."""
    once = [c for c in customers if c.answers_s]
    twice = sum(len(c.answers_s) > 1 for c in once)

    assert is_share(twice, len(once), 0.9)
    assert max(len(c.answers_s) for c in customers) == MOST_ANSWERS


@pytest.mark.parametrize(
    ("of", "median_s", "sigma"),
    [
        (lambda c: c.answers_s[:1], 14_400.0, 1.5),
        (lambda c: () if c.reopens_after_s is None else (c.reopens_after_s,), 14_400.0, 1.5),
        (lambda c: () if c.chases_after_s is None else (c.chases_after_s,), 14_400.0, 0.5),
    ],
    ids=["replies", "reopens", "chases"],
)
def test_delays_are_lognormal_about_their_median(customers, of, median_s, sigma):
    """By Kolmogorov and Smirnov, as scipy has them."""
    delays = [delay_s for customer in customers for delay_s in of(customer)]

    assert stats.kstest(delays, stats.lognorm(sigma, scale=median_s).cdf).pvalue > 0.01


def test_a_delay_without_a_spread_is_always_the_same(customers):
    """``after: 8h`` means eight hours."""
    assert {c.escalates_after_s for c in customers} == {None, 28_800.0}


def test_files_are_named_as_synthetic_and_of_a_plausible_size(customers):
    """One to three of them; no name of a person, no path."""
    files = [file for customer in customers for file in customer.attachments]

    assert {len(c.attachments) for c in customers} == {0, 1, 2, 3}
    assert all(file.name.startswith("synthetic-") and "/" not in file.name for file in files)
    assert all(0 < file.size_bytes <= 25_000_000 for file in files)


def test_one_habit_more_reshuffles_none_of_the_others():
    """A run with chases keeps the answers of the run without."""
    fewer = replace(HABITS, chases=None)
    every = [intentions(HABITS, f"k{number}") for number in range(50)]

    assert [replace(each, chases_after_s=None) for each in every] == [
        intentions(fewer, f"k{number}") for number in range(50)
    ]


def test_without_habits_nobody_means_to_do_anything():
    """A feature that is not asked for changes nothing."""
    assert intentions(Writers(), "k") is NO_INTENTIONS


def test_habits_do_not_move_the_tickets_themselves():
    """Same due times, priorities and people, with habits and without."""
    peak = phase(duration_s=1800.0)
    plain = scenario(peak, tickets=TICKETS)
    lively = scenario(peak, tickets=replace(TICKETS, writers=HABITS))

    def tickets(of):
        for plan in planned(of, peak, Stream.TICKETS):
            if plan.held:
                return
            assert isinstance(plan, PlannedTicket)
            yield plan

    lively_ones = list(tickets(lively))
    assert [replace(plan, means_to=NO_INTENTIONS) for plan in lively_ones] == list(tickets(plain))
    assert any(plan.means_to.answers_s for plan in lively_ones)
