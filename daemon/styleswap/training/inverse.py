"""Train the inverse network on natural and swapped activations of a frozen encoder.

Natural activations Φ(x) must give x back. Swapped ones are the image of no picture, so the wanted
result is described in the teacher's space: VGG-19 activations pasted with the same picks, which
keeps texture that would fool only the thinner encoder out of the pictures.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from styleswap.engine.device import placed
from styleswap.engine.encoder import CELL, Encoder, encoder_from_tensors
from styleswap.engine.inverse import Inverse, exact_colour, inverse_from_tensors
from styleswap.engine.weights import encoder_fingerprint
from styleswap.training import checkpoint, losses
from styleswap.training.crops import Pictures, recolour, smooth_some
from styleswap.training.encoder import channel_scale
from styleswap.training.schedule import Budget
from styleswap.training.swaps import paste, paste_matrix, standardised

log = logging.getLogger(__name__)

PATCH_SIZES = (1, 3, 3, 3, 5, 7)
NOISE = 0.03


@dataclass
class Networks:
    """What one training step works with."""

    teacher: Encoder
    encoder: Encoder
    inverse: Inverse


@dataclass
class Swap:
    """Swapped activations and what their picture should look like to the teacher.

    Attributes:
        activations: (B, C + colours, H, W), the input of f.
        relu3_1: (B, 256, H, W), the teacher's, pasted.
        relu2_1: (B, 128, 2H, 2W), likewise.
        mean: (B, 64) of relu1_1 over the pasted patches.
        deviation: (B, 64) likewise.
        pixels: (B, 3, 4H, 4W), pasted.
    """

    activations: Tensor
    relu3_1: Tensor
    relu2_1: Tensor
    mean: Tensor
    deviation: Tensor
    pixels: Tensor


def swap_batch(
    activations: Tensor, levels: dict[str, Tensor], pictures: Tensor, rng: np.random.Generator
) -> Swap:
    """Swap every crop of a batch with another one, by a random setting of the swap.

    Args:
        activations: (B, C + colours, H, W) of the encoder.
        levels: the teacher's activations of the same crops.
        pictures: (B, 3, 4H, 4W), the crops.
        rng: chooses partners, patch size, matching and overlap.
    """
    count, _, *size = activations.shape
    height, width = size
    channels = levels["conv3_1"].shape[1]
    partner = torch.from_numpy((np.arange(count) + rng.integers(1, count)) % count)
    features = activations[:, :channels]
    if rng.random() < 0.6:
        features = standardised(features)
    matrix = paste_matrix(
        features,
        features[partner],
        int(rng.choice(PATCH_SIZES)),
        weighted=bool(rng.random() < 0.6),
    )
    first = levels["conv1_1"].float()
    stack = torch.cat(
        [
            activations,
            levels["conv3_1"],
            F.pixel_unshuffle(levels["conv2_1"], 2),
            F.pixel_unshuffle(pictures, CELL),
            F.avg_pool2d(first, CELL),
            F.avg_pool2d(first.pow(2), CELL),
        ],
        1,
    )
    own = stack
    stack = paste(matrix, stack[partner], (height, width))
    # A quarter is blended with the content, as a strength below 1 does.
    blend = torch.ones(count, 1, 1, 1)
    for i in range(count):
        if rng.random() < 0.25:
            blend[i] = float(rng.random())
    stack = torch.lerp(own, stack, blend.to(stack))
    ours, third, second, pixels, mean, square = stack.split(
        [activations.shape[1], channels, 4 * 128, 3 * CELL**2, 64, 64], 1
    )
    mean, square = mean.mean((2, 3)), square.mean((2, 3))
    return Swap(
        ours,
        third,
        F.pixel_shuffle(second, 2),
        mean,
        (square - mean.pow(2)).clamp(min=0).sqrt(),
        F.pixel_shuffle(pixels, CELL),
    )


def noisy(activations: Tensor, channels: int) -> Tensor:
    """Add noise of `NOISE` of each channel's root mean square, to half the samples."""
    power = activations.pow(2).mean((0, 2, 3), keepdim=True).sqrt()
    amount = NOISE * (torch.rand(activations.shape[0], 1, 1, 1, device=activations.device) < 0.5)
    noise = torch.randn_like(activations) * power * amount
    noise[:, channels:] = 0
    return activations + noise


