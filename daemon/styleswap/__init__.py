"""Style Swap: paint a picture in any artist's style (Chen & Schmidt 2016)."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "connect"]


def __getattr__(name: str) -> Any:
    """Imports the client at the first use of `connect`: importing the package stays cheap."""
    if name == "connect":
        from styleswap.client import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
