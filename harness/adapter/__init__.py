"""The provider's API as pure generators, and the drivers that carry their requests.

An adapter yields requests and is sent responses; it never does I/O. So one class serves the gevent
journeys of the generator and the asyncio probes of the harness.
"""
