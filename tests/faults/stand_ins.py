"""A provider's test environment in one object: what is broken there is a set of names."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Provider:
    """Breaks what ``POST /break/NAME`` says, mends it on ``DELETE``; ``/healthz`` tells.

    ``deaf`` refuses to mend. ``heard`` is every request, with its body.
    """

    broken: list[str] = field(default_factory=list)
    deaf: bool = False
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    url: str = ""

    async def order(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.heard.append((request.method, name, await request.text()))
        self.tokens.append(request.headers.get("Authorization", ""))
        self.content_types.append(request.headers.get("Content-Type", ""))
        if request.method == "POST":
            self.broken.append(name)
            return web.json_response({}, status=202)
        if self.deaf:
            return web.json_response({"title": "not now"}, status=503)
        if name not in self.broken:
            return web.json_response({}, status=404)
        self.broken.remove(name)
        return web.Response(status=204)

    async def health(self, request: web.Request) -> web.Response:
        return web.Response(status=503 if self.broken else 200)


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Run a provider for the block."""
    stand_in = Provider()
    app = web.Application()
    app.router.add_route("*", "/break/{name}", stand_in.order)
    app.router.add_get("/healthz", stand_in.health)
    async with serving(app) as stand_in.url:
        yield stand_in


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve *app* on a free port of this machine for the block; yields its address."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class ToxicProxy:
    """A toxiproxy server as far as its documented HTTP API goes: proxies, toxics, switched off."""

    proxies: dict[str, dict[str, object]] = field(default_factory=dict)
    toxics: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    url: str = ""

    def add(self, name: str, *, enabled: bool = True) -> None:
        self.proxies[name] = {
            "name": name,
            "listen": "127.0.0.1:1",
            "upstream": "127.0.0.1:2",
            "enabled": enabled,
        }
        self.toxics[name] = {}

    def _shown(self, name: str) -> dict[str, object]:
        return {**self.proxies[name], "toxics": list(self.toxics[name].values())}

    async def proxy(self, request: web.Request) -> web.Response:
        name = request.match_info["proxy"]
        if name not in self.proxies:
            return web.json_response({"error": "proxy not found", "status": 404}, status=404)
        if request.method == "POST":
            self.proxies[name] |= json.loads(await request.text())
        return web.json_response(self._shown(name))

    async def add_toxic(self, request: web.Request) -> web.Response:
        name, toxic = request.match_info["proxy"], json.loads(await request.text())
        if name not in self.proxies:
            return web.json_response({"error": "proxy not found", "status": 404}, status=404)
        if toxic["name"] in self.toxics[name]:
            return web.json_response({"error": "toxic already exists", "status": 409}, status=409)
        assert isinstance(toxic.get("toxicity", 1.0), float)
        assert all(isinstance(value, int) for value in toxic["attributes"].values())
        self.toxics[name][toxic["name"]] = toxic
        return web.json_response(toxic)

    async def remove_toxic(self, request: web.Request) -> web.Response:
        found = self.toxics.get(request.match_info["proxy"], {})
        if found.pop(request.match_info["toxic"], None) is None:
            return web.json_response({"error": "toxic not found", "status": 404}, status=404)
        return web.Response(status=204)


@asynccontextmanager
async def toxic_proxy() -> AsyncIterator[ToxicProxy]:
    """Run a server with the API of toxiproxy for the block."""
    stand_in = ToxicProxy()
    app = web.Application()
    app.router.add_route("GET", "/proxies/{proxy}", stand_in.proxy)
    app.router.add_route("POST", "/proxies/{proxy}", stand_in.proxy)
    app.router.add_route("POST", "/proxies/{proxy}/toxics", stand_in.add_toxic)
    app.router.add_route("DELETE", "/proxies/{proxy}/toxics/{toxic}", stand_in.remove_toxic)
    async with serving(app) as stand_in.url:
        yield stand_in
