"""How a content's features become those of its painting.

A new transform is a file here, and an entry of `TRANSFORMS` by the nick of its choice of the
control `transform`.
"""

from __future__ import annotations

from collections.abc import Callable

from styleswap.engine.settings import Settings
from styleswap.engine.transforms.patch_swap import PatchSwap
from styleswap.engine.transforms.pointwise import Pointwise
from styleswap.engine.transforms.transform import Fitted, Transform

__all__ = ["TRANSFORMS", "Fitted", "Pointwise", "Transform"]

TRANSFORMS: dict[str, Callable[[Settings], Transform]] = {"patches": PatchSwap}
"""The transform of a choice of the control `transform`, made of the settings."""
