"""The paper's optimisation: the picture whose activations come closest to the swapped ones.

Chen & Schmidt (arXiv 1612.04337), sections 3.2 and 4: I = argmin ‖Φ(I) - H‖² + λ TV(I), by Adam
(Kingma & Ba 2015) with a learning rate of 0.05, clamped to [0, 1] at every step. Here per cell:

    Σ cells ‖Φ(I) - H‖² / P + λ Σ pixels mean over colours of ((∂x I)² + (∂y I)²) / 16

or with another first term, of `objectives`. Departure from the paper: the learning rate is 0.05
times the strength and, pixel by pixel, times the coverage of the masks, since Adam's steps do not
shrink with the gradient: so the picture goes to the content as these go to 0. A refinement takes
shorter steps: it begins near its end, and the paper's would first undo what the inverse network has
painted.

The picture, its gradient and Adam's two moments are held in whole, 48 bytes a pixel (of a pyramid
56, and octaves add a third of the first two); everything else goes tile by tile (`slopes`). Adam's
constant steps make rounding grow, some times with every iteration, until the grain of the picture
is another one: so these tiles are the same whatever the tile limit. They are small enough for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from styleswap.engine.features.planes import RELU3_1, Features
from styleswap.engine.networks.encoder import HALO
from styleswap.engine.objectives import Aim, effort, terms_of
from styleswap.engine.objectives.variation import Variation
from styleswap.engine.painting.decode import Decoder
from styleswap.engine.painting.descent import descent_of
from styleswap.engine.painting.painter import Store
from styleswap.engine.painting.passes import Pass
from styleswap.engine.painting.similar import similar
from styleswap.engine.painting.slopes import SIDE, Slopes, place
from styleswap.engine.painting.target import Amount, Target, enlarged
from styleswap.engine.tiles import CELL, Span, Tile, spans

LEARNING_RATE = 0.05
"""Adam's, at full strength: the paper's."""

REFINING_RATE = 0.02
"""The same for a refinement: of 0.005 to 0.05 the quickest over the first 20 steps."""

BAND_VALUES = 1 << 22
"""Values of the picture whose variation is added at once."""

MARGIN = 16
"""Cells around a region that are optimised with it, since their pixels move those inside."""

ALIGNED = 4
"""Cells that a region begins and ends at a multiple of where it has coarser levels: 16 px."""

SEED = 2016
"""Of the noise to start from."""

Seen = Callable[[Tensor, int], None]
"""Told of a picture, (3, 4h, 4w), and how many iterations it has had."""


@dataclass
class Optimiser:
    """Paints a pass by optimisation.

    Attributes:
        part: the pass.
        target: its features.
        seen: told of the picture in its course.
    """

    part: Pass
    target: Target
    seen: Seen | None = None
    _done: tuple[tuple[float, bool], Tile, Tensor] | None = field(init=False, default=None)

    def prepare(self, strength: float, *, full: bool = False) -> None:
        """Optimise the goal as it is now; a smaller one can be painted from it."""
        key = strength, full
        if self._done is None or self._done[0] != key:
            picture = optimise(self.part, self.target, strength, full, self.seen)
            self._done = key, self.part.goal, picture

    def paint(
        self, store: Store, strength: float = 1.0, *, full: bool = False, advance: bool = True
    ) -> None:
        """As of every painter. A picture that was optimised for the same strength is taken again;
        the work of an optimisation always counts.
        """
        self.prepare(strength, full=full)
        assert self._done is not None
        _, area, picture = self._done
        level = self.part.level
        for tile in self.part.goal.cut(level.limit):
            shown = level.shown(tile)
            if len(shown.rows) and len(shown.columns):
                store(tile, picture[(..., *shown.within(area.pixels(CELL)))].cpu())


def optimise(
    part: Pass, target: Target, strength: float, full: bool = False, seen: Seen | None = None
) -> Tensor:
    """Optimise the goal of a pass.

    Args:
        part: a pass with steps.
        target: its features, as far as the goal needs them.
        strength: the features to come close to are blended with the content's.
        full: as in `Target.amount`.
        seen: told of the picture after each iteration.

    Returns:
        (3, 4h, 4w) in [0, 1], the goal's whole cells, on the model's device.
    """
    amount = target.amount(part.goal, strength, full=full)
    moved = enlarged(amount) if isinstance(amount, Tensor) else amount
    picture = _start(part, target, strength, full, moved)
    part.level.context.tracker.enter("refining")
    course = _Course(part, target, amount, moved, picture)
    for step in range(1, part.steps + 1):
        course.step(step)
        if seen is not None:
            seen(picture, step)
    return picture


def _start(part: Pass, target: Target, strength: float, full: bool, moved: Amount) -> Tensor:
    """What to start from: (3, 4h, 4w) in [0, 1], on the model's device."""
    level, area = part.level, part.goal
    pixels = area.pixels(CELL)
    rows, columns = pixels.rows, pixels.columns
    if part.painted:
        picture = torch.empty(3, len(rows), len(columns))

        def store(tile: Tile, painted: Tensor) -> None:
            _, height, width = painted.shape
            picture[place(tile, area)][:, :height, :width] = painted

        Decoder(part, target).paint(store, strength, full=full, side=SIDE)
        # Beyond the picture its border goes on.
        below, right = level.height - rows.start, level.width - columns.start
        picture[:, below:] = picture[:, below - 1 : below]
        picture[:, :, right:] = picture[:, :, right - 1 : right]
    else:
        picture = level.pixels(pixels)[0]
        if level.context.settings.start == "noise":
            for own in spans(len(area.rows), 1, area.rows.start):
                inside = own.pixels(CELL).within(rows)
                amount = moved[:, inside] if isinstance(moved, Tensor) else moved
                noise = _noise(own, len(level.whole.columns))[..., columns.start : columns.stop]
                picture[:, inside] = torch.lerp(picture[:, inside], noise, amount)
    return picture.to(level.context.model.device).contiguous()


