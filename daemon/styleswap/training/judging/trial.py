"""One way of painting on the grid, in one call: for scripts that try settings or transforms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from styleswap import weights
from styleswap.devices.choice import choose_device, placed
from styleswap.engine import Model, Settings
from styleswap.training.checkpoint import load_encoder
from styleswap.training.judging import pictures
from styleswap.training.judging.grid import GRIDS, Subject, contents_of, styles_of
from styleswap.training.judging.pictures import EnginePainter, Figures, Judge, Painter, Pair


@dataclass(frozen=True)
class Trial:
    """A grid, and what judges what is painted of it.

    Attributes:
        model: that paints.
        judge: with or without the teacher.
        contents: of the grid.
        styles: of the grid.
    """

    model: Model
    judge: Judge
    contents: tuple[Subject, ...]
    styles: tuple[Subject, ...]

    @classmethod
    def on(
        cls,
        grid: str = "small",
        teacher: Path | None = None,
        model: str = "embedded",
        device: str = "auto",
        side: int | None = None,
    ) -> Trial:
        """A trial on one of the fixed grids.

        Args:
            grid: of `GRIDS`.
            teacher: file of VGG-19.
            model: of the registry.
            device: auto, cpu, cuda or mps.
            side: long side of the pictures in pixels; None is the grid's.
        """
        chosen, place = GRIDS[grid], choose_device(device)
        vgg = None if teacher is None else placed(load_encoder(teacher), place)
        return cls(
            weights.load(model, place, None),
            Judge(vgg, place),
            tuple(contents_of(chosen.contents, side or chosen.side)),
            tuple(styles_of(chosen.styles, side or chosen.side, {})),
        )

    def each(self, how: Settings | Painter) -> tuple[Mapping[Pair, Tensor], dict[Pair, Figures]]:
        """The pictures, (1, 3, H, W) in [0, 1], and the figures of each."""
        painter = EnginePainter(self.model, how) if isinstance(how, Settings) else how
        painted = pictures.paint_grid(painter, self.contents, self.styles)
        return painted, pictures.judge_grid(
            self.judge, painted, self.contents, self.styles, painter
        )

    def figures(self, how: Settings | Painter) -> dict[str, float | None]:
        """The means over the grid.

        Args:
            how: settings of the engine, or any painter: content and style to (1, 3, H, W) in
                [0, 1]. Of a painter there is no coverage.
        """
        _, found = self.each(how)
        return asdict(pictures.mean(list(found.values())))
