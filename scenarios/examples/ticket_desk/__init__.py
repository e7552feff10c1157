"""A provider with an API of its own: a ticket desk, its adapter, and a rehearsal of both."""
