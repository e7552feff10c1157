"""Automatic call distribution: who is served next, by whom, and when. Pure: no I/O, no clock."""
