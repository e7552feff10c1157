"""The story of a customer who writes: open a ticket, then live with what comes of it."""

from harness.adapter.protocol import NewTicket
from harness.model.contact import Ticket, WriteOutcome, replace
from harness.traffic.people import Person
from harness.traffic.schedule import PlannedTicket
from scenarios.journeys.correspondence import Correspondence
from scenarios.journeys.story import Journey, Scene


def write(plan: PlannedTicket, person: Person, due_s: float, scene: Scene) -> Journey:
    """Play one ticket. The id of the contact is the key by which the audit finds it again."""
    ticket = Ticket(
        id=plan.id,
        phase=plan.phase,
        held=plan.held,
        priority=plan.priority,
        customer=person.id,
        parent=plan.parent,
        due_s=due_s,
        started_s=scene.clock.now_s(),
        attachments=len(plan.means_to.attachments),
        subject=plan.subject,
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
            attachments=plan.means_to.attachments,
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
        exchanges=scene.exchanges,
    )
    scene.tell(ticket)
    if acknowledged:
        yield from Correspondence(ticket, plan, person, scene).carry_on()
