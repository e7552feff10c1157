"""The service review of many runs: a page, a mail and a file for programs, from one ``Review``.

Like the reports of a run these are functions of what they are given: the same review gives the
same bytes.
"""
