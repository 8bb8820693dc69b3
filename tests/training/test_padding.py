"""Reflection padding for training: the same as torch's, with the same gradient."""

import pytest
import torch
import torch.nn.functional as F

from styleswap.engine.networks.encoder import Encoder
from styleswap.engine.networks.inverse import Inverse
from styleswap.training.padding import reflected, with_quick_padding


@pytest.mark.parametrize("size", [(2, 2), (2, 5), (3, 3), (6, 4)])
def test_it_reflects_and_its_gradient_is_torchs(size: tuple[int, int]) -> None:
    x = torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True)
    ours, theirs = reflected(x), F.pad(x, (1, 1, 1, 1), mode="reflect")
    assert torch.equal(ours, theirs)
    assert ours.is_contiguous(memory_format=torch.channels_last)
    weights = torch.randn_like(theirs)
    gradients = [torch.autograd.grad(y, x, weights)[0] for y in (ours, theirs)]
    torch.testing.assert_close(*gradients)


def test_networks_keep_their_results_and_names() -> None:
    torch.manual_seed(0)
    picture = torch.rand(2, 3, 24, 20)
    encoder, inverse = Encoder((4, 4, 4, 4, 6)), Inverse(6, 0, (6, 5, 4))
    with torch.no_grad():
        before = encoder(picture), inverse(encoder(picture))
        names = [*encoder.state_dict(), *inverse.state_dict()]
        with_quick_padding(encoder)
        with_quick_padding(with_quick_padding(inverse))  # twice is once
        after = encoder(picture), inverse(encoder(picture))
    assert [*encoder.state_dict(), *inverse.state_dict()] == names
    for a, b in zip(before, after, strict=True):
        torch.testing.assert_close(a, b)
