"""Measures of a painted picture beside its style and its content, most of them in VGG-19's space.

Each is a number with a definition that knows nothing of how the picture was made, so that an
engine, an optimiser and a published network are measured alike. "Cells" are the positions of an
activation map. Errors in the spaces of different encoders compare nothing: always give the
teacher's activations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.pictures.colour import to_lab
from styleswap.engine.transforms.patch_swap import NORM_EPSILON, match, pad_to_cover, paste
from styleswap.training.measures import LUMA

STATISTICS_LEVELS = ("conv1_1", "conv2_1", "conv3_1")
"""relu1_1, relu2_1, relu3_1, whose statistics are compared."""

PROJECTIONS = 64
"""Directions of the sliced Wasserstein distance."""

QUANTILES = 1024
"""Points at which two distributions along a direction are compared."""

PATCH_SIZE = 3


def statistics_distance(given: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> float:
    """How far the style statistics of a picture are from its style's, 0 is equal.

    Per layer ½ (‖μ - μ'‖ / ‖μ'‖ + ‖Σ - Σ'‖ / ‖Σ'‖), with μ the mean and Σ the covariance over cells
    (Frobenius norms, ' the style's), then the mean over layers. Mean and covariance make up the
    Gram matrix (Gatys et al. 2016, equation 3) divided by the number of cells, G = Σ + μμᵀ; apart,
    a layer's mean does not drown its texture. Relative to the style's, layers count alike.

    Args:
        given: activations of the picture by layer, (1, C, H, W), at least `STATISTICS_LEVELS`.
        style: likewise of the style, of any size.
    """
    distances = []
    for name in STATISTICS_LEVELS:
        mean, covariance = _moments(given[name])
        wanted_mean, wanted_covariance = _moments(style[name])
        distances += [
            (mean - wanted_mean).norm() / wanted_mean.norm().clamp(min=1e-8),
            (covariance - wanted_covariance).norm() / wanted_covariance.norm().clamp(min=1e-8),
        ]
    return float(torch.stack(distances).mean())


def _moments(activations: Tensor) -> tuple[Tensor, Tensor]:
    cells = activations[0].flatten(1)
    mean = cells.mean(1)
    centred = cells - mean[:, None]
    return mean, centred @ centred.T / cells.shape[1]


def palette_distance(given: Tensor, style: Tensor) -> float:
    """Sliced Wasserstein distance of the colours of two pictures in Lab, in units of Lab (ΔE).

    The mean over fixed directions of the one-dimensional Wasserstein-1 distance, which is the area
    between two quantile functions (Rabin et al. 2011, "Wasserstein barycenter and its application
    to texture mixing").

    Args:
        given: (1, 3, H, W) sRGB in [0, 1].
        style: likewise, of any size.
    """
    generator = torch.Generator().manual_seed(0)
    directions = F.normalize(torch.randn(PROJECTIONS, 3, generator=generator), dim=1)
    quantiles = [
        _quantiles(directions @ to_lab(x[0].float().cpu()).flatten(1)) for x in (given, style)
    ]
    return float((quantiles[0] - quantiles[1]).abs().mean())


def _quantiles(values: Tensor) -> Tensor:
    """The quantile functions of rows of values at the middles of `QUANTILES` equal parts."""
    ordered = values.sort(1).values
    count = ordered.shape[1]
    # Value i is the quantile at (i + ½) / count; between those it is interpolated.
    places = (torch.arange(QUANTILES) + 0.5) * count / QUANTILES - 0.5
    places = places.clamp(0, count - 1)
    low = places.floor().long()
    high = (low + 1).clamp(max=count - 1)
    return torch.lerp(ordered[:, low], ordered[:, high], places - low)


def similarity(given: Tensor, content: Tensor) -> float:
    """Structural similarity of the luma of two pictures, -1 to 1: how well the content is kept.

    With the Gaussian window of Wang et al. 2004 ("Image quality assessment: from error visibility
    to structural similarity"), by scikit-image.

    Args:
        given: (1, 3, H, W) sRGB in [0, 1].
        content: the same size.
    """
    from skimage.metrics import structural_similarity

    weights = torch.tensor(LUMA).view(3, 1, 1)
    lumas = [(x[0].float().cpu() * weights).sum(0).double().numpy() for x in (given, content)]
    return float(
        structural_similarity(
            *lumas,
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


@dataclass(frozen=True)
class Collapse:
    """How a painting draws on its style's patches.

    Attributes:
        distinct: share of the style's patches that are seen in it, 0 to 1. Flat blotches of few
            patches make it small; alone it would reward noise.
        score_lost: share of the content's best scores that the seen patches miss, 0 is the best
            match everywhere.
    """

    distinct: float
    score_lost: float


def collapse(given: Tensor, content: Tensor, style: Tensor) -> Collapse:
    """Which of the style's patches a painting shows, and how well they suit the content.

    The patch that is seen at a place is the best match of the painting's own patch. Its score with
    the content, ⟨φ(C), φ(S)⟩ / ‖φ(S)‖ (Chen & Schmidt, equation 1), is compared with the best one.

    Args:
        given: (1, C, H, W) relu3_1 of the painting.
        content: (1, C, H, W) of the content, the same size.
        style: (1, C, h, w) of the style.
    """
    seen = match(given[0], [style[0]], PATCH_SIZE)
    best = match(content[0], [style[0]], PATCH_SIZE)
    across = style.shape[3] - PATCH_SIZE + 1
    chosen = (seen.row * across + seen.column).flatten()
    ours, theirs = (F.unfold(x, PATCH_SIZE)[0].T for x in (content, style))
    patches = theirs[chosen]
    scores = (ours * patches).sum(1) / (patches.norm(dim=1) + NORM_EPSILON)
    lost = (best.score.flatten() - scores).sum() / best.score.abs().sum().clamp(min=1e-8)
    return Collapse(len(chosen.unique()) / len(theirs), float(lost))


def deviation_kept(given: Tensor, style: Tensor) -> float:
    """Standard deviation of activations over the style's: 1 is kept, less is washed out.

    The mean over the style's channels that vary; plain overlap averages leave 0.59 to 0.69 of it.

    Args:
        given: (1, C, H, W) pasted, or seen in a painting.
        style: (1, C, h, w).
    """
    ours, theirs = (x[0].flatten(1).std(1, correction=0) for x in (given, style))
    varies = theirs > 1e-3 * theirs.max()
    return float((ours[varies] / theirs[varies]).mean())


def pasted(
    content: Tensor,
    style: Tensor,
    patch_size: int = PATCH_SIZE,
    stride: int = 1,
    *,
    standardised: bool = False,
    weighted: bool = False,
) -> Tensor:
    """Activations after a swap in one pass (Chen & Schmidt, section 3.1): (C, H, W).

    Args:
        content: (C, H, W).
        style: (C, h, w).
        patch_size: p in cells.
        stride: of the patches in cells; what they do not cover at the far edges is repeated.
        standardised: match channels of mean 0 and deviation 1, content and style by their own.
        weighted: centre-weighted instead of plain average.
    """
    queries = [content, style]
    if standardised:
        queries = [_standardised(x) for x in queries]
    query = pad_to_cover(queries[0], patch_size, stride)
    picks = match(query, [queries[1]], patch_size, stride)
    size = query.shape[1], query.shape[2]
    whole = paste(picks, [style], size, patch_size, stride, centred=weighted)
    return whole[:, : content.shape[1], : content.shape[2]]


def _standardised(activations: Tensor) -> Tensor:
    deviation, mean = torch.std_mean(activations, (1, 2), keepdim=True, correction=0)
    return (activations - mean) / deviation.clamp(min=1e-5)
