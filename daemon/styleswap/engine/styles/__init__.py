"""The styles of a painting, encoded."""
