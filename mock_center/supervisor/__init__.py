"""The supervisor: parents edge and sites, breaks and mends them, and ends them all."""
