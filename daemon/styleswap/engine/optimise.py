"""The paper's optimisation: the picture whose activations come closest to the swapped ones.

Chen & Schmidt (arXiv 1612.04337), sections 3.2 and 4: I = argmin ‖Φ(I) - H‖² + λ TV(I), by Adam
(Kingma & Ba 2015) with a learning rate of 0.05, clamped to [0, 1] at every step. Here per cell:

    Σ cells ‖Φ(I) - H‖² / P + λ Σ pixels mean over colours of ((∂x I)² + (∂y I)²) / 16

with P the mean of ‖Φ(S)‖² over the style's cells, so that the weights mean the same with every
encoder and at every size; only relu3_1 counts, no colours that are carried beside it. Departure
from the paper: the learning rate is 0.05 times the strength and, pixel by pixel, times the coverage
of the masks, since Adam's steps do not shrink with the gradient: so the picture goes to the content
as these go to 0. A refinement takes shorter steps: it begins near its end, and the paper's would
first undo what the inverse network has painted.

The picture, its gradient and Adam's two moments are held in whole, 48 bytes a pixel; everything
else goes tile by tile. A tile's gradient is that of its own cells' loss, which reaches into the
pixels around it, and the sum over the tiles is the gradient of the whole, but for rounding. Adam's
constant steps make rounding grow, some times with every iteration, until the grain of the picture
is another one: so these tiles are the same whatever the tile limit. They are small enough for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from styleswap.engine.encoder import CELL, LAYERS
from styleswap.engine.errors import WeightsError
from styleswap.engine.one_pass import HALO, Job, Pass, enlarged
from styleswap.engine.swap import Picks
from styleswap.engine.tiles import Span, Tile, spans

LEARNING_RATE = 0.05
"""Adam's, at full strength: the paper's."""

REFINING_RATE = 0.02
"""The same for a refinement: of 0.005 to 0.05 the quickest over the first 20 steps."""

DECAYS = 0.9, 0.999
"""Adam's, of the gradient's mean and of its square's."""

EPSILON = 1e-8
"""Adam's, added to the root of the square's mean."""

SMOOTHNESS_WEIGHT = 100.0
"""λ at a smoothness of 1; it goes with the square of the smoothness."""

KEPT_BYTES = 1 << 28
"""Bytes of swapped activations that are kept between the iterations; others are rebuilt."""

SIDE = 512 // CELL
"""Cells of a side of a tile, whatever the device: some 300 MB for the gradient of VGG-19."""

BAND_VALUES = 1 << 22
"""Values of the picture that Adam moves at once."""

MARGIN = 16
"""Cells around a region that are optimised with it, since their pixels move those inside."""

SEED = 2016
"""Of the noise to start from."""

Seen = Callable[[Tensor, int], None]
"""Told of a picture, (3, 4h, 4w), and how many iterations it has had."""


def check_method(job: Job) -> None:
    """Refuse what needs an inverse network where the model has none.

    Raises:
        WeightsError: with the command that trains one.
    """
    if job.model.inverse is None and job.settings.needs_inverse:
        raise WeightsError(
            f"the model {job.model.name!r} has no inverse network: train one with styleswap train "
            "inverse, or take the method optimise, which can start from the content or from noise"
        )


@dataclass
class Painter:
    """Paints a pass: with the inverse network, or by optimisation where the pass has steps.

    Attributes:
        one: the pass, which was matched.
        picks: its picks.
        seen: told of the optimised picture in its course.
    """

    one: Pass
    picks: Sequence[Picks]
    seen: Seen | None = None
    _held: tuple[tuple[float, bool], Tile, Tensor] | None = field(init=False, default=None)

    def prepare(self, strength: float, *, full: bool = False) -> None:
        """Optimise the goal as it is now; a smaller one can be painted from it."""
        one, key = self.one, (strength, full)
        if one.steps and (self._held is None or self._held[0] != key):
            picture = optimise(one, self.picks, strength, full, self.seen)
            self._held = key, one.goal, picture

    def paint(
        self,
        store: Callable[[Tile, Tensor], None],
        strength: float = 1.0,
        *,
        full: bool = False,
        advance: bool = True,
    ) -> None:
        """As `Pass.paint`. A picture that was optimised for the same strength is taken again.

        Args:
            store: given tiles of the goal and their pixels, (3, h, w).
            strength: 0 to 1.
            full: as in `Pass.paint`.
            advance: whether the network's work counts; that of the optimisation always does.
        """
        one = self.one
        if not one.steps:
            one.paint(self.picks, store, strength, full=full, advance=advance)
            return
        self.prepare(strength, full=full)
        assert self._held is not None
        _, area, picture = self._held
        for tile in one.goal.cut(one.limit):
            rows, columns = tile.rows.pixels(CELL), tile.columns.pixels(CELL)
            rows = rows.shared(Span(0, one.height))
            columns = columns.shared(Span(0, one.width))
            if len(rows) and len(columns):
                store(tile, picture[_place(Tile(rows, columns), area)].cpu())


