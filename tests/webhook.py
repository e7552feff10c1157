"""A receiver of messages on this machine that behaves as it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW, HUGE, REDIRECT, GONE = "slow", "huge", "redirect", "gone"
_CHUNK = b"x" * 65536


@dataclass
class Webhook:
    """Answers each request by the next of *answers*, a status or a way to misbehave; then by 200."""

    answers: list[int | str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What it was told, in order."""
        return [json.loads(body) for body in self.bodies]


class _Handler(BaseHTTPRequestHandler):
    """Answers one request as the webhook of its server is told to."""

    def do_POST(self) -> None:
        kept = self._kept
        kept.paths.append(self.path)
        kept.headers.append({key.lower(): value for key, value in self.headers.items()})
        kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        match kept.answers.pop(0) if kept.answers else 200:
            case "slow":
                kept.over.wait()
            case "huge":
                self._flood()
            case "gone":
                self.connection.close()
            case "redirect":
                self.send_response(307)
                self.send_header("Location", "/elsewhere")
                self.end_headers()
            case status:
                self.send_response(int(status))
                self.end_headers()

    def do_GET(self) -> None:
        self._kept.paths.append(f"GET {self.path}")
        self.send_error(405)

    def _flood(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):  # nobody reads it any more
            while not self._kept.over.is_set():
                self._kept.sent += self.wfile.write(_CHUNK)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def _kept(self) -> Webhook:
        assert isinstance(self.server, _Server)
        return self.server.kept


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, kept: Webhook) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept = kept

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that go away are what is tested."""


@contextmanager
def webhook(*answers: int | str) -> Iterator[Webhook]:
    """Yield a webhook that is up for the block."""
    kept = Webhook(list(answers))
    server = _Server(kept)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/hooks/T0PSECRET?token=h1dd3n"
    try:
        yield kept
    finally:
        kept.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
