"""``harness observe``: the same contract, judged on the centre that works for real."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.app import RUNS, HistoryOption, RunsOption, app, examples
from harness.cli.finishing import day_option, duration_option, finish
from harness.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from harness.model.sla import Sla
    from harness.model.target import Metrics
    from harness.record.history import History
    from harness.verdict.observed import Observation

AUTHORIZATION = "HARNESS_PROMETHEUS_AUTHORIZATION"
_MONTH_DAYS = 30.4375


@app.command(
    short_help="Judge an SLA on the provider's live metrics, after go-live.",
    epilog=examples(
        "harness observe scenarios/sla/outsourced_care.yaml --prometheus http://127.0.0.1:9090",
        "harness observe sla.yaml --prometheus https://metrics.provider.example --over 1d",
        "harness observe sla.yaml --prometheus URL --target provider.yaml --go-live 2027-03-01",
    ),
)
def observe(
    sla: Annotated[Path, typer.Argument(help="The contract's file.", show_default=False)],
    prometheus: Annotated[
        str, typer.Option(metavar="URL", help="The provider's Prometheus; it is only asked.")
    ],
    over: Annotated[str, typer.Option(help="How far back to look.")] = "30d",
    at: Annotated[
        str, typer.Option("--at", help="Until when, such as 2027-03-31T18:00; UTC, else now.")
    ] = "",
    target: Annotated[
        Path | None, typer.Option(help="The profile that says what the provider calls its metrics.")
    ] = None,
    go_live: Annotated[
        str, typer.Option(help="The day of the cutover, from which the progression counts.")
    ] = "",
    run: Annotated[str, typer.Option(help="A rehearsal's series instead of the real ones.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    runs: RunsOption = RUNS,
    history: HistoryOption = None,
) -> None:
    """Judge the contract on what the provider's Prometheus has seen: for hypercare, and each month.

    Sends nothing but queries. What only a rehearsal can tell is named and not judged. Exit code 0
    if every objective was met, 1 if one was missed, 3 if one is undecided.
    """

    def work() -> ExitCode:
        from harness.clock import wall_now
        from harness.record.history import History

        over_s = duration_option("--over", over)
        until = _moment(at) if at else wall_now()
        contract = _contract(sla, History.of(runs, history), go_live, until)
        found = _judged(contract, prometheus, over_s, until, run=run, metrics=_metrics(target))
        print(_as_json(found, contract, until, over_s) if as_json else _as_text(found, contract))
        return _CODES[found.decision.name]

    finish(work)


_CODES = {
    "GO": ExitCode.GO,
    "NO_GO": ExitCode.NO_GO,
    "INCONCLUSIVE": ExitCode.INCONCLUSIVE,
}
_WORDS = {"GO": "MET", "NO_GO": "MISSED", "INCONCLUSIVE": "UNDECIDED"}


def _judged(
    sla: "Sla", url: str, over_s: float, until: float, *, run: str, metrics: "Metrics | None"
) -> "Observation":
    import asyncio
    import os

    from harness import observe as look
    from harness.scrape.queries import Queries
    from harness.verdict.observed import needed, observed

    wanted = needed(sla)
    if not wanted:
        want = "a contract with an objective that the provider's metrics can tell"
        raise UsageError([Problem(str(sla.path), "none of its objectives is one", want)])

    async def asked() -> "Observation":
        authorization = os.environ.get(AUTHORIZATION, "")
        async with Queries(url, authorization=authorization) as queries:
            seen = await look.seen(
                queries, wanted, over_s=over_s, at=until, run=run, metrics=metrics
            )
        if len(look.unknown(wanted, seen)) == len(wanted):
            found = f"none of the {len(wanted)} series that this contract is judged by"
            want = "the provider's own, by a --target profile that says what it calls them"
            raise UsageError([Problem(f"--prometheus {url}", found, want)])
        day = datetime.fromtimestamp(until, UTC).date()
        return observed(sla, seen, over_s=over_s, day=day)

    return asyncio.run(asked())


def _contract(path: Path, history: "History", go_live: str, until: float) -> "Sla":
    """Return the contract with its standard, as far on as it is at *until*."""
    from dataclasses import replace

    from harness.files.load import load_sla
    from harness.known import KNOWN

    day = datetime.fromtimestamp(until, UTC).date()
    sla = load_sla(path, known=KNOWN, today=day)
    if sla.progression is None:
        if go_live:
            want = "a contract with a progression, or no --go-live"
            raise UsageError([Problem(f"{path}: progression", "none", want)])
        return sla
    progression = sla.progression
    if go_live:
        began = day_option("--go-live", go_live)
        if began > day:
            want = f"a day up to {day.isoformat()}, the last one that is observed"
            raise UsageError([Problem("--go-live", repr(go_live), want)])
        progression = replace(progression, months=int((day - began).days / _MONTH_DAYS))
    return replace(sla, progression=progression, baseline=history.baseline(progression.baseline))


def _metrics(target: Path | None) -> "Metrics | None":
    if target is None:
        return None
    from harness.files.load import load_target

    profile = load_target(target)
    return profile.remote.metrics if profile.remote is not None else None


def _moment(written: str) -> float:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        want = "a moment such as 2027-03-31T18:00, in UTC"
        raise UsageError([Problem("--at", repr(written), want)]) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _as_text(found: "Observation", sla: "Sla") -> str:
    from harness.verdict.sentence import accounts
    from harness.verdict.words import GLYPHS, bound, measured

    width = max(len(result.name) for result in found.results)
    lines = [
        f"{GLYPHS[each.status]} {each.name:<{width}}  {measured(each)} {bound(each)}"
        for each in found.results
    ]
    lines += ["", *accounts(found.results)] if accounts(found.results) else []
    unseen = ", ".join(dict.fromkeys(each.kpi for each in found.unseen))
    if unseen:
        lines += ["", f"Only a rehearsal can tell: {unseen}"]
    met = sum(each.status.value in ("pass", "warn") for each in found.results)
    answer = f"{_WORDS[found.decision.name]} {met} of {len(found.results)} objectives of {sla.name}"
    return "\n".join([*lines, "", answer])


def _as_json(found: "Observation", sla: "Sla", until: float, over_s: float) -> str:
    return json.dumps(
        {
            "version": 1,
            "sla": sla.name,
            "answer": _WORDS[found.decision.name],
            "until": datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds"),
            "over_s": over_s,
            "objectives": [
                {
                    "name": each.name,
                    "kpi": each.kpi,
                    "scope": each.scope,
                    "status": each.status.value,
                    "value": each.value,
                    "low": each.low,
                    "high": each.high,
                    "goal": each.goal,
                    "warn": each.warn,
                    "n": each.n,
                    "owner": each.owner.name,
                    "note": each.note,
                }
                for each in found.results
            ],
            "not_judged": list(dict.fromkeys(each.kpi for each in found.unseen)),
        },
        indent=2,
    )
