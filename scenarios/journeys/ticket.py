"""The story of a customer who writes: open a ticket, wait for a reply, see it solved."""

import math

from harness.adapter.protocol import NewTicket, Notice, NoticeKind
from harness.model.contact import Ticket, WriteOutcome, replace
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedTicket
from scenarios.journeys.story import Journey, Leave, Lost, Scene, Wait


def write(plan: PlannedTicket, person: Person, due_s: float, scene: Scene) -> Journey:
    """Play one ticket. The id of the contact is the key by which the audit finds it again."""
    ticket = Ticket(
        id=plan.id,
        phase=plan.phase,
        held=plan.held,
        priority=plan.priority,
        customer=person.id,
        due_s=due_s,
        started_s=scene.clock.now_s(),
    )
    scene.tell(ticket)
    written = yield from scene.adapter.open_ticket(
        NewTicket(
            reference=scene.reference,
            consumer=scene.consumer,
            customer=person.id,
            priority=plan.priority,
            subject=plan.subject,
            body=f"{plan.subject}. Written by {person.name} <{person.email}>, who does not exist.",
        )
    )
    acknowledged = written.outcome is WriteOutcome.ACKNOWLEDGED
    ticket = replace(
        ticket,
        outcome=written.outcome,
        acknowledged_s=scene.clock.now_s() if acknowledged else None,
        provider_id=written.provider_id,
        site=written.site,
        error=written.error,
        exchanges=tuple(scene.exchanges),
    )
    scene.tell(ticket)
    try:
        while acknowledged and ticket.solved_s is None:
            notice = yield Wait(math.inf)
            assert isinstance(notice, Notice)
            if notice.kind is NoticeKind.REPLIED and ticket.replied_s is None:
                ticket = replace(ticket, replied_s=scene.clock.now_s())
            elif notice.kind is NoticeKind.SOLVED:
                ticket = replace(ticket, solved_s=scene.clock.now_s())  # closed is not answered
            scene.tell(ticket)
    except Leave:
        return
    except Lost as lost:
        scene.tell(replace(ticket, error=str(lost)))
