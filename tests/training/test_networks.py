"""What both trainings share: crops, a fresh inverse network, one step."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from styleswap.engine.networks.encoder import Encoder
from styleswap.training.crops import Pictures
from styleswap.training.descent import LARGEST_GRADIENT, Descent
from styleswap.training.networks import (
    activations_of,
    fresh_inverse,
    training_crops,
)
from styleswap.training.schedule import Budget


def test_a_batch_holds_as_many_crops_of_each_source(photos: Path, paintings: Path) -> None:
    sources = [Pictures(folder) for folder in (photos, paintings)]
    crops = training_crops(sources, 6, 32, np.random.default_rng(0), 0.5)
    assert crops.shape == (6, 3, 32, 32)
    assert crops.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= float(crops.min()) < float(crops.max()) <= 1


def test_a_fresh_inverse_network_paints_about_the_thumbnail() -> None:
    torch.manual_seed(0)
    scale = torch.linspace(1, 9, 6)
    inverse = fresh_inverse(scale, 3)
    assert torch.equal(inverse.scale, scale)
    colours = torch.rand(1, 3, 1, 1).expand(-1, -1, 8, 8)
    with torch.no_grad():
        painted = inverse(torch.cat([scale.view(1, -1, 1, 1) * torch.rand(1, 6, 8, 8), colours], 1))
    assert float((painted - colours[..., :1, :1]).abs().mean()) < 0.1


def test_what_the_inverse_network_takes_are_activations_and_colours() -> None:
    torch.manual_seed(0)
    encoder = Encoder((4, 4, 6, 6, 8))
    pictures = torch.rand(2, 3, 32, 24)
    with torch.no_grad():
        bare = activations_of(encoder, pictures, fresh_inverse(torch.ones(8), 0))
        coloured = activations_of(encoder, pictures, fresh_inverse(torch.ones(8), 3))
        assert torch.equal(bare, encoder(pictures))
    assert torch.equal(coloured[:, :8], bare)
    wanted = pictures.unflatten(3, (6, 4)).unflatten(2, (8, 4)).mean((3, 5))
    torch.testing.assert_close(coloured[:, 8:], wanted)


def test_a_step_goes_down_and_no_further_than_its_clipped_gradient() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(4, 1)
    inputs, wanted = torch.rand(32, 4), torch.rand(32, 1)
    descent = Descent(layer, Budget(1.0, warm_up=1), 0.02, 0.9)
    before = F.mse_loss(layer(inputs), wanted).item()
    for _ in range(60):
        descent.step(1000 * F.mse_loss(layer(inputs), wanted))
    gradient = torch.cat([p.grad.flatten() for p in layer.parameters() if p.grad is not None])
    assert float(gradient.norm()) <= LARGEST_GRADIENT * 1.001
    assert descent.budget.steps == 60
    layer.load_state_dict(descent.average.state)
    assert F.mse_loss(layer(inputs), wanted).item() < 0.7 * before
