"""What each touch of a ticket comes to, drawn from the ticket's own random streams. Pure.

One stream per touch: a reply more or less, or another share of questions, reshuffles nobody.
"""

from mock_center.chance import stream
from mock_center.config.centre import TicketHandling
from mock_center.tickets.desk import Step, Task, Work

_SOLVE_SHARE = 0.2
_TEXTS = {
    Step.REPLIED: "This is what we found.",
    Step.ASKED: "Could you tell us more about it?",
    Step.HELD: "We have asked a third party, and wait for the answer.",
    Step.ESCALATED: "Our second line looks into it.",
}


def touch(handling: TicketHandling, seed: str, task: Task) -> Work:
    """Return the work that the next touch of *task* needs, or the last if only it is left to solve.

    The second line hands nothing on: what would be escalated once more is solved there.
    """
    number = max(task.touch - 1, 0) if task.replied else task.touch
    name = task.reference if number == 0 else f"{task.reference}:touch:{number}"
    rng = stream(seed, name)
    reply_s, solve_s = handling.work.draw(rng), handling.work.scaled(_SOLVE_SHARE).draw(rng)
    if not (handling.pending or handling.on_hold or handling.escalated):
        return Work(reply_s, solve_s)
    turn = stream(seed, f"{task.reference}:turn:{number}")
    chance = turn.random()
    asked, held = handling.pending, handling.pending + handling.on_hold
    if chance < asked:
        return Work(reply_s, solve_s, Step.ASKED)
    if chance < held:
        return Work(reply_s, solve_s, Step.HELD, handling.third_party.draw(turn))
    if chance < held + handling.escalated and not task.escalated:
        return Work(reply_s, solve_s, Step.ESCALATED)
    return Work(reply_s, solve_s)


def words(step: Step) -> str:
    """Return what an agent of the desk writes with *step*; nothing when solving."""
    return _TEXTS.get(step, "")


def asks_support(share: float, seed: str, reference: str) -> bool:
    """Return whether the solving of this ticket needs the client's own IT."""
    return share > 0 and stream(seed, f"{reference}:support").random() < share
