"""Automatic call distribution: who is served next, by whom, and when. Pure: no I/O, no clock.

``engine`` is what may be asked of it, ``course`` the way of a contact, ``events`` what it tells;
``agents`` are who answers, ``waiting`` who waits, ``trunks`` the channels they hold; ``workforce``
says who is at work; ``learning``, ``backup`` and ``media`` are one thing each.
"""
