"""The desk itself, pure: cases, what happens to them, and the figures that it keeps of itself.

It plays the part of somebody else's ticket system, oddities included:
docs/how_to_write_an_adapter.md names them. Times are seconds of the desk's own clock.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

URGENCIES = ("critical", "high", "normal", "low")
BOUNDS_MS = (
    *(60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000),
    *(86_400_000, 172_800_000, 259_200_000, 604_800_000),
)
FIRST_ANSWER, SOLVED = "desk_first_answer_ms", "desk_solve_ms"
_TO_ANSWER_S, _TO_SOLVE_S = (5.0, 40.0), (10.0, 40.0)


@dataclass(slots=True)
class Case:
    """One case. ``rev`` rises with every change; a change has to name the one it was made from."""

    id: int
    requester: int
    urgency: str
    fields: dict[int, str]
    opened_s: float
    title: str = ""
    status: str = "open"
    rev: int = 1
    notes: int = 0
    reopened: int = 0
    answered: bool = False
    line: int = 1

    def in_full(self) -> dict[str, Any]:
        """Return the case as it is shown by itself; lists are short of words."""
        return {**self.shown(), "title": self.title}

    def shown(self) -> dict[str, Any]:
        """Return the case as the API shows it among others."""
        return {
            "id": self.id,
            "requester_id": self.requester,
            "urgency": self.urgency,
            "status": self.status,
            "rev": self.rev,
            "line": self.line,
            "fields": [{"id": key, "value": value} for key, value in self.fields.items()],
            "requester_notes": self.notes,
            "times_reopened": self.reopened,
        }


@dataclass(slots=True)
class Desk:
    """Everything the desk knows. Whoever works at it is drawn from *rng*."""

    rng: Random
    cases: dict[int, Case] = field(default_factory=dict)
    requesters: dict[str, int] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    next_id: int = 1000

    def requester(self, external_id: str) -> int:
        """Return the number of a requester, who is made known if they were not."""
        return self.requesters.setdefault(external_id, len(self.requesters) + 1)

    def open(
        self, requester: int, urgency: str, fields: dict[int, str], now_s: float, title: str
    ) -> Case:
        """Open a case. There is no idempotency key here: twice is two."""
        self.next_id += 1
        case = self.cases[self.next_id] = Case(
            self.next_id, requester, urgency, fields, now_s, title
        )
        return case

    def note(self, case: Case) -> None:
        """Take a requester's note; on a closed case it is thrown away, and nobody is told."""
        if case.status != "closed":
            case.notes += 1
            case.rev += 1
            if case.status == "waiting":
                case.status = "open"

    def change(self, case: Case, wanted: dict[str, Any]) -> bool:
        """Change what the workflow lets be changed; return whether the case is open again by it.

        A case of low urgency is never opened again, and a second line takes the two highest
        urgencies alone. What is refused is refused in silence.
        """
        again = wanted.get("status") == "open" and case.status == "done" and case.urgency != "low"
        if again:
            case.status, case.reopened = "open", case.reopened + 1
            self.tell(case, "reopened")
        if wanted.get("line") == 2 and case.urgency in ("critical", "high"):
            case.line = 2
            self.tell(case, "second_line")
        if wanted.get("status") == "closed":
            case.status = "closed"
        case.rev += 1
        return again

    def answer(self, case: Case, now_s: float) -> bool:
        """Have somebody answer *case*; return whether it was there to be answered."""
        if case.status != "open":
            return False
        if not case.answered:
            self._observe(FIRST_ANSWER, case, now_s)
        case.answered = True
        case.rev += 1
        self.tell(case, "agent_note")
        return True

    def solve(self, case: Case, now_s: float) -> None:
        """Have *case* done."""
        if case.status == "open":
            case.status = "done"
            case.rev += 1
            self._observe(SOLVED, case, now_s)
            self.tell(case, "done")

    def tell(self, case: Case, what: str) -> None:
        """Put into the list of changes what happened to *case*."""
        number = len(self.changes) + 1
        self.changes.append(
            {"n": number, "case": case.id, "what": what, "fields": case.shown()["fields"]}
        )

    def delays_s(self) -> tuple[float, float]:
        """Return after how long a case is answered, and how much later it is done."""
        return self.rng.uniform(*_TO_ANSWER_S), self.rng.uniform(*_TO_SOLVE_S)

    def _observe(self, histogram: str, case: Case, now_s: float) -> None:
        took_ms = (now_s - case.opened_s) * 1000
        for bound in BOUNDS_MS:
            self.counts[f"{histogram}_bucket", case.urgency, str(bound)] += took_ms <= bound
        self.counts[f"{histogram}_bucket", case.urgency, "+Inf"] += 1
        self.counts[f"{histogram}_count", case.urgency, ""] += 1
        self.counts[f"{histogram}_sum", case.urgency, ""] += round(took_ms)

    def metrics(self, speed: float) -> Iterator[str]:
        """Yield the lines of the metrics page: its own names, and times in milliseconds."""
        yield f"desk_clock_speed {speed:g}"
        for histogram in (FIRST_ANSWER, SOLVED):
            for urgency in URGENCIES:
                of = f'urgency="{urgency}"'
                for bound in (*map(str, BOUNDS_MS), "+Inf"):
                    count = self.counts[f"{histogram}_bucket", urgency, bound]
                    yield f'{histogram}_bucket{{{of},le="{bound}"}} {count}'
                for part in (f"{histogram}_count", f"{histogram}_sum"):
                    yield f"{part}{{{of}}} {self.counts[part, urgency, '']}"
        statuses = {key[1] for key in self.counts if key[0] == "desk_http_total"} | {"200"}
        for status in sorted(statuses):
            count = self.counts["desk_http_total", status, ""]
            yield f'desk_http_total{{status="{status}"}} {count}'
