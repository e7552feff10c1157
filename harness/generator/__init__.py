"""The parent of the Locust processes: of all of a run, or of one worker that joins from elsewhere.

Knows nothing of customers, and never imports Locust: what is under ``scenarios`` runs in children.
"""

from harness.generator.crew import Address, Crew, join_token
from harness.generator.generator import CONTACT_LOG, Generator, running
from harness.generator.worker import work

__all__ = ["CONTACT_LOG", "Address", "Crew", "Generator", "join_token", "running", "work"]
