"""Texture of smooth tiles, against Gram matrices in NumPy and pictures that are known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from styleswap.training import texture
from styleswap.training.texture import smooth_tiles, texture_distance, tile_grams, tile_side
from styleswap.weights.architectures import encoder_from_tensors


def activations(seed: int, height: int, width: int, channels: int = 5) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(seed)
    return {texture.LAYER: torch.rand(1, channels, height, width, generator=random)}


def test_tiles_grow_with_the_picture() -> None:
    assert [tile_side(side, 20) for side in (24, 192, 320, 384, 512)] == [8, 32, 56, 64, 88]


def test_gram_matrices_of_tiles_by_hand() -> None:
    levels = activations(0, 20, 28)
    found = tile_grams(levels, 16)
    assert found.shape == (7, 11, 5, 5)  # tiles of 8 cells, 2 apart
    cells = levels[texture.LAYER][0].numpy()
    for row, column in ((0, 0), (3, 4), (6, 10)):
        tile = cells[:, 2 * row : 2 * row + 8, 2 * column : 2 * column + 8].reshape(5, -1)
        assert found[row, column].numpy() == pytest.approx(tile @ tile.T / 64, rel=1e-4)


def test_smooth_tiles_are_those_of_the_gram_matrices() -> None:
    content = torch.rand(1, 3, 60, 96, generator=torch.Generator().manual_seed(0))
    content[..., 40:] = 0.5
    found = smooth_tiles(content, 16)
    assert found.shape == tile_grams(activations(0, 30, 48), 16).shape[:2]
    # Of a tile from x = 36 on, 4 + 4 px are within reach of what is not smooth: half is.
    assert not found[:, :9].any()
    assert found[:, 11:].all()


def test_the_distance_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    painted, style = tile_grams(activations(0, 8, 12), 8), tile_grams(activations(1, 9, 10), 8)
    smooth = torch.zeros(painted.shape[:2], dtype=torch.bool)
    smooth[1, 2:5] = True
    theirs = style.flatten(0, 1).numpy()
    wanted = []
    for tile in painted[smooth].numpy():
        all_ = sorted(np.linalg.norm(tile - t) / np.linalg.norm(t) for t in theirs)
        wanted.append(np.mean(all_[: round(len(theirs) / 4)]))
    assert texture_distance(painted, smooth, style) == pytest.approx(np.mean(wanted), rel=1e-3)
    assert texture_distance(painted, smooth & False, style) is None
    monkeypatch.setattr(texture, "NEAREST", 0.0)  # the very nearest
    own = texture_distance(style, torch.ones(style.shape[:2], dtype=torch.bool), style)
    assert own == pytest.approx(0, abs=2e-3)


@pytest.mark.slow
def test_the_real_vgg_tells_the_styles_texture_from_none(shared_weights: Path) -> None:
    """The style itself is nearest, then its texture at half the contrast, then nothing at all."""
    from styleswap.training.judging.grid import styles_of

    vgg = encoder_from_tensors(load_file(shared_weights / "vgg19_relu3_4.safetensors"))
    (style,) = styles_of(["windswept"], 192, {})
    mean = style.pixels.mean((2, 3), keepdim=True)

    def grams(picture: Tensor) -> Tensor:
        with torch.no_grad():
            return tile_grams(vgg.levels(picture, kept=(texture.LAYER,)), 32)

    wanted = grams(style.pixels)
    everywhere = torch.ones(wanted.shape[:2], dtype=torch.bool)
    distances = [
        texture_distance(grams(picture.expand_as(style.pixels)), everywhere, wanted)
        for picture in (style.pixels.flip(3), torch.lerp(mean, style.pixels, 0.5), mean)
    ]
    assert all(distance is not None for distance in distances)
    assert distances[0] < 0.75 * distances[1]  # type: ignore[operator]
    assert distances[1] + 0.05 < distances[2]  # type: ignore[operator]
