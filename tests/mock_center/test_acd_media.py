"""The E-model: golden values, and what must get worse when the network does."""

from itertools import pairwise
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_center.acd.media import CODECS, mos, quality, r_factor
from mock_center.chance import Draws
from mock_center.config.centre import Media

# domain.md 1.3: codec, one-way delay in ms, loss in percent -> MOS.
GOLDEN = [
    ("g711", 150, 0, 4.33),
    ("g711", 150, 1, 4.23),
    ("g711", 150, 3, 4.00),
    ("g711", 150, 5, 3.77),
    ("g711", 150, 10, 3.23),
    ("g711", 250, 0, 3.99),
    ("g711", 400, 0, 3.05),
    ("g711-plain", 150, 1, 3.67),
    ("g711-plain", 150, 2, 3.07),
    ("g729", 50, 0, 4.06),
    ("g729", 150, 1, 3.80),
    ("g729", 150, 3, 3.46),
]
RATINGS = [(93.2, 4.41), (90, 4.34), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58)]
CODEC = st.sampled_from(sorted(CODECS))
DELAY = st.floats(0, 1000)
LOSS = st.floats(0, 1)


@pytest.mark.parametrize(("codec", "delay_ms", "percent", "expected"), GOLDEN)
def test_the_opinion_score_is_the_published_one(codec, delay_ms, percent, expected):
    """Two decimals: whoever works the formula out by hand must get our number."""
    found = mos(r_factor(CODECS[codec], delay_ms=delay_ms, loss=percent / 100))

    assert round(found, 2) == pytest.approx(expected, abs=0.0051)


@pytest.mark.parametrize(("r", "expected"), RATINGS)
def test_a_rating_has_its_opinion_score(r, expected):
    """The table of Annex B, that every planning tool prints."""
    assert mos(r) == pytest.approx(expected, abs=0.0051)


@given(CODEC, DELAY, DELAY, LOSS, LOSS)
def test_more_delay_or_more_loss_never_sounds_better(codec, one_ms, other_ms, one, other):
    """A rehearsal that degrades the network must see the score fall."""
    better = r_factor(CODECS[codec], delay_ms=min(one_ms, other_ms), loss=min(one, other))
    worse = r_factor(CODECS[codec], delay_ms=max(one_ms, other_ms), loss=max(one, other))

    assert worse <= better <= 93.2


@given(st.floats(-50, 150))
def test_a_score_lies_between_1_and_4_5(r):
    """The scale ends there; beyond it the cubic would say 0.9, or 4.6."""
    assert 1.0 <= mos(r) <= 4.5


def test_a_better_rating_never_has_a_lower_score():
    """The cubic dips below 6.5, which the floor of 1 hides."""
    assert all(lower <= higher for lower, higher in pairwise(mos(r / 10) for r in range(-50, 1100)))


def test_concealing_losses_pays():
    """Else the codec in the configuration would be an empty word."""
    heard = [
        mos(r_factor(CODECS[name], delay_ms=100, loss=0.02)) for name in ("g711", "g711-plain")
    ]

    assert heard[0] > heard[1] + 0.5


def test_without_variation_every_call_sounds_alike_and_the_jitter_buffer_delays():
    """40 ms of jitter cost 80 ms of buffer: 150 ms then, and with them the golden 4.33."""
    media = Media(delay_ms=70, jitter_ms=40, loss=0.0, varies=0.0)
    heard = [quality(media, Draws("seed", f"call {number}")) for number in range(20)]

    assert len(set(heard)) == 1
    assert round(heard[0].mos, 2) == 4.33
    assert (heard[0].delay_ms, heard[0].jitter_ms, heard[0].loss) == (70, 40, 0)


def test_calls_vary_around_the_configured_network():
    """The mean is what was configured; each call has its own, the same in every run."""
    media = Media(delay_ms=80, jitter_ms=10, loss=0.02, varies=0.3)
    heard = [quality(media, Draws("seed", f"call {number}")) for number in range(4000)]

    assert fmean(q.delay_ms for q in heard) == pytest.approx(80, rel=0.02)
    assert fmean(q.jitter_ms for q in heard) == pytest.approx(10, rel=0.02)
    assert fmean(q.loss for q in heard) == pytest.approx(0.02, rel=0.02)
    assert len({q.mos for q in heard}) > 3900
    assert quality(media, Draws("seed", "call 7")) == heard[7]


def test_loss_never_exceeds_everything():
    """A lognormal draw around 90 % could; a network cannot lose more than it was given."""
    media = Media(loss=0.9, varies=1.0)
    heard = [quality(media, Draws("seed", f"call {number}")) for number in range(500)]

    assert max(q.loss for q in heard) == 1.0
    assert min(q.mos for q in heard) == 1.0
