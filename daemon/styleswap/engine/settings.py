"""The settings of one picture; names, ranges and nicks are those of the table of controls."""

from dataclasses import dataclass
from typing import Literal

Colours = Literal["style", "content", "luminance", "matched"]


@dataclass(frozen=True)
class Settings:
    """Everything that decides a picture besides content, style and model.

    Attributes:
        transform: how features of the content become those of its painting; of `transforms`.
        guide: what helps to choose among patches; of `features.guides`.
        objective: what an optimised picture comes close to; of `objectives`.
        content_weight: of the content's term beside an objective that knows the style alone.
        octaves: sizes of the picture whose Gram matrices count, 1 to 4.
        descent: what an optimisation moves; of `painting.descent`.
        method: "feed-forward" paints with the inverse network, "optimise" is the paper's
            optimisation.
        strength: 0 gives the content back, 1 is the full style.
        style_scale: size of the strokes, 1 is the style at the content's size.
        colours: where colours come from.
        scales: passes from coarse to fine; 0 chooses by the content's size, 1 is the paper's.
        patch_size: p in cells, odd.
        patch_stride: distance of patches in cells, at most p, or some cells would stay unpainted:
            the table of controls sees to that.
        matching: "centred" or "plain" (the paper's).
        tone: weight of lightness in centred matching, 0 to 1.
        hue: weight of hue and chroma in centred matching, 0 to 1.
        overlap: "centre" (centre-weighted) or "average" (the paper's).
        style_flips: also offer mirrored style patches.
        style_rotations: also offer style patches turned by quarter turns.
        style_border: "auto" leaves a style's frame, mat, wall or scanned margin out; "keep".
        tile_limit: largest side of a tile in pixels; 0 chooses by the device.
        refine: iterations of the optimisation after the inverse network; for feed-forward only.
        iterations: of the optimisation; for optimise only, `start` likewise.
        smoothness: of what is optimised, 0 to 1; see `objectives.variation`.
        start: what the optimisation starts from; "network" is the inverse network's picture.
        variety: how evenly all of the style is used: 0 is every patch's best match, to 1.
        style_statistics: how far H gets the style's mean and covariance, 0 to 1.
        tones: how lightness is compared: "stretched" to the style's range, or its "own".
        detail: how firmly what is finer than the patches stays, 0 to 1.

    Raises:
        ValueError: the patch size is even, or a weight or number is beyond its range.
    """

    method: Literal["feed-forward", "optimise"] = "feed-forward"
    strength: float = 1.0
    style_scale: float = 1.0
    colours: Colours = "style"
    scales: int = 0
    patch_size: int = 3
    patch_stride: int = 1
    matching: Literal["centred", "plain"] = "centred"
    tone: float = 0.5
    hue: float = 0.25
    overlap: Literal["centre", "average"] = "centre"
    style_flips: bool = False
    style_rotations: bool = False
    style_border: Literal["auto", "keep"] = "auto"
    tile_limit: int = 0
    refine: int = 0
    iterations: int = 100
    smoothness: float = 0.02
    start: Literal["content", "noise", "network"] = "content"
    transform: str = "patch-swap"
    guide: str = "colours"
    objective: str = "activations"
    content_weight: float = 0.1
    octaves: int = 3
    descent: str = "pyramid"
    variety: float = 1.0
    style_statistics: float = 1.0
    tones: Literal["stretched", "own"] = "stretched"
    detail: float = 1.0

    def __post_init__(self) -> None:
        if self.patch_size < 1 or self.patch_size % 2 == 0:
            raise ValueError(f"patch_size is {self.patch_size}: it must be odd, such as 3")
        if not self.content_weight >= 0:
            raise ValueError(f"content_weight is {self.content_weight}: it must be 0 or more")
        if not 1 <= self.octaves <= 4:
            raise ValueError(f"octaves is {self.octaves}: it must be 1 to 4")

    @property
    def copies(self) -> int:
        """How many copies of a style are offered: as it is, mirrored, turned."""
        return (4 if self.style_rotations else 1) * (2 if self.style_flips else 1)

    @property
    def optimises(self) -> bool:
        """Whether pixels are optimised at all."""
        return self.method == "optimise" or self.refine > 0

    @property
    def needs_inverse(self) -> bool:
        """Whether nothing can be painted without an inverse network."""
        return self.method == "feed-forward" or self.start == "network"
