"""Tickets: replies, resolution, backlog, clocks."""

from harness.kpi import provider, tickets
from harness.kpi.definitions.kpi import Kpi, always
from harness.model.contact import Stream
from harness.model.sla import Direction, Unit

TICKET_BOUNDS = (
    *(60, 300, 900, 1800, 3600, 7200, 14400, 28800),
    *(86400, 172800, 259200, 604800),
)
"""The clocks (seconds) that a provider's histograms of ticket times must have as bounds."""

TICKETS = (
    Kpi(
        name="ticket_first_reply",
        title="Ticket first reply",
        definition=(
            "Tickets a person replied to within the threshold / tickets sent at least that long "
            "ago. A ticket that was not acknowledged counts against. Provider: of the first "
            "replies given."
        ),
        source="Zendesk: first reply time, automatic replies left out",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        needs_threshold=True,
        bounds=TICKET_BOUNDS,
        stream=Stream.TICKETS,
        callers=tickets.first_reply,
        contact_fields=(
            "due_s",
            "replied_s",
        ),
        expression=provider.ticket_first_reply,
        labels=frozenset({"site", "priority"}),
    ),
    Kpi(
        name="ticket_next_reply",
        title="Ticket next reply",
        definition=(
            "Customers' later words replied to within the threshold / such words written at least "
            "that long ago. Several in a row wait for one reply, the oldest of them. Provider: of "
            "the later replies given."
        ),
        source="Zendesk: next reply time",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        needs_threshold=True,
        bounds=TICKET_BOUNDS,
        stream=Stream.TICKETS,
        callers=tickets.next_reply,
        contact_fields=("steps",),
        expression=provider.ticket_next_reply,
        labels=frozenset({"site", "priority"}),
    ),
    Kpi(
        name="ticket_resolution",
        title="Ticket resolution",
        definition=(
            "Tickets solved within the threshold / tickets sent at least that long ago. Provider:"
            " of the tickets solved."
        ),
        source="Zendesk: full resolution time",
        unit=Unit.SHARE,
        direction=Direction.MORE,
        needs_threshold=True,
        bounds=TICKET_BOUNDS,
        stream=Stream.TICKETS,
        callers=tickets.resolution,
        contact_fields=(
            "due_s",
            "solved_s",
        ),
        expression=provider.ticket_resolution,
        labels=frozenset({"site", "priority"}),
    ),
    Kpi(
        name="ticket_reopened",
        title="Tickets opened again",
        definition=(
            "Solutions after which the customer opened the ticket again / solutions. Provider: "
            "tickets opened again / tickets solved, in the same time."
        ),
        source="Zendesk: reopened tickets",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        callers=tickets.reopened,
        contact_fields=("steps",),
        expression=always(provider.TICKET_REOPENED),
    ),
    Kpi(
        name="ticket_backlog",
        title="Ticket backlog",
        definition="Tickets not solved at the end.",
        source="ITIL: backlog",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        expression=always(provider.TICKET_BACKLOG),
        unseen="customers know their own tickets only",
    ),
    Kpi(
        name="ticket_backlog_age",
        title="Age of the ticket backlog",
        definition="The age that one in ten of the tickets not solved exceeds, at its highest.",
        source="ITIL: backlog age",
        unit=Unit.SECONDS,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        expression=always(provider.TICKET_BACKLOG_AGE),
        unseen="customers know their own tickets only",
    ),
    Kpi(
        name="ticket_breaches",
        title="Ticket clocks breached",
        definition="Clocks that ran out / clocks that were stopped or ran out, all kinds of clock.",
        source="Zendesk: SLA breaches by ticket metric",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        stream=Stream.TICKETS,
        expression=always(provider.TICKET_BREACHES),
        labels=frozenset({"site", "priority"}),
        unseen="whose clock stands still outside business hours only the provider counts",
    ),
)
"""In the order of the catalogue."""
