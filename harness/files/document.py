"""The first step into a file: from bytes to a tree of texts, each of which knows its line.

Strings only: ``on`` is no boolean, ``12:30`` no number of seconds, ``1e3`` no float, and an empty
value is the empty string. That is why this reads YAML's events instead of calling ``yaml.load``;
it also keeps the line of every key, refuses duplicate keys, and bounds what a file may cost us.
It knows nothing of scenarios.
"""

import errno
import hashlib
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from harness.files.bounded import read_bounded
from harness.files.problems import Place, Problems, file_like, shortened

MAX_DEPTH = 20
MAX_NODES = 20_000
"""Values in a file, with every alias counted as what it stands for ("billion laughs")."""

_FENCE = "---"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # the ones that YAML counts

_REMEDIES = (
    # What PyYAML says, whether the mistake stands where it began to read, what would be right.
    (r"'\\t'", False, "spaces, never tabs, to indent"),
    (r"character '[@`]'", False, "quotes around a text that begins with @ or `"),
    (r"character '%'", False, "a percentage as 60%, or quotes around a text that begins with %"),
    (
        r"mapping values are not allowed",
        False,
        "'key: value' on a line of its own, indented like the others; quotes around a ': '",
    ),
    (r"could not find expected ':'", True, "'key: value', with a colon and a space"),
    (r"quoted scalar: found unexpected", True, "a closing quote"),
    (r"escape", False, "single quotes, in which a backslash is only a backslash"),
    (r"expected ',' or ']'", True, "a comma between values, and a ] at the end"),
    (r"expected ',' or '}'", True, "a comma between 'key: value' pairs, and a } at the end"),
    (r"but found '<scalar>'", False, "one value, or an end to a quote above that was never closed"),
    (r"expected <block end>", False, "the same indentation as the lines that belong with it"),
    (r"sequence entries are not allowed", False, "'- ' at the start of a line of its own"),
    (r"an (alias|anchor)", False, "quotes around a text that begins with * or &"),
    (r"", False, "valid YAML; quotes around a text with special characters often help"),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A single value, as it was written."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of values."""

    place: Place
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a table, and its value."""

    key: Text
    value: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """Values by key, in the order of the file."""

    place: Place
    entries: Mapping[str, Entry]


Node = Text | Listing | Table


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its text, and the tree that the text stands for."""

    path: Path
    text: str
    root: Node

    @property
    def sha256(self) -> str:
        """The hash of the text, by which it can be told from any other version."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def header(self) -> str:
        """The first paragraph of the comment that the file begins with; empty if there is none."""
        words: list[str] = []
        for line in self.text.removeprefix("\ufeff").splitlines():
            if not line.startswith("#") or not line.strip("# \t"):
                break
            words += line.strip("# \t").split()
        return " ".join(words)


class _Unreadable(Exception):
    """The file cannot be read on from here."""

    def __init__(self, place: Place, found: str, want: str) -> None:
        super().__init__(place, found, want)
        self.place = place
        self.found = found
        self.want = want


def read_document(path: Path, problems: Problems) -> Document | None:
    """Return the file at *path* as a document, or None if *problems* now says why not.

    A duplicate key or a tag is a problem, but not the end of the reading.
    """
    problems.opening(str(path))
    try:
        text = _text(path)
        return Document(path, text, _Builder(str(path), text, problems).document())
    except _Unreadable as unreadable:
        problems.add(unreadable.place, found=unreadable.found, want=unreadable.want)
        return None


def read_front_matter(path: Path, problems: Problems) -> Document | None:
    """Return what stands between two lines of ``---`` at the top of the text file at *path*.

    None if nothing does, or if *problems* now says why it cannot be read.
    """
    problems.opening(str(path))
    try:
        head = _front_matter(path)
        if not head:
            return None
        return Document(path, head, _Builder(str(path), head, problems).document())
    except _Unreadable as unreadable:
        problems.add(unreadable.place, found=unreadable.found, want=unreadable.want)
        return None


def _front_matter(path: Path) -> str:
    """Return the lines from the first fence to before the second; empty without a first."""
    lines = [line.rstrip() for line in _text(path).removeprefix("\ufeff").splitlines()]
    if not lines or lines[0] != _FENCE:
        return ""
    if _FENCE not in lines[1:]:
        found = f"a first line {_FENCE}, and no second one"
        raise _Unreadable(Place(str(path), 1), found, f"{_FENCE} where the keys end")
    return "\n".join(lines[: lines.index(_FENCE, 1)]) + "\n"


def plain(node: Node) -> "str | list[object] | dict[str, object]":
    """Return *node* as strings, lists and dicts, for a part that somebody else validates."""
    match node:
        case Text():
            return node.text
        case Listing():
            return [plain(item) for item in node.items]
        case Table():
            return {key: plain(entry.value) for key, entry in node.entries.items()}


def places(node: Node, path: str = "") -> Iterator[tuple[str, Place]]:
    """Yield where each key and item inside *node* stands, by its path: ``mock.breaks[0].mean``.

    *path* is that of *node* itself.
    """
    match node:
        case Listing():
            inside = [(f"{path}[{at}]", each.place, each) for at, each in enumerate(node.items)]
        case Table():
            inside = [
                (f"{path}.{key}" if path else key, entry.key.place, entry.value)
                for key, entry in node.entries.items()
            ]
        case Text():
            inside = []
    for name, place, inner in inside:
        yield name, place
        yield from places(inner, name)


def _text(path: Path) -> str:
    place = Place(str(path))
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise _Unreadable(place, "something that is not a file", "a YAML file")
        raw = read_bounded(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        want = "a YAML file that we may read"
        if isinstance(error, FileNotFoundError) and (likely := file_like(path)):
            want += f"; did you mean {str(likely)!r}?"
        if getattr(error, "errno", None) == errno.EFBIG:
            want = "a smaller file"
        raise _Unreadable(place, reason.lower(), want) from None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place = Place(str(path), raw.count(b"\n", 0, error.start) + 1)
        found = f"the byte 0x{raw[error.start]:02x}, which is not UTF-8"
        raise _Unreadable(place, found, "a text file saved as UTF-8") from None


class _Builder:
    """Builds the tree of one file from YAML's events, within bounds."""

    def __init__(self, file: str, text: str, problems: Problems) -> None:
        self._file = file
        self._lines = _LINE_BREAK.split(text)
        self._events = self._parse(text)
        self._problems = problems
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0

    def document(self) -> Node:
        """Return the root of the file's only document."""
        next(self._events)  # the stream starts
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise _Unreadable(Place(self._file), "an empty file", "keys and values")
        root = self._node(next(self._events), depth=1)
        next(self._events)  # the document ends
        second = next(self._events)
        if isinstance(second, yaml.DocumentStartEvent):
            self._stop(second, "a second document", "one document; remove the '---'")
        return root

    def _parse(self, text: str) -> Iterator[yaml.Event]:
        """Yield YAML's events, or say in words why there are no more."""
        try:
            yield from yaml.parse(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except yaml.reader.ReaderError as error:
            line = len(_LINE_BREAK.findall(text, 0, error.position)) + 1
            found = f"the control character {chr(error.character)!r}"
            raise _Unreadable(Place(self._file, line), found, "printable text") from None
        except (ValueError, OverflowError):  # PyYAML lets these through: "\UFFFFFFFF", %YAML 9...9
            found = "a \\U escape or a %YAML line that stands for nothing"
            raise _Unreadable(
                Place(self._file), found, "the character itself, or no %YAML"
            ) from None

    def _syntax(self, error: yaml.MarkedYAMLError) -> _Unreadable:
        reason = error.problem or "not YAML"
        said = f"{error.context}: {reason}"
        begun_earlier, want = next(
            (begun_earlier, want)
            for saying, begun_earlier, want in _REMEDIES
            if re.search(saying, said)
        )
        mark = (error.context_mark if begun_earlier else None) or error.problem_mark
        line = mark.line if mark else 0
        written = self._lines[line].strip() if line < len(self._lines) else ""
        return _Unreadable(Place(self._file, line + 1), f"{shortened(written)} ({reason})", want)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._spend(event, 1)
        if depth > MAX_DEPTH:
            self._stop(event, f"more than {MAX_DEPTH} levels, one inside the other", "fewer levels")
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            self._problem(event, f"the tag {event.tag!r}", "plain values; every value is a text")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node = self._untagged(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _untagged(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            inner = self._until(yaml.SequenceEndEvent)
            return Listing(self._place(event), tuple(self._node(e, depth + 1) for e in inner))
        return Table(self._place(event), self._entries(depth))

    def _scalar(self, event: yaml.ScalarEvent) -> Text:
        if _UNPRINTABLE.search(event.value):
            found = f"control characters in {shortened(event.value)}"
            self._problem(event, found, "printable text")
        return Text(self._place(event), event.value)

    def _entries(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Text):
                self._problem(event, "a list or a table as a key", "a word as the key")
            elif key.text in entries:
                first = entries[key.text].key.place.line
                found = f"the key {key.text!r} again; it is in line {first} already"
                self._problem(event, found, "each key once")
            else:
                entries[key.text] = Entry(key, value)
        return entries

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        assert event.anchor is not None  # no alias is without one
        node = self._anchors.get(event.anchor)
        if node is None:
            self._stop(
                event,
                f"*{event.anchor}, which stands for nothing above it",
                f"an earlier value marked &{event.anchor}; in quotes if the * is part of a text",
            )
        self._spend(event, _size(node))
        return node

    def _spend(self, event: yaml.Event, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            found = f"more than {MAX_NODES:,} values, each alias counted as what it stands for"
            self._stop(event, found, "a smaller file")

    def _place(self, event: yaml.Event) -> Place:
        assert event.start_mark is not None  # PyYAML's parser gives every event one
        return Place(self._file, event.start_mark.line + 1)

    def _problem(self, event: yaml.Event, found: str, want: str) -> None:
        self._problems.add(self._place(event), found=found, want=want)

    def _stop(self, event: yaml.Event, found: str, want: str) -> NoReturn:
        raise _Unreadable(self._place(event), found, want)


def _size(node: Node) -> int:
    match node:
        case Text():
            return 1
        case Listing():
            return 1 + sum(map(_size, node.items))
        case Table():
            return 1 + sum(1 + _size(entry.value) for entry in node.entries.values())
