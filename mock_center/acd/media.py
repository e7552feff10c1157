"""Media quality of a call by the E-model: estimated from the network, no audio is sent."""

from typing import NamedTuple

from mock_center.chance import Draws, HandleTime
from mock_center.config.centre import Media

_JITTER_BUFFER = 2.0
"""A buffer of about twice the jitter is what it takes to play speech without gaps."""


class Codec(NamedTuple):
    """Equipment impairment *ie* and robustness to packet loss *bpl* (G.113, Appendix I)."""

    ie: float
    bpl: float


CODECS = {"g711": Codec(0.0, 25.1), "g711-plain": Codec(0.0, 4.3), "g729": Codec(11.0, 19.0)}
"""``g711`` conceals lost packets, ``g711-plain`` does not; ``g729`` is G.729A with VAD."""


class Quality(NamedTuple):
    """What one call sounded like: R factor, MOS-CQE, and the network that made it so."""

    r: float
    mos: float
    delay_ms: float
    jitter_ms: float
    loss: float


def r_factor(codec: Codec, *, delay_ms: float, loss: float) -> float:
    """Return the transmission rating R, at most 93.2.

    ITU-T G.107 with its default values, in the simplified form: *delay_ms* is one way from mouth to
    ear with the jitter buffer, *loss* the share (0..1) of packets lost at random.
    """
    delayed = 0.024 * delay_ms + (0.11 * (delay_ms - 177.3) if delay_ms > 177.3 else 0.0)
    lost = 100.0 * loss
    impaired = codec.ie + (95.0 - codec.ie) * lost / (lost + codec.bpl)
    return 93.2 - delayed - impaired


def mos(r: float) -> float:
    """Return the estimated mean opinion score, 1 to 4.5, of the rating *r* (G.107, Annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def quality(media: Media, draws: Draws) -> Quality:
    """Return the quality of one call, which has its own delay, jitter and loss around the means.

    Each varies lognormally (mean as configured, so a longer tail than a shorter one), loss at most
    to 100 %.
    """

    def around(mean: float, name: str) -> float:
        return HandleTime(mean, media.varies).of(draws.normal(name))

    delay_ms = around(media.delay_ms, "delay")
    jitter_ms = around(media.jitter_ms, "jitter")
    loss = min(around(media.loss, "loss"), 1.0)
    codec = CODECS[media.codec]
    r = r_factor(codec, delay_ms=delay_ms + _JITTER_BUFFER * jitter_ms, loss=loss)
    return Quality(r, mos(r), delay_ms, jitter_ms, loss)
