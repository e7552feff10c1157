"""Automatic call distribution: who is served next, by whom, and when. Pure: no I/O, no clock.

``engine`` is the way of a call; ``events`` what it tells; ``agents`` who answers, ``waiting`` who
waits, ``trunks`` the channels they hold; ``learning``, ``backup`` and ``media`` one thing each.
"""
