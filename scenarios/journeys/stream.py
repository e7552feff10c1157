"""The one source of news of a generator process: a stream that is resumed when cut, or polls."""

import logging
from collections.abc import Mapping
from typing import cast

import gevent

from harness.adapter.protocol import Adapter, Listening, NoticeKind, Polling, marks
from harness.model.target import Endpoints
from scenarios.journeys.driver import Journeys, carried
from scenarios.journeys.polling import Polls
from scenarios.journeys.transport import client_of

_log = logging.getLogger(__name__)

SILENCE_S = 4.0
"""Wall seconds without a line, not even an ``alive``, after which the stream counts as cut."""
_RETRY_S = 0.1


def news_of(
    endpoints: Endpoints, adapter: Adapter, consumer: str, journeys: Journeys
) -> "EventStream | Polls":
    """Return what tells *journeys* the news of *consumer*: a stream, or polls if there is none."""
    if isinstance(adapter, Polling) and not isinstance(adapter, Listening):
        return Polls(adapter, consumer, journeys)
    return EventStream(endpoints, adapter, consumer, journeys)


class EventStream:
    """Reads a consumer's notices and hands them to the journeys. Run ``read`` in a greenlet.

    ``consumer`` is the name that new contacts give; ``gaps`` counts the times something was lost
    for good: the contacts of then are unknown.
    """

    def __init__(
        self, endpoints: Endpoints, adapter: Adapter, consumer: str, journeys: Journeys
    ) -> None:
        self._endpoints = endpoints
        self._adapter = adapter
        self._marks = {} if endpoints.watch is None else marks(endpoints.watch.run)
        self.consumer = consumer
        self._first_name = consumer
        self._journeys = journeys
        self._seen = 0
        self.gaps = 0
        self.connected = gevent.event.Event()

    def read(self) -> None:
        """Read for ever, reconnecting after the last number seen, unless the guard has halted."""
        while not self._journeys.shut:
            try:
                self._read_once()
            except Exception as error:  # noqa: BLE001  whatever it is, the stream is cut
                _log.warning("event_stream_cut consumer=%s error=%r", self.consumer, error)
            gevent.sleep(_RETRY_S)

    def _read_once(self) -> None:
        request = carried(self._adapter.listen(self.consumer, self._seen), self._journeys.carry)
        client = client_of(self._endpoints, answer_s=SILENCE_S)
        try:
            if not self._journeys.lets_out(request):
                return
            try:
                headers = {**self._marks, **request.headers}
                response = client.request(request.method, request.path, headers=headers)
            finally:
                self._journeys.is_over()
            if not self._journeys.believes(
                response.status_code, cast("Mapping[str, str]", response)
            ):
                return
            if response.status_code == 410:
                self._lost_for_good("the event stream could not be resumed in time")
                self._begin_anew()
                return
            if response.status_code != 200:
                raise ConnectionError(f"status {response.status_code}")
            self.connected.set()
            while line := response.readline(b"\n"):
                self._hear(bytes(line))
        finally:
            client.close()

    def _hear(self, line: bytes) -> None:
        notice = self._adapter.parse_notice(line)
        if notice is None or notice.kind is NoticeKind.ALIVE:
            return
        if notice.seq > self._seen + 1 and self._seen:
            self._lost_for_good(f"events {self._seen + 1} to {notice.seq - 1} never came")
        self._seen = notice.seq
        if notice.kind is not NoticeKind.OTHER:
            self._journeys.hear(notice)

    def _begin_anew(self) -> None:
        """Go on under a new name: under the old one there is nothing left to resume."""
        self.consumer = f"{self._first_name}.{self.gaps}"
        self._seen = 0

    def _lost_for_good(self, why: str) -> None:
        self.gaps += 1
        self._journeys.lose_sight(why)
