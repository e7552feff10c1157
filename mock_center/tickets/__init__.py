"""Tickets: the store and its replication, and the desk whose agents work them."""
