"""What the engine computes on, and what is done when its memory runs out."""
