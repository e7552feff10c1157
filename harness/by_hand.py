"""The mock centre alone, for a person with curl: what to start, and how to talk to it.

No customers are sent. The lines come from a scenario, so the numbers to dial are those of the
rehearsal. What is returned here, ``cli`` prints.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Problem, UsageError
from harness.files.load import load, load_target
from harness.known import KNOWN
from harness.model.target import Endpoints, Target
from harness.preflight import wrong_in_mock

_SHIPPED = Path(__file__).parent.parent / "scenarios"
SHIPPED_TARGET = _SHIPPED / "targets" / "mock.yaml"
SHIPPED_SCENARIO = _SHIPPED / "pre_cutover.yaml"


@dataclass(frozen=True, slots=True)
class Setting:
    """A mock centre that may be started."""

    target: Target
    lines: Mapping[str, tuple[str, ...]]
    speed: float
    seed: str


async def setting(target: Path, scenario: Path, *, speed: float, seed: str | None) -> Setting:
    """Return the mock of the profile *target* with the lines of *scenario*. Starts nothing.

    Without a *seed*, the scenario's.

    Raises:
        UsageError: a file is wrong, or the profile's clock cannot run at *speed*; carries every
            problem.
    """
    loaded = load(scenario, known=KNOWN)
    profile = load_target(target)
    found = Setting(profile, loaded.scenario.lines, speed, seed or loaded.scenario.seed)
    problems = await wrong_in_mock(profile, target, lines=found.lines, speed=speed, seed=found.seed)
    if speed != 1 and not profile.virtual_clock:
        want = f"--speed 1, or 'virtual_clock: yes' in {target}"
        problems.append(Problem("--speed", f"{speed:g}, but the target's clock is real", want))
    if problems:
        raise UsageError(problems)
    return found


def as_json(setting: Setting, endpoints: Endpoints) -> str:
    """Return where everything is as one line of JSON, for a script."""
    return json.dumps(
        {
            "edge": endpoints.edge,
            "page": f"{endpoints.edge}/",
            "metrics": endpoints.scrape_urls(),
            "client_id": endpoints.client_id,
            "client_secret": endpoints.client_secret,
            "admin": endpoints.admin,
            "admin_token": endpoints.admin_token,
            "ca": endpoints.ca_file or None,
            "lines": setting.lines,
            "speed": setting.speed,
            "seed": setting.seed,
        }
    )


def as_text(setting: Setting, endpoints: Endpoints) -> str:
    """Return where everything is and a first call to paste, for a person; 80 columns."""
    (label, first), *others = endpoints.scrape_urls().items()
    queue, (line, *_) = next(iter(setting.lines.items()))
    pace = f"at {setting.speed:g} times the clock" if setting.speed != 1 else "in real time"
    return "\n".join(
        [
            f"The mock centre {setting.target.name!r} runs {pace}. Nobody calls but you.",
            "",
            f"page         {endpoints.edge}/",
            f"metrics      {first}  {label}",
            *(f"             {url}  {site}" for site, url in others),
            *_lines(setting.lines),
            "",
            "To try it, paste this into another terminal:",
            "",
            f"export EDGE={endpoints.edge}",
            f"export CLIENT_ID={endpoints.client_id} CLIENT_SECRET={endpoints.client_secret}",
            f"export ADMIN={endpoints.admin} ADMIN_TOKEN={endpoints.admin_token}",
            *([f"export CURL_CA_BUNDLE={endpoints.ca_file}"] if endpoints.ca_file else []),
            *_FIRST_CALL.format(line=line).splitlines(),
            "",
            f"That is a call to {queue}. README.md has more to try. Ctrl-C here ends it all.",
        ]
    )


def _lines(lines: Mapping[str, tuple[str, ...]]) -> list[str]:
    rows = [(queue, number) for queue, numbers in lines.items() for number in numbers]
    return [
        f"{'lines' if row == 0 else '':13}{number}  {queue}"
        for row, (queue, number) in enumerate(rows)
    ]


_FIRST_CALL = """\
export TOKEN=$(curl -s $EDGE/v1/oauth/token -d grant_type=client_credentials \\
  -d client_id=$CLIENT_ID -d client_secret=$CLIENT_SECRET |
  sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
curl -s $EDGE/v1/calls -H "Authorization: Bearer $TOKEN" \\
  -H "Content-Type: application/json" -H "Idempotency-Key: my-call-1" \\
  -d '{{"line": "{line}", "caller": "+441632960999",
       "customer": "me", "reason": "a first try", "reference": "my-call-1",
       "consumer": "by-hand"}}'
"""
