"""One page with every panel of every dashboard, drawn from what a Prometheus answers.

No Grafana: a stand-in for looking at the dashboards where there is none. It reads the same JSON,
asks the same queries and keeps the same places; colours and ticks are its own.
"""

import html
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from tests.reports.panels import DASHBOARDS, Look, answer, asked, dashboard

_COLOURS = ("#5794f2", "#ff9830", "#73bf69", "#f2495c", "#b877d9", "#fade2a", "#8ab8ff", "#c0d8ff")
_NAMED = {
    "green": "#73bf69", "red": "#f2495c", "yellow": "#fade2a", "blue": "#5794f2",
    "orange": "#ff9830", "gray": "#6e7681",
}  # fmt: skip
_COLUMN, _ROW, _LEFT, _FOOT = 64, 32, 46, 16
"""Pixels: of a column and a row of the grid, and beside and below a drawing."""
_STYLE = """
body{background:#111217;color:#ccccdc;font:13px sans-serif;margin:16px}
h1{font-size:20px}h2{margin:28px 0 8px}p.note{background:#fade2a;color:#111;padding:6px 10px}
.board{display:grid;grid-template-columns:repeat(24,58px);grid-auto-rows:26px;gap:6px}
figure{margin:0;background:#181b1f;border:1px solid #2c3235;padding:6px;overflow:hidden}
figcaption{font-weight:bold}h3{margin:6px 0 0;align-self:end;font-size:14px}
svg{display:block}text{fill:#9fa7b3;font-size:11px}
.legend{font-size:11px;height:16px;overflow:hidden;white-space:nowrap}output{font-size:24px;display:block}
i{font-style:normal}.none{color:#6e7681}
"""


def preview(url: str, look: Look) -> str:
    """Return the page, from the answers of the Prometheus at *url*."""
    when = datetime.fromtimestamp(look.start, UTC)
    body = "".join(_board(dashboard(path), url, look) for path in DASHBOARDS)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Preview of the dashboards'
        f"</title><style>{_STYLE}</style><h1>Dashboards of run {html.escape(look.run)},"
        f" {when:%Y-%m-%d %H:%M} UTC</h1><p class=note>A preview, not Grafana: drawn from the same"
        f" files and the same answers, by a stand-in.</p>{body}</html>"
    )


def _board(board: dict[str, Any], url: str, look: Look) -> str:
    parts, bands = [], _bands(board, url, look)
    for panel in board["panels"]:
        at = panel["gridPos"]
        place = f"grid-column:{at['x'] + 1}/span {at['w']};grid-row:{at['y'] + 1}/span {at['h']}"
        title = html.escape(panel["title"])
        if panel["type"] == "row":
            parts.append(f'<h3 style="{place}">{title}</h3>')
        else:
            drawn = _panel(panel, url, look, bands)
            parts.append(
                f'<figure style="{place}" title="{html.escape(panel["description"])}">'
                f"<figcaption>{title}</figcaption>{drawn}</figure>"
            )
    title = html.escape(board["title"])
    return f"<h2>{title} (a preview, not Grafana)</h2><div class=board>{''.join(parts)}</div>"


def _bands(board: dict[str, Any], url: str, look: Look) -> list[tuple[float, float]]:
    """Return from when to when a fault was in force, by the dashboard's own annotation."""
    (faults,) = [e for e in board["annotations"]["list"] if e["name"] == "Faults"]
    told = answer(url, asked(faults["expr"], look), look)
    return [(each["values"][0][0], each["values"][-1][0]) for each in told]


def _panel(panel: dict[str, Any], url: str, look: Look, bands: list[tuple[float, float]]) -> str:
    series = list(_series(panel, url, look))
    if not series:
        return "<p class=none>no data</p>"
    at = panel["gridPos"]
    size = _Size(at["w"] * _COLUMN - 20, at["h"] * _ROW - 60, look)
    unit = panel["fieldConfig"]["defaults"]["unit"]
    if panel["type"] == "stat":
        return _tiles(panel, series, unit)
    if panel["type"] == "state-timeline":
        return _states(panel, series, size)
    return _lines(series, unit, size, bands)