def natural_loss(
    painted: Tensor, pictures: Tensor, levels: dict[str, Tensor], net: Networks
) -> Tensor:
    """f(Φ(x)) against x: pixels, their gradients, and the teacher's activations."""
    names = ("conv1_1", "conv2_1")  # relu3_1 would double the time and adds little to pixels
    seen = net.teacher.levels(painted, last=names[-1])
    feature = torch.stack([losses.relative_error(seen[n], levels[n]) for n in names]).sum()
    return (
        10 * F.l1_loss(painted, pictures)
        + 3 * losses.gradient_difference(painted, pictures)
        + 0.5 * feature
    )


def swapped_loss(painted: Tensor, swap: Swap, net: Networks) -> Tensor:
    """f(H) of swapped activations: as the teacher would see the pasted patches."""
    seen = net.teacher.levels(painted)
    own = net.encoder(painted)
    channels = own.shape[1]
    return (
        losses.relative_error(seen["conv3_1"], swap.relu3_1)
        + 0.5 * losses.relative_error(seen["conv2_1"], swap.relu2_1)
        + losses.statistics_error(seen["conv1_1"].float(), swap.mean, swap.deviation)
        + 0.25 * losses.relative_error(own, swap.activations[:, :channels])
        + 2 * losses.blurred_difference(painted, swap.pixels)
        + 1e-4 * losses.total_variation(painted)
    )


def activations_of(encoder: Encoder, pictures: Tensor, colours: int) -> Tensor:
    """Φ, with the exact colour after it where the inverse network takes it."""
    activations = encoder(pictures).float()
    return torch.cat([activations, exact_colour(pictures)], 1) if colours else activations


@torch.no_grad()
def validate(net: Networks, pictures: Tensor) -> dict[str, float]:
    """Round trip over the validation crops: PSNR in dB (mean over crops) and gradient error."""
    painted = torch.cat(
        [
            net.inverse(activations_of(net.encoder, part, net.inverse.colours)).clamp(0, 1)
            for part in pictures.split(8)
        ]
    )
    psnr = -10 * (painted - pictures).pow(2).mean((1, 2, 3)).clamp(min=1e-10).log10()
    error = sum((a - b).pow(2).sum() for a, b in _gradient_pairs(painted, pictures))
    power = sum(b.pow(2).sum() for _, b in _gradient_pairs(painted, pictures))
    return {"psnr": float(psnr.mean()), "gradient_error": float(error / power)}


def _gradient_pairs(painted: Tensor, pictures: Tensor) -> list[tuple[Tensor, Tensor]]:
    return list(zip(losses.gradients(painted), losses.gradients(pictures), strict=True))


