"""Gatys' term: the picture's Gram matrices come close to the style's, at several sizes.

Gatys, Ecker & Bethge (2016), equations 3 to 5: ‖G - A‖² of layers, G = F Fᵀ over all places. Theirs
are relu1_1 to relu5_1; here relu1_1, relu2_1 and relu3_1 of the picture in octaves (as it is,
halved, halved again) stand for the deeper ones. Of M places with weights w, whose sum is W:

    G = Σ w f fᵀ / W        N Σ styles a Σ octaves, layers ‖G - A‖² / ‖A‖² / their number

N is the number of cells, so that the term is in units of the paper's (`activations`). A style's w
is its share times the coverage of the masks, and a its part of all w: a style under a mask has the
Grams of what lies under its mask.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from styleswap.engine.errors import InvalidPicture
from styleswap.engine.levels.context import Context
from styleswap.engine.networks.encoder import CELL_SIDES, HALO
from styleswap.engine.objectives.objective import Aim, Term
from styleswap.engine.pictures.octaves import octaves
from styleswap.engine.settings import Settings
from styleswap.engine.tiles import CELL, Tile, rectangle

WHOLE = True
"""A part's Gram is not the whole's."""

LAYERS = ("conv1_1", "conv2_1", "conv3_1")

LEAST_SQUARE = 1e-8
"""Of ‖A‖²: a layer that a style leaves dark divides by nothing."""

STYLE_SIDE = 128
"""Cells of a side of a style that are encoded at once."""

LEAST_COVERED = 64
"""Cells that a mask covers at least, some 32x32 px: fewer have no statistics worth the name."""

Grams = Mapping[str, Tensor]
"""(C, C) float64 on the CPU, by the layers' names."""


