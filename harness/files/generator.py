"""The ``generator:`` section of a scenario: what is allowed of the load generator itself."""

from harness.files import values
from harness.files.fields import Fields
from harness.model.health import GeneratorLimits

_GENERATOR = {
    "lag_p99": "lag_p99: 2s",
    "loop_lag": "loop_lag: 2s",
    "skew": "skew: 2s",
    "dropped": "dropped: 0%",
    "cpu": "cpu: 90%",
    "beyond": "beyond: stop",
}
EXAMPLE = "generator: {lag_p99: 2s, loop_lag: 2s, skew: 2s, dropped: 0%, cpu: 90%, beyond: go_on}"
_GO_ON, _STOP = "go_on", "stop"


def read_limits(fields: Fields) -> GeneratorLimits:
    """Return the limits under ``generator`` of the scenario's *fields*, or their defaults.

    Durations are centre seconds, like all of a scenario.
    """
    own = fields.inner("generator", _GENERATOR) if "generator" in fields else None
    default = GeneratorLimits()
    if own is None:
        return default
    return GeneratorLimits(
        lag_p99_s=own.value_or("lag_p99", values.duration, default=default.lag_p99_s),
        loop_lag_s=own.value_or("loop_lag", values.duration, default=default.loop_lag_s),
        skew_s=own.value_or("skew", values.duration, default=default.skew_s),
        dropped=own.value_or("dropped", values.share, default=default.dropped) or default.dropped,
        cpu=own.value_or("cpu", values.share, default=default.cpu) or default.cpu,
        stops=own.value_or("beyond", values.one_of((_GO_ON, _STOP)), default=_GO_ON) == _STOP,
    )
