"""Style Swap: paint a picture in any artist's style (Chen & Schmidt 2016)."""

__version__ = "0.1.0"
