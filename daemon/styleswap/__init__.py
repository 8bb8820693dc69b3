"""Style Swap: paint a picture in any artist's style (Chen & Schmidt 2016)."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "connect", "connect_async"]


def __getattr__(name: str) -> Any:
    """Imports the client at its first use: importing the package stays cheap."""
    if name in ("connect", "connect_async"):
        from styleswap import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
