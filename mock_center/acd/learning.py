"""What experience does to an agent's work: new ones are slower, pass on more, and solve less."""

from typing import NamedTuple

from mock_center.config.centre import Experience


class Proficiency(NamedTuple):
    """How an agent compares with a seasoned one: factors, 1 is the same.

    *pace* multiplies the handle time, *transfers* the share of callers passed on, *unresolved* the
    share who will have to call again.
    """

    pace: float = 1.0
    transfers: float = 1.0
    unresolved: float = 1.0


SEASONED = Proficiency()


def proficiency(experience: Experience, weeks: float) -> Proficiency:
    """Return how agents work after *weeks* on the job.

    Each handicap of the first day halves every ``half_life_weeks``. With the defaults a first-day
    agent takes 40 % longer, passes on twice as many, leaves 50 % more unresolved; after twelve
    weeks 5 % longer. An exponential approach is the usual learning curve of repetitive work; the
    numbers are a proposal, for the contract to replace.
    """
    left = 0.5 ** (weeks / experience.half_life_weeks)
    return Proficiency(
        1.0 + experience.slower * left,
        1.0 + experience.transfers * left,
        1.0 + experience.unresolved * left,
    )
