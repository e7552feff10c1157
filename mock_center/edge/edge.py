"""The edge put together: fleet, calls, tickets, consumers, tokens, metrics."""

import asyncio
from collections.abc import Mapping
from typing import Any

from mock_center import log
from mock_center.clock import CentreClock
from mock_center.conditions import Conditions
from mock_center.config import Centre
from mock_center.edge.agents import Agents
from mock_center.edge.callbacks import Callbacks
from mock_center.edge.calls import Call, Calls
from mock_center.edge.consumers import Consumers
from mock_center.edge.detour import Trouble
from mock_center.edge.fleet import Fleet
from mock_center.edge.link import SiteLink
from mock_center.edge.metrics import EdgeMetrics
from mock_center.edge.once import Once
from mock_center.edge.rate_limit import RateLimit
from mock_center.edge.routing import Distribution, route
from mock_center.edge.standing import Standing
from mock_center.edge.tickets import Tickets
from mock_center.edge.tokens import Tokens
from mock_center.edge.webhooks import Webhooks
from mock_center.faults.kinds import links
from mock_center.faults.kinds.api import API_RATE_LIMIT, TOKEN_EXPIRY
from mock_center.faults.kinds.house import METRICS_GONE, WEBHOOKS_CUT
from mock_center.faults.kinds.phones import MISROUTED_LINE
from mock_center.faults.kinds.sites import SITE_DRAIN
from mock_center.metrics import MetricsPage
from mock_center.problems import ProblemError
from mock_center.tickets.copies import Copies

_KEYS = 100_000
_CALL_TIMEOUT_CENTRE_S = 5.0
_CALL_TIMEOUT_FLOOR_S = 0.5


