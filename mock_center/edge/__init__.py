"""The front door, as a process of its own: tokens, routing, health checks, API, event streams."""
