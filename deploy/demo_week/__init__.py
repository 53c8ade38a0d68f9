"""The demo: one launch week of a group of three consumer brands, run through every service."""
