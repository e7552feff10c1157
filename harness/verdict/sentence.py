"""A verdict in one sentence: what was found, how sure, what was wanted, where."""

from collections.abc import Sequence

from harness.model.sla import Unit
from harness.model.units import format_duration, format_share
from harness.model.verdict import Decision, Doubt, ObjectiveResult, Status, View

_MOST_NAMED = 3


def format_value(value: float, unit: Unit) -> str:
    """Return *value* as people write it: ``71.3 %``, ``12.4s``, ``3``."""
    if unit is Unit.SHARE:
        return format_share(value)
    if unit is Unit.COUNT:
        return f"{value:g}"
    return format_duration(round(value, 3 if value < 1 else 1))


def finding(result: ObjectiveResult) -> str:
    """Return one result as a sentence: ``service_level[billing] 71 % (68–74) < 80 % in peak``."""
    where = f" in {result.phase}" if result.kind is not None else ""
    whose = " by the provider's own metrics" if result.view is View.PROVIDER else ""
    if result.value is None:
        return f"{result.name} could not be measured{whose}{where}"
    text = f"{result.name} {format_value(result.value, result.unit)}{_interval(result)}"
    return f"{text} {_relation(result)} {format_value(result.goal, result.unit)}{whose}{where}"


def need(result: ObjectiveResult) -> str:
    """Return what an undecided *result* still needs, in words; empty if that is not known."""
    if result.more_contacts is None:
        return result.note
    text = f"needs {result.more_contacts} more contacts"
    if result.more_s is not None:
        text += f", about {format_duration(max(60.0, round(result.more_s, -1)))} at this rate"
    return text


def sentence(
    decision: Decision, results: Sequence[ObjectiveResult], doubts: Sequence[Doubt]
) -> str:
    """Return why the verdict is *decision*."""
    if decision is Decision.NO_GO:
        failed = [r for r in results if r.status is Status.FAIL]
        return _listed([finding(r) + _ids(r) for r in failed])
    if decision is Decision.INCONCLUSIVE:
        open_ = [r for r in results if r.status is Status.INCONCLUSIVE and r.must_pass]
        open_ = [r for r in open_ if r.decisive_here]
        parts = [doubt.what for doubt in doubts]
        parts += [f"{finding(r)}: {need(r) or 'not decided'}" for r in open_]
        return _listed(parts)
    warned = [r for r in results if r.status is Status.WARN]
    met = sum(r.status is Status.PASS for r in results)
    text = f"{met} of {len(results)} objectives met, none failed"
    return text if not warned else f"{text}; warned: {_listed([finding(r) for r in warned])}"


def _listed(parts: Sequence[str]) -> str:
    more = len(parts) - _MOST_NAMED
    text = "; ".join(parts[:_MOST_NAMED])
    return f"{text}; and {more} more" if more > 0 else text


def _interval(result: ObjectiveResult) -> str:
    if result.low is None or result.high is None or result.low == result.high:
        return ""
    if result.unit is Unit.SHARE:
        return f" ({result.low * 100:.0f}–{result.high * 100:.0f})"
    low, high = (format_value(max(0.0, x), result.unit) for x in (result.low, result.high))
    return f" ({low}–{high})"


def _relation(result: ObjectiveResult) -> str:
    assert result.value is not None
    if result.value == result.goal:
        return "="
    return ">" if result.value > result.goal else "<"


def _ids(result: ObjectiveResult) -> str:
    if not result.ids:
        return ""
    more = len(result.ids) - _MOST_NAMED
    named = ", ".join(result.ids[:_MOST_NAMED])
    return f" ({named}{f' and {more} more' if more > 0 else ''})"
