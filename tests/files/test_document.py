"""From bytes to texts with lines: nothing is guessed, nothing is unbounded, nothing escapes."""

import os
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.bounded import MOST_BYTES
from harness.files.document import Document, Table, plain, read_document
from harness.files.load import place_of
from harness.files.problems import Problems


def read(path: Path, text: str | bytes) -> Document:
    """Return *text* as a document by way of the file *path*; raise what is wrong with it."""
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    problems = Problems()
    document = read_document(path, problems)
    problems.raise_if_any()
    assert document is not None
    return document


@pytest.mark.parametrize("written", ["on", "no", "12:30", "1e3", "0x10", "~", "null", "2026-11-22"])
def test_every_value_is_the_text_that_was_written(tmp_path, written):
    """YAML would make a boolean, 750, a float, nothing or a date of these."""
    document = read(tmp_path / "x.yaml", f"key: {written}")

    assert plain(document.root) == {"key": written}


def test_an_empty_value_is_the_empty_text(tmp_path):
    """So that each reader can say what it wants there."""
    document = read(tmp_path / "x.yaml", "key:\nlist: ['', ]")

    assert plain(document.root) == {"key": "", "list": [""]}


def test_every_key_and_value_knows_its_line(tmp_path):
    """A message without a line sends people searching."""
    root = read(tmp_path / "x.yaml", "# one\na: 1\n\nb:\n  - 2\n").root

    assert isinstance(root, Table)
    places = [(str(e.key.place), str(e.value.place)) for e in root.entries.values()]
    file = tmp_path / "x.yaml"
    assert places == [(f"{file}:2", f"{file}:2"), (f"{file}:4", f"{file}:5")]


def test_a_part_that_somebody_else_finds_wrong_is_told_where_it_stands(tmp_path):
    """The mock checks its own section, and knows no lines."""
    path = tmp_path / "mock.yaml"
    path.write_text("name: x\nmock:\n  talk: {}\n  breaks:\n    - every: 2h\n")

    assert place_of("mock.breaks[0].every", path) == f"{path}:5: mock.breaks[0].every"
    assert place_of("mock.talk.mean", path) == f"{path}:3: mock.talk.mean", (
        "not there: what it is in"
    )
    assert place_of("lines", path) == "", "of another file"


def test_an_alias_is_the_value_that_its_anchor_marks(tmp_path):
    """Long lists of numbers are written once."""
    document = read(tmp_path / "x.yaml", "a: &numbers [1, 2]\nb: *numbers")

    assert plain(document.root) == {"a": ["1", "2"], "b": ["1", "2"]}


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("# A GO shows\n#   that it works.\nname: x", "A GO shows that it works."),
        ("# First paragraph.\n#\n# Second.\nname: x", "First paragraph."),
        ("\ufeff# After a byte order mark.\nname: x", "After a byte order mark."),
        ("name: x\n# Too late.", ""),
        ("name: x", ""),
    ],
)
def test_the_header_is_the_first_paragraph_of_the_opening_comment(tmp_path, text, header):
    """It goes into the report as what a GO proves; further paragraphs are for the file's reader."""
    assert read(tmp_path / "x.yaml", text).header == header


LAUGHS = "\n".join(
    ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    + [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
)


@pytest.mark.parametrize(
    ("text", "line", "fragment"),
    [
        (b"a: \xff", ":1", "0xff, which is not UTF-8"),
        (b"a: b\nc: \x00", ":2", r"control character '\x00'"),
        (b'a: b\nc: "\\x00"', ":2", "control characters"),
        (b'a: "\\ud800"', ":1", "control characters"),
        (b'a: "\\UFFFFFFFF"', "", "escape"),
        (b"%YAML " + b"9" * 5000 + b".1\n--- a", "", "%YAML"),
        (b"", "", "an empty file"),
        (b"# only a comment", "", "an empty file"),
        (b"a" * (MOST_BYTES + 1), "", "more than 1,000,000 bytes"),
        (b"[" * MOST_BYTES, ":1", "more than 20 levels"),
        (b"- x\n" * 100_000, ":20000", "more than 20,000 values"),
        (LAUGHS.encode(), ":5", "each alias counted as what it stands for"),
        (b"a: &a [*a]", ":1", "stands for nothing above it"),
        (b"[a]: b", ":1", "a list or a table as a key"),
        (b"a: !!python/object:os.system x", ":1", "the tag"),
        (b"a: 1\n---\nb: 2", ":2", "a second document"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_file_that_is_not_plain_yaml_is_refused_in_words(tmp_path, text, line, fragment):
    """It may be a slip, another tool's file or an attack: the answer is the same and quick."""
    path = tmp_path / "x.yaml"

    with pytest.raises(UsageError) as refusal:
        read(path, text)

    (problem,) = refusal.value.problems
    assert problem.where == f"{path}{line}"
    assert fragment in problem.found


def made_pipe(folder: Path) -> Path:
    """Return a pipe that nobody writes to: opening it would wait for ever."""
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


@pytest.mark.parametrize(
    ("path_in", "fragment"),
    [
        (lambda folder: folder / "missing.yaml", "no such file"),
        (lambda folder: folder, "not a file"),
        (made_pipe, "not a file"),
        (lambda folder: folder / "nul\0", "null"),
        (lambda folder: folder / ("x" * 5000), "too long"),
    ],
    ids=["missing", "directory", "pipe", "NUL", "too long"],
)
def test_a_path_that_leads_to_no_file_is_a_problem_not_a_crash(tmp_path, path_in, fragment):
    """The path comes from a command line or another file; it may be anything."""
    problems = Problems()

    assert read_document(path_in(tmp_path), problems) is None
    with pytest.raises(UsageError, match=fragment):
        problems.raise_if_any()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_we_may_not_read_is_a_problem(tmp_path):
    """A CI user often owns less than it thinks."""
    path = tmp_path / "x.yaml"
    path.write_text("a: b")
    path.chmod(0)
    problems = Problems()

    assert read_document(path, problems) is None
    with pytest.raises(UsageError, match="permission denied"):
        problems.raise_if_any()
