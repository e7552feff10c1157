"""Boards as Grafana reads them. Needs Grafana's own SDK, which the product does not bring along."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import count, product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    timeseries,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    GridPos,
    ValueMap,
    ValueMappingResult,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.dashboard import Panel as PanelModel

from harness.model.sla import Sla
from reports import rules
from reports.dashboards.board import Board, Panel, Sort, own
from reports.dashboards.owner import owners
from reports.dashboards.rehearsal import rehearsal
from reports.dashboards.review import review
from reports.dashboards.soak import soak

DATASOURCE = "harness-prometheus"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_ALL = VariableOption(selected=True, text="All", value="$__all")
_WIDTH = 24
_ANY = '{__name__=~"harness_build_info|harness_target_up|cc_speed|cc_calls_queued_total"}'
_HEAD = "# Written by `make dashboards`; do not edit.\n"
_DATASOURCES = f"""\
apiVersion: 1
datasources:
  - name: Prometheus of the rehearsal
    uid: {DATASOURCE}
    type: prometheus
    access: proxy
    url: ${{PROMETHEUS_URL}}
    isDefault: true
    editable: false
    # Readings are a second apart. Without this Grafana takes 15 s, and a fault of 20 s vanishes.
    jsonData: {{timeInterval: 1s, httpMethod: POST}}
"""
_PROVIDERS = """\
apiVersion: 1
providers:
  - name: cutover-rehearsal
    folder: Cutover rehearsal
    type: file
    allowUiUpdates: false
    disableDeletion: true
    updateIntervalSeconds: 30
    options: {path: "${DASHBOARDS}"}
"""


def write(sla: Sla, folder: Path) -> None:
    """Write everything generated for Prometheus and Grafana below *folder*, and nothing else there.

    Files of an earlier time that are no longer made are removed.
    """
    wanted = {folder / name: text for name, text in files(sla).items()}
    for path in [*folder.glob("prometheus/*"), *folder.glob("grafana/**/*")]:
        if path.is_file() and path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def files(sla: Sla) -> dict[str, str]:
    """Return every generated file by its path below ``reports/``, for the contract *sla*."""
    found = {f"prometheus/{name}": text for name, text in rules.files(sla).items()}
    found["grafana/provisioning/datasources/prometheus.yml"] = _HEAD + _DATASOURCES
    found["grafana/provisioning/dashboards/rehearsal.yml"] = _HEAD + _PROVIDERS
    for board in boards(sla):
        found[f"grafana/dashboards/{board.uid.removeprefix('harness-')}.json"] = rendered(board)
    return found


def boards(sla: Sla) -> Iterator[Board]:
    """Yield every dashboard for the contract *sla*."""
    yield rehearsal(sla)
    yield soak(sla)
    yield review(sla)
    yield from owners(sla)


def rendered(board: Board) -> str:
    """Return *board* as the JSON that Grafana reads."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags(["cutover-rehearsal"])
        .readonly()
        .timezone("utc")
        .refresh(board.refresh)
        .time(board.since, "now")
        .timepicker(dashboard.TimePicker().refresh_intervals(["1s", "5s", "10s", "1m", "5m"]))
        .tooltip(DashboardCursorSync.CROSSHAIR)
    )
    for variable in _variables(board):
        made = made.with_variable(variable)
    for annotation in _annotations():
        made = made.annotation(annotation)
    top, number = 0, 1
    for row in board.rows:
        heading = dashboard.Row(row.title).id(number).grid_pos(GridPos(x=0, y=top, w=_WIDTH, h=1))
        made = made.with_row(heading)
        number, top = number + 1, top + 1
        bottom = top
        for panel, where in placed(row.panels, top):
            made = made.with_panel(_panel(panel, where, number))
            number += 1
            bottom = max(bottom, where.y + where.h)
        top = bottom
    return json.dumps(made.build(), cls=JSONEncoder, sort_keys=True, indent=2) + "\n"


def placed(panels: Iterable[Panel], top: int) -> Iterator[tuple[Panel, GridPos]]:
    """Yield where each of *panels* stands: from left to right, then below the tallest."""
    x, y, tallest = 0, top, 0
    for panel in panels:
        if x + panel.width > _WIDTH:
            x, y, tallest = 0, y + tallest, 0
        yield panel, GridPos(x=x, y=y, w=panel.width, h=panel.height)
        x, tallest = x + panel.width, max(tallest, panel.height)


