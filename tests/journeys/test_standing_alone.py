"""Standing alone: what Locust's own statistics show of the calls."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
from types import SimpleNamespace
from pydantic import TypeAdapter
from harness.model.contact import Outcome, replace, to_json
from harness.model.scenario import Scenario
from harness.model.target import Endpoints
from scenarios.sides.alone import _Player
from tests.fakes import answered, call, scenario

fired = []
fire = lambda **fields: fired.append((fields["request_type"], str(fields["exception"])))
environment = SimpleNamespace(
    host="", events=SimpleNamespace(request=SimpleNamespace(fire=fire))
)
loaded = {"scenario": TypeAdapter(Scenario).dump_python(scenario(), mode="json"), "adapter": ""}
player = _Player(environment, Endpoints("http://127.0.0.1:9", {}), loaded)
promised = call(outcome=Outcome.CALLBACK, ended_s=60.0)
for told in (
    promised,
    replace(promised, called_back_s=300.0),
    replace(promised, called_back_s=300.0, resolved=True),
    answered("peak/calls/1"),
):
    player._report("contacts", {"lines": [to_json(told)]})
print(fired)
"""


def test_a_promised_callback_is_one_call():
    """Told again when it is kept and when it is over, it would be three calls that failed."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert done.stdout.strip() == "[('CALL', 'callback'), ('CALL', 'None')]"
