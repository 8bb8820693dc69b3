"""The content from coarse to fine: which sizes, and what is read of each."""
