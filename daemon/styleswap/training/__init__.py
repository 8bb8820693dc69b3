"""Training: distil the encoder, train the inverse network, judge the result."""

from styleswap import engine as engine  # before torch: says how its threads wait
