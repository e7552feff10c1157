"""What is wrong on purpose on a call floor, put into effect on its engine.

An engine lives as long as its site takes part; a new one starts whole, and gets what is still
wrong anew.
"""

from dataclasses import replace

from mock_center.acd.engine import Engine
from mock_center.acd.events import Event
from mock_center.conditions import Conditions
from mock_center.config.centre import Media
from mock_center.faults.kinds.agents import (
    AGENTS_LOGGED_OUT,
    BACKUP_CALLED,
    BACKUP_UNAVAILABLE,
    SCALE_UP,
)
from mock_center.faults.kinds.phones import IVR_DOWN, MEDIA_IMPAIRMENT, TRUNK_LOSS


class Troubles:
    """Keeps an engine as ill as *conditions* say."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._engine: Engine | None = None
        self._channels: dict[str, int] = {}
        self._heads: dict[str, dict[str, int]] = {}
        self._backup_called = False

    def begin(self, engine: Engine, now_s: float) -> list[Event]:
        """Take *engine*, which is new and whole, instead of the last one."""
        self._engine = engine
        self._channels = {group: there for group, (_, there) in engine.trunks.state().items()}
        self._heads.clear()
        self._backup_called = False
        return self.apply(now_s)

    def apply(self, now_s: float) -> list[Event]:
        """Put into effect what has changed since the last time; return what happened by it."""
        if self._engine is None:
            return []
        self._cut_trunks(self._engine)
        return [
            *self._engine.menu_is(now_s, up=self._conditions.asked(IVR_DOWN) is None),
            *self._staff(self._engine, now_s),
            *self._backup(self._engine, now_s),
        ]

    def media(self, usual: Media) -> Media:
        """Return the network as it is: *usual*, or worse."""
        worse = self._conditions.asked(MEDIA_IMPAIRMENT)
        if worse is None:
            return usual
        return replace(
            usual,
            delay_ms=usual.delay_ms + 1000 * worse["delay"],
            jitter_ms=usual.jitter_ms + 1000 * worse["jitter"],
            loss=min(usual.loss + worse["loss"], 1.0),
        )

    def _cut_trunks(self, engine: Engine) -> None:
        lost = self._conditions.asked(TRUNK_LOSS)
        left = 1.0 - (lost["share"] if lost else 0.0)
        for group, channels in self._channels.items():
            engine.trunks.resize(group, round(channels * left))

    def _staff(self, engine: Engine, now_s: float) -> list[Event]:
        """Take away, or add, whom the conditions say; and put right what they no longer say."""
        wanted = {
            kind: asked
            for kind in (AGENTS_LOGGED_OUT, SCALE_UP)
            if (asked := self._conditions.asked(kind)) is not None
        }
        events: list[Event] = []
        for kind in [kind for kind in self._heads if kind not in wanted]:
            for queue, heads in self._heads.pop(kind).items():
                events += engine.staff(now_s, queue, -heads)
        for kind, asked in wanted.items():
            if kind in self._heads:
                continue
            if kind == SCALE_UP:
                changes = {asked["queue"]: int(asked["heads"])}
            else:
                states = engine.state(now_s)
                present = {queue: sum(s.agents.values()) for queue, s in states.items()}
                queues = (asked["queue"],) if "queue" in asked else tuple(present)
                changes = {queue: -round(asked["share"] * present[queue]) for queue in queues}
            self._heads[kind] = changes
            for queue, heads in changes.items():
                events += engine.staff(now_s, queue, heads)
        return events

    def _backup(self, engine: Engine, now_s: float) -> list[Event]:
        engine.backup_is(reachable=self._conditions.asked(BACKUP_UNAVAILABLE) is None)
        called = self._conditions.asked(BACKUP_CALLED) is not None
        if called == self._backup_called:
            return []
        self._backup_called = called
        return engine.call_backup(now_s) if called else engine.release_backup(now_s)
