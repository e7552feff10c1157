"""The search for the knee, against made-up targets of which the truth is known."""

from dataclasses import dataclass
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.search import Next, Purpose, Search
from harness.model.verdict import Status
from harness.verdict.knee import (
    answer_at,
    bracket,
    confirmed,
    deciding,
    inversions,
    next_load,
)

SEARCH = Search(growth=1.3, resolution=0.1, most=4.0, trials=20)
PASS, FAIL, OPEN = Status.PASS, Status.FAIL, Status.INCONCLUSIVE


@dataclass(frozen=True)
class Seen:
    """A load and what the target was seen to make of it."""

    multiple: float
    status: Status


def tried(*answers: tuple[float, Status]) -> list[Seen]:
    return [Seen(*each) for each in answers]


def searched(answer, search: Search = SEARCH) -> list[Seen]:
    """Return everything that *search* tries on a target that answers so."""
    done: list[Seen] = []
    while (step := next_load(search, done)) is not None:
        done.append(Seen(step.multiple, answer(step.multiple)))
        assert len(done) < 100, "it would go on for ever"
    return done


def honest(knee: float):
    """Return a target that meets the SLA up to *knee*, and is always judged right."""
    return lambda load: PASS if load <= knee else FAIL


# ---------------------------------------------------------------------- what is found


@given(st.floats(0.01, 6.0), st.floats(1.0, 2.0), st.floats(0.02, 0.5))
def test_the_bracket_holds_the_truth_if_the_answers_are_right(
    knee: float, growth: float, resolution: float
):
    """Whatever the knee, the growth and the resolution: what is said of the two ends is so."""
    search = Search(round(growth, 2), round(resolution, 2), most=4.0, trials=99)
    done = searched(honest(knee), search)
    found = bracket(done)

    assert found.meets is None or found.meets <= knee
    assert found.fails is None or found.fails > knee
    if found.width is not None:
        assert found.width <= search.resolution + 0.011, "halves are whole hundredths"
    elif found.meets is None:
        assert knee < 2 * search.resolution
    else:
        assert found.meets == 4.0


@given(st.floats(0.05, 3.5), st.floats(0.0, 0.6), st.randoms(use_true_random=False))
def test_an_open_load_is_neither_met_nor_failed(knee: float, fog: float, chance: Random):
    """Around the knee verdicts stay open; the bracket is as wide as the fog, and never wrong."""

    def answer(load: float) -> Status:
        unsure = abs(load - knee) < fog and chance.random() < 0.7
        return OPEN if unsure else honest(knee)(load)

    done = searched(answer)
    found = bracket(done)
    still_open = {each.multiple for each in done if each.status is OPEN}

    assert found.meets is None or found.meets <= knee
    assert found.fails is None or found.fails > knee
    assert found.meets not in still_open - {e.multiple for e in done if e.status is PASS}
    for volume in SEARCH.volumes:
        if answer_at(volume, done) is not OPEN:
            assert answer_at(volume, done) is honest(knee)(volume)


def test_a_target_that_never_decides_is_given_up():
    """No pass comes of silence, and no fail."""
    done = searched(lambda _: OPEN)
    found = bracket(done)

    assert (found.meets, found.fails) == (None, None)
    assert all(answer_at(volume, done) is OPEN for volume in SEARCH.volumes)


@given(st.floats(0.3, 3.0), st.integers(0, 2**32))
def test_one_wrong_answer_in_twenty_seldom_moves_the_bracket_far(knee: float, seed: int):
    """A noisy verdict costs a bracket, not the search: it ends, and its ends do not cross."""
    chance = Random(seed)

    def answer(load: float) -> Status:
        right = honest(knee)(load)
        return {PASS: FAIL, FAIL: PASS}[right] if chance.random() < 0.05 else right

    found = bracket(searched(answer))

    assert found.meets is None or found.fails is None or found.meets < found.fails


def test_a_confidence_that_is_spread_over_the_trials_holds_for_the_search():
    """Each trial may err with a twentieth of a twentieth's share, so one search in twenty does."""
    wrong, longest = 0, 0
    for seed in range(600):
        chance = Random(f"noise:{seed}")
        knee = chance.uniform(0.4, 2.5)

        def answer(load: float, knee: float = knee, chance: Random = chance) -> Status:
            right = honest(knee)(load)
            return {PASS: FAIL, FAIL: PASS}[right] if chance.random() < 0.05 / 8 else right

        done = searched(answer)
        found = bracket(done)
        longest = max(longest, len(done))
        wrong += not (found.meets or 0.0) <= knee < (found.fails or 9.0)

    assert 0 < wrong <= 0.05 * 600 + 12, "with twice the usual spread of such a count"
    assert longest <= 16


