"""One location of the centre, as a process of its own: calls, agents, a copy of the tickets."""
