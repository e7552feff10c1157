"""The pages that are made from the code, so that they cannot go stale: ``make docs``.

One module a page; ``pages`` is the list of all. Nothing is told here that the code does not say of
itself: a page is put in order and written out. Not part of the wheel.
"""
