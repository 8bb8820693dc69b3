"""The engine: tensors in, tensors out."""

from styleswap.engine.devices import openmp  # noqa: F401, I001 - before torch

from styleswap.engine.devices.choice import Chosen, choose, choose_device, probe
from styleswap.engine.errors import (
    Cancelled,
    EngineError,
    InvalidPicture,
    StyleTooSmall,
    WeightsError,
)
from styleswap.engine.devices.memory import give_back_memory, is_device_lost, is_out_of_memory
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
    "Chosen",
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
    "choose",
    "choose_device",
    "give_back_memory",
    "is_device_lost",
    "is_out_of_memory",
    "plan_passes",
    "probe",
    "result_size",
    "stylize",
]
