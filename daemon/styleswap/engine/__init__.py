"""The engine: tensors in, tensors out."""

from styleswap.engine import waiting  # noqa: F401, I001 - before torch

from styleswap.engine.device import Chosen, choose, choose_device, probe
from styleswap.engine.errors import (
    Cancelled,
    EngineError,
    InvalidPicture,
    StyleTooSmall,
    WeightsError,
)
from styleswap.engine.memory import give_back_memory, is_device_lost, is_out_of_memory
from styleswap.engine.mixture import Styled
from styleswap.engine.model import Model
from styleswap.engine.passes import plan_passes, result_size
from styleswap.engine.progress import Progress
from styleswap.engine.raster import Raster
from styleswap.engine.settings import Settings
from styleswap.engine.style import StyleCache
from styleswap.engine.stylize import Report, stylize

__all__ = [
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