class Gram:
    """The part of one octave.

    Args:
        aim: the painting.
        octave: halvings of the picture.
        wanted: A of each style in this octave.
        share: of the term, of each layer.
    """

    layers = LAYERS
    around = 0

    def __init__(self, aim: Aim, octave: int, wanted: Sequence[Grams], share: float) -> None:
        self.aim, self.octave, self.wanted = aim, octave, wanted
        self.share = share * len(aim.area.rows) * len(aim.area.columns)
        self._sums: list[dict[str, Tensor]] = []
        self._weights: list[float] = []

    def begin(self, number: int) -> bool:
        """Before each iteration."""
        self._sums = [{} for _ in self.wanted]
        self._weights = [0.0 for _ in self.wanted]
        return True

    def gather(self, cells: Tile, outer: Tile, found: Mapping[str, Tensor]) -> None:
        """Add Σ w f fᵀ over some cells."""
        for i, weight in enumerate(self._weights_of(cells)):
            self._weights[i] += float(weight.sum(dtype=torch.float32))
            for layer in self.layers:
                product = _product(found[layer], weight, layer)
                before = self._sums[i].get(layer)
                self._sums[i][layer] = product if before is None else before + product

    def slope(self, cells: Tile, found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """4 N a w (G - A) f / (W ‖A‖²), over the number of octaves and layers."""
        weights, whole = self._weights_of(cells), sum(self._weights)
        slopes = {}
        for layer in self.layers:
            features = found[layer]
            total = torch.zeros_like(features)
            for i, weight in enumerate(weights):
                if not self._weights[i]:
                    continue
                # a / W is 1 / all weights; a cell has several places in the first layers.
                factor = 4 * self.share / (whole * CELL_SIDES[layer] ** 2)
                apart = self.gram(i, layer) - self.wanted[i][layer]
                apart = apart * (factor / self._square(i, layer))
                moved = (apart.to(features) @ features.flatten(1)).view_as(features)
                total += moved * _spread(weight, layer).to(features)
            slopes[layer] = total
        return slopes

    def gram(self, style: int, layer: str) -> Tensor:
        """G of the picture as a style sees it: (C, C) float64."""
        return self._sums[style][layer] / (self._weights[style] * CELL_SIDES[layer] ** 2)

    @property
    def loss(self) -> float:
        """This octave's part of the term, as last gathered."""
        whole, total = sum(self._weights), 0.0
        for i, weight in enumerate(self._weights):
            for layer in self.layers if weight else ():
                apart = (self.gram(i, layer) - self.wanted[i][layer]).pow(2).sum()
                total += weight / whole * float(apart) / self._square(i, layer)
        return self.share * total

    def _square(self, style: int, layer: str) -> float:
        return max(float(self.wanted[style][layer].pow(2).sum()), LEAST_SQUARE)

    def _weights_of(self, cells: Tile) -> list[Tensor]:
        """The weights of cells, for each style: (h, w) on the CPU."""
        mixture, halvings = self.aim.level.context.mixture, self.aim.level.halvings + self.octave
        coverage = mixture.cells(halvings, cells)
        if coverage is None:
            coverage = torch.ones(len(cells.rows), len(cells.columns))
        return [coverage * share for share in mixture.shares(halvings, cells)]


def _spread(weight: Tensor, layer: str) -> Tensor:
    """Weights of cells, (h, w), for the places of a layer."""
    side = CELL_SIDES[layer]
    return weight.repeat_interleave(side, 0).repeat_interleave(side, 1)


def _product(features: Tensor, weight: Tensor, layer: str) -> Tensor:
    """Σ w f fᵀ: (C, C) float64 on the CPU, which alone has it everywhere."""
    flat = features.flatten(1)
    weighted = flat * _spread(weight, layer).to(features).flatten()
    return (weighted @ flat.T).cpu().double()


def style_grams(aim: Aim, style: int, count: int) -> list[Grams]:
    """A of a style, over all its copies, in as many octaves."""
    model, poll = aim.level.context.model, aim.level.context.tracker.poll
    sums: list[dict[str, Tensor]] = [{} for _ in range(count)]
    places = [0] * count
    for picture in aim.pictures(style):
        for octave, reduced in enumerate(octaves(picture[0].to(model.device), count)):
            cells = rectangle(reduced.shape[1] // CELL, reduced.shape[2] // CELL)
            places[octave] += len(cells.rows) * len(cells.columns)
            for tile in cells.cut(STYLE_SIDE):
                outer = tile.around(HALO).shared(cells)
                part = reduced[(slice(None), *outer.pixels(CELL).place)][None]
                found = model.encoder.levels(part, poll, LAYERS)
                one = torch.ones(len(tile.rows), len(tile.columns))
                for layer in LAYERS:
                    side = CELL_SIDES[layer]
                    inside = tile.pixels(side).within(outer.pixels(side))
                    product = _product(found[layer][0][(slice(None), *inside)], one, layer)
                    before = sums[octave].get(layer)
                    sums[octave][layer] = product if before is None else before + product
    return [
        {layer: total / (place * CELL_SIDES[layer] ** 2) for layer, total in grams.items()}
        for grams, place in zip(sums, places, strict=True)
    ]


def objective(aim: Aim) -> list[Term]:
    """A term for each octave."""
    count = aim.level.context.settings.octaves
    styles = [style_grams(aim, style, count) for style in range(len(aim.styles))]
    share = 1 / (count * len(LAYERS))
    return [
        Term(Gram(aim, octave, [grams[octave] for grams in styles], share), octave)
        for octave in range(count)
    ]


def check(context: Context) -> None:
    """Refuse a mask under which there is next to nothing.

    Raises:
        InvalidPicture: with how much it would have to cover.
    """
    height, width = context.content.size(0)
    for style in context.mixture.styles:
        if style.mask is None or not style.mask.mean:
            continue
        covered = style.mask.mean * height * width / CELL**2
        if covered < LEAST_COVERED:
            raise InvalidPicture(
                f"the mask of the {style.name} covers {covered * CELL**2:.0f} px: the objective "
                f"gram needs {LEAST_COVERED * CELL**2}, such as 32x32, for its statistics; take "
                "a larger mask, or another objective"
            )


def effort(settings: Settings) -> float:
    """Of all octaves, there and back and once more there."""
    return 1.5 * sum(0.25**octave for octave in range(settings.octaves))
