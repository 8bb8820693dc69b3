"""Measures of painted pictures, against their definitions in NumPy, SciPy and scikit-image."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance
from skimage.color import rgb2lab
from torch import Tensor

from styleswap.engine.transforms.patch_swap import match, paste
from styleswap.training import appearance

SIZES = ((1, 4, 24, 20), (1, 5, 12, 10), (1, 6, 8, 7))


def levels(seed: int, factor: float = 1.0) -> dict[str, Tensor]:
    """Activations of some picture: few channels, correlated."""
    random = torch.Generator().manual_seed(seed)
    found = {}
    for name, size in zip(appearance.STATISTICS_LEVELS, SIZES, strict=True):
        plain = torch.rand(size, generator=random)
        found[name] = factor * (plain + 0.5 * plain.flip(1)).relu()
    return found


def picture(seed: int, height: int = 40, width: int = 32) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def test_style_statistics_are_mean_and_covariance() -> None:
    given, style = levels(0), levels(1, 2.0)
    parts = []
    for name in appearance.STATISTICS_LEVELS:
        a, b = (x[name][0].flatten(1).double().numpy() for x in (given, style))
        for ours, theirs in ((a.mean(1), b.mean(1)), (np.cov(a, ddof=0), np.cov(b, ddof=0))):
            parts.append(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))
    distance = appearance.statistics_distance(given, style)
    assert distance == pytest.approx(np.mean(parts), rel=1e-4)
    assert appearance.statistics_distance(style, style) == 0


def test_layers_count_alike_whatever_their_scale() -> None:
    given, style = levels(0), levels(1)
    wanted = appearance.statistics_distance(given, style)
    last = appearance.STATISTICS_LEVELS[-1]
    for part in (given, style):
        part[last] = 100 * part[last]
    assert appearance.statistics_distance(given, style) == pytest.approx(wanted, rel=1e-4)


def test_where_things_are_does_not_matter_to_style_statistics() -> None:
    style = levels(1)
    moved = {name: x.roll(3, 3).flip(2) for name, x in style.items()}
    assert appearance.statistics_distance(moved, style) < 1e-5


def test_the_palette_is_a_sliced_wasserstein_distance_in_lab() -> None:
    """By SciPy's distance along the same directions, and scikit-image's Lab."""
    given, style = 0.6 * picture(0), picture(1, 52, 36)
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(appearance.PROJECTIONS, 3, generator=generator).double().numpy()
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    colours = [
        rgb2lab(x[0].permute(1, 2, 0).double().numpy()).reshape(-1, 3) for x in (given, style)
    ]
    wanted = np.mean([wasserstein_distance(*(c @ d for c in colours)) for d in directions])
    assert appearance.palette_distance(given, style) == pytest.approx(wanted, rel=0.01)


def test_a_palette_has_no_places_and_no_size() -> None:
    given = picture(0)
    assert appearance.palette_distance(given, given.flip(3)) < 1e-4
    assert appearance.palette_distance(given, given.repeat(1, 1, 2, 1)) < 0.1
    black, white = torch.zeros(1, 3, 16, 16), torch.ones(1, 3, 16, 16)
    # 100 units of lightness, seen at random angles: half of them on average.
    assert appearance.palette_distance(black, white) == pytest.approx(50, rel=0.15)


def test_similarity_is_that_of_wang_et_al() -> None:
    """Their formula, at one place of an 11x11 Gaussian window; 1 for the same picture."""
    given, content = picture(0, 11, 11), picture(1, 11, 11)
    ramp = np.arange(-5, 6)
    window = np.exp(-(ramp**2) / (2 * 1.5**2))
    window = np.outer(window, window) / window.sum() ** 2
    luma = np.array([0.299, 0.587, 0.114])
    x, y = (np.tensordot(luma, p[0].double().numpy(), 1) for p in (given, content))
    mean_x, mean_y = (window * x).sum(), (window * y).sum()
    variance_x, variance_y = ((window * (v - m) ** 2).sum() for v, m in ((x, mean_x), (y, mean_y)))
    covariance = (window * (x - mean_x) * (y - mean_y)).sum()
    first, second = 0.01**2, 0.03**2
    wanted = (2 * mean_x * mean_y + first) * (2 * covariance + second)
    wanted /= (mean_x**2 + mean_y**2 + first) * (variance_x + variance_y + second)
    assert appearance.similarity(given, content) == pytest.approx(wanted, rel=1e-4)
    assert appearance.similarity(content, content) == pytest.approx(1)


def test_similarity_falls_with_what_is_lost() -> None:
    content = picture(0).repeat_interleave(4, 2).repeat_interleave(4, 3)
    mixed = [torch.lerp(content, picture(1, 160, 128), share) for share in (0.2, 0.5, 0.8)]
    found = [appearance.similarity(m, content) for m in mixed]
    assert 1 > found[0] > found[1] > found[2] > 0


def test_a_collapsed_painting_shows_few_patches_that_suit_the_content_badly() -> None:
    """Against all scores, computed patch by patch."""
    content, style = torch.rand(1, 5, 9, 8), torch.rand(1, 5, 7, 10)
    flat = torch.ones(1, 5, 9, 8)
    found = appearance.collapse(flat, content, style)
    blocks = [style[0, :, y : y + 3, x : x + 3].flatten() for y in range(5) for x in range(8)]
    seen = max(range(40), key=lambda j: float(torch.ones(45) @ blocks[j] / blocks[j].norm()))
    best = lost = 0.0
    for y in range(7):
        for x in range(6):
            patch = content[0, :, y : y + 3, x : x + 3].flatten()
            scores = [float(patch @ b / b.norm()) for b in blocks]
            best += max(scores)
            lost += max(scores) - scores[seen]
    assert found.distinct == 1 / 40
    assert found.score_lost == pytest.approx(lost / best, rel=1e-3)


def test_the_best_match_loses_no_score() -> None:
    content = torch.rand(1, 5, 9, 8)
    found = appearance.collapse(content, content, content)
    assert found.distinct == 1
    assert abs(found.score_lost) < 1e-6


def test_averaging_washes_out() -> None:
    style = torch.rand(1, 6, 12, 12) * torch.arange(6.0).view(1, 6, 1, 1)  # channel 0 is constant
    kept = 0.3 * style + 7
    wanted = np.mean([0.3] * 5)
    assert appearance.deviation_kept(kept, style) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (5, 2), (1, 1)])
def test_pasting_is_match_and_rebuild(size: int, stride: int) -> None:
    content, style = torch.rand(4, 11, 9), torch.rand(4, 12, 13)
    plain = appearance.pasted(content, style, size, stride)
    picks = match(content, [style], size, stride)
    assert torch.equal(plain, paste(picks, [style], (11, 9), size, stride))
    shifted = 3 * content + torch.arange(4.0).view(4, 1, 1)
    one, other = (
        appearance.pasted(c, style, size, stride, standardised=True) for c in (content, shifted)
    )
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)
    same = appearance.pasted(style, style, size, 1, standardised=True, weighted=True)
    torch.testing.assert_close(same, style)
