"""Reading the target's metrics pages, once a second and at every border."""