def _noise(row: Span, wide: int) -> Tensor:
    """Uniform noise of a row of cells, whatever the tiles and the region: (3, 4, 4 wide)."""
    random = torch.Generator().manual_seed(SEED + row.start)
    return torch.rand(3, CELL, CELL * wide, generator=random)


class _Course:
    """The steps of a pass's picture, down its objective and the total variation.

    Args:
        part: the pass.
        target: its features.
        amount: of the style, (h, w) of the goal's cells or a number.
        moved: the same for the pixels, (1, 4h, 4w) or the number.
        picture: (3, 4h, 4w), moved in place.
    """

    def __init__(
        self, part: Pass, target: Target, amount: Amount, moved: Amount, picture: Tensor
    ) -> None:
        self.part, self.target, self.amount = part, target, amount
        self.context = part.level.context
        self.picture, self.area = picture, part.goal
        settings, tracker = self.context.settings, self.context.tracker
        rate = LEARNING_RATE if settings.method == "optimise" else REFINING_RATE
        moved = moved.to(picture.device) if isinstance(moved, Tensor) else moved
        self.descent = descent_of(settings.descent, picture, moved, rate, tracker.poll)
        self.gradient = torch.zeros_like(picture)
        aim = Aim(
            part.level,
            part.goal,
            target.styles,
            self._wanted,
            self._blended,
            target.pictures,
            partial(similar, poll=tracker.poll),
        )
        self.slopes = Slopes(
            self.context.model.encoder, terms_of(aim), part.goal, self._moving, tracker.poll
        )
        self.variation = Variation(settings.smoothness)
        self.bands = spans(picture.shape[1], max(1, BAND_VALUES // (3 * picture.shape[2])))

    def step(self, number: int) -> None:
        """One iteration, the `number`-th counted from 1."""
        tracker = self.context.tracker
        self.gradient.zero_()
        self.slopes.add(self.picture, self.gradient, number, self._done)
        for band in self.bands if self.variation.weight else ():
            tracker.poll()
            self.variation.add(self.picture, self.gradient, band)
        self.descent.move(self.gradient, number)

    def _done(self, tile: Tile, octave: int) -> None:
        """Tell of a tile: those of the picture itself stand for all."""
        if octave == 0:
            self.context.tracker.advance(step_work(self.part, tile))

    def _wanted(self, tile: Tile) -> Features:
        """H over a tile, blended with the content's features."""
        amount = self._amount_of(tile)
        assert amount is not None
        return self.target.blended(tile, amount)[0]

    def _blended(self, tile: Tile, activations: Tensor) -> Tensor:
        """Activations over a tile, blended with the content's."""
        amount = self._amount_of(tile)
        if isinstance(amount, float | int) and amount == 1:
            return activations
        assert amount is not None
        amount = amount.to(activations.device) if isinstance(amount, Tensor) else amount
        return torch.lerp(self.part.level.content(tile)[RELU3_1], activations, amount)

    def _moving(self, tile: Tile) -> bool:
        return self._amount_of(tile) is not None

    def _amount_of(self, tile: Tile) -> Amount | None:
        """The amount over a tile; None where nothing there moves."""
        if not isinstance(self.amount, Tensor):
            return self.amount
        amount = self.amount[tile.within(self.area)]
        return amount if amount.any() else None


def step_work(part: Pass, tile: Tile) -> float:
    """Multiply-adds of one iteration over a tile: the encoder there and back, in all octaves."""
    area = (len(tile.rows) + 2 * HALO) * (len(tile.columns) + 2 * HALO)
    context = part.level.context
    return 2 * area * context.model.encoder.work * effort(context.settings)


def work(part: Pass) -> float:
    """Multiply-adds of a pass's optimisation."""
    return part.steps * sum(step_work(part, tile) for tile in part.goal.cut(SIDE))
