"""The guide: its channels beside scikit-image's Lab, its weights, and what it does to a match."""

import pytest
import torch
import torch.nn.functional as F
from skimage import color
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, stylize
from styleswap.engine.guide import FULL, LEAST_SPREAD, factors, features

from .conftest import Picture


def test_features_are_activations_and_lab() -> None:
    activations = torch.rand(5 + 3 + 8, 4, 6)
    given = features(activations, 5)
    assert given.shape == (8, 4, 6)
    assert torch.equal(given[:5], activations[:5])
    wanted = color.rgb2lab(activations[5:8].permute(1, 2, 0).double().numpy())
    torch.testing.assert_close(
        given[5:].permute(1, 2, 0).double(), torch.from_numpy(wanted), rtol=0, atol=0.05
    )


def test_activations_without_colours_have_no_guide() -> None:
    activations = torch.rand(5, 4, 6)
    assert features(activations, 5) is activations
    deviation = torch.rand(5) + 0.1
    torch.testing.assert_close(factors(deviation, 5, 1, 1), 1 / deviation)


def test_factors_bring_every_spread_to_its_share() -> None:
    deviation = torch.tensor([0.5, 2, 8, 4, 12.0, 3, 5])
    given = factors(deviation, 4, 0.5, 1)
    torch.testing.assert_close(given[:4], 1 / deviation[:4])
    torch.testing.assert_close(given[4] * 12, torch.tensor(0.5 * FULL * 2))
    assert given[5] == given[6]  # hues keep their angles
    torch.testing.assert_close(given[5:] * deviation[5:], given[5] * torch.tensor([3.0, 5]))
    torch.testing.assert_close((given[5:] * deviation[5:]).square().mean(), torch.tensor(1.0))
    gray = factors(torch.tensor([1.0, 1, 1, 1, 20, 0.01, 0.01]), 4, 1, 1)
    assert float(gray[5]) == pytest.approx(2 * FULL / LEAST_SPREAD)  # noise is not raised
    assert len(factors(deviation, 4, 0, 0)) == 4


def rank_correlation(one: Tensor, other: Tensor) -> float:
    ranks = torch.stack([x.flatten().argsort().argsort().double() for x in (one, other)])
    return float(torch.corrcoef(ranks)[0, 1])


def test_tone_keeps_light_and_dark_in_place(model: Model, picture: Picture) -> None:
    content, style = picture(96, 128, 3), picture(96, 128, 4)
    rasters = [Raster(p.permute(1, 2, 0).contiguous()) for p in (content, style)]
    kept = []
    for tone in (0, 0.5, 1):
        values = stylize(rasters[0], rasters[1], Settings(scales=1, tone=tone), model).values
        lightness = [
            torch.from_numpy(color.rgb2lab(F.avg_pool2d(p, 8).permute(1, 2, 0).numpy())[..., 0])
            for p in (values.permute(2, 0, 1), content)
        ]
        kept.append(rank_correlation(*lightness))
    assert kept[0] < kept[1] < kept[2]


def test_hue_keeps_colours_in_place(model: Model) -> None:
    """Content and style are halves of two colours, in opposite places: the guide swaps them."""
    colours = torch.tensor([[0.8, 0.3, 0.3], [0.3, 0.3, 0.8]])
    torch.manual_seed(0)
    grain = 0.02 * torch.randn(64, 64, 1)
    content, style = (
        torch.cat([c.expand(64, 32, 3) for c in pair], 1) + grain
        for pair in (colours, colours.flip(0))
    )
    right = []
    for hue in (0, 1):
        settings = Settings(scales=1, tone=0, hue=hue)
        values = stylize(Raster(content), Raster(style), settings, model).values
        red = values[..., 0] > values[..., 2]
        right.append(float((red == (content[..., 0] > content[..., 2])).float().mean()))
    assert right[1] > 0.95
    assert right[1] >= right[0]


def test_the_paper_s_matching_has_no_guide(model: Model, picture: Picture) -> None:
    content, style = (Raster(picture(48, 64, i).permute(1, 2, 0).contiguous()) for i in (5, 6))
    results = [
        stylize(content, style, Settings(matching="plain", tone=t, hue=h), model).values
        for t, h in ((0, 0), (1, 1))
    ]
    assert torch.equal(*results)
