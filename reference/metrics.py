"""The page of our exported metrics, from the vocabulary of the exporter."""

from harness.model.own_metrics import LAG_BOUNDS, METRICS, RUN, Kind, Metric
from reference.markdown import MADE, code, table

PATH = "docs/reference/metrics.md"
_HEAD = f"""\
# Exported metrics

{MADE} What `harness run --metrics-port` shows to a Prometheus, `--remote-write` sends,
and a record keeps: [how to watch a run](../prometheus_and_grafana.md). Every series has the
label `{RUN}` too. The unit is the end of the name: seconds are wall seconds unless the text says
"centre"; a ratio is 0 to 1; `_total` counts up, and is 0 from the start.

"""


def rendered() -> str:
    """Return the page."""
    rows = (
        (code(each.name), each.kind.value, each.about + _bounds(each), _labels(each))
        for each in METRICS
    )
    return _HEAD + table(("metric", "type", "meaning", "labels"), rows)


def _labels(metric: Metric) -> str:
    return ", ".join(map(code, metric.labels))


def _bounds(metric: Metric) -> str:
    if metric.kind is not Kind.HISTOGRAM:
        return ""
    return f" Buckets end at {', '.join(f'{bound:g}' for bound in LAG_BOUNDS)}."
