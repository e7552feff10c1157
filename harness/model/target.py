"""The target profile: the contact centre under test, as checked values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """Where the target is, who staffs it, and which adapter speaks its API.

    ``staffing`` is heads per site and skill (a queue's name, or ``tickets``). ``mock`` is handed
    over to the mock centre as it stands, which validates it; ``None`` for a target we did not
    start. ``virtual_clock``: the target can run faster than the wall clock. ``handle_s`` is what a
    contact takes an agent on average, per skill, as the provider declares it (talk, hold and
    wrap-up, in centre seconds); a skill that is not in it is one of which nothing can be predicted.
    """

    name: str
    adapter: str
    virtual_clock: bool
    staffing: Mapping[str, Mapping[str, int]]
    mock: Mapping[str, Any] | None
    handle_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites, in the profile's order."""
        return tuple(self.staffing)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a running target answers: base URLs without a trailing slash.

    *ca_file* is the path of the authority that vouches for the edge, if it is not a public one.
    """

    edge: str
    sites: Mapping[str, str]
    admin: str | None = None
    admin_token: str = field(default="", repr=False)
    client_id: str = ""
    ca_file: str = ""
    client_secret: str = field(default="", repr=False)

    def scrape_urls(self) -> dict[str, str]:
        """Return the metrics page of every source, by source name."""
        urls = {"edge": f"{self.edge}/metrics"}
        urls.update({site: f"{url}/metrics" for site, url in self.sites.items()})
        return urls
