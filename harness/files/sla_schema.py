"""The JSON Schema of an SLA file, for editors: made from the readers' own tables of keys.

It helps while typing; ``harness check`` judges. What takes a second look (a threshold between two
buckets, an expired waiver, a queue that is not there) no schema can tell. Values are texts, as our
loader reads them; a number may stand without quotes.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from harness.files.fields import OWNER, Keys
from harness.files.known import KpiRule
from harness.files.objective import BOUND, JUDGED, OBJECTIVE
from harness.files.sla import SLA
from harness.files.sla_rules import PROGRESSION, STOP_RULE, WAIVER
from harness.model.contact import PRIORITIES
from harness.model.sla import Each, Formula

FILE_NAME = "sla.schema.json"
_TEXT = {"type": "string", "minLength": 1}
_VALUE = {"type": ["string", "number"]}
_SHARE = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s*$"}
_DURATION = {"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|[smhd])\s*)+$"}
_COUNT = {"type": ["string", "integer"], "pattern": r"^\d+$", "minimum": 0}
_CONTACTS = {"type": ["string", "integer"], "pattern": r"^[1-9]\d*$", "minimum": 1}
_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_POINTS = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*points?\s*$"}
_YES_NO = {"enum": ["yes", "no"]}


def rendered(kpis: Mapping[str, KpiRule]) -> str:
    """Return the schema as JSON, as it is committed beside the shipped SLAs."""
    return json.dumps(schema(kpis), indent=1, ensure_ascii=False) + "\n"


def schema(kpis: Mapping[str, KpiRule]) -> dict[str, Any]:
    """Return the schema of SLA files that may ask for *kpis*. Unknown keys are refused."""
    top = _table(SLA, _top(), required=("name", "confidence", "objectives"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:cutover-rehearsal:sla:1",
        "title": "An SLA: what a rehearsal is judged by",
        **top,
        "$defs": {
            "owner": _table(OWNER, dict.fromkeys(OWNER, _TEXT), required=OWNER),
            "bound": {
                "anyOf": [_VALUE, _table(BOUND, dict.fromkeys(BOUND, _VALUE), required=("goal",))]
            },
            "objective": _table(OBJECTIVE, _objective(kpis), required=("kpi",)),
            "waiver": _table(
                WAIVER, _waiver(), required=("objective", "until", "approved_by", "why")
            ),
            "stop_rule": _table(STOP_RULE, _stop_rule(), required=("when", "for")),
            "progression": _table(PROGRESSION, _progression(), required=("baseline", "months")),
        },
    }


def _top() -> dict[str, Any]:
    return {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"},
        "confidence": _SHARE,
        "owner": _ref("owner"),
        "objectives": _listing("objective"),
        "formula": _one_of(Formula),
        "short_abandon": _DURATION,
        "min_contacts": _CONTACTS,
        "tolerance": _POINTS,
        "waivers": _listing("waiver"),
        "stop_early": _listing("stop_rule"),
        "progression": _ref("progression"),
        "release_rule": _TEXT,
    }


def _objective(kpis: Mapping[str, KpiRule]) -> dict[str, Any]:
    names = {"type": "array", "items": _TEXT, "minItems": 1}
    kinds = [each for each in Each if each is not Each.ALL]
    some = {
        "type": "object",
        "properties": {each.value: names for each in kinds},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    gates = {kind.value: _ref("bound") for kind in sorted(JUDGED)}
    clocks = {name: {"type": "string", "pattern": r"^\S+( business)?$"} for name in PRIORITIES}
    return {
        "kpi": _one_of(sorted(kpis)),
        "goal": _VALUE,
        "each": {"anyOf": [_one_of(Each), some]},
        "gates": {"type": "object", "properties": gates, "additionalProperties": False},
        "owner": _ref("owner"),
        "must_pass": _YES_NO,
        "restored_at": _TEXT,
        "formula": _one_of(Formula),
        "short_abandon": _DURATION,
        "clocks": {"type": "object", "properties": clocks, "additionalProperties": False},
        "met": _SHARE,
        "min_contacts": _CONTACTS,
        "intervals_met": {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*%\s+of\s+(15|30)m\s*$"},
        "tolerance": _POINTS,
        "why": _TEXT,
    }


def _waiver() -> dict[str, Any]:
    return {
        "objective": _TEXT,
        "phase": _one_of(sorted(JUDGED)),
        "until": _DAY,
        "approved_by": _ref("owner"),
        "why": _TEXT,
    }


def _stop_rule() -> dict[str, Any]:
    phases = {"type": "array", "items": _one_of(sorted(JUDGED)), "minItems": 1}
    return {"when": _TEXT, "for": _DURATION, "phases": phases}


def _progression() -> dict[str, Any]:
    return {
        "baseline": _TEXT,
        "dip": _SHARE,
        "dip_months": _COUNT,
        "yearly": _SHARE,
        "months": _COUNT,
    }


def _table(keys: Keys, values: Mapping[str, Any], *, required: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a table: the reader's keys, each with its example.

    Raises:
        KeyError: the reader knows a key that *values* does not describe.
    """
    properties = {
        name: values[name] | {"description": f"{key.about} For example: {key.example}"}
        for name, key in keys.items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _listing(of: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(of), "minItems": 1}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _one_of(values: Iterable[str]) -> dict[str, Any]:
    return {"enum": [str(value) for value in values]}
