"""The first line that the profile with every feature makes, and all keys that its parser knows."""

import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mock_center.config import ConfigError, parse_centre

PROFILE = Path(__file__).resolve().parents[2] / "scenarios" / "targets" / "mock_every_feature.yaml"
HANDED_OVER = ("time_zone", "opening_hours", "holidays", "shrinkage", "staffing", "mock")
NAMES = (  # keys that the centre's owner chooses
    (r"lines\.[^.]+", "lines.QUEUE"),
    (r"opening_hours\.[^.]+", "opening_hours.QUEUE"),
    (r"staffing\.[^.]+\.[^.]+\.\d\d:.*", "staffing.SITE.SKILL.TIMES"),
    (r"staffing\.[^.]+\.[^.]+", "staffing.SITE.SKILL"),
    (r"staffing\.[^.]+", "staffing.SITE"),
    (r"mock\.experience\.weeks\.[^.]+", "mock.experience.weeks.SITE"),
    (r"mock\.backup\.heads\.[^.]+", "mock.backup.heads.QUEUE"),
    (r"mock\.transfer\.to\.[^.]+", "mock.transfer.to.QUEUE"),
    (r"mock\.queues\.[^.]+", "mock.queues.QUEUE"),
    (r"mock\.trunks\.[^.]+", "mock.trunks.GROUP"),
    (r"mock\.split\.[^.]+", "mock.split.SITE"),
    (r"mock\.tickets\.clocks\.[^.]+", "mock.tickets.clocks.PRIORITY"),
    (r"mock\.defects\.sets_clock_by\.[^.]+", "mock.defects.sets_clock_by.SITE"),
    (r"mock\.defects\.misroutes\.[^.]+", "mock.defects.misroutes.LINE"),
)


@cache
def _profile() -> dict[str, Any]:
    """Return the profile as it is loaded, once: it takes longer than all that is done with it."""
    return yaml.load(PROFILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def every_feature() -> dict[str, Any]:
    """Return a first line in which every key stands, with strings only, as YAML is loaded."""
    profile = deepcopy(_profile())
    return {
        "speed": "1",
        "seed": "2026",
        "folder": "/tmp/mock",
        "lines": {
            "billing": ["+441632960101", "+441632960102"],
            "support": ["+441632960201"],
        },
        "client": {"id": "harness", "secret": "synthetic"},
        **{key: profile[key] for key in HANDED_OVER},
    }


def sections(node: object, path: str = "") -> list[str]:
    """Return the paths of all mappings in *node*, as problems write them."""
    found = []
    if isinstance(node, dict):
        found.append(path)
        for key, value in node.items():
            found += sections(value, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            found += sections(value, f"{path}[{number}]")
    return found


def at(document: Any, path: str) -> Any:
    """Return what stands at *path*, written as problems write it; a dot parts, [0] counts."""
    for part in filter(None, path.replace("[", ".[").split(".")):
        document = document[int(part[1:-1])] if part.startswith("[") else document[part]
    return document


def known_keys(path: str) -> set[str]:
    """Return the keys that the parser knows at *path*, by its own word on an unknown one."""
    document = every_feature()
    at(document, path)["no such key"] = "1"
    try:
        parse_centre(document)
    except ConfigError as error:
        for problem in error.problems:
            if problem.found == "an unknown key":
                wanted = problem.want.partition(";")[0].removeprefix("one of ")
                return set(wanted.split(", "))
    return set()


def generic(path: str) -> str:
    """Return *path* with the names of queues, sites and the like replaced by what they are."""
    for pattern, instead in NAMES:
        if re.match(pattern, path):
            path = re.sub(f"^{pattern}", instead, path)
            break
    return re.sub(r"\[\d+\]", "[]", path)


def shown_keys() -> set[str]:
    """Return every key that stands in the profile, by its generic path."""
    return _generic_keys(lambda path: set(at(every_feature(), path)))


def all_keys() -> set[str]:
    """Return every key that a first line can hold, by its generic path."""
    return shown_keys() | _generic_keys(known_keys)


def _generic_keys(keys_at: Callable[[str], set[str]]) -> set[str]:
    return {
        generic(f"{path}.{key}".lstrip("."))
        for path in sections(every_feature())
        for key in keys_at(path)
    }
