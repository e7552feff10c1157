"""Panels' queries as Grafana would send them, and what a Prometheus answers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "reports" / "grafana" / "dashboards"
DASHBOARDS = sorted(FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Look:
    """A stretch of time at which somebody looks, in epoch seconds, and every how many."""

    start: float
    end: float
    step_s: float = 1.0
    run: str = ".*"
    window: str = "10s"


def dashboard(path: Path) -> dict[str, Any]:
    """Return the dashboard in *path*."""
    return json.loads(path.read_text(encoding="utf-8"))


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of *board* that ask something."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def targets(board: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each panel of *board* with each expression that it asks."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield panel, target["expr"]


def asked(expr: str, look: Look) -> str:
    """Return *expr* with Grafana's variables in it, everything chosen but the run."""
    # Grafana: the larger of the step and four times the data source's interval, plus one interval.
    rate_interval = f"{max(round(look.step_s) + 1, 4)}s"
    values = {
        "__rate_interval": rate_interval,
        "__range": f"{round(look.end - look.start)}s",
        "window": look.window,
        "job": ".+",
        "instance": ".+",
        "run": look.run,
        "go_live": f"{look.start - 40 * 2_629_746:.0f}",
    }
    return re.sub(r"\$(\w+)", lambda found: values.get(found[1], ".*"), expr)


def answer(url: str, query: str, look: Look) -> list[dict[str, Any]]:
    """Return the series that Prometheus at *url* answers to *query* over the whole of *look*."""
    body = urlencode(
        {"query": query, "start": look.start, "end": look.end, "step": look.step_s}
    ).encode()
    try:
        with urlopen(f"{url}/api/v1/query_range", body, timeout=60) as told:
            return json.load(told)["data"]["result"]
    except HTTPError as error:
        raise AssertionError(f"{query}\n{error.read().decode()}") from None


def has_numbers(series: list[dict[str, Any]]) -> bool:
    """Return whether anything in *series* is a number."""
    return any(value != "NaN" for each in series for _, value in each["values"])