def optimise(
    one: Pass,
    picks: Sequence[Picks],
    strength: float,
    full: bool = False,
    seen: Seen | None = None,
) -> Tensor:
    """Optimise the goal of a pass.

    Args:
        one: a pass with steps.
        picks: what its goal needs.
        strength: the activations to come close to are blended with the content's.
        full: as in `Pass.paint`.
        seen: told of the picture after each iteration.

    Returns:
        (3, 4h, 4w) in [0, 1], the goal's whole cells, on the model's device.
    """
    amount = one.amount(one.goal.rows, one.goal.columns, strength, full=full)
    moved = enlarged(amount) if isinstance(amount, Tensor) else amount
    picture = _start(one, picks, strength, full, moved)
    one.job.tracker.enter("refining")
    descent = _Descent(one, picks, amount, moved, picture)
    for step in range(1, one.steps + 1):
        descent.step(step)
        if seen is not None:
            seen(picture, step)
    return picture


def _start(
    one: Pass, picks: Sequence[Picks], strength: float, full: bool, moved: float | Tensor
) -> Tensor:
    """What to start from: (3, 4h, 4w) in [0, 1], on the model's device."""
    settings, area = one.job.settings, one.goal
    rows, columns = area.rows.pixels(CELL), area.columns.pixels(CELL)
    if one.painted:
        picture = torch.empty(3, len(rows), len(columns))

        def store(tile: Tile, painted: Tensor) -> None:
            _, height, width = painted.shape
            picture[_pixels(tile, area)][:, :height, :width] = painted

        one.paint(picks, store, strength, full=full, side=SIDE)
        # Beyond the picture its border goes on.
        below, right = one.height - rows.start, one.width - columns.start
        picture[:, below:] = picture[:, below - 1 : below]
        picture[:, :, right:] = picture[:, :, right - 1 : right]
    else:
        picture = one.job.content.read(one.level, rows, columns)[0]
        if settings.start == "noise":
            for own in spans(len(area.rows), 1, area.rows.start):
                inside = own.pixels(CELL).within(rows)
                amount = moved[:, inside] if isinstance(moved, Tensor) else moved
                noise = _noise(own, one.wide)[..., columns.start : columns.stop]
                picture[:, inside] = torch.lerp(picture[:, inside], noise, amount)
    return picture.to(one.job.model.device).contiguous()


def _noise(row: Span, wide: int) -> Tensor:
    """Uniform noise of a row of cells, whatever the tiles and the region: (3, 4, 4 wide)."""
    random = torch.Generator().manual_seed(SEED + row.start)
    return torch.rand(3, CELL, CELL * wide, generator=random)


