"""The code that draws the gallery: one module per style, and the tools they share.

Each style's module is named after its id (`builtin/stained-glass` is `stained_glass`) and has one
function `draw(size, seed)` that returns (size, size, 3) uint8 and depends on nothing else. The
shared tools are `noise`, `palette`, `canvas` and `strokes`. Needs numpy, scipy, Pillow and, for
some styles, scikit-image.
"""

import importlib

import numpy as np
from numpy.typing import NDArray


def draw(slug: str, size: int, seed: int) -> NDArray[np.uint8]:
    """Draw the style `slug` ("stained-glass"), (size, size, 3) uint8.

    The same slug, size and seed give the same pixels; other seeds vary the detail.

    Raises:
        ModuleNotFoundError: no drawing has this name.
    """
    module = importlib.import_module(f".{slug.replace('-', '_')}", __name__)
    picture: NDArray[np.uint8] = module.draw(size, seed)
    return picture
