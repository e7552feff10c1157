"""The target profile: the contact centre under test, as checked values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

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

    As an end, midnight is 24:00.
    """

    first_day: int
    last_day: int
    start: time
    end: time

    def __str__(self) -> str:
        days = WEEKDAYS[self.first_day]
        if self.last_day != self.first_day:
            days += f"-{WEEKDAYS[self.last_day]}"
        return f"{days} {_span(self.start, self.end)}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where the target is, who staffs it, and which adapter speaks its API.

    ``staffing`` is heads per site and skill (a queue's name, or ``tickets``); a share
    ``shrinkage`` of them is paid but not at work. Queues without ``opening_hours`` are always
    open; the others close on ``holidays``, on which nobody works by times of day either. ``mock``
    is handed over to the mock centre as it stands, which validates it; ``None`` for a target we
    did not start. ``virtual_clock``: the target can run faster than the wall clock. ``handle_s`` is
    what a contact takes an agent on average, per skill, as the provider declares it (talk, hold and
    wrap-up, in centre seconds); of a skill that is not in it nothing can be predicted.
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

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites, in the profile's order."""
        return tuple(self.staffing)

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
            found["shrinkage"] = f"{100 * self.shrinkage:.10g}%"
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


def _staff(staff: Staff) -> str | dict[str, str]:
    if isinstance(staff, int):
        return str(staff)
    heads: dict[str, int] = {}
    for shift in staff:
        heads[shift.times] = heads.get(shift.times, 0) + shift.heads
    return {times: str(number) for times, number in heads.items()}


def _span(start: time, end: time) -> str:
    return f"{start:%H:%M}-{'24:00' if end == time.min else format(end, '%H:%M')}"