@dataclass(frozen=True)
class _Size:
    """How large a drawing is, in pixels, and which time it shows."""

    width: int
    height: int
    look: Look

    def x(self, at: float) -> float:
        share = (at - self.look.start) / (self.look.end - self.look.start)
        return _LEFT + share * (self.width - _LEFT)

    def svg(self, inside: str) -> str:
        return f'<svg width="{self.width}" height="{self.height}">{inside}</svg>'


def _series(panel: dict[str, Any], url: str, look: Look) -> Iterator[tuple[str, list[Any]]]:
    for target in panel["targets"]:
        for each in answer(url, asked(target["expr"], look), look):
            label = _labelled(target.get("legendFormat", ""), each["metric"])
            points = [(at, float(value)) for at, value in each["values"]]
            finite = [(at, value) for at, value in points if math.isfinite(value)]
            if finite:
                yield label.strip(), finite


def _labelled(legend: str, labels: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)


def _lines(
    series: list[tuple[str, list[Any]]], unit: str, size: _Size, bands: list[tuple[float, float]]
) -> str:
    look, floor = size.look, size.height - _FOOT
    values = [value for _, points in series for _, value in points]
    low, high = min(0.0, *values), max(values) or 1.0
    drawn = [
        f'<rect x="{size.x(start):.1f}" y="0" width="{size.x(end) - size.x(start):.1f}"'
        f' height="{floor}" fill="#f2495c" opacity=".2"/>'
        for start, end in bands
    ]
    legend = []
    for number, (label, points) in enumerate(series):
        colour = _COLOURS[number % len(_COLOURS)]
        path, before = "", -math.inf
        for at, value in points:
            y = floor - (value - low) / ((high - low) or 1.0) * (floor - 8)
            step = "M" if at - before > 3 * look.step_s else "L"
            path += f"{step}{size.x(at):.1f} {y:.1f}"
            before = at
        drawn.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        legend.append(f'<i style="color:{colour}">━</i> {html.escape(label)} ')
    axis = "".join(
        f'<text x="0" y="{y}">{_told(value, unit)}</text>'
        for y, value in ((12, high), (floor, low))
    )
    axis += f'<text x="{_LEFT}" y="{size.height - 2}">{_clock(look.start)}</text>'
    axis += f'<text x="{size.width - 52}" y="{size.height - 2}">{_clock(look.end)}</text>'
    return size.svg(axis + "".join(drawn)) + f"<div class=legend>{''.join(legend)}</div>"


def _states(panel: dict[str, Any], series: list[tuple[str, list[Any]]], size: _Size) -> str:
    words = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    height = min(26.0, size.height / len(series))
    drawn = []
    for number, (label, points) in enumerate(series):
        y = number * height
        for value, group in groupby(points, key=lambda point: round(point[1])):
            spans = list(group)
            word = words.get(str(value), {"text": str(value), "color": "gray"})
            left, right = size.x(spans[0][0]), size.x(spans[-1][0] + size.look.step_s)
            colour = _NAMED.get(word["color"], word["color"])
            drawn.append(
                f'<rect x="{left:.1f}" y="{y:.1f}" width="{max(1.0, right - left):.1f}"'
                f' height="{height - 3:.1f}" fill="{colour}" opacity=".75"><title>'
                f"{html.escape(word['text'])}</title></rect>"
            )
        drawn.append(
            f'<text x="{_LEFT + 4}" y="{y + height / 2 + 2:.1f}" style="fill:#fff">'
            f"{html.escape(label)}</text>"
        )
    return size.svg("".join(drawn))


def _tiles(panel: dict[str, Any], series: list[tuple[str, list[Any]]], unit: str) -> str:
    latest = max(points[-1][0] for _, points in series)
    by_name = panel["options"]["textMode"] == "name"
    mappings = panel["fieldConfig"]["defaults"].get("mappings", [{"options": {}}])
    told = []
    for label, points in series:
        at, value = points[-1]
        word = mappings[0]["options"].get(str(round(value)))
        if at == latest and word:
            colour = _NAMED[word["color"]]
            told.append(f'<output style="color:{colour}">{html.escape(word["text"])}</output>')
        elif at == latest:
            text = label if by_name else _told(value, unit)
            told.append(f"<output>{html.escape(text)}</output>")
    return "".join(told)


def _told(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        return f"{value / 2**20:.3g} MiB"
    return f"{value:.4g}{' s' if unit == 's' else ''}"


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"
