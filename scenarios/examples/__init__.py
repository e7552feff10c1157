"""Rehearsals to copy from: each folder is one whole, with the target that it needs."""
