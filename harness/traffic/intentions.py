"""What the customer of one ticket will do, should it come to that: drawn before anything is sent.

How often a provider will ask is not known beforehand, so each customer gets a list of answers and
is silent once it is used up. Pure: chance comes in as an argument.
"""

import math
from dataclasses import dataclass
from random import Random

from harness.model.contact import Attachment
from harness.model.writers import Habit, Writers

MOST_ANSWERS = 8
"""So many questions a customer answers at most."""
_MOST_FILES = 3
_LARGEST_BYTES = 25_000_000
_FILE_SIGMA = 1.0
_FILES = (  # name, type, median size
    ("photo-{}.jpg", "image/jpeg", 2_000_000),
    ("document-{}.pdf", "application/pdf", 200_000),
    ("screenshot-{}.png", "image/png", 300_000),
    ("log-{}.txt", "text/plain", 20_000),
)


@dataclass(frozen=True, slots=True)
class Intentions:
    """What one customer will do. Delays are centre seconds; None: never.

    ``answers_s`` are from each question to its answer, in turn; the question after the last stays
    unanswered. The others: from the first solution to the reopening, from the opening to asking
    for the second line, and from the opening or the customer's last word to a phone call.
    """

    answers_s: tuple[float, ...] = ()
    reopens_after_s: float | None = None
    escalates_after_s: float | None = None
    chases_after_s: float | None = None
    attachments: tuple[Attachment, ...] = ()


NO_INTENTIONS = Intentions()


def intentions(writers: Writers, key: str) -> Intentions:
    """Return what the customer does whose random streams are named after *key*.

    Each habit has a stream of its own: to change one reshuffles none of the others.
    """
    if writers == Writers():
        return NO_INTENTIONS
    return Intentions(
        answers_s=_answers(writers.replies, Random(f"{key}:replies")),
        reopens_after_s=_once(writers.reopens, Random(f"{key}:reopens")),
        escalates_after_s=_once(writers.escalations, Random(f"{key}:escalations")),
        chases_after_s=_once(writers.chases, Random(f"{key}:chases")),
        attachments=_files(writers.attachments, Random(f"{key}:attachments")),
    )


def _answers(habit: Habit | None, draw: Random) -> tuple[float, ...]:
    answers: list[float] = []
    while habit is not None and len(answers) < MOST_ANSWERS and draw.random() < habit.share:
        answers.append(habit.after.draw(draw))
    return tuple(answers)


def _once(habit: Habit | None, draw: Random) -> float | None:
    if habit is None or draw.random() >= habit.share:
        return None
    return habit.after.draw(draw)


def _files(share: float, draw: Random) -> tuple[Attachment, ...]:
    if draw.random() >= share:
        return ()
    return tuple(_file(number, draw) for number in range(1, draw.randint(1, _MOST_FILES) + 1))


def _file(number: int, draw: Random) -> Attachment:
    name, type_, median_bytes = draw.choice(_FILES)
    size = round(draw.lognormvariate(math.log(median_bytes), _FILE_SIGMA))
    return Attachment(f"synthetic-{name.format(number)}", min(size, _LARGEST_BYTES), type_)
