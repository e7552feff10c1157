"""The parts that the Locust processes of a run play: master, worker, or both in one."""
