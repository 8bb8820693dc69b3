"""The encoder, the inverse network, and the files that they come from."""
