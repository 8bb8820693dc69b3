"""Benchmarks: ratios against reference forms and against limits, measured in one run."""