# ---------------------------------------------------------------------- what is tried


def test_present_and_future_volume_are_tried_first():
    """They are what is asked; the knee is what else is learned."""
    loads = [each.multiple for each in searched(honest(9.0))]

    assert loads[:2] == [1.0, 1.3]


def test_a_target_is_not_sent_the_future_volume_if_it_fails_the_present_one():
    """It would fail that too, and it is somebody's centre."""
    done = searched(honest(0.7))

    assert max(each.multiple for each in done) == 1.0
    assert answer_at(1.3, done) is FAIL


def test_the_way_up_doubles_its_steps_and_not_the_load():
    """The first load beyond what is asked for is a small one."""
    loads = [each.multiple for each in searched(honest(9.0))]

    assert loads == [1.0, 1.3, 1.6, 2.2, 3.4, 4.0]


def test_no_load_above_the_most_is_ever_tried():
    """The guard's caps were checked for that one."""
    low = Search(growth=1.3, resolution=0.1, most=1.5, trials=20)

    assert [each.multiple for each in searched(honest(9.0), low)] == [1.0, 1.3, 1.5]


def test_the_best_load_is_tried_again_after_an_overload():
    """What a target carried before it was swamped, it may not carry after."""
    search = Search(growth=1.0, resolution=0.3, most=4.0, trials=20)
    done = searched(honest(1.1), search)

    assert [each.multiple for each in done] == [1.0, 1.3, 1.0]
    assert confirmed(done) is True
    assert next_load(search, done[:2]) == Next(1.0, Purpose.AGAIN)


def test_the_best_load_is_tried_again_after_the_last_overload():
    """That it was met after the first one says nothing of those that came since."""
    done = searched(honest(1.95))

    assert done[-5:] == tried((2.2, FAIL), (1.9, PASS), (2.05, FAIL), (1.97, FAIL), (1.9, PASS))
    assert confirmed(done[:-1]) is None
    assert next_load(SEARCH, done[:-1]) == Next(1.9, Purpose.AGAIN)


def test_a_target_that_does_not_come_back_is_found_out():
    """It met the SLA until an overload, and not since: the lower answer counts, and that is said."""
    broken = tried((1.0, PASS), (1.3, PASS), (1.6, FAIL), (1.45, FAIL), (1.37, FAIL), (1.3, FAIL))

    found = bracket(broken)
    pairs = [(low.multiple, high.multiple) for low, high in inversions(broken)]

    assert (found.meets, found.fails) == (1.0, 1.3)
    assert pairs == [(1.3, 1.3)]
    assert next_load(SEARCH, broken) is not None, "what it carries now is not known yet"


def test_a_target_that_fails_low_and_passes_high_is_not_believed():
    """More load is never easier on a queue: something else is going on."""
    odd = tried((1.0, FAIL), (0.5, PASS), (1.3, PASS), (0.75, FAIL))

    assert [(low.multiple, high.multiple) for low, high in inversions(odd)] == [
        (1.0, 1.3),
        (0.75, 1.3),
    ]
    assert (bracket(odd).meets, bracket(odd).fails) == (0.5, 0.75)
    assert answer_at(1.3, odd) is FAIL


def test_an_open_volume_is_looked_at_twice_and_no_more():
    """Once by chance is nothing; again and again until it passes would be cheating."""

    def answer(load: float) -> Status:
        return OPEN if load == 1.3 else honest(1.3)(load)

    loads = [each.multiple for each in searched(answer)]

    assert loads.count(1.3) == 2


@pytest.mark.parametrize(
    ("volume", "decides", "because"),
    [
        (1.0, 3, "the nearest that was met at or beyond it, the last time it was"),
        (1.3, 2, "the nearest that failed at or below it"),
        (1.2, None, "nothing says so, nor was it tried"),
        (0.5, 3, "who carries more carries less"),
    ],
)
def test_which_trial_decides_a_volume(volume: float, decides: int | None, because: str):
    """It is that one whose objectives and evidence are shown."""
    done = tried((1.0, PASS), (1.6, FAIL), (1.3, FAIL), (1.0, PASS))

    assert deciding(volume, done) == decides, because


def test_the_search_takes_few_trials():
    """Each is an hour of somebody's centre."""
    lengths = [len(searched(honest(knee / 100))) for knee in islice(range(30, 390, 7), 60)]

    assert max(lengths) <= 12
    assert sum(lengths) / len(lengths) <= 8
