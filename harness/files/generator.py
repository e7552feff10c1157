"""The ``generator:`` section of a scenario: what is allowed of the load generator itself."""

from harness.files import values
from harness.files.fields import Fields, Key, Keys
from harness.model.health import GeneratorLimits

_GO_ON, _STOP = "go_on", "stop"
GENERATOR: Keys = {
    "lag_p99": Key(
        "lag_p99: 2s",
        "99 of 100 contacts start no later than this; centre time.",
        values.duration,
        default="as strict as what is judged",
    ),
    "loop_lag": Key(
        "loop_lag: 2s",
        "99 of 100 timers of a process fire no later than this; centre time.",
        values.duration,
        default="as strict as what is judged",
    ),
    "skew": Key(
        "skew: 2s",
        "How far a worker's clock may be from the master's; centre time.",
        values.duration,
        default="as strict as what is judged",
    ),
    "dropped": Key(
        "dropped: 0%", "The share of contacts that need not start.", values.share, default="0%"
    ),
    "cpu": Key("cpu: 90%", "The share of one core a process may use.", values.share, default="90%"),
    "beyond": Key(
        "beyond: stop",
        "Whether a run beyond a limit goes on, undecided, or ends at once.",
        values.one_of((_GO_ON, _STOP)),
        default="go_on",
    ),
}
EXAMPLE = "generator: {lag_p99: 2s, loop_lag: 2s, skew: 2s, dropped: 0%, cpu: 90%, beyond: go_on}"


def read_limits(fields: Fields) -> GeneratorLimits:
    """Return the limits under ``generator`` of the scenario's *fields*, or their defaults.

    Durations are centre seconds, like all of a scenario.
    """
    own = fields.inner("generator", GENERATOR) if "generator" in fields else None
    default = GeneratorLimits()
    if own is None:
        return default
    cpu = own.value_or("cpu", values.share, default=default.cpu)
    if cpu == 0:
        own.problem("cpu", want="a share above 0%: no process does without any")
    return GeneratorLimits(
        lag_p99_s=own.value_or("lag_p99", values.duration, default=default.lag_p99_s),
        loop_lag_s=own.value_or("loop_lag", values.duration, default=default.loop_lag_s),
        skew_s=own.value_or("skew", values.duration, default=default.skew_s),
        dropped=own.value_or("dropped", values.share, default=default.dropped) or default.dropped,
        cpu=cpu or default.cpu,
        stops=own.value_or("beyond", values.one_of((_GO_ON, _STOP)), default=_GO_ON) == _STOP,
    )
