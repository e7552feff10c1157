"""A provider that does as little as one can: answers at once, and tells what it is asked to tell.

A process of its own, on a core of its own: what it takes is not the generator's. Bytes in, bytes
out, without a framework, so that it is never what limits.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

_HEAD = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
_STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_ALIVE_S = 1.0


@dataclass(slots=True)
class _Centre:
    """What all connections share: the open event streams, and when a call goes on."""

    answered_after_s: float
    ended_after_s: float
    streams: dict[str, asyncio.Transport] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    placed: int = 0

    def tell(self, consumer: str, kind: str, reference: str, extra: str = "") -> None:
        """Write one event to *consumer*'s stream, at once."""
        stream = self.streams.get(consumer)
        if stream is None or stream.is_closing():
            return
        seq = self.seqs[consumer] = self.seqs.get(consumer, 0) + 1
        line = (
            f'{{"seq":{seq},"type":"{kind}","reference":"{reference}","site":"north",'
            f'"queue":"billing"{extra}}}\n'
        ).encode()
        stream.write(b"%x\r\n%b\r\n" % (len(line), line))

    def place(self, body: bytes) -> bytes:
        """Take a call and let its events follow; return the answer's body."""
        call = json.loads(body)
        self.placed += 1
        name, consumer, reference = f"c-{self.placed}", call["consumer"], call["reference"]
        if consumer in self.streams:
            self.calls[name] = (consumer, reference)
            now = time.time()
            self.tell(consumer, "call.queued", reference, f',"queued_at":{now:.6f}')
            later = asyncio.get_running_loop().call_later
            later(self.answered_after_s, self._answer, name, now)
        return f'{{"id":"{name}","site":"north","queue":"billing"}}'.encode()

    def _answer(self, name: str, queued_at: float) -> None:
        if name not in self.calls:
            return
        stamps = f',"queued_at":{queued_at:.6f},"answered_at":{time.time():.6f}'
        self.tell(*self._of(name, "call.answered"), stamps)
        asyncio.get_running_loop().call_later(self.ended_after_s, self.end, name, "agent")

    def end(self, name: str, reason: str) -> None:
        """Tell that the call is over, unless it was before."""
        if name in self.calls:
            self.tell(*self._of(name, "call.ended"), f',"reason":"{reason}"')
            del self.calls[name]

    def _of(self, name: str, kind: str) -> tuple[str, str, str]:
        consumer, reference = self.calls[name]
        return consumer, kind, reference


class _Connection(asyncio.Protocol):
    def __init__(self, centre: _Centre) -> None:
        self._centre = centre
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            at = head.lower().find(b"content-length:")
            size = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            _, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            self._answer(target, body)

    def _answer(self, target: str, body: bytes) -> None:
        url = urlsplit(target)
        if url.path == "/v1/calls":
            self._send(201, self._centre.place(body))
        elif url.path.endswith("/hangup"):
            self._centre.end(url.path.split("/")[3], "caller")
            self._send(200, b"{}")
        elif url.path == "/v1/events":
            (consumer,) = parse_qs(url.query)["consumer"]
            self._transport.write(_STREAM)
            self._centre.streams[consumer] = self._transport
        else:
            self._send(200, b'{"access_token":"synthetic","expires_in":86400}')

    def _send(self, status: int, body: bytes) -> None:
        self._transport.write(_HEAD % (status, len(body), body))


async def _main(answered_after_s: float, ended_after_s: float) -> None:
    centre = _Centre(answered_after_s, ended_after_s)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(centre), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # whoever started us has gone: so do we
        await asyncio.sleep(_ALIVE_S)
        for stream in centre.streams.values():
            if not stream.is_closing():
                stream.write(b'11\r\n{"type":"alive"}\n\r\n')


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1]), float(sys.argv[2])))