def _variables(board: Board) -> Iterator[Builder[VariableModel]]:
    """Yield what can be chosen at the top: the data source, the run, and what narrows it down."""
    yield dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    runs = f"label_values({_ANY}, run)"
    if board.one_run:
        yield _chosen("run", "Run", runs)
    else:
        # What has no run. The label says so, since Grafana itself calls this choice "All".
        run = _chosen("run", "Run (All: the real centre)", runs)
        yield run.include_all(True).all_value("^$").current(_ALL)
    for name, label, metric, every in (
        ("job", "Job", _ANY, ".+"),
        ("instance", "Instance", _ANY, ".+"),
        ("queue", "Queue", "cc_calls_queued_total", ".*"),
        ("line", "Line", "cc_call_attempts_total", ".*"),
        ("site", "Site", "cc_calls_queued_total", ".*"),
    ):
        variable = _chosen(name, label, f"label_values({metric}, {name})")
        yield variable.multi(True).include_all(True).all_value(every).current(_ALL)
    yield dashboard.CustomVariable("window").label("Window").values(",".join(board.windows))
    for name, label, default in board.texts:
        yield dashboard.TextBoxVariable(name).label(label).default_value(default)


def _chosen(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """Return a variable with the values of a label; the newest run stands first."""
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .query(query)
        .definition(query)
        .datasource(_SOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_DESC if name == "run" else VariableSort.ALPHABETICAL_ASC)
    )


def _annotations() -> Iterator[dashboard.AnnotationQuery]:
    """Yield what is drawn across all panels: faults and phases, from metrics, without a token.

    Events too, for who switches them on.
    """
    yield (
        dashboard.AnnotationQuery()
        .name("Events")
        .datasource(_SOURCE)
        .enable(False)
        .icon_color("yellow")
        .expr(f"{own('harness_event_timestamp_seconds')} * 1000")
        .step("1s")
        .title_format("{{event}}")
        .use_value_for_time(True)
    )
    for name, colour, expr, title in (
        ("Faults", "red", f"{own('harness_fault_active')} == 1", "{{kind}} {{place}}"),
        ("Phases", "blue", f"{own('harness_phase')} == 1", "{{phase}}"),
    ):
        yield (
            dashboard.AnnotationQuery()
            .name(name)
            .datasource(_SOURCE)
            .enable(True)
            .icon_color(colour)
            .expr(expr)
            .step("1s")
            .title_format(title)
        )


def _panel(panel: Panel, where: GridPos, number: int) -> Builder[PanelModel]:
    """Return *panel*; the builders of all sorts have these methods, and no type in common."""
    made: Any = _BUILDERS[panel.sort](panel)
    made = (
        made.id(number)
        .title(panel.title)
        .description(panel.about)
        .unit(panel.unit)
        .grid_pos(where)
        .datasource(_SOURCE)
    )
    if panel.interval:
        made = made.interval(panel.interval)
    for query, name in zip(panel.queries, _ref_ids(), strict=False):
        target = prometheus.Dataquery().ref_id(name).expr(query.expr).legend_format(query.legend)
        made = made.with_target(target.instant() if panel.sort is Sort.TILES else target.range())
    built: Builder[PanelModel] = made
    return built


def _ref_ids() -> Iterator[str]:
    """Yield Grafana's names of a panel's queries: A to Z, then AA, AB and so on."""
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))


def _lines(panel: Panel) -> timeseries.Panel:
    share = panel.unit == "percentunit"
    legend = common.VizLegendOptions().show_legend(True).placement(LegendPlacement.BOTTOM)
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
    made = timeseries.Panel().legend(legend.display_mode(LegendDisplayMode.LIST)).tooltip(tooltip)
    made = made.show_points(VisibilityMode.AUTO)
    made = made.min(0) if share else made
    return made.max(1) if share and not panel.beyond_one else made


def _tiles(panel: Panel) -> stat.Panel:
    """Return tiles: a number without a colour, since no number is good by itself; or a word."""
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    made = stat.Panel().reduce_options(reduced).graph_mode(BigValueGraphMode.NONE)
    if panel.words:
        made = made.mappings([_words(panel)]).color_mode(BigValueColorMode.BACKGROUND)
        return made.text_mode(BigValueTextMode.VALUE)
    is_word = all(query.expr.endswith(" == 1") for query in panel.queries)
    mode = BigValueTextMode.NAME if is_word else BigValueTextMode.VALUE
    return made.color_mode(BigValueColorMode.NONE).text_mode(mode)


def _states(panel: Panel) -> statetimeline.Panel:
    return statetimeline.Panel().mappings([_words(panel)]).merge_values(True)


def _words(panel: Panel) -> ValueMap:
    """Return what the values of *panel* mean, each with its colour."""
    return ValueMap(
        options={
            str(number): ValueMappingResult(text=word, color=colour, index=number)
            for number, (word, colour) in enumerate(panel.words)
        }
    )


_BUILDERS: dict[Sort, Callable[[Panel], Any]] = {
    Sort.LINES: _lines,
    Sort.TILES: _tiles,
    Sort.STATES: _states,
}
