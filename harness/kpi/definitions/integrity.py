"""Whether both sides tell of the same contacts, and none was lost."""

from harness.kpi import reconcile
from harness.kpi.definitions.kpi import WHOLE_RUN, Kpi
from harness.model.contact import Stream
from harness.model.sla import Direction, Unit

INTEGRITY = (
    Kpi(
        name="reconciliation",
        title="Attempts reconciled",
        definition=(
            "|attempts that callers made and the edge must have seen - attempts it counted| / the"
            " former. What stands between the borders of a phase and the moments they were read "
            "at is in it."
        ),
        source="own: two counts of one thing",
        unit=Unit.SHARE,
        direction=Direction.LESS,
        callers=reconcile.attempts,
        contact_fields=(
            "outcome",
            "queued_s",
        ),
        unseen="it is the difference of both views",
    ),
    Kpi(
        name="lost_tickets",
        title="Lost tickets",
        definition=(
            "Tickets whose writing was acknowledged and that no site's store returns at the end."
        ),
        source="Jepsen: the set checker",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
    Kpi(
        name="duplicated_tickets",
        title="Duplicated tickets",
        definition="Tickets that stand in a store under more than one number at the end.",
        source="Jepsen: the set checker",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
    Kpi(
        name="lost_updates",
        title="Lost ticket updates",
        definition=(
            "Tickets of which a comment, a reopening or a request for the second line was "
            "acknowledged and stands in no site's store at the end. Lost tickets are not in it."
        ),
        source="Jepsen: the set checker, by counts",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
    Kpi(
        name="duplicated_updates",
        title="Duplicated ticket updates",
        definition="Tickets that hold more of the customer's comments than were ever sent.",
        source="Jepsen: the set checker, by counts",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
    Kpi(
        name="wrong_tickets",
        title="Wrong tickets",
        definition=(
            "Tickets that were acknowledged and that say something else at the end than their "
            "customer wrote: another customer, priority, subject or number of attachments. Of all, "
            "or of a sample drawn by the seed."
        ),
        source="outsourcing practice: a share of the work is checked again for correctness",
        unit=Unit.COUNT,
        direction=Direction.LESS,
        phase_kinds=WHOLE_RUN,
        stream=Stream.TICKETS,
        by_verdict=True,
    ),
)
"""In the order of the catalogue."""
