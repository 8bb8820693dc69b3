"""References: the published network, the paper's swap, and the optimisation, each by definition."""

import itertools
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from styleswap.engine.errors import WeightsError
from styleswap.engine.networks.encoder import Encoder
from styleswap.training import measures
from styleswap.training.judging import references
from styleswap.training.judging.grid import Subject, sample
from styleswap.training.judging.references import (
    PublishedInverse,
    References,
    descend,
    load_published,
    swapped_target,
)
from styleswap.training.judging.store import Store
from styleswap.weights.architectures import encoder_from_tensors

CPU = torch.device("cpu")


def published_tensors() -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(0)
    tensors = {}
    widths = PublishedInverse.WIDTHS
    for i, (before, after) in enumerate(itertools.pairwise(widths)):
        scale = (2 / (9 * before)) ** 0.5
        tensors[f"conv{i}.weight"] = scale * torch.randn(after, before, 3, 3, generator=random)
        tensors[f"conv{i}.bias"] = 0.1 * torch.randn(after, generator=random)
    return tensors


def test_the_published_network_pads_convolves_and_enlarges() -> None:
    """Written out layer by layer."""
    w = published_tensors()
    given = torch.rand(2, 256, 5, 6)

    def conv(x: Tensor, i: int) -> Tensor:
        x = F.pad(x, (1, 1, 1, 1), mode="reflect")
        return F.conv2d(x, w[f"conv{i}.weight"], w[f"conv{i}.bias"])

    def twice(x: Tensor) -> Tensor:
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)

    x = twice(conv(given, 0).relu())
    x = conv(x, 1).relu()
    x = twice(conv(x, 2).relu())
    x = conv(conv(x, 3).relu(), 4)
    assert x.shape == (2, 3, 20, 24)
    torch.testing.assert_close(PublishedInverse(w)(given), x, rtol=1e-4, atol=1e-4)


def test_another_network_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    tensors = published_tensors()
    save_file({k: v for k, v in tensors.items() if k != "conv3.bias"}, path)
    with pytest.raises(WeightsError, match=r"other\.safetensors: .*conv3\.bias is missing"):
        load_published(path)
    save_file({**tensors, "conv2.weight": torch.zeros(64, 99, 3, 3)}, path)
    with pytest.raises(WeightsError, match=r"conv2\.weight has shape \(64, 99, 3, 3\)"):
        load_published(path)
    path.write_bytes(path.read_bytes()[:999])
    with pytest.raises(WeightsError, match="no readable safetensors"):
        load_published(path)


def test_the_target_is_the_papers_swap() -> None:
    """Every content patch by brute force over all style patches, overlaps averaged."""
    torch.manual_seed(0)
    encoder = Encoder((4, 4, 5, 5, 6)).eval().requires_grad_(False)
    content, style = torch.rand(1, 3, 24, 28), torch.rand(1, 3, 32, 24)
    ours, theirs = encoder(content)[0], encoder(style)[0]
    blocks = [theirs[:, y : y + 3, x : x + 3] for y in range(6) for x in range(4)]
    total, count = torch.zeros_like(ours), torch.zeros(1, 6, 7)
    for y in range(4):
        for x in range(5):
            patch = ours[:, y : y + 3, x : x + 3]
            chosen = max(blocks, key=lambda b: float((patch * b).sum() / (b.norm() + 1e-8)))
            total[:, y : y + 3, x : x + 3] += chosen
            count[:, y : y + 3, x : x + 3] += 1
    target = swapped_target(encoder, content, style)
    torch.testing.assert_close(target[0], total / count, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rate", [0.05, 0.02])
def test_descent_is_adam_on_the_papers_objective(rate: float) -> None:
    """Adam (Kingma & Ba, algorithm 1) written out, with the gradient of MSE + λ TV, clamped."""
    torch.manual_seed(0)
    encoder = Encoder((4, 4, 5, 5, 6)).eval().requires_grad_(False)
    start, target = torch.rand(1, 3, 16, 20), torch.rand(1, 6, 4, 5)
    smooth = 0.3
    x, m, v = start.clone(), torch.zeros_like(start), torch.zeros_like(start)
    for step in range(1, 5):
        x = x.detach().requires_grad_(True)
        across, down = x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]
        loss = (encoder(x) - target).pow(2).mean()
        loss = loss + smooth * (across.pow(2).mean() + down.pow(2).mean())
        (g,) = torch.autograd.grad(loss, x)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        update = (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
        x = (x.detach() - rate * update).clamp(0, 1)
    found = descend(encoder, target, start, 4, smooth, rate)
    torch.testing.assert_close(found, x, rtol=1e-3, atol=1e-3)


def test_references_are_kept_by_all_that_decides_them(
    tmp_path: Path, teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensors = load_file(teacher)
    vgg = encoder_from_tensors(tensors)
    one = Subject("one", torch.rand(1, 3, 32, 24))
    two = Subject("two", torch.rand(1, 3, 24, 32))
    kept = References(vgg, Store(tmp_path), CPU)
    first = kept.optimised(one, two, 2)
    assert first.shape == one.pixels.shape
    inverse = PublishedInverse(published_tensors())
    read = kept.read_back(one, two, inverse)
    wanted = inverse(swapped_target(vgg, one.pixels, two.pixels)).clamp(0, 1)
    assert float((read - wanted).abs().max()) < 0.6 / 255
    assert len(list(tmp_path.iterdir())) == 2

    def never(*_: object) -> Tensor:
        raise AssertionError("it is kept")

    monkeypatch.setattr(references, "swapped_target", never)
    assert torch.equal(kept.optimised(Subject("renamed", one.pixels), two, 2), first)
    for content, style, steps in ((two, one, 2), (one, two, 3), (one, one, 2)):
        with pytest.raises(AssertionError):
            kept.optimised(content, style, steps)
    other = References(
        encoder_from_tensors({**tensors, "conv1_1.bias": tensors["conv1_1.bias"] + 1}),
        kept.store,
        CPU,
    )
    with pytest.raises(AssertionError):
        other.optimised(one, two, 2)


@pytest.mark.slow
def test_the_real_published_network_reads_the_real_vgg(shared_weights: Path) -> None:
    """29 dB and 0.57 on these four photos; 28.5 and 0.40 on the first."""
    vgg = encoder_from_tensors(load_file(shared_weights / "vgg19_relu3_4.safetensors"))
    inverse = load_published(shared_weights / "wct_invertor_relu3_1_for_caffe_feats.safetensors")
    picture = sample("astronaut", 512)
    with torch.no_grad():
        read = inverse(vgg(picture)).clamp(0, 1)
    assert measures.psnr(read, picture) == pytest.approx(28.5, abs=0.2)
    assert measures.gradient_error(read, picture) == pytest.approx(0.40, abs=0.02)
