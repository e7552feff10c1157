"""From a provider's names of metrics to ours, so that all that follows knows one vocabulary. Pure.

What a profile does not name is dropped: a series of another meaning under one of our names would be
worse than none.
"""

from collections.abc import Iterator, Mapping

from harness.model.sample import Series
from harness.model.target import Renamed

_PARTS = ("", "_bucket", "_sum", "_count")
_COUNTED = ("_bucket", "_count")
"""Parts of a histogram that count observations: their values have no unit."""


class Translation:
    """Knows each of the provider's series by what it is called here; each is worked out once."""

    def __init__(self, names: Mapping[str, Renamed]) -> None:
        self._rules: dict[str, list[tuple[str, Renamed, str]]] = {}
        for ours, renamed in names.items():
            for part in _PARTS:
                rule = (ours + part, renamed, part)
                self._rules.setdefault(renamed.name + part, []).append(rule)
        self._known: dict[Series, tuple[tuple[Series, float], ...]] = {}

    def ours(self, values: Mapping[Series, float]) -> dict[Series, float]:
        """Return *values* under our names and in our units; two that become one are added up."""
        found: dict[Series, float] = {}
        for theirs, value in values.items():
            known = self._known.get(theirs)
            if known is None:
                known = self._known[theirs] = tuple(self._translated(theirs))
            for series, times in known:
                found[series] = found.get(series, 0.0) + value * times
        return found

    def _translated(self, theirs: Series) -> Iterator[tuple[Series, float]]:
        for name, renamed, part in self._rules.get(theirs.name, ()):
            labels = dict(renamed.added)
            names = {their: our for our, their in renamed.labels.items()}
            for label, value in theirs.labels:
                ours = names.get(label, label)
                labels[ours] = _value(ours, value, renamed)
            if part == "_bucket" and renamed.times != 1 and "le" in labels:
                labels["le"] = _bound(labels["le"], renamed.times)
            times = 1.0 if part in _COUNTED else renamed.times
            yield Series(name, tuple(sorted(labels.items()))), times


def _value(label: str, value: str, renamed: Renamed) -> str:
    of_label = renamed.values.get(label, {})
    return next((ours for ours, theirs in of_label.items() if theirs == value), value)


def _bound(le: str, times: float) -> str:
    """Return a bucket's bound in our unit, as ours would write it."""
    return le if le == "+Inf" else f"{float(f'{float(le) * times:.12g}')}"