@torch.no_grad()
def sample_sheet(net: Networks, pictures: Tensor, path: Path) -> None:
    """Save a picture of validation crops: original, round trip, swapped with the next one."""
    shown = pictures[:12]
    activations = activations_of(net.encoder, shown, net.inverse.colours)
    size = activations.shape[2], activations.shape[3]
    features = standardised(activations[:, : net.encoder.channels])
    matrix = paste_matrix(features, features.roll(5, 0), 3, weighted=True)
    swapped = paste(matrix, activations.roll(5, 0), size)
    rows = [shown, net.inverse(activations), shown.roll(5, 0), net.inverse(swapped)]
    sheet = torch.cat([torch.cat(list(row), 2) for row in rows], 1).clamp(0, 1)
    Image.fromarray((sheet * 255).round().byte().permute(1, 2, 0).cpu().numpy()).save(path)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `styleswap train inverse`."""
    parser.add_argument("--teacher", type=Path, required=True, help="VGG-19 as safetensors")
    parser.add_argument("--encoder", type=Path, help="frozen encoder; the teacher when absent")
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos")
    parser.add_argument("--paintings", type=Path, required=True, help="folder of paintings")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint (.safetensors)")
    parser.add_argument("--minutes", type=float, default=75.0, help="time budget")
    parser.add_argument("--batch", type=int, default=12, help="crops a step, each used twice")
    parser.add_argument("--side", type=int, default=96, help="side of a crop in pixels")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate")
    parser.add_argument("--resume", type=Path, help="checkpoint to go on from")
    parser.add_argument("--no-exact-colour", action="store_true", help="the paper's 256 channels")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")


def run(args: argparse.Namespace) -> int:
    """Train for the budget; checkpoint and samples are written every few minutes."""
    device = torch.device(args.device)
    teacher = encoder_from_tensors(load_file(args.teacher))
    encoder = encoder_from_tensors(load_file(args.encoder)) if args.encoder else teacher
    sha256 = encoder_fingerprint(encoder)
    rng = np.random.default_rng()
    sources = [Pictures(folder) for folder in (args.photos, args.paintings)]
    fixed = np.random.default_rng(2)
    judged = [Pictures(f, validation=True) for f in (args.photos, args.paintings)]
    held = torch.cat([p.batch(16, 192, fixed, (0.8, 1.25)) for p in judged])
    held = held[torch.arange(32).view(2, 16).T.flatten()]  # photos and paintings in turn
    past: checkpoint.Recipe = {}
    if args.resume:
        tensors, past = checkpoint.load(args.resume)
        inverse = inverse_from_tensors(tensors)
    else:
        inverse = Inverse(encoder.channels, colours=0 if args.no_exact_colour else 3)
        for layer in inverse.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        nn.init.normal_(inverse.rgb.weight, std=0.01)
        if inverse.tint is not None:  # start from the enlarged thumbnail
            inverse.tint.weight.data = torch.eye(3).view(3, 3, 1, 1)
        sample = torch.cat([s.batch(32, 96, rng, (0.5, 2)) for s in sources])
        inverse.scale.copy_(channel_scale(encoder, sample))
    net = Networks(placed(teacher, device), placed(encoder, device), placed(inverse, device))
    net.inverse.requires_grad_(True)
    optimiser = torch.optim.AdamW(net.inverse.parameters(), lr=args.rate, weight_decay=1e-4)
    average = checkpoint.Average(net.inverse, 0.999)
    budget = Budget(args.minutes)
    held = held.to(device)
    recipe: checkpoint.Recipe = {
        "kind": "inverse",
        "batch": args.batch,
        "side": args.side,
        "rate": args.rate,
        "history": [*past.get("history", []), {"minutes": args.minutes}],
        "curve": past.get("curve", []),
    }

    def store() -> None:
        smooth = inverse_from_tensors(average.state).to(device)
        judge = Networks(net.teacher, net.encoder, smooth)
        figures = validate(judge, held)
        steps = past.get("steps", 0) + budget.steps
        log.info("step %d, %.0f %%, %s", steps, 100 * budget.share, figures)
        recipe["curve"].append({"steps": steps, **figures})
        recipe.update(steps=steps, validation=figures)
        checkpoint.save(args.out, average.state, recipe, encoder_sha256=sha256)
        sample_sheet(judge, held, args.out.with_suffix(".png"))

    interval = max(0.5, args.minutes / 20)
    next_store = interval
    while not budget.over:
        pictures = torch.cat([s.batch(args.batch // 2, args.side, rng, (0.5, 3)) for s in sources])
        pictures = smooth_some(recolour(pictures, rng, 0.35), rng).to(device)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            activations = activations_of(net.encoder, pictures, inverse.colours)
            levels = net.teacher.levels(pictures)
        with torch.no_grad():
            swap = swap_batch(activations, levels, pictures, rng)
            inputs = noisy(torch.cat([activations, swap.activations]), encoder.channels)
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            painted = net.inverse(inputs).float()
            natural, swapped = painted.split(args.batch)
            loss = natural_loss(natural, pictures, levels, net)
            loss = loss + swapped_loss(swapped, swap, net)
        for group in optimiser.param_groups:
            group["lr"] = budget.rate(args.rate)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.inverse.parameters(), 1.0)
        optimiser.step()
        average.update(net.inverse)
        budget.step()
        if budget.steps % 50 == 0:
            log.info("step %d loss %.4f (%.0f s)", budget.steps, float(loss), budget.spent)
        if budget.spent > 60 * next_store or budget.over:
            store()
            next_store = budget.spent / 60 + interval
    return 0


def main() -> int:
    """Run as `python -m styleswap.training.inverse`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    raise SystemExit(main())
