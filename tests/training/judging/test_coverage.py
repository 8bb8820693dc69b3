"""Coverage of picks: by hand, and of what the engine really pastes."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from torch import Tensor

from styleswap import weights
from styleswap.engine import Raster, Settings, stylize
from styleswap.engine.transforms import transform_of
from styleswap.engine.transforms.patch_swap import match
from styleswap.training.judging.coverage import Watched, coverage


def features(seed: int, height: int, width: int, channels: int = 6) -> Tensor:
    return torch.randn(channels, height, width, generator=torch.Generator().manual_seed(seed))


def places_of(content: Tensor, styles: list[Tensor], stride: int = 1) -> Tensor:
    picks = match(content, styles, 3, stride)
    return torch.stack([picks.copy, picks.row, picks.column])


@pytest.mark.parametrize("stride", [1, 2])
def test_the_best_matches_lose_nothing(stride: int) -> None:
    content, styles = features(0, 15, 13), [features(1, 11, 9), features(2, 9, 11)]
    found = coverage(content, styles, places_of(content, styles, stride), 3, stride)
    assert found.cosine_lost == pytest.approx(0, abs=1e-6)
    assert 0 < found.distinct < 1
    assert 0 < found.evenness < 1


@pytest.mark.parametrize("stride", [1, 2])
def test_any_picks_by_hand(stride: int) -> None:
    """Cosines of patches cut out one by one, and SciPy's entropy."""
    content, styles = features(0, 9, 11), [features(1, 11, 9), features(2, 9, 11)]
    tall, wide = ((side - 3) // stride + 1 for side in content.shape[1:])
    random = np.random.default_rng(0)
    shapes = [[(side - 3) // stride + 1 for side in s.shape[1:]] for s in styles]
    places = np.zeros((3, tall, wide), np.int64)
    for y, x in np.ndindex(tall, wide):
        copy = random.integers(2)
        row, column = (stride * random.integers(min(2, side)) for side in shapes[copy])
        places[:, y, x] = copy, row, column

    def patch(values: Tensor, row: int, column: int) -> np.ndarray:
        cut = values[:, row : row + 3, column : column + 3].double().numpy().ravel()
        return cut / np.linalg.norm(cut)

    offered = {
        (copy, stride * row, stride * column): patch(styles[copy], stride * row, stride * column)
        for copy, shape in enumerate(shapes)
        for row, column in np.ndindex(*shape)
    }
    lost, counts = [], dict.fromkeys(offered, 0)
    for y, x in np.ndindex(tall, wide):
        ours = patch(content, stride * y, stride * x)
        cosines = {place: float(ours @ theirs) for place, theirs in offered.items()}
        chosen = tuple(places[:, y, x].tolist())
        counts[chosen] += 1
        lost.append(max(cosines.values()) - cosines[chosen])
    found = coverage(content, styles, torch.from_numpy(places), 3, stride)
    assert found.cosine_lost == pytest.approx(np.mean(lost), rel=1e-4)
    assert found.distinct == pytest.approx(sum(c > 0 for c in counts.values()) / len(offered))
    largest = math.log(min(tall * wide, len(offered)))
    assert found.evenness == pytest.approx(entropy(list(counts.values())) / largest, rel=1e-6)


def test_the_ends_of_evenness() -> None:
    style = features(0, 9, 9)
    own = coverage(style, [style], places_of(style, [style]))
    assert (own.distinct, own.evenness) == (1, pytest.approx(1))
    single = coverage(style, [style], torch.zeros(3, 7, 7, dtype=torch.int64))
    assert single.distinct == pytest.approx(1 / 49)
    assert single.evenness == 0
    assert single.cosine_lost > 0.5


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(matching="plain", patch_stride=2),
        Settings(scales=2, style_flips=True, patch_size=5),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_a_watched_transform_paints_the_same_and_tells_its_picks(
    settings: Settings, alone: bool
) -> None:
    if alone:
        settings = replace(settings, variety=0, style_statistics=0, detail=0)
    random = torch.Generator().manual_seed(0)
    content, style = (
        Raster(torch.nn.functional.avg_pool2d(x, 5, 1, 2).permute(1, 2, 0).contiguous())
        for x in (
            torch.rand(3, 132, 140, generator=random),
            torch.rand(3, 96, 88, generator=random),
        )
    )
    model = weights.load("embedded", torch.device("cpu"), None)
    watched = Watched(transform_of(settings))
    assert watched.coverage() is None
    report = stylize(content, style, settings, model, transform=watched)
    plain = stylize(content, style, settings, model)
    assert torch.equal(report.values, plain.values)
    found = watched.coverage()
    assert found is not None
    assert found.distinct == pytest.approx(report.distinct_patches)
    if alone:
        # Every pick is the best: what is left is rounding, of features read in tiles and in whole.
        assert found.cosine_lost == pytest.approx(0, abs=1e-5)
    else:  # what variety pays
        assert found.cosine_lost > 1e-3
