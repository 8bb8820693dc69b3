"""The swap of many crops at once is the engine's swap."""

import pytest
import torch
from torch import Tensor

from styleswap.engine.transforms import patch_swap
from styleswap.training.swaps import paste, paste_matrix, standardised


def activations(*shape: int, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return (torch.randn(shape, generator=random) + 0.3).relu()


@pytest.mark.parametrize("size", [1, 3, 5, 7])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_the_engines_layer(size: int, weighted: bool) -> None:
    content, style = activations(3, 10, 9, 11, seed=1), activations(3, 10, 12, 8, seed=2)
    pasted = torch.cat([style, activations(3, 4, 12, 8, seed=3)], 1)
    matrix = paste_matrix(content, style, size, weighted=weighted)
    assert matrix.shape == (3, 99, 96)
    torch.testing.assert_close(matrix.sum(2), torch.ones(3, 99))
    given = paste(matrix, pasted, (9, 11))
    for i in range(3):
        picks = patch_swap.match(content[i], [style[i]], size)
        wanted = patch_swap.paste(picks, [pasted[i]], (9, 11), size, centred=weighted)
        torch.testing.assert_close(given[i], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_a_sample_pasted_from_itself_is_itself(size: int) -> None:
    content = activations(2, 12, 8, 8, seed=4) + 0.01
    matrix = paste_matrix(content, content, size, weighted=False)
    torch.testing.assert_close(matrix, torch.eye(64).expand(2, -1, -1))


def test_standardised_channels() -> None:
    given = standardised(5 + 3 * activations(2, 4, 9, 7, seed=1))
    torch.testing.assert_close(given.mean((2, 3)), torch.zeros(2, 4), rtol=0, atol=1e-5)
    torch.testing.assert_close(given.std((2, 3)), torch.ones(2, 4))
    assert bool(standardised(torch.ones(1, 2, 3, 3)).isfinite().all())
