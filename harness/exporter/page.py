"""The latest picture as ``prometheus_client`` wants it: families with their samples."""

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from harness import __version__
from harness.exporter.figures import Figures
from harness.model.own_metrics import METRICS, RUN, metric_of
from harness.model.sample import Series


class Page(Collector):
    """Shows *figures*. Without fresh ones, only that nothing is known: no source is up."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Family]:
        """Yield the families of the latest picture, in the order of the vocabulary."""
        latest = self._figures.latest
        return families(_unknown(self._figures) if latest is None else latest.values)


def families(values: Mapping[Series, float]) -> Iterator[Family]:
    """Yield *values* by metric, in the order of the vocabulary."""
    found: dict[str, list[tuple[Series, float]]] = {}
    for series, value in values.items():
        found.setdefault(metric_of(series.name), []).append((series, value))
    for metric in METRICS:
        if samples := found.get(metric.name):
            name = metric.name.removesuffix("_total")
            family = Family(name, metric.about, metric.kind.value)
            for series, value in samples:
                family.add_sample(series.name, dict(series.labels), value)
            yield family


def _unknown(figures: Figures) -> dict[Series, float]:
    """Return what can be said while nothing is known: who says so, and that no source is up."""
    run = ((RUN, figures.run),) if figures.run else ()
    found = {Series("harness_build_info", (*run, ("version", __version__))): 1.0}
    for source in figures.sources:
        found[Series("harness_target_up", (*run, ("source", source)))] = 0.0
    return found