class Edge:
    """The front door of *centre*, whose sites are at *urls*.

    Args:
        centre: as configured.
        urls: the address of each site, in the order in which they may lead the ticket store.
        token: what edge and sites know each other by.
        environment_id: what this start of the centre is called.
        began_at: the wall stamp of centre second 0.
        conditions: what is wrong here on purpose; by default nothing ever is.
        most_streams: how many event streams may be open at once.
    """

    def __init__(
        self,
        centre: Centre,
        *,
        urls: Mapping[str, str],
        token: str,
        environment_id: str,
        began_at: float,
        conditions: Conditions | None = None,
        most_streams: int = 5000,
    ) -> None:
        self.centre = centre
        self.conditions = conditions or Conditions()
        self.environment_id = environment_id
        self.queue_of = centre.line_queues
        self.clock = CentreClock.begun_at(began_at, centre.speed)
        self.most_streams = most_streams
        self.metrics = EdgeMetrics(lines=self.queue_of, sites=urls, speed=centre.speed)
        self.distribution = Distribution(centre.split)
        self.page = MetricsPage(
            self.metrics.registry,
            self._measure,
            gone=lambda: self.conditions.asked(METRICS_GONE) is not None,
        )
        api = centre.api
        self.tokens = Tokens(centre.client_id, centre.client_secret, api.token_life_wall_s)
        self._contracted = None if api.per_minute is None else RateLimit(api.per_minute, api.burst)
        self.rate_limit = self._contracted
        self.webhooks = Webhooks(
            seed=centre.seed,
            pauses_s=api.retries_wall_s,
            metrics=self.metrics,
            cut_off=lambda: self.conditions.asked(WEBHOOKS_CUT) is not None,
        )
        self.consumers = Consumers(followed=self.webhooks.follow, told=self.webhooks.take)
        self.answers: Once[dict[str, Any]] = Once(_KEYS)
        self.call_answers: Once[Call] = Once(_KEYS)
        self.fleet = Fleet(
            centre,
            {
                name: SiteLink(name, url, token, on_copies=self._take_copies)
                for name, url in urls.items()
            },
            on_event=self._take,
            on_up=self._site_up,
            on_down=self._site_down,
            on_restart=self.metrics.site_restarted,
            on_check=self.metrics.site_checked,
        )
        timeout_s = max(_CALL_TIMEOUT_CENTRE_S / centre.speed, _CALL_TIMEOUT_FLOOR_S)
        self.calls = Calls(
            self.fleet,
            order=self._order,
            publish=self.consumers.publish,
            lost=self.metrics.call_lost,
            requeued=self.metrics.call_requeued,
            timeout_s=timeout_s,
            on_site_loss=centre.on_site_loss,
        )
        self.callbacks = Callbacks(
            self.fleet,
            self.calls,
            order=self._order,
            publish=self.consumers.publish,
            lost=self.metrics.callback_lost,
            timeout_s=timeout_s,
        )
        self.agents = Agents(
            self.fleet,
            self.calls,
            publish=self.consumers.publish,
            listens=self.consumers.listens,
            timeout_s=timeout_s,
        )
        self.tickets = Tickets(self.fleet)
        self.conditions.when_changed(self._conditions_changed)
        self._tokens_expired = False
        self._draining: dict[str, asyncio.Task[None]] = {}
        self._troubled: dict[str, Trouble] = {}
        self._detours: dict[str, asyncio.Task[None]] = {}
        for site in urls:
            self.metrics.site_is(site, up=False)
            self.metrics.site_drains(site, drains=False)
        for line in self.distribution.lines:
            self.metrics.shares_are(line, self.distribution.shares(line))

    async def run(self) -> None:
        """Watch the sites and settle what is owed, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.fleet.run())
            group.create_task(self.calls.run())
            group.create_task(self.callbacks.run())
            group.create_task(self.agents.run())
            group.create_task(self.webhooks.run())
            freezes_s = self.centre.defects.freezes_metrics_after_s
            if freezes_s is not None:
                group.create_task(self.page.freeze(self.clock.loop_time(freezes_s)))

    async def _measure(self) -> None:
        self.metrics.streams_are(self.consumers.streams)

    def _conditions_changed(self) -> None:
        """Carry out once what is an event rather than a state."""
        self._drain_as_asked()
        self._trouble_links_as_asked()
        expired = self.conditions.asked(TOKEN_EXPIRY) is not None
        if expired and not self._tokens_expired:
            self.tokens.expire_all()
        self._tokens_expired = expired
        tight = self.conditions.asked(API_RATE_LIMIT)
        if tight is None:
            self.rate_limit = self._contracted
        elif self.rate_limit is self._contracted:
            self.rate_limit = RateLimit(tight["per_minute"], int(tight["burst"]))

    def _drain_as_asked(self) -> None:
        wanted = {str(asked["site"]) for asked in self.conditions.all(SITE_DRAIN)}
        for site in self._draining.keys() - wanted:
            self._draining.pop(site).cancel()
            self.undrain(site)
        for site in wanted - self._draining.keys():
            self._draining[site] = asyncio.create_task(self.drain(site))

    def _trouble_links_as_asked(self) -> None:
        wanted = {
            str(asked["site"]): _trouble(kind, asked)
            for kind in links.KINDS
            for asked in self.conditions.all(kind)
        }
        for site in self.fleet.links:
            if wanted.get(site) != self._troubled.get(site):
                former = self._detours.get(site)
                work = self._meet(site, wanted.get(site), former)
                self._detours[site] = asyncio.create_task(work)
        self._troubled = wanted

    async def _meet(
        self, site: str, trouble: Trouble | None, former: asyncio.Task[None] | None
    ) -> None:
        """Have the way to *site* be as *trouble* says, once the *former* change of it is made."""
        if former is not None:
            await asyncio.wait([former])
        log.info("link", site=site, trouble=trouble or "none")
        await self.fleet.links[site].meet(trouble, seed=f"{self.centre.seed}:link:{site}")

    def change_distribution(self, line: str, percentages: Mapping[str, int]) -> None:
        """Distribute the calls to *line* anew, from now on.

        Raises:
            KeyError: no such line.
            ValueError: these shares are not valid; nothing has changed.
        """
        self.distribution.change(line, percentages)
        self.metrics.shares_are(line, self.distribution.shares(line))
        log.info("traffic_distribution", line=line, percent=dict(percentages))

    async def drain(self, site: str) -> None:
        """Let *site* have no new calls, and hand over its lead."""
        self.metrics.site_drains(site, drains=True)
        await self.fleet.drain(site)

    def undrain(self, site: str) -> None:
        """Let *site* have calls again."""
        self.metrics.site_drains(site, drains=False)
        self.fleet.undrain(site)

    def standing(self, site: str) -> Standing:
        """Return how *site* stands at this moment."""
        link = self.fleet.links[site]
        calls = self.calls.at(site)
        leads = self.fleet.leader == site
        empty = calls == 0 and (link.contacts == 0 or not link.joined.is_set())
        # The lead of the only site there is has nowhere to go.
        free = not leads or len(self.fleet.links) == 1
        return Standing(
            up=link.up,
            draining=link.draining,
            drained=link.draining and empty and free,
            calls=max(calls, link.contacts or 0),
            leads=leads,
            complete=self.fleet.is_complete(site),
            incarnation=link.incarnation,
        )

    def _order(self, line: str, reference: str) -> list[str]:
        split = self.distribution.shares(line)
        return route(self.fleet.open, split, seed=self.centre.seed, reference=reference)

    def _take_copies(self, site: str, copies: Copies) -> None:
        self.fleet.copies_are(site, copies)

    def _site_up(self, site: str) -> None:
        self.metrics.site_is(site, up=True)

    def _site_down(self, site: str) -> None:
        self.metrics.site_is(site, up=False)
        self.calls.lose(site)
        self.callbacks.lose(site)
        self.agents.lose(site)

    def queue_for(self, line: str) -> str:
        """Return the queue that callers of *line* are sent to.

        Raises:
            ProblemError: 404, nobody handed the line over.
        """
        queue = self.queue_of.get(line)
        if queue is None:
            raise ProblemError(404, "unknown-line", "Nobody answers this line", line)
        if (astray := self.conditions.asked(MISROUTED_LINE, line=line)) is not None:
            return str(astray["queue"])
        return self.centre.defects.misroutes.get(line, queue)

    def _take(self, site: str, event: dict[str, Any]) -> None:
        match event["type"].partition(".")[0]:
            case "call":
                self.calls.take(site, event)
                return
            case "callback":
                self.callbacks.take(site, event)
                return
            case "agent":
                self.agents.take(site, event)
                return
        if "consumer" not in event:
            return  # what concerns no client in particular
        told = {name: value for name, value in event.items() if name not in ("seq", "consumer")}
        self.consumers.publish(event["consumer"], {**told, "site": site})


def _trouble(kind: str, asked: Mapping[str, Any]) -> Trouble:
    """Return what a fault of *kind* makes of the network between here and a site."""
    match kind:
        case links.LINK_CUT:
            return Trouble(there=False, back=False)
        case links.LINK_HALF_OPEN:
            return Trouble(back=False)
        case links.LINK_LATENCY:
            return Trouble(delay_s=float(asked["delay"]))
        case _:
            return Trouble(lost=float(asked["share"]))
