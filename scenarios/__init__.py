"""What is rehearsed: scenarios, contracts, target profiles, and the Locust side of a run.

Only files in here import Locust (and so gevent), and only child processes import those files.
"""
