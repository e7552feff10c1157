"""One word for each thing: what ``docs/GLOSSARY.md`` says not to write stands nowhere for people.

For people are the pages, the README, what the commands and the reports say (every text in the code
that is no docstring), file keys, metric names, templates, and the files that ship.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GLOSSARY = ROOT / "docs" / "GLOSSARY.md"
CODE = ("harness", "scenarios", "mock_center", "reports", "reference")
TEXTS = ("*.md", "*.yaml", "*.yml", "*.j2", "*.json", "*.js")
PLACES = ("docs", "scenarios", "reports", "deploy", "ci", ".github", "mock_center")
ELSEWHERE = ("docs/decisions/", "reports/grafana/", "docs/pictures/")
"""Written for those who build it, or made from what is looked at here."""

ISSUE_LOG = "issue log"
"""The practice's own name for the list of findings; what stands in it is a finding all the same."""
OTHERS_WORDS = {
    ("harness/adapter/clauses.py", "location"): "a header of HTTP",
    ("harness/record/store.py", "checkpoint"): "a pragma of SQLite",
    ("harness/kpi/definitions/voice.py", "abandonment rate"): "what Amazon Connect calls it",
}
"""Where a word is somebody else's name for something else: the file, the word, whose it is."""


def rows() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each row of the glossary: the words, their meaning, and what not to write for them."""
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("word", "---"):
            continue
        word, meaning, *rest = cells
        yield (
            word,
            meaning,
            tuple(filter(None, (each.strip() for each in "".join(rest).split(",")))),
        )


BANNED = {no: word for word, _, others in rows() for no in others}


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Return everything that people read, line by line, with where it stands."""
    return tuple((where, plain(text)) for where, text in (*of_files(), *of_code()))


def of_files() -> Iterator[tuple[str, str]]:
    found = [path for place in PLACES for kind in TEXTS for path in (ROOT / place).rglob(kind)]
    for path in sorted({*found, *ROOT.glob("*.md"), ROOT / "Makefile"} - {GLOSSARY}):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(ELSEWHERE):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield f"{name}:{number}", line


def of_code() -> Iterator[tuple[str, str]]:
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            said_of_code = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
                if is_text and id(node) not in said_of_code:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def stands_in(word: str, text: str) -> bool:
    """Return whether *word*, or several of it, stands in *text*, which is plain."""
    return word.lower() in text and bool(re.search(rf"\b{re.escape(word.lower())}s?\b", text))


def plain(text: str) -> str:
    """Return *text* in small letters, on one line; ``_`` parts words as blanks do."""
    return " ".join(text.replace("_", " ").split()).lower().replace(ISSUE_LOG, "")


@pytest.mark.parametrize("word", BANNED)
def test_there_is_one_word_for_each_thing(word: str):
    """Two words for one thing make a reader look for the difference."""
    found = [
        where
        for where, text in texts()
        if stands_in(word, text) and (where.rpartition(":")[0], word) not in OTHERS_WORDS
    ]

    assert found == [], f"instead of {word!r}: {BANNED[word]}"


def test_the_glossary_is_walked_and_everything_is_looked_at():
    """A rule over no words, or over no texts, would always hold."""
    assert len(BANNED) > 25
    assert len(texts()) > 10_000
    assert {where.split("/")[0].split(":")[0] for where, _ in texts()} >= {
        *CODE, "docs", "README.md", "CHANGELOG.md", "Makefile", "deploy",
    }  # fmt: skip


def test_what_is_allowed_is_still_there():
    """An allowance for nothing would hide the next one."""
    unused = [
        (file, word)
        for file, word in OTHERS_WORDS
        if not any(where.startswith(file) and stands_in(word, text) for where, text in texts())
    ]

    assert unused == []


def test_no_word_is_both_right_and_wrong():
    """What one row forbids, no other may give a meaning to."""
    right = {each.strip() for word, _, _ in rows() for each in word.split(",")}

    assert right & BANNED.keys() == set()


def test_no_word_is_explained_twice():
    """Two meanings of a word are told apart by what stands in brackets behind it."""
    words = [word for word, _, _ in rows()]

    assert sorted({word for word in words if words.count(word) > 1}) == []


def test_a_word_is_found_in_any_shape():
    """As a key, as several, in capitals; and not inside another."""
    assert stands_in("data centre", plain("two data_centres"))
    assert stands_in("SUT", plain("Of the SUT:"))
    assert stands_in("issue", plain("Issues:"))
    assert not stands_in("issue", plain("the issue log, reissued"))
