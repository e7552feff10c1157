"""The run's own figures for Prometheus: told live, kept in the record, sent or exported later.

One picture a second is drawn from what the run knows of itself (``picture``, pure). The record
keeps it as a source like the target's pages, so that what is looked at afterwards is what could be
seen live. ``server`` shows the latest picture; it knows nothing of how it came to be.
"""
