"""The engine: tensors in, tensors out."""

from styleswap.engine import openmp  # noqa: F401, I001 - before torch

from styleswap.engine.errors import (
    Cancelled,
    EngineError,
    InvalidPicture,
    StyleTooSmall,
    WeightsError,
)
from styleswap.engine.styles.mixture import Styled
from styleswap.engine.networks.model import Model
from styleswap.engine.levels.pyramid import plan_passes, result_size
from styleswap.engine.progress import Progress
from styleswap.engine.pictures.raster import Raster
from styleswap.engine.settings import Settings
from styleswap.engine.styles.cache import StyleCache
from styleswap.engine.levels.context import TILE_SIDE
from styleswap.engine.stylize import Report, stylize

__all__ = [
    "TILE_SIDE",
    "Cancelled",
    "EngineError",
    "InvalidPicture",
    "Model",
    "Progress",
    "Raster",
    "Report",
    "Settings",
    "StyleCache",
    "StyleTooSmall",
    "Styled",
    "WeightsError",
    "plan_passes",
    "result_size",
    "stylize",
]
