"""Style Swap in Krita: a docker that paints layers in the style of other pictures.

Krita imports this package at its start. What is missing or broken must neither stop Krita nor hide
the docker: it then says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    from . import vendored

    vendored.load()
    from .plugin import again, register

    broken = ""
except Exception as error:  # noqa: BLE001 - said in the docker
    broken = f"{type(error).__name__}: {error}"
    from .broken import again, register

if TYPE_CHECKING:
    from typing import Any

__all__ = ["again", "broken", "register"]


def _in_krita() -> Any:
    """Returns Krita, None where this is imported elsewhere, such as by a test of widgets."""
    try:
        import krita
    except ImportError:
        return None
    return krita.Krita.instance()


_krita = _in_krita()
if _krita is not None:
    register(_krita, broken)
