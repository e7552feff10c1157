"""The page of ``result.json``, from its JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import reports
from reference.markdown import MADE, code, table

PATH = "docs/reference/result.md"
_SCHEMA = Path(reports.__file__).parent / "result.schema.json"
_HEAD = f"""\
# result.json

{MADE} A run for machines, in its folder. Its JSON Schema is `reports/result.schema.json`.
Fields may be added within a version; none is renamed or taken away. Shares are 0 to 1; a name that
ends in `_s` is in centre seconds, in `_wall_s` in wall seconds. `[]` is each item of a list.

"""
Node = Mapping[str, Any]


def rendered() -> str:
    """Return the page."""
    schema: Node = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    rows = (
        (code(path), _types(node), node.get("description", "")) for path, node in fields(schema)
    )
    return _HEAD + table(("field", "type", "meaning"), rows)


def fields(schema: Node) -> Iterator[tuple[str, Node]]:
    """Yield every field of *schema* with its path, each before those inside it."""
    yield from _inside(schema, "", schema)


def _inside(node: Node, path: str, schema: Node) -> Iterator[tuple[str, Node]]:
    for name, written in node.get("properties", {}).items():
        inner = _resolved(written, schema)
        where = f"{path}.{name}" if path else name
        yield where, {**inner, **written}
        yield from _inside(inner, where, schema)
    if isinstance(node.get("items"), dict):
        yield from _inside(_resolved(node["items"], schema), f"{path}[]", schema)
    for choice in node.get("oneOf", ()):
        yield from _inside(_resolved(choice, schema), path, schema)


def _resolved(node: Node, schema: Node) -> Node:
    if "$ref" not in node:
        return node
    found: Node = schema
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _types(node: Node) -> str:
    if "const" in node:
        return code(json.dumps(node["const"]))
    if "enum" in node:
        return ", ".join(code("null" if each is None else str(each)) for each in node["enum"])
    if "oneOf" in node:
        return " or ".join(_types(each) for each in node["oneOf"])
    written = node.get("type", "")
    return written if isinstance(written, str) else " or ".join(written)
