"""The style swap: every patch of the content's features is replaced by the best one of the style's.

Which ones are picked is known here alone.
"""

from styleswap.engine.transforms.patch_swap.lattice import pad_to_cover
from styleswap.engine.transforms.patch_swap.matching import NORM_EPSILON, match
from styleswap.engine.transforms.patch_swap.pasting import overlap_weights, paste
from styleswap.engine.transforms.patch_swap.swap import PatchSwap

__all__ = ["NORM_EPSILON", "PatchSwap", "match", "overlap_weights", "pad_to_cover", "paste"]

transform = PatchSwap
