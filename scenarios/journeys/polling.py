"""What is new at a provider without an event stream: asked once for all, never once per contact."""

import logging
import time

import gevent

from harness.adapter.protocol import NoticeKind, Polling
from scenarios.journeys.driver import Journeys, carried

_log = logging.getLogger(__name__)


class Polls:
    """Asks what is new and hands it to the journeys. Run ``read`` in a greenlet.

    Stands where an ``EventStream`` does. ``gaps`` counts the times news were lost for good.
    """

    def __init__(self, adapter: Polling, consumer: str, journeys: Journeys) -> None:
        self._adapter = adapter
        self._journeys = journeys
        self._cursor = ""
        self.consumer = consumer
        self.gaps = 0
        self.connected = gevent.event.Event()

    def read(self) -> None:
        """Ask for ever. A poll that brought no answer is made again, from the same place."""
        while True:
            due = time.monotonic() + self._adapter.poll_every_wall_s
            try:
                self._read_once()
            except Exception as error:  # noqa: BLE001  whatever it is, the next poll may be answered
                _log.warning("poll_failed consumer=%s error=%r", self.consumer, error)
            gevent.sleep(max(0.0, due - time.monotonic()))

    def _read_once(self) -> None:
        news = carried(self._adapter.poll(self._cursor), self._journeys.carry)
        if news is None:
            _log.warning("poll_unanswered consumer=%s", self.consumer)
            return
        self.connected.set()
        self._cursor = news.cursor
        if news.lost:
            self.gaps += 1
            self._journeys.lose_sight(news.lost)
        for notice in news.notices:
            if notice.kind not in (NoticeKind.OTHER, NoticeKind.ALIVE):
                self._journeys.hear(notice)
