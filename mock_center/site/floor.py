"""From the centre's configuration to the call floor of one site. Pure."""

from collections.abc import Callable

from mock_center.acd.floor import Floor, Handling
from mock_center.chance import Draws
from mock_center.config.centre import Centre
from mock_center.hours import Calendar

_HUNG_UP_AFTER_S = (2.0, 9.0)
"""How long an agent talks who only wants to be rid of the caller: short handles, under 10 s."""


class SiteTimetable:
    """Who should be at work at *site*, and when queues are open, by the centre's calendar."""

    def __init__(self, centre: Centre, site: str) -> None:
        self._shifts = centre.staffing[site]
        self._calendar = Calendar(centre.hours)

    def heads(self, skill: str, at_s: float) -> int:
        """Return how many agents of *skill* should be at work."""
        shifts, at_work = self._shifts.get(skill, ()), self._calendar.at_work
        return sum(shift.heads for shift in shifts if at_work(shift, at_s))

    def change_after(self, skill: str, at_s: float) -> float | None:
        """Return when that number changes next, or None if it never does."""
        return self._calendar.shift_change_after(self._shifts.get(skill, ()), at_s)

    def is_open(self, queue: str, at_s: float) -> bool:
        """Return whether *queue* takes calls."""
        return self._calendar.is_open(queue, at_s)


def floor_of(centre: Centre, site: str) -> Floor:
    """Return the rules of the call floor of *site*."""
    weeks = centre.experience.weeks.get(site)
    return Floor(
        queues=centre.queues,
        timetable=SiteTimetable(centre, site),
        trunks=centre.trunks[site],
        ringing=centre.ringing,
        breaks=centre.breaks,
        ivr=centre.ivr,
        callbacks=centre.callbacks,
        backup=centre.backup,
        experience=None if weeks is None else centre.experience,
        weeks=weeks or 0.0,
        transferred=centre.calls.transferred,
        resolved=centre.calls.resolved,
        seed=f"{centre.seed}:{site}",
        skipped=centre.defects.skips_agents,
        slower_per_hour=centre.defects.slows_down_per_hour,
        resets_wait=centre.defects.resets_wait,
    )


def handling_of(centre: Centre) -> Callable[[str], Handling]:
    """Return what draws, for a contact's reference, all that handling it will take."""
    calls, ringing, ivr = centre.calls, centre.ringing, centre.ivr
    plain = not calls.held and ringing.pick_up is None and not ringing.missed and ivr is None
    plain = plain and not calls.transferred and calls.resolved == 1 and centre.callbacks is None
    hangs_up = centre.defects.hangs_up

    def draw(reference: str) -> Handling:
        draws = Draws(centre.seed, reference)
        talk_s = calls.talk.of(draws.normal("talk"))
        wrap_up_s = calls.wrap_up.of(draws.normal("wrap_up"))
        if hangs_up and (chance := draws.uniform("defect")) < hangs_up:
            shortest_s, longest_s = _HUNG_UP_AFTER_S
            talk_s = shortest_s + (longest_s - shortest_s) * chance / hangs_up
        if plain:  # the half of the numbers that nobody would look at is not worked out
            return Handling(talk_s, wrap_up_s)
        held = draws.uniform("held") < calls.held
        pick_up = ringing.pick_up
        return Handling(
            talk_s=talk_s,
            wrap_up_s=wrap_up_s,
            hold_s=calls.hold.of(draws.normal("hold")) if held else 0.0,
            pick_up_s=0.0 if pick_up is None else pick_up.of(draws.normal("pick_up")),
            second_talk_s=calls.second_talk.of(draws.normal("second_talk")),
            menu_s=0.0 if ivr is None else ivr.takes.of(draws.normal("menu")),
            missed=draws.uniform("missed"),
            transferred=draws.uniform("transferred"),
            resolved=draws.uniform("resolved"),
            contained=draws.uniform("contained"),
            reached=draws.uniform("reached"),
        )

    return draw
