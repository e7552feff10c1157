"""``/v1/traffic-distribution``: which share of a line's calls goes to which site."""

from aiohttp import web

from mock_center.edge.api.bodies import Body, Name, read_body
from mock_center.edge.api.route import Route
from mock_center.edge.edge import Edge
from mock_center.problems import ProblemError, no_such
from mock_center.server import reply


class Shares(Body):
    """``PUT /v1/traffic-distribution/{line}``: percent by site."""

    sites: dict[Name, int]


class TrafficApi:
    """The traffic distribution. It moves calls, not agents."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            ("GET", "/v1/traffic-distribution", self._list),
            ("PUT", "/v1/traffic-distribution/{line}", self._change),
        ]

    async def _list(self, _: web.Request) -> web.Response:
        lines = self._edge.distribution.lines
        return reply({"lines": [self._shown(line) for line in lines]})

    async def _change(self, request: web.Request) -> web.Response:
        line = request.match_info["line"]
        if line not in self._edge.distribution.lines:
            raise no_such("line", line)
        shares = await read_body(request, Shares)
        try:
            self._edge.change_distribution(line, shares.sites)
        except ValueError as error:
            raise ProblemError(
                422, "invalid-distribution", "The shares are not valid", str(error)
            ) from error
        return reply(self._shown(line))

    def _shown(self, line: str) -> dict[str, object]:
        return {"line": line, "sites": self._edge.distribution.percentages(line)}
