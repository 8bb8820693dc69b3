"""How well an encoder does its teacher's job: match regret, error, and error by hue."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.networks.inverse import exact_colour
from styleswap.engine.transforms.patch_swap import match
from styleswap.training.swaps import standardised

HUES = 12
COLOURFUL = 0.15
"""Least difference between the largest and the smallest of red, green, blue that has a hue."""
PATCH_SIZE = 3


@torch.no_grad()
def fidelity(encoder: Encoder, teacher: Encoder, crops: Tensor) -> dict[str, float]:
    """Measure an encoder beside its teacher.

    Args:
        encoder: to judge.
        teacher: with as many channels.
        crops: (B, 3, H, W) in [0, 1], B at least 2; each is matched with the next one.

    Returns:
        ``error``: channel-scaled relative squared error, ``cosine``: mean over cells,
        ``regret`` and ``centred_regret``: see `match_regret`, for plain and standardised features,
        ``hue_ratio``: the worst hue's error over the mean of all hues.
    """
    wanted = torch.cat([teacher(part) for part in crops.split(8)])
    given = torch.cat([encoder(part) for part in crops.split(8)])
    power = wanted.pow(2).mean((0, 2, 3), keepdim=True).clamp(min=1e-6)
    hues = hue_errors(given / power.sqrt(), wanted / power.sqrt(), exact_colour(crops))
    return {
        "error": float(((given - wanted).pow(2) / power).mean()),
        "cosine": float(F.cosine_similarity(given, wanted, dim=1).mean()),
        "regret": match_regret(given, wanted),
        "centred_regret": match_regret(standardised(given), standardised(wanted)),
        # A teacher beside itself has no errors, and no worst hue.
        "hue_ratio": float(hues.max() / hues.mean()) if hues.any() else 1.0,
    }


def hue_errors(given: Tensor, wanted: Tensor, colours: Tensor) -> Tensor:
    """Relative squared error by hue.

    Args:
        given: (B, C, H, W) activations, channels in comparable units.
        wanted: (B, C, H, W) the teacher's.
        colours: (B, 3, H, W) of the cells.

    Returns:
        (hues that occur,) errors, at most `HUES`.
    """
    red, green, blue = colours.unbind(1)
    hue = torch.atan2(3**0.5 * (green - blue), 2 * red - green - blue) / (2 * torch.pi)
    bins = (hue * HUES).floor().long() % HUES
    seen = colours.amax(1) - colours.amin(1) >= COLOURFUL
    error, power = ((x.pow(2).sum(1)[seen]) for x in (given - wanted, wanted))
    sums = error.new_zeros(2, HUES)
    sums[0].index_add_(0, bins[seen], error)
    sums[1].index_add_(0, bins[seen], power)
    occurs = sums[1] > 0
    return sums[0, occurs] / sums[1, occurs]


def match_regret(given: Tensor, wanted: Tensor) -> float:
    """Share of the teacher's scores that is lost where the student picks the patches.

    Args:
        given: (B, C, H, W) the student's features; each is matched with the next one.
        wanted: (B, C, H, W) the teacher's.

    Returns:
        Σ (best score - score of the student's pick) / Σ |best score|, of 3x3 patches.
    """
    lost = best = 0.0
    for i in range(len(given)):
        j = (i + 1) % len(given)
        theirs = match(wanted[i], [wanted[j]], PATCH_SIZE)
        ours = match(given[i], [given[j]], PATCH_SIZE)
        content, style = (F.unfold(wanted[k : k + 1], PATCH_SIZE)[0].T for k in (i, j))
        across = wanted.shape[3] - PATCH_SIZE + 1
        chosen = style[(ours.row * across + ours.column).flatten()]
        score = (content * chosen).sum(1) / chosen.norm(dim=1).clamp(min=1e-8)
        lost += float((theirs.score.flatten() - score).sum())
        best += float(theirs.score.abs().sum())
    return lost / best
