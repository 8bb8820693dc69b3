"""The gradient of an objective's terms by the picture, tile by tile, in each octave.

A tile's gradient is that of its own cells' part, which reaches into the pixels around it; the sum
over the tiles is the gradient of the whole, but for rounding. Terms that look at the whole picture
first have a sweep of their own before. An octave is the picture halved some times; what its tiles
give goes back to the picture by the adjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from styleswap.engine.networks.encoder import CELL_SIDES, HALO, LAYERS, Encoder
from styleswap.engine.objectives import Gathering, Objective, Term
from styleswap.engine.pictures.octaves import add_back, half_side, octaves
from styleswap.engine.tiles import CELL, Span, Tile

SIDE = 512 // CELL
"""Cells of a side of a tile, whatever the device: some 300 MB for the gradient of VGG-19."""


class Slopes:
    """Adds up gradients.

    Args:
        encoder: Φ.
        terms: of the objective, at least one.
        area: the picture's cells.
        moving: whether anything moves in some cells of the picture.
        poll: called between layers; raises to stop.
    """

    def __init__(
        self,
        encoder: Encoder,
        terms: Sequence[Term],
        area: Tile,
        moving: Callable[[Tile], bool],
        poll: Callable[[], None],
    ) -> None:
        self.encoder, self.area, self.moving, self.poll = encoder, area, moving, poll
        self.octaves = [
            _Octave([t.objective for t in terms if t.octave == octave], octave, cells)
            for octave, cells in enumerate(_areas(area, 1 + max(t.octave for t in terms)))
        ]

    def add(
        self,
        picture: Tensor,
        gradient: Tensor,
        number: int,
        done: Callable[[Tile, int], None] = lambda tile, octave: None,
    ) -> None:
        """Add the gradient of all terms.

        Args:
            picture: (3, 4h, 4w), the area's.
            gradient: the same shape, added to in place.
            number: of the iteration, from 1.
            done: told of each tile and its octave.
        """
        pictures = octaves(picture, len(self.octaves))
        for octave, reduced in zip(self.octaves, pictures, strict=True):
            self._gather(octave, reduced, number)
        gradients = [gradient, *map(torch.zeros_like, pictures[1:])]
        for octave, reduced, own in zip(self.octaves, pictures, gradients, strict=True):
            for tile in octave.area.cut(SIDE) if octave.terms else ():
                if self.moving(octave.of_picture(tile, self.area)):
                    self._add_slopes(octave, tile, reduced, own)
                done(tile, octave.number)
        for half, whole in zip(gradients[:0:-1], gradients[-2::-1], strict=True):
            add_back(half, whole)

    def _gather(self, octave: _Octave, picture: Tensor, number: int) -> None:
        """Let terms look at the whole octave."""
        looking = [t for t in octave.terms if isinstance(t, Gathering) and t.begin(number)]
        if not looking:
            return
        layers = {layer for term in looking for layer in term.layers}
        around = max(term.around for term in looking)
        for tile in octave.area.cut(SIDE):
            if not self.moving(octave.of_picture(tile, self.area)):
                continue
            wide = tile.around(around).shared(octave.area)
            read = wide.around(HALO).shared(octave.area)
            found = self.encoder.levels(picture[place(read, octave.area)][None], self.poll, layers)
            for term in looking:
                outer = tile.around(term.around).shared(octave.area)
                own = {
                    layer: found[layer][0][place(outer, read, CELL_SIDES[layer])]
                    for layer in term.layers
                }
                term.gather(tile, outer, own)

    def _add_slopes(self, octave: _Octave, tile: Tile, picture: Tensor, gradient: Tensor) -> None:
        """Add the gradient of an octave's terms over a tile's cells."""
        outer = tile.around(HALO).shared(octave.area)
        where = place(outer, octave.area)
        # The engine runs in inference mode; a copy made outside of it can have a gradient.
        with torch.inference_mode(False), torch.enable_grad():
            # Layer by layer, there and back, so that nothing is asked inside of autograd: whoever
            # asks may paint another picture there, and on a device autograd has its own threads.
            steps, x, found = [], picture[where].clone()[None], {}
            for name in octave.layers:
                self._poll()
                given = x.detach().requires_grad_()
                x = self.encoder.step(name, given)
                steps.append((name, given, x))
                found[name] = x[0].detach()[place(tile, outer, CELL_SIDES[name])]
            slopes = octave.slope(tile, found)
            slope: Tensor | None = None
            del x, found
            while steps:
                self._poll()
                name, given, out = steps.pop()
                if name in slopes:
                    own = out.new_zeros(out.shape)
                    own[0][place(tile, outer, CELL_SIDES[name])] = slopes[name]
                    slope = own if slope is None else slope + own
                (slope,) = torch.autograd.grad(out, given, slope)
        assert slope is not None
        gradient[where] += slope[0]

    def _poll(self) -> None:
        """As everywhere else: in inference mode."""
        with torch.inference_mode():
            self.poll()


class _Octave:
    """The terms of a size.

    Attributes:
        area: the cells of the picture at that size.
        layers: the convolutions up to the last that any term reads.
    """

    def __init__(self, terms: Sequence[Objective], number: int, area: Tile) -> None:
        self.terms, self.number, self.area = terms, number, area
        read = [LAYERS.index(layer) for term in terms for layer in term.layers]
        self.layers = LAYERS[: 1 + max(read)] if read else ()

    def slope(self, cells: Tile, found: dict[str, Tensor]) -> dict[str, Tensor]:
        """The sum of all terms'."""
        total: dict[str, Tensor] = {}
        for term in self.terms:
            for layer, own in term.slope(cells, found).items():
                total[layer] = total[layer] + own if layer in total else own
        return total

    def of_picture(self, cells: Tile, area: Tile) -> Tile:
        """The cells of the picture itself that some of these are made of."""
        return cells.pixels(1 << self.number).shared(area)


def place(cells: Tile, outer: Tile, side: int = CELL) -> tuple[slice, slice, slice]:
    """Where cells lie in planes of a larger tile that have so many values on a cell's side."""
    return slice(None), *cells.pixels(side).within(outer.pixels(side))


def _areas(area: Tile, count: int) -> list[Tile]:
    """A picture's cells in as many octaves."""
    areas = [area]
    while len(areas) < count:
        areas.append(Tile(_half(areas[-1].rows), _half(areas[-1].columns)))
    return areas


def _half(span: Span) -> Span:
    start = span.start // 2
    return Span(start, start + half_side(CELL * len(span)) // CELL)
