"""The files a person writes, read into the values of ``harness.model``, or every problem at once.

Nothing outside this package sees YAML. ``load.py`` is the door.
"""
