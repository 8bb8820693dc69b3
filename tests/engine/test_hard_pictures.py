"""Pictures that say little, with all that looks at whole pictures: nothing breaks, none is NaN.

Values out of their range are refused by the table, for all controls alike (`test_requests`).
"""

from typing import Any

import pytest
import torch
from torch import Tensor

from styleswap import weights
from styleswap.engine import Model, Raster, Settings, Styled, stylize

from .conftest import Picture
from .levels import PLAIN, pixels

ALL = {**PLAIN, "variety": 1.0, "style_statistics": 1.0, "detail": 1.0, "tones": "own"}
SIZE = (48, 64)


@pytest.fixture(scope="module")
def trained() -> Model:
    """The network that comes with the program."""
    return weights.load("embedded", torch.device("cpu"))


def flat(*colour: float) -> Tensor:
    """One colour."""
    return torch.tensor(colour, dtype=torch.float32).view(3, 1, 1).expand(3, *SIZE).contiguous()


def hard_pictures(picture: Picture) -> dict[str, Tensor]:
    """Each by a name."""
    ramp = torch.linspace(0, 1, SIZE[1]).expand(3, *SIZE)
    return {
        "black": flat(0, 0, 0),
        "white": flat(1, 1, 1),
        "one colour": flat(0.9, 0.1, 0.3),
        "gradient": ramp.contiguous(),
        "gray": picture(*SIZE, 3, 1).expand(3, *SIZE).contiguous(),
        "picture": picture(*SIZE, 5),
    }


def painted(content: Tensor, style: Any, model: Model, **changed: Any) -> Tensor:
    """With all controls; what comes is within the range."""
    values = stylize(pixels(content), style, Settings(**{**ALL, **changed}), model).values
    assert values.shape == (*content.shape[1:], 3)
    assert bool(values.isfinite().all())
    assert 0 <= float(values.min()) <= float(values.max()) <= 1
    return values


NAMES = ["black", "white", "one colour", "gradient", "gray", "picture"]


@pytest.mark.parametrize("style", NAMES)
@pytest.mark.parametrize("content", NAMES)
def test_pictures_of_next_to_nothing_are_painted(
    model: Model, picture: Picture, content: str, style: str
) -> None:
    made = hard_pictures(picture)
    amounts = {"tone": 1.0, "hue": 1.0} if NAMES.index(content) % 2 else {}
    painted(made[content], pixels(made[style]), model, **amounts)


@pytest.mark.parametrize("content", ["black", "white", "picture"])
@pytest.mark.parametrize("colour", [(0.9, 0.1, 0.3), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)])
def test_a_style_of_one_colour_paints_in_that_colour(
    trained: Model, picture: Picture, content: str, colour: tuple[float, float, float]
) -> None:
    made = hard_pictures(picture)[content]
    values = painted(made, pixels(flat(*colour)), trained)
    if content == "picture":  # which can be read all the same
        ours, theirs = values.mean(2), made.mean(0)
        alike = torch.corrcoef(torch.stack([ours.flatten(), theirs.flatten()]))[0, 1]
        assert float(alike) > 0.4  # of noise, most of which the network cannot paint
        values = values.mean((0, 1))
    away = 0.2 if content == "picture" else 3 / 255  # what is clamped moves the mean
    torch.testing.assert_close(values, torch.tensor(colour).expand_as(values), rtol=0, atol=away)


@pytest.mark.parametrize(("patch_size", "least"), [(1, 16), (3, 24), (7, 40)])
def test_a_style_of_the_least_size_is_enough(
    model: Model, picture: Picture, patch_size: int, least: int
) -> None:
    painted(picture(*SIZE, 5), pixels(picture(least, least, 6)), model, patch_size=patch_size)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 3)])
@pytest.mark.parametrize("patch_size", [1, 3, 7])
def test_a_content_smaller_than_a_patch_is_painted(
    model: Model, picture: Picture, size: tuple[int, int], patch_size: int
) -> None:
    style = pixels(picture(96, 128, 77))
    painted(picture(*size, 5), style, model, patch_size=patch_size)
    painted(picture(*size, 5), style, model, patch_size=patch_size, patch_stride=patch_size)


@pytest.mark.parametrize("scales", [1, 2])
@pytest.mark.parametrize("matching", ["plain", "centred"])
def test_a_mask_of_ten_cells_and_an_empty_one(
    model: Model, picture: Picture, scales: int, matching: str
) -> None:
    """Beside each other, and the small one alone."""
    content = picture(128, 160, 5)
    small, empty = torch.zeros(1, 128, 160), torch.zeros(1, 128, 160)
    small[:, 64:72, 40:60] = 1
    style = pixels(picture(96, 128, 77))
    one, none = (Styled(style, mask=pixels(mask)) for mask in (small, empty))
    both = painted(content, [one, none], model, scales=scales, matching=matching)
    alone = painted(content, [one], model, scales=scales, matching=matching)
    torch.testing.assert_close(both, alone, rtol=0, atol=1e-5)
    outside = torch.ones(128, 160, dtype=torch.bool)
    outside[32:104, 8:92] = False
    torch.testing.assert_close(both[outside], pixels(content).values[outside], rtol=0, atol=1e-5)
    assert float((both - pixels(content).values)[64:72, 40:60].abs().mean()) > 0.02
    nothing = painted(content, [none], model, scales=scales, matching=matching)
    assert torch.equal(nothing, pixels(content).values)


@pytest.mark.parametrize("method", ["feed-forward", "optimise"])
def test_an_optimisation_and_every_kind_of_colour_go_with_them(
    model: Model, picture: Picture, method: str
) -> None:
    style = pixels(picture(96, 128, 77))
    for colours in ("content", "luminance", "matched"):
        painted(
            picture(*SIZE, 5), style, model, method=method, iterations=2, colours=colours, scales=1
        )


def test_alpha_and_sixteen_bits_go_with_them(model: Model, picture: Picture) -> None:
    values = picture(*SIZE, 5, 4).permute(1, 2, 0)
    values[10:30, 10:30, 3] = 0
    content = Raster((values * 65535).round().to(torch.uint16).contiguous())
    given = stylize(content, pixels(picture(96, 128, 77)), Settings(**ALL), model).values
    assert given.dtype == torch.uint16
    assert torch.equal(given[..., 3], content.values[..., 3])
