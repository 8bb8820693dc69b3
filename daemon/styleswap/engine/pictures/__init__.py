"""Pixels in and out: no networks."""
