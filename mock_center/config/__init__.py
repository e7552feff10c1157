"""What the centre is told at its start: values (``centre``), read by ``parse``."""

from mock_center.config.centre import TICKETS, Centre
from mock_center.config.parse import parse_centre
from mock_center.config.reading import ConfigError, Problem

__all__ = ["TICKETS", "Centre", "ConfigError", "Problem", "parse_centre"]
