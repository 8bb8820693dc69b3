"""The style swap and the networks as anyone would write them first: the engine must equal these.

The swap is the form that the paper and every public implementation use: all style patches as the
filters of one convolution, a one-hot map of the winners, and a transposed convolution that pastes.
"""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from styleswap.engine.transforms.patch_swap.picks import Picks


def patches(features: Tensor, size: int, stride: int) -> Tensor:
    """All patches, row by row: (C, H, W) to (N, C, p, p)."""
    columns = F.unfold(features[None], size, stride=stride)[0]  # (C p p, N)
    return columns.T.reshape(-1, features.shape[0], size, size)


def scores(content: Tensor, styles: Sequence[Tensor], size: int, stride: int) -> Tensor:
    """Normalised cross-correlation of every style patch everywhere: (N, H', W')."""
    filters = torch.cat([patches(style, size, stride) for style in styles])
    norms = filters.flatten(1).norm(dim=1) + 1e-8
    return F.conv2d(content[None], filters / norms.view(-1, 1, 1, 1), stride=stride)[0]


def one_hot(winners: Tensor, count: int) -> Tensor:
    """(H', W') indices to (1, count, H', W')."""
    return F.one_hot(winners, count).permute(2, 0, 1)[None]


def paste(winners: Tensor, styles: Sequence[Tensor], size: int, stride: int) -> Tensor:
    """Paste the winners un-normalised and average overlaps: (C, H, W)."""
    filters = torch.cat([patches(style, size, stride) for style in styles])
    chosen = one_hot(winners, len(filters)).to(filters)
    pasted = F.conv_transpose2d(chosen, filters, stride=stride)
    count = F.conv_transpose2d(chosen, torch.ones_like(filters), stride=stride)
    return (pasted / count)[0]


def swap(content: Tensor, styles: Sequence[Tensor], size: int, stride: int) -> Tensor:
    """Φss of the paper: (C, H, W)."""
    return paste(scores(content, styles, size, stride).argmax(0), styles, size, stride)


def paste_weighted(
    winners: Tensor, style: Tensor, size: int, stride: int, weights: Sequence[Sequence[float]]
) -> Tensor:
    """Paste patch by patch and cell by cell, each cell with its weight within the patch."""
    filters = patches(style, size, stride)
    tall, wide = winners.shape
    shape = ((tall - 1) * stride + size, (wide - 1) * stride + size)
    total = torch.zeros(style.shape[0], *shape, dtype=style.dtype)
    weight = torch.zeros(shape, dtype=style.dtype)
    for row in range(tall):
        for column in range(wide):
            patch = filters[winners[row, column]]
            for dy in range(size):
                for dx in range(size):
                    y, x = row * stride + dy, column * stride + dx
                    total[:, y, x] += weights[dy][dx] * patch[:, dy, dx]
                    weight[y, x] += weights[dy][dx]
    return total / weight


def flat_index(picks: Picks, styles: Sequence[Tensor], size: int, stride: int) -> Tensor:
    """The engine's picks as indices into `patches` of all copies in turn."""
    tall = torch.tensor([(s.shape[1] - size) // stride + 1 for s in styles])
    wide = torch.tensor([(s.shape[2] - size) // stride + 1 for s in styles])
    counts = tall * wide
    starts = counts.cumsum(0) - counts
    copy = picks.copy.long()
    return starts[copy] + picks.row.long() // stride * wide[copy] + picks.column.long() // stride


def _conv(x: Tensor, tensors: Mapping[str, Tensor], name: str) -> Tensor:
    padded = F.pad(x, (1, 1, 1, 1), mode="reflect")
    return F.conv2d(padded, tensors[f"{name}.weight"], tensors[f"{name}.bias"])


def encode(picture: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
    """VGG-19 to relu3_1 with reflection padding: (B, 3, H, W) to (B, C, H/4, W/4)."""
    x = F.max_pool2d(F.relu(_conv(relu2_1(picture, tensors), tensors, "conv2_2")), 2)
    return F.relu(_conv(x, tensors, "conv3_1"))


def carried(picture: Tensor, encoder: Mapping[str, Tensor]) -> Tensor:
    """All that a cell of a picture (1, 3, H, W) carries: relu3_1 and exact colour."""
    _, _, height, width = picture.shape
    colour = picture.reshape(3, height // 4, 4, width // 4, 4).mean((2, 4))
    return torch.cat([encode(picture, encoder)[0], colour])


def relu2_1(picture: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
    """VGG-19 to relu2_1 with reflection padding: (B, 3, H, W) to (B, C, H/2, W/2)."""
    mean = torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1) / 255
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    x = (picture - mean) / std
    x = F.relu(_conv(x, tensors, "conv1_1"))
    x = F.max_pool2d(F.relu(_conv(x, tensors, "conv1_2")), 2)
    return F.relu(_conv(x, tensors, "conv2_1"))


def paint(activations: Tensor, tensors: Mapping[str, Tensor]) -> Tensor:
    """The inverse network with one residual block and exact colours."""
    channels = len(tensors["scale"])
    colour = activations[:, channels : channels + 3] - 0.5
    scaled = activations[:, :channels] / tensors["scale"].view(1, -1, 1, 1)
    x = F.relu(_conv(torch.cat([scaled, colour * 2], 1), tensors, "head"))
    x = x + _conv(F.relu(_conv(x, tensors, "blocks.0.0")), tensors, "blocks.0.2")
    x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    x = _conv(x, tensors, "enlarge_half")
    x = F.relu(_conv(F.relu(x), tensors, "refine"))
    x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    x = _conv(F.relu(_conv(x, tensors, "enlarge_full")), tensors, "rgb") + 0.5
    tint = F.conv2d(colour, tensors["tint.weight"])
    size = (x.shape[2], x.shape[3])
    return x + F.interpolate(tint, size, mode="bilinear", align_corners=False)
