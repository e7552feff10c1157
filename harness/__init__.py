"""Rehearse a contact-centre cutover: from a scenario to a verdict."""

__version__ = "1.0.0"
