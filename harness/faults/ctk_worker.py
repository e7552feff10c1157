"""Does one activity of the Chaos Toolkit, in a process of its own; knows nothing of the harness.

A script, run under an interpreter that has ``chaoslib``, which may be another Python than ours:
``python ctk_worker.py < work.json``. Exit code 0: done. ``--check`` only says whether it could be.
"""

import importlib
import json
import sys
from pathlib import Path

OUTSIDE = 1
"""Exit code of an activity that was not done; what it says last is why."""


def work(found: dict, *, check: bool) -> str:  # type: ignore[type-arg]  # read by old Pythons too
    """Do the activity in *found*, or only *check* that it could be done; return why not, or ''."""
    try:
        activity_module = importlib.import_module("chaoslib.activity")
        configuration_module = importlib.import_module("chaoslib.configuration")
        secret_module = importlib.import_module("chaoslib.secret")
    except ImportError as error:
        return f"the package {error.name or error} is missing (chaostoolkit-lib)"
    activity = found["activity"]
    provider = activity["provider"]
    if provider.get("type") == "python":
        try:
            importlib.import_module(provider.get("module", ""))
        except (ImportError, ValueError) as error:
            return f"the module {provider.get('module')!r} of {activity.get('name')!r}: {error}"
    activity = {"type": "action", "name": "an activity", **activity}
    if check:
        try:
            activity_module.ensure_activity_is_valid(activity)
        except Exception as error:  # noqa: BLE001  whatever the toolkit raises is its answer
            return f"{activity['name']!r} is not valid: {error}"
        return ""
    configuration = configuration_module.load_configuration(found["configuration"])
    secrets = secret_module.load_secrets(found["secrets"], configuration)
    run = activity_module.run_activity(activity, configuration, secrets)
    return refusal(provider.get("type", ""), run)


def refusal(provider: str, answer: object) -> str:
    """Return why *answer* of an activity is not enough; empty if it is.

    The toolkit itself takes a process that exits with 1, or a 503, for a success.
    """
    if isinstance(answer, dict) and provider == "process" and answer.get("status") != 0:
        return f"exit code {answer.get('status')} {str(answer.get('stderr', ''))[-200:]}".strip()
    if isinstance(answer, dict) and provider == "http":
        status = answer.get("status")
        if not isinstance(status, int) or not 200 <= status < 300:
            return f"the page answered {status}"
    return ""


def _main() -> int:
    # Our own folder is on the path of a script: its modules must not stand for somebody else's.
    sys.path = [each for each in sys.path if each != str(Path(__file__).resolve().parent)]
    try:
        why = work(json.load(sys.stdin), check="--check" in sys.argv)
    except Exception as error:  # noqa: BLE001  whatever an extension raises is its answer
        why = f"{type(error).__name__}: {error}"
    if why:
        sys.stdout.write(f"\n{why}\n")
    return OUTSIDE if why else 0


if __name__ == "__main__":
    raise SystemExit(_main())
