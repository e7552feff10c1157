"""Rehearse a contact-centre cutover: from a scenario to a verdict."""

__version__ = "0.1.0"
