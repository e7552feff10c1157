"""Pages that are done, step by step: their blocks, and what each says to do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([\w/]+\.(?:py|yaml))`")


@dataclass(frozen=True)
class Block:
    """A block of a page: the file that was named last before it, its language and its text."""

    file: str
    language: str
    text: str


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of the page *page* of the documentation."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for block in _FENCED.finditer(text):
        named = _NAMED.findall(text[: block.start()])
        yield Block(named[-1] if named else "", block[1], block[2])


def change(block: Block, folder: Path) -> None:
    """Change the file in *folder* as the diff in *block* says; its place has to be there once."""
    path = folder / block.file
    lines = block.text.splitlines()
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    there = path.read_text(encoding="utf-8")
    assert there.count(before) == 1, f"{block.file} has no such place:\n{before}"
    path.write_text(there.replace(before, after), encoding="utf-8")