class _Descent:
    """Adam on the picture of a pass.

    Args:
        one: the pass.
        picks: its picks.
        amount: of the style, (h, w) of the goal's cells or a number.
        moved: the same for the pixels, (1, 4h, 4w) or the number.
        picture: (3, 4h, 4w), moved in place.
    """

    def __init__(
        self,
        one: Pass,
        picks: Sequence[Picks],
        amount: float | Tensor,
        moved: float | Tensor,
        picture: Tensor,
    ) -> None:
        self.one, self.picks, self.amount = one, picks, amount
        self.picture, self.area = picture, one.goal
        self.moved = moved.to(picture.device) if isinstance(moved, Tensor) else moved
        self.rate = LEARNING_RATE if one.job.settings.method == "optimise" else REFINING_RATE
        self.gradient, self.mean, self.square = (torch.zeros_like(picture) for _ in range(3))
        self.power = _power(one)
        weight = SMOOTHNESS_WEIGHT * one.job.settings.smoothness**2
        # Of a difference between two values, as a share of a cell's loss.
        self.smoothing = 2 * weight / (3 * CELL**2)
        self.targets: dict[Tile, Tensor] = {}
        self.room = KEPT_BYTES
        self.bands = spans(picture.shape[1], max(1, BAND_VALUES // (3 * picture.shape[2])))

    def step(self, number: int) -> None:
        """One iteration, the `number`-th counted from 1."""
        tracker = self.one.job.tracker
        self.gradient.zero_()
        for tile in self.area.cut(SIDE):
            if self._part(tile) is not None:
                self._add_loss(tile)
            tracker.advance(step_work(self.one, tile))
        if self.smoothing:
            for band in self.bands:
                tracker.poll()
                self._add_variation(band)
        for band in self.bands:
            tracker.poll()
            self._move(band, number)

    def _add_loss(self, tile: Tile) -> None:
        """Add the gradient of ‖Φ(I) - H‖² / P of a tile's cells."""
        target = self._target(tile)
        outer = Tile(
            tile.rows.around(HALO).shared(self.area.rows),
            tile.columns.around(HALO).shared(self.area.columns),
        )
        place = _pixels(outer, self.area)
        # The engine runs in inference mode; a copy made outside of it can have a gradient.
        with torch.inference_mode(False), torch.enable_grad():
            # Layer by layer, there and back, so that nothing is asked inside of autograd: whoever
            # asks may paint another picture there, and on a device autograd has its own threads.
            steps, x = [], self.picture[place].clone()[None]
            for name in LAYERS:
                self._poll()
                given = x.detach().requires_grad_()
                x = self.one.job.model.encoder.step(name, given)
                steps.append((given, x))
            inner = tile.rows.within(outer.rows), tile.columns.within(outer.columns)
            found = x[0][:, inner[0], inner[1]]
            slope = (found.detach() - target) * (2 / self.power)
            steps[-1] = steps[-1][0], found
            del x, found
            while steps:
                self._poll()
                given, out = steps.pop()
                (slope,) = torch.autograd.grad(out, given, slope)
        self.gradient[place] += slope[0]

    def _poll(self) -> None:
        """As everywhere else: in inference mode."""
        with torch.inference_mode():
            self.one.job.tracker.poll()

    def _target(self, tile: Tile) -> Tensor:
        """H over a tile: (C, h, w)."""
        held = self.targets.get(tile)
        if held is None:
            channels = self.one.job.model.encoder.channels
            part = self._part(tile)
            assert part is not None
            held = self.one.target(self.picks, tile.rows, tile.columns, part)[0][:channels]
            size = held.numel() * held.element_size()
            if size <= self.room:
                self.room -= size
                self.targets[tile] = held = held.clone()
        return held

    def _part(self, tile: Tile) -> float | Tensor | None:
        """The amount over a tile; None where nothing there moves."""
        if not isinstance(self.amount, Tensor):
            return self.amount
        part = self.amount[tile.rows.within(self.area.rows), tile.columns.within(self.area.columns)]
        return part if part.any() else None

    def _add_variation(self, band: Span) -> None:
        """Add the gradient of the total variation between a band's values and the next ones'."""
        values, gradient = self.picture, self.gradient
        here, stop = slice(band.start, band.stop), min(band.stop, values.shape[1] - 1)
        across = (values[:, here, 1:] - values[:, here, :-1]).mul_(self.smoothing)
        gradient[:, here, 1:] += across
        gradient[:, here, :-1] -= across
        above, below = slice(band.start, stop), slice(band.start + 1, stop + 1)
        down = (values[:, below] - values[:, above]).mul_(self.smoothing)
        gradient[:, below] += down
        gradient[:, above] -= down

    def _move(self, band: Span, number: int) -> None:
        """Adam's step, and the clamp."""
        rows = slice(band.start, band.stop)
        gradient = self.gradient[:, rows]
        mean = self.mean[:, rows].lerp_(gradient, 1 - DECAYS[0])
        square = self.square[:, rows]
        square.mul_(DECAYS[1]).addcmul_(gradient, gradient, value=1 - DECAYS[1])
        root = (square / (1 - DECAYS[1] ** number)).sqrt_().add_(EPSILON)
        moved = self.moved[:, rows] if isinstance(self.moved, Tensor) else self.moved
        rate = self.rate / (1 - DECAYS[0] ** number) * moved
        self.picture[:, rows].sub_(mean.div(root).mul_(rate)).clamp_(0, 1)


def _power(one: Pass) -> float:
    """The mean of ‖Φ(S)‖² over the styles' cells, by their weights."""
    channels = one.job.model.encoder.channels
    total = weights = 0.0
    for style, activations in zip(one.job.mixture.styles, one.styles, strict=True):
        squares = [copy[:channels].pow(2).sum(0).mean() for copy in activations.copies]
        total += style.weight * float(torch.stack(squares).mean())
        weights += style.weight
    return total / weights


def step_work(one: Pass, tile: Tile) -> float:
    """Multiply-adds of one iteration over a tile: the encoder there and back."""
    area = (len(tile.rows) + 2 * HALO) * (len(tile.columns) + 2 * HALO)
    return 2 * area * one.job.encoder_work


def work(one: Pass) -> float:
    """Multiply-adds of a pass's optimisation."""
    return one.steps * sum(step_work(one, tile) for tile in one.goal.cut(SIDE))


def _pixels(cells: Tile, area: Tile) -> tuple[slice, slice, slice]:
    """Where cells lie in a picture of the area."""
    return _place(Tile(cells.rows.pixels(CELL), cells.columns.pixels(CELL)), area)


def _place(pixels: Tile, area: Tile) -> tuple[slice, slice, slice]:
    """Where pixels lie in a picture of the area, which is in cells."""
    rows, columns = area.rows.pixels(CELL), area.columns.pixels(CELL)
    return slice(None), pixels.rows.within(rows), pixels.columns.within(columns)
