"""``/v1/calls``, ``/v1/lines`` and ``/v1/queues``: the phone side of the API."""

import time

from aiohttp import web

from mock_center.edge.api.bodies import CallOrder, Keys, fingerprint, idempotency_key, read_body
from mock_center.edge.api.problems import key_conflict
from mock_center.edge.api.route import Route, idempotent_replayed
from mock_center.edge.calls import Call, CallState, NoSiteError, TrunksBusyError
from mock_center.edge.edge import Edge
from mock_center.edge.link import RefusedError, UnreachableError
from mock_center.edge.once import KeyConflictError
from mock_center.faults.kinds.phones import BLOCKED_DESTINATION
from mock_center.problems import ProblemError, no_such
from mock_center.server import reply

_QUEUES_TIMEOUT_S = 1.0
_LONGEST = ("longest_wait_s", "expected_wait_s")
"""What is not added up over the sites: the worst of them is what a caller may meet."""


class CallsApi:
    """Calls, lines and queues."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("POST", "/v1/calls", self._place_call),
            ("GET", "/v1/calls/{id}", self._get_call),
            ("POST", "/v1/calls/{id}/hangup", self._hang_up),
            ("POST", "/v1/calls/{id}/dtmf", self._press),
            ("GET", "/v1/lines", self._list_lines),
            ("GET", "/v1/queues", self._list_queues),
        ]

    async def _place_call(self, request: web.Request) -> web.Response:
        line, result = "", "refused"
        try:
            key = idempotency_key(request)
            order = await read_body(request, CallOrder)
            line = order.line
            call, replayed = await self._edge.call_answers.do(
                key, fingerprint(order), lambda: self._place(order)
            )
        except KeyConflictError as error:
            raise key_conflict() from error
        except TrunksBusyError as error:
            result = "blocked"
            raise ProblemError(503, "trunks-busy", "All trunk channels are busy") from error
        except NoSiteError as error:
            result = "failed"
            raise ProblemError(503, "no-site", "No site can take the call") from error
        else:
            result = "" if replayed else "accepted"
        finally:
            if result:
                self._edge.metrics.call_attempt(line, result)
        # The answer is that of the moment of placing, also when it is given again.
        answer = {**call.public(), "state": call.entered.value}
        return reply(answer, 201, **idempotent_replayed(replayed))

    async def _place(self, order: CallOrder) -> Call:
        queue = self._edge.queue_for(order.line)
        if self._edge.conditions.asked(BLOCKED_DESTINATION, line=order.line) is not None:
            raise TrunksBusyError(order.line)  # the carrier does not put calls to it through
        since = time.monotonic()
        call = await self._edge.calls.place(
            reference=order.reference, consumer=order.consumer, line=order.line, queue=queue
        )
        self._edge.metrics.call_set_up(time.monotonic() - since)
        return call

    async def _get_call(self, request: web.Request) -> web.Response:
        return reply(self._call(request).public())

    async def _hang_up(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if call.state is CallState.PLACING:
            raise ProblemError(409, "wrong-state", "The call is still being placed", call.id)
        await self._edge.calls.hang_up(call)
        return reply({"id": call.id, "state": CallState.ENDED.value})

    async def _press(self, request: web.Request) -> web.Response:
        call = self._call(request)
        keys = await read_body(request, Keys)
        if call.state is not CallState.PLACING and not call.over:
            try:
                await self._edge.calls.press(call, keys.digits)
                return reply({"id": call.id, "state": call.state.value})
            except (RefusedError, UnreachableError):
                pass  # it ended, or its site was lost, in this very moment
        raise ProblemError(409, "wrong-state", "Nobody listens on this call", call.state.value)

    def _call(self, request: web.Request) -> Call:
        name = request.match_info["id"]
        call = self._edge.calls.get(name)
        if call is None:
            raise no_such("call", name)
        return call

    async def _list_lines(self, _: web.Request) -> web.Response:
        lines = [{"line": line, "queue": queue} for line, queue in self._edge.queue_of.items()]
        return reply({"lines": lines})

    async def _list_queues(self, _: web.Request) -> web.Response:
        links = [self._edge.fleet.links[name] for name in self._edge.fleet.up]
        total: dict[str, dict[str, float]] = {queue: {} for queue in self._edge.centre.lines}
        for link in links:
            try:
                found = await link.ask("GET", "/internal/queues", timeout_s=_QUEUES_TIMEOUT_S)
            except (UnreachableError, RefusedError):
                continue  # it was just lost; the others tell what is left
            _add_up(total, found)
        return reply({"queues": [self._shown(queue, state) for queue, state in total.items()]})

    def _shown(self, queue: str, state: dict[str, float]) -> dict[str, object]:
        names = ("waiting", "callbacks", "in_talk", "agents", "agents_available", "longest_wait_s")
        rule, expected_s = self._edge.centre.callbacks, state.get("expected_wait_s")
        return {
            "queue": queue,
            **{name: state.get(name, 0) for name in names},
            "expected_wait_s": expected_s,
            "callback_offered": rule is not None
            and (expected_s is None or expected_s >= rule.offered_at_s),
        }


def _add_up(total: dict[str, dict[str, float]], found: dict[str, dict[str, float]]) -> None:
    for queue, state in found.items():
        sums = total[queue]
        for name, value in state.items():
            both = (sums.get(name, 0), value)
            sums[name] = max(both) if name in _LONGEST else sum(both)
