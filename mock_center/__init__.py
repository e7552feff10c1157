"""The mock centre: a stand-in for an outsourced contact centre, honest enough to rehearse on.

Which process is which:

* ``python -m mock_center`` is the supervisor. It starts, kills, freezes and restarts the others,
  keeps the leases of faults on its admin port, and ends everything when its stdin closes. All of
  them are forked from its nursery, which has read their code.
* ``mock_center.edge`` is the front door: tokens, routing, health checks, the public API
  and the event streams. It chooses which site leads the ticket store.
* ``mock_center.site`` is one location: call distribution (``acd``), agents, and its copy
  of the ticket store (``tickets``).

Nothing here knows who tests it: the harness and the mock meet at HTTP and at metric names.
"""

__version__ = "1.0.0"
