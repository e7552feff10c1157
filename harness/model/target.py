"""The target profile: the contact centre under test, as checked values."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from harness.model.contact import Stream
from harness.model.guard import Guarding, Watch
from harness.model.units import exact_share

EDGE = "edge"
"""The front door, where a site's name might stand; so no site is called that."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Shift:
    """So many *heads* every working day from *start* until *end*; midnight as an end is 24:00.

    An *end* at or before *start* lies on the next day.
    """

    heads: int
    start: time
    end: time

    @property
    def times(self) -> str:
        """The times of day as a profile writes them: ``08:00-12:00``."""
        return _span(self.start, self.end)


Staff = int | tuple[Shift, ...]
"""Heads at any hour, or by times of day."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Open from *start* until *end* on the weekdays *first_day* to *last_day* (Monday is 0).

    From Saturday to Monday there are three of them. As an end, midnight is 24:00.
    """

    first_day: int
    last_day: int
    start: time
    end: time

    @property
    def weekdays(self) -> tuple[int, ...]:
        """The days of the week on which it opens, the first one first."""
        length = (self.last_day - self.first_day) % len(WEEKDAYS) + 1
        return tuple((self.first_day + number) % len(WEEKDAYS) for number in range(length))

    def __str__(self) -> str:
        days = WEEKDAYS[self.first_day]
        if self.last_day != self.first_day:
            days += f"-{WEEKDAYS[self.last_day]}"
        return f"{days} {_span(self.start, self.end)}"


class SignInKind(StrEnum):
    """How a provider wants to be told who we are."""

    NONE = "none"
    BEARER = "bearer"
    OAUTH2 = "oauth2"
    API_KEY = "api_key"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class SignIn:
    """How we sign in, without the secret.

    ``header`` is what an API key goes into. ``token_path`` is where OAuth2 client credentials are
    exchanged for a token, on the edge; ``scope`` is what the token is asked for.
    """

    kind: SignInKind = SignInKind.OAUTH2
    header: str = "Authorization"
    token_path: str = "/v1/oauth/token"
    scope: str = ""

    def headers(self, client_id: str, secret: str) -> dict[str, str]:
        """Return the headers that go with every request; none where a token is fetched first."""
        match self.kind:
            case SignInKind.BEARER:
                return {"Authorization": f"Bearer {secret}"}
            case SignInKind.API_KEY:
                return {self.header: secret}
            case SignInKind.BASIC:
                both = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
                return {"Authorization": f"Basic {both}"}
            case _:
                return {}


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is, never what it is: a variable of the environment, or a file's content."""

    variable: str = ""
    file: str = ""

    def __str__(self) -> str:
        if self.file:
            return f"the file {self.file}"
        return f"the environment variable {self.variable}"


@dataclass(frozen=True, slots=True)
class Login:
    """How we sign in somewhere, as whom, and where the secret is.

    ``client_id`` is the user of basic authentication; ``secret`` the password, token, key or client
    secret.
    """

    sign_in: SignIn = field(default_factory=SignIn)
    client_id: str = ""
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a provider calls one of the metrics that KPIs are made of.

    ``labels`` has our names of labels and theirs, ``values`` for our names of labels our values and
    theirs; ``added`` are labels that their series lack. What they measure is ours after being taken
    ``times`` so many: 0.001 for milliseconds.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus server of the provider's, asked once a second for the *inputs* of KPIs.

    Each is one of our series by its whole name, and PromQL that yields it. What it answers is as
    old as *scrape_every_s* (wall seconds) allows.
    """

    url: str
    inputs: Mapping[str, str]
    scrape_every_s: float = 15.0


PROMETHEUS = "prometheus"
"""The source under which a Prometheus server's answers are kept."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Where the provider's own figures are read: metrics pages by source, a Prometheus, or both.

    ``names`` are our metrics by the names that they have there; None: they have our names.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, Renamed] | None = None
    prometheus: Prometheus | None = None
    login: Login | None = None

    def tells(self, metric: str) -> bool:
        """Whether the series *metric* (whole name, one of ours) can be read there."""
        if self.prometheus is not None and metric in self.prometheus.inputs:
            return True
        return bool(self.sources) and (self.names is None or family(metric) in self.names)


def family(series: str) -> str:
    """Return the name of the metric that *series* is a part of: without ``_bucket`` and such."""
    for part in ("_bucket", "_sum", "_count"):
        if series.endswith(part):
            return series.removesuffix(part)
    return series


