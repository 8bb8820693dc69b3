"""What an optimisation gains and what grain it leaves: by pixels and by a pyramid, step by step.

Run as ``.venv/bin/python -m benchmarks.grain``; minutes. The loss is the paper's without total
variation, ‖Φ(I) - H‖² over P a cell (1 is as far as black); grain the mean square of neighbouring
pixels' differences, over the style's own at the size that it is used in.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from benchmarks.measure import table
from styleswap import weights
from styleswap.engine import Model, Raster, Settings, stylize
from styleswap.engine.features.planes import RELU3_1
from styleswap.engine.levels.context import Context
from styleswap.engine.painting.plan import Planner
from styleswap.engine.pictures.raster import Source
from styleswap.engine.progress import Tracker
from styleswap.engine.styles.mixture import Styled, mix
from styleswap.engine.styles.style import StyleEncoder, style_picture
from styleswap.engine.transforms import transform_of
from styleswap.gallery import styles
from styleswap.training.judging.grid import sample
from styleswap.training.judging.sheet import Labelled, labelled_sheet

PAIRS = ("astronaut", "woodcut"), ("chelsea", "watercolour"), ("coffee", "windswept")
SIDE = 256
WAYS: dict[str, dict[str, object]] = {
    "network": {},
    "refine 20": {"refine": 20},
    "refine 100": {"refine": 100},
    "optimise 100": {"method": "optimise", "iterations": 100},
}


class Pair:
    """One content in one style, what is wanted of it, and what a picture has of that.

    Args:
        content: name of a sample photo.
        style: name in the gallery.
        model: what paints and measures.
    """

    def __init__(self, content: str, style: str, model: Model) -> None:
        self.model = model
        self.content = Raster(sample(content, SIDE)[0].permute(1, 2, 0).contiguous())
        (path,) = (s.path for s in styles() if s.id == f"builtin/{style}")
        with Image.open(path) as picture:
            values = torch.frombuffer(
                bytearray(picture.convert("RGB").tobytes()), dtype=torch.uint8
            )
            self.style = Raster(values.view(picture.height, picture.width, 3))
        settings, size = Settings(scales=1), (self.content.height, self.content.width)
        mixture = mix([Styled(self.style)], size)
        tracker = Tracker(1.0)
        context = Context(Source(self.content, "content"), mixture, settings, model, tracker)
        transform = transform_of(settings)
        encoder = StyleEncoder(model, settings, transform.measured, tracker, None)
        with torch.inference_mode():
            (part,) = Planner(context, transform, encoder).plan(None, False, None).passes
            target = part.target(None)
            self.wanted = target.mixed(part.level.whole)[RELU3_1]
            power = target.styles[0].copies[0][RELU3_1].pow(2).sum(0).mean()
            self.power = float(power)
            self.grain = grain(style_picture(mixture.styles[0].source, part.style_sizes[0])[0])

    def painted(self, **changed: object) -> Tensor:
        """The picture of some settings: (3, H, W)."""
        settings = Settings(scales=1, **changed)  # type: ignore[arg-type]
        return stylize(self.content, self.style, settings, self.model).values.permute(2, 0, 1)

    def loss(self, picture: Tensor) -> float:
        """How far a picture's activations are from the wanted ones."""
        height, width = (4 * side for side in self.wanted.shape[1:])
        beyond = (0, width - picture.shape[2], 0, height - picture.shape[1])
        with torch.inference_mode():
            found = self.model.encoder(F.pad(picture[None], beyond, mode="replicate"))[0]
        return float((found - self.wanted).pow(2).sum(0).mean()) / self.power


def grain(picture: Tensor) -> float:
    """The mean square of neighbours' differences."""
    return float(picture.diff(dim=1).pow(2).mean() + picture.diff(dim=2).pow(2).mean())


def run(sheet: Path | None) -> str:
    """Paint and measure all; returns the table."""
    model = weights.load("embedded", torch.device("cpu"))
    rows: list[tuple[str, dict[str, float]]] = []
    pictures = []
    for names in PAIRS:
        pair, shown = Pair(*names, model), []
        for way, settings in WAYS.items():
            for descent in ("pixels", "pyramid") if settings else ("",):
                made = pair.painted(**settings, **({"descent": descent} if descent else {}))
                figures = {"loss": pair.loss(made), "grain": grain(made) / pair.grain}
                rows.append((f"{' in '.join(names)}, {way} {descent}".strip(), figures))
                values = (made.permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
                shown.append(Labelled(f"{way} {descent}", Image.fromarray(values)))
        pictures.append(shown)
    if sheet is not None:
        labelled_sheet(pictures).save(sheet)
    return table("Grain of what is optimised", rows, [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheet", type=Path, help="also draw the pictures")
    sys.stdout.write(run(parser.parse_args().sheet) + "\n")
