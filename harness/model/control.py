"""What harness and generator say to each other over the control pipe: one JSON object a line.

Down: ``start``, ``begin``, ``halt``, ``stop``. Up: ``joined`` and ``refused`` for each worker that
came, ``ready``, ``progress``, ``staff`` (what our virtual agents went through), ``halt`` if the
guard's wire tripped in one of its processes, ``log_full`` if the disk takes no contacts any more,
``lost`` for each worker that went, ``failed``, ``done``.
"""

from dataclasses import dataclass

from harness.model.health import ProcessHealth
from harness.model.scenario import Load, Scenario
from harness.model.target import Endpoints


@dataclass(frozen=True, slots=True)
class Start:
    """Everything a generator process needs. ``epoch`` and ``speed`` make its run clock.

    ``reference_prefix`` goes before a contact's id in what the target is told.
    """

    scenario: Scenario
    endpoints: Endpoints
    adapter: str
    epoch: float
    speed: float
    run: str
    reference_prefix: str


@dataclass(frozen=True, slots=True)
class Begin:
    """From ``at_s`` on (centre seconds of the run) the load is that of *phase*.

    Or ``load``, where it was chosen only now.
    """

    phase: str
    at_s: float
    load: Load | None = None


@dataclass(frozen=True, slots=True)
class Halt:
    """From now on nobody new comes, because of *why*; its code says whether anything is sent."""

    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """From ``at_s`` on nobody new comes; who is still there after ``drain_wall_s`` leaves."""

    at_s: float
    drain_wall_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How the generator is doing. ``left`` had not hung up when it ended.

    ``pending`` are follow-ups that are not due yet: redials that the run's end leaves undone.
    ``held`` requests waited for the guard's rate cap.
    ``processes`` is what each of its processes measured of itself.
    """

    started: int = 0
    dropped: int = 0
    playing: int = 0
    broken: int = 0
    stream_gaps: int = 0
    left: int = 0
    pending: int = 0
    held: int = 0
    workers: int = 1
    workers_lost: int = 0
    processes: tuple[ProcessHealth, ...] = ()
