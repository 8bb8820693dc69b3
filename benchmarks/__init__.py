"""Benchmarks: ratios against reference forms and against limits, measured in one run."""

from styleswap import engine as engine  # before torch: says how its threads wait
