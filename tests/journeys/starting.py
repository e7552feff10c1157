"""How a generator process is told to start, for scripts that play one by itself."""

from harness.clock import wall_now
from harness.model.control import Start
from harness.model.guard import Watch
from harness.model.staffing import Crew, StaffedBy, Staffing
from harness.model.target import Endpoints
from tests.fakes import scenario


def start_of(
    port: int, crew: Crew, *, speed: float = 1.0, run: str = "run-1", watch: Watch | None = None
) -> Start:
    """Return the order to play *crew* against a reference API on *port* of this machine."""
    return Start(
        scenario=scenario(staffed_by=Staffing(StaffedBy.HARNESS, crew=crew), speed=speed),
        endpoints=Endpoints(f"http://127.0.0.1:{port}", {}, watch=watch),
        adapter="harness.adapter.reference:ReferenceAdapter",
        epoch=wall_now(),
        speed=speed,
        run=run,
        reference_prefix="run-1/",
    )
