"""Who is at work: shifts, breaks, the backup pool, people from outside. Pure."""

from collections.abc import Callable, Iterable
from itertools import count

from mock_center.acd.agenda import Agenda
from mock_center.acd.agents import Agent, Pool, State, Team
from mock_center.acd.backup import Trigger
from mock_center.acd.events import BackupCalled, Event
from mock_center.acd.floor import Floor
from mock_center.acd.learning import Proficiency, proficiency
from mock_center.chance import stream

_WEEK_S = 7 * 86400.0
_GOLDEN = 0.6180339887498949


class Workforce:
    """Lets agents come and go; what they do between is the engine's.

    Args:
        floor: the timetable, breaks, experience and backup pool.
        agenda: where shifts and breaks are entered.
        tell: gets the events.
        free: called with an agent who has come, or comes back, and has nothing to do.
        wrapped_up: called with an agent from outside who leaves in the middle of the wrap-up.
    """

    def __init__(
        self,
        floor: Floor,
        agenda: Agenda,
        *,
        tell: Callable[[Event], None],
        free: Callable[[Agent, float], None],
        wrapped_up: Callable[[Agent, float], None],
    ) -> None:
        self._floor = floor
        self._agenda = agenda
        self._tell = tell
        self._free = free
        self._tell_wrap_up = wrapped_up
        self._teams = {(name, Pool.REGULAR): Team(name, Pool.REGULAR) for name in floor.queues}
        self._extra = dict.fromkeys(floor.queues, 0)
        self._numbers = count(1)
        self._outsiders: dict[int, Agent] = {}
        self._backup_called = False
        self._backup_due_s: float | None = None
        self.backup_reachable = True
        self.trigger = Trigger(floor.backup) if floor.backup is not None else None

    @property
    def backup_called(self) -> bool:
        """Whether the backup pool is called: at work, on its way, or with no access."""
        return self._backup_called

    @property
    def teams(self) -> Iterable[Team]:
        """Every team."""
        return self._teams.values()

    def begin(self, now_s: float) -> None:
        """Bring the first shift to work, and begin to watch the service level."""
        for skill in self._floor.queues:
            self._to_plan(skill, now_s)
        backup = self._floor.backup
        if backup is not None and backup.below is not None:
            self._agenda.at(now_s + backup.interval_s, self._end_interval)

    def add(self, skill: str, heads: int, now_s: float) -> None:
        """Have *heads* more (or fewer) than planned at work from now on. Calls add up."""
        self._extra[skill] += heads
        self._staff(self._teams[skill, Pool.REGULAR], self._wanted(skill, now_s), now_s)

    def leave(self, agent: Agent, now_s: float) -> None:
        """Send *agent*, who has no contact, home."""
        agent.appointment = -1
        agent.shift += 1
        agent.leaving = False
        agent.team.move(agent, State.OFFLINE, now_s)
        del agent.team.members[agent.number]
        if agent.outside:
            del self._outsiders[agent.number]
        else:
            agent.team.off_duty.append(agent)

    def rest(self, agent: Agent, now_s: float) -> None:
        """Send *agent* away for the reason that was noted; who is our own comes back by itself."""
        assert agent.pause is not None
        agent.team.move(agent, agent.pause, now_s)
        if agent.outside:
            return
        reason, agent.pause = agent.pause, None
        rule = next(each for each in self._floor.breaks if each.reason == reason)
        rng = stream(self._floor.seed, f"break:{agent.number}:{now_s:.3f}")
        self._agenda.appoint(agent, now_s + rule.lasts.draw(rng), self._free)

    # -- people from outside

    def log_in(self, skill: str, now_s: float) -> Agent:
        """Let somebody from outside work *skill*, from now on."""
        agent = self._team(skill, Pool.OUTSIDE).hire(next(self._numbers))
        self._outsiders[agent.number] = agent
        self._come(agent, now_s)
        return agent

    def outsider(self, number: int) -> Agent | None:
        """Return the agent from outside with that number, or None if none is logged in."""
        return self._outsiders.get(number)

    def dismiss(self, agent: Agent, now_s: float) -> None:
        """Send *agent* home, at once or when the contact at hand is over."""
        agent.leaving = True
        if agent.contact is not None:
            return
        if agent.state is State.WRAP_UP:
            if not agent.outside:
                return
            self._tell_wrap_up(agent, now_s)
        self.leave(agent, now_s)

    # -- the backup pool

    def call_backup(self, now_s: float) -> None:
        """Call the backup pool; nothing if it was called already, or there is none."""
        backup = self._floor.backup
        if backup is None or self._backup_called:
            return
        self._backup_called = True
        comes = backup.provisioned and self.backup_reachable
        due_s = now_s + backup.delay_s if comes else None
        self._tell(BackupCalled(sum(backup.heads.values()), now_s, due_s))
        self._backup_due_s = due_s
        if due_s is not None:
            self._agenda.at(due_s, self._backup_arrives)

    def release_backup(self, now_s: float) -> None:
        """Send the backup pool home; each finishes the contact at hand first."""
        self._backup_called = False
        self._backup_due_s = None
        for team in self._teams.values():
            if team.pool is Pool.BACKUP:
                self._staff(team, 0, now_s)

    def _backup_arrives(self, now_s: float) -> None:
        backup = self._floor.backup
        if backup is None or now_s != self._backup_due_s:
            return  # sent home before it came; if called again since, it comes later
        for skill, heads in backup.heads.items():
            self._staff(self._team(skill, Pool.BACKUP), heads, now_s)

    def _end_interval(self, now_s: float) -> None:
        backup, trigger = self._floor.backup, self.trigger
        assert backup is not None
        assert trigger is not None
        if trigger.end_interval():
            self.call_backup(now_s)
        self._agenda.at(now_s + backup.interval_s, self._end_interval)

    # -- shifts

    def _team(self, skill: str, pool: Pool) -> Team:
        found = self._teams.get((skill, pool))
        if found is None:
            found = self._teams[skill, pool] = Team(skill, pool)
        return found

    def _wanted(self, skill: str, now_s: float) -> int:
        return max(self._floor.timetable.heads(skill, now_s) + self._extra[skill], 0)

    def _to_plan(self, skill: str, now_s: float) -> None:
        self._staff(self._teams[skill, Pool.REGULAR], self._wanted(skill, now_s), now_s)
        change_s = self._floor.timetable.change_after(skill, now_s)
        if change_s is not None:
            self._agenda.at(change_s, lambda due_s: self._to_plan(skill, due_s))

    def _staff(self, team: Team, heads: int, now_s: float) -> None:
        """Bring *team* to so many *heads*: the idle leave first, the others after their contact."""
        staying = [agent for agent in team.members.values() if not agent.leaving]
        for agent in team.members.values():
            if len(staying) >= heads:
                break
            if agent.leaving:
                agent.leaving = False
                staying.append(agent)
        for _ in range(heads - len(staying)):
            self._come(team.off_duty.pop() if team.off_duty else self._hire(team), now_s)
        if len(staying) > heads:
            staying.sort(key=lambda agent: (agent.contact is not None, -agent.number))
            for agent in staying[: len(staying) - heads]:
                self.dismiss(agent, now_s)

    def _hire(self, team: Team) -> Agent:
        number = next(self._numbers)
        # Spread evenly over the numbers, so that the share holds in small teams too.
        sidelined = team.pool is Pool.REGULAR and number * _GOLDEN % 1 < self._floor.skipped
        return team.hire(number, sidelined=sidelined)

    def _come(self, agent: Agent, now_s: float) -> None:
        agent.team.members[agent.number] = agent
        agent.shift += 1
        agent.leaving = False
        agent.pause = None
        agent.proficiency = self._proficiency(agent, now_s)
        if not agent.outside:
            for rule in self._floor.breaks:
                self._plan_break(agent, State(rule.reason), rule.every_s, now_s)
        self._free(agent, now_s)

    def _proficiency(self, agent: Agent, now_s: float) -> Proficiency:
        floor = self._floor
        found = Proficiency()
        if floor.experience is not None:
            found = proficiency(floor.experience, floor.weeks + now_s / _WEEK_S)
        if agent.team.pool is Pool.BACKUP and floor.backup is not None:
            found = found._replace(pace=found.pace * floor.backup.pace)
        return found

    def _plan_break(self, agent: Agent, reason: State, every_s: float, now_s: float) -> None:
        rng = stream(self._floor.seed, f"rest:{agent.number}:{reason}:{now_s:.3f}")
        due_s = now_s + every_s * rng.uniform(0.5, 1.5)
        shift = agent.shift

        def begin(now_s: float) -> None:
            if agent.shift != shift:
                return  # gone home; the next shift plans its own
            agent.pause = reason
            if agent.state is State.AVAILABLE:
                self._free(agent, now_s)
            self._plan_break(agent, reason, every_s, now_s)

        self._agenda.at(due_s, begin)
