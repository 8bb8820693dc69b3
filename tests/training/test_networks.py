"""What both trainings share: crops, a fresh inverse network, one step."""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from styleswap.engine.encoder import Encoder
from styleswap.training.crops import Pictures
from styleswap.training.descent import LARGEST_GRADIENT, Descent
from styleswap.training.networks import (
    activations_of,
    fresh_inverse,
    mixed,
    training_crops,
    unmixed_activations,
    with_skip,
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


def test_a_skip_paints_as_before_until_it_is_trained() -> None:
    torch.manual_seed(0)
    encoder = Encoder((4, 4, 6, 6, 8))
    plain = fresh_inverse(torch.ones(8), 3)
    pictures = torch.rand(2, 3, 32, 32)
    grown = with_skip(plain, encoder, pictures, 2)
    with torch.no_grad():
        before = plain(activations_of(encoder, pictures, plain))
        after = grown(activations_of(encoder, pictures, grown))
        assert torch.equal(before, after)
        # What is carried are uncorrelated components of relu2_1, each of variance 1.
        carried = activations_of(encoder, pictures, grown)[:, 11:].unflatten(1, (2, 4))
    spread = torch.cov(carried.transpose(0, 1).flatten(1))
    torch.testing.assert_close(spread, torch.eye(2), rtol=0, atol=1e-3)


def test_relu2_1_may_be_mixed_after_it_was_pasted() -> None:
    torch.manual_seed(0)
    encoder = Encoder((4, 4, 6, 6, 8))
    pictures = torch.rand(2, 3, 32, 32)
    for network in (
        fresh_inverse(torch.ones(8), 0),
        with_skip(fresh_inverse(torch.ones(8), 3), encoder, pictures, 2),
    ):
        with torch.no_grad():
            whole = unmixed_activations(encoder.levels(pictures), pictures, network)
            wanted = activations_of(encoder, pictures, network).roll(3, 2)
            torch.testing.assert_close(mixed(network, whole.roll(3, 2)), wanted)


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
