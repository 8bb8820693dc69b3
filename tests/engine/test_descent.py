"""The pyramid that an optimisation moves, against autograd and torch's own Adam."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, stylize
from styleswap.engine.painting.descent import descent_of
from styleswap.engine.painting.descent.pyramid import RATES, enlarged, gathered

from .conftest import Picture
from .levels import pixels

SIZES = [(32, 48), (36, 44), (4, 100), (20, 20)]


def bilinear(level: Tensor, height: int, width: int) -> Tensor:
    """U: twice the size, and cut."""
    large = F.interpolate(level[None], scale_factor=2.0, mode="bilinear")[0]
    return large[:, :height, :width]


@pytest.mark.parametrize("size", [*SIZES, (5, 9), (1, 1)])
def test_levels_are_enlarged_bilinearly_and_gathered_by_the_adjoint(size: tuple[int, int]) -> None:
    height, width = size
    level = torch.randn(3, -(-height // 2), -(-width // 2), dtype=torch.float64)
    large = enlarged(level, height, width)
    torch.testing.assert_close(large, bilinear(level, height, width))
    other = torch.randn_like(large)
    assert float((large * other).sum()) == pytest.approx(float((level * gathered(other)).sum()))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_adam_on_the_coefficients(size: tuple[int, int], masked: bool) -> None:
    """Of a loss with a gradient of its own at every pixel, which the picture changes."""
    random = torch.Generator().manual_seed(1)
    start, wanted, curve = (torch.rand(3, *size, generator=random).double() for _ in range(3))
    start, wanted = 0.4 + 0.2 * start, 0.4 + 0.2 * wanted
    moved: Tensor | float = torch.rand(1, *size, generator=random).double() if masked else 0.7

    def loss(picture: Tensor) -> Tensor:
        return (curve * (picture - wanted).pow(2)).sum() + (picture.diff(dim=2).pow(2)).sum()

    shapes = [size]
    while len(shapes) < len(RATES):
        shapes.append((-(-shapes[-1][0] // 2), -(-shapes[-1][1] // 2)))
    levels = [torch.zeros(3, *shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    # Adam's steps know no scale: where the number is not of each pixel, it is the rate's.
    adam = torch.optim.Adam(
        [
            {"params": [level], "lr": 0.01 * share * (1 if masked else 0.7)}
            for level, share in zip(levels, RATES, strict=True)
        ]
    )

    def composed() -> Tensor:
        total = levels[-1]
        for level in levels[-2::-1]:
            total = level + bilinear(total, level.shape[1], level.shape[2])
        return start + (moved if masked else 1.0) * total

    picture = start.clone()
    descent = descent_of("pyramid", picture, moved, 0.01, lambda: None)
    for number in range(1, 9):
        given = picture.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(given), given)
        descent.move(gradient, number)
        adam.zero_grad()
        loss(composed()).backward()
        adam.step()
        torch.testing.assert_close(picture, composed().detach(), rtol=0, atol=1e-6)
    assert float((picture - start).abs().max()) > 0.01


def test_it_stays_between_0_and_1() -> None:
    picture = torch.full((3, 16, 16), 0.5)
    descent = descent_of("pyramid", picture, 1.0, 0.3, lambda: None)
    for number in range(1, 6):
        descent.move(torch.full_like(picture, -1.0), number)
    assert float(picture.min()) == float(picture.max()) == 1.0


def grain(values: Tensor) -> float:
    """The mean square of neighbours' differences."""
    return float(values.diff(dim=0).pow(2).mean() + values.diff(dim=1).pow(2).mean()) / 2


@pytest.mark.parametrize("settings", [{"refine": 20}, {"method": "optimise", "iterations": 20}])
def test_the_pyramid_leaves_less_grain(
    model: Model, picture: Picture, settings: dict[str, object]
) -> None:
    content, style = pixels(picture(64, 80, 2)), pixels(F.avg_pool2d(picture(256, 256, 7), 2))
    start = stylize(content, style, Settings(scales=1), model).values
    found = {
        descent: stylize(
            content, style, Settings(scales=1, descent=descent, **settings), model
        ).values
        for descent in ("pixels", "pyramid")
    }
    assert float((found["pyramid"] - start).abs().mean()) > 0.02
    assert grain(found["pyramid"]) < 0.8 * grain(found["pixels"])


def test_a_region_is_that_part_of_the_picture(model: Model, picture: Picture) -> None:
    """Its levels begin where those of the whole do."""
    content, style = pixels(picture(160, 232, 2)), pixels(picture(128, 128, 77))
    x, y, width, height = region = (101, 77, 30, 25)
    settings = Settings(scales=1, refine=8, descent="pyramid")
    whole = stylize(content, style, settings, model).values[y : y + height, x : x + width]
    part = stylize(content, style, settings, model, region=region).values
    assert float((part - whole).abs().mean()) < 2 / 255


def test_strength_scales_its_steps(model: Model, picture: Picture) -> None:
    content = pixels(picture(40, 52, 2))
    style = Raster(pixels(picture(64, 64, 7)).values)
    changes = []
    for strength in (0.0, 1e-3, 1.0):
        settings = Settings(
            method="optimise", iterations=3, strength=strength, descent="pyramid", scales=1
        )
        given = stylize(content, style, settings, model).values
        changes.append(float((given - content.values).abs().max()))
    assert changes[0] == 0 < changes[1] < 1e-3 * 3 * 0.05 * sum(RATES) * 1.01 < changes[2]
