"""Training: distil the encoder, train the inverse network, judge the result."""