@dataclass(frozen=True, slots=True)
class Caps:
    """What must never be exceeded on a target; None: only what the guard allows anyway.

    *writes* are all requests that change something, in a run; *run_s* is wall seconds.
    """

    requests_per_s: float | None = None
    concurrent: int | None = None
    writes: int | None = None
    run_s: float | None = None


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a target that we did not start answers, and how we sign in there.

    ``edge`` and ``sites`` are base URLs without a trailing slash. ``offers`` are the streams that
    the target takes: of the others nothing is sent. ``lines`` are the numbers that reach it, by
    queue; empty if the profile does not say. Without ``metrics`` the provider tells nothing of
    itself. *ca_file* is the path of the authority that vouches for it, if it is no public one.
    """

    edge: str
    sites: Mapping[str, str]
    login: Login = field(default_factory=Login)
    offers: tuple[Stream, ...] = tuple(Stream)
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    metrics: Metrics | None = None
    caps: Caps = field(default_factory=Caps)
    ca_file: str = ""
    guard: Guarding | None = None
    admin: Mapping[str, str] = field(default_factory=dict)

    def addresses(self) -> dict[str, str]:
        """Return every address that is talked to, by what it is."""
        metrics = self.metrics or Metrics()
        found = {EDGE: self.edge, **{f"site {site}": url for site, url in self.sites.items()}}
        found |= {f"admin {name}": url for name, url in self.admin.items()}
        found |= {f"metrics of {source}": url for source, url in metrics.sources.items()}
        if metrics.prometheus is not None:
            found["prometheus"] = metrics.prometheus.url
        return found


class Need(StrEnum):
    """What a requirement is about."""

    ACCESSIBILITY = "accessibility"
    REPORTING = "reporting"
    REDUNDANCY = "redundancy"


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that the company asks of the target in words, and the *check* that decides it.

    *check* is ``lines QUEUE``, ``tickets`` or ``news`` for accessibility, the name of a KPI for
    reporting, a fault as in ``site_down north`` or ``rollback`` for redundancy. *open* is when a
    queue has to be reachable; None: whenever a run takes place.
    """

    need: Need
    what: str
    check: str
    open: tuple[Opening, ...] | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where the target is, who staffs it, and which adapter speaks its API.

    ``staffing`` is heads per site and skill (a queue's name, or ``tickets``); a share
    ``shrinkage`` of them is paid but not at work. Queues without ``opening_hours`` are always
    open; the others close on ``holidays``, on which nobody works by times of day either. ``mock``
    is handed over to the mock centre as it stands, which validates it; ``None`` for a target we
    did not start, which has a ``remote`` instead. ``virtual_clock``: the target can run faster than
    the wall clock. ``handle_s`` is what a contact takes an agent on average, per skill, as the
    provider declares it (talk, hold and wrap-up, in centre seconds); of a skill that is not in it
    nothing can be predicted.
    """

    name: str
    adapter: str
    virtual_clock: bool
    staffing: Mapping[str, Mapping[str, Staff]]
    mock: Mapping[str, Any] | None
    shrinkage: float = 0.0
    time_zone: str = "UTC"
    opening_hours: Mapping[str, tuple[Opening, ...]] = field(default_factory=dict)
    holidays: tuple[date, ...] = ()
    handle_s: Mapping[str, float] = field(default_factory=dict)
    remote: Remote | None = None
    requirements: tuple[Requirement, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites, in the profile's order."""
        return tuple(self.staffing if self.remote is None else self.remote.sites)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the sources of the provider's own metrics."""
        if self.remote is None:
            return (EDGE, *self.sites)
        metrics = self.remote.metrics or Metrics()
        return (*metrics.sources, *((PROMETHEUS,) if metrics.prometheus else ()))

    def tells(self, metric: str) -> bool:
        """Whether the provider's metrics have the series *metric* (whole name, one of ours)."""
        if self.remote is None:
            return True
        return self.remote.metrics is not None and self.remote.metrics.tells(metric)

    @property
    def offers(self) -> tuple[Stream, ...]:
        """The streams that the target takes."""
        return tuple(Stream) if self.remote is None else self.remote.offers

    def staffing_and_hours(self) -> dict[str, Any]:
        """Return staffing, shrinkage and calendar under the profile's keys, as the texts it holds.

        What has its default is left out.
        """
        found: dict[str, Any] = {
            "staffing": {
                site: {skill: _staff(staff) for skill, staff in skills.items()}
                for site, skills in self.staffing.items()
            }
        }
        if self.shrinkage:
            found["shrinkage"] = exact_share(self.shrinkage).replace(" ", "")
        if self.time_zone != "UTC":
            found["time_zone"] = self.time_zone
        if self.opening_hours:
            found["opening_hours"] = {
                queue: ", ".join(map(str, hours)) for queue, hours in self.opening_hours.items()
            }
        if self.holidays:
            found["holidays"] = [day.isoformat() for day in self.holidays]
        return found


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a running target answers: base URLs without a trailing slash.

    *ca_file* is the path of the authority that vouches for the edge, if it is not a public one.
    ``client_id`` and ``client_secret`` are what ``sign_in`` needs: for basic authentication the
    user and its password; a bearer token or an API key is a secret alone. ``metrics`` is None for
    one whose edge and sites have pages of our own names. ``watch`` is what the guard holds every
    request to; None on a mock of ours.
    """

    edge: str
    sites: Mapping[str, str]
    admin: str | None = None
    admin_token: str = field(default="", repr=False)
    client_id: str = ""
    ca_file: str = ""
    client_secret: str = field(default="", repr=False)
    sign_in: SignIn = field(default_factory=SignIn)
    metrics: Metrics | None = None
    metrics_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    watch: Watch | None = None

    @property
    def pins(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses of each host by name; whoever has none is reached by number alone."""
        return {} if self.watch is None else self.watch.pins

    def scrape_urls(self) -> dict[str, str]:
        """Return the metrics page of every source, by source name."""
        if self.metrics is not None:
            return dict(self.metrics.sources)
        urls = {EDGE: f"{self.edge}/metrics"}
        urls.update({site: f"{url}/metrics" for site, url in self.sites.items()})
        return urls


def _staff(staff: Staff) -> str | dict[str, str]:
    if isinstance(staff, int):
        return str(staff)
    heads: dict[str, int] = {}
    for shift in staff:
        heads[shift.times] = heads.get(shift.times, 0) + shift.heads
    return {times: str(number) for times, number in heads.items()}


def _span(start: time, end: time) -> str:
    return f"{start:%H:%M}-{'24:00' if end == time.min else format(end, '%H:%M')}"
