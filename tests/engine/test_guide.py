"""The guide: its channels beside scikit-image's Lab, its weights, and what it does to a match."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from skimage import color
from torch import Tensor

from styleswap.engine import Model, Raster, Settings, stylize
from styleswap.engine.features.guides import FULL, comparable, standardised
from styleswap.engine.features.guides.colours import LEAST_SPREAD, Colours
from styleswap.engine.features.moments import Moments
from styleswap.engine.features.planes import Features, Layout

from .conftest import ALONE, Picture


def features(values: Tensor, colours: bool = True) -> Features:
    """Activations, the last three channels of which are exact colours."""
    sizes = (("relu3_1", len(values) - 3), ("rgb", 3)) if colours else (("relu3_1", len(values)),)
    return Features(values, Layout(sizes))


def moments(deviation: Tensor, mean: float = 0) -> Moments:
    """Of relu3_1 and, where there are more than four channels, Lab."""
    lab = (("lab", 3),) if len(deviation) > 4 else ()
    layout = Layout((("relu3_1", 4), *lab))
    return Moments(torch.full_like(deviation, mean), deviation, layout)


def test_what_is_compared_are_activations_and_lab() -> None:
    activations = torch.rand(5 + 3, 4, 6)
    given = comparable(features(activations), [Colours(0.5, 0.5)])
    assert given.values.shape == (8, 4, 6)
    assert torch.equal(given["relu3_1"], activations[:5])
    wanted = color.rgb2lab(activations[5:].permute(1, 2, 0).double().numpy())
    torch.testing.assert_close(
        given["lab"].permute(1, 2, 0).double(), torch.from_numpy(wanted), rtol=0, atol=0.05
    )


def test_activations_without_colours_have_no_guide() -> None:
    bare, guides = features(torch.rand(4, 4, 6), colours=False), [Colours(1, 1)]
    assert comparable(bare, guides) is bare
    deviation = torch.rand(4) + 0.1
    given = standardised(bare, guides, moments(deviation, 0.25))
    torch.testing.assert_close(given, (bare.values - 0.25) / deviation.view(-1, 1, 1))


def test_weights_bring_every_spread_to_its_share() -> None:
    deviation, full = torch.tensor([12.0, 3, 5]), FULL * 2
    given = Colours(0.5, 1).weights(deviation, full)
    assert given is not None
    torch.testing.assert_close(given[0] * 12, torch.tensor(0.5 * full))
    assert given[1] == given[2]  # hues keep their angles
    torch.testing.assert_close((given[1:] * deviation[1:]).square().mean(), torch.tensor(1.0))
    gray = Colours(1, 1).weights(torch.tensor([20, 0.01, 0.01]), full)
    assert gray is not None
    assert float(gray[1]) == pytest.approx(full / LEAST_SPREAD)  # noise is not raised
    assert Colours(0, 0).weights(deviation, full) is None


def test_all_planes_are_centred_and_weighted() -> None:
    deviation = torch.tensor([0.5, 2, 8, 4, 12.0, 3, 5])
    cells, guides = features(torch.rand(4 + 3, 4, 6)), [Colours(0.5, 1)]
    given = standardised(cells, guides, moments(deviation, 0.25))
    centred = comparable(cells, guides).values - 0.25
    torch.testing.assert_close(given[:4], centred[:4] / deviation[:4].view(-1, 1, 1))
    weights = guides[0].weights(deviation[4:], FULL * 2)
    assert weights is not None
    torch.testing.assert_close(given[4:], centred[4:] * weights.view(-1, 1, 1))
    assert len(standardised(cells, [Colours(0, 0)], moments(deviation))) == 4


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


@pytest.mark.parametrize("others", [ALONE, {}])
def test_hue_keeps_colours_in_place(model: Model, others: dict[str, Any]) -> None:
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
        settings = Settings(scales=1, tone=0, hue=hue, **others)
        values = stylize(Raster(content), Raster(style), settings, model).values
        red = values[..., 0] > values[..., 2]
        right.append(float((red == (content[..., 0] > content[..., 2])).float().mean()))
    assert right[1] > 0.95
    if others:  # what follows the swap brings these colours back without the guide
        assert right[1] >= right[0]


def test_the_paper_s_matching_has_no_guide(model: Model, picture: Picture) -> None:
    content, style = (Raster(picture(48, 64, i).permute(1, 2, 0).contiguous()) for i in (5, 6))
    results = [
        stylize(content, style, Settings(matching="plain", tone=t, hue=h), model).values
        for t, h in ((0, 0), (1, 1))
    ]
    assert torch.equal(*results)
