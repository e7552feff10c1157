"""The one vocabulary of all: frozen types that every step of the pipeline shares.

Nothing in here reads a file, opens a socket or knows what time it is.
"""
