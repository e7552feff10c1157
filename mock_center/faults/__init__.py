"""What can be broken in this centre on purpose, and what is broken now."""
