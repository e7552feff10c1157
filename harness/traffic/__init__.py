"""Synthetic customers: when they come, who they are, what they want. Pure, from one seed."""
